package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// desk opens a desk that works until the test ends.
func (h *house) desk() *Desk {
	h.t.Helper()
	d := NewDesk(h.ledger, h.trials, filepath.Join(h.t.TempDir(), "exports"))
	ctx, stop := context.WithCancel(h.ctx)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			h.t.Errorf("the desk ended with %v", err)
		}
		if _, err := os.Stat(d.dir); !errors.Is(err, os.ErrNotExist) {
			h.t.Errorf("its folder stays: %v", err)
		}
	})
	return d
}

// until waits for a job's state.
func (h *house) until(d *Desk, id string, states ...string) Job {
	h.t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-look.C {
		for _, j := range d.Jobs(demo.ID, "zhouning") {
			for _, s := range states {
				if j.ID == id && j.State == s {
					return j
				}
			}
		}
	}
	h.t.Fatalf("the job is not %v", states)
	return Job{}
}

func (h *house) entries(what string) (all []ledger.Entry) {
	h.t.Helper()
	h.place()
	h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
		entries, err := ledger.Read(h.ctx, tx, demo.ID, 0, 10_000)
		for _, e := range entries {
			if e.What == what {
				all = append(all, e)
			}
		}
		return err
	}))
	return all
}

func TestAnExportIsMadeFetchedAndForgottenAndTheLedgerSaysSo(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.place()
		d := h.desk()
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "zhouning", Role: "investigator", Location: "03"})
		asked, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "csv", Sites: []casebook.SiteID{"03"}})
		h.must(err)
		j := h.until(d, asked.ID, Done)
		if j.Steps != j.Of || j.Of == 0 || !strings.HasSuffix(j.Name, ".zip") {
			t.Errorf("%d of %d casebooks, in %s", j.Steps, j.Of, j.Name)
		}
		of, file, err := d.Fetch(ctx, demo.ID, "zhouning", j.ID)
		h.must(err)
		text, err := io.ReadAll(file)
		h.must(errors.Join(err, file.Close()))
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != of.SHA256 || int64(len(text)) != of.Bytes {
			t.Errorf("what left is not what was said: %d bytes, %d said", len(text), of.Bytes)
		}
		made, fetched := h.entries(Made), h.entries(Fetched)
		if len(made) != 1 || len(fetched) != 1 || !strings.Contains(made[0].New, of.SHA256) || fetched[0].Actor != "zhouning" || fetched[0].Site != "03" {
			t.Errorf("the ledger says: %v %v", made, fetched)
		}
		if _, _, err := d.Fetch(ctx, demo.ID, "linyue", j.ID); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("another fetches it: %v", err)
		}
		h.clock.Add(keepTime)
		if _, _, err := d.Fetch(ctx, demo.ID, "zhouning", j.ID); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("it is there after its time: %v", err)
		}
		if _, err := os.Stat(d.path(&j)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its file stays: %v", err)
		}
	})
}

func TestAnExportOfASiteHoldsNothingOfAnother(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "xucheng", Role: "coordinator", Location: "07"})
		h.must(h.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
			_, err := patient.SetStatus(ctx, w, "07-001", patient.Withdrawn, "moved away")
			return err
		}))
		h.place()
		c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
		h.must(err)
		c.At([]casebook.SiteID{"03"})
		for _, f := range Formats {
			var b strings.Builder
			if f.File == nil || f.Name == "xlsx" { // an archive, which is not read as it stands
				continue
			}
			h.must(f.File(h.ctx, c, &b))
			for _, foreign := range []string{"07-001", "xucheng", "Linyan"} {
				if strings.Contains(b.String(), foreign) {
					t.Errorf("%s holds %s", f.Name, foreign)
				}
			}
			if !strings.Contains(b.String(), "03-001") {
				t.Errorf("%s lacks the site's own", f.Name)
			}
		}
	})
}

func TestAnExportThatIsStoppedLeavesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.day()
	d := NewDesk(h.ledger, h.trials, t.TempDir())
	actor := casebook.Actor{User: "zhouning", Role: "investigator", Location: "03"}
	ctx := casebook.WithActor(t.Context(), actor)
	waits, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "odm2"})
	h.must(err)
	h.must(d.Drop(demo.ID, "zhouning", waits.ID))
	d.serve(ctx, <-d.work)
	runs, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "odm2"})
	h.must(err)
	ended, end := context.WithCancel(ctx)
	end()
	d.serve(ended, <-d.work)
	for _, j := range d.Jobs(demo.ID, "zhouning") {
		if j.State != Cancelled {
			t.Errorf("%s is %s", j.ID, j.State)
		}
	}
	if left, err := os.ReadDir(d.dir); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
	if _, _, err := d.Fetch(ctx, demo.ID, "zhouning", runs.ID); casebook.KindOf(err) != casebook.Conflict {
		t.Errorf("it can be fetched: %v", err)
	}
	if n := len(h.entries(Made)); n != 0 {
		t.Errorf("%d entries say that it was made", n)
	}
}

func TestOnePersonCannotFillTheDesk(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	d := NewDesk(h.ledger, h.trials, t.TempDir())
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "zhouning"})
	for range maxOwn {
		_, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "csv"})
		h.must(err)
	}
	if _, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "csv"}); casebook.KindOf(err) != casebook.Busy {
		t.Errorf("one more: %v", err)
	}
	if _, err := d.Ask(ctx, Wish{Study: demo.ID, Format: "dbase"}); casebook.KindOf(err) != casebook.Invalid {
		t.Errorf("an unknown format: %v", err)
	}
}

// The state of a subject is what it was at the moment, whatever has become of it.
func TestAsOfAMomentASubjectIsWhereItWas(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.place()
		moment := h.clock.Now()
		h.clock.Add(time.Hour)
		h.must(h.ledger.Write(h.ctx, demo.ID, func(w *ledger.Writer) error {
			_, err := patient.SetStatus(h.ctx, w, "07-001", patient.Withdrawn, "moved away")
			return err
		}))
		h.place()
		for at, want := range map[time.Time]patient.Status{moment: patient.Enrolled, {}: patient.Withdrawn} {
			c, err := Open(h.ctx, h.db, h.trials, demo.ID, at)
			h.must(err)
			h.must(c.Each(h.ctx, func(b *Casebook) error {
				if b.ID == "07-001" && b.Status != want {
					t.Errorf("at %v it is %s, want %s", at, b.Status, want)
				}
				return nil
			}))
		}
	})
}
