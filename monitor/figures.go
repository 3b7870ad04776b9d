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
	AsOf   time.Time // days on study count up to this moment's day at each site
	Tables []Table   // in the order of the indicators
}

// Table is one indicator's comparison.
type Table struct {
	Indicator *Indicator
	Funnel    stat.Funnel
	Sites     []Row // by site
}

// Row is one site's place among the others.
type Row struct {
	Site   casebook.SiteID
	Name   odm.Text
	Counts stat.Counts
	Score  float64 // NaN without a denominator
	Limit  float64 // what |Score| could reach at most
	Flag   int
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

// figures compares the sites as the state has them.
func (st *state) figures(indicators []*Indicator) *Figures {
	f := &Figures{Next: st.next, AsOf: st.at, Tables: make([]Table, len(indicators))}
	for k, in := range indicators {
		t := &f.Tables[k]
		t.Indicator, t.Funnel = in, st.spread[k].Funnel()
		t.Sites = make([]Row, 0, len(st.order))
		cuts := in.cuts()
		for _, s := range st.order {
			r := Row{Site: s.id, Name: s.name, Counts: s.of(k)}
			r.Score, r.Limit = t.Funnel.Score(r.Counts), t.Funnel.Limit(r.Counts)
			if r.Assessed = in.accrued(r.Counts) && cuts.Assessable(r.Limit) && !math.IsNaN(r.Score); r.Assessed {
				r.Flag, r.Assessed = cuts.Flag(r.Score)
			}
			t.Sites = append(t.Sites, r)
		}
	}
	return f
}
