package store

import (
	"context"

	"casebook"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

type tracerKey struct{}

// Traced returns ctx under which loops make spans of their work. A nil t makes none.
func Traced(ctx context.Context, t trace.Tracer) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, tracerKey{}, t)
}

// Work begins the span of work on n things of a study that no request asked for: a step of a follower, a commit for many, a
// delivery. It is the root of a trace of its own, with its transactions below it. end notes the error, if there is one.
func Work(ctx context.Context, name string, study casebook.StudyID, n int) (_ context.Context, end func(*error)) {
	t, traced := ctx.Value(tracerKey{}).(trace.Tracer)
	if !traced {
		return ctx, func(*error) {}
	}
	ctx, span := t.Start(ctx, name, trace.WithNewRoot(), trace.WithAttributes(attribute.String("casebook.study", string(study)), attribute.Int("casebook.count", n)))
	return ctx, func(err *error) {
		if *err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
