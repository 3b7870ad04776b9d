package check

import "casebook"

// tri is a truth value of Kleene's three-valued logic.
type tri uint8

const (
	unknown tri = iota
	no
	yes
)

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (t tri) value() Value {
	switch t {
	case yes:
		return Truth(true)
	case no:
		return Truth(false)
	}
	return Value{}
}

type (
	eval  func(*frame) Value
	logic func(*frame) tri
)

// code is a compiled expression. val is always set; test only where the type is Bool or Untyped.
type code struct {
	t    Type
	val  eval
	test logic
	lit  *Value // the value of a literal
	ref  *int   // the index of a reference

	short func(*frame) short // of some expressions of numbers, see fast.go
}

// typed makes code of an expression that computes values.
func typed(t Type, val eval) code {
	c := code{t: t, val: val}
	if t == Bool || t == Untyped {
		c.test = func(f *frame) tri {
			if v := val(f); v.t == Bool {
				return truth(v.n == 1)
			}
			return unknown
		}
	}
	return c
}

// tested makes code of an expression that computes a truth value.
func tested(test logic) code {
	return code{t: Bool, test: test, val: func(f *frame) Value { return test(f).value() }}
}

func (c *compiler) compile(n *node) (code, *casebook.Error) {
	switch n.kind {
	case nodeLiteral:
		return literal(n.val), nil
	case nodeName:
		return c.name(n)
	case nodeCall:
		return c.call(n)
	case nodeUnary:
		return c.unary(n)
	case nodeBinary:
		return c.binary(n)
	case nodeIf:
		return c.choice(n)
	case nodeList:
		return c.listOf(n)
	}
	return c.let(n)
}

// want compiles n as an expression of type t.
func (c *compiler) want(n *node, t Type) (code, *casebook.Error) {
	x, err := c.compile(n)
	if err == nil && !x.t.fits(t) {
		err = c.fail(n, "rule.type", t.String(), x.t.String())
	}
	return x, err
}

func literal(v Value) code {
	t := v.t
	if t == Text && v.s == "" {
		v = Value{}
	}
	x := typed(t, func(*frame) Value { return v })
	x.lit = &v
	if s := shortOf(&v); t == Number && s.state == known {
		x.short = func(*frame) short { return s }
	}
	return x
}

// name compiles a variable, an input of the evaluation, or a reference to an item.
func (c *compiler) name(n *node) (code, *casebook.Error) {
	if n.bare {
		for i := len(c.vars) - 1; i >= 0; i-- {
			if v := c.vars[i]; v.name == n.text {
				return typed(v.t, func(f *frame) Value { return f.slots[v.slot] }), nil
			}
		}
		switch n.text {
		case "today":
			c.local = true
			return typed(Date, (*frame).today), nil
		case "zone":
			c.local = true
			return typed(Text, func(f *frame) Value { return textValue(f.in.Zone) }), nil
		}
	}
	return c.reference(n)
}

// reference compiles a name, or one within prev, first, last, at and each.
func (c *compiler) reference(n *node) (code, *casebook.Error) {
	r, err := c.resolve(n)
	if err != nil {
		return code{}, err
	}
	r.Place = place(c.src, n.at)
	i := c.ref(r)
	x := typed(r.Type, func(f *frame) Value { return f.load(i) })
	x.ref = &i
	if r.Type == Number {
		x.short = shortRef(i)
	}
	return x, nil
}

func (c *compiler) resolve(n *node) (Ref, *casebook.Error) {
	if n.kind == nodeName {
		t, ok := Untyped, false
		if c.scope.Item != nil {
			t, ok = c.scope.Item(n.text)
		}
		if !ok {
			return Ref{}, c.fail(n, "rule.unknown_name", n.text)
		}
		return Ref{Name: n.text, Type: t}, nil
	}
	if n.kind != nodeCall || !reaches(n.text) || len(n.vars) > 0 {
		return Ref{}, c.fail(n, "rule.reference")
	}
	arity := 1
	if n.text == "at" {
		arity = 2
	}
	if len(n.kids) != arity {
		return Ref{}, c.fail(n, "rule.arguments", n.text)
	}
	r, err := c.resolve(n.kids[arity-1])
	if err != nil {
		return Ref{}, err
	}
	return c.reach(n, r)
}

func reaches(function string) bool {
	switch function {
	case "prev", "first", "last", "at", "each":
		return true
	}
	return false
}

