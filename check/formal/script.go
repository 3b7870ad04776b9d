package formal

import (
	"maps"
	"strings"

	"casebook"
	"casebook/check"
)

// A script whose translation takes more than this is refused: its paths double with every conditional.
const (
	maxSteps = 500
	maxExprs = 50_000
)

// state is what is known at a point of a script: the variables, and the references that are not blank there.
type state struct {
	vars  map[string]expr
	known map[string]bool
}

func (s state) with(facts map[string]bool) state {
	if len(facts) == 0 {
		return s
	}
	known := maps.Clone(s.known)
	maps.Copy(known, facts)
	return state{s.vars, known}
}

// given reports whether nothing that x reads can be blank.
func (s state) given(x expr) bool {
	for _, r := range x.refs {
		if !s.known[r] {
			return false
		}
	}
	return !x.null()
}

// script translates a script: one expression, or a function's body without loops.
func (tr *translator) script(openEDC bool) (expr, *casebook.Error) {
	tokens, err := tr.lex(openEDC)
	if err != nil {
		return expr{}, err
	}
	p := &parser{tr: tr, tokens: tokens, openEDC: openEDC}
	body, err := p.statements("")
	if err != nil {
		return expr{}, err
	}
	if len(body) == 0 {
		return expr{}, tr.fail(0, "rule.formal.construct", "")
	}
	start := state{map[string]expr{}, map[string]bool{}}
	if len(body) == 1 && body[0].kind == stmtValue {
		return tr.expr(body[0].expr, start, true)
	}
	return tr.run(body, start)
}

// run returns what a list of statements returns, as one expression: a conditional becomes a choice between what its
// branches, each followed by the rest, return.
func (tr *translator) run(list []stmt, s state) (expr, *casebook.Error) {
	if len(list) == 0 {
		return null, nil
	}
	head, rest := list[0], list[1:]
	if tr.steps++; tr.steps > maxSteps {
		return expr{}, tr.fail(head.at, "rule.formal.too_long")
	}
	switch head.kind {
	case stmtBlock:
		return tr.run(join(head.body, rest), s)
	case stmtReturn:
		if head.expr == nil {
			return null, nil
		}
		return tr.expr(head.expr, s, true)
	case stmtAssign:
		return tr.assign(head, rest, s)
	case stmtIf:
		return tr.branch(head, rest, s)
	}
	return expr{}, tr.fail(head.at, "rule.formal.construct", "expression")
}

func join(a, b []stmt) []stmt { return append(append([]stmt(nil), a...), b...) }

func (tr *translator) assign(head stmt, rest []stmt, s state) (expr, *casebook.Error) {
	value := null
	if head.expr != nil {
		var err *casebook.Error
		if value, err = tr.expr(head.expr, s, false); err != nil {
			return expr{}, err
		}
	}
	vars := maps.Clone(s.vars)
	vars[head.name] = value
	return tr.run(rest, state{vars, s.known})
}

func (tr *translator) branch(head stmt, rest []stmt, s state) (expr, *casebook.Error) {
	cond, err := tr.truth(head.expr, s, true)
	if err != nil {
		return expr{}, err
	}
	a, err := tr.run(join(head.body, rest), s.with(tr.facts(head.expr, s, true)))
	if err != nil {
		return expr{}, err
	}
	b, err := tr.run(join(head.more, rest), s.with(tr.facts(head.expr, s, false)))
	if err != nil {
		return expr{}, err
	}
	if a.t != b.t && !a.null() && !b.null() {
		return expr{}, tr.fail(head.at, "rule.formal.types", a.t.String(), b.t.String())
	}
	return choose(cond, a, b), nil
}

// facts returns the references that are not blank where n has turned out to be what holds says.
func (tr *translator) facts(n *node, s state, holds bool) map[string]bool {
	switch {
	case n.kind == nodeUnary && n.text == "!":
		return tr.facts(n.kids[0], s, !holds)
	case n.kind != nodeBinary:
		return nil
	case n.text == "&&" && holds, n.text == "||" && !holds:
		all := map[string]bool{}
		maps.Copy(all, tr.facts(n.kids[0], s, holds))
		maps.Copy(all, tr.facts(n.kids[1], s, holds))
		return all
	case n.text == "==" || n.text == "!=":
		return tr.equalityFacts(n, s, holds == (n.text == "=="))
	}
	return nil
}

// equalityFacts: what equals a literal is not blank, and what does not equal null is not.
func (tr *translator) equalityFacts(n *node, s state, equal bool) map[string]bool {
	for i, k := range n.kids {
		x, err := tr.expr(k, s, false)
		y, err2 := tr.expr(n.kids[1-i], s, false)
		if err != nil || err2 != nil || y.lit == nil || len(x.refs) != 1 {
			continue
		}
		if y.null() != equal {
			return map[string]bool{x.refs[0]: true}
		}
	}
	return nil
}

func splitLast(p string) (string, string) {
	i := strings.LastIndexByte(p, '.')
	if i < 0 {
		return "", p
	}
	return p[:i], p[i+1:]
}

// path translates a name: a constant, a variable, an item, or an item of another visit.
func (tr *translator) path(n *node, s state) (expr, *casebook.Error) {
	switch n.text {
	case "null", "undefined":
		return null, nil
	case "true", "false":
		return literal(check.Truth(n.text == "true")), nil
	}
	if v, ok := s.vars[n.text]; ok {
		return v, nil
	}
	if x, ok := tr.item(n.text); ok {
		return x, nil
	}
	if date, ok := strings.CutSuffix(n.text, "__format"); ok {
		x, err := tr.path(&node{kind: nodePath, text: date, at: n.at}, s)
		if err == nil && !x.null() && x.lit == nil {
			p := function("precision", check.Text, x)
			p.dated = x.src
			return p, nil
		}
	}
	return expr{}, tr.fail(n.at, "rule.formal.name", n.text)
}

// visits are Viedoc's names of other visits, and the functions that reach them.
var visits = map[string]string{"$THIS": "", "$PREV": "prev(", "$FIRST": "first(", "$LAST": "last("}

// item translates a name of Viedoc: item, form.item, or visit.form.item where the visit is an event or a relation to
// this one. What stands under $EVENT belongs to the visit itself.
func (tr *translator) item(p string) (expr, bool) {
	if x, ok := tr.reference(p); ok {
		return x, true
	}
	visit, inner, ok := strings.Cut(p, ".")
	if !ok {
		return expr{}, false
	}
	inner = strings.TrimPrefix(inner, "$EVENT.")
	x, ok := tr.reference(inner)
	if _, last := splitLast(inner); !ok {
		x, ok = tr.reference(last)
	}
	if !ok {
		return expr{}, false
	}
	how, relative := visits[visit]
	switch {
	case !relative && !strings.Contains(p[len(visit)+1:], "."):
		return x, true // form.item
	case !relative:
		event, _ := check.ParseValue(check.Text, visit)
		return reached(x, "at("+event.Literal()+", "), true
	case how == "":
		return x, true
	}
	return reached(x, how), true
}
