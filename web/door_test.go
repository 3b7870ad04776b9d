package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
	"casebook/web"
)

// answered serves r behind d and returns the context that the handler saw.
func answered(d *web.Door, r *http.Request) (ctx context.Context, rec *httptest.ResponseRecorder) {
	rec = httptest.NewRecorder()
	d.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { ctx = q.Context() })).ServeHTTP(rec, r)
	return ctx, rec
}

func TestATraceIsCarriedOnOrBegun(t *testing.T) {
	t.Parallel()
	d := &web.Door{World: casebook.Outside()}
	good := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for header, kept := range map[string]bool{
		good: true, "cc" + good[2:] + "-what-later-versions-add": true,
		"": false, "00-0": false, "ff" + good[2:]: false, good + "-x": false, strings.ToUpper(good): false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e473'-00f067aa0ba902b7-01": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Traceparent", header)
		ctx, rec := answered(d, r)
		id := casebook.ActorFrom(ctx).Trace
		if len(id) != 32 || (id == "4bf92f3577b34da6a3ce929d0e0e4736") != kept {
			t.Errorf("%q: trace %q", header, id)
		}
		if out := rec.Header().Get("Traceparent"); !strings.HasPrefix(out, "00-"+id+"-") || strings.Contains(out, "00f067aa0ba902b7") {
			t.Errorf("%q: answered %q", header, out)
		}
	}
}

func TestADeadlineIsTheSmallerOfOursAndTheCallers(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]time.Duration{"": 2 * time.Second, "0.5": 500 * time.Millisecond, "60": 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			d := &web.Door{World: casebook.Outside(), Limit: func(*http.Request) time.Duration { return 2 * time.Second }}
			r := httptest.NewRequest("GET", "/", nil)
			if asked != "" {
				r.Header.Set("Request-Timeout", asked)
			}
			begun, rec := time.Now(), httptest.NewRecorder()
			d.Wrap(web.Handler(func(_ http.ResponseWriter, q *http.Request) error {
				<-q.Context().Done()
				return q.Context().Err()
			})).ServeHTTP(rec, r)
			if took := time.Since(begun); took != want || rec.Code != http.StatusGatewayTimeout {
				t.Errorf("Request-Timeout %q: %d after %v, want 504 after %v", asked, rec.Code, took, want)
			}
		})
	}
	for _, bad := range []string{"soon", "-1", "0", "NaN", "Inf", "1e9"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Request-Timeout", bad)
		if _, rec := answered(&web.Door{World: casebook.Outside()}, r); rec.Code != http.StatusBadRequest {
			t.Errorf("Request-Timeout %q: %d", bad, rec.Code)
		}
	}
	stream := &web.Door{World: casebook.Outside(), Limit: func(*http.Request) time.Duration { return 0 }}
	ctx, _ := answered(stream, httptest.NewRequest("GET", "/", nil))
	if _, limited := ctx.Deadline(); limited {
		t.Error("a stream has a deadline")
	}
}

func TestACallerWhoWentAwayHasALineOfItsOwn(t *testing.T) {
	t.Parallel()
	id, header := trace()
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/slow", nil)
	r.Header.Set("Traceparent", header)
	ask(t, r, func(_ http.ResponseWriter, q *http.Request) error {
		leave()
		<-q.Context().Done()
		return q.Context().Err()
	})
	if line := logged.of(id); !strings.Contains(line, `msg="client went away"`) || !strings.Contains(line, "status=499") {
		t.Errorf("logged: %s", line)
	}
}

func TestARefusalHasALineWithItsReason(t *testing.T) {
	t.Parallel()
	id, header := trace()
	r := httptest.NewRequest("GET", "/quick", nil)
	r.Header.Set("Traceparent", header)
	ask(t, r, func(_ http.ResponseWriter, q *http.Request) error {
		web.WithActor(q.Context(), casebook.Actor{User: "lin", Role: "coordinator"}) // known only further in
		return casebook.Fail(casebook.NotFound, "trial.unknown", "X")
	})
	line := logged.of(id)
	if !strings.Contains(line, "level=WARN msg=refused ") || !strings.Contains(line, " code=trial.unknown from=192.0.2.1:1234") || !strings.Contains(line, "status=404") || !strings.Contains(line, "user=lin") {
		t.Errorf("logged: %s", line)
	}
	id, header = trace()
	r = httptest.NewRequest("GET", "/quick", nil)
	r.Header.Set("Traceparent", header)
	ask(t, r, func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, http.StatusOK, true) })
	if line := logged.of(id); !strings.Contains(line, "level=INFO msg=request ") || strings.Contains(line, "from=") || strings.Contains(line, "=\"\"\n") {
		t.Errorf("what was answered is logged: %s", line)
	}
}

func TestAnIdentityIsBelievedOnlyFromOurOwnProcesses(t *testing.T) {
	t.Parallel()
	clock := casebook.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	peers := func(secret string) *web.Peers {
		p, err := web.NewPeers(world, []byte(strings.Repeat(secret, 32)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ours, strangers := peers("a"), peers("b")
	lin := casebook.Actor{User: "lin", Role: "coordinator", Location: "01", Trace: "4bf92f3577b34da6a3ce929d0e0e4736"}
	seal := func(p *web.Peers) http.Header {
		h := http.Header{}
		p.Seal(casebook.WithActor(t.Context(), lin), h)
		return h
	}
	see := func(d *web.Door, h http.Header) (casebook.Actor, bool) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = h
		ctx, _ := answered(d, r)
		if r.Header.Get("Casebook-Identity") != "" {
			t.Error("the identity was left on the request")
		}
		return casebook.ActorFrom(ctx), web.Ours(ctx)
	}
	inside := &web.Door{World: world, Peers: ours}
	if a, ok := see(inside, seal(ours)); !ok || a != lin { // the control: the right secret is believed
		t.Errorf("our own process is not believed: %+v", a)
	}
	altered := seal(ours)
	altered.Set("Casebook-Identity", "e30"+altered.Get("Casebook-Identity"))
	for name, h := range map[string]http.Header{"a wrong secret": seal(strangers), "an altered identity": altered,
		"no seal": {"Casebook-Identity": {`{"user":"lin"}`}}, "half a seal": {"Casebook-Identity": {"e30."}}} {
		if a, ok := see(inside, h); ok || a.User != "" || a.Role != "" {
			t.Errorf("%s is believed: %+v", name, a)
		}
	}
	if a, ok := see(&web.Door{World: world}, seal(ours)); ok || a.User != "" {
		t.Errorf("a door without peers believes %+v", a)
	}
	for _, late := range []time.Duration{31 * time.Second, -62 * time.Second} {
		old := seal(ours)
		clock.Add(late)
		if a, ok := see(inside, old); ok || a.User != "" {
			t.Errorf("a seal from %v ago is believed: %+v", late, a)
		}
	}
	if _, err := web.NewPeers(world, []byte("short")); err == nil {
		t.Error("a short secret is accepted")
	}
}
