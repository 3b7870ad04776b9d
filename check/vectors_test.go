package check

import (
	"os"
	"strings"
	"testing"
	_ "time/tzdata" // the vectors must not depend on the machine's zones

	"casebook"

	"github.com/go-json-experiment/json"
)

// vector is one line of the specification.
type vector struct {
	Name  string              `json:"name"`
	Expr  string              `json:"expr"`
	Data  map[string][]string `json:"data"` // by reference as the source writes it: type, canonical text, reason if blank
	Today string              `json:"today"`
	Zone  string              `json:"zone"`
	Type  string              `json:"type"`
	Want  *string             `json:"want"` // canonical text; null is blank or unknown
	Warn  string              `json:"warn"`
	Error string              `json:"error"` // the code of the refusal
}

func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	return all
}

func typeNamed(name string) Type {
	if elem, ok := strings.CutPrefix(name, "list of "); ok {
		return ListOf(typeNamed(elem))
	}
	for t := Untyped; t <= Instant; t++ {
		if t.String() == name {
			return t
		}
	}
	panic("no type " + name)
}

// key writes a reference as the keys of a vector's data do.
func key(r Ref) string {
	k := r.Name
	switch r.Visit {
	case Prev:
		k = "prev(" + k + ")"
	case First:
		k = "first(" + k + ")"
	case Last:
		k = "last(" + k + ")"
	case At:
		k = "at('" + r.Event + "', " + k + ")"
	}
	if r.Each {
		k = "each(" + k + ")"
	}
	return k
}

// scope offers the names that a vector's data mention.
func (v vector) scope() Scope {
	types := map[string]Type{}
	for k, d := range v.Data {
		t := typeNamed(d[0])
		if strings.HasPrefix(k, "each(") {
			t = t.Elem()
		}
		for {
			open := strings.IndexByte(k, '(')
			if open < 0 || !strings.HasSuffix(k, ")") {
				break
			}
			k = k[open+1 : len(k)-1]
			if _, after, found := strings.Cut(k, "', "); found {
				k = after
			}
		}
		types[k] = t
	}
	return Scope{
		Item:  func(name string) (Type, bool) { t, ok := types[name]; return t, ok },
		Event: func(oid string) bool { return oid == "V1" || oid == "V2" },
	}
}

func (v vector) input(t *testing.T, p *Program) Input {
	t.Helper()
	today, ok := ParseValue(Date, v.Today)
	if !ok {
		t.Fatalf("today %q", v.Today)
	}
	in := Input{Today: today, Zone: v.Zone, Values: make([]Value, len(p.refs))}
	for i, r := range p.refs {
		d, ok := v.Data[key(r)]
		if !ok {
			continue
		}
		if len(d) == 3 {
			in.Values[i] = Blank(d[2])
			continue
		}
		if in.Values[i], ok = ParseValue(typeNamed(d[0]), d[1]); !ok {
			t.Fatalf("%s: %q is no %s", key(r), d[1], d[0])
		}
	}
	return in
}

// differs says how v fails, or "".
func (v vector) differs(t *testing.T) string {
	t.Helper()
	p, err := Compile(v.Expr, v.scope())
	if err != nil {
		code := err.(*casebook.Error).Code
		if code != v.Error {
			return "refused with " + err.Error() + ", want " + v.Error
		}
		return ""
	}
	if v.Error != "" {
		return "accepted, want " + v.Error
	}
	if p.Type().String() != v.Type {
		return "has type " + p.Type().String() + ", want " + v.Type
	}
	got, warn := p.Eval(v.input(t, p))
	switch {
	case warn.String() != v.Warn:
		return "warns of " + warn.String() + ", want " + v.Warn
	case v.Want == nil && !got.IsBlank():
		return "is " + got.Literal() + ", want a blank"
	case v.Want != nil && (got.IsBlank() || got.String() != *v.Want):
		return "is " + got.Literal() + ", want " + *v.Want
	}
	return ""
}

// It runs before the parallel tests go on, as it breaks the arithmetic that they share.
func TestVectorsCatchBrokenRounding(t *testing.T) {
	for name, broken := range map[string]rounding{
		"half away": halfAway,
		"down":      toZero,
		"half down": func(_ bool, half int) bool { return half > 0 },
		"up":        func(bool, int) bool { return true },
	} {
		arithmetic = broken
		caught := 0
		for _, v := range vectors(t) {
			if v.differs(t) != "" {
				caught++
			}
		}
		arithmetic = halfEven
		if caught == 0 {
			t.Errorf("no vector notices rounding %s", name)
		}
		t.Logf("rounding %s: %d vectors fail", name, caught)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	if len(all) < 600 {
		t.Fatalf("only %d vectors", len(all))
	}
	for _, v := range all {
		if d := v.differs(t); d != "" {
			t.Errorf("%s\n\t%s\n\t%s", v.Name, v.Expr, d)
		}
	}
}
