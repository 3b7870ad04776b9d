package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/epro"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// take adds entries to the state. What an entry says that cannot be read counts nothing, here and wherever else the
// same entries are added up; only a version that cannot be had stops the taking.
func (s *Service) take(ctx context.Context, study casebook.StudyID, st *state, entries []ledger.Entry) error {
	st.id = study
	for i := range entries {
		e := &entries[i]
		st.watch(e.At)
		err := s.takeOne(ctx, study, st, e)
		if plan, ok := err.(planError); ok {
			return plan.error
		}
		if err != nil {
			slog.ErrorContext(ctx, "monitoring cannot read an entry and leaves it out", "study", study, "entry", e.ID, "error", err)
		}
		st.next = e.Index + 1
		if e.At.After(st.newest) {
			st.newest = e.At
		}
	}
	st.begun = st.next
	return nil
}

// planError is that a version cannot be had.
type planError struct{ error }

func (s *Service) takeOne(ctx context.Context, study casebook.StudyID, st *state, e *ledger.Entry) error {
	switch e.What {
	case trial.VerbSite:
		return st.takeSite(e)
	case patient.VerbEnrolled:
		return st.takeEnrolled(e)
	case patient.VerbStatus:
		return st.takeStatus(e)
	case patient.VerbTransferred:
		st.move(st.subject(e.Subject, e.Site), patient.MovedTo(e))
	case record.QueryRaised:
		return st.takeRaised(e)
	case record.QueryChanged:
		return st.takeChanged(e)
	case record.Reviewed:
		return st.takeReviewed(e)
	case record.PlanSet:
		return st.takePlan(e)
	case epro.DeviceEnrolled, epro.DeviceEnded:
		return st.takeDevice(e)
	case record.Saved:
		before, after := &st.before, &st.after
		if err := errors.Join(before.Read(e.Old), after.Read(e.New)); err != nil {
			return fmt.Errorf("a change of a form: %w", err)
		}
		return s.takeSaved(ctx, study, st, e, before, after)
	}
	return nil
}

func (st *state) takeSite(e *ledger.Entry) error {
	var v trial.Site
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	st.place(v.ID, v.Name, v.Zone)
	return nil
}

func (st *state) takeEnrolled(e *ledger.Entry) error {
	var v patient.Subject
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	p := st.subject(v.ID, v.Site)
	st.move(p, v.Site)
	p.enrolled, p.left = store.Micros(v.EnrolledAt), 0
	st.stand(p, v.Status)
	st.recount(p)
	st.replan(p)
	return nil
}

func (st *state) takeStatus(e *ledger.Entry) error {
	var v struct {
		Status patient.Status `json:"status"`
	}
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	p := st.subject(e.Subject, e.Site)
	st.move(p, e.Site)
	p.left = 0
	st.stand(p, v.Status)
	if v.Status != patient.Screening && v.Status != patient.Enrolled {
		p.left = store.Micros(e.At)
	}
	st.recount(p)
	return nil
}

// takeRaised counts a query that a person asked. One that waits to be released is not yet asked.
func (st *state) takeRaised(e *ledger.Entry) error {
	var q query
	if err := json.Unmarshal([]byte(e.New), &q); err != nil {
		return err
	}
	if q.State != record.Candidate {
		st.asked(st.subject(e.Subject, e.Site), q.ID, e.At)
	}
	return nil
}

// takeChanged follows what people do about queries.
func (st *state) takeChanged(e *ledger.Entry) error {
	var old, now query
	if err := json.Unmarshal([]byte(e.Old), &old); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(e.New), &now); err != nil {
		return err
	}
	p := st.subject(e.Subject, e.Site)
	ended := func(s record.QueryState) bool { return s == record.Closed || s == record.Cancelled }
	switch {
	case old.State == record.Candidate && !ended(now.State):
		st.asked(p, now.ID, e.At)
	case ended(now.State) && !ended(old.State):
		st.settle(p, now.ID, e.At)
	case ended(old.State) && !ended(now.State):
		st.ask(p, now.ID, e.At)
	}
	if now.State == record.Open && (old.State == record.Answered || old.State == record.Resolved || ended(old.State)) {
		for slot, m := range st.slots {
			if m.Of == ofReopened {
				st.count(p, slot, 1)
			}
		}
	}
	st.recount(p)
	return nil
}

