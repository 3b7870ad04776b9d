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

// seen is the newest version's number as it was at a moment.
type seen struct {
	number int
	at     time.Time
}

// Publish makes v the study's next version, numbered from 1. One with a reference to what it does not define is refused,
// and one that is the newest already.
func (s *Service) Publish(ctx context.Context, study casebook.StudyID, v *odm.Version) (added *Version, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		added, err = publish(ctx, w, v)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest[v.Study].number < v.Number {
		s.newest[v.Study] = seen{v.Number, s.now()}
	}
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
		var err error
		if number, err = s.newestOf(ctx, study); err != nil {
			return nil, err
		}
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

func (s *Service) now() time.Time { return s.ledger.DB().World().Now() }

func (s *Service) newestOf(ctx context.Context, study casebook.StudyID) (int, error) {
	at := s.now()
	s.mu.Lock()
	known := s.newest[study]
	s.mu.Unlock()
	if known.number > 0 && at.Sub(known.at).Abs() < freshness {
		return known.number, nil
	}
	t, err := s.Get(ctx, study)
	if err != nil {
		return 0, err
	}
	if t.Version == 0 {
		return 0, casebook.Fail(casebook.NotFound, "trial.no_version", study).At("version")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Version >= s.newest[study].number { // not older than what was published meanwhile
		s.newest[study] = seen{t.Version, at}
	}
	return s.newest[study].number, nil
}
