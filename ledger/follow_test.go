package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"
)

// makeBeds is a follower whose effect is a row for each entry. A second row for one entry would break the key, so the
// beds are counted instead: each entry must have been counted once.
func makeBeds(ctx context.Context, w *ledger.Writer, entries []ledger.Entry) error {
	for _, e := range entries {
		if _, err := w.Exec(ctx, `INSERT INTO ward(study_id, name, beds) VALUES($1,$2,1)
			ON CONFLICT (study_id, name) DO UPDATE SET beds = ward.beds + excluded.beds`, w.Study, fmt.Sprint(e.Index)); err != nil {
			return err
		}
	}
	return nil
}

// madeOnce fails unless each of the n entries of study had its effect exactly once.
func (h *house) madeOnce(study casebook.StudyID, n int) {
	h.t.Helper()
	rows := h.count(`SELECT count(*) FROM ward WHERE study_id = $1`, study)
	beds := h.count(`SELECT coalesce(sum(beds), 0) FROM ward WHERE study_id = $1`, study)
	if rows != n || beds != n {
		h.t.Errorf("study %s: %d entries had %d effects, want %d and %d", study, rows, beds, n, n)
	}
}

func (h *house) caught(name string, study casebook.StudyID) (yes bool) {
	h.t.Helper()
	h.view(func(tx *store.Tx) (err error) { yes, err = ledger.Caught(h.ctx, tx, name, study); return err })
	return yes
}

// untilCaught follows with fn until the studies are taken in.
func (h *house) untilCaught(l *ledger.Ledger, name string, fn func(context.Context, *ledger.Writer, []ledger.Entry) error, studies ...casebook.StudyID) {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.ctx)
	defer stop()
	err := l.Follow(ctx, name, func(ctx context.Context, w *ledger.Writer, es []ledger.Entry) error {
		err := fn(ctx, w, es)
		behind := es[len(es)-1].Index + 1
		for _, s := range studies { // by what is committed, and by what this step will commit
			var size int64
			h.view(func(tx *store.Tx) (err error) { size, err = ledger.Size(h.ctx, tx, s); return err })
			if !(s == w.Study && err == nil && behind == size) && !h.caught(name, s) {
				return err
			}
		}
		stop()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		h.t.Errorf("the follower ended with %v", err)
	}
}

// A follower that fails after it has written, panics, or dies with its process, is started again: every entry has its
// effect exactly once.
func TestAFollowersEffectsHappenExactlyOnce(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		const n = 1800
		h.grow(0, n)
		for crash := range 3 {
			ctx, die := context.WithCancel(h.ctx)
			h.restart().Follow(ctx, "beds", func(fctx context.Context, w *ledger.Writer, es []ledger.Entry) error {
				err := makeBeds(fctx, w, es)
				if es[0].Index < int64(crash)*500 {
					return err
				}
				die() // the process ends between the effect and its commit
				switch crash {
				case 0:
					return errors.Join(err, errors.New("crashed"))
				case 1:
					panic("crashed")
				}
				_, gone := w.Exec(fctx, "SELECT no such thing")
				return errors.Join(err, gone)
			})
			if h.caught("beds", "S1") {
				t.Fatal("nothing was left to do: the crashes did not happen")
			}
		}
		h.untilCaught(h.restart(), "beds", makeBeds, "S1")
		h.madeOnce("S1", n)
	})
}

// Copies of one follower, in one process or several, share the work without doing any of it twice.
func TestCopiesOfAFollowerShareTheWork(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			h := newHouse(t, dsn)
			other := h.db
			if engine == "postgres" { // another process
				other = storetest.Open(t, dsn, h.db.World(), tables)
			}
			const n, studies = 700, 3
			ctx, stop := context.WithCancel(h.ctx)
			var running sync.WaitGroup
			var done atomic.Int64
			for _, db := range []*store.DB{h.db, h.db, other, other} {
				l := ledger.New(db, ledger.Options{})
				running.Go(func() { l.Run(ctx) })
				running.Go(func() {
					l.Follow(ctx, "beds", func(ctx context.Context, w *ledger.Writer, es []ledger.Entry) error {
						if err := makeBeds(ctx, w, es); err != nil {
							return err
						}
						done.Add(int64(len(es)))
						return nil
					})
				})
			}
			for i := range n / 10 {
				h.record(casebook.StudyID(fmt.Sprint("S", i%studies)), 10)
			}
			all := func() bool {
				return h.caught("beds", "S0") && h.caught("beds", "S1") && h.caught("beds", "S2")
			}
			for !all() {
				waitFor(t, func() bool { return done.Load() >= n || all() })
			}
			stop()
			running.Wait()
			h.madeOnce("S0", 240)
			h.madeOnce("S1", 230)
			h.madeOnce("S2", 230)
		})
	}
}

// waitFor asks again and again, for as long as the test may run.
func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !what() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("it never came")
		}
	}
}

// A study in which a follower fails waits; the others go on at full speed, and it is taken in when its fault is gone.
func TestOneStudysFaultDoesNotStopTheOthers(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		for range 5 {
			h.record("A bad", 10)
			h.record("B good", 500) // five steps: at one step a second this test would be seen to drag
		}
		var cured atomic.Bool
		var failures atomic.Int32
		fn := func(ctx context.Context, w *ledger.Writer, es []ledger.Entry) error {
			if w.Study == "A bad" && !cured.Load() {
				failures.Add(1)
				return errors.Join(makeBeds(ctx, w, es), errors.New("no beds here"))
			}
			return makeBeds(ctx, w, es)
		}
		began := time.Now()
		h.untilCaught(h.l, "beds", fn, "B good")
		h.madeOnce("B good", 2500)
		h.madeOnce("A bad", 0)
		if took := time.Since(began); failures.Load() > int32(2+took/time.Second) {
			t.Errorf("the failing study was tried %d times in %v", failures.Load(), took)
		}
		cured.Store(true)
		h.untilCaught(h.l, "beds", fn, "A bad", "B good")
		h.madeOnce("A bad", 50)
		h.madeOnce("B good", 2500)
	})
}

// What a follower records is followed in its turn, so that one change leads to the next.
func TestFollowersFollowEachOther(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(h.ctx)
		var running sync.WaitGroup
		running.Go(func() { h.l.Run(ctx) })
		running.Go(func() {
			h.l.Follow(ctx, "laundry", func(ctx context.Context, w *ledger.Writer, es []ledger.Entry) error {
				for _, e := range es {
					if e.What == "bed.made" { // and not its own verb
						w.Record(ctx, ledger.Entry{What: "sheet.washed", Ref: e.Ref})
					}
				}
				return nil
			})
		})
		var washed []string
		running.Go(func() {
			h.l.Follow(ctx, "ironing", func(_ context.Context, _ *ledger.Writer, es []ledger.Entry) error {
				for _, e := range es {
					if e.What == "sheet.washed" {
						washed = append(washed, e.Ref+" by "+string(e.Actor))
					}
				}
				if len(washed) >= 3 {
					stop()
				}
				return nil
			})
		})
		h.record("S1", 3)
		running.Wait()
		if !slices.Equal(slices.Compact(washed), []string{"0 by system", "1 by system", "2 by system"}) {
			t.Errorf("washed %v", washed)
		}
	})
}
