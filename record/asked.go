package record

import (
	"casebook/check"
	"casebook/odm"
)

// Asked is one question of a form with its rules in the rule language, for a device that asks it while nobody can be
// reached.
type Asked struct {
	odm.FormItem
	List        *odm.CodeList // nil without one
	HidesGroup  string        // hides the question's group unless it is false; "" is never
	Hides       string        // likewise the question
	Demands     string        // makes it mandatory while it is true; "" is never
	Computation string        // gives the value; "" where people answer
	Checks      []AskedCheck
}

// AskedCheck is what must hold of an answer.
type AskedCheck struct {
	ID      string
	Holds   string
	Hard    bool
	Message odm.Text
}

// Asks returns the questions of a form in their order, or nothing for a form that the version does not have.
func (s *Study) Asks(formOID string) []Asked {
	f := s.forms[formOID]
	if f == nil {
		return nil
	}
	source := func(r *rule) string {
		if r == nil {
			return ""
		}
		return r.prog.Source()
	}
	all := make([]Asked, len(f.fields))
	for i, fd := range f.fields {
		all[i] = Asked{FormItem: fd.FormItem, List: fd.list, HidesGroup: source(f.groups[fd.group].hidden), Hides: source(fd.hidden), Demands: source(fd.needed)}
	}
	for i := range f.methods {
		all[f.methods[i].slot].Computation = f.methods[i].prog.Source()
	}
	for _, r := range f.checks {
		all[r.slot].Checks = append(all[r.slot].Checks, AskedCheck{r.id, r.prog.Source(), r.hard, r.message})
	}
	return all
}

// Rule compiles a rule about the study's items that yields true or false.
func (s *Study) Rule(src string) (*check.Program, error) {
	p, err := check.Compile(src, check.Scope{Item: func(name string) (check.Type, bool) {
		if it := s.Index.Item(name); it != nil {
			return it.RuleType(), true
		}
		return check.Untyped, false
	}})
	if err != nil {
		return nil, err
	}
	return p.Want(check.Bool)
}

// Evaluate runs a rule of Rule over a form; where the form hides a value, the rule sees a blank.
func (s *Study) Evaluate(f *Form, p *check.Program, in Context) check.Value {
	plan := s.forms[f.Form]
	if plan == nil {
		return check.Blank("")
	}
	sh := plan.lay(f.Items, in, false)
	defer sh.done()
	return sh.eval(&rule{prog: p, refs: p.Refs(), slot: -1}, -1, 0)
}
