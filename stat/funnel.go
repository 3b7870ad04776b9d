// Package stat is the statistics of central monitoring: numbers by site in, scores, limits and flags by site out. It is
// pure: it refuses clocks, files and chance, and it knows sites only as counts.
//
// The key risk indicators follow the open R packages gsm.core and gsm.kri (Gilead BioStats, OpenRBQM) to the digit, so
// that a sponsor can set our output beside a gsm run.
package stat

import (
	"iter"
	"math"
	"slices"
)

// Counts is what one site, or a country, contributed to an indicator: events over days, or cases over chances.
type Counts struct {
	Num, Den int64
}

// Metric returns Num/Den, or NaN when there is no denominator.
func (c Counts) Metric() float64 {
	if c.Den <= 0 {
		return math.NaN()
	}
	return float64(c.Num) / float64(c.Den)
}

// Kind says how an indicator turns counts into a score.
type Kind uint8

// The kinds of indicator (gsm.core AnalysisType).
const (
	Rate       Kind = iota // events over exposure; the variance of a site's metric is mean/Den
	Proportion             // cases out of Den; the variance is mean(1-mean)/Den. gsm calls it binary
	Value                  // the metric is the score. gsm calls it identity
	Number                 // the numerator is the score: identity with ScoreCol = Numerator
)

// Overdispersion holds what the normal approximation with over-dispersion needs to know of all sites, in constant
// space. The zero value with a Kind has no sites. Replacing one site's counts takes constant time.
//
// With N = Σnᵢ, D = Σdᵢ, μ = N/D and A = Σnᵢ²/dᵢ over m sites, the factor of gsm.core Analyze_NormalApprox,
// φ = (1/m) Σ (nᵢ/dᵢ-μ)²/(V/dᵢ), equals (A - N²/D)/(mV), where V is μ for a rate and μ(1-μ) for a proportion. The
// difference cancels when sites are alike, so A carries about 106 bits: its error stays near 1e-30, whatever the order
// and number of updates, and no rebuilding is ever due.
type Overdispersion struct {
	Kind  Kind
	total Counts
	sites int
	a     wide
}

// Of returns the Overdispersion of sites.
func Of(kind Kind, sites iter.Seq[Counts]) Overdispersion {
	o := Overdispersion{Kind: kind}
	for c := range sites {
		o.Update(Counts{}, c)
	}
	return o
}

// Update replaces what one site contributed. The zero Counts stands for a site that is not there yet, or no longer. A
// site without a denominator counts nowhere, as in gsm.core Transform_Rate.
func (o *Overdispersion) Update(old, now Counts) {
	if old.Den > 0 {
		o.total.Num -= old.Num
		o.total.Den -= old.Den
		o.sites--
		o.a = o.a.plus(squareOver(old).negated())
	}
	if now.Den > 0 {
		o.total.Num += now.Num
		o.total.Den += now.Den
		o.sites++
		o.a = o.a.plus(squareOver(now))
	}
}

// Funnel returns the funnel that the sites now span.
func (o Overdispersion) Funnel() Funnel {
	f := Funnel{Kind: o.Kind, Sites: o.sites, Den: o.total.Den, Mean: o.total.Metric()}
	f.unit = f.Mean
	if o.Kind == Proportion { // not 1-f.Mean, which loses digits when nearly all are cases
		f.unit *= float64(o.total.Den-o.total.Num) / float64(o.total.Den)
	}
	if f.unit > 0 {
		spread := o.a.plus(squareOver(o.total).negated())
		f.Factor = max(0, (spread.hi+spread.lo)/(float64(o.sites)*f.unit))
	}
	if v := f.Factor * f.unit; v > 0 {
		f.scale = 1 / math.Sqrt(v)
	}
	return f
}

// Funnel is the mean of all sites and how far sites scatter around it. It comes from Overdispersion.Funnel.
type Funnel struct {
	Kind   Kind
	Mean   float64 // μ, gsm's OverallMetric; NaN without sites
	Factor float64 // φ, gsm's Factor: 1 when sites scatter as chance alone would have it; 0 when they are all alike
	Sites  int     // m, the sites with a denominator
	Den    int64   // D, their denominators together

	unit  float64 // V, the variance of the metric of a site whose denominator is 1
	scale float64 // 1/sqrt(φV), or 0 when every score is 0
}

