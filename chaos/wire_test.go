package chaos

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"casebook"
)

// echo answers with what it was told.
func echo(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var under sync.WaitGroup
	under.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			under.Go(func() { defer c.Close(); _, _ = io.Copy(c, c) })
		}
	})
	t.Cleanup(func() { l.Close(); under.Wait() })
	return l.Addr().String()
}

func TestAWireDoesWhatItsIllnessSays(t *testing.T) {
	t.Parallel()
	w, err := startWire(t.Context(), casebook.Outside(), "tcp", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	say := func(c net.Conn, within time.Duration) (string, error) {
		if err := c.SetDeadline(time.Now().Add(within)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "word"); err != nil {
			return "", err
		}
		heard := make([]byte, 4)
		_, err := io.ReadFull(c, heard)
		return string(heard), err
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	c := dial()
	for _, i := range []Illness{Well, Halves, Late} {
		w.set(i)
		begun := time.Now()
		if heard, err := say(c, time.Minute); heard != "word" || err != nil {
			t.Errorf("%s: %q %v", i, heard, err)
		}
		if took := time.Since(begun); i == Late && took < 2*lateness {
			t.Errorf("%s: %v", i, took)
		}
	}
	w.set(Silent)
	if heard, err := say(c, 50*time.Millisecond); err == nil {
		t.Errorf("a silent wire said %q", heard)
	}
	w.set(Well) // what was under way arrives
	heard := make([]byte, 4)
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, heard); err != nil || string(heard) != "word" {
		t.Errorf("%q %v", heard, err)
	}
	w.set(Cut)
	cut := func() (err error) {
		for range 100 {
			if _, err = say(c, time.Minute); err != nil {
				return err
			}
		}
		return nil
	}
	if cut() == nil {
		t.Error("a wire that is cut lived for a hundred words")
	}
	w.set(Refuses)
	if _, err := say(dial(), time.Minute); err == nil {
		t.Error("a wire that refuses answered")
	}
}
