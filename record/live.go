package record

import (
	"cmp"
	"context"
	"slices"

	"casebook"
	"casebook/check"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
)

// step settles one question of a form: whether it is hidden, and what its method gives.
type step struct {
	slot   int
	hides  bool
	method *rule
}

// plan orders the form's conditions and methods, each after those that decide what it reads, so that one pass settles a
// sheet. Where conditions need each other's outcome there is no such order: they are asked from top to bottom, and the
// methods after them.
func (f *form) plan() {
	methods := map[int]*rule{}
	for i := range f.methods {
		methods[f.methods[i].slot] = &f.methods[i]
	}
	var steps []step
	var rules []check.Rule
	for slot := range f.fields {
		fd := &f.fields[slot]
		group := f.groups[fd.group].hidden
		st := step{slot: slot, hides: group != nil || fd.hidden != nil, method: methods[slot]}
		if !st.hides && st.method == nil {
			continue
		}
		r := check.Rule{Reads: slices.Concat(f.reads(group), f.reads(fd.hidden), f.reads(st.method))}
		if f.byItem[fd.Item.OID] == slot {
			r.Sets = fd.Item.OID
		}
		steps, rules = append(steps, st), append(rules, r)
	}
	if graph, err := check.NewGraph(rules); err == nil {
		for _, i := range graph.Order() {
			f.steps = append(f.steps, steps[i])
		}
		return
	}
	f.circles = true
	for _, st := range steps {
		f.steps = append(f.steps, step{slot: st.slot, hides: st.hides})
	}
	for i := range f.methods {
		f.steps = append(f.steps, step{slot: f.methods[i].slot, method: &f.methods[i]})
	}
}

// reads returns what a rule reads in the form itself.
func (f *form) reads(r *rule) (own []check.Ref) {
	if r == nil {
		return nil
	}
	for _, ref := range r.refs {
		if _, ok := f.byItem[ref.Name]; ok && ref.Visit == check.Here {
			own = append(own, ref)
		}
	}
	return own
}

// Rules are a form's rules as the engine in the browser takes them, with all that they read beyond the form.
type Rules struct {
	Today string             `json:"today"`
	Zone  string             `json:"zone"`
	Zones map[string][]int64 `json:"zones,omitempty"` // by name, see check.ZoneChanges
	Types map[string]string  `json:"types"`           // of the items that rules name or that the form asks
	Rules []LiveRule         `json:"rules"`
	Given map[string]Given   `json:"given,omitempty"` // by check.Ref.String: values of other forms and visits
}

// The kinds of a LiveRule.
const (
	Hides    = "hide"    // true or unknown hides the item, or the group where there is no item
	Demands  = "demand"  // true makes the item, or the group where there is no item, mandatory; false and unknown do not
	Computes = "compute" // gives the item's value
	Checks   = "check"   // false opens a query
)

// LiveRule is a rule at its place in a form.
type LiveRule struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Group   string   `json:"group"`
	Item    string   `json:"item,omitempty"`
	Source  string   `json:"source"`
	Message odm.Text `json:"message,omitempty"` // of a check, in the languages that the definition has
}

// Given is a value of another form or visit: canonical text, or the reason of a blank.
type Given struct {
	Value string `json:"value,omitempty"`
	Blank string `json:"blank,omitempty"`
}

// Rules returns the rules of a form for the browser; nil if it has none, or some that only the server can run: conditions
// in a circle, zones that a value names.
func (s *Study) Rules(formOID string, in Context) *Rules {
	f := s.forms[formOID]
	if f == nil || f.circles {
		return nil
	}
	out := &Rules{Today: in.Today.String(), Zone: in.Zone, Zones: map[string][]int64{}, Types: map[string]string{}, Rules: []LiveRule{}, Given: map[string]Given{}}
	for i := range f.fields {
		out.Types[f.fields[i].Item.OID] = f.fields[i].typ.String()
	}
	all := true
	f.each(func(kind string, r *rule, group, item string) {
		all = all && out.add(f, in, LiveRule{kind, r.id, group, item, r.prog.Source(), r.message}, r)
	})
	if !all || len(out.Rules) == 0 {
		return nil
	}
	return out
}