// reach returns r as the call n of prev, first, last, at or each changes it.
func (c *compiler) reach(n *node, r Ref) (Ref, *casebook.Error) {
	if n.text == "each" {
		if r.Type.IsList() {
			return Ref{}, c.fail(n, "rule.reference")
		}
		r.Each, r.Type = true, ListOf(r.Type)
		return r, nil
	}
	if r.Visit != Here {
		return Ref{}, c.fail(n, "rule.reference")
	}
	switch n.text {
	case "prev":
		r.Visit = Prev
	case "first":
		r.Visit = First
	case "last":
		r.Visit = Last
	default:
		event := n.kids[0]
		if event.kind != nodeLiteral || event.val.t != Text {
			return Ref{}, c.fail(event, "rule.literal", n.text)
		}
		if c.scope.Event == nil || !c.scope.Event(event.val.s) {
			return Ref{}, c.fail(event, "rule.unknown_event", event.val.s)
		}
		r.Visit, r.Event = At, event.val.s
	}
	return r, nil
}

func (c *compiler) unary(n *node) (code, *casebook.Error) {
	if n.text == "!" {
		x, err := c.want(n.kids[0], Bool)
		return tested(not(x.test)), err
	}
	x, err := c.want(n.kids[0], Number)
	if err != nil {
		return code{}, err
	}
	if x.lit != nil && x.t == Number {
		return literal(neg(*x.lit)), nil
	}
	return typed(Number, func(f *frame) Value {
		a := x.val(f)
		if a.t == Untyped {
			return Value{}
		}
		return neg(a)
	}), nil
}

func not(x logic) logic {
	return func(f *frame) tri {
		switch x(f) {
		case yes:
			return no
		case no:
			return yes
		}
		return unknown
	}
}

func (c *compiler) binary(n *node) (code, *casebook.Error) {
	switch n.text {
	case "&&", "||":
		return c.junction(n)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(n)
	}
	a, err := c.compile(n.kids[0])
	if err != nil {
		return code{}, err
	}
	b, err := c.compile(n.kids[1])
	if err != nil {
		return code{}, err
	}
	if n.text == "in" {
		return c.member(n, a, b)
	}
	return c.comparison(n, a, b)
}

// junction compiles && and ||: the right side is looked at only if the left side does not decide.
func (c *compiler) junction(n *node) (code, *casebook.Error) {
	x, err := c.want(n.kids[0], Bool)
	if err != nil {
		return code{}, err
	}
	y, err := c.want(n.kids[1], Bool)
	if err != nil {
		return code{}, err
	}
	decides, a, b := no, x.test, y.test
	if n.text == "||" {
		decides = yes
	}
	return tested(func(f *frame) tri {
		l := a(f)
		if l == decides {
			return l
		}
		r := b(f)
		if r == decides || l != unknown {
			return r
		}
		return unknown
	}), nil
}

func (c *compiler) arithmetic(n *node) (code, *casebook.Error) {
	x, err := c.want(n.kids[0], Number)
	if err != nil {
		return code{}, err
	}
	y, err := c.want(n.kids[1], Number)
	if err != nil {
		return code{}, err
	}
	op := map[string]func(a, b Value) Value{"+": add, "-": sub, "*": mul, "/": div, "%": mod}[n.text]
	divides := n.text == "/" || n.text == "%"
	val := func(f *frame) Value {
		a, b := x.val(f), y.val(f)
		switch {
		case a.t == Untyped || b.t == Untyped:
			return Value{}
		case divides && b.sign() == 0:
			f.warn |= DividedByZero
			return Value{}
		}
		return f.made(op(a, b))
	}
	return quick(val, shortArithmetic(n.text, x.short, y.short)), nil
}

// accepted says by the outcome of a comparison (bit 0 less, bit 1 equal, bit 2 greater) when an operator holds.
var accepted = map[string]uint8{"<": 1, "<=": 3, "==": 2, "!=": 5, ">=": 6, ">": 4}

