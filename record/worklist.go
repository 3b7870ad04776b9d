package record

import (
	"context"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/store"
)

// WorkFilter selects forms that a review has still to look at.
type WorkFilter struct {
	Kind     Kind
	AllSites bool
	Sites    []casebook.SiteID
	Subject  casebook.SubjectID
	Form     string
	Limit    int
	After    string // Work.Cursor of the page before
}

// Work is a form that waits for a reviewer.
type Work struct {
	Key
	Site      casebook.SiteID
	State     string
	Version   int64
	UpdatedAt time.Time
	Required  int // values that must be looked at
	Need      int // those that still wait
	Changed   int // those among them that were looked at and have changed since
}

// Cursor is where the list goes on after this form.
func (w *Work) Cursor() string { return string(w.Subject) + "/" + w.Ref() }

// workStep is how many forms are looked at before the plan is asked about them.
const workStep = 200

// WorkList lists the forms that wait for a review, by subject and form. Forms for which the plan asks nothing are passed
// over without reading their values.
func WorkList(ctx context.Context, tx *store.Tx, study casebook.StudyID, f WorkFilter) ([]Work, error) {
	plan, err := PlanOf(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	found := []Work{}
	for {
		page, err := f.step(ctx, tx, study, plan.Number)
		if err != nil {
			return nil, err
		}
		for _, w := range page {
			f.After = w.Cursor()
			if err := w.weigh(ctx, tx, f.Kind, &plan.Plan); err != nil {
				return nil, err
			}
			if w.Need > 0 {
				found = append(found, w)
			}
			if len(found) == f.Limit {
				return found, nil
			}
		}
		if len(page) < workStep {
			return found, nil
		}
	}
}

// weigh counts what waits on a form.
func (w *Work) weigh(ctx context.Context, tx *store.Tx, kind Kind, plan *Plan) error {
	if kind == SDV && len(plan.Items) == 0 && !plan.Requires(w.Study, w.Site, w.Subject, w.Form, "") {
		return nil
	}
	form, err := load(ctx, tx, w.Key)
	if err != nil {
		return err
	}
	form.Site = w.Site
	review, err := ReviewOf(ctx, tx, w.Key, kind)
	if err != nil {
		return err
	}
	for _, s := range review.Standing(form, plan) {
		switch {
		case !s.Required:
			continue
		case s.Changed:
			w.Changed++
			fallthrough
		case s.Mark == nil:
			w.Need++
		}
		w.Required++
	}
	return nil
}

// step reads the next forms that are newer than their review, or whose review was not done or followed another plan.
func (f *WorkFilter) step(ctx context.Context, tx *store.Tx, study casebook.StudyID, plan int64) ([]Work, error) {
	args := []any{study, f.Kind}
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	where := ""
	if !f.AllSites {
		marks := []string{"''"}
		for _, site := range f.Sites {
			marks = append(marks, arg(site))
		}
		where += " AND f.site_id IN (" + strings.Join(marks, ",") + ")"
	}
	if f.Subject != "" {
		where += " AND f.subject_id = " + arg(f.Subject)
	}
	if f.Form != "" {
		where += " AND f.form_oid = " + arg(f.Form)
	}
	if subject, ref, ok := strings.Cut(f.After, "/"); ok {
		k, _ := ParseRef(study, casebook.SubjectID(subject), ref)
		where += " AND (f.subject_id, f.event_oid, f.event_repeat, f.form_oid, f.form_repeat) > (" +
			strings.Join([]string{arg(subject), arg(k.Event), arg(k.EventRepeat), arg(k.Form), arg(k.FormRepeat)}, ",") + ")"
	}
	if f.Kind != SDV {
		plan = 0
	}
	return store.All(ctx, tx, func(r *store.Rows) (w Work, err error) {
		var at int64
		w.Study = study
		err = r.Scan(&w.Subject, &w.Event, &w.EventRepeat, &w.Form, &w.FormRepeat, &w.Site, &w.State, &w.Version, &at)
		w.UpdatedAt = store.Time(at)
		return w, err
	}, `SELECT f.subject_id, f.event_oid, f.event_repeat, f.form_oid, f.form_repeat, f.site_id, f.state, f.version, f.updated_at
		FROM record_form f LEFT JOIN record_review r ON r.study_id = f.study_id AND r.subject_id = f.subject_id AND r.event_oid = f.event_oid
			AND r.event_repeat = f.event_repeat AND r.form_oid = f.form_oid AND r.form_repeat = f.form_repeat AND r.kind = $2
		WHERE f.study_id = $1 AND f.state NOT IN ('empty', 'inactive') AND (r.version IS NULL OR r.version < f.version OR r.done = 0 OR r.plan < `+arg(plan)+`)`+where+`
		ORDER BY f.subject_id, f.event_oid, f.event_repeat, f.form_oid, f.form_repeat LIMIT `+arg(workStep), args...)
}

// ReviewsOf returns a casebook's reviews of a kind, by form.
func ReviewsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (map[string][]*Review, error) {
	all, err := store.All(ctx, tx, scanReview(study), `SELECT `+reviewColumns+` FROM record_review WHERE study_id = $1 AND subject_id = $2
		ORDER BY event_oid, event_repeat, form_oid, form_repeat, kind`, study, subject)
	of := map[string][]*Review{}
	for _, r := range all {
		of[r.Ref()] = append(of[r.Ref()], r)
	}
	return of, err
}

// Standings are a casebook's stages and signatures.
type Standings struct {
	Stages     []StageOf
	Signatures []Signature
}

// StandingsOf returns what is frozen, locked and signed of a casebook, and of the study as far as it covers it.
func StandingsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (s Standings, err error) {
	if s.Stages, err = stages(ctx, tx, study, subject); err == nil {
		s.Signatures, err = signatures(ctx, tx, study, subject)
	}
	return s, err
}

// Stage is how closed the part at path is.
func (s *Standings) Stage(subject casebook.SubjectID, path string) Stage {
	return effective(s.Stages, subject, path)
}

// Signature is the newest signature over the part at path: one that holds before one that is void. nil when there is none.
func (s *Standings) Signature(subject casebook.SubjectID, path string) *Signature {
	var best *Signature
	for i := range s.Signatures {
		sig := &s.Signatures[i]
		if sig.covers(subject, path) && (best == nil || sig.VoidAt.IsZero() || !best.VoidAt.IsZero()) {
			best = sig
		}
	}
	return best
}

// Holds reports whether a signature still stands for what is there now: that it is not void, and that its digest is that
// of the values in its scope. One that was copied from another record does not.
func Holds(ctx context.Context, tx *store.Tx, s *Signature) (bool, error) {
	forms, err := formsIn(ctx, tx, s.Scope)
	return err == nil && s.VoidAt.IsZero() && contentOf(s.Scope, forms) == s.Content, err
}
