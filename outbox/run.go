package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/store"
)

// grace is added to an attempt's timeout for the lease: only a process that died holds a message for longer.
const grace = 20 * time.Second

// drain is how long attempts under way may go on after Run was told to stop.
const drain = 5 * time.Second

// runner is what one Run has under way. Only its own loop touches it.
type runner struct {
	*Box
	sight
	lines    map[string]*line
	places   map[lane]*place // one for each destination that there was something for
	ended    chan ended
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
	r := &runner{Box: b, sight: sight{stale: true}, lines: map[string]*line{}, places: map[lane]*place{}, ended: make(chan ended), cut: cut}
	for name, ch := range b.channels {
		r.lines[name] = &line{channel: ch}
	}
	timer, tick := time.NewTimer(b.poll), time.NewTicker(b.poll)
	defer timer.Stop()
	defer tick.Stop()
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
			r.stale = true
		case e := <-r.ended:
			r.settle(e)
		case <-tick.C:
			r.stale, r.rest = true, 0
		case <-timer.C:
		}
	}
	r.drain(stop)
	return ctx.Err()
}

// settle notes that an attempt has ended, and all that have ended besides.
func (r *runner) settle(e ended) {
	for {
		r.lines[e.place.Channel].settle(e)
		r.rest--
		select {
		case e = <-r.ended:
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
	if err := r.look(ctx); err != nil {
		return wait, err
	}
	for {
		turns, soon := r.turns()
		if soon > 0 {
			wait = min(wait, soon)
		}
		if len(turns) == 0 {
			return wait, nil
		}
		if err := r.claim(ctx, turns); err != nil {
			return wait, err
		}
		for _, t := range turns {
			l := r.lines[t.place.Channel]
			for _, m := range t.claimed {
				r.begin(l, t.place, m)
			}
			l.begun(t)
		}
	}
}

// turns are who may begin now, over all channels.
func (r *runner) turns() (all []turn, soon time.Duration) {
	now := r.world.Now()
	for _, l := range r.lines {
		some, after := l.turns(now)
		all = append(all, some...)
		if after > 0 && (soon == 0 || after < soon) {
			soon = after
		}
	}
	return all, soon
}

// begin starts one attempt. Its goroutine belongs to Run, which waits for it.
func (r *runner) begin(l *line, p *place, m claimed) {
	t := &try{begun: r.world.Now()}
	if l.limit != nil {
		l.limit.AllowN(t.begun, 1)
	}
	l.young = append(l.young, t)
	l.brisk++
	p.under++
	r.attempts.Go(func() {
		outcome := lost
		defer func() { r.ended <- ended{p, t, outcome} }()
		outcome = r.attempt(r.cut, l.channel, m)
	})
}

// attempt sends one message and keeps the outcome. An outcome that cannot be kept is as if the process had died: the
// lease runs out and the message is sent again.
func (b *Box) attempt(ctx context.Context, ch *channel, m claimed) fate {
	begun := b.world.Now()
	answer, err := "", error(refused{errExpired})
	ctx, end := store.Work(ctx, "send "+ch.Name, m.Study, 1)
	defer end(&err)
	if left := m.Expires.Sub(begun); left > 0 {
		bound, cancel := context.WithTimeout(ctx, min(ch.Timeout, left))
		answer, err = ch.deliver(bound, m.Message)
		cancel()
	}
	if err != nil && ctx.Err() != nil {
		return lost // told to stop: it is not known whether it arrived
	}
	if keepErr := b.keep(ctx, ch, m, begun, answer, err); keepErr != nil {
		slog.ErrorContext(ctx, "the outcome of a delivery could not be kept", "channel", ch.Name, "message", m.ID, "error", keepErr)
		return lost
	}
	if _, never := errors.AsType[refused](err); never {
		return lost
	} else if err != nil {
		return failing
	}
	return taken
}

var errExpired = errors.New("its time had passed before it could be delivered")

// deliver asks for the address where there is somebody to ask, and sends.
func (ch *channel) deliver(ctx context.Context, m Message) (answer string, err error) {
	if ch.Address == nil {
		return send(ctx, ch.Sender, m)
	}
	if m.To, err = ch.Address(ctx, m); err != nil {
		return "", err
	}
	answer, err = send(ctx, ch.Sender, m)
	if err != nil {
		err = coveredError{err, Cover(err.Error(), m.To)}
	}
	return Cover(answer, m.To), err
}

// coveredError is an error that says something else than it did.
type coveredError struct {
	error
	text string
}

func (e coveredError) Error() string { return e.text }
func (e coveredError) Unwrap() error { return e.error }

// Cover puts … in the place of an address in what was answered, and of a mail address's name before the @.
func Cover(text, address string) string {
	name, _, _ := strings.Cut(address, "@")
	for _, said := range []string{address, name} {
		if len(said) > 3 {
			text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(said)).ReplaceAllLiteralString(text, "…")
		}
	}
	return text
}

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
