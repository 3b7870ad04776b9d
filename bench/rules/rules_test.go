// Package rules measures the rule language against CEL on the same expressions in one run. It is a module of its own,
// so that the product carries none of it, and nothing may import it.
package rules

import (
	"testing"

	"casebook/check"

	"cel.dev/cel-go/cel"
)

// pairs are the same rule in both languages, on n = 37, m = 2, t = "A-F" and k = [1, 2, 3]. CEL's numbers are integers
// or binary floats; ours are decimals.
var pairs = []struct{ name, ours, cels string }{
	{"range", "n >= 18 && n <= 65", "n >= 18 && n <= 65"},
	{"sum", "n + m * 2 - 1 > 10", "n + m * 2 - 1 > 10"},
	{"choice", "t == 'F' && n in [1, 2, 3]", "t == 'F' && n in [1, 2, 3]"},
	{"either", "n == 1 || t != 'A' || n < 5", "n == 1 || t != 'A' || n < 5"},
	{"pattern", "matches(t, '^[A-Z]-[A-Z]$')", "t.matches('^[A-Z]-[A-Z]$')"},
	{"repeats", "any(x: k, x > 100)", "k.exists(x, x > 100)"},
}

func ours(tb testing.TB, src string) (*check.Program, check.Input) {
	tb.Helper()
	types := map[string]check.Type{"n": check.Number, "m": check.Number, "t": check.Text, "k": check.ListOf(check.Number)}
	p, err := check.Compile(src, check.Scope{Item: func(name string) (check.Type, bool) { t, ok := types[name]; return t, ok }})
	if err != nil {
		tb.Fatal(err)
	}
	text, _ := check.ParseValue(check.Text, "A-F")
	given := map[string]check.Value{"n": check.Int(37), "m": check.Int(2), "t": text, "k": check.List(check.Number, check.Int(1), check.Int(2), check.Int(3))}
	var in check.Input
	for _, ref := range p.Refs() {
		in.Values = append(in.Values, given[ref.Name])
	}
	return p, in
}

func cels(tb testing.TB, src string) (cel.Program, map[string]any) {
	tb.Helper()
	env, err := cel.NewEnv(cel.Variable("n", cel.IntType), cel.Variable("m", cel.IntType), cel.Variable("t", cel.StringType), cel.Variable("k", cel.ListType(cel.IntType)))
	if err != nil {
		tb.Fatal(err)
	}
	tree, issues := env.Compile(src)
	if issues.Err() != nil {
		tb.Fatal(issues.Err())
	}
	p, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		tb.Fatal(err)
	}
	return p, map[string]any{"n": int64(37), "m": int64(2), "t": "A-F", "k": []int64{1, 2, 3}}
}

func TestBothComeToTheSame(t *testing.T) {
	for _, pair := range pairs {
		p, in := ours(t, pair.ours)
		v, _ := p.Eval(in)
		q, data := cels(t, pair.cels)
		w, _, err := q.Eval(data)
		if err != nil || w.Value() != v.True() {
			t.Errorf("%s: %v, CEL %v %v", pair.name, v, w, err)
		}
	}
}

func BenchmarkRules(b *testing.B) {
	for _, pair := range pairs {
		b.Run(pair.name+"/casebook", func(b *testing.B) {
			p, in := ours(b, pair.ours)
			b.ReportAllocs()
			for b.Loop() {
				p.Eval(in)
			}
		})
		b.Run(pair.name+"/cel", func(b *testing.B) {
			p, data := cels(b, pair.cels)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Eval(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
