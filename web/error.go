package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/i18n"

	"connectrpc.com/connect"
)

// StatusClientClosed is the status of a request whose caller went away. Nobody reads it; the access log does.
const StatusClientClosed = 499

// kinds is the one table from what went wrong to how HTTP and Connect say it.
var kinds = map[casebook.Kind]struct {
	status int
	code   connect.Code
}{
	casebook.Invalid:       {http.StatusBadRequest, connect.CodeInvalidArgument},
	casebook.Unprocessable: {http.StatusUnprocessableEntity, connect.CodeInvalidArgument},
	casebook.Unauthorized:  {http.StatusUnauthorized, connect.CodeUnauthenticated},
	casebook.Forbidden:     {http.StatusForbidden, connect.CodePermissionDenied},
	casebook.NotFound:      {http.StatusNotFound, connect.CodeNotFound},
	casebook.Conflict:      {http.StatusConflict, connect.CodeFailedPrecondition},
	casebook.Stale:         {http.StatusPreconditionFailed, connect.CodeAborted},
	casebook.TooLarge:      {http.StatusRequestEntityTooLarge, connect.CodeResourceExhausted},
	casebook.Unsupported:   {http.StatusUnsupportedMediaType, connect.CodeInvalidArgument},
	casebook.TooMany:       {http.StatusTooManyRequests, connect.CodeResourceExhausted},
	casebook.Busy:          {http.StatusServiceUnavailable, connect.CodeUnavailable},
	casebook.Timeout:       {http.StatusGatewayTimeout, connect.CodeDeadlineExceeded},
	casebook.Gone:          {StatusClientClosed, connect.CodeCanceled},
	casebook.Internal:      {http.StatusInternalServerError, connect.CodeInternal},
}

// Status is the HTTP status of err.
func Status(err error) int { return kinds[casebook.KindOf(err)].status }

// Plain errors of the kinds that are not always a casebook.Error; each says nothing of the inside.
var (
	errInternal = casebook.Fail(casebook.Internal, "request.internal")
	errTimeout  = casebook.Fail(casebook.Timeout, "request.timeout")
	errGone     = casebook.Fail(casebook.Gone, "request.client_closed")
)

// shown returns the error that a caller may see for err.
func shown(err error) *casebook.Error {
	kind := casebook.KindOf(err)
	if e, ok := errors.AsType[*casebook.Error](err); ok && kind != casebook.Internal {
		return fit(e)
	}
	switch kind {
	case casebook.Timeout:
		return errTimeout
	case casebook.Gone:
		return errGone
	}
	return errInternal
}

// fit makes what a caller sent fit to be sent back: it may stand in the place and the arguments, and need not be UTF-8.
func fit(e *casebook.Error) *casebook.Error {
	clean := e.At(printable(e.Place))
	clean.Args = slices.Clone(e.Args)
	for i, a := range clean.Args {
		switch a := a.(type) {
		case string:
			clean.Args[i] = strings.ToValidUTF8(a, "\uFFFD")
		case fmt.Stringer, error: // they print themselves
		default:
			if v := reflect.ValueOf(a); v.Kind() == reflect.String { // an id of ours
				clean.Args[i] = strings.ToValidUTF8(v.String(), "\uFFFD")
			}
		}
	}
	return clean
}

// problem is the one error shape: problem details of RFC 9457. Title and detail are in the caller's language, texts
// holds the detail in all.
type problem struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail"`
	Code    string            `json:"code"`
	Place   string            `json:"place,omitzero"`
	TraceID string            `json:"traceId,omitzero"`
	Texts   map[string]string `json:"texts"`
	Members map[string]any    `json:",embed"`
}

// extended is an error that brings members of its own to its problem.
type extended struct {
	error
	members map[string]any
}

func (e *extended) Unwrap() error { return e.error }

// Extend gives the problem that err becomes one more member (RFC 9457, section 3.2): "theirs" of a conflict. The
// problem's own members cannot be replaced.
func Extend(err error, member string, value any) error {
	members := map[string]any{member: value}
	if inner, ok := errors.AsType[*extended](err); ok {
		for name, v := range inner.members {
			if name != member {
				members[name] = v
			}
		}
	}
	return &extended{err, members}
}

// Bare is err without the members that it would bring to its problem.
func Bare(err error) error {
	if _, is := errors.AsType[*extended](err); !is {
		return err
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e
	}
	return err
}

// After says when it makes sense to ask again; the answer carries it as Retry-After. Without it a busy server says 1 s.
func After(err error, wait time.Duration) error { return &retry{err, wait} }

type retry struct {
	error
	wait time.Duration
}

func (e *retry) Unwrap() error { return e.error }

// Error answers err as application/problem+json; below fhirBase as an OperationOutcome. What is inside an internal error goes to the log and not to the caller.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	p, kind := problemOf(r, err)
	if answered(w) {
		panic(http.ErrAbortHandler) // too late to say so: cut the connection, so that half an answer is not taken for a whole
	}
	refuse(r.Context(), p.Code)
	lang := language(r)
	w.Header().Set("Content-Language", lang)
	w.Header().Add("Vary", "Accept-Language")
	setRetry(w.Header(), kind, err)
	if kind == casebook.Unauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="casebook"`)
	}
	var shape any = p
	media := problemType
	if strings.HasPrefix(r.URL.Path, fhirBase) {
		shape, media = p.outcome(kind, lang), fhirType
	}
	if err := answer(w, p.Status, media, shape); err != nil {
		slog.ErrorContext(r.Context(), "an error could not be answered", "trace", p.TraceID, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

func language(r *http.Request) string { return i18n.Language(r.Header.Get("Accept-Language")) }

// Problem is the JSON that tells err where an answer tells of many things, each with an end of its own.
func Problem(r *http.Request, err error) any {
	p, _ := problemOf(r, err)
	return p
}

// problemOf is what the caller of r may see of err.
func problemOf(r *http.Request, err error) (problem, casebook.Kind) {
	trace := casebook.ActorFrom(r.Context()).Trace
	e := shown(err)
	if e.Kind == casebook.Internal {
		slog.ErrorContext(r.Context(), "internal error", "trace", trace, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	lang := language(r)
	p := problem{Type: "urn:casebook:error:" + e.Code, Title: i18n.Text("kind."+string(e.Kind), lang), Status: kinds[e.Kind].status,
		Detail: i18n.Text(e.Code, lang, e.Args...), Code: e.Code, Place: e.Place, TraceID: trace, Texts: i18n.Texts(e.Code, e.Args...)}
	if x, ok := errors.AsType[*extended](err); ok {
		p.Members = x.members
	}
	return p, e.Kind
}

// answered reports whether the head of an answer has left through w or a writer within it.
func answered(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case *tally:
			return t.status != 0
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// setRetry says when to come back, in whole seconds and never 0.
func setRetry(h http.Header, kind casebook.Kind, err error) {
	wait := time.Second
	if r, ok := errors.AsType[*retry](err); ok {
		wait = max(wait, r.wait)
	} else if kind != casebook.Busy {
		return
	}
	h.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
}
