package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	live "casebook/settings"
	"casebook/store/storetest"
	"casebook/trial"
)

// keeps makes a study of the cell with one subject.
func (h *house) keeps(t *testing.T, study casebook.StudyID) {
	t.Helper()
	a, err := h.database().open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	ctx := operator(t.Context())
	definition, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err == nil {
		definition.OID = string(study)
		_, err = a.trials.Import(ctx, definition, trial.Training)
	}
	if err == nil {
		_, err = a.trials.AddSite(ctx, study, trial.Site{ID: "01", Name: odm.Text{"en": "Wangshu Hospital"}, Zone: "Asia/Shanghai"})
	}
	if err == nil {
		_, err = a.trials.Enrol(ctx, study, patient.Enrolment{Site: "01"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// directs gives the house of the gateway a monitor of all of them, an investigator in the south, and the directory.
func (h *house) directs(t *testing.T, cells map[casebook.StudyID]string) {
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
	if err := a.people.CreatePerson(as("gaoyuan"), auth.NewPerson{User: "chenrui", Name: "Chen Rui", Locale: "en", Password: password}); err != nil {
		t.Fatal(err)
	}
	if err := a.people.CreatePerson(as("gaoyuan"), auth.NewPerson{User: "hedong", Name: "He Dong", Locale: "en", Password: password}); err != nil {
		t.Fatal(err)
	}
	if err := a.people.GrantRole(as("gaoyuan"), "hedong", auth.Grant{Study: "SOUTH-1", Site: "01", Role: auth.Investigator}); err != nil {
		t.Fatal(err)
	}
	var rows []live.Change
	for study, cell := range cells {
		rows = append(rows, live.Change{Assignment: live.Assignment{Key: "study.cell", Place: live.Place{Study: study}, Value: cell}})
		if err := a.people.GrantRole(as("gaoyuan"), "chenrui", auth.Grant{Study: study, Role: auth.Monitor}); err != nil {
			t.Fatal(err)
		}
	}
	draft, err := a.settings.Propose(as("gaoyuan"), rows, "where studies live")
	if err == nil {
		_, err = a.settings.Approve(as("second"), draft.ID, live.Trial{}, "")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answers are what visitors of one study were told, until they were asked for.
type answers struct {
	mu      sync.Mutex
	n       map[string]int // by status and code
	slowest time.Duration
}

// ask visits an address until ctx ends.
func (a *answers) ask(ctx context.Context, t *testing.T, v *visitor, path string) {
	for ctx.Err() == nil {
		begun := time.Now()
		answer, text := v.ask(t, "GET", path, "")
		took := time.Since(begun)
		told := fmt.Sprint(answer.StatusCode)
		if _, code, is := strings.Cut(text, `"code":"`); is {
			told += " " + code[:strings.IndexByte(code, '"')]
		}
		if answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "" {
			told += ", and not when to come back"
		}
		a.mu.Lock()
		a.n[told]++
		a.slowest = max(a.slowest, took)
		a.mu.Unlock()
		select { // for the next look, so that the machine has room for what is looked at
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// since returns what was told since the last call.
func (a *answers) since() (n map[string]int, slowest time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, slowest = a.n, a.slowest
	a.n, a.slowest = map[string]int{}, 0
	return n, slowest
}

// wentOn says that a study was served throughout.
func wentOn(n map[string]int) bool { return len(n) == 1 && n["200"] > 0 }

// handsOn does what only a study's own database can answer, through a gateway on another: reads and writes, by who may; signs; and comes with a
// token that the cell alone knows.
func handsOn(t *testing.T, south *house, gate, cell string) {
	t.Helper()
	const study = "/api/v1/studies/SOUTH-1"
	he := visit(t, gate).signIn(t, "hedong", password)
	enrolled := get[struct{ Subject string }](t, he, http.StatusCreated, "POST", study+"/subjects", `{"site":"01"}`).Subject
	trail := get[struct {
		Entries []struct{ By, Role, Site string }
	}](t, he, http.StatusOK, "GET", study+"/trail?subject="+enrolled, "").Entries
	if len(trail) != 1 || trail[0].By != "hedong" || trail[0].Role != "investigator" || trail[0].Site != "01" {
		t.Errorf("the cell's ledger says %+v", trail)
	}
	for _, wrong := range []struct{ path, body, code string }{
		{"/api/v1/studies/NORTH-1/subjects", `{"site":"01"}`, "trial.unknown"},
		{study + "/subjects", `{"site":"02"}`, "trial.site_unknown"},
		{study + "/signatures", `{"user":"hedong","password":"not-his-at-all","meaning":"approval","zone":"UTC","parts":[{"subject":"` + enrolled + `","scope":"","expect":"x"}]}`, "auth.sign.failed"},
	} {
		if answer, text := he.ask(t, "POST", wrong.path, wrong.body); answer.StatusCode < 400 || !strings.Contains(text, wrong.code) {
			t.Errorf("%s %s: %d %s", wrong.path, wrong.body, answer.StatusCode, text)
		}
	}
	if _, text := he.ask(t, "POST", study+"/signatures", `{"user":"hedong","password":"`+password+`","meaning":"approval","zone":"UTC","parts":[{"subject":"`+enrolled+`","scope":"","expect":"x"}]}`); strings.Contains(text, "auth.sign") {
		t.Errorf("his own password: %s", text)
	}
	key := strings.TrimSpace(call(t, south.args("token", "issue", "SOUTH-1", "reader", "--scope", "subject.read")...).done(t).stdout)
	if answer, text := stranger(t, gate).ask(t, "GET", "/trials/SOUTH-1/patients", "", "Authorization", "Bearer "+key); answer.StatusCode != http.StatusOK {
		t.Errorf("a program with the cell's own key: %d %s", answer.StatusCode, text)
	}
	direct := stranger(t, cell)
	direct.session = he.session
	if answer, text := direct.ask(t, "GET", study+"/matrix", ""); answer.StatusCode != http.StatusForbidden || !strings.Contains(text, "request.peers_only") {
		t.Errorf("who comes to the cell itself: %d %s", answer.StatusCode, text)
	}
}

// Two clusters of PostgreSQL keep a study each, with a process of its own before it. One is stopped and its process frozen while people read in
// both: who reads in the other notices nothing, and who reads in it is told so in time. It measures time, so it does not run beside others.
func TestAStudyGoesOnWhileTheCellOfAnotherIsAway(t *testing.T) {
	storetest.Cluster(t) // or it is skipped
	dsn, err := storetest.Start("fsync=off", "full_page_writes=off", "synchronous_commit=off")
	if err != nil {
		t.Fatal(err)
	}
	home := build(t, "postgres") // and the northern cell is on its cluster
	south := &house{engine: "postgres", folder: t.TempDir(), dsn: dsn}
	home.keeps(t, "NORTH-1")
	south.keeps(t, "SOUTH-1")
	home.directs(t, map[casebook.StudyID]string{"NORTH-1": "north", "SOUTH-1": "south", "LOST-1": "atlantis"})

	secret, cells := filepath.Join(home.folder, "peers"), filepath.Join(home.folder, "cells.json")
	if err := os.WriteFile(secret, bytes.Repeat([]byte("s"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	inside := freePort(t)
	cell := func(h *house) (*process, string) {
		p := start(t, nil, h.args("serve", "--roles", "trial,patient,edc", "--peer-addr", "127.0.0.1:0", "--peer-secret", secret, "--people-url", "http://"+inside)...)
		return p, p.says(t, peersShape)
	}
	_, toNorth := cell(home)
	southern, toSouth := cell(south)
	if err := os.WriteFile(cells, fmt.Appendf(nil, `{"north":%q,"south":%q}`, toNorth, toSouth), 0o600); err != nil {
		t.Fatal(err)
	}
	gate := start(t, nil, home.args("serve", "--roles", "gateway,trial,edc", "--addr", "127.0.0.1:0", "--peer-addr", inside, "--peer-secret", secret, "--cells", cells)...)
	address := gate.says(t, addressShape)
	handsOn(t, south, address, toSouth)
	v := visit(t, address).signIn(t, "chenrui", password)
	if answer, text := v.ask(t, "GET", "/trials/LOST-1/patients", ""); answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "gateway.cell_unknown") {
		t.Errorf("a cell that nobody knows: %d %s", answer.StatusCode, text)
	}

	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer func() { stop(); all.Wait() }()
	inNorth, inSouth := &answers{n: map[string]int{}}, &answers{n: map[string]int{}}
	for _, path := range []string{"/trials/%s/patients", "/api/v1/studies/%s/matrix"} {
		all.Go(func() { inNorth.ask(ctx, t, v, fmt.Sprintf(path, "NORTH-1")) })
		all.Go(func() { inSouth.ask(ctx, t, v, fmt.Sprintf(path, "SOUTH-1")) })
	}
	late := hiccup()
	told := func(when string, served bool) {
		t.Helper()
		machine := late()
		defer func() { late = hiccup() }()
		n, _ := inNorth.since()
		if !wentOn(n) {
			t.Errorf("%s the study of the other cell was answered %v", when, n)
		}
		n, slowest := inSouth.since()
		if wentOn(n) != served {
			t.Errorf("%s its own study was answered %v", when, n)
		}
		for told := range n {
			if told != "200" && told != "503 gateway.cell_away" && told != "503 store.unavailable" {
				t.Errorf("%s somebody was told %s", when, told)
			}
		}
		if slowest > 5*time.Second+machine { // what a visitor has: the cell gets four fifths of what is left of it
			t.Errorf("%s somebody waited %v, the machine was up to %v late", when, slowest, machine)
		}
		t.Logf("%s: %v, at most %v", when, n, slowest.Round(time.Millisecond))
	}
	settle := func(want string) {
		t.Helper()
		if _, done := eventually(patience, func() bool {
			inSouth.mu.Lock()
			defer inSouth.mu.Unlock()
			inNorth.mu.Lock()
			defer inNorth.mu.Unlock()
			return inSouth.n[want] >= 2 && len(inNorth.n) > 0
		}); !done {
			n, _ := inSouth.since()
			t.Fatalf("nobody was told %s: %v", want, n)
		}
	}
	settle("200")
	told("while both are there", true)
	storetest.Control(t, dsn, "stop")
	settle("503 store.unavailable")
	told("while the cell's PostgreSQL is gone", false)
	storetest.Control(t, dsn, "start")
	settle("200")
	inSouth.since()
	settle("200")
	told("once it is back", true)
	if err := southern.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	settle("503 gateway.cell_away")
	told("while the cell's process stands still", false)
	if err := southern.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	settle("200")
	late()
}
