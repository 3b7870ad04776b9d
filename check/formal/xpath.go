package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// xpathLanguage is XPath 1.0 as two families write it. CDISC's examples look for an ItemData by its OID and compare its
// value; a path holds if there is such an ItemData, so a blank makes it false. XForms, and the XLSForms that become
// them, name a question by ${name} or by its path, the question itself by a point, and have functions of their own
// (ODK XForms Specification, sections Operators and Functions).
var xpathLanguage = &formulaLanguage{
	levels: [][]formulaOperator{
		{{"or", "||"}},
		{{"and", "&&"}},
		{{"!=", "!="}, {"=", "=="}},
		{{"<=", "<="}, {">=", ">="}, {"<", "<"}, {">", ">"}},
		{{"+", "+"}, {"-", "-"}},
		{{"*", "*"}, {"div", "/"}, {"mod", "%"}},
	},
	operand: (*formula).xpathOperand,
}

func init() {
	// Set here, as the functions call what reads the language.
	xpathLanguage.functions = map[string]formulaFunction{
		"not":                 {1, 1, formulaNot},
		"true":                {0, 0, constant(true)},
		"false":               {0, 0, constant(false)},
		"boolean":             {1, 1, func(f *formula, at int, a []expr) (expr, *casebook.Error) { return f.truth(a[0], at) }},
		"boolean-from-string": {1, 1, xpathFromString},
		"number":              {1, 1, func(f *formula, at int, a []expr) (expr, *casebook.Error) { return f.number(a[0], at) }},
		"string":              {1, 1, func(f *formula, at int, a []expr) (expr, *casebook.Error) { return f.text(a[0], at) }},
		"if":                  {3, 3, formulaIf},
		"coalesce":            {2, 2, xpathCoalesce},
		"selected":            {2, 2, xpathSelected},
		"jr:selected":         {2, 2, xpathSelected},
		"count-selected":      {1, 1, xpathCountSelected},
		"string-length":       {1, 1, formulaLength},
		"contains":            textual("contains", 2, check.Bool),
		"starts-with":         textual("starts_with", 2, check.Bool),
		"ends-with":           textual("ends_with", 2, check.Bool),
		"concat":              {1, manyArgs, formulaConcat},
		"regex":               {2, 2, xpathRegex},
		"round":               {1, 2, xpathRound},
		"int":                 {1, 1, xpathInt},
		"abs":                 numeric("abs", 1, 1),
		"floor":               numeric("floor", 1, 1),
		"ceiling":             numeric("ceil", 1, 1),
		"sqrt":                numeric("sqrt", 1, 1),
		"pow":                 {2, 2, func(f *formula, at int, a []expr) (expr, *casebook.Error) { return f.power(a[0], a[1], at) }},
		"min":                 xpathAggregate("min"),
		"max":                 xpathAggregate("max"),
		"sum":                 xpathAggregate("sum"),
		"count":               {1, 1, xpathCount("len")},
		"count-non-empty":     {1, 1, xpathCount("count")},
		"today":               {0, 0, xpathToday},
		"date":                {1, 1, xpathDate},
		"decimal-date":        {1, 1, xpathDays},
		"decimal-date-time":   {1, 1, xpathDays},
		"format-date":         {2, 2, xpathFormatDate},
	}
}

func constant(b bool) func(*formula, int, []expr) (expr, *casebook.Error) {
	return func(*formula, int, []expr) (expr, *casebook.Error) { return literal(check.Truth(b)), nil }
}

// xpathOperand reads ${name} or a location path.
func (f *formula) xpathOperand() (expr, *casebook.Error) {
	at := f.i
	if f.accept("${") {
		name, _, ok := strings.Cut(f.rest(), "}")
		if !ok {
			return expr{}, f.unexpected()
		}
		f.i += len(name) + 1
		return f.named(strings.TrimSpace(name), at)
	}
	n := pathEnd(f.rest())
	if n == 0 {
		return expr{}, f.unexpected()
	}
	location := f.rest()[:n]
	if strings.Contains(location, "ItemData") {
		p := &itemDataPath{tr: f.tr, i: f.i, end: f.i + n}
		x, err := p.read()
		f.i = p.i
		return x, err
	}
	f.i += n
	if strings.ContainsAny(location, "[@*") || strings.Contains(location, "//") {
		return expr{}, f.tr.fail(at, "rule.formal.construct", firstRunes(location, 40))
	}
	return f.located(location, at)
}

func (f *formula) named(name string, at int) (expr, *casebook.Error) {
	x, ok := f.tr.reference(name)
	if !ok {
		return expr{}, f.tr.fail(at, "rule.formal.name", firstRunes(name, 60))
	}
	return x, nil
}

// located finds the question at a path: by the path as it stands, else by its last step.
func (f *formula) located(path string, at int) (expr, *casebook.Error) {
	if x, ok := f.tr.reference(path); ok {
		return x, nil
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	if last == "" || last == "." || last == ".." {
		return expr{}, f.tr.fail(at, "rule.formal.construct", firstRunes(path, 40))
	}
	return f.named(last, at)
}

// pathEnd returns the length of the location path at the start of s: names, points and slashes, each with predicates.
func pathEnd(s string) int {
	n := 0
	for n < len(s) {
		switch c := s[n]; {
		case strings.HasPrefix(s[n:], "current()"):
			n += len("current()")
		case letter(c) || digit(c) || c == '.' || c == '/' || c == '@' || c == '-' && n > 0 && s[n-1] != '/' && s[n-1] != '.' && s[n-1] != ']':
			n++
		case c == '*' && n > 0 && s[n-1] == '/':
			n++
		case c == '[' && n > 0:
			end := predicateEnd(s[n:])
			if end == 0 {
				return n
			}
			n += end
		default:
			return n
		}
	}
	return n
}

// predicateEnd returns the length of the predicate at the start of s, 0 if it has no end.
func predicateEnd(s string) int {
	depth, quote := 0, byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// xpathSelected asks whether a choice is among those that were made. A single choice is its code.
func xpathSelected(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, code := args[0], args[1]
	code, err := f.text(code, at)
	if err != nil {
		return expr{}, err
	}
	if x.t.IsList() {
		code, ok := as(code, x.t.Elem())
		if !ok {
			return expr{}, f.tr.fail(at, "rule.formal.types", x.t.String(), code.t.String())
		}
		return infix(code, "in", x, byComparison, check.Bool), nil
	}
	return f.tr.equality(&node{kind: nodeBinary, text: "==", at: at}, x, code, state{}, true)
}

func xpathCountSelected(f *formula, at int, args []expr) (expr, *casebook.Error) {
	if !args[0].t.IsList() {
		return expr{}, f.tr.fail(at, "rule.formal.types", check.ListOf(check.Text).String(), args[0].t.String())
	}
	return orZero(function("len", check.Number, args[0])), nil
}

func xpathFromString(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.text(args[0], at)
	return expr{src: x.in(bySum) + " in ['true', '1']", t: check.Bool, binds: byComparison, refs: x.refs}, err
}

func xpathCoalesce(f *formula, at int, args []expr) (expr, *casebook.Error) {
	a, b, ok := alike(args[0], args[1])
	if !ok {
		return expr{}, f.tr.fail(at, "rule.formal.types", a.t.String(), b.t.String())
	}
	return function("coalesce", a.t, a, b), nil
}

// xpathRegex matches a whole text, as XForms do: the pattern is anchored at both ends.
func xpathRegex(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.text(args[0], at)
	if err != nil {
		return expr{}, err
	}
	pattern := args[1]
	if pattern.lit == nil || pattern.t != check.Text {
		return expr{}, f.tr.fail(at, "rule.formal.construct", "regex()")
	}
	v, _ := check.ParseValue(check.Text, anchored(pattern.lit.String()))
	return function("matches", check.Bool, x, literal(v)), nil
}

func anchored(pattern string) string {
	if strings.Contains(pattern, "|") {
		return "^(" + pattern + ")$"
	}
	if !strings.HasPrefix(pattern, "^") {
		pattern = "^" + pattern
	}
	if !strings.HasSuffix(pattern, "$") || strings.HasSuffix(pattern, `\$`) {
		pattern += "$"
	}
	return pattern
}

// xpathRound rounds a half up, towards the positive (XPath 1.0, section 4.4).
func xpathRound(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.number(args[0], at)
	if err != nil {
		return expr{}, err
	}
	places := "0"
	if len(args) == 2 {
		if args[1].lit == nil || args[1].t != check.Number {
			return expr{}, f.tr.fail(at, "rule.formal.construct", "round()")
		}
		places = args[1].src
	}
	half, _ := check.ParseValue(check.Number, "0.5")
	if places == "0" {
		return function("floor", check.Number, infix(x, "+", literal(half), bySum, check.Number)), nil
	}
	scale := function("pow", check.Number, literal(check.Int(10)), args[1])
	if len(places) == 1 {
		v, _ := check.ParseValue(check.Number, "1"+strings.Repeat("0", int(places[0]-'0')))
		scale = literal(v)
	}
	scaled := infix(infix(x, "*", scale, byProduct, check.Number), "+", literal(half), bySum, check.Number)
	return infix(function("floor", check.Number, scaled), "/", scale, byProduct, check.Number), nil
}

// xpathInt cuts off what follows the decimal point.
func xpathInt(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.number(args[0], at)
	positive := infix(x, ">=", literal(check.Int(0)), byComparison, check.Bool)
	return choose(positive, function("floor", check.Number, x), function("ceil", check.Number, x)), err
}

// xpathAggregate is an aggregate of several values, or of one question over all repeats.
func xpathAggregate(name string) formulaFunction {
	several := numeric(name, 1, manyArgs)
	return formulaFunction{1, manyArgs, func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		x := args[0]
		if len(args) > 1 || len(x.refs) != 1 || x.src != x.refs[0] {
			return several.make(f, at, args)
		}
		each := expr{src: "each(" + x.src + ")", binds: byItself, refs: x.refs}
		if x.t == check.Text {
			return expr{src: name + "(v: " + each.src + ", number(v))", t: check.Number, binds: byItself, refs: x.refs}, nil
		}
		if x.t != check.Number {
			return expr{}, f.tr.fail(at, "rule.formal.types", check.Number.String(), x.t.String())
		}
		return function(name, check.Number, each), nil
	}}
}

// xpathCount counts the repeats of a question, or those of them that are answered.
func xpathCount(name string) func(*formula, int, []expr) (expr, *casebook.Error) {
	return func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		x := args[0]
		if len(x.refs) != 1 || x.src != x.refs[0] || x.t.IsList() {
			return expr{}, f.tr.fail(at, "rule.formal.construct", "count()")
		}
		n := function(name, check.Number, expr{src: "each(" + x.src + ")", refs: x.refs})
		return orZero(n), nil
	}
}

func xpathToday(*formula, int, []expr) (expr, *casebook.Error) {
	return expr{src: "today", t: check.Date, binds: byItself}, nil
}

func xpathDate(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x := args[0]
	epoch, _ := check.ParseValue(check.Date, "1970-01-01")
	switch {
	case x.t == check.Date:
		return x, nil
	case x.lit != nil && x.t == check.Text:
		if d, ok := as(x, check.Date); ok && !d.null() {
			return d, nil
		}
	case x.t == check.Text || x.t == check.DateTime:
		return function("date", check.Date, x), nil
	case x.t == check.Number:
		return function("add_days", check.Date, literal(epoch), x), nil
	}
	return expr{}, f.tr.fail(at, "rule.formal.types", check.Date.String(), x.t.String())
}

// xpathDays is the number of days since 1970-01-01.
func xpathDays(f *formula, at int, args []expr) (expr, *casebook.Error) {
	if args[0].t == check.DateTime {
		return expr{}, f.tr.fail(at, "rule.formal.types", check.Date.String(), args[0].t.String())
	}
	x, err := xpathDate(f, at, args)
	epoch, _ := check.ParseValue(check.Date, "1970-01-01")
	return function("days", check.Number, literal(epoch), x), err
}

// xpathFormatDate writes a date's year, or all of it.
func xpathFormatDate(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := xpathDate(f, at, args[:1])
	if err != nil {
		return expr{}, err
	}
	switch args[1].src {
	case "'%Y'":
		return function("text", check.Text, function("year", check.Number, x)), nil
	case "'%Y-%m-%d'":
		return function("text", check.Text, x), nil
	}
	return expr{}, f.tr.fail(at, "rule.formal.construct", "format-date()")
}
