package outbox_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/outbox"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if kill() {
		return
	}
	flag.Parse()
	if testing.Short() {
		_ = flag.Set("rapid.checks", "10") // each with a box of its own
	}
	goleak.VerifyTestMain(m)
}

const htn casebook.StudyID = "HTN-24"

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// office is a database with an outbox, and a clock that the test turns.
type office struct {
	*testing.T
	clock *casebook.Clock
	world casebook.World
	dsn   string
	db    *store.DB
}

func onOffices(t *testing.T, fn func(o *office)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := casebook.NewClock(noon)
			world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
			dsn := storetest.DSN(t, engine)
			fn(&office{t, clock, world, dsn, storetest.Open(t, dsn, world, []fs.FS{outbox.Migrations})})
		})
	}
}

// run runs a box until the returned stop or the end of the test.
func (o *office) run(b *outbox.Box) (stop func()) {
	ctx, cancel := context.WithCancel(o.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = b.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	o.Cleanup(stop)
	return stop
}

func (o *office) update(fn func(tx *store.Tx) error) {
	o.Helper()
	if err := o.db.Update(o.Context(), fn); err != nil {
		o.Fatal(err)
	}
}

func (o *office) put(b *outbox.Box, messages ...outbox.Message) (fresh []bool) {
	o.Helper()
	o.update(func(tx *store.Tx) (err error) {
		fresh, err = b.Put(o.Context(), tx, htn, slices.Clone(messages)...)
		return err
	})
	b.Wake()
	return fresh
}

func (o *office) list(f outbox.Filter) (all []outbox.Record) {
	o.Helper()
	err := o.db.View(o.Context(), func(tx *store.Tx) (err error) {
		all, err = outbox.List(o.Context(), tx, htn, f)
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	return all
}

// tries are the attempts at the only message.
func (o *office) tries() (all []outbox.Attempt) {
	o.Helper()
	id := o.only().ID
	err := o.db.View(o.Context(), func(tx *store.Tx) (err error) {
		all, err = outbox.Attempts(o.Context(), tx, htn, id)
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	return all
}

func (o *office) only() outbox.Record {
	o.Helper()
	all := o.list(outbox.Filter{})
	if len(all) != 1 {
		o.Fatalf("%d messages, want 1", len(all))
	}
	return all[0]
}

// postman is a sender that does as it is told, and tells of every attempt once its outcome is kept.
type postman struct {
	fails func(m outbox.Message) error // nil delivers everything

	mu   sync.Mutex
	took map[string]int // deliveries by recipient

	settled chan outbox.Outcome
}

func newPostman(fails func(outbox.Message) error) *postman {
	return &postman{fails: fails, took: map[string]int{}, settled: make(chan outbox.Outcome, 10000)}
}

func (p *postman) Send(_ context.Context, m outbox.Message) (string, error) {
	if p.fails != nil {
		if err := p.fails(m); err != nil {
			return "", err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[m.To]++
	return "thank you", nil
}

func (p *postman) delivered(to string) int { p.mu.Lock(); defer p.mu.Unlock(); return p.took[to] }

func (p *postman) channel(name string) outbox.Channel {
	return outbox.Channel{Name: name, Sender: p, Settled: func(_ context.Context, _ *store.Tx, _ outbox.Message, o outbox.Outcome) error {
		p.settled <- o
		return nil
	}}
}

// next waits for the end of an attempt; the outcome is committed a moment later.
func (o *office) next(p *postman) outbox.Outcome {
	o.Helper()
	select {
	case out := <-p.settled:
		return out
	case <-time.After(20 * time.Second):
		o.Fatal("nothing was tried")
		panic("unreachable")
	}
}

// until waits for something that the box does in its own time.
func (o *office) until(what string, fn func() bool) {
	o.Helper()
	for begun := time.Now(); !fn(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			o.Fatal("it did not come to this: " + what)
		}
	}
}

func (o *office) untilState(want outbox.State) {
	o.Helper()
	o.until("the message is "+string(want), func() bool { return o.only().State == want })
}

func TestAMessageLeavesOnlyWithItsCause(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(nil)
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		o.run(b)
		changedMind := errors.New("changed my mind")
		err := o.db.Update(o.Context(), func(tx *store.Tx) error {
			if _, err := b.Put(o.Context(), tx, htn, outbox.Message{Channel: "mail", To: "never"}); err != nil {
				return err
			}
			return changedMind
		})
		if !errors.Is(err, changedMind) {
			o.Fatal(err)
		}
		o.put(b, outbox.Message{Channel: "mail", To: "chenrui", Title: "A query waits", Link: "https://example.org"})
		o.next(p)
		o.untilState(outbox.Sent)
		if p.delivered("never") != 0 || p.delivered("chenrui") != 1 {
			o.Errorf("delivered: %v", p.took)
		}
		if r := o.only(); r.Answer != "thank you" || r.Title != "A query waits" || r.Attempt != 1 {
			o.Errorf("the log holds %+v", r)
		}
	})
}

func TestWhatHasOneKeyLeavesOnce(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(nil)
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		one := outbox.Message{Channel: "mail", To: "a", Dedupe: "visit 3, day 2"}
		if fresh := o.put(b, one); !fresh[0] {
			o.Error("the first was passed over")
		}
		if fresh := o.put(b, one, outbox.Message{Channel: "mail", To: "b"}); fresh[0] || !fresh[1] {
			o.Errorf("fresh: %v", fresh)
		}
		o.run(b)
		o.next(p)
		o.next(p)
		if p.delivered("a") != 1 || p.delivered("b") != 1 {
			o.Errorf("delivered: %v", p.took)
		}
	})
}

func TestAFailureIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		failures := 3
		p := newPostman(func(m outbox.Message) error {
			if m.Attempt <= int64(failures) {
				return errors.New("the line is engaged")
			}
			return nil
		})
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		o.run(b)
		o.put(b, outbox.Message{Channel: "mail", To: "a"})
		var waits []time.Duration
		for n := range failures {
			if out := o.next(p); out.State != outbox.Waiting || out.Failures != int64(n+1) || !out.Since.Equal(noon) {
				o.Fatalf("attempt %d: %+v", n+1, out)
			}
			o.until("the outcome is kept", func() bool { return len(o.tries()) == n+1 })
			waits = append(waits, o.only().Due.Sub(o.clock.Now()))
			o.clock.Add(time.Hour)
			b.Wake()
		}
		if out := o.next(p); out.State != outbox.Sent {
			o.Fatalf("at last: %+v", out)
		}
		o.untilState(outbox.Sent)
		for n, first := 0, 5*time.Second; n < failures; n, first = n+1, 2*first {
			if waits[n] < first/2 || waits[n] > first {
				o.Errorf("the wait after failure %d was %v, want between %v and %v", n+1, waits[n], first/2, first)
			}
		}
		if tries := o.tries(); len(tries) != failures+1 || tries[0].OK || tries[0].Answer != "the line is engaged" || !tries[failures].OK {
			o.Errorf("the log: %v", tries)
		}
	})
}

