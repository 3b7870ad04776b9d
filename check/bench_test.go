package check

import "testing"

// typical are rules as studies have them, with all answers given.
var typical = []struct{ name, src string }{
	{"range", "n >= 18 && n <= 65"},
	{"choice", "t == 'F' && n in [1, 2, 3]"},
	{"sum", "n + m * 2 - 1.5 > 10"},
	{"date", "d <= today"},
	{"skip", "blank(n) || n != 1 || b"},
	{"quotient", "round(n / (m * m), 1) >= 18.5"},
	{"pattern", "matches(t, '^[A-Z]([A-Z]|-)[A-Z]$')"},
	{"repeats", "any(x: k, x > 100)"},
}

func typicalInput(b testing.TB, src string) (*Program, Input) {
	b.Helper()
	p, err := Compile(src, fuzzScope)
	if err != nil {
		b.Fatal(err)
	}
	read := func(t Type, text string) Value {
		v, ok := ParseValue(t, text)
		if !ok {
			b.Fatal(text)
		}
		return v
	}
	given := map[string]Value{"n": read(Number, "36.6"), "m": read(Number, "1.75"), "t": read(Text, "A-F"), "b": Truth(false),
		"d": read(Date, "2024-02-29"), "k": List(Number, Int(1), Int(2), Int(3))}
	in := Input{Today: read(Date, "2024-03-01"), Zone: "Asia/Shanghai"}
	for _, r := range p.Refs() {
		in.Values = append(in.Values, given[r.Name])
	}
	return p, in
}

func BenchmarkEval(b *testing.B) {
	for _, rule := range typical {
		b.Run(rule.name, func(b *testing.B) {
			p, in := typicalInput(b, rule.src)
			b.ReportAllocs()
			for b.Loop() {
				p.Eval(in)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile("blank(n) || n >= 18 && n <= 65", fuzzScope); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTypicalRulesDoNotAllocate(t *testing.T) {
	for _, rule := range typical[:5] {
		p, in := typicalInput(t, rule.src)
		if n := testing.AllocsPerRun(1000, func() { p.Eval(in) }); n > 0 {
			t.Errorf("%s: %v allocations", rule.src, n)
		}
	}
}
