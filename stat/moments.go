package stat

import "math"

// Moments are the number of values, their mean and the sum of their squared deviations from it (B. P. Welford,
// Technometrics 4, 1962). A value may be taken back.
type Moments struct {
	N    int64
	Mean float64
	M2   float64
}

// Add takes a value in.
func (m *Moments) Add(x float64) {
	m.N++
	d := x - m.Mean
	m.Mean += d / float64(m.N)
	m.M2 += d * (x - m.Mean)
}

// Remove takes a value back that was added.
func (m *Moments) Remove(x float64) {
	if m.N <= 1 {
		*m = Moments{}
		return
	}
	d := x - m.Mean
	m.N--
	m.Mean -= d / float64(m.N)
	m.M2 = max(0, m.M2-d*(x-m.Mean))
}

// Join returns the moments of the values of both (T. F. Chan, G. H. Golub and R. J. LeVeque, 1979).
func (m Moments) Join(o Moments) Moments {
	if m.N == 0 || o.N == 0 {
		return Moments{m.N + o.N, m.Mean + o.Mean, m.M2 + o.M2}
	}
	n := m.N + o.N
	d := o.Mean - m.Mean
	share := float64(o.N) / float64(n)
	return Moments{n, m.Mean + d*share, m.M2 + o.M2 + d*d*float64(m.N)*share}
}

// Variance is the unbiased one, NaN of fewer than two values.
func (m Moments) Variance() float64 {
	if m.N < 2 {
		return math.NaN()
	}
	return m.M2 / float64(m.N-1)
}

// SD is the root of Variance.
func (m Moments) SD() float64 { return math.Sqrt(m.Variance()) }

// MomentsOf returns the moments of values.
func MomentsOf(values []float64) (m Moments) {
	for _, x := range values {
		m.Add(x)
	}
	return m
}

// MeanShift is how far the mean of a group lies from that of the rest, in standard errors of the difference when both
// scatter as the rest does. It is NaN when either is too small to tell, and 0 when the rest does not scatter and both
// means are the same.
func MeanShift(group, rest Moments) float64 {
	if group.N < 1 || rest.N < 2 {
		return math.NaN()
	}
	d := group.Mean - rest.Mean
	if d == 0 {
		return 0
	}
	return d / (rest.SD() * math.Sqrt(1/float64(group.N)+1/float64(rest.N)))
}

// Levene tests whether groups of values scatter alike, by the mean absolute deviations from their medians (M. B. Brown
// and A. B. Forsythe, J. Am. Stat. Assoc. 69, 1974). It is NaN with fewer than two groups of at least two values.
func Levene(groups [][]float64) (f, p float64) {
	var parts []Moments
	var all Moments
	for _, g := range groups {
		if len(g) < 2 {
			continue
		}
		centre := median(g)
		var m Moments
		for _, x := range g {
			m.Add(math.Abs(x - centre))
		}
		parts = append(parts, m)
		all = all.Join(m)
	}
	if len(parts) < 2 || all.N <= int64(len(parts)) {
		return math.NaN(), math.NaN()
	}
	within := 0.0
	for _, m := range parts {
		within += m.M2
	}
	k, n := float64(len(parts)-1), float64(all.N-int64(len(parts)))
	f = (max(0, all.M2-within) / k) / (within / n)
	return f, aboveF(f, k, n)
}
