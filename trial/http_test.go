package trial_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// A desk is where somebody sits who is signed in.
type desk struct {
	handler http.Handler
	session string
}

// desks serves the trial's routes, and returns a function that seats a new person with grants.
func desks(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) func(user casebook.UserID, grants ...auth.Grant) desk {
	t.Helper()
	world := l.DB().World()
	people, mux := auth.New(l, world), http.NewServeMux()
	people.Cost = auth.Cost{Memory: 64, Passes: 1}
	if err := auth.Mount(mux, people, s.Routes()); err != nil {
		t.Fatal(err)
	}
	handler := (&web.Door{World: world}).Wrap(mux)
	return func(user casebook.UserID, grants ...auth.Grant) desk {
		const password = "quiet-otters-swim-upstream"
		if err := people.CreatePerson(ctx, auth.NewPerson{User: user, Name: "Somebody", Locale: "en", Password: password}); err != nil {
			t.Fatal(err)
		}
		for _, g := range grants {
			if err := people.GrantRole(ctx, user, g); err != nil {
				t.Fatal(err)
			}
		}
		secret, _, err := people.SignIn(ctx, string(user), password, "here", "")
		if err != nil {
			t.Fatal(err)
		}
		return desk{handler, secret}
	}
}

func (d desk) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Cookie", "casebook_session="+d.session)
	r.Header.Set("X-Casebook", "1")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func TestTheAddressesOfTrials(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		must(s.Create(ctx, trial.Trial{ID: "SECRET", Name: "Another sponsor's", Environment: trial.Production}))(t)
		for _, site := range []casebook.SiteID{"01", "02"} {
			must(s.AddSite(ctx, htn.ID, wangshu(site)))(t)
			must(s.Enrol(ctx, htn.ID, patient.Enrolment{Site: site}))(t)
		}
		must(s.Publish(ctx, htn.ID, definition("How are you?")))(t)
		seat := desks(t, ctx, s, l)
		nurse := seat("linyue", auth.Grant{Study: htn.ID, Site: "01", Role: auth.Coordinator})
		boss := seat("gaoyuan", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		for _, c := range []struct {
			who                desk
			method, path, body string
			status             int
			holds              string
		}{
			{nurse, "GET", "/api/v1/studies", "", 200, `{"studies":[{"id":"HTN-24","name":"Hypertension","description":"","environment":"TRAINING",`},
			{nurse, "GET", "/api/v1/studies", "", 200, `"version":1,"sites":2,"subjects":2,"roles":["coordinator"]}]}`},
			{boss, "GET", "/api/v1/studies", "", 200, `{"studies":[]}`},
			{nurse, "GET", "/api/v1/studies/HTN-24", "", 200, `"sites":[{"id":"01","name":{"en":"Wangshu","zh-CN":"望舒"},"zone":"Asia/Shanghai","state":"active"`},
			{nurse, "GET", "/api/v1/studies/HTN-24", "", 200, `"roles":[{"role":"coordinator","site":"01"}]`},
			{nurse, "GET", "/api/v1/studies/SECRET", "", 404, `"trial.unknown"`},
			{nurse, "GET", "/api/v1/studies/NONE", "", 404, `"trial.unknown"`},
			{nurse, "GET", "/api/v1/studies/HTN-24/definition", "", 200, `{"version":1,"hash":"`},
			{nurse, "GET", "/api/v1/studies/HTN-24/definition?version=1", "", 200, `"definition":{"oid":"MDV.1"`},
			{nurse, "GET", "/api/v1/studies/HTN-24/definition?version=2", "", 404, `"trial.version_unknown"`},
			{nurse, "GET", "/api/v1/studies/HTN-24/definition?version=0", "", 400, `"trial.version_number"`},
			{nurse, "POST", "/api/v1/studies/HTN-24/subjects", `{"site":"01"}`, 201, `{"subject":"01-002","site":"01","status":"enrolled"`},
			{nurse, "POST", "/api/v1/studies/HTN-24/subjects", `{"site":"02"}`, 404, `"trial.site_unknown"`},
			{nurse, "POST", "/api/v1/studies/HTN-24/subjects", `{"site":"01","subject":"01-001"}`, 409, `"patient.exists"`},
			{nurse, "POST", "/api/v1/studies/HTN-24/subjects", `{"site":"01","Site":"02"}`, 400, `"request.json.unknown_name"`},
			{nurse, "PUT", "/api/v1/studies/HTN-24/subjects/01-002/status", `{"status":"withdrawn","reason":"moved away"}`, 200, `"status":"withdrawn"`},
			{nurse, "PUT", "/api/v1/studies/HTN-24/subjects/01-001/status", `{"status":"withdrawn","reason":""}`, 422, `"patient.reason_required"`},
			{nurse, "PUT", "/api/v1/studies/HTN-24/subjects/02-001/status", `{"status":"withdrawn","reason":"x"}`, 404, `"patient.unknown"`},
			{nurse, "PUT", "/api/v1/studies/HTN-24/subjects/nobody/status", `{"status":"withdrawn","reason":"x"}`, 404, `"patient.unknown"`},
		} {
			w := c.who.ask(c.method, c.path, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
				t.Errorf("%s %s: %d %s\nwant %d with %s", c.method, c.path, w.Code, w.Body, c.status, c.holds)
			}
		}
	})
}

func TestABrowserKeepsTheDefinitionUntilThereIsANewerOne(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		must(s.Publish(ctx, htn.ID, definition("one")))(t)
		nurse := desks(t, ctx, s, l)("linyue", auth.Grant{Study: htn.ID, Site: "01", Role: auth.Coordinator})
		const path = "/api/v1/studies/HTN-24/definition"
		first := nurse.ask("GET", path, "")
		etag := first.Header().Get("ETag")
		if again := nurse.ask("GET", path, "", "If-None-Match", etag); etag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("the same again: %d with ETag %q", again.Code, etag)
		}
		must(s.Publish(ctx, htn.ID, definition("two")))(t)
		if newer := nurse.ask("GET", path, "", "If-None-Match", etag); newer.Code != http.StatusOK || !strings.HasPrefix(newer.Body.String(), `{"version":2`) {
			t.Errorf("after the next version: %d %s", newer.Code, newer.Body)
		}
	})
}

func TestEnrollingByHTTPRecordsWhoInWhichRoleAndWhere(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		must(s.AddSite(ctx, htn.ID, wangshu("01")))(t)
		nurse := desks(t, ctx, s, l)("linyue", auth.Grant{Study: htn.ID, Site: "01", Role: auth.Coordinator})
		trace := strings.Repeat("ef", 16)
		nurse.ask("POST", "/api/v1/studies/HTN-24/subjects", `{"site":"01"}`, "Traceparent", "00-"+trace+"-0123456789abcdef-01")
		var history []ledger.Entry
		err := l.DB().View(ctx, func(tx *store.Tx) (err error) {
			history, err = ledger.Subject(ctx, tx, htn.ID, "01-001")
			return err
		})
		if err != nil || len(history) != 1 {
			t.Fatalf("%d entries %v", len(history), err)
		}
		if e := history[0]; e.Actor != "linyue" || e.Role != "coordinator" || e.Location != "01" || e.Trace != trace || e.What != patient.VerbEnrolled {
			t.Errorf("recorded %+v", e)
		}
	})
}
