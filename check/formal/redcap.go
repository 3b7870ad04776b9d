package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// redcapLanguage is the language of REDCap's branching logic and calculations: fields in brackets, behind their event
// where it is another one, a checkbox with the code in question.
var redcapLanguage = &formulaLanguage{
	levels: [][]formulaOperator{
		{{"or", "||"}, {"||", "||"}},
		{{"and", "&&"}, {"&&", "&&"}},
		{{"<>", "!="}, {"!=", "!="}, {"==", "=="}, {"=", "=="}},
		{{"<=", "<="}, {">=", ">="}, {"<", "<"}, {">", ">"}},
		{{"+", "+"}, {"-", "-"}},
		{{"*", "*"}, {"/", "/"}, {"%", "%"}},
	},
	operand:  (*formula).redcapOperand,
	moment:   redcapMoment,
	caseless: true,
	powers:   true,
	comments: true,
}

func init() {
	// Set here, as the functions call what reads the language.
	redcapLanguage.functions = map[string]formulaFunction{
		"if":                   {3, 3, formulaIf},
		"not":                  {1, 1, formulaNot},
		"round":                {1, 2, redcapRound("round")},
		"roundup":              {1, 2, redcapRound("ceil")},
		"rounddown":            {1, 2, redcapRound("floor")},
		"sqrt":                 numeric("sqrt", 1, 1),
		"abs":                  numeric("abs", 1, 1),
		"min":                  numeric("min", 1, manyArgs),
		"max":                  numeric("max", 1, manyArgs),
		"mean":                 numeric("mean", 1, manyArgs),
		"sum":                  numeric("sum", 1, manyArgs),
		"mod":                  {2, 2, redcapMod},
		"datediff":             {3, 5, redcapDateDiff},
		"year":                 redcapPart("year"),
		"month":                redcapPart("month"),
		"day":                  redcapPart("day"),
		"isnumber":             {1, 1, redcapIsNumber},
		"isblankormissingcode": {1, 1, func(_ *formula, _ int, a []expr) (expr, *casebook.Error) { return blank(a[0]), nil }},
		"contains":             textual("contains", 2, check.Bool),
		"not_contain":          {2, 2, redcapNotContain},
		"starts_with":          textual("starts_with", 2, check.Bool),
		"ends_with":            textual("ends_with", 2, check.Bool),
		"length":               {1, 1, formulaLength},
		"trim":                 textual("trim", 1, check.Text),
		"upper":                textual("upper", 1, check.Text),
		"lower":                textual("lower", 1, check.Text),
		"concat":               {1, manyArgs, formulaConcat},
	}
}

// redcapVisits are the names of other events that depend on this one.
var redcapVisits = map[string]string{"event-name": "", "previous-event-name": "prev(", "first-event-name": "first(",
	"last-event-name": "last("}

// redcapEvent is how the OID of an event begins in REDCap's project XML; its unique name follows.
const redcapEvent = "Event."

// redcapOperand reads [field], [field(code)], or [event] before them, or a truth value.
func (f *formula) redcapOperand() (expr, *casebook.Error) {
	at := f.i
	for _, truth := range [...]string{"true", "false"} {
		if word := f.rest()[:pathLen(f.rest())]; strings.EqualFold(word, truth) {
			f.i += len(word)
			return literal(check.Truth(truth == "true")), nil
		}
	}
	var names []string
	for strings.HasPrefix(f.rest(), "[") {
		name, _, ok := strings.Cut(f.rest()[1:], "]")
		if !ok {
			return expr{}, f.unexpected()
		}
		f.i += len(name) + 2
		names = append(names, strings.TrimSpace(name))
	}
	switch len(names) {
	case 1:
		return f.redcapField(names[0], at)
	case 2:
		x, err := f.redcapField(names[1], at)
		if err != nil {
			return expr{}, err
		}
		return f.redcapVisit(names[0], x, at)
	case 0:
		return expr{}, f.unexpected()
	}
	return expr{}, f.tr.fail(at, "rule.formal.construct", "["+strings.Join(names, "][")+"]")
}

func (f *formula) redcapVisit(event string, x expr, at int) (expr, *casebook.Error) {
	how, relative := redcapVisits[event]
	switch {
	case relative && how == "":
		return x, nil
	case len(x.refs) != 1:
		return expr{}, f.tr.fail(at, "rule.formal.construct", "["+event+"]")
	case !relative && strings.ContainsAny(event, "-()"): // an instance, or an event that is not known before
		return expr{}, f.tr.fail(at, "rule.formal.construct", "["+event+"]")
	case !relative:
		oid, _ := check.ParseValue(check.Text, redcapEvent+event)
		how = "at(" + oid.Literal() + ", "
	}
	there := how + x.refs[0] + ")"
	x.src = strings.Replace(x.src, x.refs[0], there, 1)
	x.refs = []string{there}
	return x, nil
}

// redcapField finds a field. An option of a checkbox is an item of its own, or an element of a list; nobody having
// checked it, it is unchecked.
func (f *formula) redcapField(name string, at int) (expr, *casebook.Error) {
	name = strings.TrimSuffix(name, ":value")
	field, code, option := strings.Cut(name, "(")
	if !option {
		return f.named(name, at)
	}
	code = strings.TrimSuffix(strings.TrimSpace(code), ")")
	if x, ok := f.tr.reference(field + "___" + strings.ToLower(strings.ReplaceAll(code, "-", "_"))); ok && x.t == check.Bool {
		return sure(x), nil
	}
	list, err := f.named(field, at)
	if err != nil {
		return expr{}, err
	}
	if !list.t.IsList() {
		return expr{}, f.tr.fail(at, "rule.formal.types", check.ListOf(check.Text).String(), list.t.String())
	}
	v, ok := check.ParseValue(list.t.Elem(), code)
	if !ok || v.IsBlank() {
		return expr{}, f.tr.fail(at, "rule.formal.construct", name)
	}
	return sure(infix(literal(v), "in", list, byComparison, check.Bool)), nil
}

// redcapRound rounds to decimal places, 0 if none are named; a half goes away from zero.
func redcapRound(how string) func(*formula, int, []expr) (expr, *casebook.Error) {
	return func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		x, err := f.number(args[0], at)
		if err != nil {
			return expr{}, err
		}
		places := literal(check.Int(0))
		if len(args) == 2 {
			if places, err = f.number(args[1], at); err != nil {
				return expr{}, err
			}
		}
		switch {
		case places.src == "0":
			return function(how, check.Number, x), nil
		case how == "round":
			return function(how, check.Number, x, places), nil
		}
		scale := function("pow", check.Number, literal(check.Int(10)), places)
		scaled := infix(x, "*", scale, byProduct, check.Number)
		return infix(function(how, check.Number, scaled), "/", scale, byProduct, check.Number), nil
	}
}

func redcapMod(f *formula, at int, args []expr) (expr, *casebook.Error) {
	return f.combine("%", args[0], args[1], at, false)
}

func redcapPart(part string) formulaFunction {
	return formulaFunction{1, 1, func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		x := args[0]
		if x.t != check.Date && x.t != check.DateTime {
			return expr{}, f.tr.fail(at, "rule.formal.types", check.Date.String(), x.t.String())
		}
		return function(part, check.Number, x), nil
	}}
}

func redcapIsNumber(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.number(args[0], at)
	return negated(blank(x)), err
}

func redcapNotContain(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := redcapLanguage.functions["contains"].make(f, at, args)
	return negated(sure(x)), err
}

// redcapUnits are REDCap's units of time in days, and of clock time in hours: a year has 365.2425 days, a month 30.44.
var redcapUnits = map[string]struct {
	clock bool   // counted in hours
	per   string // how many days, or hours, make one
}{
	"y": {false, "365.2425"}, "M": {false, "30.44"}, "d": {false, "1"},
	"h": {true, "1"}, "m": {true, "60"}, "s": {true, "3600"},
}

// redcapDateDiff is the time between two dates, or two readings of a clock, without a sign unless the last argument
// asks for one. A third text, the format of the dates, says nothing: they are dates here.
func redcapDateDiff(f *formula, at int, args []expr) (expr, *casebook.Error) {
	a, b := redcapMoment(args[0]), redcapMoment(args[1])
	if a.t == check.Text {
		a, _ = as(a, b.t)
	}
	if b.t == check.Text {
		b, _ = as(b, a.t)
	}
	unit, known := redcapUnits[literalText(args[2])]
	if !known {
		return expr{}, f.tr.fail(at, "rule.formal.construct", "datediff()")
	}
	signed := false
	for _, x := range args[3:] {
		signed = signed || x.is(true) || strings.EqualFold(literalText(x), "true")
	}
	if a.t != b.t || a.null() || b.null() {
		return expr{}, f.tr.fail(at, "rule.formal.types", a.t.String(), b.t.String())
	}
	var diff expr
	per, _ := check.ParseValue(check.Number, unit.per)
	switch {
	case a.t == check.Date && !unit.clock:
		diff = function("days", check.Number, a, b)
	case (a.t == check.DateTime || a.t == check.Time) && unit.clock:
		diff = function("hours", check.Number, a, b)
	case a.t == check.DateTime:
		diff = infix(function("hours", check.Number, a, b), "/", literal(check.Int(24)), byProduct, check.Number)
	default:
		return expr{}, f.tr.fail(at, "rule.formal.types", check.DateTime.String(), a.t.String())
	}
	if !signed {
		diff = function("abs", check.Number, diff)
	}
	switch {
	case unit.per == "1":
		return diff, nil
	case unit.clock:
		return infix(diff, "*", literal(per), byProduct, check.Number), nil
	}
	return infix(diff, "/", literal(per), byProduct, check.Number), nil
}

// redcapMoment is a date that is written as a text: the word today is this day.
func redcapMoment(x expr) expr {
	if strings.EqualFold(literalText(x), "today") {
		return expr{src: "today", t: check.Date, binds: byItself}
	}
	return x
}

// literalText returns the text that x is, "" if x is none.
func literalText(x expr) string {
	if x.lit == nil || x.t != check.Text {
		return ""
	}
	return x.lit.String()
}
