package record_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
)

func rule(source string) []odm.Expression {
	return []odm.Expression{{Context: "casebook", Code: source}}
}

// smoking hides the number of cigarettes, computes packs from it, and shows a question by what was computed.
func smoking() *odm.Version {
	return &odm.Version{
		EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F"}}}},
		Forms: []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}}}},
		Groups: []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "ASK", Hidden: "C.ASK"}, {OID: "PACKS", Method: "M"}, {OID: "CIGS", Hidden: "C.CIGS"},
			{OID: "SMOKES"}}}},
		Items: []odm.Item{{OID: "SMOKES", DataType: "boolean"}, {OID: "PACKS", DataType: "float"}, {OID: "ASK", DataType: "text"},
			{OID: "CIGS", DataType: "integer", Checks: []odm.RangeCheck{{Comparator: "LT", Values: []string{"60"}}}}},
		Conditions: []odm.Condition{{OID: "C.CIGS", Expressions: rule("!SMOKES")}, {OID: "C.ASK", Expressions: rule("blank(PACKS) || PACKS < 2")}},
		Methods:    []odm.Method{{OID: "M", Expressions: rule("CIGS / 20")}},
	}
}

// The policy for hidden values (docs/format/rules.md): kept, excluded from calculations and checks, back when shown again;
// one pass, whatever the order in which the form asks.
func TestAHiddenValueIsKeptAndCountsForNothing(t *testing.T) {
	t.Parallel()
	st := record.Compile(smoking(), 1)
	form := &record.Form{Key: record.Key{Event: "E", EventRepeat: "1", Form: "F", FormRepeat: "1"}}
	ids := 0
	var queries []record.Query
	save := func(item, value string) *record.Outcome {
		t.Helper()
		out, err := st.Apply(form, -1, []record.Value{{Group: "G", Repeat: "1", Item: item, Value: value}},
			record.Context{Now: time.Unix(1, 0), Reason: "x", Open: queries, NewID: func() string { ids++; return string(rune('a' + ids)) }})
		if err != nil {
			t.Fatal(err)
		}
		form = out.Form
		return out
	}
	look := func(when, packs string, hidden ...string) {
		t.Helper()
		if got := valueOf(&record.View{Form: form}, "PACKS"); got != packs {
			t.Errorf("%s: %q packs, want %q", when, got, packs)
		}
		if got := st.Hidden(form, record.Context{}); !slices.Equal(got, hidden) {
			t.Errorf("%s: hidden %v, want %v", when, got, hidden)
		}
	}
	save("CIGS", "80")
	look("nobody knows whether they smoke", "", "G/1/ASK", "G/1/CIGS")
	out := save("SMOKES", "true")
	look("they do", "4")
	if len(out.After.Opened) != 1 {
		t.Errorf("80 cigarettes are asked %d times", len(out.After.Opened))
	}
	queries = out.After.Opened
	out = save("SMOKES", "false")
	look("they do not", "", "G/1/ASK", "G/1/CIGS")
	if got := valueOf(&record.View{Form: form}, "CIGS"); got != "80" || len(out.After.Closed) != 1 {
		t.Errorf("hidden: the value is %q, %d queries closed", got, len(out.After.Closed))
	}
	save("SMOKES", "true")
	look("they do after all", "4")
}

