package stat

import (
	"math"
	"slices"
)

// Course is what one subject reported: at index v-1 how many events there were up to and with visit v. It never falls.
type Course []int

// Reporting is the pool that a site's event reporting is compared with: for every visit, how many subjects of the study
// had reported how many events by then (simaerep, openpharma; its bootstrap of patients in the limit of infinitely many
// draws). The zero value is empty. Adding or removing one visit of one subject takes constant time.
type Reporting struct {
	visits []histogram // at v-1
}

// histogram counts subjects by their number of events.
type histogram struct {
	subjects int64
	counts   []int64
}

// Move says that a subject's events up to visit v, which is 1 or more, are now `to` and were `from`. A negative number
// stands for a visit that had not taken place, or that no longer counts.
func (r *Reporting) Move(v, from, to int) {
	for len(r.visits) < v {
		r.visits = append(r.visits, histogram{})
	}
	h := &r.visits[v-1]
	if from >= 0 {
		h.counts[from]--
		h.subjects--
	}
	if to >= 0 {
		if n := to + 1 - len(h.counts); n > 0 {
			h.counts = append(h.counts, make([]int64, n)...)
		}
		h.counts[to]++
		h.subjects++
	}
}

// Add takes a subject into the pool.
func (r *Reporting) Add(c Course) {
	for i, events := range c {
		r.Move(i+1, -1, events)
	}
}

// Remove takes a subject out of the pool that was added as c.
func (r *Reporting) Remove(c Course) {
	for i, events := range c {
		r.Move(i+1, events, -1)
	}
}

// Reported compares the number of events of one site with what the same number of subjects drawn from the pool, each with
// as many visits, would have. All figures are exact.
type Reported struct {
	Subjects, Visits, Events int
	Expected, Variance       float64
	AtMost, AtLeast          float64 // the probability of so many events or fewer; or more
	Fewer, More              float64 // of fewer, and of more, than there are
}

// Score is simaerep's event_prob_no_mult: from -1, certainly too few, to 1, certainly too many.
func (r Reported) Score() float64 {
	if under, over := r.More, r.Fewer; under < over {
		return over
	}
	return -r.More
}

// nothingReported is what ReportedBy returns without subjects.
var nothingReported = Reported{AtMost: 1, AtLeast: 1}

// ReportedBy returns how the subjects of one site compare with the pool, of which they are a part. Each subject is
// replaced by a subject of the study that came at least as far, as it stood at that visit: the number of events is then
// distributed as the convolution of the pool's histograms at the subjects' last visits. A subject without visits counts
// nothing; of a visit that nobody in the pool has, neither.
func (r *Reporting) ReportedBy(site []Course) Reported {
	out := nothingReported
	last := make([]int, 0, len(site))
	most := 0
	for _, c := range site {
		if len(c) == 0 || len(c) > len(r.visits) || r.visits[len(c)-1].subjects == 0 {
			continue
		}
		out.Subjects++
		out.Visits += len(c)
		out.Events += c[len(c)-1]
		last = append(last, len(c))
		most += len(r.visits[len(c)-1].counts) - 1
	}
	if len(last) == 0 {
		return out
	}
	slices.Sort(last) // subjects with equal visits share a histogram
	pmf, spare := make([]float64, 1, most+1), make([]float64, 0, most+1)
	pmf[0] = 1
	for _, v := range last {
		h := r.visits[v-1]
		mean, variance := h.moments()
		out.Expected += mean
		out.Variance += variance
		pmf, spare = h.convolve(pmf, spare), pmf
	}
	out.tails(pmf)
	return out
}

// tails sums the distribution on both sides of what there is.
func (r *Reported) tails(pmf []float64) {
	at := 0.0
	r.Fewer, r.More = 0, 0
	for k, p := range pmf {
		switch {
		case k < r.Events:
			r.Fewer += p
		case k > r.Events:
			r.More += p
		default:
			at = p
		}
	}
	r.AtMost, r.AtLeast = min(1, r.Fewer+at), min(1, r.More+at)
}

func (h histogram) moments() (mean, variance float64) {
	n := float64(h.subjects)
	for k, c := range h.counts {
		mean += float64(k) * float64(c) / n
	}
	for k, c := range h.counts {
		variance += (float64(k) - mean) * (float64(k) - mean) * float64(c) / n
	}
	return mean, variance
}

// convolve returns the distribution of the sum of one draw from h and one from pmf, in the memory of into.
func (h histogram) convolve(pmf, into []float64) []float64 {
	top := len(h.counts)
	for top > 1 && h.counts[top-1] == 0 {
		top--
	}
	sum := into[:len(pmf)+top-1]
	clear(sum)
	for k, c := range h.counts[:top] {
		if c == 0 {
			continue
		}
		weight := float64(c) / float64(h.subjects)
		part := sum[k : k+len(pmf)]
		for i, p := range pmf {
			part[i] += weight * p
		}
	}
	for len(sum) > 1 && sum[len(sum)-1] == 0 { // what no float64 can hold
		sum = sum[:len(sum)-1]
	}
	return sum
}

// ReportingScores are simaerep's event_prob for the sites of one study: the probabilities corrected for the number of
// sites by Benjamini and Hochberg, -(1-p) where too few is the likelier and 1-p where too many is.
func ReportingScores(sites []Reported) []float64 {
	low, high := make([]float64, len(sites)), make([]float64, len(sites))
	for i, s := range sites {
		low[i], high[i] = s.AtMost, s.AtLeast
	}
	low, high = BenjaminiHochberg(low), BenjaminiHochberg(high)
	scores := make([]float64, len(sites))
	for i := range sites {
		under, over := 1-low[i], 1-high[i]
		scores[i] = over
		if under >= over {
			scores[i] = -under
		}
	}
	return scores
}

// Surprise is how far below chance a two-sided probability lies, in powers of ten.
func Surprise(p float64) float64 { return -math.Log10(max(p, math.SmallestNonzeroFloat64)) }
