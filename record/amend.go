package record

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
)

// Spot is a value at its place in a casebook.
type Spot struct {
	Ref string `json:"ref"` // of the form
	Value
}

// Recomputed is a value that a method gives otherwise by the other version.
type Recomputed struct {
	Ref string `json:"ref"`
	Old Value  `json:"old"` // empty where there was none
	New Value  `json:"new"` // empty where there is none any more
}

// AskedOf is a query of a check.
type AskedOf struct {
	Ref  string `json:"ref"`
	Rule string `json:"rule"`
	Spot Value  `json:"place"` // with the value asked about
}

// Moved is what becomes of a casebook when it goes over to another version. No value is lost: what goes out of view stays
// in the casebook and in the ledger, and is in view again when the casebook goes back.
type Moved struct {
	Subject    casebook.SubjectID `json:"subject"`
	To         int64              `json:"to"`
	Forms      int                `json:"forms"`            // that went over
	Lost       []Spot             `json:"lost,omitempty"`   // out of view
	Shown      []Spot             `json:"shown,omitempty"`  // in view again
	Opened     []AskedOf          `json:"opened,omitempty"` // checks that fire
	Closed     []AskedOf          `json:"closed,omitempty"` // checks that do not any more
	Computed   []Recomputed       `json:"computed,omitempty"`
	Signatures []string           `json:"signatures,omitempty"` // ids of those that are void now
	Marks      []Spot             `json:"marks,omitempty"`      // verified against the source, and to be verified again
	Reopened   []string           `json:"reopened,omitempty"`   // paths of what was frozen or locked and is open now
	Unfinished []string           `json:"unfinished,omitempty"` // forms that were complete
	Visits     []string           `json:"visits,omitempty"`     // events that the other version did not schedule
}

// Behind returns up to limit subjects of a site, after one, that have forms by another version than number.
func Behind(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, number int64, after casebook.SubjectID, limit int) ([]casebook.SubjectID, error) {
	return store.All(ctx, tx, func(r *store.Rows) (id casebook.SubjectID, err error) { err = r.Scan(&id); return id, err },
		`SELECT DISTINCT subject_id FROM record_form WHERE study_id = $1 AND site_id = $2 AND definition <> $3 AND state NOT IN ('empty', 'inactive') AND subject_id > $4
		ORDER BY subject_id LIMIT $5`, study, site, number, after, limit)
}

// Filled counts the casebooks of a site with values, and those of them that have forms by another version than number.
func Filled(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, number int64) (all, behind int, err error) {
	err = tx.Row(ctx, `SELECT count(DISTINCT subject_id), count(DISTINCT CASE WHEN definition <> $3 THEN subject_id END) FROM record_form
		WHERE study_id = $1 AND site_id = $2 AND state NOT IN ('empty', 'inactive')`, study, site, number).Scan(&all, &behind)
	return all, behind, err
}

// Amend lets a casebook go over to another version, or back, in the caller's write: each of its forms with values is
// judged by it, with one entry each. from are the versions that forms may come from. A study that is locked as a whole is
// Conflict record.locked.
func (s *Service) Amend(ctx context.Context, w *ledger.Writer, from map[int64]*Study, to *Study, id casebook.SubjectID, reason string) (*Moved, error) {
	subject, err := patient.Hold(ctx, w.Tx, w.Study, id)
	if err != nil {
		return nil, err
	}
	forms, err := casebookOf(ctx, w.Tx, w.Study, id)
	if err != nil {
		return nil, err
	}
	before, err := signatures(ctx, w.Tx, w.Study, id)
	if err != nil {
		return nil, err
	}
	a := &amending{s: s, w: w, from: from, to: to, reason: reason, moved: &Moved{Subject: id, To: to.Number}, meanings: map[int64]meaning{}}
	to.sortBySchedule(forms, to.order())
	events := map[string]bool{}
	for _, f := range forms {
		if f.Definition == to.Number || len(f.Items) == 0 {
			continue
		}
		f.Site = subject.Site
		if err := a.form(ctx, f); err != nil {
			return nil, err
		}
		for _, r := range to.Index.Schedule() {
			if from[f.Definition].events[r.OID] == nil {
				events[r.OID] = true
			}
		}
	}
	a.moved.Visits = slices.Sorted(maps.Keys(events))
	after, err := signatures(ctx, w.Tx, w.Study, id)
	for i, sig := range after {
		if before[i].VoidAt.IsZero() && !sig.VoidAt.IsZero() {
			a.moved.Signatures = append(a.moved.Signatures, sig.ID)
		}
	}
	return a.moved, err
}

