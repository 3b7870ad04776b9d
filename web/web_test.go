package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/web"

	"go.uber.org/goleak"

	"github.com/go-json-experiment/json"
)

// journal collects what the tests' handlers log; each test finds its own lines by their trace.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) of(trace string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var own strings.Builder
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, trace) {
			own.WriteString(line)
		}
	}
	return own.String()
}

var logged journal

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	goleak.VerifyTestMain(m)
}

// trace makes a traceparent that no other test has.
func trace() (id, header string) {
	id = fmt.Sprintf("%x", casebook.Outside().Bytes(16))
	return id, "00-" + id + "-00f067aa0ba902b7-01"
}

type problem struct {
	Type, Title, Detail, Code, Place, TraceID string
	Status                                    int
	Texts                                     map[string]string
	Theirs                                    []string
}

// ask sends one request through a door to fn.
func ask(t *testing.T, r *http.Request, fn web.HandlerFunc) (*httptest.ResponseRecorder, problem) {
	t.Helper()
	rec := httptest.NewRecorder()
	(&web.Door{World: casebook.Outside()}).Wrap(web.Handler(fn)).ServeHTTP(rec, r)
	var p problem
	if strings.Contains(rec.Header().Get("Content-Type"), "problem") {
		if err := json.Unmarshal(rec.Body.Bytes(), &p, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("%v in %s", err, rec.Body)
		}
	}
	return rec, p
}

func failing(err error) web.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func TestAnErrorIsToldInTheReadersLanguageAndInAll(t *testing.T) {
	t.Parallel()
	id, header := trace()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	r.Header.Set("Traceparent", header)
	rec, p := ask(t, r, failing(fmt.Errorf("save: %w", casebook.Fail(casebook.TooLarge, "request.too_large", 7).At("/data"))))
	want := problem{Type: "urn:casebook:error:request.too_large", Title: "内容过大", Status: 413, Detail: "请求超过 7 字节。",
		Code: "request.too_large", Place: "/data", TraceID: id}
	texts := p.Texts
	p.Texts = nil
	if fmt.Sprint(p) != fmt.Sprint(want) || rec.Code != 413 || rec.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %+v", rec.Code, p)
	}
	if texts["en"] != "The request is larger than 7 bytes." || texts["zh-CN"] != want.Detail {
		t.Errorf("%v", texts)
	}
	if rec.Header().Get("Content-Language") != "zh-CN" {
		t.Error(rec.Header())
	}
}

func TestEveryKindHasItsStatus(t *testing.T) {
	t.Parallel()
	for kind, status := range map[casebook.Kind]int{casebook.Invalid: 400, casebook.Unauthorized: 401, casebook.Forbidden: 403,
		casebook.NotFound: 404, casebook.Conflict: 409, casebook.Stale: 412, casebook.TooLarge: 413, casebook.Unsupported: 415,
		casebook.Unprocessable: 422, casebook.TooMany: 429, casebook.Gone: 499, casebook.Internal: 500, casebook.Busy: 503, casebook.Timeout: 504} {
		if got := web.Status(casebook.Fail(kind, "x.y")); got != status {
			t.Errorf("%s: %d, want %d", kind, got, status)
		}
	}
	for err, status := range map[error]int{context.DeadlineExceeded: 504, context.Canceled: 499, io.EOF: 500} {
		if got := web.Status(fmt.Errorf("deep: %w", err)); got != status {
			t.Errorf("%v: %d, want %d", err, got, status)
		}
	}
}

func TestTheInsideOfAnInternalErrorIsInTheLogOnly(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]web.HandlerFunc{
		"error":          failing(errors.New("dial tcp 10.9.8.7: secret-host refused")),
		"internal error": failing(casebook.Fail(casebook.Internal, "ledger.unrecorded", "secret-host").Wrap(errors.New("secret-host"))),
		"panic":          func(http.ResponseWriter, *http.Request) error { panic("secret-host") },
	} {
		id, header := trace()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Traceparent", header)
		rec, p := ask(t, r, fn)
		if rec.Code != 500 || p.Code != "request.internal" || strings.Contains(rec.Body.String(), "secret-host") {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
		if p.TraceID != id || !strings.Contains(logged.of(id), "secret-host") {
			t.Errorf("%s: the log does not say what happened under %s: %s", name, id, logged.of(id))
		}
	}
}

func TestAProblemMayHaveMembersOfItsOwn(t *testing.T) {
	t.Parallel()
	err := web.Extend(casebook.Fail(casebook.Stale, "record.conflict", 1), "theirs", []string{"120"})
	_, p := ask(t, httptest.NewRequest("GET", "/", nil), failing(web.Extend(err, "more", 1)))
	if p.Status != 412 || len(p.Theirs) != 1 || p.Theirs[0] != "120" {
		t.Errorf("%+v", p)
	}
}

func TestABusyServerSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	busy := casebook.Fail(casebook.Busy, "store.full")
	for want, err := range map[string]error{"1": busy, "3": web.After(busy, 2500*time.Millisecond), "": casebook.Fail(casebook.Invalid, "store.full")} {
		if rec, _ := ask(t, httptest.NewRequest("GET", "/", nil), failing(err)); rec.Header().Get("Retry-After") != want {
			t.Errorf("%v: Retry-After %q, want %q", err, rec.Header().Get("Retry-After"), want)
		}
	}
}

func TestAnAnswerThatCannotBeMadeIsAnErrorAndNotHalfAnAnswer(t *testing.T) {
	t.Parallel()
	rec, p := ask(t, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, _ *http.Request) error {
		return web.JSON(w, 200, map[string]any{"a": 1, "b": func() {}})
	})
	if rec.Code != 500 || p.Code != "request.internal" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestAnErrorAfterTheFirstByteCutsTheConnection(t *testing.T) {
	t.Parallel()
	half := func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
		return errors.New("the other half is lost")
	}
	server := httptest.NewServer((&web.Door{World: casebook.Outside()}).Wrap(web.Handler(half)))
	t.Cleanup(server.Close)
	res, err := http.Get(server.URL)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if err == nil {
		t.Error("half an answer passed for a whole one")
	}
}
