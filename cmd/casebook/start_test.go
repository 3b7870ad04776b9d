package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	live "casebook/settings"
	"casebook/store/storetest"
)

var (
	keptShape    = regexp.MustCompile(`msg="settings: the database does not answer; the release that was last in force here is taken" release=(\d+)`)
	answersShape = regexp.MustCompile(`msg="store: (the database answers)"`)
)

// released leaves the house with one release of settings, in force and kept, and with an account for linyue.
func (h *house) released(t *testing.T) {
	t.Helper()
	a, err := h.database().open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	a.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	as := func(who casebook.UserID) context.Context {
		return casebook.WithActor(t.Context(), casebook.Actor{User: who, Role: "admin", Location: "test"})
	}
	draft, err := a.settings.Propose(as("gaoyuan"), []live.Change{{Assignment: live.Assignment{Key: "api.client_rate", Value: "75"}}}, "more at night")
	if err == nil {
		_, err = a.settings.Approve(as("second"), draft.ID, live.Trial{}, "")
	}
	if err == nil {
		err = a.settings.Load(t.Context())
	}
	if err == nil {
		err = a.people.CreatePerson(as("gaoyuan"), auth.NewPerson{User: "linyue", Name: "Lin Yue", Locale: "en", Password: password})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAProcessStartsWithItsLastSettingsWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	storetest.Cluster(t) // or it is skipped
	dsn, err := storetest.Start("fsync=off", "full_page_writes=off", "synchronous_commit=off")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{engine: "postgres", folder: t.TempDir(), dsn: dsn}
	h.released(t)
	storetest.Control(t, dsn, "stop")

	// Whoever never had settings there has none to start with, and a damaged copy is none either.
	other := &house{engine: "postgres", folder: t.TempDir(), dsn: dsn}
	call(t, other.args("serve", "--addr", "127.0.0.1:0")...).refused(t, "open the database")
	text, err := os.ReadFile(filepath.Join(h.folder, "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(text), `"75"`, `"76"`, 1)
	if err := os.WriteFile(filepath.Join(other.folder, "settings.json"), []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, other.args("serve", "--addr", "127.0.0.1:0")...).refused(t, "is damaged")

	p := start(t, nil, h.args("serve", "--addr", "127.0.0.1:0")...)
	if release := p.says(t, keptShape); release != "1" {
		t.Errorf("it starts with release %s", release)
	}
	v := stranger(t, p.says(t, addressShape))
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable, "/": http.StatusOK, "/api/v1/session": http.StatusUnauthorized} {
		if answer, body := v.ask(t, "GET", path, ""); answer.StatusCode != want {
			t.Errorf("%s while the database is down: %d %s", path, answer.StatusCode, body)
		}
	}
	answer, body := v.ask(t, "POST", "/api/v1/session", `{"user":"linyue","password":"`+password+`"}`)
	if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "store.unavailable") || answer.Header.Get("Retry-After") == "" {
		t.Errorf("signing in while the database is down: %d %s", answer.StatusCode, body)
	}

	storetest.Control(t, dsn, "start")
	p.says(t, answersShape)
	visit(t, v.address).signIn(t, "linyue", password)
}

func TestServeAsksEverybodyForASecondFactorUnlessItIsToldOtherwise(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]int{"all": len(auth.Staff()), "none": 0, "monitor, admin": 2} {
		if roles, err := wantingFactor(names); err != nil || len(roles) != want {
			t.Errorf("%s: %v %v", names, roles, err)
		}
	}
	if _, err := wantingFactor("surgeon"); casebook.KindOf(err) != casebook.Invalid {
		t.Errorf("a role that there is not: %v", err)
	}
	h := build(t, "sqlite")
	a, err := h.database().open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(a.people.CreatePerson(t.Context(), auth.NewPerson{User: "linyue", Name: "Lin Yue", Locale: "en", Password: password}),
		a.people.GrantRole(t.Context(), "linyue", auth.Grant{Study: casebook.Platform, Role: auth.Admin}))
	a.close()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		env    []string
		status int
	}{{"by itself", []string{"CASEBOOK_SECOND_FACTOR=all"}, http.StatusForbidden}, {"none", nil, http.StatusOK}} { // the second is the control
		p := start(t, c.env, h.args("serve", "--addr", "127.0.0.1:0")...)
		v := visit(t, p.says(t, addressShape)).signIn(t, "linyue", password)
		if answer, body := v.ask(t, "GET", "/api/v1/people", ""); answer.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, answer.StatusCode, body)
		}
		if answer, _ := v.ask(t, "POST", "/api/v1/account/factor/offer", "{}"); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: a second factor cannot be set up: %d", c.name, answer.StatusCode)
		}
		p.stop(t)
	}
}
