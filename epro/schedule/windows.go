package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"casebook"
)

// Happened is an anchor that has come about for one subject.
type Happened struct {
	Kind string
	Name string
	At   time.Time
}

// Window is one prompt of one subject.
type Window struct {
	Form      string      `json:"form"`
	Key       string      `json:"key"` // names it among those of its form, for ever: its wall time as it was planned
	Opens     time.Time   `json:"opens"`
	Closes    time.Time   `json:"closes"`
	Reminders []time.Time `json:"reminders"`
}

// Windows returns a subject's windows that close after since and open before until, in the order of their opening, for
// the anchors that have happened and the places where the subject was. A window that has closed when its anchor happens is left out: nobody
// could have answered it. stays must not be empty.
func (s *Schedule) Windows(anchors []Happened, stays Stays, since, until time.Time) ([]Window, error) {
	var all []Window
	for i := range s.Forms {
		f := &s.Forms[i]
		for _, a := range f.anchors(anchors, stays) {
			g := generator{s: s, f: f, stays: stays, anchor: a, since: since, until: until, all: all}
			g.run()
			if all = g.all; len(all) > maxWindows {
				return nil, casebook.Fail(casebook.Unprocessable, "epro.schedule.too_many", maxWindows).At(fmt.Sprintf("/forms/%d", i))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Window) int { return cmp.Or(a.Opens.Compare(b.Opens), cmp.Compare(a.Form, b.Form)) })
	return slices.CompactFunc(all, func(a, b Window) bool { return a.Form == b.Form && a.Key == b.Key }), nil
}

// anchors are the moments that the form counts from.
func (f *Form) anchors(happened []Happened, stays Stays) (at []time.Time) {
	if f.Anchor.Kind == Calendar {
		d, _ := parseDay(f.Anchor.Date) // checked when it was read
		return []time.Time{stays.instant(wall{d, 0})}
	}
	for _, h := range happened {
		if h.Kind == f.Anchor.Kind && (f.Anchor.Name == "" || f.Anchor.Name == h.Name) {
			at = append(at, h.At)
		}
		if h.Kind == Enrolment && len(at) == 1 && f.Anchor.Kind == Enrolment {
			break
		}
	}
	return at
}

// generator makes the windows of one form from one anchor.
type generator struct {
	s      *Schedule
	f      *Form
	stays  Stays
	anchor time.Time
	since  time.Time
	until  time.Time
	all    []Window
}

func (g *generator) run() {
	last := g.until
	anchor := g.anchor.In(g.stays.At(g.anchor))
	if !g.f.Until.IsZero() {
		if end := g.stays.shift(anchor, g.f.Until); end.Before(last) {
			last = end
		}
	}
	if len(g.f.prompts) == 0 { // as soon as the anchor happens, or Start after it
		start := g.stays.shift(anchor, g.f.Start)
		if start.Before(last) {
			g.add(wallOf(start), start)
		}
		return
	}
	first := dayOf(anchor).plus(g.f.Start, 1)
	for n := g.skipped(first); n == 0 || (g.f.Times == 0 || n < g.f.Times) && !g.f.Every.IsZero(); n++ {
		from := first.plus(g.f.Every, n)
		if g.stays.instant(wall{from, 0}).Compare(last) >= 0 || len(g.all) > maxWindows {
			return
		}
		for _, p := range g.f.prompts {
			g.prompt(from+day(p.day), p.second, last)
		}
	}
}

// skipped is how many cycles are surely over at since, with a month to spare for what holidays and journeys move.
func (g *generator) skipped(first day) int {
	cycle := g.f.Every.Days
	if g.since.IsZero() || cycle == 0 || g.f.Every.Years+g.f.Every.Months > 0 {
		return 0
	}
	longest := 0
	for _, p := range g.f.prompts {
		longest = max(longest, p.day)
	}
	w := g.f.Window
	longest += 366*w.Years + 31*w.Months + w.Days + int(w.Clock/(24*time.Hour)) + 31
	return max(0, (int(dayOf(g.since)-first)-longest)/cycle)
}

// prompt makes the window of one prompt, if it has one.
func (g *generator) prompt(d day, second int, last time.Time) {
	if !g.f.weekdays[d.weekday()] {
		return
	}
	planned := wall{d, second}
	if g.s.holidays[d] {
		switch g.f.Holiday {
		case Skip:
			return
		case Next:
			for g.s.holidays[d] {
				d++
			}
		}
	}
	if opens := g.stays.instant(wall{d, second}); opens.Before(last) {
		g.add(planned, opens)
	}
}

func (g *generator) add(planned wall, opens time.Time) {
	closes := g.stays.shift(opens, g.f.Window)
	if !closes.After(g.anchor) || !closes.After(g.since) {
		return
	}
	w := Window{Form: g.f.Form, Key: planned.key(), Opens: opens, Closes: closes, Reminders: []time.Time{}}
	for _, r := range g.f.Reminders {
		from := opens
		if r.Negative {
			from = closes
		}
		if at := g.stays.shift(from, r); !at.Before(opens) && at.Before(closes) {
			w.Reminders = append(w.Reminders, at)
		}
	}
	slices.SortFunc(w.Reminders, time.Time.Compare)
	g.all = append(g.all, w)
}

func (w wall) key() string {
	y, m, d := w.day.date()
	return fmt.Sprintf("%04d-%02d-%02dT%02d%02d", y, m, d, w.second/3600, w.second/60%60)
}

// Simulate lists the windows of a subject who is enrolled at a wall time in one zone, over a number of days, of which
// the first is that of the enrolment.
func (s *Schedule) Simulate(anchor, zone string, days int) ([]Window, error) {
	where, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse("2006-01-02T15:04:05", anchor)
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "epro.schedule.anchor", anchor).At("anchor")
	}
	if days < 1 || days > 3660 {
		return nil, casebook.Fail(casebook.Invalid, "epro.schedule.days", days).At("days")
	}
	stays := Stays{{Zone: where}}
	enrolled := stays.instant(wallOf(at))
	end := stays.instant(wall{dayOf(at) + day(days), 0})
	return s.Windows([]Happened{{Kind: Enrolment, At: enrolled}}, stays, time.Time{}, end)
}

// Zone finds an IANA zone by name. "Local" and "" are of the machine and mean nothing here.
func Zone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if z, err := time.LoadLocation(name); err == nil {
			return z, nil
		}
	}
	return nil, casebook.Fail(casebook.Invalid, "trial.zone", name).At("zone")
}
