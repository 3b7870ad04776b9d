package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"casebook"

	"github.com/jackc/pgx/v5"
)

// Here the chain gateway → trial → patient → PostgreSQL is three processes. Package gateway tests the same chain in one
// process, with the mistakes that its assertions must notice.

// chain starts the three processes of the house, which know one another by certificates and send their spans to a collector, and signs
// linyue in at the gateway.
func (h *house) chain(t *testing.T, spans *tracker) *visitor {
	t.Helper()
	secret := filepath.Join(h.folder, "peers")
	if err := os.WriteFile(secret, bytes.Repeat([]byte("s"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	own, foreign := found(t), found(t)
	part := func(roles string, words ...string) *process {
		cert, key := own.issue(t, roles)
		return start(t, []string{"OTEL_BSP_SCHEDULE_DELAY=100"}, h.args(append([]string{"serve", "--peer-secret", secret, "--peer-cert", cert, "--peer-key", key, "--peer-ca", own.file,
			"--traces", spans.address, "--roles", roles}, words...)...)...)
	}
	patients := part("patient", "--peer-addr", "127.0.0.1:0").says(t, peersShape)
	trials := part("trial", "--peer-addr", "127.0.0.1:0", "--patient-url", patients).says(t, peersShape)
	gate := part("gateway", "--addr", "127.0.0.1:0", "--trial-url", trials).says(t, addressShape)
	for _, procedure := range []string{patients + "/casebook.patient/InTrial", trials + "/casebook.trial/Get"} {
		if answer, text := stranger(t, procedure).bears(t, own, own).ask(t, "POST", "", `{"study":"CES"}`); answer.StatusCode != http.StatusForbidden {
			t.Errorf("who does not know the secret is answered %d %s", answer.StatusCode, text)
		}
		for who, v := range map[string]*visitor{"without a certificate": stranger(t, procedure).bears(t, own, nil), "with one of another authority": stranger(t, procedure).bears(t, own, foreign)} {
			if answer, err := v.client.Post(procedure, "application/json", strings.NewReader(`{"study":"CES"}`)); err == nil {
				answer.Body.Close()
				t.Errorf("who comes %s is answered %d", who, answer.StatusCode)
			} else if !strings.Contains(err.Error(), "tls: ") {
				t.Errorf("who comes %s: %v", who, err)
			}
		}
	}
	if answer, text := stranger(t, "http"+strings.TrimPrefix(patients, "https")).ask(t, "GET", "/", ""); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %d %s", answer.StatusCode, text)
	}
	impostor, key := foreign.issue(t, "impostor")
	lost := start(t, nil, h.args("serve", "--roles", "gateway", "--addr", "127.0.0.1:0", "--trial-url", trials, "--peer-secret", secret, "--peer-cert", impostor, "--peer-key", key, "--peer-ca", foreign.file)...)
	if answer, text := visit(t, lost.says(t, addressShape)).signIn(t, "linyue", password).ask(t, "GET", patientsPath, ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a process that believes another authority was answered %d %s", answer.StatusCode, text)
	}
	lost.says(t, distrust)
	return visit(t, gate).signIn(t, "linyue", password)
}

// It measures time, so it does not run beside others.
func TestTheChainOfThreeProcesses(t *testing.T) {
	h := build(t, "postgres")
	h.furnish(t)
	whole, nurse := h.serve(t)
	enrolled := []string{nurse.enrol(t), nurse.enrol(t)}
	if code := whole.stop(t); code != 0 {
		t.Errorf("the whole product ended with %d\n%s", code, whole.stderr)
	}

	spans := collects(t)
	v := h.chain(t, spans)
	page := get[struct {
		TrialID  string
		Patients []struct{ PatientID, SiteID, Status string }
	}](t, v, http.StatusOK, "GET", patientsPath, "")
	if page.TrialID != "CES" || len(page.Patients) != 2 || page.Patients[0].PatientID != enrolled[0] || page.Patients[1].SiteID != "01" {
		t.Errorf("enrolled %q, answered %+v", enrolled, page)
	}
	if answer, text := v.ask(t, "GET", "/trials/OTHER/patients", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a trial that is not there is answered %d %s", answer.StatusCode, text)
	}
	v.isTraced(t, spans)
	conn := h.slow(t)
	v.isToldInTime(t, conn)
	v.leaves(t, conn)
}

// distrust is the line of a process that does not believe another.
var distrust = regexp.MustCompile(`level=WARN msg="a process of ours cannot be reached" address=(\S+) error=".*x509: `)

const patientsPath = "/trials/CES/patients"

// slow puts a view that takes 40 s to read in the place of the table of patients.
func (h *house) slow(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	for _, statement := range []string{`ALTER TABLE patient RENAME TO patient_rows`,
		`CREATE VIEW patient AS SELECT p.* FROM patient_rows p, (SELECT pg_sleep(40)) AS wait`} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// isToldInTime waits for the answer: 504 after 2 s, and then the database is idle.
func (v *visitor) isToldInTime(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	var took, machine time.Duration
	prompt := func() bool { return took >= 1900*time.Millisecond && took <= 2100*time.Millisecond+machine }
	for try := 0; try < 3 && !prompt(); try++ { // a busy machine misses the moment once, a mistake every time
		trace := newTrace()
		late, begun := hiccup(), time.Now()
		answer, text := v.ask(t, "GET", patientsPath, "", "Traceparent", traceparent(trace))
		took, machine = time.Since(begun), late()
		if answer.StatusCode != http.StatusGatewayTimeout || !strings.Contains(text, `"request.timeout"`) || !strings.Contains(text, trace) {
			t.Errorf("answered %d %s", answer.StatusCode, text)
		}
		idle, ended := eventually(5*time.Second, func() bool { return len(sessions(t, conn, trace)) == 0 })
		if !ended {
			t.Errorf("the query goes on: %q", sessions(t, conn, trace))
		}
		t.Logf("answered after %v (the machine was up to %v late), the database idle %v later", took.Round(time.Millisecond), machine.Round(time.Millisecond), idle.Round(time.Millisecond))
	}
	if !prompt() {
		t.Errorf("answered after %v; the machine was up to %v late", took, machine)
	}
}

// leaves closes the browser while the query runs. The session in the database is named after the request and the person.
func (v *visitor) leaves(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	trace := newTrace()
	browser, err := net.Dial("tcp", strings.TrimPrefix(v.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer browser.Close()
	fmt.Fprintf(browser, "GET %s HTTP/1.1\r\nHost: casebook\r\nCookie: casebook_session=%s\r\nTraceparent: %s\r\n\r\n", patientsPath, v.session, traceparent(trace))
	var running []string // as the look saw it that found one: a slow machine may find none at the next
	if _, runs := eventually(10*time.Second, func() bool { running = sessions(t, conn, trace); return len(running) == 1 }); !runs {
		t.Fatalf("the query never ran: %q", running)
	}
	if !strings.HasPrefix(running[0], "casebook t="+trace+" u=linyue") {
		t.Errorf("the session is called %q", running[0])
	}
	browser.Close()
	took, ended := eventually(5*time.Second, func() bool { return len(sessions(t, conn, trace)) == 0 })
	if !ended {
		t.Errorf("the query went on for %v after the browser was closed", took)
	}
	t.Logf("the database idle %v after the browser was closed", took.Round(10*time.Microsecond))
}

// sessions are the names of the database's sessions that work on patients for a trace.
func sessions(t *testing.T, conn *pgx.Conn, trace string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT application_name FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%FROM patient%'
		AND pid <> pg_backend_pid() AND application_name LIKE '%' || $1 || '%'`, trace)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func newTrace() string { return strings.ReplaceAll(casebook.Outside().NewID(), "-", "") }

func traceparent(trace string) string { return "00-" + trace + "-0123456789abcdef-01" }

// hiccup starts to measure how late this machine wakes a goroutine that does nothing else; the function that it returns
// tells the worst, which is not the product's delay.
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

func TestTheProductDoesNotComeApartWhereItCannot(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	secret := filepath.Join(t.TempDir(), "peers")
	if err := os.WriteFile(secret, []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason string
		words  []string
	}{
		{"serve.split_sqlite", []string{"--roles", "gateway,trial"}},
		{"serve.split_sqlite", []string{"--roles", "patient", "--peer-addr", "127.0.0.1:0", "--peer-secret", secret}},
		{"serve.role_unknown", []string{"--roles", "gateway,surgeon"}},
		{"serve.no_peer_secret", []string{"--peer-addr", "127.0.0.1:0"}},
		{"serve.no_peer_secret", []string{"--trial-url", "http://127.0.0.1:1"}},
		{"needs 32", []string{"--peer-addr", "127.0.0.1:0", "--peer-secret", secret}},
	} {
		call(t, h.args(append([]string{"serve", "--addr", "127.0.0.1:0"}, c.words...)...)...).refused(t, c.reason)
	}
}

func TestOurOwnProcessesSpeakTLSOverANetwork(t *testing.T) {
	t.Parallel()
	own, folder := found(t), t.TempDir()
	cert, key := own.issue(t, "patient")
	_, other := own.issue(t, "another")
	secret, cells := filepath.Join(folder, "peers"), filepath.Join(folder, "cells.json")
	for file, text := range map[string]string{secret: strings.Repeat("s", 32), cells: `{"north":"http://10.0.0.2:9000"}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	known := serveCommand{PeerCert: cert, PeerKey: key, PeerCA: own.file}
	with := func(c serveCommand, change func(*serveCommand)) serveCommand { change(&c); return c }
	for _, c := range []struct {
		code string // none for what is let start
		serveCommand
	}{
		{"", serveCommand{PeerAddr: "127.0.0.1:0", PatientURL: "http://[::1]:9000", TrialURL: "http://localhost:9000"}},
		{"serve.peer_plain", serveCommand{PeerAddr: "0.0.0.0:9000"}},
		{"serve.peer_plain", serveCommand{PeerAddr: ":9000"}},
		{"serve.peer_plain", serveCommand{PatientURL: "http://10.0.0.3:9000"}},
		{"serve.peer_plain", serveCommand{PeopleURL: "http://gateway:9000"}},
		{"serve.peer_plain", serveCommand{Cells: cells}},
		{"", serveCommand{PeerAddr: "0.0.0.0:9000", PatientURL: "http://10.0.0.3:9000", Cells: cells, PeerPlain: true}},
		{"serve.peer_url", serveCommand{PatientURL: "https://127.0.0.1:9000"}},
		{"serve.peer_tls", serveCommand{PeerCert: cert, PeerKey: key}},
		{"", with(known, func(c *serveCommand) { c.PeerAddr, c.PatientURL = "0.0.0.0:9000", "https://10.0.0.3:9000" })},
		{"serve.peer_url", with(known, func(c *serveCommand) { c.PatientURL = "http://127.0.0.1:9000" })},
		{"serve.peer_url", with(known, func(c *serveCommand) { c.Cells = cells })},
		{"tls.certificate", with(known, func(c *serveCommand) { c.PeerKey = other })},
		{"tls.authority", with(known, func(c *serveCommand) { c.PeerCA = key })},
	} {
		c.PeerSecret = secret
		peers, err := c.peers()
		if err == nil && c.Cells != "" {
			_, err = c.cells(peers)
		}
		var code string
		if refused, is := errors.AsType[*casebook.Error](err); is {
			code = refused.Code
		}
		if code != c.code {
			t.Errorf("%+v: %v, expected %q", c.serveCommand, err, c.code)
		}
	}
}

func TestTheOutsideIsMetByTLSBeyondOneMachine(t *testing.T) {
	t.Parallel()
	cert, key := found(t).issue(t, "outside")
	for _, c := range []struct {
		code string // none for what is let start
		serveCommand
	}{
		{"", serveCommand{Addr: "127.0.0.1:8080", Admin: "[::1]:8081", Traces: "http://localhost:4318"}},
		{"serve.plain", serveCommand{Addr: ":8080"}},
		{"serve.plain", serveCommand{Addr: "0.0.0.0:8080"}},
		{"", serveCommand{Addr: "0.0.0.0:8080", TrustedProxy: "10.0.0.0/8"}},
		{"serve.plain", serveCommand{Addr: "0.0.0.0:8080", TrustedProxy: "10.0.0.0/8", Admin: "0.0.0.0:8081"}},
		{"serve.line_plain", serveCommand{Addr: "127.0.0.1:8080", Traces: "http://collector:4318"}},
		{"", serveCommand{Addr: "127.0.0.1:8080", Traces: "https://collector:4318"}},
		{"serve.line_plain", serveCommand{Addr: "127.0.0.1:8080", Scanner: "scanner:3310"}},
		{"serve.line_plain", serveCommand{Addr: "127.0.0.1:8080", Anchor: "http://anchor/checkpoints"}},
		{"", serveCommand{Addr: "127.0.0.1:8080", Scanner: "unix:/run/clamd"}},
		{"", serveCommand{Addr: "127.0.0.1:8080", Scanner: "scanner:3310", PeerPlain: true}},
		{"tls.private", serveCommand{Addr: "0.0.0.0:0", Cert: cert, Key: key}}, // of an authority that nobody knows
		{"", serveCommand{Addr: "0.0.0.0:0", Cert: cert, Key: key, CertPrivate: true}},
		{"", serveCommand{Addr: "127.0.0.1:0", Cert: cert, Key: key}},
	} {
		err := c.lines()
		if err == nil && c.Cert != "" {
			var ln net.Listener
			if ln, err = c.edge(); err == nil {
				ln.Close()
			}
		}
		var code string
		if refused, is := errors.AsType[*casebook.Error](err); is {
			code = refused.Code
		}
		if code != c.code {
			t.Errorf("%+v: %v, expected %q", c.serveCommand, err, c.code)
		}
		if beyond := !strings.HasPrefix(c.Addr, "127."); c.strict != beyond {
			t.Errorf("%+v: what comes without TLS is refused: %v", c.serveCommand, c.strict)
		}
	}
}
