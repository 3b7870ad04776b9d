package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door is a server for reports, good or bad by choice. It keeps what it acknowledged.
type door struct {
	mu    sync.Mutex
	kept  map[string]string // id to receipt
	times map[string]int    // how often it was kept
	seen  int

	before func(n int, w http.ResponseWriter) (done bool) // looks at the n-th request before anything is kept
	after  func(n int, w http.ResponseWriter) (done bool) // and after it is kept, before the answer
	forget func(n int) bool                               // acknowledged and not kept
	twice  func(n int) bool                               // kept under the same id once more
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var report struct {
		ID        string `json:"id"`
		PatientID string `json:"patientId"`
	}
	if err != nil || json.Unmarshal(body, &report) != nil || r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	n, again, receipt := d.keep(w, report.ID, body)
	if receipt == "" || d.after != nil && !again && d.after(n, w) {
		return
	}
	if again {
		w.Header().Set("Idempotent-Replay", "true")
	}
	w.Header().Set("Content-Type", "application/json")
	answer, _ := json.Marshal(map[string]string{"status": "processed", "patientId": report.PatientID, "id": report.ID, "receipt": receipt})
	_, _ = w.Write(answer)
}

func (d *door) keep(w http.ResponseWriter, id string, body []byte) (n int, again bool, receipt string) {
	d.mu.Lock()
	n = d.seen
	d.seen++
	d.mu.Unlock()
	if d.before != nil && d.before(n, w) {
		return n, false, ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept, d.times = map[string]string{}, map[string]int{}
	}
	if receipt, again = d.kept[id]; again {
		return n, true, receipt
	}
	sum := sha256.Sum256(body)
	receipt = id + "." + hex.EncodeToString(sum[:8])
	if d.forget == nil || !d.forget(n) {
		d.kept[id] = receipt
		d.times[id]++
		if d.twice != nil && d.twice(n) {
			d.times[id]++
		}
	}
	return n, false, receipt
}

// pipes is a network inside one process, so that a run can happen in a bubble of virtual time.
type pipes struct {
	calls chan net.Conn
	gone  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.gone:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.gone) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.calls <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// virtually serves h in virtual time, inside a bubble, until the test ends.
func virtually(t *testing.T, h http.Handler) Options {
	p := &pipes{calls: make(chan net.Conn), gone: make(chan struct{})}
	var busy sync.WaitGroup
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		busy.Add(1)
		defer busy.Done()
		h.ServeHTTP(w, r)
	})}
	go func() { _ = s.Serve(p) }()
	t.Cleanup(func() { s.Close(); synctest.Wait(); busy.Wait() })
	o := visit()
	o.Address, o.dial = "127.0.0.1:1", p.dial
	return o
}

func visit() Options {
	return Options{Scenario: Reports, Study: "HTN", Token: "secret", Seed: 7, Duration: 10 * time.Second,
		Patients: []string{"HTN-01-001", "HTN-01-002", "HTN-02-001"}, Connections: 16, Rate: 1000, World: casebook.Outside()}
}

func run(t *testing.T, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAStallOfTheServerShowsInEveryRequestThatWasDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		o := virtually(t, &door{before: func(int, http.ResponseWriter) bool {
			if at := time.Since(begun); at >= 3*time.Second && at < 4*time.Second {
				<-time.After(4*time.Second - at)
			}
			return false
		}})
		r := run(t, o)
		if r.Statuses["200"] != 10_000 || r.Acknowledged != 10_000 || r.Unsent != 0 || r.Loop != "open" {
			t.Errorf("not every request that was due was sent: %+v", r)
		}
		// A tenth of all requests fell due while the server stood still, evenly spread over that second.
		if p := r.Latency.P99; p < 890 || p > 910 {
			t.Errorf("p99 from when they were due: %v ms, want 900", p)
		}
		if r.Latency.P50 > 1 || r.Latency.P90 > 2 || r.Latency.Max < 999 {
			t.Errorf("%+v", r.Latency)
		}
		// The control: counted from the moment of sending, the stall hides behind sixteen requests of ten thousand.
		if p := r.Service.P99; p > 1 {
			t.Errorf("p99 from when they were sent: %v ms", p)
		}
	})
}

