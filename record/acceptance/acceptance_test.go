package acceptance_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/record"
	"casebook/record/acceptance"
)

func rule(code string) []odm.Expression { return []odm.Expression{{Context: "casebook", Code: code}} }

// study has a check, a check across two items, one across two forms, a condition on an item and one on a group, a
// method, and a check of what it gives.
func study() *record.Study {
	ref := func(oid string) odm.Ref { return odm.Ref{OID: oid} }
	return record.Compile(&odm.Version{OID: "V", EventRefs: []odm.Ref{ref("E"), ref("E2")},
		Events: []odm.Event{{OID: "E", Type: odm.Scheduled, Forms: []odm.Ref{ref("F"), ref("B")}}, {OID: "E2", Type: odm.Scheduled, Repeating: true, Forms: []odm.Ref{ref("F")}}},
		Forms:  []odm.Form{{OID: "F", Groups: []odm.Ref{ref("G"), {OID: "M", Hidden: "C.MEDS"}}}, {OID: "B", Groups: []odm.Ref{ref("BG")}}},
		Groups: []odm.ItemGroup{
			{OID: "G", Items: []odm.Ref{{OID: "SYS", Mandatory: true}, ref("DIA"), ref("SEX"), {OID: "PREG", Hidden: "C.MALE", Mandatory: true}, ref("W"), {OID: "DOUBLE", Method: "M.DOUBLE"}, ref("MEDS")}},
			{OID: "M", Repeating: true, Items: []odm.Ref{ref("DRUG")}},
			{OID: "BG", Items: []odm.Ref{ref("BASE")}}},
		Items: []odm.Item{
			{OID: "SYS", DataType: "integer", Checks: []odm.RangeCheck{{Comparator: "LE", Values: []string{"200"}, Message: odm.Text{"en": "High?"}}, {Expressions: rule("SYS >= BASE")}}},
			{OID: "DIA", DataType: "integer", Checks: []odm.RangeCheck{{Expressions: rule("DIA < SYS")}}},
			{OID: "SEX", DataType: "text", CodeList: "CL"}, {OID: "PREG", DataType: "boolean"}, {OID: "W", DataType: "float", Digits: 1, HasDigits: true},
			{OID: "DOUBLE", DataType: "float", Checks: []odm.RangeCheck{{Comparator: "LT", Values: []string{"100"}}}}, {OID: "MEDS", DataType: "boolean"}, {OID: "DRUG", DataType: "text"},
			{OID: "BASE", DataType: "integer"}},
		CodeLists:  []odm.CodeList{{OID: "CL", DataType: "text", Items: []odm.CodeItem{{Code: "M"}, {Code: "F"}}}},
		Conditions: []odm.Condition{{OID: "C.MALE", Expressions: rule("SEX != 'F'")}, {OID: "C.MEDS", Expressions: rule("!MEDS")}},
		Methods:    []odm.Method{{OID: "M.DOUBLE", Expressions: rule("W * 2")}},
	}, 1)
}

const good = `
today 2026-03-01
case High pressure is asked about, and no more when it is corrected
in E / F
  SYS = 201 -> query 1
  DIA = 90
in E / F -> complete
  SYS = 200
case A woman is asked about pregnancy
in E / F
  SEX = F -> PREG shown
  PREG = true -> is true
in E / F
  SEX = M -> PREG hidden
case A weight is doubled
in E / F
  W = 49.9 -> DOUBLE is 99.8
in E / F
  W = 50 -> DOUBLE is 100, DOUBLE query 1
in E / F
  W = (not_done) -> blank, DOUBLE blank
case What is entered at the baseline is noticed in what was entered before
in E / F
  SYS = 120
in E / B
  BASE = 121
in E / F
  SYS -> query 2
in E / B
  BASE = 120
in E / F
  SYS -> shown
case Drugs are asked for in rows
in E / F
  MEDS = true -> M shown
  M[2]/DRUG = "a -> b, c" -> is "a -> b, c"
in E / F
  MEDS = false -> M[2] hidden
in E2[3] / F
  G/SYS = x -> refused
  MEDS = "" -> blank
values of DIA in E / F
with SYS = 80
  79
  80 -> query 1
  81 -> query 1
`