// Score returns the site's adjusted z-score (c.Metric-μ)/sqrt(φV/d); 0 when all sites are alike or the mean sits at its
// boundary, NaN without a denominator (gsm.core Analyze_NormalApprox). A Value or a Number is its own score.
func (f Funnel) Score(c Counts) float64 {
	switch {
	case c.Den <= 0:
		return math.NaN()
	case f.Kind == Value:
		return c.Metric()
	case f.Kind == Number:
		return float64(c.Num)
	}
	// n/d-μ, not n-μd: it is exactly 0 where all sites are alike.
	return (float64(c.Num)/float64(c.Den) - f.Mean) * math.Sqrt(float64(c.Den)) * f.scale
}

// Limit returns the largest |score| that the site could have whatever it did: sqrt(m(1-d/D)), since the squared scores
// of all sites always sum to m and the scores weighted by sqrt(d) to 0. Below a threshold, the site is not assessable
// there: eight equal sites never reach 3, three countries never reach 2. A Value or a Number has no limit.
func (f Funnel) Limit(c Counts) float64 {
	if f.Kind == Value || f.Kind == Number {
		return math.Inf(1)
	}
	if f.Den <= 0 {
		return 0
	}
	return math.Sqrt(max(0, float64(f.Sites)*(1-float64(c.Den)/float64(f.Den))))
}

// Bound is one point of the line in a funnel plot at which a site of that denominator has the score Threshold.
type Bound struct {
	Threshold, Den, Num, Metric float64
}

// gridSteps is the number of steps from the smallest to the largest denominator (gsm.core Analyze_NormalApprox_PredictBounds).
const gridSteps = 250

// Bounds returns the lines of the funnel plot for the given scores and for 0, over the range of the sites'
// denominators, in the order of threshold and denominator, without points below a numerator of 0 (gsm.core
// Analyze_NormalApprox_PredictBounds). A Value or a Number has no bounds.
func (f Funnel) Bounds(thresholds []float64, sites iter.Seq[Counts]) []Bound {
	if f.Kind == Value || f.Kind == Number {
		return nil
	}
	lines := append(slices.Clone(thresholds), 0)
	slices.Sort(lines)
	lines = slices.Compact(lines)
	grid := slices.Collect(denominators(sites))
	bounds := make([]Bound, 0, len(lines)*len(grid))
	for _, t := range lines {
		for _, d := range grid {
			metric := f.Mean + t*math.Sqrt(f.Factor*f.unit/d)
			if metric*d >= 0 {
				bounds = append(bounds, Bound{Threshold: t, Den: d, Num: metric * d, Metric: metric})
			}
		}
	}
	return bounds
}

// denominators walks from one step below the smallest denominator to one above the largest, as R's seq does.
func denominators(sites iter.Seq[Counts]) iter.Seq[float64] {
	lo, hi := math.Inf(1), math.Inf(-1)
	for c := range sites {
		if c.Den > 0 {
			lo, hi = min(lo, float64(c.Den)), max(hi, float64(c.Den))
		}
	}
	return func(yield func(float64) bool) {
		for d := range span(lo, hi, 1) {
			if d > 0 && !yield(d) {
				return
			}
		}
	}
}

// span walks from lo-h to hi+h in steps of h, a fixed part of the range, or whenEqual when there is no range. Like R's
// seq it forgives the last step a rounding error and never passes the end.
func span(lo, hi, whenEqual float64) iter.Seq[float64] {
	h := (hi - lo) / gridSteps
	if h == 0 {
		h = whenEqual
	}
	from, to := lo-h, hi+h
	return func(yield func(float64) bool) {
		if lo > hi {
			return
		}
		for i := range int((to-from)/h+1e-10) + 1 {
			if !yield(min(from+float64(i)*h, to)) {
				return
			}
		}
	}
}
