package trial

import (
	"context"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"
)

const (
	freshness   = time.Second // how old the knowledge of the newest version may be when another process publishes
	maxVersions = 256         // parsed versions kept in memory
)

type versionKey struct {
	study  casebook.StudyID
	number int
}

// seen is what the sites worked by at a moment.
type seen struct {
	use  *odm.InUse
	at   time.Time
	turn int           // counts the changes by this process: what was read before one must not be kept after it
	look chan struct{} // has room for the one who looks anew; nil before anybody has
}

// Publish makes v the study's next version, numbered from 1. One with a problem that nobody waives is refused, and one
// that is the newest already.
func (s *Service) Publish(ctx context.Context, study casebook.StudyID, v *odm.Version, waivers ...Waiver) (added *Version, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		added, err = s.publish(ctx, w, v, waivers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.keep(added)
}

// keep parses what was published into the cache: the caller keeps the right to change what it gave.
func (s *Service) keep(v *Version) (*Version, error) {
	if err := v.parse(); err != nil {
		return nil, err
	}
	s.forget(v.Study)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache(v), nil
}

// cache keeps v, or returns the copy that another goroutine kept before. s.mu is held.
func (s *Service) cache(v *Version) *Version {
	key := versionKey{v.Study, v.Number}
	if kept := s.versions[key]; kept != nil {
		return kept
	}
	for other := range s.versions {
		if len(s.versions) < maxVersions {
			break
		}
		delete(s.versions, other)
	}
	s.versions[key] = v
	return v
}

// Version returns one published version, number 0 for the newest. What other processes publish is the newest here a
// second later at most; what this one publishes, at once.
func (s *Service) Version(ctx context.Context, study casebook.StudyID, number int) (*Version, error) {
	if number == 0 {
		use, err := s.InUse(ctx, study)
		if err != nil {
			return nil, err
		}
		number = use.Newest
	}
	s.mu.Lock()
	v := s.versions[versionKey{study, number}]
	s.mu.Unlock()
	if v != nil {
		return v, nil
	}
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		v, err = findVersion(ctx, tx, study, number)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache(v), nil
}

// Definition is Version's definition alone.
func (s *Service) Definition(ctx context.Context, study casebook.StudyID, number int64) (*odm.Version, error) {
	v, err := s.Version(ctx, study, int(number))
	if err != nil {
		return nil, err
	}
	return v.Definition, nil
}

func (s *Service) now() time.Time { return s.ledger.DB().World().Now() }
