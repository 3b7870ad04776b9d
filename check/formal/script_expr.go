package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// truth translates n where a truth value is asked for. Where asserted, unknown and false come to the same, as nothing
// negates the outcome; elsewhere an equality with a blank must be false, as in JavaScript.
func (tr *translator) truth(n *node, s state, asserted bool) (expr, *casebook.Error) {
	x, err := tr.expr(n, s, asserted)
	if err == nil && x.t != check.Bool {
		err = tr.fail(n.at, "rule.formal.types", check.Bool.String(), x.t.String())
	}
	return x, err
}

func (tr *translator) expr(n *node, s state, asserted bool) (expr, *casebook.Error) {
	if tr.exprs++; tr.exprs > maxExprs {
		return expr{}, tr.fail(n.at, "rule.formal.too_long")
	}
	switch n.kind {
	case nodePath:
		return tr.path(n, s)
	case nodeNumber, nodeText:
		return tr.constant(n)
	case nodeRegex:
		return expr{regex: n.text}, nil
	case nodeCall:
		return tr.call(n, s)
	case nodeMethod:
		return tr.method(n, s)
	case nodeUnary:
		return tr.unary(n, s, asserted)
	case nodeBinary:
		return tr.binary(n, s, asserted)
	}
	return tr.branch(stmt{kind: stmtIf, expr: n.kids[0], at: n.at, body: returns(n.kids[1]), more: returns(n.kids[2])}, nil, s)
}

func returns(n *node) []stmt { return []stmt{{kind: stmtReturn, expr: n, at: n.at}} }

func (tr *translator) constant(n *node) (expr, *casebook.Error) {
	t := check.Number
	if n.kind == nodeText {
		t = check.Text
	}
	v, ok := check.ParseValue(t, n.text)
	if !ok {
		return expr{}, tr.fail(n.at, "rule.formal.construct", n.text)
	}
	return literal(v), nil
}

func (tr *translator) unary(n *node, s state, asserted bool) (expr, *casebook.Error) {
	if n.text == "!" {
		x, err := tr.truth(n.kids[0], s, false)
		return negated(x), err
	}
	x, err := tr.expr(n.kids[0], s, asserted)
	if err == nil && x.t != check.Number {
		err = tr.fail(n.at, "rule.formal.types", check.Number.String(), x.t.String())
	}
	return expr{src: "-" + x.in(bySign), t: check.Number, binds: bySign, refs: x.refs}, err
}

func (tr *translator) binary(n *node, s state, asserted bool) (expr, *casebook.Error) {
	switch n.text {
	case "&&", "||":
		return tr.junction(n, s, asserted)
	}
	a, err := tr.expr(n.kids[0], s, false)
	if err != nil {
		return expr{}, err
	}
	b, err := tr.expr(n.kids[1], s, false)
	if err != nil {
		return expr{}, err
	}
	switch n.text {
	case "==", "!=":
		return tr.equality(n, a, b, s, asserted)
	case "<", "<=", ">", ">=":
		return tr.order(n, a, b)
	}
	return tr.arithmetic(n, a, b)
}

func (tr *translator) junction(n *node, s state, asserted bool) (expr, *casebook.Error) {
	a, err := tr.truth(n.kids[0], s, asserted)
	if err != nil {
		return expr{}, err
	}
	b, err := tr.truth(n.kids[1], s.with(tr.facts(n.kids[0], s, n.text == "&&")), asserted)
	if err != nil {
		return expr{}, err
	}
	binds := byAnd
	if n.text == "||" {
		binds = byOr
	}
	return infix(a, n.text, b, binds, check.Bool), nil
}

// formats are Viedoc's numbers for how much of a date was given.
var formats = map[string]string{"0": "day", "2": "month", "3": "year"}

