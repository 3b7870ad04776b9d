package stat

import "math"

// Mixed is the one-way model with random sites: a value is Mean plus its site's deviation plus its own, with variances
// Between and Within (L. Desmet et al., Linear mixed-effects models for central statistical monitoring of multicenter
// clinical trials, Stat. Med. 33, 2014), fitted by restricted maximum likelihood as R's lme4::lmer(y ~ 1 + (1|site)) does.
type Mixed struct {
	Mean, Between, Within float64
	MeanError             float64 // standard error of Mean
	LogLikelihood         float64 // restricted
}

// FitMixed fits the model to the moments of the sites' values, which are all it needs. ok is false with fewer than two
// sites, without a site of two values, or when nothing scatters.
func FitMixed(sites []Moments) (m Mixed, ok bool) {
	kept, values, within := 0, int64(0), 0.0
	for _, s := range sites {
		if s.N > 0 {
			kept++
			values += s.N
			within += s.M2
		}
	}
	if kept < 2 || values <= int64(kept) || !(within > 0) {
		return Mixed{}, false
	}
	at := func(ratio float64) Mixed { return profile(sites, ratio, values, within) }
	// The likelihood has one maximum over the ratio Between/Within in practice; a scan finds where it is, a golden section
	// then how much.
	best, from := at(0).LogLikelihood, math.Inf(-1)
	for l := -14.0; l <= 10; l += 0.25 {
		if v := at(math.Exp(l)).LogLikelihood; v > best {
			best, from = v, l
		}
	}
	if math.IsInf(from, -1) {
		return at(0), true
	}
	return at(math.Exp(peak(from-0.25, from+0.25, func(l float64) float64 { return at(math.Exp(l)).slope(sites) }))), true
}

// peak returns where a falling slope passes 0 between lo and hi.
func peak(lo, hi float64, slope func(float64) float64) float64 {
	for range 100 {
		mid := (lo + hi) / 2
		if slope(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// profile is the fit for a given ratio Between/Within.
func profile(sites []Moments, ratio float64, values int64, within float64) Mixed {
	weights, mean, logs := 0.0, 0.0, 0.0
	for _, s := range sites {
		if s.N > 0 {
			w := float64(s.N) / (1 + ratio*float64(s.N))
			weights += w
			mean += w * s.Mean
			logs += math.Log1p(ratio * float64(s.N))
		}
	}
	mean /= weights
	squares := within
	for _, s := range sites {
		if s.N > 0 {
			squares += float64(s.N) / (1 + ratio*float64(s.N)) * (s.Mean - mean) * (s.Mean - mean)
		}
	}
	freedom := float64(values - 1)
	variance := squares / freedom
	return Mixed{Mean: mean, Within: variance, Between: ratio * variance, MeanError: math.Sqrt(variance / weights),
		LogLikelihood: -(freedom*(1+math.Log(2*math.Pi*variance)) + logs + math.Log(weights)) / 2}
}

// slope is the sign-bearing derivative of the restricted log likelihood by the ratio.
func (m Mixed) slope(sites []Moments) float64 {
	ratio := m.Between / m.Within
	weights, squares, trace, square := 0.0, 0.0, 0.0, 0.0
	for _, s := range sites {
		if s.N > 0 {
			w := float64(s.N) / (1 + ratio*float64(s.N))
			d := s.Mean - m.Mean
			weights += w
			square += w * w
			trace += w
			squares += w * w * d * d
		}
	}
	return squares/m.Within - trace + square/weights
}

// RobustMixed fits the same model so that a few odd sites hardly move what the others are judged by: Mean is the median of the sites' means, and Between
// the variance at which half of the sites' squared deviations are at most what half should be at most (the estimating equation of R. C. Paule and
// J. Mandel, J. Res. Natl. Bur. Stand. 87, 1982, with the median of χ² with one degree of freedom in place of its mean). ok is false where FitMixed's is.
func RobustMixed(sites []Moments) (m Mixed, ok bool) {
	var means []float64
	var within Moments
	for _, s := range sites {
		if s.N > 0 {
			means = append(means, s.Mean)
			within.N, within.M2 = within.N+s.N-1, within.M2+s.M2
		}
	}
	if len(means) < 2 || within.N < 1 || !(within.M2 > 0) {
		return Mixed{}, false
	}
	m = Mixed{Mean: median(means), Within: within.M2 / float64(within.N)}
	squares := make([]float64, 0, len(means))
	half := func(between float64) float64 {
		squares = squares[:0]
		for _, s := range sites {
			if s.N > 0 {
				squares = append(squares, (s.Mean-m.Mean)*(s.Mean-m.Mean)/(between+m.Within/float64(s.N)))
			}
		}
		return median(squares) - medianChiSquare1
	}
	if half(0) > 0 {
		hi := m.Within
		for half(hi) > 0 {
			hi *= 4
		}
		m.Between = peak(0, hi, half)
	}
	return m, true
}

// medianChiSquare1 is what half of the squares of standard normal deviates do not exceed.
const medianChiSquare1 = 0.45493642311957283

// SiteEffect is what the model says of one site.
type SiteEffect struct {
	Z         float64 // how far its mean lies from that of all, if sites may differ as they do
	Fixed     float64 // the same, if sites should not differ at all
	Deviation float64 // the predicted deviation (BLUP)
	Variance  float64 // of the deviation, given the values
	P         float64 // of Z, two-sided
}

// Effect returns what the model says of a site; NaN without values.
func (m Mixed) Effect(site Moments) SiteEffect {
	if site.N < 1 {
		n := math.NaN()
		return SiteEffect{n, n, n, n, n}
	}
	n, d := float64(site.N), site.Mean-m.Mean
	ratio := m.Between / m.Within
	e := SiteEffect{Z: d / math.Sqrt(m.Between+m.Within/n), Fixed: d / math.Sqrt(m.Within/n),
		Deviation: ratio * n / (1 + ratio*n) * d, Variance: m.Between / (1 + ratio*n)}
	e.P = twoSided(e.Z)
	return e
}
