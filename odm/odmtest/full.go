package odmtest

import "casebook/odm"

// Full returns a study of two versions that says everything that the model can say, except what is left of the XML of
// other files.
func Full() *odm.Study {
	kept := func(name, what string) *odm.Extra {
		return &odm.Extra{Kept: map[string]string{name: what}}
	}
	units := []odm.Unit{{OID: "U.KG", Name: "kg", Symbol: odm.Text{"en": "kg", "zh-CN": "千克"},
		Codings: []odm.Coding{{System: "http://unitsofmeasure.org", Code: "kg"}},
		Aliases: []odm.Alias{{Context: "UCUM", Name: "kg"}}, Extra: kept("fhir:unit", "{}")},
		{OID: "U.LB", Name: "lb", Symbol: odm.Text{"en": "lb"}}}
	old := &odm.Version{OID: "V.1", Name: "first", Events: []odm.Event{}, Forms: []odm.Form{}, Groups: []odm.ItemGroup{},
		Items: []odm.Item{}, EventRefs: []odm.Ref{}, Units: units}
	return &odm.Study{OID: "S.FULL", Name: "A study that says everything", Description: "for tests", ProtocolName: "P-1",
		Units: units, Versions: []*odm.Version{old, fullVersion(units, kept)}, Extra: kept("redcap:project", "1 & <2>")}
}

func fullVersion(units []odm.Unit, kept func(name, what string) *odm.Extra) *odm.Version {
	return &odm.Version{
		OID: "V.2", Name: "second", Description: "a version", Protocol: odm.Text{"en": "protocol", "zh-CN": "方案"},
		EventRefs: []odm.Ref{{OID: "E.BASE", Order: 1, Mandatory: true}, {OID: "E.LOG", Order: 2, Hidden: "C.MALE", MandatoryWhen: "C.MALE"}},
		Events:    fullEvents(kept), Forms: fullForms(kept), Groups: fullGroups(kept), Items: fullItems(kept),
		CodeLists: []odm.CodeList{
			{OID: "L.MOOD", Name: "mood", DataType: "integer", Description: odm.Text{"en": "how it goes"},
				Codings: []odm.Coding{{System: "http://loinc.org", Code: "LL358-3", Label: "PHQ"}},
				Items: []odm.CodeItem{
					{Code: "0", Decode: odm.Text{"en": "not at all", "zh-CN": "完全不会"}, Rank: "1", Order: 1, Weight: "0", Prefix: "a)",
						Exclusive: true, Codings: []odm.Coding{{System: "http://loinc.org", Version: "2.77", Code: "LA6568-5", Label: "Not at all"}},
						Aliases: []odm.Alias{{Context: "CDASH", Name: "NOT"}}, Extra: kept("xlsform:media::image", "a.png")},
					{Code: "1", Decode: odm.Text{"en": "some days"}, Order: 2, Weight: "1.5"},
				}, Aliases: []odm.Alias{{Context: "NCI", Name: "C1"}}, Extra: kept("fhir:valueSet", "x")},
			{OID: "L.SEX", Name: "sex", DataType: "text", Items: []odm.CodeItem{{Code: "F"}, {Code: "M"}}},
			{OID: "L.MEDDRA", Name: "MedDRA", DataType: "text",
				External: &odm.External{Dictionary: "MedDRA", Version: "27.0", Ref: "LLT", Href: "https://www.meddra.org/"}},
		},
		Units: units,
		Conditions: []odm.Condition{{OID: "C.MALE", Name: "male", Description: odm.Text{"en": "the subject is male"},
			Expressions: []odm.Expression{{Context: "casebook", Code: "SEX == 'M'"}},
			Aliases:     []odm.Alias{{Context: "X", Name: "y"}}, Extra: kept("xlsform:relevant", "${SEX} = 'M'")}},
		Methods: []odm.Method{
			{OID: "M.SUM", Name: "sum", Type: "Computation", Description: odm.Text{"en": "adds up"},
				Expressions: []odm.Expression{{Context: "casebook", Code: "MOOD + 1"}, {Code: "two\nlines"}},
				Aliases:     []odm.Alias{{Context: "X", Name: "z"}}, Extra: kept("fhir:calculatedExpression", "{}")},
			{OID: "M.PRE", Name: "preload", Type: "Preload", Description: odm.Text{"en": "what it starts with"}},
			{OID: "M.OTHER", Name: "other", Type: "Other", Description: odm.Text{"en": "another"}},
		},
		Aliases:      []odm.Alias{{Context: "protocol", Name: "P"}},
		Translations: []odm.Translation{{Lang: "zh-CN", State: "approved", By: "QA", On: "2026-01-02", Note: "second reading"}},
		Extra:        kept("fhir:version", "2"),
	}
}

