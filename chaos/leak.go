package chaos

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How a leak is looked for.
const (
	leakRequests  = 6000 // of the quick set
	leakVisitors  = 32
	moreRoutines  = 5
	moreFiles     = 3
	moreHeap      = 2 << 20 // bytes
	settlingTime  = 30 * time.Second
	settlingPause = 100 * time.Millisecond
)

// leak sends requests, of which a third leave before the end of their body or of their answer, and then looks at what the
// process still holds.
func leak(ctx context.Context, t Target, b Bounds) (m Measure, err error) {
	n := b.Size
	if n == 0 {
		n = leakRequests
	}
	if err := t.pester(ctx, b, n/4); err != nil { // so that pools and caches are filled
		return m, err
	}
	before, err := t.settled(ctx, b, nil)
	if err != nil {
		return m, err
	}
	if err := t.pester(ctx, b, n); err != nil {
		return m, err
	}
	after, err := t.settled(ctx, b, before)
	if err != nil {
		return m, err
	}
	grown := func(name string) float64 { return after[name] - before[name] }
	m.N = int64(n)
	m.Figures = map[string]float64{"goroutines": grown("goroutines"), "open_fds": grown("open_fds"), "heap_bytes": grown("heap_bytes"), "resident_bytes": grown("resident_bytes")}
	m.Value = fmt.Sprintf("goroutines %+.0f, descriptors %+.0f, heap %+.1f MiB", grown("goroutines"), grown("open_fds"), grown("heap_bytes")/(1<<20))
	m.Pass = fits(before, after)
	if leaked, told := after["leaked_goroutines"]; told { // a program that was built to find them
		m.Figures["leaked_goroutines"] = leaked
		m.Value += fmt.Sprintf("; %.0f goroutines wait for what nobody can reach", leaked)
		m.Pass = m.Pass && leaked == 0
	}
	if !m.Pass {
		m.Findings = append(m.Findings, "more is held than before: "+m.Value)
	}
	return m, nil
}

func fits(before, after map[string]float64) bool {
	return after["goroutines"] <= before["goroutines"]+moreRoutines && after["open_fds"] <= before["open_fds"]+moreFiles && after["heap_bytes"] <= before["heap_bytes"]+moreHeap
}

// settled reads the figures until they fit what they were before, or time is up.
func (t *Target) settled(ctx context.Context, b Bounds, before map[string]float64) (now map[string]float64, err error) {
	bound, cancel := context.WithTimeout(ctx, cmp.Or(b.Settle, settlingTime))
	defer cancel()
	tick := time.NewTicker(settlingPause)
	defer tick.Stop()
	last := map[string]float64{}
	for {
		if now, err = t.Figures(ctx); err != nil {
			return nil, err
		}
		if before != nil && fits(before, now) || before == nil && now["goroutines"] == last["goroutines"] {
			return now, nil
		}
		last = now
		select {
		case <-tick.C:
		case <-bound.Done():
			return now, ctx.Err()
		}
	}
}

// pester sends n requests from many visitors.
func (t *Target) pester(ctx context.Context, b Bounds, n int) error {
	client := visitors(leakVisitors)
	defer client.CloseIdleConnections()
	var under sync.WaitGroup
	for v := range leakVisitors {
		chance := rand.New(rand.NewPCG(b.Seed, uint64(v)))
		under.Go(func() {
			for range n / leakVisitors {
				t.visit(ctx, client, b, chance)
			}
		})
	}
	under.Wait()
	return ctx.Err()
}

// visit is one request. One in six leaves in the midst of its body, one in six before the answer.
func (t *Target) visit(ctx context.Context, client *http.Client, b Bounds, chance *rand.Rand) {
	switch kind := chance.IntN(6); {
	case kind == 0:
		c, err := t.dial(ctx)
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = fmt.Fprintf(c, "POST /report HTTP/1.1\r\nHost: leaver\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{\"patientId\":\"", t.Token)
		_, _ = io.CopyN(io.Discard, c, 0) // it is written, and that is all
	case kind == 1:
		bound, cancel := context.WithTimeout(ctx, time.Duration(chance.IntN(3000))*time.Microsecond)
		defer cancel()
		_, _ = t.ask(bound, client, b.World, "GET", "/api/v1/studies/"+t.Study+"/matrix", "")
	default:
		path := slices.Concat([]string{"/api/v1/session", "/readyz"}, []string{t.Form})[chance.IntN(3)]
		_, _ = t.ask(ctx, client, b.World, "GET", path, "")
	}
}
