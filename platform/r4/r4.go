// Package r4 is a study in the words of HL7 FHIR R4 (4.0.1): its participants, forms and answers as resources that are read,
// searched and created. It refuses to keep anything itself, to take in what says who somebody is, and to leave out silently
// what a resource says and a casebook has no place for.
//
// docs/format/fhir-api.md says what becomes of what.
package r4

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm/fhir"
	"casebook/patient"
	"casebook/platform"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Service answers FHIR's addresses.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	trials *trial.Service
	forms  *record.Service
	hooks  *platform.Service

	// Done hears of each save whether we did our part; nil hears nothing. It is set before the service serves.
	Done func(study casebook.StudyID, site casebook.SiteID, well bool)
}

// New returns the FHIR face of l's studies.
func New(l *ledger.Ledger, trials *trial.Service, forms *record.Service, hooks *platform.Service) *Service {
	return &Service{ledger: l, db: l.DB(), trials: trials, forms: forms, hooks: hooks}
}

// base is a study's address; below it stand FHIR's.
const base = root + "/{study}"

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	study, manage, subjects := auth.InStudy(auth.StudyRead), auth.InStudy(auth.StudyManage), auth.SiteInside(auth.SubjectRead)
	enrol, read, write := auth.SiteInside(auth.SubjectEnrol), auth.SiteInside(auth.FormRead), auth.SiteInside(auth.FormWrite)
	return []auth.Route{
		{Pattern: "GET " + root + "/metadata", Policy: auth.Public, Handle: s.rootMetadata},
		{Pattern: "POST " + root + "/ResearchStudy", Policy: auth.OnPlatform(auth.PlatformManage), Handle: s.createStudy},
		{Pattern: "GET " + base + "/metadata", Policy: auth.Public, Handle: s.metadata},
		{Pattern: "POST " + base, Policy: write, Handle: s.transaction},
		{Pattern: "GET " + base + "/ResearchStudy", Policy: study, Handle: s.searchStudy},
		{Pattern: "GET " + base + "/ResearchStudy/{id}", Policy: study, Handle: s.readStudy},
		{Pattern: "GET " + base + "/Organization", Policy: study, Handle: s.searchSites},
		{Pattern: "GET " + base + "/Organization/{id}", Policy: study, Handle: s.readSite},
		{Pattern: "GET " + base + "/Questionnaire", Policy: study, Handle: s.searchQuestionnaires},
		{Pattern: "GET " + base + "/Questionnaire/{id}", Policy: study, Handle: s.readQuestionnaire},
		{Pattern: "POST " + base + "/Questionnaire", Policy: manage, Handle: s.createQuestionnaire},
		{Pattern: "GET " + base + "/Patient", Policy: subjects, Handle: s.searchPatients},
		{Pattern: "GET " + base + "/Patient/{fhirSubject}", Policy: subjects, Handle: s.readPatient},
		{Pattern: "POST " + base + "/Patient", Policy: enrol, Handle: s.createPatient},
		{Pattern: "GET " + base + "/ResearchSubject", Policy: subjects, Handle: s.searchResearchSubjects},
		{Pattern: "GET " + base + "/ResearchSubject/{fhirSubject}", Policy: subjects, Handle: s.readResearchSubject},
		{Pattern: "POST " + base + "/ResearchSubject", Policy: enrol, Handle: s.createResearchSubject},
		{Pattern: "GET " + base + "/QuestionnaireResponse", Policy: read, Handle: s.searchResponses},
		{Pattern: "GET " + base + "/QuestionnaireResponse/{response}", Policy: read, Handle: s.readResponse},
		{Pattern: "POST " + base + "/QuestionnaireResponse", Policy: write, Handle: s.createResponse},
		{Pattern: "POST " + base + "/Observation", Policy: write, Handle: s.createObservation},
		{Pattern: "GET " + base + "/Observation/{result}", Policy: read, Handle: s.readObservation},
		{Pattern: "GET " + base + "/Subscription", Policy: manage, Handle: s.searchSubscriptions},
		{Pattern: "GET " + base + "/Subscription/{webhook}", Policy: manage, Handle: s.readSubscription},
		{Pattern: "POST " + base + "/Subscription", Policy: manage, Handle: s.createSubscription},
		{Pattern: "DELETE " + base + "/Subscription/{webhook}", Policy: manage, Handle: s.deleteSubscription},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// unknown is what a resource is answered with that is not there, or not for this caller.
func unknown(kind, id string) error {
	return casebook.Fail(casebook.NotFound, "r4.unknown", kind, id).At("id")
}

// missing is what a resource of the study as a whole is answered with that is not there.
func missing(kind, id string) error {
	return casebook.Fail(casebook.NotFound, "r4.missing", kind, id).At("id")
}

// The systems of our names.
const studySystem = "urn:casebook:study"

func subjectSystem(study casebook.StudyID) string {
	return "urn:casebook:" + string(study) + ":subject"
}
func siteSystem(study casebook.StudyID) string { return "urn:casebook:" + string(study) + ":site" }

// meta is what a resource says of itself.
type meta struct {
	VersionID   string       `json:"versionId,omitzero"`
	LastUpdated time.Time    `json:"lastUpdated,omitzero"`
	Security    []web.Coding `json:"security,omitempty"`
}

type identifier struct {
	Use    string `json:"use,omitzero"`
	System string `json:"system,omitzero"`
	Value  string `json:"value,omitzero"`
}

type reference struct {
	Reference  string      `json:"reference,omitzero"`
	Type       string      `json:"type,omitzero"`
	Identifier *identifier `json:"identifier,omitzero"`
	Display    string      `json:"display,omitzero"`
}

// to is the id that a reference of a kind names: "Patient/1", with or without the address before it.
func (r reference) to(kind string) string {
	parts := strings.Split(r.Reference, "/")
	if n := len(parts); n >= 2 && parts[n-2] == kind {
		return parts[n-1]
	}
	return ""
}

// bundle is a list of resources.
type bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Link         []link  `json:"link,omitempty"`
	Entry        []entry `json:"entry,omitempty"`
}

