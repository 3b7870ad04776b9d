package safety

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/site/keep"
	"casebook/store"
)

// Alert is something that people are to be told of a case.
type Alert struct {
	ID    string // asking twice tells once
	Key   string // its part that names it within the case
	Case  string
	Site  casebook.SiteID
	Kind  string // reported, soon, late
	Clock string // of soon and late
	Due   time.Time
	Final int // of reported: the number of the version
}

// told is what notices told of a case. It is a record beside it, so that nobody who writes at the case is in its way.
type told struct {
	Keys []string `json:"keys"` // reported-0, site-soon, ethics-late
	Told []Told   `json:"told,omitempty"`
}

// alerts are what is to be told of a case: each version to the sponsor, and of each clock that runs that a quarter of its time is left, or that it is over.
func alerts(k keep.Record[Case], r Rules, now time.Time) (all []Alert) {
	c := &k.Doc
	add := func(a Alert, key string) {
		a.ID, a.Key, a.Case, a.Site = k.ID+"-"+key, key, k.ID, k.Site
		all = append(all, a)
	}
	for n := range c.Versions {
		add(Alert{Kind: "reported", Final: n}, "reported-"+strconv.Itoa(n))
	}
	for _, clock := range c.Clocks(r, now) {
		if !clock.Done.IsZero() {
			continue
		}
		name := clock.Name
		if name == "followup" { // each has its own
			name += "-" + strconv.Itoa(c.Versions)
		}
		switch left := clock.Due.Sub(now); {
		case left < 0:
			add(Alert{Kind: "late", Clock: clock.Name, Due: clock.Due}, name+"-late")
		case left <= clock.Due.Sub(clock.From)/4:
			add(Alert{Kind: "soon", Clock: clock.Name, Due: clock.Due}, name+"-soon")
		}
	}
	return all
}

// look is how often the clocks are looked at.
const look = time.Minute

// Run tells those whom cases concern, until ctx ends: soon after a report, when a clock runs out, and again where that did not work.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := s.AlertAll(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "a serious adverse event could not be told, and will be again", "error", err)
		}
		select {
		case <-s.wake:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// AlertAll tells what is to be told now, in every study that has cases. What fails in one keeps no other from being told.
func (s *Service) AlertAll(ctx context.Context) error {
	if s.o.Tell == nil {
		return nil
	}
	return keep.InEachStudy(ctx, s.db, cases, s.alertIn)
}

func (s *Service) alertIn(ctx context.Context, study casebook.StudyID) (failed error) {
	var all []keep.Record[Case]
	var rule keep.Record[Rules]
	done := map[string][]string{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if rule, err = rulesOf(ctx, tx, study); err != nil {
			return err
		}
		was, err := keep.List[told](ctx, tx, study, alerted)
		for _, k := range was {
			done[k.ID] = k.Doc.Keys
		}
		if err == nil {
			all, err = keep.List[Case](ctx, tx, study, cases)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range all {
		for _, a := range alerts(k, rule.Doc, s.world.Now()) {
			if !slices.Contains(done[k.ID], a.Key) {
				failed = errors.Join(failed, s.alert(ctx, study, a))
			}
		}
	}
	return failed
}

// alert has Tell tell, and writes down that it did: of a report, that the sponsor has it.
func (s *Service) alert(ctx context.Context, study casebook.StudyID, a Alert) error {
	notice, err := s.o.Tell(ctx, study, a)
	if err != nil {
		return err
	}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		k, err := keep.Find[told](ctx, w.Tx, study, alerted, a.Case)
		if err != nil || slices.Contains(k.Doc.Keys, a.Key) { // another process was faster
			return err
		}
		is := told{Keys: append(slices.Clone(k.Doc.Keys), a.Key), Told: slices.Clone(k.Doc.Told)}
		if a.Kind == "reported" && notice != "" {
			is.Told = append(is.Told, Told{To: Sponsor, Name: notice, Version: a.Final, On: w.Now, By: casebook.ActorFrom(ctx).User, At: w.Now})
		}
		c := keep.Change{Kind: alerted, ID: a.Case, Site: a.Site, Seen: k.Version, After: is, Entry: ledger.Entry{What: Alerted}}
		if k.Version > 0 {
			c.Before = k.Doc
		}
		return keep.Put(ctx, w, c)
	})
}
