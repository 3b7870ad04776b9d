package check

import (
	"math/big"
	"strconv"
	"strings"
)

// formatNumber writes v without exponent and without trailing zeros.
func formatNumber(v Value) string {
	var t string
	scale := int(v.scale)
	if v.big != nil {
		t = v.big.Text(10)
	} else {
		t = strconv.FormatInt(v.n, 10)
	}
	if scale == 0 || t == "0" {
		return t
	}
	sign := ""
	if t[0] == '-' {
		sign, t = "-", t[1:]
	}
	if len(t) <= scale {
		t = strings.Repeat("0", scale+1-len(t)) + t
	}
	whole, frac := t[:len(t)-scale], strings.TrimRight(t[len(t)-scale:], "0")
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}

// parseNumber reads an optional sign, digits with an optional point, and an optional exponent of up to two digits
// (ODM's float and double have one). A number that would have to be rounded is none.
func parseNumber(text string) (Value, bool) {
	if len(text) > 128 {
		return Value{}, false
	}
	mantissa, exp := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, ok := exponent(text[i+1:])
		if !ok {
			return Value{}, false
		}
		mantissa, exp = text[:i], e
	}
	negative := strings.HasPrefix(mantissa, "-")
	if negative || strings.HasPrefix(mantissa, "+") {
		mantissa = mantissa[1:]
	}
	whole, frac, point := strings.Cut(mantissa, ".")
	if !allDigits(whole) || point && (frac == "" || !allDigits(frac)) || whole == "" && !point {
		return Value{}, false
	}
	return exact(negative, strings.TrimLeft(whole+frac, "0"), len(frac)-exp)
}

func exponent(t string) (int, bool) {
	negative := strings.HasPrefix(t, "-")
	if negative || strings.HasPrefix(t, "+") {
		t = t[1:]
	}
	if t == "" || len(t) > 2 || !allDigits(t) {
		return 0, false
	}
	n, err := strconv.Atoi(t)
	if negative {
		n = -n
	}
	return n, err == nil
}

// exact returns ±c × 10^-scale if that needs no rounding.
func exact(negative bool, c string, scale int) (Value, bool) {
	for scale > 0 && strings.HasSuffix(c, "0") {
		c, scale = c[:len(c)-1], scale-1
	}
	if c == "" {
		return small(0, 0), true
	}
	if scale < 0 {
		c, scale = c+strings.Repeat("0", -scale), 0
	}
	if len(c) > maxDigits && strings.TrimRight(c[maxDigits:], "0") != "" || scale > maxScale || len(c)-scale > maxDigits {
		return Value{}, false
	}
	if negative {
		c = "-" + c
	}
	if n, err := strconv.ParseInt(c, 10, 64); err == nil {
		return small(n, int16(scale)), true
	}
	b, ok := new(big.Int).SetString(c, 10)
	return Value{t: Number, big: b, scale: int16(scale)}, ok
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
