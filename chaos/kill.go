// Package chaos is the vandal: it breaks a real server on purpose, at moments that a seed decides, and has somebody else
// judge what became of what the server had promised; and it sends what nobody honest sends. It knows neither the product's packages nor its visitors: programs
// come as command lines, visitors as functions, and only servers that it started itself are harmed.
package chaos

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"casebook"
)

// Options say what is broken, how often, and who looks on.
type Options struct {
	Serve  []string // program and arguments of the server; {addr} stands for the address it shall listen on
	Before []string // program and arguments of the release that serves until the first kill; Serve does from the start when empty
	Verify []string // program and arguments that verify the data at rest: status 0 and JSON with an empty "findings"
	Ready  string   // path that answers 200 when the server can work; "/readyz" if ""
	Kills  int      // how often it is killed
	Seed   uint64   // decides the moments
	Commit string   // of the program, for the report

	// Visit uses the server at address, keeps a list of what was acknowledged, and calls acknowledged for each, until ctx ends.
	Visit func(ctx context.Context, address string, acknowledged func()) error
	// Judge holds that list against the server at address.
	Judge func(ctx context.Context, address string) (Judgement, error)

	// AckFirst is the control that must fail: visitors go through a proxy that acknowledges each report as soon as it
	// has been handed to the server, without waiting until it is kept.
	AckFirst bool

	World casebook.World
}

// Judgement is what became of what the server had acknowledged, as package load's Verdict counts it.
type Judgement struct {
	Run          string   `json:"run"`
	Acknowledged int64    `json:"acknowledged"`
	Replayed     int64    `json:"replayed"`
	Lost         int64    `json:"lost"`
	Changed      int64    `json:"changed"`
	Unanswered   int64    `json:"unanswered"`
	Counted      bool     `json:"counted"`
	Duplicated   int64    `json:"duplicated"`
	Examples     []string `json:"examples,omitempty"`
}

// Report is the outcome of a test, one line of JSON.
type Report struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Value   string    `json:"value"`
	Goal    string    `json:"goal"`
	N       int64     `json:"n"`
	At      time.Time `json:"at"`
	Seed    uint64    `json:"seed"`
	Commit  string    `json:"commit,omitempty"`
	Control string    `json:"control,omitempty"` // "ack first" when the test was made to fail
	Kills   int       `json:"kills"`
	Working int       `json:"working"` // kills of a server that had acknowledged something since its start
	Judgement
	Findings   []string `json:"findings"` // of the verification of the data at rest
	ReadyP50ms float64  `json:"ready_p50_ms"`
	ReadyP99ms float64  `json:"ready_p99_ms"` // from the start of the program to its first ready answer
	ReadyMaxMs float64  `json:"ready_max_ms"`
	Seconds    float64  `json:"seconds"`
	Pass       bool     `json:"pass"`
}

// The bounds of a test.
const (
	readyTime  = 30 * time.Second // for one start
	judgeTime  = 30 * time.Minute // for the judge
	verifyTime = 30 * time.Minute // for the verification
	leastLife  = 50 * time.Millisecond
	mostLife   = 800 * time.Millisecond // of a server, between its first receipt and killed
	workTime   = 10 * time.Second       // for the first receipt after a start
	early      = 4                      // one kill in so many does not wait for a receipt: it meets a server that begins
)

// Kill runs F-KILL: the server works under load and is killed with SIGKILL at random moments, again and again. It passes
// when everything acknowledged is there, once and unchanged, and the data at rest verify. An error means that the test
// could not be carried out, which is no verdict.
func Kill(ctx context.Context, o Options) (Report, error) {
	if o.World.Now == nil {
		o.World = casebook.Outside()
	}
	begun := o.World.Now()
	r := Report{ID: "F-KILL", Title: "kills under load", Goal: "0 lost, 0 duplicated", At: begun.UTC().Truncate(time.Second), Seed: o.Seed, Commit: o.Commit, Findings: []string{}}
	s, err := newServer(o)
	if err != nil {
		return r, err
	}
	defer s.kill()
	if _, err := s.start(ctx); err != nil {
		return r, err
	}
	target := s.address
	if o.AckFirst {
		r.Control = "ack first"
		p, err := startAckFirst(ctx, s.address)
		if err != nil {
			return r, err
		}
		defer p.close()
		target = p.address
	}
	ready, err := o.killUnderLoad(ctx, s, target, &r.Working)
	if r.Kills = len(ready); err != nil {
		return r, err
	}
	r.ReadyP50ms, r.ReadyP99ms, r.ReadyMaxMs = quantile(ready, 0.5), quantile(ready, 0.99), quantile(ready, 1)
	if err := o.judge(ctx, s, &r); err != nil {
		return r, err
	}
	r.N, r.Value = int64(r.Kills), fmt.Sprintf("%d of %d lost, %d duplicated", r.Lost, r.Acknowledged, r.Duplicated)
	r.Seconds = o.World.Now().Sub(begun).Seconds()
	r.Pass = r.Acknowledged > 0 && r.Replayed == r.Acknowledged && r.Duplicated == 0 && len(r.Findings) == 0
	return r, nil
}

// killUnderLoad lets the visitors in, kills and restarts, counts the kills of a server that was working, and returns how long each restart took.
func (o *Options) killUnderLoad(ctx context.Context, s *server, target string, working *int) (ready []time.Duration, err error) {
	visit, leave := context.WithCancel(ctx)
	gone, receipts := make(chan error, 1), make(chan struct{}, 1)
	go func() {
		gone <- o.Visit(visit, target, func() {
			select {
			case receipts <- struct{}{}:
			default: // that there are some is known already
			}
		})
	}()
	defer func() {
		leave()
		if left := <-gone; err == nil {
			err = left
		}
	}()
	chance := rand.New(rand.NewPCG(o.Seed, 1))
	for range o.Kills {
		worked := false
		if chance.IntN(early) > 0 {
			if worked, err = s.liveUntil(ctx, receipts, workTime); err != nil {
				return ready, err
			}
		}
		if err := s.live(ctx, leastLife+time.Duration(chance.Int64N(int64(mostLife-leastLife)))); err != nil {
			return ready, err
		}
		s.kill()
		select {
		case <-receipts:
			worked = true
		default:
		}
		if worked {
			*working++
		}
		s.upgrade()
		took, err := s.start(ctx)
		if err != nil {
			return ready, err
		}
		ready = append(ready, took)
	}
	return ready, s.live(ctx, mostLife) // visitors settle what they got no answer to
}

// judge has the promises judged on the living server, and then, after a last kill, the data as they lie there.
func (o *Options) judge(ctx context.Context, s *server, r *Report) (err error) {
	bound, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	if r.Judgement, err = o.Judge(bound, s.address); err != nil {
		return err
	}
	s.kill()
	r.Findings, err = verify(ctx, o.Verify)
	return err
}

// quantile is the q-th of all durations, the nearest rank, in milliseconds.
func quantile(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return float64(sorted[max(rank, 1)-1].Microseconds()) / 1000
}
