// Package visit says when a subject's visits are due and how each stands: planned, due, overdue, held early or late. It is
// pure, and refuses to guess: without a window in the definition nothing is due, without a day nothing is early or late.
package visit

import (
	"slices"
	"strconv"
	"time"

	"casebook/odm"
)

// State is how a visit stands towards its window.
type State string

// The states. Held, Early and Late have values; the others have none.
const (
	Open        State = "open"         // the definition says no time for it, and nothing is there
	Planned     State = "planned"      // its window is yet to come, or what it is counted from has not happened
	Due         State = "due"          // its window is open
	Overdue     State = "overdue"      // its window has closed
	Held        State = "held"         // within its window, or on a day that nobody wrote down, or without a window
	Early       State = "early"        // before its window
	Late        State = "late"         // after its window
	Skipped     State = "skipped"      // it does not take place, and somebody said why
	NotExpected State = "not_expected" // the subject left before its window closed
)

// Deviates reports whether the visit did not take place as the definition plans it.
func (s State) Deviates() bool { return s == Early || s == Late || s == Overdue || s == Skipped }

// Key names a visit: an event and which repeat of it.
type Key struct{ Event, Repeat string }

// Seen is what a casebook knows of one visit.
type Seen struct {
	Begun   bool      // it has values
	Day     time.Time // when it was held; zero when nobody said
	Skipped bool
}

// Subject is what visits are counted from. All moments are days: midnight UTC.
type Subject struct {
	Enrolled time.Time
	Left     time.Time // when the subject completed, withdrew or failed screening; zero for those who take part, as far as it is known
	Today    time.Time
	Visits   map[Key]Seen
}

// Standing is one visit with its window. The window is zero where the definition has none, or where an anchor is
// missing that nothing can stand in for.
type Standing struct {
	Key
	Target, From, Until time.Time
	Provisional         bool // counted from an anchor that has not happened, as if it will when it is planned
	Day                 time.Time
	State               State
	Days                int // outside the window: negative before it, positive after it; of Overdue up to today
}

// Plan returns how the visits of the definition's schedule stand, in its order, each repeat that is there and, of an event that
// comes again, the next. Repeats that are no numbers are what a device sent; they have no plan of their own.
func Plan(x *odm.Index, s Subject) []Standing {
	p := planner{x: x, s: s, days: map[string]anchor{}}
	if p.s.Left.IsZero() {
		p.s.Left = p.last()
	}
	var all []Standing
	for _, ref := range x.Schedule() {
		ev := x.Event(ref.OID)
		if ev == nil {
			continue
		}
		for _, repeat := range p.repeats(ev) {
			all = append(all, p.standing(ev, repeat))
		}
	}
	return all
}

// last is the day of the visit with which a subject's part ends: an event with the alias event.last of the context casebook.
func (p *planner) last() (day time.Time) {
	for k, seen := range p.s.Visits {
		ev := p.x.Event(k.Event)
		if ev != nil && slices.Contains(ev.Aliases, odm.Alias{Context: "casebook", Name: "event.last"}) && seen.Day.After(day) {
			day = seen.Day
		}
	}
	return day
}

// DayItems are the items whose value is the day of the visit that they stand in: those with the alias event.date of the
// context casebook, and one called EventDate (the name is Viedoc's).
func DayItems(v *odm.Version) []string {
	var found []string
	for i := range v.Items {
		it := &v.Items[i]
		if it.OID == "EventDate" || slices.Contains(it.Aliases, odm.Alias{Context: "casebook", Name: "event.date"}) {
			found = append(found, it.OID)
		}
	}
	return found
}

// ParseDay reads the day of a date or date and time; a partial one is no day.
func ParseDay(value string) (time.Time, bool) {
	if len(value) < len(time.DateOnly) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, value[:len(time.DateOnly)])
	return day, err == nil
}

