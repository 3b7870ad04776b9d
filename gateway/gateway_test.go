package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/gateway"
	"casebook/ops"
	"casebook/web"
)

func TestPatientsOfATrialAsFarAsTheVisitorMayKnow(t *testing.T) {
	t.Parallel()
	for _, s := range shapes {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			h := build(t, s)
			nurse := h.join(t, "zhou.ning", auth.Grant{Study: htn, Site: "02", Role: auth.Coordinator})
			stranger := h.join(t, "he.xiao", auth.Grant{Study: "OTHER", Role: auth.Monitor})
			for _, c := range []struct {
				session, path string
				status        int
				holds         string
			}{
				{h.session, "/trials/HTN-24/patients?limit=2", 200, `"nextCursor":"01-002"`},
				{h.session, "/trials/HTN-24/patients?limit=2&after=01-002", 200, `"nextCursor":""`},
				{nurse, "/trials/HTN-24/patients", 200, `"nextCursor":""`},
				{h.session, "/trials/HTN-24/patients?limit=0", 400, `"code":"patient.limit"`},
				{h.session, "/trials/HTN-24/patients?limit=many", 400, `"place":"limit"`},
				{h.session, "/trials/HTN-24/patients?limit=1001", 400, `"code":"patient.limit"`},
				{stranger, "/trials/HTN-24/patients", 404, `"code":"trial.unknown"`},
				{h.session, "/trials/NONE/patients", 404, `"code":"trial.unknown"`},
				{"forged", "/trials/HTN-24/patients", 401, `"code":"auth.signed_out"`},
			} {
				answer, body := h.ask(t, c.session, "GET", c.path, "")
				if answer.StatusCode != c.status || !strings.Contains(body, c.holds) {
					t.Errorf("GET %s: %d %s", c.path, answer.StatusCode, body)
				}
			}
			_, all := h.ask(t, h.session, "GET", "/trials/HTN-24/patients", "")
			_, own := h.ask(t, nurse, "GET", "/trials/HTN-24/patients", "")
			if strings.Count(all, `"patientId"`) != 3 || !strings.HasPrefix(all, `{"trialId":"HTN-24","patients":[{"patientId":"01-001","siteId":"01","status":"enrolled","enrolledAt":"`) {
				t.Errorf("the monitor sees %s", all)
			}
			if strings.Count(own, `"patientId"`) != 1 || !strings.Contains(own, `"02-001"`) {
				t.Errorf("the coordinator of site 02 sees %s", own)
			}
		})
	}
}

// here builds a gateway in this process on SQLite, with routes of the test's own.
func here(t *testing.T, more ...auth.Route) *house {
	t.Helper()
	return build(t, shape{engine: "sqlite"}, more...)
}

func TestAnIdentityFromOutsideIsNotBelieved(t *testing.T) {
	t.Parallel()
	peers, err := web.NewPeers(casebook.Outside(), bytes.Repeat([]byte{7}, 32)) // even a genuine seal
	if err != nil {
		t.Fatal(err)
	}
	sealed := http.Header{}
	peers.Seal(casebook.WithActor(t.Context(), casebook.Actor{User: "linyue", Role: "monitor"}), sealed)
	var seen casebook.Actor
	h := here(t, auth.Route{Pattern: "GET /api/v1/mirror", Policy: auth.Public, Handle: func(w http.ResponseWriter, r *http.Request) error {
		seen = casebook.ActorFrom(r.Context())
		for name := range sealed {
			if r.Header.Get(name) != "" && name != "Traceparent" {
				t.Errorf("%s came through", name)
			}
		}
		return web.JSON(w, http.StatusOK, true)
	}})
	h.ask(t, "", "GET", "/api/v1/mirror", "", "Casebook-Identity", sealed.Get("Casebook-Identity"))
	if seen.User != "" || seen.Role != "" || len(seen.Trace) != 32 {
		t.Errorf("the handler saw %+v", seen)
	}
	answer, _ := h.ask(t, "", "GET", "/trials/HTN-24/patients", "", "Casebook-Identity", sealed.Get("Casebook-Identity"))
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %d", answer.StatusCode)
	}
	answer, _ = h.ask(t, "", "POST", "/casebook.patient/InTrial", "{}", "Casebook-Identity", sealed.Get("Casebook-Identity"))
	if answer.StatusCode < 400 {
		t.Errorf("the inner contract is served outside: %d", answer.StatusCode)
	}
}

func TestEveryAnswerSaysHowABrowserMayUseIt(t *testing.T) {
	t.Parallel()
	h := here(t)
	for path, status := range map[string]int{"/login": 0, "/api/v1/session": 401, "/api/v1/nothing": 404, "/trials/x": 404, "/report": 404, "/nothing": 404, "/healthz": 200, "/readyz": 200} {
		answer, body := h.ask(t, "", "GET", path, "")
		for name, part := range map[string]string{"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if !strings.Contains(answer.Header.Get(name), part) {
				t.Errorf("%s: %s is %q", path, name, answer.Header.Get(name))
			}
		}
		if answer.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without TLS", path)
		}
		if status != 0 && answer.StatusCode != status {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
		if api := strings.HasPrefix(path, "/api/") || path == "/trials/x"; api && answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: answered as %s", path, answer.Header.Get("Content-Type"))
		}
	}
}

