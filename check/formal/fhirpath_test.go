package formal

import (
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/check"
)

// screening is a questionnaire of the tests: it has every kind of item that a rule can ask about.
func screening() *Question {
	options := []Option{{Code: "no", Display: "No", System: "urn:s", Weight: "0", WeightURL: "urn:weight"},
		{Code: "yes", Display: "Yes", System: "urn:s", Weight: "2.5", WeightURL: "urn:weight"}}
	ask := func(id, kind string, t check.Type) *Question {
		return &Question{LinkID: id, Type: kind, Name: id, Answer: t}
	}
	root := &Question{Variables: []Variable{
		{Name: "limit", Code: "5"},
		{Name: "total", Language: "text/fhirpath", Code: "%resource.item.where(linkId='A').answer.value + %limit"},
		{Name: "loop", Code: "%loop + 1"},
		{Name: "foreign", Language: "text/cql", Code: "X"},
	}}
	many := ask("MANY", "choice", check.ListOf(check.Text))
	many.Repeats, many.Options = true, options
	choice := ask("C", "choice", check.Text)
	choice.Options = options
	below := ask("C.why", "string", check.Text)
	choice.Items = []*Question{below}
	group := &Question{LinkID: "G", Type: "group", Items: []*Question{ask("X", "integer", check.Number), ask("Y", "integer", check.Number)}}
	rows := &Question{LinkID: "R", Type: "group", Repeats: true, Rows: true, Items: []*Question{
		ask("DOSE", "decimal", check.Number), ask("UNIT", "string", check.Text)}}
	scored := ask("RC", "choice", check.Text)
	scored.Options = options
	rows.Items = append(rows.Items, scored)
	root.Items = []*Question{ask("A", "decimal", check.Number), ask("B", "boolean", check.Bool), ask("D", "date", check.Date),
		ask("T", "string", check.Text), {LinkID: "note", Type: "display"}, choice, many, group, rows, ask("/1-2", "integer", check.Number)}
	var join func(q *Question)
	join = func(q *Question) {
		for _, k := range q.Items {
			k.In = q
			join(k)
		}
	}
	join(root)
	return root
}

