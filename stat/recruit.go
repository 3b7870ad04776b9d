package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Recruiting is a site that enrols: what it has done, and from when on it goes on.
type Recruiting struct {
	Counts         // subjects in days
	Opens  float64 // days from now until it may enrol; 0 for one that does
}

// Recruitment forecasts enrolment after Anisimov and Fedorov, "Modelling, prediction and adaptive adjustment of
// recruitment in multicentre trials", Statistics in Medicine 26 (2007) 4958–4975: each site enrols by a Poisson process,
// and the sites' rates are a sample of one gamma distribution, so that a site's rate, given its n subjects in t days, is
// gamma with the shape α + n and the rate β + t.
//
// The paper takes α and β as known. They are not, and an interval that forgets it is too narrow by far, so the doubt about
// their mean, the variance of its maximum likelihood estimate, is carried through the sites' rates (delta method). Where
// all sites are alike, the variance of the sum then is what the total count alone says of it.
type Recruitment struct {
	prior NegativeBinomial // α is Theta, β is Theta/Rate
	doubt float64          // the variance of Rate
	sites []Recruiting
}

// alike is the shape of the sites' rates where their counts do not tell one: rates that differ by a tenth, so that a
// forecast keeps some doubt. It also bounds the shape from above.
const alike = 100

// NewRecruitment returns the forecast that goes on from prior, which FitNegativeBinomial finds in what the sites have
// done. ok is false when nothing was enrolled yet.
func NewRecruitment(prior NegativeBinomial, sites []Recruiting) (r Recruitment, ok bool) {
	prior.Theta = min(prior.Theta, alike)
	information := 0.0 // Fisher's, of the sites' negative binomial counts about Rate
	for _, s := range sites {
		t := float64(s.Den)
		information += t * prior.Theta / (prior.Rate * (prior.Theta + prior.Rate*t))
	}
	return Recruitment{prior, 1 / information, sites}, prior.Rate > 0 && information > 0
}

// intensity is the mean and the variance of the subjects to be expected within days, before chance is added.
func (r Recruitment) intensity(days float64) (mean, variance float64) {
	alpha, beta := r.prior.Theta, r.prior.Theta/r.prior.Rate
	slope := 0.0 // of mean by Rate
	for _, s := range r.sites {
		open := max(0, days-s.Opens)
		shape, rate := alpha+float64(s.Num), beta+float64(s.Den)
		mean += open * shape / rate
		variance += open * open * shape / (rate * rate)
		slope += open * shape / (rate * rate) * beta / r.prior.Rate
	}
	return mean, variance + slope*slope*r.doubt
}

// Reached is the probability that need more subjects are enrolled within days. The sum of the sites' gammas is taken for
// a gamma with its mean and variance, as the paper does, so that the count is negative binomial.
func (r Recruitment) Reached(need int, days float64) float64 {
	if need <= 0 {
		return 1
	}
	mean, variance := r.intensity(days)
	if mean <= 0 {
		return 0
	}
	shape, scale := mean*mean/variance, variance/mean
	return mathext.RegIncBeta(float64(need), shape, scale/(1+scale))
}

// Expected is the mean number of subjects enrolled within days.
func (r Recruitment) Expected(days float64) float64 {
	mean, _ := r.intensity(days)
	return mean
}

// Span returns between which two numbers the subjects enrolled within days lie with probability level, as much beyond it on
// either side. They are quantiles of the gamma that chance is added to, widened by the variance of chance.
func (r Recruitment) Span(days, level float64) (low, high float64) {
	mean, variance := r.intensity(days)
	if mean <= 0 {
		return 0, 0
	}
	shape := mean * mean / (variance + mean)
	scale := (variance + mean) / mean
	return scale * mathext.GammaIncRegInv(shape, (1-level)/2), scale * mathext.GammaIncRegInv(shape, (1+level)/2)
}

// Horizon is as far as a forecast goes, in days.
const Horizon = 3652

// Days returns in how many days need more subjects are there with probability p; ok is false beyond the horizon.
func (r Recruitment) Days(need int, p float64) (days float64, ok bool) {
	low, high := 0.0, float64(Horizon)
	if !(r.Reached(need, high) >= p) {
		return math.Inf(1), false
	}
	for high-low > 0.01 {
		if mid := (low + high) / 2; r.Reached(need, mid) >= p {
			high = mid
		} else {
			low = mid
		}
	}
	return high, true
}
