package site

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
)

// Level says who is told of an issue, or of what a subject asks.
type Level string

// The levels, in the order in which they come.
const (
	Soon      Level = "soon"      // to its owner: the day comes
	Overdue   Level = "overdue"   // to the project manager: the day has passed
	Escalated Level = "escalated" // to all of the sponsor: it has passed for longer than the issue's weight allows
)

// soon is how many days before an issue is due its owner is told.
const soon = 3

// requestSoon is how many days before the answer to a subject's request is due those who give it are told.
const requestSoon = 7

// Alert is something that people are to be told of an issue, or of a request about a subject's own data.
type Alert struct {
	Issue   string // or the request
	Request bool   // it is one: it has no title and no owner, and nobody is told whose it is
	Site    casebook.SiteID
	Level   Level
	Title   string
	Owner   casebook.UserID
	Due     plan.Date
}

// key names an alert among those of its issue: one that gets another day due is told of anew.
func (a Alert) key() string { return a.Due.String() + "-" + string(a.Level) }

// Posting is a notice that is ready: Send sends it in a write.
type Posting struct {
	Notice string
	Send   func(ctx context.Context, w *ledger.Writer) error
}

// told is what people were told of an issue. It is a record beside it, so that nobody who works at the issue is in its way.
type told struct {
	Told []telling `json:"told"`
}

type telling struct {
	Key    string    `json:"key"`
	At     time.Time `json:"at"`
	Notice string    `json:"notice,omitempty"` // none where nobody has the role
}

func (t *told) has(a Alert) bool {
	return slices.ContainsFunc(t.Told, func(x telling) bool { return x.Key == a.key() })
}

// alerts are what is to be told of an issue on a day. What a server that stood still has missed is told, too.
func alerts(k keep.Record[Issue], today plan.Date) (all []Alert) {
	i := &k.Doc
	add := func(level Level) {
		all = append(all, Alert{Issue: k.ID, Site: k.Site, Level: level, Title: i.Title, Owner: i.Owner, Due: i.Due})
	}
	level := i.Escalation(today)
	if level == 0 && !i.over() && today+soon >= i.Due {
		add(Soon)
	}
	if level > 0 {
		add(Overdue)
	}
	if level > 1 {
		add(Escalated)
	}
	return all
}

// requestAlerts are what is to be told of a request on a day.
func requestAlerts(k keep.Record[Request], today plan.Date) []Alert {
	a := Alert{Issue: k.ID, Request: true, Site: k.Site, Level: Soon, Due: k.Doc.Deadline}
	switch {
	case k.Doc.State != RequestOpen || today+requestSoon < k.Doc.Deadline:
		return nil
	case today > k.Doc.Deadline:
		a.Level = Overdue
	}
	return []Alert{a}
}

// look is how often issues are looked at: what is due is due by the day.
const look = 10 * time.Minute

// Run tells of issues until ctx ends. Every process may run it: each alert is one transaction, taken by one of them.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := s.AlertAll(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "an issue could not be told of, and will be again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// AlertAll tells what is to be told now, in every study that has issues or requests. What fails in one keeps no other from being told.
func (s *Service) AlertAll(ctx context.Context) error {
	if s.Tell == nil {
		return nil
	}
	return errors.Join(keep.InEachStudy(ctx, s.db, issues, func(ctx context.Context, study casebook.StudyID) error {
		return alertIn(ctx, s, study, issues, alerts)
	}), keep.InEachStudy(ctx, s.db, requests, func(ctx context.Context, study casebook.StudyID) error {
		return alertIn(ctx, s, study, requests, requestAlerts)
	}))
}

// alertIn tells of the records of one kind what alerts says of each.
func alertIn[T any](ctx context.Context, s *Service, study casebook.StudyID, kind keep.Kind, alerts func(keep.Record[T], plan.Date) []Alert) (failed error) {
	var all []Alert
	err := s.db.View(ctx, func(tx *store.Tx) error {
		was, err := keep.List[told](ctx, tx, study, tellings)
		if err != nil {
			return err
		}
		done := map[string]told{}
		for _, k := range was {
			done[k.ID] = k.Doc
		}
		sites, err := trial.SitesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		found, err := keep.List[T](ctx, tx, study, kind)
		for _, k := range found {
			known := done[k.ID]
			for _, a := range alerts(k, Today(s.world.Now(), zoneOf(sites, k.Site))) {
				if !known.has(a) {
					all = append(all, a)
				}
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		failed = errors.Join(failed, s.alert(ctx, study, a))
	}
	return failed
}

// alert sends what Tell has made ready and writes down that it did, in one transaction. Of two processes one is refused,
// and finds it done when it looks again.
func (s *Service) alert(ctx context.Context, study casebook.StudyID, a Alert) error {
	post, err := s.Tell(ctx, study, a)
	if err != nil {
		return err
	}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		k, err := keep.Find[told](ctx, w.Tx, study, tellings, a.Issue)
		if err != nil || k.Doc.has(a) {
			return err
		}
		is := told{append(slices.Clone(k.Doc.Told), telling{Key: a.key(), At: w.Now})}
		if post != nil {
			is.Told[len(is.Told)-1].Notice = post.Notice
			if err := post.Send(ctx, w); err != nil {
				return err
			}
		}
		c := keep.Change{Kind: tellings, ID: a.Issue, Site: a.Site, Seen: k.Version, After: is, Entry: ledger.Entry{What: IssueTold}}
		if k.Version > 0 {
			c.Before = k.Doc
		}
		return keep.Put(ctx, w, c)
	})
}
