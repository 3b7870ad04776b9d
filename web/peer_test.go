package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
	"casebook/web"
)

// wire is the connection to a peer: it refuses while refusing says so, and counts who tries.
type wire struct {
	tries    atomic.Int64
	refusing func(try int64) bool
}

func (w *wire) RoundTrip(*http.Request) (*http.Response, error) {
	if w.refusing != nil && w.refusing(w.tries.Add(1)) {
		return nil, syscall.ECONNREFUSED
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"left":7}`))}, nil
}

func (w *wire) call() func(context.Context, *question) (*reply, error) {
	return web.Caller[question, reply](web.NewPeer(&http.Client{Transport: w}, "http://ward"), "/ward/Ask")
}

func TestAPeerThatRestartsIsAskedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{refusing: func(try int64) bool { return try == 11 }}
		call := w.call()
		for n := range 11 { // who calls seldom has nothing to spare
			if got, err := call(t.Context(), &question{}); err != nil || got.Left != 7 {
				t.Errorf("call %d: %+v %v", n+1, got, err)
			}
		}
		if w.tries.Load() != 12 {
			t.Errorf("11 calls made %d tries", w.tries.Load())
		}
	})
}

// A peer that is gone must not be flooded by those who look for it: at most a tenth more tries than calls, and hardly any
// once it is known. When it is back that is found out within a second.
func TestAPeerThatIsGoneIsNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		w := &wire{refusing: func(int64) bool { return !back.Load() }}
		call := w.call()
		flood := func() {
			var callers sync.WaitGroup
			for range 50 {
				callers.Go(func() {
					for range 20 {
						if _, err := call(t.Context(), &question{}); casebook.KindOf(err) != casebook.Busy {
							t.Errorf("a peer that is gone: %v", err)
						}
					}
				})
			}
			callers.Wait()
		}
		flood()
		if n := w.tries.Load(); n > 1100 {
			t.Errorf("1,000 calls made %d tries", n)
		}
		before := w.tries.Load()
		if flood(); w.tries.Load()-before > 100 {
			t.Errorf("a peer known to be gone was asked %d times more", w.tries.Load()-before)
		}
		back.Store(true)
		time.Sleep(time.Second)
		if _, err := call(t.Context(), &question{}); err != nil {
			t.Errorf("a second after it is back: %v", err)
		}
	})
}

// A peer of which three calls in ten find nobody is not gone, and asking again for each would be three tenths more calls.
func TestFewCallsAreMadeTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{refusing: func(try int64) bool { return try%10 < 3 }}
		call := w.call()
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				for range 20 {
					if _, err := call(t.Context(), &question{}); err != nil && casebook.KindOf(err) != casebook.Busy {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
		if n := w.tries.Load(); n > 1100 {
			t.Errorf("1,000 calls made %d tries", n)
		}
	})
}

func TestWhoeverLeavesIsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		w := &wire{refusing: func(try int64) bool {
			if try == 11 {
				leave()
			}
			return try == 11
		}}
		call := w.call()
		for range 10 {
			if _, err := call(ctx, &question{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := call(ctx, &question{}); err == nil || w.tries.Load() != 11 {
			t.Errorf("%v after %d tries", err, w.tries.Load())
		}
		if _, err := call(ctx, &question{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who had left: %v", err)
		}
	})
}
