package check

import (
	"math/rand/v2"
	"testing"
)

// A comparison with a literal must come to the same as one with a value, on either side and whatever the value is.
func TestComparisonsWithLiteralsAgree(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	texts := [...]string{"", "A", "F", "A-F", "\U0001F600", "é"}
	for range 400 {
		for op := range accepted {
			x, _ := parseNumber(randomNumber(r))
			y, _ := parseNumber(randomNumber(r))
			if r.IntN(4) == 0 {
				y = x
			}
			agreeOnLiterals(t, "n", "m", op, x, y)
			agreeOnLiterals(t, "t", "u", op, textValue(texts[r.IntN(len(texts))]), textValue(texts[r.IntN(len(texts))]))
		}
	}
	agreeOnLiterals(t, "n", "m", "==", Truth(true), Int(1)) // no number
	agreeOnLiterals(t, "t", "u", "!=", Int(1), textValue("A"))
	agreeOnLiterals(t, "n", "m", "<", Value{}, Int(1))
}

// agreeOnLiterals compares x with y, given as values of two items, to x with y as a literal, on either side.
func agreeOnLiterals(t *testing.T, item, other, op string, x, y Value) {
	t.Helper()
	types := map[string]Type{"n": Number, "m": Number, "t": Text, "u": Text}
	eval := func(src string, values ...Value) (Value, Warning) {
		p, err := Compile(src, Scope{Item: func(name string) (Type, bool) { typ, ok := types[name]; return typ, ok }})
		if err != nil {
			t.Fatal(src, err)
		}
		return p.Eval(Input{Values: values})
	}
	want, warned := eval(item+" "+op+" "+other, x, y)
	for _, src := range []string{item + " " + op + " " + y.Literal(), y.Literal() + " " + mirrored[op] + " " + item} {
		for _, values := range [][]Value{{x}, {}} {
			got, warning := eval(src, values...)
			if len(values) == 0 && (!got.IsBlank() || warning != 0) || len(values) > 0 && (got.String() != want.String() || warning != warned) {
				t.Errorf("%s of %v is %s, want %s", src, values, got, want)
			}
		}
	}
}

// The short way through an expression of numbers and the long way must come to the same.
func TestShortWayAgrees(t *testing.T) {
	t.Parallel()
	ways := map[string]func(a, b Value) Value{
		"n + m": add, "n - m": sub, "n * m": mul,
		"n * m - n": func(a, b Value) Value {
			if p := mul(a, b); !p.IsBlank() {
				return sub(p, a)
			}
			return Value{}
		},
		"n < m":  func(a, b Value) Value { return Truth(compareNumbers(a, b) < 0) },
		"n >= m": func(a, b Value) Value { return Truth(compareNumbers(a, b) >= 0) },
		"n != m": func(a, b Value) Value { return Truth(compareNumbers(a, b) != 0) },
	}
	r := rand.New(rand.NewPCG(9, 10))
	for src, long := range ways {
		p, err := Compile(src, fuzzScope)
		if err != nil {
			t.Fatal(err)
		}
		mixed := 0
		for range 8_000 {
			x, y := randomNumber(r), randomNumber(r)
			a, _ := parseNumber(x)
			b, _ := parseNumber(y)
			if a.big != nil || b.big != nil {
				mixed++
			}
			if got, _ := p.Eval(Input{Values: []Value{a, b}}); got.String() != long(a, b).String() {
				t.Errorf("%s of %s and %s is %s, want %s", src, x, y, got, long(a, b))
			}
		}
		if mixed == 0 {
			t.Error("no long numbers among them")
		}
	}
}
