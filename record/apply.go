package record

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/check"
	"casebook/i18n"
	"casebook/odm"
)

// Context is what a save depends on beyond the form itself.
type Context struct {
	Actor  casebook.UserID
	Now    time.Time
	Reason string
	Today  check.Value                 // the subject's day
	Zone   string                      // the subject's time zone
	Others func(check.Ref) check.Value // values of other forms and visits; nil when the form's rules reach none
	Open   []Query                     // the system queries of this form that stand, or that people settled
	NewID  func() string

	Country string // of the subject's site, as the study writes it; "" when it is not known

	// Watch, where it is not nil, hears of every rule that is evaluated: its kind, its ID, what it read in the order of its
	// references, and its outcome. It must not keep read.
	Watch func(kind, id string, read []check.Value, outcome check.Value)

	at Key // the form at hand
}

// Outcome is a form as a save leaves it, and the change that the ledger will hold.
type Outcome struct {
	Form   *Form
	Before Change // the old values of what changed
	After  Change

	by    *Study // that worked it out
	newID func() string
}

// Apply works out a save: types, conflicts, reason for change, computed values, findings. It changes nothing: cur is
// the form as it stands (Version 0 for a new one) and expect the version that the caller last saw, or -1 when the
// caller does not say. A failing check never refuses a value; only what cannot be the item's value is refused.
func (s *Study) Apply(cur *Form, expect int64, changes []Value, in Context) (*Outcome, error) {
	a, err := s.applying(cur, in, len(changes))
	if err != nil {
		return nil, err
	}
	if err := a.take(expect, changes); err != nil {
		return nil, err
	}
	a.settle()
	return a.out, nil
}

// applying begins to work on a form: it counts as saved once more, with nothing changed.
func (s *Study) applying(cur *Form, in Context, changes int) (a applying, err error) {
	f := s.forms[cur.Form]
	if f == nil {
		return a, casebook.Fail(casebook.NotFound, "record.form_unknown", cur.Form)
	}
	if err := s.placed(cur.Key, f); err != nil {
		return a, err
	}
	in.at = cur.Key
	a = applying{s: s, f: f, cur: cur, in: in, out: &Outcome{Form: cur.clone(changes + len(f.methods)), by: s, newID: in.NewID}}
	a.out.After.Items = make([]Value, 0, changes)
	if len(f.methods) > 0 {
		a.out.After.Computed = make([]Value, 0, len(f.methods))
	}
	a.out.Form.Version++
	a.out.Form.Definition, a.out.Form.UpdatedAt = s.Number, in.Now
	a.out.Before.Definition, a.out.After.Definition = cur.Definition, s.Number
	return a, nil
}

// settle computes and judges the form as it is now.
func (a *applying) settle() {
	if a.out.Form.inactive(place{}) {
		a.rest()
		return
	}
	sh := a.f.lay(a.out.Form.Items, a.in, true)
	a.compute(sh)
	a.judge(sh)
	sh.done()
}

// placed checks that the version has the form in the event, and that repeat keys fit.
func (s *Study) placed(k Key, f *form) error {
	ev := s.events[k.Event]
	if ev == nil || !slices.ContainsFunc(ev.Forms, func(r odm.Ref) bool { return r.OID == k.Form }) {
		return casebook.Fail(casebook.NotFound, "record.event_form_unknown", k.Event, k.Form)
	}
	if !fitRepeat(k.EventRepeat) || !fitRepeat(k.FormRepeat) || !ev.Repeating && k.EventRepeat != "1" || !f.def.Repeating && k.FormRepeat != "1" {
		return casebook.Fail(casebook.NotFound, "record.repeat_unknown", strings.ToValidUTF8(k.EventRepeat, "\uFFFD"), strings.ToValidUTF8(k.FormRepeat, "\uFFFD"))
	}
	return nil
}

const maxRepeat = 100 // bytes of a repeat key

// fitRepeat reports whether key can name a repeat: it comes from addresses, where any byte may stand.
func fitRepeat(key string) bool {
	return key != "" && len(key) <= maxRepeat && utf8.ValidString(key) && !strings.ContainsFunc(key, unicode.IsControl)
}

// clone copies f, with room for more values.
func (f *Form) clone(more int) *Form {
	c := *f
	c.Items = append(make([]Kept, 0, len(f.Items)+more), f.Items...)
	return &c
}

func (f *Form) put(k Kept) {
	i, ok := f.search(k.at())
	switch {
	case ok && k.isEmpty():
		f.Items = slices.Delete(f.Items, i, i+1)
	case ok:
		f.Items[i] = k
	case !k.isEmpty():
		f.Items = slices.Insert(f.Items, i, k)
	}
}

type applying struct {
	s   *Study
	f   *form
	cur *Form
	in  Context
	out *Outcome
}

func (a *applying) kept(v Value) Kept { return Kept{v, a.in.Actor, a.in.Now, a.out.Form.Version} }

