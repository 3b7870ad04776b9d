package stat

import (
	"math"
	"slices"
)

// KolmogorovSmirnov compares two samples by the largest distance D between their distribution functions; p is that of
// Kolmogorov's limit, two-sided (R's ks.test with exact = FALSE, whose series stops at 1e-6). It is NaN where one is
// empty.
func KolmogorovSmirnov(a, b []float64) (d, p float64) {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN(), math.NaN()
	}
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	i, j := 0, 0
	for i < len(x) && j < len(y) {
		v := min(x[i], y[j])
		for i < len(x) && x[i] <= v {
			i++
		}
		for j < len(y) && y[j] <= v {
			j++
		}
		d = max(d, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	n, m := float64(len(x)), float64(len(y))
	return d, aboveKolmogorov(d * math.Sqrt(n*m/(n+m)))
}

// aboveKolmogorov is P(K >= x) of Kolmogorov's distribution, by the series that is quicker on each side of 1.
func aboveKolmogorov(x float64) float64 {
	const tolerance = 1e-6
	if x <= 0 {
		return 1
	}
	if x < 1 {
		sum, z := 0.0, -math.Pi*math.Pi/(8*x*x)
		for k := 1; k < int(math.Sqrt(2-math.Log(tolerance))); k += 2 {
			sum += math.Exp(float64(k*k)*z - math.Log(x))
		}
		return 1 - sum*math.Sqrt(2*math.Pi)
	}
	sum, old, z, s := 2*math.Exp(-2*x*x), 0.0, -2*x*x, -1.0
	for k := 2.0; math.Abs(old-sum) > tolerance; k++ {
		old = sum
		sum += 2 * s * math.Exp(z*k*k)
		s = -s
	}
	return sum
}

// RankSum compares two samples by the ranks of their values: w is the number of pairs in which the value of a is the
// larger one, ties counting half, and p is two-sided, by the normal approximation with the correction for ties and for
// continuity (F. Wilcoxon, 1945; H. B. Mann and D. R. Whitney, 1947; R's wilcox.test with exact = FALSE).
func RankSum(a, b []float64) (w, p float64) {
	n, m := float64(len(a)), float64(len(b))
	if n == 0 || m == 0 {
		return math.NaN(), math.NaN()
	}
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	ties := 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	for _, x := range a {
		lo, _ := slices.BinarySearch(all, x)
		hi, _ := slices.BinarySearch(all, math.Nextafter(x, math.Inf(1)))
		w += float64(lo+hi+1) / 2
	}
	w -= n * (n + 1) / 2
	z := w - n*m/2
	sd := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	if sd == 0 {
		return w, math.NaN()
	}
	return w, twoSided((z - math.Copysign(0.5, z)*math.Abs(float64(sign(z)))) / sd)
}

// median of values, which are not changed.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
