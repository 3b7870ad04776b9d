package record_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
)

// doubly is the demo's study with vital signs that two people enter.
func doubly(t testing.TB) *odm.Version {
	v := definition(t)
	for i := range v.Forms {
		v.Forms[i].DoubleEntry = v.Forms[i].OID == "F.VS"
	}
	return v
}

// twice runs fn in a clinic of that study, on each engine.
func twice(t *testing.T, fn func(t *testing.T, c *clinic)) {
	t.Helper()
	both(t, func(t *testing.T, c *clinic) {
		c.forms = record.New(c.ledger, published{doubly(t)})
		fn(t, c)
	})
}

// enter is what somebody enters of the vital signs: "item value".
func (c *clinic) enter(who casebook.UserID, values ...string) (d *record.Double, err error) {
	c.clock.Add(time.Minute)
	var items []record.Value
	for _, v := range values {
		item, value, _ := strings.Cut(v, " ")
		items = append(items, vs(item, value))
	}
	ctx, st := c.as(who, "coordinator"), c.compiled()
	_, err = c.forms.Together(ctx, study, record.Request{}, false, func(w *ledger.Writer) (string, error) {
		d, err = c.forms.Enter(ctx, w, st, vitals, items)
		return "", err
	})
	return d, err
}

func (c *clinic) settle(who casebook.UserID, reason string, choices ...record.Value) error {
	c.clock.Add(time.Minute)
	ctx, st := c.as(who, "datamanager"), c.compiled()
	return c.write(ctx, func(w *ledger.Writer) error { return c.forms.Settle(ctx, w, st, vitals, choices, reason) })
}

func (c *clinic) discard(who casebook.UserID, reason string) error {
	c.clock.Add(time.Minute)
	ctx, st := c.as(who, "datamanager"), c.compiled()
	return c.write(ctx, func(w *ledger.Writer) error { return c.forms.Discard(ctx, w, st, vitals, reason) })
}

// entries are all of the subject's, as anybody reads them.
func (c *clinic) entries() (all []ledger.Entry) {
	c.t.Helper()
	if err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) {
		all, err = ledger.Subject(c.ctx, tx, study, subject)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// told reports whether an entry of the ledger holds a text.
func (c *clinic) told(text string) bool {
	return slices.ContainsFunc(c.entries(), func(e ledger.Entry) bool { return strings.Contains(e.Old+e.New, text) })
}

func TestWhatTwoPeopleEnteredAlikeIsTheFormsFirstValue(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, c *clinic) {
		if _, err := c.save(0, "", vs("IT.SYS", "120")); code(err) != "record.double_typed" {
			t.Errorf("one person typed it: %v", err)
		}
		d, err := c.enter("linyue", "IT.SYS 286", "IT.DIA 84", "IT.PULSE ")
		if err != nil || d.State() != record.EnteredOnce {
			t.Fatalf("the first entry: %+v %v", d, err)
		}
		if c.told(`"value":"286"`) {
			t.Error("the ledger tells what was entered first, and the second is still to come")
		}
		if v := c.read(vitals); len(v.Form.Items)+len(v.Queries) != 0 || v.Double == nil || v.Double.State() != record.EnteredOnce {
			t.Errorf("entered once it is %+v %+v", v.Form, v.Double)
		}
		c.intact()
		if _, err := c.enter("linyue", "IT.SYS 286", "IT.DIA 84"); code(err) != "record.double_again" {
			t.Errorf("the same person again: %v", err)
		}
		if d, err = c.enter("xucheng", "IT.DIA 84", "IT.SYS 286"); err != nil || d.State() != "" {
			t.Fatalf("the second entry: %+v %v", d, err)
		}
		v := c.read(vitals)
		if valueOf(v, "IT.SYS") != "286" || v.Form.Version != 1 || v.Double != nil || len(openQueries(v)) == 0 {
			t.Errorf("entered twice it is %+v with %d queries", v.Form, len(v.Queries))
		}
		c.mustSave(1, "misread", vs("IT.SYS", "126")) // from now on a form like any other
		if _, err := c.enter("zhouning", "IT.SYS 120"); code(err) != "record.double_settled" {
			t.Errorf("a third entry: %v", err)
		}
		c.intact()
	})
}

