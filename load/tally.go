package load

import (
	"bytes"
	"cmp"
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
	moments  moments

	late, retries, replays int64
	out, in                int64 // bytes
	examples               []string
}

// maxExamples bounds what is named, of faults and refusals.
const maxExamples = 10

// outcome is how one request ended.
type outcome struct {
	name    string
	due     time.Duration // when it fell due, counted from the beginning of the run
	sent    time.Duration // when it was last sent
	done    time.Duration // when nothing more was waited for
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

// highest is the longest time that is told from longer ones, in microseconds.
const highest = int64(10 * time.Minute / time.Microsecond)

// newHistogram counts microseconds, to three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, highest, 3) }

func newTally(length time.Duration) *tally {
	return &tally{moments: newMoments(length), latency: newHistogram(), service: newHistogram(), shed: newHistogram(),
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

// unsent counts a request that was due and never sent. It waited until now.
func (t *tally) unsent(due, now time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late++
	record(t.latency, now-due)
	at := t.moments.at(due)
	at.due, at.failed = at.due+1, at.failed+1
	t.moments.waited(due, now-due)
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
	t.moments.at(o.due).due++
	at := t.moments.at(o.done)
	switch s := o.answer.status; {
	case answered && (s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable):
		at.shed++
		record(t.shed, o.done-o.sent)
		return
	case o.failure != "" || s >= 500:
		at.failed++
	case s < 300:
		at.good++
	}
	if answered && o.answer.status >= 400 && len(t.examples) < maxExamples {
		t.examples = append(t.examples, o.refusal())
	}
	record(t.latency, o.done-o.due)
	record(t.service, o.done-o.sent)
	t.moments.waited(o.due, o.done-o.due)
	h := t.steps[o.name]
	if h == nil {
		h = newHistogram()
		t.steps[o.name] = h
	}
	record(h, o.done-o.due)
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
	out := Result{Scenario: r.Scenario, Shape: cmp.Or(r.Shape, Steady), Loop: "open", Seed: r.Seed, Connections: r.Connections, Seconds: r.took.Seconds(),
		Offered: r.schedule.requests() / r.Duration.Seconds(), Statuses: map[string]int64{}, Failures: t.failures, Unsent: t.late, Retries: t.retries,
		Replays: t.replays, BytesOut: t.out, BytesIn: t.in, Refusals: t.examples,
		Latency: timesOf(t.latency), Histogram: encoded(t.latency), Service: timesOf(t.service), Shed: timesOf(t.shed)}
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
	out.Timeline = t.moments.timeline()
	if len(r.legs) > 1 {
		out.Legs = t.moments.legs(r.legs)
	}
	for name, h := range t.steps {
		out.Steps = append(out.Steps, Step{name, timesOf(h)})
	}
	slices.SortFunc(out.Steps, func(a, b Step) int { return int(b.Count - a.Count) })
	return out
}
