package stat

import "math"

// What is watched all the time must know that it is looked at all the time. These detectors take one observation after
// the other: how many events there were, and how many were expected of a site like the others.

// The changes in the rate that are looked for: fewer events than expected, and more.
var (
	Under = []float64{0.1, 0.25, 0.5, 0.75}
	Over  = []float64{1.5, 2, 3}
)

// maxAlternatives is how many changes a detector looks for at once.
const maxAlternatives = 4

// CUSUM sums the evidence that the rate has changed by one of some factors, and forgets what speaks against it (E. S.
// Page, Biometrika 41, 1954; for counts J. M. Lucas, Technometrics 27, 1985). The zero value has seen nothing.
type CUSUM struct {
	Sums [maxAlternatives]float64 // one for each factor
}

// Observe takes in y events where e were expected, and returns the largest sum.
func (c *CUSUM) Observe(y, e float64, factors []float64) float64 {
	top := 0.0
	for i, f := range factors {
		c.Sums[i] = max(0, c.Sums[i]+logRatio(y, e, f))
		top = max(top, c.Sums[i])
	}
	return top
}

// logRatio is the log likelihood ratio of a Poisson count when the rate is f times the expected one.
func logRatio(y, e, f float64) float64 {
	if y == 0 {
		return -e * (f - 1)
	}
	return y*math.Log(f) - e*(f-1)
}

// EDetector is the Shiryaev-Roberts e-detector (J. Shin, A. Ramdas and A. Rinaldo, E-detectors: a nonparametric framework
// for sequential change detection, 2023): raised when it passes 1/alpha, it is raised by mistake on average no more often
// than once in 1/alpha observations, whatever the course of the expectations. The mean over the factors stands for the
// change that is not known.
type EDetector struct {
	Logs [maxAlternatives]float64 `json:"logs"` // logarithms of the statistic, one for each factor; read through Log
	Seen bool                     `json:"seen"` // whether there was any observation
}

// Observe takes in y events where e were expected, and returns the logarithm of the detector.
func (d *EDetector) Observe(y, e float64, factors []float64) float64 {
	for i, f := range factors {
		d.step(i, logRatio(y, e, f))
	}
	d.Seen = true
	return d.Log(len(factors))
}

// Gamma is what is known of a rate: so many events in so much exposure.
type Gamma struct{ Shape, Exposure float64 }

// ObserveGamma takes in y events in an exposure of d where the rate is known no better than that. The ratio is that of two
// negative binomials, of a rate f times as high and of one as it was: f^y ((b+d)/(b+fd))^(a+y) for shape a and exposure b
// (the gamma-Poisson model; its expectation is 1 while nothing changes, whatever the rate is). It tends to that of Observe as
// the rate is known better. Where counts scatter more than the model has it, the logarithm of the ratio is divided by how many
// times more, as a quasi-likelihood is (R. W. M. Wedderburn, Biometrika 61, 1974).
func (d *EDetector) ObserveGamma(y, exposure float64, known Gamma, scatter float64, factors []float64) float64 {
	for i, f := range factors {
		ratio := y*math.Log(f) + (known.Shape+y)*math.Log((known.Exposure+exposure)/(known.Exposure+f*exposure))
		d.step(i, ratio/scatter)
	}
	d.Seen = true
	return d.Log(len(factors))
}

func (d *EDetector) step(i int, ratio float64) {
	last := 0.0
	if d.Seen {
		last = logAdd(d.Logs[i], 0) // (M+1)
	}
	d.Logs[i] = last + ratio
}

// Log is the logarithm of the detector over n factors; of one that has seen nothing it is minus infinity.
func (d *EDetector) Log(n int) float64 {
	if !d.Seen {
		return math.Inf(-1)
	}
	return logMean(d.Logs[:n])
}

// EProcess is the mixture of likelihood ratios since the start: the probability that it ever passes 1/alpha while nothing
// is wrong is at most alpha (J. Ville, 1939), so that one may look at any time and stop at any time.
type EProcess struct {
	Logs [maxAlternatives]float64
}

// Observe takes in y events where e were expected, and returns the logarithm of the e-value.
func (p *EProcess) Observe(y, e float64, factors []float64) float64 {
	for i, f := range factors {
		p.Logs[i] += logRatio(y, e, f)
	}
	return logMean(p.Logs[:len(factors)])
}

// logAdd is log(exp(a)+exp(b)).
func logAdd(a, b float64) float64 {
	hi, lo := max(a, b), min(a, b)
	return hi + math.Log1p(math.Exp(lo-hi))
}

func logMean(logs []float64) float64 {
	sum := logs[0]
	for _, l := range logs[1:] {
		sum = logAdd(sum, l)
	}
	return sum - math.Log(float64(len(logs)))
}

// EWMA is the exponentially weighted moving average of a standardised measurement (S. W. Roberts, Technometrics 1, 1959).
type EWMA struct {
	value float64
	n     int
}

// Observe takes in a deviation z with weight lambda, usually 0.1 to 0.2, and returns the average in units of its own
// standard deviation while z is standard normal.
func (a *EWMA) Observe(z, lambda float64) float64 {
	a.n++
	a.value += lambda * (z - a.value)
	sd := math.Sqrt(lambda / (2 - lambda) * -math.Expm1(2*float64(a.n)*math.Log1p(-lambda)))
	return a.value / sd
}

// Rates are the events and observations by visit number, of a study or of one of its sites.
type Rates struct {
	Events, Seen []float64
	total        [2]float64
}

// Add takes in a visit, numbered from 0, with y events.
func (r *Rates) Add(visit int, y float64) {
	if n := visit + 1 - len(r.Events); n > 0 {
		r.Events = append(r.Events, make([]float64, n)...)
		r.Seen = append(r.Seen, make([]float64, n)...)
	}
	r.Events[visit] += y
	r.Seen[visit]++
	r.total[0] += y
	r.total[1]++
}

// borrowed is how many observations the average over all visits counts like, where a visit's own are few.
const borrowed = 5

// Expected returns the events to expect of one more observation of a visit at a site, from all other sites: what they had
// at that visit, shrunk towards their average over all visits. ok is false before the others have shown anything.
func (r *Rates) Expected(visit int, site *Rates) (e float64, ok bool) {
	events, seen := r.total[0]-site.total[0], r.total[1]-site.total[1]
	if seen < 20 || events <= 0 {
		return math.NaN(), false
	}
	n, d := 0.0, 0.0
	if visit < len(r.Events) {
		n, d = r.Events[visit], r.Seen[visit]
	}
	if visit < len(site.Events) {
		n, d = n-site.Events[visit], d-site.Seen[visit]
	}
	return (n + borrowed*events/seen) / (d + borrowed), true
}
