package ops

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"casebook"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces returns a maker of spans that go to the OpenTelemetry collector at address (OTLP over HTTP; a URL,
// where no path means /v1/traces), and what sends the last of them and stops. share of the traces is sent, from 0 to 1, and all processes choose
// the same ones. A collector that is slow or dead costs spans and nothing else: they wait in a bounded queue, and what does not
// fit is dropped.
func Traces(ctx context.Context, world casebook.World, address string, share float64) (trace.Tracer, func(context.Context) error, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, nil, casebook.Fail(casebook.Invalid, "ops.traces", address)
	}
	if !(share >= 0 && share <= 1) {
		return nil, nil, casebook.Fail(casebook.Invalid, "ops.traces_share", share)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	client := &http.Client{Timeout: collectorTime, Transport: http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // spans go where they were sent
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		return nil, nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Warn("spans were not taken", "error", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(out), sdk.WithSampler(sdk.TraceIDRatioBased(share)), sdk.WithIDGenerator(ids{world}),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "casebook"))))
	return provider.Tracer("casebook"), func(ctx context.Context) error {
		defer client.CloseIdleConnections()
		return provider.Shutdown(ctx)
	}, nil
}

// collectorTime is the longest that a collector may take for a batch, as the library has it.
const collectorTime = 10 * time.Second

// ids names spans by chance, and a trace as the door has named it already: in the log, on the page, in the entries.
type ids struct{ world casebook.World }

func (i ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, err := trace.TraceIDFromHex(casebook.ActorFrom(ctx).Trace)
	if err != nil {
		id = trace.TraceID(i.world.Bytes(len(id)))
	}
	return id, i.NewSpanID(ctx, id)
}

func (i ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	for binary.NativeEndian.Uint64(id[:]) == 0 { // zero is no span
		id = trace.SpanID(i.world.Bytes(len(id)))
	}
	return id
}