// take validates the changes and puts them into the form.
func (a *applying) take(expect int64, changes []Value) error {
	var conflicts Conflicts
	if p, ok := twice(changes); ok {
		return casebook.Fail(casebook.Unprocessable, "request.json.duplicate_name").At(p.String())
	}
	for _, v := range changes {
		if err := a.f.accept(v); err != nil {
			return err
		}
		old := a.cur.find(v.at())
		if old == nil && v.isEmpty() || old != nil && old.Value == v {
			continue // nothing changes
		}
		if len(a.cur.Asides) > 0 && a.cur.inactive(v.at()) {
			return casebook.Fail(casebook.Conflict, "record.inactive").At(v.at().String())
		}
		if old != nil && expect >= 0 && old.Version > expect {
			conflicts = append(conflicts, *old)
			continue
		}
		if old != nil && a.in.Reason == "" {
			return casebook.Fail(casebook.Unprocessable, "record.reason_required").At(v.at().String())
		}
		if old != nil {
			a.out.Before.Items = append(a.out.Before.Items, old.Value)
		}
		if len(a.cur.Items) > 0 {
			a.out.Form.put(a.kept(v))
		} else { // a new form is put in order once
			a.out.Form.Items = append(a.out.Form.Items, a.kept(v))
		}
		a.out.After.Items = append(a.out.After.Items, v)
	}
	if len(conflicts) > 0 {
		return conflicts
	}
	if len(a.cur.Items) == 0 {
		slices.SortFunc(a.out.Form.Items, func(x, y Kept) int { return comparePlaces(x.at(), y.at()) })
	}
	return nil
}

// twice returns a place that stands twice in changes. Few are compared with one another, which takes no memory.
func twice(changes []Value) (place, bool) {
	if len(changes) <= 64 {
		for i, v := range changes {
			for _, w := range changes[:i] {
				if w.Item == v.Item && w.Repeat == v.Repeat && w.Group == v.Group {
					return v.at(), true
				}
			}
		}
		return place{}, false
	}
	seen := make(map[place]bool, len(changes))
	for _, v := range changes {
		if seen[v.at()] {
			return v.at(), true
		}
		seen[v.at()] = true
	}
	return place{}, false
}

// accept checks one value against the definition. What is blinded no casebook takes.
func (f *form) accept(v Value) error { return f.fit(v, false) }

// fit checks one value of an item that is blinded, or of one that is not.
func (f *form) fit(v Value, blinded bool) error {
	slot, ok := f.slots[[2]string{v.Group, v.Item}]
	if !ok {
		return casebook.Fail(casebook.Unprocessable, "record.item_unknown", v.Item).At(v.at().String())
	}
	fd := &f.fields[slot]
	switch {
	case fd.Item.Blinded != blinded:
		return casebook.Fail(casebook.Unprocessable, "record.item_blinded", v.Item).At(v.at().String())
	case !fitRepeat(v.Repeat) || !fd.Group.Repeating && v.Repeat != "1":
		return casebook.Fail(casebook.Unprocessable, "record.repeat_unknown", v.Repeat, "").At(v.at().String())
	case fd.computed:
		return casebook.Fail(casebook.Unprocessable, "record.item_computed", v.Item).At(v.at().String())
	case v.Blank != "" && (v.Value != "" || !slices.Contains(blankReasons, v.Blank)):
		return casebook.Fail(casebook.Unprocessable, "record.blank_reason", v.Blank).At(v.at().String())
	}
	if err := fd.Item.Accept(v.Value, fd.list); err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			e = e.At(v.at().String())
			e.Kind = casebook.Unprocessable
			return e
		}
		return err
	}
	return nil
}

// compute takes what the form's methods gave from the sheet into the form.
func (a *applying) compute(sh *sheet) {
	for i := range a.f.methods {
		m := &a.f.methods[i]
		fd := &a.f.fields[m.slot]
		for row, repeat := range sh.repeats[fd.group] {
			v := Value{Group: fd.Group.OID, Repeat: repeat, Item: fd.Item.OID, Value: sh.cells[m.slot][row].String()}
			sh.filled[m.slot][row] = !v.isEmpty()
			old := a.out.Form.find(v.at())
			if old == nil && v.isEmpty() || old != nil && old.Value == v {
				continue
			}
			if old != nil {
				a.out.Before.Computed = append(a.out.Before.Computed, old.Value)
			}
			a.out.Form.put(a.kept(v))
			a.out.After.Computed = append(a.out.After.Computed, v)
		}
	}
}

// judge runs the form's checks, opens a query where one fails and closes its own where it holds again, and works out
// the form's state.
func (a *applying) judge(sh *sheet) {
	for i := range a.f.checks {
		r := &a.f.checks[i]
		fd := &a.f.fields[r.slot]
		for row, repeat := range sh.repeats[fd.group] {
			p := place{fd.Group.OID, repeat, fd.Item.OID}
			// A rule asks about its own item: with nothing there it has nothing to ask.
			fails := !sh.cells[r.slot][row].IsBlank() && sh.eval(r, fd.group, row).False()
			a.find(r, fd, p, fails)
		}
	}
	for _, q := range a.in.Open { // a repeat whose last value was cleared: no check runs there any more
		slot, ok := a.f.slots[[2]string{q.Group, q.Item}]
		if ok && q.standing() && !slices.Contains(sh.repeats[a.f.fields[slot].group], q.Repeat) {
			a.close(q)
		}
	}
	a.out.Form.State = a.state(sh)
}

