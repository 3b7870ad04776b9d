package check

import (
	"strings"
	"time"

	"casebook"
)

// A form is one way to call a function: what it takes and gives. Its Go function sees known values only: a blank
// argument makes the outcome blank.
type form struct {
	params []Type
	result Type
	one    func(f *frame, a Value) Value
	two    func(f *frame, a, b Value) Value
	three  func(f *frame, a, b, c Value) Value
	zoned  bool // the last argument names a time zone
}

func one(p, result Type, fn func(f *frame, a Value) Value) form {
	return form{params: []Type{p}, result: result, one: fn}
}

func two(p, q, result Type, fn func(f *frame, a, b Value) Value) form {
	return form{params: []Type{p, q}, result: result, two: fn}
}

func zoned(p, result Type, fn func(f *frame, a, zone Value) Value) form {
	return form{params: []Type{p, Text}, result: result, two: fn, zoned: true}
}

// forms are the functions whose arguments are evaluated first and must all be known. The others are in special.
var forms = map[string][]form{
	"abs":   {one(Number, Number, func(_ *frame, a Value) Value { return magnitude(a) })},
	"floor": {one(Number, Number, func(f *frame, a Value) Value { return f.made(wholeDown(a)) })},
	"ceil":  {one(Number, Number, func(f *frame, a Value) Value { return f.made(neg(wholeDown(neg(a)))) })},
	"round": {
		one(Number, Number, func(f *frame, a Value) Value { return f.made(roundAt(a, 0, halfAway)) }),
		two(Number, Number, Number, roundTo),
	},
	"pow":    {two(Number, Number, Number, pow)},
	"sqrt":   {one(Number, Number, squareRoot)},
	"number": {one(Text, Number, parsed(Number))},

	"text":        textForms(),
	"concat":      {two(Text, Text, Text, concat), {params: []Type{Text, Text, Text}, result: Text, three: concat3}},
	"lower":       {one(Text, Text, func(_ *frame, a Value) Value { return textValue(mapASCII(a.s, 'A', 'Z')) })},
	"upper":       {one(Text, Text, func(_ *frame, a Value) Value { return textValue(mapASCII(a.s, 'a', 'z')) })},
	"trim":        {one(Text, Text, func(_ *frame, a Value) Value { return textValue(strings.Trim(a.s, " \t\r\n")) })},
	"contains":    {two(Text, Text, Bool, func(_ *frame, a, b Value) Value { return Truth(strings.Contains(a.s, b.s)) })},
	"starts_with": {two(Text, Text, Bool, func(_ *frame, a, b Value) Value { return Truth(strings.HasPrefix(a.s, b.s)) })},
	"ends_with":   {two(Text, Text, Bool, func(_ *frame, a, b Value) Value { return Truth(strings.HasSuffix(a.s, b.s)) })},

	"date": {
		one(Text, Date, parsed(Date)),
		one(DateTime, Date, func(_ *frame, a Value) Value { return dateOfWall(a) }),
		zoned(Instant, Date, func(f *frame, a, z Value) Value { return inZoneNamed(f, a, z, dateOfWall) }),
	},
	"time": {
		one(Text, Time, parsed(Time)),
		one(DateTime, Time, func(_ *frame, a Value) Value { return clockOfWall(a) }),
		zoned(Instant, Time, func(f *frame, a, z Value) Value { return inZoneNamed(f, a, z, clockOfWall) }),
	},
	"datetime": {
		one(Text, DateTime, parsed(DateTime)),
		two(Date, Time, DateTime, func(_ *frame, d, t Value) Value { return joined(d, t) }),
		zoned(Instant, DateTime, func(f *frame, a, z Value) Value {
			return inZoneNamed(f, a, z, func(w Value) Value { return w })
		}),
	},
	"instant": {
		one(Text, Instant, parsed(Instant)),
		zoned(DateTime, Instant, wallInstant),
	},
	"year":      {one(Date, Number, part(year)), one(DateTime, Number, part(year))},
	"month":     {one(Date, Number, part(month)), one(DateTime, Number, part(month))},
	"day":       {one(Date, Number, part(day)), one(DateTime, Number, part(day))},
	"hour":      {one(Time, Number, part(hour)), one(DateTime, Number, part(hour))},
	"minute":    {one(Time, Number, part(minute)), one(DateTime, Number, part(minute))},
	"weekday":   {one(Date, Number, weekday)},
	"precision": {one(Date, Text, precision), one(DateTime, Text, precision), one(Time, Text, precision)},
	"age":       {two(Date, Date, Number, age)},
	"days": {two(Date, Date, Number, func(_ *frame, a, b Value) Value {
		return onFullDates(a, b, func(a, b int64) int64 { return dayNumber(b) - dayNumber(a) })
	})},
	"months": {two(Date, Date, Number, func(_ *frame, a, b Value) Value { return onFullDates(a, b, monthsBetween) })},
	"hours": {two(Instant, Instant, Number, elapsed(3_600_000)), two(DateTime, DateTime, Number, elapsed(3_600_000)),
		two(Time, Time, Number, elapsed(3_600_000))},
	"minutes": {two(Instant, Instant, Number, elapsed(60_000)), two(DateTime, DateTime, Number, elapsed(60_000)),
		two(Time, Time, Number, elapsed(60_000))},
	"add_days": {two(Date, Number, Date, func(f *frame, d, n Value) Value {
		return moved(f, d, n, func(d, n int64) Value { return fromDayNumber(dayNumber(d) + n) })
	})},
	"add_months": {two(Date, Number, Date, func(f *frame, d, n Value) Value { return moved(f, d, n, addMonths) })},
}

