package acceptance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// defaultToday is the day of a case that names none: a case must not depend on when it is run.
const defaultToday = "2026-01-15"

func day(text string) (time.Time, bool) {
	at, err := time.Parse(time.DateOnly, text)
	return at, err == nil
}

// watcher hears of rules that are evaluated, see record.Context.
type watcher func(kind, id string, read []check.Value, outcome check.Value)

// run fills in one case by a version and returns what is otherwise than expected.
func run(st *record.Study, c *Case, watch watcher) []Failure {
	r := &runner{st: st, c: c, book: &record.Casebook{}, expected: map[record.Key][]string{}}
	now, _ := day(defaultToday)
	if at, ok := day(c.Today); ok {
		now = at
	}
	now = now.Add(12 * time.Hour)
	r.in = record.Context{Actor: "case", Now: now, Reason: c.Title, Today: record.Today(now), Zone: "UTC", Country: c.Country, Watch: watch,
		NewID: func() string { r.ids++; return strconv.Itoa(r.ids) }}
	for i := range c.Steps {
		r.step(&c.Steps[i])
	}
	r.atTheEnd()
	return r.failures
}

type runner struct {
	st       *record.Study
	c        *Case
	in       record.Context
	book     *record.Casebook
	ids      int
	keys     []record.Key // of the forms that steps name, in their order
	expected map[record.Key][]string
	failures []Failure
}

func (r *runner) fail(line int, format string, args ...any) {
	r.failures = append(r.failures, Failure{r.c.File, r.c.Title, line, fmt.Sprintf(format, args...)})
}

func (s *Step) key() record.Key {
	return record.Key{Study: "CASE", Subject: "CASE", Event: s.Event, EventRepeat: s.EventRepeat, Form: s.Form, FormRepeat: s.FormRepeat}
}

// step enters the values, those that must be refused one by one, and looks.
func (r *runner) step(s *Step) {
	k := s.key()
	refused := func(e *Entry) bool {
		return slices.ContainsFunc(s.Expect, func(x Expectation) bool { return x.Word == Refused && x.Name == e.Name && x.Line == e.Line })
	}
	var values []record.Value
	for i := range s.Enter {
		e := &s.Enter[i]
		v := valueAt(r.st, s.Form, e.Name)
		v.Value, v.Blank = e.Value, e.Blank
		if !refused(e) {
			values = append(values, v)
		} else if r.st.Save(r.book, k, []record.Value{v}, r.in) == nil {
			r.fail(e.Line, "%s takes %q, which should be refused", e.Name, e.Value)
		}
	}
	if len(values) > 0 {
		if err := r.st.Save(r.book, k, values, r.in); err != nil {
			r.fail(s.Line, "it is refused: %s", told(err))
		}
	}
	r.look(s, k)
}

// look compares a form with what the step expects of it.
func (r *runner) look(s *Step, k record.Key) {
	view := r.st.Look(r.book, k, r.in)
	expected := []string{}
	for _, e := range s.Expect {
		v := valueAt(r.st, s.Form, e.Name)
		at := v.Group + "/" + v.Repeat
		place := at + "/" + v.Item
		hidden := slices.Contains(view.Hidden, at) || v.Item != "" && slices.Contains(view.Hidden, place)
		is := valueIn(view.Form, v)
		switch {
		case e.Word == Query:
			expected = append(expected, place+"#"+e.Value)
		case e.Word == Hidden && !hidden, e.Word == Shown && hidden:
			r.fail(e.Line, "%s is not %s", e.Name, e.Word)
		case e.Word == Is && is != e.Value, e.Word == IsBlank && is != "":
			r.fail(e.Line, "%s is %q, not %q", e.Name, is, e.Value)
		case (e.Word == Complete || e.Word == Partial) && view.Form.State != string(e.Word):
			r.fail(e.Line, "the form is %s, not %s", view.Form.State, e.Word)
		}
	}
	slices.Sort(expected)
	if _, known := r.expected[k]; !known {
		r.keys = append(r.keys, k)
	}
	r.expected[k] = expected
	r.queries(s.Line, k, expected)
}

