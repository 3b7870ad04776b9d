package check

import (
	"math/rand/v2"
	"testing"
)

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