// A proxy that speaks TLS for us is believed where the installation names it; what anybody else says of it reaches no handler.
func TestWhoSpeaksTLSBeforeUsIsBelievedWhereItIsNamed(t *testing.T) {
	t.Parallel()
	people := here(t).people
	people.Origin = web.Origin(netip.MustParsePrefix("10.0.0.0/8"))
	var heard string
	g, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: people, Routes: []auth.Route{{Pattern: "GET /api/v1/heard", Policy: auth.Public,
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			heard = r.Header.Get("X-Forwarded-Proto")
			return web.JSON(w, http.StatusOK, true)
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	strict, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: people, Encrypted: true})
	if err != nil {
		t.Fatal(err)
	}
	for said, wanted := range map[[3]string]int{
		{"10.0.0.1:1", "https", "/api/v1/openapi.json"}: http.StatusOK, {"10.0.0.1:1", "http", "/api/v1/openapi.json"}: http.StatusForbidden,
		{"10.0.0.1:1", "", "/"}: http.StatusForbidden, {"192.0.2.7:1", "https", "/api/v1/openapi.json"}: http.StatusForbidden, {"192.0.2.7:1", "", "/healthz"}: http.StatusOK} {
		r, w := httptest.NewRequestWithContext(t.Context(), "GET", said[2], nil), httptest.NewRecorder()
		r.RemoteAddr = said[0]
		if said[1] != "" {
			r.Header.Set("X-Forwarded-Proto", said[1])
		}
		if strict.ServeHTTP(w, r); w.Code != wanted {
			t.Errorf("%q, where TLS is wanted: %d", said, w.Code)
		}
	}
	for from, believed := range map[string]bool{"10.0.0.1:1": true, "192.0.2.7:1": false} {
		r, w := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/heard", nil), httptest.NewRecorder()
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-Proto", "https")
		g.ServeHTTP(w, r)
		if told := w.Header().Get("Strict-Transport-Security") != ""; told != believed || (heard == "https") != believed {
			t.Errorf("%s: HSTS %v, and the handler heard %q", from, told, heard)
		}
	}
}

func TestWhoFindsNoRoomIsToldToComeBack(t *testing.T) {
	t.Parallel()
	release, inside := make(chan struct{}), make(chan struct{})
	wait := func(w http.ResponseWriter, r *http.Request) error {
		inside <- struct{}{}
		<-release
		return web.JSON(w, http.StatusOK, true)
	}
	g := edge(t, auth.Route{Pattern: "GET /api/v1/wait", Policy: auth.Public, Handle: wait},
		auth.Route{Pattern: "POST /report", Policy: auth.Public, Handle: func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, http.StatusOK, true) }})
	get := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		return w
	}
	var visitors sync.WaitGroup
	for range 256 {
		visitors.Go(func() {
			if w := get("GET", "/api/v1/wait"); w.Code != http.StatusOK {
				t.Errorf("one who was let in got %d", w.Code)
			}
		})
	}
	for range 256 {
		<-inside
	}
	w := get("GET", "/api/v1/wait")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), "gateway.full") {
		t.Errorf("the 257th got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := get("POST", "/report"); w.Code != http.StatusOK { // reports have room of their own
		t.Errorf("a report got %d %s", w.Code, w.Body)
	}
	close(release)
	visitors.Wait()
	go func() { <-inside }()
	if w := get("GET", "/api/v1/wait"); w.Code != http.StatusOK {
		t.Errorf("afterwards %d", w.Code)
	}
}

// edge is a gateway with routes of the test's own and nothing behind it.
func edge(t *testing.T, routes ...auth.Route) *gateway.Gateway {
	t.Helper()
	h := here(t)
	g, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: h.people, Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestARouteWithoutAPolicyStopsTheStart(t *testing.T) {
	t.Parallel()
	h := here(t)
	_, err := gateway.New(gateway.Options{World: casebook.Outside(), Auth: h.people, Routes: []auth.Route{{Pattern: "GET /api/v1/open",
		Handle: func(http.ResponseWriter, *http.Request) error { return nil }}}})
	if err == nil {
		t.Error("it was mounted")
	}
}

// read takes in a body as handlers do.
func read(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Body(r, 64<<20); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, true)
}

