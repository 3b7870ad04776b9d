package normal

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/record"
)

func code(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return strings.TrimSpace(e.Code + " " + e.Place)
	}
	return fmt.Sprint(err)
}

// ward is a study with two analytes, haemoglobin in g/L and a ratio without a unit, and one that is measured in two units.
func ward(birth string) *record.Study {
	v := &odm.Version{OID: "V", Units: []odm.Unit{{OID: "U.GL", Name: "g/L"}, {OID: "U.X", Name: "mmol/L"}},
		CodeLists: []odm.CodeList{{OID: "CL.SEX", DataType: "text", Items: []odm.CodeItem{{Code: "M"}, {Code: "F"}}}},
		Groups:    []odm.ItemGroup{{OID: "G", Domain: "LB", Repeating: true, Items: []odm.Ref{{OID: "HGB"}, {OID: "AT"}}}},
		Forms:     []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}}}},
		Items: []odm.Item{{OID: "HGB", DataType: "float", Units: []string{"U.GL"}}, {OID: "INR", DataType: "float"}, {OID: "GLUC", DataType: "float", Units: []string{"U.GL", "U.X"}},
			{OID: "S", Name: "SEX", DataType: "text", CodeList: "CL.SEX"}, {OID: "B", Name: birth, DataType: "partialDate"},
			{OID: "AT", DataType: "date", Aliases: []odm.Alias{{Context: "SDTM", Name: "LB.LBDTC"}}}}}
	return record.Compile(v, 1)
}

func TestRangesThatCannotBeAreRefusedAtTheirPlace(t *testing.T) {
	t.Parallel()
	good := Range{Item: "HGB", From: "2026-01-01", Unit: "g/L", Low: "120", High: "160"}
	for _, c := range []struct {
		want   string
		change func(*Range)
	}{
		{"normal.item set/0/item", func(r *Range) { r.Item = "S" }},
		{"normal.item set/0/item", func(r *Range) { r.Item = "NOBODY" }},
		{"normal.unit set/0/unit", func(r *Range) { r.Unit = "g/dL" }},
		{"normal.unit set/0/unit", func(r *Range) { r.Item, r.Unit = "GLUC", "mmol/L" }},
		{"normal.number set/0/low", func(r *Range) { r.Low = "12 0" }},
		{"normal.number set/0/high", func(r *Range) { r.High = "<160" }},
		{"normal.limits set/0/low", func(r *Range) { r.Low, r.High = "", "" }},
		{"normal.order set/0/high", func(r *Range) { r.Low, r.High = "10.01", "10.0" }},
		{"normal.age set/0/ageUnder", func(r *Range) { r.AgeFrom, r.AgeUnder = 18, 18 }},
		{"normal.day set/0/from", func(r *Range) { r.From = "2026-02-30" }},
		{"normal.day set/0/until", func(r *Range) { r.Until = "2025-12-31" }},
		{"normal.sex set/0/sex", func(r *Range) { r.Sex = "1" }},
		{"normal.overlap set/0", func(r *Range) { r.Sex, r.AgeFrom = "F", 18 }},
		{"normal.overlap set/0", func(r *Range) { r.Sex, r.AgeUnder, r.From = "F", 13, "2030-01-01" }},
		{"normal.reason reason", func(r *Range) { r.Item, r.Unit, r.Low = "INR", "", "0.9" }},
		{"<nil>", func(r *Range) { r.Sex, r.AgeUnder = "F", 12 }},
		{"<nil>", func(r *Range) { r.Sex = "M" }},
		{"<nil>", func(r *Range) { r.Item, r.Unit, r.From = "INR", "", "2027-01-01" }},
	} {
		r := good
		c.change(&r)
		was := map[string]Range{}
		for _, h := range []Range{{Item: "HGB", Sex: "F", AgeFrom: 12, From: "2020-01-01", Unit: "g/L", Low: "1"}, {Item: "INR", From: "2026-01-01", Until: "2026-12-31", High: "1.2"}} {
			was[h.Ref()] = h
		}
		_, err := (&Change{Set: []Range{r}}).apply(ward("BRTHDAT"), "", was)
		if got := code(err); got != c.want {
			t.Errorf("%+v: %s, want %s", r, got, c.want)
		}
	}
	r := good
	r.AgeFrom = 18
	if _, err := (&Change{Set: []Range{r}}).apply(ward("OTHER"), "", nil); code(err) != "normal.age_unasked set/0/ageFrom" {
		t.Errorf("an age that nobody asks: %v", err)
	}
	if _, err := (&Change{Set: []Range{good, good}}).apply(ward("BRTHDAT"), "", map[string]Range{}); code(err) != "normal.twice set/1" {
		t.Errorf("twice: %v", err)
	}
}

// Where a partial date leaves it open whether a range holds, it does not.
func TestARangeHoldsOnlyWhereItHoldsForSure(t *testing.T) {
	t.Parallel()
	st := ward("BRTHDAT")
	ranges := []Range{{Item: "HGB", AgeUnder: 18, From: "2026-01-01", Until: "2026-06-30", Unit: "g/L", Low: "110"},
		{Item: "HGB", AgeFrom: 18, From: "2026-01-01", Unit: "g/L", High: "160"}}
	value := func(repeat, item, value string) record.Kept {
		return record.Kept{Value: record.Value{Group: "G", Repeat: repeat, Item: item, Value: value}}
	}
	for _, c := range []struct{ born, sampled, value, want string }{
		{"2008-03-15", "2026-03-14", "109.9", "110- LOW"},
		{"2008-03-15", "2026-03-15", "160", "-160 NORMAL"},
		{"2008-03-15", "2026-03-15T08:30:00", "160.1", "-160 HIGH"},
		{"2008-03", "2026-03-20", "100", ""},
		{"2008-03", "2026-04-20", "100", "-160 NORMAL"},
		{"2010", "2026-06", "120", "110- NORMAL"},
		{"2010", "2026", "120", ""},
		{"", "2026-06-01", "120", ""},
		{"2010", "", "120", ""},
		{"2008-02-29", "2026-02-28", "120", "110- NORMAL"},
		{"2010", "2025-12-31", "120", ""},
		{"2010", "2026-01-01", "", "110- "},
	} {
		casebook := []*record.Form{{Items: []record.Kept{{Value: record.Value{Item: "B", Value: c.born}}}}}
		f := &record.Form{Key: record.Key{Form: "F"}, Items: []record.Kept{value("1", "AT", "2026-05-05"), value("2", "HGB", c.value), value("2", "AT", c.sampled)}}
		got := ""
		for _, j := range Judge(st.Index, ranges, SourcesOf(st.Version).Person(casebook), f) {
			if j.Repeat == "2" {
				got += fmt.Sprintf("%s-%s %s", j.Low, j.High, j.Flag)
			}
		}
		if got != c.want {
			t.Errorf("born %q, sample of %q with %q: %q, want %q", c.born, c.sampled, c.value, got, c.want)
		}
	}
	twice := []*record.Form{{Items: []record.Kept{{Value: record.Value{Item: "S", Value: "M"}}}}, {Items: []record.Kept{{Value: record.Value{Item: "S", Value: "F"}}}}}
	if p := SourcesOf(st.Version).Person(twice); p.sex != "" {
		t.Error("a casebook that contradicts itself was believed")
	}
}
