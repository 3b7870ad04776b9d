package formal

import (
	"strings"
	"unicode/utf8"

	"casebook"
)

type kind uint8

const (
	end kind = iota
	op
	path // names joined by points: an item, a variable, or an object with a method
	number
	text
	regex
)

type token struct {
	kind kind
	text string
	at   int
}

// lex splits a script into tokens. In OpenEDC's language names may contain a minus sign; it belongs to the name if that
// makes a name that is known.
func (tr *translator) lex(openEDC bool) ([]token, *casebook.Error) {
	var tokens []token
	for i := 0; ; {
		i = skip(tr.code, i)
		if i >= len(tr.code) {
			return append(tokens, token{end, "the end", i}), nil
		}
		t, n := tr.token(i, operandNext(tokens), openEDC)
		if n == 0 {
			r, _ := utf8.DecodeRuneInString(tr.code[i:])
			return nil, tr.fail(i, "rule.formal.construct", string(r))
		}
		tokens = append(tokens, t)
		i += n
	}
}

// skip passes over white space and comments.
func skip(s string, i int) int {
	for i < len(s) {
		switch {
		case strings.IndexByte(" \t\r\n", s[i]) >= 0:
			i++
		case strings.HasPrefix(s[i:], "//"):
			i = after(s, i, "\n")
		case strings.HasPrefix(s[i:], "/*"):
			i = after(s, i, "*/")
		case strings.HasPrefix(s[i:], "\u00a0"):
			i += len("\u00a0")
		default:
			return i
		}
	}
	return i
}

func after(s string, i int, mark string) int {
	n := strings.Index(s[i:], mark)
	if n < 0 {
		return len(s)
	}
	return i + n + len(mark)
}

// operandNext reports whether an operand is due, so that a slash begins a regular expression.
func operandNext(tokens []token) bool {
	if len(tokens) == 0 {
		return true
	}
	last := tokens[len(tokens)-1]
	return last.kind == op && last.text != ")" || last.kind == path && last.text == "return"
}

// token reads the token at i and returns its length, 0 if there is none.
func (tr *translator) token(i int, operand, openEDC bool) (token, int) {
	s := tr.code[i:]
	switch c := s[0]; {
	case letter(c):
		n := pathLen(s)
		if openEDC {
			n = tr.longestName(s, n)
		}
		return token{path, s[:n], i}, n
	case digit(c) || c == '.' && len(s) > 1 && digit(s[1]):
		n := 0
		for n < len(s) && (digit(s[n]) || s[n] == '.') {
			n++
		}
		return token{number, s[:n], i}, n
	case c == '"' || c == '\'':
		n := strings.IndexByte(s[1:], c)
		if n < 0 || strings.ContainsAny(s[1:1+n], "\\\n") {
			return token{}, 0
		}
		return token{text, s[1 : 1+n], i}, n + 2
	case c == '/' && operand:
		n := regexLen(s)
		if n == 0 {
			return token{}, 0
		}
		return token{regex, s[1 : n-1], i}, n
	}
	for _, o := range operators {
		if strings.HasPrefix(s, o) {
			return token{op, o, i}, len(o)
		}
	}
	return token{}, 0
}

var operators = [...]string{"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=",
	"+", "-", "*", "/", "%", "^", "<", ">", "!", "(", ")", "{", "}", "?", ":", ";", ",", "=", "."}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '$' || c >= 0x80 }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// pathLen returns the length of the names joined by points at the start of s.
func pathLen(s string) int {
	n := 0
	for n < len(s) {
		switch c := s[n]; {
		case letter(c) || digit(c):
		case c == '.' && n+1 < len(s) && (letter(s[n+1]) || digit(s[n+1])):
		default:
			return n
		}
		n++
	}
	return n
}

// longestName returns the length of the longest known name at the start of s, at least n.
func (tr *translator) longestName(s string, n int) int {
	longest := n
	for end := n; end < len(s) && s[end] == '-'; {
		more := pathLen(s[end+1:])
		if more == 0 {
			break
		}
		end += 1 + more
		if _, _, ok := tr.names(s[:end]); ok {
			longest = end
		}
	}
	return longest
}

// regexLen returns the length of the regular expression at the start of s, with both slashes and without flags.
func regexLen(s string) int {
	class := false
	for n := 1; n < len(s); n++ {
		switch s[n] {
		case '\\':
			n++
		case '\n':
			return 0
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if class {
				continue
			}
			if n+1 < len(s) && letter(s[n+1]) {
				return 0
			}
			return n + 1
		}
	}
	return 0
}