// equality translates == and !=. A blank equals only null.
func (tr *translator) equality(n *node, a, b expr, s state, asserted bool) (expr, *casebook.Error) {
	equal := n.text == "=="
	switch {
	case a.null():
		a, b = b, a
		fallthrough
	case b.null():
		return oneOrOther(nothing(a), equal), nil
	case a.month != "" && b.month != "":
		a.src, b.src, a.binds, b.binds = a.month, b.month, byItself, byItself
	case b.dated != "" || b.t.IsList():
		a, b = b, a
	}
	if a.dated != "" && b.lit != nil {
		precision, ok := formats[b.src]
		if !ok {
			return expr{}, tr.fail(n.at, "rule.formal.construct", "__format "+n.text+" "+b.src)
		}
		v, _ := check.ParseValue(check.Text, precision)
		b = literal(v)
	}
	if a.t.IsList() {
		return tr.onlyElement(n, a, b, equal)
	}
	a, b, ok := alike(a, b)
	if !ok || a.t.IsList() || b.t.IsList() {
		return expr{}, tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	return compared(a, b, equal, s, asserted), nil
}

// nothing is x == null.
func nothing(x expr) expr {
	if x.lit != nil {
		return literal(check.Truth(x.null()))
	}
	return blank(x)
}

func oneOrOther(x expr, straight bool) expr {
	if straight {
		return x
	}
	return negated(x)
}

// compared writes a == b or a != b so that it is never unknown where JavaScript would know it: a blank differs from
// every value, and equals a blank.
func compared(a, b expr, equal bool, s state, asserted bool) expr {
	is := infix(a, "==", b, byComparison, check.Bool)
	isNot := infix(a, "!=", b, byComparison, check.Bool)
	givenA, givenB := s.given(a), s.given(b)
	switch {
	case givenA && givenB && equal, equal && asserted && (givenA || givenB):
		return is
	case givenA && givenB:
		return isNot
	case !givenA && !givenB:
		both := infix(blank(a), "&&", blank(b), byAnd, check.Bool)
		x := function("coalesce", check.Bool, is, both)
		return oneOrOther(x, equal)
	case equal:
		return sure(is)
	case givenA:
		a = b
	}
	if len(a.refs) == 1 && a.src == a.refs[0] {
		return infix(blank(a), "||", isNot, byOr, check.Bool)
	}
	return negated(sure(is))
}

// onlyElement translates the comparison of a multiple choice with one code: JavaScript compares it as the joined text.
func (tr *translator) onlyElement(n *node, list, code expr, equal bool) (expr, *casebook.Error) {
	code, ok := as(code, list.t.Elem())
	if !ok || code.lit == nil {
		return expr{}, tr.fail(n.at, "rule.formal.types", list.t.String(), code.t.String())
	}
	one := infix(function("len", check.Number, list), "==", literal(check.Int(1)), byComparison, check.Bool)
	has := infix(code, "in", list, byComparison, check.Bool)
	only := infix(one, "&&", has, byAnd, check.Bool)
	if equal {
		return only, nil
	}
	return negated(sure(only)), nil
}

func (tr *translator) order(n *node, a, b expr) (expr, *casebook.Error) {
	if a.month != "" && b.month != "" {
		a.src, b.src, a.binds, b.binds = a.month, b.month, byItself, byItself
	}
	a, b, ok := alike(a, b)
	if !ok || a.null() || b.null() || a.t == check.Bool || a.t.IsList() || a.dated != "" || b.dated != "" {
		return expr{}, tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	return infix(a, n.text, b, byComparison, check.Bool), nil
}

func (tr *translator) arithmetic(n *node, a, b expr) (expr, *casebook.Error) {
	switch {
	case n.text == "+" && a.t == check.Text && b.t == check.Text && a.dated == "" && b.dated == "":
		return function("concat", check.Text, a, b), nil
	case a.t != check.Number || b.t != check.Number:
		return expr{}, tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	case n.text == "^":
		return function("pow", check.Number, a, b), nil
	}
	binds := bySum
	if strings.Contains("*/%", n.text) {
		binds = byProduct
	}
	return infix(a, n.text, b, binds, check.Number), nil
}

var mathFunctions = map[string]string{"Math.abs": "abs", "Math.floor": "floor", "Math.ceil": "ceil",
	"Math.sqrt": "sqrt", "Math.pow": "pow", "Math.min": "min", "Math.max": "max"}

// call translates a function. Math.round is refused: it rounds −2.5 to −2.
func (tr *translator) call(n *node, s state) (expr, *casebook.Error) {
	if n.text == "today" && len(n.kids) == 0 {
		return expr{src: "today", t: check.Date, binds: byItself}, nil
	}
	name, ok := mathFunctions[n.text]
	if !ok || len(n.kids) == 0 {
		return expr{}, tr.fail(n.at, "rule.formal.construct", n.text+"()")
	}
	args := make([]expr, len(n.kids))
	for i, k := range n.kids {
		var err *casebook.Error
		if args[i], err = tr.expr(k, s, false); err != nil {
			return expr{}, err
		}
		if args[i].t != check.Number {
			return expr{}, tr.fail(k.at, "rule.formal.types", check.Number.String(), args[i].t.String())
		}
	}
	return function(name, check.Number, args...), nil
}

var dateMethods = map[string]string{"getFullYear": "year", "getMonth": "month", "getDate": "day", "getHours": "hour",
	"getMinutes": "minute"}

// method translates a method of a date, of a text or list, or of a regular expression.
func (tr *translator) method(n *node, s state) (expr, *casebook.Error) {
	x, err := tr.expr(n.kids[0], s, false)
	if err != nil {
		return expr{}, err
	}
	dated := x.t == check.Date || x.t == check.DateTime
	part := dateMethods[n.text]
	switch {
	case len(n.kids) == 1 && dated && part == "month":
		m := function(part, check.Number, x)
		zeroBased := infix(m, "-", literal(check.Int(1)), bySum, check.Number)
		zeroBased.month = m.src
		return zeroBased, nil
	case len(n.kids) == 1 && (dated && part != "" || x.t == check.Time && (part == "hour" || part == "minute")):
		return function(part, check.Number, x), nil
	case len(n.kids) == 1 && n.text == "toString" && (dated || x.t == check.Time || x.t == check.Text):
		return x, nil // dates are equal exactly if their texts are
	case len(n.kids) == 2 && (n.text == "contains" || n.text == "includes"):
		return tr.contains(n, x, s)
	case len(n.kids) == 2 && n.text == "test" && x.regex != "":
		return tr.test(n, x.regex, s)
	}
	return expr{}, tr.fail(n.at, "rule.formal.construct", n.text+"()")
}

func (tr *translator) contains(n *node, x expr, s state) (expr, *casebook.Error) {
	code, err := tr.expr(n.kids[1], s, false)
	if err != nil {
		return expr{}, err
	}
	code, ok := as(code, x.t.Elem())
	switch {
	case ok && x.t.IsList():
		return infix(code, "in", x, byComparison, check.Bool), nil
	case ok && x.t == check.Text:
		return function("contains", check.Bool, x, code), nil
	}
	return expr{}, tr.fail(n.at, "rule.formal.types", x.t.String(), code.t.String())
}

func (tr *translator) test(n *node, pattern string, s state) (expr, *casebook.Error) {
	x, err := tr.expr(n.kids[1], s, false)
	if err != nil {
		return expr{}, err
	}
	p, ok := check.ParseValue(check.Text, pattern)
	if !ok || x.t != check.Text {
		return expr{}, tr.fail(n.at, "rule.formal.types", check.Text.String(), x.t.String())
	}
	return function("matches", check.Bool, x, literal(p)), nil
}
