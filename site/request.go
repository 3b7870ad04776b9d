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
	"casebook/edc/export"
	"casebook/ledger"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// RequestState is how far a request has come.
type RequestState string

// The states. What is answered or refused may be opened again.
const (
	RequestOpen     RequestState = "open"
	RequestAnswered RequestState = "answered"
	RequestRefused  RequestState = "refused"
)

// What a subject may ask for (GDPR, articles 15 and 16; PIPL, articles 45 and 46), and who asks.
var (
	RequestKinds = []string{"access", "copy", "correction"}
	RequestFrom  = []string{"subject", "representative"}
)

// An answer is due a month after the request came, and three at most with a reason (GDPR, article 12(3)).
const (
	requestMonths  = 1
	extendedMonths = 3
)

// Request is what a subject asks about their own data. It names the subject by the code of the study, as everything does: who
// that is, the site knows.
type Request struct {
	Kind       string             `json:"kind"`
	Subject    casebook.SubjectID `json:"subject"`
	From       string             `json:"from"`
	Text       string             `json:"text"` // what is asked
	Received   plan.Date          `json:"received"`
	Deadline   plan.Date          `json:"deadline,omitzero"` // a month after it was received unless an earlier day is given
	State      RequestState       `json:"state"`
	OpenedBy   casebook.UserID    `json:"openedBy"`
	OpenedAt   time.Time          `json:"openedAt"`
	Answer     string             `json:"answer,omitempty"` // what was done, or why not
	Copy       string             `json:"copy,omitempty"`   // SHA-256 of the printed casebook that was handed over
	AnsweredBy casebook.UserID    `json:"answeredBy,omitempty"`
	AnsweredAt time.Time          `json:"answeredAt,omitzero"`
}

// RequestStep is one step on a request, with what it needs.
type RequestStep struct {
	Version int64     `json:"version"`
	Step    string    `json:"step"`             // answer, refuse, extend, reopen
	Answer  string    `json:"answer,omitempty"` // of answer and refuse
	Until   plan.Date `json:"until,omitzero"`   // of extend
	Reason  string    `json:"reason,omitempty"` // of extend and reopen
}