// DayIn is the day of a moment by the calendar of a zone, as this package counts days.
func DayIn(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

type planner struct {
	x    *odm.Index
	s    Subject
	days map[string]anchor
}

// anchor is the day that visits are counted from.
type anchor struct {
	day         time.Time
	provisional bool
	known       bool
}

func (p *planner) repeats(ev *odm.Event) []string {
	var there []string
	last := 0
	for k, seen := range p.s.Visits {
		if n, err := strconv.Atoi(k.Repeat); k.Event == ev.OID && err == nil && (seen.Begun || seen.Skipped) {
			there, last = append(there, k.Repeat), max(last, n)
		}
	}
	switch {
	case !ev.Repeating:
		return []string{"1"}
	case len(there) == 0 || ev.Window != nil && ev.Every != "" && (ev.Occurs.Max == 0 || last < ev.Occurs.Max):
		there = append(there, strconv.Itoa(last+1))
	}
	slices.SortFunc(there, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return there
}

// anchor returns the day of an event: when it was held, else when it is planned. An event that is counted from itself has none.
func (p *planner) anchor(oid string) anchor {
	if oid == "" {
		return anchor{p.s.Enrolled, false, !p.s.Enrolled.IsZero()}
	}
	if a, done := p.days[oid]; done {
		return a
	}
	p.days[oid] = anchor{}
	a := anchor{}
	for k, seen := range p.s.Visits {
		if k.Event == oid && !seen.Day.IsZero() && (!a.known || seen.Day.Before(a.day)) {
			a = anchor{seen.Day, false, true}
		}
	}
	if ev := p.x.Event(oid); !a.known && ev != nil && ev.Window != nil {
		from := p.anchor(ev.Window.Anchor)
		day, ok := ev.Window.Target.From(from.day)
		a = anchor{day, true, ok && from.known}
	}
	p.days[oid] = a
	return a
}

func (p *planner) standing(ev *odm.Event, repeat string) Standing {
	seen := p.s.Visits[Key{ev.OID, repeat}]
	out := Standing{Key: Key{ev.OID, repeat}, Day: seen.Day}
	windowed := p.window(ev, repeat, &out)
	today := p.s.Today
	switch {
	case seen.Begun:
		out.State = Held
		if windowed && !out.Provisional && !seen.Day.IsZero() {
			out.place(seen.Day, Early, Held, Late)
		}
	case seen.Skipped:
		out.State = Skipped
	case !windowed:
		out.State = Open
	case !p.s.Left.IsZero() && !p.s.Left.After(out.Until):
		out.State = NotExpected
	case out.Provisional:
		out.State = Planned
	default:
		if out.place(today, Planned, Due, Overdue); out.State == Planned {
			out.Days = 0
		}
	}
	return out
}

// window counts the target and the days around it, and reports whether there are any.
func (p *planner) window(ev *odm.Event, repeat string, out *Standing) bool {
	if ev.Window == nil {
		return false
	}
	a := p.anchor(ev.Window.Anchor)
	target, ok := ev.Window.Target.From(a.day)
	n, _ := strconv.Atoi(repeat)
	for range min(n, maxRepeats) - 1 {
		var fits bool
		target, fits = ev.Every.From(target)
		ok = ok && fits
	}
	until, fits := ev.Window.After.From(target)
	from, fine := negative(ev.Window.Before).From(target)
	if !a.known || !ok || !fits || !fine {
		return false
	}
	out.Target, out.From, out.Until, out.Provisional = target, from, until, a.provisional
	return true
}

// maxRepeats bounds the repeats that are counted one after the other.
const maxRepeats = 10_000

func negative(d odm.Duration) odm.Duration {
	if d == "" || d[0] == '-' {
		return d
	}
	return "-" + d
}

// place sets the state and the distance of a day from the window.
func (s *Standing) place(day time.Time, before, within, after State) {
	switch {
	case day.Before(s.From):
		s.State, s.Days = before, -days(day, s.From)
	case day.After(s.Until):
		s.State, s.Days = after, days(s.Until, day)
	default:
		s.State = within
	}
}

func days(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }
