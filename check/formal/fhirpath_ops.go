package formal

import (
	"slices"
	"strings"

	"casebook"
	"casebook/check"
)

// constant is a literal.
func (f *fhirpath) constant(n *step) (expr, *casebook.Error) {
	t, text := check.Text, n.text
	switch n.kind {
	case stepNumber:
		t = check.Number
	case stepTruth:
		t = check.Bool
	case stepDate:
		t, text = dateType(n.text)
	case stepQuantity:
		return expr{}, f.tr.fail(n.at, "rule.formal.construct", n.kids[0].text+" "+n.text)
	}
	v, ok := check.ParseValue(t, text)
	if !ok {
		return expr{}, f.tr.fail(n.at, "rule.formal.construct", n.text)
	}
	return literal(v), nil
}

// dateType is the type of a literal date, and its text without the T that stands alone.
func dateType(text string) (check.Type, string) {
	day, clock, timed := strings.Cut(text, "T")
	switch {
	case day == "" && timed:
		return check.Time, clock
	case timed && clock == "":
		return check.DateTime, day
	case timed && strings.ContainsAny(clock, "Z+-"):
		return check.Instant, text
	case timed:
		return check.DateTime, text
	}
	return check.Date, text
}

// value evaluates n to one value.
func (f *fhirpath) value(n *step, this members) (expr, *casebook.Error) {
	m, err := f.eval(n, this)
	if err != nil {
		return expr{}, err
	}
	return f.one(n, m)
}

// one is the only value of a collection. One that may hold several is refused, unless their conditions exclude one
// another.
func (f *fhirpath) one(n *step, m members) (expr, *casebook.Error) {
	if len(m) == 0 {
		return null, nil
	}
	for _, k := range m {
		if k.kind != inValue && k.kind != inExtension || k.kind == inExtension && len(m) > 1 {
			return expr{}, f.tr.fail(n.at, "rule.formal.construct", describe(n))
		}
		if k.over.src != "" {
			return expr{}, f.tr.fail(n.at, "rule.formal.several", describe(n))
		}
	}
	if len(m) == 1 {
		return guarded(m[0]), nil
	}
	if !exclusive(m) {
		return expr{}, f.tr.fail(n.at, "rule.formal.several", describe(n))
	}
	out := null
	for _, k := range slices.Backward(m) {
		out = chosen(k.when, k.x, out)
	}
	return out, nil
}

// describe names what a step leads to, for a refusal.
func describe(n *step) string {
	if n.text != "" {
		return n.text
	}
	return "( )"
}

func guarded(m member) expr {
	if m.when.src == "" {
		return m.x
	}
	return chosen(m.when, m.x, null)
}

// exclusive reports whether at most one member can be there: each is there for another literal of the same answer.
func exclusive(m members) bool {
	if len(m[0].when.refs) != 1 {
		return false
	}
	of, seen := m[0].when.refs[0]+" == ", map[string]bool{}
	for _, k := range m {
		is, ok := strings.CutPrefix(k.when.src, of)
		if !ok || k.when.binds != byComparison || seen[is] {
			return false
		}
		seen[is] = true
	}
	return true
}

// truth evaluates n to a truth value. By FHIRPath's singleton rule a single value of another type counts as true.
func (f *fhirpath) truth(n *step, this members) (expr, *casebook.Error) {
	m, err := f.eval(n, this)
	if err != nil {
		return expr{}, err
	}
	if len(m) == 1 && m[0].kind != inValue && m[0].kind != inExtension {
		return chosen(f.exists(m), literal(check.Truth(true)), null), nil
	}
	x, err := f.one(n, m)
	if err != nil || x.t == check.Bool || x.null() {
		return x, err
	}
	if x.lit != nil {
		return literal(check.Truth(true)), nil
	}
	return chosen(negated(blank(x)), literal(check.Truth(true)), null), nil
}

// operation evaluates a unary or binary operator.
func (f *fhirpath) operation(n *step, this members) (members, *casebook.Error) {
	var x expr
	var err *casebook.Error
	switch n.text {
	case "and", "or", "xor", "implies":
		x, err = f.logic(n, this)
	case "=", "!=":
		x, err = f.equality(n, this)
	case "in":
		x, err = f.membership(n, n.kids[0], n.kids[1], this)
	case "contains":
		x, err = f.membership(n, n.kids[1], n.kids[0], this)
	case "|":
		return f.union(n, this)
	case "as":
		return f.typed(n, this)
	case "<", "<=", ">", ">=":
		x, err = f.order(n, this)
	case "~", "!~", "is":
		err = f.tr.fail(n.at, "rule.formal.construct", n.text)
	default:
		x, err = f.arithmetic(n, this)
	}
	if err != nil {
		return nil, err
	}
	return value(x), nil
}