// call compiles a function call.
func (c *compiler) call(n *node) (code, *casebook.Error) {
	if reaches(n.text) {
		return c.reference(n)
	}
	if build, ok := special[n.text]; ok {
		return build(c, n)
	}
	options, ok := forms[n.text]
	switch {
	case !ok:
		return code{}, c.fail(n, "rule.unknown_function", n.text)
	case len(n.vars) > 0:
		return code{}, c.fail(n, "rule.arguments", n.text)
	}
	args := make([]code, len(n.kids))
	for i, k := range n.kids {
		var err *casebook.Error
		if args[i], err = c.compile(k); err != nil {
			return code{}, err
		}
	}
	return c.choose(n, options, args)
}

// choose takes the first form that the arguments fit.
func (c *compiler) choose(n *node, options []form, args []code) (code, *casebook.Error) {
	right := false // some form takes this many arguments
	for _, o := range options {
		if len(o.params) != len(args) {
			continue
		}
		right = true
		if !fitting(args, o.params) {
			continue
		}
		last := args[len(args)-1]
		if o.zoned && last.lit != nil {
			if _, ok := zoneNamed(last.lit.s); !ok {
				return code{}, c.fail(n.kids[len(args)-1], "rule.zone", last.lit.s)
			}
			c.zones = append(c.zones, last.lit.s)
		} else if o.zoned {
			c.zoneOf(n.kids[len(args)-1])
		}
		return typed(o.result, o.over(args)), nil
	}
	if !right {
		return code{}, c.fail(n, "rule.arguments", n.text)
	}
	return code{}, c.fail(n, "rule.operator", n.text, typesOf(args))
}

// zoneOf notes which zone an expression may name.
func (c *compiler) zoneOf(n *node) {
	isInput := n.kind == nodeName && n.bare && n.text == "zone" // a reserved word, so no variable is called so
	if isInput {
		c.zones = append(c.zones, "")
	}
	c.openZone = c.openZone || !isInput
}

func typesOf(args []code) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.t.String()
	}
	return strings.Join(names, ", ")
}

func fitting(args []code, params []Type) bool {
	for i, a := range args {
		if !a.t.fits(params[i]) {
			return false
		}
	}
	return true
}

// over returns the evaluation of the form over its arguments.
func (o form) over(args []code) eval {
	x := args[0].val
	switch {
	case o.one != nil:
		return func(f *frame) Value {
			a := x(f)
			if a.t == Untyped {
				return Value{}
			}
			return o.one(f, a)
		}
	case o.two != nil:
		y := args[1].val
		return func(f *frame) Value {
			a, b := x(f), y(f)
			if a.t == Untyped || b.t == Untyped {
				return Value{}
			}
			return o.two(f, a, b)
		}
	}
	y, z := args[1].val, args[2].val
	return func(f *frame) Value {
		a, b, c := x(f), y(f), z(f)
		if a.t == Untyped || b.t == Untyped || c.t == Untyped {
			return Value{}
		}
		return o.three(f, a, b, c)
	}
}

func magnitude(a Value) Value {
	if a.sign() < 0 {
		return neg(a)
	}
	return a
}

func roundTo(f *frame, a, places Value) Value {
	n, ok := whole(places, maxDigits)
	if !ok {
		return f.made(Value{})
	}
	return f.made(roundAt(a, int(n), halfAway))
}

func pow(f *frame, a, exponent Value) Value {
	n, ok := whole(exponent, maxDigits)
	if !ok || n < 0 {
		return f.made(Value{})
	}
	return f.made(power(a, n))
}

func squareRoot(f *frame, a Value) Value {
	if a.sign() < 0 {
		return f.made(Value{})
	}
	return root(a)
}

// parsed returns the explicit conversion of text to t: blank if the text is no value of t.
func parsed(t Type) func(*frame, Value) Value {
	return func(_ *frame, a Value) Value {
		v, ok := ParseValue(t, a.s)
		if !ok {
			return Value{}
		}
		return v
	}
}

func textForms() []form {
	var all []form
	for t := Bool; t <= Instant; t++ {
		all = append(all, one(t, Text, func(_ *frame, a Value) Value { return textValue(a.String()) }))
	}
	return all
}

func concat(f *frame, a, b Value) Value {
	if len(a.s)+len(b.s) > maxText {
		return f.made(Value{})
	}
	return textValue(nfc(a.s + b.s))
}

func concat3(f *frame, a, b, c Value) Value {
	if ab := concat(f, a, b); ab.t != Untyped {
		return concat(f, ab, c)
	}
	return Value{}
}

// mapASCII changes the case of the letters from…to, and of nothing else: what other letters do differs between
// languages and between versions of Unicode.
func mapASCII(s string, from, to byte) string {
	b := []byte(s)
	for i, c := range b {
		if from <= c && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

func dateOfWall(w Value) Value {
	return Value{t: Date, n: w.n / clockUnit, scale: min(w.scale, day)}
}

func clockOfWall(w Value) Value {
	if w.scale < hour {
		return Value{}
	}
	return Value{t: Time, n: w.n % clockUnit, scale: w.scale}
}

func joined(d, t Value) Value {
	if d.scale != day {
		return Value{}
	}
	return Value{t: DateTime, n: d.n*clockUnit + t.n, scale: t.scale}
}

func (f *frame) zone(name Value) (*time.Location, bool) {
	z, ok := zoneNamed(name.s)
	if !ok {
		f.warn |= OutOfRange
	}
	return z, ok
}

func inZoneNamed(f *frame, a, zone Value, then func(wall Value) Value) Value {
	z, ok := f.zone(zone)
	if !ok {
		return Value{}
	}
	w := f.made(inZone(a.n, z))
	if w.t == Untyped {
		return w
	}
	return then(w)
}

// wallInstant needs minutes: nobody knows the moment of a day.
func wallInstant(f *frame, a, zone Value) Value {
	z, ok := f.zone(zone)
	if !ok || a.scale < minute {
		return Value{}
	}
	return f.made(moment(wallMs(a.n), z))
}

// part returns the function that gives one part of a date or time, blank if the value does not have it.
func part(p int16) func(*frame, Value) Value {
	return func(_ *frame, v Value) Value {
		if v.scale < p {
			return Value{}
		}
		y, m, d := split(dateOfWall(wallLike(v)).n)
		clock := v.n % clockUnit
		return Int([...]int64{year: y, month: m, day: d, hour: clock / 10_000_000, minute: clock / 100_000 % 100}[p])
	}
}

// wallLike returns a date as the wall clock reading of its precision; other values stay.
func wallLike(v Value) Value {
	if v.t == Date {
		v.n *= clockUnit
	}
	return v
}

// weekday is 1 for Monday to 7 for Sunday (ISO 8601).
func weekday(_ *frame, d Value) Value {
	if d.scale != day {
		return Value{}
	}
	days := dayNumber(d.n) - unixDays + 3
	return Int(days - 7*floorDiv(days, 7) + 1)
}

func precision(_ *frame, v Value) Value { return textValue(precisionNames[v.scale]) }

// age is known if it is the same for all days that partial dates may stand for.
func age(_ *frame, birth, on Value) Value {
	firstBirth, lastBirth := span(birth.n)
	firstOn, lastOn := span(on.n)
	youngest, oldest := ageOn(lastBirth, firstOn), ageOn(firstBirth, lastOn)
	if youngest != oldest {
		return Value{}
	}
	return Int(youngest)
}

func onFullDates(a, b Value, fn func(a, b int64) int64) Value {
	if a.scale != day || b.scale != day {
		return Value{}
	}
	return Int(fn(a.n, b.n))
}

// elapsed returns the function that gives the time from a to b in units of so many milliseconds. Wall clock readings
// and times of day need minutes, and are taken as if no clock were changed between them.
func elapsed(unit int64) func(f *frame, a, b Value) Value {
	return func(_ *frame, a, b Value) Value {
		if a.t != Instant && (a.scale < minute || b.scale < minute) {
			return Value{}
		}
		return div(Int(asMs(b)-asMs(a)), Int(unit))
	}
}

func asMs(v Value) int64 {
	switch v.t {
	case Instant:
		return v.n
	case Time:
		return clockMs(v.n)
	}
	return wallMs(v.n)
}

// moved moves a full date by a whole number of days or months.
func moved(f *frame, d, by Value, move func(date, n int64) Value) Value {
	n, ok := whole(by, 10_000_000)
	if !ok {
		return f.made(Value{})
	}
	if d.scale != day {
		return Value{}
	}
	return f.made(move(d.n, n))
}
