package record_test

import (
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
)

func (c *clinic) skip(visit record.Scope, skip bool, reason string) error {
	st := c.compiled()
	ctx := c.as("linyue", "coordinator")
	return c.write(ctx, func(w *ledger.Writer) error { return c.forms.SkipVisit(ctx, w, st, visit, skip, reason) })
}

func (c *clinic) skips() (all []record.Skip) {
	c.t.Helper()
	err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) {
		all, err = record.Skips(c.ctx, tx, study, subject, subject)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

func TestAVisitIsSkippedWithAReasonAndTakenBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		visit := record.VisitScope(study, subject, vitals.Event, vitals.EventRepeat)
		refused := func(err error, want string) {
			t.Helper()
			if code(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		refused(c.skip(visit, true, " "), "record.visit_reason")
		refused(c.skip(part("E.NONE/1"), true, "away"), "record.scope_unknown")
		refused(c.skip(part(""), true, "away"), "record.scope_unknown")
		refused(c.skip(visit, false, "came"), "record.visit_step")
		if err := c.skip(visit, true, "in another hospital"); err != nil {
			t.Fatal(err)
		}
		refused(c.skip(visit, true, "again"), "record.visit_step")
		if got := c.skips(); len(got) != 1 || got[0].Scope != visit || got[0].By != "linyue" || got[0].Reason != "in another hospital" {
			t.Errorf("skipped: %+v", got)
		}
		c.intact()
		if err := c.skip(visit, false, "came on the next day"); err != nil || len(c.skips()) != 0 {
			t.Errorf("taken back: %v %v", err, c.skips())
		}
		if err := c.move(visit, record.Freeze, ""); err != nil {
			t.Fatal(err)
		}
		refused(c.skip(visit, true, "away"), "record.frozen")
		if err := c.move(visit, record.Unfreeze, "it goes on"); err != nil {
			t.Fatal(err)
		}
		c.mustSave(0, "", vs("IT.SYS", "136"))
		refused(c.skip(visit, true, "never came"), "record.visit_begun")
		c.intact()
	})
}

// A skipped visit that is altered, put in or removed behind the ledger's back is found.
func TestASkippedVisitIsVerified(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"altered": `UPDATE record_visit SET reason = 'holiday' WHERE study_id = $1`,
		"removed": `DELETE FROM record_visit WHERE study_id = $1`,
		"put in": `INSERT INTO record_visit(study_id, subject_id, event_oid, event_repeat, skipped, reason, changed_by, changed_at, release)
			VALUES($1, '03-001', 'E.W4', '1', 1, 'holiday', 'linyue', 1, 0)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, storetest.DSN(t, "sqlite"))
			if err := c.skip(part("E.BL/1"), true, "away"); err != nil {
				t.Fatal(err)
			}
			c.intact()
			if err := c.ledger.DB().Update(c.ctx, func(tx *store.Tx) error { _, err := tx.Exec(c.ctx, sql, study); return err }); err != nil {
				t.Fatal(err)
			}
			v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
			if err != nil || len(v.Findings) == 0 {
				t.Errorf("verification sees nothing: %v", err)
			}
		})
	}
}

// The days of visits are read from the documents as they are written, whatever people typed into other fields.
func TestTheDayOfAVisitIsReadFromItsItem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		days := func() string {
			var all []record.Day
			err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) {
				all, err = record.Days(c.ctx, tx, study, subject, subject, []string{"E.BL"}, []string{"F.VS"}, []string{"IT.NONE", "IT.VSDAT"})
				return err
			})
			if err != nil || len(all) != 2 {
				t.Fatalf("%+v %v", all, err)
			}
			begun, said := all[0], all[1]
			if (begun != record.Day{Subject: subject, Event: "E.BL", Repeat: "1"}) || said.Event != "E.BL" || said.Repeat != "1" {
				t.Fatalf("%+v", all)
			}
			return said.Value
		}
		c.mustSave(0, "", vs("IT.SYS", "136"), record.Value{Group: "IG.VS", Repeat: "1", Item: "IT.VSDAT", Blank: "unknown"})
		if got := days(); got != "" {
			t.Errorf("an unknown day is %q", got)
		}
		c.mustSave(1, "now known", vs("IT.VSDAT", "2026-03-02"))
		if got := days(); got != "2026-03-02" {
			t.Errorf("the day is %q", got)
		}
		err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) error {
			for _, of := range [...]struct{ events, forms []string }{{[]string{"E.W4"}, []string{"F.VS"}}, {[]string{"E.BL"}, nil}, {nil, []string{"F.VS"}}} {
				all, err := record.Days(c.ctx, tx, study, subject, subject, of.events, of.forms, []string{"IT.VSDAT"})
				if err != nil || len(all) > len(of.events) || len(all) == 1 && all[0].Event != "E.BL" {
					t.Errorf("of %+v: %+v %v", of, all, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