func (f *fhirpath) logic(n *step, this members) (expr, *casebook.Error) {
	a, err := f.truth(n.kids[0], this)
	if err != nil {
		return expr{}, err
	}
	b, err := f.truth(n.kids[1], this)
	if err != nil {
		return expr{}, err
	}
	switch n.text {
	case "and":
		return and(a, b), nil
	case "or":
		return or(a, b), nil
	case "implies":
		return infix(negated(a), "||", b, byOr, check.Bool), nil
	}
	return infix(a, "!=", b, byComparison, check.Bool), nil
}

// and is a && b; what is known already is left out.
func and(a, b expr) expr {
	switch {
	case a.is(false) || b.is(false):
		return literal(check.Truth(false))
	case a.is(true):
		return b
	case b.is(true):
		return a
	}
	return infix(a, "&&", b, byAnd, check.Bool)
}

func or(a, b expr) expr {
	switch {
	case a.is(true) || b.is(false):
		return a
	case b.is(true) || a.is(false):
		return b
	}
	return infix(a, "||", b, byOr, check.Bool)
}

// pair evaluates both operands to values.
func (f *fhirpath) pair(n *step, this members) (a, b expr, err *casebook.Error) {
	left, err := f.eval(n.kids[0], this)
	if err != nil {
		return a, b, err
	}
	right, err := f.eval(n.kids[1], this)
	if err != nil {
		return a, b, err
	}
	if x, y := codings(left), codings(right); x != y && len(left) > 0 && len(right) > 0 {
		return a, b, f.tr.fail(n.at, "rule.formal.types", "Coding", check.Text.String())
	}
	if a, err = f.one(n.kids[0], left); err == nil {
		b, err = f.one(n.kids[1], right)
	}
	return a, b, err
}

// codings reports whether what is in m are codings, which equal no text.
func codings(m members) bool { return len(m) > 0 && m[0].q != nil && m[0].q.coded() }

