package edc

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"casebook"
	calendar "casebook/edc/visit"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
)

// What a daily report finds in casebooks.
const (
	calledFor  = "called"     // a form of a visit that was held or is overdue, mandatory or demanded by a condition
	missing    = "missing"    // such a form that nobody has entered or set aside
	partial    = "partial"    // a form that was begun and is not complete
	overdue    = "overdue"    // a visit whose window has closed
	unverified = "unverified" // a form whose source somebody has still to see
	entered    = "entered"    // a form whose visit's day is known: the days to its first save
	verified   = "verified"   // a form that is verified: the days from its first save
)

// listable are the findings that a person can be shown one by one.
var listable = []string{missing, partial, overdue, unverified}

// finding is one of them; of a visit that is overdue the form is its first.
type finding struct {
	Kind       string             `json:"-"`
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Event      string             `json:"event"`
	Repeat     string             `json:"eventRepeat"`
	Form       string             `json:"form"`
	FormRepeat string             `json:"formRepeat"`
	Visit      odm.Text           `json:"visit"`
	Title      odm.Text           `json:"title"`
	Since      string             `json:"since,omitempty"` // a day at the site; absent where nobody said the day of the visit
	Days       int                `json:"days"`            // since then
}

// inspection goes through casebooks, some subjects at a time, and says what it finds.
type inspection struct {
	study casebook.StudyID
	st    *record.Study
	in    record.Context
	plan  record.Numbered
	zones map[casebook.SiteID]*time.Location
	say   func(finding)
}

// read goes through the casebooks of some subjects, who are in order.
func (n *inspection) read(ctx context.Context, tx *store.Tx, subjects []patient.Subject) error {
	if len(subjects) == 0 {
		return nil
	}
	first, last := subjects[0].ID, subjects[len(subjects)-1].ID
	plans, err := plansOf(ctx, tx, n.st, n.study, subjects)
	if err != nil {
		return err
	}
	pages, err := record.Pages(ctx, tx, n.study, first, last)
	if err != nil {
		return err
	}
	forms := map[casebook.SubjectID][]*record.Form{}
	if slices.ContainsFunc(subjects, func(p patient.Subject) bool { return n.st.At(p.Site).Conditional() }) {
		if forms, err = record.FormsOf(ctx, tx, n.study, first, last); err != nil {
			return err
		}
	}
	schedules := map[*record.Study]map[string]odm.Ref{}
	for _, p := range subjects {
		st := n.st.At(p.Site)
		if schedules[st] == nil {
			schedules[st] = scheduleOf(st)
		}
		zone := n.zones[p.Site]
		if zone == nil {
			zone = time.UTC
		}
		b := book{inspection: n, p: p, e: expectations{st, forms[p.ID], n.in}, zone: zone, today: calendar.DayIn(tx.Now, zone), pages: pages[p.ID], schedule: schedules[st],
			days: map[calendar.Key]time.Time{}}
		b.visits(plans[p.ID])
		b.entry()
	}
	return nil
}

// book is one casebook under inspection.
type book struct {
	*inspection
	p        patient.Subject
	e        expectations
	zone     *time.Location
	today    time.Time
	pages    []record.Page
	schedule map[string]odm.Ref         // by event
	days     map[calendar.Key]time.Time // of visits whose day somebody said
}

func scheduleOf(st *record.Study) map[string]odm.Ref {
	refs := map[string]odm.Ref{}
	for _, r := range st.Index.Schedule() {
		refs[r.OID] = r
	}
	return refs
}

// visits finds what is overdue, and what is missing of what was held.
func (b *book) visits(plan []planned) {
	for _, v := range plan {
		held := v.State == calendar.Held || v.State == calendar.Early || v.State == calendar.Late
		late := v.State == calendar.Overdue
		ev := b.e.st.Index.Event(v.Event)
		if ev == nil || !held && !late {
			continue
		}
		since, known := calendar.ParseDay(v.Day)
		if held && known {
			b.days[calendar.Key{Event: v.Event, Repeat: v.Repeat}] = since
		}
		if late {
			since, _ = calendar.ParseDay(v.Until)
			b.found(overdue, record.Key{Event: v.Event, EventRepeat: v.Repeat, Form: firstForm(ev), FormRepeat: "1"}, since)
		}
		b.called(ev, v.Repeat, since)
	}
}

