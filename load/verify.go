package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Kept counts what storage itself holds of a run: how often each report id that begins with prefix is there.
type Kept func(ctx context.Context, prefix string) (map[string]int, error)

// Verdict is what became of the acknowledged reports.
type Verdict struct {
	Run          string   `json:"run"`
	Acknowledged int64    `json:"acknowledged"`
	Replayed     int64    `json:"replayed"`   // known to the server, with the receipt that was given
	Lost         int64    `json:"lost"`       // not known to the server, or not in storage
	Changed      int64    `json:"changed"`    // known, but with another receipt or another content
	Unanswered   int64    `json:"unanswered"` // the server gave no verdict in time
	Counted      bool     `json:"counted"`    // storage was counted; otherwise Duplicated says nothing
	Duplicated   int64    `json:"duplicated"` // in storage more than once, acknowledged or not
	Examples     []string `json:"examples,omitempty"`
}

// Pass is whether every acknowledged report is there as it was acknowledged, and none twice.
// Where nothing was acknowledged nothing was tested.
func (v Verdict) Pass() bool {
	return v.Acknowledged > 0 && v.Replayed == v.Acknowledged && v.Duplicated == 0
}

// Verify looks for every report in the list at o.Acks, which Run wrote. It asks kept first, if there is one, and then
// sends each report again, byte for byte: a server that has it answers 200 with the same receipt and
// Idempotent-Replay: true, and any other answer is a fault. Of o it needs Address, Token and Acks; Patience is how long
// a report without a verdict is sent again, 10 s if 0. A lost report that the server then takes in is lost all the same.
func Verify(ctx context.Context, o Options, kept Kept) (Verdict, error) {
	o, err := o.reach()
	if err != nil {
		return Verdict{}, err
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	o.Bodies = 0 // each is asked for alone
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &audit{Options: o, todo: make(chan claim)}
	var all sync.WaitGroup
	err = readAcks(o.Acks, func(head ackHead) error {
		if err := a.count(ctx, head.Run, kept); err != nil {
			return err
		}
		for range o.Connections {
			all.Go(func() { a.work(ctx, newMaker(head)) })
		}
		return nil
	}, func(n int64, receipt string) error {
		select {
		case a.todo <- claim{n, receipt}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(a.todo)
	all.Wait()
	return a.verdict, err
}

// claim is a report that the server acknowledged.
type claim struct {
	n       int64
	receipt string
}

// audit checks claims, on many connections at once.
type audit struct {
	Options
	todo   chan claim
	stored map[string]int // nil when storage is not counted

	mu      sync.Mutex
	verdict Verdict
}

func (a *audit) count(ctx context.Context, run string, kept Kept) (err error) {
	a.verdict.Run = run
	if kept == nil {
		return nil
	}
	if a.stored, err = kept(ctx, run+"-"); err != nil {
		return err
	}
	a.verdict.Counted = true
	for id, n := range a.stored {
		if n > 1 {
			a.fault(&a.verdict.Duplicated, id, fmt.Sprintf("is in storage %d times", n))
		}
	}
	return nil
}

func (a *audit) work(ctx context.Context, m *maker) {
	c := &conn{dial: a.dial}
	defer c.close()
	p := newPost(a.Options)
	for k := range a.todo {
		got, err := a.ask(ctx, c, p.of(m.report(k.n)))
		a.judge(m.id(k.n), k.receipt, got, err)
	}
}

// ask sends a report again until there is a verdict or patience ends.
func (a *audit) ask(ctx context.Context, c *conn, text []byte) (*answer, error) {
	until := a.World.Now().Add(a.Patience)
	for {
		now := a.World.Now()
		got, err := c.do(ctx, text, now.Add(a.Timeout))
		wait, unsettled := undecided(got, err)
		if !unsettled || a.World.Now().Add(wait).After(until) || !pause(ctx, wait) {
			return got, err
		}
	}
}

func (a *audit) judge(id, receipt string, got *answer, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := &a.verdict
	v.Acknowledged++
	var k acknowledgement
	_, unsettled := undecided(got, err)
	good := !unsettled && k.read(got)
	switch {
	case a.stored != nil && a.stored[id] == 0:
		a.fault(&v.Lost, id, "is not in storage")
	case !unsettled && got.status == http.StatusConflict || good && got.replay && k.Receipt != receipt:
		a.fault(&v.Changed, id, fmt.Sprintf("has the receipt %q, was given %q, status %d", k.Receipt, receipt, got.status))
	case good && got.replay:
		v.Replayed++
	case good || !unsettled && got.status == http.StatusNotFound:
		a.fault(&v.Lost, id, fmt.Sprintf("was not known: status %d", got.status))
	default:
		a.fault(&v.Unanswered, id, fmt.Sprintf("got no verdict: status %d, %v", got.status, err))
	}
}

// fault counts one and keeps it as an example.
func (a *audit) fault(counter *int64, id, what string) {
	*counter++
	if len(a.verdict.Examples) < maxExamples {
		a.verdict.Examples = append(a.verdict.Examples, id+" "+what)
	}
}
