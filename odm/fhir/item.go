package fhir

import (
	"strconv"
	"strings"

	"casebook/check"
	"casebook/check/formal"
	"casebook/odm"
)

// dataTypes are the model's data types of FHIR's item types. FHIR's dates may lack a day or a month.
var dataTypes = map[string]odm.DataType{"boolean": "boolean", "decimal": "float", "integer": "integer", "date": "partialDate",
	"dateTime": "partialDatetime", "time": "time", "string": "string", "text": "text", "url": "URI", "choice": "text",
	"open-choice": "text", "quantity": "float"}

// walk reads an item that stands in a group, below a question or nothing, and in the Questionnaire as rules see it.
func (r *reader) walk(n *node, in *group, under *entry, parent *formal.Question) error {
	e := &entry{n: n, id: n.str("linkId"), kind: n.str("type"), kept: map[string]string{}}
	switch {
	case n.kind != '{':
		return n.fail("fhir.item")
	case e.id == "":
		return n.fail("fhir.missing", "linkId")
	case r.entries[e.id] != nil:
		return n.fail("fhir.duplicate_link", shortened(e.id))
	case len(r.order) >= maxItems:
		return n.fail("fhir.too_many", maxItems)
	}
	if err := modifiers(n); err != nil {
		return err
	}
	if e.kind == "display" && under != nil && under.hint == nil && controlOf(n) == "help" && len(n.list("item")) == 0 {
		under.hint = n
		r.entries[e.id] = e
		return nil
	}
	e.q = &formal.Question{LinkID: e.id, Type: e.kind, In: parent, Variables: variables(n), Repeats: n.yes("repeats")}
	r.entries[e.id] = e
	r.order = append(r.order, e)
	parent.Items = append(parent.Items, e.q)
	if e.kind == "group" {
		return r.walkGroup(e, in, under)
	}
	return r.walkQuestion(e, in, under)
}

func (r *reader) walkGroup(e *entry, in *group, under *entry) error {
	n := e.n
	if in != nil && in.def.Repeating && !e.q.Repeats {
		return r.walkHeading(e, in, under)
	}
	g := r.newGroup(e.id, in)
	e.group, e.ref = g, g.ref
	g.def.Name, g.def.Description, g.def.Repeating = e.id, r.text(n, "text"), e.q.Repeats
	e.q.Rows = e.q.Repeats
	if under != nil {
		e.kept["fhir:under"] = under.id
	}
	g.ref.Mandatory = n.yes("required")
	for _, c := range n.list("code") {
		g.def.Codings = append(g.def.Codings, coding(c))
	}
	if n.yes("readOnly") {
		e.kept["fhir:readOnly"] = "true"
	}
	g.def.Variables = odmVariables(n)
	r.groupExtensions(e)
	for _, k := range n.list("item") {
		if err := r.walk(k, g, nil, e.q); err != nil {
			return err
		}
	}
	return nil
}

