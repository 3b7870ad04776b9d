package record_test

import (
	"testing"
	"time"

	"casebook/ledger"
	"casebook/record"
	"casebook/store"
)

func (c *clinic) turn(k record.Key, p record.Part, active bool, reason string) error {
	c.clock.Add(time.Minute)
	st := c.compiled()
	return c.write(c.ctx, func(w *ledger.Writer) error {
		_, err := c.forms.Switch(c.ctx, w, st, k, p, active, reason)
		return err
	})
}

func (c *clinic) read(k record.Key) *record.View {
	c.t.Helper()
	v, err := c.forms.Read(c.ctx, k, time.Time{})
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// A form that was entered for the wrong visit is set aside with a reason: it asks for nothing, counts nowhere, takes no
// value, and comes back as it was.
func TestAFormIsSetAsideAndComesBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		whole := record.Part{}
		if err := c.turn(vitals, whole, false, "nothing there"); code(err) != "record.part_empty" {
			t.Errorf("setting aside what is empty: %v", err)
		}
		c.mustSave(0, "", vs("IT.SYS", "286"), vs("IT.DIA", "84"))
		asked, err := c.ask(false)
		if err != nil {
			t.Fatal(err)
		}
		before := c.read(vitals)
		if err := c.turn(vitals, whole, false, " "); code(err) != "record.reason_required" {
			t.Errorf("without a reason: %v", err)
		}
		if err := c.turn(vitals, whole, false, "entered for the wrong visit"); err != nil {
			t.Fatal(err)
		}
		off := c.read(vitals)
		if len(off.Form.Items) != 0 || off.Form.State != record.Inactive || len(off.Form.Asides) != 1 || len(off.Form.Asides[0].Values) < 2 || off.Form.Asides[0].Reason != "entered for the wrong visit" {
			t.Errorf("set aside it is %+v", off.Form)
		}
		for _, q := range off.Queries {
			if q.State != record.Closed {
				t.Errorf("%s, which was asked of it, is %s", q.Source, q.State)
			}
		}
		if got := len(off.Form.Whole().Items); got != len(before.Form.Items) {
			t.Errorf("whole it has %d values, before it had %d", got, len(before.Form.Items))
		}
		if _, err := c.save(off.Form.Version, "x", vs("IT.SYS", "120")); code(err) != "record.inactive" {
			t.Errorf("entering there: %v", err)
		}
		if err := c.turn(vitals, whole, false, "again"); code(err) != "record.part_inactive" {
			t.Errorf("setting it aside twice: %v", err)
		}
		cells := map[string]record.Cell{}
		if err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) error {
			all, err := record.Summary(c.ctx, tx, study, subject, subject)
			for _, cell := range all[subject] {
				cells[cell.Form] = cell
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if cell := cells["F.VS"]; cell.Count != 0 || cell.Inactive != 1 {
			t.Errorf("the matrix counts %+v", cell)
		}
		if err := c.turn(vitals, whole, true, "it was the right one"); err != nil {
			t.Fatal(err)
		}
		on := c.read(vitals)
		if len(on.Form.Items) != len(before.Form.Items) || valueOf(on, "IT.SYS") != "286" || len(on.Form.Asides) != 0 || on.Form.State != before.Form.State {
			t.Errorf("active again it is %+v", on.Form)
		}
		if got, want := len(openQueries(on)), len(openQueries(before))-1; got != want { // what people asked has ended
			t.Errorf("%d queries stand again, want %d (asked %s)", got, want, asked.ID)
		}
		if err := c.turn(vitals, whole, true, "twice"); code(err) != "record.part_active" {
			t.Errorf("making it active twice: %v", err)
		}
		c.intact()
	})
}

// Whoever signed has signed what counts; what is frozen is not set aside.
func TestSettingAsideVoidsTheSignatureAndRespectsAFreeze(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.fill()
		sig, err := c.sign(whole())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.move(part(form), record.Freeze, ""); err != nil {
			t.Fatal(err)
		}
		if err := c.turn(vitals, record.Part{}, false, "why not"); code(err) != "record.frozen" {
			t.Errorf("setting aside what is frozen: %v", err)
		}
		if err := c.move(part(form), record.Unfreeze, "a mistake"); err != nil {
			t.Fatal(err)
		}
		if err := c.turn(vitals, record.Part{}, false, "the wrong patient"); err != nil {
			t.Fatal(err)
		}
		for _, s := range c.standings().Signatures {
			if s.ID == sig.ID && s.VoidAt.IsZero() {
				t.Error("the signature holds over what is not there any more")
			}
		}
		c.intact()
	})
}