// A condition makes a question mandatory while it is true: a form without the answer is not complete then. Unknown does not.
func TestAConditionMakesAQuestionMandatory(t *testing.T) {
	t.Parallel()
	version := func() *odm.Version {
		v := smoking()
		v.Groups[0].Items[2] = odm.Ref{OID: "CIGS", MandatoryWhen: "C.NEED"}
		v.Conditions = append(v.Conditions, odm.Condition{OID: "C.NEED", Expressions: rule("SMOKES")})
		return v
	}
	st := record.Compile(version(), 1)
	control := version()
	control.Groups[0].Items[2].MandatoryWhen = ""
	without := record.Compile(control, 1)
	state := func(st *record.Study, values ...string) string {
		t.Helper()
		var items []record.Value
		for i := 0; i < len(values); i += 2 {
			items = append(items, record.Value{Group: "G", Repeat: "1", Item: values[i], Value: values[i+1]})
		}
		out, err := st.Apply(&record.Form{Key: record.Key{Event: "E", EventRepeat: "1", Form: "F", FormRepeat: "1"}}, -1, items,
			record.Context{Now: time.Unix(1, 0), NewID: func() string { return "q" }})
		if err != nil {
			t.Fatal(err)
		}
		return out.Form.State
	}
	for _, c := range []struct {
		want   string
		values []string
	}{
		{record.Partial, []string{"SMOKES", "true"}}, {record.Complete, []string{"SMOKES", "false"}},
		{record.Complete, []string{"SMOKES", "true", "CIGS", "10"}}, {record.Complete, []string{"ASK", "nobody said"}},
	} {
		if got := state(st, c.values...); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
	if got := state(without, "SMOKES", "true"); got != record.Complete {
		t.Errorf("the control, without the condition: %s", got)
	}
	rules := st.Rules("F", record.Context{Zone: "UTC"}).Rules
	if !slices.ContainsFunc(rules, func(r record.LiveRule) bool {
		return r.Kind == record.Demands && r.Item == "CIGS" && r.Source == "SMOKES"
	}) {
		t.Errorf("the browser is not told: %+v", rules)
	}
}

func TestTheBrowserGetsAFormsRules(t *testing.T) {
	t.Parallel()
	rules := record.Compile(smoking(), 1).Rules("F", record.Context{Zone: "UTC"})
	var got []string
	for _, r := range rules.Rules {
		got = append(got, r.Kind+" "+r.Group+"/"+r.Item+": "+r.Source)
	}
	want := []string{"hide G/ASK: blank(PACKS) || PACKS < 2", "hide G/CIGS: !SMOKES", "compute G/PACKS: CIGS / 20", "check G/CIGS: CIGS < 60"}
	if !slices.Equal(got, want) || rules.Types["CIGS"] != "number" || rules.Types["SMOKES"] != "bool" {
		t.Errorf("got %s\nwant %s\ntypes %v", strings.Join(got, "\n"), strings.Join(want, "\n"), rules.Types)
	}
	circle := smoking()
	circle.Conditions[0].Expressions = rule("ASK == 'x'")
	if rules := record.Compile(circle, 1).Rules("F", record.Context{}); rules != nil {
		t.Error("conditions that need each other are sent to the browser")
	}
	open := smoking()
	open.Methods[0].Expressions = rule("hour(datetime(@2024-01-01T00:00Z, ASK))")
	if rules := record.Compile(open, 1).Rules("F", record.Context{}); rules != nil {
		t.Error("the browser is to know a zone that somebody types")
	}
	zoned := smoking()
	zoned.Methods[0].Expressions = rule("hour(datetime(@2024-01-01T00:00Z, 'Asia/Shanghai'))")
	if rules := record.Compile(zoned, 1).Rules("F", record.Context{Zone: "America/New_York"}); len(rules.Zones) != 1 || len(rules.Zones["Asia/Shanghai"]) == 0 {
		t.Errorf("zones %v", rules.Zones)
	}
}

func TestTheBrowserGetsValuesOfOtherVisits(t *testing.T) {
	t.Parallel()
	c := open(t, storetest.DSN(t, "sqlite"))
	c.mustSave(0, "", vs("IT.SYS", "120"))
	v, err := c.forms.Read(c.ctx, vitals, time.Time{})
	if err != nil || v.Rules == nil || v.Rules.Today != "2026-03-02" || len(v.Rules.Rules) == 0 {
		t.Fatalf("rules %+v, %v", v.Rules, err)
	}
	was, err := c.forms.Read(c.ctx, vitals, c.clock.Now())
	if err != nil || was.Rules != nil {
		t.Errorf("the past is given rules: %+v, %v", was.Rules, err)
	}
}

func TestADisagreementIsRecordedAndChangesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		before := c.mustSave(0, "", vs("IT.SYS", "120"))
		c.clock.Add(time.Second) // what waits for its place is in the order of its time
		found := []record.Disagreement{{Kind: record.Computes, Place: "IG.VS/1/IT.BMI", Client: "25", Server: "25.1"}}
		if err := c.forms.Disagree(c.ctx, vitals, found); err != nil {
			t.Fatal(err)
		}
		var entries []ledger.Entry
		if err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) {
			entries, err = ledger.Subject(c.ctx, tx, study, subject)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		last := entries[len(entries)-1]
		if last.What != record.Disagreed || last.Ref != vitals.Ref() || last.Actor != "linyue" || !strings.Contains(last.New, `"server":"25.1"`) {
			t.Errorf("the last entry is %+v", last)
		}
		if after, err := c.forms.Read(c.ctx, vitals, time.Time{}); err != nil || after.Form.Version != before.Form.Version {
			t.Errorf("the form is another: %+v, %v", after.Form, err)
		}
		for _, bad := range [][]record.Disagreement{nil, make([]record.Disagreement, 51), {{Kind: "mood"}}, {{Kind: record.Checks, Client: strings.Repeat("x", 1001)}}} {
			if err := c.forms.Disagree(c.ctx, vitals, bad); code(err) != "record.disagreements" {
				t.Errorf("%d disagreements: %v", len(bad), err)
			}
		}
	})
}
