package outbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
	"casebook/outbox"
	"casebook/store"
	"casebook/store/storetest"

	"pgregory.net/rapid"
)

// Whatever the destinations do, every message ends: delivered, refused, expired or cancelled; and none that is listed as
// sent was not delivered.
func TestPropertyEveryMessageComesToAnEnd(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "sqlite")
	clock := casebook.NewClock(noon)
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	db := storetest.Open(t, dsn, world, []fs.FS{outbox.Migrations})
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		study := casebook.StudyID(fmt.Sprint("S", round))
		fate := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 12).Draw(r, "fates")
		p := newPostman(func(m outbox.Message) error {
			n, _ := strconv.Atoi(m.To)
			switch f := fate[n]; {
			case f == 9:
				return outbox.Refuse(errors.New("never"))
			case f == 8:
				return errors.New("not ever")
			case int64(f) >= m.Attempt:
				return errors.New("not yet")
			}
			return nil
		})
		b := outbox.New(db, outbox.Options{Channels: []outbox.Channel{p.channel("c")}})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for n := range fate {
				if _, err := b.Put(t.Context(), tx, study, outbox.Message{Channel: "c", Lane: strconv.Itoa(n % 3), To: strconv.Itoa(n)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = b.Run(ctx) }()
		defer func() { cancel(); <-ended }()
		var all []outbox.Record
		for open := len(fate); open > 0; {
			clock.Add(6 * time.Hour)
			b.Wake()
			time.Sleep(time.Millisecond)
			if err := db.View(ctx, func(tx *store.Tx) (err error) { all, err = outbox.List(ctx, tx, study, outbox.Filter{}); return err }); err != nil {
				r.Fatal(err)
			}
			open = 0
			for _, m := range all {
				if m.State == outbox.Waiting {
					open++
				}
			}
		}
		if len(all) != len(fate) {
			r.Fatalf("%d of %d messages are there", len(all), len(fate))
		}
		for _, m := range all {
			n, _ := strconv.Atoi(m.To)
			if got := p.delivered(m.To); (m.State == outbox.Sent) != (got > 0) {
				r.Errorf("message %s, fate %d: it is %s and was delivered %d times", m.To, fate[n], m.State, got)
			}
			if fate[n] >= 8 && m.State != outbox.Dead {
				r.Errorf("message %s could not be delivered and is %s", m.To, m.State)
			}
		}
	})
}

// Three days of a dead destination, in the time that it takes to compute them: the attempts become rarer, at most an
// hour apart, and after 72 hours the message is given up.
func TestThreeDaysOfFailuresInNoTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "casebook.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{World: casebook.Outside(), Migrations: []fs.FS{outbox.Migrations}})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		begun := time.Now()
		var at []time.Time
		p := newPostman(func(outbox.Message) error { at = append(at, time.Now()); return errors.New("nobody at home") })
		b := outbox.New(db, outbox.Options{Poll: 5 * time.Minute, Channels: []outbox.Channel{p.channel("mail")}})
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := b.Put(t.Context(), tx, htn, outbox.Message{Channel: "mail", To: "a"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = b.Run(ctx) }()
		for out := range p.settled {
			if out.State == outbox.Dead {
				break
			}
		}
		cancel()
		<-ended
		if last := at[len(at)-1].Sub(begun); last < 70*time.Hour || last > 72*time.Hour {
			t.Errorf("the last attempt came after %v", last)
		}
		if len(at) < 60 || len(at) > 160 {
			t.Errorf("%d attempts in 72 hours", len(at))
		}
		for n := 1; n < len(at); n++ {
			if gap := at[n].Sub(at[n-1]); gap > time.Hour+10*time.Minute {
				t.Errorf("between attempts %d and %d lay %v", n, n+1, gap)
			}
		}
	})
}

// The child of the test below: it sends what is in the database, each delivery a line in a file, until it is killed.
// "early" is the control: it reports a message as sent before it is on the paper.
const (
	childDB   = "CASEBOOK_OUTBOX_CHILD"
	childMode = "CASEBOOK_OUTBOX_MODE"
)

