package safety

import (
	"cmp"
	"slices"
	"time"
)

// State is how a clock stands.
type State string

// The states.
const (
	Running State = "running"
	Met     State = "met"
	Late    State = "late" // its time has passed, done since or not
)

// Clock is something that is to be done in a time.
type Clock struct {
	Name  string    `json:"name"` // site, sponsor, or a recipient: ethics, office
	From  time.Time `json:"from"`
	Due   time.Time `json:"due"`
	Done  time.Time `json:"done,omitzero"`
	State State     `json:"state"`
	// Presumed is set where the clock runs because nobody has judged the case yet.
	Presumed bool `json:"presumed,omitzero"`
}

// The times. The site reports at once, at the latest within 24 hours of awareness. The sponsor tells the authority of a SUSAR within
// 15 calendar days of its first knowledge, within 7 when it is fatal or life-threatening (ICH E2A III.B.1 and 2). Days are counted to
// the hour, which is stricter than by the calendar.
const (
	siteTime  = 24 * time.Hour
	graveTime = 7 * 24 * time.Hour
	susarTime = 15 * 24 * time.Hour
)

func clock(name string, from time.Time, within time.Duration, done, now time.Time) Clock {
	k := Clock{Name: name, From: from, Due: from.Add(within), Done: done, State: Running}
	switch until := cmp.Or(done, now); {
	case until.After(k.Due):
		k.State = Late
	case !done.IsZero():
		k.State = Met
	}
	return k
}

// Clocks are those of a case at a moment, the next one due first, those that are done last. A follow-up has the site's clock while it is
// a draft; how the versions kept theirs stands at each of them. A nullified case keeps only what was done.
func (c *Case) Clocks(r Rules, now time.Time) []Clock {
	all := []Clock{}
	add := func(k Clock) {
		if c.Nullified == nil || !k.Done.IsZero() {
			all = append(all, k)
		}
	}
	if c.Versions > 0 && c.Draft != nil {
		add(clock("followup", c.Draft.Aware, siteTime, time.Time{}, now))
	}
	add(clock("site", c.Aware, siteTime, c.First, now))
	add(clock(string(Ethics), c.Aware, r.time(Ethics), c.told(Ethics), now))
	add(clock(string(Office), c.Aware, r.time(Office), c.told(Office), now))
	if susar, judged := c.SUSAR(); susar {
		k := clock(string(Sponsor), c.First, susarTime, c.told(Authority), now)
		if grave := clock(k.Name, c.Gravest, graveTime, k.Done, now); !c.Gravest.IsZero() && grave.Due.Before(k.Due) {
			k = grave
		}
		k.Presumed = !judged
		add(k)
	}
	slices.SortStableFunc(all, func(a, b Clock) int {
		over := func(k Clock) int {
			if k.Done.IsZero() {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(over(a), over(b)), a.Due.Compare(b.Due))
	})
	return all
}

// told is when a recipient was first told; zero when they were not.
func (c *Case) told(to Recipient) (first time.Time) {
	for _, t := range c.Told {
		if t.To == to && (first.IsZero() || t.On.Before(first)) {
			first = t.On
		}
	}
	return first
}

// kept is how a version kept the site's clock.
func (v *Version) kept() Clock {
	return clock("site", v.Report.Aware, siteTime, v.Submitted, v.Submitted)
}