func run(t *testing.T, text string) *acceptance.Report {
	t.Helper()
	suite, err := acceptance.Parse("t.cases", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	rep, err := acceptance.Run(study(), suite)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestCasesThatHoldPassAndEveryMistakeInARuleIsNoticed(t *testing.T) {
	t.Parallel()
	rep := run(t, good)
	if !rep.Good() || rep.Cases != 8 || rep.Passed != 8 || rep.Covered != 7 || rep.Mutants != 19 {
		t.Errorf("%+v", rep)
	}
}

// Each line is an expectation of the suite above made wrong: a case fails, and says what is otherwise.
func TestACaseFailsWhereTheDefinitionDoesSomethingElse(t *testing.T) {
	t.Parallel()
	for _, wrong := range [][3]string{
		{"SYS = 201 -> query 1", "SYS = 201", "query 1 of SYS asks, which no line expects"},
		{"SYS = 201 -> query 1", "SYS = 199 -> query 1", "query 1 of SYS does not ask"},
		{"-> complete", "-> partial", "the form is complete, not partial"},
		{"SEX = F -> PREG shown", "SEX = F -> PREG hidden", "PREG is not hidden"},
		{"SEX = M -> PREG hidden", "SEX = M -> PREG shown", "PREG is not shown"},
		{"DOUBLE is 99.8", "DOUBLE is 99.9", `DOUBLE is "99.8", not "99.9"`},
		{"-> blank, DOUBLE blank", "-> blank, DOUBLE is 1", `DOUBLE is "", not "1"`},
		{"G/SYS = x -> refused", "G/SYS = x", "it is refused"},
		{"G/SYS = x -> refused", "G/SYS = 7 -> refused", `G/SYS takes "7", which should be refused`},
		{"in E / F\n  SYS -> query 2\nin E / B\n  BASE = 120\nin E / F\n  SYS -> shown\n", "", "query 2 of SYS asks, which no line expects"}, // in another form, and only at the end
		{"BASE = 120\n", "BASE = 122\n", "query 2 of SYS asks"},
		{"M[2] hidden", "M[2] shown", "M[2] is not shown"},
		{"  79\n", "  79 -> query 1\n", "query 1 of DIA does not ask"},
	} {
		text := strings.Replace(good, wrong[0], wrong[1], 1)
		if text == good {
			t.Fatalf("%q is not in the suite", wrong[0])
		}
		rep := run(t, text)
		if rep.Passed == rep.Cases || len(rep.Failures) == 0 || rep.Good() {
			t.Errorf("%q instead of %q passes", wrong[1], wrong[0])
			continue
		}
		if f := rep.Failures[0]; !strings.Contains(f.What, wrong[2]) || f.Line < 2 || f.File != "t.cases" {
			t.Errorf("%q instead of %q: %s", wrong[1], wrong[0], f)
		}
	}
}

// Whatever is left out of the suite, a rule is not covered, or a mistake in it survives.
func TestWhatNoCaseReachesAndWhatNoCaseWouldNoticeIsNamed(t *testing.T) {
	t.Parallel()
	for _, less := range [][3]string{
		{"  80 -> query 1\n", "", "DIA#1"}, {"SYS = 200\n", "SYS = 199\n", "SYS#1"}, {"W = 50 -> DOUBLE is 100, DOUBLE query 1", "W = 49", "DOUBLE#1"},
		{"SEX = F -> PREG shown", "SEX = M", "C.MALE"},
	} {
		text := strings.Replace(good, less[0], less[1], 1)
		rep := run(t, text)
		survives := slices.ContainsFunc(rep.Survivors, func(s acceptance.Survivor) bool { return s.ID == less[2] })
		missing := slices.ContainsFunc(rep.Rules, func(r acceptance.Covered) bool { return r.ID == less[2] && r.Missing() != "" })
		if rep.Passed != rep.Cases || rep.Good() || !survives && !missing {
			t.Errorf("without %q: %+v", less[0], rep)
		}
	}
	rep := run(t, "case Nothing\nin E / F\n  MEDS -> shown\n")
	if rep.Covered != 0 || len(rep.Survivors) != rep.Mutants || rep.Rules[0].Missing() != "never reached" {
		t.Errorf("nothing is entered: %+v", rep)
	}
}

func TestAFileThatCannotBeReadIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "acceptance.no_case at t.cases, line 0",
		"# nothing\n":                           "acceptance.no_case at t.cases, line 1",
		"case\n":                                "acceptance.syntax at t.cases, line 1",
		"SYS = 1\n":                             "acceptance.syntax at t.cases, line 1",
		"case A\n  SYS = 1\n":                   "acceptance.syntax at t.cases, line 2",
		"in E / F\n":                            "acceptance.syntax at t.cases, line 1",
		"case A\nin E\n":                        "acceptance.syntax at t.cases, line 2",
		"case A\nin E / F\n  SYS\n":             "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  SYS -> asks 1\n":   "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  SYS -> query\n":    "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  SYS -> hidden 1\n": "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  SYS = \"1\n":       "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  G[ = 1\n":          "acceptance.syntax at t.cases, line 3",
		"case A\nin E / F\n  = 1\n":             "acceptance.syntax at t.cases, line 3",
		"case \xff\n":                           "acceptance.syntax at t.cases, line 1",
		"today 2026-02-30\ncase A\n":            "acceptance.syntax at t.cases, line 1",
		"case A\nwith SYS = 1\n":                "acceptance.syntax at t.cases, line 2",
		"values of SYS\n":                       "acceptance.syntax at t.cases, line 1",
		"values of SYS SEX in E / F\n":          "acceptance.syntax at t.cases, line 1",
	} {
		if _, err := acceptance.Parse("t.cases", strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, line := range map[string]string{
		"case A\nin E / X\n  SYS = 1\n":           "line 2",
		"case A\nin E2 / B\n  BASE = 1\n":         "line 2",
		"case A\nin E / F\n  NONE = 1\n":          "line 3",
		"case A\nin E / F\n  SYS -> query 3\n":    "line 3",
		"case A\nin E / F\n  SYS -> query 0\n":    "line 3",
		"case A\nin E / F\n  M -> query 1\n":      "line 3",
		"case A\nin E / F\n  X -> shown\n":        "line 3",
		"case A\nin E / F\n  M/SYS -> shown\n":    "line 3",
		"case A\nin E / F\n  M = 1\n":             "line 3",
		"values of NONE in E / F\n  1\n":          "line 2",
		"case A\nin E / F\n  SYS = 1 -> Y is 1\n": "line 3",
	} {
		suite, err := acceptance.Parse("t.cases", strings.NewReader(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if _, err := acceptance.Run(study(), suite); casebook.KindOf(err) != casebook.Invalid || !strings.Contains(err.Error(), "t.cases, "+line) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestProposedCasesHoldTouchEveryRuleOfOneFormAndNameTheOthers(t *testing.T) {
	t.Parallel()
	var text, again bytes.Buffer
	if err := acceptance.Propose(&text, study(), "en"); err != nil {
		t.Fatal(err)
	}
	if err := acceptance.Propose(&again, study(), "en"); err != nil || again.String() != text.String() {
		t.Error("the same definition gives other cases")
	}
	rep := run(t, text.String())
	if rep.Passed != rep.Cases || rep.Cases < 10 {
		t.Errorf("%+v\n%s", rep, &text)
	}
	for _, s := range rep.Survivors {
		if s.ID != "SYS#2" {
			t.Errorf("%+v survives", s)
		}
	}
	for _, want := range []string{"values of SYS in E / F\n  200\n  201 -> query 1\n", "# SYS, query 1: High?", "#   check SYS#2: SYS >= BASE", "F -> PREG shown"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("values of \"a b\"[2]/X in E[1] / F -> complete\nwith Y = (refused)\n \"\\n\" -> is \"\"\n")
	st := study()
	f.Fuzz(func(t *testing.T, text string) {
		suite, err := acceptance.Parse("t", strings.NewReader(text))
		if err == nil && len(text) < 2_000 {
			_, err = acceptance.Run(st, suite)
		}
		if err != nil && casebook.KindOf(err) == casebook.Internal {
			t.Error(err)
		}
	})
}
