package gateway_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
	"modernc.org/sqlite"
)

// The chain is gateway → trial → patient → database. A query of 40 s stands at its end, and the visitor's patience, or
// its end, must reach it.

// slack is what the product may add to a moment, beside what the machine does: see hiccup.
const slack = 100 * time.Millisecond

// noticed is the longest until the end of a visit has reached the database. The figures that are logged are far smaller.
const noticed = time.Second

// hiccup starts to measure how late this machine wakes a goroutine that does nothing else; the function that it returns
// tells the worst. Other tests and the race detector keep a machine busy, which is not the product's delay.
func hiccup() func() time.Duration {
	done, worst := make(chan struct{}), make(chan time.Duration)
	go func() {
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		var most time.Duration
		for last := time.Now(); ; last = time.Now() {
			select {
			case <-look.C:
				most = max(most, time.Since(last)-time.Millisecond)
			case <-done:
				worst <- most
				return
			}
		}
	}()
	return func() time.Duration { close(done); return <-worst }
}

// steps counts how far SQLite has come in the slow query. When it stands still, the query has ended.
var steps atomic.Int64

func init() {
	sqlite.MustRegisterScalarFunction("chain_step", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		steps.Add(1)
		return args[0], nil
	})
}

// slow puts a view in the place of the table of patients that takes 40 s to read.
func (h *house) slow(t *testing.T) {
	t.Helper()
	view := `CREATE VIEW patient AS SELECT p.* FROM patient_rows p, (SELECT pg_sleep(40)) AS wait`
	if !h.db.Postgres() {
		view = `CREATE VIEW patient AS SELECT p.* FROM patient_rows p, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
			SELECT chain_step(i) + 1 FROM n WHERE i < 1000000000) SELECT max(i) AS i FROM n) AS wait`
	}
	err := h.db.Update(t.Context(), func(tx *store.Tx) error {
		for _, statement := range []string{`ALTER TABLE patient RENAME TO patient_rows`, view} {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// watcher looks at the database from outside.
type watcher struct {
	conn  *pgx.Conn     // nil on SQLite
	still time.Duration // how long SQLite must stand still to be believed to have stopped
	last  int64
	at    time.Time
}

func (h *house) watch(t *testing.T) *watcher {
	t.Helper()
	if !h.db.Postgres() {
		return &watcher{last: steps.Load(), still: 100 * time.Millisecond}
	}
	conn, err := pgx.Connect(t.Context(), h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &watcher{conn: conn}
}

// sessions returns the names of the sessions that work on patients for trace; asleep are those in the midst of it.
func (w *watcher) sessions(trace string, asleep bool) (names []string) {
	rows, err := w.conn.Query(context.Background(), `SELECT application_name FROM pg_stat_activity
		WHERE state = 'active' AND query LIKE '%FROM patient%' AND pid <> pg_backend_pid()
			AND application_name LIKE '%' || $1 || '%' AND (wait_event = 'PgSleep' OR NOT $2)`, trace, asleep)
	if err != nil {
		return []string{err.Error()}
	}
	names, err = pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return []string{err.Error()}
	}
	return names
}

// running reports whether n slow queries are running for trace. SQLite cannot tell how many.
func (w *watcher) running(trace string, n int) bool {
	if w.conn != nil {
		return len(w.sessions(trace, true)) == n
	}
	return steps.Load() != w.last
}

// stopped waits until no query works for trace any more, for at most limit, and tells how long that took.
func (w *watcher) stopped(trace string, limit time.Duration) (time.Duration, bool) {
	took, ok := eventually(limit+w.still, func() bool {
		if w.conn != nil {
			return len(w.sessions(trace, false)) == 0
		}
		if now := steps.Load(); now != w.last {
			w.last, w.at = now, time.Now()
		}
		return time.Since(w.at) > w.still
	})
	return max(0, took-w.still), ok
}

// traceOf makes a trace id that can be told from every other.
func traceOf() string { return strings.ReplaceAll(casebook.Outside().NewID(), "-", "") }

// impatient asks for the patients and waits for the answer: 504 after 2 s, with the trace, and the database idle.
func (h *house) impatient(t *testing.T) error {
	t.Helper()
	w, trace := h.watch(t), traceOf()
	late, begun := hiccup(), time.Now()
	answer, body := h.ask(t, h.session, "GET", "/trials/HTN-24/patients", "", "Traceparent", "00-"+trace+"-0123456789abcdef-01")
	took, machine := time.Since(begun), late()
	idle, ended := w.stopped(trace, noticed)
	t.Logf("the deadline of 2 s: answered after %v (the machine was up to %v late), the database idle %v later",
		took.Round(time.Microsecond), machine.Round(time.Microsecond), idle.Round(time.Microsecond))
	var problem struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		TraceID string `json:"traceId"`
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		return fmt.Errorf("%s: %w", body, err)
	}
	switch {
	case took < 1900*time.Millisecond || took > 2*time.Second+slack+machine:
		return fmt.Errorf("answered after %v", took)
	case answer.StatusCode != http.StatusGatewayTimeout || problem.Status != answer.StatusCode || problem.Code != "request.timeout" || problem.TraceID != trace:
		return fmt.Errorf("answered %d %s", answer.StatusCode, body)
	case !ended:
		return errors.New("the query went on")
	}
	return nil
}

// errNeverRan says that n queries did not run at one time: on a slow machine the first may meet its deadline before the
// last has its connection to the database.
var errNeverRan = errors.New("the queries never ran together")

// leaving has n browsers leave. It asks again where their queries did not come to run together: the connections are there
// then.
func (h *house) leaving(t *testing.T, logged *lines, n int) (err error) {
	t.Helper()
	for range 5 {
		if err = h.leave(t, logged, n); err != errNeverRan {
			return err
		}
	}
	return err
}

// everyTime is the error of try where it fails three times: a busy machine misses a limit once, a mistake every time (the
// control of this shows it with one try).
func everyTime(t *testing.T, try func() error) (err error) {
	t.Helper()
	for range 3 {
		if err = try(); err == nil {
			return nil
		}
		t.Logf("missed: %v", err)
	}
	return err
}

// once is for a control: the mistake must be noticed in one of three tries. A machine that is itself as late as the mistake hides it;
// and queries that never ran together say nothing.
func once(t *testing.T, mistake string, try func() error) {
	t.Helper()
	for range 3 {
		if err := try(); err != nil && err != errNeverRan {
			t.Logf("noticed: %v", err)
			return
		}
	}
	t.Errorf("nobody noticed that %s", mistake)
}

// leave sends n requests as browsers do, closes their connections once the queries run, and waits until the database
// has noticed.
func (h *house) leave(t *testing.T, logged *lines, n int) error {
	t.Helper()
	w, trace := h.watch(t), traceOf()
	var browsers []net.Conn
	for range n {
		c, err := net.Dial("tcp", h.address)
		if err != nil {
			return err
		}
		defer c.Close()
		browsers = append(browsers, c)
		fmt.Fprintf(c, "GET /trials/HTN-24/patients HTTP/1.1\r\nHost: casebook\r\nCookie: casebook_session=%s\r\nTraceparent: 00-%s-0123456789abcdef-01\r\n\r\n", h.session, trace)
	}
	if _, ok := eventually(3*time.Second, func() bool { return w.running(trace, n) }); !ok {
		return errNeverRan
	}
	if w.conn != nil {
		if names := w.sessions(trace, true); len(names) != n || !strings.HasPrefix(names[0], "casebook t="+trace+" u=linyue") {
			return fmt.Errorf("the sessions are called %q", names)
		}
	}
	for _, c := range browsers {
		c.Close()
	}
	took, ended := w.stopped(trace, noticed)
	if !ended {
		return fmt.Errorf("the query went on for %v", took)
	}
	t.Logf("%d closed browser(s): the database idle after %v", n, took.Round(10*time.Microsecond))
	_, said := eventually(10*time.Second, func() bool {
		gone := 0
		for _, s := range logged.of(trace) {
			if s == "/trials/HTN-24/patients 499 linyue" {
				gone++
			}
		}
		return gone == n
	})
	if !said {
		return fmt.Errorf("logged as %q", logged.of(trace))
	}
	return nil
}

var shapes = []shape{{engine: "sqlite"}, {engine: "sqlite", apart: true}, {engine: "postgres"}, {engine: "postgres", apart: true}}

func TestTheEndOfTheVisitorsPatienceReachesTheQuery(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.String(), func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Run("visit", func(t *testing.T) {
				logged := recorded(t)
				h := build(t, s)
				h.slow(t)
				if err := everyTime(t, func() error { return h.impatient(t) }); err != nil {
					t.Error(err)
				}
				many := 8
				if s.engine == "sqlite" {
					many = 4 // each of its queries takes a core of this process
				}
				for _, n := range []int{1, many} {
					if err := everyTime(t, func() error { return h.leaving(t, logged, n) }); err != nil {
						t.Error(err)
					}
				}
			})
			if err := goleak.Find(before); err != nil { // waits for those that are still on their way out
				t.Errorf("somebody stayed behind: %v", err)
			}
		})
	}
}