func fullEvents(kept func(name, what string) *odm.Extra) []odm.Event {
	return []odm.Event{
		{OID: "E.BASE", Name: "baseline", Description: odm.Text{"en": "Baseline", "zh-CN": "基线"}, Type: odm.Scheduled, Category: "treatment",
			Forms:   []odm.Ref{{OID: "F.A", Order: 1, Mandatory: true, Extra: kept("redcap:event", "e1")}, {OID: "F.B", Order: 2, MandatoryWhen: "C.MALE"}},
			Codings: []odm.Coding{{System: "urn:visits", Code: "V1"}}, Aliases: []odm.Alias{{Context: "TV", Name: "V1"}},
			Access: &odm.Access{See: []string{"monitor"}}},
		{OID: "E.LOG", Name: "log", Type: odm.Common, Repeating: true, Forms: []odm.Ref{{OID: "F.B", Order: 1}},
			Window: &odm.Window{Anchor: "E.BASE", Target: "P14D", Before: "P2D", After: "P3D"},
			Occurs: odm.Occurs{Min: 1, Max: 6}, Every: "P14D", Extra: kept("redcap:arm", "2")},
	}
}

func fullForms(kept func(name, what string) *odm.Extra) []odm.Form {
	return []odm.Form{
		{OID: "F.A", Name: "mood", Description: odm.Text{"en": "Mood", "zh-CN": "情绪"},
			Groups:    []odm.Ref{{OID: "G.TOP", Order: 1, Mandatory: true}, {OID: "G.IN", Order: 2, Within: "G.TOP", Place: 2, MandatoryWhen: "C.MALE"}},
			Layout:    &odm.Layout{Control: "page", Appearance: "pages"},
			Access:    &odm.Access{See: []string{"monitor", "coordinator"}, Edit: []string{"coordinator"}},
			Variables: []odm.Variable{{Name: "total", Expression: odm.Expression{Context: "fhirpath", Code: "1 < 2 & \"x\""}}},
			Copyright: odm.Text{"en": "© somebody"}, Licence: "CC-BY-4.0", DoubleEntry: true,
			Translations: []odm.Translation{{Lang: "en", State: "approved"}},
			Codings:      []odm.Coding{{System: "http://loinc.org", Code: "44249-1"}}, Aliases: []odm.Alias{{Context: "X", Name: "f"}},
			Extra: kept("fhir:url", "http://example.org/q")},
		{OID: "F.B", Name: "repeated", Repeating: true, Occurs: odm.Occurs{Max: 9}, Groups: []odm.Ref{{OID: "G.TOP", Order: 1}}},
	}
}

