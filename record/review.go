package record

import (
	"context"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Reviewed is the verb of source data verification and of reviews. Ref: Key.Ref; New: reviewBody.
const Reviewed = "record.reviewed"

// Kind is what for somebody looked at values.
type Kind string

// The kinds of review. Only source data verification follows a plan; the others look at every value.
const (
	SDV     Kind = "sdv"     // compared with the source
	Medical Kind = "medical" // read by a physician
	Data    Kind = "data"    // read by data management
)

// Kinds are all of them.
var Kinds = []Kind{SDV, Medical, Data}

// Mark says that somebody has looked at a value: the one that the form's version Version brought. When the value has
// changed since, the mark stays and is seen to be old.
type Mark struct {
	Group   string          `json:"g"`
	Repeat  string          `json:"r"`
	Item    string          `json:"i"`
	Version int64           `json:"v"`
	By      casebook.UserID `json:"b,omitempty"`
	At      int64           `json:"t,omitzero"` // microseconds since 1970 UTC
}

func (m Mark) at() place { return place{m.Group, m.Repeat, m.Item} }

// Review are the marks of one kind on one form.
type Review struct {
	Key
	Kind      Kind
	Site      casebook.SiteID
	Version   int64 // of the form, when the last mark was made
	Plan      int64 // the plan then in force
	Done      bool  // everything that must be looked at was, then
	Marks     []Mark
	ChangedAt time.Time
}

type reviewKey struct {
	Key
	kind Kind
}

// reviewBody is what one step changed.
type reviewBody struct {
	Kind    Kind   `json:"kind"`
	Version int64  `json:"version"`
	Plan    int64  `json:"plan"`
	Done    bool   `json:"done"`
	Marks   []Mark `json:"marks,omitempty"`
	Taken   []Mark `json:"taken,omitempty"` // marks taken back
}

// Look is a step of a review: marks on some values of a form or, without Items, on all that need one.
type Look struct {
	Key
	Kind   Kind
	Seen   int64 // the version of the form that the reviewer had before them
	Items  []Value
	Undo   bool
	Reason string
}

// MarkState is how one value stands in a review.
type MarkState struct {
	Value
	Required bool
	Mark     *Mark
	Changed  bool // since it was marked
}

// Need reports whether the value still waits to be looked at.
func (m *MarkState) Need() bool { return m.Required && (m.Mark == nil || m.Changed) }

// Standing lays a review over the form as it is.
func (r *Review) Standing(f *Form, plan *Plan) []MarkState {
	states := make([]MarkState, 0, len(f.Items))
	for _, k := range f.Items {
		s := MarkState{Value: k.Value, Required: r.Kind != SDV || plan.Requires(f.Study, f.Site, f.Subject, f.Key.Form, k.Item)}
		if i := slices.IndexFunc(r.Marks, func(m Mark) bool { return m.at() == k.at() }); i >= 0 {
			s.Mark, s.Changed = &r.Marks[i], r.Marks[i].Version < k.Version
		}
		states = append(states, s)
	}
	return states
}

// ReviewOf returns the marks of a kind on a form; there may be none.
func ReviewOf(ctx context.Context, tx *store.Tx, k Key, kind Kind) (*Review, error) {
	all, err := store.All(ctx, tx, scanReview(k.Study), `SELECT `+reviewColumns+` FROM record_review WHERE study_id = $1 AND subject_id = $2
		AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6 AND kind = $7`,
		k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat, kind)
	if err != nil || len(all) == 0 {
		return &Review{Key: k, Kind: kind}, err
	}
	return all[0], nil
}

const reviewColumns = `subject_id, event_oid, event_repeat, form_oid, form_repeat, kind, site_id, version, plan, done, marks, changed_at`

func scanReview(study casebook.StudyID) func(*store.Rows) (*Review, error) {
	return func(r *store.Rows) (*Review, error) {
		v := &Review{Key: Key{Study: study}}
		var marks string
		var done, at int64
		if err := r.Scan(&v.Subject, &v.Event, &v.EventRepeat, &v.Form, &v.FormRepeat, &v.Kind, &v.Site, &v.Version, &v.Plan, &done, &marks, &at); err != nil {
			return nil, err
		}
		v.Done, v.ChangedAt = done == 1, store.Time(at)
		return v, json.Unmarshal([]byte(marks), &v.Marks)
	}
}

// Review makes or takes back marks in the caller's write. It needs no stage and no signature, and changes none. Stale
// record.review_changed when a value is not the one that the reviewer saw.
func (s *Service) Review(ctx context.Context, w *ledger.Writer, in Look) (*Review, error) {
	if !slices.Contains(Kinds, in.Kind) {
		return nil, casebook.Fail(casebook.Unprocessable, "record.review_kind", in.Kind).At("kind")
	}
	subject, err := patient.Hold(ctx, w.Tx, in.Study, in.Subject) // two reviewers of one form must not overwrite each other
	if err != nil {
		return nil, err
	}
	form, err := load(ctx, w.Tx, in.Key)
	if err != nil {
		return nil, err
	}
	form.Site = subject.Site
	plan, err := PlanOf(ctx, w.Tx, in.Study)
	if err != nil {
		return nil, err
	}
	rev, err := ReviewOf(ctx, w.Tx, in.Key, in.Kind)
	if err != nil {
		return nil, err
	}
	rev.Site = subject.Site
	body := reviewBody{Kind: in.Kind, Version: form.Version, Plan: plan.Number}
	if err := rev.look(&body, in, form, &plan.Plan); err != nil {
		return nil, err
	}
	if len(body.Marks)+len(body.Taken) == 0 {
		return rev, nil
	}
	rev.take(&body, casebook.ActorFrom(ctx).User, w.Now)
	body.Done = !slices.ContainsFunc(rev.Standing(form, &plan.Plan), func(m MarkState) bool { return m.Need() })
	rev.Done = body.Done
	w.Record(ctx, ledger.Entry{What: Reviewed, Site: subject.Site, Subject: in.Subject, Ref: in.Ref(), New: ledger.Text(body), Reason: in.Reason})
	return rev, rev.keep(ctx, w)
}

// look works out which marks a step makes or takes back.
func (r *Review) look(body *reviewBody, in Look, form *Form, plan *Plan) error {
	chosen := func(v Value) bool {
		return slices.ContainsFunc(in.Items, func(w Value) bool { return w.at() == v.at() })
	}
	for _, v := range in.Items {
		if form.find(v.at()) == nil {
			return casebook.Fail(casebook.Unprocessable, "record.review_empty").At(v.at().String())
		}
	}
	for _, s := range r.Standing(form, plan) {
		kept := form.find(s.at())
		switch {
		case len(in.Items) > 0 && !chosen(s.Value), len(in.Items) == 0 && !in.Undo && !s.Need():
		case in.Undo && s.Mark != nil:
			body.Taken = append(body.Taken, Mark{Group: s.Group, Repeat: s.Repeat, Item: s.Item, Version: s.Mark.Version})
		case in.Undo:
		case kept.Version > in.Seen:
			return casebook.Fail(casebook.Stale, "record.review_changed").At(s.at().String())
		case s.Mark == nil || s.Changed:
			body.Marks = append(body.Marks, Mark{Group: s.Group, Repeat: s.Repeat, Item: s.Item, Version: kept.Version})
		}
	}
	return nil
}

// take applies a step.
func (r *Review) take(body *reviewBody, by casebook.UserID, at time.Time) {
	r.Version, r.Plan, r.Done, r.ChangedAt = body.Version, body.Plan, body.Done, at
	gone := func(m Mark) bool {
		same := func(n Mark) bool { return n.at() == m.at() }
		return slices.ContainsFunc(body.Taken, same) || slices.ContainsFunc(body.Marks, same)
	}
	r.Marks = slices.DeleteFunc(r.Marks, gone)
	for _, m := range body.Marks {
		m.By, m.At = by, store.Micros(at)
		r.Marks = append(r.Marks, m)
	}
	slices.SortFunc(r.Marks, func(a, b Mark) int { return comparePlaces(a.at(), b.at()) })
}

func (r *Review) keep(ctx context.Context, w *ledger.Writer) error {
	done := int64(0)
	if r.Done {
		done = 1
	}
	_, err := w.Exec(ctx, `INSERT INTO record_review(study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, kind, site_id, version, plan, done, marks, changed_at, release)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)
		ON CONFLICT (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, kind) DO UPDATE SET site_id = excluded.site_id, version = excluded.version,
			plan = excluded.plan, done = excluded.done, marks = excluded.marks, changed_at = excluded.changed_at, release = excluded.release`,
		r.Study, r.Subject, r.Event, r.EventRepeat, r.Form, r.FormRepeat, r.Kind, r.Site, r.Version, r.Plan, done, ledger.Text(r.Marks), store.Micros(r.ChangedAt), w.Release(r.Site))
	return err
}

// reviewed takes in a step of a review.
func (f *Fold) reviewed(key Key, e *ledger.Entry) error {
	var body reviewBody
	if err := json.Unmarshal([]byte(e.New), &body); err != nil {
		return err
	}
	at := reviewKey{key, body.Kind}
	r := f.reviews[at]
	if r == nil {
		r = &Review{Key: key, Kind: body.Kind}
		f.reviews[at] = r
	}
	r.Site = e.Site
	r.take(&body, e.Actor, e.At)
	return nil
}

func (f *Fold) compareReviews(ctx context.Context, tx *store.Tx) error {
	seen := 0
	err := tx.Each(ctx, func(rows *store.Rows) error {
		r, err := scanReview(f.study)(rows)
		if err != nil {
			return err
		}
		want := f.reviews[reviewKey{r.Key, r.Kind}]
		if want == nil || ledger.Text(want.Marks) != ledger.Text(r.Marks) || want.Version != r.Version || want.Plan != r.Plan || want.Done != r.Done || want.Site != r.Site {
			f.found("record_review", string(r.Subject)+" "+r.Ref()+" "+string(r.Kind), "it is not as the ledger holds it")
		}
		if want != nil {
			seen++
		}
		return nil
	}, `SELECT `+reviewColumns+` FROM record_review WHERE study_id = $1 ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat, kind`, f.study)
	if err == nil && seen < len(f.reviews) {
		f.found("record_review", "", "the ledger holds reviews that are not there")
	}
	return err
}
