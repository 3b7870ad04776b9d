package openapitest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
)

// call is an operation as both generated clients see it.
type call struct {
	name         string // PascalCase
	method, path string
	summary      string
	parameters   []parameter
	body         object // nil for none
	kind         string // of a body that is no JSON
	form         bool   // the body is a form
	answer       object // of the first good answer; nil when there is nothing to tell, or no JSON
	raw          bool   // the answer is no JSON: the caller reads it
}

type parameter struct {
	name, in, about string
	required        bool
}

// language is what differs between the languages of the clients.
type language struct {
	scalar   map[string]string
	optional func(kind string) string
	list     func(item string) string
	dict     func(value string) string
	record   func(fields []field, depth int) string
	any      string
}

type field struct {
	name, kind, about string
	required          bool
}

// calls reads the operations of the document, in the order of its addresses.
func calls(document object) (all []call) {
	paths := document["paths"].(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path].(object)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			all = append(all, callOf(strings.ToUpper(method), path, item[method].(object)))
		}
	}
	return all
}

func callOf(method, path string, op object) call {
	c := call{name: pascal(op["operationId"].(string)), method: method, path: path, summary: op["summary"].(string)}
	list, _ := op["parameters"].([]any)
	for _, p := range list {
		p := p.(object)
		required, _ := p["required"].(bool)
		about, _ := p["description"].(string)
		c.parameters = append(c.parameters, parameter{p["name"].(string), p["in"].(string), about, required})
	}
	if body, ok := op["requestBody"].(object); ok {
		content := body["content"].(object)
		for kind, media := range content {
			c.kind, c.body = kind, media.(object)["schema"].(object)
			c.form = kind == "application/x-www-form-urlencoded"
		}
	}
	responses := op["responses"].(object)
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		if status[0] != '2' {
			continue
		}
		content, _ := responses[status].(object)["content"].(object)
		if media, ok := content["application/json"].(object); ok {
			c.answer, _ = media["schema"].(object)
		} else {
			c.raw = len(content) > 0
		}
		break
	}
	return c
}

// typeOf writes a schema as a type of the language.
func (l *language) typeOf(s object, depth int) string {
	if ref, ok := s["$ref"].(string); ok {
		return pascal(strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	if either, ok := s["anyOf"].([]any); ok {
		return l.either(either, depth)
	}
	if text, ok := s["const"].(string); ok && text != "" {
		return l.scalar["string"]
	}
	switch kind, _ := s["type"].(string); kind {
	case "array":
		items, _ := s["items"].(object)
		return l.list(l.typeOf(items, depth))
	case "object":
		if properties, ok := s["properties"].(object); ok {
			return l.record(l.fields(s, properties, depth+1), depth)
		}
		value, _ := s["additionalProperties"].(object)
		return l.dict(l.typeOf(value, depth))
	case "":
		return l.any
	default:
		format, _ := s["format"].(string)
		return cmp.Or(l.scalar[kind+" "+format], l.scalar[kind], l.any)
	}
}

// either is one schema or null; anything else is not told apart.
func (l *language) either(all []any, depth int) string {
	var one object
	for _, s := range all {
		if s := s.(object); s["type"] != "null" {
			if one != nil {
				return l.any
			}
			one = s
		}
	}
	return l.optional(l.typeOf(one, depth))
}

func (l *language) fields(s, properties object, depth int) (all []field) {
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p, _ := properties[name].(object)
		about, _ := p["description"].(string)
		all = append(all, field{name, l.typeOf(p, depth), strings.Join(strings.Fields(about), " "), slices.Contains(required, any(name))})
	}
	return all
}

// inGo writes Go.
var inGo = language{
	scalar:   map[string]string{"string": "string", "string date-time": "time.Time", "integer": "int64", "number": "float64", "boolean": "bool", "null": "any"},
	optional: func(kind string) string { return "*" + kind },
	list:     func(item string) string { return "[]" + item },
	dict:     func(value string) string { return "map[string]" + value },
	any:      "json.RawMessage",
	record: func(fields []field, _ int) string {
		var b strings.Builder
		b.WriteString("struct {\n")
		for _, f := range fields {
			tag := f.name
			if !f.required {
				tag += ",omitzero"
			}
			fmt.Fprintf(&b, "%s %s `json:%q`", pascal(f.name), f.kind, tag)
			if f.about != "" {
				b.WriteString(" // " + f.about)
			}
			b.WriteString("\n")
		}
		return b.String() + "}"
	},
}

// GoClient writes the types and the calls of the document in Go, beside the hand-written transport in openapi/client.
func GoClient(text []byte) ([]byte, error) {
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("// Code generated from openapi/openapi.json; DO NOT EDIT.\n// One file, as the document is one: every operation of the API and every type that it speaks of.\n\npackage client\n\nimport (\n\"context\"\n\"encoding/json\"\n\"io\"\n\"net/http\"\n\"time\"\n)\n")
	schemas := document["components"].(object)["schemas"].(object)
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		about, _ := schemas[name].(object)["description"].(string)
		fmt.Fprintf(&b, "\n// %s: %s\ntype %s %s\n", pascal(name), cmp.Or(strings.Join(strings.Fields(about), " "), "see the document."), pascal(name), inGo.typeOf(schemas[name].(object), 0))
	}
	for _, c := range calls(document) {
		c.inGo(&b)
	}
	return format.Source(b.Bytes())
}

