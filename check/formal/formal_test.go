package formal

import (
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/check"
)

var items = map[string]check.Type{
	"AGE": check.Number, "WEIGHT": check.Number, "HEIGHT": check.Number, "SEX": check.Text, "SMOKER": check.Bool,
	"BIRTH": check.Date, "START": check.Date, "END": check.Date, "RACE": check.ListOf(check.Text), "INI": check.Text,
	"AE.SEV": check.Number, "EventDate": check.Date, "Weird Name": check.Number, "G-AGE": check.Number,
}

func names(foreign string) (string, check.Type, bool) {
	t, ok := items[foreign]
	return foreign, t, ok
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ context, code, want string }{
		{"js", "AGE >= 18 && AGE <= 65", "AGE >= 18 && AGE <= 65"},
		{"js", "//R1\n(AGE >= 18)", "AGE >= 18"},
		{"js", "AGE == null", "blank(AGE)"},
		{"js", "null != AGE", "!blank(AGE)"},
		{"js", "AGE != 5", "blank(AGE) || AGE != 5"},
		{"js", "AGE != null && AGE != 5", "!blank(AGE) && AGE != 5"},
		{"js", "!(AGE == 5)", "!coalesce(AGE == 5, false)"},
		{"js", "AGE === '5'", "AGE == 5"},
		{"js", "SEX == 1", "SEX == '1'"},
		{"js", "SMOKER == 1", "SMOKER == true"},
		{"js", "RACE.contains(99)", "'99' in RACE"},
		{"js", "RACE == 0", "len(RACE) == 1 && '0' in RACE"},
		{"js", "SEX.contains(1)", "contains(SEX, '1')"},
		{"js", "BIRTH__format == 0", "precision(BIRTH) == 'day'"},
		{"js", "START.toString() == today().toString()", "START == today"},
		{"js", "BIRTH.getMonth() < START.getMonth()", "month(BIRTH) < month(START)"},
		{"js", "return BIRTH.getMonth();", "month(BIRTH) - 1"},
		{"js", "E01.F.AGE == 1", "at('E01', AGE) == 1"},
		{"js", "E01.AE.SEV == 1", "at('E01', AE.SEV) == 1"},
		{"js", "$PREV.AE.SEV == null", "blank(prev(AE.SEV))"},
		{"js", "$THIS.AE.SEV > 2", "AE.SEV > 2"},
		{"js", "E01.$EVENT.EventDate", "at('E01', EventDate)"},
		{"js", "return 1;", "1"},
		{"js", "if (AGE != null) return true; else return false;", "!blank(AGE)"},
		{"js", "if (AGE > 5) return false; else return true;", "!coalesce(AGE > 5, false)"},
		{"js", "if (AGE > 5) { return 1 } return null", "AGE > 5 ? 1 : null"},
		{"js", "if (AGE > 5) return 1;", "AGE > 5 ? 1 : null"},
		{"js", "var a = AGE + 1, b; b = a; b++; b -= 2; return b * 2;", "(AGE + 1 + 1 - 2) * 2"},
		{"js", "var r = 0; if (AGE > 5) { r = 1; } return r;", "AGE > 5 ? 1 : 0"},
		{"js", "AGE > 5 ? 'old' : 'young'", "AGE > 5 ? 'old' : 'young'"},
		{"js", "var p = /^[A-Z]{3}$/; return p.test(INI);", "matches(INI, '^[A-Z]{3}$')"},
		{"js", "AGE - (WEIGHT - 1)", "AGE - (WEIGHT - 1)"},
		{"js", "AGE / (WEIGHT * 2)", "AGE / (WEIGHT * 2)"},
		{"js", "Math.abs(AGE - 5) /* years */ > 2", "abs(AGE - 5) > 2"},
		{"OpenEDC", "WEIGHT / HEIGHT ^ 2", "WEIGHT / pow(HEIGHT, 2)"},
		{"OpenEDC", "G-AGE + AGE-WEIGHT", "`G-AGE` + AGE - WEIGHT"},
		{"XPath", "../ItemData[@ItemOID='SEX'][@Value='M']", "SEX == 'M'"},
		{"XPath", "../ItemData[@ItemOID='AGE'][@Value > 90]", "AGE > 90"},
		{"XPath", "//ItemData[@ItemOID='AGE']", "!blank(AGE)"},
		{"XPath", "not(../ItemData[@ItemOID='SMOKER'][@Value='1']) and ../ItemData[@ItemOID='AGE']",
			"!coalesce(SMOKER == true, false) && !blank(AGE)"},
		{"XPath", "../StudyEventData[@StudyEventOID='V1']/FormData[@FormOID='F']/ItemData[@ItemOID='AGE'][@Value='1']",
			"at('V1', AGE) == 1"},
	} {
		got, err := Translate(c.context, c.code, names)
		if err != nil || got != c.want {
			t.Errorf("%s: %s\n\tgives %s, %v\n\twant  %s", c.context, c.code, got, err, c.want)
		}
	}
}

func TestTranslateRefuses(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"for (;;) {}":                          "rule.formal.construct",
		"while (true) return 1;":               "rule.formal.construct",
		"AGE == now()":                         "rule.formal.construct",
		"new Date()":                           "rule.formal.construct",
		"NOPE == 1":                            "rule.formal.name",
		"AGE ^ 2":                              "rule.formal.construct",
		"AGE + SEX":                            "rule.formal.types",
		"AGE && true":                          "rule.formal.types",
		"BIRTH__format == 1":                   "rule.formal.construct",
		"RACE < 1":                             "rule.formal.types",
		"Math.round(AGE)":                      "rule.formal.construct",
		"AGE == 'abc'":                         "rule.formal.types",
		"if (AGE > 1 return 1":                 "rule.formal.construct",
		"'a\\n'":                               "rule.formal.construct",
		"":                                     "rule.formal.construct",
		"AGE > 1; AGE > 2":                     "rule.formal.construct",
		"/(?=a)/.test(INI)":                    "rule.pattern",
		strings.Repeat("(", 100):               "rule.formal.too_long",
		manyBranches(12):                       "rule.formal.too_long",
		"if (AGE>1) return 1; else return 'a'": "rule.formal.types",
	} {
		got, err := Translate("js", code, names)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != want || e.Place == "" {
			t.Errorf("%.60s: %s, %v, want %s", code, got, err, want)
		}
	}
	if _, err := Translate("SAS", "AGE = 1", names); err == nil || !strings.Contains(err.Error(), "rule.formal.language") {
		t.Error("SAS:", err)
	}
	for _, code := range []string{"count(//ItemData)", "../ItemData[@ItemOID='AGE", "../ItemData[1]", "", "../FormData"} {
		if got, err := Translate("XPath", code, names); err == nil {
			t.Errorf("XPath %s gave %s", code, got)
		}
	}
}

// manyBranches is a script whose paths double with every statement.
func manyBranches(n int) string {
	return "var r = 0;" + strings.Repeat("if (AGE > 1) { r = r + 1; }", n) + "return r;"
}

// The meaning, not only the text: what JavaScript says of blanks is kept.
func TestTranslationMeans(t *testing.T) {
	t.Parallel()
	const script = `if (START != null && END != null) {
		var a = END; var b = START;
		if (a.getFullYear() < b.getFullYear()) { return false; }
		else if (a.getFullYear() == b.getFullYear()) {
			if (a.getMonth() < b.getMonth()) { if (END__format != 3) { return false; } else return true; }
			else if (a.getMonth() == b.getMonth()) { if (a < b && END__format == 0) { return false; } }
		}
	}
	return true;`
	src, err := Translate("js", script, names)
	if err != nil {
		t.Fatal(err)
	}
	p, err := check.Compile(src, check.Scope{Item: func(n string) (check.Type, bool) { x, ok := items[n]; return x, ok }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		start, end string
		want       bool
	}{
		{"2024-02-10", "2024-02-11", true}, {"2024-02-10", "2024-02-09", false}, {"2024-02-10", "2024-02-10", true},
		{"2024-02-10", "2023", false}, {"2024-02-10", "2024", true}, {"2024-02-10", "2024-01", false},
		{"2024-02-10", "2024-02", true}, {"", "2024-01-01", true}, {"2024-02-10", "", true},
	} {
		in := check.Input{Values: make([]check.Value, len(p.Refs()))}
		for i, r := range p.Refs() {
			text := c.start
			if r.Name == "END" {
				text = c.end
			}
			in.Values[i], _ = check.ParseValue(check.Date, text)
		}
		if got, _ := p.Eval(in); got.True() != c.want || got.IsBlank() {
			t.Errorf("%s to %s: %s, want %v\n%s", c.start, c.end, got.Literal(), c.want, src)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add("js", "if (AGE != null && AGE > 5) return false; else return true;")
	f.Add("js", "var p = /^[A-Z]{3}$/; return p.test(INI);")
	f.Add("OpenEDC", "(G-AGE + 1) * 4 ^ 2")
	f.Add("XPath", "not(../ItemData[@ItemOID='SMOKER'][@Value='1']) or ../ItemData[@ItemOID='AGE']")
	f.Fuzz(func(t *testing.T, context, code string) {
		if len(code) > 2000 {
			return
		}
		if src, err := Translate(context, code, names); err == nil && src == "" {
			t.Error("an empty rule")
		}
	})
}
