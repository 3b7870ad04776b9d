package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// XPath, as CDISC's examples use it on ODM's clinical data: paths that look for an ItemData by its OID and compare its
// value, joined by and, or and not(). A path holds if there is such an ItemData, so a blank makes it false.
func (tr *translator) xpath() (expr, *casebook.Error) {
	p := &xpathParser{tr: tr}
	x, err := p.or(true, 0)
	if p.skip(); err == nil && p.i < len(tr.code) {
		err = p.unexpected()
	}
	return x, err
}

type xpathParser struct {
	tr *translator
	i  int
}

func (p *xpathParser) skip() {
	for p.i < len(p.tr.code) && strings.IndexByte(" \t\r\n", p.tr.code[p.i]) >= 0 {
		p.i++
	}
}

func (p *xpathParser) accept(s string) bool {
	p.skip()
	if !strings.HasPrefix(p.tr.code[p.i:], s) {
		return false
	}
	p.i += len(s)
	return true
}

func (p *xpathParser) unexpected() *casebook.Error {
	return p.tr.fail(p.i, "rule.formal.construct", firstWord(p.tr.code[p.i:]))
}

func (p *xpathParser) expect(s string) *casebook.Error {
	if !p.accept(s) {
		return p.unexpected()
	}
	return nil
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word[:min(len(word), 40)]
}

func (p *xpathParser) or(asserted bool, depth int) (expr, *casebook.Error) {
	x, err := p.and(asserted, depth)
	for err == nil && p.accept("or ") {
		var y expr
		y, err = p.and(asserted, depth)
		x = infix(x, "||", y, byOr, check.Bool)
	}
	return x, err
}

func (p *xpathParser) and(asserted bool, depth int) (expr, *casebook.Error) {
	x, err := p.term(asserted, depth)
	for err == nil && p.accept("and ") {
		var y expr
		y, err = p.term(asserted, depth)
		x = infix(x, "&&", y, byAnd, check.Bool)
	}
	return x, err
}

func (p *xpathParser) term(asserted bool, depth int) (expr, *casebook.Error) {
	if depth > maxNesting {
		return expr{}, p.tr.fail(p.i, "rule.formal.too_long")
	}
	inverted := p.accept("not(")
	if !inverted && !p.accept("(") {
		x, err := p.path()
		if err == nil && !asserted {
			x = sure(x)
		}
		return x, err
	}
	x, err := p.or(asserted && !inverted, depth+1)
	if err == nil {
		err = p.expect(")")
	}
	if inverted {
		x = negated(x)
	}
	return x, err
}

var steps = [...]string{"SubjectData", "StudyEventData", "FormData", "ItemGroupData", "ItemData"}

// path reads steps with predicates, of which the last is an ItemData.
func (p *xpathParser) path() (expr, *casebook.Error) {
	start := p.i
	oids := map[string]string{}
	op, value := "", ""
	for {
		for p.accept("/") { // two of them search deeper, for an OID that is unique anyway
		}
		if p.accept("..") || p.accept(".") {
			continue
		}
		step := ""
		for _, s := range steps {
			if p.accept(s) {
				step = s
				break
			}
		}
		if step == "" {
			return expr{}, p.unexpected()
		}
		for p.accept("[") {
			name, o, v, err := p.predicate()
			switch {
			case err != nil:
				return expr{}, err
			case name == "Value" && op == "":
				op, value = o, v
			case o == "=" && name == strings.TrimSuffix(step, "Data")+"OID":
				oids[name] = v
			default:
				return expr{}, p.unexpected()
			}
		}
		if step == "ItemData" {
			return p.found(start, oids, op, value)
		}
	}
}

// predicate reads @name operator literal ].
func (p *xpathParser) predicate() (name, op, value string, err *casebook.Error) {
	if err := p.expect("@"); err != nil {
		return "", "", "", err
	}
	n := pathLen(p.tr.code[p.i:])
	name = p.tr.code[p.i : p.i+n]
	p.i += n
	for _, o := range [...]string{"!=", "<=", ">=", "=", "<", ">"} {
		if p.accept(o) {
			op = o
			break
		}
	}
	p.skip()
	value, n = xpathLiteral(p.tr.code[p.i:])
	if name == "" || op == "" || n == 0 {
		return "", "", "", p.unexpected()
	}
	p.i += n
	return name, op, value, p.expect("]")
}

// xpathLiteral reads a quoted text or a number, and returns its length in s.
func xpathLiteral(s string) (string, int) {
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		if n := strings.IndexByte(s[1:], s[0]); n >= 0 {
			return s[1 : 1+n], n + 2
		}
		return "", 0
	}
	n := 0
	for n < len(s) && (digit(s[n]) || s[n] == '.' || n == 0 && s[n] == '-') {
		n++
	}
	return s[:n], n
}

// found is true if the ItemData that a path leads to is there and its value is as asked.
func (p *xpathParser) found(at int, oids map[string]string, op, value string) (expr, *casebook.Error) {
	item := oids["ItemOID"]
	x, ok := p.tr.reference(item)
	if !ok {
		return expr{}, p.tr.fail(at, "rule.formal.name", item)
	}
	if oid := oids["StudyEventOID"]; oid != "" {
		event, _ := check.ParseValue(check.Text, oid)
		x = reached(x, "at("+event.Literal()+", ")
	}
	if op == "" {
		return negated(blank(x)), nil
	}
	v, ok := check.ParseValue(x.t, value)
	if !ok || v.IsBlank() || x.t.IsList() {
		return expr{}, p.tr.fail(at, "rule.formal.types", x.t.String(), value)
	}
	if op == "=" {
		op = "=="
	}
	return infix(x, op, literal(v), byComparison, check.Bool), nil
}
