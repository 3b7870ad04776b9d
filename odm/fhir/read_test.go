package fhir_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/fhir"
)

// sleep is a questionnaire with one of everything that the model has a word for.
const sleep = `{
  "resourceType": "Questionnaire", "id": "sleep", "language": "en", "version": "3", "status": "active",
  "title": "Sleep", "_title": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [
    {"url": "lang", "valueCode": "zh-CN"}, {"url": "content", "valueString": "睡眠"}]}]},
  "copyright": "Ours", "extension": [
    {"url": "urn:casebook:licence", "valueString": "Apache-2.0"},
    {"url": "http://hl7.org/fhir/StructureDefinition/variable", "valueExpression": {"name": "hours", "language": "text/fhirpath",
      "expression": "%resource.item.item.where(linkId='hours').answer.value", "description": "what was slept"}},
    {"url": "urn:somebody:else", "valueString": "kept"}],
  "item": [{
    "linkId": "night", "type": "group", "text": "The night", "required": true, "item": [
    {"linkId": "hours", "type": "decimal", "text": "Hours", "prefix": "1.", "required": true, "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit", "valueCoding": {"system": "http://unitsofmeasure.org", "code": "h", "display": "hours"}},
      {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueDecimal": 0},
      {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueDecimal": 24},
      {"url": "http://hl7.org/fhir/StructureDefinition/maxDecimalPlaces", "valueInteger": 1},
      {"url": "http://hl7.org/fhir/StructureDefinition/entryFormat", "valueString": "7.5"},
      {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText", "valueString": "h"}],
     "item": [{"linkId": "hours.help", "type": "display", "text": "To the half hour", "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}]}}]}]},
    {"linkId": "woke", "type": "choice", "text": "How often did you wake?", "answerOption": [
      {"valueCoding": {"system": "urn:ours", "code": "never", "display": "Never", "_display": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [
        {"url": "lang", "valueCode": "zh-CN"}, {"url": "content", "valueString": "没有"}]}]}}, "initialSelected": true,
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 0}]},
      {"valueCoding": {"system": "urn:ours", "code": "often", "display": "Often"},
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 2}]}],
     "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "radio-button"}]}}]},
    {"linkId": "why", "type": "string", "text": "Why?", "maxLength": 80, "enableWhen": [{"question": "woke", "operator": "=", "answerCoding": {"system": "urn:ours", "code": "often"}},
      {"question": "hours", "operator": "<", "answerDecimal": 4}], "enableBehavior": "any", "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/regex", "valueString": "[a-z ]+"},
      {"url": "http://hl7.org/fhir/StructureDefinition/minLength", "valueInteger": 2}]},
    {"linkId": "dreams", "type": "string", "repeats": true, "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs", "valueInteger": 3}]},
    {"linkId": "score", "type": "decimal", "readOnly": true, "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden", "valueBoolean": true},
      {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression", "valueExpression": {"language": "text/fhirpath", "expression": "%hours * 2"}}]},
    {"linkId": "day", "type": "date", "initial": [{"valueDate": "2024-02"}], "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/targetConstraint", "extension": [{"url": "severity", "valueCode": "warning"},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": "%context.answer.value <= today()"}},
        {"url": "human", "valueString": "Not tomorrow"}]}]}]}]}`

func read(t *testing.T, file string) (*odm.Study, *odm.Report) {
	t.Helper()
	s, rep, err := fhir.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return s, rep
}

