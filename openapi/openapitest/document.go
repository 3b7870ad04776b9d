package openapitest

import (
	"cmp"
	"encoding/json"
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"casebook/auth"
)

// Said is what a person wrote down for the document and the sources cannot say: openapi/said.json.
type Said struct {
	Info       object            `json:"info"`
	Tags       map[string]string `json:"tags"`       // by package
	Parameters map[string]string `json:"parameters"` // what a name in a path, a query or a header means, everywhere
	Components object            `json:"components"` // schemas of what is read or written by hand
	Operations map[string]struct {
		ID      string            `json:"id"` // where two addresses have one handler
		Summary string            `json:"summary"`
		Body    object            `json:"body"`
		Kind    string            `json:"kind"`    // of a body that is no JSON
		Answers map[string]object `json:"answers"` // by status, instead of what the sources say
		Request any               `json:"request"` // an example
		Answer  any               `json:"answer"`  // an example of the first good answer
	} `json:"operations"`
}

// Document is the OpenAPI 3.1 document of routes, in the order of its members' names.
func Document(s *Sources, routes []auth.Route, said Said) ([]byte, error) {
	made := object{}
	answers, requests := &schemas{s, made, false}, &schemas{s, made, true}
	paths, names, tags := object{}, map[string]bool{}, map[string]bool{}
	routes = slices.SortedFunc(slices.Values(routes), func(a, b auth.Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	for _, r := range routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		op := s.operation(r, answers, requests)
		if id := said.Operations[r.Pattern].ID; id != "" {
			op.id = id
		}
		for names[op.id] {
			op.id += strings.ToUpper(method[:1]) + strings.ToLower(method[1:])
		}
		names[op.id], tags[op.pkg] = true, true
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path].(object)[strings.ToLower(method)] = op.document(r, said)
	}
	maps.Copy(made, said.Components)
	list := []object{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, object{"name": name, "description": cmp.Or(said.Tags[name], "Of the package "+name+".")})
	}
	document := object{"openapi": "3.1.0", "info": said.Info, "servers": []object{{"url": "/", "description": "where the document came from"}},
		"tags": list, "paths": paths, "components": object{"schemas": made, "responses": problems(), "securitySchemes": schemes()}}
	text, err := json.MarshalIndent(document, "", " ")
	return append(text, '\n'), err
}

