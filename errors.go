package casebook

import (
	"context"
	"errors"
	"strings"
)

// Kind sorts errors by what the caller can do about them. Package web has the one table from kinds to HTTP statuses.
type Kind string

// The kinds of error a caller may meet.
const (
	Internal      Kind = "internal"
	Invalid       Kind = "invalid"       // the input is wrong; Place says where
	Unprocessable Kind = "unprocessable" // the input is well formed, but what it asks for breaks a rule
	Unauthorized  Kind = "unauthorized"  // nobody is signed in
	Forbidden     Kind = "forbidden"     // signed in, not allowed
	NotFound      Kind = "not_found"     // not there, or not for this person
	Conflict      Kind = "conflict"      // the state does not allow it, or somebody else was first
	Stale         Kind = "stale"         // the caller's version (If-Match) is no longer the current one
	TooLarge      Kind = "too_large"     // more bytes than the limits table allows
	Unsupported   Kind = "unsupported"   // a media type that is not read here
	TooMany       Kind = "too_many"      // more requests than this caller may make; wait
	Busy          Kind = "busy"          // try again later; nothing was done
	Timeout       Kind = "timeout"       // the deadline passed
	Gone          Kind = "client_closed" // the caller went away
)

// Error is an error that a user may see. Its text, in every language, belongs to its Code and lives in package i18n;
// Args fill the text's placeholders in turn.
type Error struct {
	Kind  Kind
	Code  string // stable, e.g. "report.json.duplicate_key"
	Place string // where in the input: a JSON pointer, "line 12, element ItemDef", a field; "" when there is none
	Args  []any
	Err   error // what lies beneath, for the log; never shown
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Place != "" {
		b.WriteString(" at " + e.Place)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// At returns a copy of e that names place.
func (e *Error) At(place string) *Error { c := *e; c.Place = place; return &c }

// Wrap returns a copy of e with err beneath.
func (e *Error) Wrap(err error) *Error { c := *e; c.Err = err; return &c }

// Fail returns an Error of kind k with a stable code and the arguments of its text.
func Fail(k Kind, code string, args ...any) *Error { return &Error{Kind: k, Code: code, Args: args} }

// KindOf returns the kind of err. An Error deeper down decides, then a context's end (Timeout, Gone); every other
// error is Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.Is(err, context.Canceled):
		return Gone
	}
	return Internal
}
