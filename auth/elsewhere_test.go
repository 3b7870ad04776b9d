package auth_test

import (
	"net/http"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/web"
)

// A stream of a study that is elsewhere has no deadline, and its reader's rights are here.
func TestAStreamFromElsewhereEndsWithTheRightToIt(t *testing.T) {
	inWards(t, func(w *ward) {
		begun, kept := make(chan string, 1), false
		w.auth.Elsewhere = func(study casebook.StudyID) web.HandlerFunc {
			if study != "FAR-1" {
				return nil
			}
			return func(rw http.ResponseWriter, r *http.Request) error {
				begun <- string(casebook.ActorFrom(r.Context()).User)
				<-r.Context().Done()
				rw.WriteHeader(http.StatusOK)
				return nil
			}
		}
		w.person("mona", auth.Grant{Study: "FAR-1", Role: auth.Monitor}, auth.Grant{Study: "HTN-24", Role: auth.Monitor})
		here := func(rw http.ResponseWriter, r *http.Request) error {
			kept = auth.From(r.Context()).Allows(auth.SignalRead, "HTN-24", "01")
			return echo(rw, r)
		}
		server, secret := w.server(auth.Route{Pattern: "GET /api/v1/studies/{study}/live", Policy: auth.SiteInside(auth.SignalRead), Handle: here}), w.signIn("mona")
		if status, _, _ := serve(server, request("GET", "/api/v1/studies/HTN-24/live", secret, "")); status != http.StatusOK || !kept {
			t.Errorf("a study of this database: %d", status)
		}
		ended := make(chan int, 1)
		go func() {
			status, _, _ := serve(server, request("GET", "/api/v1/studies/FAR-1/live", secret, ""))
			ended <- status
		}()
		if who := <-begun; who != "mona" {
			t.Errorf("handed on for %q", who)
		}
		select {
		case <-ended:
			t.Error("ended with the right to it")
		default:
		}
		w.must(w.auth.WithdrawRole(w.ctx(), "mona", auth.Grant{Study: "FAR-1", Role: auth.Monitor}, "left"))
		<-ended
		if status, code, _ := serve(server, request("GET", "/api/v1/studies/FAR-1/live", secret, "")); status != http.StatusNotFound {
			t.Errorf("without the right: %d %s", status, code)
		}
	})
}
