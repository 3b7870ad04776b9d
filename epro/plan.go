package epro

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casebook"
	"casebook/check"
	"casebook/epro/schedule"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
)

// plan is a published schedule, ready to run.
type plan struct {
	number int64
	*schedule.Schedule
	alerts []alertRule
}

type alertRule struct {
	schedule.Alert
	id   string
	rule *check.Program
}

type planKey struct {
	study  casebook.StudyID
	number int64
	forms  int64 // the version of the forms by which the alerts' rules were compiled
}

// publication is a schedule's row.
type publication struct {
	Number int64           `json:"number"`
	Doc    string          `json:"doc"`
	At     time.Time       `json:"at"`
	By     casebook.UserID `json:"by"`
}

// Publish makes text the study's schedule from now on, for prompts that are already planned, too. It refuses forms that
// the study does not have, whose answers could not be kept apart or which two people are to enter, and alerts that could not be judged; and, in production,
// forms of which no translation is approved.
func (s *Service) Publish(ctx context.Context, study casebook.StudyID, text []byte) (number int64, err error) {
	sch, err := schedule.Read(text)
	if err != nil {
		return 0, err
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return 0, err
	}
	if _, err := compile(st, sch, 0); err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(sch.Forms, func(f schedule.Form) bool { return st.EnteredTwice(f.Form) }); i >= 0 {
		return 0, casebook.Fail(casebook.Conflict, "epro.schedule.double", sch.Forms[i].Form).At(fmt.Sprintf("/forms/%d/form", i))
	}
	t, err := s.trials.Get(ctx, study)
	if err != nil {
		return 0, err
	}
	if form := unapproved(st.Index, sch); form != "" && t.Environment == trial.Production {
		return 0, casebook.Fail(casebook.Conflict, "epro.translation", form).At("/forms")
	}
	doc := ledger.Text(sch)
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if err := w.Row(ctx, `SELECT coalesce(max(number), 0) FROM epro_schedule WHERE study_id = $1`, study).Scan(&number); err != nil {
			return err
		}
		number++
		p := publication{number, doc, w.Now, casebook.ActorFrom(ctx).User}
		_, err := w.Exec(ctx, `INSERT INTO epro_schedule(study_id, number, doc, published_at, published_by) VALUES($1,$2,$3,$4,$5)`,
			study, p.Number, p.Doc, store.Micros(p.At), p.By)
		w.Record(ctx, ledger.Entry{What: SchedulePublished, Ref: fmt.Sprint(number), New: ledger.Text(p)})
		return err
	})
	return number, err
}

// compile checks a schedule against the study's forms and compiles its alerts.
func compile(st *record.Study, sch *schedule.Schedule, number int64) (*plan, error) {
	p := &plan{number: number, Schedule: sch}
	for i, f := range sch.Forms {
		if _, err := st.NewInstance(record.Key{Form: f.Form}, "1"); err != nil {
			e, _ := errors.AsType[*casebook.Error](err)
			return nil, e.At(fmt.Sprintf("/forms/%d/form", i))
		}
	}
	for i, a := range sch.Alerts {
		rule, err := st.Rule(a.When)
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); ok {
				return nil, e.At(fmt.Sprintf("/alerts/%d/when: %s", i, e.Place))
			}
			return nil, err
		}
		p.alerts = append(p.alerts, alertRule{a, fmt.Sprintf("alert%d", i+1), rule})
	}
	return p, nil
}

// plan returns the study's schedule, or nil before the first.
func (s *Service) plan(ctx context.Context, study casebook.StudyID) (*plan, error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	var number int64
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT coalesce(max(number), 0) FROM epro_schedule WHERE study_id = $1`, study).Scan(&number)
	})
	if err != nil || number == 0 {
		return nil, err
	}
	key := planKey{study, number, st.Number}
	s.mu.Lock()
	p := s.plans[key]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if p, err = s.loadPlan(ctx, st, key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plans) > 64 {
		clear(s.plans)
	}
	s.plans[key] = p
	return p, nil
}

func (s *Service) loadPlan(ctx context.Context, st *record.Study, key planKey) (*plan, error) {
	var doc string
	err := s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT doc FROM epro_schedule WHERE study_id = $1 AND number = $2`, key.study, key.number).Scan(&doc)
	})
	if err != nil {
		return nil, err
	}
	sch, err := schedule.Read([]byte(doc))
	if err != nil {
		return nil, err
	}
	return compile(st, sch, key.number)
}

