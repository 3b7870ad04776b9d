package openapitest

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// transport is the hand-written half of the TypeScript client.
//
//go:embed transport.ts
var transport string

var plainName = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

func quoted(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "'" + name + "'"
}

// inTS writes TypeScript.
var inTS = language{
	scalar:   map[string]string{"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"},
	optional: func(kind string) string { return kind + " | null" },
	list: func(item string) string {
		if strings.Contains(item, " | ") {
			item = "(" + item + ")"
		}
		return item + "[]"
	},
	dict: func(value string) string { return "Record<string, " + value + ">" },
	any:  "unknown",
	record: func(fields []field, depth int) string {
		var b strings.Builder
		b.WriteString("{\n")
		for _, f := range fields {
			b.WriteString(strings.Repeat("  ", depth+1) + quoted(f.name))
			if !f.required {
				b.WriteString("?")
			}
			b.WriteString(": " + f.kind)
			if f.about != "" {
				b.WriteString(" // " + f.about)
			}
			b.WriteString("\n")
		}
		return b.String() + strings.Repeat("  ", depth) + "}"
	},
}

// TypeScriptClient writes the types and the calls of the document in TypeScript, behind the transport: one file without
// dependencies, for browsers and Node.
func TypeScriptClient(text []byte) ([]byte, error) {
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("// Code generated from openapi/openapi.json; DO NOT EDIT.\n// One file, as the document is one: every operation of the API and every type that it speaks of.\n" + transport)
	schemas := document["components"].(object)["schemas"].(object)
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if about, _ := schemas[name].(object)["description"].(string); about != "" {
			fmt.Fprintf(&b, "\n/** %s */", strings.Join(strings.Fields(about), " "))
		}
		fmt.Fprintf(&b, "\nexport type %s = %s\n", pascal(name), inTS.typeOf(schemas[name].(object), 0))
	}
	b.WriteString("\n/** Every call of the API. */\nexport class Casebook extends Transport {\n")
	for _, c := range calls(document) {
		c.inTS(&b)
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func (c *call) inTS(b *bytes.Buffer) {
	var in []string
	given, body := "{}", ""
	if len(c.parameters) > 0 {
		var names []string
		needed := false
		for _, p := range c.parameters {
			mark := "?"
			if p.required {
				mark, needed = "", true
			}
			names = append(names, quoted(p.name)+mark+": string")
		}
		one := "p: { " + strings.Join(names, "; ") + " }"
		if !needed && c.body == nil {
			one += " = {}"
		}
		in, given = append(in, one), "p"
	}
	switch {
	case c.form:
		in, body = append(in, "form: Record<string, string>"), ", new URLSearchParams(form)"
	case c.body != nil && c.kind != "application/json":
		in, body = append(in, "body: BodyInit"), ", body, '"+c.kind+"'"
	case c.body != nil:
		in, body = append(in, "body: "+inTS.typeOf(c.body, 1)), ", JSON.stringify(body), 'application/json'"
	}
	var places []string
	for _, p := range c.parameters {
		if p.in != "query" {
			places = append(places, quoted(p.name)+": '"+p.in+"'")
		}
	}
	where := "{}"
	if len(places) > 0 {
		where = "{ " + strings.Join(places, ", ") + " }"
	}
	name := strings.ToLower(c.name[:1]) + c.name[1:]
	ask := fmt.Sprintf("'%s', '%s', %s, %s%s", c.method, c.path, given, where, body)
	fmt.Fprintf(b, "\n  /** %s. %s %s */\n", strings.TrimSuffix(c.summary, "."), c.method, c.path)
	switch {
	case c.raw:
		fmt.Fprintf(b, "  %s(%s): Promise<Response> { return this.ask(%s) }\n", name, strings.Join(in, ", "), ask)
	case c.answer == nil:
		fmt.Fprintf(b, "  %s(%s): Promise<void> { return this.call(%s) }\n", name, strings.Join(in, ", "), ask)
	default:
		fmt.Fprintf(b, "  %s(%s): Promise<%s> { return this.call(%s) }\n", name, strings.Join(in, ", "), cmp.Or(inTS.typeOf(c.answer, 1), "unknown"), ask)
	}
}
