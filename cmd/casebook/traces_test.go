package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// tracker is a collector of spans, by their traces.
type tracker struct {
	address string
	mu      sync.Mutex
	traces  map[string][]*spans.Span
}

func collects(t *testing.T) *tracker {
	c := &tracker{traces: map[string][]*spans.Span{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, from := range sent.ResourceSpans {
			for _, scope := range from.ScopeSpans {
				for _, span := range scope.Spans {
					trace := hex.EncodeToString(span.TraceId)
					c.traces[trace] = append(c.traces[trace], span)
				}
			}
		}
	}))
	t.Cleanup(srv.Close)
	c.address = srv.URL
	return c
}

// below waits for a span of that name under the span parent of a trace, and returns its id.
func (c *tracker) below(t *testing.T, trace string, parent []byte, name string) []byte {
	t.Helper()
	var found *spans.Span
	if _, came := eventually(patience, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.IndexFunc(c.traces[trace], func(s *spans.Span) bool { return s.Name == name && slices.Equal(s.ParentSpanId, parent) })
		if i >= 0 {
			found = c.traces[trace][i]
		}
		return i >= 0
	}); !came {
		t.Fatalf("there is no %q below %x in %v", name, parent, c.traces[trace])
	}
	return found.SpanId
}

// root waits for a span of that name under no other, and returns its trace and its id.
func (c *tracker) root(t *testing.T, name string) (trace string, id []byte) {
	t.Helper()
	if _, came := eventually(patience, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for of, all := range c.traces {
			for _, s := range all {
				if s.Name == name && len(s.ParentSpanId) == 0 {
					trace, id = of, s.SpanId
				}
			}
		}
		return id != nil
	}); !came {
		t.Fatalf("there is no %q that nothing asked for", name)
	}
	return trace, id
}

// isTraced asks for the patients and follows the question from the caller's span through three processes to the database.
func (v *visitor) isTraced(t *testing.T, c *tracker) {
	t.Helper()
	trace := newTrace()
	if answer, text := v.ask(t, "GET", patientsPath, "", "Traceparent", traceparent(trace)); answer.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	caller, _ := hex.DecodeString(traceparent(trace)[36:52])
	gate := c.below(t, trace, caller, "GET "+"/trials/{trialId}/patients")
	trials := c.below(t, trace, gate, "POST /casebook.trial/Patients")
	patients := c.below(t, trace, trials, "POST /casebook.patient/InTrial")
	c.below(t, trace, patients, "view")
	work, root := c.root(t, "seal") // of who signed in: nobody asked for it
	c.below(t, work, root, "update")
}
