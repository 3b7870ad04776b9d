package monitor

import (
	"fmt"
	"math"
	"time"

	"casebook"
	"casebook/stat"
)

// A vigil watches a site's rate week by week and says when it has changed, however often one looks: the e-detector of
// Shiryaev and Roberts over the ratios of a gamma-Poisson model, whose rate is what the other sites and the site's own past say.
// A site may differ from the others without being told; a change of the site is told. Each week ends before the first entry
// of the next, so that a vigil is the same for the same entries, whenever they are read.
type vigil struct {
	Num   int64          `json:"n"` // at the end of the last week
	Den   int64          `json:"d"`
	Under stat.EDetector `json:"under"`
	Over  stat.EDetector `json:"over"`

	// How much more weeks scatter than the model has it: squared deviations, each in units of its variance, and their number.
	Squares float64 `json:"x"`
	Weeks   float64 `json:"w"`
}

// methodVigil is the method of indicators that are watched so.
const methodVigil = "vigil"

// priorEvents is how many events of the other sites' rate a site's own past is added to: sites differ by a half of their rate.
const priorEvents = 4

const week = 7 * 24 * time.Hour

// weekOf is the week of a moment, in weeks since 1970, and weekEnd the moment before which it ends.
func weekOf(t time.Time) int64          { return floorDay(t.Unix()) / 7 }
func weekEnd(n int64) time.Time         { return time.Unix((n+1)*int64(week/time.Second), 0).UTC() }
func vigilName(num, den int) string     { return fmt.Sprint(num, "/", den) }
func (c *catalogue) vigil(k int) string { return vigilName(c.num[k], c.den[k]) }

// watch ends the weeks before the one of the next entry.
func (st *state) watch(at time.Time) {
	now := weekOf(at)
	if len(st.watched) == 0 || now <= 0 {
		return
	}
	if st.week == 0 {
		st.week = now
	}
	for ; st.week < now; st.week++ {
		for _, of := range st.watched {
			st.endWeek(of, weekEnd(st.week))
		}
	}
}

// endWeek has every site's vigil see what the week has brought.
func (st *state) endWeek(of [2]int, end time.Time) {
	name := vigilName(of[0], of[1])
	whole, scatter := st.stood(name)
	for _, s := range st.order {
		v := s.vigil(name)
		now := stat.Counts{Num: s.counts[of[0]], Den: s.counts[of[1]]}
		if st.slots[of[1]].Of == ofDays {
			now.Den = 0
			last := dayAt(end.Add(-time.Microsecond), s.location)
			for _, p := range s.subjects {
				if p.counted() {
					now.Den += p.daysUpTo(last)
				}
			}
		}
		v.see(now, whole, scatter)
		v.Num, v.Den = now.Num, now.Den
		st.touchSite(s)
	}
}

// ordinary is how many weeks without any scatter beyond the model's are taken for granted.
const ordinary = 20

// stood is what all sites had contributed at the end of the last week, and how much more than the model's their weeks have
// scattered: events come in groups, and entry in bursts. It is 1 at least.
func (st *state) stood(name string) (whole stat.Counts, scatter float64) {
	squares, weeks := float64(ordinary), float64(ordinary)
	for _, s := range st.order {
		if v := s.vigils[name]; v != nil {
			whole.Num, whole.Den = whole.Num+v.Num, whole.Den+v.Den
			squares, weeks = squares+v.Squares, weeks+v.Weeks
		}
	}
	return whole, max(1, squares/weeks)
}

// see takes in what came since the last week, where whole is what all sites had then. What was taken back is no news.
func (v *vigil) see(now, whole stat.Counts, scatter float64) {
	y, d := float64(now.Num-v.Num), float64(now.Den-v.Den)
	rest := stat.Counts{Num: whole.Num - v.Num, Den: whole.Den - v.Den}
	if y < 0 || d <= 0 || rest.Num <= 0 || rest.Den <= 0 {
		return
	}
	// Who left took along what the week under way had brought, too: a site whose subjects all leave would have less than no past.
	known := stat.Gamma{Shape: float64(max(0, v.Num)) + priorEvents, Exposure: float64(max(0, v.Den)) + priorEvents/rest.Metric()}
	v.Under.ObserveGamma(y, d, known, scatter, stat.Under)
	v.Over.ObserveGamma(y, d, known, scatter, stat.Over)
	mean := known.Shape * d / known.Exposure
	v.Squares += (y - mean) * (y - mean) / (mean * (1 + d/known.Exposure))
	v.Weeks++
}

func (s *site) vigil(name string) *vigil {
	v := s.vigils[name]
	if v == nil {
		v = new(vigil)
		if s.vigils == nil {
			s.vigils = map[string]*vigil{}
		}
		s.vigils[name] = v
	}
	return v
}

// rebase moves what a subject had contributed by the end of the last week along with it, so that its coming and going is no
// change of anybody's rate.
func (st *state) rebase(p *subject, s *site, sign int64) {
	if st.week == 0 {
		return
	}
	for _, of := range st.watched {
		v := s.vigil(vigilName(of[0], of[1]))
		den := p.counts[of[1]]
		if st.slots[of[1]].Of == ofDays {
			den = p.daysUpTo(dayAt(weekEnd(st.week-1).Add(-time.Microsecond), s.location))
		}
		v.Num, v.Den = v.Num+sign*p.counts[of[0]], v.Den+sign*den
		st.touchSite(s)
	}
}

// vigils are the sites' detectors with the week that is under way: the logarithm of how many weeks of the whole study go by, on
// average, before one of its sites stands there by chance.
func (st *state) vigilsNow(k int) map[casebook.SiteID]seen {
	name, found := st.vigil(k), map[casebook.SiteID]seen{}
	whole, scatter := st.stood(name)
	for _, s := range st.order {
		if s.vigils[name] == nil {
			continue
		}
		v := *s.vigils[name]
		v.see(st.of(s, k), whole, scatter)
		under, over := v.Under.Log(len(stat.Under)), v.Over.Log(len(stat.Over))
		direction := -1.0
		if over > under {
			direction = 1
		}
		weeks := max(0, (max(under, over)-math.Log(float64(len(st.order))))/math.Ln10)
		found[s.id] = seen{s.id, Detection{P: math.Pow(10, -weeks), Effect: math.Pow(10, min(weeks, 9)), N: st.of(s, k).Den, Tests: len(st.order)}, direction, true}
	}
	return found
}
