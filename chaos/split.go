package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Part is one process of a product that runs as several.
type Part struct {
	Name  string
	Serve []string // program and arguments; {addr} stands for its own address, {NAME} for that of an earlier part
}

// Split says which processes are killed, and who looks on. The embedded Options' Serve and Ready are not used; Kills is
// how often each part is killed.
type Split struct {
	Options
	Parts    []Part                                                         // in the order in which they start; visitors come to the last
	Call     func(ctx context.Context, address string) (ok bool, err error) // one request at the last part, through all of them; an error when no answer came
	Deadline time.Duration                                                  // by which each call must have ended
	Frozen   time.Duration                                                  // by which one must have that begins while the first part is frozen
}

// The bounds of F-SPLIT.
const (
	callers   = 4
	backTime  = 2 * time.Second        // from the start of a killed process until calls go through all again
	tolerance = 100 * time.Millisecond // over the deadline, beside what the machine itself was late
)

// Try carries F-SPLIT out: each part is killed with SIGKILL at random moments while phones report to the last and callers ask
// through all of them; and at the end the first is frozen with SIGSTOP for longer than the time that calls have then. Every call must end in
// time, every acknowledged report must be there, once, and calls must go through again within 2 s of a process's start.
// With AckFirst it is the control: reports are acknowledged before they are kept, and the callers ask the first part
// itself, where no one watches the clock for them.
func (o Split) Try(ctx context.Context) (m Measure, err error) {
	parts, err := o.start(ctx)
	defer func() {
		for _, s := range parts {
			s.kill()
		}
	}()
	if err != nil {
		return m, err
	}
	edge, asked := parts[len(parts)-1].address, parts[len(parts)-1].address
	if o.AckFirst {
		p, err := startAckFirst(ctx, edge)
		if err != nil {
			return m, err
		}
		defer p.close()
		edge, asked = p.address, parts[0].address
	}
	calls := &called{o: o, address: asked}
	back, err := o.underLoad(ctx, parts, edge, calls)
	if err != nil {
		return m, err
	}
	var r Report
	if err := o.judge(ctx, parts[len(parts)-1], &r); err != nil {
		return m, err
	}
	return o.outcome(&r, calls, back, o.Kills*len(parts), "kills"), nil
}

// outcome says what came out of it: every acknowledged report there, once, every call ended in time, and calls gone through again in time.
// What was done, n times, is told.
func (o *Split) outcome(r *Report, calls *called, back time.Duration, n int, what string) (m Measure) {
	slowest, late := time.Duration(calls.slowest.Load()), time.Duration(calls.late.Load())
	m.N = int64(n)
	m.Figures = map[string]float64{"acknowledged": float64(r.Acknowledged), "lost": float64(r.Lost), "duplicated": float64(r.Duplicated), "calls": float64(calls.n.Load()),
		"refused": float64(calls.refused.Load()), "slowest_ms": float64(slowest.Milliseconds()), "machine_late_ms": float64(late.Milliseconds()), "back_ms": float64(back.Milliseconds())}
	m.Value = fmt.Sprintf("%d of %d lost, %d duplicated over %d %s; the slowest of %d calls ended after %d ms, the machine up to %d ms late; back after %d ms at most",
		r.Lost, r.Acknowledged, r.Duplicated, n, what, calls.n.Load(), slowest.Milliseconds(), late.Milliseconds(), back.Milliseconds())
	kept := r.Acknowledged > 0 && r.Replayed == r.Acknowledged && r.Duplicated == 0 && len(r.Findings) == 0
	inTime := slowest <= o.Deadline+tolerance+late
	if o.Frozen > 0 {
		whileFrozen := time.Duration(calls.frozen.Load())
		m.Figures["slowest_frozen_ms"] = float64(whileFrozen.Milliseconds())
		m.Value += fmt.Sprintf("; while a part was frozen after %d ms", whileFrozen.Milliseconds())
		inTime = inTime && whileFrozen > 0 && whileFrozen <= o.Frozen+tolerance+late
	}
	m.Pass = kept && inTime && back <= backTime
	if o.AckFirst {
		m.Pass = kept || inTime // the control must make both mistakes, and both must be seen
	}
	if while := calls.while.Load(); while != nil {
		m.Value += "; the slowest from " + *while
	}
	if !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m
}

