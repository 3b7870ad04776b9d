package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// servesItsClients runs the example of the Go client against the demo, with a key that an administrator has just made.
func (g greeting) servesItsClients(t *testing.T) {
	t.Helper()
	made := get[struct{ Client, Key string }](t, visit(t, g.Address).signIn(t, "gaoyuan", demoPassword), http.StatusCreated, "POST", "/api/v1/clients",
		`{"study":"HTN-24","name":"laboratory","scopes":["subject.read","subject.enrol","form.read","form.write","audit.read"],"sites":["03"]}`)
	out, err := exec.CommandContext(t.Context(), "go", "run", "../../openapi/client/example", g.Address, "HTN-24", made.Client, made.Key).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "saved once: Systolic") || !strings.Contains(string(out), "the feed tells: ") {
		t.Errorf("the example of the Go client: %v\n%s", err, out)
	}
}
