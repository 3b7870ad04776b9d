package check

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
)

func numbers(names ...string) Scope {
	return Scope{Item: func(n string) (Type, bool) {
		for _, x := range names {
			if n == x {
				return Number, true
			}
		}
		return Untyped, false
	}}
}

func Example() {
	rule, err := Compile("let bmi = WEIGHT / (HEIGHT * HEIGHT); bmi >= 18.5 && bmi < 30", numbers("WEIGHT", "HEIGHT"))
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, _ := ParseValue(Number, "95")
	height, _ := ParseValue(Number, "1.75")
	for _, values := range [][]Value{{weight, height}, {weight, Blank("not_done")}} {
		holds, _ := rule.Eval(Input{Values: values})
		fmt.Println("fires:", holds.False())
	}
	// Output:
	// fires: true
	// fires: false
}

func TestRangeRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		comparator string
		values     []string
		item       string
		t          Type
		want       string // "" is refused
	}{
		{"GE", []string{"18"}, "AGE", Number, "AGE >= 18"},
		{"LT", []string{"37.50"}, "I.1", Number, "I.1 < 37.5"},
		{"IN", []string{"1", "2"}, "IT-1 x", Number, "`IT-1 x` in [1, 2]"},
		{"NOTIN", []string{"it's", "b"}, "T", Text, `!(T in ['it\'s', 'b'])`},
		{"LE", []string{"2024-02"}, "D", Date, "D <= @2024-02"},
		{"GT", []string{"10:30"}, "C", Time, "C > @T10:30"},
		{"EQ", []string{"1"}, "B", Bool, "B == true"},
		{"NE", []string{"99"}, "L", ListOf(Text), "all(x: L, x != '99')"},
		{"LT", []string{"true"}, "B", Bool, ""},
		{"GE", []string{"abc"}, "AGE", Number, ""},
		{"GE", []string{"1", "2"}, "AGE", Number, ""},
		{"GE", []string{""}, "AGE", Number, ""},
		{"IN", nil, "AGE", Number, ""},
		{"LIKE", []string{"1"}, "AGE", Number, ""},
	} {
		got, err := RangeRule(c.comparator, c.values, c.item, c.t)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %v: %q, %v, want %q", c.comparator, c.values, got, err, c.want)
		}
		if e, ok := errors.AsType[*casebook.Error](err); err != nil && (!ok || !strings.HasPrefix(e.Code, "rule.")) {
			t.Errorf("%s %v: %v", c.comparator, c.values, err)
		}
	}
}

