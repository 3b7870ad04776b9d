package r4

import (
	"context"
	"net/http"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm/fhir"
	"casebook/platform/lab"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// observation is what is read of an Observation; the whole of it is kept beside.
type observation struct {
	ID         string         `json:"id"`
	Identifier []identifier   `json:"identifier"`
	Status     string         `json:"status"`
	Code       codeable       `json:"code"`
	Subject    reference      `json:"subject"`
	Encounter  reference      `json:"encounter"`
	Effective  string         `json:"effectiveDateTime"`
	Quantity   *quantity      `json:"valueQuantity"`
	Text       string         `json:"valueString"`
	Integer    jsontext.Value `json:"valueInteger"`
	Concept    *codeable      `json:"valueCodeableConcept"`
}

type codeable struct {
	Coding []coding `json:"coding"`
	Text   string   `json:"text"`
}

type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type quantity struct {
	Value jsontext.Value `json:"value"`
	Unit  string         `json:"unit"`
	Code  string         `json:"code"`
}

// visitSystem is the system of a visit's name in Observation.encounter.
func visitSystem(study casebook.StudyID) string { return "urn:casebook:" + string(study) + ":event" }

// createObservation takes a laboratory result in, to wait until a person confirms it. The whole Observation is kept.
func (s *Service) createObservation(w http.ResponseWriter, r *http.Request) error {
	return s.create(w, r, makeObservation)
}

func makeObservation(ctx context.Context, s *Service, w *ledger.Writer, m making) (made, error) {
	var in observation
	if err := m.read("Observation", &in); err != nil {
		return made{}, err
	}
	if in.Status != "final" && in.Status != "amended" && in.Status != "corrected" {
		return made{}, casebook.Fail(casebook.Unprocessable, "r4.status", in.Status).At(m.place + "/status")
	}
	subject, ctx, err := s.of(ctx, w, auth.FormWrite, m.resolved(in.Subject))
	if err != nil {
		return made{}, err
	}
	sent := lab.Sent{ID: in.ID, Subject: subject.ID, Name: in.Code.Text, Taken: in.Effective, Format: "fhir", Original: string(m.text)}
	if len(in.Identifier) > 0 {
		sent.ID = strings.TrimPrefix(in.Identifier[0].System+"|"+in.Identifier[0].Value, "|")
	}
	if len(in.Code.Coding) > 0 {
		c := in.Code.Coding[0]
		sent.System, sent.Code = c.System, c.Code
		if sent.Name == "" {
			sent.Name = c.Display
		}
	}
	if e := in.Encounter.Identifier; e != nil && e.System == visitSystem(w.Study) {
		sent.Event, sent.EventRepeat, _ = strings.Cut(e.Value, "/")
	}
	switch {
	case in.Quantity != nil:
		sent.Value, sent.Unit = string(in.Quantity.Value), in.Quantity.Code
		if sent.Unit == "" {
			sent.Unit = in.Quantity.Unit
		}
	case in.Concept != nil && len(in.Concept.Coding) > 0:
		sent.Value = in.Concept.Coding[0].Code
	case len(in.Integer) > 0:
		sent.Value = string(in.Integer)
	default:
		sent.Value = in.Text
	}
	one, err := lab.Take(ctx, w, sent)
	return made{Kind: "Observation", ID: one.ID}, err
}

// readObservation is a result that came as an Observation, as it came.
func (s *Service) readObservation(w http.ResponseWriter, r *http.Request) error {
	one, err := lab.Find(r.Context(), s.db, studyOf(r), r.PathValue("result"))
	_, may := auth.Act(r.Context(), auth.FormRead, studyOf(r), one.Site)
	if err == nil && (!may || one.Sent.Original == "") || casebook.KindOf(err) == casebook.NotFound && err != nil {
		err = unknown("Observation", r.PathValue("result"))
	}
	if err != nil {
		return err
	}
	whole, err := observed(studyOf(r), one)
	if err != nil {
		return err
	}
	return web.Resource(w, http.StatusOK, whole)
}

// observed is the Observation of a result, under the id that it has here.
func observed(study casebook.StudyID, one lab.Result) (map[string]any, error) {
	var whole map[string]any
	if err := json.Unmarshal([]byte(one.Sent.Original), &whole); err != nil {
		return nil, err
	}
	whole["id"] = one.ID
	whole["subject"] = map[string]any{"reference": "Patient/" + fhir.ID(string(one.Sent.Subject))}
	whole["meta"] = map[string]any{"lastUpdated": moment(one.Received), "tag": []any{map[string]any{"system": "urn:casebook:" + string(study) + ":lab-result", "code": one.State}}}
	return whole, nil
}