func TestRequestsThatNoConnectionCouldSendAreCountedAndWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, &door{before: func(int, http.ResponseWriter) bool { <-time.After(time.Second); return false }})
		o.Rate, o.Connections, o.Duration, o.Timeout = 100, 4, 5*time.Second, 10*time.Second
		begun := time.Now()
		r := run(t, o)
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("the run took %v", took)
		}
		total := r.Answers + r.Unsent + r.Failures["stopped"]
		if r.Answers < 56 || r.Answers > 60 || total != 500 || r.Latency.Count != 500 {
			t.Errorf("answers %d, never sent %d, stopped %d: not the 500 that were due", r.Answers, r.Unsent, r.Failures["stopped"])
		}
		if r.Latency.P50 < 10_000 {
			t.Errorf("what was never sent does not count as slow: %+v", r.Latency)
		}
	})
}

func TestAClosedLoopIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, &door{before: func(int, http.ResponseWriter) bool { <-time.After(10 * time.Millisecond); return false }})
		o.Rate, o.Connections, o.Duration = 0, 8, 2*time.Second
		r := run(t, o)
		if r.Loop != "closed" || r.Answers != 8*200 || r.Latency.Max > 11 {
			t.Errorf("%+v", r)
		}
		var text bytes.Buffer
		if err := r.Table(&text); err != nil || !strings.Contains(text.String(), "closed loop") {
			t.Error(err, text.String())
		}
	})
}

func TestRefusalsAsBusyAreCountedApartFromLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, &door{before: func(n int, w http.ResponseWriter) bool {
			if n%4 == 0 {
				<-time.After(30 * time.Millisecond)
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n%4 == 0
		}})
		o.Rate, o.Connections = 100, 32
		r := run(t, o)
		if r.Statuses["503"] != 250 || r.Statuses["200"] != 750 || r.Acknowledged != 750 || r.Retries != 0 {
			t.Errorf("%+v", r)
		}
		if r.Shed.Count != 250 || r.Shed.P50 < 29 || r.Latency.Count != 750 || r.Latency.Max > 1 {
			t.Errorf("shed %+v, the others %+v", r.Shed, r.Latency)
		}
	})
}

func TestAPhoneWithoutAVerdictSendsTheSameReportAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := func(n int, _ http.ResponseWriter) bool {
			if n%10 == 0 {
				panic(http.ErrAbortHandler) // kept, and the connection breaks before the answer
			}
			return false
		}
		d := &door{after: cut}
		o := virtually(t, d)
		o.Patience, o.Duration, o.Acks = 5*time.Second, time.Second, filepath.Join(t.TempDir(), "acks")
		r := run(t, o)
		if r.Acknowledged != 1000 || r.Retries < 90 || r.Replays != r.Retries || len(d.kept) != 1000 {
			t.Errorf("%+v, kept %d", r, len(d.kept))
		}
		d.after = nil
		if v := verify(t, o, nil); !v.Pass() || v.Acknowledged != 1000 {
			t.Errorf("%+v", v)
		}
	})
}

func TestWithoutPatienceACutConnectionIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, &door{before: func(n int, _ http.ResponseWriter) bool {
			if n%10 == 0 {
				panic(http.ErrAbortHandler)
			}
			return false
		}})
		o.Duration = time.Second
		if r := run(t, o); r.Failures["cut"] != 100 || r.Statuses["200"] != 900 || r.Acknowledged != 900 {
			t.Errorf("%+v", r)
		}
	})
}

func TestTheEndOfTheContextEndsTheRunWithAResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, &door{before: func(n int, _ http.ResponseWriter) bool {
			if n >= 100 {
				<-time.After(time.Hour)
			}
			return false
		}})
		o.Connections, o.Rate, o.Duration, o.Timeout = 4, 100, time.Hour, time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, err := Run(ctx, o)
		if err != nil || r.Acknowledged != 100 || r.Failures["stopped"] != 4 || r.Unsent != 1001-104 || r.Seconds > 10.1 {
			t.Errorf("%v %+v", err, r)
		}
	})
}

func TestOnlyThisMachineIsVisited(t *testing.T) {
	t.Parallel()
	for _, a := range []string{"192.168.1.4:80", "example.com:80", "10.0.0.1:80", "0.0.0.0:80", "127.0.0.1", "127.0.0.1:0",
		"http://127.0.0.1.example.com:80", "https://127.0.0.1:443", "[::]:80", "", "localhost.example.com:80", "127.0.0.1:80@example.com:80"} {
		o := visit()
		o.Address = a
		_, err := Run(t.Context(), o)
		if e, ok := err.(*casebook.Error); !ok || e.Code != "load.address_not_local" {
			t.Errorf("%q: %v", a, err)
		}
	}
	for _, a := range []string{"127.0.0.1:80", "http://127.0.0.1:80/", "localhost:80", "[::1]:80", "127.9.9.9:80"} {
		if _, err := local(a); err != nil {
			t.Errorf("%q: %v", a, err)
		}
	}
}

