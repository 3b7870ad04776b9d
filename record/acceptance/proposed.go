package acceptance

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"casebook/record"
)

// proposed is a table of values, or a case where several values differ.
type proposed struct {
	step    Step
	item    string // of a table; "" of a case
	title   string
	with    []Entry
	rows    []row
	queries []record.Running
}

type row struct {
	value  string
	expect []Expectation
}

// keep makes rows of a table of what was chosen where one input differs, and cases else.
func (p *proposer) keep(r record.Running, step Step, with []Entry, inputs []string, chosen []trial) {
	for _, t := range chosen {
		item, title, given, value := inputs[0], "", with, t.values[0]
		if len(inputs) > 1 {
			item, title = "", p.title(r, t)
			given, value = entries(with, inputs, t.values), ""
		}
		key := step.Event + "\x00" + step.Form + "\x00" + item
		for _, e := range given {
			key += "\x00" + e.Item + "\x00" + e.Value
		}
		at := p.tables[key]
		if at == nil {
			at = &proposed{step: step, item: item, title: title, with: given}
			p.tables[key], p.order = at, append(p.order, at)
		}
		if r.Kind == record.Checks && !slices.ContainsFunc(at.queries, func(q record.Running) bool { return q.ID == r.ID }) {
			at.queries = append(at.queries, r)
		}
		i := slices.IndexFunc(at.rows, func(w row) bool { return w.value == value })
		if i < 0 {
			i = len(at.rows)
			at.rows = append(at.rows, row{value: value, expect: p.asked(step, at, value)})
		}
		for _, e := range p.expected(r, step, at, value) {
			if !slices.Contains(at.rows[i].expect, e) {
				at.rows[i].expect = append(at.rows[i].expect, e)
			}
		}
	}
}

// title says what a case is about.
func (p *proposer) title(r record.Running, t trial) string {
	switch {
	case r.Kind == record.Computes:
		return p.name(r.Items[0]) + " is computed: " + cmp.Or(t.told.String(), "blank")
	case r.Kind == record.Hides && t.told.False():
		return p.name(r.Items[0]) + " is shown"
	case r.Kind == record.Hides:
		return p.name(r.Items[0]) + " is hidden"
	case t.told.False():
		return p.name(r.Items[0]) + ": " + r.Message.In(p.lang)
	}
	return p.name(r.Items[0]) + ": nothing to ask"
}

// name is what people call an item or a group.
func (p *proposer) name(oid string) string {
	if it := p.st.Index.Item(oid); it != nil {
		return cmp.Or(it.Question.In(p.lang), it.Name, oid)
	}
	if g := p.st.Index.Group(oid); g != nil {
		return cmp.Or(g.Description.In(p.lang), g.Name, oid)
	}
	return oid
}

func (p *proposer) filled(step Step, at *proposed, value string) (*record.View, []string) {
	step.Enter = at.with
	if at.item != "" {
		step.Enter = entries(at.with, []string{at.item}, []string{value})
	}
	r := &runner{st: p.st, c: &Case{}, book: &record.Casebook{}, expected: map[record.Key][]string{}}
	now := mustDay(defaultToday).Add(12 * time.Hour)
	r.in = record.Context{Now: now, Today: record.Today(now), Zone: "UTC", NewID: func() string { r.ids++; return strconv.Itoa(r.ids) }}
	r.step(&step)
	k := step.key()
	return p.st.Look(r.book, k, r.in), standing(r.book.Queries[k])
}

// asked are the queries of a row, as expectations.
func (p *proposer) asked(step Step, at *proposed, value string) (all []Expectation) {
	_, queries := p.filled(step, at, value)
	for _, q := range queries {
		item, number := ofQuery(q)
		all = append(all, Expectation{Name: Name{Item: item}, Word: Query, Value: number})
	}
	return all
}

// expected is what a condition or method does in a row.
func (p *proposer) expected(r record.Running, step Step, at *proposed, value string) (all []Expectation) {
	view, _ := p.filled(step, at, value)
	for _, name := range r.Items {
		v := valueAt(p.st, step.Form, Name{Item: name})
		e := Expectation{Name: Name{Item: name}}
		switch r.Kind {
		case record.Hides:
			place := v.Group + "/" + v.Repeat
			e.Word = Shown
			if slices.Contains(view.Hidden, place) || v.Item != "" && slices.Contains(view.Hidden, place+"/"+v.Item) {
				e.Word = Hidden
			}
		case record.Computes:
			if e.Word, e.Value = Is, valueIn(view.Form, v); e.Value == "" {
				e.Word = IsBlank
			}
		default:
			if _, computed := p.method(step.Form, name); !computed {
				continue
			}
			e.Word, e.Value = Is, valueIn(view.Form, v)
		}
		all = append(all, e)
	}
	return all
}
