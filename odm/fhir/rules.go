package fhir

import (
	"slices"
	"strings"

	"casebook"
	"casebook/check"
	"casebook/check/formal"
	"casebook/odm"
)

// casebookRule is the context of an Expression in the language of package check.
const casebookRule = "casebook"

// rules translates what the Questionnaire says of when an item is shown, what it holds and what must be so. The original
// is kept beside each translation, so that it is written again as long as the translation is what it was.
func (r *reader) rules() error {
	needs := map[*formal.Question][]*formal.Question{}
	for _, e := range r.order {
		reads, err := r.shown(e)
		if err != nil {
			return err
		}
		needs[e.q] = reads
	}
	if cycle := formal.Cycle(r.asked, func(q *formal.Question) []*formal.Question { return needs[q] }); cycle != nil {
		at := r.entries[cycle[0]].n
		if when := at.get("enableWhen"); when != nil {
			at = when
		}
		return at.fail("fhir.cycle", shortened(strings.Join(cycle, " → ")))
	}
	r.constraints(r.root, r.asked, nil)
	for _, e := range r.order {
		r.computed(e)
		r.texts(e)
		r.constraints(e.n, e.q, e)
	}
	return nil
}

// extensionOf finds an extension of an item that holds an expression and is not carried over yet.
func extensionOf(n *node, url string) *node {
	for _, x := range n.list("extension") {
		found := plain(x.get("url"))
		if first(older[found], found) == url && x.rest() != nil && plain(x.get("valueExpression").get("expression")) != "" {
			return x
		}
	}
	return nil
}

// shown reads when an item is shown, and returns the items that this depends on.
func (r *reader) shown(e *entry) ([]*formal.Question, error) {
	if when := e.n.get("enableWhen"); when != nil && len(when.elems) > 0 {
		return r.enableWhen(e, when)
	}
	x := extensionOf(e.n, extEnableWhen)
	if x == nil {
		r.untranslatedCondition(e)
		return nil, nil
	}
	language, code := expressionOf(x)
	c := odm.Condition{OID: "SHOW." + e.id, Name: e.id}
	rule, err := r.hidden(e, language, code)
	if err != nil {
		c.Expressions = []odm.Expression{{Context: language + "; enableWhenExpression", Code: code, Line: x.line}}
		r.untranslated(x, err)
	} else {
		c.Expressions = []odm.Expression{{Context: casebookRule, Code: rule, Line: x.line}}
	}
	c.Extra = kept(map[string]string{"fhir:extension": string(x.json()), "fhir:rule": c.Expressions[0].Code})
	x.whole()
	r.condition(e, c)
	return r.reads(rule), nil
}

// untranslatedCondition reads a condition that this package wrote in its own language.
func (r *reader) untranslatedCondition(e *entry) {
	if x := extensionOf(e.n, extCondition); x != nil {
		language, code := expressionOf(x)
		r.condition(e, odm.Condition{OID: "SHOW." + e.id, Name: e.id, Expressions: []odm.Expression{{Context: language, Code: code, Line: x.line}}})
		x.whole()
	}
}

func expressionOf(x *node) (language, code string) {
	v := x.get("valueExpression")
	return first(plain(v.get("language")), "text/fhirpath"), plain(v.get("expression"))
}

// hidden is the rule that hides an item while an expression is not true.
func (r *reader) hidden(e *entry, language, code string) (string, error) {
	switch language {
	case "text/fhirpath":
		return formal.HiddenUnlessPath(code, e.q)
	case Rule:
		if inner, ok := negation(code); ok {
			return inner, nil
		}
		return "!(" + code + ")", nil
	}
	return "", casebook.Fail(casebook.Invalid, "rule.formal.language", language)
}

// negation is the rule within !( ), if code is nothing else.
func negation(code string) (string, bool) {
	inner, ok := strings.CutPrefix(code, "!(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return "", false
	}
	inner = inner[:len(inner)-1]
	depth, quote := 0, byte(0)
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '\'' || c == '`':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "", false
			}
		}
	}
	return inner, depth == 0 && quote == 0
}

// condition hangs a condition on the item, or on the group of its answers.
func (r *reader) condition(e *entry, c odm.Condition) {
	r.version.Conditions = append(r.version.Conditions, c)
	if e.group != nil {
		e.group.ref.Hidden = c.OID
	} else {
		e.ref.Hidden = c.OID
	}
}

