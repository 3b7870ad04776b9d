package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"casebook"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokOp
	tokName   // bare
	tokQuoted // a name in backticks
	tokValue  // a literal
)

type token struct {
	kind tokenKind
	text string // operator or name
	val  Value
	at   int // byte offset
}

// place says where byte offset at is, in code points from 1; the line only when there are several.
func place(src string, at int) string {
	before := src[:min(at, len(src))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if line == 1 {
		return fmt.Sprintf("column %d", column)
	}
	return fmt.Sprintf("line %d, column %d", line, column)
}

// lex splits src into tokens, of which the last is tokEnd.
func lex(src string) ([]token, *casebook.Error) {
	l := lexer{src: src}
	var tokens []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.kind == tokEnd {
			return tokens, nil
		}
	}
}

type lexer struct {
	src string
	i   int
}

func (l *lexer) fail(at int, code string, args ...any) *casebook.Error {
	return invalid(code, args...).At(place(l.src, at))
}

func (l *lexer) next() (token, *casebook.Error) {
	l.skip()
	at := l.i
	if at >= len(l.src) {
		return token{kind: tokEnd, text: "the end", at: at}, nil
	}
	c := l.src[at]
	switch {
	case isDigit(c):
		return l.number()
	case isLetter(c):
		l.i += nameLen(l.src[at:])
		return token{kind: tokName, text: l.src[at:l.i], at: at}, nil
	case c == '\'':
		s, err := l.quoted('\'')
		return token{kind: tokValue, text: "text", val: textLiteral(s), at: at}, err
	case c == '`':
		s, err := l.quoted('`')
		if err == nil && s == "" {
			err = l.fail(at, "rule.syntax", "``")
		}
		return token{kind: tokQuoted, text: s, at: at}, err
	case c == '@':
		return l.date()
	}
	return l.operator()
}

// textLiteral keeps empty text apart from null: it is a blank of type text.
func textLiteral(s string) Value {
	return Value{t: Text, s: nfc(s)}
}

// skip passes over white space and comments, which run from // to the end of the line.
func (l *lexer) skip() {
	for l.i < len(l.src) {
		switch c := l.src[l.i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.i++
		case strings.HasPrefix(l.src[l.i:], "//"):
			if n := strings.IndexByte(l.src[l.i:], '\n'); n >= 0 {
				l.i += n
			} else {
				l.i = len(l.src)
			}
		default:
			return
		}
	}
}

func (l *lexer) number() (token, *casebook.Error) {
	at := l.i
	l.digits()
	if l.i+1 < len(l.src) && l.src[l.i] == '.' && isDigit(l.src[l.i+1]) {
		l.i++
		l.digits()
	}
	text := l.src[at:l.i]
	if l.i < len(l.src) && isLetter(l.src[l.i]) {
		return token{}, l.fail(at, "rule.syntax", text+l.src[l.i:l.i+1])
	}
	v, ok := parseNumber(text)
	if !ok {
		return token{}, l.fail(at, "rule.too_big", text)
	}
	return token{kind: tokValue, text: text, val: v, at: at}, nil
}

func (l *lexer) digits() {
	for l.i < len(l.src) && isDigit(l.src[l.i]) {
		l.i++
	}
}

// quoted reads to the closing mark; a backslash may stand before the mark and itself, and \n and \t are what they are
// elsewhere.
func (l *lexer) quoted(mark byte) (string, *casebook.Error) {
	at := l.i
	var b strings.Builder
	for l.i++; l.i < len(l.src); l.i++ {
		c := l.src[l.i]
		switch {
		case c == mark:
			l.i++
			return b.String(), nil
		case c == '\\' && l.i+1 < len(l.src):
			l.i++
			switch e := l.src[l.i]; e {
			case mark, '\\':
				b.WriteByte(e)
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				return "", l.fail(l.i-1, "rule.syntax", `\`)
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", l.fail(at, "rule.syntax", string(mark))
}

// date reads what follows an @: a date, a wall clock reading, a moment, or T and a time of day.
func (l *lexer) date() (token, *casebook.Error) {
	at := l.i
	l.i++
	for l.i < len(l.src) && (isDigit(l.src[l.i]) || strings.IndexByte("-:.TZ+", l.src[l.i]) >= 0) {
		if !dateGoesOn(l.src[at+1:l.i], l.src[l.i:]) {
			break
		}
		l.i++
	}
	text := l.src[at+1 : l.i]
	var v Value
	ok := false
	switch {
	case strings.HasPrefix(text, "T"):
		v, ok = parseTime(text[1:])
	case !strings.Contains(text, "T"):
		v, ok = parseDate(text)
	default:
		if v, ok = parseInstant(text); !ok {
			v, ok = parseDateTime(text)
		}
	}
	if !ok {
		return token{}, l.fail(at, "rule.syntax", "@"+text)
	}
	return token{kind: tokValue, text: "@" + text, val: v, at: at}, nil
}

// dateGoesOn reports whether the next character still belongs to the literal: a sign begins the next part of a date or
// an offset only right where one may stand, so that @2024-02-29-x and @2024+1 are read as two.
func dateGoesOn(read, rest string) bool {
	if isDigit(rest[0]) || rest[0] == 'T' || rest[0] == 'Z' {
		return !strings.HasSuffix(read, "Z")
	}
	if len(rest) < 2 || !isDigit(rest[1]) {
		return false
	}
	clock := strings.Contains(read, "T")
	if rest[0] == '-' && !clock {
		return len(read) == 4 || len(read) == 7
	}
	return clock
}

func (l *lexer) operator() (token, *casebook.Error) {
	at := l.i
	if len(l.src) >= at+2 {
		switch two := l.src[at : at+2]; two {
		case "==", "!=", "<=", ">=", "&&", "||":
			l.i += 2
			return token{kind: tokOp, text: two, at: at}, nil
		}
	}
	if strings.IndexByte("-+*/%<>!()?:,[];=", l.src[at]) < 0 {
		r, _ := utf8.DecodeRuneInString(l.src[at:])
		return token{}, l.fail(at, "rule.syntax", string(r))
	}
	l.i++
	return token{kind: tokOp, text: l.src[at : at+1], at: at}, nil
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

// nameLen returns how many bytes of s are a bare name: words joined by points, of which only the first may not begin
// with a digit.
func nameLen(s string) int {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case isLetter(c) || i > 0 && isDigit(c):
		case i > 0 && c == '.' && i+1 < len(s) && (isLetter(s[i+1]) || isDigit(s[i+1])):
		default:
			return i
		}
		i++
	}
	return i
}

var reserved = map[string]bool{"true": true, "false": true, "null": true, "let": true, "in": true,
	"today": true, "zone": true}

// bareName reports whether an item of this name can be written without backticks.
func bareName(s string) bool { return s != "" && nameLen(s) == len(s) && !reserved[s] }
