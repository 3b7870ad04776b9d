package fhir_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"casebook/check"
	"casebook/odm"
	"casebook/odm/fhir"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func readResponse(t *testing.T, raw []byte, s *odm.Study) (*fhir.Response, []odm.Loss) {
	t.Helper()
	r, losses, err := fhir.ReadResponse(bytes.NewReader(raw), s.Versions[0], "")
	if err != nil {
		t.Fatal(err)
	}
	return r, losses
}

func TestResponsesOfOthersComeBackWithTheSameAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		questionnaire, response string
		answers                 int
	}{
		{"fhir-hidden-q.json", "fhir-hidden-qr.json", 6},
		{"fhir-items-under-choice-q.json", "fhir-items-under-choice-qr.json", 22},
	} {
		s, _ := readFile(t, corpus(t, c.questionnaire))
		raw, err := os.ReadFile(corpus(t, c.response))
		if err != nil {
			t.Fatal(err)
		}
		first, losses := readResponse(t, raw, s)
		if len(losses) > 0 || len(first.Answers) != c.answers {
			t.Errorf("%s: %d answers %v, losses %v", c.response, len(first.Answers), first.Answers, losses)
		}
		var out bytes.Buffer
		if losses, err := fhir.WriteResponse(&out, s.Versions[0], "", *first); err != nil || len(losses) > 0 {
			t.Errorf("%s: %v %v", c.response, err, losses)
		}
		again, losses := readResponse(t, out.Bytes(), s)
		if len(losses) > 0 || !slices.Equal(sorted(first.Answers), sorted(again.Answers)) || again.Status != first.Status || again.Authored != first.Authored {
			t.Errorf("%s: was\n%v\nbecame\n%v, losses %v", c.response, first, again, losses)
		}
		if want, got := content(t, raw), content(t, out.Bytes()); want != got {
			t.Errorf("%s: the items were\n%s\nbecame\n%s", c.response, want, got)
		}
	}
}

func sorted(in []fhir.Answer) []fhir.Answer {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b fhir.Answer) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

// content is what a response says: its linkIds and values, in a form in which order does not matter.
func content(t *testing.T, raw []byte) string {
	t.Helper()
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var lines []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				if m, ok := e.(map[string]any); ok && m["linkId"] != nil {
					walk(path+"/"+fmt.Sprint(m["linkId"]), e)
					continue
				}
				walk(fmt.Sprintf("%s/%d", path, i), e)
			}
		case map[string]any:
			for k, e := range v {
				if k != "text" && k != "linkId" && k != "meta" && k != "display" {
					walk(path+"."+k, e)
				}
			}
		default:
			if strings.Contains(path, ".item") {
				lines = append(lines, fmt.Sprintf("%s = %v", path, v))
			}
		}
	}
	walk("", doc)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The answers of items below repeated answers stand in the row of their answer.
