package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"casebook"

	"go.opentelemetry.io/otel/trace"
)

// Door is what every request passes: its trace, its actor, its deadline, its line in the access log, and the net under
// a handler that panics.
type Door struct {
	World casebook.World
	// Limit is the longest that a request may take; the caller may ask for less (Request-Timeout, in seconds) and never
	// for more. 0 is for streams that end with their reader.
	Limit func(*http.Request) time.Duration
	// Observe is told of every answer, with the pattern of its route. Nil is for nobody.
	Observe func(route string, status int, trace string, took time.Duration)
	// Tracer makes a span of every request. Nil makes none.
	Tracer trace.Tracer
	// From tells from where a request comes, for the line of one that was refused. Nil is the connection's address.
	From func(*http.Request) string
	// Peers recognises our own processes. Nil recognises none: identity headers are taken off every request.
	Peers *Peers
}

// tally notes what was answered. It is the writer that every handler behind a Door sees.
type tally struct {
	http.ResponseWriter
	status int
	bytes  int64
	ours   bool           // the request comes from one of our own processes
	actor  casebook.Actor // who it turned out to act for
	span   trace.Span     // of the request; nil where nobody collects them

	visitor []byte // what that process said of who visits

	refused string // the code of the error that was answered
}

type tallyKey struct{}

// WithActor is casebook.WithActor that also tells the access log, which is written further out.
func WithActor(ctx context.Context, a casebook.Actor) context.Context {
	if t, ok := ctx.Value(tallyKey{}).(*tally); ok {
		t.actor = a
	}
	return casebook.WithActor(ctx, a)
}

func (t *tally) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tally) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(b)
	t.bytes += int64(n)
	return n, err
}

// Flush sends what is written so far, for streams.
func (t *tally) Flush() {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	_ = http.NewResponseController(t.ResponseWriter).Flush() // a writer that cannot flush sends at its own time
}

// Unwrap is for http.ResponseController.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Wrap puts the door before next.
func (d *Door) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := d.World.Now()
		t := &tally{ResponseWriter: w}
		ctx, outside := r.Context(), r.Context()
		id, ours := d.Peers.take(r.Header)
		t.ours, t.visitor = ours, id.Visitor
		actor := casebook.Actor{User: id.User, Role: id.Role, Location: id.Location}
		var parent string
		actor.Trace, parent = d.begin(r.Header, id.Trace)
		ctx = casebook.WithActor(ctx, actor)
		if ctx, t.span = d.span(ctx, r, actor.Trace); t.span != nil {
			parent = parentOf(ctx)
		}
		w.Header().Set("Traceparent", parent)
		limit, err := d.limit(r)
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		r = r.WithContext(context.WithValue(ctx, tallyKey{}, t))
		defer func() { d.log(outside, t, r, d.World.Now().Sub(begun)) }()
		if err != nil {
			Error(t, r, err)
			return
		}
		d.serve(next, t, r)
	})
}

// serve runs the handler and answers for it when it panics.
func (d *Door) serve(next http.Handler, t *tally, r *http.Request) {
	defer func() {
		p := recover()
		switch {
		case p == nil:
			return
		case p == http.ErrAbortHandler:
			panic(p) // said on purpose: the connection is cut
		}
		Error(t, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}()
	next.ServeHTTP(t, r)
}

// limit is the smaller of our own limit and the caller's.
func (d *Door) limit(r *http.Request) (time.Duration, error) {
	var own time.Duration
	if d.Limit != nil {
		own = d.Limit(r)
	}
	asked := r.Header.Get("Request-Timeout")
	if asked == "" {
		return own, nil
	}
	seconds, err := strconv.ParseFloat(asked, 64)
	if err != nil || !(seconds > 0 && seconds <= 86400) {
		return own, casebook.Fail(casebook.Invalid, "request.timeout_header").At("Request-Timeout")
	}
	wanted := time.Duration(seconds * float64(time.Second))
	if own == 0 || wanted < own {
		return wanted, nil
	}
	return own, nil
}

// log writes the access log's line. Callers who went away have a line of their own kind: they are not our failures.
func (d *Door) log(outside context.Context, t *tally, r *http.Request, took time.Duration) {
	a := casebook.ActorFrom(r.Context())
	if t.actor.User != "" {
		a.User, a.Role = t.actor.User, t.actor.Role
	}
	status, message := t.status, "request"
	if outside.Err() != nil {
		status, message = StatusClientClosed, "client went away"
	} else if status == 0 {
		status = http.StatusOK
	}
	if t.span != nil {
		endSpan(t.span, r, status, a)
	}
	if d.Observe != nil {
		d.Observe(r.Pattern, status, a.Trace, took)
	}
	level := slog.LevelInfo
	var more [2]slog.Attr
	if t.refused != "" && message == "request" {
		more = [...]slog.Attr{slog.String("code", t.refused), slog.String("from", d.from(r))}
		if guarded[status] {
			level, message = slog.LevelWarn, "refused"
		}
	}
	slog.LogAttrs(r.Context(), level, message, slog.String("trace", a.Trace), slog.String("user", string(a.User)),
		slog.String("role", a.Role), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", r.Pattern),
		slog.Int("status", status), slog.Int64("bytes", t.bytes), slog.Duration("took", took), more[0], more[1])
}

// guarded are the answers by which somebody was kept from something: not known, not allowed, not there for them, too often.
var guarded = map[int]bool{http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusNotFound: true, http.StatusTooManyRequests: true}

func (d *Door) from(r *http.Request) string {
	if d.From == nil {
		return r.RemoteAddr
	}
	return d.From(r)
}

// refuse notes for the access log by which code the request of ctx was refused.
func refuse(ctx context.Context, code string) {
	if t, ok := ctx.Value(tallyKey{}).(*tally); ok {
		t.refused = code
	}
}
