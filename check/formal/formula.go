package formal

import (
	"slices"
	"strings"

	"casebook"
	"casebook/check"
)

// formula translates an expression of a language that has neither statements nor types: XPath, as XForms speak it, and
// the logic of REDCap. Both read a blank as empty text, compare texts with numbers, and know no unknown: a comparison
// with a blank is false, an inequality with one is true. It translates while it reads.
type formula struct {
	tr    *translator
	lang  *formulaLanguage
	i     int
	depth int
}

// formulaLanguage is what sets one such language apart.
type formulaLanguage struct {
	levels    [][]formulaOperator // the weakest first
	operand   func(*formula) (expr, *casebook.Error)
	functions map[string]formulaFunction
	caseless  bool            // operators and functions may be written in capitals
	powers    bool            // ^ is one
	moment    func(expr) expr // what a text means beside a date
	comments  bool            // from // or # to the end of the line, and between /* and */
}

// formulaOperator is an operator as it is written there and as it is written here.
type formulaOperator struct{ there, here string }

type formulaFunction struct {
	least, most int
	make        func(f *formula, at int, args []expr) (expr, *casebook.Error)
}

// formula translates tr.code, all of it.
func (tr *translator) formula(lang *formulaLanguage) (expr, *casebook.Error) {
	f := &formula{tr: tr, lang: lang}
	x, err := f.binary(0, true)
	if f.skip(); err == nil && f.i < len(tr.code) {
		err = f.unexpected()
	}
	return x, err
}

// hidden turns an expression that says when a question is shown into one that says when it is hidden.
func (tr *translator) hidden(shown expr, err *casebook.Error) (expr, *casebook.Error) {
	if err != nil {
		return expr{}, err
	}
	f := &formula{tr: tr}
	if shown, err = f.truth(shown, 0); err != nil {
		return expr{}, err
	}
	return negated(sure(shown)), nil
}

func (f *formula) rest() string { return f.tr.code[f.i:] }

func (f *formula) skip() {
	for f.i < len(f.tr.code) {
		switch rest := f.rest(); {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			f.i++
		case strings.HasPrefix(rest, "\u00a0"):
			f.i += len("\u00a0")
		case f.lang != nil && f.lang.comments && (strings.HasPrefix(rest, "//") || rest[0] == '#'):
			f.i = after(f.tr.code, f.i, "\n")
		case f.lang != nil && f.lang.comments && strings.HasPrefix(rest, "/*"):
			f.i = after(f.tr.code, f.i, "*/")
		default:
			return
		}
	}
}

func (f *formula) accept(s string) bool {
	f.skip()
	if !strings.HasPrefix(f.rest(), s) {
		return false
	}
	f.i += len(s)
	return true
}

func (f *formula) expect(s string) *casebook.Error {
	if !f.accept(s) {
		return f.unexpected()
	}
	return nil
}

func (f *formula) unexpected() *casebook.Error {
	word, _, _ := strings.Cut(f.rest(), " ")
	return f.tr.fail(f.i, "rule.formal.construct", firstRunes(word, 40))
}

// firstRunes returns at most n code points of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// operator goes past an operator of a level.
func (f *formula) operator(level int) (formulaOperator, bool) {
	f.skip()
	rest := f.rest()
	for _, o := range f.lang.levels[level] {
		n := len(o.there)
		if len(rest) < n || rest[:n] != o.there && !(f.lang.caseless && strings.EqualFold(rest[:n], o.there)) {
			continue
		}
		if letter(o.there[0]) && len(rest) > n && nameByte(rest[n]) || o.there == "<" && strings.HasPrefix(rest, "<>") {
			continue
		}
		f.i += n
		return o, true
	}
	return formulaOperator{}, false
}

func nameByte(c byte) bool { return letter(c) || digit(c) || c == '-' }

// binary reads operands joined by operators of a level and those that bind more tightly. Where asserted, unknown and
// false come to the same, as nothing negates the outcome.
func (f *formula) binary(level int, asserted bool) (expr, *casebook.Error) {
	if level == len(f.lang.levels) {
		return f.unary(asserted)
	}
	left, err := f.binary(level+1, asserted)
	for err == nil {
		f.skip()
		at := f.i
		o, ok := f.operator(level)
		if !ok {
			break
		}
		var right expr
		if right, err = f.binary(level+1, asserted); err == nil {
			left, err = f.combine(o.here, left, right, at, asserted)
		}
	}
	return left, err
}

func (f *formula) unary(asserted bool) (expr, *casebook.Error) {
	defer func() { f.depth-- }()
	if f.depth++; f.depth > maxNesting {
		return expr{}, f.tr.fail(f.i, "rule.formal.too_long")
	}
	at := f.i
	if f.accept("-") {
		x, err := f.unary(false)
		if err == nil {
			x, err = f.number(x, at)
		}
		return expr{src: "-" + x.in(bySign), t: check.Number, binds: bySign, refs: x.refs}, err
	}
	x, err := f.primary(asserted)
	for err == nil && f.lang.powers && f.accept("^") {
		var y expr
		if y, err = f.unary(false); err == nil {
			x, err = f.power(x, y, at)
		}
	}
	return x, err
}

// primary reads a literal, a call, a reference or an expression in parentheses.
func (f *formula) primary(asserted bool) (expr, *casebook.Error) {
	if f.accept("(") {
		x, err := f.binary(0, asserted)
		if err == nil {
			err = f.expect(")")
		}
		return x, err
	}
	f.skip()
	rest := f.rest()
	if rest == "" {
		return expr{}, f.tr.fail(f.i, "rule.formal.construct", "the end")
	}
	if c := rest[0]; c == '\'' || c == '"' || digit(c) || c == '.' && len(rest) > 1 && digit(rest[1]) {
		return f.literal()
	}
	if n := callLen(rest); n > 0 && !strings.HasPrefix(rest, "current()") { // which begins a path
		return f.call(rest[:n], asserted)
	}
	return f.lang.operand(f)
}

// literal reads a text between quotes, or a number.
func (f *formula) literal() (expr, *casebook.Error) {
	at, rest := f.i, f.rest()
	t, text, n := check.Number, "", 0
	if q := rest[0]; q == '\'' || q == '"' {
		end := strings.IndexByte(rest[1:], q)
		if end < 0 {
			return expr{}, f.unexpected()
		}
		t, text, n = check.Text, rest[1:1+end], end+2
	} else {
		for n < len(rest) && (digit(rest[n]) || rest[n] == '.') {
			n++
		}
		text = rest[:n]
	}
	v, ok := check.ParseValue(t, text)
	if !ok {
		return expr{}, f.tr.fail(at, "rule.formal.construct", firstRunes(text, 40))
	}
	f.i += n
	return literal(v), nil
}

// callLen returns the length of a function's name at the start of s, 0 if no call stands there.
func callLen(s string) int {
	n := 0
	for n < len(s) && (nameByte(s[n]) && (n > 0 || letter(s[n])) || n > 0 && s[n] == ':') {
		n++
	}
	if strings.HasPrefix(strings.TrimLeft(s[n:], " \t"), "(") {
		return n
	}
	return 0
}

func (f *formula) call(name string, asserted bool) (expr, *casebook.Error) {
	at := f.i
	f.i += len(name)
	known := name
	if f.lang.caseless {
		known = strings.ToLower(name)
	}
	fn, ok := f.lang.functions[known]
	if !ok {
		return expr{}, f.tr.fail(at, "rule.formal.construct", name+"()")
	}
	if err := f.expect("("); err != nil {
		return expr{}, err
	}
	var args []expr
	for !f.accept(")") {
		if len(args) > 0 {
			if err := f.expect(","); err != nil {
				return expr{}, err
			}
		}
		// A condition that is unknown chooses what a false one does, and if() asserts what it gives as it is asserted.
		x, err := f.binary(0, known == "if" && (len(args) == 0 || asserted))
		if err != nil {
			return expr{}, err
		}
		args = append(args, x)
	}
	if len(args) < fn.least || len(args) > fn.most {
		return expr{}, f.tr.fail(at, "rule.formal.construct", name+"()")
	}
	return fn.make(f, at, args)
}

// combine translates one operator.
func (f *formula) combine(op string, a, b expr, at int, asserted bool) (expr, *casebook.Error) {
	switch op {
	case "||", "&&":
		return f.junction(op, a, b, at)
	case "==", "!=":
		return f.equality(op, a, b, at, asserted)
	case "<", "<=", ">", ">=":
		a, b, err := f.ordered(a, b, at)
		return infix(a, op, b, byComparison, check.Bool), err
	}
	a, err := f.number(a, at)
	if err != nil {
		return expr{}, err
	}
	b, err = f.number(b, at)
	binds := bySum
	if op != "+" && op != "-" {
		binds = byProduct
	}
	return infix(a, op, b, binds, check.Number), err
}

func (f *formula) junction(op string, a, b expr, at int) (expr, *casebook.Error) {
	a, err := f.truth(a, at)
	if err != nil {
		return expr{}, err
	}
	b, err = f.truth(b, at)
	binds := byAnd
	if op == "||" {
		binds = byOr
	}
	return infix(a, op, b, binds, check.Bool), err
}

// truth returns x where a truth value is asked for: a text is true if there is one.
func (f *formula) truth(x expr, at int) (expr, *casebook.Error) {
	switch {
	case x.t == check.Bool:
		return x, nil
	case x.lit == nil && (x.t == check.Text || x.t.IsList()):
		return negated(blank(x)), nil
	}
	return expr{}, f.tr.fail(at, "rule.formal.types", check.Bool.String(), x.t.String())
}

// number returns x where a number is asked for: a text is the number that it says, a truth value 1 or 0.
func (f *formula) number(x expr, at int) (expr, *casebook.Error) {
	one, zero := literal(check.Int(1)), literal(check.Int(0))
	switch {
	case x.t == check.Number:
		return x, nil
	case x.lit != nil && x.t == check.Text:
		if n, ok := as(x, check.Number); ok {
			return n, nil
		}
	case x.t == check.Text:
		return function("number", check.Number, x), nil
	case x.t == check.Bool && x.total:
		return choose(x, one, zero), nil
	case x.t == check.Bool:
		return choose(x, one, choose(negated(x), zero, null)), nil
	}
	return expr{}, f.tr.fail(at, "rule.formal.types", check.Number.String(), x.t.String())
}

// ordered brings a and b to one type for a comparison by < or >, which is one of numbers, unless both are dates.
func (f *formula) ordered(a, b expr, at int) (expr, expr, *casebook.Error) {
	if f.lang.moment != nil && (a.t == check.Date || b.t == check.Date) {
		a, b = f.lang.moment(a), f.lang.moment(b)
	}
	for _, t := range [...]check.Type{check.Date, check.DateTime, check.Time} {
		if a.t != t && b.t != t {
			continue
		}
		x, ok := as(a, t)
		y, ok2 := as(b, t)
		if !ok || !ok2 || x.null() || y.null() {
			return a, b, f.tr.fail(at, "rule.formal.types", a.t.String(), b.t.String())
		}
		return x, y, nil
	}
	x, err := f.number(a, at)
	if err != nil {
		return a, b, err
	}
	y, err := f.number(b, at)
	return x, y, err
}

// equality translates = and !=. A blank equals only the empty text.
func (f *formula) equality(op string, a, b expr, at int, asserted bool) (expr, *casebook.Error) {
	if a.lit != nil {
		a, b = b, a
	}
	switch {
	case a.t == check.Bool && b.lit != nil && !b.null():
		return f.sameTruth(op == "==", a, b, at, asserted)
	case a.t == check.Text && b.t == check.Number, a.t == check.Number && b.t == check.Text && b.lit == nil:
		var err *casebook.Error
		if a, b, err = f.ordered(a, b, at); err != nil {
			return expr{}, err
		}
	}
	return f.tr.equality(&node{kind: nodeBinary, text: op, at: at}, a, b, state{}, asserted)
}

