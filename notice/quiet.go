package notice

import (
	"slices"
	"strings"
	"time"

	"casebook/settings"
)

// farthest is how many days a message may be put off by holidays in a row.
const farthest = 60

// quiet is when what would leave now may leave: at once, or when the quiet hours of the place are over on a day that is
// no holiday there.
func (s *Service) quiet(place *settings.Scope, zone string, now time.Time) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		loc = time.UTC
	}
	from, until := int(s.o.Settings.Get(place, quietFrom).Int()), int(s.o.Settings.Get(place, quietUntil).Int())
	free := strings.Fields(s.o.Settings.Get(place, holidays).Text())
	t := now.In(loc)
	for range farthest {
		switch {
		case slices.Contains(free, t.Format(time.DateOnly)):
			t = time.Date(t.Year(), t.Month(), t.Day()+1, until%24, 0, 0, 0, loc)
		case within(t.Hour(), from, until):
			t = nextHour(t, until)
		default:
			return t.UTC()
		}
	}
	return t.UTC()
}

// within reports whether an hour lies in the hours from one to another, which may go over midnight.
func within(hour, from, until int) bool {
	if from <= until {
		return hour >= from && hour < until
	}
	return hour >= from || hour < until
}

// nextHour is when the clock on the wall shows hour:00 next, or now if it does.
func nextHour(t time.Time, hour int) time.Time {
	next := time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, t.Location())
	if next.Before(t) {
		next = time.Date(t.Year(), t.Month(), t.Day()+1, hour, 0, 0, 0, t.Location())
	}
	return next
}

// morning is the end of the quiet hours that comes next: when what was gathered leaves.
func (s *Service) morning(place *settings.Scope, zone string, t time.Time) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		loc = time.UTC
	}
	until := int(s.o.Settings.Get(place, quietUntil).Int())
	return s.quiet(place, zone, nextHour(t.In(loc), until))
}