// operation reads what the sources say of a route.
func (s *Sources) operation(r auth.Route, answers, requests *schemas) *operation {
	op := &operation{pkg: "casebook", query: map[string]bool{}, headers: map[string]bool{}, answers: map[string]object{}, kinds: map[string]bool{}}
	src, decl := s.handler(r)
	if decl == nil {
		op.name, op.id = pascal(r.Pattern), "casebook"+pascal(r.Pattern)
		return op
	}
	op.pkg, op.name = src.Name(), decl.Name.Name
	op.id = op.pkg + strings.ToUpper(op.name[:1]) + op.name[1:]
	op.said = strings.Join(strings.Fields(decl.Doc.Text()), " ")
	w := &walker{s, answers, requests, op, map[*ast.FuncDecl]bool{}}
	w.walk(src, decl, nil)
	return op
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// document is the operation as the document has it.
func (op *operation) document(r auth.Route, said Said) object {
	own := said.Operations[r.Pattern]
	summary, more := op.sentences()
	if own.Summary != "" {
		summary = own.Summary
	}
	out := object{"operationId": op.id, "tags": []string{op.pkg}, "summary": summary, "x-casebook-policy": r.Policy.String(), "x-casebook-roles": r.Policy.Roles()}
	if more != "" {
		out["description"] = more
	} else {
		out["description"] = summary + "."
	}
	if p := op.parameters(r, said.Parameters); len(p) > 0 {
		out["parameters"] = p
	}
	body := op.body
	if own.Body != nil {
		body = own.Body
	}
	switch {
	case own.Kind != "":
		schema := object{"type": "string", "contentMediaType": own.Kind}
		if own.Body != nil {
			schema = own.Body
		}
		out["requestBody"] = object{"required": true, "content": object{own.Kind: object{"schema": schema}}}
	case body != nil && fhirPath(r):
		if len(body) == 0 {
			body = anything(fhirKind)
		}
		out["requestBody"] = object{"required": true, "content": object{fhirKind: object{"schema": body}}}
	case body != nil:
		content := object{"schema": body}
		if own.Request != nil {
			content["examples"] = object{"one": object{"value": own.Request}}
		}
		out["requestBody"] = object{"required": true, "content": object{"application/json": content}}
	}
	answers := op.answers
	if own.Answers != nil {
		answers = own.Answers
	}
	out["responses"] = op.responses(r, answers, own.Answer)
	if r.Policy.String() == "public" {
		out["security"] = []object{{}, {"session": []string{}}}
	} else if r.Policy.String() == "own account" {
		out["security"] = []object{{"session": []string{}}}
	} else {
		out["security"] = []object{{"session": []string{}}, {"token": []string{}}}
		if action := auth.Action(r.Policy.String()); slices.Contains(auth.Scopes(), action) {
			out["security"] = append(out["security"].([]object), object{"client": []string{string(action)}})
		}
	}
	return out
}

// sentences makes a summary and a description of a handler's comment: "getOne tells of a study. It …".
func (op *operation) sentences() (summary, more string) {
	text := strings.TrimPrefix(strings.TrimPrefix(op.said, op.name+" "), "is ")
	if text == "" {
		return spaced(op.name), ""
	}
	summary, _, _ = strings.Cut(text+" ", ". ")
	summary = strings.TrimSuffix(strings.TrimSpace(summary), ".")
	first := strings.ToUpper(summary[:1])
	return first + summary[1:], strings.ToUpper(text[:1]) + text[1:]
}

// spaced is getOne as "Get one".
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i == 0 {
			r = unicode.ToUpper(r)
		} else if unicode.IsUpper(r) {
			b.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// pascal makes one word of a path or a pattern.
func pascal(text string) string {
	var b strings.Builder
	up := true
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (op *operation) parameters(r auth.Route, means map[string]string) (all []object) {
	add := func(where, name string, required bool) {
		p := object{"name": name, "in": where, "schema": object{"type": "string"}}
		if required {
			p["required"] = true
		}
		if text := means[name]; text != "" {
			p["description"] = text
		}
		all = append(all, p)
	}
	for _, m := range inPath.FindAllStringSubmatch(r.Pattern, -1) {
		add("path", m[1], true)
	}
	for _, name := range slices.Sorted(maps.Keys(op.query)) {
		add("query", name, false)
	}
	for _, name := range slices.Sorted(maps.Keys(op.headers)) {
		switch name {
		case "Accept", "Authorization", "Content-Type", "Accept-Language", "X-Forwarded-Proto": // not for parameters, or for all
		default:
			add("header", name, false)
		}
	}
	return all
}

// fhirKind is the media type of FHIR's resources, which describe themselves: the document does not.
const fhirKind = "application/fhir+json"

func fhirPath(r auth.Route) bool { return strings.Contains(r.Pattern, " /fhir/") }

// anything is the schema of what the document says nothing more of than its media type.
func anything(kind string) object {
	if strings.HasSuffix(kind, "json") && kind != "application/x-ndjson" {
		return object{"type": "object"}
	}
	return object{"type": "string"}
}

func (op *operation) responses(r auth.Route, answers map[string]object, example any) object {
	no := object{"$ref": "#/components/responses/Problem"}
	if fhirPath(r) {
		no = object{"$ref": "#/components/responses/Outcome"}
	}
	out := object{"default": no, "400": no}
	if r.Policy.String() != "public" {
		out["401"], out["403"] = no, no
	}
	if strings.Contains(r.Pattern, "{") {
		out["404"] = no
	}
	first := ""
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		if first == "" {
			first = status
		}
		one := object{"description": meaning(status)}
		content := object{}
		if schema := answers[status]; schema != nil {
			shown := object{"schema": schema}
			if example != nil && status == first {
				shown["examples"] = object{"one": object{"value": example}}
			}
			content["application/json"] = shown
		}
		for kind := range op.kinds {
			if content[kind] == nil {
				content[kind] = object{"schema": anything(kind)}
			}
		}
		if len(content) > 0 && status != "204" {
			one["content"] = content
		}
		out[status] = one
	}
	if first == "" {
		content := object{}
		for kind := range op.kinds {
			content[kind] = object{"schema": anything(kind)}
		}
		if len(content) == 0 {
			content["application/json"] = object{"schema": object{}}
		}
		out["200"] = object{"description": meaning("200"), "content": content}
	}
	return out
}

func meaning(status string) string {
	switch status {
	case "201":
		return "It is made."
	case "202":
		return "It will be done."
	case "204":
		return "It is done; there is nothing to tell."
	}
	return "The answer."
}

// problems is the one answer to what cannot be done.
func problems() object {
	return object{"Problem": object{"description": "Why not: problem details (RFC 9457). The code is stable, the texts are in both languages.",
		"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}},
		"Outcome": object{"description": "Why not, in the words of FHIR: an OperationOutcome whose first issue's details hold the stable code, and its texts in both languages.",
			"content": object{fhirKind: object{"schema": object{"type": "object", "required": []string{"resourceType", "issue"}, "additionalProperties": true,
				"properties": object{"resourceType": object{"const": "OperationOutcome"}, "issue": object{"type": "array", "minItems": 1}}}}}}}
}

func schemes() object {
	scopes := object{}
	for _, a := range auth.Scopes() {
		scopes[string(a)] = spaced(strings.ReplaceAll(string(a), ".", " "))
	}
	return object{
		"session": object{"type": "apiKey", "in": "cookie", "name": "casebook_session", "description": "Its name begins with `__Host-` under TLS. Of a person who signed in by POST /api/v1/session. What changes anything wants the header X-Casebook: 1 as well."},
		"token":   object{"type": "http", "scheme": "bearer", "description": "Of a device or of another program."},
		"client": object{"type": "oauth2", "description": "Of another program: an access token that its key is exchanged for, good for ten minutes.",
			"flows": object{"clientCredentials": object{"tokenUrl": "/oauth2/token", "scopes": scopes}}},
	}
}
