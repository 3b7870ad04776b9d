// Package safety keeps the serious adverse events of a study as cases (ICSR, ICH E2B(R3)): reported by the site within 24 hours, in
// versions that nobody changes, judged by the sponsor, told onwards, held beside the casebooks. It refuses to hold a treatment or who
// a subject is, and to change what was submitted.
package safety

import (
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/site"
	"casebook/site/keep"
)

// The verbs of this package in the ledger.
const (
	Opened    = "safety.case.opened"    // Ref: the case
	Drafted   = "safety.case.drafted"   // Ref: the case
	Submitted = "safety.case.submitted" // Ref: the case
	Reported  = "safety.report.signed"  // Ref: the case/number of the version; it never changes
	Assessed  = "safety.case.assessed"  // Ref: the case
	Forwarded = "safety.case.forwarded" // Ref: the case
	Nullified = "safety.case.nullified" // Ref: the case
	Alerted   = "safety.case.alerted"   // Ref: the case
	Moved     = "safety.case.moved"     // Ref: the case; the entry's site is where its subject is from then on
	RulesSet  = "safety.rules.set"      // Ref: nothing
	Exported  = "safety.case.exported"  // Ref: the case/number of the version; New: SHA-256 of the message
)

// The kinds of this package's records.
const (
	cases   = keep.Kind("safetycase")   // by number
	reports = keep.Kind("safetyreport") // by case/version
	alerted = keep.Kind("safetyalert")  // by case
	rules   = keep.Kind("safety")       // one for the study
	rulesID = "rules"
)

// Book is what these verbs say of the records of a study's sites.
var Book = keep.Book{Kinds: map[string]keep.Kind{Opened: cases, Drafted: cases, Submitted: cases, Assessed: cases, Forwarded: cases, Nullified: cases, Moved: cases, Alerted: alerted,
	Reported: reports, RulesSet: rules}}

// Criterion makes an adverse event serious (ICH E2A II.B; E2B(R3) E.i.3.2).
type Criterion string

// The criteria, in the order of E.i.3.2a to f.
const (
	Death           Criterion = "death"
	LifeThreatening Criterion = "lifethreatening"
	Hospitalisation Criterion = "hospitalisation" // or a longer one
	Disability      Criterion = "disability"
	Congenital      Criterion = "congenital"
	OtherCondition  Criterion = "other" // medically important
)

var criteria = []Criterion{Death, LifeThreatening, Hospitalisation, Disability, Congenital, OtherCondition}

// Outcome is how the event ended, in the order of E2B(R3)'s code list for E.i.7.
type Outcome string

// The outcomes.
const (
	Unknown      Outcome = "unknown"
	Recovered    Outcome = "recovered"
	Recovering   Outcome = "recovering"
	NotRecovered Outcome = "notrecovered"
	Sequelae     Outcome = "sequelae"
	Fatal        Outcome = "fatal"
)

var outcomes = []Outcome{Unknown, Recovered, Recovering, NotRecovered, Sequelae, Fatal} // the index is E.i.7's code

// Causality is how the event stands to the study treatment in somebody's judgement.
type Causality string

// The judgements. What cannot be assessed is suspected until it can.
const (
	Related      Causality = "related"
	Possible     Causality = "possible"
	Unlikely     Causality = "unlikely"
	Unrelated    Causality = "unrelated"
	Unassessable Causality = "unassessable"
)

var causalities = []Causality{Related, Possible, Unlikely, Unrelated, Unassessable}

// Suspected reports whether there is a reasonable possibility of a causal relationship (ICH E2A II.A.2).
func (c Causality) Suspected() bool { return c == Related || c == Possible || c == Unassessable }

// Action is what was done with the study treatment (E2B(R3) G.k.8).
type Action string

// The actions, each with its code.
var actions = map[Action]int{"unknown": 0, "withdrawn": 1, "reduced": 2, "increased": 3, "unchanged": 4, "notapplicable": 9}

