// Package formal turns the formal expressions of other systems into the language of package check: the JavaScript of
// real study designs, OpenEDC's arithmetic, the XPath of CDISC and of XLSForms, REDCap's logic, FHIRPath and FHIR's
// enableWhen. It refuses whatever it cannot carry over with the same meaning, and says why; the caller then keeps the
// original.
//
// Two meanings are changed on purpose. Other languages take a blank for 0, for no number or for an empty text in a
// comparison by < or >, in arithmetic and in texts that are joined; here it makes the outcome unknown, and an edit check
// does not fire on it. And a partial date is not filled up with a day that nobody said: a comparison that its precision
// cannot decide is unknown.
package formal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"casebook"
	"casebook/check"
)

// Names finds what a name of the foreign expression is called here, and its type. It is asked for items ("AGE"), items
// of a form ("DM.AGE"), the item that a check stands at ("."), and for what the foreign system says of the visit
// ("EventDate", "StudyEventDefId").
type Names func(foreign string) (name string, t check.Type, ok bool)

// Translate returns the rule that means what code, in the language of a FormalExpression's context, means. The contexts
// "XLSForm:relevant" and "REDCap:branching" say when a question is shown; as ODM's conditions say when one is hidden,
// their rule is the opposite. Its errors are of kind Invalid with a code rule.formal.… and the place in code.
func Translate(context, code string, names Names) (string, error) {
	tr := &translator{code: code, names: names, types: map[string]check.Type{}}
	var out expr
	var err *casebook.Error
	switch strings.ToLower(context) {
	case "js", "javascript", "ecmascript", "viedoc-expression":
		out, err = tr.script(false)
	case "openedc":
		out, err = tr.script(true)
	case "xpath", "xlsform":
		out, err = tr.formula(xpathLanguage)
	case "xlsform:relevant":
		out, err = tr.hidden(tr.formula(xpathLanguage))
	case "redcap":
		out, err = tr.formula(redcapLanguage)
	case "redcap:branching":
		out, err = tr.hidden(tr.formula(redcapLanguage))
	default:
		return "", casebook.Fail(casebook.Invalid, "rule.formal.language", context)
	}
	if err != nil {
		return "", err
	}
	scope := check.Scope{
		Item:  func(name string) (check.Type, bool) { t, ok := tr.types[name]; return t, ok },
		Event: func(string) bool { return true },
	}
	if _, err := check.Compile(out.src, scope); err != nil {
		return "", err
	}
	return out.src, nil
}

type translator struct {
	code  string
	names Names
	types map[string]check.Type // of the names that the translation uses
	steps int                   // statements run so far
	exprs int                   // expressions translated so far, some of them more than once
}

func (tr *translator) fail(at int, code string, args ...any) *casebook.Error {
	before := tr.code[:min(at, len(tr.code))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	place := fmt.Sprintf("line %d, column %d", line, column)
	return casebook.Fail(casebook.Invalid, code, args...).At(place)
}

// The binding strength of an expression's outermost operator.
const (
	byChoice = iota
	byOr
	byAnd
	byComparison
	bySum
	byProduct
	bySign
	byItself
)

// expr is a translated expression.
type expr struct {
	src   string
	t     check.Type
	binds int
	lit   *check.Value // of a literal; a blank for null
	refs  []string     // references it reads, as source
	total bool         // is never unknown
	month string       // of JavaScript's month, counted from 0: the month counted from 1
	dated string       // of Viedoc's __format: the date whose precision it tells
	regex string       // of a regular expression
}

func literal(v check.Value) expr {
	return expr{src: v.Literal(), t: v.Type(), binds: byItself, lit: &v, total: !v.IsBlank()}
}

var null = literal(check.Blank(""))

func (x expr) null() bool { return x.lit != nil && x.lit.IsBlank() }

// is reports whether x is the literal b.
func (x expr) is(b bool) bool {
	return x.lit != nil && (b && x.lit.True() || !b && x.lit.False())
}

// in returns x's source for a place where an operator of some strength surrounds it.
func (x expr) in(strength int) string {
	if x.binds < strength {
		return "(" + x.src + ")"
	}
	return x.src
}

// infix joins a and b. Comparisons do not chain, and the right side of - and / binds more tightly.
func infix(a expr, op string, b expr, binds int, t check.Type) expr {
	left, right := binds, binds+1
	switch {
	case binds == byComparison:
		left++
	case binds == byAnd || binds == byOr:
		right--
	}
	return expr{
		src: a.in(left) + " " + op + " " + b.in(right), t: t, binds: binds,
		refs: append(append([]string(nil), a.refs...), b.refs...), total: binds < byComparison && a.total && b.total,
	}
}

func function(name string, t check.Type, args ...expr) expr {
	x := expr{t: t, binds: byItself}
	var texts []string
	for _, a := range args {
		texts = append(texts, a.src)
		x.refs = append(x.refs, a.refs...)
	}
	x.src = name + "(" + strings.Join(texts, ", ") + ")"
	return x
}

func blank(x expr) expr {
	b := function("blank", check.Bool, x)
	b.total = true
	return b
}

func negated(x expr) expr {
	if x.lit != nil && x.t == check.Bool {
		return literal(check.Truth(x.is(false)))
	}
	if inner, ok := strings.CutPrefix(x.src, "!"); ok && x.binds == bySign && !strings.HasPrefix(inner, "!") {
		x.src, x.binds = inner, byItself
		return x
	}
	return expr{src: "!" + x.in(bySign), t: check.Bool, binds: bySign, refs: x.refs, total: x.total}
}

// sure returns x with false in place of unknown.
func sure(x expr) expr {
	if x.total {
		return x
	}
	s := function("coalesce", check.Bool, x, literal(check.Truth(false)))
	s.total = true
	return s
}

// choose returns cond ? a : b in its shortest form; an unknown condition chooses b.
func choose(cond, a, b expr) expr {
	switch {
	case a.src == b.src || cond.is(false):
		return b
	case cond.is(true):
		return a
	case a.is(true) && b.is(false):
		return sure(cond)
	case a.is(false) && b.is(true):
		return negated(sure(cond))
	}
	t := a.t
	if t == check.Untyped {
		t = b.t
	}
	return expr{
		src: cond.in(byOr) + " ? " + a.in(byOr) + " : " + b.in(byChoice), t: t, binds: byChoice,
		refs: append(append(append([]string(nil), cond.refs...), a.refs...), b.refs...), total: a.total && b.total,
	}
}

// reference returns what a foreign name stands for.
func (tr *translator) reference(foreign string) (expr, bool) {
	name, t, ok := tr.names(foreign)
	if !ok {
		return expr{}, false
	}
	tr.types[name] = t
	src := check.Quote(name)
	return expr{src: src, t: t, binds: byItself, refs: []string{src}}, true
}

// reached returns x as another visit has it.
func reached(x expr, how string) expr {
	x.src = how + x.src + ")"
	x.refs = []string{x.src}
	return x
}

// as returns the literal x as one of type t: foreign languages compare a code with its text.
func as(x expr, t check.Type) (expr, bool) {
	if x.t == t || x.null() {
		return x, true
	}
	if x.lit == nil {
		return x, false
	}
	v, ok := check.ParseValue(t, x.lit.String())
	return literal(v), ok && !v.IsBlank()
}

// alike gives a and b one type, if a literal allows it.
func alike(a, b expr) (expr, expr, bool) {
	if y, ok := as(b, a.t); ok {
		return a, y, true
	}
	x, ok := as(a, b.t)
	return x, b, ok
}
