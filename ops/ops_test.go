package ops

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func view(t *testing.T, dir string) *Ops {
	t.Helper()
	return New(Options{World: casebook.Outside(), Level: new(slog.LevelVar), Dir: dir, Token: "the-token"})
}

func ask(p *Ops, method, address, token string, header ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, address, nil)
	if token != "" {
		q.SetBasicAuth("admin", token)
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, q)
	return w
}

func TestWithoutTheTokenNothingIsShown(t *testing.T) {
	t.Parallel()
	p := view(t, "")
	for _, address := range []string{"/", "/doctor", "/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		for _, token := range []string{"", "another", "the-toke"} {
			if w := ask(p, "GET", address, token); w.Code != http.StatusUnauthorized {
				t.Errorf("%s with %q is answered %d", address, token, w.Code)
			}
		}
		if w := ask(p, "GET", address, "the-token"); w.Code != http.StatusOK {
			t.Errorf("%s with the token is answered %d", address, w.Code)
		}
	}
	if w := ask(New(Options{World: casebook.Outside()}), "GET", "/metrics", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token of its own it is open: %d", w.Code)
	}
}

func TestTheReportTellsQueuesOwnersAndSlowRequests(t *testing.T) {
	t.Parallel()
	p := view(t, "")
	p.Gauge("casebook_beds_entries", "Beds that are made.", func() float64 { return 7 })
	p.Observe("GET /beds", 200, "trace-1", 3*time.Millisecond, time.Second)
	p.Observe("GET /beds", 504, "trace-2", 2*time.Second, time.Second)
	var r Report
	if err := json.Unmarshal(ask(p, "GET", "/doctor", "the-token").Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Figures) != 1 || r.Figures[0].Value != 7 {
		t.Errorf("figures %+v", r.Figures)
	}
	if len(r.Slow) != 1 || r.Slow[0].Trace != "trace-2" || r.Slow[0].Took != 2 {
		t.Errorf("slow %+v", r.Slow)
	}
	if len(r.Goroutines) == 0 || r.Cores != runtime.GOMAXPROCS(0) {
		t.Errorf("goroutines %+v on %d cores", r.Goroutines, r.Cores)
	}
	var text strings.Builder
	if err := r.Write(&text); err != nil || !strings.Contains(text.String(), "Beds that are made.") || !strings.Contains(text.String(), "trace-2") {
		t.Errorf("printed %v\n%s", err, &text)
	}
	metrics := ask(p, "GET", "/metrics", "the-token").Body.String()
	for _, want := range []string{"casebook_beds_entries 7", `casebook_http_request_duration_seconds_count{route="GET /beds",status="2xx"} 1`,
		`casebook_http_request_duration_seconds_count{route="GET /beds",status="504"} 1`, "go_goroutines", "process_open_fds"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestThePageSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	p := view(t, "")
	for i := range 3 {
		p.past.add(Sample{At: time.Unix(int64(i), 0), Goroutines: float64(10 + i), P99: .002})
	}
	for language, want := range map[string]string{"en-GB": "Who started the goroutines", "zh-CN": "协程由谁启动"} {
		page := ask(p, "GET", "/", "the-token", "Accept-Language", language).Body.String()
		if !strings.Contains(page, want) || !strings.Contains(page, "<b>12</b>") || !strings.Contains(page, "polyline points=\"597,") {
			t.Errorf("%s: %s", language, page)
		}
	}
	for key := range words["en"] {
		if words["zh-CN"][key] == "" || len(words["zh-CN"]) != len(words["en"]) {
			t.Errorf("%s is not said in both languages", key)
		}
	}
}

func TestTheLevelOfTheLogChangesLive(t *testing.T) {
	t.Parallel()
	p := view(t, "")
	if w := ask(p, "PUT", "/log/debug", "the-token"); w.Code != http.StatusNoContent || p.o.Level.Level() != slog.LevelDebug {
		t.Errorf("answered %d, the level is %v", w.Code, p.o.Level.Level())
	}
	if w := ask(p, "PUT", "/log/loud", "the-token"); w.Code != http.StatusBadRequest || p.o.Level.Level() != slog.LevelDebug {
		t.Errorf("answered %d, the level is %v", w.Code, p.o.Level.Level())
	}
}

// A slow request writes down the seconds before it, once a minute at most, and old dumps go.
func TestASlowRequestIsWrittenDown(t *testing.T) {
	clock := casebook.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	p := New(Options{World: casebook.World{Now: clock.Now}, Dir: dir})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	if err := p.recorder.start(); err != nil {
		t.Fatal(err)
	}
	p.recorder.stop()
	go func() { done <- p.Run(ctx) }()
	for range 3 * keptDumps {
		for range 2 {
			p.Observe("GET /beds", 200, "t", 2*time.Second, time.Second)
		}
		clock.Add(dumpPause)
	}
	stop()
	<-done
	goroutines, _ := filepath.Glob(filepath.Join(dir, "slow-*.goroutines"))
	if len(goroutines) != keptDumps {
		t.Errorf("%d dumps are kept, want %d", len(goroutines), keptDumps)
	}
	text, err := os.ReadFile(goroutines[0])
	if err != nil || !strings.Contains(string(text), "TestASlowRequestIsWrittenDown") {
		t.Errorf("a dump does not show who was running: %v", err)
	}
	var quick int
	for _, s := range p.slow {
		if s.Dump == "" {
			quick++
		}
	}
	if len(p.slow) != keptSlow || quick != keptSlow/2 {
		t.Errorf("%d slow requests are remembered, %d without a dump", len(p.slow), quick)
	}
}

// What grows at its quietest, window after window, is a leak; a load that comes and goes is none.
func TestALeakIsToldFromALoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		at    func(second int) (goroutines, heap, files float64)
		leaks string
	}{
		{"nothing happens", func(int) (float64, float64, float64) { return 40, 20 << 20, 30 }, ""},
		{"a load that comes and goes", func(s int) (float64, float64, float64) { return 40 + float64(s%290)*30, 20 << 20, 30 + float64(s%290) }, ""},
		{"a little growth below what matters", func(s int) (float64, float64, float64) { return 40 + float64(s)/20, 20 << 20, 30 }, ""},
		{"goroutines that never end, under a load", func(s int) (float64, float64, float64) { return 40 + float64(s%290)*30 + float64(s), 20 << 20, 30 }, "goroutines"},
		{"memory that is never let go", func(s int) (float64, float64, float64) { return 40, 20<<20 + float64(s)*100_000, 30 }, "bytes of live heap"},
		{"files that are never closed", func(s int) (float64, float64, float64) { return 40, 20 << 20, 30 + float64(s)/4 }, "open files"},
	} {
		var l leakWatch
		told := 0
		var what string
		for s := range 8 * leakWindow {
			if w, leaks := l.see(c.at(s)); leaks {
				told, what = told+1, w
			}
		}
		if (c.leaks != "") != (told == 1) || !strings.HasPrefix(what, c.leaks) {
			t.Errorf("%s: told %d times, %q", c.what, told, what)
		}
	}
}

func TestItSamplesOnceASecondAndStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := view(t, "")
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(700*time.Second + time.Millisecond)
		p.mu.Lock()
		n := len(p.past.samples)
		p.mu.Unlock()
		stop()
		if err := <-done; err != context.Canceled || n != keptSamples {
			t.Errorf("ended with %v after %d samples", err, n)
		}
	})
}

func TestNobodyWatchesANilView(t *testing.T) {
	t.Parallel()
	var p *Ops
	p.Observe("GET /beds", 200, "", time.Hour, time.Second) // and does not panic
	w := ask(view(t, ""), "GET", "/nothing", "the-token")
	if body, _ := io.ReadAll(w.Body); w.Code != http.StatusNotFound {
		t.Errorf("answered %d %s", w.Code, body)
	}
}
