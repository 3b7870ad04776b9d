package r4

import (
	"context"
	"net/http"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm/fhir"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// pseudonymous says of a Patient that nobody can tell from it who it is.
var pseudonymous = []web.Coding{{System: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", Code: "PSEUDED"}}

// person is a Patient: a subject by its code, at its site, and nothing else.
type person struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Meta         meta         `json:"meta"`
	Identifier   []identifier `json:"identifier"`
	Active       bool         `json:"active"`
	Organization reference    `json:"managingOrganization"`
}

func personOf(study casebook.StudyID, s patient.Subject) person {
	return person{"Patient", fhir.ID(string(s.ID)), meta{LastUpdated: s.StatusAt.UTC(), Security: pseudonymous},
		[]identifier{{"usual", subjectSystem(study), string(s.ID)}}, s.Status == patient.Screening || s.Status == patient.Enrolled,
		reference{Reference: "Organization/" + fhir.ID(string(s.Site))}}
}

// participant is a ResearchSubject: where a subject stands in the study. It has the id of its Patient.
type participant struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Meta         meta         `json:"meta"`
	Identifier   []identifier `json:"identifier"`
	Status       string       `json:"status"`
	Period       period       `json:"period"`
	Study        reference    `json:"study"`
	Individual   reference    `json:"individual"`
}

type period struct {
	Start any `json:"start"`
}

// statuses are FHIR's words (value set research-subject-status) for where a subject stands.
var statuses = map[patient.Status]string{patient.Screening: "screening", patient.Enrolled: "on-study", patient.ScreenFailed: "ineligible",
	patient.Withdrawn: "withdrawn", patient.Completed: "off-study", patient.Inactive: "not-registered"}

func participantOf(study casebook.StudyID, s patient.Subject) participant {
	id := fhir.ID(string(s.ID))
	return participant{"ResearchSubject", id, meta{LastUpdated: s.StatusAt.UTC()}, []identifier{{"usual", subjectSystem(study), string(s.ID)}},
		statuses[s.Status], period{s.EnrolledAt.UTC()}, reference{Reference: "ResearchStudy/" + fhir.ID(string(study))}, reference{Reference: "Patient/" + id}}
}

// subjects is a page of the subjects that a search asks for and its caller may see.
func (s *Service) subjects(r *http.Request, q query, ids ...string) (patient.Page, error) {
	ctx, study := r.Context(), studyOf(r)
	ask := patient.Query{After: casebook.SubjectID(q.Get("_after")), Limit: q.count}
	ask.AllSites, ask.Sites = auth.From(ctx).Sites(auth.SubjectRead, study)
	one, asked := q.token("identifier", subjectSystem(study))
	for _, name := range ids {
		if id := q.Get(name); id != "" {
			one, asked = fhir.Name(reference{Reference: id}.or("Patient", id)), true
		}
	}
	page := patient.Page{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if !asked {
			page, err = patient.List(ctx, tx, study, ask)
			return err
		}
		found, err := patient.Find(ctx, tx, study, casebook.SubjectID(one))
		switch {
		case casebook.KindOf(err) == casebook.NotFound && err != nil:
			return nil
		case err == nil && auth.From(ctx).Allows(auth.SubjectRead, study, found.Site) && found.Status != patient.Inactive:
			page.Subjects = append(page.Subjects, found)
		}
		return err
	})
	return page, err
}

// or is the id that a reference names, or the text itself where it is an id alone.
func (r reference) or(kind, id string) string {
	if of := r.to(kind); of != "" {
		return of
	}
	return id
}

// searchPatients finds Patients by _id or identifier.
func (s *Service) searchPatients(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "identifier")
	if err != nil {
		return err
	}
	page, err := s.subjects(r, q, "_id")
	if err != nil {
		return err
	}
	b := q.found(string(page.Next))
	for _, one := range page.Subjects {
		p := personOf(studyOf(r), one)
		q.add(b, "Patient", p.ID, p)
	}
	return web.Resource(w, http.StatusOK, b)
}

// readPatient is one Patient.
func (s *Service) readPatient(w http.ResponseWriter, r *http.Request) error {
	_, found, err := s.subject(r, auth.SubjectRead, r.PathValue("fhirSubject"))
	if err != nil {
		return err
	}
	return web.Resource(w, http.StatusOK, personOf(studyOf(r), found))
}

