package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"casebook"

	"connectrpc.com/connect"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

const (
	retryDelay  = 20 * time.Millisecond  // before a call is made again: a peer that restarts refuses for a moment
	failedShare = 0.5                    // of the calls find nobody: from then on nobody is asked
	failedCalls = 10                     // so many must have been made
	failedTime  = 5 * time.Second        // within so long
	askAgain    = 500 * time.Millisecond // until one call finds out whether the peer is back
)

// Peer is another of our own processes as its callers see it. When it cannot be reached a call is made once more, if few
// are; and when it is gone its callers are told so at once instead of each finding out.
type Peer struct {
	client *http.Client
	base   string
	gone   circuitbreaker.CircuitBreaker[any]
	spare  spare
}

// NewPeer returns the peer at base, "http://host:port", called through a client from Peers.Client.
func NewPeer(client *http.Client, base string) *Peer {
	return &Peer{client: client, base: strings.TrimSuffix(base, "/"), gone: circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(failedShare, failedCalls, failedTime).WithDelay(askAgain).WithSuccessThreshold(1).Build()}
}

// spare are the second attempts that a peer's callers may still make, in tenths. Each call earns one tenth, so that second
// attempts are never more than a tenth of the calls, whatever fails (as gRPC's retry throttling does, proposal A6).
type spare struct{ tenths atomic.Int64 }

const spareMost = 100 // tenths

func (s *spare) earn() {
	if s.tenths.Add(1) > spareMost {
		s.tenths.Add(-1)
	}
}

func (s *spare) take() bool {
	if s.tenths.Add(-10) >= 0 {
		return true
	}
	s.tenths.Add(10)
	return false
}

// try makes a call, and makes it again after a moment if it came to nobody and there is an attempt to spare.
func (p *Peer) try(ctx context.Context, call func() error) error {
	p.spare.earn()
	err := p.once(call)
	if !unreachable(err) || !p.spare.take() {
		return err
	}
	select {
	case <-ctx.Done():
		return err
	case <-time.After(retryDelay):
		return p.once(call)
	}
}

// once makes a call unless the peer is known to be gone.
func (p *Peer) once(call func() error) error {
	if !p.gone.TryAcquirePermit() {
		return errUnreachable
	}
	err := call()
	if unreachable(err) {
		p.gone.RecordFailure()
		slog.Warn("a process of ours cannot be reached", "address", p.base, "error", err)
	} else {
		p.gone.RecordSuccess()
	}
	return err
}

// unreachable reports whether a call came to nobody. What a peer itself says, and be it that it is busy, it has answered.
func unreachable(err error) bool {
	if errors.Is(err, errUnreachable) {
		return true
	}
	c, ok := errors.AsType[*connect.Error](err)
	return ok && c.Code() == connect.CodeUnavailable && c.Meta().Get(errorHeader) == ""
}

// errUnreachable is for the caller of a peer that is not there.
var errUnreachable = casebook.Fail(casebook.Busy, "request.peer_unreachable")

// Unreachable reports whether err says that a peer was not there, or did not begin to answer in time.
func Unreachable(err error) bool { return errors.Is(err, errUnreachable) }

// Caller returns the function that calls the procedure which Serve mounted at a peer. The procedure only reads: a call may
// reach it twice. It fails as the other side failed: a *casebook.Error comes back whole, a passed deadline and a cancelled
// call as the context's errors, and a peer that cannot be reached as Busy.
func Caller[Req, Res any](p *Peer, procedure string) func(context.Context, *Req) (*Res, error) {
	c := connect.NewClient[Req, Res](p.client, p.base+procedure, connect.WithCodec(Codec()), connect.WithReadMaxBytes(maxMessage), plainAnswers)
	return func(ctx context.Context, req *Req) (res *Res, err error) {
		err = p.try(ctx, func() error {
			answer, err := c.CallUnary(ctx, connect.NewRequest(req))
			if err == nil {
				res = answer.Msg
			}
			return err
		})
		if err != nil {
			return nil, fromWire(err)
		}
		return res, nil
	}
}
