package odm_test

import (
	"slices"
	"testing"

	"casebook/odm"
)

// demo is a version in which each kind of reference occurs.
func demo() *odm.Version {
	return &odm.Version{
		OID: "V1", Name: "1",
		EventRefs: []odm.Ref{{OID: "E.SCREEN", Order: 1}},
		Events:    []odm.Event{{OID: "E.SCREEN", Forms: []odm.Ref{{OID: "F.VITALS"}}}},
		Forms: []odm.Form{{OID: "F.VITALS", Groups: []odm.Ref{
			{OID: "G.NOTES", Order: 2, Hidden: "C.NEVER"}, {OID: "G.BODY", Order: 1},
		}}},
		Groups: []odm.ItemGroup{
			{OID: "G.BODY", Items: []odm.Ref{{OID: "I.WEIGHT"}, {OID: "I.SEX"}, {OID: "I.BMI", Method: "M.BMI"}}},
			{OID: "G.NOTES", Items: []odm.Ref{{OID: "I.NOTE"}}},
		},
		Items: []odm.Item{
			{OID: "I.WEIGHT", DataType: "float", Units: []string{"U.KG"}, Checks: []odm.RangeCheck{
				{Comparator: "GT", Values: []string{"0"}, Unit: "U.KG"}, {Comparator: "LT", Values: []string{"400"}},
			}},
			{OID: "I.SEX", DataType: "text", CodeList: "L.SEX"},
			{OID: "I.BMI", DataType: "float"},
			{OID: "I.NOTE", DataType: "text"},
		},
		CodeLists:  []odm.CodeList{{OID: "L.SEX"}},
		Units:      []odm.Unit{{OID: "U.KG"}},
		Conditions: []odm.Condition{{OID: "C.NEVER"}},
		Methods:    []odm.Method{{OID: "M.BMI"}},
	}
}

func TestAFormAsksItsItemsInOrder(t *testing.T) {
	t.Parallel()
	var got []string
	for _, q := range demo().Index().FormItems("F.VITALS") {
		got = append(got, q.Group.OID+"/"+q.Item.OID)
	}
	want := []string{"G.BODY/I.WEIGHT", "G.BODY/I.SEX", "G.BODY/I.BMI", "G.NOTES/I.NOTE"}
	if !slices.Equal(got, want) {
		t.Errorf("the form asks %v, want %v", got, want)
	}
	if q := demo().Index().FormItems("F.NONE"); q != nil {
		t.Errorf("a form that is not there asks %v", q)
	}
}

func TestReferencesAreOrderedByNumberThenByPlace(t *testing.T) {
	t.Parallel()
	refs := []odm.Ref{{OID: "zero"}, {OID: "b", Order: 2}, {OID: "after b"}, {OID: "a", Order: 1}, {OID: "b2", Order: 2}}
	var got []string
	for _, r := range odm.Ordered(refs) {
		got = append(got, r.OID)
	}
	if want := []string{"zero", "a", "b", "after b", "b2"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if refs[1].OID != "b" {
		t.Error("the given references were changed")
	}
}

func TestIndexFindsEveryKind(t *testing.T) {
	t.Parallel()
	x := demo().Index()
	if x.Event("E.SCREEN") == nil || x.Form("F.VITALS") == nil || x.Group("G.BODY") == nil || x.Item("I.SEX") == nil ||
		x.CodeList("L.SEX") == nil || x.Unit("U.KG") == nil || x.Condition("C.NEVER") == nil || x.Method("M.BMI") == nil {
		t.Error("a definition is not found")
	}
	if x.Event("I.SEX") != nil || x.Item("") != nil {
		t.Error("something that is not there is found")
	}
	if s := x.Schedule(); len(s) != 1 || s[0].OID != "E.SCREEN" {
		t.Errorf("schedule %v", s)
	}
}

func TestDanglingNamesEachMissingDefinition(t *testing.T) {
	t.Parallel()
	if d := demo().Dangling(); d != nil {
		t.Fatalf("a whole version dangles: %v", d)
	}
	v := demo()
	v.Events, v.CodeLists, v.Units, v.Conditions, v.Methods = nil, nil, nil, nil, nil
	want := []odm.Link{
		{"Protocol", "", "StudyEventDef", "E.SCREEN"},
		{"FormDef", "F.VITALS", "ConditionDef", "C.NEVER"},
		{"ItemGroupDef", "G.BODY", "MethodDef", "M.BMI"},
		{"ItemDef", "I.WEIGHT", "MeasurementUnit", "U.KG"},
		{"ItemDef", "I.WEIGHT", "MeasurementUnit", "U.KG"},
		{"ItemDef", "I.SEX", "CodeList", "L.SEX"},
	}
	if got := v.Dangling(); !slices.Equal(got, want) {
		t.Errorf("dangling %v, want %v", got, want)
	}
}

func TestInventoryCounts(t *testing.T) {
	t.Parallel()
	want := odm.Inventory{
		Events: 1, Forms: 1, ItemGroups: 2, Items: 4, CodeLists: 1, Conditions: 1, Methods: 1, RangeChecks: 2,
	}
	if got := demo().Inventory(); got != want {
		t.Errorf("inventory %+v, want %+v", got, want)
	}
}

func TestHashIsTheContents(t *testing.T) {
	t.Parallel()
	a, b := demo(), demo()
	a.Protocol = odm.Text{"en": "x", "zh-CN": "y", "de": "z", "fr": "w"}
	b.Protocol = odm.Text{"fr": "w", "de": "z", "zh-CN": "y", "en": "x"}
	if a.Hash() != b.Hash() || len(a.Hash()) != 64 {
		t.Errorf("equal versions hash to %s and %s", a.Hash(), b.Hash())
	}
	a.Methods[0].Expressions = []odm.Expression{{Code: "1", Line: 7}}
	b.Methods[0].Expressions = []odm.Expression{{Code: "1", Line: 9}}
	if a.Hash() != b.Hash() || a.Methods[0].Expressions[0].Line != 7 {
		t.Error("the line of an expression counts as content")
	}
	b.Items[3].Length = 1
	if a.Hash() == b.Hash() {
		t.Error("a changed version has the same hash")
	}
}

func TestFormsOfAFileWithoutVisitsStandInOne(t *testing.T) {
	t.Parallel()
	v := demo()
	before := v.Hash()
	if v.InOneVisit(); v.Hash() != before {
		t.Error("a definition with visits was changed")
	}
	v.Events, v.EventRefs = nil, nil
	v.InOneVisit()
	if len(v.Events) != 1 || len(v.EventRefs) != 1 || len(v.Events[0].Forms) != len(v.Forms) || len(v.Dangling()) > 0 || len(v.Faults()) > 0 {
		t.Errorf("visits %+v, problems %v %v", v.Events, v.Dangling(), v.Faults())
	}
}
