package ops

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"casebook"
)

// A collector that never answers costs spans: whoever makes them goes on.
func TestACollectorThatStandsStillHoldsNobody(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 1)
	still := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-ctx.Done()
	}))
	defer still.Close()
	defer cancel() // before it closes
	tracer, stop, err := Traces(t.Context(), casebook.Outside(), still.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for range 20_000 { // ten times what waits at most
		_, span := tracer.Start(casebook.WithActor(ctx, casebook.Actor{Trace: trace}), "GET /")
		if got := span.SpanContext().TraceID().String(); got != trace {
			t.Fatalf("the trace is %s, the door said %s", got, trace)
		}
		span.End()
	}
	<-asked
	cancel() // and now it answers, so that the last can be sent
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// A collector that leads elsewhere leads nobody there: its spans are lost.
func TestACollectorLeadsSpansNowhereElse(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 8)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- "elsewhere" }))
	defer elsewhere.Close()
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- "collector"
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer collector.Close()
	tracer, stop, err := Traces(t.Context(), casebook.Outside(), collector.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracer.Start(t.Context(), "GET /")
	span.End()
	_ = stop(t.Context()) // sends it, or says that it could not
	if first := <-asked; first != "collector" || len(asked) > 0 {
		t.Errorf("asked was the %s, and %d more", first, len(asked))
	}
}

func TestTracesNeedACollector(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "collector:4318", "ftp://collector", "http://", "://"} {
		if _, _, err := Traces(t.Context(), casebook.Outside(), address, 1); codeOf(err) != "ops.traces" {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, _, err := Traces(t.Context(), casebook.Outside(), "http://127.0.0.1:4318", 1.5); codeOf(err) != "ops.traces_share" {
		t.Error(err)
	}
}

func codeOf(err error) string {
	var e *casebook.Error
	errors.As(err, &e)
	if e == nil {
		return ""
	}
	return e.Code
}
