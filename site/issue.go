package site

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// IssueState is how far an issue has come on its way, which is that of corrective and preventive action (CAPA).
type IssueState string

// The states. An issue goes from one to the next; what is closed or cancelled may be opened again.
const (
	Opened    IssueState = "open"      // somebody has seen it
	Analysed  IssueState = "analysed"  // its root cause is known
	Acting    IssueState = "acting"    // corrective and preventive action are agreed
	Checking  IssueState = "checking"  // they are done, and somebody else is to see whether they work
	Closed    IssueState = "closed"    // they do
	Cancelled IssueState = "cancelled" // it was none
)

// What an issue may be, and how much it weighs.
var (
	IssueKinds = []string{"issue", "deviation", "finding"}
	Severities = []string{"minor", "major", "critical"}
)

// Issue is something that is not as it should be at a site, and what is done about it.
type Issue struct {
	Kind       string             `json:"kind"`
	Severity   string             `json:"severity"`
	Title      string             `json:"title"`
	Text       string             `json:"text,omitempty"`
	Owner      casebook.UserID    `json:"owner"`
	Due        plan.Date          `json:"due"`
	Subject    casebook.SubjectID `json:"subject,omitempty"`
	Signal     string             `json:"signal,omitempty"`
	Visit      string             `json:"visit,omitempty"`     // the monitoring visit that found it
	Milestone  string             `json:"milestone,omitempty"` // template/milestone of the site's plan
	State      IssueState         `json:"state"`
	OpenedBy   casebook.UserID    `json:"openedBy"`
	OpenedAt   time.Time          `json:"openedAt"`
	RootCause  string             `json:"rootCause,omitempty"`
	Corrective string             `json:"corrective,omitempty"`
	Preventive string             `json:"preventive,omitempty"`
	DoneBy     casebook.UserID    `json:"doneBy,omitempty"` // who did what was agreed
	DoneAt     time.Time          `json:"doneAt,omitzero"`
	Effect     string             `json:"effect,omitempty"` // what the check of effectiveness found
	CheckedBy  casebook.UserID    `json:"checkedBy,omitempty"`
	ClosedAt   time.Time          `json:"closedAt,omitzero"`
}

// IssueStep is one step on an issue, with what it needs.
type IssueStep struct {
	Version    int64           `json:"version"`
	Step       string          `json:"step"` // analyse, act, done, effective, ineffective, cancel, reopen, edit
	RootCause  string          `json:"rootCause,omitempty"`
	Corrective string          `json:"corrective,omitempty"`
	Preventive string          `json:"preventive,omitempty"`
	Effect     string          `json:"effect,omitempty"`
	Owner      casebook.UserID `json:"owner,omitempty"` // of edit
	Due        plan.Date       `json:"due,omitzero"`    // of edit
	Severity   string          `json:"severity,omitempty"`
	Reason     string          `json:"reason,omitempty"` // of edit, cancel and reopen
}

// issueSteps is the one table of steps: from where each leads to where.
var issueSteps = map[string]struct {
	from []IssueState
	to   IssueState // "" stays
}{
	"analyse":     {[]IssueState{Opened}, Analysed},
	"act":         {[]IssueState{Analysed}, Acting},
	"done":        {[]IssueState{Acting}, Checking},
	"effective":   {[]IssueState{Checking}, Closed},
	"ineffective": {[]IssueState{Checking}, Opened},
	"cancel":      {[]IssueState{Opened, Analysed, Acting}, Cancelled},
	"reopen":      {[]IssueState{Closed, Cancelled}, Opened},
	"edit":        {[]IssueState{Opened, Analysed, Acting, Checking}, ""},
}

// Escalation is how far an issue is to be passed upwards: 0 its owner, 1 the project manager, 2 the sponsor.
func (i *Issue) Escalation(today plan.Date) int {
	late := int(today - i.Due)
	if i.over() || late <= 0 {
		return 0
	}
	patience := map[string]int{"minor": 30, "major": 14, "critical": 3}[i.Severity]
	if late > patience {
		return 2
	}
	return 1
}

func (i *Issue) over() bool { return i.State == Closed || i.State == Cancelled }

// next lists the steps that user may take.
func (i *Issue) next(user casebook.UserID) (steps []string) {
	for _, step := range []string{"analyse", "act", "done", "effective", "ineffective", "edit", "cancel", "reopen"} {
		own := i.DoneBy == user && (step == "effective" || step == "ineffective")
		if slices.Contains(issueSteps[step].from, i.State) && !own {
			steps = append(steps, step)
		}
	}
	return steps
}

