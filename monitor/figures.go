package monitor

import (
	"cmp"
	"math"
	"slices"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/stat"
)

// Figures are the sites of a study compared by every indicator at one moment. They are immutable.
type Figures struct {
	Next   int64     // the study's entries below it are in
	AsOf   time.Time // what depends on the day counts up to this moment's day at each site
	Edited int64     // the number of the newest version of an indicator that the study has of its own
	Tables []Table   // in the order of the indicators
}

// Table is one indicator's comparison.
type Table struct {
	Indicator *Indicator
	Funnel    stat.Funnel
	Sites     []Row     // by site
	Study     Row       // of a study's limit: the study as a whole
	Late      bool      // whether a detector has yet to look at the newest entries
	Again     time.Time // when it may

	found *finding // what the detector saw
}

// Row is one site's place among the others.
type Row struct {
	Site     casebook.SiteID
	Name     odm.Text
	Counts   stat.Counts
	Score    float64 // NaN without a denominator
	Limit    float64 // what |Score| could reach at most
	Flag     int
	Detected *Detection // of a detector
	// Assessed is false where a flag would say nothing: too few days, or too few sites for any score to reach a threshold.
	Assessed bool
}

// expected is how many events the site would have at the mean of all sites.
func (t *Table) expected(c stat.Counts) float64 {
	if t.Funnel.Sites == 0 {
		return 0
	}
	return t.Funnel.Mean * float64(c.Den)
}

func (t *Table) row(id casebook.SiteID) (Row, bool) {
	i, ok := slices.BinarySearchFunc(t.Sites, id, func(r Row, id casebook.SiteID) int { return cmp.Compare(r.Site, id) })
	if !ok {
		return Row{}, false
	}
	return t.Sites[i], true
}

func (f *Figures) table(kri string) *Table {
	for i := range f.Tables {
		if f.Tables[i].Indicator.ID == kri {
			return &f.Tables[i]
		}
	}
	return nil
}

// figures compares the sites as the state has them. Of the detectors that are due at most so many look at all sites anew: each takes the time of many
// entries, and who takes entries in must not keep the others waiting for all of them.
func (st *state) figures(looks int) *Figures {
	f := &Figures{Next: st.next, AsOf: st.at, Tables: make([]Table, len(st.indicators))}
	st.looks = looks
	for k, in := range st.indicators {
		f.Tables[k] = st.table(k, in)
	}
	copy(st.tables, f.Tables)
	return f
}

// everyDetector is for figures that nobody waits for.
const everyDetector = math.MaxInt

// table compares the sites by one indicator, or is that of the last time where nothing has changed that it shows.
func (st *state) table(k int, in *Indicator) Table {
	last := st.tables[k]
	detects := slices.Contains(detectors, in.Method)
	var found *finding
	var again time.Time
	switch {
	case !detects || in.Method == methodExcess:
		if last.Sites != nil {
			return last
		}
	case in.Method == methodVigil:
		found = &finding{by: st.vigilsNow(k)}
	default:
		if found, again = st.detected(in.Method); last.Sites != nil && last.found == found {
			last.Late, last.Again = !again.IsZero(), again
			return last
		}
	}
	t := Table{Indicator: in, Funnel: st.spread[k].Funnel(), Sites: make([]Row, 0, len(st.order)), Late: !again.IsZero(), Again: again, found: found}
	for _, s := range st.order {
		r := Row{Site: s.id, Name: s.name, Counts: st.of(s, k)}
		r.Score, r.Limit = t.Funnel.Score(r.Counts), t.Funnel.Limit(r.Counts)
		if in.Group == groupSite && !detects {
			t.judge(&r)
		}
		t.Sites = append(t.Sites, r)
		t.Study.Counts.Num += r.Counts.Num
		t.Study.Counts.Den += r.Counts.Den
	}
	if in.Method == methodExcess {
		found = &finding{by: excess(t.Sites)}
	}
	if detects {
		t.detect(found)
	}
	if in.Group == groupStudy {
		limit := stat.Tolerance{Expected: in.Thresholds[0], Errors: in.Thresholds[1]}
		t.Study.Score, t.Study.Flag, t.Study.Assessed = limit.Assess(t.Study.Counts)
		t.Study.Limit = math.Inf(1)
	}
	return t
}

// judge gives a row its flag, where a flag can say something. Where all sites are alike, or nothing was counted
// anywhere, every score is 0 whatever a site did.
func (t *Table) judge(r *Row) {
	in := t.Indicator
	said := in.Method == methodIdentity || t.Funnel.Factor > 0
	cuts := in.cuts()
	r.Assessed = said && in.accrualRule().Reached(r.Counts) && !math.IsNaN(r.Score) && cuts.Assessable(r.Limit)
	if r.Assessed {
		r.Flag, r.Assessed = cuts.Flag(r.Score)
	}
}

// risks is the site risk score of the sites that have a flag.
func (f *Figures) risks() map[casebook.SiteID]stat.Risk {
	var all []stat.Weighted[casebook.SiteID]
	for i := range f.Tables {
		t := &f.Tables[i]
		if len(t.Indicator.Weights) == 0 {
			continue
		}
		w := stat.Weighted[casebook.SiteID]{Weights: t.Indicator.weights(), Flags: map[casebook.SiteID]int{}}
		for _, r := range t.Sites {
			if r.Assessed {
				w.Flags[r.Site] = r.Flag
			}
		}
		all = append(all, w)
	}
	return stat.Risks(all)
}