func TestFHIRPath(t *testing.T) {
	t.Parallel()
	root := screening()
	for _, c := range []struct{ at, code, want string }{
		{"", "%resource.item.where(linkId='A').answer.value", "A"},
		{"", "%resource.item.where(linkId = 'A').answer.valueDecimal * 0.0254", "A * 0.0254"},
		{"", "%resource.item.where(linkId='/1-2').answer.value", "`/1-2`"},
		{"", "item.where(linkId='A').answer.value > 3 and item.where(linkId='B').answer.value", "A > 3 && B"},
		{"", "%resource.item.where(linkId='nobody').answer.value.exists()", "false"},
		{"", "%resource.item.where(linkId='A').answer.exists()", "!blank(A)"},
		{"", "%resource.item.where(linkId='A').answer.value.empty()", "blank(A)"},
		{"", "%resource.descendants().where(linkId='X').answer.value + 1", "X + 1"},
		{"", "%resource.repeat(item).where(linkId='X').answer.value", "X"},
		{"", "%resource.repeat(item).where(linkId='C.why').answer.value", "null"},
		{"", "%resource.item.where(linkId='C').answer.item.where(linkId='C.why').answer.value", "C.why"},
		{"", "%resource.item.where(linkId='C').answer.value.code = 'yes'", "C == 'yes'"},
		{"", "%resource.item.where(linkId='C').answer.value.display", "C == 'no' ? 'No' : C == 'yes' ? 'Yes' : null"},
		{"", "%resource.item.where(linkId='C').answer.weight()", "C == 'no' ? 0 : C == 'yes' ? 2.5 : null"},
		{"", "%resource.item.answer.ordinal().sum()",
			"sum(C == 'no' ? 0 : C == 'yes' ? 2.5 : null, sum(answer_: MANY, answer_ == 'no' ? 0 : answer_ == 'yes' ? 2.5 : null))"},
		{"", "%questionnaire.item.where(linkId='C').answerOption.where(valueCoding.code = %resource.item.where(linkId='C').answer.valueCoding.code).extension.where(url='urn:weight').valueDecimal",
			"C == 'no' ? 0 : C == 'yes' ? 2.5 : null"},
		{"", "%resource.item.where(linkId='MANY').answer.where(value.code = 'yes').exists()", "count(answer_: MANY, coalesce(answer_ == 'yes', false) && !blank(answer_)) > 0"},
		{"", "'yes' in %resource.item.where(linkId='MANY').answer.value.code", "coalesce('yes' in MANY, false)"},
		{"", "%resource.item.where(linkId='MANY').answer.count() >= 2", "count(MANY) >= 2"},
		{"", "item.where(linkId='R').item.where(linkId='DOSE').answer.value.sum()", "sum(each(DOSE))"},
		{"", "item.where(linkId='R').item.where(linkId='RC').answer.weight().max()",
			"max(answer_: each(RC), answer_ == 'no' ? 0 : answer_ == 'yes' ? 2.5 : null)"},
		{"UNIT", "%resource.item.where(linkId='R').item.where(linkId='DOSE').answer.value.count()", "count(each(DOSE))"},
		{"R", "item.where(linkId='DOSE').answer.value > 4", "DOSE > 4"},
		{"", "item.where(linkId='R').item.where(linkId='DOSE').answer.value.all($this > 1)", "all(answer_: each(DOSE), answer_ > 1)"},
		{"", "iif(%resource.item.where(linkId='B').answer.value, 1, 2)", "B ? 1 : 2"},
		{"", "iif(item.where(linkId='A').exists(), item.where(linkId='A').answer.value, {})", "!blank(A) ? A : null"},
		{"", "%total >= 7 or %total = 1", "let total = A + 5; total >= 7 || total == 1"},
		{"", "(7 div 2) + (7 mod 2)", "(7 - 7 % 2) / 2 + 7 % 2"},
		{"", "item.where(linkId='A').answer.value.round(1)", "round(A, 1)"},
		{"", "item.where(linkId='T').answer.value & 'x'", "coalesce(concat(T, 'x'), T, 'x')"},
		{"", "item.where(linkId='T').answer.value.toInteger()", "number(T) % 1 == 0 ? number(T) : null"},
		{"", "item.where(linkId='T').answer.value.matches('^[a-z]+$')", "matches(T, '^[a-z]+$')"},
		{"", "item.where(linkId='D').answer.value <= today() - 18 years", "D <= add_months(today, -(18 * 12))"},
		{"", "item.where(linkId='D').answer.value < @2024-02-29", "D < @2024-02-29"},
		{"", "item.where(linkId='B').answer.value implies item.where(linkId='A').answer.exists()", "!B || !blank(A)"},
		{"", "item.where(linkId='B').answer.value.not() xor true", "!B != true"},
		{"", "item.where(linkId='X' or linkId.startsWith('A')).answer.value", "A"},
		{"", "item.where(linkId in ('A' | 'nobody')).answer.value", "A"},
		{"", "item.where(answer.value > 3).where(linkId = 'A').exists()", ""},
		{"", "item.where(linkId = 'A').where(answer.value > 3).exists()", "coalesce(A > 3, false) && !blank(A)"},
		{"", "item.where(linkId='G').item.answer.value.sum()", "sum(X, Y)"},
		{"", "item.where(linkId='G').item.answer.value.first()", "coalesce(X, Y)"},
		{"", "(1 | 2).sum()", ""},
		{"C", "answer.value.code", "C"},
		{"C.why", "%context.answer.value.length() /* its own */ > 3 // done", "len(C.why) > 3"},
	} {
		at := root
		if c.at != "" {
			at = root.Find(c.at)
		}
		got, err := FHIRPath(c.code, at, check.Untyped)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s is taken: %s", c.code, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s\n\tgives %s, %v\n\twant  %s", c.code, got, err, c.want)
		}
	}
}

