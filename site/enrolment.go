package site

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/stat"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Target is how many subjects a site, or the study, is to enrol, and by when. Over is set when enrolment ends otherwise.
type Target struct {
	Subjects int       `json:"subjects"`
	From     plan.Date `json:"from,omitzero"`
	By       plan.Date `json:"by,omitzero"`
	Over     plan.Date `json:"over,omitzero"`
}

// Aim asks for a target.
type Aim struct {
	Version int64 `json:"version"` // the one that was seen, 0 for the first
	Target  `json:",embed"`
	Reason  string `json:"reason,omitempty"` // needed to change one
}

const maxSubjects = 1_000_000

// SetTarget sets the target of a site, or with "" of the study, in the caller's write. Errors: Invalid site.target,
// site.target_order; Unprocessable site.reason_required; Stale site.changed.
func SetTarget(ctx context.Context, w *ledger.Writer, site casebook.SiteID, in Aim) error {
	switch {
	case in.Subjects < 1 || in.Subjects > maxSubjects:
		return casebook.Fail(casebook.Invalid, "site.target", maxSubjects).At("subjects")
	case in.By > 0 && in.By <= in.From:
		return casebook.Fail(casebook.Invalid, "site.target_order").At("by")
	case in.Version > 0 && in.Reason == "":
		return casebook.Fail(casebook.Unprocessable, "site.reason_required").At("reason")
	}
	if err := Fits("reason", in.Reason, false, maxLine); err != nil {
		return err
	}
	before, err := keep.Find[Target](ctx, w.Tx, w.Study, targets, string(site))
	if err != nil {
		return err
	}
	c := keep.Change{Kind: targets, ID: string(site), Site: site, Seen: in.Version, After: in.Target, Entry: ledger.Entry{What: TargetSet, Reason: in.Reason}}
	if before.Version > 0 {
		c.Before = before.Doc
	}
	return keep.Put(ctx, w, c)
}

// Point is a day of a curve with what had happened until its end.
type Point struct {
	On       plan.Date `json:"on"`
	Screened int       `json:"screened"` // all whom the study took in
	Enrolled int       `json:"enrolled"`
	Failed   int       `json:"failed"` // in screening
}

// Range is a forecast day: later and earlier than it with the probability of a tenth each.
type Range struct {
	Early  plan.Date `json:"early"`
	Likely plan.Date `json:"likely"`
	Late   plan.Date `json:"late"`
}

// Course is how enrolment goes at a site, or in the study.
type Course struct {
	Site      casebook.SiteID `json:"site"` // "" for the study
	Name      odm.Text        `json:"name,omitempty"`
	State     trial.SiteState `json:"state,omitempty"`
	Version   int64           `json:"version"` // of its target, 0 without one
	Target    Target          `json:"target"`
	Now       Point           `json:"now"`
	Inside    int             `json:"inside"`  // in screening
	Active    int             `json:"active"`  // enrolled and still in the study
	Days      int             `json:"days"`    // since the site was opened
	Monthly   float64         `json:"monthly"` // subjects in thirty days, as the forecast expects them
	Reached   plan.Date       `json:"reached,omitzero"`
	Forecast  *Range          `json:"forecast,omitempty"` // nil when it is reached, has no target, or none can be told
	Curve     []Point         `json:"curve"`
	Projected []Expected      `json:"projected,omitempty"` // from today on
}

// Expected is a day of the future with the number of subjects, and how far it may lie from it either way.
type Expected struct {
	On   plan.Date `json:"on"`
	Low  float64   `json:"low"`
	Mean float64   `json:"mean"`
	High float64   `json:"high"`
}

// Enrolment is the study's course and those of the sites that may sees, those furthest behind first.
type Enrolment struct {
	Today plan.Date `json:"today"`
	Study *Course   `json:"study,omitempty"` // nil for who does not see all sites
	Sites []Course  `json:"sites"`
}

// Enrolment counts and forecasts.
func (s *Service) Enrolment(ctx context.Context, study casebook.StudyID, whole bool, may func(casebook.SiteID) bool) (Enrolment, error) {
	out := Enrolment{Today: Today(s.world.Now(), "UTC"), Sites: []Course{}}
	var p picture
	err := s.db.View(ctx, func(tx *store.Tx) (err error) { p, err = s.look(ctx, tx, study); return err })
	if err != nil {
		return out, err
	}
	if len(p.sites) > 0 {
		out.Today = Today(s.world.Now(), p.sites[0].Zone)
	}
	for _, at := range p.sites {
		if may(at.ID) {
			out.Sites = append(out.Sites, s.course(p, at))
		}
	}
	slices.SortStableFunc(out.Sites, func(a, b Course) int { return cmp.Compare(a.share(), b.share()) })
	if whole {
		c := s.whole(p, out.Today)
		out.Study = &c
	}
	return out, nil
}

// share is how much of its target a site has reached; one without a target comes last.
func (c *Course) share() float64 {
	if c.Target.Subjects == 0 {
		return 2
	}
	return float64(c.Now.Enrolled) / float64(c.Target.Subjects)
}

