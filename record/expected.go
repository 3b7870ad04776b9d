package record

import (
	"context"

	"casebook"
	"casebook/odm"
	"casebook/store"
)

// Expected is what the conditions of the schedule say of a visit, or of a form of one, in a casebook as it stands.
type Expected struct {
	Hidden    bool // it is not to be filled in: its condition is true, or nobody can tell yet
	Mandatory bool // it is, by the reference or by a condition that is true
}

// Conditional reports whether a condition stands at any visit or form of the schedule. Where none does, nobody need read
// casebooks to know what is expected.
func (s *Study) Conditional() bool {
	at := func(r odm.Ref) bool { return r.Hidden+r.MandatoryWhen != "" }
	for _, r := range s.Version.EventRefs {
		if at(r) {
			return true
		}
	}
	for i := range s.Version.Events {
		for _, r := range s.Version.Events[i].Forms {
			if at(r) {
				return true
			}
		}
	}
	return false
}

// Expects is what ref, which asks for the visit or form at a place, says of it in a casebook of these forms.
func (s *Study) Expects(ref odm.Ref, at Key, forms []*Form, in Context) (e Expected) {
	e.Mandatory = ref.Mandatory
	if ref.Hidden+ref.MandatoryWhen == "" {
		return e
	}
	in.at, in.Others = at, s.others(&Form{Key: at}, forms)
	sh := &sheet{f: &form{}, in: in}
	if p := s.programs.conditions[ref.Hidden]; p != nil {
		e.Hidden = !sh.eval(&rule{kind: Hides, id: ref.Hidden, prog: p, refs: p.Refs()}, -1, 0).False()
	}
	if p := s.programs.conditions[ref.MandatoryWhen]; p != nil {
		e.Mandatory = e.Mandatory || sh.eval(&rule{kind: Demands, id: ref.MandatoryWhen, prog: p, refs: p.Refs()}, -1, 0).True()
	}
	e.Mandatory = e.Mandatory && !e.Hidden
	return e
}

// FormsOf returns the forms of the subjects from the one to the other, as they stand.
func FormsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, from, to casebook.SubjectID) (map[casebook.SubjectID][]*Form, error) {
	all := map[casebook.SubjectID][]*Form{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		f := &Form{Key: Key{Study: study}}
		var doc string
		if err := r.Scan(&f.Subject, &f.Event, &f.EventRepeat, &f.Form, &f.FormRepeat, &doc); err != nil {
			return err
		}
		all[f.Subject] = append(all[f.Subject], f)
		return f.decode(doc)
	}, `SELECT subject_id, event_oid, event_repeat, form_oid, form_repeat, doc FROM record_form WHERE study_id = $1 AND subject_id BETWEEN $2 AND $3
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat`, study, from, to)
	return all, err
}
