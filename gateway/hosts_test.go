package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/gateway"
	"casebook/web"
)

func TestPatientsAndStaffHaveHostsOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := here(t)
	nothing := func(w http.ResponseWriter, r *http.Request) error { return web.JSON(w, http.StatusOK, true) }
	routes := append(h.people.Routes(), auth.Route{Pattern: "GET /api/v1/epro/plan", Policy: auth.Public, Handle: nothing},
		auth.Route{Pattern: "POST /report", Policy: auth.Public, Handle: nothing}, auth.Route{Pattern: "POST /api/v1/reports/batch", Policy: auth.Public, Handle: nothing})
	for _, apart := range []bool{true, false} { // what is at one host is at every host where no name was given
		o := gateway.Options{World: casebook.Outside(), Auth: h.people, Routes: routes}
		if apart {
			o.PatientsHost = "diary.example.org"
		}
		g, err := gateway.New(o)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(host, method, path string) *http.Response {
			r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			return w.Result()
		}
		for _, at := range []struct {
			host     string
			patients bool
		}{{"diary.example.org", true}, {"DIARY.example.org.:8443", true}, {"staff.example.org", false}, {"127.0.0.1:8080", false}, {"[::1]", false}} {
			for _, c := range []struct {
				method, path string
				patients     bool // whose it is
			}{
				{"GET", "/login", false}, {"GET", "/s/HTN-24", false}, {"GET", "/api/v1/session/ways", false}, {"POST", "/api/v1/session", false}, {"GET", "/trials/HTN-24/patients", false},
				{"GET", "/api/v1/openapi.json", false}, {"GET", "/api/v1/epro/plan", true}, {"GET", "/p/", true},
			} {
				answer := ask(at.host, c.method, c.path)
				moved := answer.Header.Get("Location")
				switch served := answer.StatusCode != http.StatusNotFound && moved == ""; {
				case served != (!apart || at.patients == c.patients):
					t.Errorf("apart %t: %s %s at %s is answered %d", apart, c.method, c.path, at.host, answer.StatusCode)
				case moved != "" && moved != "//diary.example.org/p/":
					t.Errorf("%s at %s leads to %s", c.path, at.host, moved)
				}
			}
			for path, method := range map[string]string{"/report": "POST", "/api/v1/reports/batch": "POST", "/healthz": "GET"} { // at both
				if answer := ask(at.host, method, path); answer.StatusCode == http.StatusNotFound {
					t.Errorf("apart %t: nothing answers %s at %s", apart, path, at.host)
				}
			}
		}
		if answer := ask("diary.example.org", "GET", "/"); apart && answer.Header.Get("Location") != "/p/" {
			t.Errorf("whoever types the patients' name comes to %d %s", answer.StatusCode, answer.Header.Get("Location"))
		}
	}
}
