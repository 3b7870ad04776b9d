package formal

import (
	"slices"
	"strings"

	"casebook"
	"casebook/check"
)

// call evaluates a function of a collection.
func (f *fhirpath) call(n *step, of, this members) (members, *casebook.Error) {
	args := n.kids[1:]
	if fn, ok := collectionFunctions[n.text]; ok {
		if len(args) < fn.least || len(args) > fn.most {
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
		}
		return fn.eval(f, n, of, this)
	}
	if _, ok := valueFunctions[n.text]; !ok || n.kids[0] == nil {
		return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
	}
	x, err := f.one(n.kids[0], of)
	if err != nil {
		return nil, err
	}
	if x, err = f.scalar(n, x, this); err != nil {
		return nil, err
	}
	return value(x), nil
}

type collectionFunction struct {
	least, most int
	eval        func(f *fhirpath, n *step, of, this members) (members, *casebook.Error)
}

var collectionFunctions map[string]collectionFunction

func init() { // the functions evaluate expressions, which call functions
	collectionFunctions = map[string]collectionFunction{
		"where": {1, 1, (*fhirpath).where}, "select": {1, 1, (*fhirpath).selected}, "all": {1, 1, (*fhirpath).all},
		"exists": {0, 1, (*fhirpath).existence}, "empty": {0, 0, (*fhirpath).existence}, "hasValue": {0, 0, (*fhirpath).existence},
		"count": {0, 0, (*fhirpath).count}, "sum": {0, 0, (*fhirpath).aggregate}, "min": {0, 0, (*fhirpath).aggregate},
		"max": {0, 0, (*fhirpath).aggregate}, "avg": {0, 0, (*fhirpath).aggregate}, "iif": {2, 3, (*fhirpath).iif},
		"not": {0, 0, (*fhirpath).not}, "first": {0, 0, func(f *fhirpath, n *step, of, _ members) (members, *casebook.Error) { return f.first(n, of) }},
		"last":   {0, 0, (*fhirpath).last},
		"single": {0, 0, (*fhirpath).single}, "descendants": {0, 0, (*fhirpath).descendants}, "repeat": {1, 1, (*fhirpath).repeat},
		"children": {0, 0, (*fhirpath).descendants}, "weight": {0, 0, (*fhirpath).weight}, "ordinal": {0, 0, (*fhirpath).weight},
		"ofType": {1, 1, (*fhirpath).ofTypeCall}, "as": {1, 1, (*fhirpath).ofTypeCall}, "extension": {1, 1, (*fhirpath).extension},
		"today": {0, 0, (*fhirpath).today}, "allTrue": {0, 0, (*fhirpath).truths}, "anyTrue": {0, 0, (*fhirpath).truths},
		"combine": {1, 1, (*fhirpath).combine},
	}
}

// where keeps those of which the criterion is true. What is known now is decided now.
func (f *fhirpath) where(n *step, of, _ members) (members, *casebook.Error) {
	var out members
	for _, m := range of {
		one := m
		one.when, one.over = expr{}, expr{}
		x, err := f.truth(n.kids[1], members{one})
		if err != nil {
			return nil, err
		}
		switch {
		case x.is(true):
		case x.lit != nil:
			continue
		default:
			m.when = both(m.when, x)
		}
		out = append(out, m)
	}
	return out, nil
}

func (f *fhirpath) selected(n *step, of, _ members) (members, *casebook.Error) {
	var out members
	for _, m := range of {
		one := m
		one.when, one.over = expr{}, expr{}
		to, err := f.eval(n.kids[1], members{one})
		if err != nil {
			return nil, err
		}
		for _, k := range to {
			if m.over.src != "" && k.over.src != "" {
				return nil, f.tr.fail(n.at, "rule.formal.several", "select()")
			}
			if k.over.src == "" {
				k.over = m.over
			}
			k.when = both(m.when, k.when)
			out = append(out, k)
		}
		if len(out) > maxMembers {
			return nil, f.tr.fail(n.at, "rule.formal.too_long")
		}
	}
	return out, nil
}