// Report is what the site says of an event: one version of a case. A draft may lack parts.
type Report struct {
	Aware     time.Time   `json:"aware"`           // when the site knew of what this version tells
	Term      string      `json:"term"`            // verbatim
	Onset     string      `json:"onset"`           // YYYY-MM-DD, or YYYY-MM or YYYY where no more is known
	Ended     string      `json:"ended,omitempty"` // likewise
	Serious   []Criterion `json:"serious"`         // at least one, each once
	Outcome   Outcome     `json:"outcome,omitempty"`
	Causality Causality   `json:"causality,omitempty"` // the investigator's
	Action    Action      `json:"action,omitempty"`
	Narrative string      `json:"narrative"`      //
	News      string      `json:"news,omitempty"` // what a follow-up brings
}

// Version is a report as it was submitted, with the investigator's signature under it. It is one record that never changes.
type Version struct {
	Number    int                `json:"number"` // 0 is the initial report
	Case      string             `json:"case"`
	Subject   casebook.SubjectID `json:"subject"`
	Report    Report             `json:"report"`
	Submitted time.Time          `json:"submitted"`
	Signed    site.Signature     `json:"signed"`
}

// Assessment is the sponsor's judgement of a case.
type Assessment struct {
	Version   int             `json:"version"` // the last that was there
	Causality Causality       `json:"causality"`
	Expected  bool            `json:"expected"` // by the reference safety information
	Comment   string          `json:"comment,omitempty"`
	By        casebook.UserID `json:"by"`
	At        time.Time       `json:"at"`
}

// Recipient is whom a case is passed on to.
type Recipient string

// The recipients.
const (
	Sponsor   Recipient = "sponsor"
	Ethics    Recipient = "ethics"    // the ethics committee
	Office    Recipient = "office"    // the hospital's office for clinical trials
	Authority Recipient = "authority" // of the regulation of medicines
)

var recipients = []Recipient{Sponsor, Ethics, Office, Authority}

// Told is that somebody was told.
type Told struct {
	To      Recipient       `json:"to"`
	Name    string          `json:"name"` // who they are, or the notice that told them
	Version int             `json:"version"`
	On      time.Time       `json:"on"`
	By      casebook.UserID `json:"by"`
	At      time.Time       `json:"at"` // when it was written down
}

// Case is a serious adverse event of a subject.
type Case struct {
	Subject   casebook.SubjectID `json:"subject"`
	Form      string             `json:"form,omitempty"` // of the adverse event in the casebook: event/repeat/form/repeat
	Row       string             `json:"row,omitempty"`  // of its group, where the form has rows
	Aware     time.Time          `json:"aware"`          // when the site first knew
	OpenedBy  casebook.UserID    `json:"openedBy"`
	OpenedAt  time.Time          `json:"openedAt"`
	Draft     *Report            `json:"draft,omitempty"`    // of the version to come
	Versions  int                `json:"versions"`           // submitted
	First     time.Time          `json:"first,omitzero"`     // when the initial report was submitted
	Gravest   time.Time          `json:"gravest,omitzero"`   // when a version first said that the event was fatal or life-threatening
	Last      *Report            `json:"last,omitempty"`     // as the newest version has it
	Assessed  *Assessment        `json:"assessed,omitempty"` // the last judgement
	Told      []Told             `json:"told,omitempty"`
	Nullified *site.End          `json:"nullified,omitempty"`
}

// shown is the newest that the site says: the draft before the first version.
func (c *Case) shown() *Report {
	if c.Last != nil {
		return c.Last
	}
	return c.Draft
}

// suspected reports whether the investigator or the sponsor sees a reasonable possibility. One of them is enough (ICH E2A III.A.1).
func (c *Case) suspected() bool {
	return c.Last != nil && c.Last.Causality.Suspected() || c.Assessed != nil && c.Assessed.Causality.Suspected()
}

// SUSAR reports whether the case is a suspected unexpected serious adverse reaction, and whether the sponsor has said so: before
// the sponsor's judgement a suspected one is taken for unexpected.
func (c *Case) SUSAR() (susar, judged bool) {
	if c.Nullified != nil || c.Last == nil {
		return false, false
	}
	if c.Assessed == nil {
		return c.suspected(), false
	}
	return c.suspected() && !c.Assessed.Expected, true
}

// grave reports whether the event was fatal or life-threatening.
func (r *Report) grave() bool {
	return slices.Contains(r.Serious, Death) || slices.Contains(r.Serious, LifeThreatening)
}

// versionID names a version of a case.
func versionID(id string, number int) string { return id + "/" + strconv.Itoa(number) }
