package monitor

import (
	"context"
	"math"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/stat"
	"casebook/store"
)

// pace is the distance between two looks at a replayed history.
const pace = 7 * 24 * time.Hour

// look replays a study by a catalogue and calls seen with the state of every week and of now.
func (s *Service) look(ctx context.Context, study casebook.StudyID, c *catalogue, seen func(*state)) error {
	var next int64
	var now time.Time
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		m, err := readMark(ctx, tx, study)
		next, now = m.next, tx.Now
		return err
	})
	if err != nil {
		return err
	}
	st := newState(c)
	var due time.Time
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
		return err
	}
	for !due.IsZero() && due.Before(now) && due.Before(st.newest.Add(26*pace)) {
		st.advance(due)
		seen(st)
		due = due.Add(pace)
	}
	st.advance(later(now, st.newest))
	seen(st)
	return nil
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

// course is the history of all scores, week by week.
type course struct {
	next   int64
	edited int64
	at     []time.Time
	kris   []string
	scores map[casebook.SiteID][][]*float64 // by week and indicator
	sums   map[casebook.SiteID][]float64    // by week, the CUSUM of kri0001 downwards
}

// courseJSON is the history of one site.
type courseJSON struct {
	At     []time.Time  `json:"at"`
	KRIs   []string     `json:"kris"`
	Scores [][]*float64 `json:"scores"`
	CUSUM  []float64    `json:"cusum"` // of the events of kri0001, against a site that reports too few
}

func (c *course) of(site casebook.SiteID) courseJSON {
	out := courseJSON{At: c.at, KRIs: c.kris, Scores: c.scores[site], CUSUM: c.sums[site]}
	if out.Scores == nil {
		out.At, out.Scores, out.CUSUM = []time.Time{}, [][]*float64{}, []float64{}
	}
	return out
}

// course returns the history of the study's scores; a process computes it once for what a study holds.
func (s *Service) course(ctx context.Context, study casebook.StudyID) (*course, error) {
	var e *edition
	var m mark
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if m, err = readMark(ctx, tx, study); err == nil {
			e, err = s.edition(ctx, tx, study)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w := s.watch(study)
	if known := w.course.Load(); known != nil && known.next == m.next && known.edited == e.edited {
		return known, nil
	}
	c := &course{next: m.next, edited: e.edited, scores: map[casebook.SiteID][][]*float64{}, sums: map[casebook.SiteID][]float64{}}
	for _, k := range e.indicators {
		c.kris = append(c.kris, k.ID)
	}
	watching := map[casebook.SiteID]*follows{}
	err = s.look(ctx, study, e.catalogue, func(st *state) { c.add(st, watching) })
	if err == nil {
		w.course.Store(c)
	}
	return c, err
}

// follows is a site's CUSUM, and what was seen of it before.
type follows struct {
	cusum stat.CUSUM
	seen  stat.Counts
}

func (c *course) add(st *state, watching map[casebook.SiteID]*follows) {
	week := len(c.at)
	c.at = append(c.at, st.at)
	f := st.figures(everyDetector)
	for i := range f.Tables {
		t := &f.Tables[i]
		for _, r := range t.Sites {
			rows := c.scores[r.Site]
			for len(rows) <= week {
				rows = append(rows, make([]*float64, len(c.kris)))
			}
			if !math.IsNaN(r.Score) && t.Funnel.Factor > 0 {
				rows[week][i] = &r.Score
			}
			c.scores[r.Site] = rows
		}
	}
	t := f.table(firstKRI)
	if t == nil {
		return
	}
	for _, r := range t.Sites {
		w := watching[r.Site]
		if w == nil {
			w = &follows{}
			watching[r.Site] = w
		}
		rest := stat.Counts{Num: t.Study.Counts.Num - r.Counts.Num, Den: t.Study.Counts.Den - r.Counts.Den}
		top := 0.0
		if y, d := r.Counts.Num-w.seen.Num, r.Counts.Den-w.seen.Den; rest.Den > 0 && rest.Num > 0 && d >= 0 && y >= 0 {
			top = w.cusum.Observe(float64(y), rest.Metric()*float64(d), stat.Under)
		}
		w.seen = r.Counts
		sums := c.sums[r.Site]
		for len(sums) < week {
			sums = append(sums, 0)
		}
		c.sums[r.Site] = append(sums, top)
	}
}