func (i *Issue) check() error {
	switch {
	case !slices.Contains(IssueKinds, i.Kind):
		return casebook.Fail(casebook.Invalid, "site.issue_kind", i.Kind).At("kind")
	case !slices.Contains(Severities, i.Severity):
		return casebook.Fail(casebook.Invalid, "site.severity", i.Severity).At("severity")
	case i.Due == 0:
		return casebook.Fail(casebook.Invalid, "site.start").At("due")
	}
	for _, x := range []struct {
		place, text string
		must        bool
		most        int
	}{{"title", i.Title, true, maxLine}, {"text", i.Text, false, maxText}, {"owner", string(i.Owner), true, maxLine}, {"signal", i.Signal, false, maxLine}, {"visit", i.Visit, false, maxLine}} {
		if err := Fits(x.place, x.text, x.must, x.most); err != nil {
			return err
		}
	}
	return nil
}

// linked refuses an issue about a subject or a milestone that the site does not have.
func (i *Issue) linked(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID) error {
	if i.Subject != "" {
		s, err := patient.Find(ctx, tx, study, i.Subject)
		if casebook.KindOf(err) == casebook.NotFound && err != nil || err == nil && s.Site != site {
			return casebook.Fail(casebook.Unprocessable, "site.link_subject", i.Subject).At("subject")
		}
		if err != nil {
			return err
		}
	}
	if i.Milestone == "" {
		return nil
	}
	template, milestone, _ := strings.Cut(i.Milestone, "/")
	p, err := keep.Find[Plan](ctx, tx, study, plans, planID(site, template))
	if err == nil && (p.Version == 0 || p.Doc.index(milestone) < 0) {
		err = casebook.Fail(casebook.Unprocessable, "site.milestone_unknown", i.Milestone).At("milestone")
	}
	return err
}

// Report opens an issue at a site in the caller's write and returns its number. Errors: Invalid site.*; Unprocessable
// site.link_subject, site.milestone_unknown.
func Report(ctx context.Context, w *ledger.Writer, site casebook.SiteID, i Issue) (keep.Record[Issue], error) {
	none := keep.Record[Issue]{}
	if err := i.check(); err != nil {
		return none, err
	}
	if err := i.linked(ctx, w.Tx, w.Study, site); err != nil {
		return none, err
	}
	i.State, i.OpenedBy, i.OpenedAt = Opened, casebook.ActorFrom(ctx).User, w.Now
	i.RootCause, i.Corrective, i.Preventive, i.DoneBy, i.Effect, i.CheckedBy = "", "", "", "", "", ""
	i.DoneAt, i.ClosedAt = time.Time{}, time.Time{}
	n, err := keep.Number(ctx, w, issues)
	if err != nil {
		return none, err
	}
	id := fmt.Sprintf("I-%04d", n)
	err = keep.Put(ctx, w, keep.Change{Kind: issues, ID: id, Site: site, After: i, Entry: ledger.Entry{What: IssueOpened, Subject: i.Subject}})
	return keep.Record[Issue]{ID: id, Site: site, Version: 1, Doc: i}, err
}

// Take takes one step on an issue in the caller's write, for the actor in ctx. Errors: Invalid site.step; Conflict
// site.step_state; Forbidden site.four_eyes for a check of effectiveness by who did the work; Invalid site.text_missing
// for what the step needs; Stale site.changed.
func Take(ctx context.Context, w *ledger.Writer, k keep.Record[Issue], in IssueStep) (keep.Record[Issue], error) {
	step, known := issueSteps[in.Step]
	before := k.Doc
	if !known {
		return k, casebook.Fail(casebook.Invalid, "site.step", in.Step).At("step")
	}
	if !slices.Contains(step.from, before.State) {
		return k, casebook.Fail(casebook.Conflict, "site.step_state", in.Step, before.State).At("step")
	}
	if err := k.Doc.take(in, casebook.ActorFrom(ctx).User, w.Now); err != nil {
		return k, err
	}
	if step.to != "" {
		k.Doc.State = step.to
	}
	err := keep.Put(ctx, w, keep.Change{Kind: issues, ID: k.ID, Site: k.Site, Seen: in.Version, Before: before, After: k.Doc,
		Entry: ledger.Entry{What: IssueChanged, Subject: before.Subject, Reason: in.Reason}})
	k.Version++
	return k, err
}

// take fills in what a step brings.
func (i *Issue) take(in IssueStep, user casebook.UserID, now time.Time) error {
	need := func(place, text string, into *string) error {
		if into != nil {
			*into = text
		}
		return Fits(place, text, true, maxText)
	}
	switch in.Step {
	case "analyse":
		return need("rootCause", in.RootCause, &i.RootCause)
	case "act":
		if err := need("corrective", in.Corrective, &i.Corrective); err != nil {
			return err
		}
		return need("preventive", in.Preventive, &i.Preventive)
	case "done":
		i.DoneBy, i.DoneAt = user, now
		return nil
	case "effective", "ineffective":
		if user == i.DoneBy {
			return casebook.Fail(casebook.Forbidden, "site.four_eyes").At("step")
		}
		i.CheckedBy = user
		if in.Step == "effective" {
			i.ClosedAt = now
		}
		return need("effect", in.Effect, &i.Effect)
	case "reopen":
		i.ClosedAt, i.CheckedBy, i.DoneBy, i.DoneAt = time.Time{}, "", "", time.Time{}
	case "cancel":
		i.ClosedAt = now
	case "edit":
		i.Owner, i.Due, i.Severity = cmp.Or(in.Owner, i.Owner), cmp.Or(in.Due, i.Due), cmp.Or(in.Severity, i.Severity)
		if err := i.check(); err != nil {
			return err
		}
	}
	return need("reason", in.Reason, nil)
}

