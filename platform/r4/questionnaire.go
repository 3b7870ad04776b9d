package r4

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// published is a form of a published version, or of one that is drafted.
type published struct {
	id, url string
	form    odm.Form
	of      *trial.Version
	status  string // of FHIR's PublicationStatus
}

// named is the id of a form's Questionnaire.
func named(study casebook.StudyID, form, version string) string {
	url, version, _ := strings.Cut(fhir.Canonical(string(study), form, version), "|")
	return fhir.Identity(url, version)
}

// add puts the forms of a version behind all, those whose id is there already left out.
func add(all []published, study casebook.StudyID, v *trial.Version, status string) []published {
	for _, f := range v.Definition.Forms {
		url, _, _ := strings.Cut(fhir.Canonical(string(study), f.OID, v.Definition.OID), "|")
		p := published{named(study, f.OID, v.Definition.OID), url, f, v, status}
		if !slices.ContainsFunc(all, func(q published) bool { return q.id == p.id }) {
			all = append(all, p)
		}
	}
	return all
}

// questionnaires are all forms of all published versions, the newest version first, and behind them those of drafts for whoever
// may see drafts.
func (s *Service) questionnaires(ctx context.Context, study casebook.StudyID) (all []published, err error) {
	if all, err = s.ofVersions(ctx, study); err != nil || !auth.From(ctx).Allows(auth.StudyManage, study, "") {
		return all, err
	}
	drafts, err := s.trials.Drafts(ctx, study)
	for _, d := range drafts {
		all = add(all, study, &trial.Version{PublishedAt: d.ChangedAt, Definition: d.Definition}, "draft")
	}
	return all, err
}

func (s *Service) ofVersions(ctx context.Context, study casebook.StudyID) (all []published, err error) {
	newest, err := s.trials.Version(ctx, study, 0)
	if casebook.KindOf(err) == casebook.NotFound && err != nil {
		return nil, nil // nothing is published yet
	}
	status := "active"
	for n := 0; err == nil && newest.Number-n > 0; n++ {
		v := newest
		if n > 0 {
			if v, err = s.trials.Version(ctx, study, newest.Number-n); err != nil {
				break
			}
		}
		all, status = add(all, study, v, status), "retired"
	}
	return all, err
}

// resource is a published form as a Questionnaire.
func (s *Service) resource(ctx context.Context, study casebook.StudyID, p published) (jsontext.Value, error) {
	t, err := s.trials.Get(ctx, study)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if _, err := fhir.Write(&text, &odm.Study{OID: string(study), Name: t.Name}, p.of.Definition, p.form.OID); err != nil {
		return nil, err
	}
	var q map[string]jsontext.Value
	if err := json.Unmarshal(text.Bytes(), &q); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"url": p.url, "version": p.of.Definition.OID, "id": p.id, "status": p.status, "date": p.of.PublishedAt.UTC().Format("2006-01-02T15:04:05Z")} {
		if q[name], err = jsontext.AppendQuote(nil, text); err != nil {
			return nil, err
		}
	}
	if q["item"], err = ownRules(q["item"]); err != nil {
		return nil, err
	}
	if q["extension"], err = ownRules(q["extension"]); err != nil {
		return nil, err
	} else if q["extension"] == nil {
		delete(q, "extension")
	}
	q["experimental"] = jsontext.Value(strconv.FormatBool(t.Environment != trial.Production))
	return json.Marshal(q, json.Deterministic(true))
}

// ruleURL is the extension by which a Questionnaire carries a rule in our own language. FHIR R4's Expression knows three languages
// (value set expression-language), and others have no use for a fourth.
const ruleURL = "urn:casebook:rule"

// ownRules writes rules in our own language, which stand in extensions with an Expression, as the extension ruleURL.
func ownRules(raw jsontext.Value) (jsontext.Value, error) {
	if !bytes.Contains(raw, []byte(fhir.Rule)) {
		return raw, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return json.Marshal(withoutOwn(v), json.Deterministic(true))
}

func withoutOwn(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutOwn(v[i])
		}
	case map[string]any:
		if rule, ok := ownRule(v); ok {
			return map[string]any{"url": ruleURL, "extension": []any{map[string]any{"url": "of", "valueUri": v["url"]}, map[string]any{"url": "rule", "valueString": rule}}}
		}
		for name := range v {
			v[name] = withoutOwn(v[name])
		}
	}
	return v
}

// ownRule is the rule of an extension, its own or that of a part of it.
func ownRule(x map[string]any) (string, bool) {
	if e, ok := x["valueExpression"].(map[string]any); ok && e["language"] == fhir.Rule {
		rule, ok := e["expression"].(string)
		return rule, ok
	}
	parts, _ := x["extension"].([]any)
	for _, part := range parts {
		part, _ := part.(map[string]any)
		if e, ok := part["valueExpression"].(map[string]any); ok && e["language"] == fhir.Rule && x["url"] != nil {
			rule, ok := e["expression"].(string)
			return rule, ok
		}
	}
	return "", false
}

// searchQuestionnaires finds the study's forms by _id, url, version or status: active are those of the newest version, and drafts are there
// for whoever manages the study.
func (s *Service) searchQuestionnaires(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "url", "version", "status")
	if err != nil {
		return err
	}
	all, err := s.questionnaires(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	begun := q.Get("_after") == ""
	var page []published
	next := ""
	for _, p := range all {
		if !begun {
			begun = p.id == q.Get("_after")
			continue
		}
		if id := q.Get("_id"); id != "" && id != p.id {
			continue
		}
		if url := q.Get("url"); url != "" && url != p.url && url != p.url+"|"+p.of.Definition.OID {
			continue
		}
		if version := q.Get("version"); version != "" && version != p.of.Definition.OID {
			continue
		}
		if status := q.Get("status"); status != "" && status != p.status {
			continue
		}
		if len(page) == q.count {
			next = page[len(page)-1].id
			break
		}
		page = append(page, p)
	}
	b := q.found(next)
	for _, p := range page {
		one, err := s.resource(r.Context(), studyOf(r), p)
		if err != nil {
			return err
		}
		q.add(b, "Questionnaire", p.id, one)
	}
	return web.Resource(w, http.StatusOK, b)
}

// readQuestionnaire is one form of one published version.
func (s *Service) readQuestionnaire(w http.ResponseWriter, r *http.Request) error {
	all, err := s.questionnaires(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.id == r.PathValue("id") {
			one, err := s.resource(r.Context(), studyOf(r), p)
			if err != nil {
				return err
			}
			return web.Resource(w, http.StatusOK, one)
		}
	}
	return missing("Questionnaire", r.PathValue("id"))
}