// detached is the mistake of a call without the caller's context. It ends by itself, so that the test does.
type detached struct{ trial.Patients }

func (d detached) InTrial(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
	defer cancel()
	return d.Patients.InTrial(ctx, study, q)
}

// deaf is the mistake of a request between two processes that its caller cannot take back.
type deaf struct{ http.RoundTripper }

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	return d.RoundTripper.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
}

// TestTheMistakesAreSeen is the control of the test above: with each mistake put in, its assertions fail.
func TestTheMistakesAreSeen(t *testing.T) {
	forget := func(p trial.Patients) trial.Patients { return detached{p} }
	for _, c := range []struct {
		mistake string
		shape   shape
		waiting bool // whether a visitor who waits for the answer sees it too
	}{
		{"a query without the context, sqlite", shape{engine: "sqlite", patients: forget}, true},
		{"a query without the context, postgres", shape{engine: "postgres", patients: forget}, true},
		{"a request without the context", shape{engine: "postgres", apart: true, patients: forget}, true},
		{"a request that cannot be taken back", shape{engine: "postgres", apart: true, transport: func(t http.RoundTripper) http.RoundTripper { return deaf{t} }}, false},
	} {
		t.Run(c.mistake, func(t *testing.T) {
			logged := recorded(t)
			h := build(t, c.shape)
			h.slow(t)
			once(t, "the query of a closed browser went on", func() error { return h.leaving(t, logged, 1) })
			if c.waiting {
				once(t, "the deadline was not kept", func() error { return h.impatient(t) })
			}
		})
	}
}

