// Package harness plants into clean studies what monitoring should find, and counts what it finds, beside the usual
// rules at the same rate of false alarms. It refuses to know a study's database: it simulates, or reads measurements from
// a file, mixes its sites anew, and works with fixed seeds.
package harness

import (
	"math"
	"math/rand/v2"
	"slices"

	"casebook/stat"
)

// Row is one line of the outcome: how often a planted change is found, by our detector and by the rule that it is
// compared with, both at the same rate of false alarms.
type Row struct {
	What    string  `json:"what"`
	Found   float64 `json:"found"`
	Against float64 `json:"against"`
	Rule    string  `json:"rule"` // that it is compared with
	Goal    string  `json:"goal"`
	Reached bool    `json:"reached"`
}

// quantile returns the value that a share p of values does not exceed.
func quantile(values []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

// share is how many of values exceed limit.
func share(values []float64, limit float64) float64 {
	n := 0
	for _, v := range values {
		if v > limit {
			n++
		}
	}
	return float64(n) / float64(len(values))
}

func poisson(r *rand.Rand, mean float64) int {
	k, p := 0, r.Float64()
	for limit := math.Exp(-mean); p > limit; k++ {
		p *= r.Float64()
	}
	return k
}

// gamma draws from a gamma distribution with this shape and scale 1 (G. Marsaglia and W. W. Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := r.NormFloat64()
		v := 1 + x/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// Underreporting simulates studies of 20 to 200 sites, lets one site after the other report a part less, and counts how
// many of them the exact event-reporting test and the funnel find at one false alarm in a hundred sites.
func Underreporting(seed uint64, studies int) []Row {
	r := rand.New(rand.NewPCG(seed, 1))
	less := []float64{0, 0.5, 0.25}
	exact, funnel := make([][]float64, len(less)), make([][]float64, len(less))
	for range studies {
		study := simulate(r)
		var pool stat.Reporting
		for _, site := range study {
			for _, c := range site {
				pool.Add(c)
			}
		}
		sites := countsOf(study)
		spread := stat.Of(stat.Rate, slices.Values(sites))
		for i, site := range study {
			for k, f := range less {
				found, against := underreported(&pool, spread, sites[i], site, f)
				exact[k], funnel[k] = append(exact[k], found), append(funnel[k], against)
			}
		}
	}
	var rows []Row
	for k, goal := range map[int]float64{1: 2, 2: 4} {
		found, against := share(exact[k], quantile(exact[0], 0.99)), share(funnel[k], quantile(funnel[0], 0.99))
		rows = append(rows, Row{What: map[int]string{1: "a site reports half of its events", 2: "a site reports three quarters of its events"}[k],
			Found: found, Against: against, Rule: "funnel", Goal: map[int]string{1: "at least 2.0 times the funnel", 2: "at least 4.0 times the funnel"}[k],
			Reached: found >= goal*against})
	}
	slices.SortFunc(rows, func(a, b Row) int { return len(a.What) - len(b.What) })
	return rows
}

// underreported is how odd a site is that leaves out a part of its events: by the exact test, and by the funnel.
func underreported(pool *stat.Reporting, spread stat.Overdispersion, counts stat.Counts, site []stat.Course, less float64) (exact, funnel float64) {
	planted := thinned(site, less)
	for j := range site {
		pool.Remove(site[j])
		pool.Add(planted[j])
	}
	rep := pool.ReportedBy(planted)
	now := stat.Counts{Num: int64(rep.Events), Den: counts.Den}
	spread.Update(counts, now)
	for j := range site {
		pool.Remove(planted[j])
		pool.Add(site[j])
	}
	return stat.Surprise(min(rep.AtMost, rep.AtLeast)), math.Abs(spread.Funnel().Score(now))
}

// simulate makes a study whose events get rarer from visit to visit.
func simulate(r *rand.Rand) (sites [][]stat.Course) {
	const most = 40
	base := math.Exp(math.Log(0.3) + 0.7*r.NormFloat64())
	early := r.Float64()
	visits := 8 + 18*r.Float64()
	for range 20 + r.IntN(180) {
		var site []stat.Course
		mean := visits + 3*r.NormFloat64()
		for n := 1; ; n++ {
			c := make(stat.Course, min(most, max(1, int(mean+3.5*r.NormFloat64()))))
			sum := 0
			for v := range c {
				sum += poisson(r, base*(1-early+early*3*math.Exp(-float64(v)/5)))
				c[v] = sum
			}
			site = append(site, c)
			if n == 30 || r.Float64() > 0.74 {
				break
			}
		}
		sites = append(sites, site)
	}
	return sites
}

func countsOf(study [][]stat.Course) []stat.Counts {
	counts := make([]stat.Counts, len(study))
	for i, site := range study {
		for _, c := range site {
			counts[i].Num += int64(c[len(c)-1])
			counts[i].Den += int64(len(c))
		}
	}
	return counts
}

// thinned is a site's courses with a part of the events left out.
func thinned(site []stat.Course, less float64) []stat.Course {
	out := make([]stat.Course, len(site))
	for i, c := range site {
		out[i] = make(stat.Course, len(c))
		for v, n := range c {
			out[i][v] = int(math.Round(float64(n) * (1 - less)))
		}
	}
	return out
}