// asked counts a query and notes since when it is open.
func (st *state) asked(p *subject, id string, at time.Time) {
	st.ask(p, id, at)
	for slot, m := range st.slots {
		if m.Of == ofQueries && m.Older == 0 {
			st.count(p, slot, 1)
		}
	}
	st.recount(p)
}

// query is what monitoring reads of a record.Query.
type query struct {
	ID    string            `json:"id"`
	State record.QueryState `json:"state"`
}

// takeSaved counts the values that a save brought less those that it replaced or cleared: a first save counts, a
// correction of the text counts nothing, a deletion takes back. Each side is read by the version it was saved under.
func (s *Service) takeSaved(ctx context.Context, study casebook.StudyID, st *state, e *ledger.Entry, before, after *record.Change) error {
	p := st.subject(e.Subject, e.Site)
	o := occasion{day: dayAt(e.At, p.site.location), first: before.Definition == 0 && !loaded(after)}
	if p.enrolled != 0 {
		o.enrolled = dayAt(store.Time(p.enrolled), p.site.location)
	}
	print := &st.pressed
	for i := range print {
		print[i] = pressed{points: print[i].points[:0]}
	}
	var turn int64
	key, placed := record.ParseRef(study, p.id, e.Ref)
	site := after.Source == "" || loaded(after) // what phones send says no day of a visit, holds few measurements, and is not written by a site
	moved := false
	for i, side := range [...]struct {
		c    *record.Change
		sign int64
	}{{before, -1}, {after, 1}} {
		if side.c.Definition == 0 {
			continue // there was nothing before
		}
		plan, err := s.plan(ctx, study, side.c.Definition, st.catalogue)
		if err != nil {
			return planError{err}
		}
		for _, values := range [...][]record.Value{side.c.Items, side.c.Computed} {
			for j := range values {
				st.takeValue(plan, p, o, &values[j], side.sign)
			}
		}
		for j := range side.c.Items {
			st.takeReading(plan, p, &side.c.Items[j], side.sign, &print[i])
		}
		if site {
			st.plans[side.c.Definition] = plan
			moved = p.takeDays(plan, e.Ref, side.c.Items, side.sign) || moved
			moved = p.takeDays(plan, e.Ref, side.c.Computed, side.sign) || moved
		}
		if placed && print[0].n+print[1].n > 0 {
			turn = plan.turnOf(key)
		}
		o.first = o.first && side.sign > 0
	}
	if site {
		st.takePrints(p, e.Ref, turn, print)
	}
	if moved || site && len(p.chart.Days) > 0 && p.chart.Version != after.Definition {
		p.chart.Version = after.Definition
		st.replan(p)
		st.touchChart(p)
	}
	if placed {
		st.takeEntered(p, key, e, before, after)
	}
	st.loading = loaded(after)
	if !st.loading { // a file says nothing of how people work
		st.takeConduct(e, p, before, after)
	}
	return nil
}

// loaded reports whether a change came with a file.
func loaded(c *record.Change) bool { return strings.HasPrefix(c.Source, "upload/") }

func (st *state) takeValue(plan *plan, p *subject, o occasion, v *record.Value, sign int64) {
	at := [2]string{v.Group, v.Item}
	if sign < 0 {
		o.first = false
	}
	for _, slots := range [...][]int{plan.values[at], plan.all} {
		for _, slot := range slots {
			switch m := st.slots[slot]; {
			case !m.counts(v.Value, o):
			case len(m.Status) > 0:
				p.memory.hold(slot, sign)
				st.set(p, slot, p.memory.held(slot)*p.standsIn(m.Status))
			default:
				st.count(p, slot, sign)
			}
		}
	}
	if sign > 0 && (plan.contact[at] || plan.since[at]) {
		if plan.contact[at] {
			p.contact = dayOf(v.Value)
		} else {
			p.memory.Since = dayOf(v.Value)
		}
		st.recount(p)
	}
}

// takeReading takes in what was measured and when visits were, for the detectors.
func (st *state) takeReading(plan *plan, p *subject, v *record.Value, sign int64, print *pressed) {
	at := [2]string{v.Group, v.Item}
	if v.Value == "" {
		return
	}
	if plan.visits[at] {
		if day, err := time.Parse(time.DateOnly, v.Value[:min(len(v.Value), len(time.DateOnly))]); err == nil {
			st.read(p, func(r *readings) { r.Weekdays[day.Weekday()] += sign })
		}
	}
	item, ok := plan.digits[at]
	if !ok {
		return
	}
	series := st.prints.name(seriesOf(item, v.Repeat, plan.tall[at]))
	x, err := strconv.ParseFloat(v.Value, 64)
	if series == "" || err != nil || !(math.Abs(x) < 1e12) {
		return
	}
	thousandths := int64(math.Round(x * 1e3))
	st.read(p, func(r *readings) { r.measured(series, lastDigit(v.Value), thousandths, sign) })
	print.add(series, v, thousandths)
}

