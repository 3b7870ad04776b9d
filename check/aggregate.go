package check

import (
	"unicode/utf8"

	"casebook"
)

// special are the functions that do something else with a blank than passing it on, or that look at their arguments
// while compiling. It is filled by init, as its functions compile their arguments.
var special map[string]func(*compiler, *node) (code, *casebook.Error)

func init() {
	special = map[string]func(*compiler, *node) (code, *casebook.Error){
		"blank":    (*compiler).blank,
		"answered": (*compiler).blank,
		"reason":   (*compiler).reason,
		"coalesce": (*compiler).coalesce,
		"if":       (*compiler).ifCall,
		"len":      (*compiler).length,
		"matches":  (*compiler).matches,
		"any":      (*compiler).quantifier,
		"all":      (*compiler).quantifier,
		"count":    (*compiler).count,
		"sum":      (*compiler).total,
		"mean":     (*compiler).total,
		"min":      (*compiler).extreme,
		"max":      (*compiler).extreme,
		"score":    (*compiler).score,
	}
}

// arity fails unless n has from…to plain arguments.
func (c *compiler) arity(n *node, from, to int) *casebook.Error {
	if len(n.vars) > 0 || len(n.kids) < from || len(n.kids) > to {
		return c.fail(n, "rule.arguments", n.text)
	}
	return nil
}

// blank compiles blank(x) and answered(x). A list is blank when it is empty, too.
func (c *compiler) blank(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 1, 1); err != nil {
		return code{}, err
	}
	x, err := c.compile(n.kids[0])
	if err != nil {
		return code{}, err
	}
	is := truth(n.text == "blank")
	isNot := truth(n.text != "blank")
	return tested(func(f *frame) tri {
		if v := x.val(f); v.t == Untyped || v.t.IsList() && len(v.elems()) == 0 {
			return is
		}
		return isNot
	}), nil
}

// reason compiles reason(x): the reason text of a blank reference.
func (c *compiler) reason(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 1, 1); err != nil {
		return code{}, err
	}
	x, err := c.reference(n.kids[0])
	if err != nil {
		return code{}, err
	}
	return typed(Text, func(f *frame) Value { return textValue(x.val(f).Reason()) }), nil
}

func (c *compiler) coalesce(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 1, maxList); err != nil {
		return code{}, err
	}
	t := Untyped
	args := make([]code, len(n.kids))
	for i, k := range n.kids {
		x, err := c.compile(k)
		if err != nil {
			return code{}, err
		}
		u, ok := unify(t, x.t)
		if !ok {
			return code{}, c.fail(k, "rule.type", t.String(), x.t.String())
		}
		t, args[i] = u, x
	}
	return typed(t, func(f *frame) Value {
		for _, x := range args {
			if v := x.val(f); v.t != Untyped {
				return v
			}
		}
		return Value{}
	}), nil
}

// ifCall compiles if(c, a, b), another way to write c ? a : b.
func (c *compiler) ifCall(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 3, 3); err != nil {
		return code{}, err
	}
	return c.choice(n)
}

// length compiles len: code points of a text, elements of a list.
func (c *compiler) length(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 1, 1); err != nil {
		return code{}, err
	}
	x, err := c.compile(n.kids[0])
	if err != nil {
		return code{}, err
	}
	if !x.t.IsList() && !x.t.fits(Text) {
		return code{}, c.fail(n, "rule.operator", n.text, x.t.String())
	}
	return typed(Number, func(f *frame) Value {
		switch v := x.val(f); {
		case v.t == Untyped:
			return v
		case v.t == Text:
			return Int(int64(utf8.RuneCountInString(v.s)))
		default:
			return Int(int64(len(v.elems())))
		}
	}), nil
}