// amending is one casebook on its way.
type amending struct {
	s        *Service
	w        *ledger.Writer
	from     map[int64]*Study
	to       *Study
	reason   string
	moved    *Moved
	meanings map[int64]meaning // by the version that forms come from
}

func (a *amending) form(ctx context.Context, f *Form) error {
	old := a.from[f.Definition]
	queries, err := queriesOf(ctx, a.w.Tx, f.Key)
	if err != nil {
		return err
	}
	was, err := a.s.inView(ctx, a.w.Tx, old, f)
	if err != nil {
		return err
	}
	out, err := a.judge(ctx, f, queries)
	if err != nil {
		return err
	}
	if a.meanings[f.Definition] == nil {
		a.meanings[f.Definition] = meaningOf(old.Version, a.to.Version)
	}
	a.redefine(out, a.meanings[f.Definition])
	if err := a.marks(ctx, f, out); err != nil {
		return err
	}
	places := out.After.places()
	if err := a.reopen(ctx, f, out, places); err != nil {
		return err
	}
	if err := voidChanged(ctx, a.w, out.Form, places); err != nil {
		return err
	}
	if err := write(ctx, a.w, out, a.reason); err != nil {
		return err
	}
	is, err := a.s.inView(ctx, a.w.Tx, a.to, out.Form)
	a.tell(f, out, was, is)
	return err
}

// judge works the form out by the other version. A form that it does not ask keeps its values and asks nothing.
func (a *amending) judge(ctx context.Context, f *Form, queries []Query) (*Outcome, error) {
	in, err := a.s.context(ctx, a.w.Tx, a.to, f)
	if err != nil {
		return nil, err
	}
	in.Reason = a.reason
	in.Open = asked(queries)
	out := &Outcome{Form: f.clone(0)}
	plan := a.to.forms[f.Form]
	if plan != nil && a.to.placed(f.Key, plan) == nil {
		if out, err = a.to.Apply(f, -1, nil, in); err != nil {
			return nil, err
		}
	} else {
		out.Form.Version++
		out.Form.Definition, out.Form.UpdatedAt = a.to.Number, in.Now
		out.Before.Definition, out.After.Definition, out.After.Items = f.Definition, a.to.Number, []Value{}
		plan = nil
	}
	for _, q := range in.Open { // what no check asks any more
		if q.standing() && !plan.asks(q) && !slices.ContainsFunc(out.After.Closed, func(c Query) bool { return c.ID == q.ID }) {
			q.State, q.ChangedAt = Closed, in.Now
			out.After.Closed = append(out.After.Closed, q)
		}
	}
	return out, nil
}

// asks reports whether the check of a query stands at its place in the form.
func (f *form) asks(q Query) bool {
	return f != nil && slices.ContainsFunc(f.checks, func(r rule) bool {
		return r.id == q.Rule && f.fields[r.slot].Group.OID == q.Group && f.fields[r.slot].Item.OID == q.Item
	})
}

// redefine marks the values that mean something else by the other version: what is signed or verified over them holds
// no longer, though the values stay.
func (a *amending) redefine(out *Outcome, m meaning) {
	changed := out.After.places()
	for i := range out.Form.Items {
		k := &out.Form.Items[i]
		if m.changes(a.to, k.Value) && !slices.Contains(changed, k.at()) {
			out.After.Redefined = append(out.After.Redefined, Value{Group: k.Group, Repeat: k.Repeat, Item: k.Item})
			k.Version = out.Form.Version
		}
	}
}

// marks tells which values were verified and are to be verified again.
func (a *amending) marks(ctx context.Context, f *Form, out *Outcome) error {
	review, err := ReviewOf(ctx, a.w.Tx, f.Key, SDV)
	for _, m := range review.Marks {
		kept, now := f.find(m.at()), out.Form.find(m.at())
		if kept != nil && m.Version >= kept.Version && (now == nil || m.Version < now.Version) {
			a.moved.Marks = append(a.moved.Marks, Spot{f.Ref(), kept.Value})
		}
	}
	return err
}

