// Package check is the rule language: edit checks, skip logic, calculations, scores and alerts, compiled once and
// evaluated the same way on the server, in batch and, by its twin ui/check, in the browser. It is pure: it refuses files,
// databases, clocks and the study's definition; the caller says which names exist and which values they have.
//
// docs/format/rules.md describes the language and testdata/vectors.json specifies it.
package check

import "casebook"

// The bounds that make every evaluation end soon. They belong to the language: both engines have the same.
const (
	maxSource  = 20_000  // bytes of source
	maxNodes   = 2_000   // nodes of the syntax tree
	maxDepth   = 100     // nested parentheses, calls and lists
	maxList    = 1_000   // elements of a list
	maxText    = 100_000 // bytes of a text that a rule makes
	maxWork    = 200_000 // what the aggregates of one evaluation may cost, see frame.spend
	maxDigits  = 34      // significant digits of a number
	maxScale   = 64      // digits after the decimal point
	maxPattern = 200     // code points of a pattern
	maxStates  = 1_024   // characters a pattern may stand for once its counts are written out
)

// Type is the type of a value or of an expression.
type Type uint8

// The types. A list has elements of one of them; lists of lists do not exist.
const (
	Untyped  Type = iota // a blank that could be of any type
	Bool                 // true or false, or unknown when blank
	Number               // a decimal of up to 34 significant digits
	Text                 // Unicode text in normal form C
	Date                 // a day, a month or a year
	DateTime             // a wall clock reading somewhere unsaid, down to the year or as fine as the millisecond
	Time                 // a time of day
	Instant              // a moment, the same everywhere
	isList   Type = 1 << 7
)

// ListOf returns the type of lists of t.
func ListOf(t Type) Type { return t | isList }

// IsList reports whether t is a type of lists.
func (t Type) IsList() bool { return t&isList != 0 }

// Elem returns the type of t's elements, or t itself when t is no list.
func (t Type) Elem() Type { return t &^ isList }

var typeNames = [...]string{"blank", "bool", "number", "text", "date", "datetime", "time", "instant"}

func (t Type) String() string {
	if int(t.Elem()) >= len(typeNames) {
		return "invalid"
	}
	if t.IsList() {
		return "list of " + typeNames[t.Elem()]
	}
	return typeNames[t]
}

// dated reports whether t's values can lack their finer parts.
func (t Type) dated() bool { return t == Date || t == DateTime || t == Time }

// ordered reports whether < means something for t.
func (t Type) ordered() bool { return t != Bool && !t.IsList() }

// fits reports whether an expression of type t may stand where want is asked for.
func (t Type) fits(want Type) bool {
	return t == want || t == Untyped || t.IsList() && want.IsList() && t.Elem() == Untyped
}

// unify returns the one type that both a and b fit.
func unify(a, b Type) (Type, bool) {
	switch {
	case a.fits(b):
		return b, true
	case b.fits(a):
		return a, true
	}
	return Untyped, false
}

func invalid(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...)
}