// searchResearchSubjects finds ResearchSubjects by _id, identifier, individual (or patient).
func (s *Service) searchResearchSubjects(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "identifier", "individual", "patient")
	if err != nil {
		return err
	}
	page, err := s.subjects(r, q, "_id", "individual", "patient")
	if err != nil {
		return err
	}
	b := q.found(string(page.Next))
	for _, one := range page.Subjects {
		p := participantOf(studyOf(r), one)
		q.add(b, "ResearchSubject", p.ID, p)
	}
	return web.Resource(w, http.StatusOK, b)
}

// readResearchSubject is one ResearchSubject.
func (s *Service) readResearchSubject(w http.ResponseWriter, r *http.Request) error {
	_, found, err := s.subject(r, auth.SubjectRead, r.PathValue("fhirSubject"))
	if err != nil {
		return err
	}
	return web.Resource(w, http.StatusOK, participantOf(studyOf(r), found))
}

// research is a ResearchStudy.
type research struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Identifier   []identifier `json:"identifier"`
	Title        string       `json:"title"`
	Status       string       `json:"status"`
	Description  string       `json:"description,omitzero"`
	Site         []reference  `json:"site,omitempty"` // Locations, by our name of the site
}

func (s *Service) research(ctx context.Context, study casebook.StudyID) (research, error) {
	t, err := s.trials.Get(ctx, study)
	if err != nil {
		return research{}, err
	}
	sites, err := s.trials.Sites(ctx, study)
	out := research{ResourceType: "ResearchStudy", ID: fhir.ID(string(study)), Identifier: []identifier{{"official", studySystem, string(study)}},
		Title: t.Name, Status: "active", Description: t.Description}
	if t.Version == 0 {
		out.Status = "in-review" // no definition is published yet
	}
	for _, one := range sites {
		out.Site = append(out.Site, reference{Type: "Location", Identifier: &identifier{System: siteSystem(study), Value: string(one.ID)}, Display: one.Name.In("en")})
	}
	return out, err
}

// searchStudy finds the ResearchStudy of this address: there is one.
func (s *Service) searchStudy(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "identifier")
	if err != nil {
		return err
	}
	one, err := s.research(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	b := q.found("")
	name, asked := q.token("identifier", studySystem)
	if (q.Get("_id") == "" || q.Get("_id") == one.ID) && (!asked || name == string(studyOf(r))) {
		q.add(b, "ResearchStudy", one.ID, one)
	}
	return web.Resource(w, http.StatusOK, b)
}

// readStudy is the ResearchStudy of this address.
func (s *Service) readStudy(w http.ResponseWriter, r *http.Request) error {
	one, err := s.research(r.Context(), studyOf(r))
	if err == nil && r.PathValue("id") != one.ID {
		err = missing("ResearchStudy", r.PathValue("id"))
	}
	if err != nil {
		return err
	}
	return web.Resource(w, http.StatusOK, one)
}

// place is an Organization: a site.
type place struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Identifier   []identifier `json:"identifier"`
	Active       bool         `json:"active"`
	Name         string       `json:"name"`
	Alias        []string     `json:"alias,omitempty"`
}

func placeOf(study casebook.StudyID, site trial.Site) place {
	p := place{"Organization", fhir.ID(string(site.ID)), []identifier{{"official", siteSystem(study), string(site.ID)}}, site.State == trial.Active, site.Name.In(i18n.English), nil}
	if other := site.Name[i18n.Chinese]; other != "" && other != p.Name {
		p.Alias = []string{other}
	}
	return p
}

// searchSites finds the sites by _id or identifier.
func (s *Service) searchSites(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "identifier")
	if err != nil {
		return err
	}
	sites, err := s.trials.Sites(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	name, asked := q.token("identifier", siteSystem(studyOf(r)))
	var all []place
	next := ""
	for _, site := range sites {
		p := placeOf(studyOf(r), site)
		if q.Get("_id") != "" && q.Get("_id") != p.ID || asked && name != string(site.ID) || string(site.ID) <= q.Get("_after") {
			continue
		}
		if len(all) == q.count {
			next = fhir.Name(all[len(all)-1].ID)
			break
		}
		all = append(all, p)
	}
	b := q.found(next)
	for _, p := range all {
		q.add(b, "Organization", p.ID, p)
	}
	return web.Resource(w, http.StatusOK, b)
}

// readSite is one site.
func (s *Service) readSite(w http.ResponseWriter, r *http.Request) error {
	sites, err := s.trials.Sites(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	for _, site := range sites {
		if p := placeOf(studyOf(r), site); p.ID == r.PathValue("id") {
			return web.Resource(w, http.StatusOK, p)
		}
	}
	return missing("Organization", r.PathValue("id"))
}
