package document_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
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
	"casebook/site/document"
	"casebook/site/document/bucket"
	"casebook/site/document/bucket/buckettest"
	"casebook/site/document/clamd"
	"casebook/site/keep"
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

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, site.Migrations, document.Migrations}

const study casebook.StudyID = "HTN-24"

// A house is the file room of the study HTN-24 with the sites 01 and 02, in a browser's reach.
type house struct {
	t       testing.TB
	clock   *casebook.Clock
	db      *store.DB
	ledger  *ledger.Ledger
	people  *auth.Service
	trials  *trial.Service
	files   *document.Service
	scanner *clamd.Scanner
	server  *httptest.Server
	cookies map[casebook.UserID]string
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
		t.Run(engine, func(t *testing.T) { t.Parallel(); fn(t, build(t, storetest.DSN(t, engine), nil)) })
	}
}

// build makes a house.
func build(t testing.TB, dsn string, outside *buckettest.Store) *house {
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
	h.trials = trial.New(h.ledger, patients)
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	_, err = h.trials.Create(ctx, trial.Trial{ID: study, Name: "HTN-24", Environment: trial.Training})
	h.must(err)
	for _, id := range []casebook.SiteID{"01", "02"} {
		_, err = h.trials.AddSite(ctx, study, trial.Site{ID: id, Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai", State: trial.Active})
		h.must(err)
	}
	h.open(outside)
	for user, g := range staff {
		h.must(people.CreatePerson(ctx, auth.NewPerson{User: user, Name: string(user), Locale: "en", Password: password}))
		h.must(people.GrantRole(ctx, user, g))
		secret, _, err := people.SignIn(ctx, string(user), password, "here", "")
		h.must(err)
		h.cookies[user] = "casebook_session=" + secret
	}
	return h
}

// open opens another door to the file room; with a store files stand in its bucket.
func (h *house) open(outside *buckettest.Store) {
	h.t.Helper()
	files := document.New(h.ledger, h.bucket(outside), func(_ *http.Request, user, secret string) error {
		if secret != password {
			return casebook.Fail(casebook.Forbidden, "auth.sign.failed")
		}
		return nil
	})
	files.Scanner = h.scanner
	h.files = files
	gate, err := gateway.New(gateway.Options{World: h.db.World(), Auth: h.people, Trials: h.trials, Routes: files.Routes()})
	h.must(err)
	h.server = httptest.NewServer(gate)
	h.t.Cleanup(h.server.Close)
}

// later lets time pass, after which lin signs in again.
func (h *house) later(d time.Duration) {
	h.t.Helper()
	h.clock.Add(d)
	secret, _, err := h.people.SignIn(h.t.Context(), "lin", password, "here", "")
	h.must(err)
	h.cookies["lin"] = "casebook_session=" + secret
}

// bucket is a process's view of a store.
func (h *house) bucket(s *buckettest.Store) *bucket.Bucket {
	h.t.Helper()
	if s == nil {
		return nil
	}
	b, err := bucket.New(s.Config, casebook.Outside())
	h.must(err)
	b.Pause = time.Millisecond
	h.t.Cleanup(b.Close)
	return b
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
	if res.StatusCode == http.StatusInternalServerError {
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

// file brings a file with what is said about it.
func (h *house) file(user casebook.UserID, path, about, name, content string, status int, want string) (d held) {
	h.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if about != "" {
		h.must(form.WriteField("about", about))
	}
	part, err := form.CreateFormFile("file", name)
	h.must(err)
	_, err = io.WriteString(part, content)
	h.must(errors.Join(err, form.Close()))
	got, text, _ := h.send(user, "POST", path, form.FormDataContentType(), &b)
	h.judge(user, "POST "+path+" "+name, got, text, status, want, &d)
	return d
}

type held struct {
	ID, State string
	Version   int64
	Pending   bool
	May       struct{ File, Decide bool }
	Versions  []struct {
		Hash, Media string
		Accepted    *struct{ Signer, Meaning, Content string }
		Refused     *struct{ Reason string }
	}
	Readers []struct {
		User    string
		Version int
	}
}

type shelves struct {
	Shelves []struct {
		Site  string
		Have  int
		Slots []struct {
			Type, State string
			Days        int
		}
	}
	Documents []held
}

// slot is how a type stands at a site, as somebody sees it.
func (h *house) slot(user casebook.UserID, at, id string) string {
	h.t.Helper()
	var s shelves
	h.ask(user, "GET", "/documents", "", 200, "", &s)
	for _, shelf := range s.Shelves {
		for _, slot := range shelf.Slots {
			if shelf.Site == at && slot.Type == id {
				return slot.State
			}
		}
	}
	return "not expected"
}

func (h *house) findings() (found []ledger.Finding) {
	h.t.Helper()
	h.must(h.ledger.Seal(h.t.Context(), study))
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		entries, err := ledger.Read(h.t.Context(), tx, study, 0, 500)
		for _, fold := range []ledger.Fold{keep.NewFold(study, document.Book), document.NewContents(study)} {
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

func (h *house) meddle(sql string, args ...any) {
	h.t.Helper()
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(context.WithoutCancel(h.t.Context()), sql, args...)
		return err
	}))
}
