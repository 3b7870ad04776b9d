package harness

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"casebook/stat"
)

// The size of the published blinded test of central monitoring (TransCelerate BioPharma, 2016): seven of 178 sites, with 43 of
// 1,554 subjects, fabricated.
const (
	publishedSites    = 178
	publishedSubjects = 1554
)

var publishedBad = []int{7, 6, 6, 6, 6, 6, 6}

// Published simulates studies of that size whose sites differ in level and in how they round, plants a kind of fabrication at each of
// seven sites, and counts how many are among the twentieth of all sites that the battery finds oddest.
func Published(ctx context.Context, seed uint64, rounds int) ([]Row, error) {
	r := rand.New(rand.NewPCG(seed, 8))
	var found, under [2]float64
	for range rounds {
		sites := simulated(r, publishedSites, publishedSubjects, publishedBad)
		for i := range publishedBad {
			p := planted[i%len(planted)]
			p.do(published, r, sites[i])
		}
		ours, theirs := published.battery(sites)
		for k, scores := range [2][]float64{ours, theirs} {
			found[k] += share(scores[:len(publishedBad)], quantile(scores, 0.95)) / float64(rounds)
			under[k] += area(scores[len(publishedBad):], scores[:len(publishedBad)]) / float64(rounds)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return []Row{
		{What: "seven fabricating sites of 178: found with 5 % of the sites flagged", Found: found[0], Against: found[1], Rule: "ctas features, KS",
			Goal: "at least 6 of 7 (0.86)", Reached: found[0] >= 6.0/7},
		{What: "the same: area under the curve", Found: under[0], Against: under[1], Rule: "ctas features, KS", Goal: "at least 0.97", Reached: under[0] >= 0.97},
	}, nil
}

// The size of the second European Stroke Prevention Study, one of whose sites was found to have invented patients: some 7,000 at 60 sites, 438 of
// them there. A quarter of them is what its data are a quarter of the way.
const (
	strokeSites    = 60
	strokeSubjects = 7000 / 4
	strokeBad      = 438 / 4
)

// Early simulates studies of that size with a quarter of their subjects, plants a kind of fabrication at the large site, another in each study, and counts
// how often it is one of the two that the battery finds oddest.
func Early(ctx context.Context, seed uint64, rounds int) (Row, error) {
	r := rand.New(rand.NewPCG(seed, 11))
	row := Row{What: "a large site that fabricates, with a quarter of the data: one of the two oddest of 60", Rule: "ctas features, KS", Goal: "always"}
	for n := range rounds {
		sites := simulated(r, strokeSites, strokeSubjects, []int{strokeBad})
		planted[n%len(planted)].do(published, r, sites[0])
		ours, theirs := published.battery(sites)
		for k, scores := range [2][]float64{ours, theirs} {
			odder := 0
			for _, score := range scores[1:] {
				if score >= scores[0] {
					odder++
				}
			}
			if odder < 2 {
				*[2]*float64{&row.Found, &row.Against}[k] += 1 / float64(rounds)
			}
		}
		if ctx.Err() != nil {
			return row, ctx.Err()
		}
	}
	row.Reached = row.Found > 1-1e-9
	return row, nil
}

// published are its measurements, read in whole numbers.
var published = &Measurements{names: vitals, device: vitals[:2], unit: map[string]float64{}, scatter: map[string]float64{"SYSBP": 9, "DIABP": 6, "PULSE": 6}}

// simulated is a study of so many sites and subjects; the first sites have those sizes, the others what chance gives them.
func simulated(r *rand.Rand, count, subjects int, first []int) [][]Subject {
	sizes := make([]int, count)
	left := subjects
	for i := range sizes {
		if sizes[i] = 1; i < len(first) {
			sizes[i] = first[i]
		}
		left -= sizes[i]
	}
	weights, sum := make([]float64, count), 0.0
	for i := range weights[len(first):] {
		weights[i+len(first)] = r.ExpFloat64()
		sum += weights[i+len(first)]
	}
	for ; left > 0; left-- {
		at := r.Float64() * sum
		i := len(first)
		for ; i < count-1 && at >= weights[i]; i++ {
			at -= weights[i]
		}
		sizes[i]++
	}
	sites := make([][]Subject, count)
	for i, n := range sizes {
		level, even := 3*r.NormFloat64(), r.Float64()
		for range n {
			sites[i] = append(sites[i], visitsOfOne(r, level, even))
		}
	}
	return sites
}

// visitsOfOne are eight visits of a subject, in two positions, at a site of this level that rounds so many readings to even numbers.
func visitsOfOne(r *rand.Rand, level, even float64) (s Subject) {
	own := [3]float64{132 + level + 13*r.NormFloat64(), 80 + level + 8*r.NormFloat64(), 72 + 8*r.NormFloat64()}
	for range 8 {
		v := map[string]float64{}
		for k, name := range vitals {
			today := own[k] + 0.6*published.scatter[name]*r.NormFloat64()
			for _, at := range [...]string{"|STANDING", "|SUPINE"} {
				to := 1.0
				if r.Float64() < even {
					to = 2
				}
				v[name+at] = math.Round((today+0.5*published.scatter[name]*r.NormFloat64())/to) * to
			}
		}
		s = append(s, v)
	}
	return s
}

// area is the probability that a planted site is odder than a clean one.
func area(clean, found []float64) float64 {
	n := 0.0
	for _, f := range found {
		for _, c := range clean {
			switch cmp.Compare(f, c) {
			case 1:
				n++
			case 0:
				n += 0.5
			}
		}
	}
	return n / float64(len(clean)*len(found))
}

// Discovery simulates studies in which three sites report half of their events, and counts how many of the alerts are false: by the
// exact test corrected for the number of sites (Benjamini and Hochberg, at 0.1), and by the funnel's red limits.
func Discovery(seed uint64, studies int) Row {
	r := rand.New(rand.NewPCG(seed, 9))
	var lies [2]float64
	for range studies {
		study := simulate(r)
		bad := r.Perm(len(study))[:3]
		for _, i := range bad {
			study[i] = thinned(study[i], 0.5)
		}
		var pool stat.Reporting
		for _, site := range study {
			for _, c := range site {
				pool.Add(c)
			}
		}
		counts := countsOf(study)
		funnel := stat.Of(stat.Rate, slices.Values(counts)).Funnel()
		ps := make([]float64, len(study))
		for i, site := range study {
			ps[i] = pool.ReportedBy(site).AtMost
		}
		var alerts, wrong [2]float64
		for i, q := range stat.BenjaminiHochberg(ps) {
			z := funnel.Score(counts[i])
			for k, alert := range [2]bool{q <= 0.1, z < -2 || z >= 3} {
				if alert {
					alerts[k]++
					if !slices.Contains(bad, i) {
						wrong[k]++
					}
				}
			}
		}
		for k := range lies {
			lies[k] += wrong[k] / max(1, alerts[k]) / float64(studies)
		}
	}
	return Row{What: "false alerts among alerts, where three sites report half", Found: lies[0], Against: lies[1], Rule: "funnel, red",
		Goal: "at most 0.10", Reached: lies[0] <= 0.1}
}

// Quiet counts how often a clean site begins to be red, in a hundred sites and a year, by the limits of kri0001 as they are shipped, looked at
// each month.
func Quiet(seed uint64, rounds int) Row {
	r := rand.New(rand.NewPCG(seed, 10))
	began := 0
	for range rounds {
		var counts [delaySites]stat.Counts
		var red [delaySites]bool
		month := 30.0
		for _, v := range visitsOf(r, nil, 0.05) {
			for ; v.day >= month; month += 30 {
				f := stat.Of(stat.Rate, slices.Values(counts[:])).Funnel()
				for s, c := range counts {
					z := f.Score(c)
					now := c.Den >= 3 && (z < -2 || z >= 3)
					if now && !red[s] {
						began++
					}
					red[s] = now
				}
			}
			counts[v.site].Num += int64(v.events)
			counts[v.site].Den++
		}
	}
	years := float64(rounds) * delayDays / 365.25
	rate := float64(began) / years * 100 / delaySites
	return Row{What: "red alerts in 100 clean sites and a year", Found: rate, Against: rate, Rule: "the same limits", Goal: "at most 1", Reached: rate <= 1}
}

// Goals are all that the back-test measures of one seed: what is planted into simulated studies and, where there are measurements, into
// those.
func Goals(ctx context.Context, seed uint64, rounds int, m *Measurements) ([]Row, error) {
	rows := Underreporting(seed, rounds)
	for _, heterogeneity := range []float64{0, 0.05} {
		rows = append(rows, Silence(seed, rounds, heterogeneity)...)
	}
	rows = append(rows, Discovery(seed, 25*rounds/2), Quiet(seed, rounds))
	some, err := Published(ctx, seed, max(1, rounds/4))
	if err != nil {
		return nil, err
	}
	early, err := Early(ctx, seed, max(len(planted), rounds/4))
	if err != nil {
		return nil, err
	}
	rows = append(append(rows, some...), early)
	if m != nil {
		if some, err = Fabrication(ctx, seed, rounds, m); err != nil {
			return nil, fmt.Errorf("planting: %w", err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}