// reopen opens what is frozen or locked over what changes, by an entry for each part.
func (a *amending) reopen(ctx context.Context, f *Form, out *Outcome, places []place) error {
	closed, err := stages(ctx, a.w.Tx, f.Study, f.Subject)
	if err != nil {
		return err
	}
	for _, q := range out.After.Opened {
		places = append(places, q.at())
	}
	for _, st := range closed {
		if st.Stage == Editable || !slices.ContainsFunc(places, func(p place) bool { return st.covers(f.Subject, f.ItemPath(p.group, p.repeat, p.item)) }) {
			continue
		}
		if st.Subject == "" {
			return st.Stage.closed(f.Ref())
		}
		_, err := a.w.Exec(ctx, `UPDATE record_stage SET stage = $1, changed_by = $2, changed_at = $3, release = $4 WHERE study_id = $5 AND subject_id = $6 AND scope = $7`,
			Editable, casebook.ActorFrom(ctx).User, store.Micros(a.w.Now), a.w.Release(f.Site), f.Study, f.Subject, st.Path)
		if err != nil {
			return err
		}
		a.w.Record(ctx, ledger.Entry{What: StageChanged, Site: f.Site, Subject: f.Subject, Ref: st.Path, Old: ledger.Text(stageBody{st.Stage}),
			New: ledger.Text(stageBody{Editable}), Reason: a.reason})
		a.moved.Reopened = append(a.moved.Reopened, st.Path)
	}
	return nil
}

// tell adds to what became of the casebook.
func (a *amending) tell(f *Form, out *Outcome, was, is map[place]bool) {
	ref, m := f.Ref(), a.moved
	m.Forms++
	for _, k := range f.Items {
		switch p := k.at(); {
		case was[p] && !is[p]:
			m.Lost = append(m.Lost, Spot{ref, k.Value})
		case !was[p] && is[p]:
			m.Shown = append(m.Shown, Spot{ref, k.Value})
		}
	}
	for _, v := range out.After.Computed {
		r := Recomputed{Ref: ref, New: v}
		if kept := f.find(v.at()); kept != nil {
			r.Old = kept.Value
		}
		m.Computed = append(m.Computed, r)
	}
	asked := func(all []Query) (of []AskedOf) {
		for _, q := range all {
			of = append(of, AskedOf{ref, q.Rule, Value{Group: q.Group, Repeat: q.Repeat, Item: q.Item, Value: q.Value}})
		}
		return of
	}
	m.Opened, m.Closed = append(m.Opened, asked(out.After.Opened)...), append(m.Closed, asked(out.After.Closed)...)
	if f.State == Complete && out.Form.State != Complete {
		m.Unfinished = append(m.Unfinished, ref)
	}
}

// inView are the places of a form whose values a version shows.
func (s *Service) inView(ctx context.Context, tx *store.Tx, st *Study, f *Form) (map[place]bool, error) {
	plan, shown := st.forms[f.Form], map[place]bool{}
	if plan == nil || st.placed(f.Key, plan) != nil {
		return shown, nil
	}
	in, err := s.context(ctx, tx, st, f)
	if err != nil {
		return nil, err
	}
	hidden := map[string]bool{}
	for _, h := range st.Hidden(f, in) {
		hidden[h] = true
	}
	for _, k := range f.Items {
		if _, asked := plan.slots[[2]string{k.Group, k.Item}]; asked && !hidden[k.Group+"/"+k.Repeat] && !hidden[k.at().String()] {
			shown[k.at()] = true
		}
	}
	return shown, nil
}

func (s *Study) order() map[string]int {
	order := map[string]int{}
	for i, r := range s.Index.Schedule() {
		order[r.OID] = i
	}
	return order
}

// meaning is which items of a version mean something else by another: for "IT.SEX" any value, for "CL.SEX=1" the one code.
type meaning map[string]bool

func meaningOf(old, new *odm.Version) meaning {
	m := meaning{}
	for _, c := range odm.Diff(old, new) {
		if !slices.Contains(c.Impact, odm.BreaksSDV.Names()[0]) {
			continue
		}
		switch code, isCode := strings.CutPrefix(c.Field, "codes["); {
		case c.What == "ItemDef":
			m[c.OID] = true
		case c.What == "CodeList" && isCode:
			m[c.OID+"="+code[:strings.LastIndex(code, "]")]] = true
		}
	}
	return m
}

func (m meaning) changes(st *Study, v Value) bool {
	it := st.Index.Item(v.Item)
	return m[v.Item] || it != nil && v.Value != "" && m[it.CodeList+"="+v.Value]
}

var errTried = errors.New("record: nothing was to be kept")

// TryAmend is Amend of one casebook that keeps nothing: what it would do.
func (s *Service) TryAmend(ctx context.Context, study casebook.StudyID, from map[int64]*Study, to *Study, id casebook.SubjectID) (m *Moved, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		if m, err = s.Amend(ctx, w, from, to, id, "tried"); err == nil {
			err = errTried
		}
		return err
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return m, err
}
