package record_test

import (
	"strings"
	"testing"
	"time"

	"casebook/odm"
	"casebook/record"
)

// pregnancy is a study in which women answer a group more, a pregnancy calls for a form, and men have a visit less.
func pregnancy() *odm.Version {
	ref := func(oid string) odm.Ref { return odm.Ref{OID: oid} }
	return &odm.Version{OID: "P", EventRefs: []odm.Ref{ref("BL"), {OID: "V", Hidden: "MALE"}, {OID: "LOG", MandatoryWhen: "PREGNANT"}},
		Events: []odm.Event{{OID: "BL", Type: odm.Scheduled, Forms: []odm.Ref{ref("B")}},
			{OID: "V", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F", MandatoryWhen: "PREGNANT"}, {OID: "N", Mandatory: true, Hidden: "PREGNANT"}}},
			{OID: "LOG", Type: odm.Unscheduled, Forms: []odm.Ref{ref("N")}}},
		Forms:  []odm.Form{{OID: "B", Groups: []odm.Ref{ref("BG"), {OID: "W", MandatoryWhen: "FEMALE", Hidden: "MALE"}}}, {OID: "F", Groups: []odm.Ref{ref("G")}}, {OID: "N", Groups: []odm.Ref{ref("G")}}},
		Groups: []odm.ItemGroup{{OID: "BG", Items: []odm.Ref{ref("SEX")}}, {OID: "W", Items: []odm.Ref{ref("PREG"), ref("SINCE")}}, {OID: "G", Items: []odm.Ref{ref("WEEK")}}},
		Items:  []odm.Item{{OID: "SEX", DataType: "text"}, {OID: "PREG", DataType: "boolean"}, {OID: "SINCE", DataType: "partialDate"}, {OID: "WEEK", DataType: "integer"}},
		Conditions: []odm.Condition{{OID: "MALE", Expressions: rule("SEX == 'M'")}, {OID: "FEMALE", Expressions: rule("SEX == 'F'")},
			{OID: "PREGNANT", Expressions: rule("PREG")}}}
}

func TestAConditionMakesAGroupOrAFormMandatory(t *testing.T) {
	t.Parallel()
	v := pregnancy()
	st := record.Compile(v, 1)
	if !st.Conditional() || record.Compile(crossed(), 1).Conditional() {
		t.Error("it is not known where conditions stand in the schedule")
	}
	in := record.Context{Now: time.Unix(1, 0), Reason: "x", NewID: func() string { return "q" }}
	baseline := record.Key{Event: "BL", EventRepeat: "1", Form: "B", FormRepeat: "1"}
	visit := func(form string) record.Key {
		return record.Key{Event: "V", EventRepeat: "1", Form: form, FormRepeat: "1"}
	}
	for _, c := range []struct {
		values            []string
		state             string
		form, note, event record.Expected // of the pregnancy form, the note in its place, the event of notes
		visit             record.Expected
	}{
		{nil, record.Empty, record.Expected{}, record.Expected{Hidden: true}, record.Expected{}, record.Expected{Hidden: true}}, // nobody can tell yet
		{[]string{"BG/SEX", "M"}, record.Complete, record.Expected{}, record.Expected{Hidden: true}, record.Expected{}, record.Expected{Hidden: true}},
		{[]string{"BG/SEX", "F"}, record.Partial, record.Expected{}, record.Expected{Hidden: true}, record.Expected{}, record.Expected{}},
		{[]string{"BG/SEX", "F", "W/PREG", "false"}, record.Complete, record.Expected{}, record.Expected{Mandatory: true}, record.Expected{}, record.Expected{}},
		{[]string{"BG/SEX", "F", "W/PREG", "true"}, record.Complete, record.Expected{Mandatory: true}, record.Expected{Hidden: true}, record.Expected{Mandatory: true}, record.Expected{}},
	} {
		cb := &record.Casebook{}
		var values []record.Value
		for i := 0; i < len(c.values); i += 2 {
			group, item, _ := strings.Cut(c.values[i], "/")
			values = append(values, record.Value{Group: group, Repeat: "1", Item: item, Value: c.values[i+1]})
		}
		if len(values) > 0 {
			if err := st.Save(cb, baseline, values, in); err != nil {
				t.Fatal(err)
			}
		}
		if got := st.Look(cb, baseline, in).Form.State; got != c.state {
			t.Errorf("with %q the form is %s, want %s", c.values, got, c.state)
		}
		event := st.Index.Event("V")
		for what, e := range map[string]struct{ got, want record.Expected }{
			"the form":  {st.Expects(event.Forms[0], visit("F"), cb.Forms, in), c.form},
			"the note":  {st.Expects(event.Forms[1], visit("N"), cb.Forms, in), c.note},
			"the visit": {st.Expects(v.EventRefs[1], record.Key{Event: "V", EventRepeat: "1"}, cb.Forms, in), c.visit},
			"the log":   {st.Expects(v.EventRefs[2], record.Key{Event: "LOG", EventRepeat: "1"}, cb.Forms, in), c.event},
		} {
			if e.got != e.want {
				t.Errorf("with %q %s is %+v, want %+v", c.values, what, e.got, e.want)
			}
		}
	}
}