func (c *compiler) matches(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 2, 2); err != nil {
		return code{}, err
	}
	x, err := c.want(n.kids[0], Text)
	if err != nil {
		return code{}, err
	}
	lit := n.kids[1]
	if lit.kind != nodeLiteral || lit.val.t != Text {
		return code{}, c.fail(lit, "rule.literal", n.text)
	}
	p, ok := compilePattern(lit.val.s)
	if !ok {
		return code{}, c.fail(lit, "rule.pattern", lit.val.s)
	}
	return tested(func(f *frame) tri {
		v := x.val(f)
		if v.t == Untyped || !f.spend(utf8.RuneCountInString(v.s)) {
			return unknown
		}
		return truth(p.match(v.s))
	}), nil
}

// series is what an aggregate runs over: its arguments, lists taken apart; or the outcomes of its last argument for
// each row of the lists that its variables are bound to.
type series struct {
	t     Type // of the elements
	args  []code
	slots []int // of the variables
	body  code
	size  int // of the body
}

// series compiles the arguments of the aggregate n.
func (c *compiler) series(n *node) (series, *casebook.Error) {
	if len(n.vars) > 0 {
		return c.rows(n)
	}
	s := series{}
	for _, k := range n.kids {
		x, err := c.compile(k)
		if err != nil {
			return s, err
		}
		t, ok := unify(s.t, x.t.Elem())
		if !ok {
			return s, c.fail(k, "rule.type", s.t.String(), x.t.String())
		}
		s.t = t
		s.args = append(s.args, x)
	}
	if len(s.args) == 0 {
		return s, c.fail(n, "rule.arguments", n.text)
	}
	return s, nil
}

// rows compiles f(a: list, b: list, body).
func (c *compiler) rows(n *node) (series, *casebook.Error) {
	s := series{}
	if len(n.kids) != len(n.vars)+1 {
		return s, c.fail(n, "rule.arguments", n.text)
	}
	for _, k := range n.kids[:len(n.vars)] {
		x, err := c.compile(k)
		if err != nil {
			return s, err
		}
		if !x.t.IsList() {
			return s, c.fail(k, "rule.type", "list", x.t.String())
		}
		s.args = append(s.args, x)
	}
	for i, name := range n.vars {
		s.slots = append(s.slots, c.bind(name, s.args[i].t.Elem()))
	}
	body, err := c.compile(n.kids[len(n.vars)])
	c.unbind(len(n.vars))
	if err != nil {
		return s, err
	}
	if body.t.IsList() {
		return s, c.fail(n.kids[len(n.vars)], "rule.type", body.t.Elem().String(), body.t.String())
	}
	s.t, s.body, s.size = body.t, body, n.kids[len(n.vars)].size
	return s, nil
}

// each calls yield with every element until it returns false.
func (s *series) each(f *frame, yield func(Value) bool) {
	if s.slots != nil {
		s.eachRow(f, yield)
		return
	}
	for _, a := range s.args {
		v := a.val(f)
		if !v.t.IsList() {
			if !f.spend(1) || !yield(v) {
				return
			}
			continue
		}
		for _, e := range v.elems() {
			if !f.spend(1) || !yield(e) {
				return
			}
		}
	}
}

// eachRow walks the bound lists side by side to the end of the longest; the shorter go on with blanks. The lists are
// evaluated before the first row, as what they bind themselves shares slots with the variables.
func (s *series) eachRow(f *frame, yield func(Value) bool) {
	lists := make([]Value, 0, 4) // on the stack, as long as nobody walks more lists
	rows := 0
	for _, a := range s.args {
		list := a.val(f)
		lists = append(lists, list)
		rows = max(rows, len(list.elems()))
	}
	for i := range rows {
		if !f.spend(1 + s.size) {
			return
		}
		for k, list := range lists {
			f.slots[s.slots[k]] = Value{}
			if elems := list.elems(); i < len(elems) {
				f.slots[s.slots[k]] = elems[i]
			}
		}
		if !yield(s.body.val(f)) {
			return
		}
	}
}

