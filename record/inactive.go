package record

import (
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Inactive is the state of a form that was set aside as a whole. What is inactive asks for nothing: it is not counted, not
// judged, not exported, and nobody enters there until somebody makes it active again.
const Inactive = "inactive"

// Part is what is made inactive of a form: a row of a repeating item group, or without a Group the form as a whole.
type Part struct {
	Group  string `json:"group,omitempty"`
	Repeat string `json:"repeat,omitempty"`
}

func (p Part) covers(at place) bool {
	return p.Group == "" || p.Group == at.group && p.Repeat == at.repeat
}

func (p Part) String() string {
	if p.Group == "" {
		return ""
	}
	return p.Group + "/" + p.Repeat
}

// Aside is an inactive part with the values that it had. In the ledger they are the Old of the entry that set it aside.
type Aside struct {
	Part
	Values []Value
	By     casebook.UserID
	At     time.Time
	Reason string
}

type docAside struct {
	Group  string          `json:"g,omitempty"`
	Repeat string          `json:"r,omitempty"`
	By     casebook.UserID `json:"by"`
	At     int64           `json:"at"`
	Reason string          `json:"why"`
	Values []Value         `json:"items"`
}

func docAsides(all []Aside) []docAside {
	out := make([]docAside, 0, len(all))
	for _, a := range all {
		out = append(out, docAside{a.Group, a.Repeat, a.By, store.Micros(a.At), a.Reason, a.Values})
	}
	return out
}

func (d docAside) aside() Aside {
	return Aside{Part{d.Group, d.Repeat}, d.Values, d.By, store.Time(d.At), d.Reason}
}

// inactive reports whether the form, or the row that a place lies in, is set aside.
func (f *Form) inactive(at place) bool {
	return slices.ContainsFunc(f.Asides, func(a Aside) bool { return a.covers(at) })
}

// Whole is the form with what was set aside back at its place: for whoever asks for all of it.
func (f *Form) Whole() *Form {
	c := f.clone(8)
	for _, a := range f.Asides {
		for _, v := range a.Values {
			c.put(Kept{v, a.By, a.At, f.Version})
		}
	}
	return c
}

// SetAside works out how a form stands with one part made inactive: its values go, with those that are computed there, and
// checks close what they asked. It changes nothing; see Apply. Errors, Conflict: record.part_inactive, record.part_empty.
func (s *Study) SetAside(cur *Form, p Part, in Context) (*Outcome, error) {
	a, err := s.applying(cur, in, len(cur.Items))
	switch {
	case err != nil:
		return nil, err
	case cur.inactive(place{p.Group, p.Repeat, ""}):
		return nil, casebook.Fail(casebook.Conflict, "record.part_inactive").At(p.String())
	}
	aside := Aside{Part: p, By: in.Actor, At: in.Now, Reason: in.Reason}
	for _, k := range cur.Items {
		if !p.covers(k.at()) {
			continue
		}
		aside.Values = append(aside.Values, k.Value)
		before, after := &a.out.Before.Items, &a.out.After.Items
		if slot, ok := a.f.slots[[2]string{k.Group, k.Item}]; ok && a.f.fields[slot].computed {
			before, after = &a.out.Before.Computed, &a.out.After.Computed
		}
		empty := Value{Group: k.Group, Repeat: k.Repeat, Item: k.Item}
		*before, *after = append(*before, k.Value), append(*after, empty)
		a.out.Form.put(a.kept(empty))
	}
	if len(aside.Values) == 0 {
		return nil, casebook.Fail(casebook.Conflict, "record.part_empty").At(p.String())
	}
	a.out.After.Off = []Part{p}
	a.out.Form.Asides = append(slices.Clip(cur.Asides), aside)
	a.settle()
	return a.out, nil
}

// TakeBack works out how a form stands with an inactive part made active again: the values that people had entered come
// back, what is computed is computed, and checks ask again. Errors: Conflict record.part_active.
func (s *Study) TakeBack(cur *Form, p Part, in Context) (*Outcome, error) {
	a, err := s.applying(cur, in, len(cur.Items))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(cur.Asides, func(a Aside) bool { return a.Part == p })
	if i < 0 || p.Group != "" && cur.inactive(place{}) {
		return nil, casebook.Fail(casebook.Conflict, "record.part_active").At(p.String())
	}
	a.out.Form.Asides = slices.Delete(slices.Clone(cur.Asides), i, i+1)
	a.out.After.On = []Part{p}
	for _, v := range cur.Asides[i].Values {
		if slot, ok := a.f.slots[[2]string{v.Group, v.Item}]; ok && a.f.fields[slot].computed {
			continue
		}
		a.out.Form.put(a.kept(v))
		a.out.After.Items = append(a.out.After.Items, v)
	}
	a.settle()
	return a.out, nil
}

// rest leaves an inactive form: nothing is computed there, and what checks asked is closed.
func (a *applying) rest() {
	for _, q := range a.in.Open {
		if q.standing() {
			a.close(q)
		}
	}
	a.out.Form.State = Inactive
}

// Switch makes a part of a form inactive or active again in the caller's write, by the version that the subject's site works
// by. Queries of people about what becomes inactive end with it. A reason must be given.
func (s *Service) Switch(ctx context.Context, w *ledger.Writer, st *Study, k Key, p Part, active bool, reason string) (*Outcome, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, casebook.Fail(casebook.Unprocessable, "record.reason_required").At("reason")
	}
	out, queries, err := s.change(ctx, w, st, k, reason, func(st *Study, cur *Form, in Context) (*Outcome, error) {
		if p.Group != "" && !st.Repeats(k.Form, p.Group) {
			return nil, casebook.Fail(casebook.NotFound, "record.part_unknown", p.String()).At("group")
		}
		if active {
			return st.TakeBack(cur, p, in)
		}
		return st.SetAside(cur, p, in)
	})
	if err != nil || active {
		return out, err
	}
	return out, endTalk(ctx, w, p, queries, reason)
}

// endTalk ends what people ask about a part that is inactive now.
func endTalk(ctx context.Context, w *ledger.Writer, p Part, queries []Query, reason string) error {
	for _, q := range queries {
		if q.Source == "system" || !q.standing() || !p.covers(q.at()) {
			continue
		}
		action := Close
		if q.State == Candidate {
			action = Cancel
		}
		if len(reason) > maxSaid {
			reason = strings.ToValidUTF8(reason[:maxSaid], "")
		}
		if _, err := Take(ctx, w, q, Step{Subject: q.Key.Subject, ID: q.ID, Action: action, Text: reason}); err != nil {
			return err
		}
	}
	return nil
}

// switched takes in which parts an entry made inactive or active.
func (f *Form) switched(c *Change, e *ledger.Entry) error {
	if len(c.On) > 0 {
		f.Asides = slices.DeleteFunc(f.Asides, func(a Aside) bool { return slices.Contains(c.On, a.Part) })
	}
	if len(c.Off) == 0 {
		return nil
	}
	var before Change
	if err := json.Unmarshal([]byte(e.Old), &before); err != nil {
		return err
	}
	values := append(before.Items, before.Computed...)
	slices.SortFunc(values, func(a, b Value) int { return comparePlaces(a.at(), b.at()) })
	for _, p := range c.Off {
		aside := Aside{Part: p, By: e.Actor, At: e.At, Reason: e.Reason}
		for _, v := range values {
			if p.covers(v.at()) {
				aside.Values = append(aside.Values, v)
			}
		}
		f.Asides = append(f.Asides, aside)
	}
	return nil
}