func fullGroups(kept func(name, what string) *odm.Extra) []odm.ItemGroup {
	return []odm.ItemGroup{
		{OID: "G.TOP", Name: "top", Description: odm.Text{"en": "Top"}, Domain: "QS",
			Items: []odm.Ref{
				{OID: "MOOD", Order: 1, Mandatory: true, Key: 1, Role: "Identifier"},
				{OID: "SEX", Order: 3, Initial: "M.OTHER", MandatoryWhen: "C.MALE"},
				{OID: "WHY", Order: 4, Within: "SEX", Hidden: "C.MALE", Extra: kept("fhir:linkId", "1.1")},
				{OID: "SUM", Order: 5, Method: "M.SUM"}},
			Hint: odm.Text{"en": "please answer all"}, Layout: &odm.Layout{Control: "table", Columns: 2},
			Access: &odm.Access{Edit: []string{"patient"}}, Codings: []odm.Coding{{System: "urn:g", Code: "g"}},
			Aliases: []odm.Alias{{Context: "X", Name: "g"}}, Extra: kept("xlsform:group", "field-list")},
		{OID: "G.IN", Name: "within", Repeating: true, Items: []odm.Ref{{OID: "WEIGHT", Order: 1}, {OID: "NOTE", Order: 2}, {OID: "MEDS", Order: 3}},
			Occurs: odm.Occurs{Min: 1, Max: 3}, Count: "M.SUM",
			Variables: []odm.Variable{{Name: "v", Expression: odm.Expression{Context: "casebook", Code: "WEIGHT * 2"}}}},
	}
}

func fullItems(kept func(name, what string) *odm.Extra) []odm.Item {
	return []odm.Item{
		{OID: "MOOD", Name: "mood", DataType: "integer", Length: 1, SASName: "MOOD", Question: odm.Text{"en": "How are you?", "zh-CN": "您好吗？"},
			Description: odm.Text{"en": "mood"}, CodeList: "L.MOOD", Prefix: "1.", Prompt: odm.Text{"en": "mood"},
			Hint: odm.Text{"en": "over two weeks", "zh-CN": "过去两周"}, Placeholder: odm.Text{"en": "0 to 1"}, Multiple: true,
			Occurs: odm.Occurs{Min: 1, Max: 2}, Open: true, Initial: []string{"0", "1"}, Identifying: true, Blinded: true,
			Layout:  &odm.Layout{Control: "radio", Appearance: "likert", Align: "LH", Matrix: "m", Columns: 3, Rows: 2, Hidden: true},
			Access:  &odm.Access{See: []string{"monitor"}, Edit: []string{"patient", "coordinator"}},
			Codings: []odm.Coding{{System: "http://loinc.org", Code: "44250-9", Label: "Little interest"}},
			Aliases: []odm.Alias{{Context: "SDTM", Name: "QSORRES"}}, Extra: kept("fhir:extension", "[{\"url\": \"x\"}]"),
			Variables: []odm.Variable{{Name: "w", Expression: odm.Expression{Context: "fhirpath", Code: "%resource"}}}},
		{OID: "SEX", Name: "sex", DataType: "text", Length: 1, CodeList: "L.SEX", Question: odm.Text{"en": "Sex"}},
		{OID: "WHY", Name: "why", DataType: "text", Question: odm.Text{"en": "Why?"}, ReadOnly: true},
		{OID: "SUM", Name: "sum", DataType: "float", Digits: 2, HasDigits: true, Length: 5, Question: odm.Text{"en": "Sum"}, ReadOnly: true},
		{OID: "WEIGHT", Name: "weight", DataType: "float", Units: []string{"U.KG", "U.LB"}, Question: odm.Text{"en": "Weight"},
			Checks: []odm.RangeCheck{
				{Comparator: "GT", Hard: true, Values: []string{"0"}, Unit: "U.KG", Message: odm.Text{"en": "too light", "zh-CN": "过轻"}, Extra: kept("fhir:key", "k1")},
				{Comparator: "IN", Values: []string{"1", "2"}},
				{Expressions: []odm.Expression{{Context: "casebook", Code: "WEIGHT < 300"}}, Message: odm.Text{"en": "too heavy"}}}},
		{OID: "NOTE", Name: "note", DataType: "text", Question: odm.Text{"en": "Thank you."}, Note: true},
		{OID: "MEDS", Name: "meds", DataType: "text", CodeList: "L.MEDDRA", Question: odm.Text{"en": "Reaction"}},
	}
}