func TestTooMuchIsRefusedAndTooSlowIsCut(t *testing.T) {
	t.Parallel()
	h := here(t, auth.Route{Pattern: "POST /api/v1/read", Policy: auth.Public, Handle: read})
	answer, body := h.ask(t, "", "POST", "/api/v1/read", strings.Repeat("x", 2<<20+1))
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over the bound: %d %s", answer.StatusCode, body)
	}
	if answer, _ := h.ask(t, "", "GET", "/login", "", "X-Long", strings.Repeat("x", 32<<10)); answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("headers over the bound: %d", answer.StatusCode)
	}
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begun := time.Now()
	fmt.Fprint(c, "POST /api/v1/read HTTP/1.1\r\nHost: casebook\r\nRequest-Timeout: 0.2\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	line := make([]byte, 12)
	_, err = c.Read(line) // it sends nothing more, and must not hold a handler for ever
	if took := time.Since(begun); err != nil || string(line) != "HTTP/1.1 504" || took > 4*time.Second {
		t.Errorf("a body that never ends: %s %v after %v", line, err, took)
	}
}

func TestStoppingLetsRequestsFinishAndEndsStreams(t *testing.T) {
	t.Parallel()
	release, inside := make(chan struct{}), make(chan string, 2)
	slow := func(w http.ResponseWriter, r *http.Request) error {
		inside <- "request"
		<-release
		return web.JSON(w, http.StatusOK, "finished")
	}
	stream := func(w http.ResponseWriter, r *http.Request) error {
		if _, limited := r.Context().Deadline(); limited {
			t.Error("a stream has a deadline")
		}
		inside <- "stream"
		<-r.Context().Done()
		return web.JSON(w, http.StatusOK, "ended")
	}
	g := edge(t, auth.Route{Pattern: "GET /api/v1/slow", Policy: auth.Public, Handle: slow},
		auth.Route{Pattern: "GET /api/v1/studies/{study}/live", Policy: auth.Public, Handle: stream})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(ctx, ln) }()
	h := &house{address: ln.Addr().String(), client: &http.Client{Transport: &http.Transport{}}}
	defer h.client.CloseIdleConnections()
	var visitors sync.WaitGroup
	streamEnded := make(chan struct{})
	visitors.Go(func() {
		if answer, body := h.ask(t, "", "GET", "/api/v1/slow", ""); answer.StatusCode != 200 || body != `"finished"` {
			t.Errorf("the request under way got %d %s", answer.StatusCode, body)
		}
	})
	visitors.Go(func() {
		h.ask(t, "", "GET", "/api/v1/studies/S/live", "")
		close(streamEnded)
	})
	<-inside
	<-inside
	stop()
	<-streamEnded // while the request is still under way
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("while it stops, readyz says %d", w.Code)
	}
	if c, err := net.Dial("tcp", h.address); err == nil {
		c.Close()
		t.Error("it takes new connections while it stops")
	}
	close(release)
	visitors.Wait()
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// A stream is counted under its own address, and is not too slow however long it goes on.
func TestAStreamIsCountedUnderItsAddress(t *testing.T) {
	t.Parallel()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	watch := ops.New(ops.Options{World: world, Token: "t"})
	hours := func(w http.ResponseWriter, _ *http.Request) error {
		clock.Add(8 * time.Hour)
		return web.JSON(w, http.StatusOK, "ended")
	}
	g, err := gateway.New(gateway.Options{World: world, Auth: here(t).people, Ops: watch, Routes: []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/live", Policy: auth.Public, Handle: hours}, {Pattern: "GET /api/v1/sites", Policy: auth.Public, Handle: hours}}})
	if err != nil {
		t.Fatal(err)
	}
	slow := func(path string) (all []string) {
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		for _, s := range watch.Report().Slow {
			all = append(all, s.Route)
		}
		return all
	}
	if told := slow("/api/v1/studies/S/live"); len(told) > 0 {
		t.Errorf("told as slow: %q", told)
	}
	if told := slow("/api/v1/sites"); !slices.Equal(told, []string{"GET /api/v1/sites"}) {
		t.Errorf("the control, which is no stream: %q", told)
	}
	metrics := httptest.NewRecorder()
	q := httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	q.SetBasicAuth("admin", "t")
	watch.Handler().ServeHTTP(metrics, q)
	if text := metrics.Body.String(); !strings.Contains(text, `route="GET /api/v1/studies/{study}/live"`) {
		t.Errorf("the metrics do not know it: %d", metrics.Code)
	}
}

// What no database can keep is refused at the door, whatever the address asks for.
func TestAddressesThatNobodyCanKeepAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t, shape{engine: "sqlite"})
	for _, path := range []string{"/trials/%ff/patients", "/trials/%00/patients", "/trials/HTN-24/patients?after=%ff", "/trials/HTN-24/patients?after=%00", "/trials/HTN-24/patients?after=%zz"} {
		answer, body := h.ask(t, h.session, "GET", path, "")
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"request.address"`) {
			t.Errorf("%s: %s %s", path, answer.Status, body)
		}
	}
	if answer, body := h.ask(t, h.session, "GET", "/trials/HTN-24/patients?after=%E5%8C%97", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("a name in Chinese: %s %s", answer.Status, body)
	}
}
