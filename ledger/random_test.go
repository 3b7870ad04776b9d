package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"pgregory.net/rapid"
)

// model is what a ledger of one study should hold after the operations so far.
type model struct {
	h       *house
	study   casebook.StudyID
	refs    []string    // of the entries that have their place
	sealed  []time.Time // their moments
	waiting []string    // PostgreSQL: committed, without a place
	writes  int
}

// write commits n entries about this write, or fails after recording them.
func (m *model) write(t *rapid.T, n int, fail error) {
	m.writes++
	m.h.clock.Add(time.Microsecond) // no two writes at one moment
	var refs []string
	err := m.h.l.Write(m.h.ctx, m.study, func(w *ledger.Writer) error {
		refs = nil
		for i := range n {
			refs = append(refs, fmt.Sprint(m.writes, ".", i))
			w.Record(m.h.ctx, ledger.Entry{What: "bed.made", Subject: "P1", Ref: refs[i]})
		}
		return fail
	})
	switch {
	case fail != nil || n == 0:
		if err == nil {
			t.Fatal("a refused write was acknowledged")
		}
		return
	case err != nil:
		t.Fatal(err)
	}
	m.waiting = append(m.waiting, refs...)
	if !m.h.db.Postgres() {
		m.place()
	}
}

// place is what the sequencer should do now: what waits gets its place in the order in which it was written, whatever
// the clock said.
func (m *model) place() {
	at := m.h.clock.Now()
	if n := len(m.sealed); n > 0 && m.sealed[n-1].After(at) {
		at = m.sealed[n-1]
	}
	for _, ref := range m.waiting {
		m.sealed = append(m.sealed, at)
		m.refs = append(m.refs, ref)
	}
	m.waiting = nil
}

func (m *model) check(t *rapid.T) {
	h := m.h
	err := h.db.View(h.ctx, func(tx *store.Tx) error {
		entries, err := ledger.Read(h.ctx, tx, m.study, 0, len(m.refs)+100)
		if err != nil {
			return err
		}
		var refs []string
		for i, e := range entries {
			refs = append(refs, e.Ref)
			if e.Index != int64(i) || !e.SealedAt.Equal(m.sealed[i]) {
				t.Fatalf("entry %d: index %d, sealed %v, want %v", i, e.Index, e.SealedAt, m.sealed[i])
			}
		}
		if !slices.Equal(refs, m.refs) {
			t.Fatalf("the order is %v, want %v", refs, m.refs)
		}
		when := h.clock.Now().Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "minutes")) * time.Minute)
		want := 0
		for want < len(m.sealed) && !m.sealed[want].After(when) {
			want++
		}
		got, err := ledger.AsOf(h.ctx, tx, m.study, when)
		if got != int64(want) {
			t.Fatalf("as of %v: %d entries, want %d", when, got, want)
		}
		if err != nil || len(m.refs) == 0 {
			return err
		}
		size := rapid.IntRange(1, len(m.refs)).Draw(t, "size")
		p, err := ledger.Prove(h.ctx, tx, m.study, int64(rapid.IntRange(0, size-1).Draw(t, "index")), int64(size))
		if err == nil && p.Root != plainRoot(leavesOf(entries)[:size]) {
			t.Fatalf("the root of %d entries is not that of RFC 6962", size)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever is written, refused, placed, followed and published in whatever order, with the clock going both ways, the
// ledger holds what was acknowledged, in one order that only grows.
func TestAnyCourseOfEventsGivesTheSameLedger(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		courses := 0
		rapid.Check(t, func(t *rapid.T) {
			courses++
			m := &model{h: h, study: casebook.StudyID(fmt.Sprint("R", courses))}
			h.clock.Set(start)
			for range rapid.IntRange(1, 12).Draw(t, "events") {
				switch rapid.SampledFrom([]string{"write", "write", "refuse", "nothing", "clock", "seal", "publish", "restart"}).Draw(t, "event") {
				case "write":
					m.write(t, rapid.SampledFrom([]int{1, 2, 5, 130, 256}).Draw(t, "entries"), nil)
				case "refuse":
					m.write(t, 2, errors.New("refused"))
				case "nothing":
					m.write(t, 0, nil)
				case "clock":
					h.clock.Add(time.Duration(rapid.IntRange(-90, 120).Draw(t, "minutes")) * time.Minute)
				case "seal":
					if err := h.l.Seal(h.ctx, m.study); err != nil {
						t.Fatal(err)
					}
					m.place()
				case "publish":
					if err := h.l.PublishAll(h.ctx); err != nil {
						t.Fatal(err)
					}
				case "restart":
					h.l = h.restart()
				}
			}
			m.check(t)
		})
		h.publish()
		h.clean()
	})
}
