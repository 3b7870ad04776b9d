package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How slow clients are judged.
const (
	slowClients = 500             // of the quick set
	headerLimit = 6 * time.Second // the product's header time and a second
	goodAsks    = 200
)

func (b Bounds) headerLimit() time.Duration {
	if b.HeaderLimit > 0 {
		return b.HeaderLimit
	}
	return headerLimit
}

// slow opens connections that begin a request and never end it, and asks honestly meanwhile. Each must be dropped in
// time, and the honest must hardly notice.
func slow(ctx context.Context, t Target, b Bounds) (m Measure, err error) {
	n := b.Size
	if n == 0 {
		n = slowClients
	}
	before, err := t.honest(ctx, b)
	if err != nil {
		return m, err
	}
	var late atomic.Int64
	var under sync.WaitGroup
	opened := 0
	for range n {
		c, err := t.dial(ctx)
		if err != nil {
			break // no more descriptors: what there are will do
		}
		opened++
		under.Go(func() {
			if !t.dawdle(b, c) {
				late.Add(1)
			}
		})
	}
	during, err := t.honest(ctx, b)
	under.Wait()
	if err != nil {
		return m, err
	}
	m.N = int64(opened)
	m.Figures = map[string]float64{"p99_before_ms": ms(before), "p99_during_ms": ms(during), "ratio": ms(during) / max(ms(before), 0.001)}
	m.Value = fmt.Sprintf("%d of %d not dropped, good clients' p99 × %.1f", late.Load(), opened, m.Figures["ratio"])
	if late.Load() > 0 {
		m.Findings = append(m.Findings, fmt.Sprintf("%d connections are still open after %s", late.Load(), b.headerLimit()))
	}
	m.Pass = late.Load() == 0 && opened > 0
	return m, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// dawdle begins a request that never ends, waits until the server has had enough, and tells whether it did in time.
func (t *Target) dawdle(b Bounds, c net.Conn) (dropped bool) {
	defer c.Close()
	if c.SetReadDeadline(b.World.Now().Add(b.headerLimit())) != nil {
		return false
	}
	_, _ = io.WriteString(c, "POST /report HTTP/1.1\r\nHost: slow\r\nX-Slow: a") // it never ends
	_, err := io.Copy(io.Discard, io.LimitReader(c, 4096))                       // what it says before it hangs up does not matter
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// honest asks for something small again and again, and returns the 99th percentile.
func (t *Target) honest(ctx context.Context, b Bounds) (time.Duration, error) {
	client := visitors(1)
	defer client.CloseIdleConnections()
	var all []time.Duration
	for range goodAsks {
		r, err := t.ask(ctx, client, b.World, "GET", "/api/v1/session", "")
		if err != nil {
			return 0, err
		}
		all = append(all, r.took)
	}
	slices.Sort(all)
	return all[len(all)*99/100], nil
}
