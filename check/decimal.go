package check

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// A number is coefficient × 10^-scale. The coefficient is an int64 while it fits, else a big.Int. A number has up to 34
// significant digits, is smaller than 10^34 and has up to 64 digits after the point: what is finer is rounded half-even,
// once; what is larger is a blank. Digits and rounding are those of IEEE 754-2008 decimal128.

var (
	pow10  [19]int64
	room   [19]int64 // how large a coefficient may be to be multiplied with pow10
	bigTen = big.NewInt(10)
	bigPow [160]*big.Int // 10^0 … 10^159; read only
)

func init() {
	pow10[0] = 1
	room[0] = math.MaxInt64
	for i := 1; i < len(pow10); i++ {
		pow10[i] = pow10[i-1] * 10
		room[i] = math.MaxInt64 / pow10[i]
	}
	bigPow[0] = big.NewInt(1)
	for i := 1; i < len(bigPow); i++ {
		bigPow[i] = new(big.Int).Mul(bigPow[i-1], bigTen)
	}
}

// tenTo returns 10^k, shared: the caller must not change it.
func tenTo(k int) *big.Int {
	if k < len(bigPow) {
		return bigPow[k]
	}
	return new(big.Int).Exp(bigTen, big.NewInt(int64(k)), nil)
}

func small(n int64, scale int16) Value { return Value{t: Number, n: n, scale: scale} }

// coef returns v's coefficient, shared with v.
func (v Value) coef() *big.Int {
	if v.big != nil {
		return v.big
	}
	return big.NewInt(v.n)
}

func (v Value) sign() int {
	switch {
	case v.big != nil:
		return v.big.Sign()
	case v.n > 0:
		return 1
	case v.n < 0:
		return -1
	}
	return 0
}

// digits returns how many digits |c| has; 1 for 0.
func digits(c *big.Int) int {
	if c.Sign() == 0 {
		return 1
	}
	d := int(float64(c.BitLen()-1)*math.Log10(2)) + 1 // right, or one too few
	if c.CmpAbs(tenTo(d)) >= 0 {
		d++
	}
	return d
}

// A rounding decides whether the size of a number that is cut grows by one in its last place. It is told whether the
// last digit is odd, and how what was cut off compares with one half.
type rounding func(odd bool, half int) bool

func halfEven(odd bool, half int) bool { return half > 0 || half == 0 && odd }
func halfAway(_ bool, half int) bool   { return half >= 0 }
func toZero(bool, int) bool            { return false }

// arithmetic is how inexact results are rounded; a test breaks it on purpose.
var arithmetic rounding = halfEven

// cut returns c / 10^drop, rounded to an integer by r.
func cut(c *big.Int, drop int, r rounding) *big.Int {
	p := tenTo(drop)
	q, rest := new(big.Int).QuoRem(c, p, new(big.Int))
	if rest.Sign() != 0 && r(q.Bit(0) == 1, rest.Lsh(rest, 1).CmpAbs(p)) {
		q.Add(q, big.NewInt(int64(c.Sign())))
	}
	return q
}

// fit returns c × 10^-scale as a number, rounded to what a number may hold, or a blank if it is too large.
func fit(c *big.Int, scale int) Value {
	if drop := max(digits(c)-maxDigits, scale-maxScale); drop > 0 {
		c = cut(c, drop, arithmetic)
		scale -= drop
	}
	if c.Sign() == 0 {
		return small(0, 0)
	}
	if scale < 0 {
		c = new(big.Int).Mul(c, tenTo(-scale))
		scale = 0
	}
	if c.IsInt64() {
		return stripped(c.Int64(), scale)
	}
	c, scale = strip(c, scale)
	if digits(c)-scale > maxDigits {
		return Value{}
	}
	if c.IsInt64() {
		return small(c.Int64(), int16(scale))
	}
	return Value{t: Number, big: c, scale: int16(scale)}
}

// strip takes trailing zeros off the fraction.
func strip(c *big.Int, scale int) (*big.Int, int) {
	rest := new(big.Int)
	for scale > 0 {
		q, r := new(big.Int).QuoRem(c, bigTen, rest)
		if r.Sign() != 0 {
			break
		}
		c, scale = q, scale-1
	}
	return c, scale
}

// stripped returns n × 10^-scale without trailing zeros in its fraction.
func stripped(n int64, scale int) Value {
	for scale > 0 && n%10 == 0 {
		n, scale = n/10, scale-1
	}
	return small(n, int16(scale))
}

// shift returns n × 10^k if int64 holds it.
func shift(n int64, k int16) (int64, bool) {
	if k >= int16(len(pow10)) {
		return 0, n == 0
	}
	if n > room[k] || n < -room[k] {
		return 0, false
	}
	return n * pow10[k], true
}

// align writes a and b with the same scale, if both coefficients stay in int64.
func align(a, b Value) (x, y int64, scale int16, ok bool) {
	if a.big != nil || b.big != nil {
		return 0, 0, 0, false
	}
	switch {
	case a.scale == b.scale:
		return a.n, b.n, a.scale, true
	case a.scale < b.scale:
		x, ok = shift(a.n, b.scale-a.scale)
		return x, b.n, b.scale, ok
	}
	y, ok = shift(b.n, a.scale-b.scale)
	return a.n, y, a.scale, ok
}