// read has a reading taken into a subject's chart, and into what its site adds up to.
func (st *state) read(p *subject, take func(*readings)) {
	take(&p.chart.readings)
	if p.counted() {
		take(&p.site.readings)
	}
	st.touchChart(p)
}

// dayOf is the day of a date, or of a moment, in days since 1970; 0 for a date in part, which is not known yet.
func dayOf(value string) int64 {
	t, err := time.Parse(time.DateOnly, value[:min(len(value), len(time.DateOnly))])
	if err != nil {
		return 0
	}
	return floorDay(t.Unix())
}

// takeConduct counts how a save came about: by whom, when, and what it did to queries.
func (st *state) takeConduct(e *ledger.Entry, p *subject, before, after *record.Change) {
	c := conduct{report: after.Source != "", first: before.Definition == 0, at: e.At, opened: int64(len(after.Opened)), since: -1}
	if c.report && !e.DeviceAt.IsZero() {
		c.at = e.DeviceAt // offline, reports wait and arrive together
	}
	hour := c.at.In(p.site.location).Hour()
	c.night = hour >= 22 || hour < 6
	if c.report {
		if p.memory.Report != 0 {
			c.since = c.at.Sub(store.Time(p.memory.Report))
		}
		p.memory.Report = store.Micros(c.at)
		c.equal = equalAnswers(after.Items)
	} else {
		c.since = st.lastElsewhere(e, p)
		c.cleared = int64(len(after.Closed))
	}
	for i := range after.Items {
		if after.Items[i].Blank != "" {
			c.blanks++
		}
	}
	for i := range before.Items {
		v := &before.Items[i]
		if v.Blank != "" {
			c.blanks--
		}
		if v.Value != "" && p.alter(e.Ref, v) {
			c.changed++
		}
	}
	for _, q := range after.Opened {
		st.ask(p, q.ID, e.At)
	}
	for _, q := range after.Closed {
		st.settle(p, q.ID, e.At)
	}
	for slot, m := range st.slots {
		if n := m.conduct(c); n != 0 {
			st.count(p, slot, n)
		}
	}
	if len(after.Opened)+len(after.Closed) > 0 {
		st.recount(p)
	}
}

// lastElsewhere is how long ago the same person saved for another subject of the site; negative when never.
func (st *state) lastElsewhere(e *ledger.Entry, p *subject) time.Duration {
	since := time.Duration(-1)
	last := p.site.hands[e.Actor]
	if last == nil {
		last = new(hand)
		p.site.hands[e.Actor] = last
	} else if last.Subject != p.id {
		since = e.At.Sub(store.Time(last.At))
	}
	last.At, last.Subject = store.Micros(e.At), p.id
	st.touchSite(p.site)
	return since
}

// conduct is how a save came about.
type conduct struct {
	report, first, night, equal      bool
	at                               time.Time
	since                            time.Duration // see Measure.Within; negative for never
	opened, cleared, blanks, changed int64
}

// equalAnswers reports whether there are at least five answers and all are the same.
func equalAnswers(items []record.Value) bool {
	if len(items) < 5 {
		return false
	}
	for i := range items {
		if items[i].Value == "" || items[i].Value != items[0].Value {
			return false
		}
	}
	return true
}

// conduct is what a save adds to the measure.
func (m *Measure) conduct(c conduct) int64 {
	switch m.Of {
	case ofPages:
		return one(c.first)
	case ofSaves:
		return one(!c.report && m.fits(c))
	case ofReports:
		return one(c.report && m.fits(c) && (!m.Equal || c.equal))
	case ofQueries:
		if m.Older == 0 {
			return c.opened
		}
	case ofCleared:
		return c.cleared
	case ofBlanks:
		return c.blanks
	case ofChanged:
		return c.changed
	}
	return 0
}

func (m *Measure) fits(c conduct) bool {
	return (!m.Night || c.night) && (m.Within == 0 || c.since >= 0 && c.since <= time.Duration(m.Within)*time.Second)
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