func TestWhatAQuestionnaireSaysIsInTheModel(t *testing.T) {
	t.Parallel()
	s, rep := read(t, sleep)
	v := s.Versions[0]
	x := v.Index()
	f := x.Form("sleep")
	if s.OID != "sleep" || v.OID != "3" || f.Description["zh-CN"] != "睡眠" || f.Copyright["en"] != "Ours" || f.Licence != "Apache-2.0" || !f.Groups[0].Mandatory {
		t.Errorf("the form %+v", f)
	}
	hours, woke, why := x.Item("hours"), x.Item("woke"), x.Item("why")
	if hours.Prefix != "1." || x.Unit(hours.Units[0]).Codings[0].Code != "h" || hours.Digits != 1 || hours.Hint["en"] != "To the half hour" ||
		hours.Placeholder["en"] != "7.5" || hours.Prompt["en"] != "h" || len(hours.Checks) != 2 || hours.Checks[1].Values[0] != "24" {
		t.Errorf("the item %+v", hours)
	}
	list := x.CodeList(woke.CodeList)
	if list.Items[0].Decode["zh-CN"] != "没有" || list.Items[1].Weight != "2" || woke.Initial[0] != "never" || woke.Layout.Control != "radio" {
		t.Errorf("the item %+v with %+v", woke, list)
	}
	if why.Length != 80 || why.Checks[0].Expressions[0].Code != "matches(why, '^([a-z ]+)$')" || why.Checks[1].Expressions[0].Code != "len(why) >= 2" {
		t.Errorf("the item %+v", why)
	}
	if c := x.Condition("SHOW.why").Expressions[0].Code; c != "!(woke == 'often' || hours < 4)" {
		t.Errorf("the condition %s", c)
	}
	if m := x.Method("CALC.score").Expressions[0].Code; m != "hours * 2" || !x.Item("score").Layout.Hidden || !x.Item("score").ReadOnly {
		t.Errorf("the method %s", m)
	}
	day := x.Item("day")
	if c := day.Checks[0]; c.Hard || c.Message["en"] != "Not tomorrow" || c.Expressions[0].Code != "day <= today" || day.Initial[0] != "2024-02" {
		t.Errorf("the check %+v", c)
	}
	if dreams := x.Item("dreams"); !dreams.Multiple || dreams.Occurs.Max != 3 {
		t.Errorf("the item %+v", dreams)
	}
	for _, l := range rep.Losses {
		if !l.Kept || !strings.Contains(l.What, "id: ") && !strings.Contains(l.What, "version: ") && !strings.Contains(l.What, "status: ") && !strings.Contains(l.What, "urn:somebody:else") {
			t.Errorf("an unexpected loss: %+v", l)
		}
	}
	again, _ := read(t, string(write(t, s)))
	same(t, "sleep", s, again)
}

func write(t *testing.T, s *odm.Study) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := fhir.Write(&b, s, s.Versions[0], ""); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is changed after reading is written as it is now, not as it was read.
func TestAChangedDefinitionIsNotWrittenAsItWas(t *testing.T) {
	t.Parallel()
	s, _ := read(t, sleep)
	v := s.Versions[0]
	x := v.Index()
	x.Condition("SHOW.why").Expressions[0].Code = "!(hours < 3)"
	x.Method("CALC.score").Expressions[0].Code = "hours * 3"
	x.Item("day").Checks[0].Message = odm.Text{"en": "Not in the future"}
	x.Item("hours").Hint = odm.Text{"en": "Roughly"}
	x.Item("woke").Layout.Control = "dropdown"
	again, _ := read(t, string(write(t, s)))
	y := again.Versions[0].Index()
	if c := y.Condition("SHOW.why").Expressions[0].Code; c != "!(hours < 3)" {
		t.Errorf("the condition %s", c)
	}
	if m := y.Method("CALC.score").Expressions[0].Code; m != "hours * 3" {
		t.Errorf("the method %s", m)
	}
	if m := y.Item("day").Checks[0].Message["en"]; m != "Not in the future" {
		t.Errorf("the message %s", m)
	}
	if h := y.Item("hours").Hint["en"]; h != "Roughly" || y.Item("woke").Layout.Control != "dropdown" {
		t.Errorf("the hint %s, the control %s", h, y.Item("woke").Layout.Control)
	}
}

