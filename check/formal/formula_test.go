package formal

import (
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/check"
)

// asked are the questions of a form in XLSForm or REDCap. What has a code list is a text.
var asked = map[string]check.Type{
	"age": check.Number, "height": check.Number, "sex": check.Text, "name": check.Text, "born": check.Date, "seen": check.Date,
	"from": check.DateTime, "to": check.DateTime, "race": check.ListOf(check.Text), "smokes": check.Bool, "q1": check.Text,
	"q2": check.Text, "gym___0": check.Bool, "gym___1": check.Bool, ".": check.Number, "label-test": check.Text,
}

func askedNames(foreign string) (string, check.Type, bool) {
	t, ok := asked[foreign]
	if foreign == "." {
		foreign = "age"
	}
	return foreign, t, ok
}

func TestTranslateXPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, want string }{
		{". >= 18 and . <= 65", "age >= 18 && age <= 65"},
		{".>0 and .<150", "age > 0 && age < 150"},
		{"${sex} = 'm'", "sex == 'm'"},
		{"${ sex } != 'm'", "blank(sex) || sex != 'm'"},
		{"${sex} = 1", "number(sex) == 1"},
		{"${age} = '5'", "age == 5"},
		{"${sex} = ''", "blank(sex)"},
		{"${age} != ''", "!blank(age)"},
		{"not(${sex} = 'm')", "!coalesce(sex == 'm', false)"},
		{"selected(${race}, 'a')", "'a' in race"},
		{"selected(${sex}, 'm')", "sex == 'm'"},
		{"not(selected(${race}, 'a') and selected (${race}, 'b'))", "!coalesce('a' in race && 'b' in race, false)"},
		{"count-selected(${race}) <= 3", "coalesce(len(race), 0) <= 3"},
		{"regex(${name}, '[A-Z]{3}')", "matches(name, '^[A-Z]{3}$')"},
		{"regex(${name}, 'a|b')", "matches(name, '^(a|b)$')"},
		{"string-length(${name}) > 2", "coalesce(len(name), 0) > 2"},
		{"${born} <= today()", "born <= today"},
		{"${born} > date('2020-01-31')", "born > @2020-01-31"},
		{"if(${age} > 17, 'adult', 'child')", "age > 17 ? 'adult' : 'child'"},
		{"${age} div 2 + ${height} mod 3 * 2", "age / 2 + height % 3 * 2"},
		{"-${age} - (${height} - 1)", "-age - (height - 1)"},
		{"${age} - -1", "age - -1"},
		{"sum(${age})", "sum(each(age))"},
		{"sum(${q1})", "sum(v: each(q1), number(v))"},
		{"count(${name})", "coalesce(len(each(name)), 0)"},
		{"min(${age}, ${height})", "min(age, height)"},
		{"round(${height}, 1)", "floor(height * 10 + 0.5) / 10"},
		{"round(${height})", "floor(height + 0.5)"},
		{"int(${height})", "height >= 0 ? floor(height) : ceil(height)"},
		{"pow(${height}, 2)", "pow(height, 2)"},
		{"/data/group/name = 'x'", "name == 'x'"},
		{"../label-test = 'x'", "`label-test` == 'x'"},
		{"current()/../age > 1", "age > 1"},
		{"concat(${name}, '-', ${age})", "concat(concat(name, '-'), text(age))"},
		{"true()", "true"},
		{"coalesce(${age}, 0)", "coalesce(age, 0)"},
		{"format-date(${born}, '%Y')", "text(year(born))"},
		{"decimal-date-time(${born})", "days(@1970-01-01, born)"},
		{"boolean-from-string(${name})", "name in ['true', '1']"},
		{"${name} and ${age} > 1", "!blank(name) && age > 1"},
		{"${race} = 'a'", "len(race) == 1 && 'a' in race"},
	} {
		got, err := Translate("XLSForm", c.code, askedNames)
		if err != nil || got != c.want {
			t.Errorf("%s\n\tgives %s, %v\n\twant  %s", c.code, got, err, c.want)
		}
	}
}

