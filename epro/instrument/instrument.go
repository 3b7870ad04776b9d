// Package instrument is the library of patients' questionnaires whose wording is our own, and how one, from here or from a
// file, becomes part of a study. It is pure, and refuses to change what a study already says: an OID that means something
// else there is a conflict.
package instrument

import (
	"bytes"
	"embed"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"
	"casebook/odm/folder"
)

//go:embed library/*.casebook
var library embed.FS

// files are the library in the order in which it is shown.
var files = [...]string{"pain", "symptoms", "mood", "quality-of-life"}

// The roles of items that are no questions (odm.Ref.Role).
const (
	RoleScore = "score" // what the answers count
	RoleAlert = "alert" // true when a person must look at the answers
)

// Instrument is one form as a patient fills it in, with what must be known before it is used.
type Instrument struct {
	OID          string            `json:"oid"`
	Version      string            `json:"version"`
	Title        odm.Text          `json:"title"`
	About        string            `json:"about"`
	Copyright    odm.Text          `json:"copyright"`
	Licence      string            `json:"licence"`
	Translations []odm.Translation `json:"translations"` // how far each language is; "approved" once somebody has said so
	Questions    int               `json:"questions"`    // that somebody answers
	Scores       []Score           `json:"scores"`
	Alerts       []Alert           `json:"alerts"`
}

// Score is what a form computes of its answers.
type Score struct {
	Item string   `json:"item"`
	Name odm.Text `json:"name"`
	Rule string   `json:"rule"` // in the language of package check
}

// Alert is when a person must look at the answers, what that person reads, and what the patient reads at once.
type Alert struct {
	Item   string   `json:"item"`
	When   string   `json:"when"` // in the language of package check
	Text   odm.Text `json:"text"`
	Crisis odm.Text `json:"crisis,omitempty"`
}

// All returns the library.
func All() ([]Instrument, error) {
	var out []Instrument
	for _, name := range files {
		s, err := read(name)
		if err != nil {
			return nil, err
		}
		out = append(out, Of(s, s.Versions[0], s.Versions[0].Forms[0].OID))
	}
	return out, nil
}

func read(name string) (*odm.Study, error) {
	text, err := library.ReadFile("library/" + name + ".casebook")
	if err != nil {
		return nil, err
	}
	s, _, err := folder.Read(bytes.NewReader(text))
	return s, err
}

// Definition returns the definition of an instrument of the library: a study with one version and one form. It is the
// caller's to change.
func Definition(oid string) (*odm.Study, error) {
	var known []string
	for _, name := range files {
		s, err := read(name)
		if err != nil {
			return nil, err
		}
		if s.OID == oid {
			return s, nil
		}
		known = append(known, s.OID)
	}
	return nil, casebook.Fail(casebook.NotFound, "epro.instrument.unknown", oid, strings.Join(known, ", "))
}

// Of says what a form of a version is as an instrument.
func Of(s *odm.Study, v *odm.Version, form string) Instrument {
	x := v.Index()
	in := Instrument{OID: form, Version: v.OID, About: s.Description, Scores: []Score{}, Alerts: []Alert{}}
	f := x.Form(form)
	if f == nil {
		return in
	}
	in.Title, in.Copyright, in.Licence, in.Translations = f.Description, f.Copyright, f.Licence, f.Translations
	if len(in.Title) == 0 {
		in.Title = odm.Text{"": f.Name}
	}
	for _, q := range x.FormItems(form) {
		m := x.Method(q.Ref.Method)
		switch {
		case q.Ref.Method == "" || m == nil:
			if !q.Item.Note && !q.Item.ReadOnly {
				in.Questions++
			}
		case q.Ref.Role == RoleAlert:
			in.Alerts = append(in.Alerts, Alert{q.Item.OID, rule(m), q.Item.Question, q.Item.Hint})
		default:
			in.Scores = append(in.Scores, Score{q.Item.OID, q.Item.Question, rule(m)})
		}
	}
	return in
}

// rule is a method's rule in our own language, or as it was written where there is none.
func rule(m *odm.Method) string {
	for _, e := range m.Expressions {
		if strings.EqualFold(e.Context, "casebook") {
			return e.Code
		}
	}
	if len(m.Expressions) > 0 {
		return m.Expressions[0].Code
	}
	return ""
}

// Approved reports whether the form's texts in a language have been approved.
func (in *Instrument) Approved(lang string) bool {
	return slices.ContainsFunc(in.Translations, func(t odm.Translation) bool { return t.Lang == lang && t.State == "approved" })
}
