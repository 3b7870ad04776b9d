package site

import (
	"context"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
)

// Plan is a site's way through the study after one template: the site's own copy of its milestones.
type Plan struct {
	Template   string           `json:"template"`
	Title      odm.Text         `json:"title"`
	Start      plan.Date        `json:"start"`
	Milestones []plan.Milestone `json:"milestones"`
}

func (p *Plan) index(milestone string) int {
	return slices.IndexFunc(p.Milestones, func(m plan.Milestone) bool { return m.ID == milestone })
}

// Draft asks for a plan: a template's milestones from a day on, or others in their place.
type Draft struct {
	Version    int64            `json:"version"` // the one that was seen, 0 for a new plan
	Start      plan.Date        `json:"start"`
	Milestones []plan.Milestone `json:"milestones,omitempty"` // nil for those of the template
	Reason     string           `json:"reason,omitempty"`     // needed to replace a plan
}

// SetPlan gives a site a plan, or replaces its milestones, in the caller's write. Errors: those of plan.Check with their
// place; Invalid site.start, site.computed; Unprocessable site.reason_required; NotFound site.plan.template; Stale site.changed.
func SetPlan(ctx context.Context, w *ledger.Writer, site casebook.SiteID, template string, d Draft) (keep.Record[Plan], error) {
	id := planID(site, template)
	before, err := keep.Find[Plan](ctx, w.Tx, w.Study, plans, id)
	if err != nil {
		return before, err
	}
	p, err := d.plan(template)
	if err != nil {
		return before, err
	}
	c := keep.Change{Kind: plans, ID: id, Site: site, Seen: d.Version, After: p, Entry: ledger.Entry{What: PlanSet, Reason: d.Reason}}
	if before.Version > 0 {
		if d.Reason == "" && d.Version > 0 {
			return before, casebook.Fail(casebook.Unprocessable, "site.reason_required").At("reason")
		}
		c.Before = before.Doc
	}
	if err := keep.Put(ctx, w, c); err != nil {
		return before, err
	}
	return keep.Record[Plan]{ID: id, Site: site, Version: d.Version + 1, Doc: p}, nil
}

func planID(site casebook.SiteID, template string) string { return string(site) + "/" + template }

func (d *Draft) plan(template string) (Plan, error) {
	p := Plan{Template: template, Start: d.Start, Milestones: d.Milestones}
	if d.Start == 0 {
		return p, casebook.Fail(casebook.Invalid, "site.start").At("start")
	}
	usual, err := plan.Make(template, d.Start)
	if err != nil {
		return p, err
	}
	for _, t := range plan.Templates() {
		if t.ID == template {
			p.Title = t.Title
		}
	}
	if d.Milestones == nil {
		p.Milestones = usual
		return p, nil
	}
	p.Milestones = slices.Clone(d.Milestones)
	return p, computedUntyped(p.Milestones, plan.Schedule(p.Milestones, d.Start))
}

// computedUntyped refuses a typed date where the casebooks give it.
func computedUntyped(all []plan.Milestone, err error) error {
	for i := range all {
		if err == nil && all[i].From != "" && all[i].Actual > 0 {
			err = casebook.Fail(casebook.Unprocessable, "site.computed", all[i].ID).At("/milestones/" + itoa(i) + "/actual")
		}
	}
	return err
}

// Step is what somebody says about a milestone. A nil date is left as it is; an empty one is taken away.
type Step struct {
	Version  int64      `json:"version"` // of the plan
	Planned  *plan.Date `json:"planned,omitempty"`
	Expected *plan.Date `json:"expected,omitempty"`
	Actual   *plan.Date `json:"actual,omitempty"`
	Owner    *string    `json:"owner,omitempty"`
	Note     *string    `json:"note,omitempty"`
	Reason   string     `json:"reason,omitempty"` // needed to change a date that was there
}

// Move changes one milestone in the caller's write. Errors: NotFound site.no_plan, site.milestone_unknown; Unprocessable
// site.computed for an actual date that the casebooks give, site.future for one that has not come, site.order for one
// before what it depends on is done, site.reason_required; Stale site.changed.
func Move(ctx context.Context, w *ledger.Writer, site casebook.SiteID, template, milestone string, today plan.Date, in Step) (keep.Record[Plan], error) {
	p, err := keep.Find[Plan](ctx, w.Tx, w.Study, plans, planID(site, template))
	if err != nil {
		return p, err
	}
	if p.Version == 0 {
		return p, casebook.Fail(casebook.NotFound, "site.no_plan", site).At("template")
	}
	i := p.Doc.index(milestone)
	if i < 0 {
		return p, casebook.Fail(casebook.NotFound, "site.milestone_unknown", milestone).At("milestone")
	}
	before := p.Doc.Milestones[i]
	after, err := in.apply(before, today)
	if err == nil && in.Actual != nil && *in.Actual > 0 {
		err = p.Doc.ready(after)
	}
	if err != nil {
		return p, err
	}
	p.Doc.Milestones = slices.Clone(p.Doc.Milestones)
	p.Doc.Milestones[i] = after
	e := ledger.Entry{What: MilestoneChanged, Ref: p.ID + "/" + milestone, Reason: in.Reason}
	if e.Old, err = keep.Canonical(before); err == nil {
		e.New, err = keep.Canonical(after)
	}
	if err == nil {
		err = keep.Put(ctx, w, keep.Change{Kind: plans, ID: p.ID, Site: site, Seen: in.Version, After: p.Doc, Entry: e})
	}
	p.Version++
	return p, err
}

