package check

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The precision of a Date, DateTime or Time: the finest part it has.
const (
	year int16 = iota + 1
	month
	day
	hour
	minute
	second
)

var precisionNames = [...]string{"", "year", "month", "day", "hour", "minute", "second"}

// Parts are packed as decimal digits, missing ones as zeros: a Date as yyyymmdd, a Time as hhmmss and milliseconds, a
// DateTime as both in one. Packed values of one precision compare as numbers.
const (
	clockUnit = 1_000_000_000 // one day in a packed DateTime
	dayMs     = 86_400_000
)

// coarser[p] is what a packed DateTime is divided by to leave only the parts down to precision p.
var coarser = [...]int64{year: 10_000 * clockUnit, month: 100 * clockUnit, day: clockUnit,
	hour: 10_000_000, minute: 100_000, second: 1}

// comparePartial compares two values of one dated type at the coarser of their precisions. It reports false if they are
// alike as far as they go, but one goes further: then nobody knows.
func comparePartial(a, b Value) (int, bool) {
	x, y := a.n, b.n
	if a.scale != b.scale {
		unit := coarser[min(a.scale, b.scale)]
		if a.t == Date {
			unit /= clockUnit
		}
		x, y = x/unit, y/unit
	}
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, a.scale == b.scale
}

func leap(y int64) bool { return y%4 == 0 && y%100 != 0 || y%400 == 0 }

func daysIn(y, m int64) int64 {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func split(date int64) (y, m, d int64) { return date / 10_000, date / 100 % 100, date % 100 }

// dateOf returns a date of the precision that its nonzero parts give, or a blank if its year is not 1…9999.
func dateOf(y, m, d int64) Value {
	if y < 1 || y > 9999 {
		return Value{}
	}
	p := year
	switch {
	case d > 0:
		p = day
	case m > 0:
		p = month
	}
	return Value{t: Date, n: y*10_000 + m*100 + d, scale: p}
}

// dayNumber counts days from a fixed day in the proleptic Gregorian calendar. Years begin in March, so that the leap day
// comes last and 153 days make every five months.
func dayNumber(date int64) int64 {
	y, m, d := split(date)
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (153*(m-3)+2)/5 + d - 1
}

// unixDays is dayNumber of 1 January 1970.
var unixDays = dayNumber(19_700_101)

func fromDayNumber(n int64) Value {
	if n < dayNumber(10_101) || n > dayNumber(99_991_231) {
		return Value{}
	}
	y, m, d := time.UnixMilli((n - unixDays) * dayMs).UTC().Date()
	return dateOf(int64(y), int64(m), int64(d))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// addMonths moves a full date by n months; a day that the month does not have becomes its last.
func addMonths(date, n int64) Value {
	y, m, d := split(date)
	total := y*12 + m - 1 + n
	y, m = floorDiv(total, 12), total-floorDiv(total, 12)*12+1
	if y < 1 || y > 9999 {
		return Value{}
	}
	return dateOf(y, m, min(d, daysIn(y, m)))
}

// monthsBetween returns the most whole months that can be added to the full date a without passing b; negative, by the
// same count from b, if b is earlier.
func monthsBetween(a, b int64) int64 {
	if b < a {
		return -monthsBetween(b, a)
	}
	ay, am, _ := split(a)
	by, bm, _ := split(b)
	n := (by-ay)*12 + bm - am
	if addMonths(a, n).n > b {
		n--
	}
	return n
}

// ageOn returns the whole years from one full date to another. Who was born on 29 February has a birthday on 1 March in
// common years.
func ageOn(birth, on int64) int64 {
	by, _, _ := split(birth)
	y, _, _ := split(on)
	if on%10_000 < birth%10_000 {
		return y - by - 1
	}
	return y - by
}

// span returns the first and the last day that a date of any precision may stand for.
func span(date int64) (first, last int64) {
	y, m, d := split(date)
	switch {
	case m == 0:
		return y*10_000 + 101, y*10_000 + 1231
	case d == 0:
		return date + 1, date + daysIn(y, m)
	}
	return date, date
}

// number reads exactly the digits of s.
func fixed(s string) (int64, bool) {
	if s == "" || !allDigits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil
}

// parseDate reads yyyy, yyyy-mm or yyyy-mm-dd.
func parseDate(s string) (Value, bool) {
	if len(s) != 4 && len(s) != 7 && len(s) != 10 {
		return Value{}, false
	}
	y, ok := fixed(s[:4])
	var m, d int64
	if ok && len(s) >= 7 {
		m, ok = fixed(s[5:7])
		ok = ok && s[4] == '-' && 1 <= m && m <= 12
	}
	if ok && len(s) == 10 {
		d, ok = fixed(s[8:])
		ok = ok && s[7] == '-' && 1 <= d && d <= daysIn(y, m)
	}
	if !ok || y == 0 {
		return Value{}, false
	}
	return dateOf(y, m, d), true
}

// parseTime reads hh, hh:mm, hh:mm:ss, or that with a fraction, of which milliseconds are kept.
func parseTime(s string) (Value, bool) {
	s, frac, hasFrac := strings.Cut(s, ".")
	if hasFrac && (len(s) != 8 || frac == "" || !allDigits(frac)) {
		return Value{}, false
	}
	if len(s) != 2 && len(s) != 5 && len(s) != 8 {
		return Value{}, false
	}
	limits := [...]int64{23, 59, 59}
	var parts [3]int64
	p := hour
	for i := 0; i*3 < len(s); i++ {
		n, ok := fixed(s[i*3 : i*3+2])
		if !ok || n > limits[i] || i > 0 && s[i*3-1] != ':' {
			return Value{}, false
		}
		parts[i], p = n, hour+int16(i)
	}
	ms, _ := fixed((frac + "000")[:3])
	return Value{t: Time, n: ((parts[0]*100+parts[1])*100+parts[2])*1000 + ms, scale: p}, true
}

// parseDateTime reads a date of any precision, or a full date, "T" and a time.
func parseDateTime(s string) (Value, bool) {
	date, clock, both := strings.Cut(s, "T")
	d, ok := parseDate(date)
	if !ok || both && d.scale != day {
		return Value{}, false
	}
	if !both {
		return Value{t: DateTime, n: d.n * clockUnit, scale: d.scale}, true
	}
	t, ok := parseTime(clock)
	return Value{t: DateTime, n: d.n*clockUnit + t.n, scale: t.scale}, ok
}

// parseInstant reads a full date, "T", a time with minutes at least, and "Z" or an offset from UTC.
func parseInstant(s string) (Value, bool) {
	var offset int64
	switch {
	case strings.HasSuffix(s, "Z"):
		s = s[:len(s)-1]
	case len(s) > 6:
		o, ok := parseOffset(s[len(s)-6:])
		if !ok {
			return Value{}, false
		}
		s, offset = s[:len(s)-6], o
	}
	wall, ok := parseDateTime(s)
	if !ok || wall.scale < minute {
		return Value{}, false
	}
	v := instantOf(wallMs(wall.n) - offset)
	return v, v.t != Untyped
}

// parseOffset reads +hh:mm or -hh:mm as milliseconds.
func parseOffset(s string) (int64, bool) {
	h, okH := fixed(s[1:3])
	m, okM := fixed(s[4:])
	if !okH || !okM || s[3] != ':' || h > 14 || m > 59 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	ms := (h*60 + m) * 60_000
	if s[0] == '-' {
		ms = -ms
	}
	return ms, true
}

// clockMs returns the milliseconds since midnight of a packed time.
func clockMs(t int64) int64 {
	return ((t/10_000_000*60+t/100_000%100)*60+t/1000%100)*1000 + t%1000
}

// wallMs returns a packed wall clock reading as if it were in UTC, in Unix milliseconds.
func wallMs(n int64) int64 { return (dayNumber(n/clockUnit)-unixDays)*dayMs + clockMs(n%clockUnit) }

// wallOf returns the wall clock reading that in UTC is at Unix millisecond ms.
func wallOf(ms int64) Value {
	d := fromDayNumber(floorDiv(ms, dayMs) + unixDays)
	if d.t == Untyped {
		return d
	}
	rest := ms - floorDiv(ms, dayMs)*dayMs
	clock := ((rest/3_600_000*100+rest/60_000%60)*100+rest/1000%60)*1000 + rest%1000
	return Value{t: DateTime, n: d.n*clockUnit + clock, scale: second}
}

// instantOf returns the moment at Unix millisecond ms, or a blank if it is not in the years 1…9999.
func instantOf(ms int64) Value {
	if w := wallOf(ms); w.t == Untyped {
		return w
	}
	return Value{t: Instant, n: ms}
}

func formatDate(v Value) string {
	y, m, d := split(v.n)
	switch v.scale {
	case year:
		return fmt.Sprintf("%04d", y)
	case month:
		return fmt.Sprintf("%04d-%02d", y, m)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func formatTime(v Value) string {
	h, m, s, ms := v.n/10_000_000, v.n/100_000%100, v.n/1000%100, v.n%1000
	switch {
	case v.scale == hour:
		return fmt.Sprintf("%02d", h)
	case v.scale == minute:
		return fmt.Sprintf("%02d:%02d", h, m)
	case ms == 0:
		return fmt.Sprintf("%02d:%02d:%02d", h, m, s)
	}
	return strings.TrimRight(fmt.Sprintf("%02d:%02d:%02d.%03d", h, m, s, ms), "0")
}

func formatDateTime(v Value) string {
	d := formatDate(Value{n: v.n / clockUnit, scale: min(v.scale, day)})
	if v.scale <= day {
		return d
	}
	return d + "T" + formatTime(Value{n: v.n % clockUnit, scale: v.scale})
}

func formatInstant(v Value) string { return formatDateTime(wallOf(v.n)) + "Z" }