// reads finds the items that a rule reads.
func (r *reader) reads(rule string) (out []*formal.Question) {
	p, err := check.Compile(rule, check.Scope{Item: r.typeOf})
	if err != nil {
		return nil
	}
	for _, ref := range p.Refs() {
		out = append(out, r.entries[ref.Name].q)
	}
	return out
}

func (r *reader) typeOf(name string) (check.Type, bool) {
	if e := r.entries[name]; e != nil && e.q != nil && e.q.Name != "" {
		return e.q.Answer, true
	}
	return check.Untyped, false
}

func (r *reader) enableWhen(e *entry, when *node) ([]*formal.Question, error) {
	var all []formal.EnableWhen
	var reads []*formal.Question
	var trouble error
	for _, n := range when.elems {
		q := r.entries[plain(n.get("question"))]
		if q == nil {
			return nil, n.fail("fhir.dangling", shortened(plain(n.get("question"))))
		}
		text, ok := r.enableAnswer(q, n)
		switch {
		case q.q == nil:
			trouble = casebook.Fail(casebook.Invalid, "rule.formal.name", q.id)
			continue
		case !ok:
			trouble = casebook.Fail(casebook.Invalid, "rule.formal.construct", "enableWhen")
		}
		reads = append(reads, q.q)
		all = append(all, formal.EnableWhen{Question: q.q, Operator: plain(n.get("operator")), Answer: text})
	}
	behavior := plain(e.n.get("enableBehavior"))
	c := odm.Condition{OID: "SHOW." + e.id, Name: e.id}
	rule := ""
	if trouble == nil {
		// Without enableBehavior there is one condition; of several, FHIR R4 asks for it (que-12), and all is the safer.
		rule, trouble = formal.HiddenUnless(all, behavior == "any", e.q)
	}
	if trouble != nil {
		c.Expressions = []odm.Expression{{Context: "enableWhen", Code: string(when.json()), Line: when.line}}
		r.untranslated(when, trouble)
	} else {
		c.Expressions = []odm.Expression{{Context: casebookRule, Code: rule, Line: when.line}}
	}
	original := map[string]string{"fhir:enableWhen": string(when.json()), "fhir:rule": c.Expressions[0].Code}
	when.whole()
	if b := e.n.get("enableBehavior"); b != nil {
		original["fhir:enableBehavior"] = string(b.json())
		b.whole()
	}
	c.Extra = kept(original)
	r.condition(e, c)
	return reads, nil
}

// enableAnswer is the value that an enableWhen compares with, as the item keeps it.
func (r *reader) enableAnswer(q *entry, n *node) (string, bool) {
	for _, v := range n.fields {
		kind, ok := strings.CutPrefix(v.name, "answer")
		if !ok {
			continue
		}
		switch {
		case kind == "Coding" && q.item != nil:
			return codeOf(r.codeList(q.item.CodeList), plain(v.get("system")), plain(v.get("code")), plain(v.get("display")))
		case kind == "Quantity":
			return plain(v.get("value")), true
		}
		return plain(v), plain(v) != ""
	}
	return "", false
}

// computed reads what an item's value is computed from, always or at the beginning.
func (r *reader) computed(e *entry) {
	if e.item == nil || e.item.Note {
		return
	}
	for _, m := range [...]struct {
		url, prefix string
		ref         *string
	}{{extCalculated, "CALC.", &e.ref.Method}, {extInitial, "INIT.", &e.ref.Initial}} {
		x := extensionOf(e.n, m.url)
		if x == nil {
			continue
		}
		language, code := expressionOf(x)
		method := odm.Method{OID: m.prefix + e.id, Name: e.id, Type: "Computation"}
		rule, err := code, error(nil)
		switch language {
		case "text/fhirpath":
			rule, err = formal.FHIRPath(code, e.q, e.q.Answer)
		case Rule:
		default:
			err = casebook.Fail(casebook.Invalid, "rule.formal.language", language)
		}
		if err != nil {
			method.Expressions = []odm.Expression{{Context: language, Code: code, Line: x.line}}
			r.untranslated(x, err)
		} else {
			method.Expressions = []odm.Expression{{Context: casebookRule, Code: rule, Line: x.line}}
		}
		method.Extra = kept(map[string]string{"fhir:extension": string(x.json()), "fhir:rule": method.Expressions[0].Code})
		*m.ref = method.OID
		x.whole()
		r.version.Methods = append(r.version.Methods, method)
	}
}