func (c *call) inGo(b *bytes.Buffer) {
	in, given := "ctx context.Context", "nil"
	if len(c.parameters) > 0 {
		fmt.Fprintf(b, "\n// %sParameters are what %s is asked with.\ntype %sParameters struct {\n", c.name, c.name, c.name)
		given = "map[string]string{"
		for _, p := range c.parameters {
			fmt.Fprintf(b, "%s string // %s: %s\n", pascal(p.name), p.in, cmp.Or(p.about, "see the document."))
			given += fmt.Sprintf("%q: p.%s, ", p.in+" "+p.name, pascal(p.name))
		}
		given += "}"
		b.WriteString("}\n")
		in += ", p " + c.name + "Parameters"
	}
	body := "nil"
	switch {
	case c.form:
		in, body = in+", form map[string]string", "formOf(form)"
	case c.body != nil && c.kind != "application/json":
		in, body = in+", body io.Reader", fmt.Sprintf("rawOf(%q, body)", c.kind)
	case c.body != nil:
		in, body = in+", body "+named(b, c.name+"Body", c.body), "jsonOf(body)"
	}
	answer := ""
	if c.answer != nil {
		answer = named(b, c.name+"Result", c.answer)
	}
	fmt.Fprintf(b, "\n// %s: %s. %s %s\n", c.name, strings.TrimSuffix(c.summary, "."), c.method, c.path)
	switch ask := fmt.Sprintf("%q, %q, %s, %s", c.method, c.path, given, body); {
	case c.raw:
		fmt.Fprintf(b, "func (c *Client) %s(%s) (*http.Response, error) { return c.ask(ctx, %s) }\n", c.name, in, ask)
	case c.answer == nil:
		fmt.Fprintf(b, "func (c *Client) %s(%s) error { return c.call(ctx, nil, %s) }\n", c.name, in, ask)
	default:
		fmt.Fprintf(b, "func (c *Client) %s(%s) (out %s, err error) {\nerr = c.call(ctx, &out, %s)\nreturn out, err\n}\n", c.name, in, answer, ask)
	}
}

// named gives a schema that has no name of its own one, where Go wants it.
func named(b *bytes.Buffer, name string, s object) string {
	kind := inGo.typeOf(s, 0)
	if !strings.HasPrefix(kind, "struct") {
		return kind
	}
	fmt.Fprintf(b, "\n// %s is a body.\ntype %s %s\n", name, name, kind)
	return name
}