// each visits the rules of a form, those that decide others' values first.
func (f *form) each(visit func(kind string, r *rule, group, item string)) {
	for i := range f.groups {
		g := &f.groups[i]
		if g.hidden != nil {
			visit(Hides, g.hidden, g.def.OID, "")
		}
		if g.needed != nil {
			visit(Demands, g.needed, g.def.OID, "")
		}
	}
	for i := range f.fields {
		if fd := &f.fields[i]; fd.hidden != nil {
			visit(Hides, fd.hidden, fd.Group.OID, fd.Item.OID)
		}
		if fd := &f.fields[i]; fd.needed != nil {
			visit(Demands, fd.needed, fd.Group.OID, fd.Item.OID)
		}
	}
	for i := range f.methods {
		m := &f.methods[i]
		visit(Computes, m, f.fields[m.slot].Group.OID, f.fields[m.slot].Item.OID)
	}
	for i := range f.checks {
		c := &f.checks[i]
		visit(Checks, c, f.fields[c.slot].Group.OID, f.fields[c.slot].Item.OID)
	}
}

// add takes a rule in with what it reads. It reports false if only the server can run it.
func (out *Rules) add(f *form, in Context, live LiveRule, r *rule) bool {
	zones, known := r.prog.Zones()
	for _, name := range zones {
		name = cmp.Or(name, in.Zone)
		if changes, ok := check.ZoneChanges(name); ok {
			out.Zones[name] = changes
		}
	}
	for _, ref := range r.refs {
		if out.Types[ref.Name] = ref.Type.Elem().String(); ref.Type.IsList() && !ref.Each {
			out.Types[ref.Name] = ref.Type.String()
		}
		if _, own := f.byItem[ref.Name]; (ref.Visit != check.Here || !own) && in.Others != nil {
			v := in.Others(ref)
			out.Given[ref.String()] = Given{v.String(), v.Reason()}
		}
	}
	out.Rules = append(out.Rules, live)
	return known
}

// Disagreed is the verb of a difference between the browser's outcome of a form's rules and the server's. Ref: Key.Ref;
// New: []Disagreement. The server's outcome is the one that counts.
const Disagreed = "record.rules.disagreed"

// Disagreement is one outcome that the browser had otherwise than the server.
type Disagreement struct {
	Kind   string `json:"kind"`  // Hides, Computes or Checks
	Place  string `json:"place"` // group/repeat, or group/repeat/item
	Rule   string `json:"rule,omitempty"`
	Client string `json:"client"`
	Server string `json:"server"`
}

const (
	maxDisagreements = 50
	maxDisagreement  = 1_000 // bytes of one
)

// Disagree records that a browser came to another outcome: a data-quality event, never a value. It changes nothing else.
func (s *Service) Disagree(ctx context.Context, k Key, all []Disagreement) error {
	st, err := s.Study(ctx, k.Study)
	if err != nil {
		return err
	}
	if len(all) == 0 || len(all) > maxDisagreements {
		return casebook.Fail(casebook.Unprocessable, "record.disagreements", maxDisagreements)
	}
	for _, d := range all {
		if !slices.Contains([]string{Hides, Computes, Checks}, d.Kind) || len(d.Place)+len(d.Rule)+len(d.Client)+len(d.Server) > maxDisagreement {
			return casebook.Fail(casebook.Unprocessable, "record.disagreements", maxDisagreements).At(d.Kind)
		}
	}
	return s.ledger.Write(ctx, k.Study, func(w *ledger.Writer) error {
		subject, err := patient.Find(ctx, w.Tx, k.Study, k.Subject)
		if err != nil {
			return err
		}
		st := st.At(subject.Site)
		f := st.forms[k.Form]
		if f == nil {
			return casebook.Fail(casebook.NotFound, "record.form_unknown", k.Form)
		}
		if err := st.placed(k, f); err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: Disagreed, Site: subject.Site, Subject: k.Subject, Ref: k.Ref(), New: ledger.Text(all)})
		return nil
	})
}