func TestFHIRPathRefuses(t *testing.T) {
	t.Parallel()
	root := screening()
	for code, want := range map[string]string{
		"%patient.birthDate":    "rule.formal.name at line 1, column 1",
		"%loop":                 "rule.formal.name at %loop, line 1, column 1",
		"%foreign":              "rule.formal.name at line 1, column 1",
		"1 +":                   "rule.formal.construct at line 1, column 4",
		"'a":                    "rule.formal.construct at line 1, column 1",
		"item.answer.value > 3": "rule.formal.several at line 1, column 13",
		"item[1].answer.value":  "rule.formal.construct at line 1, column 5",
		"now()":                 "rule.formal.construct at line 1, column 1",
		"item.where(linkId='MANY').answer.value.code = 'yes'":              "rule.formal.several at line 1, column 40",
		"item.where(linkId='C').answer.value = 'yes'":                      "rule.formal.types at line 1, column 37",
		"item.where(linkId='A').answer.value = 'yes'":                      "rule.formal.types at line 1, column 37",
		"item.where(linkId='R').item.where(linkId='DOSE').answer[0].value": "rule.formal.several at line 1, column 56",
		"item.where(linkId='T').answer.value.replace('a', 'b')":            "rule.formal.construct at line 1, column 37",
		"5 'mg' + 1":                                           "rule.formal.construct at line 1, column 1",
		strings.Repeat("(", 1000):                              "rule.formal.too_long at line 1, column 61",
		"1" + strings.Repeat(" + 1", 1000):                     "rule.formal.too_long",
		"item" + strings.Repeat(".item", 999):                  "rule.formal.too_long",
		"'1'" + strings.Repeat(".toInteger().toString()", 100): "rule.formal.too_long",
	} {
		_, err := FHIRPath(code, root, check.Untyped)
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || !strings.HasPrefix(e.Code+" at "+e.Place, want) {
			t.Errorf("%.80s\n\tgives %v, want %s", code, err, want)
		}
	}
}

func TestHiddenUnless(t *testing.T) {
	t.Parallel()
	root := screening()
	for _, c := range []struct{ at, question, operator, answer, want string }{
		{"T", "B", "exists", "true", "blank(B)"},
		{"T", "B", "exists", "false", "!blank(B)"},
		{"T", "B", "=", "true", "!(B == true)"},
		{"T", "A", "!=", "5", "!(blank(A) || A != 5)"},
		{"T", "A", ">=", "4.8", "!(A >= 4.8)"},
		{"T", "T", ">", "tes", "!(T > 'tes')"},
		{"T", "D", "=", "2020-05-01", "!(D == @2020-05-01)"},
		{"T", "MANY", "=", "yes", "!coalesce('yes' in MANY, false)"},
		{"T", "MANY", "!=", "yes", "coalesce('yes' in MANY, false)"},
		{"T", "MANY", "exists", "true", "!(count(MANY) > 0)"},
		{"T", "DOSE", ">", "3", "!any(answer_: each(DOSE), answer_ > 3)"},
		{"UNIT", "DOSE", ">", "3", "!(DOSE > 3)"},
		{"T", "B", ">", "true", "rule.formal.types"},
		{"T", "A", "=", "much", "rule.formal.types"},
		{"T", "note", "exists", "true", "rule.formal.name"},
		{"T", "A", "like", "1", "rule.formal.construct"},
	} {
		got, err := HiddenUnless([]EnableWhen{{root.Find(c.question), c.operator, c.answer}}, true, root.Find(c.at))
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			got = e.Code
		}
		if got != c.want {
			t.Errorf("%s %s %s gives %s, want %s", c.question, c.operator, c.answer, got, c.want)
		}
	}
	both := []EnableWhen{{root.Find("A"), ">", "1"}, {root.Find("B"), "=", "true"}}
	if got, _ := HiddenUnless(both, false, root.Find("T")); got != "!(A > 1 && B == true)" {
		t.Errorf("all: %s", got)
	}
	if got, _ := HiddenUnless(both, true, root.Find("T")); got != "!(A > 1 || B == true)" {
		t.Errorf("any: %s", got)
	}
}

func FuzzFHIRPath(f *testing.F) {
	root := screening()
	for _, seed := range []string{"%resource.item.where(linkId='A').answer.value", "iif(%total > 1, {}, 'a' & 'b')",
		"item.select(answer.weight()).sum() + @2024-01-01 - 1 year", "%`x`.y[0].all($this is `z`)", "'\\u00e9\\'' in ('a' | 'b')"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		src, err := FHIRPath(code, root, check.Untyped)
		if err == nil && src == "" {
			t.Error("an empty rule")
		}
	})
}
