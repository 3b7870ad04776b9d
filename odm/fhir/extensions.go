package fhir

import (
	"strconv"

	"casebook/odm"
)

// itemExtensions reads what the extensions of a question say.
func (r *reader) itemExtensions(e *entry) {
	it := e.item
	for _, x := range e.n.list("extension") {
		url := plain(x.get("url"))
		value := firstValue(x)
		switch {
		case r.layout(e, &it.Layout, url, x, value), r.limit(e, url, value):
		case url == extUnit || url == extUnitOption:
			if value == nil || value.kind != '{' || it.Note {
				continue
			}
			it.Units = append(it.Units, r.unit(value))
			if e.kind == "quantity" && url == extUnit {
				e.kept["fhir:unit"] = "unit"
			}
		case url == extMinOccurs && it.Multiple:
			it.Occurs.Min = number(value)
		case url == extMaxOccurs && it.Multiple:
			it.Occurs.Max = number(value)
		case (url == extMinOccurs || url == extMaxOccurs) && e.group != nil:
			occurs(&e.group.def.Occurs, url, value)
		case r.onceAnyway(e, url, value):
		case url == extShort && it.Prompt == nil && value != nil:
			it.Prompt = r.text(x, "valueString")
		case url == extEntry && it.Placeholder == nil && value != nil:
			it.Placeholder = r.text(x, "valueString")
		case url == extVariable && plain(x.get("valueExpression").get("name")) != "":
			r.variableExtras(x, e.kept)
		default:
			continue
		}
		x.whole()
	}
}

func (r *reader) groupExtensions(e *entry) {
	g := e.group
	for _, x := range e.n.list("extension") {
		url := plain(x.get("url"))
		value := firstValue(x)
		switch {
		case r.layout(e, &g.def.Layout, url, x, value):
		case (url == extMinOccurs || url == extMaxOccurs) && g.def.Repeating:
			occurs(&g.def.Occurs, url, value)
		case r.onceAnyway(e, url, value):
		case url == extVariable && plain(x.get("valueExpression").get("name")) != "":
			r.variableExtras(x, e.kept)
		default:
			continue
		}
		x.whole()
	}
}

// variableExtras keeps what a variable says besides its name and expression.
func (r *reader) variableExtras(x *node, kept map[string]string) {
	v := x.get("valueExpression")
	for _, f := range v.fields {
		if f.name != "name" && f.name != "language" && f.name != "expression" {
			kept["fhir:variable."+plain(v.get("name"))] = string(v.json())
		}
	}
}

// onceAnyway reports whether a bound says what is known of an item that does not repeat.
func (r *reader) onceAnyway(e *entry, url string, value *node) bool {
	if e.q.Repeats || e.ref == nil || plain(value) == "" {
		return false
	}
	return url == extMaxOccurs && plain(value) == "1" || url == extMinOccurs && (plain(value) == "0" || e.ref.Mandatory && plain(value) == "1")
}

func occurs(o *odm.Occurs, url string, value *node) {
	if url == extMinOccurs {
		o.Min = number(value)
	} else {
		o.Max = number(value)
	}
}

// firstValue is the value[x] of an extension.
func firstValue(x *node) *node {
	for _, f := range x.fields {
		if len(f.name) > len("value") && f.name[:len("value")] == "value" {
			return f
		}
	}
	return nil
}

func number(n *node) int {
	i, err := strconv.Atoi(plain(n))
	if err != nil || i < 0 {
		return 0
	}
	return i
}

// layout reads how an item is shown. A control that says more than its code is kept beside it.
func (r *reader) layout(e *entry, to **odm.Layout, url string, x, value *node) bool {
	l := odm.Layout{}
	if *to != nil {
		l = **to
	}
	switch url {
	case extHidden:
		if plain(value) != "true" {
			return false
		}
		l.Hidden = true
	case extControl:
		control, ok := other(controls[:], 0, controlOf(e.n))
		if !ok || l.Control != "" {
			return false
		}
		l.Control = control
		if written := controlExtension(control); string(written) != string(x.json()) {
			e.kept["fhir:itemControl"] = string(x.json())
		}
	default:
		return false
	}
	*to = &l
	return true
}

// limit reads what must hold for an answer.
func (r *reader) limit(e *entry, url string, value *node) bool {
	it, text := e.item, plain(value)
	if text == "" || it.Note {
		return false
	}
	check := odm.RangeCheck{Hard: true, Line: value.line}
	switch url {
	case extMinValue:
		check.Comparator, check.Values = "GE", []string{text}
	case extMaxValue:
		check.Comparator, check.Values = "LE", []string{text}
	case extDecimals:
		it.Digits, it.HasDigits = number(value), true
		return true
	default:
		return false
	}
	it.Checks = append(it.Checks, check)
	return true
}

// leftovers keeps what the model has no word for, where it stood, and tells each.
func (r *reader) leftovers() {
	form := r.kept
	if r.lang != "" {
		form["fhir:language"] = string(quoted(r.lang))
	}
	for _, f := range r.root.fields {
		if f.name != "item" && f.name != "resourceType" && f.name != "language" {
			r.keep(f, form)
		}
	}
	r.form.Extra = kept(form)
	for _, e := range r.order {
		for _, f := range e.n.fields {
			if f.name != "item" && f.name != "linkId" && f.name != "type" && f.name != "answerOption" && f.name != "required" && f.name != "repeats" && f.name != "readOnly" {
				r.keep(f, e.kept)
			}
		}
		switch {
		case e.item != nil:
			e.item.Extra = kept(e.kept)
		default:
			e.group.def.Extra = kept(e.kept)
		}
	}
}

// keep keeps what of a field is not carried over.
func (r *reader) keep(f *node, in map[string]string) {
	rest := f.rest()
	if rest == nil {
		return
	}
	in["fhir:"+f.name] = string(rest)
	if f.name == "contained" {
		for _, n := range f.elems {
			if !r.used[n] {
				r.report.add(n, true, "loss.contained", shortened(plain(n.get("resourceType"))))
			}
		}
		return
	}
	if f.name != "extension" {
		r.report.add(f, true, "loss.element_idle", f.name)
		return
	}
	for _, x := range f.elems {
		if x.rest() != nil {
			r.report.add(x, true, "loss.extension_idle", shortened(plain(x.get("url"))))
		}
	}
}
