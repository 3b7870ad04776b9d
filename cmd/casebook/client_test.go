package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// aProgram is a key that an administrator has just made, for site 03.
type aProgram struct{ Client, Key string }

func (g greeting) register(t *testing.T, admin *visitor) aProgram {
	t.Helper()
	return get[aProgram](t, admin, http.StatusCreated, "POST", "/api/v1/clients",
		`{"study":"HTN-24","name":"laboratory","scopes":["subject.read","subject.enrol","form.read","form.write","audit.read"],"sites":["03"]}`)
}

// servesItsClients runs the example of the Go client against the demo, and then what a program may get wrong.
func (g greeting) servesItsClients(t *testing.T) {
	t.Helper()
	admin := visit(t, g.Address).signIn(t, "gaoyuan", demoPassword)
	made := g.register(t, admin)
	out, err := exec.CommandContext(t.Context(), "go", "run", "../../openapi/client/example", g.Address, "HTN-24", made.Client, made.Key).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "saved once: Systolic") || !strings.Contains(string(out), "the feed tells: ") {
		t.Errorf("the example of the Go client: %v\n%s", err, out)
	}
	g.refusesItsClients(t, admin, made)
}

// refusesItsClients sends what programs send by mistake. Each is refused with a stable code, the place of the mistake, a sentence in both
// languages and the trace to ask about, and changes nothing.
func (g greeting) refusesItsClients(t *testing.T, admin *visitor, made aProgram) {
	t.Helper()
	const study = "/api/v1/studies/HTN-24"
	former := g.register(t, admin)
	get[aProgram](t, admin, http.StatusCreated, "POST", "/api/v1/clients/"+former.Client+"/keys", `{"overlap":0}`)
	v := stranger(t, g.Address)
	ask := func(key, method, path, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		return v.ask(t, method, path, body, append(headers, "Authorization", "Bearer "+key, "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")...)
	}
	_, enrolled := ask(made.Key, "POST", study+"/subjects", `{"site":"03","subject":"HTN-03-098"}`)
	form := study + "/subjects/" + parsed[struct{ Subject string }](t, enrolled).Subject + "/forms/E.BL/1/F.VS/1"
	save := `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"131"}]}`
	if answer, text := ask(made.Key, "PATCH", form, save, "If-None-Match", "*", "Idempotency-Key", "bad-1"); answer.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	seen := []string{"If-Match", `"1"`}
	for _, c := range []struct {
		what, key, method, path, body string
		headers                       []string
		status                        int
		code, place                   string
	}{
		{"an unknown field", made.Key, "PATCH", form, `{"items":[{"group":"IG.VS","itme":"IT.SYS"}]}`, seen, 400, "request.json.unknown_name", "/items/0/itme"},
		{"a wrong type", made.Key, "PATCH", form, `{"items":[{"group":"IG.VS","value":131}]}`, seen, 400, "request.json.type", "/items/0/value"},
		{"a name that stands twice", made.Key, "PATCH", form, `{"items":[],"items":[]}`, seen, 400, "request.json.duplicate_name", "/items"},
		{"a value that is none", made.Key, "PATCH", form, strings.Replace(save, "131", "high", 1), seen, 422, "odm.value.integer", "IG.VS/1/IT.SYS"},
		{"too much", made.Key, "PATCH", form, `{"reason":"` + strings.Repeat("x", 2<<20) + `"}`, seen, 413, "request.too_large", ""},
		{"another study", made.Key, "GET", "/api/v1/studies/OTHER/changes", "", nil, 404, "trial.unknown", "study"},
		{"a subject of another site", made.Key, "GET", study + "/subjects/HTN-01-001/forms/E.BL/1/F.VS/1", "", nil, 404, "patient.unknown", "subject"},
		{"an item that is not there", made.Key, "PATCH", form, strings.Replace(save, "IT.SYS", "IT.NONE", 1), seen, 422, "record.item_unknown", "IG.VS/1/IT.NONE"},
		{"a cursor of another study", made.Key, "GET", study + "/changes?after=OTHER:7", "", nil, 400, "platform.cursor_study", "after"},
		{"a scope that it lacks", made.Key, "GET", study + "/webhooks", "", nil, 403, "auth.forbidden", ""},
		{"an expired key", former.Key, "GET", study + "/changes", "", nil, 401, "auth.token.refused", ""},
		{"a key that was made up", made.Key[:len(made.Key)-1] + "x", "GET", study + "/changes", "", nil, 401, "auth.token.refused", ""},
		{"a request sent again with another body", made.Key, "PATCH", form, strings.Replace(save, "131", "132", 1), []string{"If-None-Match", "*", "Idempotency-Key", "bad-1"}, 409, "record.request_reused", "Idempotency-Key"},
		{"a change without its reason", made.Key, "PATCH", form, strings.Replace(save, "131", "132", 1), seen, 422, "record.reason_required", "IG.VS/1/IT.SYS"},
		{"a limit out of range", made.Key, "GET", study + "/changes?limit=5000", "", nil, 400, "platform.limit", "limit"},
	} {
		answer, text := ask(c.key, c.method, c.path, c.body, c.headers...)
		p := parsed[struct {
			Code, Place, TraceID, Detail string
			Texts                        map[string]string
		}](t, text)
		if answer.StatusCode != c.status || p.Code != c.code || p.Place != c.place {
			t.Errorf("%s: %d %s at %q, want %d %s at %q", c.what, answer.StatusCode, p.Code, p.Place, c.status, c.code, c.place)
		}
		if answer.Header.Get("Content-Type") != "application/problem+json" || p.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || p.Texts["en"] == "" || !han.MatchString(p.Texts["zh-CN"]) {
			t.Errorf("%s: %s", c.what, text)
		}
	}
	if answer, _ := ask(made.Key, "GET", form, ""); answer.Header.Get("ETag") != `"1"` {
		t.Errorf("something was changed: %s", answer.Header.Get("ETag"))
	}
}

var han = regexp.MustCompile(`\p{Han}`)