func TestWhatCannotBeRunIsRefused(t *testing.T) {
	t.Parallel()
	for code, spoil := range map[string]func(*Options){
		"load.scenario_unknown": func(o *Options) { o.Scenario = "riot" },
		"load.option_missing":   func(o *Options) { o.Patients = nil },
	} {
		o := visit()
		o.Address = "127.0.0.1:1"
		spoil(&o)
		_, err := Run(t.Context(), o)
		if e, ok := err.(*casebook.Error); !ok || e.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	o := visit()
	o.Address, o.Acks = "127.0.0.1:1", filepath.Join(t.TempDir(), "acks")
	if err := os.WriteFile(o.Acks, []byte("the oracle of an earlier run"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); err == nil {
		t.Error("an earlier list of acknowledged reports was overwritten")
	}
}

func TestOverRealConnections(t *testing.T) {
	t.Parallel()
	d := &door{}
	s := httptest.NewServer(d)
	defer s.Close()
	o := visit()
	o.Address, o.Acks = s.URL, filepath.Join(t.TempDir(), "acks")
	o.Rate, o.Duration, o.Connections = 500, 400*time.Millisecond, 8
	r := run(t, o)
	if r.Acknowledged != 200 || len(r.Failures) != 0 || r.BytesOut < 200*1900 || r.BytesIn < 200*100 {
		t.Errorf("%+v", r)
	}
	if v := verify(t, o, d.stored); !v.Pass() || !v.Counted || v.Run != r.Run {
		t.Errorf("%+v", v)
	}
	o.Address, o.Acks = "127.0.0.1:"+strconv.Itoa(freePort(t)), ""
	if r := run(t, o); r.Failures["refused"] != 200 || r.Acknowledged != 0 {
		t.Errorf("nobody listens: %+v", r)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// A body of many brings the reports that would come alone, and none without a receipt counts as acknowledged.
func TestABodyOfManyIsTheReportsOneByOne(t *testing.T) {
	t.Parallel()
	o := visit()
	o.Bodies = 3
	head := newAckHead(o)
	p := &phone{maker: newMaker(head), post: newPost(o), many: o.Bodies}
	p.acks, _ = createAcks("", head, nil)
	door, body, _ := strings.Cut(string(p.next(1).text), "\r\n\r\n")
	m := newMaker(head)
	var want []string
	for n := range int64(3) {
		want = append(want, string(m.report(3+n)))
	}
	if !strings.HasPrefix(door, "POST /api/v1/reports/batch ") || body != `{"reports":[`+strings.Join(want, ",")+"]}" {
		t.Errorf("%s\n%s", door, body)
	}
	one := `{"status":"processed","receipt":"7.x"}`
	for text, count := range map[string]int64{one + "," + one: 0, one + "," + one + `,{"status":"processed"}`: 0, one + "," + one + `,{"status":"refused"}`: 2, one + "," + one + "," + one: 3} {
		p.acks.count = 0
		if took := p.take(&answer{status: http.StatusOK, body: []byte(`{"reports":[` + text + `]}`)}); took != (count > 0) || p.acks.count != count {
			t.Errorf("%s: %v, %d acknowledged", text, took, p.acks.count)
		}
	}
}

// BenchmarkReport is what one report costs this side: the rest of the machine is the server's.
func BenchmarkReport(b *testing.B) {
	head := newAckHead(visit())
	p := &phone{maker: newMaker(head), post: newPost(visit())}
	p.acks, _ = createAcks("", head, nil)
	c := &conn{dial: func(context.Context) (net.Conn, error) { return &echo{}, nil }}
	b.ReportAllocs()
	for n := range int64(b.N) {
		q := p.next(n)
		a, err := c.do(b.Context(), q.text, time.Time{})
		if err != nil || !p.take(a) {
			b.Fatal(err)
		}
	}
}

// echo is a connection that answers every request at once.
type echo struct{ rest []byte }

const processed = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 72\r\n\r\n" +
	`{"status":"processed","patientId":"HTN-01-001","id":"7","receipt":"7.x"}`

func (e *echo) Write(b []byte) (int, error) { e.rest = []byte(processed); return len(b), nil }
func (e *echo) Read(b []byte) (int, error) {
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}
func (e *echo) Close() error                     { return nil }
func (e *echo) LocalAddr() net.Addr              { return nil }
func (e *echo) RemoteAddr() net.Addr             { return nil }
func (e *echo) SetDeadline(time.Time) error      { return nil }
func (e *echo) SetReadDeadline(time.Time) error  { return nil }
func (e *echo) SetWriteDeadline(time.Time) error { return nil }
