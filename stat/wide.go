package stat

import "math"

// wide is a number in two float64s, hi+lo with |lo| at most half a unit in the last place of hi: about 106 bits
// (T. J. Dekker, A floating-point technique for extending the available precision, Numer. Math. 18, 1971).
type wide struct {
	hi, lo float64
}

func (a wide) negated() wide { return wide{-a.hi, -a.lo} }

// plus returns a+b. Its rounding error is below 2^-104 of the larger of |a| and |b|.
func (a wide) plus(b wide) wide {
	hi, lo := twoSum(a.hi, b.hi)
	lo2, rest := twoSum(a.lo, b.lo)
	hi, lo = fastTwoSum(hi, lo+lo2)
	hi, lo = fastTwoSum(hi, lo+rest)
	return wide{hi, lo}
}

// squareOver returns Num²/Den; Den must be above 0.
func squareOver(c Counts) wide {
	n, d := float64(c.Num), float64(c.Den)
	square := n * n
	below := math.FMA(n, n, -square)
	hi := square / d
	lo := (math.FMA(-hi, d, square) + below) / d
	hi, lo = fastTwoSum(hi, lo)
	return wide{hi, lo}
}

// twoSum returns the rounded sum of a and b and what rounding took away (D. E. Knuth, TAOCP 2, 4.2.2, theorem B).
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	part := sum - a
	return sum, (a - (sum - part)) + (b - part)
}

// fastTwoSum is twoSum for |a| >= |b|.
func fastTwoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	return sum, b - (sum - a)
}
