package goods_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/site"
	"casebook/site/goods"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, site.Migrations}

const study casebook.StudyID = "HTN-24"

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func as(ctx context.Context, user casebook.UserID) context.Context {
	return casebook.WithActor(ctx, casebook.Actor{User: user, Role: "coordinator", Location: "01"})
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code + " " + e.Place
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func both(t *testing.T, fn func(t *testing.T, l *ledger.Ledger)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.World{Now: casebook.NewClock(noon).Now, Rand: casebook.Outside().Rand}, migrations)
			fn(t, ledger.New(db, ledger.Options{}))
		})
	}
}

func TestWhatASiteHasAddsUpAndEveryLineIsSigned(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l *ledger.Ledger) {
		today := plan.DateOf(noon)
		var k keep.Record[goods.Item]
		write := func(want string, fn func(w *ledger.Writer) (keep.Record[goods.Item], error)) {
			t.Helper()
			err := l.Write(as(t.Context(), "lin"), study, func(w *ledger.Writer) error {
				is, err := fn(w)
				if err == nil {
					k = is
				}
				return err
			})
			if codeOf(err) != want {
				t.Errorf("%q, want %q", codeOf(err), want)
			}
		}
		add := func(want string, i goods.Item) {
			t.Helper()
			write(want, func(w *ledger.Writer) (keep.Record[goods.Item], error) {
				return goods.Add(as(t.Context(), "lin"), w, "01", i)
			})
		}
		move := func(want string, x goods.Line) {
			t.Helper()
			write(want, func(w *ledger.Writer) (keep.Record[goods.Item], error) {
				return goods.Move(as(t.Context(), "lin"), w, k, k.Version, x, today, "Lin Yue")
			})
		}
		confirm := func(want string, by casebook.UserID, n int) {
			t.Helper()
			write(want, func(w *ledger.Writer) (keep.Record[goods.Item], error) {
				return goods.Confirm(as(t.Context(), by), w, k, k.Version, n, "Chen Rui")
			})
		}
		add("goods.kind kind", goods.Item{Kind: "car", Name: "x", Unit: "x"})
		add("site.text_missing unit", goods.Item{Kind: "device", Name: "Monitor"})
		add("", goods.Item{Kind: "device", Name: "Monitor", Lot: "A1", Unit: "pieces"})
		move("goods.balance quantity", goods.Line{What: goods.Used, Quantity: 1, On: today})
		move("goods.day on", goods.Line{What: goods.Received, Quantity: 1, On: today + 1})
		move("goods.quantity quantity", goods.Line{What: goods.Received, Quantity: -1, On: today})
		move("goods.what what", goods.Line{What: "lost", Quantity: 1, On: today})
		move("site.text_missing note", goods.Line{What: goods.Destroyed, Quantity: 1, On: today})
		move("site.link_subject subject", goods.Line{What: goods.Used, Quantity: 1, On: today, Subject: "NOBODY"})
		move("", goods.Line{What: goods.Received, Quantity: 12, On: today - 9})
		move("", goods.Line{What: goods.Used, Quantity: 5, On: today - 5})
		move("", goods.Line{What: goods.Returned, Quantity: 1, On: today - 1})
		move("", goods.Line{What: goods.Destroyed, Quantity: 2, On: today, Note: "broken"})
		move("", goods.Line{What: goods.Corrected, Quantity: -1, On: today, Note: "11 came, not 12"})
		want := goods.Sums{Received: 12, Used: 5, Returned: 1, Destroyed: 2, Corrected: -1, Balance: 3, Open: 1}
		if got := k.Doc.Sums(); got != want {
			t.Errorf("it adds up to %+v, want %+v", got, want)
		}
		move("goods.balance quantity", goods.Line{What: goods.Used, Quantity: 4, On: today})
		confirm("site.four_eyes line", "lin", 4)
		confirm("goods.line_unknown line", "chen", 9)
		confirm("", "chen", 4)
		confirm("goods.confirmed line", "zhou", 4)
		if s := k.Doc.Sums(); s.Open != 0 || k.Doc.Lines[3].Signed.Signer != "lin" || k.Doc.Lines[3].Confirmed.Content != k.Doc.Lines[3].Signed.Content {
			t.Errorf("confirmed is %+v", k.Doc.Lines[3])
		}

		// Of two who take the last ones at the same moment one is refused.
		seen := k
		var taken errgroup.Group
		for range 2 {
			taken.Go(func() error {
				return l.Write(as(t.Context(), "lin"), study, func(w *ledger.Writer) error {
					_, err := goods.Move(as(t.Context(), "lin"), w, seen, seen.Version, goods.Line{What: goods.Used, Quantity: 3, On: today}, today, "Lin Yue")
					return err
				})
			})
		}
		if err := taken.Wait(); codeOf(err) != "site.changed version" {
			t.Errorf("two take the last ones: %v", err)
		}
		verify(t, l, 0)
		if err := l.DB().Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE site_record SET doc = replace(doc, '"quantity":12', '"quantity":13') WHERE study_id = $1`, study)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		verify(t, l, 1) // the control: a line that was changed behind the ledger
	})
}

// verify compares the register with the ledger, which finds so many rows that do not agree.
func verify(t *testing.T, l *ledger.Ledger, want int) {
	t.Helper()
	fold := keep.NewFold(study, goods.Book)
	var found []ledger.Finding
	if err := errors.Join(l.Seal(t.Context(), study), l.DB().View(t.Context(), func(tx *store.Tx) error {
		entries, err := ledger.Read(t.Context(), tx, study, 0, 500)
		for i := range entries {
			fold.Entry(&entries[i])
		}
		if err == nil {
			found, err = fold.Compare(t.Context(), tx)
		}
		return err
	})); err != nil {
		t.Fatal(err)
	}
	if len(found) != want {
		t.Errorf("verification finds %v, want %d", found, want)
	}
}