type paper struct {
	path  string
	early bool
}

func (p paper) Send(_ context.Context, m outbox.Message) (string, error) {
	write := func() error {
		f, err := os.OpenFile(p.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(f, m.To)
		return errors.Join(err, f.Close())
	}
	if p.early {
		time.AfterFunc(time.Second, func() { _ = write() })
		return "", nil
	}
	return "", write()
}

// kill is the child. It reports whether this process is one.
func kill() bool {
	dsn := os.Getenv(childDB)
	if dsn == "" {
		return false
	}
	mode := os.Getenv(childMode)
	ahead, _ := strconv.Atoi(os.Args[len(os.Args)-1])
	// Each child lives some minutes later than the one before, so that the leases of the dead have run out.
	world := casebook.World{Now: func() time.Time { return time.Now().Add(time.Duration(ahead) * 5 * time.Minute) }, Rand: casebook.Outside().Rand}
	db, err := store.Open(context.Background(), dsn, store.Options{World: world, Migrations: []fs.FS{outbox.Migrations}, Unsafe: true})
	if err != nil {
		panic(err)
	}
	b := outbox.New(db, outbox.Options{Channels: []outbox.Channel{{Name: "paper", Sender: paper{os.Getenv("CASEBOOK_OUTBOX_PAPER"), mode == "early"}}}})
	fmt.Println("ready")
	_ = b.Run(context.Background())
	return true
}

func TestAKilledProcessLosesNoMessage(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		kills := 8
		if testing.Short() {
			kills = 3
		}
		if lost := o.killed("", kills); lost != 0 {
			o.Errorf("%d messages are listed as sent and were never delivered", lost)
		}
	})
}

func TestControlASenderThatReportsTooEarlyLoses(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "sqlite")
	o := &office{t, casebook.NewClock(noon), casebook.Outside(), dsn, storetest.Open(t, dsn, casebook.Outside(), []fs.FS{outbox.Migrations})}
	for range 5 {
		if o.killed("early", 4) > 0 {
			return
		}
	}
	t.Error("a sender that reports before it delivers lost nothing: the test is blind")
}

// killed puts messages in, kills process after process that send them, and returns how many were lost.
func (o *office) killed(mode string, kills int) (lost int) {
	const messages = 300
	file := filepath.Join(o.TempDir(), "delivered")
	b := outbox.New(o.db, outbox.Options{})
	var all []outbox.Message
	for n := range messages {
		all = append(all, outbox.Message{Channel: "paper", Lane: strconv.Itoa(n % 5), To: fmt.Sprintf("%s/%d", file, n), Due: noon, Expires: time.Now().Add(1000 * time.Hour)})
	}
	o.put(b, all...)
	for n := range kills {
		last := n == kills-1
		cmd := exec.Command(os.Args[0], strconv.Itoa(n))
		cmd.Env = append(os.Environ(), childDB+"="+o.dsn, childMode+"="+mode, "CASEBOOK_OUTBOX_PAPER="+file)
		out, err := cmd.StdoutPipe()
		if err != nil {
			o.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			o.Fatal(err)
		}
		if !bufio.NewScanner(out).Scan() {
			o.Fatal("the child did not start")
		}
		if last {
			o.until("everything is sent", func() bool { return len(o.list(outbox.Filter{State: outbox.Waiting, Limit: 1})) == 0 })
		} else {
			before := len(lines(file))
			o.until("something was delivered", func() bool {
				return len(lines(file)) > before || len(o.list(outbox.Filter{State: outbox.Waiting, Limit: 1})) == 0
			})
			time.Sleep(rand.N(20 * time.Millisecond)) // any moment will do
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	delivered := lines(file)
	for _, m := range all {
		if delivered[m.To] == 0 {
			lost++
		}
	}
	return lost
}

func lines(path string) map[string]int {
	all := map[string]int{}
	text, err := os.Open(path)
	if err != nil {
		return all
	}
	defer text.Close()
	for s := bufio.NewScanner(text); s.Scan(); {
		all[s.Text()]++
	}
	return all
}
