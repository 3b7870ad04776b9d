package r4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/patient"
	"casebook/platform/lab"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxResource = 1 << 20 // bytes of a resource, or of a transaction
	mostEntries = 200     // of a transaction
)

// making is one resource that is to be made. In a transaction, named are the resources that came before it under the names of
// the bundle, and status is where a ResearchSubject of the same bundle puts a Patient.
type making struct {
	text   jsontext.Value
	place  string // in the bundle
	named  map[string]string
	status patient.Status
}

// made is a resource that was made: what it is called, and where the write left it.
type made struct {
	Kind, ID string
	Opened   []record.Query
	sites    []casebook.SiteID
}

// maker makes one kind of resource in a write.
type maker func(ctx context.Context, s *Service, w *ledger.Writer, m making) (made, error)

// kinds are what can be made, in the order in which a transaction makes them (FHIR R4, section 3.1.0.11.2: the order of the
// entries does not matter).
var kinds = []struct {
	name string
	make maker
}{{"Patient", makePatient}, {"ResearchSubject", makeParticipant}, {"QuestionnaireResponse", makeResponse}, {"Observation", makeObservation}}

// createPatient takes a subject in at the site that managingOrganization names, for screening.
func (s *Service) createPatient(w http.ResponseWriter, r *http.Request) error {
	return s.create(w, r, makePatient)
}

// createResearchSubject says where a subject stands in the study from now on.
func (s *Service) createResearchSubject(w http.ResponseWriter, r *http.Request) error {
	return s.create(w, r, makeParticipant)
}

// createResponse enters a form that has no values yet, by the same rules as a person's entry.
func (s *Service) createResponse(w http.ResponseWriter, r *http.Request) error {
	return s.create(w, r, makeResponse)
}

// create makes one resource and answers it; with validate_only it keeps nothing and answers what would be asked about it.
func (s *Service) create(w http.ResponseWriter, r *http.Request, make maker) error {
	text, request, dry, err := s.asked(r)
	if err != nil {
		return err
	}
	all, err := s.together(r.Context(), studyOf(r), request, dry, func(ctx context.Context, w *ledger.Writer) ([]made, error) {
		one, err := make(ctx, s, w, making{text: text})
		return []made{one}, err
	})
	if err != nil {
		return err
	}
	one := all[0]
	if dry && one.Kind == "Questionnaire" {
		return s.drafted(w, r, http.StatusOK, text)
	}
	if dry {
		return s.judged(w, r, all)
	}
	w.Header().Set("Location", address(r)+"/"+one.Kind+"/"+one.ID)
	if one.Kind == "QuestionnaireResponse" {
		f, err := s.kept(r.Context(), studyOf(r), one.ID)
		if err != nil {
			return err
		}
		return s.show(w, r, http.StatusCreated, f)
	}
	if one.Kind == "Questionnaire" {
		return s.drafted(w, r, http.StatusCreated, text)
	}
	if one.Kind == "Observation" {
		found, err := lab.Find(r.Context(), s.db, studyOf(r), one.ID)
		if err != nil {
			return err
		}
		whole, err := observed(studyOf(r), found)
		if err != nil {
			return err
		}
		return web.Resource(w, http.StatusCreated, whole)
	}
	var subject patient.Subject
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		subject, err = subjectNamed(r.Context(), tx, studyOf(r), one.ID)
		return err
	})
	if err != nil {
		return err
	}
	if one.Kind == "Patient" {
		return web.Resource(w, http.StatusCreated, personOf(studyOf(r), subject))
	}
	return web.Resource(w, http.StatusCreated, participantOf(studyOf(r), subject))
}

// asked reads what a write asks for.
func (s *Service) asked(r *http.Request) (text []byte, request record.Request, dry bool, err error) {
	if r.Header.Get("If-None-Exist") != "" {
		return nil, request, false, casebook.Fail(casebook.Unsupported, "r4.conditional").At("If-None-Exist")
	}
	if text, err = web.Body(r, maxResource); err != nil {
		return nil, request, false, err
	}
	var any map[string]any
	if err := web.Parse(text, &any); err != nil {
		return nil, request, false, err
	}
	request = record.Request{Name: r.Header.Get("Idempotency-Key"), Body: text, Hash: sha256.Sum256(append([]byte(r.URL.Path+"\n"), text...))}
	return text, request, r.URL.Query().Get("validate_only") == "true", nil
}

