package fhir

import (
	"bytes"
	"strings"

	"casebook/check/formal"
	"casebook/odm"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// contained finds the value sets that the Questionnaire brings along.
func (r *reader) contained() {
	r.valueSets, r.used = map[string]*node{}, map[*node]bool{}
	for _, n := range r.root.list("contained") {
		if plain(n.get("resourceType")) != "ValueSet" {
			continue
		}
		if id := plain(n.get("id")); id != "" {
			r.valueSets["#"+id] = n
		}
		if url := plain(n.get("url")); url != "" {
			r.valueSets[url] = n
		}
	}
}

// options reads what may be answered: answerOption, or a value set that is contained or elsewhere.
func (r *reader) options(e *entry) error {
	if all := e.n.list("answerOption"); len(all) > 0 {
		list := odm.CodeList{DataType: listType(e.item.DataType)}
		for _, n := range all {
			if err := r.option(e, &list, n); err != nil {
				return err
			}
		}
		if len(list.Items) > 0 {
			r.shareList(e, list)
		}
		return nil
	}
	set := e.n.str("answerValueSet")
	if set == "" {
		return nil
	}
	n := r.valueSets[set]
	if n == nil {
		list := odm.CodeList{DataType: "text", External: &odm.External{Dictionary: "ValueSet", Href: set}}
		r.shareList(e, list)
		r.report.add(e.n, true, "loss.value_set_missing", shortened(set))
		return nil
	}
	r.used[n] = true
	list := odm.CodeList{DataType: "text", Name: first(plain(n.get("title")), plain(n.get("name")), plain(n.get("id")))}
	list.Extra = kept(map[string]string{"fhir:answerValueSet": set, "fhir:valueSet": string(n.json())})
	list.Items = setItems(n.json(), r.lang)
	if len(list.Items) == 0 {
		r.report.add(e.n, true, "loss.value_set_empty", shortened(set))
	}
	r.shareList(e, list)
	return nil
}

// listType is the data type of a code list for an item; ODM knows no lists of dates.
func listType(t odm.DataType) odm.DataType {
	if t == "integer" || t == "float" {
		return t
	}
	return "text"
}

// shareList gives the item its code list. Equal lists are one.
func (r *reader) shareList(e *entry, list odm.CodeList) {
	content, err := json.Marshal(list, json.Deterministic(true))
	if err != nil {
		return
	}
	oid, known := r.lists[string(content)]
	if !known {
		oid = "CL." + e.id
		list.OID = oid
		if list.Name == "" {
			list.Name = e.id
		}
		r.lists[string(content)] = oid
		r.listAt[oid] = len(r.version.CodeLists)
		r.version.CodeLists = append(r.version.CodeLists, list)
	}
	e.item.CodeList = oid
	for _, item := range list.Items {
		c := original(item)
		label := item.Decode.In(r.lang)
		e.q.Options = append(e.q.Options, formal.Option{Code: item.Code, System: c.System, Display: label, Weight: item.Weight, WeightURL: weightURL(item)})
	}
}

func weightURL(item odm.CodeItem) string {
	if item.Extra != nil && item.Extra.Kept["fhir:weight"] != "" {
		return item.Extra.Kept["fhir:weight"]
	}
	return extOrdinal
}

// option reads one answerOption.
func (r *reader) option(e *entry, list *odm.CodeList, n *node) error {
	var item odm.CodeItem
	more := map[string]string{}
	for _, v := range n.fields {
		switch {
		case v.name == "valueCoding":
			item = r.codingItem(v, more)
		case strings.HasPrefix(v.name, "value") && plain(v) != "":
			item.Code, v.known = plain(v), true
			if v.name != optionValue[e.kind] {
				more["fhir:value"] = v.name
			}
		}
	}
	if item.Code == "" {
		r.report.add(n, false, "loss.option_valueless")
		n.whole()
		return nil
	}
	if n.yes("initialSelected") {
		e.item.Initial = append(e.item.Initial, item.Code)
	}
	r.optionExtensions(n, &item, more)
	for _, known := range list.Items {
		if known.Code == item.Code {
			if original(known) == original(item) {
				r.report.add(n, false, "loss.option_twice", shortened(item.Code))
				n.whole()
				return nil
			}
			item.Code = original(item).System + "|" + item.Code
		}
	}
	for _, f := range n.fields {
		if rest := f.rest(); rest != nil {
			more["fhir:"+f.name] = string(rest)
			r.report.add(n, true, "loss.option_beyond", f.name)
		}
	}
	item.Extra = kept(more)
	list.Items = append(list.Items, item)
	return nil
}

// optionValue is what an answerOption of an item of some type holds, if nothing else is said.
var optionValue = map[string]string{"choice": "valueCoding", "open-choice": "valueCoding", "string": "valueString", "text": "valueString",
	"integer": "valueInteger", "date": "valueDate", "time": "valueTime"}

// codingItem reads a Coding as a code of a list.
func (r *reader) codingItem(n *node, more map[string]string) odm.CodeItem {
	c := odm.Coding{System: n.str("system"), Version: n.str("version"), Code: n.str("code")}
	item := odm.CodeItem{Code: c.Code, Decode: r.text(n, "display")}
	if c.Code == "" {
		item.Code = item.Decode.In(r.lang)
		more["fhir:uncoded"] = "true"
		if item.Code != "" {
			r.report.add(n, true, "loss.option_codeless")
		}
	} else if c.System != "" || c.Version != "" {
		item.Codings = []odm.Coding{c}
	}
	for _, x := range n.list("extension") {
		if weigh(&item, x, more) {
			more["fhir:weighed"] = "coding"
		}
	}
	return item
}

// weigh takes an extension that says what an answer counts.
func weigh(item *odm.CodeItem, x *node, more map[string]string) bool {
	url := plain(x.get("url"))
	known := first(older[url], url)
	v := first(plain(x.get("valueDecimal")), plain(x.get("valueInteger")))
	if known != extOrdinal && known != extWeight || v == "" || item.Weight != "" {
		return false
	}
	item.Weight = v
	if url != extOrdinal {
		more["fhir:weight"] = url
	}
	x.whole()
	return true
}

func (r *reader) optionExtensions(n *node, item *odm.CodeItem, more map[string]string) {
	for _, x := range n.list("extension") {
		switch plain(x.get("url")) {
		case extPrefix:
			if item.Prefix = plain(x.get("valueString")); item.Prefix != "" {
				x.whole()
			}
		case extExclusive:
			if plain(x.get("valueBoolean")) == "true" {
				item.Exclusive = true
				x.whole()
			}
		default:
			weigh(item, x, more)
		}
	}
}

// setItems are the codes of a value set: its expansion, or those that its compose lists one by one.
func setItems(set jsontext.Value, lang string) []odm.CodeItem {
	n, err := parse(bytes.NewReader(set))
	if err != nil {
		return nil
	}
	var out []odm.CodeItem
	expand(n.get("expansion").list("contains"), lang, &out)
	if len(out) == 0 {
		for _, in := range n.get("compose").list("include") {
			for _, c := range in.list("concept") {
				setItem(c, plain(in.get("system")), lang, &out)
			}
		}
	}
	return distinct(out)
}

func expand(all []*node, lang string, out *[]odm.CodeItem) {
	for _, c := range all {
		if plain(c.get("abstract")) != "true" {
			setItem(c, plain(c.get("system")), lang, out)
		}
		expand(c.list("contains"), lang, out)
	}
}

func setItem(c *node, system, lang string, out *[]odm.CodeItem) {
	item := odm.CodeItem{Code: plain(c.get("code"))}
	if item.Code == "" {
		return
	}
	if label := plain(c.get("display")); label != "" {
		item.Decode = odm.Text{lang: label}
	}
	if system != "" {
		item.Codings = []odm.Coding{{System: system, Code: item.Code}}
	}
	more := map[string]string{}
	for _, x := range c.list("extension") {
		weigh(&item, x, more)
	}
	item.Extra = kept(more)
	*out = append(*out, item)
}

// distinct drops the second of two equal codes.
func distinct(items []odm.CodeItem) []odm.CodeItem {
	seen := map[string]bool{}
	var out []odm.CodeItem
	for _, item := range items {
		if !seen[item.Code] {
			out = append(out, item)
		}
		seen[item.Code] = true
	}
	return out
}

// unit finds or makes the unit of a Coding.
func (r *reader) unit(n *node) string {
	c := coding(n)
	symbol := first(c.Label, c.Code)
	oid := "U." + first(c.Code, c.Label)
	for {
		same := false
		for _, u := range r.study.Units {
			if u.OID == oid {
				if len(u.Codings) == 1 && u.Codings[0] == c {
					return oid
				}
				same = true
			}
		}
		if !same {
			break
		}
		oid += "_"
	}
	r.study.Units = append(r.study.Units, odm.Unit{OID: oid, Name: symbol, Symbol: odm.Text{r.lang: symbol}, Codings: []odm.Coding{c}})
	return oid
}

// jsonOf is v as compact JSON.
func jsonOf(v any) jsontext.Value {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return b
}
