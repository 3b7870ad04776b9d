package r4

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm/fhir"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json/jsontext"
)

func formSystem(study casebook.StudyID) string { return "urn:casebook:" + string(study) + ":form" }

// answers is a filled form as a QuestionnaireResponse, by the version that it was last saved under.
func (s *Service) answers(ctx context.Context, f *record.Form) (jsontext.Value, error) {
	v, err := s.trials.Version(ctx, f.Study, int(f.Definition))
	if err != nil {
		return nil, err
	}
	of := fhir.Response{ID: fhir.ResponseID(string(f.Subject), f.Ref()), Identifier: string(f.Subject) + "/" + f.Ref(),
		IdentifierSystem: formSystem(f.Study), Questionnaire: fhir.Canonical(string(f.Study), f.Form, v.Definition.OID), Status: "in-progress",
		Authored: moment(f.UpdatedAt), Subject: "Patient/" + fhir.ID(string(f.Subject)), Version: strconv.FormatInt(f.Version, 10), Updated: moment(f.UpdatedAt)}
	switch f.State {
	case record.Complete:
		of.Status = "completed"
	case record.Inactive:
		of.Status = "entered-in-error"
	}
	for _, k := range f.Items {
		if k.Value.Value != "" || k.Blank != "" {
			of.Answers = append(of.Answers, fhir.Answer{Group: k.Group, Repeat: k.Repeat, Item: k.Item, Value: k.Value.Value, Blank: k.Blank})
		}
	}
	var text bytes.Buffer
	if _, err := fhir.WriteResponse(&text, v.Definition, f.Form, of); err != nil {
		return nil, err
	}
	return jsontext.Value(text.Bytes()), nil
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// searchResponses finds filled forms by _id, subject (or patient), questionnaire, identifier and _lastUpdated (ge or gt).
func (s *Service) searchResponses(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "subject", "patient", "questionnaire", "identifier", "_lastUpdated")
	if err != nil {
		return err
	}
	ctx, study := r.Context(), studyOf(r)
	ask := record.Forms{Limit: q.count + 1}
	ask.AllSites, ask.Sites = auth.From(ctx).Sites(auth.FormRead, study)
	nothing, err := q.forms(&ask, study)
	if err != nil {
		return err
	}
	var forms []*record.Form
	if !nothing {
		err = s.db.View(ctx, func(tx *store.Tx) (err error) {
			forms, err = listed(ctx, tx, study, ask, q)
			return err
		})
	}
	if err != nil {
		return err
	}
	next := ""
	if len(forms) > q.count {
		forms = forms[:q.count]
		last := forms[q.count-1]
		next = string(last.Subject) + "/" + last.Ref()
	}
	b := q.found(next)
	for _, f := range forms {
		one, err := s.answers(ctx, f)
		if err != nil {
			return err
		}
		q.add(b, "QuestionnaireResponse", fhir.ResponseID(string(f.Subject), f.Ref()), one)
	}
	return web.Resource(w, http.StatusOK, b)
}

// forms takes a search's parameters over. nothing says that nothing can fit.
func (q query) forms(ask *record.Forms, study casebook.StudyID) (nothing bool, err error) {
	if after := q.Get("_after"); after != "" {
		subject, ref, _ := strings.Cut(after, "/")
		k, ok := record.ParseRef(study, casebook.SubjectID(subject), ref)
		if !ok {
			return false, casebook.Fail(casebook.Invalid, "r4.parameter", "_after").At("_after")
		}
		ask.After = k
	}
	for _, name := range []string{"subject", "patient"} {
		if text := q.Get(name); text != "" {
			ask.Subject = casebook.SubjectID(fhir.Name(reference{Reference: text}.or("Patient", text)))
			nothing = nothing || ask.Subject == ""
		}
	}
	if id := q.Get("_id"); id != "" {
		ask.Subject = casebook.SubjectID(fhir.Name(fhir.SubjectOf(id)))
		nothing = nothing || ask.Subject == ""
	}
	if value, asked := q.token("identifier", formSystem(study)); asked {
		subject, _, ok := strings.Cut(value, "/")
		ask.Subject = casebook.SubjectID(subject)
		nothing = nothing || !ok
	}
	if url := q.Get("questionnaire"); url != "" {
		form, _, ok := formNamed(study, url)
		ask.Form = form
		nothing = nothing || !ok
	}
	if text := q.Get("_lastUpdated"); text != "" {
		at, err := time.Parse(time.RFC3339, strings.TrimPrefix(strings.TrimPrefix(text, "ge"), "gt"))
		if err != nil || !strings.HasPrefix(text, "g") {
			return false, casebook.Fail(casebook.Invalid, "r4.last_updated", text).At("_lastUpdated")
		}
		if strings.HasPrefix(text, "gt") {
			at = at.Add(time.Microsecond)
		}
		ask.Since = at
	}
	return nothing, nil
}

