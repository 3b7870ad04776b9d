package schedule

import (
	"slices"
	"time"
)

// day is a date of the calendar, as days since 1 January 1970.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return dayAt(y, m, d)
}

func dayAt(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) date() (int, time.Month, int) { return time.Unix(int64(d)*86400, 0).UTC().Date() }

func (d day) weekday() time.Weekday { return time.Weekday((int(d)%7 + 11) % 7) } // 1 January 1970 was a Thursday

// plus counts on the calendar; the day of a month that has fewer is its last (31 January and one month is 28 February).
func (d day) plus(by Duration, times int) day {
	if by.Years == 0 && by.Months == 0 {
		return d + day(times*by.Days)
	}
	y, m, dd := d.date()
	first := time.Date(y, m+time.Month(times*(12*by.Years+by.Months)), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return dayAt(first.Year(), first.Month(), min(dd, last)) + day(times*by.Days)
}

// wall is a time by the clock on the wall: no instant before somebody says where.
type wall struct {
	day    day
	second int // after midnight
}

func wallOf(t time.Time) wall {
	h, m, s := t.Clock()
	return wall{dayOf(t), h*3600 + m*60 + s}
}

// in is the instant at which clocks in zone show w. A time that a clock change leaves out is read with the offset before
// the change, and one that comes twice is its first (RFC 5545, section 3.3.5).
func (w wall) in(zone *time.Location) time.Time {
	naive := time.Unix(int64(w.day)*86400+int64(w.second), 0).UTC()
	_, before := naive.Add(-24 * time.Hour).In(zone).Zone()
	_, after := naive.Add(24 * time.Hour).In(zone).Zone()
	first := naive.Add(-time.Duration(before) * time.Second).In(zone)
	if before == after || wallOf(first) == w {
		return first
	}
	if second := naive.Add(-time.Duration(after) * time.Second).In(zone); wallOf(second) == w {
		return second
	}
	return first
}

// Stay is a zone and since when the subject has been in it.
type Stay struct {
	Since time.Time
	Zone  *time.Location
}

// Stays are where a subject was, oldest first; the first also counts for all time before. A traveller's prompts follow:
// what was asked at home at seven is asked at seven over there. Hours that a journey leaves out are treated as a clock
// change treats them: what would have opened in them opens on arrival. Hours that come twice count once.
type Stays []Stay

// At is the zone at a moment.
func (s Stays) At(t time.Time) *time.Location {
	i, _ := slices.BinarySearchFunc(s, t, func(s Stay, t time.Time) int {
		if s.Since.After(t) {
			return 1
		}
		return -1
	})
	return s[max(i-1, 0)].Zone
}

// instant is when w is shown where the subject then is.
func (s Stays) instant(w wall) time.Time {
	for i, stay := range s {
		t := w.in(stay.Zone)
		if i > 0 && t.Before(stay.Since) {
			return stay.Since.In(stay.Zone) // left out by the journey
		}
		if i+1 == len(s) || t.Before(s[i+1].Since) {
			return t
		}
	}
	panic("schedule: a subject is nowhere")
}

// shift is t and by, the calendar's part of it by the clock on the wall.
func (s Stays) shift(t time.Time, by Duration) time.Time {
	if by.Years != 0 || by.Months != 0 || by.Days != 0 {
		w := wallOf(t)
		n := 1
		if by.Negative {
			n = -1
		}
		t = s.instant(wall{w.day.plus(by, n), w.second})
	}
	clock := by.Clock
	if by.Negative {
		clock = -clock
	}
	t = t.Add(clock)
	return t.In(s.At(t))
}
