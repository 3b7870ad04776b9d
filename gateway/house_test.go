package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/web"

	"golang.org/x/sync/errgroup"
)

const htn casebook.StudyID = "HTN-24"

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations}

// A shape is how the product is put together.
type shape struct {
	engine string
	apart  bool // gateway, trials and patients are three servers with connections between them, else one
	// Mutations: what an absent-minded programmer would do to a call. Nil does nothing.
	patients  func(trial.Patients) trial.Patients
	transport func(http.RoundTripper) http.RoundTripper
}

func (s shape) String() string {
	return s.engine + map[bool]string{false: ", one process", true: ", three servers"}[s.apart]
}

// A house is the product put together for one test: the trial HTN-24 with three patients, and linyue, who is signed in
// and may see them.
type house struct {
	dsn     string
	db      *store.DB     // the patients'
	address string        // of the gateway
	people  *auth.Service // the gateway's
	session string        // the value of linyue's cookie
	client  *http.Client
}

// build puts the product together; it goes with the test.
func build(t *testing.T, s shape, more ...auth.Route) *house {
	t.Helper()
	h := &house{dsn: storetest.DSN(t, s.engine), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(h.client.CloseIdleConnections)
	h.db = open(t, h.dsn)
	l := ledger.New(h.db, ledger.Options{})
	patients := patient.New(l)
	people := auth.New(l, casebook.Outside())
	people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.fill(t, l)

	var below trial.Patients = patients
	var trials gateway.Trials
	mutate := func(p trial.Patients) trial.Patients {
		if s.patients == nil {
			return p
		}
		return s.patients(p)
	}
	if !s.apart {
		trials = trial.New(l, mutate(below))
	} else {
		peers, err := web.NewPeers(casebook.Outside(), bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		here := func(mount func(*http.ServeMux)) (*http.Client, string) {
			mux := http.NewServeMux()
			mount(mux)
			door := &web.Door{World: casebook.Outside(), Peers: peers, Limit: func(*http.Request) time.Duration { return 5 * time.Second }}
			pool := &http.Transport{MaxIdleConnsPerHost: 64}
			t.Cleanup(pool.CloseIdleConnections)
			var way http.RoundTripper = pool
			if s.transport != nil {
				way = s.transport(pool)
			}
			return peers.Client(way), "http://" + serve(t, door.Wrap(mux))
		}
		below = patient.NewClient(here(func(mux *http.ServeMux) { patient.Mount(mux, patients) }))
		own := ledger.New(h.another(t, s), ledger.Options{})
		trials = trial.NewClient(here(func(mux *http.ServeMux) { trial.Mount(mux, trial.New(own, mutate(below))) }))
		people = auth.New(ledger.New(h.another(t, s), ledger.Options{}), casebook.Outside())
	}
	g, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: people, Trials: trials, Routes: append(people.Routes(), more...)})
	if err != nil {
		t.Fatal(err)
	}
	h.people, h.address = people, serve(t, g)
	h.session = h.join(t, "linyue", auth.Grant{Study: htn, Role: auth.Monitor})
	return h
}

// another is the database as another process sees it. SQLite has only one process.
func (h *house) another(t *testing.T, s shape) *store.DB {
	if s.engine == "sqlite" {
		return h.db
	}
	return open(t, h.dsn)
}

func open(t *testing.T, dsn string) *store.DB {
	t.Helper()
	storetest.Prepare(t, dsn, migrations)
	db, err := store.Open(t.Context(), dsn, store.Options{Migrations: migrations, Unsafe: true, MaxReaders: 32})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// serve runs h, or a gateway, on a real socket and returns its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running errgroup.Group
	running.Go(func() error {
		if g, ok := h.(*gateway.Gateway); ok {
			return g.Serve(ctx, ln)
		}
		return gateway.Serve(ctx, ln, h)
	})
	t.Cleanup(func() {
		stop()
		if err := running.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return ln.Addr().String()
}

// fill makes the trial and enrols its patients: 01-001, 01-002 and 02-001.
func (h *house) fill(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	trials := trial.New(l, nil)
	if _, err := trials.Create(ctx, trial.Trial{ID: htn, Name: "Hypertension", Environment: trial.Training}); err != nil {
		t.Fatal(err)
	}
	for _, site := range []casebook.SiteID{"01", "02"} {
		if _, err := trials.AddSite(ctx, htn, trial.Site{ID: site, Name: odm.Text{"en": "Site"}, Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, site := range []casebook.SiteID{"01", "01", "02"} {
		if _, err := trials.Enrol(ctx, htn, patient.Enrolment{Site: site}); err != nil {
			t.Fatal(err)
		}
	}
}

// join gives somebody an account with grants, signs them in and returns the value of their cookie.
func (h *house) join(t *testing.T, user casebook.UserID, grants ...auth.Grant) string {
	t.Helper()
	const password = "quiet-otters-swim-upstream"
	if err := h.people.CreatePerson(t.Context(), auth.NewPerson{User: user, Name: "Somebody", Locale: "en", Password: password}); err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		if err := h.people.GrantRole(t.Context(), user, g); err != nil {
			t.Fatal(err)
		}
	}
	secret, _, err := h.people.SignIn(t.Context(), string(user), password, "here", "")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// ask sends a request in the session whose cookie is given, and returns the answer with its body read.
func (h *house) ask(t *testing.T, session, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+h.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "casebook_session="+session)
	r.Header.Set("X-Casebook", "1")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := h.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	kept []map[string]string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	line := map[string]string{"message": r.Message}
	r.Attrs(func(a slog.Attr) bool {
		line[a.Key] = fmt.Sprint(a.Value.Any())
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, line)
	return nil
}

// of returns what was answered to whom, as it was logged for a trace.
func (l *lines) of(trace string) (statuses []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.kept {
		if line["trace"] == trace && line["status"] != "" {
			statuses = append(statuses, line["path"]+" "+line["status"]+" "+line["user"])
		}
	}
	return statuses
}

// recorded keeps what is logged until the test ends.
func recorded(t *testing.T) *lines {
	before, l := slog.Default(), &lines{}
	slog.SetDefault(slog.New(l))
	t.Cleanup(func() { slog.SetDefault(before) })
	return l
}

// eventually waits until what holds, for at most limit, and tells how long that took.
func eventually(limit time.Duration, holds func() bool) (time.Duration, bool) {
	begun := time.Now()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if holds() {
			return time.Since(begun), true
		}
		if time.Since(begun) > limit {
			return time.Since(begun), false
		}
		<-look.C
	}
}
