package auth_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/vault"
	"casebook/web"
	"go.uber.org/goleak"
)

var migrations = []fs.FS{ledger.Migrations, auth.Migrations}

const password = "violet tram 47 harbour"

// ward is a server with its people: lin coordinates site 01, mona monitors all of HTN-24, root administers.
type ward struct {
	t     *testing.T
	clock *casebook.Clock
	world casebook.World
	db    *store.DB
	auth  *auth.Service
}

// inWards runs fn on both engines, each with a clock of its own.
func inWards(t *testing.T, fn func(w *ward)) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := casebook.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
			world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
			db := storetest.Open(t, storetest.DSN(t, engine), world, migrations)
			people := auth.New(ledger.New(db, ledger.Options{}), world)
			people.Cost = auth.Cost{Memory: 64, Passes: 1}
			people.Keys = ring(make([]byte, 32))
			fn(&ward{t: t, clock: clock, world: world, db: db, auth: people})
		})
	}
}

// ring is the ring of keys that do not change.
func ring(keys ...vault.Key) *vault.Ring {
	return vault.NewRing(func() ([]vault.Key, error) { return keys, nil })
}

func (w *ward) ctx() context.Context {
	return casebook.WithActor(w.t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
}

func (w *ward) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// officer counts what the security officer is told.
func (w *ward) officer() *int {
	told := new(int)
	w.auth.Guessed = func(context.Context, *store.Tx) error { *told++; return nil }
	return told
}

func (w *ward) person(id string, grants ...auth.Grant) {
	w.t.Helper()
	w.must(w.auth.CreatePerson(w.ctx(), auth.NewPerson{User: casebook.UserID(id), Name: id, Locale: "en", Password: password}))
	for _, g := range grants {
		w.must(w.auth.GrantRole(w.ctx(), casebook.UserID(id), g))
	}
}

// request is a request from a browser on our own pages, with the session's secret or none.
func request(method, path, secret, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if secret != "" {
		name := "casebook_session"
		if r.TLS != nil {
			name = "__Host-" + name
		}
		r.AddCookie(&http.Cookie{Name: name, Value: secret})
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-Casebook", "1")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (w *ward) signIn(user string) string {
	w.t.Helper()
	secret, _, err := w.auth.SignIn(w.t.Context(), user, password, "10.0.0.1", "")
	w.must(err)
	return secret
}

func (w *ward) server(routes ...auth.Route) http.Handler {
	w.t.Helper()
	mux := http.NewServeMux()
	w.must(auth.Mount(mux, w.auth, append(w.auth.Routes(), routes...)))
	return (&web.Door{World: w.world}).Wrap(mux)
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func serve(h http.Handler, r *http.Request) (status int, code string, header http.Header) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	var p struct{ Code string }
	json.Unmarshal(rec.Body.Bytes(), &p)
	return rec.Code, p.Code, rec.Header()
}

// verbs counts the entries of a study by verb.
func (w *ward) verbs(study casebook.StudyID) map[string]int {
	w.t.Helper()
	n := map[string]int{}
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.Each(w.t.Context(), func(r *store.Rows) error {
			var what string
			var count int
			err := r.Scan(&what, &count)
			n[what] = count
			return err
		}, `SELECT what, count(*) FROM ledger_entry WHERE study_id = $1 GROUP BY what`, study)
	}))
	return n
}

// news are what the platform's entries of a kind say is new.
func (w *ward) news(what string) (all []string) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
		found, err := ledger.Search(w.t.Context(), tx, casebook.Platform, ledger.Filter{What: what, AllSites: true}, ledger.Place{}, 100)
		for _, e := range found.Entries {
			all = append(all, e.New)
		}
		return err
	}))
	return all
}

func TestSomebodySignsInWorksAndSignsOut(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Site: "01", Role: auth.Coordinator})
		h := w.server()
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, request("POST", "/api/v1/session", "", `{"user":" Lin","password":"`+password+`"}`))
		if rec.Code != 200 {
			w.t.Fatal(rec.Code, rec.Body)
		}
		want := `{"user":{"id":"lin","name":"lin","locale":"en"},"studies":[{"id":"HTN-24","roles":[{"role":"coordinator","site":"01"}]}],"idle":900}`
		if rec.Body.String() != want {
			w.t.Errorf("answered %s", rec.Body)
		}
		cookie := rec.Result().Cookies()[0]
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Name != "casebook_session" || len(cookie.Value) != 43 {
			w.t.Errorf("cookie %v", cookie)
		}
		if status, _, _ := serve(h, request("GET", "/api/v1/session", cookie.Value, "")); status != 200 {
			w.t.Error("not signed in:", status)
		}
		if status, _, _ := serve(h, request("DELETE", "/api/v1/session", cookie.Value, "")); status != 204 {
			w.t.Error("not signed out:", status)
		}
		if status, code, _ := serve(h, request("GET", "/api/v1/session", cookie.Value, "")); status != 401 || code != "auth.signed_out" {
			w.t.Error("still signed in:", status, code)
		}
		if v := w.verbs(casebook.Platform); v["auth.signed_in"] != 1 || v["auth.signed_out"] != 1 || v["auth.person.created"] != 1 || v["auth.role.granted"] != 1 {
			w.t.Errorf("the platform's log holds %v", v)
		}
	})
}
