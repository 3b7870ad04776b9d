package site_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/site"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, site.Migrations}

// A house is the product around the study office: the study HTN-24 with an open site 01 and a planned site 02, in a
// browser's reach.
type house struct {
	t        testing.TB
	clock    *casebook.Clock
	db       *store.DB
	ledger   *ledger.Ledger
	people   *auth.Service
	trials   *trial.Service
	patients *patient.Service
	sites    *site.Service
	address  string
	client   *http.Client
	mu       sync.Mutex
	cookies  map[string]string
}

const (
	study    = casebook.StudyID("HTN-24")
	password = "a password of some length"
)

// noon in Shanghai is when these tests begin.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// staff are who works in the study: at site 01, at site 02, or for the sponsor.
var staff = map[casebook.UserID]auth.Grant{
	"zhou": {Study: study, Site: "01", Role: auth.Investigator}, "lin": {Study: study, Site: "01", Role: auth.Coordinator},
	"mei": {Study: study, Site: "01", Role: auth.Office}, "tang": {Study: study, Site: "02", Role: auth.Coordinator},
	"jiang": {Study: study, Role: auth.ProjectManager}, "chen": {Study: study, Role: auth.Monitor},
}

func both(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, build(t, storetest.DSN(t, engine)))
		})
	}
}

func build(t testing.TB, dsn string) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(noon), cookies: map[string]string{}}
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	db, err := store.Open(t.Context(), dsn, store.Options{World: world, Migrations: migrations, Unsafe: true})
	h.must(err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	h.db, h.ledger = db, ledger.New(db, ledger.Options{})
	h.people, h.patients = auth.New(h.ledger, world), patient.New(h.ledger)
	h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.trials = trial.New(h.ledger, h.patients)
	h.sites = site.New(h.ledger, h.people)
	ctx := h.operator()
	_, err = h.trials.Create(ctx, trial.Trial{ID: study, Name: "HTN-24", Environment: trial.Training})
	h.must(err)
	for id, state := range map[casebook.SiteID]trial.SiteState{"01": trial.Active, "02": trial.Planned} {
		_, err = h.trials.AddSite(ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: state})
		h.must(err)
	}
	gate, err := gateway.New(gateway.Options{World: world, Auth: h.people, Trials: h.trials, Routes: slices.Concat(h.people.Routes(), h.sites.Routes())})
	h.must(err)
	server := httptest.NewServer(gate)
	h.address, h.client = server.URL, server.Client()
	t.Cleanup(server.Close)
	return h
}

func (h *house) operator() context.Context {
	return casebook.WithActor(h.t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// as returns somebody's cookie; an account is opened for who has none yet.
func (h *house) as(user casebook.UserID) string {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if cookie := h.cookies[string(user)]; cookie != "" {
		return cookie
	}
	err := h.people.CreatePerson(h.operator(), auth.NewPerson{User: user, Name: string(user), Locale: "en", Password: password})
	if casebook.KindOf(err) != casebook.Conflict {
		h.must(err)
	}
	if g, works := staff[user]; works {
		h.must(h.people.GrantRole(h.operator(), user, g))
	}
	r, err := http.NewRequestWithContext(h.t.Context(), "POST", h.address+"/api/v1/session", strings.NewReader(`{"user":"`+string(user)+`","password":"`+password+`"}`))
	h.must(err)
	r.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(r)
	h.must(err)
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		h.cookies[string(user)] = c.Name + "=" + c.Value
	}
	if h.cookies[string(user)] == "" {
		h.t.Fatalf("%s cannot sign in: %d", user, res.StatusCode)
	}
	return h.cookies[string(user)]
}

// call asks as somebody and reads the answer into out; the code of a refusal comes with its place.
func (h *house) call(user casebook.UserID, method, path, body string, out any) (status int, code string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.address+"/api/v1"+path, strings.NewReader(body))
	h.must(err)
	r.Header.Set("Cookie", h.as(user))
	r.Header.Set("X-Casebook", "1")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := h.client.Do(r)
	h.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	h.must(err)
	if res.StatusCode == http.StatusUnauthorized { // sessions end, and these tests last for days
		h.mu.Lock()
		delete(h.cookies, string(user))
		h.mu.Unlock()
		return h.call(user, method, path, body, out)
	}
	if res.StatusCode >= 400 {
		var problem struct{ Code, Place string }
		h.must(json.Unmarshal(text, &problem, json.MatchCaseInsensitiveNames(true)))
		if res.StatusCode >= 500 {
			h.t.Errorf("%s %s: %s", method, path, text)
		}
		return res.StatusCode, strings.TrimSpace(problem.Code + " " + problem.Place)
	}
	if out != nil {
		if err := json.Unmarshal(text, out, json.MatchCaseInsensitiveNames(true)); err != nil {
			h.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return res.StatusCode, ""
}

// good is call for what must be done.
func (h *house) good(user casebook.UserID, method, path, body string, out any) {
	h.t.Helper()
	if status, code := h.call(user, method, path, body, out); status >= 300 {
		h.t.Fatalf("%s: %s %s: %d %s", user, method, path, status, code)
	}
}

// refused is call for what must not be done.
func (h *house) refused(user casebook.UserID, method, path, body string, status int, code string) {
	h.t.Helper()
	if got, said := h.call(user, method, path, body, nil); got != status || said != code {
		h.t.Errorf("%s: %s %s %s: %d %s; want %d %s", user, method, path, body, got, said, status, code)
	}
}

// clean verifies the study's rows against its ledger.
func (h *house) findings() []ledger.Finding {
	h.t.Helper()
	h.must(h.ledger.Seal(h.t.Context(), study))
	fold := site.NewFold(study)
	var found []ledger.Finding
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		for from := int64(0); ; from += 500 {
			entries, err := ledger.Read(h.t.Context(), tx, study, from, 500)
			if err != nil {
				return err
			}
			for i := range entries {
				fold.Entry(&entries[i])
			}
			if len(entries) < 500 {
				found, err = fold.Compare(h.t.Context(), tx)
				return err
			}
		}
	}))
	return found
}
