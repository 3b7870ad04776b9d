// Package visit is how a site is monitored on the spot: a visit is planned and confirmed by letter, its report is written on
// a checklist beside the site's figures of that day, signed by who made it and reviewed by another, and followed up by a
// letter. It refuses a review by the monitor who signed, and a finding without an owner and a day.
package visit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
)

// The verbs of this package in the ledger. Ref: the visit's number.
const (
	Planned   = "visit.planned"
	Changed   = "visit.changed" // moved, confirmed, its report written, followed up, cancelled
	Signed    = "visit.signed"
	Reviewed  = "visit.reviewed"
	Returned  = "visit.returned" // the reviewer wants the report changed
	maxLetter = 8000

	ChecklistSet = "visit.checklist.set" // Ref: the kind of visit

	visits     = keep.Kind("visit")
	checklists = keep.Kind("checklist") // by kind of visit
)

// Book is what these verbs say of the study office's records.
var Book = keep.Book{Kinds: map[string]keep.Kind{Planned: visits, Changed: visits, Signed: visits, Reviewed: visits, Returned: visits, ChecklistSet: checklists}}

// Kinds are why a site is visited.
var Kinds = []string{"qualification", "initiation", "routine", "forcause", "closeout"}

// State is how far a visit has come.
type State string

// The states. A report that is returned is written again.
const (
	Open      State = "planned"
	Confirmed State = "confirmed" // the site has the letter
	Reported  State = "reported"  // signed, waits for its review
	Reviewing State = "reviewed"  // waits for the letter that follows it up
	Closed    State = "closed"
	Cancelled State = "cancelled"
)

// Visit is one monitoring visit.
type Visit struct {
	Kind         string          `json:"kind"`
	On           plan.Date       `json:"on"` // planned for; once the report says so, held on
	Monitor      casebook.UserID `json:"monitor"`
	Purpose      string          `json:"purpose,omitempty"`
	Signal       string          `json:"signal,omitempty"` // the id of the one that made somebody go
	State        State           `json:"state"`
	Confirmation *Letter         `json:"confirmation,omitempty"`
	Report       *Report         `json:"report,omitempty"`
	Signed       *site.Signature `json:"signed,omitempty"`
	Reviewed     *site.Signature `json:"reviewed,omitempty"`
	Returned     *site.End       `json:"returned,omitempty"` // the last time
	FollowUp     *Letter         `json:"followUp,omitempty"`
}

// Letter is what was written to the site.
type Letter struct {
	Text   string          `json:"text"`
	By     casebook.UserID `json:"by"`
	At     time.Time       `json:"at"`
	Notice string          `json:"notice,omitempty"` // which carries it; none when nobody at the site could be told
}

// Report is what the monitor found. It holds the checklist with which it was begun beside the answers, so that a signature
// is over what was asked, too.
type Report struct {
	Held     plan.Date      `json:"held"`
	Present  string         `json:"present"` // who was met
	Form     *odm.Version   `json:"form,omitempty"`
	Values   []record.Value `json:"values"`
	Summary  string         `json:"summary"`
	Findings []Finding      `json:"findings,omitempty"`
	Figures  Figures        `json:"figures"` // of the moment when it was signed
}

// Finding becomes an issue of the site when the report is signed.
type Finding struct {
	Title    string          `json:"title"`
	Severity string          `json:"severity"`
	Owner    casebook.UserID `json:"owner"`
	Due      plan.Date       `json:"due"`
	Issue    string          `json:"issue,omitempty"` // its number
}

// Figures are what the data say of the site.
type Figures struct {
	Screened int      `json:"screened"`
	Enrolled int      `json:"enrolled"`
	Failed   int      `json:"failed"`
	Queries  int      `json:"queries"` // open or answered
	Verify   int      `json:"verify"`  // forms that wait for source data verification, at most 1,000
	Issues   int      `json:"issues"`  // not closed
	Signals  []string `json:"signals,omitempty"`
}

// patience is within how many days a report is signed after its visit, and a letter sent after the review.
const patience = 14

// Late says by how many days the next step is overdue, and which it is: visit, report, review, letter; 0 when none is.
func (v *Visit) Late(today plan.Date) (days int, step string) {
	held := v.On
	if v.Report != nil && v.Report.Held > 0 {
		held = v.Report.Held
	}
	due := plan.Date(0)
	switch {
	case (v.State == Open || v.State == Confirmed) && v.Report == nil:
		due, step = v.On, "visit"
	case v.State == Open || v.State == Confirmed:
		due, step = held+patience, "report"
	case v.State == Reported:
		due, step = held+2*patience, "review"
	case v.State == Reviewing:
		due, step = plan.DateOf(v.Reviewed.At)+patience, "letter"
	}
	if due == 0 || today <= due {
		return 0, ""
	}
	return int(today - due), step
}