// all is whether every member meets a criterion.
func (f *fhirpath) all(n *step, of, _ members) (members, *casebook.Error) {
	out := literal(check.Truth(true))
	for _, m := range of {
		one := m
		one.when, one.over = expr{}, expr{}
		x, err := f.truth(n.kids[1], members{one})
		if err != nil {
			return nil, err
		}
		if there := f.isThere(m); m.over.src == "" && !there.is(true) {
			x = infix(negated(there), "||", x, byOr, check.Bool)
		} else if m.when.src != "" {
			x = infix(negated(sure(m.when)), "||", x, byOr, check.Bool)
		}
		if m.over.src != "" {
			x = overRows("all", check.Bool, m, x)
		}
		out = and(out, x)
	}
	return value(out), nil
}

func overRows(name string, t check.Type, m member, x expr) expr {
	return expr{src: name + "(" + rowName + ": " + m.over.src + ", " + x.src + ")", t: t, binds: byItself, refs: m.over.refs}
}

func (f *fhirpath) existence(n *step, of, this members) (members, *casebook.Error) {
	if len(n.kids) > 1 {
		var err *casebook.Error
		if of, err = f.where(n, of, this); err != nil {
			return nil, err
		}
	}
	x := f.exists(of)
	if n.text == "empty" {
		x = negated(x)
	}
	return value(x), nil
}

// exists is whether anything is in a collection. It is never unknown.
func (f *fhirpath) exists(of members) expr {
	out := literal(check.Truth(false))
	for _, m := range of {
		x := f.isThere(m)
		if m.over.src != "" {
			x = f.number(m)
			x = infix(x, ">", literal(check.Int(0)), byComparison, check.Bool)
			x.total = true
		}
		if out = or(out, x); out.is(true) {
			break
		}
	}
	return out
}

// isThere is whether m, or one row of it, is in the collection. An item is in a response if it, or one below it, is
// answered.
func (f *fhirpath) isThere(m member) expr {
	x := literal(check.Truth(true))
	switch {
	case m.kind == inResponse && m.q.In != nil:
		x = f.anyAnswer(m)
	case m.kind == inAnswer || m.kind == inValue:
		if x = nothing(m.x); x.lit != nil {
			x = literal(check.Truth(!m.x.null()))
		} else {
			x = negated(x)
		}
	}
	if m.when.src == "" {
		return x
	}
	if m.kind == inValue && implied(m) {
		return sure(m.when)
	}
	return and(sure(m.when), x)
}

// implied reports whether m's condition cannot be true while its value is blank.
func implied(m member) bool {
	return m.x.lit != nil || m.when.binds == byComparison && len(m.when.refs) == 1 && len(m.x.refs) == 1 && m.when.refs[0] == m.x.refs[0]
}

func (f *fhirpath) anyAnswer(m member) expr {
	out := literal(check.Truth(false))
	ask := func(q *Question) bool {
		if !q.asks() {
			return true
		}
		x, each, ok := f.answer(q, m.row)
		if !ok {
			return true
		}
		if each {
			x = infix(function("count", check.Number, x), ">", literal(check.Int(0)), byComparison, check.Bool)
		} else {
			x = negated(blank(x))
		}
		out = or(out, x)
		return len(out.src) < maxSourceLen
	}
	ask(m.q)
	m.q.below(ask)
	out.total = true
	return out
}

// maxSourceLen bounds what one collection may grow to; the language takes no more.
const maxSourceLen = 20_000

func (f *fhirpath) count(_ *step, of, _ members) (members, *casebook.Error) {
	for _, m := range of {
		if m.merged {
			return nil, f.tr.fail(0, "rule.formal.construct", "|")
		}
	}
	var plain []expr
	var terms []expr
	for _, m := range of {
		switch x := f.isThere(m); {
		case m.over.src != "" && m.x.src == rowName && m.when.src == "":
			plain = append(plain, m.over)
		case m.over.src != "":
			terms = append(terms, f.number(m))
		case m.kind == inValue && m.when.src == "" && m.x.lit == nil:
			plain = append(plain, m.x)
		case m.kind == inAnswer && m.when.src == "":
			plain = append(plain, m.x)
		default:
			terms = append(terms, chosen(x, literal(check.Int(1)), literal(check.Int(0))))
		}
	}
	if len(plain) > 0 {
		terms = append([]expr{function("count", check.Number, plain...)}, terms...)
	}
	if len(terms) == 0 {
		return value(literal(check.Int(0))), nil
	}
	out := terms[0]
	for _, t := range terms[1:] {
		out = infix(out, "+", t, bySum, check.Number)
	}
	return value(out), nil
}

