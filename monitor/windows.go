package monitor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"casebook"
	calendar "casebook/edc/visit"
	"casebook/record"
	"casebook/store"
)

// What is remembered of a subject's visits are the days on which its forms say that they were held; a visit is held on the
// first of them. Windows are counted from the definition by which the newest was entered, as the list of visits counts them
// (package edc/visit). A visit counts when its day is known and its window too: one of which nobody wrote down the day, or whose
// window is counted from a visit that has not taken place, is neither in time nor out of it.

// visitOf is the visit of a form: the first two parts of its place.
func visitOf(ref string) string {
	parts := strings.SplitN(ref, "/", 3)
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

// takeDays takes in the days of visits that a save brought and takes back those that it replaced, and reports whether any did.
func (p *subject) takeDays(plan *plan, ref string, values []record.Value, sign int64) (moved bool) {
	for i := range values {
		v := &values[i]
		if !plan.held[v.Item] {
			continue
		}
		if day, ok := calendar.ParseDay(v.Value); ok {
			p.chart.sayDay(visitOf(ref), floorDay(day.Unix()), sign)
			moved = true
		}
	}
	return moved
}

// sayDay notes that one more form of a visit says a day, or with sign -1 one less.
func (c *chart) sayDay(visit string, day, sign int64) {
	days := c.Days[visit]
	i, known := slices.BinarySearch(days, day)
	switch {
	case sign > 0 && c.Days == nil:
		c.Days = map[string][]int64{visit: {day}}
	case sign > 0:
		c.Days[visit] = slices.Insert(days, i, day)
	case known && len(days) == 1:
		delete(c.Days, visit)
	case known:
		c.Days[visit] = slices.Delete(days, i, i+1)
	}
}

// timed are the subject's visits whose day and window are known.
func (st *state) timed(p *subject) (all []calendar.Standing) {
	plan := st.plans[p.chart.Version]
	if plan == nil || len(p.chart.Days) == 0 {
		return nil
	}
	in := calendar.Subject{Visits: make(map[calendar.Key]calendar.Seen, len(p.chart.Days))}
	if p.enrolled != 0 {
		in.Enrolled = calendar.DayIn(store.Time(p.enrolled), p.site.location)
	}
	for place, days := range p.chart.Days {
		if at, ok := record.ParseRef("", p.id, place+"//"); ok {
			in.Visits[calendar.Key{Event: at.Event, Repeat: at.EventRepeat}] = calendar.Seen{Begun: true, Day: time.Unix(days[0]*24*60*60, 0).UTC()}
		}
	}
	for _, v := range calendar.Plan(plan.index, in) {
		if !v.Day.IsZero() && !v.Target.IsZero() && !v.Provisional {
			all = append(all, v)
		}
	}
	return all
}

// replan counts anew how a subject's visits stand towards their windows.
func (st *state) replan(p *subject) {
	visits, untimely := int64(0), int64(0)
	for _, v := range st.timed(p) {
		visits++
		untimely += one(v.State.Deviates())
	}
	for slot, m := range st.slots {
		switch m.Of {
		case ofVisits:
			st.set(p, slot, visits)
		case ofUntimely:
			st.set(p, slot, untimely)
		}
	}
}

// untimely are the subject's visits outside their windows, and how many days.
func (st *state) untimely(id casebook.SubjectID) map[string]string {
	of := map[string]string{}
	if p := st.subjects[id]; p != nil {
		for _, v := range st.timed(p) {
			if v.State.Deviates() {
				key := record.Key{Event: v.Event, EventRepeat: v.Repeat}
				of[visitOf(key.Ref())] = fmt.Sprintf("%s (%+d)", v.Day.Format(time.DateOnly), v.Days)
			}
		}
	}
	return of
}