// queries compares what is asked in a form: no more and no less.
func (r *runner) queries(line int, k record.Key, expected []string) {
	asked := standing(r.book.Queries[k])
	for _, q := range asked {
		if !slices.Contains(expected, q) {
			r.fail(line, "in %s, %s asks, which no line expects", k.Form, name(q))
		}
	}
	for _, q := range expected {
		if !slices.Contains(asked, q) {
			r.fail(line, "in %s, %s does not ask", k.Form, name(q))
		}
	}
}

// atTheEnd looks once more at what is asked in all forms: what was entered later may have changed it.
func (r *runner) atTheEnd() {
	if len(r.failures) > 0 {
		return
	}
	for k := range r.book.Queries {
		if _, known := r.expected[k]; !known {
			r.keys = append(r.keys, k)
		}
	}
	for _, k := range r.keys {
		r.queries(r.c.Line, k, r.expected[k])
	}
}

// standing are the queries that are asked, as group/repeat/item#number.
func standing(queries []record.Query) (all []string) {
	for _, q := range queries {
		if q.State != record.Closed {
			all = append(all, q.Group+"/"+q.Repeat+"/"+q.Rule)
		}
	}
	// A rule is called by its item: group/repeat/ITEM#4.
	slices.Sort(all)
	return all
}

// ofQuery is which check of which item asks.
func ofQuery(query string) (item, number string) {
	_, rule, _ := strings.Cut(query[strings.Index(query, "/")+1:], "/")
	i := strings.LastIndexByte(rule, '#')
	return rule[:i], rule[i+1:]
}

// name says a query as a case would.
func name(query string) string {
	item, number := ofQuery(query)
	return "query " + number + " of " + item
}

// valueAt is where a name of a case stands in a form, with no value. A name without a group is the form's first item of
// that name, or else a group.
func valueAt(st *record.Study, form string, n Name) record.Value {
	v := record.Value{Group: n.Group, Repeat: n.Repeat, Item: n.Item}
	if v.Repeat == "" {
		v.Repeat = "1"
	}
	if v.Group == "" {
		group, item, ok := st.Place(form, n.Item)
		if !ok {
			return record.Value{Group: n.Item, Repeat: v.Repeat}
		}
		v.Group, v.Item = group, item
	}
	return v
}

func valueIn(f *record.Form, at record.Value) string {
	for _, k := range f.Items {
		if k.Group == at.Group && k.Repeat == at.Repeat && k.Item == at.Item {
			return k.Value.Value
		}
	}
	return ""
}

// fits refuses what a version does not have: a case that names it would expect nothing.
func (s *Suite) fits(st *record.Study) error {
	for i := range s.Cases {
		for j := range s.Cases[i].Steps {
			if err := s.Cases[i].Steps[j].fits(s.Name, st); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Step) fits(file string, st *record.Study) error {
	ev := st.Index.Event(s.Event)
	if ev == nil || !slices.ContainsFunc(ev.Forms, func(r odm.Ref) bool { return r.OID == s.Form }) {
		return invalid(file, s.Line, "acceptance.unknown", s.Event+" / "+s.Form)
	}
	for _, e := range s.Enter {
		if v := valueAt(st, s.Form, e.Name); v.Item == "" || !asks(st, s.Form, v) {
			return invalid(file, e.Line, "acceptance.unknown", e.Name)
		}
	}
	for _, e := range s.Expect {
		v := valueAt(st, s.Form, e.Name)
		switch e.Word {
		case Complete, Partial:
			continue
		case Query:
			if n, err := strconv.Atoi(e.Value); err != nil || v.Item == "" || n < 1 || n > len(st.Index.Item(v.Item).Checks) {
				return invalid(file, e.Line, "acceptance.unknown", e)
			}
		case Is, IsBlank, Refused:
			if v.Item == "" {
				return invalid(file, e.Line, "acceptance.unknown", e.Name)
			}
		}
		if !asks(st, s.Form, v) {
			return invalid(file, e.Line, "acceptance.unknown", e.Name)
		}
	}
	return nil
}

// asks reports whether a form asks an item in a group, or has the group.
func asks(st *record.Study, form string, v record.Value) bool {
	return slices.ContainsFunc(st.Index.FormItems(form), func(fi odm.FormItem) bool {
		return fi.Group.OID == v.Group && (v.Item == "" || fi.Item.OID == v.Item)
	})
}
