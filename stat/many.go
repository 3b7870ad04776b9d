package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// What many tests at once, and several tests of one site, say together.

// BenjaminiHochberg returns the adjusted p-values in the order of p: rejecting those up to q keeps the expected share of
// false rejections at q, for independent or positively dependent tests (Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B
// 57, 1995; R's p.adjust "BH"). NaN stays NaN and is not counted as a test.
func BenjaminiHochberg(p []float64) []float64 { return stepUp(p, func(int) float64 { return 1 }) }

// BenjaminiYekutieli does the same under any dependence, at the price of the harmonic sum (Ann. Stat. 29, 2001; R's
// p.adjust "BY").
func BenjaminiYekutieli(p []float64) []float64 {
	return stepUp(p, func(n int) float64 {
		sum := 0.0
		for i := range n {
			sum += 1 / float64(i+1)
		}
		return sum
	})
}

func stepUp(p []float64, penalty func(tests int) float64) []float64 {
	var order []int
	adjusted := slices.Clone(p)
	for i, x := range p {
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return sign(p[b] - p[a]) })
	n, least := len(order), 1.0
	factor := penalty(n)
	for done, i := range order {
		least = min(least, p[i]*factor*float64(n)/float64(n-done))
		adjusted[i] = least
	}
	return adjusted
}

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// EBenjaminiHochberg returns which of the e-values to reject so that the expected share of false rejections is at most
// alpha, however they depend on each other and whenever one looks: the k largest, for the largest k whose k-th largest
// is at least m/(k·alpha) (R. Wang and A. Ramdas, False discovery rate control with e-values, J. R. Stat. Soc. B 84,
// 2022).
func EBenjaminiHochberg(e []float64, alpha float64) []bool {
	order := make([]int, len(e))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sign(e[b] - e[a]) })
	reject := make([]bool, len(e))
	for k := len(e); k > 0; k-- {
		if e[order[k-1]] >= float64(len(e))/(float64(k)*alpha) {
			for _, i := range order[:k] {
				reject[i] = true
			}
			break
		}
	}
	return reject
}

// Cauchy combines p-values that may depend on each other into one (ACAT: Y. Liu and J. Xie, J. Am. Stat. Assoc. 115,
// 2020), with equal weights. It is NaN without any; NaN among them is left out.
func Cauchy(p []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range p {
		if math.IsNaN(x) {
			continue
		}
		n++
		switch x = min(max(x, math.SmallestNonzeroFloat64), 1-1e-16); {
		case x < 1e-15: // tan would overflow its precision
			sum += 1 / (x * math.Pi)
		default:
			sum += math.Tan((0.5 - x) * math.Pi)
		}
	}
	if n == 0 {
		return math.NaN()
	}
	t := sum / float64(n)
	if t > 1e15 {
		return 1 / (t * math.Pi)
	}
	return 0.5 - math.Atan(t)/math.Pi
}

// FisherCombined combines independent p-values: -2Σ log p has the distribution χ² with two degrees of freedom for each
// (R. A. Fisher, Statistical Methods for Research Workers, 1932). It is NaN without any.
func FisherCombined(p []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range p {
		if !math.IsNaN(x) {
			sum -= 2 * math.Log(max(x, math.SmallestNonzeroFloat64))
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return aboveChiSquare(sum, 2*n)
}

// aboveChiSquare is P(χ² >= x) with df degrees of freedom.
func aboveChiSquare(x float64, df int) float64 {
	if df < 1 || math.IsNaN(x) {
		return math.NaN()
	}
	return mathext.GammaIncRegComp(float64(df)/2, max(0, x)/2)
}

// belowChiSquare is P(χ² <= x).
func belowChiSquare(x float64, df int) float64 {
	if df < 1 || math.IsNaN(x) {
		return math.NaN()
	}
	return mathext.GammaIncReg(float64(df)/2, max(0, x)/2)
}

// twoSided is the probability that a standard normal deviate is at least as far from 0 as z.
func twoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// aboveF is P(F >= x) with d1 and d2 degrees of freedom.
func aboveF(x, d1, d2 float64) float64 { return distuv.F{D1: d1, D2: d2}.Survival(x) }
