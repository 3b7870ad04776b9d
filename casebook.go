// Package casebook holds the words every other package speaks: identifiers, the person acting, the world outside
// (clock, chance), and the kinds of error. It imports nothing else of this module.
package casebook

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"
)

// Identifiers are opaque text, never reused. A study is what the API calls a trial, a subject what it calls a
// patient: ODM's words inside, the caller's words at the door.
type (
	StudyID   string
	SiteID    string
	SubjectID string
	UserID    string
)

// Platform is the study id under which the ledger keeps what belongs to no study: sign-in, roles, settings.
const Platform StudyID = "platform"

// Actor is who a request acts for, and the trace it belongs to. It travels in ctx, across the wire and into the
// database's session name.
type Actor struct {
	User     UserID // "" when nobody signed in; "system" for the product itself
	Role     string // the role acted in: "coordinator", "monitor", "device", "system", …
	Location string // ODM LocationRef: a site id, or "sponsor", or "system"
	Trace    string // W3C trace id, 32 hex digits
}

type actorKey struct{}

// acting is a context with its actor, in one object: every request makes two.
type acting struct {
	context.Context
	actor Actor
}

func (c *acting) Value(key any) any {
	if key == (actorKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithActor returns ctx carrying a.
func WithActor(ctx context.Context, a Actor) context.Context { return &acting{ctx, a} }

// ActorFrom returns the actor that ctx carries, or the zero Actor.
func ActorFrom(ctx context.Context) Actor {
	if c, ok := ctx.Value(actorKey{}).(*acting); ok {
		return c.actor
	}
	return Actor{}
}

// World is what a program cannot compute: the time, and chance. It is injected, so that a test can say what both are.
type World struct {
	Now  func() time.Time
	Rand io.Reader
	// Steady is how long it has been since some moment before, by a clock that nobody turns. Nil is a world in which Now alone says how
	// late it is.
	Steady func() time.Duration
}

// Outside is the real world.
func Outside() World {
	begun := time.Now()
	return World{Now: time.Now, Rand: rand.Reader, Steady: func() time.Duration { return time.Since(begun) }}
}

// Ran is what Steady says, and nothing where there is none.
func (w World) Ran() time.Duration {
	if w.Steady == nil {
		return 0
	}
	return w.Steady()
}

// Bytes returns n random bytes. It panics only if the source of chance fails, which crypto/rand never does.
func (w World) Bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(w.Rand, b); err != nil {
		panic(fmt.Sprintf("casebook: no randomness: %v", err))
	}
	return b
}

// NewID returns a UUID version 7 (RFC 9562, section 5.7) in its text form: ids made later sort later.
func (w World) NewID() string {
	b := w.Bytes(16)
	ms := uint64(w.Now().UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	t[8] = '-'
	hex.Encode(t[9:13], b[4:6])
	t[13] = '-'
	hex.Encode(t[14:18], b[6:8])
	t[18] = '-'
	hex.Encode(t[19:23], b[8:10])
	t[23] = '-'
	hex.Encode(t[24:36], b[10:16])
	return string(t[:])
}

// Clock is a hand-turned clock for tests and for the demo's past. The zero value stands at the zero time.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that stands at t.
func NewClock(t time.Time) *Clock { return &Clock{at: t} }

// Now returns where the clock stands.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

// Set turns the clock to t.
func (c *Clock) Set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.at = t }

// Add turns the clock on by d.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }
