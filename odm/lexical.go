package odm

import "strings"

// The lexical forms of ODM 1.3.2's data types (section 2.14; the simple types of ODM1-3-2-foundation.xsd), each as a
// scan from the left without allocation: eat… returns what follows the form, and whether it was there.

func eatDigits(s string, least, most int) (string, bool) {
	n := 0
	for n < len(s) && n < most && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[n:], n >= least
}

func eatByte(s string, b byte) (string, bool) {
	if s != "" && s[0] == b {
		return s[1:], true
	}
	return s, false
}

// eatNumber eats exactly two digits of a number between lo and hi.
func eatNumber(s string, lo, hi int) (string, bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return s, false
	}
	n := int(s[0]-'0')*10 + int(s[1]-'0')
	return s[2:], lo <= n && n <= hi
}

const many = 1 << 30

func eatSign(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

func isInteger(s string) bool {
	rest, ok := eatDigits(eatSign(s), 1, many)
	return ok && rest == ""
}

// isDecimal is xs:decimal: digits, a point, digits, of which one side may be absent; no exponent.
func isDecimal(s string) bool {
	whole := eatSign(s)
	rest, before := eatDigits(whole, 1, many)
	rest, point := eatByte(rest, '.')
	if !point {
		return before && rest == ""
	}
	rest, after := eatDigits(rest, 1, many)
	return (before || after) && rest == ""
}

// isDouble is ODM's double: a decimal with digits on both sides of its point and perhaps an exponent, INF or NaN. The
// schema wants a sign in the exponent; ODM's text does not, nor do we.
func isDouble(s string) bool {
	if s == "INF" || s == "-INF" || s == "NaN" {
		return true
	}
	rest, ok := eatDigits(eatSign(s), 1, many)
	if !ok {
		return false
	}
	if r, point := eatByte(rest, '.'); point {
		if rest, ok = eatDigits(r, 1, many); !ok {
			return false
		}
	}
	if rest != "" && strings.IndexByte("eEdD", rest[0]) >= 0 {
		rest, ok = eatDigits(eatSign(rest[1:]), 1, many)
	}
	return ok && rest == ""
}

// eatDay eats YYYY-MM-DD, a day that exists.
func eatDay(s string) (string, bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return s, false
	}
	_, y := eatDigits(s[:4], 4, 4)
	_, m := eatNumber(s[5:7], 1, 12)
	if !y || !m {
		return s, false
	}
	year := int(s[0]-'0')*1000 + int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	month := int(s[5]-'0')*10 + int(s[6]-'0')
	_, d := eatNumber(s[8:10], 1, daysIn(year, month))
	return s[10:], d && year > 0
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// eatZone eats Z or ±hh:mm, at most 14 hours (xs:time); no zone is a zone too.
func eatZone(s string) (string, bool) {
	if s == "" {
		return s, true
	}
	if s[0] == 'Z' {
		return s[1:], true
	}
	if s[0] != '+' && s[0] != '-' {
		return s, false
	}
	if strings.HasPrefix(s[1:], "14:00") {
		return s[6:], true
	}
	rest, h := eatNumber(s[1:], 0, 13)
	rest, colon := eatByte(rest, ':')
	rest, m := eatNumber(rest, 0, 59)
	return rest, h && colon && m
}

// eatSecond eats ss[.fff].
func eatSecond(s string) (string, bool) {
	rest, ok := eatNumber(s, 0, 59)
	if !ok {
		return s, false
	}
	if r, point := eatByte(rest, '.'); point {
		return eatDigits(r, 1, many)
	}
	return rest, true
}

// eatClock eats hh:mm:ss[.fff], and 24:00:00 for the end of the day as xs:time does.
func eatClock(s string) (string, bool) {
	if strings.HasPrefix(s, "24:00:00") {
		return s[8:], true
	}
	rest, h := eatNumber(s, 0, 23)
	rest, c1 := eatByte(rest, ':')
	rest, m := eatNumber(rest, 0, 59)
	rest, c2 := eatByte(rest, ':')
	rest, sec := eatSecond(rest)
	return rest, h && c1 && m && c2 && sec
}

func isDate(s string) bool {
	rest, ok := eatDay(s)
	if !ok {
		return false
	}
	rest, ok = eatZone(rest)
	return ok && rest == ""
}

func isTime(s string) bool {
	rest, ok := eatClock(s)
	if !ok {
		return false
	}
	rest, ok = eatZone(rest)
	return ok && rest == ""
}

func isDatetime(s string) bool {
	rest, ok := eatDay(s)
	if !ok {
		return false
	}
	rest, ok = eatByte(rest, 'T')
	return ok && isTime(rest)
}

// isPartialDate is YYYY, YYYY-MM or a date.
func isPartialDate(s string) bool {
	rest, ok := eatDigits(s, 4, 4)
	if !ok || s[:4] == "0000" {
		return false
	}
	if rest == "" {
		return true
	}
	if len(rest) == 3 && rest[0] == '-' {
		_, ok = eatNumber(rest[1:], 1, 12)
		return ok
	}
	return isDate(s)
}

// isPartialTime is hh or hh:mm with or without a zone, or a time.
func isPartialTime(s string) bool {
	if isTime(s) {
		return true
	}
	rest, ok := eatNumber(s, 0, 23)
	if !ok {
		return false
	}
	if r, colon := eatByte(rest, ':'); colon {
		if rest, ok = eatNumber(r, 0, 59); !ok {
			return false
		}
	}
	rest, ok = eatZone(rest)
	return ok && rest == ""
}

// isPartialDatetime is a partial date, or a whole day with a partial time.
func isPartialDatetime(s string) bool {
	rest, ok := eatDay(s)
	if !ok {
		return isPartialDate(s)
	}
	if rest == "" {
		return true
	}
	rest, ok = eatByte(rest, 'T')
	return ok && isPartialTime(rest)
}

// eatPart eats two digits between lo and hi, or the dash of a part that is not known.
func eatPart(s string, lo, hi int) (string, bool) {
	if rest, dash := eatByte(s, '-'); dash {
		return rest, true
	}
	return eatNumber(s, lo, hi)
}

// eatIncompleteDay eats YYYY-MM-DD with any part, or all, replaced by a dash: "2024---05" has no month.
func eatIncompleteDay(s string) (string, bool) {
	if rest, ok := eatDay(s); ok {
		return rest, true
	}
	rest, y := eatByte(s, '-')
	if !y {
		rest, y = eatDigits(s, 4, 4)
	}
	rest, d1 := eatByte(rest, '-')
	month := rest
	rest, m := eatPart(rest, 1, 12)
	rest, d2 := eatByte(rest, '-')
	rest, d := eatPart(rest, 1, mostDays(month))
	return rest, y && d1 && m && d2 && d && !isWholeDay(s, rest)
}

// isWholeDay reports whether nothing is missing from the day that s begins with and rest follows: such a day would
// have been eaten by eatDay if it existed.
func isWholeDay(s, rest string) bool {
	return len(s)-len(rest) == len("2006-01-02")
}

// mostDays returns how many days the month that s begins with may have; 31 when it is not known.
func mostDays(s string) int {
	if len(s) < 2 || s[0] < '0' || s[0] > '1' || s[1] < '0' || s[1] > '9' {
		return 31
	}
	return daysIn(4, int(s[0]-'0')*10+int(s[1]-'0'))
}

// eatIncompleteClock eats hh:mm:ss[.fff] with any part replaced by a dash, and a zone or a dash for it.
func eatIncompleteClock(s string) (string, bool) {
	rest, h := eatPart(s, 0, 23)
	rest, c1 := eatByte(rest, ':')
	rest, m := eatPart(rest, 0, 59)
	rest, c2 := eatByte(rest, ':')
	rest, sec := eatByte(rest, '-')
	if !sec {
		rest, sec = eatSecond(rest)
	}
	if !h || !c1 || !m || !c2 || !sec {
		return s, false
	}
	if rest == "-" {
		return "", true
	}
	return eatZone(rest)
}

func isIncompleteDate(s string) bool {
	rest, ok := eatIncompleteDay(s)
	return ok && rest == ""
}

func isIncompleteTime(s string) bool {
	rest, ok := eatIncompleteClock(s)
	return ok && rest == ""
}

func isIncompleteDatetime(s string) bool {
	rest, ok := eatIncompleteDay(s)
	if !ok {
		return false
	}
	if rest, ok = eatByte(rest, 'T'); !ok {
		return false
	}
	rest, ok = eatIncompleteClock(rest)
	return ok && rest == ""
}

// isDuration is an ISO 8601 duration: [±]PnW, or [±]PnYnMnDTnHnMn.nS with at least one part.
func isDuration(s string) bool {
	s, ok := eatByte(eatSign(s), 'P')
	if !ok || s == "" {
		return false
	}
	if rest, n := eatDigits(s, 1, many); n && rest == "W" {
		return true
	}
	day, clock, timed := strings.Cut(s, "T")
	return eatParts(day, "YMD") == "" && (!timed || clock != "" && eatParts(clock, "HMS") == "")
}

// eatParts eats numbers that end in the letters of units, each at most once and in their order. Only seconds may have
// a fraction.
func eatParts(s, units string) string {
	for s != "" {
		rest, ok := eatDigits(s, 1, many)
		if !ok {
			return s
		}
		frac := false
		if r, point := eatByte(rest, '.'); point {
			if rest, frac = eatDigits(r, 1, many); !frac {
				return s
			}
		}
		if rest == "" || frac && rest[0] != 'S' {
			return s
		}
		i := strings.IndexByte(units, rest[0])
		if i < 0 {
			return s
		}
		s, units = rest[1:], units[i+1:]
	}
	return s
}

// isInterval is two partial datetimes, or one and a duration, on either side of a slash.
func isInterval(s string) bool {
	from, to, ok := strings.Cut(s, "/")
	return ok && (isPartialDatetime(from) && (isPartialDatetime(to) || isDuration(to)) ||
		isDuration(from) && isPartialDatetime(to))
}

// isURI reports whether s may stand as xs:anyURI: nearly anything but blanks and control characters.
func isURI(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte(`<>"{}|\^`+"`", s[i]) >= 0 {
			return false
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		if strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return len(s)%2 == 0
}

// isBase64 is base64 of RFC 4648, section 4, in whole groups with padding and without line breaks.
func isBase64(s string) bool {
	body := strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	for i := range len(body) {
		c := body[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/') {
			return false
		}
	}
	return len(s)%4 == 0
}