func TestRowsBelowAnswersAreToldApart(t *testing.T) {
	t.Parallel()
	s, _ := readFile(t, corpus(t, "fhir-items-under-choice-q.json"))
	raw, err := os.ReadFile(corpus(t, "fhir-items-under-choice-qr.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := readResponse(t, raw, s)
	for _, want := range []fhir.Answer{
		{Group: "/choice.rows", Repeat: "1", Item: "/choice", Value: "C1"},
		{Group: "/choice.rows", Repeat: "2", Item: "/choice", Value: "C2"},
		{Group: "/choice.rows", Repeat: "2", Item: "/choice/st", Value: "aa"},
		{Group: "/choice.rows", Repeat: "2", Item: "/choice/group/int", Value: `["33","44"]`},
		{Group: "/choice/choice.rows", Repeat: "1.2", Item: "/choice/choice", Value: "c3"},
		{Group: "/choice/choice.rows", Repeat: "2.1", Item: "/choice/choice/st", Value: "cc"},
	} {
		if !slices.Contains(r.Answers, want) {
			t.Errorf("%v is not among %v", want, r.Answers)
		}
	}
}

// A phone's response, read by a questionnaire that asks what it answers.
func TestAResponseOfAPhone(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(corpus(t, "fhir-phq9-response-spezi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for i := range 9 {
		items = append(items, fmt.Sprintf(`{"linkId":"H1/T1/Q%d","type":"choice","answerOption":[{"valueCoding":{"code":"Nearly every day"}}]}`, i+1))
	}
	s, _, err := fhir.Read(strings.NewReader(`{"resourceType":"Questionnaire","id":"nine","status":"draft","item":[` + strings.Join(items, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, losses := readResponse(t, raw, s)
	if len(losses) > 0 || len(r.Answers) != 9 || r.Answers[8].Item != "H1/T1/Q9" || r.Answers[8].Value != "Nearly every day" || r.Status != "completed" {
		t.Errorf("%v, losses %v", r, losses)
	}
}

const diary = `{"resourceType":"Questionnaire","id":"diary","status":"draft","item":[
 {"linkId":"G","type":"group","repeats":true,"item":[
  {"linkId":"N","type":"integer"},{"linkId":"Q","type":"quantity","extension":[
    {"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption","valueCoding":{"system":"http://unitsofmeasure.org","code":"mg"}}]},
  {"linkId":"S","type":"group","repeats":true,"item":[{"linkId":"M","type":"choice","repeats":true,"answerOption":[
    {"valueCoding":{"system":"urn:a","code":"x"}},{"valueCoding":{"system":"urn:b","code":"x"}}]}]}]},
 {"linkId":"O","type":"open-choice","answerOption":[{"valueCoding":{"code":"1","display":"one"}}]},
 {"linkId":"B","type":"boolean"},{"linkId":"D","type":"display","text":"-"},{"linkId":"A","type":"attachment"}]}`

func TestAResponseTellsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	s, _, err := fhir.Read(strings.NewReader(diary))
	if err != nil {
		t.Fatal(err)
	}
	r, losses := readResponse(t, []byte(`{"resourceType":"QuestionnaireResponse","status":"completed","item":[
 {"linkId":"G","item":[{"linkId":"N","answer":[{"valueInteger":1}]},{"linkId":"Q","answer":[{"valueQuantity":{"value":2.50,"code":"kg"}}]}]},
 {"linkId":"G","item":[{"linkId":"N","answer":[{"valueDecimal":1.5},{"valueInteger":2}]},
   {"linkId":"S","item":[{"linkId":"M","answer":[{"valueCoding":{"system":"urn:b","code":"x"}},{"valueCoding":{"code":"y"}}]}]}]},
 {"linkId":"O","answer":[{"valueString":"something else"}]},
 {"linkId":"B","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"asked-declined"}]},
 {"linkId":"D","answer":[{"valueString":"a"}]},{"linkId":"nobody","answer":[{"valueString":"a"}]}]}`), s)
	want := []fhir.Answer{{"G", "1", "N", "1", ""}, {"G", "1", "Q", "2.50", ""}, {"G", "2", "N", "1.5", ""},
		{"S", "2.1", "M", `["urn:b|x","y"]`, ""}, {"diary.root", "1", "O", "something else", ""}, {"diary.root", "1", "B", "", "refused"}}
	if !slices.Equal(r.Answers, want) {
		t.Errorf("read\n%v\nwant\n%v", r.Answers, want)
	}
	var told []string
	for _, l := range losses {
		told = append(told, fmt.Sprintf("%s %v", l.What, l.Kept))
		if l.Line == 0 || l.Place == "" {
			t.Errorf("a loss without place: %v", l)
		}
	}
	for i, part := range []string{"the unit kg of Q", `“1.5” does not fit N true`, "N has one answer", `“y” is not among the answers of M true`, "D takes no answer", "nobody is not in the form"} {
		if i >= len(told) || !strings.Contains(told[i], part) {
			t.Errorf("told %q, want %q", told, part)
		}
	}
	var out bytes.Buffer
	lost, err := fhir.WriteResponse(&out, s.Versions[0], "", fhir.Response{Answers: append(want, fhir.Answer{Group: "G", Repeat: "1", Item: "gone", Value: "1"})})
	if err != nil || len(lost) != 1 || !strings.Contains(lost[0].Place, "gone") {
		t.Errorf("%v, %v", err, lost)
	}
	again, _ := readResponse(t, out.Bytes(), s)
	if !slices.Equal(sorted(again.Answers), sorted(want)) {
		t.Errorf("became\n%v\nwant\n%v\n%s", again.Answers, want, out.String())
	}
}

// Published cases with published totals, computed by the rule language from the weights of the definitions.
func TestPublishedScoringCases(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(corpus(t, "scoring-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Instrument string
		Case       string
		Responses  []jsontext.Value
		Expected   map[string]any
	}
	if err := json.Unmarshal(raw, &cases, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{"gad7": {"fhir-gad7.json"}, "phq9": {"fhir-phq9-cirg.json", "fhir-phq9-lforms.json", "fhir-phq9-weight-function.json"}}
	seen := 0
	for _, c := range cases {
		for _, file := range files[c.Instrument] {
			s, _ := readFile(t, corpus(t, file))
			r, _ := readResponse(t, c.Responses[0], s)
			for name, want := range c.Expected {
				number, ok := want.(float64)
				if !ok || file == "fhir-phq9-lforms.json" && name == "Phq9ScoreQuestion10" || file == "fhir-phq9-weight-function.json" && name == "Phq9ScoreQuestion10" {
					continue // those two files give the tenth question no weights
				}
				seen++
				if got := weighed(t, s.Versions[0], r.Answers); got != fmt.Sprint(number) {
					t.Errorf("%s, %s: %s is %s, want %v", file, c.Case, name, got, number)
				}
				if total := scored(t, s.Versions[0], r.Answers); total != "" && total != fmt.Sprint(number) {
					t.Errorf("%s, %s: the file's own score is %s, want %v", file, c.Case, total, number)
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d totals were compared", seen)
	}
}

// weighed sums what the answered codes weigh in the questionnaire. One of the cases answers with a code that its question
// does not offer in this file, though others do.
func weighed(t *testing.T, v *odm.Version, answers []fhir.Answer) string {
	t.Helper()
	weights := map[string]string{}
	for _, list := range v.CodeLists {
		for _, item := range list.Items {
			if item.Weight != "" {
				weights[item.Code] = item.Weight
			}
		}
	}
	var parts []string
	for _, a := range answers {
		rule := "null"
		for _, code := range keys(weights) {
			rule = fmt.Sprintf("%s == '%s' ? %s : ", check.Quote(a.Item), code, weights[code]) + rule
		}
		parts = append(parts, rule)
	}
	return evaluated(t, "sum("+strings.Join(parts, ", ")+")", v, answers)
}

// scored runs the score that the file itself computes, if it runs here.
func scored(t *testing.T, v *odm.Version, answers []fhir.Answer) string {
	t.Helper()
	for _, m := range v.Methods {
		if m.Expressions[0].Context == "casebook" {
			return evaluated(t, m.Expressions[0].Code, v, answers)
		}
	}
	return ""
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// evaluated evaluates a rule on the answers of a response.
func evaluated(t *testing.T, rule string, v *odm.Version, answers []fhir.Answer) string {
	t.Helper()
	x := v.Index()
	typeOf := func(name string) (check.Type, bool) {
		it := x.Item(name)
		if it == nil {
			return check.Untyped, false
		}
		types := map[odm.DataType]check.Type{"integer": check.Number, "float": check.Number, "boolean": check.Bool}
		if t, ok := types[it.DataType]; ok {
			return t, true
		}
		return check.Text, true
	}
	p, err := check.Compile(rule, check.Scope{Item: typeOf})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	var in check.Input
	for _, ref := range p.Refs() {
		value := check.Blank("")
		for _, a := range answers {
			if a.Item == ref.Name {
				value, _ = check.ParseValue(ref.Type, a.Value)
			}
		}
		in.Values = append(in.Values, value)
	}
	out, _ := p.Eval(in)
	return out.String()
}