// formNamed reads a canonical URL of ours: the form, and the version where it names one.
func formNamed(study casebook.StudyID, canonical string) (form, version string, ok bool) {
	rest, ok := strings.CutPrefix(canonical, "urn:casebook:"+string(study)+":")
	if !ok {
		return "", "", false
	}
	form, version, _ = strings.Cut(rest, "|")
	return form, version, form != ""
}

// listed is a page of forms of subjects that count. Those that a search names to the letter are looked for among the subject's.
func listed(ctx context.Context, tx *store.Tx, study casebook.StudyID, ask record.Forms, q query) (all []*record.Form, err error) {
	want := ask.Limit
	for {
		page, err := record.List(ctx, tx, study, ask)
		if err != nil || len(page) == 0 {
			return all, err
		}
		ids := make([]casebook.SubjectID, len(page))
		for i, f := range page {
			ids[i] = f.Subject
		}
		subjects, err := patient.FindAll(ctx, tx, study, ids)
		if err != nil {
			return nil, err
		}
		for _, f := range page {
			if len(all) < want && subjects[f.Subject].Status != patient.Inactive && q.names(f) {
				all = append(all, f)
			}
		}
		if len(all) == want || len(page) < ask.Limit {
			return all, nil
		}
		ask.After = page[len(page)-1].Key
	}
}

// names reports whether a form is the one that a search names by _id or identifier, if it does.
func (q query) names(f *record.Form) bool {
	id, value := q.Get("_id"), q.Get("identifier")
	return (id == "" || id == fhir.ResponseID(string(f.Subject), f.Ref())) && (value == "" || strings.HasSuffix("|"+value, "|"+string(f.Subject)+"/"+f.Ref()))
}

// readResponse is one filled form.
func (s *Service) readResponse(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("response")
	_, subject, err := s.subject(r, auth.FormRead, fhir.SubjectOf(id))
	if err != nil {
		return unknownResponse(err, id)
	}
	f, err := s.formOf(r.Context(), studyOf(r), subject, id)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, f)
}

// unknownResponse is an error about the subject of a response as one about the response.
func unknownResponse(err error, id string) error {
	if casebook.KindOf(err) == casebook.NotFound {
		return unknown("QuestionnaireResponse", id)
	}
	return err
}

// formOf finds the form of a subject that has an id.
func (s *Service) formOf(ctx context.Context, study casebook.StudyID, subject patient.Subject, id string) (found *record.Form, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := record.List(ctx, tx, study, record.Forms{AllSites: true, Subject: subject.ID, Inactive: true, Limit: 1 << 20})
		for _, f := range all {
			if fhir.ResponseID(string(subject.ID), f.Ref()) == id {
				found = f
			}
		}
		return err
	})
	if err == nil && found == nil {
		err = unknown("QuestionnaireResponse", id)
	}
	return found, err
}

// show answers a form with its version.
func (s *Service) show(w http.ResponseWriter, r *http.Request, status int, f *record.Form) error {
	one, err := s.answers(r.Context(), f)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `W/"`+strconv.FormatInt(f.Version, 10)+`"`)
	w.Header().Set("Last-Modified", f.UpdatedAt.UTC().Format(http.TimeFormat))
	return web.Resource(w, status, one)
}
