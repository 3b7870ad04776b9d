package edc_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/edc"
	"casebook/edc/coding"
	"casebook/edc/normal"
	"casebook/edc/view"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the access log
	goleak.VerifyTestMain(m)
}

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, normal.Migrations, view.Migrations, coding.Migrations}

// A house is the study HTN-24 with three subjects at site 03 and one at 07, and the people who work with them. Its
// clock moves on by a minute with each request.
type house struct {
	desk    *edc.Service
	t       *testing.T
	clock   *casebook.Clock
	ledger  *ledger.Ledger
	people  *auth.Service
	address string
	client  *http.Client
	cookies map[casebook.UserID]string
}

// morning is when these tests begin.
var morning = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// The people of the house: two coordinators, each at one site, an investigator, and two who see all sites.
var staff = []struct {
	user   casebook.UserID
	en, zh string
	grant  auth.Grant
}{
	{"linyue", "Lin Yue", "林悦", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Coordinator}},
	{"xucheng", "Xu Cheng", "许澄", auth.Grant{Study: demo.ID, Site: "07", Role: auth.Coordinator}},
	{"zhouning", "Zhou Ning", "周宁", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Investigator}},
	{"chenrui", "Chen Rui", "", auth.Grant{Study: demo.ID, Role: auth.Monitor}},
	{"hexiao", "He Xiao", "何晓", auth.Grant{Study: demo.ID, Role: auth.DataManager}},
	{"stranger", "Nobody", "", auth.Grant{Study: "OTHER", Role: auth.Monitor}},
}

func build(t *testing.T, engine string) *house {
	t.Helper()
	return buildOf(t, engine, func(*odm.Version) {})
}

// buildOf is build with another definition.
func buildOf(t *testing.T, engine string, alter func(*odm.Version)) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(morning), cookies: map[casebook.UserID]string{}}
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	h.ledger = ledger.New(storetest.Open(t, storetest.DSN(t, engine), world, migrations), ledger.Options{})
	trials := trial.New(h.ledger, patient.New(h.ledger))
	h.people = auth.New(h.ledger, world)
	h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.people.Idle = 12 * time.Hour
	h.fill(trials, alter)
	forms := record.New(h.ledger, trials)
	desk := edc.New(h.ledger, forms)
	h.desk = desk
	desk.Reauthenticate = h.people.Reauthenticate
	g, err := gateway.New(gateway.Options{World: world, Auth: h.people, Trials: trials,
		Routes: slices.Concat(h.people.Routes(), trials.Routes(), desk.Routes(), normal.New(h.ledger, forms).Routes(), view.New(h.ledger.DB()).Routes())})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	h.address, h.client = server.URL, server.Client()
	return h
}

// fill makes the study, its subjects and its people.
func (h *house) fill(trials *trial.Service, alter func(*odm.Version)) {
	h.t.Helper()
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err == nil {
		alter(study.Versions[0])
		_, err = trials.Import(ctx, study, trial.Training)
	}
	for _, s := range demo.Sites() {
		if err == nil && (s.ID == "03" || s.ID == "07") {
			_, err = trials.AddSite(ctx, demo.ID, trial.Site{ID: s.ID, Name: s.Name, Zone: s.Zone})
		}
	}
	for _, site := range []casebook.SiteID{"03", "03", "03", "07"} {
		if err == nil {
			_, err = trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: site})
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range staff {
		h.join(ctx, p.user, p.en, p.zh, p.grant)
	}
}

func (h *house) join(ctx context.Context, user casebook.UserID, en, zh string, grant auth.Grant) {
	h.t.Helper()
	const password = "quiet-otters-swim-upstream"
	err := h.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: en, NameZH: zh, Locale: "en", Password: password})
	if err == nil {
		err = h.people.GrantRole(ctx, user, grant)
	}
	if err == nil {
		h.cookies[user], _, err = h.people.SignIn(ctx, string(user), password, "here", "")
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// both runs fn in a house on each engine.
func both(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, build(t, engine))
		})
	}
}

const (
	studyPath = "/api/v1/studies/HTN-24"
	vitals    = studyPath + "/subjects/03-001/forms/E.BL/1/F.VS/1"
)

