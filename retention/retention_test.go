package retention_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/retention"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// house is an installation whose settings keep backups for thirty days, and the newest two however old.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *store.DB
	ledger *ledger.Ledger
	keeper *retention.Keeper
	folder string
}

func build(t *testing.T, engine string) *house {
	t.Helper()
	clock := casebook.NewClock(start)
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	h := &house{t: t, ctx: as(t, "operator"), folder: t.TempDir()}
	h.db = storetest.Open(t, storetest.DSN(t, engine), world, []fs.FS{ledger.Migrations, settings.Migrations, retention.Migrations})
	h.ledger = ledger.New(h.db, ledger.Options{})
	live := settings.New(h.ledger, settings.Options{Keys: retention.Keys, Process: "p"})
	draft, err := live.Propose(as(t, "gao"), []settings.Change{{Assignment: settings.Assignment{Key: "backup.days", Value: "30"}}, {Assignment: settings.Assignment{Key: "backup.least", Value: "2"}}}, "as the archive's rules say")
	if err == nil {
		_, err = live.Approve(as(t, "he"), draft.ID, settings.Trial{}, "He Xiao")
	}
	h.must(errors.Join(err, live.Load(t.Context())))
	h.keeper = retention.New(h.ledger, live)
	return h
}

func as(t *testing.T, user casebook.UserID) context.Context {
	t.Helper()
	return casebook.WithActor(t.Context(), casebook.Actor{User: user, Role: "admin", Location: "system"})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// backups are files that were written so many days ago.
func (h *house) backups(days map[string]int) {
	h.t.Helper()
	for name, ago := range days {
		file := filepath.Join(h.folder, name)
		h.must(os.WriteFile(file, []byte(name), 0o600))
		at := start.AddDate(0, 0, -ago)
		h.must(os.Chtimes(file, at, at))
	}
}

func (h *house) left() (names []string) {
	h.t.Helper()
	inside, err := os.ReadDir(h.folder)
	h.must(err)
	for _, e := range inside {
		names = append(names, e.Name())
	}
	return names
}

// verify is what a verification finds.
func (h *house) verify() []ledger.Finding {
	h.t.Helper()
	h.must(h.ledger.Seal(h.ctx, casebook.Platform))
	v, err := ledger.Verify(h.ctx, h.db, "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{retention.NewFold(id)} })
	h.must(err)
	return v.Findings
}

// TestAHeldBackupIsNotRemoved: under a hold of any study nothing goes; when the last hold is released, what is old goes (the control), but
// the newest two stay, and each that went is told of.
func TestAHeldBackupIsNotRemoved(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := build(t, engine)
			h.backups(map[string]int{"a.age": 90, "b.age": 60, "c.age": 29, "d.age": 45, "notes.txt": 900})
			one, err := h.keeper.Place(h.ctx, "HTN-24", "Counsel Wen", "a claim was announced")
			h.must(err)
			every, err := h.keeper.Place(h.ctx, "", "Counsel Wen", "an inspection was announced")
			h.must(err)
			for _, hold := range []retention.Hold{one, every} {
				if gone, err := h.keeper.Remove(h.ctx, h.folder); casebook.KindOf(err) != casebook.Conflict || len(gone) > 0 || len(h.left()) != 5 {
					t.Fatalf("%v went under a hold: %v, left are %v", gone, err, h.left())
				}
				if err := h.keeper.Release(h.ctx, hold.ID, "Counsel Wen", " "); casebook.KindOf(err) != casebook.Invalid {
					t.Errorf("released without a reason: %v", err)
				}
				if found := h.verify(); len(found) > 0 {
					t.Errorf("%v", found)
				}
				h.must(h.keeper.Release(h.ctx, hold.ID, "Counsel Wen", "it is settled"))
				if err := h.keeper.Release(h.ctx, hold.ID, "Counsel Wen", "once more"); casebook.KindOf(err) != casebook.NotFound {
					t.Errorf("released twice: %v", err)
				}
			}
			gone, err := h.keeper.Remove(h.ctx, h.folder)
			if err != nil || !slices.Equal(gone, []string{"a.age", "b.age"}) || !slices.Equal(h.left(), []string{"c.age", "d.age", "notes.txt"}) {
				t.Errorf("%v went, %v; left are %v", gone, err, h.left())
			}
			h.must(h.ledger.Seal(h.ctx, casebook.Platform))
			var told []string
			h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
				all, err := ledger.Read(h.ctx, tx, casebook.Platform, 0, 100)
				for _, e := range all {
					if e.What == retention.Removed {
						told = append(told, e.Ref)
					}
				}
				return err
			}))
			if !slices.Equal(told, gone) {
				t.Errorf("the ledger tells of %v", told)
			}
		})
	}
}

// A hold that somebody lifts by hand, in the rows, is named.
func TestAHoldThatIsLiftedBehindTheLedgerIsFound(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := build(t, engine)
			hold, err := h.keeper.Place(h.ctx, "HTN-24", "Counsel Wen", "a claim was announced")
			h.must(err)
			for _, sql := range []string{`UPDATE retention_hold SET about = 'X' WHERE study_id = $1`, `DELETE FROM retention_hold WHERE study_id = $1`} {
				h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
					_, err := tx.Exec(h.ctx, sql, casebook.Platform)
					return err
				}))
				if found := h.verify(); len(found) != 1 || found[0].Table != "retention_hold" || found[0].Row != hold.ID {
					t.Errorf("%s: %v", sql, found)
				}
			}
		})
	}
}
