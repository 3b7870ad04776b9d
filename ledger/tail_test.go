package ledger_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"
	"unsafe"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// seen is what a follower got, in the order in which it got it.
type seen struct {
	mu      sync.Mutex
	entries []ledger.Entry
}

func (s *seen) take(_ context.Context, _ *ledger.Writer, es []ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(s.entries, es...)
	return nil
}

func (s *seen) all() []ledger.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries
}

// follows has s follow l under a name until the function that it returns is called.
func (h *house) follows(l *ledger.Ledger, name string, s *seen) (stop func()) {
	ctx, cancel := context.WithCancel(h.ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); l.Follow(ctx, name, s.take) }()
	return func() { cancel(); <-ended }
}

// differs says where what a follower got is not what the database holds.
func (h *house) differs(study casebook.StudyID, got []ledger.Entry) string {
	h.t.Helper()
	var want []ledger.Entry
	h.view(func(tx *store.Tx) (err error) { want, err = ledger.Read(h.ctx, tx, study, 0, 1<<20); return err })
	if len(got) != len(want) {
		return fmt.Sprintf("got %d entries of %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Sprintf("got\n%+v\nin the place of\n%+v", got[i], want[i])
		}
	}
	return ""
}

// However far each is behind, whenever it is started again, and whoever wrote what they read, followers get every entry once, in order and
// as the database has it.
func TestFollowersOfOneTailMissNothing(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		quick, again, late := &seen{}, &seen{}, &seen{}
		defer h.follows(h.l, "quick", quick)()
		stop := h.follows(h.l, "again", again)
		other := *h // its writes are not handed over
		other.l = h.restart()
		for round := range 30 {
			h.record("S1", 50)
			switch {
			case round%7 == 3:
				other.record("S1", 5)
			case round == 10:
				stop()
			case round == 20: // a thousand behind, and beyond the tail's bound
				defer h.follows(h.l, "again", again)()
				defer h.follows(h.l, "late", late)()
			}
		}
		const n = 30*50 + 4*5
		for name, s := range map[string]*seen{"quick": quick, "again": again, "late": late} {
			waitFor(t, func() bool { return len(s.all()) >= n })
			if wrong := h.differs("S1", s.all()); wrong != "" {
				t.Errorf("the follower %s: %s", name, wrong)
			}
		}
	})
}

// Those that keep up share one reading, and forget it when the study is quiet; the control is a tail that lost an entry.
func TestFollowersThatKeepUpShareOneReading(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		one, two := &seen{}, &seen{}
		defer h.follows(h.l, "one", one)()
		defer h.follows(h.l, "two", two)()
		n := 0
		more := func() {
			h.record("S1", 20)
			n += 20
			waitFor(t, func() bool { return len(one.all()) >= n && len(two.all()) >= n })
		}
		more()
		more()
		a, b := one.all()[n-1], two.all()[n-1]
		if unsafe.StringData(a.New) != unsafe.StringData(b.New) {
			t.Error("each read for itself")
		}
		ledger.Mislay(h.l, "S1")
		late := &seen{}
		defer h.follows(h.l, "late", late)()
		waitFor(t, func() bool { return len(late.all()) >= n-1 })
		if h.differs("S1", late.all()) == "" {
			t.Error("an entry was lost, and nobody saw it")
		}
		h.clock.Add(time.Minute)
		waitFor(t, func() bool { return ledger.Tails(h.l) == 0 })
	})
}
