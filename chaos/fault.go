package chaos

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"casebook"
)

// Target is a server that a fault is tried on, and what a visitor needs there.
type Target struct {
	Address string // http://127.0.0.1:PORT
	Study   string
	Cookie  string // of a session that may enter data
	Token   string // of a client that may report
	Subject string
	Form    string   // the address of a form that is filled, at version 1
	Place   string   // of one text item of it: group/repeat/item
	Routes  []string // "GET /api/v1/…", every address of the server

	// Figures are the process's own: goroutines, open_fds, heap_bytes, resident_bytes.
	Figures func(ctx context.Context) (map[string]float64, error)
}

// Fault is a test of the programme.
type Fault struct {
	ID, Title, Goal string
	try             func(ctx context.Context, t Target, b Bounds) (Measure, error)
}

// Faults are those that are tried on a running server, from outside.
var Faults = []Fault{
	{"F-HOSTILE", "hostile requests", "all refused with 4xx or cut; no 5xx", hostile},
	{"F-INJ", "payloads × inputs", "0 hits", inject},
	{"F-HIST", "concurrent edits of one item", "0 histories without an order", histories},
	{"F-SLOW", "slow clients", "all dropped within the header time + 1 s", slow},
	{"F-LEAK", "requests, a third of them left early", "goroutines +5, descriptors +3, heap +2 MiB at most", leak},
}

// Bounds say how much is tried.
type Bounds struct {
	Seed  uint64
	Size  int // requests, clients or operations, as the fault counts; 0 is the quick number
	World casebook.World

	HeaderLimit time.Duration // until when a slow client must be dropped; 6 s when 0
	Settle      time.Duration // how long a process may take to let go of what it held; 30 s when 0
}

// Measure is what came out.
type Measure struct {
	Value    string             `json:"value"`
	N        int64              `json:"n"`
	Figures  map[string]float64 `json:"figures,omitzero"`
	Findings []string           `json:"findings"`
	Pass     bool               `json:"pass"`
}

// Outcome is one line of the programme: the test, and its control, the same on a server that makes the mistakes. It passes
// when the test does and the control does not.
type Outcome struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Goal    string    `json:"goal"`
	Seed    uint64    `json:"seed"`
	Commit  string    `json:"commit,omitempty"`
	At      time.Time `json:"at"`
	Measure           // of the product
	Control Measure   `json:"control"`
	Seconds float64   `json:"seconds"`
	NotRun  string    `json:"not_run,omitempty"` // why it cannot be carried out on this machine
}

// Try carries a fault out, on the target and on a careless server.
func (f Fault) Try(ctx context.Context, t Target, b Bounds, commit string) (Outcome, error) {
	o := Outcome{ID: f.ID, Title: f.Title, Goal: f.Goal, Seed: b.Seed, Commit: commit, At: b.World.Now().UTC().Truncate(time.Second)}
	var err error
	if o.Measure, err = f.try(ctx, t, b); err != nil {
		return o, fmt.Errorf("%s: %w", f.ID, err)
	}
	bad := startCareless()
	defer bad.close()
	small := b
	small.Size, small.Settle = 0, 2*time.Second // what leaks is not let go of, however long one waits
	t.Address, t.Figures = bad.address(), bad.figures
	if o.Control, err = f.try(ctx, t, small); err != nil {
		return o, fmt.Errorf("%s, the control: %w", f.ID, err)
	}
	o.Conclude(b.World.Now())
	return o, nil
}

// maxFindings bounds what a line tells.
const maxFindings = 12

// Conclude sets Pass and Seconds: a test whose control passes, too, shows nothing.
func (o *Outcome) Conclude(now time.Time) {
	if o.Control.Pass {
		o.Findings = append(o.Findings, "the control passes: this test cannot fail, so it shows nothing")
	}
	o.Pass = o.Measure.Pass && !o.Control.Pass
	o.Seconds = now.Sub(o.At).Round(time.Millisecond).Seconds()
	for _, m := range []*Measure{&o.Measure, &o.Control} {
		if m.Findings == nil {
			m.Findings = []string{}
		}
		m.Findings = m.Findings[:min(len(m.Findings), maxFindings)]
	}
}

// reply is what a server answered; status 0 when it cut the connection.
type reply struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

const maxReply = 1 << 20

// ask sends a request as the visitor of the target. A connection that is cut is an answer, too.
func (t *Target) ask(ctx context.Context, client *http.Client, w casebook.World, method, path, body string, headers ...string) (reply, error) {
	q, err := http.NewRequestWithContext(ctx, method, t.Address+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	q.Header.Set("X-Casebook", "1")
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if t.Cookie != "" {
		q.Header.Set("Cookie", "casebook_session="+t.Cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	begun := w.Now()
	res, err := client.Do(q)
	if err != nil {
		return reply{took: w.Now().Sub(begun)}, ctx.Err()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxReply)) // what came is judged
	// What one person writes has a rate: it is asked again, so that it is judged.
	if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "1" {
		select {
		case <-time.After(time.Second):
			return t.ask(ctx, client, w, method, path, body, headers...)
		case <-ctx.Done():
		}
	}
	return reply{res.StatusCode, res.Header, string(text), w.Now().Sub(begun)}, ctx.Err()
}

// visitors make connections of their own.
func visitors(n int) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true}}
}

// dial opens a plain connection to the target.
func (t *Target) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", strings.TrimPrefix(t.Address, "http://"))
}

// careless is the control of every fault: a server that makes each mistake. It believes whatever comes, shows it as HTML,
// waits for ever for a header, keeps a goroutine for everybody who left, and writes without looking at the version.
type careless struct {
	server *httptest.Server
	value  chan [2]string // one place: version and value
	leaked chan struct{}
}

func startCareless() *careless {
	c := &careless{value: make(chan [2]string, 1), leaked: make(chan struct{})}
	c.value <- [2]string{"1", ""}
	c.server = httptest.NewServer(c)
	return c
}

func (c *careless) address() string { return c.server.URL }

func (c *careless) close() {
	close(c.leaked)
	c.server.CloseClientConnections()
	c.server.Close()
}