// start starts the parts, one after another.
func (o *Split) start(ctx context.Context) (parts []*server, err error) {
	known := []string{}
	for _, p := range o.Parts {
		one := o.Options
		one.Serve = nil
		for _, a := range p.Serve {
			one.Serve = append(one.Serve, strings.NewReplacer(known...).Replace(a))
		}
		s, err := newServer(one)
		if err != nil {
			return parts, err
		}
		s.anyAnswer = len(parts) < len(o.Parts)-1
		parts, known = append(parts, s), append(known, "{"+p.Name+"}", "http://"+s.address)
		if _, err := s.start(ctx); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// underLoad kills part after part, and returns the longest time from the start of a process until calls went through.
func (o *Split) underLoad(ctx context.Context, parts []*server, edge string, calls *called) (back time.Duration, err error) {
	return o.beside(ctx, edge, calls, func() (back time.Duration, err error) {
		chance := rand.New(rand.NewPCG(o.Seed, 4))
		for range o.Kills {
			for i, s := range parts {
				calls.now("all live")
				if err := s.live(ctx, leastLife+time.Duration(chance.Int64N(int64(mostLife)))); err != nil {
					return back, err
				}
				s.kill()
				calls.now(o.Parts[i].Name + " starts")
				begun := o.World.Now()
				if _, err := s.start(ctx); err != nil {
					return back, err
				}
				calls.now(o.Parts[i].Name + " is back")
				if err := o.through(ctx, parts[len(parts)-1].address); err != nil {
					return back, err
				}
				back = max(back, o.World.Now().Sub(begun))
			}
		}
		calls.now(frozen)
		if err := parts[0].freeze(ctx, o.Frozen+time.Second); err != nil {
			return back, err
		}
		calls.now(o.Parts[0].Name + " goes on")
		return back, parts[0].live(ctx, time.Second) // visitors settle what they got no answer to
	})
}

// beside does something while phones report to edge and callers ask.
func (o *Split) beside(ctx context.Context, edge string, calls *called, do func() (time.Duration, error)) (back time.Duration, err error) {
	visit, leave := context.WithCancel(ctx)
	var visitors sync.WaitGroup
	var visited error
	visitors.Go(func() { visited = o.Visit(visit, edge, func() {}) })
	for range callers {
		visitors.Go(func() { calls.ask(visit) })
	}
	visitors.Go(func() { calls.watch(visit) })
	defer func() { leave(); visitors.Wait(); err = errors.Join(err, visited) }()
	return do()
}

// through waits until a call goes through all parts.
func (o *Split) through(ctx context.Context, address string) error {
	bound, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		if ok, err := o.Call(bound, address); ok && err == nil {
			return nil
		}
		if err := pause(bound, 2*time.Millisecond); err != nil {
			return err
		}
	}
}

// freeze stops the process for d, as a machine does that is suspended.
func (s *server) freeze(ctx context.Context, d time.Duration) error {
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := s.live(ctx, d)
	return errors.Join(err, s.cmd.Process.Signal(syscall.SIGCONT))
}

// called is what callers saw.
type called struct {
	o                         Split
	address                   string
	n, refused, slowest, late atomic.Int64 // slowest and late in nanoseconds
	frozen                    atomic.Int64 // the slowest that began while a part was frozen

	happening atomic.Pointer[string] // what is done to the parts
	while     atomic.Pointer[string] // and what was, when the slowest call began and ended
}

// frozen is what happens when the first part is.
const frozen = "a part is frozen"

// now notes what is done to the parts from now on.
func (c *called) now(what string) { c.happening.Store(&what) }

func (c *called) what() string {
	if what := c.happening.Load(); what != nil {
		return *what
	}
	return ""
}

// ask calls until ctx ends. A call that ctx cut short does not count.
func (c *called) ask(ctx context.Context) {
	for ctx.Err() == nil {
		begun, from := c.o.World.Now(), c.what()
		var ok bool
		var err error
		if c.o.AckFirst {
			ok, err = c.bare(ctx)
		} else {
			ok, err = c.o.Call(ctx, c.address)
		}
		if ctx.Err() != nil {
			return
		}
		c.n.Add(1)
		took := int64(c.o.World.Now().Sub(begun))
		if from == frozen {
			raise(&c.frozen, took)
		}
		if raise(&c.slowest, took) && from != "" {
			while := from + " to " + c.what()
			c.while.Store(&while)
		}
		if !ok || err != nil {
			c.refused.Add(1)
		}
		_ = pause(ctx, 5*time.Millisecond) // the loop asks ctx itself
	}
}

// bare asks a part at its own address, with nobody between who keeps a deadline.
func (c *called) bare(ctx context.Context) (ok bool, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+"/", nil)
	if err != nil {
		return false, err
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return false, err
	}
	return true, a.Body.Close()
}

// watch measures how late this machine wakes a goroutine that does nothing else, which is not the product's delay.
func (c *called) watch(ctx context.Context) {
	const look = time.Millisecond
	for last := c.o.World.Now(); pause(ctx, look) == nil; last = c.o.World.Now() {
		raise(&c.late, int64(c.o.World.Now().Sub(last)-look))
	}
}

// raise reports whether to is the most so far.
func raise(most *atomic.Int64, to int64) bool {
	for is := most.Load(); to > is; is = most.Load() {
		if most.CompareAndSwap(is, to) {
			return true
		}
	}
	return false
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