// counted fills in what follows from the subjects.
func (c *Course) counted(subjects []patient.Subject, zone *time.Location) {
	type event struct {
		on   plan.Date
		what func(*Point)
	}
	var events []event
	add := func(at time.Time, what func(*Point)) { events = append(events, event{plan.DateOf(at.In(zone)), what}) }
	for _, s := range subjects {
		add(s.EnrolledAt, func(p *Point) { p.Screened++ })
		if !s.JoinedAt.IsZero() {
			add(s.JoinedAt, func(p *Point) { p.Enrolled++ })
		}
		switch s.Status {
		case patient.ScreenFailed:
			add(s.StatusAt, func(p *Point) { p.Failed++ })
		case patient.Screening:
			c.Inside++
		case patient.Enrolled:
			c.Active++
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.on, b.on) })
	c.Curve = []Point{}
	for i, e := range events {
		e.what(&c.Now)
		c.Now.On = e.on
		if c.Reached == 0 && c.Target.Subjects > 0 && c.Now.Enrolled >= c.Target.Subjects {
			c.Reached = e.on
		}
		if i+1 == len(events) || events[i+1].on != e.on {
			c.Curve = append(c.Curve, c.Now)
		}
	}
}

// recruiting is what the forecast knows of a site: its subjects in its open days, and when it opens.
func (s *Service) recruiting(at trial.Site, subjects []patient.Subject) stat.Recruiting {
	if at.ActivatedAt.IsZero() {
		return stat.Recruiting{Opens: 30} // nobody knows when: a month
	}
	r := stat.Recruiting{Counts: stat.Counts{Den: max(1, int64(s.world.Now().Sub(at.ActivatedAt).Hours()/24))}}
	for _, p := range subjects {
		if !p.JoinedAt.IsZero() {
			r.Num++
		}
	}
	return r
}

// prior is what the study's sites together say of how sites enrol.
func (s *Service) prior(p picture) stat.NegativeBinomial {
	b, _ := stat.FitNegativeBinomial(func(yield func(stat.Counts) bool) {
		for _, at := range p.sites {
			if r := s.recruiting(at, p.subjects[at.ID]); r.Den > 0 && !yield(r.Counts) {
				return
			}
		}
	})
	return b
}

// open says whether a site may still enrol.
func open(at trial.Site, t Target, enrolled int) bool {
	return at.State != trial.Closed && t.Over == 0 && (t.Subjects == 0 || enrolled < t.Subjects)
}

func (s *Service) course(p picture, at trial.Site) Course {
	aim := p.targets[at.ID]
	c := Course{Site: at.ID, Name: at.Name, State: at.State, Version: aim.Version, Target: aim.Doc}
	c.counted(p.subjects[at.ID], placeOf(at.Zone))
	r := s.recruiting(at, p.subjects[at.ID])
	c.Days = int(r.Den)
	if open(at, c.Target, c.Now.Enrolled) {
		c.forecast(p.prior, []stat.Recruiting{r}, Today(s.world.Now(), at.Zone))
	}
	return c
}

func (s *Service) whole(p picture, today plan.Date) Course {
	aim := p.targets[""]
	c := Course{Version: aim.Version, Target: aim.Doc}
	var all []patient.Subject
	var going []stat.Recruiting
	for _, at := range p.sites {
		all = append(all, p.subjects[at.ID]...)
		r := s.recruiting(at, p.subjects[at.ID])
		c.Days = max(c.Days, int(r.Den))
		if open(at, p.targets[at.ID].Doc, int(r.Num)) {
			going = append(going, r)
		}
	}
	c.counted(all, placeOf(p.zone()))
	if c.Target.Over == 0 && c.Now.Enrolled < c.Target.Subjects {
		c.forecast(p.prior, going, today)
	}
	return c
}

func (p *picture) zone() string {
	if len(p.sites) == 0 {
		return "UTC"
	}
	return p.sites[0].Zone
}

// forecast fills in what is to be expected of the sites that go on enrolling.
func (c *Course) forecast(prior stat.NegativeBinomial, sites []stat.Recruiting, today plan.Date) {
	r, ok := stat.NewRecruitment(prior, sites)
	if !ok {
		return
	}
	c.Monthly = r.Expected(30)
	need := c.Target.Subjects - c.Now.Enrolled
	if need <= 0 {
		return
	}
	var days [3]float64
	for i, p := range []float64{0.1, 0.5, 0.9} {
		if days[i], ok = r.Days(need, p); !ok {
			return
		}
	}
	c.Forecast = &Range{today + plan.Date(days[0]+0.5), today + plan.Date(days[1]+0.5), today + plan.Date(days[2]+0.5)}
	const steps = 12
	for i := range steps + 1 {
		at := days[2] * float64(i) / steps
		low, high := r.Span(at, 0.8)
		now := float64(c.Now.Enrolled)
		c.Projected = append(c.Projected, Expected{today + plan.Date(at+0.5), now + low, now + r.Expected(at), now + high})
	}
}

// factsIn derives a site's facts, with when its last subject is to be expected.
func (s *Service) factsIn(p picture, at trial.Site) facts {
	f := factsOf(at, p.subjects[at.ID], p.targets[at.ID].Doc)
	if f.dates[plan.LastIn] == 0 && f.dates[plan.FirstIn] > 0 {
		if c := s.course(p, at); c.Forecast != nil {
			f.lastIn = c.Forecast.Likely
		}
	}
	return f
}

func (s *Service) getEnrolment(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	all, _ := p.Sites(auth.SiteRead, studyOf(r))
	e, err := s.Enrolment(r.Context(), studyOf(r), all, Sight(r, auth.SiteRead))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, e)
}

func (s *Service) putTarget(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := Enter(r, s.db, auth.SitePlan)
	if err != nil {
		return err
	}
	return s.aim(ctx, w, r, siteOf(r))
}

func (s *Service) putStudyTarget(w http.ResponseWriter, r *http.Request) error {
	return s.aim(r.Context(), w, r, "")
}

func (s *Service) aim(ctx context.Context, w http.ResponseWriter, r *http.Request, site casebook.SiteID) error {
	var in Aim
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { return SetTarget(ctx, w, site, in) })
	if err != nil {
		return err
	}
	return s.getEnrolment(w, r)
}