// A form that was never a Questionnaire comes back with its questions, codes, units, bounds and rules.
func TestAFormFromElsewhere(t *testing.T) {
	t.Parallel()
	v := &odm.Version{OID: "1", Name: "V", EventRefs: []odm.Ref{}, Events: []odm.Event{},
		Forms: []odm.Form{{OID: "F_VS", Name: "Vital signs", Groups: []odm.Ref{{OID: "G1"}, {OID: "G2"}}}},
		Groups: []odm.ItemGroup{{OID: "G1", Name: "Pressure", Items: []odm.Ref{{OID: "SYS", Mandatory: true}, {OID: "SEX", Hidden: "C.1"}}},
			{OID: "G2", Name: "Again", Repeating: true, Items: []odm.Ref{{OID: "SYS"}, {OID: "AT", Method: "M.1"}}}},
		Items: []odm.Item{
			{OID: "SYS", Name: "SYS", DataType: "integer", Units: []string{"U.1"}, Question: odm.Text{"en": "Systolic", "zh-CN": "收缩压"},
				Checks: []odm.RangeCheck{{Comparator: "GE", Values: []string{"40"}, Hard: true}, {Comparator: "LT", Values: []string{"300"}, Message: odm.Text{"en": "High"}}}},
			{OID: "SEX", Name: "SEX", DataType: "integer", CodeList: "CL.1"}, {OID: "AT", Name: "AT", DataType: "datetime"}},
		CodeLists:  []odm.CodeList{{OID: "CL.1", Name: "Sex", DataType: "integer", Items: []odm.CodeItem{{Code: "1", Decode: odm.Text{"en": "Male"}}, {Code: "2", Decode: odm.Text{"en": "Female"}}}}},
		Units:      []odm.Unit{{OID: "U.1", Name: "mmHg"}},
		Conditions: []odm.Condition{{OID: "C.1", Name: "C", Expressions: []odm.Expression{{Context: "js", Code: "SYS == 5"}}}},
		Methods:    []odm.Method{{OID: "M.1", Name: "M", Expressions: []odm.Expression{{Context: "other", Code: "now"}}}}}
	s := &odm.Study{OID: "S", Name: "S", Versions: []*odm.Version{v}}
	var b bytes.Buffer
	losses, err := fhir.Write(&b, s, v, "F_VS")
	if err != nil || len(losses) == 0 || !strings.Contains(losses[0].What, "the linkId is G2/SYS") {
		t.Errorf("%v, losses %v", err, losses)
	}
	again, _ := read(t, b.String())
	y := again.Versions[0].Index()
	sys := y.Item("SYS")
	if again.OID != "F_VS" || sys.DataType != "integer" || sys.Question["zh-CN"] != "收缩压" || y.Unit(sys.Units[0]).Codings[0].Code != "mmHg" ||
		sys.Checks[0].Comparator != "GE" || sys.Checks[1].Expressions[0].Code != "SYS < 300" || sys.Checks[1].Hard || sys.Checks[1].Message["en"] != "High" {
		t.Errorf("the item %+v", sys)
	}
	if sex := y.Item("SEX"); sex.DataType != "integer" || y.CodeList(sex.CodeList).Items[1].Decode["en"] != "Female" {
		t.Errorf("the item %+v", sex)
	}
	if c := y.Condition("SHOW.SEX").Expressions[0]; c.Context != "casebook" || c.Code != "SYS == 5" && c.Code != "coalesce(SYS == 5, false)" {
		t.Errorf("the condition %+v", c)
	}
	if m := y.Method("CALC.AT").Expressions[0]; m.Context != "other" || m.Code != "now" || y.Item("AT").DataType != "datetime" || !y.Group("G2").Repeating {
		t.Errorf("the method %+v", m)
	}
}