// number is how many rows of m there are.
func (f *fhirpath) number(m member) expr {
	if m.x.src == rowName && m.when.src == "" {
		return function("count", check.Number, m.over)
	}
	return overRows("count", check.Number, m, f.isThere(m))
}

// aggregate is sum, min, max or avg of numbers; min and max also of dates and times.
func (f *fhirpath) aggregate(n *step, of, _ members) (members, *casebook.Error) {
	name := n.text
	if name == "avg" {
		name = "mean"
	}
	t := check.Number
	var args []expr
	for _, m := range of {
		x := guarded(m)
		switch {
		case m.kind != inValue && m.kind != inExtension, m.merged && name != "min" && name != "max", name == "mean" && m.over.src != "" && len(of) > 1:
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
		case x.t != check.Number && (name == "sum" || name == "mean" || x.t == check.Text || x.t == check.Bool):
			return nil, f.tr.fail(n.at, "rule.formal.types", check.Number.String(), x.t.String())
		}
		t = x.t
		switch {
		case m.over.src == "":
			args = append(args, x)
		case x.src == rowName:
			args = append(args, m.over)
		default:
			args = append(args, overRows(name, t, m, x))
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	if len(args) == 1 && strings.HasPrefix(args[0].src, name+"("+rowName+": ") {
		return value(args[0]), nil
	}
	return value(function(name, t, args...)), nil
}

func (f *fhirpath) iif(n *step, of, this members) (members, *casebook.Error) {
	focus := this
	if n.kids[0] != nil {
		focus = of
	}
	cond, err := f.truth(n.kids[1], focus)
	if err != nil {
		return nil, err
	}
	a, err := f.value(n.kids[2], focus)
	if err != nil {
		return nil, err
	}
	b := null
	if len(n.kids) > 3 {
		if b, err = f.value(n.kids[3], focus); err != nil {
			return nil, err
		}
	}
	if a.t != b.t && !a.null() && !b.null() {
		return nil, f.tr.fail(n.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	switch {
	case cond.is(true):
		return value(a), nil
	case cond.lit != nil:
		return value(b), nil
	}
	return value(chosen(cond, a, b)), nil
}

func (f *fhirpath) not(n *step, of, _ members) (members, *casebook.Error) {
	x, err := f.one(n, of)
	if err != nil {
		return nil, err
	}
	if x.null() {
		return nil, nil
	}
	if x.t != check.Bool {
		return nil, f.tr.fail(n.at, "rule.formal.types", check.Bool.String(), x.t.String())
	}
	return value(negated(x)), nil
}

// first is the first that is there. Of several items it cannot be said which are in a response.
func (f *fhirpath) first(n *step, of members) (members, *casebook.Error) {
	return f.nth(n, of)
}

func (f *fhirpath) last(n *step, of, _ members) (members, *casebook.Error) {
	of = slices.Clone(of)
	slices.Reverse(of)
	return f.nth(n, of)
}

func (f *fhirpath) nth(n *step, of members) (members, *casebook.Error) {
	if len(of) == 0 {
		return nil, nil
	}
	for _, m := range of {
		if m.over.src != "" || m.kind == inResponse && m.q.Rows && m.row != m.q.Row() {
			return nil, f.tr.fail(n.at, "rule.formal.several", "[0]")
		}
	}
	if len(of) == 1 {
		return of, nil
	}
	var args []expr
	for _, m := range of {
		if m.kind != inValue || m.q != nil && m.q.coded() || m.x.t != of[0].x.t {
			return nil, f.tr.fail(n.at, "rule.formal.several", "[0]")
		}
		args = append(args, guarded(m))
	}
	return value(function("coalesce", of[0].x.t, args...)), nil
}

func (f *fhirpath) single(n *step, of, _ members) (members, *casebook.Error) {
	if _, err := f.one(n, of); err != nil {
		return nil, err
	}
	return of, nil
}

// descendants is every item below; other elements have no linkId, and are not asked for.
func (f *fhirpath) descendants(n *step, of, _ members) (members, *casebook.Error) {
	var out members
	for _, m := range of {
		if m.kind != inResponse && m.kind != inQuestionnaire || m.when.src != "" || n.text == "children" {
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
		}
		m.q.below(func(q *Question) bool {
			out = append(out, member{kind: m.kind, q: q, row: m.row})
			return len(out) < maxMembers
		})
	}
	return out, nil
}

// repeat follows item to item, but does not go below answers.
func (f *fhirpath) repeat(n *step, of, _ members) (members, *casebook.Error) {
	if arg := n.kids[1]; arg.kind != stepMember || arg.text != "item" || arg.kids[0] != nil {
		return nil, f.tr.fail(n.at, "rule.formal.construct", "repeat()")
	}
	var out members
	for next := of; len(next) > 0; {
		var below members
		for _, m := range next {
			to, ok := f.step(m, "item")
			if !ok {
				return nil, f.tr.fail(n.at, "rule.formal.construct", "repeat()")
			}
			below = append(below, to...)
		}
		if out = append(out, below...); len(out) > maxMembers {
			return nil, f.tr.fail(n.at, "rule.formal.too_long")
		}
		next = below
	}
	return out, nil
}

// weight is what chosen answers count in a score.
func (f *fhirpath) weight(n *step, of, _ members) (members, *casebook.Error) {
	var out members
	for _, m := range of {
		if m.kind != inAnswer && m.kind != inValue {
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
		}
		if m.q == nil || !m.q.coded() {
			continue // no coding, no weight
		}
		m.kind = inValue
		to, ok := lookUp(m, check.Number, func(o Option) string { return o.Weight })
		if !ok {
			return nil, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
		}
		out = append(out, to...)
	}
	return out, nil
}

func (f *fhirpath) ofTypeCall(n *step, of, _ members) (members, *casebook.Error) {
	return f.ofType(n, of, n.kids[1])
}

// extension is the extension of that URL.
func (f *fhirpath) extension(n *step, of, this members) (members, *casebook.Error) {
	url, err := f.value(n.kids[1], this)
	if err != nil {
		return nil, err
	}
	var out members
	for _, m := range of {
		if m.option == nil || url.lit == nil {
			return nil, f.tr.fail(n.at, "rule.formal.construct", "extension()")
		}
		for _, e := range extensions(m) {
			if e.url == url.lit.String() {
				e.when = m.when
				out = append(out, e)
			}
		}
	}
	return out, nil
}

func (f *fhirpath) today(n *step, _, _ members) (members, *casebook.Error) {
	if n.kids[0] != nil {
		return nil, f.tr.fail(n.at, "rule.formal.construct", "today()")
	}
	return value(expr{src: "today", t: check.Date, binds: byItself, total: true}), nil
}

// truths is allTrue or anyTrue.
func (f *fhirpath) truths(n *step, of, _ members) (members, *casebook.Error) {
	name := strings.TrimSuffix(n.text, "True")
	var args []expr
	for _, m := range of {
		if m.kind != inValue || m.x.t != check.Bool || m.over.src != "" && m.x.src != rowName || m.when.src != "" {
			return nil, f.tr.fail(n.at, "rule.formal.types", check.Bool.String(), m.x.t.String())
		}
		if m.over.src != "" {
			args = append(args, m.over)
		} else {
			args = append(args, m.x)
		}
	}
	if len(args) == 0 {
		return value(literal(check.Truth(name == "all"))), nil
	}
	return value(function(name, check.Bool, args...)), nil
}

func (f *fhirpath) combine(n *step, of, this members) (members, *casebook.Error) {
	other, err := f.eval(n.kids[1], this)
	return append(slices.Clip(of), other...), err
}
