package chaos

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
)

// Illness is what a wire does to what passes over it.
type Illness string

// The illnesses. A wire that is well passes everything on at once.
const (
	Well    Illness = "well"
	Late    Illness = "late"    // 200 ms later, each piece
	Halves  Illness = "halves"  // in two pieces, with a pause between them
	Cut     Illness = "cut"     // one piece in four ends the connection instead, in either direction: who asked does not know what became of it
	Silent  Illness = "silent"  // not at all until it heals, as behind a cable that was pulled
	Refuses Illness = "refuses" // and who comes newly is sent away
)

const (
	lateness = 200 * time.Millisecond
	halfTime = 5 * time.Millisecond
	healTime = 5 * time.Millisecond // between two looks whether it is well again
	cutOne   = 4
)

// wire stands between two who speak over TCP or over a socket of this machine.
type wire struct {
	address     string
	network, to string
	listener    net.Listener
	world       casebook.World
	ill         atomic.Value // an Illness
	ctx         context.Context
	cancel      context.CancelFunc
	under       sync.WaitGroup
}

func startWire(ctx context.Context, world casebook.World, network, to string) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{address: l.Addr().String(), network: network, to: to, listener: l, world: world}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.set(Well)
	w.under.Go(w.run)
	return w, nil
}

func (w *wire) set(i Illness) { w.ill.Store(i) }
func (w *wire) is(i Illness) bool {
	return w.ill.Load() == i
}

// close cuts every connection, and returns when nothing passes any more.
func (w *wire) close() {
	w.cancel()
	_ = w.listener.Close()
	w.under.Wait()
}

func (w *wire) run() {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		if w.is(Refuses) {
			_ = from.Close()
			continue
		}
		w.under.Go(func() { w.connect(from) })
	}
}

// connect passes on what one connection brings, in both directions, until either end has had enough.
func (w *wire) connect(from net.Conn) {
	defer from.Close()
	var d net.Dialer
	to, err := d.DialContext(w.ctx, w.network, w.to)
	if err != nil {
		return
	}
	defer to.Close()
	end := sync.OnceFunc(func() { from.Close(); to.Close() })
	defer context.AfterFunc(w.ctx, end)()
	var back sync.WaitGroup
	back.Go(func() { defer end(); w.pass(from, to) })
	w.pass(to, from)
	end()
	back.Wait()
}

// pass hands on what comes from one end to the other, as ill as the wire is.
func (w *wire) pass(to io.Writer, from io.Reader) {
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 && w.send(to, piece[:n]) != nil || err != nil {
			return
		}
	}
}

func (w *wire) send(to io.Writer, piece []byte) (err error) {
	switch w.ill.Load() {
	case Late:
		err = pause(w.ctx, lateness)
	case Cut:
		if w.world.Bytes(1)[0]%cutOne == 0 {
			return io.ErrClosedPipe
		}
	case Halves:
		_, err = to.Write(piece[:len(piece)/2])
		if err == nil {
			err = pause(w.ctx, halfTime)
		}
		piece = piece[len(piece)/2:]
	case Silent:
		for w.is(Silent) && err == nil {
			err = pause(w.ctx, healTime)
		}
	}
	if err == nil {
		_, err = to.Write(piece)
	}
	return err
}