// sameTruth compares a truth value with a literal one.
func (f *formula) sameTruth(equal bool, a, b expr, at int, asserted bool) (expr, *casebook.Error) {
	want, ok := as(b, check.Bool)
	if !ok {
		return expr{}, f.tr.fail(at, "rule.formal.types", a.t.String(), b.t.String())
	}
	if want.is(false) {
		a = negated(a)
	}
	switch {
	case !equal:
		return negated(sure(a)), nil
	case asserted:
		return a, nil
	}
	return sure(a), nil
}

// power translates a power: by a whole number that is written out, or by a half.
func (f *formula) power(x, y expr, at int) (expr, *casebook.Error) {
	x, err := f.number(x, at)
	if err != nil {
		return expr{}, err
	}
	y, ok := as(y, check.Number)
	switch {
	case !ok || y.t != check.Number || y.lit == nil:
		return expr{}, f.tr.fail(at, "rule.formal.construct", "^")
	case y.src == "0.5":
		return function("sqrt", check.Number, x), nil
	}
	return function("pow", check.Number, x, y), nil
}

// The functions that the two languages share.

func formulaIf(f *formula, at int, args []expr) (expr, *casebook.Error) {
	cond, err := f.truth(args[0], at)
	if err != nil {
		return expr{}, err
	}
	a, b := args[1], args[2]
	if a.t != b.t && !a.null() && !b.null() {
		if a, err = f.number(a, at); err == nil {
			b, err = f.number(b, at)
		}
	}
	return choose(cond, a, b), err
}

func formulaNot(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.truth(args[0], at)
	return negated(sure(x)), err
}

// numeric is a function of numbers that is called the same way here.
func numeric(name string, least, most int) formulaFunction {
	return formulaFunction{least, most, func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		args = slices.Clone(args)
		for i := range args {
			var err *casebook.Error
			if args[i], err = f.number(args[i], at); err != nil {
				return expr{}, err
			}
		}
		return function(name, check.Number, args...), nil
	}}
}

// textual is a function of texts that is called the same way here.
func textual(name string, n int, t check.Type) formulaFunction {
	return formulaFunction{n, n, func(f *formula, at int, args []expr) (expr, *casebook.Error) {
		args = slices.Clone(args)
		for i := range args {
			var err *casebook.Error
			if args[i], err = f.text(args[i], at); err != nil {
				return expr{}, err
			}
		}
		return function(name, t, args...), nil
	}}
}

// text returns x where a text is asked for.
func (f *formula) text(x expr, at int) (expr, *casebook.Error) {
	switch {
	case x.t == check.Text || x.null():
		return x, nil
	case x.lit != nil:
		v, ok := check.ParseValue(check.Text, x.lit.String())
		if ok {
			return literal(v), nil
		}
	case x.t == check.Number || x.t == check.Date || x.t == check.Time:
		return function("text", check.Text, x), nil
	}
	return expr{}, f.tr.fail(at, "rule.formal.types", check.Text.String(), x.t.String())
}

// length is how many characters a text has; the empty one has 0.
func formulaLength(f *formula, at int, args []expr) (expr, *casebook.Error) {
	x, err := f.text(args[0], at)
	return orZero(function("len", check.Number, x)), err
}

func orZero(x expr) expr { return function("coalesce", check.Number, x, literal(check.Int(0))) }

// formulaConcat joins texts. A blank among them makes the outcome blank.
func formulaConcat(f *formula, at int, args []expr) (expr, *casebook.Error) {
	joined, err := f.text(args[0], at)
	for _, a := range args[1:] {
		var x expr
		if err == nil {
			x, err = f.text(a, at)
		}
		joined = function("concat", check.Text, joined, x)
	}
	return joined, err
}

const manyArgs = 100
