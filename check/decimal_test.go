package check

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

// oracle is decimal128's arithmetic, by other people.
var oracle = func() *apd.Context {
	c := apd.BaseContext.WithPrecision(maxDigits)
	c.Rounding = apd.RoundHalfEven
	return c
}()

// randomNumber is a number as forms and laboratories have them, and now and then one at the edges.
func randomNumber(r *rand.Rand) string {
	digits := 1 + r.IntN(8)
	switch r.IntN(5) {
	case 0:
		digits = 1 + r.IntN(maxDigits)
	case 1:
		return [...]string{"0", "1", "-1", "0.5", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
			strings.Repeat("9", maxDigits), "0." + strings.Repeat("0", 30) + "1", "3.5", "0.1", "1000000"}[r.IntN(12)]
	}
	b := make([]byte, digits)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	point := r.IntN(digits + 1)
	text := "0" + string(b[:point])
	if point < digits {
		text += "." + string(b[point:])
	}
	if r.IntN(2) == 0 {
		text = "-" + text
	}
	return text
}

// canonical writes an apd decimal as this package does, or "" if it leaves the range of a number.
func canonical(d *apd.Decimal) string {
	var c apd.Decimal
	if d.Form != apd.Finite {
		return ""
	}
	c.Reduce(d)
	if d.IsZero() {
		return "0"
	}
	if c.NumDigits()+int64(c.Exponent) > maxDigits || int(c.Exponent) < -maxScale {
		return ""
	}
	return c.Text('f')
}

func TestDecimalsAgreeWithApd(t *testing.T) {
	t.Parallel()
	type operation struct {
		name   string
		ours   func(a, b Value) Value
		theirs func(d, x, y *apd.Decimal) (apd.Condition, error)
		divide bool
	}
	operations := []operation{
		{"+", add, oracle.Add, false}, {"-", sub, oracle.Sub, false}, {"*", mul, oracle.Mul, false},
		{"/", div, oracle.Quo, true},
	}
	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 60_000 {
		x, y := randomNumber(r), randomNumber(r)
		a, okA := parseNumber(x)
		b, okB := parseNumber(y)
		p, _, errP := apd.NewFromString(x)
		q, _, errQ := apd.NewFromString(y)
		if !okA || !okB || errP != nil || errQ != nil {
			t.Fatalf("cannot read %s or %s", x, y)
		}
		if compareNumbers(a, b) != p.Cmp(q) {
			t.Errorf("%s compared with %s: %d, want %d", x, y, compareNumbers(a, b), p.Cmp(q))
		}
		o := operations[r.IntN(len(operations))]
		if o.divide && b.sign() == 0 {
			continue
		}
		var d apd.Decimal
		if _, err := o.theirs(&d, p, q); err != nil {
			t.Fatal(x, o.name, y, err)
		}
		want := canonical(&d)
		if want == "" && d.Exponent < -maxScale {
			continue // beyond 64 digits after the point only the vectors say what is right
		}
		compared++
		if got := o.ours(a, b).String(); got != want {
			t.Errorf("%s %s %s = %s, want %s", x, o.name, y, got, want)
		}
	}
	if compared < 50_000 {
		t.Errorf("only %d comparisons", compared)
	}
}

func TestRootsAndRemaindersAgreeWithApd(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	wide := apd.BaseContext.WithPrecision(200) // enough for remainders to be exact
	for range 5_000 {
		x, y := strings.TrimPrefix(randomNumber(r), "-"), randomNumber(r)
		a, _ := parseNumber(x)
		b, _ := parseNumber(y)
		p, _, _ := apd.NewFromString(x)
		q, _, _ := apd.NewFromString(y)
		var d apd.Decimal
		if _, err := wide.Sqrt(&d, p); err != nil { // at 34 digits apd rounds √(10^34 − 1) up, from just below the middle
			t.Fatal(err)
		}
		if _, err := oracle.Round(&d, &d); err != nil {
			t.Fatal(err)
		}
		if got, want := root(a).String(), canonical(&d); got != want {
			t.Errorf("sqrt(%s) = %s, want %s", x, got, want)
		}
		if b.sign() == 0 {
			continue
		}
		if _, err := wide.Rem(&d, p, q); err != nil {
			t.Fatal(err)
		}
		if _, err := oracle.Round(&d, &d); err != nil {
			t.Fatal(err)
		}
		if got, want := mod(a, b).String(), canonical(&d); got != want {
			t.Errorf("%s %% %s = %s, want %s", x, y, got, want)
		}
	}
}

func TestRoundingAgreesWithApd(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	away := oracle.WithPrecision(100)
	away.Rounding = apd.RoundHalfUp // which is apd's name for half away from zero
	for range 20_000 {
		x, places := randomNumber(r), r.IntN(12)-3
		a, _ := parseNumber(x)
		p, _, _ := apd.NewFromString(x)
		var d apd.Decimal
		if _, err := away.Quantize(&d, p, int32(-places)); err != nil {
			t.Fatal(x, places, err)
		}
		want := canonical(&d)
		if got := roundAt(a, places, halfAway).String(); got != want {
			t.Errorf("round(%s, %d) = %s, want %s", x, places, got, want)
		}
	}
}
