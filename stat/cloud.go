package stat

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Cloud is a set of subjects' measurements of k variables: their mean and covariance, kept by sums, so that a subject may
// be added and taken back. It finds who lies too far from the middle, and who lies too near to it: invented patients sit
// closer to the average than real ones do.
type Cloud struct {
	n     float64
	mean  []float64
	cross *mat.SymDense // sums of products of deviations
	d     *mat.VecDense // room for one subject's deviations
}

// NewCloud returns an empty cloud of k variables.
func NewCloud(k int) *Cloud {
	return &Cloud{mean: make([]float64, k), cross: mat.NewSymDense(k, nil), d: mat.NewVecDense(k, nil)}
}

// Add takes a subject in; sign is 1, or -1 to take it back. A vector with what is no number is left out.
func (c *Cloud) Add(x []float64, sign int) {
	if len(x) != len(c.mean) {
		return
	}
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
	}
	before := c.n
	c.n += float64(sign)
	if c.n <= 0 {
		*c = *NewCloud(len(c.mean))
		return
	}
	for i, v := range x {
		d := v - c.mean[i]
		c.d.SetVec(i, d)
		c.mean[i] += float64(sign) * d / c.n
	}
	c.cross.SymRankOne(c.cross, float64(sign)*before/c.n, c.d)
}

// Lens measures distances in a cloud as it stood. It is not for use by two goroutines.
type Lens struct {
	mean      []float64
	chol      mat.Cholesky
	d, solved mat.VecDense // room for one subject
}

// Lens returns the lens of the cloud. The covariance is shrunk towards its diagonal by the share `shrink`, from 0 to 1,
// which keeps it usable when there are few subjects. ok is false where it is singular all the same.
func (c *Cloud) Lens(shrink float64) (l *Lens, ok bool) {
	k := len(c.mean)
	if c.n < 2 {
		return nil, false
	}
	s := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			v := c.cross.At(i, j) / (c.n - 1)
			if i != j {
				v *= 1 - shrink
			}
			s.SetSym(i, j, v)
		}
	}
	l = &Lens{mean: append([]float64(nil), c.mean...), d: *mat.NewVecDense(k, nil)}
	return l, l.chol.Factorize(s)
}

// Distance is the squared Mahalanobis distance of x from the middle, and how rare it is among normal measurements: to be
// as far, and to be as near (P. C. Mahalanobis, 1936; inliers as a sign of
// invention: M. Buyse et al., The role of biostatistics in the prevention, detection and treatment of fraud, Stat. Med.
// 18, 1999).
func (l *Lens) Distance(x []float64) (d2, outlier, inlier float64) {
	for i, v := range x {
		l.d.SetVec(i, v-l.mean[i])
	}
	if err := l.chol.SolveVecTo(&l.solved, &l.d); err != nil {
		return math.NaN(), math.NaN(), math.NaN()
	}
	d2 = mat.Dot(&l.d, &l.solved)
	return d2, aboveChiSquare(d2, len(x)), belowChiSquare(d2, len(x))
}
