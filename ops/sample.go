package ops

import (
	"math"
	"os"
	"runtime/metrics"
	"slices"
	"sync"
	"time"
)

// Sample is the process at one second.
type Sample struct {
	At         time.Time `json:"at"`
	Goroutines float64   `json:"goroutines"`
	Heap       float64   `json:"heap"`      // bytes that lived through the last collection
	Memory     float64   `json:"memory"`    // bytes that the runtime holds
	Files      float64   `json:"files"`     // open descriptors; 0 where that is not known
	Requests   float64   `json:"requests"`  // answered in this second
	P99        float64   `json:"p99"`       // seconds, of this second's requests
	Scheduler  float64   `json:"scheduler"` // seconds: the 99th percentile of waiting for a processor since the start
	Pause      float64   `json:"pause"`     // seconds: the 99th percentile of the collector's pauses since the start
	Collected  float64   `json:"collections"`
}

// history is the last ten minutes.
type history struct {
	samples []Sample
}

const keptSamples = 600

func (h *history) add(s Sample) {
	if len(h.samples) == keptSamples {
		copy(h.samples, h.samples[1:])
		h.samples = h.samples[:keptSamples-1]
	}
	h.samples = append(h.samples, s)
}

// tally counts the requests of the running second.
type tally struct {
	mu   sync.Mutex
	took []time.Duration
	n    int
}

// keptTook bounds a second's durations; beyond it every further one takes the place of an older one.
const keptTook = 4096

func (t *tally) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.took) < keptTook {
		t.took = append(t.took, d)
	} else {
		t.took[t.n%keptTook] = d
	}
	t.n++
}

// take returns how many there were and their 99th percentile, and begins anew.
func (t *tally) take() (n int, p99 time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n = t.n
	if len(t.took) > 0 {
		slices.Sort(t.took)
		p99 = t.took[(len(t.took)*99-1)/100]
	}
	t.took, t.n = t.took[:0], 0
	return n, p99
}

var runtimeMetrics = []string{"/sched/goroutines:goroutines", "/gc/heap/live:bytes", "/memory/classes/total:bytes",
	"/memory/classes/heap/released:bytes", "/sched/latencies:seconds", "/sched/pauses/total/gc:seconds", "/gc/cycles/total:gc-cycles"}

// now measures the process.
func (p *Ops) now() Sample {
	read := make([]metrics.Sample, len(runtimeMetrics))
	for i, name := range runtimeMetrics {
		read[i].Name = name
	}
	metrics.Read(read)
	n, p99 := p.tally.take()
	return Sample{At: p.o.World.Now().UTC(), Goroutines: number(read[0]), Heap: number(read[1]), Memory: number(read[2]) - number(read[3]),
		Scheduler: quantile(read[4], .99), Pause: quantile(read[5], .99), Collected: number(read[6]),
		Files: files(), Requests: float64(n), P99: p99.Seconds()}
}

func number(s metrics.Sample) float64 {
	if s.Value.Kind() == metrics.KindUint64 {
		return float64(s.Value.Uint64())
	}
	return 0
}

// quantile reads a quantile out of a runtime's histogram: the upper bound of the bucket that it falls into.
func quantile(s metrics.Sample, q float64) float64 {
	if s.Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	h := s.Value.Float64Histogram()
	var all uint64
	for _, c := range h.Counts {
		all += c
	}
	var seen uint64
	for i, c := range h.Counts {
		if seen += c; all > 0 && float64(seen) >= q*float64(all) {
			if bound := h.Buckets[i+1]; !math.IsInf(bound, 1) {
				return bound
			}
			return h.Buckets[i]
		}
	}
	return 0
}

// files counts the open descriptors, where the system tells.
func files() float64 {
	d, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return 0
	}
	return float64(len(names) - 1) // this look has one of its own
}

func byTime(files []string) {
	slices.SortFunc(files, func(a, b string) int { return modified(a).Compare(modified(b)) })
}

func modified(name string) time.Time {
	s, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return s.ModTime()
}
