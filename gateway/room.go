package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"casebook"
	"casebook/web"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"golang.org/x/time/rate"
)

// room is where the requests of one class are while they are served. A fixed room has a number of places, and may have
// as many for those who wait. An adaptive one finds its number by itself: while requests take as long as usual it grows, and when they begin to take longer it
// shrinks to what the machine can carry (after Netflix's and Uber's limiters, as failsafe-go implements them). Who finds
// no place waits in turn, briefly, and is then told to come back: a queue that is bounded in number only makes everybody late.
type room struct {
	places  chan struct{}                        // of a fixed room
	queue   chan struct{}                        // who waits for a place in a fixed room
	limiter adaptivelimiter.AdaptiveLimiter[any] // of an adaptive one
	rate    *rate.Limiter                        // how many a second may begin; nil for any number
	longest time.Duration                        // that one waits for a place
}

// place is one request's place in a room. Leaving says whether how long it took tells anything about the machine.
type place interface {
	Record() // the request was served to its end
	Drop()   // its caller had gone, or it was a refusal
}

// fixed is a place in a room with a number of places.
type fixed chan struct{}

func (f fixed) Record() { <-f }
func (f fixed) Drop()   { <-f }

// queueFactor is how many may wait, in rooms full.
const queueFactor = 4

// newRoom makes the room of a class. perSecond bounds how many may begin; 0 is for any number.
func newRoom(c *class, perSecond float64) *room {
	r := &room{longest: waitTime}
	if perSecond > 0 {
		r.rate = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/10)))
	}
	if c.atLeast == 0 {
		r.places, r.queue, r.longest = make(chan struct{}, c.atOnce), make(chan struct{}, c.waiting), c.wait
		return r
	}
	most, start := uint(c.atOnce), uint(c.atLeast)
	r.limiter = adaptivelimiter.NewBuilder[any]().WithLimits(start, most, start).WithMaxLimitStabilizationWindow(time.Minute).
		WithQueueing(queueFactor, queueFactor).Build()
	return r
}

// errFull is for who finds no place.
var errFull = web.After(casebook.Fail(casebook.Busy, "gateway.full"), retryTime)

// enter finds a place. Errors: errFull, and ctx's own for a caller who does not wait.
func (r *room) enter(ctx context.Context) (place, error) {
	if r.rate != nil && !r.rate.Allow() {
		return nil, errFull
	}
	if r.limiter == nil {
		return r.enterFixed(ctx)
	}
	p, err := r.limiter.AcquirePermitWithMaxWait(ctx, r.longest)
	if errors.Is(err, adaptivelimiter.ErrExceeded) {
		return nil, errFull
	}
	return p, err
}

func (r *room) enterFixed(ctx context.Context) (place, error) {
	select {
	case r.places <- struct{}{}:
		return fixed(r.places), nil
	default:
	}
	select {
	case r.queue <- struct{}{}:
		defer func() { <-r.queue }()
	default:
		return nil, errFull
	}
	late := time.NewTimer(r.longest)
	defer late.Stop()
	select {
	case r.places <- struct{}{}:
		return fixed(r.places), nil
	case <-late.C:
		return nil, errFull
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// size is how many places the room has now.
func (r *room) size() int {
	if r.limiter == nil {
		return cap(r.places)
	}
	return r.limiter.Limit()
}

// leave gives a place back.
func leave(p place, r *http.Request) {
	if r.Context().Err() != nil {
		p.Drop()
		return
	}
	p.Record()
}