func TestTranslateREDCap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, want string }{
		{`[sex] = "0" and [smokes] = "1"`, "sex == '0' && smokes"},
		{"[sex]='1' OR [sex]='2'", "sex == '1' || sex == '2'"},
		{"[sex] <> '1'", "blank(sex) || sex != '1'"},
		{"[sex] = ''", "blank(sex)"},
		{`[sex] <> ""`, "!blank(sex)"},
		{"[smokes] = '0'", "!smokes"},
		{"[smokes] <> 1", "!coalesce(smokes, false)"},
		{"[gym(0)] = '1'", "coalesce(gym___0, false)"},
		{"[gym(0)] = '0'", "!coalesce(gym___0, false)"},
		{"[gym(0)] + [gym(1)] >= 1", "(coalesce(gym___0, false) ? 1 : 0) + (coalesce(gym___1, false) ? 1 : 0) >= 1"},
		{"[race(2)] = '1'", "coalesce('2' in race, false)"},
		{"[q1] >= 2", "number(q1) >= 2"},
		{"sum([q1], [q2], [age])", "sum(number(q1), number(q2), age)"},
		{"round(([age]*10000)/(([height])^(2)),1)", "round(age * 10000 / pow(height, 2), 1)"},
		{"rounddown(datediff([born],'today','y'))", "floor(abs(days(born, today)) / 365.2425)"},
		{`datediff([born], [seen], "d", "ymd", true)`, "days(born, seen)"},
		{"datediff([from],[to],'h')", "abs(hours(from, to))"},
		{"datediff([from],[to],'m','ymd','true')", "hours(from, to) * 60"},
		{"datediff('2020-01-01',[seen],'M')", "abs(days(@2020-01-01, seen)) / 30.44"},
		{"if([age] > 5, 1, 0)", "age > 5 ? 1 : 0"},
		{`if([smokes] = 1, "", [age])`, "smokes ? null : age"},
		{"[visit_1_arm_1][age] > 3", "at('Event.visit_1_arm_1', age) > 3"},
		{"[previous-event-name][age] > 3", "prev(age) > 3"},
		{"[event-name][age] > 3", "age > 3"},
		{"[baseline_arm_1][gym(1)] = 1", "coalesce(at('Event.baseline_arm_1', gym___1), false)"},
		{"[seen] > '2020-01-01'", "seen > @2020-01-01"},
		{`[seen] <= "today"`, "seen <= today"},
		{"[smokes] * 2", "(smokes ? 1 : !smokes ? 0 : null) * 2"},
		{"[age] > 1 // of age\n and [age] < 9 # not old", "age > 1 && age < 9"},
		{"isnumber([q1])", "!blank(number(q1))"},
		{"([height])^(0.5)", "sqrt(height)"},
		{"roundup([height], 2)", "ceil(height * pow(10, 2)) / pow(10, 2)"},
	} {
		got, err := Translate("REDCap", c.code, askedNames)
		if err != nil || got != c.want {
			t.Errorf("%s\n\tgives %s, %v\n\twant  %s", c.code, got, err, c.want)
		}
	}
}

// What says when a question is shown becomes what says when it is hidden: also while the outcome is unknown.
func TestAQuestionIsHiddenUnlessItIsShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ context, code, want string }{
		{"XLSForm:relevant", "${sex} = 'm'", "!coalesce(sex == 'm', false)"},
		{"XLSForm:relevant", "not(selected(${sex}, 'yes'))", "coalesce(sex == 'yes', false)"},
		{"XLSForm:relevant", "${name}", "blank(name)"},
		{"XLSForm:relevant", "false()", "true"},
		{"REDCap:branching", "[gym(1)] = '1'", "!coalesce(gym___1, false)"},
		{"REDCap:branching", "[age] > 5", "!coalesce(age > 5, false)"},
	} {
		got, err := Translate(c.context, c.code, askedNames)
		if err != nil || got != c.want {
			t.Errorf("%s: %s\n\tgives %s, %v\n\twant  %s", c.context, c.code, got, err, c.want)
		}
	}
}

func TestFormulasThatCannotBeCarriedOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ context, code, want, place string }{
		{"XLSForm", "${nobody} = 1", "rule.formal.name", "line 1, column 1"},
		{"XLSForm", "${age} > 1 and\n now() > 1", "rule.formal.construct", "line 2, column 2"},
		{"XLSForm", "instance('x')/list/item[name = ${sex}]/label", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm", "${age} = ", "rule.formal.construct", "line 1, column 10"},
		{"XLSForm", "${born} > 5", "rule.formal.types", "line 1, column 9"},
		{"XLSForm", "${age} | ${height}", "rule.formal.construct", "line 1, column 8"},
		{"XLSForm", "position(..)", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm", "substr(${name}, 1, 2)", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm", "${age", "rule.formal.construct", "line 1, column 3"},
		{"XLSForm", "regex(${name}, '(?i)a')", "rule.pattern", ""},
		{"XLSForm", "regex(${name}, ${sex})", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm", "/data/item[1] = 2", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm", strings.Repeat("(", 100) + "1", "rule.formal.too_long", "line 1, column 61"},
		{"XLSForm", "..", "rule.formal.construct", "line 1, column 1"},
		{"XLSForm:relevant", "${age}", "rule.formal.types", "line 1, column 1"},
		{"REDCap", "[nobody] = 1", "rule.formal.name", "line 1, column 1"},
		{"REDCap", "[age] = 'abc'", "rule.formal.types", "line 1, column 7"},
		{"REDCap", "[user-name] = 'x'", "rule.formal.name", "line 1, column 1"},
		{"REDCap", "[age][current-instance] > 1", "rule.formal.name", "line 1, column 1"},
		{"REDCap", "[next-event-name][age] > 1", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "[age", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "stdev([age])", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "datediff([born], 'now', 'h')", "rule.formal.types", "line 1, column 1"},
		{"REDCap", "datediff([born], [seen], 'weeks')", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "[age] ^ [height]", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "[sex(1)] = '1'", "rule.formal.types", "line 1, column 1"},
		{"REDCap", "[age] = 1 and", "rule.formal.construct", "line 1, column 14"},
		{"REDCap", "", "rule.formal.construct", "line 1, column 1"},
		{"REDCap", "[name]", "", ""},
	} {
		got, err := Translate(c.context, c.code, askedNames)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.code, err)
			}
			continue
		}
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Code != c.want || c.place != "" && e.Place != c.place {
			t.Errorf("%s: %.60s: %s, %v, want %s at %s", c.context, c.code, got, err, c.want, c.place)
		}
	}
}

