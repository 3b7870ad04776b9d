package formal

import (
	"slices"
	"strings"

	"casebook"
	"casebook/check"
)

// FHIRPath returns the rule that means what a FHIRPath expression means at an item of a Questionnaire, or at the
// Questionnaire itself; want is the type it must have, Untyped any. Where it should hide the item, the rule is true while
// the expression is not.
//
// The expression is evaluated on the Questionnaire instead of on a response: which items it leads to is known before
// anybody answers, and what they hold becomes a reference. A collection where FHIRPath wants one value, positions in a
// repeating item, and what lies outside of the Questionnaire are refused.
func FHIRPath(code string, at *Question, want check.Type) (string, error) {
	return translateFHIR(code, at, want, false)
}

// HiddenUnlessPath is FHIRPath for an enableWhenExpression: its rule is true while the item is hidden.
func HiddenUnlessPath(code string, at *Question) (string, error) {
	return translateFHIR(code, at, check.Bool, true)
}

func translateFHIR(code string, at *Question, want check.Type, inverted bool) (string, error) {
	tr := &translator{code: code, types: map[string]check.Type{}}
	f := newFHIR(tr, at)
	n, err := tr.fhirpath()
	if err != nil {
		return "", err
	}
	var x expr
	if want == check.Bool {
		x, err = f.truth(n, f.start(at))
	} else {
		x, err = f.value(n, f.start(at))
	}
	if err != nil {
		return "", err
	}
	if want != check.Untyped && x.t != want && x.t != check.Untyped {
		return "", tr.fail(n.at, "rule.formal.types", want.String(), x.t.String())
	}
	if inverted {
		x = negated(x)
	}
	x.src = strings.Join(f.lets, "") + x.src
	return tr.finish(x)
}

// finish checks a translation, as the language will.
func (tr *translator) finish(x expr) (string, error) {
	scope := check.Scope{
		Item:  func(name string) (check.Type, bool) { t, ok := tr.types[name]; return t, ok },
		Event: func(string) bool { return true },
	}
	if _, err := check.Compile(x.src, scope); err != nil {
		return "", err
	}
	return x.src, nil
}

// fhirpath evaluates FHIRPath expressions symbolically, for a rule at one item.
type fhirpath struct {
	tr    *translator
	at    *Question
	lets  []string // "let name = …; " of the variables used so far
	known map[variableAt]members
	busy  map[variableAt]bool
	taken map[string]bool // names that a variable must not hide
}

type variableAt struct {
	q    *Question
	name string
}

func newFHIR(tr *translator, at *Question) *fhirpath {
	f := &fhirpath{tr: tr, at: at, known: map[variableAt]members{}, busy: map[variableAt]bool{}, taken: map[string]bool{}}
	at.root().below(func(q *Question) bool { f.taken[q.Name] = true; return true })
	return f
}

// members is a collection, as far as it is known before anybody answers: what may be in it.
type members []member

// member is one thing that may be in a collection, or, where over is set, one for each element of that list.
type member struct {
	kind   memberKind
	q      *Question // of an item, answer, option or coded value
	row    *Question // the row it is seen from, nil from all
	option *Option   // of a literal coding
	url    string    // of an extension
	when   expr      // in the collection only while this is true; "" is always
	x      expr      // of a value; of a list's elements in terms of rowName
	over   expr      // the list
	merged bool      // by |, which drops what is equal
}

type memberKind uint8

const (
	inResponse      memberKind = iota // an item of the response, or the response itself
	inAnswer                          // an answer
	inQuestionnaire                   // an item of the questionnaire, or itself
	inOption                          // an answerOption
	inExtension                       // an extension with a weight
	inValue                           // a value; coded where q is
)

// start is the context of an expression at q.
func (f *fhirpath) start(q *Question) members {
	return members{{kind: inResponse, q: q, row: q.Row()}}
}

func value(x expr) members {
	if x.null() {
		return nil
	}
	return members{{kind: inValue, x: x}}
}

// eval evaluates n where this is the context, within bounds.
func (f *fhirpath) eval(n *step, this members) (members, *casebook.Error) {
	if f.tr.exprs++; f.tr.exprs > maxExprs {
		return nil, f.tr.fail(n.at, "rule.formal.too_long")
	}
	out, err := f.evaluate(n, this)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, m := range out {
		size += len(m.x.src) + len(m.when.src)
	}
	if len(out) > maxMembers || size > maxMembers*20 {
		return nil, f.tr.fail(n.at, "rule.formal.too_long")
	}
	return out, nil
}

func (f *fhirpath) evaluate(n *step, this members) (members, *casebook.Error) {
	switch n.kind {
	case stepText, stepNumber, stepDate, stepTruth, stepQuantity:
		x, err := f.constant(n)
		return value(x), err
	case stepNothing:
		return nil, nil
	case stepVariable:
		return f.variable(n)
	case stepThis:
		if n.text != "this" {
			return nil, f.tr.fail(n.at, "rule.formal.construct", "$"+n.text)
		}
		return this, nil
	case stepMember, stepCall, stepIndex:
		return f.applied(n, this)
	}
	return f.operation(n, this)
}

