// Package schedule says when a patient is asked what: anchors, windows, repeats, several prompts a day, reminders, in the
// patient's own time, over clock changes and travel. It is pure and refuses to know clocks, rows and people: everything,
// the time included, is given to it. The simulator and the server run the same code.
package schedule

import (
	"strconv"
	"strings"
	"time"

	"casebook"
)

// Format is the first member of a schedule in our own format (docs/format/schedule.md).
const Format = "casebook-schedule/1"

// The bounds of a schedule.
const (
	MaxBytes   = 1 << 20
	maxForms   = 500
	maxPrompts = 5000    // of one form, in one cycle
	maxWindows = 500_000 // of one subject
)

// Schedule is when the forms of a study are asked.
type Schedule struct {
	Format   string   `json:"format"`
	Name     string   `json:"name"`
	Zone     string   `json:"zone,omitempty"`     // FollowDevice or Fixed
	Holidays []string `json:"holidays,omitempty"` // YYYY-MM-DD
	Forms    []Form   `json:"forms"`
	Alerts   []Alert  `json:"alerts,omitempty"`
	Help     Help     `json:"help,omitzero"`

	holidays map[day]bool
}

// Alert asks a person to look at an answer set for which a rule holds. The rule is judged by whoever runs the schedule.
type Alert struct {
	Form     string            `json:"form"`
	When     string            `json:"when"`               // in the rule language: PHQ9 == 3, say
	Text     map[string]string `json:"text"`               // what the person is told, by language
	Crisis   map[string]string `json:"crisis,omitempty"`   // what the patient is shown at once, online or not
	To       string            `json:"to"`                 // a role at the subject's site
	Within   Duration          `json:"within"`             // to acknowledge it
	Escalate string            `json:"escalate,omitempty"` // the role that hears of it when nobody did
}

// Missed asks a person of the site to call a patient who has let windows of a form pass.
type Missed struct {
	Times    int               `json:"times"` // so many in a row
	Text     map[string]string `json:"text"`  // what the person is told, by language
	To       string            `json:"to"`
	Within   Duration          `json:"within"`
	Escalate string            `json:"escalate,omitempty"`
}

// Help is whom patients can call.
type Help struct {
	Telephone string            `json:"telephone,omitempty"`
	Text      map[string]string `json:"text,omitempty"` // by language
}

// How a subject's zone is found.
const (
	FollowDevice = "device" // where the phone is, with a log of every change
	Fixed        = "fixed"  // the zone of the subject's site, wherever the phone is
)

// Form is one instrument and its prompts. The cycle of prompts begins on the anchor's day, Start later, and repeats.
type Form struct {
	Form      string     `json:"form"`
	Anchor    Anchor     `json:"anchor,omitzero"`
	Start     Duration   `json:"start,omitzero"`     // from the anchor to the first cycle
	At        []string   `json:"at,omitempty"`       // wall times of a cycle: "07:30", or "+3 07:30" three days into it
	Every     Duration   `json:"every,omitzero"`     // from cycle to cycle, in whole days, weeks, months or years
	Times     int        `json:"times,omitempty"`    // how many cycles; 0 as long as the study
	Until     Duration   `json:"until,omitzero"`     // from the anchor: no prompt after it
	Weekdays  []string   `json:"weekdays,omitempty"` // only on these: "mon" … "sun"
	Window    Duration   `json:"window"`             // from opening to closing
	Reminders []Duration `json:"reminders,omitempty"`
	Holiday   string     `json:"holiday,omitempty"` // Keep, Skip or Next
	Missed    *Missed    `json:"missed,omitempty"`

	prompts  []prompt
	weekdays [7]bool
}

// What a prompt does on a holiday.
const (
	Keep = "keep"
	Skip = "skip"
	Next = "next" // the next day that is none
)