func (a *applying) state(sh *sheet) string {
	form := a.out.Form
	switch {
	case len(form.Items) == 0:
		return Empty
	case sh.complete():
		return Complete
	}
	return Partial
}

func (a *applying) find(r *rule, fd *field, p place, fails bool) {
	if !fails && len(a.in.Open) == 0 {
		return
	}
	asks := func(q Query) bool { return q.Rule == r.id && q.at() == p }
	i := slices.IndexFunc(a.in.Open, func(q Query) bool { return asks(q) && q.standing() })
	switch {
	case fails && i < 0:
		value := ""
		if kept := a.out.Form.find(p); kept != nil {
			value = kept.Value.Value
		}
		// What somebody settled for this very value is not asked again; another value is another question.
		if slices.ContainsFunc(a.in.Open, func(q Query) bool { return asks(q) && !q.standing() && q.Value == value }) {
			return
		}
		q := Query{ID: a.in.NewID(), Group: p.group, Repeat: p.repeat, Item: p.item, Rule: r.id, Source: "system", State: Open,
			Text: r.message, Value: value, Key: a.cur.Key, Site: a.cur.Site, OpenedAt: a.in.Now, ChangedAt: a.in.Now}
		if len(q.Text) == 0 {
			q.Text = i18n.Texts("record.check_failed", fd.Item.Name, q.Value)
		}
		a.out.After.Opened = append(a.out.After.Opened, q)
	case !fails && i >= 0:
		a.close(a.in.Open[i])
	}
}

func (a *applying) close(q Query) {
	q.State, q.ChangedAt = Closed, a.in.Now
	a.out.After.Closed = append(a.out.After.Closed, q)
}

// Conflicts are the values that somebody else saved since the caller last looked, for the items the caller changes.
type Conflicts []Kept

func (c Conflicts) Error() string { return "record.conflict" }

// Unwrap gives the error's kind and text.
func (c Conflicts) Unwrap() error {
	return casebook.Fail(casebook.Stale, "record.conflict", len(c)).At(c[0].at().String())
}

// Computed names what the form's methods give, as group/item: nobody enters it.
func (s *Study) Computed(formOID string) []string {
	places := []string{}
	if f := s.forms[formOID]; f != nil {
		for _, m := range f.methods {
			places = append(places, f.fields[m.slot].Group.OID+"/"+f.fields[m.slot].Item.OID)
		}
	}
	return places
}

// Hidden names what the form's conditions hide now.
func (s *Study) Hidden(f *Form, in Context) []string {
	plan := s.forms[f.Form]
	if plan == nil {
		return []string{}
	}
	sh := plan.lay(f.Items, in, false)
	defer sh.done()
	return sh.hiddenPlaces()
}

// Place finds an item in a form, for input that names items alone: its group, and its OID as the definition holds it.
func (s *Study) Place(formOID, item string) (group, oid string, ok bool) {
	f := s.forms[formOID]
	if f == nil {
		return "", "", false
	}
	slot, ok := f.byItem[item]
	if !ok {
		return "", "", false
	}
	return f.fields[slot].Group.OID, f.fields[slot].Item.OID, true
}

// Repeats reports whether group is a repeating group of the form.
func (s *Study) Repeats(formOID, group string) bool {
	f := s.forms[formOID]
	return f != nil && slices.ContainsFunc(f.groups, func(g groupPlan) bool { return g.def.OID == group && g.def.Repeating })
}

// FormRepeats reports whether a form can be filled in more than once in one event.
func (s *Study) FormRepeats(formOID string) bool {
	f := s.forms[formOID]
	return f != nil && f.def.Repeating
}

// NewInstance completes the key of a form that comes in whole from a device: the repeat called id of the first event
// of the schedule that repeats and has the form, or else of the form itself if that repeats.
func (s *Study) NewInstance(k Key, id string) (Key, error) {
	f := s.forms[k.Form]
	if f == nil {
		return k, casebook.Fail(casebook.Invalid, "record.form_unknown", k.Form).At("/instrument")
	}
	if f.blinded { // a device is no place for what blinded people must not see
		return k, casebook.Fail(casebook.Invalid, "record.form_blinded", k.Form).At("/instrument")
	}
	k.EventRepeat, k.FormRepeat = "1", "1"
	for _, r := range s.Index.Schedule() {
		ev := s.events[r.OID]
		if ev == nil || !slices.ContainsFunc(ev.Forms, func(r odm.Ref) bool { return r.OID == k.Form }) {
			continue
		}
		k.Event = ev.OID
		switch {
		case ev.Repeating:
			k.EventRepeat = id
			return k, nil
		case f.def.Repeating:
			k.FormRepeat = id
			return k, nil
		}
	}
	return k, casebook.Fail(casebook.Invalid, "record.form_once", k.Form).At("/instrument")
}