// after is the same day so many months later, or the last of its month (Regulation 1182/71, article 3(2)).
func after(d plan.Date, months int) plan.Date {
	at := d.Time()
	first := time.Date(at.Year(), at.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return plan.DateOf(time.Date(first.Year(), first.Month(), min(at.Day(), last.Day()), 0, 0, 0, 0, time.UTC))
}

func (q *Request) check(today plan.Date) error {
	switch {
	case !slices.Contains(RequestKinds, q.Kind):
		return casebook.Fail(casebook.Invalid, "site.request_kind", q.Kind).At("kind")
	case !slices.Contains(RequestFrom, q.From):
		return casebook.Fail(casebook.Invalid, "site.request_from", q.From).At("from")
	case q.Received == 0 || q.Received > today:
		return casebook.Fail(casebook.Invalid, "site.request_received").At("received")
	case q.Deadline != 0 && (q.Deadline < q.Received || q.Deadline > after(q.Received, requestMonths)):
		return casebook.Fail(casebook.Invalid, "site.request_deadline", after(q.Received, requestMonths)).At("deadline")
	}
	return Fits("text", q.Text, true, maxText)
}

// Receive records a request at a site in the caller's write. Errors: Invalid site.*; Unprocessable site.link_subject.
func Receive(ctx context.Context, w *ledger.Writer, at trial.Site, q Request) (keep.Record[Request], error) {
	none := keep.Record[Request]{}
	if err := q.check(Today(w.Now, at.Zone)); err != nil {
		return none, err
	}
	if s, err := patient.Find(ctx, w.Tx, w.Study, q.Subject); casebook.KindOf(err) == casebook.NotFound && err != nil || err == nil && s.Site != at.ID {
		return none, casebook.Fail(casebook.Unprocessable, "site.link_subject", q.Subject).At("subject")
	} else if err != nil {
		return none, err
	}
	q = Request{Kind: q.Kind, Subject: q.Subject, From: q.From, Text: q.Text, Received: q.Received, Deadline: cmp.Or(q.Deadline, after(q.Received, requestMonths)),
		State: RequestOpen, OpenedBy: casebook.ActorFrom(ctx).User, OpenedAt: w.Now}
	n, err := keep.Number(ctx, w, requests)
	if err != nil {
		return none, err
	}
	id := fmt.Sprintf("R-%04d", n)
	err = keep.Put(ctx, w, keep.Change{Kind: requests, ID: id, Site: at.ID, After: q, Entry: ledger.Entry{What: RequestReceived, Subject: q.Subject}})
	return keep.Record[Request]{ID: id, Site: at.ID, Version: 1, Doc: q}, err
}

// Settle takes one step on a request in the caller's write, for the actor in ctx. A copy, and the sight of what is kept, is answered
// with the casebook as it was last printed since the request came. Errors: Invalid site.step, site.text_missing, site.request_until; Conflict
// site.step_state, site.request_no_copy; Stale site.changed.
func Settle(ctx context.Context, w *ledger.Writer, k keep.Record[Request], in RequestStep) (keep.Record[Request], error) {
	before := k.Doc
	if !slices.Contains([]string{"answer", "refuse", "extend", "reopen"}, in.Step) {
		return k, casebook.Fail(casebook.Invalid, "site.step", in.Step).At("step")
	}
	if !slices.Contains(before.next(), in.Step) {
		return k, casebook.Fail(casebook.Conflict, "site.step_state", in.Step, before.State).At("step")
	}
	if err := k.Doc.settle(ctx, w, k.Site, in); err != nil {
		return k, err
	}
	err := keep.Put(ctx, w, keep.Change{Kind: requests, ID: k.ID, Site: k.Site, Seen: in.Version, Before: before, After: k.Doc,
		Entry: ledger.Entry{What: RequestChanged, Subject: before.Subject, Reason: in.Reason}})
	k.Version++
	return k, err
}

// next lists the steps that a request may take.
func (q *Request) next() []string {
	if q.State == RequestOpen {
		return []string{"answer", "refuse", "extend"}
	}
	return []string{"reopen"}
}

func (q *Request) settle(ctx context.Context, w *ledger.Writer, at casebook.SiteID, in RequestStep) (err error) {
	switch in.Step {
	case "extend":
		if in.Until <= q.Deadline || in.Until > after(q.Received, extendedMonths) {
			return casebook.Fail(casebook.Invalid, "site.request_until", after(q.Received, extendedMonths)).At("until")
		}
		q.Deadline = in.Until
		return Fits("reason", in.Reason, true, maxText)
	case "reopen":
		q.State, q.Answer, q.Copy, q.AnsweredBy, q.AnsweredAt = RequestOpen, "", "", "", time.Time{}
		return Fits("reason", in.Reason, true, maxText)
	case "answer":
		q.State = RequestAnswered
		if q.Kind != "correction" {
			if q.Copy, err = printed(ctx, w, at, q); err != nil {
				return err
			}
		}
	case "refuse":
		q.State = RequestRefused
	}
	q.Answer, q.AnsweredBy, q.AnsweredAt = in.Answer, casebook.ActorFrom(ctx).User, w.Now
	return Fits("answer", in.Answer, true, maxText)
}

// printed is the SHA-256 of the subject's casebook as it last left as PDF since the day, at the site, on which the request came.
func printed(ctx context.Context, w *ledger.Writer, at casebook.SiteID, q *Request) (string, error) {
	here, err := trial.FindSite(ctx, w.Tx, w.Study, at)
	if err != nil {
		return "", err
	}
	found, err := ledger.Search(ctx, w.Tx, w.Study, ledger.Filter{What: export.Printed, AllSites: true, Subject: q.Subject, From: begins(q.Received, here.Zone)}, ledger.Place{}, 1)
	if err == nil && len(found.Entries) == 0 {
		err = casebook.Fail(casebook.Conflict, "site.request_no_copy", q.Subject).At("step")
	}
	if err != nil {
		return "", err
	}
	return found.Entries[0].New, nil
}

// requestShown is a request as the pages see it.
type requestShown struct {
	keep.Record[Request] `json:",embed"`
	Late                 int      `json:"late"` // days overdue
	Left                 int      `json:"left"` // days until the deadline
	Next                 []string `json:"next"` // the steps that may be taken
}

func showRequest(k keep.Record[Request], today plan.Date) requestShown {
	x := requestShown{Record: k, Next: k.Doc.next()}
	if k.Doc.State == RequestOpen {
		x.Late, x.Left = max(0, int(today-k.Doc.Deadline)), max(0, int(k.Doc.Deadline-today))
	}
	return x
}

// getDataRequests answers what subjects have asked about their data: what is open first, by deadline.
func (s *Service) getDataRequests(w http.ResponseWriter, r *http.Request) error {
	all, may := []requestShown{}, Sight(r, auth.RequestHandle)
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		found, err := keep.List[Request](r.Context(), tx, studyOf(r), requests)
		if err != nil {
			return err
		}
		sites, err := trial.SitesOf(r.Context(), tx, studyOf(r))
		for _, k := range found {
			if may(k.Site) {
				all = append(all, showRequest(k, Today(s.world.Now(), zoneOf(sites, k.Site))))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b requestShown) int {
		over := func(x requestShown) int { return int(one(x.Doc.State != RequestOpen)) }
		return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(a.Doc.Deadline, b.Doc.Deadline), strings.Compare(a.ID, b.ID))
	})
	return web.JSON(w, http.StatusOK, map[string]any{"requests": all})
}

// postDataRequest records what a subject has asked about their data.
func (s *Service) postDataRequest(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.RequestHandle)
	if err != nil {
		return err
	}
	var in Request
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Request]
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) { k, err = Receive(ctx, w, at, in); return err })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, showRequest(k, Today(s.world.Now(), at.Zone)))
}

// postDataRequestStep answers a subject's request, refuses it, gives it more time or opens it again. One of a foreign site is answered like one that is not there.
func (s *Service) postDataRequestStep(w http.ResponseWriter, r *http.Request) error {
	study, id := studyOf(r), r.PathValue("request")
	ctx, zone, err := act[Request](s, r, requests, id, auth.RequestHandle, casebook.Fail(casebook.NotFound, "site.request_unknown", id).At("request"))
	if err != nil {
		return err
	}
	var in RequestStep
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Request]
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		if k, err = keep.Find[Request](ctx, w.Tx, study, requests, id); err == nil {
			k, err = Settle(ctx, w, k, in)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, showRequest(k, Today(s.world.Now(), zone)))
}
