package harness

import (
	"math"
	"math/rand/v2"
	"slices"

	"casebook/stat"
)

const (
	delaySites = 100
	delayDays  = 720
	delayOnset = 300
)

// visit is one visit of a subject: when, at which site, its number, and how many events it brought.
type visit struct {
	day    float64
	site   int
	number int
	events int
}

// Silence simulates studies of 100 sites over 24 months in which ten sites stop reporting on day 300, and counts which are
// found within 90 days by a CUSUM at every visit and by a monthly funnel, each with an alarm at one in twenty clean sites
// over the whole time; and how often they then alarm in studies in which nobody stops. heterogeneity is the variance of the sites' true
// rates.
func Silence(seed uint64, rounds int, heterogeneity float64) []Row {
	r := rand.New(rand.NewPCG(seed, 2))
	var clean [2][]float64
	for range rounds {
		_, tops := watchAll(visitsOf(r, nil, heterogeneity), [2]float64{math.Inf(1), math.Inf(1)})
		for s := range delaySites {
			clean[0], clean[1] = append(clean[0], tops[s][0]), append(clean[1], tops[s][1])
		}
	}
	limits := [2]float64{quantile(clean[0], 0.95), quantile(clean[1], 0.95)}
	var found [2]int
	var delays []float64
	all := 0
	for range rounds {
		silent := map[int]bool{}
		for len(silent) < 10 {
			silent[r.IntN(delaySites)] = true
		}
		visits := visitsOf(r, silent, heterogeneity)
		after := map[int]int{}
		for _, v := range visits {
			if silent[v.site] && v.day >= delayOnset {
				after[v.site]++
			}
		}
		alarms, _ := watchAll(visits, limits)
		for s := range silent {
			if after[s] < 20 {
				continue // too small to be found by anybody
			}
			all++
			for k := range found {
				if d := alarms[s][k] - delayOnset; d <= 90 {
					found[k]++
				}
			}
			delays = append(delays, alarms[s][0]-delayOnset)
		}
	}
	within := float64(found[0]) / float64(all)
	quiet := [2]float64{}
	for range rounds {
		_, tops := watchAll(visitsOf(r, nil, heterogeneity), limits)
		for s := range delaySites {
			for k := range quiet {
				if tops[s][k] > limits[k] {
					quiet[k] += 1 / float64(rounds*delaySites)
				}
			}
		}
	}
	name, alarming := "a site stops reporting: found within 90 days", "false alarms of a clean site over 24 months, set at 0.05"
	if heterogeneity > 0 {
		name, alarming = name+", sites differing", alarming+", sites differing"
	}
	return []Row{{What: name, Found: within, Against: float64(found[1]) / float64(all), Rule: "monthly funnel",
		Goal: "at least 0.50, median at most 90 days", Reached: within >= 0.5 && quantile(delays, 0.5) <= 90},
		{What: alarming, Found: quiet[0], Against: quiet[1], Rule: "monthly funnel", Goal: "0.04 to 0.06", Reached: quiet[0] >= 0.04 && quiet[0] <= 0.06}}
}

func visitsOf(r *rand.Rand, silent map[int]bool, heterogeneity float64) (all []visit) {
	for s := range delaySites {
		rate := 1.0
		if heterogeneity > 0 {
			rate = gamma(r, 1/heterogeneity) * heterogeneity
		}
		for n := 1; ; n++ {
			start := r.Float64() * 540
			for v := range 26 {
				day := start + float64(v)*14 + r.NormFloat64()
				if day > delayDays || v > 3 && r.Float64() < 0.012 {
					break
				}
				mean := 0.25 * (0.5 + 1.5*math.Exp(-float64(v)/5)) * rate
				if silent[s] && day >= delayOnset {
					mean = 0
				}
				all = append(all, visit{day, s, v, poisson(r, mean)})
			}
			if n == 40 || r.Float64() > 0.88 {
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b visit) int {
		if a.day < b.day {
			return -1
		}
		return 1
	})
	return all
}

// watchAll returns when each site first passed the limits of the CUSUM and of the funnel, and how high it came.
func watchAll(visits []visit, limits [2]float64) (alarms, tops [delaySites][2]float64) {
	var study stat.Rates
	var sites [delaySites]stat.Rates
	var sums [delaySites]stat.CUSUM
	var counts [delaySites]stat.Counts
	for s := range alarms {
		alarms[s] = [2]float64{math.Inf(1), math.Inf(1)}
	}
	pass := func(s, k int, day, x float64) {
		tops[s][k] = max(tops[s][k], x)
		if x > limits[k] {
			alarms[s][k] = min(alarms[s][k], day)
		}
	}
	month := 30.0
	for _, v := range visits {
		for ; v.day >= month; month += 30 {
			f := stat.Of(stat.Rate, slices.Values(counts[:])).Funnel()
			for s, c := range counts {
				if c.Den >= 3 {
					pass(s, 1, month, -f.Score(c))
				}
			}
		}
		if e, ok := study.Expected(v.number, &sites[v.site]); ok {
			pass(v.site, 0, v.day, sums[v.site].Observe(float64(v.events), e, stat.Under))
		}
		study.Add(v.number, float64(v.events))
		sites[v.site].Add(v.number, float64(v.events))
		counts[v.site].Num += int64(v.events)
		counts[v.site].Den++
	}
	return alarms, tops
}
