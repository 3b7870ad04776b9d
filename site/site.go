// Package site is a study office's view of its sites: institutions and their people, who is charged with what, the way
// from feasibility to close-out, enrolment against its target, issues and what is done about them, what subjects ask about their data. It refuses to keep a
// date or a count that follows from something else: forecasts, delays, first and last patients are computed when asked.
package site

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
)

// Migrations are the tables of this package's records.
var Migrations = keep.Migrations

// The verbs of this package in the ledger. New is the whole document, in canonical JSON, but for a milestone's, which is
// the milestone alone.
const (
	ProfileSet       = "site.profile.set"       // Ref: the site
	PersonSet        = "site.person.set"        // Ref: the person
	DelegationMade   = "site.delegation.made"   // Ref: the delegation
	DelegationSigned = "site.delegation.signed" // Ref: the delegation
	DelegationEnded  = "site.delegation.ended"  // Ref: the delegation
	TrainingRequired = "site.training.required" // Ref: nothing
	PlanSet          = "site.plan.set"          // Ref: site/template
	MilestoneChanged = "site.milestone.changed" // Ref: site/template/milestone
	TargetSet        = "site.target.set"        // Ref: the site, or nothing for the study
	IssueOpened      = "site.issue.opened"      // Ref: its number
	IssueChanged     = "site.issue.changed"     // Ref: its number
	IssueTold        = "site.issue.told"        // Ref: its number
	RequestReceived  = "site.request.received"  // Ref: its number
	RequestChanged   = "site.request.changed"   // Ref: its number
)

// Service is the study office.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World
	people *auth.Service

	// Tell makes ready what people are told of an issue; nil of it tells nobody, nil of what it returns says that nobody has
	// the role. It is set before the service runs.
	Tell func(ctx context.Context, study casebook.StudyID, a Alert) (*Posting, error)
	// Reauthenticate proves before a signature that who is signed in is who signs; it is set before the service serves.
	Reauthenticate func(r *http.Request, user, password string) error
}

// New returns the study office of l's database. What delegations grant, people does.
func New(l *ledger.Ledger, people *auth.Service) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), people: people, Reauthenticate: people.Reauthenticate}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study, site = "/api/v1/studies/{study}", "/api/v1/studies/{study}/sites/{site}"
	read, plans, people := auth.SiteInside(auth.SiteRead), auth.SiteInside(auth.SitePlan), auth.SiteInside(auth.SiteStaff)
	return []auth.Route{
		{Pattern: "GET /api/v1/plan-templates", Policy: auth.SignedIn, Handle: s.getTemplates},
		{Pattern: "GET /api/v1/projects", Policy: auth.SignedIn, Handle: s.getProjects},
		{Pattern: "GET " + study + "/board", Policy: read, Handle: s.getBoard},
		{Pattern: "GET " + site + "/plans/{template}", Policy: read, Handle: s.getPlan},
		{Pattern: "PUT " + site + "/plans/{template}", Policy: plans, Handle: s.putPlan},
		{Pattern: "GET " + study + "/enrolment", Policy: read, Handle: s.getEnrolment},
		{Pattern: "PUT " + study + "/target", Policy: auth.InStudy(auth.StudyManage), Handle: s.putStudyTarget},
		{Pattern: "PUT " + site + "/target", Policy: plans, Handle: s.putTarget},
		{Pattern: "PUT " + study + "/trainings", Policy: auth.InStudy(auth.StudyManage), Handle: s.putRequired},
		{Pattern: "GET " + site + "/team", Policy: read, Handle: s.getTeam},
		{Pattern: "PUT " + site + "/profile", Policy: people, Handle: s.putProfile},
		{Pattern: "POST " + site + "/people", Policy: people, Handle: s.putPerson},
		{Pattern: "PUT " + site + "/people/{person}", Policy: people, Handle: s.putPerson},
		{Pattern: "POST " + site + "/delegations", Policy: people, Handle: s.postDelegation},
		{Pattern: "POST " + site + "/delegations/{delegation}/signature", Policy: auth.SiteInside(auth.SiteDelegate), Handle: s.signDelegation},
		{Pattern: "POST " + site + "/delegations/{delegation}/end", Policy: auth.SiteInside(auth.SiteDelegate), Handle: s.endDelegation},
		{Pattern: "GET " + study + "/issues", Policy: read, Handle: s.getIssues},
		{Pattern: "POST " + site + "/issues", Policy: auth.SiteInside(auth.IssueHandle), Handle: s.postIssue},
		{Pattern: "POST " + study + "/issues/{issue}/steps", Policy: auth.SiteInside(auth.IssueHandle), Handle: s.postStep},
		{Pattern: "GET " + study + "/data-requests", Policy: auth.SiteInside(auth.RequestHandle), Handle: s.getDataRequests},
		{Pattern: "POST " + site + "/data-requests", Policy: auth.SiteInside(auth.RequestHandle), Handle: s.postDataRequest},
		{Pattern: "POST " + study + "/data-requests/{request}/steps", Policy: auth.SiteInside(auth.RequestHandle), Handle: s.postDataRequestStep},
		{Pattern: "PATCH " + site + "/plans/{template}/milestones/{milestone}", Policy: plans, Handle: s.patchMilestone},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }
func siteOf(r *http.Request) casebook.SiteID   { return casebook.SiteID(r.PathValue("site")) }

// maxBody bounds the bodies that these routes read: a plan of 64 milestones.
const maxBody = 64 << 10

// maxLine and maxText bound what people write, in bytes.
const (
	maxLine = 300
	maxText = 4000
)

// Fits refuses a text that is empty where it must not be, or too long, or not one line.
func Fits(place, text string, must bool, most int) error {
	switch {
	case must && strings.TrimSpace(text) == "":
		return casebook.Fail(casebook.Invalid, "site.text_missing").At(place)
	case len(text) > most:
		return casebook.Fail(casebook.Invalid, "site.text_long", most).At(place)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return casebook.Fail(casebook.Invalid, "site.text_bad").At(place)
	}
	return nil
}

// Today is the day at a place with this IANA zone.
func Today(now time.Time, zone string) plan.Date {
	return plan.DateOf(now.In(placeOf(zone)))
}

// begins is when a day begins in a zone.
func begins(d plan.Date, zone string) time.Time {
	at := d.Time()
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, placeOf(zone))
}

func placeOf(zone string) *time.Location {
	if at, err := time.LoadLocation(zone); err == nil {
		return at
	}
	return time.UTC
}

// unknownSite answers for a site that is not there or not this person's: nobody can tell which.
func unknownSite(id casebook.SiteID) error {
	return casebook.Fail(casebook.NotFound, "site.unknown", id).At("site")
}
