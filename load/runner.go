package load

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// runner gives out the requests of a run. Request n is due at a moment fixed beforehand, and its latency counts from
// there: a request that had to wait because all connections were stuck behind a slow server has waited for the server
// (Gil Tene's "coordinated omission" is to leave that out).
type runner struct {
	Options
	begun time.Time
	end   time.Time     // nothing falls due from here on
	gap   time.Duration // between two requests; 0 in a closed loop
	taken atomic.Int64  // requests that a connection has taken on
	tally *tally
	took  time.Duration // from begun until the last answer
}

func newRunner(o Options) *runner {
	r := &runner{Options: o, tally: newTally()}
	if o.Rate > 0 {
		r.gap = max(time.Duration(float64(time.Second)/o.Rate), 1)
	}
	return r
}

// run plays the scripts, each on its own connection, and returns when all have ended.
func (r *runner) run(ctx context.Context, scripts []script) {
	r.begun = r.World.Now()
	r.end = r.begun.Add(r.Duration)
	ctx, cancel := context.WithDeadline(ctx, r.end.Add(r.Timeout))
	defer cancel()
	var all sync.WaitGroup
	for _, s := range scripts {
		all.Go(func() { r.play(ctx, s) })
	}
	all.Wait()
	now := r.World.Now()
	r.took = now.Sub(r.begun)
	for r.gap > 0 { // what was due and nobody came round to
		due, more := r.due(r.taken.Add(1) - 1)
		if !more || due.After(now) {
			return
		}
		r.tally.unsent(now.Sub(due))
	}
}

func (r *runner) play(ctx context.Context, s script) {
	c := &conn{dial: r.dial}
	defer c.close()
	for {
		n := r.taken.Add(1) - 1
		due, more := r.due(n)
		if !more {
			return
		}
		if !pause(ctx, due.Sub(r.World.Now())) {
			if now := r.World.Now(); !due.After(now) {
				r.tally.unsent(now.Sub(due))
			}
			return
		}
		r.one(ctx, c, s, n, due)
	}
}

// due is when request n is to be sent, and whether there is such a request.
func (r *runner) due(n int64) (time.Time, bool) {
	at := r.World.Now()
	if r.gap > 0 {
		at = r.begun.Add(time.Duration(n) * r.gap)
	}
	return at, at.Before(r.end)
}

// pause waits for d and reports whether ctx still lasts.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// one sends request n until there is a verdict, or patience or the run ends.
func (r *runner) one(ctx context.Context, c *conn, s script, n int64, due time.Time) {
	q := s.next(n)
	for {
		sent := r.World.Now()
		a, err := c.do(ctx, q.text, sent.Add(r.Timeout))
		now := r.World.Now()
		wait, unsettled := undecided(a, err)
		if unsettled && q.safe && now.Add(wait).Sub(due) < r.Patience && ctx.Err() == nil {
			r.tally.retry()
			if pause(ctx, wait) {
				continue
			}
		}
		o := outcome{name: q.name, waited: now.Sub(due), served: now.Sub(sent), answer: a, request: q.text}
		switch {
		case ctx.Err() != nil && err != nil:
			o.failure = "stopped"
		case err != nil:
			o.failure = failureOf(err)
		case !s.take(a):
			o.failure = "wrong"
		}
		r.tally.add(&o)
		return
	}
}

// undecided says whether nobody knows yet what became of a request, and how long to wait before asking again.
func undecided(a *answer, err error) (time.Duration, bool) {
	const soon, late = 20 * time.Millisecond, time.Second
	switch {
	case err != nil:
		return soon, true
	case a.status == http.StatusTooManyRequests || a.status >= 500:
		return min(max(a.retryAfter, soon), late), true
	}
	return 0, false
}
