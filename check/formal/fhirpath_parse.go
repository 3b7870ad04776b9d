package formal

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"casebook"
)

// step is a node of a FHIRPath expression (FHIRPath 2.0.0, http://hl7.org/fhirpath/N1).
type step struct {
	kind stepKind
	text string  // name, operator or literal
	kids []*step // operands, arguments; of a member, call or index what it is applied to comes first, nil for the context
	at   int
}

type stepKind uint8

const (
	stepText stepKind = iota
	stepNumber
	stepDate // also times, without their @
	stepTruth
	stepNothing  // {}
	stepVariable // %name
	stepThis
	stepMember
	stepCall
	stepIndex
	stepUnary
	stepBinary
	stepQuantity // a number with a unit: kids[0], and the unit as text
)

type fhirToken struct {
	kind fhirTokenKind
	text string
	at   int
}

type fhirTokenKind uint8

const (
	fhirEnd fhirTokenKind = iota
	fhirWord
	fhirQuoted // a name in backticks
	fhirText
	fhirNumber
	fhirDate
	fhirVariable
	fhirThis
	fhirSign
)

// fhirSigns are the operators that are no words; longer ones come first.
var fhirSigns = [...]string{"<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "=", "~", "<", ">", "+", "-", "*", "/", "&", "|"}

// fhirTokens splits a FHIRPath expression.
func (tr *translator) fhirTokens() ([]fhirToken, *casebook.Error) {
	var tokens []fhirToken
	for i := 0; ; {
		i = skip(tr.code, i)
		if i >= len(tr.code) {
			return append(tokens, fhirToken{fhirEnd, "the end", i}), nil
		}
		t, n := fhirTokenAt(tr.code, i)
		if n == 0 {
			r, _ := utf8.DecodeRuneInString(tr.code[i:])
			return nil, tr.fail(i, "rule.formal.construct", string(r))
		}
		tokens = append(tokens, t)
		i += n
	}
}

// fhirTokenAt reads the token at i and returns its length, 0 if there is none.
func fhirTokenAt(s string, i int) (fhirToken, int) {
	rest := s[i:]
	switch c := rest[0]; {
	case c == '\'':
		text, n := fhirQuote(rest)
		return fhirToken{fhirText, text, i}, n
	case c == '`':
		text, n := fhirQuote(rest)
		return fhirToken{fhirQuoted, text, i}, n
	case c == '%':
		if len(rest) > 1 && (rest[1] == '`' || rest[1] == '\'') {
			text, n := fhirQuote(rest[1:])
			if n == 0 {
				return fhirToken{}, 0
			}
			return fhirToken{fhirVariable, text, i}, n + 1
		}
		n := wordLen(rest[1:])
		if n == 0 {
			return fhirToken{}, 0
		}
		return fhirToken{fhirVariable, rest[1 : 1+n], i}, n + 1
	case c == '$':
		n := wordLen(rest[1:])
		return fhirToken{fhirThis, rest[1 : 1+n], i}, n + 1
	case c == '@':
		n := 1
		for n < len(rest) && (digit(rest[n]) || strings.IndexByte("-T:.+Z", rest[n]) >= 0) {
			n++
		}
		for n > 1 && strings.IndexByte("-:.+", rest[n-1]) >= 0 { // what follows is an operator or a function
			n--
		}
		return fhirToken{fhirDate, rest[1:n], i}, n
	case digit(c):
		n := 1
		for n < len(rest) && (digit(rest[n]) || rest[n] == '.' && n+1 < len(rest) && digit(rest[n+1])) {
			n++
		}
		return fhirToken{fhirNumber, rest[:n], i}, n
	}
	if n := wordLen(rest); n > 0 {
		return fhirToken{fhirWord, rest[:n], i}, n
	}
	for _, sign := range fhirSigns {
		if strings.HasPrefix(rest, sign) {
			return fhirToken{fhirSign, sign, i}, len(sign)
		}
	}
	return fhirToken{}, 0
}

// wordLen is the length of the identifier that s begins with.
func wordLen(s string) int {
	n := 0
	for n < len(s) && s[n] < 0x80 && s[n] != '$' && (letter(s[n]) || n > 0 && digit(s[n])) {
		n++
	}
	return n
}

// fhirQuote reads a text or name in quotation marks; 0 if it has no end.
func fhirQuote(s string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case s[0]:
			return b.String(), i + 1
		case '\\':
			i++
			if i >= len(s) {
				return "", 0
			}
			if s[i] == 'u' {
				r, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 16)
				if err != nil || i+5 > len(s) {
					return "", 0
				}
				b.WriteRune(rune(r))
				i += 4
				continue
			}
			k := strings.IndexByte("rnftRNFT", s[i])
			if k >= 0 && k < 4 {
				b.WriteByte("\r\n\f\t"[k])
				continue
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0
}

type fhirParser struct {
	tr     *translator
	tokens []fhirToken
	i      int
	depth  int
}

// fhirpath parses the whole expression.
func (tr *translator) fhirpath() (*step, *casebook.Error) {
	tokens, err := tr.fhirTokens()
	if err != nil {
		return nil, err
	}
	p := &fhirParser{tr: tr, tokens: tokens}
	n, err := p.binary(0)
	if err == nil && p.peek().kind != fhirEnd {
		err = p.unexpected()
	}
	return n, err
}

func (p *fhirParser) peek() fhirToken { return p.tokens[p.i] }

func (p *fhirParser) accept(sign string) bool {
	if t := p.peek(); t.kind != fhirSign || t.text != sign {
		return false
	}
	p.i++
	return true
}

func (p *fhirParser) expect(sign string) *casebook.Error {
	if !p.accept(sign) {
		return p.unexpected()
	}
	return nil
}

func (p *fhirParser) unexpected() *casebook.Error {
	return p.tr.fail(p.peek().at, "rule.formal.construct", p.peek().text)
}

// fhirLevels are the binary operators from the loosest to the tightest; all associate to the left.
var fhirLevels = [...][]string{{"implies"}, {"or", "xor"}, {"and"}, {"in", "contains"}, {"=", "!=", "~", "!~"},
	{"<", "<=", ">", ">="}, {"|"}, {"is", "as"}, {"+", "-", "&"}, {"*", "/", "div", "mod"}}

func (p *fhirParser) operator(level int) (string, bool) {
	t := p.peek()
	if t.kind != fhirSign && t.kind != fhirWord {
		return "", false
	}
	for _, o := range fhirLevels[level] {
		if t.text == o {
			return o, true
		}
	}
	return "", false
}

func (p *fhirParser) binary(level int) (*step, *casebook.Error) {
	if level == len(fhirLevels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for links := 0; err == nil; links++ {
		o, ok := p.operator(level)
		if !ok {
			break
		}
		at := p.peek().at
		p.i++
		if links > maxLinks {
			return nil, p.tr.fail(at, "rule.formal.too_long")
		}
		var right *step
		if right, err = p.binary(level + 1); err == nil {
			left = &step{kind: stepBinary, text: o, kids: []*step{left, right}, at: at}
		}
	}
	return left, err
}

// maxLinks bounds how many operators or steps follow one another, since each makes the tree one level deeper.
const maxLinks = 500

func (p *fhirParser) unary() (*step, *casebook.Error) {
	defer func() { p.depth-- }()
	if p.depth++; p.depth > maxNesting {
		return nil, p.tr.fail(p.peek().at, "rule.formal.too_long")
	}
	at := p.peek().at
	for _, sign := range [...]string{"-", "+"} {
		if p.accept(sign) {
			n, err := p.unary()
			return &step{kind: stepUnary, text: sign, kids: []*step{n}, at: at}, err
		}
	}
	n, err := p.term()
	for links := 0; err == nil; links++ {
		if links > maxLinks {
			return nil, p.tr.fail(at, "rule.formal.too_long")
		}
		at := p.peek().at
		switch {
		case p.accept("."):
			n, err = p.member(n)
		case p.accept("["):
			var index *step
			if index, err = p.binary(0); err == nil {
				n, err = &step{kind: stepIndex, kids: []*step{n, index}, at: at}, p.expect("]")
			}
		default:
			return n, nil
		}
	}
	return n, err
}

// member reads a name or a call behind a point, or at the beginning, where of is nil.
func (p *fhirParser) member(of *step) (*step, *casebook.Error) {
	t := p.peek()
	switch t.kind {
	case fhirThis:
		p.i++
		return &step{kind: stepThis, text: t.text, at: t.at}, nil
	case fhirWord, fhirQuoted:
	default:
		return nil, p.unexpected()
	}
	p.i++
	n := &step{kind: stepMember, text: t.text, kids: []*step{of}, at: t.at}
	if t.kind == fhirQuoted || !p.accept("(") {
		return n, nil
	}
	n.kind = stepCall
	if p.accept(")") {
		return n, nil
	}
	for {
		arg, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, arg)
		if !p.accept(",") {
			return n, p.expect(")")
		}
	}
}

// fhirUnits are the calendar units that stand behind a number.
var fhirUnits = map[string]string{"year": "years", "years": "years", "month": "months", "months": "months", "week": "weeks",
	"weeks": "weeks", "day": "days", "days": "days"}

func (p *fhirParser) term() (*step, *casebook.Error) {
	t := p.peek()
	literal := func(kind stepKind) (*step, *casebook.Error) {
		p.i++
		return &step{kind: kind, text: t.text, at: t.at}, nil
	}
	switch {
	case t.kind == fhirText:
		return literal(stepText)
	case t.kind == fhirDate:
		return literal(stepDate)
	case t.kind == fhirVariable:
		return literal(stepVariable)
	case t.kind == fhirWord && (t.text == "true" || t.text == "false"):
		return literal(stepTruth)
	case t.kind == fhirNumber:
		n, _ := literal(stepNumber)
		if unit := p.peek(); unit.kind == fhirText || unit.kind == fhirWord && fhirUnits[unit.text] != "" {
			p.i++
			return &step{kind: stepQuantity, text: unit.text, kids: []*step{n}, at: t.at}, nil
		}
		return n, nil
	case p.accept("("):
		n, err := p.binary(0)
		if err == nil {
			err = p.expect(")")
		}
		return n, err
	case p.accept("{"):
		return &step{kind: stepNothing, at: t.at}, p.expect("}")
	}
	return p.member(nil)
}