func TestQuestionnairesThatAreRefused(t *testing.T) {
	t.Parallel()
	q := func(items string) string { return "{\"resourceType\":\"Questionnaire\",\n\"item\":[" + items + "]}" }
	for file, want := range map[string]string{
		"":                                    "fhir.json at line 1",
		"[]":                                  "fhir.not_questionnaire at line 1",
		"{} ":                                 "fhir.not_questionnaire at line 1",
		`{"resourceType":"Patient"}`:          "fhir.not_questionnaire at line 1",
		`{"resourceType":"Questionnaire"} {}`: "fhir.json at line 1",
		"{\"resourceType\":\"Questionnaire\",\n\"a\":1,\n\"a\":2}":         "fhir.duplicate_name at line 3, /a",
		"{\"resourceType\":\"Questionnaire\",\"a\":\"\xff\"}":              "fhir.utf8 at line 1",
		q(strings.Repeat(`{"item":[`, 40)):                                 "fhir.too_deep at line 2",
		q(`7`):                                                             "fhir.item at line 2, /item/0",
		q(`{"type":"group"}`):                                              "fhir.missing at line 2, /item/0",
		q(`{"linkId":"a"}`):                                                "fhir.missing at line 2, /item/0 (a)",
		q(`{"linkId":"a","type":"question"}`):                              "fhir.item_type at line 2, /item/0 (a)",
		q(`{"linkId":"a","type":"string"},{"linkId":"a","type":"string"}`): "fhir.duplicate_link at line 2, /item/1 (a)",
		q(`{"linkId":"a","type":"string","modifierExtension":[{"url":"urn:not"}]}`):                                                                         "fhir.modifier at line 2, /item/0/modifierExtension (a)",
		q(`{"linkId":"a","type":"string","enableWhen":[{"question":"b","operator":"exists","answerBoolean":true}]}`):                                        "fhir.dangling at line 2, /item/0/enableWhen/0 (a)",
		q(`{"linkId":"a","type":"string","enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}]}`):                                        "fhir.cycle at line 2, /item/0/enableWhen (a)",
		q(`{"linkId":"g","type":"group","enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}],"item":[{"linkId":"a","type":"string"}]}`): "fhir.cycle at line 2, /item/0/enableWhen (g)",
	} {
		_, _, err := fhir.Read(strings.NewReader(file))
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Kind != casebook.Invalid || !strings.HasPrefix(e.Code+" at "+e.Place, want) {
			t.Errorf("%.120q gives %v, want %s", file, err, want)
		}
	}
}

// Every value of a questionnaire is replaced by one of another kind: it is read with a report or refused with a place, and
// nothing of the text that patients see is lost without a word.
func TestNoDamageIsSilentOrFatal(t *testing.T) {
	t.Parallel()
	s, rep := read(t, sleep)
	before := len(rep.Losses)
	_ = s
	names := 0
	for i := range len(sleep) {
		if sleep[i] != ':' || sleep[i-1] != '"' {
			continue
		}
		if names++; testing.Short() && names%5 != 0 {
			continue
		}
		for _, value := range []string{" 7,\"x\":", " {\"y\":1},\"x\":", " [null],\"x\":", " null,\"x\":"} {
			damaged := sleep[:i+1] + value + sleep[i+1:]
			got, report, err := fhir.Read(strings.NewReader(damaged))
			if err != nil {
				if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Place == "" {
					t.Fatalf("at %d: %v", i, err)
				}
				continue
			}
			if len(report.Losses) <= before && reflect.DeepEqual(got, s) {
				t.Errorf("at %d %s is read without a word", i, value)
			}
			if _, _, err := fhir.Read(bytes.NewReader(write(t, got))); err != nil {
				t.Errorf("at %d %s: what is written is refused: %v", i, value, err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sleep))
	f.Add([]byte(diary))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, _, err := fhir.Read(bytes.NewReader(file))
		if err != nil {
			if _, ok := errors.AsType[*casebook.Error](err); !ok {
				t.Errorf("a refusal without code: %v", err)
			}
			return
		}
		var b bytes.Buffer
		if _, err := fhir.Write(&b, s, s.Versions[0], ""); err != nil {
			t.Errorf("not written: %v", err)
		}
		again, _, err := fhir.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, b.String())
		}
		if s.Versions[0].Inventory() != again.Versions[0].Inventory() {
			t.Errorf("the inventory was %+v, is %+v", s.Versions[0].Inventory(), again.Versions[0].Inventory())
		}
	})
}

func FuzzReadResponse(f *testing.F) {
	s, _, err := fhir.Read(strings.NewReader(diary))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"G","item":[{"linkId":"N","answer":[{"valueInteger":1}]}]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, _, err := fhir.ReadResponse(bytes.NewReader(file), s.Versions[0], "")
		if err != nil {
			return
		}
		if _, err := fhir.WriteResponse(&bytes.Buffer{}, s.Versions[0], "", *r); err != nil {
			t.Errorf("not written: %v", err)
		}
	})
}
