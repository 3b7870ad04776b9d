package r4

import (
	"bytes"
	"context"
	"net/http"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/trial"
	"casebook/web"
)

// root is where what belongs to no study yet is created.
const root = "/fhir/R4"

// The extensions by which a ResearchStudy says what FHIR R4 has no element for: what the study is for, and who manages its data.
const (
	environmentURL = "urn:casebook:environment"
	managerURL     = "urn:casebook:manager"
)

// createStudy adds a study without sites and versions, and makes somebody its data manager.
func (s *Service) createStudy(w http.ResponseWriter, r *http.Request) error {
	text, _, _, err := s.asked(r)
	if err != nil {
		return err
	}
	t, manager, err := making{text: text}.study()
	if err != nil {
		return err
	}
	made, err := s.trials.Begin(r.Context(), t, manager)
	if err != nil {
		return err
	}
	one, err := s.research(r.Context(), made.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Location", addressOf(r, made.ID)+"/ResearchStudy/"+one.ID)
	return web.Resource(w, http.StatusCreated, one)
}

// study reads a ResearchStudy as a trial, and who is to manage its data. What a trial has no place for is refused.
func (m making) study() (t trial.Trial, manager casebook.UserID, err error) {
	var in struct {
		Identifier  []identifier `json:"identifier"`
		Title       string       `json:"title"`
		Status      string       `json:"status"`
		Description string       `json:"description"`
		Extension   []struct {
			URL   string `json:"url"`
			Code  string `json:"valueCode"`
			Value string `json:"valueString"`
		} `json:"extension"`
	}
	if err := m.read("ResearchStudy", &in); err != nil {
		return t, "", err
	}
	if err := m.whole("r4.no_place", "resourceType", "id", "meta", "identifier", "title", "status", "description", "extension"); err != nil {
		return t, "", err
	}
	if in.Status != "draft" && in.Status != "in-review" {
		return t, "", casebook.Fail(casebook.Unprocessable, "r4.status", in.Status).At("/status")
	}
	t = trial.Trial{Name: in.Title, Description: in.Description}
	for _, id := range in.Identifier {
		if id.System != studySystem {
			return t, "", refused("r4.no_place", m, []web.Issue{{Place: "/identifier", What: id.System}})
		}
		t.ID = casebook.StudyID(id.Value)
	}
	for _, x := range in.Extension {
		switch x.URL {
		case environmentURL:
			t.Environment = trial.Environment(x.Code)
		case managerURL:
			manager = casebook.UserID(x.Value)
		default:
			return t, "", refused("r4.no_place", m, []web.Issue{{Place: "/extension", What: x.URL}})
		}
	}
	return t, manager, nil
}

// createQuestionnaire keeps a form as a draft of a definition, which a person validates and publishes. ?visit=one puts it into a
// visit, since a form is filled in at one. The answer tells what the draft does not say of the Questionnaire.
func (s *Service) createQuestionnaire(w http.ResponseWriter, r *http.Request) error {
	inVisit := r.URL.Query().Get("visit") == "one"
	return s.create(w, r, func(ctx context.Context, _ *Service, w *ledger.Writer, m making) (made, error) {
		v, _, err := m.definition()
		if err != nil {
			return made{}, err
		}
		if inVisit {
			v.InOneVisit()
		}
		ctx, _ = auth.Act(ctx, auth.StudyManage, w.Study, "")
		if _, err := trial.DraftIn(ctx, w, v); err != nil {
			return made{}, err
		}
		return made{Kind: "Questionnaire", ID: named(w.Study, v.Forms[0].OID, v.OID)}, nil
	})
}

// definition reads a Questionnaire as the version of a definition that it becomes.
func (m making) definition() (*odm.Version, *odm.Report, error) {
	read, report, err := fhir.Read(bytes.NewReader(m.text))
	if err != nil {
		return nil, nil, err
	}
	return read.Versions[0], report, nil
}

// drafted answers what became of a Questionnaire: an issue for each thing that the draft does not say as it was said.
func (s *Service) drafted(w http.ResponseWriter, r *http.Request, status int, text []byte) error {
	v, report, err := making{text: text}.definition()
	if err != nil {
		return err
	}
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	out := web.Outcome{ResourceType: "OperationOutcome", Issue: []web.OutcomeIssue{{Severity: "information", Code: "informational",
		Details: web.Told("r4.drafted", lang, i18n.Texts("r4.drafted", v.OID))}}}
	for _, l := range report.Losses {
		issue := web.OutcomeIssue{Severity: "warning", Code: "not-supported", Details: web.Told(l.Code, lang, l.Texts), Location: []string{l.Place}}
		if l.Kept {
			issue.Severity, issue.Code = "information", "informational"
		}
		out.Issue = append(out.Issue, issue)
	}
	return web.Resource(w, status, out)
}