// Draft asks for a visit.
type Draft struct {
	Kind    string          `json:"kind"`
	On      plan.Date       `json:"on"`
	Monitor casebook.UserID `json:"monitor"`
	Purpose string          `json:"purpose,omitempty"`
	Signal  string          `json:"signal,omitempty"`
}

// Plan plans a visit to a site in the caller's write. Errors: Invalid visit.kind, visit.day, site.text_*.
func Plan(ctx context.Context, w *ledger.Writer, at casebook.SiteID, in Draft) (k keep.Record[Visit], err error) {
	switch {
	case !slices.Contains(Kinds, in.Kind):
		return k, casebook.Fail(casebook.Invalid, "visit.kind", in.Kind).At("kind")
	case in.On == 0:
		return k, casebook.Fail(casebook.Invalid, "visit.day").At("on")
	}
	if err := fit(line{"monitor", string(in.Monitor), true, 100}, line{"purpose", in.Purpose, false, 1000}, line{"signal", in.Signal, false, 100}); err != nil {
		return k, err
	}
	n, err := keep.Number(ctx, w, visits)
	if err != nil {
		return k, err
	}
	k = keep.Record[Visit]{ID: fmt.Sprintf("MV-%03d", n), Site: at, Version: 1,
		Doc: Visit{Kind: in.Kind, On: in.On, Monitor: in.Monitor, Purpose: in.Purpose, Signal: in.Signal, State: Open}}
	return k, keep.Put(ctx, w, keep.Change{Kind: visits, ID: k.ID, Site: at, After: k.Doc, Entry: ledger.Entry{What: Planned}})
}

type line struct {
	place, text string
	must        bool
	most        int
}

func fit(lines ...line) error {
	for _, l := range lines {
		if err := site.Fits(l.place, l.text, l.must, l.most); err != nil {
			return err
		}
	}
	return nil
}

// Step is one step of a visit, with what it needs.
type Step struct {
	Version int64     `json:"version"`
	Step    string    `json:"step"`
	On      plan.Date `json:"on,omitzero"`      // of move
	Text    string    `json:"text,omitempty"`   // of confirm and follow
	Reason  string    `json:"reason,omitempty"` // of move, cancel and return
	Report  *Report   `json:"report,omitempty"` // of report
	User    string    `json:"user,omitempty"`   // of sign and review
	Secret  string    `json:"password,omitempty"`

	notice string // that carries the letter of confirm and follow
}

// steps is the one table of steps: from where each leads to where, and the verb that tells it.
var steps = map[string]struct {
	from []State
	to   State // "" stays
	what string
}{
	"move":    {[]State{Open, Confirmed}, Open, Changed},
	"confirm": {[]State{Open}, Confirmed, Changed},
	"report":  {[]State{Open, Confirmed}, "", Changed},
	"sign":    {[]State{Open, Confirmed}, Reported, Signed},
	"return":  {[]State{Reported}, Confirmed, Returned},
	"review":  {[]State{Reported}, Reviewing, Reviewed},
	"follow":  {[]State{Reviewing}, Closed, Changed},
	"cancel":  {[]State{Open, Confirmed}, Cancelled, Changed},
}

// order is in which order steps are offered.
var order = []string{"confirm", "report", "sign", "review", "return", "follow", "move", "cancel"}

// next lists the steps that user may take.
func (v *Visit) next(user casebook.UserID, writes, reviews bool) (may []string) {
	for _, name := range order {
		own := v.Signed != nil && v.Signed.Signer == user
		switch judge := name == "review" || name == "return"; {
		case !slices.Contains(steps[name].from, v.State), judge && (!reviews || own), !judge && !writes, name == "sign" && v.Report == nil:
		default:
			may = append(may, name)
		}
	}
	return may
}

// action is what a step needs the right to.
func action(step string) auth.Action {
	if step == "review" || step == "return" {
		return auth.VisitReview
	}
	return auth.VisitWrite
}

// Take takes one step in the caller's write for the actor in ctx, whose printed name signs. figures are the site's of this
// moment. Errors: Invalid visit.step, visit.day and site.*; Unprocessable record.alone_* and those of record.Study.Apply; Conflict
// visit.step_state, visit.unreported; Forbidden site.four_eyes; Stale site.changed.
func Take(ctx context.Context, w *ledger.Writer, k keep.Record[Visit], in Step, printed string, figures Figures) (keep.Record[Visit], error) {
	step, known := steps[in.Step]
	before := k.Doc
	if !known {
		return k, casebook.Fail(casebook.Invalid, "visit.step", in.Step).At("step")
	}
	if !slices.Contains(step.from, before.State) {
		return k, casebook.Fail(casebook.Conflict, "visit.step_state", in.Step, before.State).At("step")
	}
	if err := k.Doc.take(ctx, w, k.Site, k.ID, in, printed, figures); err != nil {
		return k, err
	}
	if step.to != "" {
		k.Doc.State = step.to
	}
	k.Version++
	return k, keep.Put(ctx, w, keep.Change{Kind: visits, ID: k.ID, Site: k.Site, Seen: in.Version, Before: before, After: k.Doc, Entry: ledger.Entry{What: step.what, Reason: in.Reason}})
}

