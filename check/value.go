package check

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Value is an immutable value of the language, small enough to travel in registers. The zero Value is a blank.
type Value struct {
	t     Type     // Untyped: a blank
	scale int16    // of a Number: digits after the point; of a Date, DateTime or Time: its precision
	n     int64    // Number: coefficient, unless big; Bool: 0 or 1; Date: yyyymmdd; DateTime and Time: see calendar.go; Instant: Unix ms
	s     string   // Text; the reason of a blank
	big   *big.Int // coefficient of a Number that n cannot hold
	list  *[]Value
}

// Blank returns a value that is not there, and why ("" when nobody said). Reasons that the product itself uses are
// not_done, unknown, refused and not_applicable.
func Blank(reason string) Value { return Value{s: reason} }

// Truth returns b as a value.
func Truth(b bool) Value {
	if b {
		return Value{t: Bool, n: 1}
	}
	return Value{t: Bool}
}

// Int returns n as a value.
func Int(n int64) Value { return Value{t: Number, n: n} }

// List returns a list of values of one type elem; a value of another type becomes a blank.
func List(elem Type, values ...Value) Value {
	own := make([]Value, len(values))
	for i, v := range values {
		if v.t == elem || v.t == Untyped {
			own[i] = v
		}
	}
	return Value{t: ListOf(elem), list: &own}
}

// ParseValue reads a value of type t, as a form or a file holds it. Empty text is a blank. It reports false for text
// that is no value of t; nothing is guessed, trimmed or rounded. A list is a JSON array of texts.
func ParseValue(t Type, text string) (Value, bool) {
	if text == "" {
		return Value{}, true
	}
	switch t {
	case Bool:
		return parseBool(text)
	case Number:
		return parseNumber(text)
	case Text:
		if !utf8.ValidString(text) {
			return Value{}, false
		}
		return textValue(nfc(text)), true
	case Date:
		return parseDate(text)
	case DateTime:
		return parseDateTime(text)
	case Time:
		return parseTime(text)
	case Instant:
		return parseInstant(text)
	}
	if t.IsList() {
		return parseList(t.Elem(), text)
	}
	return Value{}, false
}

func parseBool(text string) (Value, bool) {
	switch text {
	case "true", "1":
		return Truth(true), true
	case "false", "0":
		return Truth(false), true
	}
	return Value{}, false
}

func parseList(elem Type, text string) (Value, bool) {
	var texts []string
	if err := json.Unmarshal([]byte(text), &texts); err != nil || len(texts) > maxList {
		return Value{}, false
	}
	values := make([]Value, len(texts))
	for i, s := range texts {
		v, ok := ParseValue(elem, s)
		if !ok {
			return Value{}, false
		}
		values[i] = v
	}
	return Value{t: ListOf(elem), list: &values}, true
}

// textValue returns s, already in normal form C, as a value; empty text is a blank.
func textValue(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{t: Text, s: s}
}

// Type returns the type of v, Untyped for a blank.
func (v Value) Type() Type { return v.t }

// IsBlank reports whether v is missing.
func (v Value) IsBlank() bool { return v.t == Untyped }

// Reason returns why v is blank.
func (v Value) Reason() string {
	if v.t != Untyped {
		return ""
	}
	return v.s
}

// True reports whether v is known to be true. Skip logic, required fields and alerts ask this.
func (v Value) True() bool { return v.t == Bool && v.n == 1 }

// False reports whether v is known to be false. An edit check fires on it.
func (v Value) False() bool { return v.t == Bool && v.n == 0 }

// elems returns the elements of a list; a blank list has none.
func (v Value) elems() []Value {
	if v.list == nil {
		return nil
	}
	return *v.list
}

// String returns v's canonical text, which ParseValue reads back: "" for a blank, numbers without exponent and without
// trailing zeros, instants in UTC, a list as a JSON array of texts.
func (v Value) String() string {
	switch v.t {
	case Bool:
		if v.n == 1 {
			return "true"
		}
		return "false"
	case Number:
		return formatNumber(v)
	case Text:
		return v.s
	case Date:
		return formatDate(v)
	case DateTime:
		return formatDateTime(v)
	case Time:
		return formatTime(v)
	case Instant:
		return formatInstant(v)
	}
	if !v.t.IsList() {
		return ""
	}
	texts := make([]string, len(v.elems()))
	for i, e := range v.elems() {
		texts[i] = e.String()
	}
	b, err := json.Marshal(texts)
	if err != nil { // only invalid UTF-8 fails, which no value holds
		return "[]"
	}
	return string(b)
}

// Literal returns v as the language writes it, for those who make rules by program.
func (v Value) Literal() string {
	switch v.t {
	case Untyped:
		return "null"
	case Text:
		return quote(v.s, '\'')
	case Date, DateTime, Instant:
		return "@" + v.String()
	case Time:
		return "@T" + v.String()
	}
	if !v.t.IsList() {
		return v.String()
	}
	parts := make([]string, len(v.elems()))
	for i, e := range v.elems() {
		parts[i] = e.Literal()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Quote returns the name of an item as the language writes it: bare if it can be, else in backticks.
func Quote(oid string) string {
	if bareName(oid) {
		return oid
	}
	return quote(oid, '`')
}

func quote(s string, mark byte) string {
	var b strings.Builder
	b.WriteByte(mark)
	for i := range len(s) {
		switch s[i] {
		case mark, '\\':
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte(mark)
	return b.String()
}
