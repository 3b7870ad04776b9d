package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// place is a JSON pointer into a plan's milestones.
func place(i int, rest ...any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/milestones/%d", i)
	for _, r := range rest {
		fmt.Fprintf(&b, "/%v", r)
	}
	return b.String()
}

// Schedule gives every milestone without a planned day the earliest that its dependencies allow, from start on. The
// errors are Check's.
func Schedule(milestones []Milestone, start Date) error {
	sorted, err := order(milestones)
	if err != nil {
		return err
	}
	day := map[string]Date{}
	for _, i := range sorted {
		m := &milestones[i]
		if m.Planned == 0 {
			m.Planned = m.earliest(start, day) + Date(m.Days)
		}
		day[m.ID] = m.Planned
	}
	return nil
}

// earliest is the day on which everything that m waits for is there.
func (m *Milestone) earliest(start Date, day map[string]Date) Date {
	if len(m.After) == 0 {
		return start
	}
	var last Date
	for _, id := range m.After {
		last = max(last, day[id])
	}
	return last
}

// Compute says how the plan stands today, in the order of the milestones, by the critical path method (Kelley and Walker
// 1959). Going forward, a milestone that is not done is due Days after the last that it depends on, or when its owner
// expects it, but not before what it depends on and not in the past: so a delay passes on. Going backward from the last
// day of all, its slack is how much of that it may take without moving the end. The errors are Check's.
func Compute(milestones []Milestone, start, today Date) ([]Standing, error) {
	sorted, err := order(milestones)
	if err != nil {
		return nil, err
	}
	all := make([]Standing, len(milestones))
	day := map[string]Date{}
	var end Date
	for _, i := range sorted {
		all[i] = standing(milestones[i], start, today, day)
		day[all[i].ID] = all[i].Forecast
		end = max(end, all[i].Forecast)
	}
	loosen(all, sorted, end)
	return all, nil
}

func standing(m Milestone, start, today Date, day map[string]Date) Standing {
	s := Standing{Milestone: m, Forecast: m.Actual}
	if m.Actual == 0 {
		ready := m.earliest(start, day)
		s.Forecast = max(ready+Date(m.Days), today)
		if m.Expected > 0 {
			s.Forecast = max(ready, m.Expected, today)
		}
	}
	s.Late = int(s.Forecast - m.Planned)
	switch {
	case m.Actual > 0:
		s.State = Done
	case m.Planned < today:
		s.State, s.Late = Overdue, int(today-m.Planned)
	case s.Forecast > m.Planned:
		s.State = Late
	case m.Planned-today <= soon:
		s.State = Soon
	default:
		s.State = Ahead
	}
	return s
}

// loosen goes backward: a milestone may be as late as the earliest of those that wait for it allows.
func loosen(all []Standing, sorted []int, end Date) {
	latest := map[string]Date{}
	for _, i := range slices.Backward(sorted) {
		s := &all[i]
		limit, waited := latest[s.ID]
		if !waited {
			limit = end
		}
		s.Slack = int(limit - s.Forecast)
		s.Critical = s.State != Done && s.Slack <= 0
		if s.State == Done {
			continue // nothing that happens now can delay it
		}
		lag := Date(s.Days)
		if s.Expected > 0 {
			lag = 0
		}
		for _, id := range s.After {
			if before, ok := latest[id]; !ok || limit-lag < before {
				latest[id] = limit - lag
			}
		}
	}
}

var urgency = map[State]int{Overdue: 0, Late: 1, Soon: 2, Ahead: 3, Done: 4}

// Urgent sorts standings for somebody who has to act: overdue first, those longest overdue before others, then by the day
// on which they are to be expected; what is done comes last.
func Urgent(all []Standing) {
	slices.SortStableFunc(all, func(a, b Standing) int {
		overdue := 0
		if a.State == Overdue && b.State == Overdue {
			overdue = cmp.Compare(b.Late, a.Late)
		}
		return cmp.Or(cmp.Compare(min(urgency[a.State], 1), min(urgency[b.State], 1)), overdue,
			cmp.Compare(urgency[a.State]/4, urgency[b.State]/4), cmp.Compare(a.Forecast, b.Forecast), cmp.Compare(a.ID, b.ID))
	})
}