// quantifier compiles any and all.
func (c *compiler) quantifier(n *node) (code, *casebook.Error) {
	s, err := c.series(n)
	if err != nil {
		return code{}, err
	}
	if !s.t.fits(Bool) {
		return code{}, c.fail(n, "rule.operator", n.text, s.t.String())
	}
	decides, otherwise := yes, no
	if n.text == "all" {
		decides, otherwise = no, yes
	}
	return tested(func(f *frame) tri {
		outcome := otherwise
		s.each(f, func(v Value) bool {
			switch {
			case v.t == Untyped:
				outcome = unknown
			case truth(v.n == 1) == decides:
				outcome = decides
				return false
			}
			return true
		})
		return outcome
	}), nil
}

// count compiles count: the elements that are not blank, or the rows whose body is true.
func (c *compiler) count(n *node) (code, *casebook.Error) {
	s, err := c.series(n)
	if err != nil {
		return code{}, err
	}
	rows := len(n.vars) > 0
	if rows && !s.t.fits(Bool) {
		return code{}, c.fail(n, "rule.operator", n.text, s.t.String())
	}
	return typed(Number, func(f *frame) Value {
		total := int64(0)
		s.each(f, func(v Value) bool {
			if v.t != Untyped && (!rows || v.n == 1) {
				total++
			}
			return true
		})
		return Int(total)
	}), nil
}

// numbers compiles the series of n, which must be of numbers.
func (c *compiler) numbers(n *node) (series, *casebook.Error) {
	s, err := c.series(n)
	if err == nil && !s.t.fits(Number) {
		err = c.fail(n, "rule.operator", n.text, s.t.String())
	}
	return s, err
}

// add returns the sum of the known elements and their count. The sum is a blank if it grew too large.
func (s *series) add(f *frame) (total Value, known int64) {
	s.each(f, func(v Value) bool {
		if v.t == Untyped {
			return true
		}
		if known++; known == 1 {
			total = v
			return true
		}
		total = f.made(add(total, v))
		return total.t != Untyped
	})
	return total, known
}

// total compiles sum and mean; of no known element both are blank.
func (c *compiler) total(n *node) (code, *casebook.Error) {
	s, err := c.numbers(n)
	if err != nil {
		return code{}, err
	}
	mean := n.text == "mean"
	return typed(Number, func(f *frame) Value {
		total, known := s.add(f)
		if total.t == Untyped || !mean {
			return total
		}
		return div(total, Int(known))
	}), nil
}

// score compiles score(list, minAnswered, scale): the sum of the answered items × scale / their count, rounded once at
// the end; blank if fewer than minAnswered were answered.
func (c *compiler) score(n *node) (code, *casebook.Error) {
	if err := c.arity(n, 3, 3); err != nil {
		return code{}, err
	}
	var args [3]code
	for i, t := range [...]Type{ListOf(Number), Number, Number} {
		x, err := c.want(n.kids[i], t)
		if err != nil {
			return code{}, err
		}
		args[i] = x
	}
	s := series{t: Number, args: args[:1]}
	return typed(Number, func(f *frame) Value {
		least, scale := args[1].val(f), args[2].val(f)
		total, known := s.add(f)
		if least.t == Untyped || scale.t == Untyped || total.t == Untyped || compareNumbers(Int(known), least) < 0 {
			return Value{}
		}
		return f.made(quotientOfProduct(total, scale, known))
	}), nil
}

// extreme compiles min and max. If partial dates leave open which is the one, the outcome is blank.
func (c *compiler) extreme(n *node) (code, *casebook.Error) {
	s, err := c.series(n)
	if err != nil {
		return code{}, err
	}
	if s.t == Bool || s.t == Text {
		return code{}, c.fail(n, "rule.operator", n.text, s.t.String())
	}
	better := -1
	if n.text == "max" {
		better = 1
	}
	return typed(s.t, func(f *frame) Value {
		var best Value
		s.each(f, func(v Value) bool {
			switch {
			case v.t == Untyped:
			case best.t == Untyped:
				best = v
			default:
				order, known := compare(v, best)
				if !known {
					best = Value{}
					return false
				}
				if order == better {
					best = v
				}
			}
			return true
		})
		return best
	}), nil
}
