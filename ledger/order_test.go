package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"
)

// naive is a reader that trusts the time of entries: it goes on from the last it saw.
func (h *house) naive(cursor int64) (refs []string, next int64) {
	h.t.Helper()
	next = cursor
	h.view(func(tx *store.Tx) error {
		return tx.Each(h.ctx, func(r *store.Rows) error {
			var ref string
			err := r.Scan(&ref, &next)
			refs = append(refs, ref)
			return err
		}, `SELECT ref, at FROM ledger_entry WHERE study_id = 'S1' AND at > $1 ORDER BY at, entry_id`, cursor)
	})
	return refs, next
}

func (h *house) refs(study casebook.StudyID) (refs []string) {
	for _, e := range h.read(study) {
		refs = append(refs, e.Ref)
	}
	return refs
}

// Of two writers on PostgreSQL the one that began first commits last. The order has both. The control, a reader of
// "later than the last I saw", steps over the one that was late.
func TestALateCommitterIsNotSteppedOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.DSN(t, "postgres"))
	write := func(ref string, began chan<- struct{}, commit <-chan struct{}) error {
		return h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
			w.Record(h.ctx, ledger.Entry{What: "bed.made", Ref: ref})
			close(began)
			<-commit
			return nil
		})
	}
	began, commit, free := make(chan struct{}), make(chan struct{}), make(chan struct{})
	close(free)
	var late sync.WaitGroup
	late.Go(func() {
		if err := write("late", began, commit); err != nil {
			t.Error(err)
		}
	})
	<-began
	h.clock.Add(1_000_000)
	if err := write("quick", make(chan struct{}), free); err != nil {
		t.Fatal(err)
	}
	if err := h.l.Seal(h.ctx, "S1"); err != nil {
		t.Fatal(err)
	}
	first, cursor := h.naive(0)
	if got := h.refs("S1"); !slices.Equal(got, []string{"quick"}) {
		t.Errorf("before the late commit: %v", got)
	}

	close(commit)
	late.Wait()
	if err := h.l.Seal(h.ctx, "S1"); err != nil {
		t.Fatal(err)
	}
	if got := h.refs("S1"); !slices.Equal(got, []string{"quick", "late"}) {
		t.Errorf("after it: %v", got)
	}
	second, _ := h.naive(cursor)
	if got := append(first, second...); slices.Contains(got, "late") {
		t.Errorf("the control was to miss the late entry, it read %v", got)
	}
	h.publish()
	h.clean()
}

// Several processes that write and place entries of the same studies at once give each study one order: contiguous,
// each entry once, and every writer's own entries in the order in which it made them.
func TestManySequencersMakeOneOrder(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			h := newHouse(t, dsn)
			ledgers := []*ledger.Ledger{h.l, h.restart()}
			if engine == "postgres" {
				for range 2 {
					ledgers = append(ledgers, ledger.New(storetest.Open(t, dsn, h.db.World(), tables), ledger.Options{}))
				}
			}
			ctx, stop := context.WithCancel(h.ctx)
			var running, writing sync.WaitGroup
			for _, l := range ledgers {
				running.Go(func() { l.Run(ctx) })
			}
			const writers, each = 20, 15
			for writer := range writers {
				l := ledgers[writer%len(ledgers)]
				writing.Go(func() {
					for i := range each {
						h.clock.Add(1000)
						err := l.Write(ctx, casebook.StudyID(fmt.Sprint("S", i%2)), func(w *ledger.Writer) error {
							w.Record(ctx, ledger.Entry{What: "bed.made", Subject: casebook.SubjectID(fmt.Sprint(writer)), Ref: fmt.Sprintf("%02d a", i)})
							w.Record(ctx, ledger.Entry{What: "bed.made", Subject: casebook.SubjectID(fmt.Sprint(writer)), Ref: fmt.Sprintf("%02d b", i)})
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			writing.Wait()
			entries := map[casebook.StudyID][]ledger.Entry{}
			waitFor(t, func() bool {
				entries["S0"], entries["S1"] = h.read("S0"), h.read("S1")
				return len(entries["S0"])+len(entries["S1"]) >= 2*writers*each
			})
			stop()
			running.Wait()
			for study, want := range map[casebook.StudyID]int{"S0": 2 * writers * 8, "S1": 2 * writers * 7} {
				if len(entries[study]) != want {
					t.Errorf("study %s: %d entries, want %d", study, len(entries[study]), want)
				}
				last := map[casebook.SubjectID]string{}
				for i, e := range entries[study] {
					if e.Index != int64(i) {
						t.Fatalf("study %s: index %d stands at %d", study, e.Index, i)
					}
					if e.Ref <= last[e.Subject] {
						t.Errorf("study %s: writer %s made %s after %s", study, e.Subject, last[e.Subject], e.Ref)
					}
					last[e.Subject] = e.Ref
				}
			}
			h.clean()
		})
	}
}
