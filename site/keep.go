package site

import (
	"errors"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/site/keep"
	"casebook/site/plan"

	"github.com/go-json-experiment/json"
)

// The kinds of this package's records.
const (
	profiles    keep.Kind = "profile"    // by site
	persons     keep.Kind = "person"     // by an id of ours
	delegations keep.Kind = "delegation" // by an id of ours
	trainings   keep.Kind = "training"   // one for the study
	plans       keep.Kind = "plan"       // by site/template
	targets     keep.Kind = "target"     // by site, "" for the study
	issues      keep.Kind = "issue"      // by number
	tellings    keep.Kind = "told"       // by the issue's number
	requests    keep.Kind = "request"    // by number
)

// Book is what this package's verbs say of its records.
var Book = keep.Book{
	Kinds: map[string]keep.Kind{
		ProfileSet: profiles, PersonSet: persons, DelegationMade: delegations, DelegationSigned: delegations, DelegationEnded: delegations,
		TrainingRequired: trainings, PlanSet: plans, MilestoneChanged: plans, TargetSet: targets, IssueOpened: issues, IssueChanged: issues, IssueTold: tellings,
		RequestReceived: requests, RequestChanged: requests,
	},
	Part: map[string]func(func(string) string, *ledger.Entry) (string, string, error){MilestoneChanged: milestoneChanged},
}

// NewFold returns the fold of this package's records alone.
func NewFold(study casebook.StudyID) ledger.Fold { return keep.NewFold(study, Book) }

// milestoneChanged is a plan's document after an entry that tells one milestone of it.
func milestoneChanged(doc func(id string) string, e *ledger.Entry) (id, after string, err error) {
	id = e.Ref[:max(strings.LastIndexByte(e.Ref, '/'), 0)]
	after, err = replaced(doc(id), e.New)
	return id, after, err
}

// replaced is a plan's document with one milestone in place of the one of its id.
func replaced(doc, milestone string) (string, error) {
	var p Plan
	var m plan.Milestone
	if err := errors.Join(json.Unmarshal([]byte(doc), &p), json.Unmarshal([]byte(milestone), &m)); err != nil {
		return "", err
	}
	i := p.index(m.ID)
	if i < 0 {
		return "", errors.New("no such milestone")
	}
	p.Milestones[i] = m
	return keep.Canonical(p)
}
