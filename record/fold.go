package record

import (
	"context"
	"fmt"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Fold adds up a study's entries to the forms and queries that must stand in the tables: for verification, and for the
// casebook as of a moment.
type Fold struct {
	study   casebook.StudyID
	forms   map[Key]*Form
	queries map[string]*Query
	broken  []ledger.Finding

	ofSubject  map[casebook.SubjectID][]*Form
	stages     map[Scope]StageOf
	signatures map[casebook.SubjectID][]*Signature
	reviews    map[reviewKey]*Review
	plans      map[int64]string
	skipped    map[Scope]Skip
	doubles    map[Key]*Double
}

// NewFold returns an empty fold of one study.
func NewFold(study casebook.StudyID) *Fold {
	return &Fold{study: study, forms: map[Key]*Form{}, queries: map[string]*Query{}, ofSubject: map[casebook.SubjectID][]*Form{},
		stages: map[Scope]StageOf{}, signatures: map[casebook.SubjectID][]*Signature{}, reviews: map[reviewKey]*Review{}, plans: map[int64]string{}, skipped: map[Scope]Skip{}, doubles: map[Key]*Double{}}
}

// Entry takes in the next entry; those of other packages pass by.
func (f *Fold) Entry(e *ledger.Entry) {
	var err error
	switch e.What {
	case Saved, QueryRaised, QueryChanged, Reviewed, Entered, DoubleSettled, DoubleDiscarded:
		key, ok := ParseRef(e.Study, e.Subject, e.Ref)
		if !ok {
			f.found("ledger_entry", e.ID, "names no form: "+e.Ref)
			return
		}
		err = f.ofForm(key, e)
	case patient.VerbTransferred:
		f.transferred(e)
	case StageChanged:
		err = f.staged(e)
	case Signed:
		err = f.signed(e)
	case PlanSet:
		err = f.planned(e)
	case VisitSkipped, VisitResumed:
		f.skips(e)
	case FileAttached, FileDetached:
		err = f.enclosed(e)
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read back: "+err.Error())
	}
}

func (f *Fold) ofForm(key Key, e *ledger.Entry) error {
	switch e.What {
	case Saved:
		return f.saved(key, e)
	case QueryRaised:
		return f.raised(key, e)
	case QueryChanged:
		return f.changed(key, e)
	case Reviewed:
		return f.reviewed(key, e)
	}
	return f.doubled(key, e)
}

func (f *Fold) found(table, row, what string) {
	f.broken = append(f.broken, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

func (f *Fold) saved(key Key, e *ledger.Entry) error {
	var c Change
	if err := json.Unmarshal([]byte(e.New), &c); err != nil {
		return err
	}
	form := f.forms[key]
	if form == nil {
		form = &Form{Key: key, Site: e.Site, State: Empty, EnteredAt: e.At}
		f.forms[key] = form
		f.ofSubject[key.Subject] = append(f.ofSubject[key.Subject], form)
	}
	form.Version++
	form.Definition, form.UpdatedAt = c.Definition, e.At
	for _, v := range append(c.Items, c.Computed...) {
		form.put(Kept{v, e.Actor, e.At, form.Version})
	}
	if err := form.switched(&c, e); err != nil {
		return err
	}
	for _, v := range c.Redefined {
		if kept := form.find(v.at()); kept != nil {
			kept.Version = form.Version
		}
	}
	for _, q := range append(c.Opened, c.Closed...) {
		f.query(q, key, e)
	}
	f.void(key, c.places(), e)
	return nil
}

// Compare reads the current rows and names those that the ledger does not explain.
func (f *Fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	seen := 0
	err := tx.Each(ctx, func(r *store.Rows) error {
		k := Key{Study: f.study}
		var doc string
		var version, entered int64
		if err := r.Scan(&k.Subject, &k.Event, &k.EventRepeat, &k.Form, &k.FormRepeat, &version, &doc, &entered); err != nil {
			return err
		}
		row := string(k.Subject) + " " + k.Ref()
		switch want := f.forms[k]; {
		case want == nil:
			f.found("record_form", row, "no entry of the ledger made it")
		case want.Version != version || want.encode() != doc:
			f.found("record_form", row, "its values are not those that the ledger holds")
			seen++
		case entered != 0 && entered != store.Micros(want.EnteredAt):
			f.found("record_form", row, "it was first saved at another moment")
			seen++
		default:
			seen++
		}
		return nil
	}, `SELECT subject_id, event_oid, event_repeat, form_oid, form_repeat, version, doc, entered_at FROM record_form WHERE study_id = $1
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat`, f.study)
	if err != nil {
		return nil, err
	}
	if seen < len(f.forms) {
		f.found("record_form", fmt.Sprint(len(f.forms)-seen, " rows"), "the ledger holds forms that are not there")
	}
	for _, compare := range []func(context.Context, *store.Tx) error{f.compareQueries, f.compareStages, f.compareSignatures, f.compareReviews, f.comparePlans, f.compareSkips, f.compareDoubles} {
		if err := compare(ctx, tx); err != nil {
			return nil, err
		}
	}
	return f.broken, nil
}