func (f *fhirpath) equality(n *step, this members) (expr, *casebook.Error) {
	a, b, err := f.pair(n, this)
	if err != nil {
		return expr{}, err
	}
	a, b, ok := alike(a, b)
	if !ok {
		return expr{}, f.tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	if a.null() || b.null() {
		return null, nil
	}
	if a.lit != nil && b.lit != nil && a.t == check.Text {
		return literal(check.Truth((a.src == b.src) == (n.text == "="))), nil
	}
	if n.text == "!=" {
		return infix(a, "!=", b, byComparison, check.Bool), nil
	}
	if a.lit != nil {
		a, b = b, a
	}
	return infix(a, "==", b, byComparison, check.Bool), nil
}

func (f *fhirpath) order(n *step, this members) (expr, *casebook.Error) {
	a, b, err := f.pair(n, this)
	if err != nil {
		return expr{}, err
	}
	if a.null() || b.null() {
		return null, nil
	}
	a, b, ok := alike(a, b)
	if !ok || a.t == check.Bool || a.t.IsList() {
		return expr{}, f.tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	return infix(a, n.text, b, byComparison, check.Bool), nil
}

// membership is x in list.
func (f *fhirpath) membership(n, element, of *step, this members) (expr, *casebook.Error) {
	x, err := f.value(element, this)
	if err != nil {
		return expr{}, err
	}
	list, err := f.eval(of, this)
	if err != nil {
		return expr{}, err
	}
	if len(list) == 1 && list[0].over.src != "" && list[0].x.src == rowName && list[0].when.src == "" {
		if x, ok := as(x, list[0].over.t.Elem()); ok && list[0].kind == inValue {
			contains := sure(infix(x, "in", list[0].over, byComparison, check.Bool)) // an empty collection contains nothing
			if x.lit != nil {
				return contains, nil
			}
			return chosen(blank(x), null, contains), nil
		}
	}
	var texts []string
	out := expr{t: check.Bool, binds: byComparison, refs: x.refs}
	static, found := x.lit != nil && !x.null(), false
	for _, m := range list {
		y, ok := as(m.x, x.t)
		if m.kind != inValue || m.over.src != "" || m.when.src != "" || !ok {
			return expr{}, f.tr.fail(n.at, "rule.formal.construct", n.text)
		}
		texts, out.refs = append(texts, y.src), append(out.refs, y.refs...)
		static, found = static && y.lit != nil && y.t == check.Text, found || y.src == x.src
	}
	if static {
		return literal(check.Truth(found)), nil
	}
	out.src = x.in(bySum) + " in [" + strings.Join(texts, ", ") + "]"
	return out, nil
}

func (f *fhirpath) union(n *step, this members) (members, *casebook.Error) {
	a, err := f.eval(n.kids[0], this)
	if err != nil {
		return nil, err
	}
	b, err := f.eval(n.kids[1], this)
	out := append(slices.Clip(a), b...)
	for i := range out {
		out[i].merged = true
	}
	return out, err
}

// typed is "x as Type": what is of that type.
func (f *fhirpath) typed(n *step, this members) (members, *casebook.Error) {
	of, err := f.eval(n.kids[0], this)
	if err != nil {
		return nil, err
	}
	return f.ofType(n, of, n.kids[1])
}

func (f *fhirpath) ofType(n *step, of members, name *step) (members, *casebook.Error) {
	_, text, dotted := strings.Cut(name.text, ".")
	if !dotted {
		text = name.text
	}
	for _, m := range of {
		if m.kind != inValue || m.q == nil || !strings.EqualFold("value"+text, valueOf[m.q.Type]) {
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+" "+text)
		}
	}
	return of, nil
}

func (f *fhirpath) arithmetic(n *step, this members) (expr, *casebook.Error) {
	if n.kind == stepUnary {
		x, err := f.value(n.kids[0], this)
		if err == nil && x.t != check.Number && !x.null() {
			err = f.tr.fail(n.at, "rule.formal.types", check.Number.String(), x.t.String())
		}
		if n.text == "+" || x.null() {
			return x, err
		}
		return expr{src: "-" + x.in(bySign), t: check.Number, binds: bySign, refs: x.refs}, err
	}
	if n.kids[1].kind == stepQuantity && (n.text == "+" || n.text == "-") {
		return f.later(n, this)
	}
	a, b, err := f.pair(n, this)
	if err != nil {
		return expr{}, err
	}
	if n.text == "&" {
		return f.joined(n, a, b)
	}
	switch {
	case a.null() || b.null():
		return null, nil
	case n.text == "+" && a.t == check.Text && b.t == check.Text:
		return function("concat", check.Text, a, b), nil
	case a.t != check.Number || b.t != check.Number:
		return expr{}, f.tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	switch n.text {
	case "+", "-":
		return infix(a, n.text, b, bySum, check.Number), nil
	case "mod":
		return infix(a, "%", b, byProduct, check.Number), nil
	case "div":
		rest := infix(a, "-", infix(a, "%", b, byProduct, check.Number), bySum, check.Number)
		return infix(rest, "/", b, byProduct, check.Number), nil
	}
	return infix(a, n.text, b, byProduct, check.Number), nil
}

// joined is a & b: the blank one counts as an empty text.
func (f *fhirpath) joined(n *step, a, b expr) (expr, *casebook.Error) {
	switch {
	case a.null():
		return b, nil
	case b.null():
		return a, nil
	case a.t != check.Text || b.t != check.Text:
		return expr{}, f.tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	whole := function("concat", check.Text, a, b)
	if a.lit != nil && b.lit != nil {
		return whole, nil
	}
	return function("coalesce", check.Text, whole, a, b), nil
}

// later is a date and so many days, weeks, months or years.
func (f *fhirpath) later(n *step, this members) (expr, *casebook.Error) {
	a, err := f.value(n.kids[0], this)
	if err != nil {
		return expr{}, err
	}
	q := n.kids[1]
	v, ok := check.ParseValue(check.Number, q.kids[0].text)
	if a.t != check.Date || !ok || strings.Contains(q.kids[0].text, ".") {
		return expr{}, f.tr.fail(n.at, "rule.formal.types", check.Date.String(), a.t.String())
	}
	by, name := literal(v), "add_days"
	switch fhirUnits[q.text] {
	case "days":
	case "weeks":
		by = infix(by, "*", literal(check.Int(7)), byProduct, check.Number)
	case "months":
		name = "add_months"
	case "years":
		by, name = infix(by, "*", literal(check.Int(12)), byProduct, check.Number), "add_months"
	default:
		return expr{}, f.tr.fail(q.at, "rule.formal.construct", q.text)
	}
	if n.text == "-" {
		by = expr{src: "-" + by.in(bySign), t: check.Number, binds: bySign}
	}
	return function(name, check.Date, a, by), nil
}