func alignBig(a, b Value) (x, y *big.Int, scale int) {
	x, y, scale = a.coef(), b.coef(), int(max(a.scale, b.scale))
	if k := scale - int(a.scale); k > 0 {
		x = new(big.Int).Mul(x, tenTo(k))
	}
	if k := scale - int(b.scale); k > 0 {
		y = new(big.Int).Mul(y, tenTo(k))
	}
	return x, y, scale
}

func compareNumbers(a, b Value) int {
	if x, y, _, ok := align(a, b); ok {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	x, y, _ := alignBig(a, b)
	return x.Cmp(y)
}

func add(a, b Value) Value {
	if x, y, scale, ok := align(a, b); ok {
		if z := x + y; (z > x) == (y > 0) {
			return small(z, scale)
		}
	}
	x, y, scale := alignBig(a, b)
	return fit(new(big.Int).Add(x, y), scale)
}

func neg(a Value) Value {
	if a.big == nil && a.n != math.MinInt64 {
		return small(-a.n, a.scale)
	}
	return fit(new(big.Int).Neg(a.coef()), int(a.scale))
}

func sub(a, b Value) Value {
	if x, y, scale, ok := align(a, b); ok {
		if z := x - y; (z < x) == (y > 0) {
			return small(z, scale)
		}
	}
	x, y, scale := alignBig(a, b)
	return fit(new(big.Int).Sub(x, y), scale)
}

func mul(a, b Value) Value {
	const half = math.MaxInt32
	if a.big == nil && b.big == nil && a.scale+b.scale <= maxScale &&
		-half <= a.n && a.n <= half && -half <= b.n && b.n <= half {
		return small(a.n*b.n, a.scale+b.scale)
	}
	return fit(new(big.Int).Mul(a.coef(), b.coef()), int(a.scale)+int(b.scale))
}

// div returns a / b; b is not zero.
func div(a, b Value) Value {
	if x, y, _, ok := align(a, b); ok && x != math.MinInt64 && y != math.MinInt64 {
		if v, ok := longDivision(x, y); ok {
			return v
		}
	}
	return quotient(a.coef(), int(a.scale), b.coef(), int(b.scale))
}

// longDivision returns x / y, up to 18 digits a step, in 128 bits. It reports false if the quotient begins so far behind
// the point that its scale limits it.
func longDivision(x, y int64) (Value, bool) {
	size, by := uint64(max(x, -x)), uint64(max(y, -y))
	hi, lo, rest := uint64(0), size/by, size%by
	n, scale := 0, 0
	if lo > 0 {
		n = len(strconv.FormatUint(lo, 10))
	}
	for rest != 0 && n < maxDigits {
		step := 1 // through leading zeros
		if n > 0 {
			step = min(18, maxDigits-n)
		}
		var next uint64
		p := uint64(pow10[step])
		h, l := bits.Mul64(rest, p)
		next, rest = bits.Div64(h, l, by)
		h, l = bits.Mul64(lo, p)
		lo, l = bits.Add64(l, next, 0)
		hi = hi*p + h + l
		if n > 0 || lo > 0 {
			n += step
		}
		scale += step
	}
	if scale > maxScale {
		return Value{}, false
	}
	if rest != 0 && arithmetic(lo&1 == 1, cmp.Compare(rest, by-rest)) {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	return join128(hi, lo, scale, (x < 0) != (y < 0)), true
}

// size128 returns the size of v's coefficient in 128 bits, if that is simple to say.
func (v Value) size128() (hi, lo uint64, ok bool) {
	if v.big == nil {
		return 0, uint64(max(v.n, -v.n)), v.n != math.MinInt64
	}
	w := v.big.Bits()
	if bits.UintSize != 64 || len(w) != 2 {
		return 0, 0, false
	}
	return uint64(w[1]), uint64(w[0]), true
}

// cut128 is cut in 128 bits: it divides by up to 18 digits a step, and remembers whether lower digits were not zero.
func cut128(hi, lo uint64, drop int, r rounding) (uint64, uint64) {
	half, inexact := -1, false
	for drop > 0 {
		step := min(drop, 18)
		p := uint64(pow10[step])
		var rest uint64
		hi, rest = hi/p, hi%p
		lo, rest = bits.Div64(rest, lo, p)
		if half = cmp.Compare(rest, p-rest); half == 0 && inexact {
			half = 1
		}
		inexact = inexact || rest != 0
		drop -= step
	}
	if inexact && r(lo&1 == 1, half) {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	return hi, lo
}

// join128 returns the number of a coefficient of 128 bits.
func join128(hi, lo uint64, scale int, negative bool) Value {
	if hi == 0 && lo <= math.MaxInt64 {
		v := stripped(int64(lo), scale)
		if negative {
			v.n = -v.n
		}
		return v
	}
	for scale > 0 { // most quotients end in noughts or in nothing: big numbers need not hear of them
		h, l, rest := div10(hi, lo)
		if rest != 0 {
			break
		}
		hi, lo, scale = h, l, scale-1
	}
	if hi == 0 && lo <= math.MaxInt64 {
		return join128(hi, lo, scale, negative)
	}
	c := big128(hi, lo)
	if negative {
		c.Neg(c)
	}
	if scale >= 0 && scale <= maxScale && (hi < limit128[0] || hi == limit128[0] && lo < limit128[1]) {
		return Value{t: Number, big: c, scale: int16(scale)} // it fits as it is, and ends in no nought
	}
	return fit(c, scale)
}

// limit128 is 10^34, the first number of too many digits.
var limit128 = [2]uint64{0x1ed09bead87c0, 0x378d8e6400000000}

// div10 divides a number of 128 bits by ten.
func div10(hi, lo uint64) (qhi, qlo, rest uint64) {
	qhi, rest = hi/10, hi%10
	qlo, rest = bits.Div64(rest, lo, 10)
	return qhi, qlo, rest
}

// wide is a big number together with room for 128 bits, in one object.
type wide struct {
	big.Int
	words [4]big.Word
}

// big128 returns the big number of 128 bits, as math/big keeps it.
func big128(hi, lo uint64) *big.Int {
	w := new(wide)
	words := append(w.words[:0], big.Word(lo), big.Word(hi))
	if bits.UintSize == 32 {
		words = append(w.words[:0], big.Word(uint32(lo)), big.Word(lo>>32), big.Word(uint32(hi)), big.Word(hi>>32))
	}
	return w.SetBits(words)
}

// quotient divides with two digits more than a number has, and a last digit that stands for all that is beyond, so that
// fit rounds as if it saw the exact quotient.
func quotient(a *big.Int, as int, b *big.Int, bs int) Value {
	k := max(0, maxDigits+2-digits(a)+digits(b))
	n := new(big.Int).Mul(a, tenTo(k))
	q, rest := new(big.Int).QuoRem(n, b, new(big.Int))
	scale := as - bs + k
	if rest.Sign() != 0 {
		q.Mul(q, bigTen)
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
		scale++
	}
	return fit(q, scale)
}

// mod returns the remainder of a / b with the sign of a; b is not zero.
func mod(a, b Value) Value {
	if x, y, scale, ok := align(a, b); ok && y != -1 {
		return small(x%y, scale)
	}
	x, y, scale := alignBig(a, b)
	return fit(new(big.Int).Rem(x, y), scale)
}

// roundAt rounds a to places digits after the point (before it, when negative) by r.
func roundAt(a Value, places int, r rounding) Value {
	drop := int(a.scale) - places
	if drop <= 0 {
		return a
	}
	if hi, lo, ok := a.size128(); ok && places >= 0 {
		hi, lo = cut128(hi, lo, drop, r)
		return join128(hi, lo, places, a.sign() < 0)
	}
	return fit(cut(a.coef(), drop, r), places)
}

// wholeDown returns the largest integer that is not above a.
func wholeDown(a Value) Value {
	t := roundAt(a, 0, toZero)
	if a.sign() < 0 && compareNumbers(t, a) != 0 {
		return sub(t, Int(1))
	}
	return t
}

// power returns a^n for 0 ≤ n ≤ 34, rounded once; 0^0 is 1.
func power(a Value, n int64) Value {
	return fit(new(big.Int).Exp(a.coef(), big.NewInt(n), nil), int(a.scale)*int(n))
}

// root returns the square root of a ≥ 0, correctly rounded: the integer root of enough digits, and a last digit that
// stands for the rest.
func root(a Value) Value {
	c, scale := a.coef(), int(a.scale)
	k := max(0, 2*(maxDigits+2)-digits(c))
	if (scale+k)%2 != 0 {
		k++
	}
	n := new(big.Int).Mul(c, tenTo(k))
	q := new(big.Int).Sqrt(n)
	scale = (scale + k) / 2
	if new(big.Int).Mul(q, q).Cmp(n) != 0 {
		q.Mul(q, bigTen)
		q.Add(q, big.NewInt(1))
		scale++
	}
	return fit(q, scale)
}

// whole returns a as an int64 if it is an integer within ±limit.
func whole(a Value, limit int64) (int64, bool) {
	if a.t != Number {
		return 0, false
	}
	if a.big == nil && a.scale == 0 {
		return a.n, -limit <= a.n && a.n <= limit
	}
	c, scale := strip(a.coef(), int(a.scale))
	if scale != 0 || !c.IsInt64() || c.Int64() > limit || c.Int64() < -limit {
		return 0, false
	}
	return c.Int64(), true
}

// quotientOfProduct returns a × b / n, rounded once; n is not zero.
func quotientOfProduct(a, b Value, n int64) Value {
	return quotient(new(big.Int).Mul(a.coef(), b.coef()), int(a.scale)+int(b.scale), big.NewInt(n), 0)
}

// Less reports whether v is below w, both of them numbers; a blank is below nothing and above nothing.
func (v Value) Less(w Value) bool {
	return v.t == Number && w.t == Number && compareNumbers(v, w) < 0
}