// The meaning, with blanks: what a form says of them is kept.
func TestFormulasMeanTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		context, code string
		data          map[string]string
		want          string
	}{
		{"XLSForm:relevant", "${sex} != 'm'", nil, "false"},
		{"XLSForm:relevant", "${sex} != 'm'", map[string]string{"sex": "m"}, "true"},
		{"XLSForm:relevant", "selected(${race}, 'a')", nil, "true"},
		{"XLSForm:relevant", "selected(${race}, 'a')", map[string]string{"race": `["b","a"]`}, "false"},
		{"XLSForm", "count-selected(${race}) < 2", nil, "true"},
		{"XLSForm", "round(${height}, 1)", map[string]string{"height": "-0.25"}, "-0.2"},
		{"XLSForm", "int(${height})", map[string]string{"height": "-2.5"}, "-2"},
		{"XLSForm", "${sex} = 1", map[string]string{"sex": "01"}, "true"},
		{"REDCap:branching", "[gym(1)] = '0'", nil, "false"},
		{"REDCap:branching", "[gym(1)] <> '1'", map[string]string{"gym___1": "1"}, "true"},
		{"REDCap", "sum([q1],[q2])", map[string]string{"q1": "2"}, "2"},
		{"REDCap", "[q1] + [q2]", map[string]string{"q1": "2"}, ""},
		{"REDCap", "[q1] > 2", map[string]string{"q1": "10"}, "true"},
		{"REDCap", "[smokes] + 1", map[string]string{"smokes": "0"}, "1"},
		{"REDCap", "datediff([born],[seen],'d')", map[string]string{"born": "2024-03-01", "seen": "2024-02-01"}, "29"},
		{"REDCap", "datediff([born],[seen],'d',true)", map[string]string{"born": "2024-03-01", "seen": "2024-02-01"}, "-29"},
		{"REDCap", "2^3*2-1", nil, "15"},
	} {
		src, err := Translate(c.context, c.code, askedNames)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		p, err := check.Compile(src, check.Scope{Item: func(n string) (check.Type, bool) { x, ok := asked[n]; return x, ok }})
		if err != nil {
			t.Fatal(err)
		}
		in := check.Input{Values: make([]check.Value, len(p.Refs()))}
		for i, r := range p.Refs() {
			in.Values[i], _ = check.ParseValue(r.Type, c.data[r.Name])
		}
		if got, _ := p.Eval(in); got.String() != c.want {
			t.Errorf("%s of %v gives %q, want %q\n\t%s", c.code, c.data, got, c.want, src)
		}
	}
}

func FuzzFormula(f *testing.F) {
	f.Add("XLSForm", "not(selected(${race}, 'a')) and regex(., '[a-z]+') or count-selected(${race}) div 2 <= -1")
	f.Add("XLSForm:relevant", "../ItemData[@ItemOID='sex'][@Value='m'] and /data/age > 1")
	f.Add("REDCap", "round(([age]*10000)/(([height])^(2)),1) + sum([gym(0)], [v][age])")
	f.Add("REDCap:branching", "[sex] <> '' and datediff([born],\"today\",'y',true) >= 18 // x")
	f.Fuzz(func(t *testing.T, context, code string) {
		if len(code) > 2000 {
			return
		}
		src, err := Translate(context, code, askedNames)
		if err == nil && src == "" {
			t.Error("an empty rule")
		}
		if e, ok := errors.AsType[*casebook.Error](err); err != nil && (!ok || e.Kind != casebook.Invalid) {
			t.Errorf("refused with %v", err)
		}
	})
}