func (v *Visit) take(ctx context.Context, w *ledger.Writer, at casebook.SiteID, id string, in Step, printed string, figures Figures) (err error) {
	by := casebook.ActorFrom(ctx).User
	letter := func(into **Letter) error {
		*into = &Letter{in.Text, by, w.Now, in.notice}
		return site.Fits("text", in.Text, true, maxLetter)
	}
	switch in.Step {
	case "confirm":
		return letter(&v.Confirmation)
	case "follow":
		return letter(&v.FollowUp)
	case "report":
		return v.report(ctx, w, at, in.Report)
	case "sign":
		return v.sign(ctx, w, at, id, printed, figures)
	case "review":
		if v.Signed.Signer == by {
			return casebook.Fail(casebook.Forbidden, "site.four_eyes").At("step")
		}
		sig, err := site.Sign(ctx, w, "review", *v.Report, printed)
		v.Reviewed = &sig
		return err
	case "move":
		if in.On == 0 {
			return casebook.Fail(casebook.Invalid, "visit.day").At("on")
		}
		v.On, v.Confirmation = in.On, nil
	case "return":
		if v.Signed.Signer == by {
			return casebook.Fail(casebook.Forbidden, "site.four_eyes").At("step")
		}
		v.Returned, v.Signed = &site.End{By: by, At: w.Now, Reason: in.Reason}, nil
	}
	return site.Fits("reason", in.Reason, true, 2000)
}

// report takes in a draft of the report: answers that can be none are refused, missing ones and checks wait for the
// signature. Findings that have become issues stay as they are.
func (v *Visit) report(ctx context.Context, w *ledger.Writer, at casebook.SiteID, r *Report) error {
	if r == nil {
		return casebook.Fail(casebook.Invalid, "site.text_missing").At("report")
	}
	if err := fit(line{"report/present", r.Present, false, 1000}, line{"report/summary", r.Summary, false, 8000}); err != nil {
		return err
	}
	form, err := v.checklist(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	r.Form = form
	if _, err := r.judge(ctx, w.Tx, w.Study, at); err != nil {
		return err
	}
	if len(r.Findings) > 50 {
		return casebook.Fail(casebook.Invalid, "site.too_many", 50).At("report/findings")
	}
	kept := map[string]bool{}
	if v.Report != nil {
		for _, f := range v.Report.Findings {
			kept[f.Issue] = true
		}
	}
	for i, f := range r.Findings {
		if f.Issue != "" && !kept[f.Issue] {
			return casebook.Fail(casebook.Invalid, "visit.issue", f.Issue).At(fmt.Sprintf("report/findings/%d", i))
		}
	}
	v.Report = r
	return nil
}

// judge holds the answers against the checklist, and keeps them in its order.
func (r *Report) judge(ctx context.Context, tx *store.Tx, study casebook.StudyID, at casebook.SiteID) (j record.Judged, err error) {
	in, err := looking(ctx, tx, study, at)
	if err == nil {
		j, err = record.NewAlone(r.Form).Judge(r.Values, in)
	}
	r.Values = j.Values
	return j, err
}

// sign closes the report: it must be whole, its findings become issues of the site, and the figures are those of now.
func (v *Visit) sign(ctx context.Context, w *ledger.Writer, at casebook.SiteID, id, printed string, figures Figures) error {
	if v.Report == nil {
		return casebook.Fail(casebook.Conflict, "visit.unreported").At("step")
	}
	r := *v.Report
	if r.Held == 0 || r.Held > plan.DateOf(w.Now)+1 {
		return casebook.Fail(casebook.Invalid, "visit.day").At("report/held")
	}
	j, err := r.judge(ctx, w.Tx, w.Study, at)
	if err != nil {
		return err
	}
	if err := j.Whole(); err != nil {
		return err
	}
	if err := fit(line{"report/present", r.Present, true, 1000}, line{"report/summary", r.Summary, true, 8000}); err != nil {
		return err
	}
	r.Figures, r.Findings = figures, slices.Clone(r.Findings)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Issue != "" {
			continue
		}
		issue, err := site.Report(ctx, w, at, site.Issue{Kind: "finding", Severity: f.Severity, Title: f.Title, Owner: f.Owner, Due: f.Due, Signal: v.Signal, Visit: id})
		if err != nil {
			return err
		}
		f.Issue = issue.ID
	}
	v.Report = &r
	sig, err := site.Sign(ctx, w, "authorship", r, printed)
	v.Signed = &sig
	return err
}

func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (keep.Record[Visit], error) {
	k, err := keep.Find[Visit](ctx, tx, study, visits, id)
	if err == nil && k.Version == 0 {
		err = unknown()
	}
	return k, err
}

// unknown answers for a visit that is not there or not this person's: nobody can tell which.
func unknown() error { return casebook.Fail(casebook.NotFound, "visit.unknown").At("visit") }
