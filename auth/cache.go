package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/store"
)

// How old the knowledge of revisions may get before a request reads it again, and before all requests must wait for it.
// So what is withdrawn anywhere has effect everywhere within the second, at the cost of two small reads a second.
const (
	rereadAfter = 500 * time.Millisecond
	staleAfter  = time.Second
)

// maxVerified bounds each of the two generations of verified credentials.
const maxVerified = 32 << 10

// credential is the SHA-256 of a token's text or of a cookie's value.
type credential [sha256.Size]byte

// digest hashes without an allocation what is as short as our own tokens are.
func digest(text string) credential {
	var short [192]byte
	if len(text) > len(short) {
		return sha256.Sum256([]byte(text))
	}
	return sha256.Sum256(short[:copy(short[:], text)])
}

// verified is a credential that the database knew at a revision. It is good as long as its study's revision is no newer.
type verified struct {
	principal *Principal
	study     casebook.StudyID // whose revision counts: the platform's for sessions
	revision  int64
	expires   int64        // microseconds, 0 for never
	until     int64        // when it is to be looked up again, since something in it ends then; microseconds, 0 for never
	seen      atomic.Int64 // of a session: when it was last used
	touched   atomic.Int64 // of a session: what the database has for seen
	used      atomic.Int64 // of a session: seen by the clock that nobody turns, casebook.World.Ran in microseconds
	ended     atomic.Bool  // a session that was not used for too long, and is no more
}

// knowledge is what this process knows of the revisions, and the credentials verified under them, in two generations:
// when the young one is full, it becomes the old one, and what was not used since is forgotten.
type knowledge struct {
	now     atomic.Pointer[revisions]
	changes atomic.Int64  // how often this process has withdrawn something itself
	reading chan struct{} // holds one token while somebody reads

	mu         sync.RWMutex
	young, old map[credential]*verified
}

type revisions struct {
	at      time.Time
	changes int64 // knowledge.changes before the reading began
	of      map[casebook.StudyID]int64
}

// current returns knowledge of the revisions that is at most staleAfter old.
func (s *Service) current(ctx context.Context) (*revisions, error) {
	known := s.known.now.Load()
	age := s.age(known)
	if age < rereadAfter {
		return known, nil
	}
	if age < staleAfter {
		select {
		case s.known.reading <- struct{}{}:
		default:
			return known, nil // somebody is reading
		}
	} else {
		select {
		case s.known.reading <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer func() { <-s.known.reading }()
	if known = s.known.now.Load(); s.age(known) < rereadAfter {
		return known, nil
	}
	return s.reread(ctx)
}

// age is endless when nothing is known, when this process has changed something since, or when the clock was turned back.
func (s *Service) age(known *revisions) time.Duration {
	if known == nil || known.changes != s.known.changes.Load() {
		return staleAfter
	}
	if age := s.world.Now().Sub(known.at); age >= 0 {
		return age
	}
	return staleAfter
}

func (s *Service) reread(ctx context.Context) (*revisions, error) {
	next := &revisions{at: s.world.Now(), changes: s.known.changes.Load(), of: map[casebook.StudyID]int64{}}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r *store.Rows) error {
			var study casebook.StudyID
			var n int64
			err := r.Scan(&study, &n)
			next.of[study] = n
			return err
		}, `SELECT study_id, n FROM auth_revision`)
	})
	if err != nil {
		return nil, err
	}
	s.known.now.Store(next)
	return next, nil
}

// forget makes this process read the revisions again, from now on, before it believes anything: a reading that is under
// way may not have seen what was just withdrawn.
func (s *Service) forget() { s.known.changes.Add(1) }

// verify returns what c is good for, from memory or by load, or nil when it is good for nothing.
func (s *Service) verify(ctx context.Context, c credential, load func() (*verified, error)) (*verified, error) {
	known, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	v := s.known.get(c)
	if v == nil || v.revision < known.of[v.study] || v.until != 0 && store.Micros(s.world.Now()) >= v.until {
		before := v
		if v, err = load(); errors.Is(err, store.ErrNoRows) || v == nil && err == nil {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if before != nil && v.seen.Load() <= before.seen.Load() { // uses that the database has not been told yet
			v.seen.Store(before.seen.Load())
			v.used.Store(before.used.Load())
		}
		s.known.put(c, v)
	}
	if v.expires != 0 && store.Micros(s.world.Now()) >= v.expires {
		return nil, nil
	}
	return v, nil
}

func (k *knowledge) get(c credential) *verified {
	k.mu.RLock()
	v := k.young[c]
	aged := k.old[c]
	k.mu.RUnlock()
	if v == nil && aged != nil {
		k.put(c, aged)
		return aged
	}
	return v
}

func (k *knowledge) put(c credential, v *verified) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.young) >= maxVerified || k.young == nil {
		k.old, k.young = k.young, map[credential]*verified{}
	}
	k.young[c] = v
}

// revision reads the revision of study in the snapshot of tx.
func revision(ctx context.Context, tx *store.Tx, study casebook.StudyID) (n int64, err error) {
	err = tx.Row(ctx, `SELECT n FROM auth_revision WHERE study_id = $1`, study).Scan(&n)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