// anchor is a row of what happened to a subject.
type anchor struct {
	Kind string    `json:"kind"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// stay is a row of the log of zones.
type stay struct {
	Since  time.Time `json:"since"`
	Zone   string    `json:"zone"`
	Device string    `json:"device"`
}

// course is what a subject's windows are computed from.
type course struct {
	happened []schedule.Happened
	stays    schedule.Stays
	lacks    []string // forms of the schedule that the version does not have by which the subject's site works
}

// windows are what a subject is asked from since to until. A form of a later version waits until the subject's site goes over to it.
func (p *plan) windows(c *course, since, until time.Time) ([]schedule.Window, error) {
	all, err := p.Windows(c.happened, c.stays, since, until)
	return slices.DeleteFunc(all, func(w schedule.Window) bool { return slices.Contains(c.lacks, w.Form) }), err
}

// lacking are the forms of the schedule that a version cannot ask.
func (p *plan) lacking(st *record.Study) (forms []string) {
	for _, f := range p.Forms {
		if _, err := st.NewInstance(record.Key{Form: f.Form}, "1"); err != nil {
			forms = append(forms, f.Form)
		}
	}
	return forms
}

// Happen notes a dose, a visit or an event of a subject, from which prompts count.
func (s *Service) Happen(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, kind, name string, at time.Time) error {
	if !slices.Contains([]string{schedule.Dose, schedule.Visit, schedule.Event}, kind) || at.IsZero() || len(name) > 100 {
		return casebook.Fail(casebook.Invalid, "epro.schedule.anchor_kind", kind).At("kind")
	}
	a := anchor{kind, name, at.UTC().Truncate(time.Second)}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Find(ctx, w.Tx, study, subject)
		if err != nil {
			return err
		}
		n, err := w.Exec(ctx, `INSERT INTO epro_anchor(study_id, subject_id, kind, name, at) VALUES($1,$2,$3,$4,$5)
			ON CONFLICT (study_id, subject_id, kind, name, at) DO NOTHING`, study, subject, a.Kind, a.Name, store.Micros(a.At))
		if err == nil && n == 1 {
			w.Record(ctx, ledger.Entry{What: AnchorHappened, Site: p.Site, Subject: subject, Ref: kind + "/" + name, New: ledger.Text(a)})
		}
		return err
	})
}

// moved logs the zone of a phone when it is another than before.
func (s *Service) moved(ctx context.Context, w *ledger.Writer, d *device, zone string, since time.Time) error {
	if _, err := schedule.Zone(zone); err != nil {
		return nil // a phone that does not know where it is stays where it was
	}
	var last string
	var at int64
	err := w.Row(ctx, `SELECT zone, since FROM epro_zone WHERE study_id = $1 AND subject_id = $2 ORDER BY since DESC LIMIT 1`, w.Study, d.Subject).Scan(&last, &at)
	if err != nil && err != store.ErrNoRows || last == zone {
		return ignoreNone(err)
	}
	if t := store.Micros(since); t <= at { // the log only grows forward
		since = store.Time(at + 1)
	}
	z := stay{since.UTC().Truncate(time.Microsecond), zone, d.ID}
	_, err = w.Exec(ctx, `INSERT INTO epro_zone(study_id, subject_id, since, zone, device_id) VALUES($1,$2,$3,$4,$5)`, w.Study, d.Subject, store.Micros(z.Since), z.Zone, z.Device)
	w.Record(ctx, ledger.Entry{What: ZoneChanged, Site: d.Site, Subject: d.Subject, Ref: d.ID, Old: last, New: ledger.Text(z)})
	return err
}

func ignoreNone(err error) error {
	if err == store.ErrNoRows {
		return nil
	}
	return err
}

// courses reads what the windows of subjects are computed from. subject "" is all of the study.
func (s *Service) courses(ctx context.Context, tx *store.Tx, study casebook.StudyID, p *plan, subjects []patient.Subject) (map[casebook.SubjectID]*course, error) {
	sites, err := s.zones(ctx, study)
	if err != nil {
		return nil, err
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	lacks := map[casebook.SiteID][]string{}
	for site := range sites {
		lacks[site] = p.lacking(st.At(site))
	}
	all := make(map[casebook.SubjectID]*course, len(subjects))
	for _, sub := range subjects {
		all[sub.ID] = &course{[]schedule.Happened{{Kind: schedule.Enrolment, At: sub.EnrolledAt}}, schedule.Stays{{Zone: sites[sub.Site]}}, lacks[sub.Site]}
	}
	only, args := "", []any{study}
	if len(subjects) == 1 {
		only, args = " AND subject_id = $2", append(args, subjects[0].ID)
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var h schedule.Happened
		var at int64
		err := r.Scan(&id, &h.Kind, &h.Name, &at)
		if c := all[id]; c != nil {
			h.At = store.Time(at)
			c.happened = append(c.happened, h)
		}
		return err
	}, `SELECT subject_id, kind, name, at FROM epro_anchor WHERE study_id = $1`+only+` ORDER BY at`, args...)
	if err != nil || p.Zone == schedule.Fixed {
		return all, err
	}
	return all, tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var name string
		var since int64
		err := r.Scan(&id, &name, &since)
		if zone, bad := schedule.Zone(name); bad == nil && all[id] != nil {
			all[id].stay(store.Time(since), zone)
		}
		return err
	}, `SELECT subject_id, zone, since FROM epro_zone WHERE study_id = $1`+only+` ORDER BY since`, args...)
}

// stay adds a place where the subject went. What stood before the first phone is the guess that the site's zone is theirs.
func (c *course) stay(since time.Time, zone *time.Location) {
	if len(c.stays) == 1 && c.stays[0].Since.IsZero() {
		c.stays[0].Zone = cmp.Or(zone, c.stays[0].Zone)
		c.stays[0].Since = since
		return
	}
	c.stays = append(c.stays, schedule.Stay{Since: since, Zone: zone})
}

// zones are the sites' zones.
func (s *Service) zones(ctx context.Context, study casebook.StudyID) (map[casebook.SiteID]*time.Location, error) {
	sites, err := s.trials.Sites(ctx, study)
	if err != nil {
		return nil, err
	}
	zones := map[casebook.SiteID]*time.Location{}
	for _, site := range sites {
		zones[site.ID] = time.UTC
		if z, err := schedule.Zone(site.Zone); err == nil {
			zones[site.ID] = z
		}
	}
	return zones, nil
}

// version is a published version of the study's forms, ready to judge, with the hashes by which phones name its forms.
type version struct {
	*trial.Version
	study *record.Study
	forms map[string]string // hash to form
}

type versionKey struct {
	study  casebook.StudyID
	number int
}

// version returns a published version; number 0 is the newest.
func (s *Service) version(ctx context.Context, study casebook.StudyID, number int) (*version, error) {
	v, err := s.trials.Version(ctx, study, number)
	if err != nil {
		return nil, err
	}
	key := versionKey{study, v.Number}
	s.mu.Lock()
	known := s.versions[key]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made := &version{Version: v, study: record.Compile(v.Definition, int64(v.Number)), forms: map[string]string{}}
	for _, f := range v.Definition.Forms {
		made.forms[digest(ledger.Text(definitionOf(made.study, f.OID)))] = f.OID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.versions) > 64 {
		clear(s.versions)
	}
	s.versions[key] = made
	return made, nil
}

// versionAt returns the version by which a site works: its phones ask nothing of a later one.
func (s *Service) versionAt(ctx context.Context, study casebook.StudyID, site casebook.SiteID) (*version, error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	return s.version(ctx, study, int(st.At(site).Number))
}

// byHash finds the version in which the form had the content that hash names, from the newest back; nil if none had.
func (s *Service) byHash(ctx context.Context, study casebook.StudyID, form, hash string) (*version, error) {
	v, err := s.version(ctx, study, 0)
	for {
		if err != nil {
			return nil, err
		}
		if v.forms[hash] == form {
			return v, nil
		}
		if v.Number == 1 {
			return nil, nil
		}
		v, err = s.version(ctx, study, v.Number-1)
	}
}
