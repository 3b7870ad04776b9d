package visit_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/visit"
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

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, site.Migrations, record.Migrations}

const study casebook.StudyID = "HTN-24"

// A house is the monitoring of the study HTN-24 with the sites 01 and 02, in a browser's reach.
type house struct {
	t       testing.TB
	clock   *casebook.Clock
	db      *store.DB
	ledger  *ledger.Ledger
	people  *auth.Service
	server  *httptest.Server
	cookies map[casebook.UserID]string
	posted  atomic.Int64 // letters that were sent
	caused  atomic.Value // the visit that a signal was told of last
}

var staff = map[casebook.UserID]auth.Grant{
	"zhou": {Study: study, Site: "01", Role: auth.Investigator}, "lin": {Study: study, Site: "01", Role: auth.Coordinator},
	"tang": {Study: study, Site: "02", Role: auth.Coordinator}, "chen": {Study: study, Role: auth.Monitor},
	"jiang": {Study: study, Role: auth.ProjectManager},
}

const password = "a password of some length"

func both(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) { t.Parallel(); fn(t, build(t, storetest.DSN(t, engine))) })
	}
}

func build(t testing.TB, dsn string) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)), cookies: map[casebook.UserID]string{}}
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	db, err := store.Open(t.Context(), dsn, store.Options{World: world, Migrations: migrations, Unsafe: true})
	h.must(err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	h.db, h.ledger = db, ledger.New(db, ledger.Options{})
	people, patients := auth.New(h.ledger, world), patient.New(h.ledger)
	h.people = people
	people.Cost = auth.Cost{Memory: 64, Passes: 1}
	trials := trial.New(h.ledger, patients)
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	_, err = trials.Create(ctx, trial.Trial{ID: study, Name: "HTN-24", Environment: trial.Training})
	h.must(err)
	for _, id := range []casebook.SiteID{"01", "02"} {
		_, err = trials.AddSite(ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
		h.must(err)
	}
	v := visit.New(h.ledger, visit.Options{Reauthenticate: func(_ *http.Request, user, secret string) error {
		if secret != password {
			return casebook.Fail(casebook.Forbidden, "auth.sign.failed")
		}
		return nil
	}, Signals: func(context.Context, casebook.StudyID, casebook.SiteID) ([]string, error) {
		return []string{"kri0001"}, nil
	}, Cause: func(_ context.Context, _ *ledger.Writer, at casebook.SiteID, signal, visit string) error {
		if at != "01" || signal != "S1" {
			return casebook.Fail(casebook.NotFound, "monitor.signal.unknown").At("signal")
		}
		h.caused.Store(visit)
		return nil
	}, Post: func(_ context.Context, _ casebook.StudyID, m visit.Mail) (*site.Posting, error) {
		if m.Site != "01" { // where nobody is
			return nil, nil
		}
		return &site.Posting{Notice: "N-" + m.Step, Send: func(context.Context, *ledger.Writer) error { h.posted.Add(1); return nil }}, nil
	}, Receipt: func(_ context.Context, _ casebook.StudyID, id string) (visit.Receipt, error) {
		return visit.Receipt{Recipients: 2, Read: int64(len(id))}, nil
	}})
	gate, err := gateway.New(gateway.Options{World: world, Auth: people, Trials: trials, Routes: slices.Concat(v.Routes(), site.New(h.ledger, people).Routes())})
	h.must(err)
	h.server = httptest.NewServer(gate)
	t.Cleanup(h.server.Close)
	for user, g := range staff {
		h.must(people.CreatePerson(ctx, auth.NewPerson{User: user, Name: string(user), Locale: "en", Password: password}))
		h.must(people.GrantRole(ctx, user, g))
		secret, _, err := people.SignIn(ctx, string(user), password, "here", "")
		h.must(err)
		h.cookies[user] = "casebook_session=" + secret
	}
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// send asks as somebody; a refusal's code comes with its place.
func (h *house) send(user casebook.UserID, method, path, media string, body io.Reader) (status int, answer []byte, header http.Header) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+"/api/v1/studies/HTN-24"+path, body)
	h.must(err)
	r.Header.Set("Cookie", h.cookies[user])
	r.Header.Set("X-Casebook", "1")
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	res, err := h.server.Client().Do(r)
	h.must(err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	h.must(err)
	if res.StatusCode >= 500 {
		h.t.Errorf("%s %s: %s", method, path, answer)
	}
	return res.StatusCode, answer, res.Header
}

// ask sends JSON and wants an answer of this status; of a refusal it wants the code and the place.
func (h *house) ask(user casebook.UserID, method, path, body string, status int, want string, out any) {
	h.t.Helper()
	media := ""
	if body != "" {
		media = "application/json"
	}
	got, text, _ := h.send(user, method, path, media, strings.NewReader(body))
	h.judge(user, method+" "+path, got, text, status, want, out)
}

func (h *house) judge(user casebook.UserID, what string, got int, text []byte, status int, want string, out any) {
	h.t.Helper()
	var problem struct{ Code, Place string }
	if got >= 400 {
		h.must(json.Unmarshal(text, &problem, json.MatchCaseInsensitiveNames(true)))
	}
	if code := strings.TrimSpace(problem.Code + " " + problem.Place); got != status || code != want {
		h.t.Errorf("%s: %s: %d %s; want %d %s", user, what, got, code, status, want)
	}
	if out != nil && got < 300 {
		h.must(json.Unmarshal(text, out, json.MatchCaseInsensitiveNames(true)))
	}
}

func (h *house) findings() (found []ledger.Finding) {
	h.t.Helper()
	h.must(h.ledger.Seal(h.t.Context(), study))
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		entries, err := ledger.Read(h.t.Context(), tx, study, 0, 500)
		for _, fold := range []ledger.Fold{keep.NewFold(study, site.Book, visit.Book)} {
			for i := range entries {
				fold.Entry(&entries[i])
			}
			some, wrong := fold.Compare(h.t.Context(), tx)
			found, err = append(found, some...), errors.Join(err, wrong)
		}
		return err
	}))
	return found
}
