package openapitest

import (
	"bytes"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract holds real requests and answers against a document: each answer must be one that the document tells of, with
// every member that it promises and no other.
type Contract struct {
	document object
	compiler *jsonschema.Compiler
	mu       sync.Mutex
}

const place = "mem:///openapi.json"

// NewContract reads a document.
func NewContract(document []byte) (*Contract, error) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	c := &Contract{v.(object), jsonschema.NewCompiler(), sync.Mutex{}}
	closed(c.document["components"].(object)["schemas"])
	closed(c.document["paths"])
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	return c, c.compiler.AddResource(place, c.document)
}

// closed lets objects have no members but the ones they name.
func closed(v any) {
	switch v := v.(type) {
	case object:
		if _, has := v["properties"].(object); has && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			closed(inner)
		}
	case []any:
		for _, inner := range v {
			closed(inner)
		}
	}
}

// Answer says what is wrong with an answer to pattern, nil for nothing.
func (c *Contract) Answer(pattern string, status int, contentType string, body []byte) error {
	responses := c.of(pattern, "responses")
	if responses == nil {
		return fmt.Errorf("%s is not in the document", pattern)
	}
	key := strconv.Itoa(status)
	if responses[key] == nil {
		key = "default"
		if status < 400 && status != 304 {
			return fmt.Errorf("%s: the document knows no answer %d", pattern, status)
		}
	}
	pointer := []string{"paths", path(pattern), method(pattern), "responses", key}
	response := responses[key].(object)
	if ref, is := response["$ref"].(string); is {
		pointer = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		response = c.document["components"].(object)["responses"].(object)[pointer[2]].(object)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	content, _ := response["content"].(object)
	if len(body) == 0 && (content == nil || status == 304) {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	if content[kind] == nil {
		return fmt.Errorf("%s: the document knows no %q in answer %d", pattern, kind, status)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	return c.check(append(pointer, "content", kind, "schema"), body)
}

// Request says what is wrong with a JSON body sent to pattern.
func (c *Contract) Request(pattern string, body []byte) error {
	request := c.of(pattern, "requestBody")
	if request == nil {
		return fmt.Errorf("%s: the document knows no body", pattern)
	}
	if request["content"].(object)["application/json"] == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.check([]string{"paths", path(pattern), method(pattern), "requestBody", "content", "application/json", "schema"}, body)
}

func (c *Contract) of(pattern, part string) object {
	operations, _ := c.document["paths"].(object)[path(pattern)].(object)
	operation, _ := operations[method(pattern)].(object)
	found, _ := operation[part].(object)
	return found
}

func method(pattern string) string { m, _, _ := strings.Cut(pattern, " "); return strings.ToLower(m) }

func path(pattern string) string { _, p, _ := strings.Cut(pattern, " "); return p }

// check holds a text against the schema at a place of the document.
func (c *Contract) check(pointer []string, body []byte) error {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", " ", "%20")
	for i := range pointer {
		pointer[i] = escape.Replace(pointer[i])
	}
	schema, err := c.compiler.Compile(place + "#/" + strings.Join(pointer, "/"))
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// Patterns are the document's addresses with a method.
func (c *Contract) Patterns(method string) (all []string) {
	for path, operations := range c.document["paths"].(object) {
		if operations.(object)[strings.ToLower(method)] != nil {
			all = append(all, method+" "+path)
		}
	}
	slices.Sort(all)
	return all
}