type link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type entry struct {
	FullURL  string    `json:"fullUrl,omitzero"`
	Resource any       `json:"resource,omitzero"`
	Search   *mode     `json:"search,omitzero"`
	Response *response `json:"response,omitzero"`
}

type mode struct {
	Mode string `json:"mode"`
}

type response struct {
	Status       string    `json:"status"`
	Location     string    `json:"location,omitzero"`
	ETag         string    `json:"etag,omitzero"`
	LastModified time.Time `json:"lastModified,omitzero"`
}

// The sizes of pages.
const (
	usualCount = 50
	mostCount  = 500
)

// query is a search as it was asked for.
type query struct {
	url.Values
	count int
	base  string // the study's absolute address
	path  string
}

// search reads a search's parameters. One that is not among names is refused: a filter that is left out silently answers with
// what nobody asked for. Errors: Invalid r4.parameter, r4.count.
func search(r *http.Request, names ...string) (query, error) {
	q := query{r.URL.Query(), usualCount, address(r), r.URL.Path}
	for name, values := range q.Values {
		if name != "_count" && name != "_after" && name != "_format" && !slices.Contains(names, name) || len(values) != 1 {
			return q, casebook.Fail(casebook.Invalid, "r4.parameter", name).At(name)
		}
	}
	if text := q.Get("_count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostCount {
			return q, casebook.Fail(casebook.Invalid, "r4.count", text, mostCount).At("_count")
		}
		q.count = n
	}
	return q, nil
}

// address is a study's base as the caller knows it.
func address(r *http.Request) string { return addressOf(r, studyOf(r)) }

// addressOf is the base of any study; that of "" is where studies are created.
func addressOf(r *http.Request, study casebook.StudyID) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	if study == "" {
		return scheme + "://" + r.Host + root
	}
	return scheme + "://" + r.Host + root + "/" + url.PathEscape(string(study))
}

// token reads a parameter of the form value or system|value; what names another system finds nothing.
func (q query) token(name, system string) (value string, asked bool) {
	text := q.Get(name)
	if text == "" {
		return "", false
	}
	if of, value, ok := strings.Cut(text, "|"); ok {
		if of != "" && of != system {
			return "", true
		}
		return value, true
	}
	return text, true
}

// found makes a search's answer. next is where the next page begins; "" is the last.
func (q query) found(next string) *bundle {
	at := func(values url.Values) string {
		if len(values) == 0 {
			return q.base + strings.TrimPrefix(q.path, pathOf(q.base))
		}
		return q.base + strings.TrimPrefix(q.path, pathOf(q.base)) + "?" + values.Encode()
	}
	b := &bundle{ResourceType: "Bundle", Type: "searchset", Link: []link{{"self", at(q.Values)}}}
	if next != "" {
		more := url.Values{}
		for name := range q.Values {
			more.Set(name, q.Get(name))
		}
		more.Set("_after", next)
		b.Link = append(b.Link, link{"next", at(more)})
	}
	return b
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// add puts a resource into a search's answer.
func (q query) add(b *bundle, kind, id string, resource any) {
	b.Entry = append(b.Entry, entry{FullURL: q.base + "/" + kind + "/" + id, Resource: resource, Search: &mode{"match"}})
}

// subjectNamed finds the subject of an id that package fhir made.
func subjectNamed(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (patient.Subject, error) {
	if name := casebook.SubjectID(fhir.Name(id)); name != "" {
		return patient.Find(ctx, tx, study, name)
	}
	all, err := patient.All(ctx, tx, study) // a name that is too long for an id is found by looking
	if err != nil {
		return patient.Subject{}, err
	}
	for _, s := range all {
		if fhir.ID(string(s.ID)) == id {
			return s, nil
		}
	}
	return patient.Subject{}, patient.Unknown(casebook.SubjectID(id))
}

// subject finds a subject for whoever may do action at its site. One of a foreign site is answered like one that is not there.
func (s *Service) subject(r *http.Request, action auth.Action, id string) (context.Context, patient.Subject, error) {
	var found patient.Subject
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		found, err = subjectNamed(r.Context(), tx, studyOf(r), id)
		return err
	})
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), found.Site)
	if err == nil && !ok || casebook.KindOf(err) == casebook.NotFound && err != nil {
		return ctx, found, unknown("subject", id)
	}
	return ctx, found, err
}
