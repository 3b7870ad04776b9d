// Package monitor compares the sites of a study while it runs: it follows the ledger, keeps the numerators and
// denominators of key risk indicators current entry by entry, and raises a signal where a site is atypical. It refuses to
// call a site wrong, to read other packages' tables and to change what they keep; only gateway and cmd import it.
package monitor

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"golang.org/x/sync/errgroup"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of this package.
var Migrations fs.FS = files

// VerbRaised is the verb of a signal: Ref is its id, Site the site, New the Evidence.
const VerbRaised = "monitor.signal.raised"

// follower is this package's name among those who follow the ledger.
const follower = "monitor"

// Versions tells a published version of a study by its number.
type Versions func(ctx context.Context, study casebook.StudyID, number int64) (*odm.Version, error)

// Service follows the ledger and answers for what it saw.
type Service struct {
	// Still says, for a stream that lasts, whether its reader would be let in again; nil never asks. It is set before
	// the service serves.
	Still func(*http.Request) error
	// Reauthenticate proves before a signature that who is signed in is who signs; nil closes signals without one. It is
	// set before the service serves.
	Reauthenticate func(r *http.Request, user, password string) error

	ledger     *ledger.Ledger
	db         *store.DB
	versions   Versions
	base       *catalogue // what every study is counted by, unless it has versions of its own
	live       *hub
	rehearsals *rehearsals
	recalls    chan casebook.StudyID // whose history is asked for

	mu      sync.Mutex
	watches map[casebook.StudyID]*watch
	plans   map[planKey]*plan
}

// watch is what this process remembers of one study. The tables have all of it.
type watch struct {
	mu    sync.Mutex // held by whoever takes entries in, one follower, or looks at the state
	state *state     // nil when it must be loaded

	figures atomic.Pointer[Figures] // for readers, who never wait
	edition atomic.Pointer[edition] // what the study is counted by
	history atomic.Pointer[past]    // if somebody asked
	raised  atomic.Pointer[raised]  // the signals there are, as this process last committed some
	seen    int64                   // how far the study had come at the last tick; the ticker's own

	recalled chan struct{} // closed when the history that is asked for is there; nil where none is. Under the service's mu
}

// late reports whether detectors have yet to look at what the figures hold, and may by now.
func (w *watch) late(now time.Time) bool {
	f := w.figures.Load()
	return f != nil && slices.ContainsFunc(f.Tables, func(t Table) bool { return t.Late && !now.Before(t.Again) })
}

// atHand has fn look at the state at hand, if it is counted by c, holds the entries below next, or more, and nobody else is at it.
func (w *watch) atHand(c *catalogue, next int64, fn func(*state)) bool {
	if !w.mu.TryLock() {
		return false
	}
	defer w.mu.Unlock()
	if w.state == nil || w.state.next < next || w.state.catalogue != c {
		return false
	}
	fn(w.state)
	return true
}

// compared returns the figures of the state at hand as of a moment, or nil.
func (w *watch) compared(e *edition, next int64, at time.Time) (f *Figures) {
	w.atHand(e.catalogue, next, func(st *state) {
		st.advance(later(at, st.newest))
		f = st.figures(everyDetector)
		f.Edited = e.edited
	})
	return f
}

// New returns the monitoring of the studies in l's database.
func New(l *ledger.Ledger, versions Versions) *Service {
	return &Service{ledger: l, db: l.DB(), versions: versions, base: newCatalogue(Indicators()), live: newHub(), rehearsals: newRehearsals(), recalls: make(chan casebook.StudyID, maxRecalls),
		watches: map[casebook.StudyID]*watch{}, plans: map[planKey]*plan{}}
}

// Run follows the ledger and tells live readers until ctx ends. Every process may run it: each batch of entries is taken
// in by one of them, and readers of the others learn of it within a second.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	defer s.live.close()
	if err := s.begin(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.ledger.FollowAhead(ctx, follower, s.ahead, s.follow) })
	g.Go(func() error { return s.tick(ctx) })
	g.Go(func() error { return s.keepLooking(ctx) })
	g.Go(func() error { return s.runRehearsals(ctx) })
	g.Go(func() error { return s.keepRecalling(ctx) })
	return g.Wait()
}

// begin catches up with the indicators, and tries again each second while the database does not let it. Its error is the end of ctx.
func (s *Service) begin(ctx context.Context) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		err := s.catchUpWithIndicators(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			slog.ErrorContext(ctx, "monitoring could not begin and will try again", "error", err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) watch(study casebook.StudyID) *watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[study]
	if w == nil {
		w = &watch{seen: -1}
		s.watches[study] = w
	}
	return w
}

// remembered are the studies that this process has at hand.
func (s *Service) remembered() map[casebook.StudyID]*watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.watches)
}

type planKey struct {
	study  casebook.StudyID
	number int64
	hash   string
}

// plan returns the plan of one version of a study for a catalogue.
func (s *Service) plan(ctx context.Context, study casebook.StudyID, number int64, c *catalogue) (*plan, error) {
	key := planKey{study, number, c.hash}
	s.mu.Lock()
	p := s.plans[key]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	v, err := s.versions(ctx, study, number)
	if err != nil {
		return nil, fmt.Errorf("version %d of %s: %w", number, study, err)
	}
	p = newPlan(c, v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[key] = p
	return p, nil
}
