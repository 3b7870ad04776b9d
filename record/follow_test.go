package record_test

import (
	"fmt"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
)

// crossed is a study whose forms read one another: a limit from the baseline, a sum that goes on from visit to visit, and a
// mandatory question that is asked where the baseline says so.
func crossed() *odm.Version {
	ref := func(oid string) odm.Ref { return odm.Ref{OID: oid} }
	return &odm.Version{OID: "X", EventRefs: []odm.Ref{ref("BL"), ref("V")},
		Events: []odm.Event{{OID: "BL", Type: odm.Scheduled, Forms: []odm.Ref{ref("B")}}, {OID: "V", Type: odm.Scheduled, Repeating: true, Forms: []odm.Ref{ref("F")}}},
		Forms:  []odm.Form{{OID: "B", Groups: []odm.Ref{ref("BG")}}, {OID: "F", Groups: []odm.Ref{ref("G")}}},
		Groups: []odm.ItemGroup{{OID: "BG", Items: []odm.Ref{ref("BASE"), ref("ASK")}},
			{OID: "G", Items: []odm.Ref{ref("SYS"), {OID: "DOSE", Mandatory: true}, {OID: "SUM", Method: "M"}, {OID: "WHY", Mandatory: true, Hidden: "C"}}}},
		Items: []odm.Item{{OID: "BASE", DataType: "integer"}, {OID: "ASK", DataType: "boolean"}, {OID: "SYS", DataType: "integer", Checks: []odm.RangeCheck{{Expressions: rule("SYS >= BASE")}}},
			{OID: "DOSE", DataType: "integer"}, {OID: "SUM", DataType: "integer"}, {OID: "WHY", DataType: "text"}},
		Methods:    []odm.Method{{OID: "M", Expressions: rule("blank(prev(SUM)) ? DOSE : DOSE + prev(SUM)")}},
		Conditions: []odm.Condition{{OID: "C", Expressions: rule("!ASK")}}}
}

// in enters values of one form of the crossed study.
func (c *clinic) in(event, repeat, form string, values ...string) *record.View {
	c.t.Helper()
	c.clock.Add(time.Minute)
	s := record.Save{Key: record.Key{Study: study, Subject: subject, Event: event, EventRepeat: repeat, Form: form, FormRepeat: "1"}, Expect: -1, Reason: "source corrected"}
	group := map[string]string{"B": "BG", "F": "G"}[form]
	for i := 0; i < len(values); i += 2 {
		s.Items = append(s.Items, record.Value{Group: group, Repeat: "1", Item: values[i], Value: values[i+1]})
	}
	v, err := c.forms.Save(c.ctx, s)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func (c *clinic) visit(repeat string) *record.View {
	c.t.Helper()
	v, err := c.forms.Read(c.ctx, record.Key{Study: study, Subject: subject, Event: "V", EventRepeat: repeat, Form: "F", FormRepeat: "1"}, time.Time{})
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func TestASaveIsJudgedInTheOtherFormsThatReadIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.forms = record.New(c.ledger, published{crossed()})
		c.in("BL", "1", "B", "BASE", "100")
		c.in("V", "1", "F", "SYS", "120", "DOSE", "1")
		c.in("V", "2", "F", "SYS", "130", "DOSE", "2")
		c.in("V", "3", "F", "SYS", "140", "DOSE", "4")
		if v := c.visit("3"); valueOf(v, "SUM") != "7" || v.Form.State != record.Complete {
			t.Fatalf("before: %+v", v.Form)
		}
		c.in("BL", "1", "B", "BASE", "125")
		if a, b := c.visit("1"), c.visit("2"); len(openQueries(a)) != 1 || len(openQueries(b)) != 0 {
			t.Errorf("with a higher limit, visit 1 asks %q and visit 2 %q", openQueries(a), openQueries(b))
		}
		c.in("BL", "1", "B", "BASE", "110")
		if a := c.visit("1"); len(openQueries(a)) != 0 {
			t.Errorf("with a lower one, it still asks %q", openQueries(a))
		}
		was := c.visit("2").Form.Version
		c.in("V", "1", "F", "DOSE", "10")
		if b, d := c.visit("2"), c.visit("3"); valueOf(b, "SUM") != "12" || valueOf(d, "SUM") != "16" || b.Form.Version != was+1 {
			t.Errorf("the sums are %s and %s", valueOf(b, "SUM"), valueOf(d, "SUM"))
		}
		c.in("BL", "1", "B", "ASK", "true")
		if a := c.visit("1"); a.Form.State != record.Partial {
			t.Errorf("a mandatory question is asked now, and the form is %s", a.Form.State)
		}
		c.verify(t)
	})
}