// mirrored are the operators with their sides exchanged.
var mirrored = map[string]string{"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">=": "<=", ">": "<"}

func (c *compiler) comparison(n *node, a, b code) (code, *casebook.Error) {
	t, ok := unify(a.t, b.t)
	if !ok {
		return code{}, c.fail(n, "rule.type", a.t.String(), b.t.String())
	}
	if equality := n.text == "==" || n.text == "!="; t.IsList() || !equality && !t.ordered() {
		return code{}, c.fail(n, "rule.operator", n.text, t.String())
	}
	op := n.text
	if b.ref != nil && a.lit != nil { // the same the other way round
		a, b, op = b, a, mirrored[op]
	}
	holds, x, y := accepted[op], a.val, b.val
	test := func(f *frame) tri {
		order, known := compare(x(f), y(f))
		if !known {
			return unknown
		}
		return truth(holds&(1<<(order+1)) != 0)
	}
	switch t {
	case Number:
		return tested(directNumber(holds, a, b, shortComparison(holds, a.short, b.short, test))), nil
	case Text:
		return tested(directText(holds, a, b, test)), nil
	}
	return tested(test), nil
}

// compare orders two values of one type. It reports false if that is not known.
func compare(a, b Value) (int, bool) {
	switch {
	case a.t == Untyped || a.t != b.t:
		return 0, false
	case a.t == Number:
		return compareNumbers(a, b), true
	case a.t.dated():
		return comparePartial(a, b)
	case a.t == Text: // the order of UTF-8 bytes is the order of code points
		return order(a.s < b.s, a.s > b.s), true
	}
	return order(a.n < b.n, a.n > b.n), true
}

func order(less, greater bool) int {
	switch {
	case less:
		return -1
	case greater:
		return 1
	}
	return 0
}

// member compiles x in list: true if an element equals x, else unknown if any comparison is, else false.
func (c *compiler) member(n *node, a, b code) (code, *casebook.Error) {
	if b.t != Untyped && !b.t.IsList() {
		return code{}, c.fail(n.kids[1], "rule.type", ListOf(a.t).String(), b.t.String())
	}
	if a.t.IsList() || b.t != Untyped && !a.t.fits(b.t.Elem()) && b.t.Elem() != Untyped {
		return code{}, c.fail(n, "rule.type", b.t.Elem().String(), a.t.String())
	}
	return tested(func(f *frame) tri {
		x, list := a.val(f), b.val(f)
		if x.t == Untyped || list.t == Untyped || !f.spend(len(list.elems())) {
			return unknown
		}
		outcome := no
		for _, e := range list.elems() {
			switch order, known := compare(x, e); {
			case known && order == 0:
				return yes
			case !known:
				outcome = unknown
			}
		}
		return outcome
	}), nil
}

// choice compiles c ? a : b. An unknown condition takes the second branch.
func (c *compiler) choice(n *node) (code, *casebook.Error) {
	cond, err := c.want(n.kids[0], Bool)
	if err != nil {
		return code{}, err
	}
	a, err := c.compile(n.kids[1])
	if err != nil {
		return code{}, err
	}
	b, err := c.compile(n.kids[2])
	if err != nil {
		return code{}, err
	}
	t, ok := unify(a.t, b.t)
	if !ok {
		return code{}, c.fail(n, "rule.type", a.t.String(), b.t.String())
	}
	if t == Bool {
		return tested(func(f *frame) tri {
			if cond.test(f) == yes {
				return a.test(f)
			}
			return b.test(f)
		}), nil
	}
	return typed(t, func(f *frame) Value {
		if cond.test(f) == yes {
			return a.val(f)
		}
		return b.val(f)
	}), nil
}

func (c *compiler) listOf(n *node) (code, *casebook.Error) {
	elem := Untyped
	kids := make([]code, len(n.kids))
	constant := true
	for i, k := range n.kids {
		x, err := c.compile(k)
		if err != nil {
			return code{}, err
		}
		t, ok := unify(elem, x.t)
		if !ok || t.IsList() {
			return code{}, c.fail(k, "rule.type", elem.String(), x.t.String())
		}
		elem, kids[i], constant = t, x, constant && x.lit != nil
	}
	t := ListOf(elem)
	build := func(f *frame) Value {
		values := make([]Value, len(kids))
		for i, k := range kids {
			values[i] = k.val(f)
		}
		return Value{t: t, list: &values}
	}
	if constant {
		return literal(build(nil)), nil
	}
	return typed(t, build), nil
}

func (c *compiler) let(n *node) (code, *casebook.Error) {
	value, err := c.compile(n.kids[0])
	if err != nil {
		return code{}, err
	}
	slot := c.bind(n.text, value.t)
	body, err := c.compile(n.kids[1])
	c.unbind(1)
	if err != nil {
		return code{}, err
	}
	if body.t == Bool {
		return tested(func(f *frame) tri {
			f.slots[slot] = value.val(f)
			return body.test(f)
		}), nil
	}
	return typed(body.t, func(f *frame) Value {
		f.slots[slot] = value.val(f)
		return body.val(f)
	}), nil
}
