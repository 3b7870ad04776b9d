package fhir

import (
	"bytes"
	"slices"
	"strings"

	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose fields have an order.
type object []field

type field struct {
	name  string
	value jsontext.Value
}

// put adds a field, or gives it another value, unless there is nothing in it.
func (o *object) put(name string, value jsontext.Value) {
	if len(value) == 0 {
		return
	}
	if i := slices.IndexFunc(*o, func(f field) bool { return f.name == name }); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, field{name, value})
}

func (o *object) str(name, s string) {
	if s != "" {
		o.put(name, quoted(strings.ToValidUTF8(s, "\uFFFD")))
	}
}

func (o *object) yes(name string, b bool) {
	if b {
		o.put(name, jsontext.Value("true"))
	}
}

func (o object) json() jsontext.Value {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(f.name))
		b.WriteByte(':')
		b.Write(f.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// array is a JSON array of values, nil if there are none.
func array(all []jsontext.Value) jsontext.Value {
	if len(all) == 0 {
		return nil
	}
	return slices.Concat(jsontext.Value("["), bytes.Join(anys(all), []byte(",")), jsontext.Value("]"))
}

// elements are the elements of a kept array.
func elements(raw string) []jsontext.Value {
	if raw == "" {
		return nil
	}
	n, err := parse(strings.NewReader(raw))
	if err != nil {
		return nil
	}
	var out []jsontext.Value
	for _, e := range n.elems {
		out = append(out, e.json())
	}
	return out
}

// value is an extension with one value.
func extension(url, name string, value jsontext.Value) jsontext.Value {
	o := object{}
	o.str("url", url)
	o.put(name, value)
	return o.json()
}

func stringExtension(url string, t odm.Text, lang string) jsontext.Value {
	o := object{}
	o.str("url", url)
	putText(&o, "valueString", t, lang, "")
	return o.json()
}

// putText writes a text: what is in lang, and beside it the translations and whatever else was kept of it.
func putText(o *object, name string, t odm.Text, lang, more string) {
	o.str(name, t[lang])
	var all []jsontext.Value
	for _, l := range languages(t) {
		if l == lang || t[l] == "" {
			continue
		}
		x := object{}
		x.str("url", extTranslation)
		x.put("extension", array([]jsontext.Value{extension("lang", "valueCode", quoted(first(l, "und"))),
			extension("content", "valueString", quoted(strings.ToValidUTF8(t[l], "\uFFFD")))}))
		all = append(all, x.json())
	}
	beside := object{}
	if n, err := parse(strings.NewReader(first(more, "null"))); err == nil {
		for _, f := range n.fields {
			if f.name == "extension" {
				for _, e := range f.elems {
					all = append(all, e.json())
				}
				continue
			}
			beside.put(f.name, f.json())
		}
	}
	beside.put("extension", array(all))
	if len(beside) > 0 {
		o.put("_"+name, beside.json())
	}
}

func languages(t odm.Text) []string {
	var out []string
	for l := range t {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

func codingJSON(c odm.Coding) jsontext.Value {
	o := object{}
	o.str("system", c.System)
	o.str("version", c.Version)
	o.str("code", c.Code)
	o.str("display", c.Label)
	return o.json()
}

func codings(all []odm.Coding) []jsontext.Value {
	var out []jsontext.Value
	for _, c := range all {
		out = append(out, codingJSON(c))
	}
	return out
}

// controlExtension is an itemControl of the model's control, nil if FHIR has no word for it.
func controlExtension(control string) jsontext.Value {
	code, ok := other(controls[:], 1, control)
	if !ok {
		return nil
	}
	c := object{}
	c.str("system", "http://hl7.org/fhir/questionnaire-item-control")
	c.str("code", code)
	concept := object{}
	concept.put("coding", array([]jsontext.Value{c.json()}))
	return extension(extControl, "valueCodeableConcept", concept.json())
}

// expressionExtension is an extension with an Expression.
func expressionExtension(url, name, language, code string) jsontext.Value {
	x := object{}
	x.str("name", name)
	x.str("language", language)
	x.str("expression", code)
	return extension(url, "valueExpression", x.json())
}
