package monitor

import (
	"context"
	"math"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"
)

// pace is the distance between two looks at a replayed history.
const pace = 7 * 24 * time.Hour

// silence is how long after a study's newest entry its weeks are still looked at.
const silence = 26 * pace

// weeks replays a study by a catalogue and calls seen with its state at the end of every week that is over. It returns the
// state after the last entry, the moment up to which it knows, and when the week ends that is under way.
func (s *Service) weeks(ctx context.Context, study casebook.StudyID, c *catalogue, seen func(*state)) (st *state, now, due time.Time, err error) {
	var next int64
	err = s.db.View(ctx, func(tx *store.Tx) error {
		m, err := readMark(ctx, tx, study)
		next, now = m.next, tx.Now
		return err
	})
	if err != nil {
		return nil, now, due, err
	}
	st = newState(c)
	err = s.replay(ctx, study, st, next, func(e *ledger.Entry) error {
		if due.IsZero() {
			due = e.At.Add(pace)
		}
		for !e.At.Before(due) {
			st.advance(due)
			seen(st)
			due = due.Add(pace)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, now, due, err
	}
	for !due.IsZero() && due.Before(now) && due.Before(st.newest.Add(silence)) {
		st.advance(due)
		seen(st)
		due = due.Add(pace)
	}
	return st, now, due, nil
}

// look replays a study by a catalogue and calls seen with its state at the end of every week and now.
func (s *Service) look(ctx context.Context, study casebook.StudyID, c *catalogue, seen func(*state)) error {
	st, now, _, err := s.weeks(ctx, study, c, seen)
	if err == nil {
		st.advance(later(now, st.newest))
		seen(st)
	}
	return err
}

// Simulation is what an indicator would have raised in the past, beside what the one it replaces would have.
type Simulation struct {
	Weeks  []SimulatedWeek `json:"weeks"`
	Raised [2]int          `json:"raised"` // by the indicator that stands, and by the candidate
	Sites  [2]int          `json:"sites"`  // that were ever flagged by each
	Now    []SimulatedSite `json:"now"`    // by site
}

// SimulatedSite is where a site stands now, by the indicator that stands and by the candidate. There is no score without a
// denominator, and no flag where the site cannot be assessed.
type SimulatedSite struct {
	Site   casebook.SiteID `json:"site"`
	Name   odm.Text        `json:"siteName"`
	Raised [2]int          `json:"raised"` // in all its history
	Score  [2]*float64     `json:"score"`
	Flag   [2]*int         `json:"flag"`
}

// SimulatedWeek is how many sites called for a signal at the end of a week.
type SimulatedWeek struct {
	At    time.Time `json:"at"`
	Calls [2]int    `json:"calls"`
}

// Simulate replays the study's history by a candidate and by the indicator that it would replace. A signal counts when a
// site begins to call for one.
func (s *Service) Simulate(ctx context.Context, study casebook.StudyID, k *Indicator) (*Simulation, error) {
	var e *edition
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) { e, err = s.edition(ctx, tx, study); return err }); err != nil {
		return nil, err
	}
	both := []*Indicator{k, k}
	if _, stands := e.find(k.ID); stands != nil {
		both[0] = stands
	} else {
		none := *k
		none.Signal = 0
		both[0] = &none
	}
	sim := &Simulation{Weeks: []SimulatedWeek{}, Now: []SimulatedSite{}}
	calling := [2]map[casebook.SiteID]bool{{}, {}}
	raised := map[casebook.SiteID]*[2]int{}
	err := s.look(ctx, study, newCatalogue(both), func(st *state) {
		week := SimulatedWeek{At: st.at}
		sim.Now = sim.Now[:0]
		for i, in := range both {
			t := st.table(i, in)
			for n, r := range t.Sites {
				if i == 0 {
					sim.Now = append(sim.Now, SimulatedSite{Site: r.Site, Name: named(r.Name)})
				}
				if raised[r.Site] == nil {
					raised[r.Site] = new([2]int)
				}
				calls := r.calls(in)
				week.Calls[i] += int(one(calls))
				if calls && !calling[i][r.Site] {
					raised[r.Site][i]++
				}
				calling[i][r.Site] = calls
				if !math.IsNaN(r.Score) {
					sim.Now[n].Score[i] = &r.Score
				}
				if r.Assessed {
					sim.Now[n].Flag[i] = &r.Flag
				}
			}
		}
		sim.Weeks = append(sim.Weeks, week)
	})
	for n := range sim.Now {
		at := &sim.Now[n]
		at.Raised = *raised[at.Site]
		for i, times := range at.Raised {
			sim.Raised[i] += times
			sim.Sites[i] += int(one(times > 0))
		}
	}
	return sim, err
}
