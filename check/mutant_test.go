package check_test

import (
	"slices"
	"testing"

	"casebook/check"
)

func TestAMutantHasOneMistakeThatPeopleMake(t *testing.T) {
	t.Parallel()
	scope := check.Scope{Item: func(name string) (check.Type, bool) {
		types := map[string]check.Type{"SYS": check.Number, "DIA": check.Number, "SEX": check.Text, "DAY": check.Date, "RES": check.Text, "X": check.Number}
		typ, ok := types[name]
		return typ, ok
	}}
	for src, want := range map[string][]string{
		"SYS < 200":                   {"!(SYS < 200\n)", "SYS <= 200", "SYS < 201", "SYS < 199"},
		"X >= 0":                      {"!(X >= 0\n)", "X > 0", "X >= 1"},
		"X <= 3.50":                   {"!(X <= 3.50\n)", "X < 3.50", "X <= 3.51", "X <= 3.49"},
		"DAY > @2026-02-28":           {"!(DAY > @2026-02-28\n)", "DAY >= @2026-02-28", "DAY > @2026-02-27", "DAY > @2026-03-01"},
		"!(RES in ['A', 'B'])":        {"!(!(RES in ['A', 'B'])\n)", "(RES in ['A', 'B'])", "!(RES in [ 'B'])", "!(RES in ['A'])"},
		"SEX == 'F' && SYS > DIA":     {"!(SEX == 'F' && SYS > DIA\n)", "SEX != 'F' && SYS > DIA", "SEX == 'F' || SYS > DIA", "SEX == 'F' && SYS >= DIA"},
		"round(SYS / X, 1)":           {"round(SYS * X, 1)", "round(SYS / X, 2)", "round(SYS / X, 0)"},
		"max(SYS, DIA) - 1":           {"min(SYS, DIA) - 1", "max(SYS, DIA) + 1", "max(SYS, DIA) - 2", "max(SYS, DIA) - 0"},
		"SYS in [min(1, 2), 3]":       {"!(SYS in [min(1, 2), 3]\n)", "SYS in [max(1, 2), 3]", "SYS in [min(2, 2), 3]", "SYS in [min(0, 2), 3]", "SYS in [min(1, 3), 3]", "SYS in [min(1, 1), 3]", "SYS in [min(1, 2), 4]", "SYS in [min(1, 2), 2]", "SYS in [min(1, 2)]"},
		"UNKNOWN > 1":                 {},
		"SYS < 200 // less, not more": {"!(SYS < 200 // less, not more\n)", "SYS <= 200 // less, not more", "SYS < 201 // less, not more", "SYS < 199 // less, not more"},
	} {
		var got []string
		for _, m := range check.Mutants(src, scope) {
			if m.What == "" {
				t.Errorf("%s: %s is not named", src, m.Source)
			}
			got = append(got, m.Source)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", src, got, want)
		}
	}
}
