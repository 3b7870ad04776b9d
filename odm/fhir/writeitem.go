package fhir

import (
	"slices"
	"strconv"
	"strings"

	"casebook/check"
	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

// parts writes groups and questions with all that stands in them.
func (w *writer) parts(all []part) []jsontext.Value {
	var out []jsontext.Value
	for _, p := range all {
		switch {
		case p.item != nil:
			out = append(out, w.question(p, nil))
		case keptOf(p.group.Extra, "answers") != "":
			out = append(out, w.rows(p)...)
		default:
			out = append(out, w.group(p))
		}
	}
	return out
}

// rows writes a group whose rows are the answers of its first question.
func (w *writer) rows(p part) []jsontext.Value {
	of := keptOf(p.group.Extra, "answers")
	var out []jsontext.Value
	rest := []part{}
	for _, k := range w.within[p.group.OID] {
		if k.item != nil && k.item.OID == of {
			out = append(out, w.question(k, &p))
			continue
		}
		rest = append(rest, k)
	}
	return append(out, w.parts(rest)...)
}

func (w *writer) group(p part) jsontext.Value {
	g := p.group
	place := "ItemGroupDef[" + g.OID + "]"
	o := object{}
	o.str("linkId", w.link[[2]string{"", g.OID}])
	w.keptFields(&o, g.Extra, map[string]bool{"extension": true, "_text": true})
	text := g.Description
	if len(text) == 0 && g.Name != g.OID {
		text = odm.Text{w.lang: g.Name}
	}
	putText(&o, "text", text, w.lang, keptOf(g.Extra, "_text"))
	o.str("type", "group")
	o.put("code", array(append(codings(g.Codings), elements(keptOf(g.Extra, "code"))...)))
	o.yes("required", p.ref.Mandatory)
	o.yes("repeats", g.Repeating)
	items := w.parts(w.within[g.OID])
	if len(g.Hint) > 0 {
		items = append(items, w.helpItem(o[0].value, g.Hint))
	}
	x := w.hidden(&o, p.ref, place)
	x = append(x, w.layout(g.Layout, g.Extra)...)
	x = append(x, bounds(g.Occurs)...)
	x = append(x, w.variables(g.Variables, g.Extra)...)
	x = append(x, w.at[g.OID]...)
	o.put("extension", array(append(x, elements(keptOf(g.Extra, "extension"))...)))
	o.put("item", array(items))
	if g.Count != "" {
		w.lose(place, "loss.unwritten_count")
	}
	w.foreign(place, g.Aliases, g.Access, g.Extra)
	return o.json()
}

// question writes a question; rows is the group of its answers, where each is a row.
func (w *writer) question(p part, rows *part) jsontext.Value {
	it := p.item
	place := "ItemDef[" + it.OID + "]"
	o := object{}
	o.str("linkId", w.link[[2]string{p.group.OID, it.OID}])
	w.keptFields(&o, it.Extra, map[string]bool{"extension": true, "_text": true})
	putText(&o, "text", it.Question, w.lang, keptOf(it.Extra, "_text"))
	kind, exact := w.kind(it)
	o.str("type", kind)
	o.str("prefix", it.Prefix)
	o.put("code", array(append(codings(it.Codings), elements(keptOf(it.Extra, "code"))...)))
	ref, occurs := p.ref, it.Occurs
	if rows != nil {
		ref.Hidden, occurs = rows.ref.Hidden, rows.group.Occurs
	}
	o.yes("required", p.ref.Mandatory)
	o.yes("repeats", it.Multiple || rows != nil)
	o.yes("readOnly", it.ReadOnly)
	if it.Length > 0 && (kind == "string" || kind == "text" || kind == "url") {
		o.put("maxLength", jsontext.Value(strconv.Itoa(it.Length)))
	}
	x := w.hidden(&o, ref, place)
	x = append(x, w.layout(it.Layout, it.Extra)...)
	x = append(x, bounds(occurs)...)
	x = append(x, w.details(it, kind)...)
	if !exact {
		x = append(x, extension(extDataType, "valueCode", quoted(string(it.DataType))))
	}
	x = append(x, w.variables(it.Variables, it.Extra)...)
	x = append(x, w.methods(p.ref)...)
	x = append(x, w.checks(it, kind)...)
	o.put("extension", array(append(x, elements(keptOf(it.Extra, "extension"))...)))
	w.options(&o, it, kind)
	w.initial(&o, it, kind)
	items := w.parts(w.under[[2]string{p.group.OID, it.OID}])
	if len(it.Hint) > 0 {
		items = append(items, w.help(it, o[0].value))
	}
	o.put("item", array(items))
	w.unsaid(place, p)
	return o.json()
}

// kind is FHIR's type of an item, and whether reading it gives the item's data type again.
func (w *writer) kind(it *odm.Item) (kind string, exact bool) {
	kind = keptOf(it.Extra, "type")
	switch {
	case it.Note && kind == "":
		return "display", it.DataType == "text"
	case kind != "" && dataTypes[kind] == it.DataType || it.Note:
		return kind, true
	case it.Open:
		return "open-choice", it.DataType == "text"
	case it.CodeList != "" && w.coded(it):
		return "choice", it.DataType == "text"
	}
	for _, t := range [...]string{"boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url"} {
		if dataTypes[t] == it.DataType {
			return t, true
		}
	}
	switch it.DataType.RuleType() {
	case check.Number:
		return "decimal", false
	case check.Date:
		return "date", false
	case check.DateTime:
		return "dateTime", false
	case check.Time:
		return "time", false
	}
	return "string", false
}

// coded reports whether an item's answers are codings rather than plain values.
func (w *writer) coded(it *odm.Item) bool {
	list := w.x.CodeList(it.CodeList)
	if list == nil || list.External != nil || it.Open || it.DataType == "text" || len(list.Items) == 0 {
		return true
	}
	if !slices.Contains([]odm.DataType{"string", "integer", "partialDate", "time"}, it.DataType) {
		return true
	}
	return slices.ContainsFunc(list.Items, func(c odm.CodeItem) bool {
		return len(c.Decode) > 0 || len(c.Codings) > 0 || c.Weight != "" && it.DataType != "integer"
	})
}

func (w *writer) layout(l *odm.Layout, x *odm.Extra) []jsontext.Value {
	if l == nil {
		return nil
	}
	var out []jsontext.Value
	if l.Hidden {
		out = append(out, extension(extHidden, "valueBoolean", jsontext.Value("true")))
	}
	if control := controlExtension(l.Control); control != nil {
		if original := jsontext.Value(keptOf(x, "itemControl")); original.IsValid() && controlIn(original) == l.Control {
			control = original
		}
		out = append(out, control)
	}
	return out
}

// controlIn is the control that an itemControl means.
func controlIn(x jsontext.Value) string {
	n, err := parse(strings.NewReader(`{"extension":[` + string(x) + `]}`))
	if err != nil {
		return ""
	}
	control, _ := other(controls[:], 0, controlOf(n))
	return control
}

func bounds(o odm.Occurs) []jsontext.Value {
	var out []jsontext.Value
	if o.Min > 0 {
		out = append(out, extension(extMinOccurs, "valueInteger", jsontext.Value(strconv.Itoa(o.Min))))
	}
	if o.Max > 0 {
		out = append(out, extension(extMaxOccurs, "valueInteger", jsontext.Value(strconv.Itoa(o.Max))))
	}
	return out
}

// details are what a question says of its answer.
func (w *writer) details(it *odm.Item, kind string) []jsontext.Value {
	var out []jsontext.Value
	for i, oid := range it.Units {
		u := w.x.Unit(oid)
		if u == nil {
			continue
		}
		c := odm.Coding{Code: u.Name, Label: u.Symbol.In(w.lang)}
		if len(u.Codings) > 0 {
			c = u.Codings[0]
		}
		url := extUnit
		if kind == "quantity" && keptOf(it.Extra, "unit") == "" || i > 0 {
			url = extUnitOption
		}
		out = append(out, extension(url, "valueCoding", codingJSON(c)))
	}
	if it.HasDigits {
		out = append(out, extension(extDecimals, "valueInteger", jsontext.Value(strconv.Itoa(it.Digits))))
	}
	if len(it.Prompt) > 0 {
		out = append(out, stringExtension(extShort, it.Prompt, w.lang))
	}
	if len(it.Placeholder) > 0 {
		out = append(out, stringExtension(extEntry, it.Placeholder, w.lang))
	}
	return out
}

// help is the display item that is a question's help: as it was, or a new one.
func (w *writer) help(it *odm.Item, parent jsontext.Value) jsontext.Value {
	if original := keptOf(it.Extra, "help"); original != "" {
		if n, err := parse(strings.NewReader(original)); err == nil && !w.links[plain(n.get("linkId"))] {
			r := &reader{lang: w.lang}
			if same(r.text(n, "text"), it.Hint) {
				w.links[plain(n.get("linkId"))] = true
				return n.json()
			}
		}
	}
	return w.helpItem(parent, it.Hint)
}

func (w *writer) helpItem(parent jsontext.Value, hint odm.Text) jsontext.Value {
	n, err := parse(strings.NewReader(string(parent)))
	id := "help"
	if err == nil {
		id = n.text + ".help"
	}
	for w.links[id] {
		id += "_"
	}
	w.links[id] = true
	o := object{}
	o.str("linkId", id)
	o.str("type", "display")
	putText(&o, "text", hint, w.lang, "")
	c := object{}
	c.str("system", "http://hl7.org/fhir/questionnaire-item-control")
	c.str("code", "help")
	concept := object{}
	concept.put("coding", array([]jsontext.Value{c.json()}))
	o.put("extension", array([]jsontext.Value{extension(extControl, "valueCodeableConcept", concept.json())}))
	return o.json()
}

func same(a, b odm.Text) bool {
	if len(a) != len(b) {
		return false
	}
	for l, s := range a {
		if b[l] != s {
			return false
		}
	}
	return true
}

// options writes what may be answered.
func (w *writer) options(o *object, it *odm.Item, kind string) {
	list := w.x.CodeList(it.CodeList)
	if list == nil {
		return
	}
	if list.External != nil {
		o.str("answerValueSet", first(list.External.Href, list.External.Ref, list.External.Dictionary))
		return
	}
	if set := keptOf(list.Extra, "answerValueSet"); set != "" && w.setHolds(list) {
		o.str("answerValueSet", set)
		return
	}
	var all []jsontext.Value
	for _, c := range list.Items {
		all = append(all, w.option(c, it, kind))
	}
	o.put("answerOption", array(all))
}

// setHolds reports whether the value set that a list was read from still says what the list says.
func (w *writer) setHolds(list *odm.CodeList) bool {
	return string(jsonOf(setItems(jsontext.Value(keptOf(list.Extra, "valueSet")), w.lang))) == string(jsonOf(list.Items))
}

func (w *writer) option(c odm.CodeItem, it *odm.Item, kind string) jsontext.Value {
	o := object{}
	w.keptFields(&o, c.Extra, map[string]bool{"extension": true, "valueCoding": true})
	name := first(keptOf(c.Extra, "value"), optionValue[kind], "valueCoding")
	x := []jsontext.Value{}
	weight := jsontext.Value(nil)
	if number := jsontext.Value(c.Weight); c.Weight != "" && number.IsValid() && number.Kind() == '0' {
		weight = extension(weightURL(c), "valueDecimal", number)
	}
	if weight != nil && keptOf(c.Extra, "weighed") == "" {
		x = append(x, weight)
		weight = nil
	}
	if c.Prefix != "" {
		x = append(x, extension(extPrefix, "valueString", quoted(c.Prefix)))
	}
	if c.Exclusive {
		x = append(x, extension(extExclusive, "valueBoolean", jsontext.Value("true")))
	}
	o.put("extension", array(append(x, elements(keptOf(c.Extra, "extension"))...)))
	switch name {
	case "valueCoding":
		o.put(name, w.coding(c, weight))
	case "valueInteger":
		o.put(name, jsontext.Value(c.Code))
	default:
		o.str(name, c.Code)
	}
	if slices.Contains(it.Initial, c.Code) {
		o.yes("initialSelected", true)
	}
	return o.json()
}

func (w *writer) coding(c odm.CodeItem, weight jsontext.Value) jsontext.Value {
	of := original(c)
	o := object{}
	if n, err := parse(strings.NewReader(first(keptOf(c.Extra, "valueCoding"), "null"))); err == nil {
		for _, f := range n.fields {
			if f.name != "_display" {
				o.put(f.name, f.json())
			}
		}
	}
	if weight != nil {
		o.put("extension", array([]jsontext.Value{weight}))
	}
	o.str("system", of.System)
	o.str("version", of.Version)
	if keptOf(c.Extra, "uncoded") == "" {
		o.str("code", of.Code)
	}
	putText(&o, "display", c.Decode, w.lang, "")
	return o.json()
}

// initial writes the values that a question starts with, where no option says so.
func (w *writer) initial(o *object, it *odm.Item, kind string) {
	list := w.x.CodeList(it.CodeList)
	var all []jsontext.Value
	for _, v := range it.Initial {
		if list != nil && slices.ContainsFunc(list.Items, func(c odm.CodeItem) bool { return c.Code == v }) && keptOf(list.Extra, "answerValueSet") == "" {
			continue
		}
		i := object{}
		if a, ok := w.answer(it, kind, v); ok {
			i.put(a.name, a.value)
			all = append(all, i.json())
		}
	}
	o.put("initial", array(append(all, elements(keptOf(it.Extra, "initial"))...)))
}

// unsaid tells what of a question is not in a Questionnaire.
func (w *writer) unsaid(place string, p part) {
	it := p.item
	for _, d := range [...]struct {
		there bool
		code  string
	}{
		{it.Name != it.OID, "loss.unwritten_name"},
		{len(it.Description) > 0, "loss.unwritten_description"},
		{it.Identifying, "loss.unwritten_identifying"},
		{it.Blinded, "loss.unwritten_blinded"},
		{p.ref.MandatoryWhen != "", "loss.unwritten_required_when"},
		{p.ref.Key != 0 || p.ref.Role != "", "loss.unwritten_key"},
		{it.Length > 0 && it.DataType.RuleType() != check.Text, "loss.unwritten_length"},
		{len(it.Aliases) > 0 || it.SASName != "", "loss.unwritten_names"},
	} {
		if d.there {
			w.lose(place, d.code)
		}
	}
	w.foreign(place, nil, it.Access, it.Extra)
}