// called finds the forms of a visit that are called for and were not entered.
func (b *book) called(ev *odm.Event, repeat string, since time.Time) {
	whole := b.e.of(b.schedule[ev.OID], record.Key{Event: ev.OID, EventRepeat: repeat})
	for _, f := range odm.Ordered(ev.Forms) {
		now := b.e.ofForm(whole, ev.OID, repeat, f)
		if now != demanded && (now != "" || !f.Mandatory || ev.Type == odm.Common) {
			continue
		}
		k := record.Key{Event: ev.OID, EventRepeat: repeat, Form: f.OID, FormRepeat: "1"}
		b.found(calledFor, k, since)
		if !slices.ContainsFunc(b.pages, func(p record.Page) bool { return p.Event == k.Event && p.EventRepeat == repeat && p.Form == f.OID }) {
			b.found(missing, k, since)
		}
	}
}

// entry finds what was begun, how long entry and verification took, and what still waits to be verified.
func (b *book) entry() {
	for i := range b.pages {
		p := &b.pages[i]
		if p.State == record.Inactive {
			continue
		}
		updated, first := calendar.DayIn(p.UpdatedAt, b.zone), time.Time{}
		if !p.EnteredAt.IsZero() {
			first = calendar.DayIn(p.EnteredAt, b.zone)
		}
		if p.State == record.Partial {
			b.found(partial, p.Key, updated)
		}
		if day, known := b.days[calendar.Key{Event: p.Event, Repeat: p.EventRepeat}]; known && !first.IsZero() && !first.Before(day) { // a day after its entry is a mistake of the day
			b.took(entered, p, day, first)
		}
		if p.Waits(b.e.st, &b.plan) {
			b.found(unverified, p.Key, updated)
		} else if p.Done && !first.IsZero() {
			b.took(verified, p, first, calendar.DayIn(p.VerifiedAt, b.zone))
		}
	}
}

func (b *book) found(kind string, k record.Key, since time.Time) {
	f := finding{Kind: kind, Subject: b.p.ID, Site: b.p.Site, Event: k.Event, Repeat: k.EventRepeat, Form: k.Form, FormRepeat: k.FormRepeat}
	if !since.IsZero() {
		f.Since, f.Days = since.Format(time.DateOnly), max(0, daysBetween(since, b.today))
	}
	b.say(f)
}

func (b *book) took(kind string, p *record.Page, from, to time.Time) {
	b.say(finding{Kind: kind, Subject: b.p.ID, Site: b.p.Site, Event: p.Event, Repeat: p.EventRepeat, Form: p.Form, FormRepeat: p.FormRepeat, Days: daysBetween(from, to)})
}

func daysBetween(from, to time.Time) int { return int(math.Round(to.Sub(from).Hours() / 24)) }

func firstForm(ev *odm.Event) string {
	if forms := odm.Ordered(ev.Forms); len(forms) > 0 {
		return forms[0].OID
	}
	return ""
}

// waiting is how many of something wait, and the longest that one has, in days.
type waiting struct {
	N      int `json:"n"`
	Oldest int `json:"oldest"`
}

func (w *waiting) add(days int) { w.N, w.Oldest = w.N+1, max(w.Oldest, days) }

// taking is how many days something took: the median and the ninth decile of them, and how many took at most 2, 5 and 10
// days, or longer.
type taking struct {
	N      int    `json:"n"`
	Median int    `json:"median"`
	P90    int    `json:"p90"`
	Within [4]int `json:"within"`

	days []int
}

// takes are the bounds of taking.Within, in days.
var takes = [...]int{2, 5, 10}

// settle works the figures out. Quantiles are of the nearest rank.
func (t *taking) settle() {
	slices.Sort(t.days)
	if t.N = len(t.days); t.N == 0 {
		return
	}
	t.Median, t.P90 = t.days[(t.N-1)/2], t.days[(t.N*9+9)/10-1]
	for _, d := range t.days {
		i := 0
		for i < len(takes) && d > takes[i] {
			i++
		}
		t.Within[i]++
	}
}