// report keeps a form of the crossed study as a phone's arrives: whole and once.
func (c *clinic) report(event, repeat, form string, values ...string) {
	c.t.Helper()
	c.clock.Add(time.Minute)
	st, err := c.forms.Study(c.ctx, study)
	if err != nil {
		c.t.Fatal(err)
	}
	group, changes := map[string]string{"B": "BG", "F": "G"}[form], []record.Value{}
	for i := 0; i < len(values); i += 2 {
		changes = append(changes, record.Value{Group: group, Repeat: "1", Item: values[i], Value: values[i+1]})
	}
	k := record.Key{Study: study, Subject: subject, Event: event, EventRepeat: repeat, Form: form, FormRepeat: "1"}
	now := c.ledger.DB().World().Now()
	out, err := st.Apply(&record.Form{Key: k, Site: "01"}, -1, changes, record.Context{Actor: "phone", Now: now, Today: record.Today(now), Zone: "UTC", NewID: c.ledger.DB().World().NewID})
	if err != nil {
		c.t.Fatal(err)
	}
	err = c.ledger.WriteNew(c.ctx, study, func(w *ledger.Writer) error {
		return record.InsertIn(c.ctx, w, []*record.Report{record.NewReport(out, ledger.Entry{Actor: "phone", Role: "patient"})})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// What a phone reports is judged in the forms that read it, as what a coordinator enters is. What is frozen stays.
func TestAReportIsJudgedInTheOtherFormsThatReadIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.forms = record.New(c.ledger, published{crossed()})
		c.in("V", "2", "F", "SYS", "120", "DOSE", "2")
		c.in("V", "3", "F", "SYS", "140", "DOSE", "4")
		c.in("V", "4", "F", "SYS", "100", "DOSE", "8")
		st, err := c.forms.Study(c.ctx, study)
		if err != nil {
			t.Fatal(err)
		}
		err = c.ledger.Write(c.ctx, study, func(w *ledger.Writer) error {
			_, err := c.forms.Move(c.ctx, w, st, record.Scope{Study: study, Subject: subject, Path: "V/4/F/1"}, record.Freeze, "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.report("BL", "1", "B", "BASE", "130")
		c.report("V", "1", "F", "SYS", "150", "DOSE", "1")
		second, third, fourth := c.visit("2"), c.visit("3"), c.visit("4")
		if len(openQueries(second)) != 1 || len(openQueries(third)) != 0 {
			t.Errorf("with the limit of the report, visit 2 asks %q and visit 3 %q", openQueries(second), openQueries(third))
		}
		if valueOf(second, "SUM") != "3" || valueOf(third, "SUM") != "7" {
			t.Errorf("the sums are %s and %s", valueOf(second, "SUM"), valueOf(third, "SUM"))
		}
		if valueOf(fourth, "SUM") != "14" || len(openQueries(fourth)) != 0 || fourth.Form.Version != 1 {
			t.Errorf("what is frozen has become %+v", fourth.Form)
		}
		history, err := c.forms.History(c.ctx, second.Form.Key, "G", "1", "SUM")
		if err != nil || len(history) != 2 || history[0].Entry.Actor != "phone" {
			t.Errorf("the sum's history is %+v, %v", history, err)
		}
		c.verify(t)
	})
}

func (c *clinic) verify(t *testing.T) {
	t.Helper()
	c.seal()
	v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{record.NewFold(id), patient.NewFold(id)}
	})
	if err != nil || len(v.Findings) > 0 {
		t.Errorf("%+v, %v", v.Findings, err)
	}
}

// What would change a computed value in a locked form is refused as a whole.
func TestASaveThatWouldChangeALockedFormIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.forms = record.New(c.ledger, published{crossed()})
		c.in("V", "1", "F", "DOSE", "1")
		c.in("V", "2", "F", "DOSE", "2")
		st, err := c.forms.Study(c.ctx, study)
		if err != nil {
			t.Fatal(err)
		}
		err = c.ledger.Write(c.ctx, study, func(w *ledger.Writer) error {
			_, err := c.forms.Move(c.ctx, w, st, record.Scope{Study: study, Subject: subject, Path: "V/2/F/1"}, record.Freeze, "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.forms.Save(c.ctx, record.Save{Key: record.Key{Study: study, Subject: subject, Event: "V", EventRepeat: "1", Form: "F", FormRepeat: "1"}, Expect: -1, Reason: "x",
			Items: []record.Value{{Group: "G", Repeat: "1", Item: "DOSE", Value: "5"}}})
		if casebook.KindOf(err) != casebook.Conflict {
			t.Errorf("%v", err)
		}
		if v := c.visit("1"); valueOf(v, "DOSE") != "1" {
			t.Errorf("half of it was kept: %s", valueOf(v, "DOSE"))
		}
	})
}

// A save that one other form reads costs the same, however many rules the study has.
func BenchmarkSaveThatIsReadElsewhere(b *testing.B) {
	for _, rules := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			v := large(rules)
			v.Items[0].Checks = append(v.Items[0].Checks, odm.RangeCheck{Expressions: rule("I0_0 < I3_5 + 1000")})
			st := record.Compile(v, 1)
			in := record.Context{Now: time.Unix(1, 0), Reason: "x", NewID: func() string { return "q" }}
			c := &record.Casebook{}
			at := func(form string) record.Key {
				return record.Key{Event: "E", EventRepeat: "1", Form: form, FormRepeat: "1"}
			}
			save := func(form, group, item, value string) {
				if err := st.Save(c, at(form), []record.Value{{Group: group, Repeat: "1", Item: item, Value: value}}, in); err != nil {
					b.Fatal(err)
				}
			}
			for f := range 5 {
				save(fmt.Sprint("F", f), fmt.Sprint("G", f), fmt.Sprintf("I%d_0", f), "7")
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				save("F3", "G3", "I3_5", fmt.Sprint(n%900))
			}
		})
	}
}
