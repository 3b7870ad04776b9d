package check

import (
	"errors"
	"reflect"
	"testing"

	"casebook"
)

func rules(t *testing.T, sources ...[2]string) []Rule {
	t.Helper()
	scope := Scope{Item: func(string) (Type, bool) { return Number, true }, Event: func(string) bool { return true }}
	all := make([]Rule, len(sources))
	for i, s := range sources {
		p, err := Compile(s[1], scope)
		if err != nil {
			t.Fatal(s[1], err)
		}
		all[i] = Rule{Program: p, Sets: s[0]}
	}
	return all
}

func TestRulesRunInOrderOfDependency(t *testing.T) {
	t.Parallel()
	g, err := NewGraph(rules(t,
		[2]string{"", "BMI > 30"},
		[2]string{"BMI", "W / (H_M * H_M)"},
		[2]string{"H_M", "H_CM / 100"},
		[2]string{"", "AGE > 18"},
		[2]string{"TOTAL", "prev(TOTAL) + W"},
	))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		changed []string
		run     []int
	}{
		{[]string{"H_CM"}, []int{2, 1, 0}},
		{[]string{"W"}, []int{1, 0, 4}},
		{[]string{"AGE"}, []int{3}},
		{[]string{"BMI"}, []int{0}},
		{[]string{"OTHER"}, nil},
		{[]string{"TOTAL"}, []int{4}},
		{[]string{"AGE", "H_M"}, []int{1, 0, 3}},
	} {
		got := g.Affected(c.changed...)
		if !sameSet(got, c.run) || !ordered(got, 2, 1) || !ordered(got, 1, 0) {
			t.Errorf("%v changed: run %v, want %v", c.changed, got, c.run)
		}
	}
	if n := len(g.Order()); n != 5 {
		t.Errorf("%d rules in order", n)
	}
}

func sameSet(a, b []int) bool {
	count := map[int]int{}
	for _, x := range a {
		count[x]++
	}
	for _, x := range b {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// ordered reports whether first comes before then in list, if both are in it.
func ordered(list []int, first, then int) bool {
	for _, x := range list {
		if x == first {
			return true
		}
		if x == then {
			break
		}
	}
	for _, x := range list {
		if x == first {
			return false
		}
	}
	return true
}

func TestCyclesAreRefusedByName(t *testing.T) {
	t.Parallel()
	_, err := NewGraph(rules(t, [2]string{"A", "B + 1"}, [2]string{"X", "A"}, [2]string{"B", "C + 1"}, [2]string{"C", "A + 1"}))
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Code != "rule.cycle" || !reflect.DeepEqual(e.Args, []any{"A → B → C → A"}) {
		t.Errorf("got %v", err)
	}
	if _, err := NewGraph(rules(t, [2]string{"A", "A + 1"})); err == nil {
		t.Error("a rule that needs itself was accepted")
	}
	if _, err := NewGraph(rules(t, [2]string{"A", "prev(A) + 1"})); err != nil {
		t.Error("a running total was refused:", err)
	}
	if _, err := NewGraph(rules(t, [2]string{"A", "B"}, [2]string{"A", "C"})); err == nil {
		t.Error("two rules that set one item were accepted")
	}
}
