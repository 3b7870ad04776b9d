package fhir

import (
	"slices"

	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

// plainValue is a value in FHIR's JSON for an item type that is no choice: the name of its value[x] and the value.
func plainValue(kind, text string) (name string, v jsontext.Value, ok bool) {
	switch kind {
	case "boolean":
		switch text {
		case "1":
			text = "true"
		case "0":
			text = "false"
		}
		return "valueBoolean", jsontext.Value(text), text == "true" || text == "false"
	case "decimal", "integer":
		v = jsontext.Value(text)
		name = "valueDecimal"
		if kind == "integer" {
			name = "valueInteger"
		}
		return name, v, v.IsValid() && v.Kind() == '0'
	case "date", "dateTime", "time", "string", "text", "url":
		return valueNames[kind], quoted(text), true
	}
	return "", nil, false
}

// valueNames are the names of an answer's value by item type.
var valueNames = map[string]string{"boolean": "valueBoolean", "decimal": "valueDecimal", "integer": "valueInteger", "date": "valueDate",
	"dateTime": "valueDateTime", "time": "valueTime", "string": "valueString", "text": "valueString", "url": "valueUri",
	"choice": "valueCoding", "open-choice": "valueCoding", "quantity": "valueQuantity"}

// answer is a value of an item as a Questionnaire or a response has it.
func (w *writer) answer(it *odm.Item, kind, text string) (field, bool) {
	switch kind {
	case "choice", "open-choice":
		list := w.x.CodeList(it.CodeList)
		if list != nil {
			if i := slices.IndexFunc(list.Items, func(c odm.CodeItem) bool { return c.Code == text }); i >= 0 {
				of := original(list.Items[i])
				if keptOf(list.Items[i].Extra, "uncoded") != "" {
					of.Code = ""
				}
				of.Label = list.Items[i].Decode[w.lang]
				return field{"valueCoding", codingJSON(of)}, true
			}
		}
		if kind == "open-choice" {
			return field{"valueString", quoted(text)}, true
		}
		return field{"valueCoding", codingJSON(odm.Coding{Code: text})}, true
	case "quantity":
		number := jsontext.Value(text)
		if !number.IsValid() || number.Kind() != '0' {
			return field{}, false
		}
		o := object{}
		o.put("value", number)
		if len(it.Units) == 1 {
			if u := w.x.Unit(it.Units[0]); u != nil && len(u.Codings) > 0 {
				o.str("unit", first(u.Codings[0].Label, u.Codings[0].Code))
				o.str("system", u.Codings[0].System)
				o.str("code", u.Codings[0].Code)
			}
		}
		return field{"valueQuantity", o.json()}, true
	}
	name, v, ok := plainValue(kind, text)
	return field{name, v}, ok
}
