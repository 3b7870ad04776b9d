package auth_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// TestAccessIsReviewedAndSigned goes through a year of reviews by the addresses of the page.
func TestAccessIsReviewedAndSigned(t *testing.T) {
	inWards(t, func(w *ward) {
		l := ledger.New(w.db, ledger.Options{})
		w.person("gao", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		left := auth.Grant{Study: "HTN-24", Site: "01", Role: auth.Coordinator}
		w.person("lin", left)
		w.person("mona", auth.Grant{Study: "HTN-24", Role: auth.Monitor})
		h := w.server()
		ask := func(method, path, body string, status int) (out struct {
			Content, Code, Name string
			Due                 time.Time
			Overdue             bool
			Number              int
			Reviews             []auth.Review
		}) {
			w.t.Helper()
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, request(method, path, w.signIn("gao"), body))
			if rec.Code != status {
				w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
			w.must(json.Unmarshal(rec.Body.Bytes(), &out, json.MatchCaseInsensitiveNames(true)))
			return out
		}
		review := func(content, revoke, password string, status int) string {
			return ask("POST", "/api/v1/people/reviews", fmt.Sprintf(`{"content":%q,"revoke":[%s],"note":"lin went to another ward","user":"gao","password":%q}`, content, revoke, password), status).Code
		}
		begun := w.clock.Now()
		if r := ask("GET", "/api/v1/people/reviews", "", 200); r.Overdue || !r.Due.Equal(begun.AddDate(0, 0, 90)) || len(r.Reviews) != 0 {
			w.t.Errorf("before the first: %+v", r)
		}
		w.clock.Add(90 * 24 * time.Hour)
		if !ask("GET", "/api/v1/people/reviews", "", 200).Overdue {
			w.t.Error("after 90 days the first is not overdue")
		}
		seen := ask("GET", "/api/v1/people", "", 200).Content
		taken := `{"user":"lin","study":"HTN-24","site":"01","role":"coordinator"}`
		w.must(w.auth.GrantRole(w.ctx(), "mona", auth.Grant{Study: "ONC-7", Role: auth.Monitor}))
		for _, c := range []struct {
			content, revoke, password, code string
			status                          int
		}{
			{seen, taken, password, "auth.review.changed", 412},
			{seen, taken, "not the password", "auth.sign.failed", 422},
			{seen, `{"user":"lin","study":"HTN-24","site":"02","role":"coordinator"}`, password, "auth.role.not_held", 404},
			{seen, `{"user":"gao","study":"platform","site":"","role":"admin"}`, password, "auth.person.self", 409},
		} {
			if code := review(c.content, c.revoke, c.password, c.status); code != c.code {
				w.t.Errorf("%s %s: %q, want %q", c.revoke, c.password, code, c.code)
			}
		}
		if r := ask("GET", "/api/v1/people/reviews", "", 200); len(r.Reviews) != 0 || !w.holds("lin", left) {
			w.t.Errorf("what was refused has left %v", r.Reviews)
		}
		review(ask("GET", "/api/v1/people", "", 200).Content, taken, password, 201)
		r := ask("GET", "/api/v1/people/reviews", "", 200)
		if len(r.Reviews) != 1 || r.Overdue || r.Reviews[0].Name != "gao" || r.Reviews[0].People != 3 || r.Reviews[0].Grants != 4 || len(r.Reviews[0].Revoked) != 1 || w.holds("lin", left) {
			w.t.Errorf("after the review: %+v", r)
		}
		w.clock.Add(time.Second)
		review(ask("GET", "/api/v1/people", "", 200).Content, "", password, 201)
		w.must(l.Seal(w.t.Context(), casebook.Platform))
		if rows := w.findings(l); len(rows) > 0 {
			w.t.Fatalf("the control: %v", rows)
		}
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(w.t.Context(), `UPDATE auth_review SET people = 30 WHERE number = 1`)
			return err
		}))
		if rows := strings.Join(w.findings(l), "; "); rows != "auth_review 1" {
			w.t.Errorf("found: %s", rows)
		}
	})
}

func (w *ward) holds(user string, g auth.Grant) bool {
	w.t.Helper()
	p, err := w.auth.Authenticate(request("GET", "/", w.signIn(user), ""))
	w.must(err)
	for _, h := range p.Grants {
		if h == g {
			return true
		}
	}
	return false
}
