package odmtest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"casebook/odm"
)

func TestEqualVersionsDoNotDiffer(t *testing.T) {
	t.Parallel()
	a, b := Full().Versions[1], Full().Versions[1]
	b.Items[4].Checks[2].Expressions[0].Line = 7 // where it stood is no difference
	slices.Reverse(b.Items)
	if got := odm.Diff(a, b); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// Whatever field of whatever definition changes, the difference is told.
func TestNoChangeOfAnyFieldIsSilent(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for n := 0; ; n++ {
		v, i, name := Full().Versions[1], 0, ""
		each(reflect.ValueOf(v), func(x reflect.Value) bool {
			if x.Kind() != reflect.Struct {
				return name == ""
			}
			for k := range x.NumField() {
				if x.Field(k).IsZero() {
					continue
				}
				if i == n && name == "" {
					name = x.Type().Name() + "." + x.Type().Field(k).Name
					x.Field(k).SetZero()
				}
				i++
			}
			return name == ""
		})
		if name == "" {
			break
		}
		tried[name] = true
		if got := odm.Diff(Full().Versions[1], v); len(got) == 0 {
			t.Errorf("a change of %s is silent", name)
		}
	}
	if len(tried) < 90 {
		t.Errorf("only %d fields were changed", len(tried))
	}
}

func TestWhatAChangeDoesToFilledCasebooks(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*odm.Version)
		want   string // the change that must be among them
	}{
		"a question is reworded": {func(v *odm.Version) { v.Items[1].Question = odm.Text{"en": "Gender"} }, `~ ItemDef SEX, question (en): Sex → Gender [breaks signature, breaks SDV]`},
		"a mandatory question is added": {func(v *odm.Version) {
			v.Groups[1].Items = append(v.Groups[1].Items, odm.Ref{OID: "WHY", Mandatory: true})
		}, `+ ItemGroupDef G.IN, items[WHY] [breaks signature, unfreezes, unsubmits]`},
		"an optional question is added": {func(v *odm.Version) { v.Groups[1].Items = append(v.Groups[1].Items, odm.Ref{OID: "WHY"}) }, `+ ItemGroupDef G.IN, items[WHY] [breaks signature, unfreezes]`},
		"a question becomes mandatory":  {func(v *odm.Version) { v.Groups[1].Items[0].Mandatory = true }, `~ ItemGroupDef G.IN, items[WEIGHT].mandatory: true [unfreezes, unsubmits]`},
		"a question is gone":            {func(v *odm.Version) { v.Groups[1].Items = v.Groups[1].Items[1:] }, `- ItemGroupDef G.IN, items[WEIGHT] [destructive, breaks signature, breaks SDV]`},
		"a code is gone":                {func(v *odm.Version) { v.CodeLists[1].Items = v.CodeLists[1].Items[:1] }, `- CodeList L.SEX, codes[M] [destructive, breaks signature]`},
		"a code is added":               {func(v *odm.Version) { v.CodeLists[1].Items = append(v.CodeLists[1].Items, odm.CodeItem{Code: "X"}) }, `+ CodeList L.SEX, codes[X]`},
		"a value must be shorter":       {func(v *odm.Version) { v.Items[3].Length = 3 }, `~ ItemDef SUM, length: 5 → 3 [destructive]`},
		"a value may be longer":         {func(v *odm.Version) { v.Items[3].Length = 9 }, `~ ItemDef SUM, length: 5 → 9`},
		"a type changes":                {func(v *odm.Version) { v.Items[2].DataType = "integer" }, `~ ItemDef WHY, dataType: text → integer [destructive, breaks signature, breaks SDV, unfreezes]`},
		"a check is sharper":            {func(v *odm.Version) { v.Items[4].Checks[1].Values = []string{"1"} }, `~ ItemDef WEIGHT, checks[2].rule: WEIGHT in [1, 2] → WEIGHT in [1] [rechecks]`},
		"a check comes before the others": {func(v *odm.Version) {
			v.Items[4].Checks = append([]odm.RangeCheck{{Comparator: "LE", Values: []string{"300"}}}, v.Items[4].Checks...)
		}, `+ ItemDef WEIGHT, checks[1]: WEIGHT <= 300 [rechecks]`},
		"checks change places":      {func(v *odm.Version) { slices.Reverse(v.Items[4].Checks[:2]) }, `~ ItemDef WEIGHT, checks: WEIGHT > 0 WEIGHT in [1, 2] WEIGHT < 300 → WEIGHT in [1, 2] WEIGHT > 0 WEIGHT < 300 [rechecks]`},
		"a check says it otherwise": {func(v *odm.Version) { v.Items[4].Checks[0].Message = odm.Text{"en": "too light", "zh-CN": "太轻"} }, `~ ItemDef WEIGHT, checks[1].message (zh-CN): 过轻 → 太轻`},
		"a formula changes":         {func(v *odm.Version) { v.Methods[0].Expressions[0].Code = "MOOD + 2" }, `[breaks signature, unfreezes, rechecks]`},
		"a hint changes":            {func(v *odm.Version) { v.Items[0].Hint = nil }, `~ ItemDef MOOD, hint (zh-CN): was 过去两周`},
		"a visit is gone":           {func(v *odm.Version) { v.Events = v.Events[:1] }, `- StudyEventDef E.LOG "log" [destructive, breaks signature]`},
	} {
		v := Full().Versions[1]
		c.change(v)
		got := odm.Diff(Full().Versions[1], v)
		if !slices.ContainsFunc(got, func(d odm.Change) bool {
			return d.String() == c.want || strings.HasSuffix(d.String(), c.want) && strings.HasPrefix(c.want, "[")
		}) {
			t.Errorf("%s: want %s, among %v", what, c.want, got)
		}
	}
}
