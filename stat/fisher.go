package stat

import "math"

// Fisher compares the proportion of a site with that of all the others by Fisher's exact test, two-sided, as R's
// fisher.test does: p sums the probabilities of all tables that are no likelier than the one seen, and odds is the
// conditional maximum likelihood estimate of the odds ratio (R. A. Fisher, The logic of inductive inference, 1935). Its
// time grows with the smaller margin. Counts that are no proportion give NaN.
//
// p has no direction; compare the two metrics for it. R finds odds only to about 1e-2, so compare with R to that.
func Fisher(site, rest Counts) (p, odds float64) {
	table, ok := tableOf(site, rest)
	if !ok {
		return math.NaN(), math.NaN()
	}
	return table.p(site.Num), table.odds(site.Num)
}

// FisherP is the p of Fisher alone: the odds ratio costs many times as much.
func FisherP(site, rest Counts) float64 {
	table, ok := tableOf(site, rest)
	if !ok {
		return math.NaN()
	}
	return table.p(site.Num)
}

func tableOf(site, rest Counts) (table conditional, ok bool) {
	if site.Num < 0 || rest.Num < 0 || site.Den < site.Num || rest.Den < rest.Num {
		return conditional{}, false
	}
	cases, others := site.Num+rest.Num, site.Den-site.Num+rest.Den-rest.Num
	table.least = max(0, site.Den-others)
	for x := table.least; x <= min(site.Den, cases); x++ {
		table.logs = append(table.logs, logHypergeometric(x, cases, others, site.Den))
	}
	return table, true
}

// conditional is the distribution of the site's cases given the margins, when the odds ratio is 1.
type conditional struct {
	least int64
	logs  []float64
}

// p sums the probabilities of what is no likelier than x.
func (c conditional) p(x int64) (p float64) {
	probable := c.at(0)
	for _, q := range probable {
		if q <= probable[x-c.least]*(1+1e-7) {
			p += q
		}
	}
	return min(p, 1)
}

// at returns the probabilities when the log odds ratio is t (Fisher's non-central hypergeometric distribution).
func (c conditional) at(t float64) []float64 {
	p := make([]float64, len(c.logs))
	top := math.Inf(-1)
	for i, l := range c.logs {
		p[i] = l + t*float64(c.least+int64(i))
		top = max(top, p[i])
	}
	sum := 0.0
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// odds returns the odds ratio under which x is what one expects, by bisection of its logarithm.
func (c conditional) odds(x int64) float64 {
	if len(c.logs) == 1 {
		return math.NaN()
	}
	switch x {
	case c.least:
		return 0
	case c.least + int64(len(c.logs)) - 1:
		return math.Inf(1)
	}
	lo, hi := -60.0, 60.0
	for hi-lo > 1e-12 {
		mid := (lo + hi) / 2
		mean := 0.0
		for i, p := range c.at(mid) {
			mean += p * float64(c.least+int64(i))
		}
		if mean < float64(x) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2)
}

// logHypergeometric returns the log probability of x cases among n drawn from an urn of cases and others, through three
// binomials, which keeps full accuracy where log gamma loses it (C. Loader, Fast and accurate computation of binomial
// probabilities, 2000; R's dhyper).
func logHypergeometric(x, cases, others, n int64) float64 {
	if n == 0 {
		return 0
	}
	p := float64(n) / float64(cases+others)
	return logBinomial(x, cases, p) + logBinomial(n-x, others, p) - logBinomial(n, cases+others, p)
}

func logBinomial(x, n int64, p float64) float64 {
	q := 1 - p
	switch {
	case n == 0:
		return 0
	case x == 0:
		return endBinomial(float64(n), q, p)
	case x == n:
		return endBinomial(float64(n), p, q)
	}
	a, b := float64(x), float64(n)
	return stirlingError(b) - stirlingError(a) - stirlingError(b-a) - deviance(a, b*p) - deviance(b-a, b*q) -
		0.5*(math.Log(2*math.Pi)+math.Log(a)+math.Log1p(-a/b))
}

// endBinomial is the log probability that all n trials go the way that has probability p; q is 1-p.
func endBinomial(n, p, q float64) float64 {
	if q < 0.1 {
		return -deviance(n, n*p) - n*q
	}
	return n * math.Log(p)
}

// stirlingError is log n! minus Stirling's approximation of it.
func stirlingError(n float64) float64 {
	if n < 16 {
		l, _ := math.Lgamma(n + 1)
		return l - (n+0.5)*math.Log(n) + n - 0.5*math.Log(2*math.Pi)
	}
	s := n * n
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-1.0/1188/s)/s)/s)/s) / n
}

// deviance is x log(x/np) + np - x, without cancellation where x is near np (Loader's bd0).
func deviance(x, np float64) float64 {
	if math.Abs(x-np) >= 0.1*(x+np) {
		return x*math.Log(x/np) + np - x
	}
	v := (x - np) / (x + np)
	sum := (x - np) * v
	term := 2 * x * v
	for j := 1.0; ; j++ {
		term *= v * v
		next := sum + term/(2*j+1)
		if next == sum {
			return sum
		}
		sum = next
	}
}
