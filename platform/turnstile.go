package platform

import (
	"context"
	"sync"
	"time"

	"casebook"
	"casebook/web"
)

// The room of other programs: how many of their requests are served at once by this process, and how many of one
// client's may wait.
const (
	atOnce   = 32
	mayWait  = 64
	comeBack = time.Second
)

// turnstile lets requests in, and while there is no room lets the clients in by turns, one request each: a client that
// sends a hundred at once does not stand before one that sends one. The zero value has no room; newTurnstile makes one.
type turnstile struct {
	mu      sync.Mutex
	free    int
	waiting map[casebook.UserID][]chan struct{}
	turns   []casebook.UserID // who waits, in the order of their next turn
}

func newTurnstile(places int) *turnstile {
	return &turnstile{free: places, waiting: map[casebook.UserID][]chan struct{}{}}
}

// enter waits for a place, within ctx. Errors: Busy platform.full, when too many of the client's own wait; ctx's.
func (t *turnstile) enter(ctx context.Context, who casebook.UserID) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	line := t.waiting[who]
	if len(line) >= mayWait {
		t.mu.Unlock()
		return web.After(casebook.Fail(casebook.Busy, "platform.full"), comeBack)
	}
	if len(line) == 0 {
		t.turns = append(t.turns, who)
	}
	mine := make(chan struct{})
	t.waiting[who] = append(line, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		t.abandon(who, mine)
		return ctx.Err()
	}
}

// abandon takes who has gone out of the line. If the place was given at the same moment, it is passed on.
func (t *turnstile) abandon(who casebook.UserID, mine chan struct{}) {
	t.mu.Lock()
	line := t.waiting[who]
	for i, c := range line {
		if c == mine {
			t.waiting[who] = append(line[:i:i], line[i+1:]...)
			t.mu.Unlock()
			return
		}
	}
	t.mu.Unlock()
	t.leave()
}

// leave gives a place back, to the first request of the client whose turn it is.
func (t *turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.turns) > 0 {
		who := t.turns[0]
		t.turns = t.turns[1:]
		line := t.waiting[who]
		if len(line) == 0 { // all of them have gone
			delete(t.waiting, who)
			continue
		}
		if t.waiting[who] = line[1:]; len(line) > 1 {
			t.turns = append(t.turns, who)
		} else {
			delete(t.waiting, who)
		}
		close(line[0])
		return
	}
	t.free++
}