// siteDaily is the daily report of one site, or of all together.
type siteDaily struct {
	Site       casebook.SiteID `json:"site"` // "" is all
	Subjects   int             `json:"subjects"`
	Called     int             `json:"called"`
	Missing    waiting         `json:"missing"`
	Partial    waiting         `json:"partial"`
	Overdue    waiting         `json:"overdue"`
	Unverified waiting         `json:"unverified"`
	Open       int             `json:"open"`     // queries that wait for the site
	Answered   int             `json:"answered"` // those that wait for who asked
	Ages       [4]int          `json:"ages"`     // of both, in days: up to 7, 14, 30, more
	Oldest     int             `json:"oldest"`   // of both, in days
	Entry      taking          `json:"entry"`    // days from the visit to the first save
	SDV        taking          `json:"sdv"`      // days from the first save to the last mark of a verification that is done
}

func (d *siteDaily) take(f finding) {
	switch f.Kind {
	case calledFor:
		d.Called++
	case missing:
		d.Missing.add(f.Days)
	case partial:
		d.Partial.add(f.Days)
	case overdue:
		d.Overdue.add(f.Days)
	case unverified:
		d.Unverified.add(f.Days)
	case entered:
		d.Entry.days = append(d.Entry.days, f.Days)
	case verified:
		d.SDV.days = append(d.SDV.days, f.Days)
	}
}

func (d *siteDaily) age(q record.QueryAges, now time.Time) {
	d.Open, d.Answered = d.Open+q.Open, d.Answered+q.Answered
	for i, n := range q.Ages {
		d.Ages[i] += n
	}
	d.Oldest = max(d.Oldest, int(now.Sub(q.Oldest).Hours()/24))
}

// dailySubjects are whose casebooks are read in one transaction.
const dailySubjects = 250

// inspect prepares an inspection of the study.
func (s *Service) inspect(ctx context.Context, study casebook.StudyID) (*inspection, error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	n := &inspection{study: study, st: st, in: s.now(st)}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		if n.plan, err = record.PlanOf(ctx, tx, study); err == nil {
			n.zones, err = zonesOf(ctx, tx, study)
		}
		return err
	})
	return n, err
}

// some reads the next casebooks that q asks for, and returns where to go on.
func (s *Service) some(ctx context.Context, n *inspection, q patient.Query) (next casebook.SubjectID, found []patient.Subject, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		page, err := patient.List(ctx, tx, n.study, q)
		if err != nil {
			return err
		}
		next, found = page.Next, page.Subjects
		return n.read(ctx, tx, found)
	})
	return next, found, err
}

// figures works out the daily report of the sites that q asks for: those that have subjects or queries, by id, and all
// together.
func (s *Service) figures(ctx context.Context, study casebook.StudyID, q patient.Query) (sites []*siteDaily, total *siteDaily, err error) {
	n, err := s.inspect(ctx, study)
	if err != nil {
		return nil, nil, err
	}
	total = &siteDaily{}
	at := map[casebook.SiteID]*siteDaily{}
	of := func(site casebook.SiteID) *siteDaily {
		if at[site] == nil {
			at[site] = &siteDaily{Site: site}
			sites = append(sites, at[site])
		}
		return at[site]
	}
	n.say = func(f finding) { of(f.Site).take(f); total.take(f) }
	for q.Limit = dailySubjects; ; {
		var found []patient.Subject
		if q.After, found, err = s.some(ctx, n, q); err != nil {
			return nil, nil, err
		}
		for _, p := range found {
			of(p.Site).Subjects++
			total.Subjects++
		}
		if q.After == "" {
			break
		}
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		ages, err := record.AgeQueries(ctx, tx, study)
		for _, a := range ages {
			if q.AllSites || slices.Contains(q.Sites, a.Site) {
				of(a.Site).age(a, tx.Now)
				total.age(a, tx.Now)
			}
		}
		return err
	})
	for _, d := range append(sites, total) {
		d.Entry.settle()
		d.SDV.settle()
	}
	slices.SortFunc(sites, func(a, b *siteDaily) int { return strings.Compare(string(a.Site), string(b.Site)) })
	return sites, total, err
}