// A form as the pages see it.
type form struct {
	Subject, Site, Event, State string
	Version                     int64
	Items                       []struct {
		Group, Repeat, Item, Value, Blank, By, ByName string
		At                                            time.Time
	}
	Hidden  []string
	Queries []query
}

type query struct {
	ID, Item, State, Source, Rule, Value string
	Subject, Site, Event, Form           string
	Text                                 map[string]string
	OpenedAt                             time.Time
	AgeDays                              int
}

// problem is a refusal as the pages see it.
type problem struct {
	Code, Place string
	Texts       map[string]string
	Theirs      []struct {
		Group, Item, Value, By, ByName string
		At                             time.Time
	}
}

// answer is what somebody was told.
type answer struct {
	status int
	header http.Header
	text   string
}

// into reads the answer, whose members are named as the fields of v but for the first letter.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v: %d %s", err, a.status, a.text)
	}
}

// refused checks that the answer is a refusal with a status and a code in both languages.
func (a answer) refused(t *testing.T, status int, code string) (p problem) {
	t.Helper()
	a.into(t, &p)
	if a.status != status || p.Code != code || a.header.Get("Content-Type") != "application/problem+json" || p.Texts["en"] == "" || p.Texts["zh-CN"] == "" {
		t.Errorf("answered %d %s, want %d %s", a.status, a.text, status, code)
	}
	return p
}

// ask sends a request as user and reads the answer.
func (h *house) ask(user casebook.UserID, method, path, body string, headers ...string) (a answer) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.address+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Cookie", "casebook_session="+h.cookies[user])
	r.Header.Set("X-Casebook", "1")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (h *house) get(user casebook.UserID, path string) answer {
	h.t.Helper()
	return h.ask(user, http.MethodGet, path, "")
}

// save saves values, given as "item value" of the group of vital signs, on what the caller saw ("" for a first save).
func (h *house) save(user casebook.UserID, path, seen, reason string, values ...string) answer {
	h.t.Helper()
	type item struct {
		Group  string `json:"group"`
		Repeat string `json:"repeat"`
		Item   string `json:"item"`
		Value  string `json:"value"`
	}
	items := []item{}
	for _, v := range values {
		oid, value, _ := strings.Cut(v, " ")
		items = append(items, item{"IG.VS", "1", oid, value})
	}
	body, err := json.Marshal(map[string]any{"items": items, "reason": reason})
	if err != nil {
		h.t.Fatal(err)
	}
	if seen == "" {
		return h.ask(user, http.MethodPatch, path, string(body), "If-None-Match", "*")
	}
	return h.ask(user, http.MethodPatch, path, string(body), "If-Match", seen)
}

func (h *house) mustSave(user casebook.UserID, path, seen, reason string, values ...string) (f form) {
	h.t.Helper()
	a := h.save(user, path, seen, reason, values...)
	if a.status != 200 {
		h.t.Fatalf("saving %v: %d %s", values, a.status, a.text)
	}
	a.into(h.t, &f)
	return f
}

// seal gives all entries their places, as the running product does by itself.
func (h *house) seal() {
	h.t.Helper()
	if err := h.ledger.Seal(h.t.Context(), demo.ID); err != nil {
		h.t.Fatal(err)
	}
}

// entries is how many entries the study has.
func (h *house) entries() (n int64) {
	h.t.Helper()
	h.seal()
	err := h.ledger.DB().View(h.t.Context(), func(tx *store.Tx) (err error) {
		n, err = ledger.Size(h.t.Context(), tx, demo.ID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// ok fails the test when the answer is a refusal.
func (a answer) ok(t *testing.T) answer {
	t.Helper()
	if a.status/100 != 2 {
		t.Fatalf("refused: %d %s", a.status, a.text)
	}
	return a
}

// intact checks that the ledger explains every row.
func (h *house) intact() {
	h.t.Helper()
	h.seal()
	v, err := ledger.Verify(h.t.Context(), h.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{patient.NewFold(id), record.NewFold(id), normal.NewFold(id)}
	})
	if err != nil || len(v.Findings) > 0 {
		h.t.Errorf("verified: %+v %v", v, err)
	}
}
