package chaos

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// ackFirst stands between the visitors and the server and makes the classic mistake: it acknowledges a report that the
// server has received but not yet kept. A kill between the two loses a report that was promised, and a judge who does
// not see that is blind.
type ackFirst struct {
	address string
	to      string
	server  *http.Server
	client  *http.Client
	ctx     context.Context // of what is still on its way to the server when the visitor has its answer
	cancel  context.CancelFunc
	under   sync.WaitGroup
	places  chan struct{} // bounds what is on its way
}

func startAckFirst(ctx context.Context, to string) (*ackFirst, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &ackFirst{address: l.Addr().String(), to: "http://" + to, places: make(chan struct{}, 256),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	p.under.Go(func() { _ = p.server.Serve(l) }) // ends with close
	return p, nil
}

func (p *ackFirst) close() {
	bound, stop := context.WithTimeout(p.ctx, 10*time.Second)
	defer stop()
	_ = p.server.Shutdown(bound) // the visitors have left: this waits for their last handlers
	_ = p.server.Close()
	p.cancel()
	p.under.Wait()
	p.client.CloseIdleConnections()
}

// maxReport bounds a report, in bytes.
const maxReport = 64 << 10

func (p *ackFirst) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	var report struct {
		ID        string `json:"id"`
		PatientID string `json:"patientId"`
	}
	if err != nil || json.Unmarshal(body, &report) != nil {
		http.Error(w, "not a report", http.StatusBadRequest)
		return
	}
	if !p.hand(r, body) {
		http.Error(w, "the server is away", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, map[string]string{"status": "processed", "patientId": report.PatientID, "id": report.ID,
		"receipt": report.ID + ".promised"}) // a visitor who has left asks again
}

// hand gives the report to the server and returns as soon as all of it is on the wire: false if that failed. What the
// server answers, and whether it does, interests nobody.
func (p *ackFirst) hand(r *http.Request, body []byte) bool {
	written := make(chan bool, 2) // a request may be written again on another connection
	trace := &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		select {
		case written <- i.Err == nil:
		default:
		}
	}}
	q, err := http.NewRequestWithContext(httptrace.WithClientTrace(p.ctx, trace), r.Method, p.to+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		return false
	}
	q.Header = r.Header.Clone()
	p.places <- struct{}{}
	done := make(chan struct{})
	p.under.Go(func() {
		defer func() { close(done); <-p.places }()
		if a, err := p.client.Do(q); err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(a.Body, maxReport)) // so that the connection can be used again
			a.Body.Close()
		}
	})
	select {
	case ok := <-written:
		return ok
	case <-done: // it may have been written and answered at once
		select {
		case ok := <-written:
			return ok
		default:
			return false
		}
	}
}
