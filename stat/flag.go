package stat

import "math"

// Cuts turn a score into a flag. Flags has one more member than Thresholds, which rise: a score below Thresholds[0] has
// Flags[0], a score from Thresholds[0] on and below Thresholds[1] has Flags[1], and so on (gsm.core Flag: R's cut with
// right = FALSE). A flag is -2 or -1 when a score is too low, 0, 1 or 2 when it is too high.
type Cuts struct {
	Thresholds []float64
	Flags      []int
}

// Flag returns the flag of score. There is none for NaN and, as in R, for +Inf.
func (c Cuts) Flag(score float64) (flag int, ok bool) {
	if math.IsNaN(score) || math.IsInf(score, 1) {
		return 0, false
	}
	i := 0
	for i < len(c.Thresholds) && score >= c.Thresholds[i] {
		i++
	}
	if i >= len(c.Flags) {
		return 0, false
	}
	return c.Flags[i], true
}

// Assessable reports whether a score that can never pass ±limit (see Funnel.Limit) could have a flag other than 0. A
// site for which it could not is not green, it is not assessable.
func (c Cuts) Assessable(limit float64) bool {
	if math.IsInf(limit, 1) {
		return true
	}
	low, _ := c.Flag(-limit)
	high, _ := c.Flag(limit)
	return low != 0 || high != 0
}

// Accrual is how much a site must have contributed before it is flagged (gsm.core AccrualThreshold, AccrualMetric). A
// site below it still counts in the mean and in the factor.
type Accrual struct {
	Of  AccrualMetric
	Min int64
}

// AccrualMetric is what Accrual looks at.
type AccrualMetric uint8

// The accrual metrics of gsm.core. OfDifference is denominator minus numerator.
const (
	OfDenominator AccrualMetric = iota
	OfNumerator
	OfDifference
)

// Reached reports whether the site has contributed enough.
func (a Accrual) Reached(c Counts) bool {
	switch a.Of {
	case OfNumerator:
		return c.Num >= a.Min
	case OfDifference:
		return c.Den-c.Num >= a.Min
	default:
		return c.Den >= a.Min
	}
}

// Weighted is the flags of one indicator by site, and the weight of each flag. A site without a flag is absent.
type Weighted[S comparable] struct {
	Weights map[int]int
	Flags   map[S]int
}

// Risk is a site risk score: the weights of its flags out of the weights it could have had.
type Risk struct {
	Points, Max int
}

// Percent returns the score on the scale from 0 to 100, or NaN when no indicator has a flag.
func (r Risk) Percent() float64 { return float64(r.Points) / float64(r.Max) * 100 }

// Risks returns the risk score of every site that has a flag (gsm.kri srs0001). An indicator in which no site has a
// flag enters neither sum; a site's missing flag adds nothing to its points.
func Risks[S comparable](indicators []Weighted[S]) map[S]Risk {
	most := 0
	risks := map[S]Risk{}
	for _, in := range indicators {
		if len(in.Flags) > 0 {
			most += heaviest(in.Weights)
		}
		for site, flag := range in.Flags {
			r := risks[site]
			r.Points += in.Weights[flag]
			risks[site] = r
		}
	}
	for site, r := range risks {
		r.Max = most
		risks[site] = r
	}
	return risks
}

func heaviest(weights map[int]int) int {
	most := 0
	for _, w := range weights {
		most = max(most, w)
	}
	return most
}

// Tolerance is a quality tolerance limit of a whole study: the proportion that was expected, and how many standard
// errors above it are too many (gsm.qtl; defaults there: 0.03 ineligible, 0.07 discontinued, both with 3).
type Tolerance struct {
	Expected float64
	Errors   float64
}

// Assess returns the z-score of the study's proportion against the expected one and its flag: 2 at or above the limit,
// 1 at or above what was expected, else 0. Without a denominator there is no flag.
func (t Tolerance) Assess(c Counts) (z float64, flag int, ok bool) {
	if c.Den <= 0 {
		return math.NaN(), 0, false
	}
	se := math.Sqrt(t.Expected * (1 - t.Expected) / float64(c.Den))
	metric := c.Metric()
	switch {
	case metric >= t.Expected+t.Errors*se:
		flag = 2
	case metric >= t.Expected:
		flag = 1
	}
	return (metric - t.Expected) / se, flag, true
}
