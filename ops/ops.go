// Package ops is what a running process can tell about itself: metrics, profiles, the last seconds before something was
// slow, and whether it leaks. It refuses to know any domain or to change anything but the level of the log: whoever owns
// a queue or a pool hands in a function that reads it.
package ops

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"casebook"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"
)

// Options of a process's own view.
type Options struct {
	World casebook.World
	Level *slog.LevelVar // of the log, changed while the process runs
	Dir   string         // where dumps are written; "" writes none
	Token string         // opens the administrator's address
}

// Ops is a process's view of itself. Its methods are safe for use by many goroutines; a nil *Ops observes nothing.
type Ops struct {
	o        Options
	begun    time.Time
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	recorder *recorder
	leaks    leakWatch
	quiet    quiet

	mu     sync.Mutex
	gauges []gauge
	slow   []Slow // the newest last
	past   history
	tally  tally
}

// gauge is a figure that somebody else owns.
type gauge struct {
	name, help string
	read       func() float64
}

// New returns the view. It begins when Run does.
func New(o Options) *Ops {
	p := &Ops{o: o, begun: o.World.Now(), registry: prometheus.NewRegistry(), recorder: newRecorder(o.Dir, o.World),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "casebook_http_request_duration_seconds", Help: "From the request's headers to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "status"})}
	p.registry.MustRegister(p.requests, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsGC, collectors.MetricsMemory, collectors.MetricsScheduler)))
	return p
}

// Gauge adds a figure to the metrics and to the doctor's report. name is in Prometheus's form, with its unit last.
func (p *Ops) Gauge(name, help string, read func() float64) {
	if p == nil {
		return
	}
	p.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gauges = append(p.gauges, gauge{name, help, read})
}

// Slow is a request that took longer than its objective.
type Slow struct {
	At        time.Time `json:"at"`
	Route     string    `json:"route"`
	Status    int       `json:"status"`
	Trace     string    `json:"trace"`
	Took      float64   `json:"took"`      // seconds
	Objective float64   `json:"objective"` // seconds
	Dump      string    `json:"dump,omitempty"`
}

// keptSlow is how many slow requests are remembered.
const keptSlow = 20

// Observe notes an answered request. objective is what its class should take at most, 0 for none; when it took longer,
// the last seconds of the scheduler are written down.
func (p *Ops) Observe(route string, status int, trace string, took, objective time.Duration) {
	if p == nil {
		return
	}
	p.requests.WithLabelValues(route, statusText(status)).Observe(took.Seconds())
	p.tally.add(took)
	if objective == 0 || took <= objective {
		return
	}
	s := Slow{At: p.o.World.Now().UTC(), Route: route, Status: status, Trace: trace, Took: took.Seconds(), Objective: objective.Seconds(), Dump: p.recorder.dump("slow")}
	slog.Warn("a request was slower than its objective", "route", route, "trace", trace, "took", took, "objective", objective, "dump", s.Dump)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow = append(p.slow, s); len(p.slow) > keptSlow {
		p.slow = p.slow[1:]
	}
}

var statuses = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// statusText is the class of a status: one series for each route and class, not for each status.
func statusText(status int) string {
	switch c := status / 100; {
	case status == 499, status == 504, status == 503, status == 429: // these tell a story of their own
		return map[int]string{499: "499", 504: "504", 503: "503", 429: "429"}[status]
	case c >= 1 && c <= 5:
		return statuses[c]
	}
	return statuses[0]
}

// Run samples the process once a second and watches for leaks, until ctx ends.
func (p *Ops) Run(ctx context.Context) error {
	if err := p.recorder.start(); err != nil {
		return err
	}
	defer p.recorder.stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.sample(ctx) })
	return g.Wait()
}

func (p *Ops) sample(ctx context.Context) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	wake := func() {}
	defer func() { wake() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-second.C:
			s := p.now()
			p.mu.Lock()
			p.past.add(s)
			p.mu.Unlock()
			switch begins, ends := p.quiet.see(s.Requests); {
			case begins:
				wake = rest()
			case ends:
				wake()
			}
			if why, leaks := p.leaks.see(s.Goroutines, s.Heap, s.Files); leaks {
				slog.Error("something seems to leak", "what", why, "dump", p.recorder.dump("leak"))
			}
		}
	}
}