func TestAThirdPersonChoosesWhereTwoDiffer(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, c *clinic) {
		if err := c.settle("hexiao", "nothing there"); code(err) != "record.double_none" {
			t.Errorf("nothing is entered: %v", err)
		}
		c.enter("linyue", "IT.SYS 120", "IT.DIA 84")
		d, err := c.enter("xucheng", "IT.SYS 210", "IT.DIA 84", "IT.PULSE 72")
		if err != nil || d.State() != record.EntriesDiffer || len(d.Splits()) != 2 {
			t.Fatalf("the second entry: %+v %v", d, err)
		}
		if v := c.read(vitals); len(v.Form.Items)+len(v.Queries) != 0 {
			t.Errorf("not settled it has values: %+v", v.Form.Items)
		}
		if !c.told(`"value":"210"`) || !c.told(`"value":"120"`) {
			t.Error("both are in, and the ledger does not tell them")
		}
		c.intact()
		for _, bad := range []struct {
			who, reason, code string
			choices           []record.Value
		}{
			{"linyue", "mine", "record.double_own", []record.Value{vs("IT.SYS", "120"), vs("IT.PULSE", "72")}},
			{"xucheng", "mine", "record.double_own", []record.Value{vs("IT.SYS", "210"), vs("IT.PULSE", "72")}},
			{"hexiao", " ", "record.reason_required", []record.Value{vs("IT.SYS", "120"), vs("IT.PULSE", "72")}},
			{"hexiao", "source", "record.double_choice", []record.Value{vs("IT.SYS", "120")}},
			{"hexiao", "source", "record.double_choice", []record.Value{vs("IT.SYS", "120"), vs("IT.PULSE", "72"), vs("IT.DIA", "90")}},
			{"hexiao", "source", "odm.value.integer", []record.Value{vs("IT.SYS", "high"), vs("IT.PULSE", "72")}},
		} {
			if err := c.settle(casebook.UserID(bad.who), bad.reason, bad.choices...); code(err) != bad.code {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if _, err := c.enter("zhouning", "IT.SYS 120"); code(err) != "record.double_both" {
			t.Errorf("a third entry: %v", err)
		}
		before := c.clock.Now().Add(time.Second)
		if err := c.settle("hexiao", "the source says 121", vs("IT.SYS", "121"), vs("IT.PULSE", "")); err != nil {
			t.Fatal(err)
		}
		v := c.read(vitals)
		if valueOf(v, "IT.SYS") != "121" || valueOf(v, "IT.DIA") != "84" || valueOf(v, "IT.PULSE") != "" || v.Double != nil {
			t.Errorf("settled it is %+v", v.Form.Items)
		}
		if !slices.ContainsFunc(c.entries(), func(e ledger.Entry) bool {
			return e.What == record.DoubleSettled && e.Actor == "hexiao" && e.Reason == "the source says 121"
		}) {
			t.Error("the trail does not say who chose, and why")
		}
		c.intact()
		past, err := c.forms.Casebook(c.ctx, study, subject, record.Moment{At: before})
		if err != nil || len(past.Forms) != 0 || len(past.Unsettled) != 1 || past.Unsettled[0].State != record.EntriesDiffer {
			t.Errorf("as of before it was settled: %+v %v", past, err)
		}
	})
}

func TestEntriesAreDiscardedAndAFileIsNotTypedTwice(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, c *clinic) {
		const file = "subject,event,form,item,value\n03-001,E.BL,F.VS,IT.SYS,124\n"
		c.enter("linyue", "IT.SYS 120")
		if done, err := c.bring(file, "", false); err != nil || done.Applied || len(done.Errors) != 1 || code(done.Errors[0].Err) != "record.double_begun" {
			t.Errorf("a file over an entry that has begun: %+v %v", done, err)
		}
		if err := c.discard("hexiao", ""); code(err) != "record.reason_required" {
			t.Errorf("without a reason: %v", err)
		}
		if err := c.discard("hexiao", "the wrong subject"); err != nil {
			t.Fatal(err)
		}
		if !c.told(`"value":"120"`) {
			t.Error("what was discarded is lost")
		}
		if err := c.discard("hexiao", "again"); code(err) != "record.double_none" {
			t.Errorf("discarding nothing: %v", err)
		}
		c.intact()
		if done, err := c.bring(file, "", false); err != nil || !done.Applied {
			t.Fatalf("a file: %+v %v", done, err)
		}
		if v := c.read(vitals); valueOf(v, "IT.SYS") != "124" {
			t.Errorf("the file brought %+v", v.Form.Items)
		}
		c.intact()
	})
}