// Anchor is what a form's prompts count from.
type Anchor struct {
	Kind string `json:"kind,omitempty"` // one of the kinds below; "" is Enrolment
	Name string `json:"name,omitempty"` // of a visit or event: its OID; "" takes any
	Date string `json:"date,omitempty"` // of Calendar: YYYY-MM-DD
}

// The kinds of anchor. Enrolment happens once; each dose, visit and event that happens begins cycles of its own.
const (
	Enrolment = "enrolment"
	Dose      = "dose"
	Visit     = "visit"
	Calendar  = "calendar"
	Event     = "event"
)

// prompt is a wall time of a cycle: days after its first day, and seconds after midnight.
type prompt struct{ day, second int }

// Duration is an ISO 8601 duration such as P3D, PT15M, P1DT2H or -PT1H. Years, months, weeks and days are counted on the
// calendar of the subject's zone, so three days later is the same time by the clock on the wall; hours, minutes and
// seconds are counted as they pass.
type Duration struct {
	Years, Months, Days int
	Clock               time.Duration
	Negative            bool
}

// After is t and d, the calendar's part of it by the clock of t's zone.
func (d Duration) After(t time.Time) time.Time { return Stays{{Zone: t.Location()}}.shift(t, d) }

// IsZero reports whether d is no duration at all.
func (d Duration) IsZero() bool { return d == Duration{} }

// calendar reports whether d is made of whole days and longer.
func (d Duration) calendar() bool { return d.Clock == 0 && !d.Negative }

func (d Duration) String() string {
	if d.IsZero() {
		return "PT0S"
	}
	var b strings.Builder
	if d.Negative {
		b.WriteByte('-')
	}
	b.WriteByte('P')
	part := func(n int, unit byte) {
		if n != 0 {
			b.WriteString(strconv.Itoa(n))
			b.WriteByte(unit)
		}
	}
	part(d.Years, 'Y')
	part(d.Months, 'M')
	part(d.Days, 'D')
	if d.Clock != 0 {
		b.WriteByte('T')
		part(int(d.Clock/time.Hour), 'H')
		part(int(d.Clock%time.Hour/time.Minute), 'M')
		part(int(d.Clock%time.Minute/time.Second), 'S')
	}
	return b.String()
}

// MarshalText is d in ISO 8601.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads an ISO 8601 duration of whole numbers.
func (d *Duration) UnmarshalText(text []byte) error {
	got, ok := parseDuration(string(text))
	if !ok {
		return casebook.Fail(casebook.Invalid, "epro.schedule.duration", string(text))
	}
	*d = got
	return nil
}

// maxNumber bounds each number of a duration, so that no sum of them leaves the calendar.
const maxNumber = 1_000_000

func parseDuration(s string) (d Duration, ok bool) {
	s, d.Negative = strings.CutPrefix(s, "-")
	s, ok = strings.CutPrefix(s, "P")
	if !ok || s == "" || strings.HasSuffix(s, "T") {
		return d, false
	}
	units, clock := "YMWD", false
	for s != "" {
		if rest, is := strings.CutPrefix(s, "T"); is && !clock {
			s, units, clock = rest, "HMS", true
			continue
		}
		end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 {
			return d, false
		}
		n, err := strconv.Atoi(s[:end])
		at := strings.IndexByte(units, s[end])
		if err != nil || n > maxNumber || at < 0 {
			return d, false
		}
		d.add(n, s[end], clock)
		s, units = s[end+1:], units[at+1:]
	}
	return d, true
}

func (d *Duration) add(n int, unit byte, clock bool) {
	switch {
	case clock && unit == 'H':
		d.Clock += time.Duration(n) * time.Hour
	case clock && unit == 'M':
		d.Clock += time.Duration(n) * time.Minute
	case clock:
		d.Clock += time.Duration(n) * time.Second
	case unit == 'Y':
		d.Years = n
	case unit == 'M':
		d.Months = n
	case unit == 'W':
		d.Days += 7 * n
	default:
		d.Days += n
	}
}
