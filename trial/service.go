package trial

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
)

// patientsTime is the longest that Patients may take.
const patientsTime = 2 * time.Second

// Service is the trials of this process's database.
type Service struct {
	ledger   *ledger.Ledger
	patients Patients

	// Rules names the rules of a definition that would not run; it is set before the service serves. Without it none
	// are looked for.
	Rules func(*odm.Version) []Problem

	// Appoint makes somebody a new study's data manager; it is set before the service serves.
	Appoint func(ctx context.Context, study casebook.StudyID, user casebook.UserID) error

	mu       sync.Mutex
	versions map[versionKey]*Version
	newest   map[casebook.StudyID]seen
}

// New returns the trials kept beside l. patients answers for who is enrolled.
func New(l *ledger.Ledger, patients Patients) *Service {
	return &Service{ledger: l, patients: patients, versions: map[versionKey]*Version{}, newest: map[casebook.StudyID]seen{}}
}

// Create adds a trial without sites and versions.
func (s *Service) Create(ctx context.Context, t Trial) (Trial, error) {
	if err := t.check(); err != nil {
		return Trial{}, err
	}
	err := s.ledger.Write(ctx, t.ID, func(w *ledger.Writer) error {
		t.CreatedAt, t.Version = w.Now, 0
		fresh, err := create(ctx, w, t)
		if err == nil && !fresh {
			return casebook.Fail(casebook.Conflict, "trial.exists", t.ID).At("id")
		}
		return err
	})
	return t, err
}

// AddSite adds a site; it is Active unless it says otherwise.
func (s *Service) AddSite(ctx context.Context, study casebook.StudyID, site Site) (added Site, err error) {
	if err := site.check(); err != nil {
		return Site{}, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		added, err = addSite(ctx, w, site)
		return err
	})
	if err == nil {
		s.forget(study)
	}
	return added, err
}

// SetSiteState moves a site to another state, for a reason.
func (s *Service) SetSiteState(ctx context.Context, study casebook.StudyID, id casebook.SiteID, to SiteState, reason string) (changed Site, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		changed, err = setSiteState(ctx, w, id, to, reason)
		return err
	})
	if err == nil {
		s.forget(study)
	}
	return changed, err
}

// Get returns the trial, or NotFound trial.unknown.
func (s *Service) Get(ctx context.Context, study casebook.StudyID) (t Trial, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		t, err = Find(ctx, tx, study)
		return err
	})
	return t, err
}

// List returns those among studies that exist, by id.
func (s *Service) List(ctx context.Context, studies []casebook.StudyID) (all []Summary, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		all, err = list(ctx, tx, studies)
		return err
	})
	return all, err
}

func list(ctx context.Context, tx *store.Tx, studies []casebook.StudyID) ([]Summary, error) {
	subjects, err := patient.Count(ctx, tx, studies)
	if err != nil || len(studies) == 0 {
		return []Summary{}, err
	}
	marks, args := make([]string, len(studies)), make([]any, len(studies))
	for i, id := range studies {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), id
	}
	return store.All(ctx, tx, func(r *store.Rows) (s Summary, err error) {
		var at int64
		err = r.Scan(&s.ID, &s.Name, &s.Description, &s.Environment, &at, &s.Version, &s.Sites)
		s.CreatedAt, s.Subjects = store.Time(at), subjects[s.ID]
		return s, err
	}, `SELECT `+trialColumns+`, (SELECT count(*) FROM trial_site s WHERE s.study_id = t.study_id) FROM trial t
		WHERE study_id IN (`+strings.Join(marks, ",")+`) ORDER BY study_id`, args...)
}

// Sites returns the sites of the trial, by id.
func (s *Service) Sites(ctx context.Context, study casebook.StudyID) (sites []Site, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		if _, err = Find(ctx, tx, study); err != nil {
			return err
		}
		sites, err = SitesOf(ctx, tx, study)
		return err
	})
	return sites, err
}

// Patients returns a page of who is enrolled, within what is left of ctx and at most 2 s.
func (s *Service) Patients(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, patientsTime)
	defer cancel()
	if _, err := s.Get(ctx, study); err != nil {
		return patient.Page{}, err
	}
	return s.patients.InTrial(ctx, study, q)
}

// Enrol adds a subject at an active site of the trial: EnrolIn in a write of its own.
func (s *Service) Enrol(ctx context.Context, study casebook.StudyID, e patient.Enrolment) (added patient.Subject, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		added, err = EnrolIn(ctx, w, e)
		return err
	})
	return added, err
}

// EnrolIn adds a subject at an active site of the trial, in the caller's write.
func EnrolIn(ctx context.Context, w *ledger.Writer, e patient.Enrolment) (patient.Subject, error) {
	site, err := FindSite(ctx, w.Tx, w.Study, e.Site)
	if err != nil {
		return patient.Subject{}, err
	}
	if site.State != Active {
		return patient.Subject{}, casebook.Fail(casebook.Conflict, "trial.site_inactive", e.Site, site.State).At("site")
	}
	return patient.Enrol(ctx, w, e)
}
