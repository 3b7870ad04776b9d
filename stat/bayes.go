package stat

import (
	"iter"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Sites differ by more than chance even where nothing is wrong. The two models here say by how much, from the sites
// themselves: each has a proportion or a rate of its own, drawn from one distribution.

// Tails are the probabilities of a count as small and as large as the one seen.
type Tails struct {
	Low, High float64
}

// TwoSided is twice the smaller one, at most 1.
func (t Tails) TwoSided() float64 { return min(1, 2*min(t.Low, t.High)) }

// BetaBinomial is the model in which a site's proportion has a beta distribution (L. Desmet et al., Use of the
// beta-binomial model for central statistical monitoring of multicenter clinical trials, Stat. Biopharm. Res. 9, 2017).
// Where sites scatter by no more than chance, Alpha and Beta are infinite and it is the binomial with Mean.
type BetaBinomial struct {
	Alpha, Beta float64
	Mean        float64
}

// diverged is the sum of Alpha and Beta above which the beta distribution can no longer be told from a point.
const diverged = 1e6

// FitBetaBinomial fits by maximum likelihood. ok is false without cases, without others, or with fewer than two sites.
func FitBetaBinomial(sites iter.Seq[Counts]) (b BetaBinomial, ok bool) {
	var all []Counts
	var total Counts
	for c := range sites {
		if c.Den > 0 && c.Num >= 0 && c.Num <= c.Den {
			all = append(all, c)
			total.Num, total.Den = total.Num+c.Num, total.Den+c.Den
		}
	}
	if len(all) < 2 || total.Num == 0 || total.Num == total.Den {
		return BetaBinomial{Mean: total.Metric(), Alpha: math.Inf(1), Beta: math.Inf(1)}, false
	}
	mean := total.Metric()
	b = BetaBinomial{Mean: mean, Alpha: math.Inf(1), Beta: math.Inf(1)}
	at := [2]float64{math.Log(10 * mean), math.Log(10 * (1 - mean))}
	at, found := maximise(at, func(x [2]float64) (float64, [2]float64, [2][2]float64) {
		return betaBinomialLikelihood(all, math.Exp(x[0]), math.Exp(x[1]))
	})
	if alpha, beta := math.Exp(at[0]), math.Exp(at[1]); found && alpha+beta < diverged {
		b = BetaBinomial{Alpha: alpha, Beta: beta, Mean: alpha / (alpha + beta)}
	}
	return b, true
}

// betaBinomialLikelihood is the log likelihood without its constant, and its first and second derivatives by log alpha
// and log beta.
func betaBinomialLikelihood(sites []Counts, a, b float64) (value float64, d [2]float64, dd [2][2]float64) {
	var da, db, daa, dbb, dab float64
	lab, pab, tab := lgamma(a+b), mathext.Digamma(a+b), trigamma(a+b)
	la, pa, ta := lgamma(a), mathext.Digamma(a), trigamma(a)
	lb, pb, tb := lgamma(b), mathext.Digamma(b), trigamma(b)
	for _, c := range sites {
		k, n := float64(c.Num), float64(c.Den)
		value += lgamma(a+k) + lgamma(b+n-k) - lgamma(a+b+n) + lab - la - lb
		whole, wholeT := mathext.Digamma(a+b+n)-pab, trigamma(a+b+n)-tab
		da += mathext.Digamma(a+k) - pa - whole
		db += mathext.Digamma(b+n-k) - pb - whole
		daa += trigamma(a+k) - ta - wholeT
		dbb += trigamma(b+n-k) - tb - wholeT
		dab -= wholeT
	}
	d = [2]float64{a * da, b * db}
	dd[0][0], dd[1][1] = a*da+a*a*daa, b*db+b*b*dbb
	dd[0][1] = a * b * dab
	dd[1][0] = dd[0][1]
	return value, d, dd
}

// Overlap is the intra-site correlation 1/(α+β+1): 0 where sites are alike, towards 1 the more they differ.
func (b BetaBinomial) Overlap() float64 { return 1 / (b.Alpha + b.Beta + 1) }

// Tails returns the exact probabilities of a site's count. They are NaN where the counts are no proportion.
func (b BetaBinomial) Tails(c Counts) Tails {
	if c.Num < 0 || c.Den < c.Num || math.IsNaN(b.Mean) {
		return Tails{math.NaN(), math.NaN()}
	}
	var t Tails
	for k := range c.Den + 1 {
		p := b.probability(k, c.Den)
		if k <= c.Num {
			t.Low += p
		}
		if k >= c.Num {
			t.High += p
		}
	}
	return Tails{min(1, t.Low), min(1, t.High)}
}

func (b BetaBinomial) probability(k, n int64) float64 {
	if math.IsInf(b.Alpha, 1) {
		return math.Exp(logBinomial(k, n, b.Mean))
	}
	x, m := float64(k), float64(n)
	return math.Exp(mathext.Lbeta(b.Alpha+x, b.Beta+m-x) - mathext.Lbeta(b.Alpha, b.Beta) - math.Log(m+1) - mathext.Lbeta(m-x+1, x+1))
}

// NegativeBinomial is the model in which a site's rate has a gamma distribution with mean Rate and shape Theta, so that
// its count is negative binomial (R's MASS::glm.nb with an offset). Theta is infinite where sites scatter by no more
// than chance, as Poisson's law has it.
type NegativeBinomial struct {
	Rate, Theta float64
}

// FitNegativeBinomial fits by maximum likelihood. ok is false without events or with fewer than two sites.
func FitNegativeBinomial(sites iter.Seq[Counts]) (b NegativeBinomial, ok bool) {
	var all []Counts
	var total Counts
	for c := range sites {
		if c.Den > 0 && c.Num >= 0 {
			all = append(all, c)
			total.Num, total.Den = total.Num+c.Num, total.Den+c.Den
		}
	}
	b = NegativeBinomial{Rate: total.Metric(), Theta: math.Inf(1)}
	if len(all) < 2 || total.Num == 0 {
		return b, false
	}
	at, found := maximise([2]float64{math.Log(b.Rate), 0}, func(x [2]float64) (float64, [2]float64, [2][2]float64) {
		return negativeBinomialLikelihood(all, math.Exp(x[0]), math.Exp(x[1]))
	})
	if theta := math.Exp(at[1]); found && theta < diverged {
		b = NegativeBinomial{Rate: math.Exp(at[0]), Theta: theta}
	}
	return b, true
}

// negativeBinomialLikelihood is the log likelihood without its constant, and its derivatives by log rate and log theta.
func negativeBinomialLikelihood(sites []Counts, rate, theta float64) (value float64, d [2]float64, dd [2][2]float64) {
	var dt, dtt float64
	lt, pt, tt := lgamma(theta), mathext.Digamma(theta), trigamma(theta)
	for _, c := range sites {
		n, m := float64(c.Num), rate*float64(c.Den)
		w := theta + m
		value += lgamma(theta+n) - lt + theta*math.Log(theta/w) + n*math.Log(m/w)
		d[0] += theta * (n - m) / w
		dd[0][0] -= theta * m * (theta + n) / (w * w)
		dd[0][1] += theta * m * (n - m) / (w * w)
		dt += mathext.Digamma(theta+n) - pt + math.Log(theta/w) + 1 - (theta+n)/w
		dtt += trigamma(theta+n) - tt + 1/theta - 2/w + (theta+n)/(w*w)
	}
	d[1] = theta * dt
	dd[1][1] = theta*dt + theta*theta*dtt
	dd[1][0] = dd[0][1]
	return value, d, dd
}

// Expected returns how many events the model expects of a site.
func (b NegativeBinomial) Expected(c Counts) float64 { return b.Rate * float64(c.Den) }

// Tails returns the exact probabilities of a site's count, NaN without a denominator.
func (b NegativeBinomial) Tails(c Counts) Tails {
	m := b.Expected(c)
	if c.Den <= 0 || c.Num < 0 || !(m > 0) {
		return Tails{math.NaN(), math.NaN()}
	}
	n := float64(c.Num)
	if math.IsInf(b.Theta, 1) {
		t := Tails{Low: mathext.GammaIncRegComp(n+1, m), High: 1}
		if n > 0 {
			t.High = mathext.GammaIncReg(n, m)
		}
		return t
	}
	t := Tails{Low: mathext.RegIncBeta(b.Theta, n+1, b.Theta/(b.Theta+m)), High: 1}
	if n > 0 {
		t.High = mathext.RegIncBeta(n, b.Theta, m/(b.Theta+m))
	}
	return t
}

// Shrunk returns the site's rate drawn towards that of all sites, the more the less the site has contributed: the mean of
// what its rate is given its count (empirical Bayes).
func (b NegativeBinomial) Shrunk(c Counts) float64 {
	if math.IsInf(b.Theta, 1) {
		return b.Rate
	}
	return (float64(c.Num) + b.Theta) / (float64(c.Den) + b.Theta/b.Rate)
}

func lgamma(x float64) float64 { l, _ := math.Lgamma(x); return l }

// trigamma is the second derivative of log Γ, which is Hurwitz's zeta function of 2.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// maximise climbs from `at` by Newton's method, each step halved until it climbs; where the function is not concave, it
// follows the slope. found is false when the maximum runs away.
func maximise(at [2]float64, f func([2]float64) (float64, [2]float64, [2][2]float64)) (best [2]float64, found bool) {
	const far = 25 // of a logarithm
	value, d, dd := f(at)
	for range 200 {
		step := newton(d, dd)
		for ; ; step = [2]float64{step[0] / 2, step[1] / 2} {
			next := [2]float64{at[0] + step[0], at[1] + step[1]}
			if math.Abs(step[0])+math.Abs(step[1]) < 1e-12 {
				return at, true
			}
			v, nd, ndd := f(next)
			if v >= value {
				at, value, d, dd = next, v, nd, ndd
				break
			}
		}
		if math.Abs(at[0]) > far || math.Abs(at[1]) > far {
			return at, false
		}
	}
	return at, true
}

func newton(d [2]float64, dd [2][2]float64) [2]float64 {
	det := dd[0][0]*dd[1][1] - dd[0][1]*dd[1][0]
	step := d
	if det > 0 && dd[0][0] < 0 {
		step = [2]float64{(dd[0][1]*d[1] - dd[1][1]*d[0]) / det, (dd[1][0]*d[0] - dd[0][0]*d[1]) / det}
	}
	if size := math.Hypot(step[0], step[1]); size > 2 {
		step = [2]float64{step[0] * 2 / size, step[1] * 2 / size}
	}
	return step
}
