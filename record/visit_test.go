package record_test

import (
	"testing"

	"casebook/odm"
	"casebook/record"
)

// A check of another system asks which visit it is in: it fires in one and not in the other.
func TestARuleAsksWhichVisitItIsIn(t *testing.T) {
	t.Parallel()
	item := odm.Item{OID: "X", Name: "x", DataType: "text", Checks: []odm.RangeCheck{
		{Expressions: []odm.Expression{{Context: "js", Code: `StudyEventDefId != "E2" || X == "yes"`}}},
		{Expressions: []odm.Expression{{Context: "js", Code: `StudyEventRepeatKey != "2"`}}},
		{Expressions: []odm.Expression{{Context: "casebook", Code: `blank(event.date) || event.date > date('2026-01-10')`}}},
	}}
	v := &odm.Version{OID: "V", Items: []odm.Item{item, {OID: "EventDate", Name: "d", DataType: "datetime"}},
		Groups: []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "X"}, {OID: "EventDate"}}}},
		Forms:  []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}}}},
		Events: []odm.Event{{OID: "E1", Repeating: true, Forms: []odm.Ref{{OID: "F"}}}, {OID: "E2", Forms: []odm.Ref{{OID: "F"}}}}}
	s := record.Compile(v, 1)
	if len(s.Kept) > 0 {
		t.Fatalf("rules do not run: %v", s.Kept[0].Why)
	}
	for _, c := range []struct {
		event, repeat, date string
		fires               int
	}{{"E1", "1", "", 0}, {"E1", "2", "", 1}, {"E2", "1", "", 1}, {"E1", "1", "2026-01-05T00:00:00", 1}, {"E1", "1", "2026-01-15T00:00:00", 0}} {
		form := &record.Form{Key: record.Key{Study: "S", Subject: "1", Event: c.event, EventRepeat: c.repeat, Form: "F", FormRepeat: "1"}}
		values := []record.Value{{Group: "G", Repeat: "1", Item: "X", Value: "no"}}
		if c.date != "" {
			values = append(values, record.Value{Group: "G", Repeat: "1", Item: "EventDate", Value: c.date})
		}
		out, err := s.Apply(form, -1, values, record.Context{NewID: func() string { return "q" }})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(out.After.Opened); got != c.fires {
			t.Errorf("%+v: %d queries", c, got)
		}
	}
}
