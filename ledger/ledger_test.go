package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/note"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tables are the ledger's, and one of this test's own: what a ward did with the entries that it followed.
var tables = []fs.FS{ledger.Migrations, fstest.MapFS{"90001_ward.sql": {Data: []byte(`-- +goose Up
CREATE TABLE ward (study_id TEXT NOT NULL, name TEXT NOT NULL, beds BIGINT NOT NULL, PRIMARY KEY (study_id, name));
`)}}}

var start = time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)

// house is a ledger with a clock to turn and a place for its checkpoints.
type house struct {
	t        *testing.T
	ctx      context.Context
	db       *store.DB
	clock    *casebook.Clock
	l        *ledger.Ledger
	dir      string
	signer   note.Signer
	verifier note.Verifier
}

// both runs fn on a house over each engine.
func both(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, newHouse(t, storetest.DSN(t, engine)))
		})
	}
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(start), dir: t.TempDir()}
	h.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "lin", Role: "coordinator", Location: "03", Trace: "4bf9"})
	h.db = storetest.Open(t, dsn, casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}, tables)
	h.signer, h.verifier = key(t)
	h.l = h.restart()
	return h
}

func key(t *testing.T) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := ledger.NewKey(casebook.Outside(), "casebook-test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err1 := note.NewSigner(private)
	verifier, err2 := note.NewVerifier(public)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// restart returns a ledger as another process would open it, with nothing in memory.
func (h *house) restart() *ledger.Ledger {
	return ledger.New(h.db, ledger.Options{Publish: h.dir, Signer: func() (ledger.Signer, error) { return h.signer, nil }, Every: 20 * time.Millisecond})
}

// record writes n entries about made-up beds in one write, and places them.
func (h *house) record(study casebook.StudyID, n int) {
	h.t.Helper()
	err := h.l.Write(h.ctx, study, func(w *ledger.Writer) error {
		for i := range n {
			w.Record(h.ctx, ledger.Entry{What: "bed.made", Site: "03", Subject: casebook.SubjectID(fmt.Sprint("P", i%5)),
				Ref: fmt.Sprint(i), Old: `{"made":false}`, New: `{"made":true}`, Reason: "morning", DeviceAt: w.Now.Add(-time.Minute)})
		}
		return nil
	})
	if err := errors.Join(err, h.l.Seal(h.ctx, study)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) publish() {
	h.t.Helper()
	if err := h.l.PublishAll(h.ctx); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) verify() *ledger.Verification {
	h.t.Helper()
	return h.verifyWith(ledger.Keys{h.verifier})
}

func (h *house) verifyWith(public ledger.Keys) *ledger.Verification {
	h.t.Helper()
	v, err := ledger.Verify(h.ctx, h.db, h.dir, public, func(casebook.StudyID) []ledger.Fold { return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// clean fails the test when an untouched ledger raises a false alarm.
func (h *house) clean() {
	h.t.Helper()
	if v := h.verify(); len(v.Findings) > 0 {
		h.t.Fatalf("false alarm: %+v", v.Findings)
	}
}

func (h *house) read(study casebook.StudyID) (all []ledger.Entry) {
	h.t.Helper()
	h.view(func(tx *store.Tx) (err error) { all, err = ledger.Read(h.ctx, tx, study, 0, 1<<20); return err })
	return all
}

func (h *house) view(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.db.View(h.ctx, fn); err != nil {
		h.t.Fatal(err)
	}
}

// sql does what no part of the product may: it changes rows behind the ledger's back.
func (h *house) sql(query string, args ...any) {
	h.t.Helper()
	err := h.db.Update(h.ctx, func(tx *store.Tx) error { _, err := tx.Exec(h.ctx, query, args...); return err })
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error { return tx.Row(h.ctx, query, args...).Scan(&n) })
	return n
}

func addWard(ctx context.Context, w *ledger.Writer, name string) error {
	_, err := w.Exec(ctx, `INSERT INTO ward(study_id, name, beds) VALUES($1,$2,1)`, w.Study, name)
	return err
}

// A change without a record is refused, and its rows are not there.
func TestAWriteThatRecordsNothingIsRefused(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		err := h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error { return addWard(h.ctx, w, "secret") })
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "ledger.unrecorded" {
			t.Errorf("got %v, want ledger.unrecorded", err)
		}
		no := errors.New("no")
		err = h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
			w.Record(h.ctx, ledger.Entry{What: "ward.opened"})
			return errors.Join(addWard(h.ctx, w, "refused"), no)
		})
		if !errors.Is(err, no) {
			t.Errorf("got %v, want the function's own error", err)
		}
		if err := h.l.WriteNew(h.ctx, "S1", func(w *ledger.Writer) error { return nil }); err != nil {
			t.Errorf("a repetition: %v", err)
		}
		if n := h.count(`SELECT (SELECT count(*) FROM ward) + (SELECT count(*) FROM ledger_entry) + (SELECT count(*) FROM ledger_head)`); n != 0 {
			t.Errorf("%d rows are left of writes that were refused", n)
		}
		err = h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
			w.Record(h.ctx, ledger.Entry{What: "ward.opened"})
			return addWard(h.ctx, w, "open")
		})
		if n := h.count(`SELECT count(*) FROM ward`) + h.count(`SELECT count(*) FROM ledger_entry`); err != nil || n != 2 {
			t.Errorf("a recorded write: %v, %d rows", err, n)
		}
	})
}

