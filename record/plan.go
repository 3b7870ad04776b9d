package record

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// PlanSet is the verb of a new plan of source data verification. Ref: its number; New: Plan.
const PlanSet = "record.plan.set"

// Plan says which values must be verified against the source: all of a sample of subjects, whose size may differ by
// site (by risk), and of everybody the forms and items that are critical.
type Plan struct {
	Sample int                     `json:"sample"` // percent of the subjects
	Sites  map[casebook.SiteID]int `json:"sites,omitempty"`
	Forms  []string                `json:"forms,omitempty"`
	Items  []string                `json:"items,omitempty"`
}

// Numbered is a plan as it was set. Number 0 is what holds before anybody sets one: everything is verified.
type Numbered struct {
	Plan
	Number int64
	By     casebook.UserID
	At     time.Time
}

// Requires reports whether an item must be verified.
func (p *Plan) Requires(study casebook.StudyID, site casebook.SiteID, subject casebook.SubjectID, form, item string) bool {
	return p.sampled(study, site, subject) || slices.Contains(p.Forms, form) || slices.Contains(p.Items, item)
}

// sampled draws subjects by the digest of their number, so that the sample is the same for everybody who computes it
// and grows when the share does.
func (p *Plan) sampled(study casebook.StudyID, site casebook.SiteID, subject casebook.SubjectID) bool {
	share, own := p.Sites[site]
	if !own {
		share = p.Sample
	}
	sum := sha256.Sum256([]byte(string(study) + "\n" + string(subject)))
	return int(binary.BigEndian.Uint32(sum[:])%100) < share
}

func (p *Plan) check(st *Study) error {
	for site, share := range p.Sites {
		if share < 0 || share > 100 {
			return casebook.Fail(casebook.Unprocessable, "record.plan_share", share).At(string(site))
		}
	}
	if p.Sample < 0 || p.Sample > 100 {
		return casebook.Fail(casebook.Unprocessable, "record.plan_share", p.Sample).At("sample")
	}
	for _, f := range p.Forms {
		if st.forms[f] == nil {
			return casebook.Fail(casebook.Unprocessable, "record.form_unknown", f).At("forms")
		}
	}
	for _, i := range p.Items {
		if st.Index.Item(i) == nil {
			return casebook.Fail(casebook.Unprocessable, "record.item_unknown", i).At("items")
		}
	}
	return nil
}

// PlanOf returns the plan in force.
func PlanOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) (Numbered, error) {
	all, err := store.All(ctx, tx, scanPlan, `SELECT number, plan, set_by, set_at FROM record_plan WHERE study_id = $1 ORDER BY number DESC LIMIT 1`, study)
	if err != nil || len(all) == 0 {
		return Numbered{Plan: Plan{Sample: 100}}, err
	}
	return all[0], nil
}

func scanPlan(r *store.Rows) (p Numbered, err error) {
	var text string
	var at int64
	if err := r.Scan(&p.Number, &text, &p.By, &at); err != nil {
		return p, err
	}
	p.At = store.Time(at)
	return p, json.Unmarshal([]byte(text), &p.Plan)
}

// Drawn is how many subjects of a site the sample draws.
type Drawn struct {
	Site     casebook.SiteID `json:"site"`
	Subjects int             `json:"subjects"`
	Sampled  int             `json:"sampled"`
}

// Draw counts the subjects of each site that has any, by site, and those whom the plan's sample draws.
func (p *Plan) Draw(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Drawn, error) {
	subjects, err := patient.All(ctx, tx, study)
	at := map[casebook.SiteID]*Drawn{}
	for _, s := range subjects {
		d := at[s.Site]
		if d == nil {
			d = &Drawn{Site: s.Site}
			at[s.Site] = d
		}
		d.Subjects++
		if p.sampled(study, s.Site, s.ID) {
			d.Sampled++
		}
	}
	all := make([]Drawn, 0, len(at))
	for _, site := range slices.Sorted(maps.Keys(at)) {
		all = append(all, *at[site])
	}
	return all, err
}

// SetPlan puts another plan in force, in the caller's write. before is the number of the plan that its author saw, -1 when they do
// not say. Errors: Unprocessable record.plan_share, .form_unknown, .item_unknown; Stale record.plan_other, when somebody set another.
func SetPlan(ctx context.Context, w *ledger.Writer, st *Study, p Plan, before int64, reason string) (Numbered, error) {
	if err := p.check(st); err != nil {
		return Numbered{}, err
	}
	old, err := PlanOf(ctx, w.Tx, w.Study)
	if err != nil {
		return Numbered{}, err
	}
	if before >= 0 && before != old.Number {
		return Numbered{}, casebook.Fail(casebook.Stale, "record.plan_other", old.Number, old.By)
	}
	n := Numbered{p, old.Number + 1, casebook.ActorFrom(ctx).User, w.Now}
	_, err = w.Exec(ctx, `INSERT INTO record_plan(study_id, number, plan, set_by, set_at, release) VALUES($1,$2,$3,$4,$5,$6)`,
		w.Study, n.Number, ledger.Text(p), n.By, store.Micros(n.At), w.Release(""))
	if store.IsUnique(err) {
		err = casebook.Fail(casebook.Stale, "record.plan_other", n.Number, "")
	}
	e := ledger.Entry{What: PlanSet, Ref: fmt.Sprint(n.Number), New: ledger.Text(p), Reason: reason}
	if old.Number > 0 {
		e.Old = ledger.Text(old.Plan)
	}
	w.Record(ctx, e)
	return n, err
}

func (f *Fold) planned(e *ledger.Entry) error {
	f.plans[int64(len(f.plans))+1] = e.New
	return nil
}

func (f *Fold) comparePlans(ctx context.Context, tx *store.Tx) error {
	rows, err := store.All(ctx, tx, scanPlan, `SELECT number, plan, set_by, set_at FROM record_plan WHERE study_id = $1 ORDER BY number`, f.study)
	for _, p := range rows {
		if f.plans[p.Number] != ledger.Text(p.Plan) {
			f.found("record_plan", fmt.Sprint(p.Number), "it is not as the ledger holds it")
		}
	}
	if len(rows) < len(f.plans) {
		f.found("record_plan", "", "the ledger holds plans that are not there")
	}
	return err
}
