package record

import (
	"maps"
	"slices"
	"strings"

	"casebook/check"
	"casebook/odm"
)

// Running is a rule of a version that runs.
type Running struct {
	Kind    string // Hides, Computes or Checks
	ID      string
	Source  string
	Refs    []check.Ref // what it reads, in the order in which Context.Watch tells of it
	Message odm.Text    // of a check
	Forms   []string    // where it runs
	// Items are where it stands: those that a check asks about, a condition hides, a method gives. A group that is hidden
	// stands for what is in it.
	Items []string
}

// Running lists the rules that run, each once: checks, conditions, methods, in the order of the definition.
func (s *Study) Running() []Running {
	var all []Running
	at := map[string]int{}
	add := func(form, kind string, r *rule, place string) {
		i, known := at[kind+r.id]
		if !known {
			i = len(all)
			at[kind+r.id] = i
			all = append(all, Running{Kind: kind, ID: r.id, Source: r.prog.Source(), Refs: r.refs, Message: r.message})
		}
		if !slices.Contains(all[i].Forms, form) {
			all[i].Forms = append(all[i].Forms, form)
		}
		if !slices.Contains(all[i].Items, place) {
			all[i].Items = append(all[i].Items, place)
		}
	}
	for i := range s.Version.Forms {
		f := s.forms[s.Version.Forms[i].OID]
		f.each(func(kind string, r *rule, group, item string) {
			if kind == Demands { // it gives no outcome of its own: a case says whether the form is complete
				return
			}
			place := item
			if place == "" {
				place = group
			}
			for _, part := range r.whole() {
				add(f.def.OID, kind, part, place)
			}
		})
	}
	rank := map[string]int{Checks: 0, Hides: 1, Computes: 2}
	slices.SortStableFunc(all, func(a, b Running) int { return rank[a.Kind] - rank[b.Kind] })
	return all
}

// Mutants are what could stand in the rule's place by mistake, see check.Mutants.
func (s *Study) Mutants(r Running) []check.Mutant { return check.Mutants(r.Source, s.programs.scope) }

// Outcome evaluates another source of the rule with what Context.Watch told that it read, if the source reads the same.
func (s *Study) Outcome(r Running, source string, read []check.Value, today check.Value) (check.Value, bool) {
	p, err := check.Compile(source, s.programs.scope)
	if err != nil || len(p.Refs()) > len(r.Refs) {
		return check.Value{}, false
	}
	var args []check.Value
	for _, ref := range p.Refs() {
		i := slices.IndexFunc(r.Refs, func(o check.Ref) bool {
			return o.Name == ref.Name && o.Visit == ref.Visit && o.Event == ref.Event && o.Each == ref.Each
		})
		if i < 0 {
			return check.Value{}, false
		}
		args = append(args, read[i])
	}
	v, _ := p.Eval(check.Input{Values: args, Today: today, Zone: "UTC"})
	return v, true
}

// Altered is the study with another source for one of its rules. The study itself stays as it is.
func (s *Study) Altered(r Running, source string) (*Study, error) {
	p, err := check.Compile(source, s.programs.scope)
	if err != nil {
		return nil, err
	}
	c, other := s.programs.clone(), *s
	c.s, other.forms, other.Kept = &other, map[string]*form{}, slices.Clip(s.Kept)
	switch r.Kind {
	case Checks:
		item := r.ID[:strings.LastIndexByte(r.ID, '#')]
		checks := slices.Clone(c.checks[item])
		for i := range checks {
			if checks[i].id == r.ID {
				checks[i].prog, checks[i].refs = p, p.Refs()
			}
		}
		c.checks[item] = checks
	case Hides:
		c.conditions[r.ID] = p
	case Computes:
		c.methods[r.ID] = p
	}
	for oid, f := range s.forms {
		other.forms[oid] = f
		if slices.Contains(r.Forms, oid) {
			other.forms[oid] = c.form(f.def)
		}
	}
	return &other, nil
}

func (c *compiler) clone() compiler {
	other := *c
	other.conditions, other.methods, other.checks = maps.Clone(c.conditions), maps.Clone(c.methods), maps.Clone(c.checks)
	return other
}

// whole is the rule, or the conditions that it was made of.
func (r *rule) whole() []*rule {
	if len(r.parts) > 0 {
		return r.parts
	}
	return []*rule{r}
}

// Program returns a rule of the version as it runs, by its kind and its name, see LiveRule; nil if it does not run. It is
// there whether a form asks the rule or not.
func (s *Study) Program(kind, id string) *check.Program {
	switch kind {
	case Hides:
		return s.programs.conditions[id]
	case Computes:
		return s.programs.methods[id]
	}
	for _, r := range s.programs.checks[id[:max(0, strings.LastIndexByte(id, '#'))]] {
		if r.id == id {
			return r.prog
		}
	}
	return nil
}