func TestAnEntryRespectsWhatIsClosedAndFollowsItsSubject(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, c *clinic) {
		if err := c.move(part(form), record.Freeze, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.enter("linyue", "IT.SYS 120"); code(err) != "record.frozen" {
			t.Errorf("entering what is frozen: %v", err)
		}
		if err := c.move(part(form), record.Unfreeze, "a mistake"); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"IT.SYS high": "odm.value.integer", "IT.NONE 1": "record.item_unknown", "IT.SYS ": "record.double_empty"} {
			if _, err := c.enter("linyue", name); code(err) != want {
				t.Errorf("entering %q: %v", name, err)
			}
		}
		c.enter("linyue", "IT.SYS 120")
		if err := c.write(c.ctx, func(w *ledger.Writer) error {
			if _, _, err := patient.Transfer(c.ctx, w, subject, "07", "moved house"); err != nil {
				return err
			}
			return record.Transfer(c.ctx, w, subject, "07")
		}); err != nil {
			t.Fatal(err)
		}
		for site, want := range map[casebook.SiteID]int{"03": 0, "07": 1} {
			if err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) error {
				all, err := record.UnsettledAt(c.ctx, tx, study, false, []casebook.SiteID{site})
				if len(all) != want {
					t.Errorf("at %s wait %d forms", site, len(all))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		c.intact()
	})
}

// Many people hand in at one moment: two entries are kept, whoever they are of, and never two of one person.
func TestEntriesOfOneFormAtOneMoment(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, c *clinic) {
		var people sync.WaitGroup
		var mu sync.Mutex
		kept := map[casebook.UserID]int{}
		for person := range 4 {
			for range 2 {
				people.Go(func() {
					who := casebook.UserID(fmt.Sprint("person", person))
					_, err := c.enter(who, fmt.Sprint("IT.SYS ", 120+person))
					mu.Lock()
					defer mu.Unlock()
					switch code(err) {
					case "<nil>":
						kept[who]++
					case "record.double_again", "record.double_both":
					default:
						t.Error(err)
					}
				})
			}
		}
		people.Wait()
		d := c.read(vitals).Double
		if len(kept) != 2 || d == nil || len(d.Passes) != 2 || d.Passes[0].By == d.Passes[1].By {
			t.Errorf("kept of %v: %+v", kept, d)
		}
		c.intact()
	})
}

// The control of the seal and of verification: a row that somebody changed behind the ledger is found, of the first entry,
// whose values the ledger does not hold, and of the second.
func TestAnEntryChangedBehindTheLedgerIsFound(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`UPDATE record_double SET doc = replace(doc, '120', '130') WHERE study_id = $1 AND pass = 1`,
		`UPDATE record_double SET salt = 'x' WHERE study_id = $1 AND pass = 1`,
		`UPDATE record_double SET doc = replace(doc, '122', '132') WHERE study_id = $1 AND pass = 2`,
		`UPDATE record_double SET entered_by = 'somebody' WHERE study_id = $1 AND pass = 2`,
		`UPDATE record_double SET site_id = '07' WHERE study_id = $1 AND pass = 1`,
		`DELETE FROM record_double WHERE study_id = $1 AND pass = 2`,
	} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			twice(t, func(t *testing.T, c *clinic) {
				c.enter("linyue", "IT.SYS 120")
				c.enter("xucheng", "IT.SYS 122")
				c.intact()
				if err := c.ledger.DB().Update(c.ctx, func(tx *store.Tx) error {
					n, err := tx.Exec(c.ctx, bad, study)
					if n != 1 {
						t.Errorf("%s changed %d rows", bad, n)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
				v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
				if err != nil || !slices.ContainsFunc(v.Findings, func(f ledger.Finding) bool { return f.Table == "record_double" }) {
					t.Errorf("%s was not found: %+v %v", bad, v.Findings, err)
				}
			})
		})
	}
}
