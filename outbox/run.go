package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"casebook"
	"casebook/store"
)

// grace is added to an attempt's timeout for the lease: only a process that died holds a message for longer.
const grace = 20 * time.Second

// drain is how long attempts under way may go on after Run was told to stop.
const drain = 5 * time.Second

// lane names a destination.
type lane struct {
	Study   casebook.StudyID
	Channel string
	Lane    string
}

// runner is what one Run has under way. Only its own loop touches it.
type runner struct {
	*Box
	busy     map[string]int // by channel
	inLane   map[lane]int
	served   map[lane]int64 // by rounds: who was served last comes last
	rounds   int64
	ended    chan lane
	purged   time.Time // when it last looked for what is old
	attempts sync.WaitGroup
	cut      context.Context // ends the attempts, some time after ctx
}

// Run sends what is due until ctx ends; then it takes nothing more, gives what is under way some seconds, and returns.
// Several processes may run on one database: a message is claimed by one of them at a time.
func (b *Box) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	cut, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r := &runner{Box: b, busy: map[string]int{}, inLane: map[lane]int{}, served: map[lane]int64{}, ended: make(chan lane), cut: cut}
	timer := time.NewTimer(b.poll)
	defer timer.Stop()
	for ctx.Err() == nil {
		wait, err := r.round(ctx)
		if err == nil {
			err = r.purge(ctx)
		}
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the outbox stumbled and will try again", "error", err)
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-b.wake:
		case l := <-r.ended:
			r.settle(l)
		case <-timer.C:
		}
	}
	r.drain(stop)
	return ctx.Err()
}

// settle notes that an attempt has ended, and all that have ended besides.
func (r *runner) settle(l lane) {
	for {
		r.busy[l.Channel]--
		if r.inLane[l]--; r.inLane[l] == 0 {
			delete(r.inLane, l)
		}
		select {
		case l = <-r.ended:
		default:
			return
		}
	}
}

// drain waits for the attempts under way, and ends those that take too long.
func (r *runner) drain(stop func()) {
	done := make(chan struct{})
	go func() { r.attempts.Wait(); close(done) }()
	timer := time.AfterFunc(drain, stop)
	defer timer.Stop()
	for {
		select {
		case <-r.ended:
		case <-done:
			return
		}
	}
}

// round claims what its bounds let it send, begins sending, and says how long nothing more will come by itself.
func (r *runner) round(ctx context.Context) (wait time.Duration, err error) {
	wait = r.poll
	lanes, err := r.lanes(ctx)
	if err != nil {
		return wait, err
	}
	r.rounds++
	slices.SortStableFunc(lanes, func(a, b laneState) int { return cmp.Compare(r.served[a.lane], r.served[b.lane]) })
	for _, l := range lanes {
		ch := r.channels[l.Channel]
		n, soon := r.room(ch, l)
		if soon > 0 {
			wait = min(wait, soon)
		}
		if n <= 0 {
			continue
		}
		claimed, err := r.claim(ctx, ch, l.lane, n)
		if err != nil {
			return wait, err
		}
		r.served[l.lane] = r.rounds
		for _, m := range claimed {
			r.begin(ch, l.lane, m)
		}
	}
	return wait, nil
}

// room is how many attempts a lane may begin now. When only the rate stands in the way, soon is until it does not.
func (r *runner) room(ch *channel, l laneState) (n int, soon time.Duration) {
	if ch == nil {
		return 0, 0
	}
	perLane := ch.PerLane
	if l.failures > 0 {
		perLane = 1
	}
	n = min(ch.AtOnce-r.busy[ch.Name], perLane-r.inLane[l.lane])
	if n <= 0 || ch.limit == nil {
		return n, 0
	}
	tokens := ch.limit.TokensAt(r.world.Now())
	if tokens < 1 {
		return 0, time.Duration(math.Ceil((1 - tokens) / ch.Rate * float64(time.Second)))
	}
	return min(n, int(tokens)), 0
}

// begin starts one attempt. Its goroutine belongs to Run, which waits for it.
func (r *runner) begin(ch *channel, l lane, m claimed) {
	if ch.limit != nil {
		ch.limit.AllowN(r.world.Now(), 1)
	}
	r.busy[ch.Name]++
	r.inLane[l]++
	r.attempts.Go(func() {
		defer func() { r.ended <- l }()
		r.attempt(r.cut, ch, m)
	})
}

// attempt sends one message and keeps the outcome. An outcome that cannot be kept is as if the process had died: the
// lease runs out and the message is sent again.
func (b *Box) attempt(ctx context.Context, ch *channel, m claimed) {
	begun := b.world.Now()
	answer, err := "", error(refused{errExpired})
	if left := m.Expires.Sub(begun); left > 0 {
		bound, cancel := context.WithTimeout(ctx, min(ch.Timeout, left))
		answer, err = send(bound, ch.Sender, m.Message)
		cancel()
	}
	if err != nil && ctx.Err() != nil {
		return // told to stop: it is not known whether it arrived
	}
	if keepErr := b.keep(ctx, ch, m, begun, answer, err); keepErr != nil {
		slog.ErrorContext(ctx, "the outcome of a delivery could not be kept", "channel", ch.Name, "message", m.ID, "error", keepErr)
	}
}