// untranslated tells of a rule that is kept but does not run, and why.
func (r *reader) untranslated(n *node, err error) {
	url := plain(n.get("url"))
	r.report.tell(n, true, "loss.fhir_rule_idle", first(lastOf(url), "enableWhen"), odm.Idle(err))
}

// texts reads what must hold for a text: its least length and its pattern.
func (r *reader) texts(e *entry) {
	if e.item == nil || e.q.Answer != check.Text {
		return
	}
	for _, x := range e.n.list("extension") {
		rule, name := "", check.Quote(e.id)
		switch plain(x.get("url")) {
		case extMinLength:
			if least := number(firstValue(x)); least > 0 {
				rule = "len(" + name + ") >= " + plain(firstValue(x))
			}
		case extRegex:
			if v, ok := check.ParseValue(check.Text, "^("+plain(firstValue(x))+")$"); ok {
				rule = "matches(" + name + ", " + v.Literal() + ")"
			}
		}
		if rule == "" {
			continue
		}
		if _, err := check.Compile(rule, check.Scope{Item: r.typeOf}); err != nil {
			r.untranslated(x, err)
			continue
		}
		e.item.Checks = append(e.item.Checks, odm.RangeCheck{Hard: true, Line: x.line,
			Expressions: []odm.Expression{{Context: casebookRule, Code: rule, Line: x.line}},
			Extra:       kept(map[string]string{"fhir:extension": string(x.json()), "fhir:rule": rule})})
		x.whole()
	}
}

// constraints reads what must hold at an item or, where e is nil, at the Questionnaire. It becomes a check of the question
// that its location names, or of the first one there.
func (r *reader) constraints(n *node, at *formal.Question, e *entry) {
	for _, x := range n.list("extension") {
		url := plain(x.get("url"))
		if url != extConstraint && url != extTarget {
			continue
		}
		parts := map[string]*node{}
		for _, p := range x.list("extension") {
			if v := firstValue(p); v != nil && parts[plain(p.get("url"))] == nil {
				parts[plain(p.get("url"))] = v
			}
		}
		language, code := "text/fhirpath", plain(parts["expression"])
		if v := parts["expression"]; v != nil && v.name == "valueExpression" {
			language, code = first(plain(v.get("language")), language), plain(v.get("expression"))
		}
		target := r.target(plain(parts["location"]), at, e)
		if code == "" || target == nil {
			continue // stays an extension that has no effect
		}
		c := odm.RangeCheck{Hard: plain(parts["severity"]) != "warning", Line: x.line}
		if human := parts["human"]; human != nil {
			c.Message = r.text(human.up, human.name)
		}
		rule, err := code, error(nil)
		switch language {
		case "text/fhirpath":
			rule, err = formal.FHIRPath(code, at, check.Bool)
		case Rule:
		default:
			err = casebook.Fail(casebook.Invalid, "rule.formal.language", language)
		}
		c.Expressions = []odm.Expression{{Context: casebookRule, Code: rule, Line: x.line}}
		if err != nil {
			c.Expressions = []odm.Expression{{Context: language, Code: code, Line: x.line}}
			r.untranslated(x, err)
		}
		more := map[string]string{"fhir:extension": string(x.json()), "fhir:rule": c.Expressions[0].Code}
		if e == nil || target != e {
			more["fhir:at"] = at.LinkID
		}
		c.Extra = kept(more)
		target.item.Checks = append(target.item.Checks, c)
		x.whole()
	}
}

// target is the question at which a constraint is checked: one in the same row as where the constraint stands.
func (r *reader) target(location string, at *formal.Question, e *entry) *entry {
	if i := strings.LastIndex(location, "linkId"); i >= 0 {
		if parts := strings.Split(location[i:], "'"); len(parts) >= 3 {
			if t := r.entries[parts[1]]; t != nil && t.q != nil && t.q.Name != "" && t.q.Row() == at.Row() {
				return t
			}
		}
	}
	if e != nil && e.item != nil && !e.item.Note {
		return e
	}
	i := slices.IndexFunc(r.order, func(t *entry) bool {
		return t.q.Name != "" && t.q.Row() == at.Row() && (at.In == nil || t.q.Within(at))
	})
	if i < 0 {
		return nil
	}
	return r.order[i]
}
