package odm_test

import (
	"testing"

	"casebook"
	"casebook/odm"
)

func TestEveryFaultIsFoundAtItsPlace(t *testing.T) {
	t.Parallel()
	whole := func() *odm.Version {
		return &odm.Version{OID: "V", EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Window: &odm.Window{Target: "P7D", After: "P1D"}, Forms: []odm.Ref{{OID: "F"}}}},
			Forms: []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}}}}, Groups: []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "I"}}}},
			Items:     []odm.Item{{OID: "I", DataType: "integer", CodeList: "C", Checks: []odm.RangeCheck{{Comparator: "GE", Values: []string{"1"}}}}},
			CodeLists: []odm.CodeList{{OID: "C", Items: []odm.CodeItem{{Code: "1", Weight: "-0.5"}, {Code: "2"}}}}}
	}
	if found := whole().Faults(); len(found) != 0 {
		t.Fatalf("nothing is wrong: %v", found)
	}
	for _, c := range []struct {
		place, code string
		spoil       func(*odm.Version)
	}{
		{"ItemDef[#1]", "odm.fault.oid", func(v *odm.Version) { v.Items[0].OID = " " }},
		{"ItemDef[I]", "odm.fault.twice", func(v *odm.Version) { v.Items = append(v.Items, v.Items[0]) }},
		{"Protocol", "odm.fault.reference_twice", func(v *odm.Version) { v.EventRefs = append(v.EventRefs, v.EventRefs[0]) }},
		{"ItemGroupDef[G]", "odm.fault.occurs", func(v *odm.Version) { v.Groups[0].Occurs = odm.Occurs{Min: 3, Max: 2} }},
		{"StudyEventDef[E]", "odm.fault.window", func(v *odm.Version) { v.Events[0].Window.After = "-P1D" }},
		{"StudyEventDef[E]", "odm.fault.duration", func(v *odm.Version) { v.Events[0].Every = "weekly" }},
		{"ItemDef[I]", "odm.fault.type", func(v *odm.Version) { v.Items[0].DataType = "number" }},
		{"ItemDef[I]", "odm.fault.size", func(v *odm.Version) { v.Items[0].Length = -1 }},
		{"ItemDef[I]/RangeCheck[1]", "odm.fault.check", func(v *odm.Version) { v.Items[0].Checks[0].Comparator = "" }},
		{"CodeList[C]/CodeListItem[2]", "odm.fault.code", func(v *odm.Version) { v.CodeLists[0].Items[1].Code = "" }},
		{"CodeList[C]/CodeListItem[2]", "odm.fault.code_twice", func(v *odm.Version) { v.CodeLists[0].Items[1].Code = "1" }},
		{"CodeList[C]/CodeListItem[1]", "odm.fault.weight", func(v *odm.Version) { v.CodeLists[0].Items[0].Weight = "1e3" }},
	} {
		v := whole()
		c.spoil(v)
		hit := false
		for _, f := range v.Faults() {
			e, ok := f.Why.(*casebook.Error)
			hit = hit || ok && e.Code == c.code && f.Place == c.place
		}
		if !hit {
			t.Errorf("%s at %s is not found: %v", c.code, c.place, v.Faults())
		}
	}
}
