package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// itemDataPath is a path of CDISC's examples through ODM's clinical data: steps with predicates, of which the last is an
// ItemData.
type itemDataPath struct {
	tr  *translator
	i   int
	end int
}

func (p *itemDataPath) rest() string { return p.tr.code[p.i:p.end] }

func (p *itemDataPath) accept(s string) bool {
	for p.i < p.end && strings.IndexByte(" \t\r\n", p.tr.code[p.i]) >= 0 {
		p.i++
	}
	if !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.i += len(s)
	return true
}

func (p *itemDataPath) unexpected() *casebook.Error {
	word, _, _ := strings.Cut(p.rest(), " ")
	return p.tr.fail(p.i, "rule.formal.construct", firstRunes(word, 40))
}

var steps = [...]string{"SubjectData", "StudyEventData", "FormData", "ItemGroupData", "ItemData"}

func (p *itemDataPath) read() (expr, *casebook.Error) {
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
func (p *itemDataPath) predicate() (name, op, value string, err *casebook.Error) {
	if !p.accept("@") {
		return "", "", "", p.unexpected()
	}
	n := pathLen(p.rest())
	name = p.rest()[:n]
	p.i += n
	for _, o := range [...]string{"!=", "<=", ">=", "=", "<", ">"} {
		if p.accept(o) {
			op = o
			break
		}
	}
	p.accept("")
	value, n = quotedOrNumber(p.rest())
	if name == "" || op == "" || n == 0 {
		return "", "", "", p.unexpected()
	}
	if p.i += n; !p.accept("]") {
		return "", "", "", p.unexpected()
	}
	return name, op, value, nil
}

// quotedOrNumber reads a quoted text or a number, and returns its length in s.
func quotedOrNumber(s string) (string, int) {
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
func (p *itemDataPath) found(at int, oids map[string]string, op, value string) (expr, *casebook.Error) {
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
