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
	begun    time.Time
	schedule schedule
	taken    atomic.Int64 // requests that a connection has taken on
	tally    *tally
	took     time.Duration // from begun until the last answer
}

func newRunner(o Options) *runner {
	return &runner{Options: o, tally: newTally(o.Duration), schedule: schedule{o.Rate, o.legs, o.Duration}}
}

// run plays the scripts, each on its own connection, and returns when all have ended.
func (r *runner) run(ctx context.Context, scripts []script) {
	r.begun = r.World.Now()
	ctx, cancel := context.WithDeadline(ctx, r.begun.Add(r.Duration+r.Timeout))
	defer cancel()
	var all sync.WaitGroup
	for _, s := range scripts {
		all.Go(func() { r.play(ctx, s) })
	}
	all.Wait()
	now := r.World.Now()
	r.took = now.Sub(r.begun)
	for r.Rate > 0 { // what was due and nobody came round to
		due, more := r.due(r.taken.Add(1) - 1)
		if !more || due > r.took {
			return
		}
		r.tally.unsent(due, r.took)
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
		if !pause(ctx, due-r.now()) {
			if now := r.now(); due <= now {
				r.tally.unsent(due, now)
			}
			return
		}
		r.one(ctx, c, s, n, due)
	}
}

// now is how long the run has lasted.
func (r *runner) now() time.Duration { return r.World.Now().Sub(r.begun) }

// due is when request n is to be sent, counted from the beginning, and whether there is such a request.
func (r *runner) due(n int64) (time.Duration, bool) {
	if r.Rate > 0 {
		return r.schedule.due(n)
	}
	now := r.now()
	return now, now < r.Duration
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
func (r *runner) one(ctx context.Context, c *conn, s script, n int64, due time.Duration) {
	q := s.next(n)
	for {
		sent := r.now()
		a, err := c.do(ctx, q.text, r.begun.Add(sent+r.Timeout))
		now := r.now()
		wait, unsettled := undecided(a, err)
		if unsettled && q.safe && now+wait-due < r.Patience && ctx.Err() == nil {
			r.tally.retry()
			if pause(ctx, wait) {
				continue
			}
		}
		o := outcome{name: q.name, due: due, sent: sent, done: now, answer: a, request: q.text}
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
