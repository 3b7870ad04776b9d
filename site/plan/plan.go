// Package plan computes a site's way through a study: milestones with their dependencies, what is planned, what is to be
// expected today, which of them hold up the end. It is pure: it refuses clocks, rows and names that nothing defines.
package plan

import (
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/odm"
)

// Date is a day of the calendar, counted from 1970-01-01, which as the zero value stands for no day.
type Date int32

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	return Date(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Time is the beginning of d in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes YYYY-MM-DD, and nothing for no day.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD of the years 1971 to 9999. Errors: Invalid site.date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil || t.Year() < 1971 {
		return casebook.Fail(casebook.Invalid, "site.date", string(text))
	}
	*d = DateOf(t)
	return nil
}

// Source tells where a milestone's actual date comes from when nobody types it.
type Source string

// The sources. They are computed from the sites and the casebooks of the study.
const (
	Activated  Source = "activated" // the site was opened for enrolment
	FirstIn    Source = "first-in"  // the first subject was enrolled
	LastIn     Source = "last-in"   // the last subject was enrolled, and enrolment is over
	LastOut    Source = "last-out"  // after that, the last subject left the study
	typed      Source = ""          // a person says it
	bound             = 64          // milestones of one plan
	maxDays           = 3660        // of one milestone
	maxText           = 300         // bytes of a title or a note
	idAlphabet        = "abcdefghijklmnopqrstuvwxyz0123456789-"
)

// Milestone is one step of a plan. Its ID is unique in the plan and never changes.
type Milestone struct {
	ID       string   `json:"id"`
	Title    odm.Text `json:"title"`
	Days     int      `json:"days"` // from the last of After, or from the plan's start, to its own date
	After    []string `json:"after,omitempty"`
	Owner    string   `json:"owner"` // the role that answers for it
	From     Source   `json:"from,omitempty"`
	Planned  Date     `json:"planned,omitzero"`  // agreed at the start, and kept to measure by
	Expected Date     `json:"expected,omitzero"` // what the owner expects; it stands for Days
	Actual   Date     `json:"actual,omitzero"`
	Note     string   `json:"note,omitempty"`
}

// State tells how a milestone stands today.
type State string

// The states, the most urgent first.
const (
	Overdue State = "overdue" // planned for a day that has passed
	Late    State = "late"    // it will be later than planned
	Soon    State = "soon"    // due within two weeks
	Ahead   State = "ahead"   // nothing is wrong
	Done    State = "done"
)

// soon is how many days before its planned day a milestone is called so.
const soon = 14

// Standing is a milestone as it stands on a day.
type Standing struct {
	Milestone
	Forecast Date  `json:"forecast"` // Actual when it is done
	State    State `json:"state"`
	Late     int   `json:"late"`     // days from Planned to Forecast, to today when it is overdue; below 0 it is early
	Slack    int   `json:"slack"`    // days that it may be delayed without delaying the end
	Critical bool  `json:"critical"` // it is not done, and each day of delay is a day of the end
}

// Check refuses a plan that cannot be computed, with the place of the fault as a JSON pointer. Errors, Invalid:
// site.plan.size, site.plan.id, site.plan.twice, site.plan.title, site.plan.days, site.plan.source, site.plan.unknown;
// Unprocessable site.plan.cycle with the names on the circle.
func Check(milestones []Milestone) error {
	_, err := order(milestones)
	return err
}

// order returns the indexes so that each milestone comes after those it depends on.
func order(milestones []Milestone) ([]int, error) {
	if len(milestones) == 0 || len(milestones) > bound {
		return nil, casebook.Fail(casebook.Invalid, "site.plan.size", bound).At("/milestones")
	}
	index := map[string]int{}
	for i := range milestones {
		if err := milestones[i].check(i); err != nil {
			return nil, err
		}
		if _, twice := index[milestones[i].ID]; twice {
			return nil, casebook.Fail(casebook.Invalid, "site.plan.twice", milestones[i].ID).At(place(i, "id"))
		}
		index[milestones[i].ID] = i
	}
	for i, m := range milestones {
		for k, id := range m.After {
			if _, known := index[id]; !known {
				return nil, casebook.Fail(casebook.Invalid, "site.plan.unknown", id, m.ID).At(place(i, "after", k))
			}
		}
	}
	w := walk{milestones: milestones, index: index, seen: make([]mark, len(milestones))}
	for i := range milestones {
		if err := w.visit(i); err != nil {
			return nil, err
		}
	}
	return w.sorted, nil
}

func (m *Milestone) check(i int) error {
	switch {
	case m.ID == "" || len(m.ID) > 40 || strings.Trim(m.ID, idAlphabet) != "":
		return casebook.Fail(casebook.Invalid, "site.plan.id", m.ID).At(place(i, "id"))
	case m.Title.In("en") == "" || longest(m.Title) > maxText:
		return casebook.Fail(casebook.Invalid, "site.plan.title", maxText).At(place(i, "title"))
	case m.Days < 0 || m.Days > maxDays:
		return casebook.Fail(casebook.Invalid, "site.plan.days", maxDays).At(place(i, "days"))
	case !slices.Contains([]Source{typed, Activated, FirstIn, LastIn, LastOut}, m.From):
		return casebook.Fail(casebook.Invalid, "site.plan.source", m.From).At(place(i, "from"))
	}
	return nil
}

func longest(t odm.Text) (n int) {
	for _, s := range t {
		n = max(n, len(s))
	}
	return n
}

// walk is a depth-first search that notices a circle.
type walk struct {
	milestones []Milestone
	index      map[string]int
	seen       []mark
	path       []string
	sorted     []int
}

type mark uint8

const (
	unseen mark = iota
	onPath
	sorted
)

func (w *walk) visit(i int) error {
	m := &w.milestones[i]
	if w.seen[i] == sorted {
		return nil
	}
	w.seen[i] = onPath
	w.path = append(w.path, m.ID)
	for k, id := range m.After {
		next := w.index[id]
		if w.seen[next] == onPath {
			circle := append(w.path[slices.Index(w.path, id):], id)
			return casebook.Fail(casebook.Unprocessable, "site.plan.cycle", strings.Join(circle, " → ")).At(place(i, "after", k))
		}
		if err := w.visit(next); err != nil {
			return err
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.seen[i] = sorted
	w.sorted = append(w.sorted, i)
	return nil
}
