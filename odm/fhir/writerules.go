package fhir

import (
	"strings"

	"casebook/check"
	"casebook/check/formal"
	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

func (w *writer) typeOf(name string) (check.Type, bool) {
	it := w.x.Item(name)
	if it == nil {
		return check.Untyped, false
	}
	return it.RuleType(), true
}

// names finds what an expression of another system names.
func (w *writer) names(foreign string) (string, check.Type, bool) {
	if t, ok := w.typeOf(foreign); ok {
		return foreign, t, ok
	}
	form, item, ok := strings.Cut(foreign, ".")
	if !ok || w.x.Form(form) == nil {
		return "", check.Untyped, false
	}
	t, ok := w.typeOf(item)
	return item, t, ok
}

// rule is an expression in our language, or in its own where it cannot be translated.
func (w *writer) rule(all []odm.Expression) (language, code string) {
	for _, e := range all {
		if strings.EqualFold(e.Context, casebookRule) {
			return Rule, e.Code
		}
	}
	for _, e := range all {
		if src, err := formal.Translate(e.Context, e.Code, w.names); err == nil {
			return Rule, src
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	return first(all[0].Context, "text/plain"), all[0].Code
}

// original is the extension that a rule was read from, if the rule is still what was read.
func originalRule(x *odm.Extra, all []odm.Expression) jsontext.Value {
	if len(all) == 0 || keptOf(x, "rule") != all[0].Code {
		return nil
	}
	if raw := jsontext.Value(keptOf(x, "extension")); raw.IsValid() {
		return raw
	}
	return nil
}

// hidden writes when an item is shown.
func (w *writer) hidden(o *object, ref odm.Ref, place string) []jsontext.Value {
	c := w.x.Condition(ref.Hidden)
	if ref.Hidden == "" || c == nil {
		return nil
	}
	if raw := originalRule(c.Extra, c.Expressions); raw != nil {
		return []jsontext.Value{raw}
	}
	if when := keptOf(c.Extra, "enableWhen"); when != "" && len(c.Expressions) > 0 && c.Expressions[0].Code == keptOf(c.Extra, "rule") {
		o.put("enableWhen", jsontext.Value(when))
		o.put("enableBehavior", jsontext.Value(keptOf(c.Extra, "enableBehavior")))
		return nil
	}
	language, code := w.rule(c.Expressions)
	switch language {
	case "":
		return nil
	case Rule:
		return []jsontext.Value{expressionExtension(extEnableWhen, "", Rule, "!("+code+")")}
	}
	w.lose(place, "loss.written_condition", c.OID)
	return []jsontext.Value{expressionExtension(extCondition, "", language, code)}
}

// methods write what a question's value is computed from.
func (w *writer) methods(ref odm.Ref) []jsontext.Value {
	var out []jsontext.Value
	for _, m := range [...]struct{ oid, url string }{{ref.Initial, extInitial}, {ref.Method, extCalculated}} {
		def := w.x.Method(m.oid)
		if m.oid == "" || def == nil || len(def.Expressions) == 0 {
			continue
		}
		if raw := originalRule(def.Extra, def.Expressions); raw != nil {
			out = append(out, raw)
			continue
		}
		language, code := w.rule(def.Expressions)
		out = append(out, expressionExtension(m.url, "", language, code))
	}
	return out
}

// checks write what must hold for an answer. Those of other places are kept for there.
func (w *writer) checks(it *odm.Item, kind string) []jsontext.Value {
	var out []jsontext.Value
	for i := range it.Checks {
		c := &it.Checks[i]
		if !w.here(it, c) {
			continue
		}
		out = append(out, w.check(it, c, kind))
	}
	return out
}

// here reports whether a check is written at its item; others were collected for the group that they came from.
func (w *writer) here(it *odm.Item, c *odm.RangeCheck) bool {
	at, ok := "", false
	if c.Extra != nil {
		at, ok = c.Extra.Kept["fhir:at"]
	}
	return !ok || at != "" && w.x.Group(at) == nil && at != it.OID
}

// elsewhere collects the checks that are written at a group or at the Questionnaire.
func (w *writer) elsewhere() {
	for _, f := range w.x.FormItems(w.form.OID) {
		kind, _ := w.kind(f.Item)
		for i := range f.Item.Checks {
			if c := &f.Item.Checks[i]; !w.here(f.Item, c) {
				at := c.Extra.Kept["fhir:at"]
				w.at[at] = append(w.at[at], w.check(f.Item, c, kind))
			}
		}
	}
}

var limits = map[string]string{"GE": extMinValue, "LE": extMaxValue}

// check writes one check: the extension that it was read from, a bound, or a constraint.
func (w *writer) check(it *odm.Item, c *odm.RangeCheck, kind string) jsontext.Value {
	if raw := originalRule(c.Extra, c.Expressions); raw != nil && w.saysSame(raw, c) {
		return raw
	}
	if url := limits[c.Comparator]; url != "" && c.Hard && len(c.Values) == 1 && len(c.Message) == 0 {
		if name, v, ok := plainValue(kind, c.Values[0]); ok {
			return extension(url, name, v)
		}
	}
	language, code := w.rule(c.Expressions)
	if len(c.Expressions) == 0 {
		t, _ := w.typeOf(it.OID)
		rule, err := check.RangeRule(c.Comparator, c.Values, it.OID, t)
		language, code = Rule, rule
		if err != nil {
			language, code = "text/plain", c.Comparator+" "+strings.Join(c.Values, " ")
		}
	}
	severity := "warning"
	if c.Hard {
		severity = "error"
	}
	parts := []jsontext.Value{extension("key", "valueId", quoted("check")), extension("severity", "valueCode", quoted(severity)),
		expressionExtension("expression", "", language, code)}
	if len(c.Message) > 0 {
		parts = append(parts, stringExtension("human", c.Message, w.lang))
	}
	x := object{}
	x.str("url", extTarget)
	x.put("extension", array(parts))
	return x.json()
}

// saysSame reports whether a constraint still has the severity and the message that it was read with.
func (w *writer) saysSame(raw jsontext.Value, c *odm.RangeCheck) bool {
	n, err := parse(strings.NewReader(string(raw)))
	if err != nil {
		return false
	}
	hard, message := true, odm.Text(nil)
	for _, p := range n.list("extension") {
		switch plain(p.get("url")) {
		case "severity":
			hard = plain(firstValue(p)) != "warning"
		case "human":
			if v := firstValue(p); v != nil {
				message = (&reader{lang: w.lang}).text(p, v.name)
			}
		}
	}
	return hard == c.Hard && same(message, c.Message)
}

// variables write the names that the rules at and below a place know.
func (w *writer) variables(all []odm.Variable, x *odm.Extra) []jsontext.Value {
	var out []jsontext.Value
	for _, v := range all {
		if raw := jsontext.Value(keptOf(x, "variable."+v.Name)); raw.IsValid() {
			n, err := parse(strings.NewReader(string(raw)))
			if err == nil && plain(n.get("expression")) == v.Expression.Code && plain(n.get("language")) == v.Expression.Context {
				out = append(out, extension(extVariable, "valueExpression", raw))
				continue
			}
		}
		out = append(out, expressionExtension(extVariable, v.Name, v.Expression.Context, v.Expression.Code))
	}
	return out
}
