package check

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Rules and values at random. The names are those of fuzzScope.

// leaves are what a rule of a type ends in, growths how it grows: for each %n, %b, %t, %d, %w, %c, %i comes an expression
// of the type that the letter names, for %L and %K a list of texts or numbers, for %Z a zone.
var leaves = map[byte][]string{
	'n': {"n", "m", "n", "0", "1", "7", "0.1", "2.5", "3", "99999999999999999999", "0.3333333333333333333333333333333333", "prev(n)", "at('V1', m)",
		"(n / 2)", "(m * 0.5)", "(prev(n) + 0.5)",
		"null", "`n`", "9007199254740993"},
	'b': {"b", "true", "false", "first(b)", "null", "at('V2', b)"},
	't': {"t", "''", "'F'", "'头痛'", "last(t)", "'😀\uffff'", "'e\u0301'", "'2024-03-10'", "'12.50'", "reason(n)", "reason(prev(d))", "zone"},
	'd': {"d", "today", "@2024", "@2024-02", "@2024-02-29", "@1969-12-28", "prev(d)", "@0001-01-01", "@9999-12-31", "null"},
	'w': {"w", "@2024-03-10T02:30", "@2024-11-03T01:30:15.25", "last(w)", "@1969-07-20T20"},
	'c': {"c", "@T10:30", "@T23:59:59.999", "@T02", "first(c)"},
	'i': {"i", "@2024-03-10T07:30Z", "@1900-01-01T00:00:00.5+08:05", "prev(i)"},
	'K': {"k", "each(n)", "each(prev(m))", "[]", "[null, 1]"},
	'L': {"l", "each(t)", "['a', t]", "[]"},
	'Z': {"zone", "'Asia/Shanghai'", "'America/New_York'", "'Europe/Berlin'", "'Australia/Lord_Howe'", "'Africa/Casablanca'", "t"},
}

var growths = map[byte][]string{
	'n': {"(%n + %n)", "(%n - %n)", "(%n) * (%n)", "(%n) / (%n)", "(%n) / 3", "(%n) % (%n)", "-(%n)", "round(%n, 2)", "round(%n)", "round(%n, -%n)", "abs(%n)",
		"floor(%n)", "ceil(%n)", "sum(%n, %n, %K)", "mean(%n, %K)", "min(%n, %n)", "max(%K)", "count(%K, %n)", "count(%t, %t)", "(%n) / 2", "(%n * 0.5)", "(%n + 0.5)", "coalesce(%n, %n)",
		"days(%d, %d)", "months(%d, %d)", "age(%d, %d)", "len(%t)", "len(%K)", "(%b ? %n : %n)", "if(%b, %n, %n)", "sqrt(abs(%n))", "sqrt(%n)",
		"pow(%n, 3)", "pow(%n, %n)", "hours(%i, %i)", "minutes(%w, %w)", "hours(%c, %c)", "(let x = %n; x + x * %n)", "sum(x: %K, x * %n)",
		"sum(x: %K, y: %K, coalesce(x, 1) / (y + 0.5))", "count(x: %K, s: %L, x > %n || s == %t)", "score([%n, %n, n], 2, 10)", "score(%K, %n, %n)",
		"year(%d)", "month(%w)", "day(%d)", "hour(%c)", "minute(%w)", "weekday(%d)", "number(%t)", "(let n = %n; n - `n`)"},
	'b': {"(%b && %b)", "(%b || %b)", "!(%b)", "blank(%n)", "answered(%t)", "blank(%L)", "(%n in [%n, %n, n])", "(%n in %K)", "(%t in %L)", "(%d in [%d, %d])",
		"any(x: %K, x > %n)", "all(%b, %b)", "any(%b, %b)", "all(s: %L, matches(s, '^\\\\w*$'))", "contains(%t, %t)", "starts_with(%t, %t)", "ends_with(%t, %t)",
		"matches(%t, '^[a-z头]+$')", "matches(%t, '(\\\\d{1,3}|[^0-9😀]){2,}')", "(%b ? %b : %b)", "(%b == %b)", "(%n < %n)", "(%n <= %n)", "(%n == %n)", "(%n != %n)",
		"(%t < %t)", "(%t >= %t)", "(%d < %d)", "(%d == %d)", "(%d <= %d)", "(%w > %w)", "(%w != %w)", "(%c < %c)", "(%i >= %i)", "(let x = %d; x < %d)"},
	't': {"lower(%t)", "upper(%t)", "concat(%t, %t)", "concat(%t, %t, %t)", "text(%n)", "text(%d)", "text(%b)", "text(%w)", "text(%i)", "text(%c)",
		"precision(%d)", "precision(%w)", "precision(%c)", "trim(%t)", "(%b ? %t : %t)", "coalesce(%t, %t)"},
	'd': {"add_days(%d, round(%n))", "add_days(%d, %n)", "add_months(%d, round(%n))", "add_months(%d, 1)", "date(%t)", "date(%i, %Z)", "date(%w)", "max(%d, %d)",
		"min(%d, %d)", "(%b ? %d : %d)"},
	'w': {"datetime(%i, %Z)", "datetime(%d, %c)", "datetime(%t)", "(%b ? %w : %w)", "max(%w, %w)"},
	'c': {"time(%w)", "time(%i, %Z)", "time(%t)", "(%b ? %c : %c)", "min(%c, %c)"},
	'i': {"instant(%w, %Z)", "(%b ? %i : %i)", "min(%i, %i)", "instant(%t)", "instant(datetime(%d, %c), %Z)"},
	'K': {"[%n, %n]", "[%n, null, %n]", "(%b ? %K : %K)"},
	'L': {"[%t, %t]", "(%b ? %L : %L)"},
}