// shown is an issue as the pages see it.
type shown struct {
	keep.Record[Issue] `json:",embed"`
	Late               int      `json:"late"` // days overdue
	Escalation         int      `json:"escalation"`
	Next               []string `json:"next"` // the steps that the reader may take
}

func show(k keep.Record[Issue], today plan.Date, user casebook.UserID, may bool) shown {
	x := shown{Record: k, Escalation: k.Doc.Escalation(today), Next: []string{}}
	if !k.Doc.over() {
		x.Late = max(0, int(today-k.Doc.Due))
	}
	if may {
		x.Next = append(x.Next, k.Doc.next(user)...)
	}
	return x
}

// Issues returns those of the sites that may sees: those to be passed upwards first, then by day due; closed ones last.
func (s *Service) Issues(ctx context.Context, study casebook.StudyID, user casebook.UserID, may, handles func(casebook.SiteID) bool) ([]shown, error) {
	all := []shown{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := keep.List[Issue](ctx, tx, study, issues)
		if err != nil {
			return err
		}
		sites, err := trial.SitesOf(ctx, tx, study)
		for _, k := range found {
			if may(k.Site) {
				all = append(all, show(k, Today(s.world.Now(), zoneOf(sites, k.Site)), user, handles(k.Site)))
			}
		}
		return err
	})
	slices.SortFunc(all, func(a, b shown) int {
		over := func(x shown) int { return int(one(x.Doc.over())) }
		return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(b.Escalation, a.Escalation), cmp.Compare(b.Late, a.Late), cmp.Compare(a.Doc.Due, b.Doc.Due), strings.Compare(a.ID, b.ID))
	})
	return all, err
}

func zoneOf(sites []trial.Site, id casebook.SiteID) string {
	for _, at := range sites {
		if at.ID == id {
			return at.Zone
		}
	}
	return "UTC"
}

func (s *Service) getIssues(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Issues(r.Context(), studyOf(r), auth.From(r.Context()).User, Sight(r, auth.SiteRead), Sight(r, auth.IssueHandle))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"issues": all})
}

func (s *Service) postIssue(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.IssueHandle)
	if err != nil {
		return err
	}
	var in Issue
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Issue]
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) { k, err = Report(ctx, w, at.ID, in); return err })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, show(k, Today(s.world.Now(), at.Zone), auth.From(ctx).User, true))
}

// act returns ctx of who may act on a record of a kind, and the zone of its site; unknown when there is none, or they may not.
func act[T any](s *Service, r *http.Request, of keep.Kind, id string, action auth.Action, unknown error) (ctx context.Context, zone string, err error) {
	var k keep.Record[T]
	study := studyOf(r)
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if k, err = keep.Find[T](r.Context(), tx, study, of, id); err != nil {
			return err
		}
		sites, err := trial.SitesOf(r.Context(), tx, study)
		zone = zoneOf(sites, k.Site)
		return err
	})
	ctx, ok := auth.Act(r.Context(), action, study, k.Site)
	if err == nil && (!ok || k.Version == 0) {
		err = unknown
	}
	return ctx, zone, err
}

// postStep takes a step on an issue. One of a foreign site is answered like one that is not there.
func (s *Service) postStep(w http.ResponseWriter, r *http.Request) error {
	study, id := studyOf(r), r.PathValue("issue")
	ctx, zone, err := act[Issue](s, r, issues, id, auth.IssueHandle, casebook.Fail(casebook.NotFound, "site.issue_unknown", id).At("issue"))
	if err != nil {
		return err
	}
	var in IssueStep
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Issue]
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		if k, err = keep.Find[Issue](ctx, w.Tx, study, issues, id); err == nil {
			k, err = Take(ctx, w, k, in)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, show(k, Today(s.world.Now(), zone), auth.From(ctx).User, true))
}

// OpenIssues counts the issues of a site that are not closed.
func OpenIssues(ctx context.Context, tx *store.Tx, study casebook.StudyID, at casebook.SiteID) (n int, err error) {
	all, err := keep.ListAt[Issue](ctx, tx, study, issues, at)
	for _, k := range all {
		n += int(one(!k.Doc.over()))
	}
	return n, err
}
