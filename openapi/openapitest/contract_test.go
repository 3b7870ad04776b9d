package openapitest

import (
	"encoding/json"
	"strings"
	"testing"

	"casebook/openapi"
)

const receipt = `{"status":"processed","patientId":"S1","id":"1","receipt":"1.x"}`

// The control: an answer that is not as the document says is found, whatever is wrong with it.
func TestAnAnswerThatIsNotAgreedIsFound(t *testing.T) {
	t.Parallel()
	c, err := NewContract(openapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	const json, problem = "application/json", "application/problem+json"
	if err := c.Answer("POST /report", 200, json, []byte(receipt)); err != nil {
		t.Error(err)
	}
	for fault, answer := range map[string]struct {
		pattern string
		status  int
		kind    string
		body    string
	}{
		"a member is missing":         {"POST /report", 200, json, strings.Replace(receipt, `"id":"1",`, "", 1)},
		"a member that nobody named":  {"POST /report", 200, json, strings.Replace(receipt, `{`, `{"more":1,`, 1)},
		"another type":                {"POST /report", 200, json, strings.Replace(receipt, `"id":"1"`, `"id":1`, 1)},
		"another status":              {"POST /report", 201, json, receipt},
		"another kind":                {"POST /report", 200, "text/plain", receipt},
		"an address that is not here": {"POST /elsewhere", 200, json, receipt},
		"a problem without a code":    {"POST /report", 400, problem, `{"type":"x","title":"x","status":400,"detail":"x","texts":{}}`},
		"a list of something else":    {"GET /api/v1/studies", 200, json, `{"studies":[{"id":1}]}`},
	} {
		if err := c.Answer(answer.pattern, answer.status, answer.kind, []byte(answer.body)); err == nil {
			t.Errorf("%s: nobody noticed", fault)
		}
	}
	if err := c.Request("POST /report", []byte(`{"patientID":"x","data":{}}`)); err == nil {
		t.Error("a body with a name that is not known: nobody noticed")
	}
}

// What a person wrote as an example is what the schemas say.
func TestTheExamplesAreAsTheSchemasSay(t *testing.T) {
	t.Parallel()
	c, err := NewContract(openapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	var said Said
	if err := json.Unmarshal(openapi.Said, &said); err != nil {
		t.Fatal(err)
	}
	examples := 0
	for pattern, o := range said.Operations {
		if c.of(pattern, "responses") == nil {
			t.Errorf("said.json speaks of %s, which is not there", pattern)
			continue
		}
		if o.Request != nil {
			text, _ := json.Marshal(o.Request)
			examples++
			if err := c.Request(pattern, text); err != nil {
				t.Errorf("%s: %v", pattern, err)
			}
		}
		if o.Answer != nil {
			text, _ := json.Marshal(o.Answer)
			examples++
			if err := c.Answer(pattern, 200, "application/json", text); err != nil {
				t.Errorf("%s: %v", pattern, err)
			}
		}
	}
	if examples < 8 {
		t.Errorf("only %d examples", examples)
	}
}
