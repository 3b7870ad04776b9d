package payment

import (
	"math/big"
	"strings"

	"casebook"
)

// Money is an amount in the smallest unit of its currency: fen, cents, yen. It is exact; nothing here is a float.
type Money int64

// places are how many decimal places a currency has (ISO 4217). Others are not paid in.
var places = map[string]int{"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KRW": 0}

// most is the largest amount of one rate: ten thousand million in units with two places.
const most Money = 1_000_000_000_000

// parse reads "1200", "1200.5" or "1200.50". Errors: Invalid payment.amount.
func parse(text, currency string) (Money, error) {
	bad := casebook.Fail(casebook.Invalid, "payment.amount", text, currency)
	whole, part, dot := strings.Cut(text, ".")
	digits := places[currency]
	if whole == "" || len(part) > digits || dot && part == "" || strings.Trim(whole+part, "0123456789") != "" || len(whole) > 12 {
		return 0, bad
	}
	m := Money(0)
	for _, d := range whole + part + strings.Repeat("0", digits-len(part)) {
		m = m*10 + Money(d-'0')
	}
	if m > most {
		return 0, bad
	}
	return m, nil
}

// Text is the amount with all decimal places of its currency.
func (m Money) Text(currency string) string {
	sign, digits := "", places[currency]
	if m < 0 {
		sign, m = "-", -m
	}
	text := big.NewInt(int64(m)).String()
	if digits == 0 {
		return sign + text
	}
	text = strings.Repeat("0", max(0, digits+1-len(text))) + text
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// share is m × points / 10,000, half away from zero.
func share(m Money, points int) Money {
	x := new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(int64(points)))
	half := big.NewInt(5000)
	if x.Sign() < 0 {
		half.Neg(half)
	}
	return Money(x.Add(x, half).Quo(x, big.NewInt(10000)).Int64())
}
