package outbox

import (
	"cmp"
	"context"
	"math"
	"time"

	"casebook"
	"casebook/store"
)

// lane names a destination.
type lane struct {
	Study   casebook.StudyID
	Channel string
	Lane    string
}

func (l lane) compare(other lane) int {
	return cmp.Or(cmp.Compare(l.Study, other.Study), cmp.Compare(l.Channel, other.Channel), cmp.Compare(l.Lane, other.Lane))
}

// place is a lane as this process knows it.
type place struct {
	lane
	failures int64 // in a row
	proven   bool  // it has taken something
	under    int   // attempts under way
	due      int   // messages that are due, at least; known is the most that is counted
	queued   bool
}

// try is an attempt under way. It is slow once it has taken longer than patience.
type try struct {
	begun      time.Time
	slow, over bool
}

// fate is what an attempt's end says of its lane.
type fate int

const (
	lost    fate = iota // nothing: the message was refused, or it is not known
	taken               // it works
	failing             // it does not
)

type ended struct {
	place *place
	try   *try
	fate  fate
}

// turn is a place that may begin n attempts, and then what was claimed for them.
type turn struct {
	place   *place
	n       int
	claimed []claimed
}

// patience is how long an attempt counts against its channel's AtOnce where the channel has room for slow ones. Most
// destinations answer within it, and what does not is mostly dead.
const patience = 200 * time.Millisecond

// line is a channel with the places that wait for it, in the order of their turns.
type line struct {
	*channel
	queue []*place
	young []*try // those that are not slow, oldest first; some of them may be over
	brisk int    // how many are under way of young
	slow  int    // attempts under way that are slow
}

// enqueue lets a place wait for its turn, unless it waits already, has nothing due or all under way that it may have.
func (l *line) enqueue(p *place) {
	if p.due > 0 && !p.queued && p.under < l.most(p) {
		p.queued = true
		l.queue = append(l.queue, p)
	}
}

// most is how many attempts a place may have under way: a host that has not shown that it works, one.
func (l *line) most(p *place) int {
	if p.failures > 0 || l.Slow > 0 && !p.proven {
		return 1
	}
	return l.PerLane
}

// turns takes from the front of the queue who may begin now. When only the rate or slow attempts stand in the way, soon is until they
// may not.
func (l *line) turns(now time.Time) (all []turn, soon time.Duration) {
	if len(l.queue) == 0 {
		return nil, 0
	}
	free, soon := l.room(now)
	for free > 0 && len(l.queue) > 0 {
		p := l.queue[0]
		l.queue, p.queued = l.queue[1:], false
		if n := min(free, l.most(p)-p.under, p.due); n > 0 {
			all, free = append(all, turn{place: p, n: n}), free-n
		}
	}
	return all, soon
}

// room is how many attempts the channel may begin now.
func (l *line) room(now time.Time) (n int, soon time.Duration) {
	for len(l.young) > 0 {
		t := l.young[0]
		if !t.over {
			if l.slow == l.Slow {
				break
			}
			if left := patience - now.Sub(t.begun); left > 0 {
				soon = left
				break
			}
			t.slow = true
			l.brisk--
			l.slow++
		}
		l.young = l.young[1:]
	}
	n = l.AtOnce - l.brisk
	if n > 0 {
		soon = 0
	}
	if n <= 0 || l.limit == nil {
		return n, soon
	}
	tokens := l.limit.TokensAt(now)
	if tokens < 1 {
		return 0, time.Duration(math.Ceil((1 - tokens) / l.Rate * float64(time.Second)))
	}
	return min(n, int(tokens)), 0
}

// begun notes what was claimed at a place. Where as much was due as is counted, there may be more.
func (l *line) begun(t turn) {
	p := t.place
	switch {
	case len(t.claimed) < t.n:
		p.due = 0
	case p.due < known:
		p.due -= t.n
	}
	l.enqueue(p)
}

func (l *line) settle(e ended) {
	e.try.over = true
	if e.try.slow {
		l.slow--
	} else {
		l.brisk--
	}
	p := e.place
	p.under--
	switch e.fate {
	case taken:
		p.proven, p.failures = true, 0
	case failing:
		p.failures++
		p.due = 0 // it is paused: the next look finds it when it is not
	}
	l.enqueue(p)
}

// page is how many lanes are read at once, known how many messages of each are counted.
const (
	page  = 1000
	known = 8
)

// sight is what a runner has read of the lanes.
type sight struct {
	stale bool // something may have become due that is in no queue
	rest  int  // attempts that end before the lanes are read again, unless their time comes first
	after lane // where the next page begins
}

// look reads a page of the lanes with something due into their lines' queues when something may have changed. Beside the tick of Poll it is
// done once for so many attempts that it costs them little, however many lanes there are.
func (r *runner) look(ctx context.Context) error {
	if !r.stale || r.rest > 0 {
		return nil
	}
	some, err := r.lanes(ctx, r.after)
	if err != nil {
		return err
	}
	for _, s := range some {
		l := r.lines[s.Channel]
		if l == nil {
			continue // another process has it
		}
		p := r.places[s.lane]
		if p == nil {
			p = &place{lane: s.lane}
			r.places[s.lane] = p
		}
		p.failures, p.due = s.failures, s.due
		l.enqueue(p)
	}
	r.stale, r.after, r.rest = false, lane{}, len(some)/8
	if len(some) == page {
		r.stale, r.after = true, some[page-1].lane
	}
	return nil
}

// lanes lists where there is something to do, a page after a lane.
func (b *Box) lanes(ctx context.Context, after lane) (all []laneState, err error) {
	err = b.db.View(ctx, func(tx *store.Tx) error {
		all, err = store.All(ctx, tx, func(r *store.Rows) (l laneState, err error) {
			err = r.Scan(&l.Study, &l.Channel, &l.Lane, &l.failures, &l.due)
			return l, err
		}, `SELECT l.study_id, l.channel, l.lane, l.failures, (SELECT count(*) FROM (SELECT 1 FROM outbox_message m
			WHERE m.study_id = l.study_id AND m.channel = l.channel AND m.lane = l.lane AND m.state = 'waiting' AND m.due <= $1 LIMIT $6) n) FROM outbox_lane l WHERE l.paused <= $1 AND (l.study_id, l.channel, l.lane) > ($2, $3, $4) AND EXISTS (SELECT 1
			FROM outbox_message m WHERE m.study_id = l.study_id AND m.channel = l.channel AND m.lane = l.lane AND m.state = 'waiting' AND m.due <= $1)
			ORDER BY l.study_id, l.channel, l.lane LIMIT $5`, store.Micros(tx.Now), after.Study, after.Channel, after.Lane, page, known)
		return err
	})
	return all, err
}

// laneState is a lane that has something due and is not paused.
type laneState struct {
	lane
	failures int64
	due      int
}