var errExpired = errors.New("its time had passed before it could be delivered")

func send(ctx context.Context, s Sender, m Message) (answer string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the sender panicked: %v", p)
		}
	}()
	return s.Send(ctx, m)
}

// backoff is how long to wait after the n-th failure, n from 1: first doubled each time, at most most, and of that a
// random half, so that what failed together does not come back together.
func (b *Box) backoff(first, most time.Duration, n int64) time.Duration {
	d := most
	if n < 32 && first<<(n-1) < most && first<<(n-1) > 0 {
		d = first << (n - 1)
	}
	r := b.world.Bytes(4)
	share := float64(uint32(r[0])<<24|uint32(r[1])<<16|uint32(r[2])<<8|uint32(r[3])) / math.MaxUint32
	return d/2 + time.Duration(share*float64(d/2))
}

// keep writes down what became of an attempt.
func (b *Box) keep(ctx context.Context, ch *channel, m claimed, begun time.Time, answer string, err error) error {
	took := b.world.Now().Sub(begun)
	return b.db.Update(ctx, func(tx *store.Tx) error {
		o := Outcome{State: Sent, Answer: answer, Err: err}
		if err != nil {
			o.Answer = cmp.Or(answer, err.Error())
		}
		o.Answer = short(o.Answer)
		attemptID := fmt.Sprintf("%020d-%s", store.Micros(begun), m.lease)
		_, dbErr := tx.Exec(ctx, `INSERT INTO outbox_attempt(study_id, message_id, attempt_id, at, took, ok, answer) VALUES($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT DO NOTHING`, m.Study, m.ID, attemptID, store.Micros(begun), took.Microseconds(), truth(err == nil), o.Answer)
		if dbErr != nil {
			return dbErr
		}
		if err == nil {
			dbErr = succeeded(ctx, tx, m, o)
		} else {
			dbErr = b.failed(ctx, tx, ch, m, &o)
		}
		if dbErr == nil && ch.Settled != nil {
			dbErr = ch.Settled(ctx, tx, m.Message, o)
		}
		return dbErr
	})
}

func short(s string) string {
	const most = 500
	runes := []rune(s)
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// succeeded notes a delivery, even one whose lease had run out or whose campaign was cancelled: it has left.
func succeeded(ctx context.Context, tx *store.Tx, m claimed, o Outcome) error {
	_, err := tx.Exec(ctx, `UPDATE outbox_message SET state = 'sent', settled = $3, lease = '', answer = $4
		WHERE study_id = $1 AND message_id = $2 AND state IN ('waiting', 'cancelled')`, m.Study, m.ID, store.Micros(tx.Now), o.Answer)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE outbox_lane SET failures = 0, since = 0, paused = 0 WHERE study_id = $1 AND channel = $2 AND lane = $3 AND failures > 0`,
		m.Study, m.Channel, m.Lane)
	return err
}

// failed puts a message off, or declares it dead, and its lane on hold if that was the lane's fault.
func (b *Box) failed(ctx context.Context, tx *store.Tx, ch *channel, m claimed, o *Outcome) error {
	_, never := errors.AsType[refused](o.Err)
	wait := b.backoff(ch.First, ch.Most, m.Attempt)
	hold, onHold := errors.AsType[deferred](o.Err)
	if onHold {
		wait = max(wait, hold.after)
	}
	next := tx.Now.Add(wait)
	o.State = Waiting
	if never || !next.Before(m.Expires) {
		o.State = Dead
	}
	settled := int64(0)
	if o.State == Dead {
		settled = store.Micros(tx.Now)
	}
	_, err := tx.Exec(ctx, `UPDATE outbox_message SET state = $4, due = $5, settled = $6, lease = '', answer = $7
		WHERE study_id = $1 AND message_id = $2 AND lease = $3 AND state = 'waiting'`,
		m.Study, m.ID, m.lease, o.State, store.Micros(next), settled, o.Answer)
	if err != nil || never {
		return err
	}
	var since int64
	err = tx.Row(ctx, `UPDATE outbox_lane SET failures = failures + 1, since = CASE WHEN failures = 0 THEN $4 ELSE since END
		WHERE study_id = $1 AND channel = $2 AND lane = $3 RETURNING failures, since`, m.Study, m.Channel, m.Lane, store.Micros(tx.Now)).Scan(&o.Failures, &since)
	if err != nil {
		return err
	}
	o.Since = store.Time(since)
	paused := tx.Now.Add(b.backoff(ch.First/4, min(ch.Most, lanePause), o.Failures))
	if onHold {
		paused = tx.Now.Add(max(hold.after, time.Second))
	}
	_, err = tx.Exec(ctx, `UPDATE outbox_lane SET paused = $4 WHERE study_id = $1 AND channel = $2 AND lane = $3`, m.Study, m.Channel, m.Lane, store.Micros(paused))
	return err
}

// lanePause is the longest that a failing lane is left alone: then one message is tried again.
const lanePause = 5 * time.Minute