// TestCuttingConnectionsLeavesNoSessionInATransaction cuts 64 connections in the middle of their requests, three times:
// in the headers, in the body of an enrolment, and while the query runs.
func TestCuttingConnectionsLeavesNoSessionInATransaction(t *testing.T) {
	recorded(t)
	for _, s := range []shape{{engine: "postgres"}, {engine: "postgres", apart: true}} {
		t.Run(s.String(), func(t *testing.T) {
			h := build(t, s)
			h.slow(t)
			w := h.watch(t)
			h.warm(t, w, 64)
			for round := range 3 {
				h.cut(t, w, 64)
				took, none := eventually(10*time.Second, func() bool { return w.inTransaction(t) == 0 })
				t.Logf("round %d: no session in a transaction after %v", round+1, took.Round(10*time.Microsecond))
				if !none {
					t.Errorf("round %d: %d sessions are in a transaction after ten seconds", round+1, w.inTransaction(t))
				}
			}
			if answer, body := h.ask(t, h.session, "GET", "/api/v1/session", ""); answer.StatusCode != http.StatusOK {
				t.Errorf("afterwards the server answers %d %s", answer.StatusCode, body)
			}
		})
	}
}

// warm lets as many ask for patients as cut will, until their two seconds are over, so that the connections to the
// database are there: a slow machine does not begin so many within the time that a query has.
func (h *house) warm(t *testing.T, w *watcher, n int) {
	t.Helper()
	trace, end := h.interrupt(t, n)
	defer end()
	eventually(10*time.Second, func() bool { return len(w.sessions(trace, true)) > 0 })
	if _, ok := eventually(20*time.Second, func() bool { return w.inTransaction(t) == 0 }); !ok {
		t.Errorf("%d sessions are in a transaction long after their time", w.inTransaction(t))
	}
}

// cut brings n connections into the middle of a request and closes them all. Half of them ask for patients: on a machine that does not
// begin so many within the time of a query, some of them will do; and where none was seen to run, it cuts others.
func (h *house) cut(t *testing.T, w *watcher, n int) {
	t.Helper()
	for range 5 {
		trace, end := h.interrupt(t, n)
		eventually(time.Second, func() bool { return w.running(trace, n/2) })
		running := w.inTransaction(t)
		end()
		if running > 0 {
			return
		}
	}
	t.Error("the watcher is blind: the queries run in transactions")
}

// interrupt opens n connections and brings each into the middle of a request, half of them into the query. end closes
// them all.
func (h *house) interrupt(t *testing.T, n int) (trace string, end func()) {
	t.Helper()
	trace = traceOf()
	headers := "Host: casebook\r\nCookie: casebook_session=" + h.session + "\r\nX-Casebook: 1\r\nTraceparent: 00-" + trace + "-0123456789abcdef-01\r\n"
	middles := []string{
		"GET /trials/HTN-24/patients HTTP/1.1\r\n" + headers + "\r\n",
		"POST /api/v1/session HTTP/1.1\r\n" + headers + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"user\":",
		"GET /trials/HTN-24/patients HTTP/1.1\r\n" + headers + "\r\n",
		"GET /trials/HTN-24/pat",
	}
	var open []net.Conn
	end = func() {
		for _, c := range open {
			c.Close()
		}
	}
	for i := range n {
		c, err := net.Dial("tcp", h.address)
		if err == nil {
			open = append(open, c)
			_, err = c.Write([]byte(middles[i%len(middles)]))
		}
		if err != nil {
			end()
			t.Fatal(err)
		}
	}
	return trace, end
}

// inTransaction counts the product's sessions that are in a transaction, working or idle.
func (w *watcher) inTransaction(t *testing.T) (n int) {
	t.Helper()
	err := w.conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity
		WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND application_name LIKE 'casebook%'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
