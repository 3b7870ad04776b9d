package load

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/go-json-experiment/json"
)

// tally counts what happened. One lock is enough: it is held for a few hundred nanoseconds a request.
type tally struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram // from when it was due, all but shed requests
	service  *hdrhistogram.Histogram // from when it was last sent
	shed     *hdrhistogram.Histogram // 429 and 503, from when it was last sent: how quickly the server says no
	steps    map[string]*hdrhistogram.Histogram
	statuses map[int]int64
	failures map[string]int64

	late, retries, replays int64
	out, in                int64 // bytes
	examples               []string
}

// maxExamples bounds what is named, of faults and refusals.
const maxExamples = 10

// outcome is how one request ended.
type outcome struct {
	name    string
	waited  time.Duration // since it was due
	served  time.Duration // since it was last sent
	answer  *answer
	request []byte
	failure string // "" when the answer is what was promised
}

// refusal is what was asked and how it was refused.
func (o *outcome) refusal() string {
	var problem struct {
		Code  string `json:"code"`
		Place string `json:"place"`
	}
	_ = json.Unmarshal(o.answer.body, &problem) // an answer of another kind has no code
	line, _, _ := bytes.Cut(o.request, []byte(" HTTP/1.1"))
	return strings.TrimRight(fmt.Sprintf("%s: %d %s %s", line, o.answer.status, problem.Code, problem.Place), " ")
}

// newHistogram counts microseconds up to ten minutes, to three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(10*time.Minute/time.Microsecond), 3)
}

func newTally() *tally {
	return &tally{latency: newHistogram(), service: newHistogram(), shed: newHistogram(),
		steps: map[string]*hdrhistogram.Histogram{}, statuses: map[int]int64{}, failures: map[string]int64{}}
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), h.HighestTrackableValue())) // in range, so there is no error
}

func (t *tally) retry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retries++
}

// unsent counts a request that was due and never sent. It waited as long as it was waited for.
func (t *tally) unsent(waited time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late++
	record(t.latency, waited)
}

func (t *tally) add(o *outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out += int64(len(o.request))
	t.in += o.answer.size
	answered := o.failure == "" || o.failure == "wrong"
	if answered {
		t.statuses[o.answer.status]++
	}
	if o.failure != "" {
		t.failures[o.failure]++
	}
	if o.answer.replay && answered {
		t.replays++
	}
	if s := o.answer.status; answered && (s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable) {
		record(t.shed, o.served)
		return
	}
	if answered && o.answer.status >= 400 && len(t.examples) < maxExamples {
		t.examples = append(t.examples, o.refusal())
	}
	record(t.latency, o.waited)
	record(t.service, o.served)
	h := t.steps[o.name]
	if h == nil {
		h = newHistogram()
		t.steps[o.name] = h
	}
	record(h, o.waited)
}

// Times are how long requests took, in milliseconds.
type Times struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

func timesOf(h *hdrhistogram.Histogram) Times {
	ms := func(us int64) float64 { return float64(us) / 1000 }
	at := func(p float64) float64 { return ms(h.ValueAtPercentile(p)) }
	return Times{h.TotalCount(), at(50), at(90), at(99), at(99.9), ms(h.Max())}
}

func (r *runner) result() Result {
	t := r.tally
	out := Result{Scenario: r.Scenario, Loop: "open", Seed: r.Seed, Connections: r.Connections, Seconds: r.took.Seconds(),
		Offered: r.Rate, Statuses: map[string]int64{}, Failures: t.failures, Unsent: t.late, Retries: t.retries,
		Replays: t.replays, BytesOut: t.out, BytesIn: t.in, Refusals: t.examples,
		Latency: timesOf(t.latency), Service: timesOf(t.service), Shed: timesOf(t.shed)}
	if r.Rate == 0 {
		out.Loop = "closed"
	}
	var good int64
	for status, n := range t.statuses {
		out.Statuses[strconv.Itoa(status)] = n
		out.Answers += n
		if status < 300 {
			good += n
		}
	}
	if s := max(r.took, time.Nanosecond).Seconds(); s > 0 {
		out.Achieved, out.Good = float64(out.Answers)/s, float64(good)/s
	}
	for name, h := range t.steps {
		out.Steps = append(out.Steps, Step{name, timesOf(h)})
	}
	slices.SortFunc(out.Steps, func(a, b Step) int { return int(b.Count - a.Count) })
	return out
}