func TestWhatIsRefusedIsDeadUntilItIsReplayed(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		unknown := true
		p := newPostman(func(outbox.Message) error {
			if unknown {
				return outbox.Refuse(errors.New("no such mailbox"))
			}
			return nil
		})
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		stop := o.run(b)
		o.put(b, outbox.Message{Channel: "mail", To: "a"})
		if out := o.next(p); out.State != outbox.Dead || out.Failures != 0 {
			o.Fatalf("%+v", out)
		}
		o.untilState(outbox.Dead)
		stop()
		unknown = false
		o.run(b)
		id := o.only().ID
		o.update(func(tx *store.Tx) error { return outbox.Replay(o.Context(), tx, htn, id) })
		b.Wake()
		if out := o.next(p); out.State != outbox.Sent {
			o.Fatalf("%+v", out)
		}
		err := o.db.Update(o.Context(), func(tx *store.Tx) error { return outbox.Replay(o.Context(), tx, "OTHER", id) })
		if casebook.KindOf(err) != casebook.NotFound {
			o.Errorf("another study's message: %v", err)
		}
	})
}

func TestAMessageDoesNotArriveAfterItsTime(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(nil)
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("push")}})
		o.put(b, outbox.Message{Channel: "push", To: "late", Expires: noon.Add(time.Hour)},
			outbox.Message{Channel: "push", To: "in time", Expires: noon.Add(3 * time.Hour)})
		o.clock.Add(2 * time.Hour)
		o.run(b)
		o.next(p)
		o.next(p)
		if p.delivered("late") != 0 || p.delivered("in time") != 1 {
			o.Errorf("delivered: %v", p.took)
		}
		o.until("the late one is dead", func() bool { return len(o.list(outbox.Filter{State: outbox.Dead})) == 1 })
	})
}

func TestACampaignIsStoppedMidway(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		gate, begun := make(chan struct{}), make(chan struct{}, 100)
		p := newPostman(func(outbox.Message) error { begun <- struct{}{}; <-gate; return nil })
		ch := p.channel("mail")
		ch.PerLane = 2
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{ch}})
		var all []outbox.Message
		for n := range 20 {
			all = append(all, outbox.Message{Channel: "mail", To: fmt.Sprint(n), Campaign: "safety letter 7"})
		}
		o.put(b, all...)
		o.run(b)
		<-begun
		<-begun
		var taken int64
		o.update(func(tx *store.Tx) (err error) {
			taken, err = outbox.Cancel(o.Context(), tx, htn, "safety letter 7")
			return err
		})
		close(gate)
		o.next(p)
		o.next(p)
		if taken != 20 {
			o.Errorf("%d were cancelled, want all 20, the two under way included", taken)
		}
		o.until("the two that had left are listed as sent", func() bool {
			counts := map[outbox.State]int64{}
			if err := o.db.View(o.Context(), func(tx *store.Tx) (err error) {
				counts, err = outbox.Counts(o.Context(), tx, htn, "safety letter 7")
				return err
			}); err != nil {
				o.Fatal(err)
			}
			return maps.Equal(counts, map[outbox.State]int64{outbox.Sent: 2, outbox.Cancelled: 18})
		})
		if len(p.took) != 2 {
			o.Errorf("delivered: %v", p.took)
		}
	})
}

