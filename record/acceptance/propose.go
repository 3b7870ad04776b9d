package acceptance

import (
	"io"
	"slices"
	"strings"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// Propose writes cases at the boundaries of the rules of a version: of what its rules name, the values next to it, and
// those that tell a rule from its mutants. What they expect is what the version does, so they test nothing until somebody
// has read them. Rules that read other forms or visits, or repeats, are named and left to people.
func Propose(w io.Writer, st *record.Study, lang string) error {
	p := &proposer{st: st, rules: st.Running(), lang: lang, tables: map[string]*proposed{}}
	for _, r := range p.rules {
		if !p.rule(r) {
			p.left = append(p.left, r)
		}
	}
	return p.write(w)
}

type proposer struct {
	st     *record.Study
	rules  []record.Running
	lang   string
	tables map[string]*proposed
	order  []*proposed
	left   []record.Running
}

// rule proposes cases for one rule.
func (p *proposer) rule(r record.Running) bool {
	step, ok := p.place(r.Forms[0])
	if !ok {
		return false
	}
	inputs, ok := p.inputs(r, step.Form)
	if !ok || len(inputs) == 0 {
		return false
	}
	var with []Entry
	for _, in := range append(slices.Clone(inputs), r.Items...) {
		if with, ok = p.show(step, in, with, inputs, 0); !ok && r.Kind != record.Hides {
			return false
		}
	}
	with = slices.DeleteFunc(with, func(e Entry) bool { return slices.Contains(inputs, e.Item) })
	trials := p.try(r, step, with, inputs)
	chosen := p.choose(r, trials)
	if len(chosen) == 0 {
		return false
	}
	p.keep(r, step, with, inputs, chosen)
	return true
}

// place is where the schedule asks a form first.
func (p *proposer) place(form string) (Step, bool) {
	for _, ref := range p.st.Index.Schedule() {
		if ev := p.st.Index.Event(ref.OID); ev != nil && slices.ContainsFunc(ev.Forms, func(r odm.Ref) bool { return r.OID == form }) {
			return Step{Event: ev.OID, EventRepeat: "1", Form: form, FormRepeat: "1"}, true
		}
	}
	return Step{}, false
}

// inputs are the items that people fill in to decide a rule: what it reads, and what the methods read that compute that.
func (p *proposer) inputs(r record.Running, form string) (all []string, ok bool) {
	var names []string
	if r.Kind == record.Checks {
		names = append(names, r.Items[0])
	}
	for _, ref := range r.Refs {
		if ref.Visit != check.Here || ref.Each || ref.Type.IsList() {
			return nil, false
		}
		names = append(names, ref.Name)
	}
	for _, name := range names {
		if _, _, asked := p.st.Place(form, name); !asked {
			return nil, false
		}
		method, computed := p.method(form, name)
		switch {
		case computed && method.ID == r.ID:
			return nil, false
		case computed:
			more, ok := p.inputs(method, form)
			if !ok {
				return nil, false
			}
			names = append(names, more...)
		}
	}
	for _, name := range names {
		if _, computed := p.method(form, name); !computed {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), true
}

func (p *proposer) method(form, item string) (record.Running, bool) {
	i := slices.IndexFunc(p.rules, func(r record.Running) bool {
		return r.Kind == record.Computes && slices.Contains(r.Forms, form) && slices.Contains(r.Items, item)
	})
	if i < 0 {
		return record.Running{}, false
	}
	return p.rules[i], true
}

// show adds to what is entered until an item is shown: answers to the questions that its conditions, and those of its
// group, read. but are not to be touched.
func (p *proposer) show(step Step, item string, with []Entry, but []string, depth int) ([]Entry, bool) {
	if !p.hidden(step, item, with) {
		return with, true
	}
	group, _, _ := p.st.Place(step.Form, item)
	for _, r := range p.rules {
		if depth > 3 || r.Kind != record.Hides || !slices.Contains(r.Forms, step.Form) || !slices.Contains(r.Items, item) && !slices.Contains(r.Items, group) {
			continue
		}
		for _, ref := range r.Refs {
			if _, _, asked := p.st.Place(step.Form, ref.Name); !asked || slices.ContainsFunc(with, func(e Entry) bool { return e.Item == ref.Name }) {
				continue
			}
			before, _ := p.show(step, ref.Name, with, but, depth+1)
			for _, value := range p.candidates(r, ref.Name) {
				if given := append(slices.Clip(before), Entry{Name: Name{Item: ref.Name}, Value: value}); !p.hidden(step, item, given) {
					return given, true
				}
			}
		}
	}
	return with, false
}

func (p *proposer) hidden(step Step, item string, with []Entry) bool {
	step.Enter, step.Expect = with, []Expectation{{Name: Name{Item: item}, Word: Shown}}
	for _, f := range run(p.st, &Case{Steps: []Step{step}}, nil) {
		if strings.HasSuffix(f.What, " is not shown") {
			return true
		}
	}
	return false
}