// What goes in comes out, and the transaction says who and when.
func TestAnEntryKeepsWhatItWasGiven(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		given := ledger.Entry{What: "bed.made", Site: "03", Subject: "P1", Ref: "7", Old: `{"n":"\u0001,中文"}`, New: `{}`, Reason: "理由", DeviceAt: start.Add(-time.Hour)}
		var id string
		err := h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error { id = w.Record(h.ctx, given); return nil })
		if err := errors.Join(err, h.l.Seal(h.ctx, "S1")); err != nil {
			t.Fatal(err)
		}
		got := h.read("S1")[0]
		if got.ID != id || got.Study != "S1" || got.Actor != "lin" || got.Role != "coordinator" || got.Location != "03" || got.Trace != "4bf9" ||
			!got.At.Equal(start) || !got.SealedAt.Equal(start) || got.Index != 0 {
			t.Errorf("got %+v", got)
		}
		if got.What != given.What || got.Site != given.Site || got.Subject != given.Subject || got.Ref != given.Ref ||
			got.Old != given.Old || got.New != given.New || got.Reason != given.Reason || !got.DeviceAt.Equal(given.DeviceAt) {
			t.Errorf("got %+v, want %+v", got, given)
		}
	})
}

// The history of one subject ends with what has no place yet.
func TestASubjectsHistoryEndsWithWhatWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.DSN(t, "postgres"))
	h.record("S1", 10)
	err := h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
		w.Record(h.ctx, ledger.Entry{What: "bed.left", Subject: "P2"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var history []ledger.Entry
	h.view(func(tx *store.Tx) (err error) { history, err = ledger.Subject(h.ctx, tx, "S1", "P2"); return err })
	var got []string
	for _, e := range history {
		got = append(got, fmt.Sprint(e.Index, " ", e.What))
	}
	if fmt.Sprint(got) != "[2 bed.made 7 bed.made -1 bed.left]" {
		t.Errorf("got %v", got)
	}
	if v := h.verify(); v.Waiting != 1 || len(v.Findings) > 0 {
		t.Errorf("got %+v, want one waiting and no finding", v)
	}
}

// As of T means what had its place by T, whatever the clock does: the order's moments never go back.
func TestAsOfWhenTheClockJumpsBack(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		at := func(hour int) time.Time { return start.Add(time.Duration(hour) * time.Hour) }
		h.record("S1", 2)
		h.clock.Set(at(2))
		h.record("S1", 3)
		h.clock.Set(at(1)) // an hour back
		h.record("S1", 4)
		h.clock.Set(at(3))
		h.record("S1", 5)
		entries := h.read("S1")
		for i, e := range entries[1:] {
			if e.SealedAt.Before(entries[i].SealedAt) {
				t.Errorf("entry %d was sealed at %v, before entry %d at %v", i+1, e.SealedAt, i, entries[i].SealedAt)
			}
		}
		if !entries[5].At.Equal(at(1)) || !entries[5].SealedAt.Equal(at(2)) {
			t.Errorf("entry 5: made %v, sealed %v", entries[5].At, entries[5].SealedAt)
		}
		for when, want := range map[time.Time]int64{start.Add(-1): 0, start: 2, at(1): 2, at(2).Add(-time.Microsecond): 2, at(2): 9, at(3): 14, at(9): 14} {
			h.view(func(tx *store.Tx) error {
				n, err := ledger.AsOf(h.ctx, tx, "S1", when)
				if n != want {
					t.Errorf("as of %v: %d entries, want %d", when, n, want)
				}
				return err
			})
		}
		h.publish()
		h.clean()
	})
}

// Who waits is told of a write when others can read it, and of a write that failed not at all.
func TestWhoWaitsIsToldAfterTheCommit(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		told := 0
		write := func(fails error) error {
			return h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
				w.AfterCommit(func() {
					if told++; h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = 'S1'`) != 1 {
						t.Error("it was told before")
					}
				})
				w.Record(h.ctx, ledger.Entry{What: "bed.made"})
				return fails
			})
		}
		if err := write(errors.New("no bed")); err == nil || told != 0 {
			t.Errorf("a write that failed was told %d times: %v", told, err)
		}
		if err := write(nil); err != nil || told != 1 {
			t.Errorf("a write was told %d times: %v", told, err)
		}
	})
}
