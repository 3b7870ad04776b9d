package web

import (
	"net/http"
	"slices"
	"strings"

	"casebook"
)

// fhirBase is where a study speaks FHIR R4: everything below it is answered in FHIR's resources, errors included, since whoever
// asks there reads nothing else.
const fhirBase = "/fhir/"

var fhirType = []string{"application/fhir+json"}

// Resource answers a resource of FHIR, as JSON does.
func Resource(w http.ResponseWriter, status int, v any) error { return answer(w, status, fhirType, v) }

// Issue is one of several things that are wrong with a resource.
type Issue struct {
	Place string `json:"place"`
	What  string `json:"what"`
}

// Outcome is an OperationOutcome of FHIR R4.
type Outcome struct {
	ResourceType string         `json:"resourceType"`
	Issue        []OutcomeIssue `json:"issue"`
}

// OutcomeIssue is one line of an Outcome.
type OutcomeIssue struct {
	Severity    string   `json:"severity"` // fatal, error, warning, information
	Code        string   `json:"code"`     // of FHIR's IssueType
	Details     *Details `json:"details,omitzero"`
	Diagnostics string   `json:"diagnostics,omitzero"`
	Location    []string `json:"location,omitempty"`
}

// Details is a CodeableConcept: our own code, and what it says.
type Details struct {
	Coding []Coding      `json:"coding,omitempty"`
	Text   string        `json:"text"`
	Beside *Translations `json:"_text,omitzero"`
}

// Coding is a code of a system.
type Coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// Translations are the same text in other languages, by FHIR's extension translation.
type Translations struct {
	Extension []extension `json:"extension"`
}

type extension struct {
	URL       string      `json:"url"`
	Extension []extension `json:"extension,omitempty"`
	Code      string      `json:"valueCode,omitzero"`
	Content   string      `json:"valueString,omitzero"`
}

// Told is a text of ours as a CodeableConcept, with what it says in the other languages.
func Told(code, lang string, texts map[string]string) *Details {
	d := &Details{Text: texts[lang]}
	if code != "" {
		d.Coding = []Coding{{"urn:casebook:error", code}}
	}
	for other, text := range texts {
		if other != lang && text != "" {
			one := extension{URL: "http://hl7.org/fhir/StructureDefinition/translation", Extension: []extension{{URL: "lang", Code: other}, {URL: "content", Content: text}}}
			if d.Beside == nil {
				d.Beside = &Translations{}
			}
			d.Beside.Extension = append(d.Beside.Extension, one)
		}
	}
	if d.Beside != nil {
		slices.SortFunc(d.Beside.Extension, func(a, b extension) int { return strings.Compare(a.Extension[0].Code, b.Extension[0].Code) })
	}
	return d
}

// issueTypes are FHIR's words for the kinds of error (value set issue-type).
var issueTypes = map[casebook.Kind]string{casebook.Invalid: "invalid", casebook.Unprocessable: "business-rule", casebook.Unauthorized: "login",
	casebook.Forbidden: "forbidden", casebook.NotFound: "not-found", casebook.Conflict: "conflict", casebook.Stale: "conflict", casebook.TooLarge: "too-long",
	casebook.Unsupported: "not-supported", casebook.TooMany: "throttled", casebook.Busy: "transient", casebook.Timeout: "timeout", casebook.Gone: "transient",
	casebook.Internal: "exception"}

// outcome is a problem in FHIR's words.
func (p *problem) outcome(kind casebook.Kind, lang string) Outcome {
	first := OutcomeIssue{Severity: "error", Code: issueTypes[kind], Details: Told(p.Code, lang, p.Texts)}
	if p.TraceID != "" {
		first.Diagnostics = "trace " + p.TraceID
	}
	if p.Place != "" {
		first.Location = []string{p.Place}
	}
	out := Outcome{"OperationOutcome", []OutcomeIssue{first}}
	if all, ok := p.Members["issues"].([]Issue); ok {
		for _, one := range all {
			out.Issue = append(out.Issue, OutcomeIssue{Severity: "error", Code: "value", Details: &Details{Text: one.What}, Location: []string{one.Place}})
		}
	}
	return out
}