// A destination that never answers holds its own lane only: the others are served meanwhile, though a hundred messages
// for the silent one were put in before theirs.
func TestASilentDestinationDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		release := make(chan struct{})
		p := newPostman(func(m outbox.Message) error {
			if m.Lane == "silent" {
				<-release
			}
			return nil
		})
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("webhook")}})
		var all []outbox.Message
		for range 100 {
			all = append(all, outbox.Message{Channel: "webhook", Lane: "silent", To: "silent"})
		}
		for n := range 30 {
			all = append(all, outbox.Message{Channel: "webhook", Lane: fmt.Sprint("brisk ", n%3), To: "brisk"})
		}
		o.put(b, all...)
		o.run(b)
		for range 30 {
			o.next(p)
		}
		if p.delivered("brisk") != 30 || p.delivered("silent") != 0 {
			o.Errorf("delivered: %v", p.took)
		}
		close(release)
	})
}

// Dead hosts hang in the places of their channel until they count as slow; then those who answer have their places. The control is a
// channel that has no room for slow ones: nobody else is served.
func TestHostsThatHangGiveTheirPlacesToThoseThatAnswer(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		hung, release := make(chan struct{}, 100), make(chan struct{})
		p := newPostman(func(m outbox.Message) error {
			if m.Title == "dead" {
				hung <- struct{}{}
				<-release
			}
			return nil
		})
		patient, rigid := p.channel("patient"), p.channel("rigid")
		patient.AtOnce, patient.Slow, rigid.AtOnce = 2, 5, 2
		b := outbox.New(o.db, outbox.Options{Poll: time.Millisecond, Channels: []outbox.Channel{patient, rigid}})
		var all []outbox.Message
		for n := range 30 {
			title := "dead"
			if n >= 5 {
				title = "living"
			}
			for _, channel := range []string{"patient", "rigid"} {
				all = append(all, outbox.Message{Channel: channel, Lane: fmt.Sprintf("%02d", n), Title: title, To: channel})
			}
		}
		o.put(b, all...)
		o.run(b)
		defer close(release)
		for _, n := range []int{4, 2, 1} { // both channels at first, then only where there is room
			for range n {
				select {
				case <-hung:
				case <-time.After(20 * time.Second):
					o.Fatal("a host that hangs was given no place")
				}
			}
			o.clock.Add(time.Second)
		}
		for range 25 {
			o.next(p)
		}
		if p.delivered("patient") != 25 || p.delivered("rigid") != 0 {
			o.Errorf("delivered: %v", p.took)
		}
	})
}

func TestADeadDestinationIsProbedAndNotFlooded(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		var mu sync.Mutex
		tries := 0
		p := newPostman(func(outbox.Message) error { mu.Lock(); defer mu.Unlock(); tries++; return errors.New("refused") })
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("webhook")}})
		var all []outbox.Message
		for range 100 {
			all = append(all, outbox.Message{Channel: "webhook", Lane: "dead"})
		}
		o.put(b, all...)
		o.run(b)
		for range 4 {
			o.next(p)
		}
		o.until("the lane is paused", func() bool { // nothing more happens while the clock stands
			b.Wake()
			mu.Lock()
			defer mu.Unlock()
			return tries == 4
		})
		o.clock.Add(time.Hour)
		b.Wake()
		if out := o.next(p); out.Failures != 5 {
			o.Errorf("the probe: %+v", out)
		}
	})
}

func TestARateIsKept(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(nil)
		ch := p.channel("robot")
		ch.Rate = 3
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{ch}})
		o.put(b, slices.Repeat([]outbox.Message{{Channel: "robot", To: "group"}}, 10)...)
		o.run(b)
		for second := range 3 {
			for range 3 {
				o.next(p)
			}
			if got := p.delivered("group"); got != 3*(second+1) {
				o.Fatalf("%d delivered in second %d", got, second)
			}
			o.clock.Add(time.Second)
			b.Wake()
		}
	})
}

func TestTwoProcessesSendEachMessageOnce(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(nil)
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		other := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		var all []outbox.Message
		for n := range 200 {
			all = append(all, outbox.Message{Channel: "mail", Lane: fmt.Sprint(n % 7), To: fmt.Sprint(n)})
		}
		o.put(b, all...)
		o.run(b)
		o.run(other)
		for range 200 {
			o.next(p)
		}
		for n := range 200 {
			if got := p.delivered(fmt.Sprint(n)); got != 1 {
				o.Errorf("message %d was delivered %d times", n, got)
			}
		}
	})
}

// A sender that panics has failed, like any other.
func TestASenderThatPanicsHasFailed(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		p := newPostman(func(outbox.Message) error { panic("a nil map") })
		b := outbox.New(o.db, outbox.Options{Channels: []outbox.Channel{p.channel("mail")}})
		o.run(b)
		o.put(b, outbox.Message{Channel: "mail"})
		if out := o.next(p); out.State != outbox.Waiting || !strings.Contains(out.Answer, "a nil map") {
			o.Errorf("%+v", out)
		}
	})
}
