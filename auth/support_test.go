package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// Who runs the installation sees nothing of a study until somebody else lets them look, for a reason and a time; then they read and
// change nothing, and it ends by itself or before.
func TestWhoHelpsLooksIntoAStudyForATime(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("op", auth.Grant{Study: casebook.Platform, Role: auth.Operator})
		w.person("sec", auth.Grant{Study: casebook.Platform, Role: auth.Security})
		done := func(rw http.ResponseWriter, _ *http.Request) error { return web.JSON(rw, http.StatusOK, "done") }
		server := w.server(auth.Route{Pattern: "GET /api/v1/studies/{study}/sites/queries", Policy: auth.InStudy(auth.StudyRead), Handle: done}, auth.Route{Pattern: "GET /api/v1/studies/{study}/queries", Policy: auth.InStudy(auth.StudyRead), Handle: done},
			auth.Route{Pattern: "POST /api/v1/studies/{study}/queries", Policy: auth.InStudy(auth.StudyManage), Handle: done})
		op := w.signIn("op")
		asks := func(method, study string, want int) {
			t.Helper()
			if status, code, _ := serve(server, request(method, "/api/v1/studies/"+study+"/queries", op, "")); status != want {
				w.t.Errorf("%s: %s in %s is answered %d %s, not %d", w.clock.Now().Format(time.TimeOnly), method, study, status, code, want)
			}
		}
		give := func(user, body string) (int, string) {
			status, code, _ := serve(server, request("POST", "/api/v1/people/"+user+"/support", w.signIn("sec"), body))
			return status, code
		}
		asks("GET", "HTN-24", 404)
		for body, want := range map[string]string{`{"study":"HTN-24","hours":1,"reason":""}`: "auth.reason", `{"study":"HTN-24","hours":0,"reason":"x"}`: "auth.support.time",
			`{"study":"HTN-24","hours":73,"reason":"x"}`: "auth.support.time", `{"study":"platform","hours":1,"reason":"x"}`: "auth.role.place"} {
			if _, code := give("op", body); code != want {
				w.t.Errorf("%s: %s", body, code)
			}
		}
		if _, code := give("sec", `{"study":"HTN-24","hours":1,"reason":"x"}`); code != "auth.person.self" {
			w.t.Errorf("oneself: %s", code)
		}
		asks("GET", "HTN-24", 404)
		if status, code := give("op", `{"study":"HTN-24","hours":1,"reason":"the list of queries is slow"}`); status != http.StatusCreated {
			w.t.Fatal(status, code)
		}
		for range 6 { // ten minutes each, or the session ends unused
			asks("GET", "HTN-24", 200)
			asks("GET", "HTN-24", 200) // a page that asks again: no entry more
			asks("GET", "HTN-24/sites", 200)
			asks("POST", "HTN-24", 403)
			asks("GET", "ONC-7", 404)
			w.clock.Add(10 * time.Minute)
		}
		asks("GET", "HTN-24", 404)
		if n := w.verbs("HTN-24")["auth.support.looked"]; n != 12 {
			w.t.Errorf("the study's ledger tells of %d looks, not of one a round at each of two addresses", n)
		}
		if status, code := give("op", `{"study":"HTN-24","hours":1,"reason":"once more"}`); status != http.StatusCreated {
			w.t.Fatal(status, code)
		}
		asks("GET", "HTN-24", 200)
		w.must(w.auth.WithdrawSupport(w.ctx(), "op", "HTN-24", "it is found"))
		asks("GET", "HTN-24", 404)
		if code := codeOf(w, w.auth.WithdrawSupport(w.ctx(), "op", "HTN-24", "again")); code != "auth.support.none" {
			w.t.Errorf("twice: %s", code)
		}
		if code := codeOf(w, w.auth.GrantRole(w.ctx(), "op", auth.Grant{Study: "HTN-24", Role: auth.SupportRole})); code != "auth.role.unknown" {
			w.t.Errorf("for ever: %s", code)
		}
		w.clock.Add(time.Second)
		give("op", `{"study":"HTN-24","hours":1,"reason":"a third time"}`)
		l := ledger.New(w.db, ledger.Options{})
		w.must(l.Seal(w.t.Context(), casebook.Platform))
		if rows := w.findings(l); len(rows) > 0 {
			w.t.Fatalf("the control: %v", rows)
		}
		for _, sql := range []string{`UPDATE auth_support SET until = until * 2`, `UPDATE auth_support SET until = until / 2, reason = 'another'`, `UPDATE auth_support SET reason = 'a third time', by_user = 'gao'`} {
			w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(w.t.Context(), sql)
				return err
			}))
			if rows := strings.Join(w.findings(l), "; "); rows != "auth_support op/HTN-24" {
				w.t.Errorf("%s: %s", sql, rows)
			}
		}
	})
}
