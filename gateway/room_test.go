package gateway

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
)

func TestWhoFindsNoPlaceWaitsBrieflyAndInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(&class{atLeast: 2, atOnce: 2}, 0)
		inside := []place{enter(t, r), enter(t, r)}
		var waiting sync.WaitGroup
		var in, out atomic.Int32
		for range 2 * queueFactor {
			waiting.Go(func() {
				p, err := r.enter(t.Context())
				if err != nil {
					out.Add(1)
					return
				}
				in.Add(1)
				defer p.Record()
				time.Sleep(2 * waitTime) // so nobody gets this place in time
			})
		}
		synctest.Wait()
		begun := time.Now()
		if _, err := r.enter(t.Context()); casebook.KindOf(err) != casebook.Busy || time.Since(begun) != 0 {
			t.Errorf("with all waiting places taken: %v after %v", err, time.Since(begun))
		}
		for _, p := range inside {
			p.Record()
		}
		waiting.Wait()
		if in.Load() != 2 || out.Load() != 2*queueFactor-2 || time.Since(begun) != 2*waitTime {
			t.Errorf("%d got in and %d were sent away after %v", in.Load(), out.Load(), time.Since(begun))
		}
		ctx, goAway := context.WithCancel(t.Context())
		enter(t, r)
		enter(t, r)
		goAway()
		if _, err := r.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("who had gone away: %v", err)
		}
	})
}

// A room with a number of places may have places to wait: whoever waits there gets the next that is left, in turn, or is
// sent away when the time is over; whoever finds those taken too is sent away at once.
func TestAFixedRoomHasPlacesToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(&class{atOnce: 1, waiting: 3, wait: 5 * time.Second}, 0)
		first := enter(t, r)
		begun := time.Now()
		var waiting sync.WaitGroup
		var got [2]time.Duration // when the first two in the queue were let in
		for n := range 3 {
			waiting.Go(func() {
				p, err := r.enter(t.Context())
				switch {
				case n == 2:
					if casebook.KindOf(err) != casebook.Busy || time.Since(begun) != 5*time.Second {
						t.Errorf("the last to wait: %v after %v", err, time.Since(begun))
					}
				case err != nil:
					t.Errorf("number %d of the queue: %v", n+1, err)
				default:
					got[n] = time.Since(begun)
					time.Sleep(3 * time.Second)
					p.Record()
				}
			})
			synctest.Wait()
		}
		if _, err := r.enter(t.Context()); casebook.KindOf(err) != casebook.Busy || time.Since(begun) != 0 {
			t.Errorf("with all waiting places taken: %v after %v", err, time.Since(begun))
		}
		time.Sleep(time.Second)
		first.Record()
		waiting.Wait()
		if got != [2]time.Duration{time.Second, 4 * time.Second} {
			t.Errorf("let in after %v", got)
		}
		ctx, goAway := context.WithCancel(t.Context())
		enter(t, r)
		goAway()
		if _, err := r.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("who had gone away: %v", err)
		}
		if len(r.queue) != 0 {
			t.Errorf("%d still stand in the queue", len(r.queue))
		}
	})
}

func enter(t *testing.T, r *room) place {
	t.Helper()
	p, err := r.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNoMoreThanTheRateAreLetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(&class{atLeast: 64, atOnce: 2048}, 100)
		let := 0
		for range 10_000 { // 1,000 a second for ten seconds
			if p, err := r.enter(t.Context()); err == nil {
				let++
				p.Record()
			}
			time.Sleep(time.Millisecond)
		}
		if let < 1000 || let > 1020 {
			t.Errorf("%d of 10,000 were let in where 100 a second may", let)
		}
	})
}

// busy is what becomes of twenty seconds in which 2,000 phones come to a machine that carries 1,000 reports a second, again as
// soon as they have their answer, or half a second after they were sent away.
func busy(t *testing.T, r *room) (perSecond float64, p99 time.Duration) {
	const long = 20 * time.Second
	var mu sync.Mutex
	var took []time.Duration
	free := time.Now() // when the machine will have done all it has been given
	work := func() {
		mu.Lock()
		if free.Before(time.Now()) {
			free = time.Now()
		}
		free = free.Add(time.Millisecond)
		wait := time.Until(free)
		mu.Unlock()
		time.Sleep(5*time.Millisecond + wait)
	}
	end := time.Now().Add(long)
	var phones sync.WaitGroup
	for range 2000 {
		phones.Go(func() {
			for time.Now().Before(end) {
				begun := time.Now()
				p, err := r.enter(t.Context())
				if err != nil {
					time.Sleep(500 * time.Millisecond)
					continue
				}
				work()
				p.Record()
				mu.Lock()
				took = append(took, time.Since(begun))
				mu.Unlock()
			}
		})
	}
	phones.Wait()
	slices.Sort(took)
	return float64(len(took)) / long.Seconds(), took[len(took)*99/100]
}

func TestUnderFiveTimesTheLoadWhoIsLetInIsServedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		perSecond, p99 := busy(t, newRoom(reports, 0))
		t.Logf("%.0f a second, p99 %v", perSecond, p99)
		if perSecond < 900 || p99 > 250*time.Millisecond {
			t.Errorf("%.0f a second, p99 %v", perSecond, p99)
		}
	})
	synctest.Test(t, func(t *testing.T) { // the control: bounded by number alone
		if _, p99 := busy(t, newRoom(&class{atOnce: 2048}, 0)); p99 < time.Second {
			t.Errorf("a room of 2,048 places made nobody wait: p99 %v", p99)
		}
	})
}
