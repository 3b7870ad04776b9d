// Package patient knows who takes part in a study, at which site, in what state: ODM's subjects, the API's patients.
// It refuses names, dates of birth and every other identity, and does not know whether a site exists: that is asked by
// package trial, in the transaction that enrols.
package patient

import (
	"embed"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"casebook"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of this package.
var Migrations fs.FS = files

// Status is where a subject stands in the study.
type Status string

// The states of a subject.
const (
	Screening    Status = "screening"
	Enrolled     Status = "enrolled"
	ScreenFailed Status = "screen_failed"
	Withdrawn    Status = "withdrawn"
	Completed    Status = "completed"
	Inactive     Status = "inactive" // set aside: not counted, not exported, not entered into, until it is back where it was
)

// next lists where each state may lead. The last step of each end is its correction: somebody picked the wrong row.
var next = map[Status][]Status{
	Screening:    {Enrolled, ScreenFailed, Withdrawn, Inactive},
	Enrolled:     {Withdrawn, Completed, Inactive},
	ScreenFailed: {Screening, Inactive},
	Withdrawn:    {Enrolled, Inactive},
	Completed:    {Enrolled, Inactive},
	Inactive:     {Screening, Enrolled, ScreenFailed, Withdrawn, Completed}, // only where it was before
}

// Subject is one participant of a study. Its ID never changes; its Site does when it is transferred.
type Subject struct {
	ID         casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Status     Status             `json:"status"`
	StatusAt   time.Time          `json:"statusAt"`            // when Status began
	EnrolledAt time.Time          `json:"enrolledAt"`          // when the study took the subject in, for screening or at once
	JoinedAt   time.Time          `json:"joinedAt,omitzero"`   // when it first became Enrolled; zero before
	Rescreens  casebook.SubjectID `json:"rescreens,omitempty"` // whom it was when it failed screening before
	Consent    int64              `json:"consent,omitzero"`    // version of the consent document that is signed and in force; 0 is none
}

// Enrolment asks for a new subject.
type Enrolment struct {
	Site    casebook.SiteID    `json:"site"`
	Subject casebook.SubjectID `json:"subject,omitempty"` // "" to be given SITE-NNN, the site's next number
	Status  Status             `json:"status,omitempty"`  // Screening or Enrolled; "" is Enrolled

	// Rescreens is who is screened again: a subject of the same site that failed screening. "" is nobody.
	Rescreens casebook.SubjectID `json:"rescreens,omitempty"`
}

// Query selects subjects of a study. The zero value selects nobody, since it names no site.
type Query struct {
	After    casebook.SubjectID `json:"after"` // the Next of the page before; "" for the first page
	Limit    int                `json:"limit"` // 1 to MaxLimit; 0 is 100
	AllSites bool               `json:"allSites"`
	Sites    []casebook.SiteID  `json:"sites"`              // only these, unless AllSites
	Status   Status             `json:"status,omitempty"`   // only in this state; "" is any but Inactive, which must be asked for
	Inactive bool               `json:"inactive,omitempty"` // those too
}

// MaxLimit is the most subjects on one page.
const MaxLimit = 1000

// Page is a part of a study's subjects, in the order of their ids.
type Page struct {
	Subjects []Subject          `json:"subjects"`
	Next     casebook.SubjectID `json:"next"` // where the next page starts; "" on the last
}

// Unknown is what a subject is answered with that is not there, or not for this person: nobody can tell which.
func Unknown(id casebook.SubjectID) error {
	return casebook.Fail(casebook.NotFound, "patient.unknown", id).At("subject")
}

// check completes e and says what is wrong with it.
func (e *Enrolment) check() error {
	if e.Status == "" {
		e.Status = Enrolled
	}
	switch {
	case e.Status != Enrolled && e.Status != Screening:
		return casebook.Fail(casebook.Invalid, "patient.first_status", e.Status).At("status")
	case e.Site == "":
		return casebook.Fail(casebook.Invalid, "patient.site_missing").At("site")
	case e.Subject != "" && !wellFormed(string(e.Subject)):
		return casebook.Fail(casebook.Invalid, "patient.subject_format", e.Subject).At("subject")
	}
	return nil
}

// wellFormed accepts what can stand in an address and on a label: up to 64 bytes of letters, digits, "-", "_" and ".".
// "." and ".." are steps of a path.
func wellFormed(id string) bool {
	return len(id) <= 64 && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
	})
}

const columns = `subject_id, site_id, status, status_at, enrolled_at, joined_at, rescreens, consent`

func scan(r *store.Rows) (s Subject, err error) {
	var status, enrolled, joined int64
	err = r.Scan(&s.ID, &s.Site, &s.Status, &status, &enrolled, &joined, &s.Rescreens, &s.Consent)
	s.StatusAt, s.EnrolledAt, s.JoinedAt = store.Time(status), store.Time(enrolled), store.Time(joined)
	return s, err
}
