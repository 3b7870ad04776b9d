package check

import (
	"errors"
	"fmt"
	"strings"

	"casebook"

	"github.com/go-json-experiment/json"
)

// A Vector is one line of the specification: a rule, what it runs on, and what must come out.
type Vector struct {
	Name  string              `json:"name"`
	Expr  string              `json:"expr"`
	Data  map[string][]string `json:"data,omitzero"` // by Ref.String: type, canonical text, reason if blank
	Today string              `json:"today,omitzero"`
	Zone  string              `json:"zone,omitzero"`
	Type  string              `json:"type,omitzero"`
	Want  *string             `json:"want,omitzero"` // canonical text; nil is blank or unknown
	Warn  string              `json:"warn,omitzero"`
	Error string              `json:"error,omitzero"` // the code of the refusal
}

// ParseVectors reads a JSON array of vectors.
func ParseVectors(b []byte) ([]Vector, error) {
	var all []Vector
	if err := json.Unmarshal(b, &all, json.RejectUnknownMembers(true)); err != nil {
		return nil, invalid("rule.data", err.Error())
	}
	return all, nil
}

// TypeNamed returns the type that String names so.
func TypeNamed(name string) (Type, bool) {
	elem, list := strings.CutPrefix(name, "list of ")
	for t := Untyped; t <= Instant; t++ {
		if t.String() == elem {
			if list {
				return ListOf(t), true
			}
			return t, true
		}
	}
	return Untyped, false
}

// Differs says how v's outcome is not the one it wants, or "".
func (v Vector) Differs() string {
	p, err := Compile(v.Expr, v.scope())
	if e, refused := errors.AsType[*casebook.Error](err); refused {
		if e.Code != v.Error {
			return "refused with " + e.Error() + ", want " + v.Error
		}
		return ""
	}
	if v.Error != "" {
		return "accepted, want " + v.Error
	}
	if p.Type().String() != v.Type {
		return "has type " + p.Type().String() + ", want " + v.Type
	}
	in, err := v.input(p)
	if err != nil {
		return err.Error()
	}
	got, warn := p.Eval(in)
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

// scope offers the names that v's data mention, and two events.
func (v Vector) scope() Scope {
	types := map[string]Type{}
	for k, d := range v.Data {
		if len(d) == 0 {
			continue
		}
		t, _ := TypeNamed(d[0])
		name, each := refName(k)
		if each {
			t = t.Elem()
		}
		types[name] = t
	}
	return Scope{
		Item:  func(name string) (Type, bool) { t, ok := types[name]; return t, ok },
		Event: func(oid string) bool { return oid == "V1" || oid == "V2" },
	}
}

func (v Vector) input(p *Program) (Input, error) {
	today, ok := ParseValue(Date, v.Today)
	if !ok {
		return Input{}, fmt.Errorf("today %q is no date", v.Today)
	}
	in := Input{Today: today, Zone: v.Zone, Values: make([]Value, len(p.refs))}
	for i, r := range p.refs {
		d := v.Data[r.String()]
		switch len(d) {
		case 0:
		case 3:
			in.Values[i] = Blank(d[2])
		default:
			t, known := TypeNamed(d[0])
			if in.Values[i], ok = ParseValue(t, d[len(d)-1]); !ok || !known {
				return in, fmt.Errorf("%s: %q is no %s", r, d[len(d)-1], d[0])
			}
		}
	}
	return in, nil
}

// String writes r as the source does.
func (r Ref) String() string {
	s := r.Name
	switch r.Visit {
	case Prev:
		s = "prev(" + s + ")"
	case First:
		s = "first(" + s + ")"
	case Last:
		s = "last(" + s + ")"
	case At:
		s = "at('" + r.Event + "', " + s + ")"
	}
	if r.Each {
		s = "each(" + s + ")"
	}
	return s
}

// refName returns the name in what Ref.String writes, and whether it stands in each.
func refName(ref string) (name string, each bool) {
	each = strings.HasPrefix(ref, "each(")
	for {
		open := strings.IndexByte(ref, '(')
		if open < 0 || !strings.HasSuffix(ref, ")") {
			return ref, each
		}
		ref = ref[open+1 : len(ref)-1]
		if _, after, found := strings.Cut(ref, "', "); found {
			ref = after
		}
	}
}

// RefName is the item that a reference names, for callers who hold values by what Ref.String writes.
func RefName(ref string) string {
	name, _ := refName(ref)
	return name
}
