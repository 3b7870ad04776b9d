package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// What people do to numbers when they do not measure them: round, repeat, copy, and choose days.

// Digits counts last digits.
type Digits [10]int64

// Add counts the last digit of the whole number nearest to x, in units of the last place that was recorded: 36.6 recorded
// to one place has the digit 6 with unit 0.1. n is 1, or -1 to take it back. What is no number has no digit.
func (d *Digits) Add(x, unit float64, n int64) {
	if k := math.Abs(math.Round(x / unit)); k < 1<<53 {
		d[int64(k)%10] += n
	}
}

// Weekdays counts days of the week, Sunday first.
type Weekdays [7]int64

// Difference compares the counts of one site with those of all the others.
type Difference struct {
	ChiSquare float64
	Freedom   int
	P         float64
	V         float64 // Cramér's, from 0, alike, to 1: how much they differ, where P says how surely
}

// Compare tests whether site and rest have the same distribution (Pearson's χ², without correction, as R's chisq.test).
// A kind that neither has counts nothing. It is NaN where one of them is empty or fewer than two kinds are seen.
func Compare(site, rest []int64) Difference {
	var here, there float64
	for i := range site {
		here += float64(site[i])
		there += float64(rest[i])
	}
	d, all, kinds := Difference{}, here+there, 0
	for i := range site {
		both := float64(site[i] + rest[i])
		if both == 0 {
			continue
		}
		kinds++
		d.ChiSquare += squareOff(float64(site[i]), both*here/all) + squareOff(float64(rest[i]), both*there/all)
	}
	if kinds < 2 || here == 0 || there == 0 {
		return Difference{ChiSquare: math.NaN(), P: math.NaN(), V: math.NaN()}
	}
	d.Freedom = kinds - 1
	d.P, d.V = aboveChiSquare(d.ChiSquare, d.Freedom), math.Sqrt(d.ChiSquare/all)
	return d
}

// Uniform tests whether all kinds are equally frequent; V is Cohen's w.
func Uniform(counts []int64) Difference {
	all := 0.0
	for _, c := range counts {
		all += float64(c)
	}
	if all == 0 || len(counts) < 2 {
		return Difference{ChiSquare: math.NaN(), P: math.NaN(), V: math.NaN()}
	}
	d := Difference{Freedom: len(counts) - 1}
	for _, c := range counts {
		d.ChiSquare += squareOff(float64(c), all/float64(len(counts)))
	}
	d.P, d.V = aboveChiSquare(d.ChiSquare, d.Freedom), math.Sqrt(d.ChiSquare/all)
	return d
}

func squareOff(seen, expected float64) float64 {
	return (seen - expected) * (seen - expected) / expected
}

// Series are the features of one subject's values of one variable, in the order of visits (ctas, the open package for
// time series across trial sites).
type Series struct {
	N                  int
	Average, SD, Range float64
	UniqueShare        float64 // different values out of all
	RepeatShare        float64 // values equal to the one before, out of those that have one: what is carried forward
	Autocorrelation    float64 // of each value with the one before (Pearson); NaN where one of both does not vary
}

// Features returns the features of values; those that need more values than there are, are NaN.
func Features(values []float64) Series {
	s := Series{N: len(values), Average: math.NaN(), SD: math.NaN(), Range: math.NaN(), UniqueShare: math.NaN(),
		RepeatShare: math.NaN(), Autocorrelation: math.NaN()}
	if s.N == 0 {
		return s
	}
	m := MomentsOf(values)
	s.Average, s.SD, s.Range = m.Mean, m.SD(), slices.Max(values)-slices.Min(values)
	sorted := slices.Sorted(slices.Values(values))
	s.UniqueShare = float64(len(slices.Compact(sorted))) / float64(s.N)
	if s.N > 1 {
		repeats := 0
		for i := 1; i < s.N; i++ {
			if values[i] == values[i-1] {
				repeats++
			}
		}
		s.RepeatShare = float64(repeats) / float64(s.N-1)
		s.Autocorrelation = correlation(values[:s.N-1], values[1:])
	}
	return s
}

// correlation is Pearson's; NaN where one of both does not vary.
func correlation(x, y []float64) float64 {
	mx, my, both := MomentsOf(x), MomentsOf(y), 0.0
	for i := range x {
		both += (x[i] - mx.Mean) * (y[i] - my.Mean)
	}
	if mx.M2 == 0 || my.M2 == 0 || len(x) < 2 {
		return math.NaN()
	}
	return both / math.Sqrt(mx.M2*my.M2)
}

// CorrelationShift is how far the correlation of two variables at a site, from n pairs, lies from that of the rest, as a
// normal deviate (R. A. Fisher's z, 1921). It is NaN with fewer than four pairs on a side.
func CorrelationShift(site float64, n int, rest float64, m int) float64 {
	if n < 4 || m < 4 {
		return math.NaN()
	}
	return (math.Atanh(site) - math.Atanh(rest)) / math.Sqrt(1/float64(n-3)+1/float64(m-3))
}

// Signature is 8 bytes that are equal for measurements that are equal when rounded to unit, and otherwise differ but for
// one chance in about 2⁶⁴: the exact duplicates of a study are found by a map of them (FNV-1a, 64 bits).
func Signature(values []float64, unit float64) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range values {
		k := uint64(int64(math.Round(x / unit)))
		for range 8 {
			h = (h ^ k&0xff) * 1099511628211
			k >>= 8
		}
	}
	return h
}

// Twins tests whether the subjects of a site are more alike than subjects of different sites ever are. profiles has one
// vector for each subject, all as long and scaled alike; site names the rows of the site. For each of its subjects p is
// the probability that the nearest of n-1 strangers would be as near as the nearest of its own site, and together they
// are Fisher's combination. nearest is the closest pair. It is NaN for a site of one, or without strangers.
func Twins(profiles [][]float64, site []int) (p float64, nearest [2]int) {
	inside := map[int]bool{}
	for _, i := range site {
		inside[i] = true
	}
	if len(site) < 2 || len(inside) >= len(profiles) {
		return math.NaN(), nearest
	}
	var ps []float64
	closest := math.Inf(1)
	for _, i := range site {
		least := math.Inf(1)
		for _, j := range site {
			if d := distance2(profiles[i], profiles[j]); i != j && d < least {
				least = d
				if d < closest {
					closest, nearest = d, [2]int{i, j}
				}
			}
		}
		nearer, strangers := 0.5, 1.0
		for j := range profiles {
			if !inside[j] {
				strangers++
				if distance2(profiles[i], profiles[j]) <= least {
					nearer++
				}
			}
		}
		ps = append(ps, -math.Expm1(float64(len(site)-1)*math.Log1p(-nearer/strangers)))
	}
	return FisherCombined(ps), nearest
}

// Nearness is how likely somebody who has nothing to do with a subject would be as near to it as d, a mean of squared
// differences, where logs are those of the logarithms of the distances that were seen. Distances are taken for gamma
// distributed, whose logarithm has a variance of about 2/ν for ν degrees of freedom (M. S. Bartlett and D. G. Kendall, J. R.
// Stat. Soc. Suppl. 8, 1946): the lower tail of a mean of few squares is far heavier than a lognormal one.
func Nearness(d float64, logs Moments) float64 {
	spread := logs.SD() * logs.SD()
	if !(spread > 0) {
		return math.NaN()
	}
	half := 1 / spread // ν/2
	return mathext.GammaIncReg(half, half*d/math.Exp(logs.Mean+spread/2))
}

func distance2(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum
}
