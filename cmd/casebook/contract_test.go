package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// keepsToItsDocument asks the demo everything that can be asked without changing anything, as each of people, and
// holds the answers against the document: what really comes is what the document tells of.
func (g greeting) keepsToItsDocument(t *testing.T, people []login) {
	t.Helper()
	at := things{"study": "HTN-24", "trialId": "HTN-24", "site": "03", "subject": "HTN-03-008", "event": "E.SCR", "eventRepeat": "1", "form": "F.VS", "formRepeat": "1",
		"kri": "kri0001", "template": "sponsor", "number": "1"}
	queries := map[string]string{"/versions/diff": "?from=1&to=1", "/history": "?group=IG.VS&repeat=1&item=IT.SYS", "/settings/explain": "?key=api.client_rate",
		"/past": "?at=2026-11-01T00:00:00Z", "/diff": "?from=2026-01-01T00:00:00Z&to=2026-11-01T00:00:00Z", "/reviews": "?kind=sdv", "/export": "?format=csv", "/changes": "?limit=20"}
	good := map[string]bool{}
	for _, l := range people {
		v := visit(t, g.Address).signIn(t, l.User, l.Password)
		for _, pattern := range contract().Patterns("GET") {
			if strings.HasSuffix(pattern, "/live") {
				continue // it does not end
			}
			path := placeholder.ReplaceAllStringFunc(strings.TrimPrefix(pattern, "GET "), func(name string) string { return at[strings.Trim(name, "{}")] })
			for end, query := range queries {
				if strings.HasSuffix(path, end) {
					path += query
				}
			}
			answer, body := v.ask(t, "GET", path, "")
			if err := contract().Answer(pattern, answer.StatusCode, answer.Header.Get("Content-Type"), []byte(body)); err != nil && !strings.Contains(path, "//") {
				t.Errorf("%s, %s: %v", path, l.User, err)
			}
			if answer.StatusCode == http.StatusOK {
				good[pattern] = true
			}
		}
	}
	t.Logf("%d addresses answered as the document says", len(good))
	if len(good) < 50 {
		t.Errorf("only %d addresses answered: %v", len(good), good)
	}
}

// oneOfEachRole leaves the first of each role.
func oneOfEachRole(all []login) (few []login) {
	for _, l := range all {
		if !slices.ContainsFunc(few, func(f login) bool { return f.Role == l.Role }) {
			few = append(few, l)
		}
	}
	return few
}