const letters = "\x00bntdwci" // by type

// randomRule writes an expression of type t.
func randomRule(r *rand.Rand, depth int, t Type) string { return randomOf(r, depth, letters[t]) }

func randomOf(r *rand.Rand, depth int, letter byte) string {
	from := growths[letter]
	if depth <= 0 || from == nil {
		from = leaves[letter]
	}
	pattern := from[r.IntN(len(from))]
	var out strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '%' && i+1 < len(pattern) && leaves[pattern[i+1]] != nil {
			i++
			out.WriteString(randomOf(r, depth-1-r.IntN(2), pattern[i]))
			continue
		}
		out.WriteByte(pattern[i])
	}
	return out.String()
}

// damaged returns src with a small fault, as people and programs make them.
func damaged(r *rand.Rand, src string) string {
	runes := []rune(src)
	at := r.IntN(len(runes))
	bits := []string{"(", ")", ",", "'", "`", "?", ":", "==", "+", "!", " let ", "x: ", "n", "'a'", "true", "in", "[", "each(", "prev(", "nope", "@2024-13", "1.", "头",
		"\\", "\n", "//", "0x", "''", "at('V3', ", "zone", " "}
	bit := bits[r.IntN(len(bits))]
	switch r.IntN(4) {
	case 0:
		return string(runes[:at]) + bit + string(runes[at:])
	case 1:
		return string(runes[:at]) + string(runes[at+1:])
	case 2:
		return string(runes[:at]) + bit + string(runes[at+1:])
	}
	end := at + r.IntN(min(12, len(runes)-at))
	return string(runes[:at]) + string(runes[end:]) + string(runes[at:end])
}

// randomText is a value of type t as a form may hold it: often short, sometimes at a bound, sometimes nothing.
func randomText(r *rand.Rand, t Type) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	two := func(n int) string { s := strconv.Itoa(100 + r.IntN(n)); return s[1:] }
	date := func() string {
		y := strconv.Itoa(1850 + r.IntN(300))
		return pick(y, y+"-0"+strconv.Itoa(1+r.IntN(9)), y+"-"+pick("10", "11", "12")+"-"+pick("01", "15", "28", "30"), y+"-02-"+pick("28", "29"), "2024-03-10",
			"2024-11-03", "0001-01-01", "9999-12-31", "2024-10-27", "2024-13-01")
	}
	switch t {
	case Number:
		return randomNumberText(r)
	case Bool:
		return pick("true", "false", "1", "0", "yes")
	case Text:
		return pick("a", "F", "头痛😀", "120", "-0.50", "2024-02-29", "e\u0301", "é", "\ufb01", "\U00010400", "\uffff", "Ünïcode", " a\t", "x'y\\z", "각", "\u1100\u1161\u11a8",
			"Asia/Shanghai", "Mars/Base", "2024-03-10T02:30", "10:30", "2024-03-10T07:30:00Z", "1E5", strings.Repeat("ab😀", r.IntN(50)), "\u0344\u0345\u0301", "a"+strings.Repeat("\u0301\u0316", 30), "x\u034f\u0301", strings.Repeat("\u1100\u1161\u0323", 20)+strings.Repeat("\u0323", 40), "\x00\x1f\"\u2028")
	case Date:
		return date()
	case Time:
		return pick(two(24), two(24)+":"+two(60), two(24)+":"+two(60)+":"+two(60), two(24)+":"+two(60)+":"+two(60)+"."+two(100)+"19", "24:00")
	case DateTime:
		return pick(date(), date()+"T"+two(24)+":"+two(60), date()+"T"+two(24)+":"+two(60)+":"+two(60), "2024-03-10T02:"+two(60), "2024-11-03T01:"+two(60),
			"2024-10-06T02:"+two(60), date()+"T"+two(24))
	case Instant:
		return pick(date()+"T"+two(24)+":"+two(60)+"Z", date()+"T"+two(24)+":"+two(60)+":"+two(60)+".5+0"+strconv.Itoa(r.IntN(10))+":"+two(60),
			"2024-03-10T0"+strconv.Itoa(r.IntN(10))+":"+two(60)+"Z", "2024-11-03T0"+strconv.Itoa(r.IntN(10))+":"+two(60)+"Z", "2024-10-27T01:00:00Z")
	}
	return ""
}

func randomNumberText(r *rand.Rand) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return string(b)
	}
	sign := [...]string{"", "", "-"}[r.IntN(3)]
	switch r.IntN(8) {
	case 0:
		return sign + digits(34)
	case 1:
		whole := r.IntN(34)
		return sign + "0" + digits(whole) + "." + digits(34-whole)
	case 2:
		return sign + "0." + strings.Repeat("0", r.IntN(40)) + digits(24)
	case 3:
		return sign + [...]string{"9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808", "94906267", "0.5", "1.5", "2.50", "-0", "1e10", ".5"}[r.IntN(11)]
	case 4:
		return sign + digits(1+r.IntN(3)) + "." + digits(1+r.IntN(3))
	}
	return sign + digits(1+r.IntN(4))
}