// walkHeading reads a group that does not repeat within rows: its questions are in the same rows, so it is a heading among
// them.
func (r *reader) walkHeading(e *entry, in *group, under *entry) error {
	n := e.n
	e.item = &odm.Item{OID: e.id, Name: e.id, DataType: "text", Note: true, Question: r.text(n, "text"), Prefix: n.str("prefix")}
	e.kept["fhir:type"] = "group"
	e.ref = &odm.Ref{OID: e.id, Order: in.place(false)}
	if under != nil {
		e.ref.Within = under.id
	}
	in.items = append(in.items, e.ref)
	for _, name := range [...]string{"required", "readOnly"} {
		if n.yes(name) {
			e.kept["fhir:"+name] = "true"
		}
	}
	for _, c := range n.list("code") {
		e.item.Codings = append(e.item.Codings, coding(c))
	}
	e.item.Variables = odmVariables(n)
	r.itemExtensions(e)
	for _, k := range n.list("item") {
		if err := r.walk(k, in, e, e.q); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) newGroup(oid string, in *group) *group {
	g := &group{def: odm.ItemGroup{OID: oid}, ref: &odm.Ref{OID: oid}, within: in}
	if in != nil {
		g.ref.Within, g.ref.Place = in.def.OID, in.place(true)
	}
	r.groups = append(r.groups, g)
	return g
}

func (r *reader) walkQuestion(e *entry, in *group, under *entry) error {
	n := e.n
	e.item = &odm.Item{OID: e.id, Name: e.id, Question: r.text(n, "text"), Prefix: n.str("prefix")}
	if err := r.itemType(e); err != nil {
		return err
	}
	e.ref = &odm.Ref{OID: e.id, Mandatory: n.yes("required") && !e.item.Note}
	if e.q.Repeats && r.hasChildren(n) && !e.item.Note {
		in = r.rows(e, in, under)
	} else {
		e.item.Multiple = e.q.Repeats && !e.item.Note
		if under != nil && under.item != nil {
			e.ref.Within = under.id
		}
	}
	e.ref.Order = in.place(false)
	in.items = append(in.items, e.ref)
	e.item.ReadOnly = n.yes("readOnly")
	r.length(e)
	for _, c := range n.list("code") {
		e.item.Codings = append(e.item.Codings, coding(c))
	}
	e.item.Variables = odmVariables(n)
	if err := r.options(e); err != nil {
		return err
	}
	if e.kind == "choice" && e.item.CodeList == "" || e.kind == "text" && e.item.CodeList != "" {
		e.kept["fhir:type"] = e.kind
	}
	r.itemExtensions(e)
	r.initial(e)
	for _, k := range n.list("item") {
		if err := r.walk(k, in, e, e.q); err != nil {
			return err
		}
	}
	return r.help(e)
}

// hasChildren reports whether items besides help stand below a question.
func (r *reader) hasChildren(n *node) bool {
	for _, k := range n.list("item") {
		if kind := k.get("type"); kind == nil || kind.text != "display" || controlOf(k) != "help" {
			return true
		}
	}
	return false
}

// rows makes a group of rows for a question that may have several answers, each with items of its own.
func (r *reader) rows(e *entry, in *group, under *entry) *group {
	g := r.newGroup(r.fresh(e.id+".rows"), in)
	g.def.Name, g.def.Description, g.def.Repeating = e.id, e.item.Question, true
	more := map[string]string{"fhir:answers": e.id}
	if under != nil {
		more["fhir:under"] = under.id
	}
	g.def.Extra = kept(more)
	g.ref.Mandatory = e.ref.Mandatory
	e.group, e.q.Rows = g, true
	return g
}

// itemType finds what a question's type is in the model. References and attachments have no place in a casebook: they are
// shown, and take no answer.
func (r *reader) itemType(e *entry) error {
	t, ok := dataTypes[e.kind]
	switch {
	case ok:
		e.item.DataType = t
		r.dataType(e)
		e.q.Name, e.q.Answer = e.id, e.item.DataType.RuleType()
		if e.q.Repeats && !r.hasChildren(e.n) {
			e.q.Answer = check.ListOf(e.q.Answer)
		}
		e.item.Open = e.kind == "open-choice"
		if e.kind == "quantity" {
			e.kept["fhir:type"] = e.kind
		}
	case e.kind == "display":
		e.item.DataType, e.item.Note = "text", true
	case e.kind == "reference" || e.kind == "attachment":
		e.item.DataType, e.item.Note = "text", true
		e.kept["fhir:type"] = e.kind
		r.report.add(e.n, true, "loss.item_type", e.kind)
	case e.kind == "":
		return e.n.fail("fhir.missing", "type")
	default:
		return e.n.fail("fhir.item_type", shortened(e.kind))
	}
	return nil
}

// dataType reads the data type of an item that this package wrote and FHIR's type does not tell.
func (r *reader) dataType(e *entry) {
	for _, x := range e.n.list("extension") {
		if t := odm.DataType(plain(x.get("valueCode"))); plain(x.get("url")) == extDataType && t.Known() {
			e.item.DataType = t
			x.whole()
		}
	}
}

// length reads maxLength, which bounds texts.
func (r *reader) length(e *entry) {
	n := e.n.get("maxLength")
	if n == nil || e.item.DataType != "string" && e.item.DataType != "text" {
		return
	}
	if most, err := strconv.Atoi(plain(n)); err == nil && most > 0 {
		e.item.Length, n.known = most, true
	}
}

// help makes the hint of a question of the display item that is its help.
func (r *reader) help(e *entry) error {
	if e.hint == nil {
		return nil
	}
	e.kept["fhir:help"] = string(e.hint.json())
	e.item.Hint = r.text(e.hint, "text")
	e.hint.whole()
	return nil
}

// controlOf is the code of an item's itemControl.
func controlOf(n *node) string {
	for _, x := range n.list("extension") {
		if plain(x.get("url")) == extControl {
			for _, c := range x.get("valueCodeableConcept").list("coding") {
				return plain(c.get("code"))
			}
		}
	}
	return ""
}

// variables are those that an item defines, for the rules.
func variables(n *node) []formal.Variable {
	var out []formal.Variable
	for _, v := range odmVariables(n) {
		out = append(out, formal.Variable{Name: v.Name, Language: v.Expression.Context, Code: v.Expression.Code})
	}
	return out
}

func odmVariables(n *node) []odm.Variable {
	var out []odm.Variable
	for _, x := range n.list("extension") {
		v := x.get("valueExpression")
		if plain(x.get("url")) == extVariable && plain(v.get("name")) != "" {
			out = append(out, odm.Variable{Name: plain(v.get("name")),
				Expression: odm.Expression{Context: plain(v.get("language")), Code: plain(v.get("expression")), Line: x.line}})
		}
	}
	return out
}

// initial reads the values that a question starts with.
func (r *reader) initial(e *entry) {
	n := e.n.get("initial")
	if n == nil || e.item.Note {
		return
	}
	for _, i := range n.elems {
		for _, v := range i.fields {
			if text, ok := r.answerText(e, v); ok {
				e.item.Initial = append(e.item.Initial, text)
				v.whole()
			}
		}
	}
}

// answerText is a value of an answer, of initial or of an option, as the item keeps it.
func (r *reader) answerText(e *entry, v *node) (string, bool) {
	switch v.name {
	case "valueCoding":
		list := r.codeList(e.item.CodeList)
		return codeOf(list, plain(v.get("system")), plain(v.get("code")), plain(v.get("display")))
	case "valueQuantity":
		return plain(v.get("value")), plain(v.get("value")) != ""
	}
	if !strings.HasPrefix(v.name, "value") || v.kind == '{' || v.kind == '[' || v.kind == 'n' {
		return "", false
	}
	return v.text, true
}

func (r *reader) codeList(oid string) *odm.CodeList {
	if i, ok := r.listAt[oid]; ok {
		return &r.version.CodeLists[i]
	}
	return nil
}

// codeOf is what a list calls a coding: by system and code, by code alone where one of them names no system, or by what is
// shown where it has no code.
func codeOf(list *odm.CodeList, system, code, display string) (string, bool) {
	if list == nil {
		return first(code, display), code != "" || display != ""
	}
	for _, item := range list.Items {
		c := original(item)
		if c.Code == code && code != "" && (c.System == system || c.System == "" || system == "") {
			return item.Code, true
		}
	}
	if code == "" {
		for _, item := range list.Items {
			for _, label := range item.Decode {
				if label == display && display != "" {
					return item.Code, true
				}
			}
		}
	}
	return first(code, display), false
}

// original is the coding that a code stands for.
func original(item odm.CodeItem) odm.Coding {
	if len(item.Codings) > 0 {
		return item.Codings[0]
	}
	return odm.Coding{Code: item.Code}
}