func (f *fhirpath) applied(n *step, this members) (members, *casebook.Error) {
	of := this
	if n.kids[0] != nil {
		var err *casebook.Error
		if of, err = f.eval(n.kids[0], this); err != nil {
			return nil, err
		}
	}
	switch n.kind {
	case stepCall:
		return f.call(n, of, this)
	case stepIndex:
		if i := n.kids[1]; i.kind == stepNumber && i.text == "0" {
			return f.first(n, of)
		}
		return nil, f.tr.fail(n.at, "rule.formal.construct", "[ ]")
	}
	var out members
	for _, m := range of {
		to, ok := f.step(m, n.text)
		if !ok {
			return nil, f.tr.fail(n.at, "rule.formal.construct", "."+n.text)
		}
		for i := range to {
			to[i].when, to[i].merged = both(m.when, to[i].when), m.merged
			if to[i].over.src == "" {
				to[i].over = m.over
			}
		}
		if out = append(out, to...); len(out) > maxMembers {
			return nil, f.tr.fail(n.at, "rule.formal.too_long")
		}
	}
	return out, nil
}

// maxMembers bounds a collection.
const maxMembers = 20_000

// both is a && b, where either may be missing.
func both(a, b expr) expr {
	switch {
	case a.src == "":
		return b
	case b.src == "" || a.src == b.src:
		return a
	}
	return infix(a, "&&", b, byAnd, check.Bool)
}

// step goes from m to its element called name.
func (f *fhirpath) step(m member, name string) (members, bool) {
	switch m.kind {
	case inResponse, inQuestionnaire:
		return f.stepItem(m, name)
	case inAnswer:
		if name == "item" {
			return children(m.q, inResponse, m.row), true
		}
		if name == "value" || name == valueOf[m.q.Type] || name == "valueInteger" && m.q.Type == "decimal" {
			return members{{kind: inValue, q: m.q, x: m.x}}, true
		}
		return nil, typed(name)
	case inOption:
		switch name {
		case "value", "valueCoding", "valueString", "valueInteger":
			v, ok := check.ParseValue(check.Text, m.option.Code)
			return members{{kind: inValue, q: m.q, option: m.option, x: literal(v)}}, ok
		case "extension":
			return extensions(m), true
		}
		return nil, false
	case inExtension:
		switch name {
		case "url":
			v, ok := check.ParseValue(check.Text, m.url)
			return value(literal(v)), ok
		case "value", "valueDecimal", "valueInteger":
			return value(m.x), true
		}
		return nil, false
	}
	return f.stepValue(m, name)
}

// valueOf is the name that the value of an answer has in JSON; FHIRPath calls it value.
var valueOf = map[string]string{"boolean": "valueBoolean", "decimal": "valueDecimal", "integer": "valueInteger", "date": "valueDate",
	"dateTime": "valueDateTime", "time": "valueTime", "string": "valueString", "text": "valueString", "url": "valueUri",
	"choice": "valueCoding", "open-choice": "valueCoding", "quantity": "valueQuantity"}

// typed reports whether name is a value of some type: of another one, there is none.
func typed(name string) bool {
	for _, v := range valueOf {
		if v == name {
			return true
		}
	}
	return false
}

func children(q *Question, kind memberKind, row *Question) members {
	var out members
	for _, k := range q.Items {
		out = append(out, member{kind: kind, q: k, row: row})
	}
	return out
}

func (f *fhirpath) stepItem(m member, name string) (members, bool) {
	inForm := m.kind == inQuestionnaire
	switch {
	case name == "linkId":
		v, ok := check.ParseValue(check.Text, m.q.LinkID)
		return value(literal(v)), ok
	case name == "item" && (inForm || m.q.Type == "group" || m.q.In == nil):
		return children(m.q, m.kind, m.row), true
	case name == "item":
		return nil, true // they stand below the answers
	case name == "answer" && !inForm:
		return f.answers(m)
	case name == "answerOption" && inForm:
		var out members
		for i := range m.q.Options {
			out = append(out, member{kind: inOption, q: m.q, option: &m.q.Options[i]})
		}
		return out, true
	}
	return nil, false
}

func extensions(m member) members {
	if m.option == nil || m.option.Weight == "" {
		return nil
	}
	v, ok := check.ParseValue(check.Number, m.option.Weight)
	if !ok {
		return nil
	}
	return members{{kind: inExtension, url: m.option.WeightURL, x: literal(v)}}
}

// answers are the answers of an item, or nothing if it takes none.
func (f *fhirpath) answers(m member) (members, bool) {
	if !m.q.asks() {
		return nil, m.q.Type == "display" || m.q.Type == "group" || m.q.In == nil
	}
	x, each, ok := f.answer(m.q, m.row)
	if !ok {
		return nil, false
	}
	out := member{kind: inAnswer, q: m.q, row: m.row, x: x}
	if each {
		out.over, out.x = x, expr{src: rowName, t: x.t.Elem(), binds: byItself, refs: x.refs}
	}
	return members{out}, true
}