func (in *Step) apply(m plan.Milestone, today plan.Date) (plan.Milestone, error) {
	corrected := false
	set := func(to *plan.Date, d *plan.Date) {
		if d != nil {
			corrected = corrected || *to > 0 && *to != *d && to != &m.Expected // what is expected may change every day
			*to = *d
		}
	}
	set(&m.Planned, in.Planned)
	set(&m.Expected, in.Expected)
	set(&m.Actual, in.Actual)
	if in.Owner != nil {
		m.Owner = *in.Owner
	}
	if in.Note != nil {
		m.Note = *in.Note
	}
	switch {
	case in.Actual != nil && m.From != "":
		return m, casebook.Fail(casebook.Unprocessable, "site.computed", m.ID).At("actual")
	case in.Actual != nil && m.Actual > today:
		return m, casebook.Fail(casebook.Unprocessable, "site.future").At("actual")
	case m.Planned == 0:
		return m, casebook.Fail(casebook.Invalid, "site.start").At("planned")
	case corrected && in.Reason == "":
		return m, casebook.Fail(casebook.Unprocessable, "site.reason_required").At("reason")
	}
	for _, text := range []struct{ place, text string }{{"owner", m.Owner}, {"note", m.Note}, {"reason", in.Reason}} {
		if err := Fits(text.place, text.text, text.place == "owner", maxLine); err != nil {
			return m, err
		}
	}
	return m, nil
}

// ready refuses that m is done before what it depends on.
func (p *Plan) ready(m plan.Milestone) error {
	for _, id := range m.After {
		b := p.Milestones[p.index(id)]
		if b.From == "" && (b.Actual == 0 || b.Actual > m.Actual) {
			return casebook.Fail(casebook.Unprocessable, "site.order", m.ID, id).At("actual")
		}
	}
	return nil
}

// facts are the dates of a site that nobody types.
type facts struct {
	dates  map[plan.Source]plan.Date
	lastIn plan.Date // when its target is to be expected, 0 when that cannot be told
}

// factsOf derives them from the site and its subjects. Enrolment is over when the target is reached, when its target says
// so, or when the site is closed.
func factsOf(at trial.Site, subjects []patient.Subject, t Target) facts {
	zone := placeOf(at.Zone)
	day := func(t time.Time) plan.Date {
		if t.IsZero() {
			return 0
		}
		return plan.DateOf(t.In(zone))
	}
	f := facts{dates: map[plan.Source]plan.Date{plan.Activated: day(at.ActivatedAt)}}
	var first, last, out time.Time
	joined, inside := 0, 0
	for _, s := range subjects {
		if s.Status == patient.Screening || s.Status == patient.Enrolled {
			inside++
		} else if s.StatusAt.After(out) {
			out = s.StatusAt
		}
		if s.JoinedAt.IsZero() {
			continue
		}
		joined++
		if first.IsZero() || s.JoinedAt.Before(first) {
			first = s.JoinedAt
		}
		if s.JoinedAt.After(last) {
			last = s.JoinedAt
		}
	}
	f.dates[plan.FirstIn] = day(first)
	over := t.Over > 0 || at.State == trial.Closed || t.Subjects > 0 && joined >= t.Subjects
	if over && joined > 0 {
		f.dates[plan.LastIn] = day(last)
		if inside == 0 {
			f.dates[plan.LastOut] = day(out)
		}
	}
	return f
}

// Standings says how a plan stands today, with the dates that follow from the casebooks.
func (p *Plan) Standings(f facts, today plan.Date) ([]plan.Standing, error) {
	all := slices.Clone(p.Milestones)
	for i := range all {
		m := &all[i]
		if m.From != "" {
			m.Actual = f.dates[m.From]
		}
		if m.From == plan.LastIn && m.Expected == 0 && f.lastIn > 0 {
			m.Expected = f.lastIn
		}
	}
	return plan.Compute(all, p.Start, today)
}

// plansOf returns the plans of a study by site.
func plansOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, template string) (map[casebook.SiteID]keep.Record[Plan], error) {
	all, err := keep.List[Plan](ctx, tx, study, plans)
	found := map[casebook.SiteID]keep.Record[Plan]{}
	for _, p := range all {
		if p.Doc.Template == template {
			found[p.Site] = p
		}
	}
	return found, err
}