// together makes all of it in one transaction, or nothing, and returns what was made, now or when it was first asked for.
func (s *Service) together(ctx context.Context, study casebook.StudyID, request record.Request, dry bool, fn func(context.Context, *ledger.Writer) ([]made, error)) (all []made, err error) {
	var sites []casebook.SiteID
	done, err := s.forms.Together(ctx, study, request, dry, func(w *ledger.Writer) (string, error) {
		all, err = fn(ctx, w)
		sites = nil
		names := make([]string, len(all))
		for i, one := range all {
			names[i], sites = one.Kind+"/"+one.ID, append(sites, one.sites...)
		}
		return strings.Join(names, " "), err
	})
	if s.Done != nil {
		for _, site := range sites {
			s.Done(study, site, true)
		}
	}
	if err != nil || !done.Again {
		return all, err
	}
	all = nil
	for _, name := range strings.Fields(done.Made) {
		kind, id, _ := strings.Cut(name, "/")
		all = append(all, made{Kind: kind, ID: id})
	}
	return all, nil
}

// kept is the form of a response's id.
func (s *Service) kept(ctx context.Context, study casebook.StudyID, id string) (*record.Form, error) {
	var subject patient.Subject
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		subject, err = subjectNamed(ctx, tx, study, fhir.SubjectOf(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.formOf(ctx, study, subject, id)
}

// judged answers what a write would have asked about: each query that it would have opened.
func (s *Service) judged(w http.ResponseWriter, r *http.Request, all []made) error {
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	out := web.Outcome{ResourceType: "OperationOutcome"}
	for _, one := range all {
		for _, q := range one.Opened {
			out.Issue = append(out.Issue, web.OutcomeIssue{Severity: "warning", Code: "business-rule", Details: told(q.Text, lang), Diagnostics: "rule " + q.Rule,
				Location: []string{q.Group + "/" + q.Repeat + "/" + q.Item}})
		}
	}
	if out.Issue == nil {
		out.Issue = []web.OutcomeIssue{{Severity: "information", Code: "informational", Details: web.Told("", lang, i18n.Texts("r4.would_be_kept"))}}
	}
	return web.Resource(w, http.StatusOK, out)
}

// told is a text of a definition as a CodeableConcept.
func told(text odm.Text, lang string) *web.Details {
	texts := map[string]string{lang: text.In(lang)}
	for other, t := range text {
		if other != "" && t != texts[lang] {
			texts[other] = t
		}
	}
	return web.Told("", lang, texts)
}

// refused is what a resource says and a casebook has no place for.
func refused(code string, m making, issues []web.Issue) error {
	return web.Extend(casebook.Fail(casebook.Unprocessable, code).At(m.place+issues[0].Place), "issues", issues)
}

// whole refuses members of a resource that are not kept.
func (m making) whole(code string, known ...string) error {
	var all map[string]jsontext.Value
	if err := json.Unmarshal(m.text, &all); err != nil {
		return casebook.Fail(casebook.Invalid, "r4.resource").At(m.place)
	}
	var issues []web.Issue
	for name := range all {
		if !slices.Contains(known, name) {
			issues = append(issues, web.Issue{Place: "/" + name, What: name})
		}
	}
	if len(issues) == 0 {
		return nil
	}
	slices.SortFunc(issues, func(a, b web.Issue) int { return strings.Compare(a.Place, b.Place) })
	return refused(code, m, issues)
}

// read takes the members that are understood out of a resource of a kind.
func (m making) read(kind string, into any) error {
	var head struct {
		ResourceType string `json:"resourceType"`
	}
	if json.Unmarshal(m.text, &head) != nil || head.ResourceType != kind || json.Unmarshal(m.text, into) != nil {
		return casebook.Fail(casebook.Invalid, "r4.kind", kind).At(m.place + "/resourceType")
	}
	return nil
}

// resolved is a reference within a bundle as one to what was made of it.
func (m making) resolved(r reference) reference {
	if to := m.named[r.Reference]; to != "" {
		r.Reference = to
	}
	return r
}

// named is the name of ours that a reference or an identifier in it says.
func (r reference) named(kind, system string) string {
	if id := r.to(kind); id != "" {
		return fhir.Name(id)
	}
	if r.Identifier != nil && (r.Identifier.System == "" || r.Identifier.System == system) {
		return r.Identifier.Value
	}
	return ""
}

func makePatient(ctx context.Context, s *Service, w *ledger.Writer, m making) (made, error) {
	var in struct {
		Identifier   []identifier `json:"identifier"`
		Organization reference    `json:"managingOrganization"`
	}
	if err := m.read("Patient", &in); err != nil {
		return made{}, err
	}
	if err := m.whole("r4.pseudonymous", "resourceType", "id", "meta", "identifier", "active", "managingOrganization"); err != nil {
		return made{}, err
	}
	e := patient.Enrolment{Site: casebook.SiteID(in.Organization.named("Organization", siteSystem(w.Study))), Status: patient.Screening}
	if m.status != "" {
		e.Status = m.status
	}
	for _, id := range in.Identifier {
		if id.System != subjectSystem(w.Study) {
			return made{}, refused("r4.pseudonymous", m, []web.Issue{{Place: "/identifier", What: id.System}})
		}
		e.Subject = casebook.SubjectID(id.Value)
	}
	ctx, may := auth.Act(ctx, auth.SubjectEnrol, w.Study, e.Site)
	if e.Site == "" || !may {
		return made{}, casebook.Fail(casebook.NotFound, "trial.site_unknown", e.Site).At("managingOrganization")
	}
	added, err := trial.EnrolIn(ctx, w, e)
	return made{Kind: "Patient", ID: fhir.ID(string(added.ID))}, err
}

// reasonURL is the extension by which a resource says why something changes.
const reasonURL = "urn:casebook:reason"

func makeParticipant(ctx context.Context, s *Service, w *ledger.Writer, m making) (made, error) {
	var in struct {
		Extension []struct {
			URL   string `json:"url"`
			Value string `json:"valueString"`
		} `json:"extension"`
		Status     string    `json:"status"`
		Study      reference `json:"study"`
		Individual reference `json:"individual"`
	}
	if err := m.read("ResearchSubject", &in); err != nil {
		return made{}, err
	}
	if err := m.whole("r4.no_place", "resourceType", "id", "meta", "identifier", "extension", "status", "study", "individual"); err != nil {
		return made{}, err
	}
	if id := in.Study.to("ResearchStudy"); id != fhir.ID(string(w.Study)) {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.other_study").At(m.place + "/study")
	}
	to, known := statusOf(in.Status)
	if !known {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.status", in.Status).At(m.place + "/status")
	}
	subject, ctx, err := s.of(ctx, w, auth.SubjectEnrol, m.resolved(in.Individual))
	if err != nil {
		return made{}, err
	}
	out := made{Kind: "ResearchSubject", ID: fhir.ID(string(subject.ID))}
	if subject.Status == to {
		return out, nil
	}
	reason := ""
	for _, x := range in.Extension {
		if x.URL == reasonURL {
			reason = x.Value
		}
	}
	_, err = patient.SetStatus(ctx, w, subject.ID, to, reason)
	return out, err
}

// statusOf is where FHIR's word puts a subject.
func statusOf(word string) (patient.Status, bool) {
	for status, is := range statuses {
		if is == word && status != patient.Inactive {
			return status, true
		}
	}
	return "", false
}

// of finds the subject that a reference names, for whoever may do action at its site, and acts for its site.
func (s *Service) of(ctx context.Context, w *ledger.Writer, action auth.Action, r reference) (patient.Subject, context.Context, error) {
	name := casebook.SubjectID(r.named("Patient", subjectSystem(w.Study)))
	found, err := patient.Find(ctx, w.Tx, w.Study, name)
	acting, may := auth.Act(ctx, action, w.Study, found.Site)
	if err == nil && !may {
		err = patient.Unknown(name)
	}
	return found, acting, err
}

func makeResponse(ctx context.Context, s *Service, w *ledger.Writer, m making) (made, error) {
	var in struct {
		Questionnaire string     `json:"questionnaire"`
		Status        string     `json:"status"`
		Subject       reference  `json:"subject"`
		Identifier    identifier `json:"identifier"`
	}
	if err := m.read("QuestionnaireResponse", &in); err != nil {
		return made{}, err
	}
	if err := m.whole("r4.no_place", "resourceType", "id", "meta", "language", "text", "identifier", "questionnaire", "status", "subject", "authored", "item"); err != nil {
		return made{}, err
	}
	if in.Status != "in-progress" && in.Status != "completed" {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.status", in.Status).At(m.place + "/status")
	}
	subject, ctx, err := s.of(ctx, w, auth.FormWrite, m.resolved(in.Subject))
	if err != nil {
		return made{}, err
	}
	st, err := s.forms.Study(ctx, w.Study)
	if err != nil {
		return made{}, err
	}
	v, err := s.trials.Version(ctx, w.Study, int(st.At(subject.Site).Number))
	if err != nil {
		return made{}, err
	}
	form, version, ok := formNamed(w.Study, in.Questionnaire)
	if !ok || version != "" && version != v.Definition.OID {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.version", v.Definition.OID).At(m.place + "/questionnaire")
	}
	read, losses, err := fhir.ReadResponse(bytes.NewReader(m.text), v.Definition, form)
	if err != nil {
		return made{}, err
	}
	if len(losses) > 0 {
		issues := make([]web.Issue, len(losses))
		for i, l := range losses {
			issues[i] = web.Issue{Place: l.Place, What: l.What}
		}
		return made{}, refused("r4.no_place", m, issues)
	}
	key, err := m.where(st.At(subject.Site), record.Key{Study: w.Study, Subject: subject.ID, Form: form}, v.Definition, in.Identifier, s.db.World())
	if err != nil {
		return made{}, err
	}
	save := record.Save{Key: key}
	for _, a := range read.Answers {
		save.Items = append(save.Items, record.Value{Group: a.Group, Repeat: a.Repeat, Item: a.Item, Value: a.Value, Blank: a.Blank})
	}
	out, _, err := s.forms.SaveIn(ctx, w, st, save)
	if err != nil {
		return made{}, err
	}
	if out.Form.Version == 0 {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.empty").At(m.place + "/item")
	}
	return made{"QuestionnaireResponse", fhir.ResponseID(string(subject.ID), key.Ref()), out.After.Opened, []casebook.SiteID{subject.Site}}, nil
}

// where is the place in the casebook that a response is for: the one that its identifier names, else the only one that its form
// has, else a new repetition where the form or its event repeats.
func (m making) where(st *record.Study, k record.Key, v *odm.Version, id identifier, world casebook.World) (record.Key, error) {
	if id.Value != "" {
		subject, ref, _ := strings.Cut(id.Value, "/")
		named, ok := record.ParseRef(k.Study, k.Subject, ref)
		if !ok || id.System != formSystem(k.Study) || named.Form != k.Form || casebook.SubjectID(subject) != k.Subject {
			return k, casebook.Fail(casebook.Unprocessable, "r4.place", id.Value).At(m.place + "/identifier")
		}
		return named, nil
	}
	var events []odm.Event
	for _, e := range v.Events {
		if slices.ContainsFunc(e.Forms, func(r odm.Ref) bool { return r.OID == k.Form }) {
			events = append(events, e)
		}
	}
	if len(events) == 1 && !events[0].Repeating && !st.FormRepeats(k.Form) {
		k.Event, k.EventRepeat, k.FormRepeat = events[0].OID, "1", "1"
		return k, nil
	}
	if k, err := st.NewInstance(k, world.NewID()); err == nil {
		return k, nil
	}
	return k, casebook.Fail(casebook.Unprocessable, "r4.place_missing").At(m.place + "/identifier")
}