func (f *fhirpath) stepValue(m member, name string) (members, bool) {
	if m.q == nil {
		return nil, false
	}
	if m.q.Type == "quantity" && name == "value" {
		m.q = nil
		return members{m}, true
	}
	if !m.q.coded() {
		return nil, false
	}
	switch {
	case name == "code":
		m.q, m.option = nil, nil
		return members{m}, true
	case name == "extension" && m.option != nil:
		return extensions(m), true
	case name == "display":
		return lookUp(m, check.Text, func(o Option) string { return o.Display })
	case name == "system":
		return lookUp(m, check.Text, func(o Option) string { return o.System })
	}
	return nil, false
}

// lookUp is what the options say of a coded value.
func lookUp(m member, t check.Type, of func(Option) string) (members, bool) {
	if m.option != nil {
		v, ok := check.ParseValue(t, of(*m.option))
		return value(literal(v)), ok
	}
	same := t == check.Number
	for _, o := range m.q.Options {
		same = same && of(o) == o.Code
	}
	if same && len(m.q.Options) > 0 {
		m.x, m.q = function("number", check.Number, m.x), nil
		return members{m}, true
	}
	out := null
	for _, o := range slices.Backward(m.q.Options) {
		v, ok := check.ParseValue(t, of(o))
		code, okCode := check.ParseValue(check.Text, o.Code)
		if !ok || !okCode || code.IsBlank() {
			return nil, false
		}
		out = chosen(infix(m.x, "==", literal(code), byComparison, check.Bool), literal(v), out)
	}
	m.x, m.q = out, nil
	if out.null() {
		return nil, true
	}
	return members{m}, true
}

// chosen is cond ? a : b, written out.
func chosen(cond, a, b expr) expr {
	if a.src == b.src {
		return a
	}
	t := a.t
	if t == check.Untyped {
		t = b.t
	}
	return expr{src: cond.in(byOr) + " ? " + a.in(byOr) + " : " + b.in(byChoice), t: t, binds: byChoice,
		refs: slices.Concat(cond.refs, a.refs, b.refs), total: a.total && b.total}
}

// variable is what %name stands for: a part of the context, or a variable of the nearest item at or above this one.
func (f *fhirpath) variable(n *step) (members, *casebook.Error) {
	root := f.at.root()
	switch n.text {
	case "resource", "rootResource":
		return members{{kind: inResponse, q: root}}, nil
	case "questionnaire":
		return members{{kind: inQuestionnaire, q: root}}, nil
	case "context":
		return f.start(f.at), nil
	case "qitem":
		return members{{kind: inQuestionnaire, q: f.at}}, nil
	}
	for q := f.at; q != nil; q = q.In {
		for _, v := range q.Variables {
			if v.Name == n.text {
				return f.named(n, q, v)
			}
		}
	}
	return nil, f.tr.fail(n.at, "rule.formal.name", "%"+n.text)
}

// named evaluates a variable once. One with a single value gets a let of its own.
func (f *fhirpath) named(n *step, q *Question, v Variable) (members, *casebook.Error) {
	key := variableAt{q, v.Name}
	if m, ok := f.known[key]; ok {
		return m, nil
	}
	if v.Language != "" && v.Language != "text/fhirpath" || f.busy[key] || len(f.busy) > maxNesting {
		return nil, f.tr.fail(n.at, "rule.formal.name", "%"+n.text)
	}
	f.busy[key] = true
	defer delete(f.busy, key)
	code := f.tr.code
	f.tr.code = v.Code
	body, err := f.tr.fhirpath()
	var m members
	if err == nil {
		m, err = f.eval(body, f.start(q))
	}
	if err == nil {
		m = f.let(v.Name, m)
	}
	f.tr.code = code
	if err != nil {
		err = casebook.Fail(err.Kind, err.Code, err.Args...).At("%" + v.Name + ", " + err.Place)
		return nil, err
	}
	f.known[key] = m
	return m, nil
}

func (f *fhirpath) let(name string, m members) members {
	for _, k := range m {
		if k.kind != inValue {
			return m
		}
	}
	x, err := f.one(&step{}, m)
	if err != nil || x.lit != nil || x.binds == byItself && len(x.refs) == 1 && x.src == x.refs[0] {
		return m
	}
	for check.Quote(name) != name || strings.Contains(name, ".") || f.taken[name] || name == rowName || reservedName[name] {
		name = strings.Map(func(r rune) rune {
			if r < 0x80 && (letter(byte(r)) || digit(byte(r))) && r != '$' {
				return r
			}
			return '_'
		}, name) + "_"
		if digit(name[0]) {
			name = "v" + name
		}
	}
	f.taken[name] = true
	f.lets = append(f.lets, "let "+name+" = "+x.src+"; ")
	bound := member{kind: inValue, x: expr{src: name, t: x.t, binds: byItself, total: x.total, refs: []string{name}}}
	if len(m) == 1 {
		bound.q = m[0].q
	}
	return members{bound}
}

// reservedName are words that no variable may be called by.
var reservedName = map[string]bool{"true": true, "false": true, "null": true, "let": true, "in": true, "today": true, "zone": true}
