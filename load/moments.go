package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Moment is a short part of a run. Its rates are a second; its times, in milliseconds, are of the requests that fell due in it,
// however late they were answered.
type Moment struct {
	At      float64 `json:"at"`      // its middle, in seconds from the beginning
	Offered float64 `json:"offered"` // fell due
	Good    float64 `json:"good"`    // were answered with a status below 300
	Shed    float64 `json:"shed"`    // were refused as busy
	Failed  float64 `json:"failed"`  // ended without an answer, or with one that is a fault of the server
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`
}

// Leg is a part of a run over which the rate kept its course.
type Leg struct {
	From    float64 `json:"from"` // seconds from the beginning
	To      float64 `json:"to"`
	Offered float64 `json:"offered"` // a second, as are the next three
	Good    float64 `json:"good"`
	Shed    float64 `json:"shed"`
	Failed  float64 `json:"failed"`
	Latency Times   `json:"latency"` // to two digits
}

// moments counts a run in parts of one length. It is written to under the tally's lock.
type moments struct {
	width time.Duration
	all   []moment // the last is what came after the end, and is not told
}

type moment struct {
	due, good, shed, failed int64
	latency                 *hdrhistogram.Histogram // nil before the first
}

// mostMoments is how many points the picture of a run has. A leg of every shape is a whole number of them.
const mostMoments = 120

func newMoments(length time.Duration) moments {
	width := max(length/mostMoments, 1)
	return moments{width, make([]moment, mostMoments+1)}
}

// at is the moment that holds d.
func (m moments) at(d time.Duration) *moment {
	return &m.all[min(max(int(d/m.width), 0), len(m.all)-1)]
}

// waited notes how long a request that fell due at due was waited for.
func (m moments) waited(due, waited time.Duration) {
	at := m.at(due)
	if at.latency == nil {
		at.latency = hdrhistogram.New(1, highest, 2)
	}
	record(at.latency, waited)
}

// timeline is what was counted, as far as anything was.
func (m moments) timeline() (all []Moment) {
	each := m.width.Seconds()
	for i, n := range m.all[:mostMoments] {
		one := Moment{At: (float64(i) + 0.5) * each, Offered: float64(n.due) / each, Good: float64(n.good) / each, Shed: float64(n.shed) / each, Failed: float64(n.failed) / each}
		if n.latency != nil {
			t := timesOf(n.latency)
			one.P50, one.P99, one.Max = t.P50, t.P99, t.Max
		}
		all = append(all, one)
	}
	return all
}

// legs is what was counted over each leg of a shape.
func (m moments) legs(of []leg) (all []Leg) {
	from, begun := 0, 0.0
	for _, l := range of {
		begun += l.share
		to := int(begun*mostMoments + 0.5)
		var sum moment
		sum.latency = hdrhistogram.New(1, highest, 2)
		for _, n := range m.all[from:to] {
			sum.due, sum.good, sum.shed, sum.failed = sum.due+n.due, sum.good+n.good, sum.shed+n.shed, sum.failed+n.failed
			if n.latency != nil {
				sum.latency.Merge(n.latency)
			}
		}
		s := float64(to-from) * m.width.Seconds()
		all = append(all, Leg{From: float64(from) * m.width.Seconds(), To: float64(to) * m.width.Seconds(), Offered: float64(sum.due) / s, Good: float64(sum.good) / s,
			Shed: float64(sum.shed) / s, Failed: float64(sum.failed) / s, Latency: timesOf(sum.latency)})
		from = to
	}
	return all
}