func TestRefsAreKnownBeforeRunning(t *testing.T) {
	t.Parallel()
	scope := numbers("A", "B", "today")
	scope.Event = func(oid string) bool { return oid == "V1" }
	p, err := Compile("A + prev(A) + at('V1', B) +\n sum(each(B)) + A + sum(each(prev(A))) + `today`", scope)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Refs() {
		got = append(got, r.String()+" "+r.Type.String()+" "+r.Place)
	}
	want := []string{"A number column 1", "prev(A) number column 5", "at('V1', B) number column 15",
		"each(B) list of number line 2, column 6", "each(prev(A)) list of number line 2, column 25",
		"today number line 2, column 42"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"1 + nope":           "rule.unknown_name at column 5",
		"'头痛' + 1":           "rule.type at column 1",
		"'头痛' == ('😀' == 1)": "rule.type at column 14",
		"1 +\n  nope":        "rule.unknown_name at line 2, column 3",
		"1 < 2 < 3":          "rule.syntax at column 7",
	} {
		_, err := Compile(src, Scope{})
		if err == nil || err.Error() != want || casebook.KindOf(err) != casebook.Invalid {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}

func TestWrongInputIsBlankWithAWarning(t *testing.T) {
	t.Parallel()
	p, err := Compile("A + 1", numbers("A"))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := ParseValue(Text, "5")
	if v, warn := p.Eval(Input{Values: []Value{text}}); !v.IsBlank() || warn != WrongType {
		t.Error("a text for a number:", v, warn)
	}
	if v, warn := p.Eval(Input{}); !v.IsBlank() || warn != 0 {
		t.Error("no values:", v, warn)
	}
}

func TestOneProgramRunsInManyGoroutines(t *testing.T) {
	t.Parallel()
	p, err := Compile("sum(x: each(A), let y = x * 2; y + B) + count(each(A))", numbers("A", "B"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range int64(8) {
		wg.Go(func() {
			in := Input{Values: []Value{List(Number, Int(i), Int(2*i)), Int(1)}}
			want := fmt.Sprint(6*i + 4)
			for range 500 {
				if v, _ := p.Eval(in); v.String() != want {
					t.Errorf("got %s, want %s", v, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestValuesReadBack(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		for k, d := range v.Data {
			typ := typeNamed(d[0])
			first, ok := ParseValue(typ, d[1])
			second, again := ParseValue(typ, first.String())
			if !ok || !again || first.String() != second.String() {
				t.Errorf("%s: %s: %q → %q → %q", v.Name, k, d[1], first, second)
			}
			p, err := Compile(first.Literal(), Scope{})
			if err != nil {
				t.Errorf("%s: the literal %s: %v", v.Name, first.Literal(), err)
				continue
			}
			if third, _ := p.Eval(Input{}); third.String() != first.String() {
				t.Errorf("%s: %s read back as %s", v.Name, first.Literal(), third)
			}
		}
	}
	for _, name := range []string{"a", "I.1", "IT-1 x", "today", "年龄", "a`b\\c\n"} {
		if _, err := Compile(Quote(name), numbers(name)); err != nil {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

// fuzzScope has a name of every type.
var fuzzScope = Scope{
	Item: func(name string) (Type, bool) {
		t, ok := map[string]Type{"n": Number, "m": Number, "b": Bool, "t": Text, "d": Date, "w": DateTime, "c": Time, "i": Instant,
			"l": ListOf(Text), "k": ListOf(Number)}[name]
		return t, ok
	},
	Event: func(oid string) bool { return oid == "V1" || oid == "V2" },
}

// fuzzValue is a value of type t, sometimes blank, of which salt chooses one.
func fuzzValue(t Type, salt int) Value {
	choices := map[Type][]string{
		Number: {"", "0", "-1.5", "36.6", strings.Repeat("9", 34), "9223372036854775807", "0." + strings.Repeat("0", 63) + "1"},
		Bool:   {"", "true", "false"},
		Text:   {"", "a", "头痛😀", "120", "2024-02-29", "e\u0301"},
		Date:   {"", "2024", "2024-02", "2024-02-29", "0001-01-01", "9999-12-31"},
		Time:   {"", "10", "10:30", "23:59:59.999"}, DateTime: {"", "2024", "2024-03-10T02:30", "9999-12-31T23:59:59"},
		Instant: {"", "2024-03-10T07:30:00Z", "0001-01-01T00:00:00Z"},
	}[t.Elem()]
	v, _ := ParseValue(t.Elem(), choices[salt%len(choices)])
	if t.IsList() {
		return List(t.Elem(), v, Value{}, v)
	}
	return v
}

func evalAny(t *testing.T, src string, salt int) {
	p, err := Compile(src, fuzzScope)
	if err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Place == "" {
			t.Errorf("%q: %v", src, err)
		}
		return
	}
	in := Input{Zone: "America/New_York", Today: fuzzValue(Date, salt)}
	for i, r := range p.Refs() {
		in.Values = append(in.Values, fuzzValue(r.Type, salt+i))
	}
	start := time.Now()
	v, warn := p.Eval(in)
	if again, _ := p.Eval(in); again.String() != v.String() {
		t.Errorf("%q: %s, then %s", src, v, again)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%q took %v", src, took)
	}
	if v.t != Untyped && p.Type() != Untyped && !v.t.fits(p.Type()) {
		t.Errorf("%q has type %s, but is a %s", src, p.Type(), v.t)
	}
	if !v.IsBlank() && !v.t.IsList() {
		back, ok := ParseValue(v.t, v.String())
		if !ok || back.String() != v.String() {
			t.Errorf("%q is %q, which does not read back (%v)", src, v, warn)
		}
	}
}

func FuzzEval(f *testing.F) {
	for _, src := range []string{"n + m / 3 > 2 && !b", "any(x: k, x > 1)", "matches(t, '^[a-z]{2,3}(x|y)*$')", "let x = n; x * x",
		"age(d, today) >= 18", "instant(w, zone) < i", "sum(each(n)) in [1, null]", "`n` ? 1 : 2", "date(i, 'Asia/Shanghai')"} {
		f.Add(src, 3)
	}
	f.Fuzz(func(t *testing.T, src string, salt int) { evalAny(t, src, max(salt, 0)%1000) })
}

// Rules made at random from the grammar reach further into the evaluator than random bytes do.
func TestRandomRulesNeverPanic(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	compiled, rounds := 0, 30_000
	if testing.Short() {
		rounds = 5_000
	}
	for i := range rounds {
		src := randomRule(r, 1+r.IntN(4), Bool+Type(r.IntN(7)))
		if _, err := Compile(src, fuzzScope); err == nil {
			compiled++
		} else {
			t.Fatalf("%s\n%v", src, err)
		}
		evalAny(t, src, i)
	}
	if compiled < rounds {
		t.Errorf("only %d rules compiled", compiled)
	}
}

// Without the budget this takes minutes.
func TestCostIsBounded(t *testing.T) {
	t.Parallel()
	p, err := Compile("sum(a: k, sum(x: k, 1"+strings.Repeat("+x", 900)+"))", fuzzScope)
	if err != nil {
		t.Fatal(err)
	}
	long := make([]Value, maxList)
	for i := range long {
		long[i] = fuzzValue(Number, 4)
	}
	if v, warn := p.Eval(Input{Values: []Value{List(Number, long...)}}); !v.IsBlank() || warn&TooMuchWork == 0 {
		t.Error("a million rows of a thousand additions:", v, warn)
	}
}

func TestWantRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	p, err := Compile("n + 1", fuzzScope)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Want(Number); err != nil {
		t.Error(err)
	}
	if _, err := p.Want(Bool); err == nil {
		t.Error("a number passes for a bool")
	}
}
