package auth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"

	"casebook"
)

// named is how a session's owner is told of it.
func named(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])[:24]
}

// TestWhoEndsSessionsShowsThatItIsThey finds an open browser and would lock its owner out elsewhere.
func TestWhoEndsSessionsShowsThatItIsThey(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		h := w.server()
		here, phone, desk, bench := w.signIn("lin"), w.signIn("lin"), w.signIn("lin"), w.signIn("lin")
		end := func(path, body string) (int, string, http.Header) {
			return serve(h, request("DELETE", "/api/v1/account/sessions"+path, here, body))
		}
		tried := 0
		for _, wrong := range []string{`{}`, `{"password":"not the password"}`} {
			for _, path := range []string{"", "/" + named(phone)} {
				if status, code, _ := end(path, wrong); status != 422 || code != "auth.proof" {
					w.t.Errorf("%s %s: %d %s", path, wrong, status, code)
				}
				if tried++; w.verbs(casebook.Platform)["auth.sign_in.failed"] != tried {
					w.t.Errorf("%d attempts are not %d entries", tried, w.verbs(casebook.Platform)["auth.sign_in.failed"])
				}
			}
		}
		if !w.alive(phone) || !w.alive(desk) || !w.alive(bench) {
			w.t.Fatal("a session ended without the password")
		}
		right := `{"password":"` + password + `"}`
		if status, code, _ := end("/"+named(phone), right); status != 200 || w.alive(phone) || !w.alive(desk) {
			w.t.Errorf("with the password: %d %s, phone %t, desk %t", status, code, w.alive(phone), w.alive(desk))
		}
		if status, code, _ := end("/no-such-session", right); status != 404 || code != "auth.session.unknown" {
			w.t.Errorf("a session that is not there: %d %s", status, code)
		}
		before := w.verbs(casebook.Platform)["auth.signed_out"]
		if status, code, _ := end("", right); status != 200 || w.alive(desk) || w.alive(bench) || !w.alive(here) {
			w.t.Errorf("all others: %d %s, desk %t, bench %t, here %t", status, code, w.alive(desk), w.alive(bench), w.alive(here))
		}
		if got := w.verbs(casebook.Platform)["auth.signed_out"] - before; got != 2 {
			w.t.Errorf("%d of two ended sessions are in the ledger", got)
		}
		if status, code, _ := end("", right); status != 200 {
			w.t.Errorf("there are no others: %d %s", status, code)
		}
		end("", `{"password":"a fifth guess"}`)
		if status, code, header := end("", right); status != 429 || code != "auth.throttled" || header.Get("Retry-After") == "" {
			w.t.Errorf("after five guesses: %d %s", status, code)
		}
		if status, code, _ := serve(h, request("DELETE", "/api/v1/session", here, "")); status != 204 || w.alive(here) {
			w.t.Errorf("signing out asks for something: %d %s", status, code)
		}
	})
}
