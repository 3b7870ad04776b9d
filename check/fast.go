package check

import (
	"cmp"
	"math"
)

// Most numbers in forms are short. Expressions of items, literals, + − and × are therefore compiled twice: once for all
// numbers, and once for those whose coefficient is an int64, which then never leave registers. The second way gives up
// (slow) on whatever is not so plain, and the first way then
// starts anew. Both compute the same.

// short is the outcome of the second way.
type short struct {
	n     int64
	scale int16
	state shortState
}

type shortState uint8

const (
	slow shortState = iota // not to be had this way: a long number, an overflow, a wrong type
	absent
	known
)

func (s short) value() Value {
	if s.state == known {
		return small(s.n, s.scale)
	}
	return Value{}
}

func shortOf(v *Value) short {
	switch {
	case v.t == Untyped:
		return short{state: absent}
	case v.t == Number && v.big == nil:
		return short{v.n, v.scale, known}
	}
	return short{}
}

// shortRef is the second way of a reference.
func shortRef(i int) func(*frame) short {
	return func(f *frame) short {
		if i >= len(f.in.Values) {
			return short{state: absent}
		}
		return shortOf(&f.in.Values[i])
	}
}

// alignShort writes two known shorts with one scale; a blank or slow operand decides the outcome's state.
func alignShort(a, b short) (x, y int64, scale int16, state shortState) {
	if a.state != known || b.state != known {
		return 0, 0, 0, min(a.state, b.state)
	}
	if a.scale == b.scale {
		return a.n, b.n, a.scale, known
	}
	x, y, scale, ok := align(small(a.n, a.scale), small(b.n, b.scale))
	if !ok {
		return 0, 0, 0, slow
	}
	return x, y, scale, known
}

// shortArithmetic is the second way of a op b, nil if there is none.
func shortArithmetic(op string, a, b func(*frame) short) func(*frame) short {
	if a == nil || b == nil {
		return nil
	}
	switch op {
	case "+", "-":
		minus := op == "-"
		return func(f *frame) short {
			x, y, scale, state := alignShort(a(f), b(f))
			if minus {
				y = -y
			}
			z := x + y
			if state == known && ((z > x) != (y > 0) || y == math.MinInt64) {
				return short{}
			}
			return short{z, scale, state}
		}
	case "*":
		return func(f *frame) short {
			x, y := a(f), b(f)
			if x.state != known || y.state != known {
				return short{state: min(x.state, y.state)}
			}
			if x.n != int64(int32(x.n)) || y.n != int64(int32(y.n)) || x.scale+y.scale > maxScale {
				return short{}
			}
			return short{x.n * y.n, x.scale + y.scale, known}
		}
	}
	return nil
}

// shortComparison compares the second way, and the first way, with, where that is not enough.
func shortComparison(holds uint8, a, b func(*frame) short, with logic) logic {
	if a == nil || b == nil {
		return with
	}
	return func(f *frame) tri {
		x, y, _, state := alignShort(a(f), b(f))
		switch state {
		case known:
			return truth(holds&(1<<(cmp.Compare(x, y)+1)) != 0)
		case absent:
			return unknown
		}
		return with(f)
	}
}

// Most comparisons are of an item with a literal. Those look at the item's value where it lies, without a copy of it and
// without calls; whatever is not so plain is left to the way that takes everything, with.

// directNumber compares a reference a with a literal b of the same scale.
func directNumber(holds uint8, a, b code, with logic) logic {
	if a.ref == nil || b.lit == nil || b.lit.t != Number || b.lit.big != nil {
		return with
	}
	i, n, scale := *a.ref, b.lit.n, b.lit.scale
	return func(f *frame) tri {
		if i < len(f.in.Values) {
			if v := &f.in.Values[i]; v.t == Number && v.big == nil && v.scale == scale {
				return truth(holds&(1<<(cmp.Compare(v.n, n)+1)) != 0)
			}
		}
		return with(f)
	}
}

// directText asks whether a reference a equals a literal b, or does not.
func directText(holds uint8, a, b code, with logic) logic {
	equal := holds == accepted["=="]
	if a.ref == nil || b.lit == nil || b.lit.t != Text || !equal && holds != accepted["!="] {
		return with
	}
	i, s := *a.ref, b.lit.s
	return func(f *frame) tri {
		if i < len(f.in.Values) {
			if v := &f.in.Values[i]; v.t == Text {
				return truth((v.s == s) == equal)
			}
		}
		return with(f)
	}
}

// quick makes code of an expression of numbers that can be computed both ways.
func quick(val eval, fast func(*frame) short) code {
	if fast == nil {
		return typed(Number, val)
	}
	return code{t: Number, short: fast, val: func(f *frame) Value {
		if s := fast(f); s.state != slow {
			return s.value()
		}
		return val(f)
	}}
}
