package web

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"

	"casebook"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// begin names the request: the trace that the caller's traceparent names, or a new one, and the traceparent that the
// answer carries, with a new span (W3C Trace Context, section 3.2).
func (d *Door) begin(h http.Header, given string) (trace, parent string) {
	if given == "" {
		given, _ = parseTraceparent(h.Get("Traceparent"))
	}
	if given != "" {
		return given, traceparent(d.World, given)
	}
	chance := d.World.Bytes(24)
	var b [55]byte
	copy(b[:], "00-")
	hex.Encode(b[3:35], chance[:16])
	b[35] = '-'
	hex.Encode(b[36:52], chance[16:])
	copy(b[52:], "-01")
	parent = string(b[:])
	return parent[3:35], parent
}

// parseTraceparent reads "version-traceid-parentid-flags". Versions after 00 may add fields behind.
func parseTraceparent(s string) (id string, ok bool) {
	if s == "" {
		return "", false
	}
	parts := strings.Split(s, "-")
	if len(parts) < 4 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 {
		return "", false
	}
	for i, digits := range [...]int{2, 32, 16, 2} {
		if len(parts[i]) != digits || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return "", false
		}
	}
	if strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return "", false
	}
	return parts[1], true
}

// traceparent names trace and a new span of it.
func traceparent(w casebook.World, trace string) string {
	b := append(make([]byte, 0, 64), "00-"...)
	b = append(append(b, trace...), '-')
	b = hex.AppendEncode(b, w.Bytes(8))
	return string(append(b, "-01"...))
}

// span begins the span of a request, below the caller's where it is of the same trace. Without a Tracer there is none.
func (d *Door) span(ctx context.Context, r *http.Request, id string) (context.Context, trace.Span) {
	if d.Tracer == nil {
		return ctx, nil
	}
	if given := r.Header.Get("Traceparent"); len(given) >= 52 && given[3:35] == id { // what parseTraceparent let pass
		traceID, _ := trace.TraceIDFromHex(id)
		if caller, err := trace.SpanIDFromHex(given[36:52]); err == nil {
			ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: caller, Remote: true}))
		}
	}
	return d.Tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
}

// endSpan says what became of the request, in the names of OpenTelemetry's conventions. The path is not said: it names subjects.
func endSpan(span trace.Span, r *http.Request, status int, actor casebook.Actor) {
	_, route, found := strings.Cut(r.Pattern, " ")
	if !found {
		route = r.Pattern
	}
	span.SetName(strings.TrimSpace(r.Method + " " + route))
	span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("http.route", route),
		attribute.Int("http.response.status_code", status), attribute.String("user.id", string(actor.User)))
	if status >= 500 {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
	span.End()
}

// parentOf is the traceparent of the span of ctx, "" where there is none.
func parentOf(ctx context.Context) string {
	s := trace.SpanContextFromContext(ctx)
	if !s.IsValid() {
		return ""
	}
	return "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-" + s.TraceFlags().String()
}
