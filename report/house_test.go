package report_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/report"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the access log of thousands of reports
	goleak.VerifyTestMain(m)
}

var migrations = []fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, report.Migrations}

// A house is the product around the door for one test: the study HTN-24 with the patients 03-001 and 03-002, and a
// client that may report for both. Its clock moves on by a second with each report.
type house struct {
	t       testing.TB
	clock   *casebook.Clock
	db      *store.DB
	ledger  *ledger.Ledger
	people  *auth.Service
	forms   *record.Service
	reports *report.Service
	gate    *gateway.Gateway
	address string // of the gateway, as "http://host:port"
	path    string // of the door
	client  *http.Client
	token   string
}

// noon is when these tests begin.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// build opens a house on an engine; it is gone with the test.
func build(t testing.TB, dsn string) *house {
	t.Helper()
	h := idle(t, dsn)
	h.run()
	return h
}

// idle is a house where nobody commits reports until run is called.
func idle(t testing.TB, dsn string) *house {
	t.Helper()
	h := &house{t: t, clock: casebook.NewClock(noon), path: "/report"}
	world := casebook.World{Now: h.clock.Now, Rand: casebook.Outside().Rand}
	storetest.Prepare(t, dsn, migrations)
	db, err := store.Open(t.Context(), dsn, store.Options{World: world, Migrations: migrations, Unsafe: true, MaxReaders: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	h.db, h.ledger = db, ledger.New(db, ledger.Options{})
	trials := trial.New(h.ledger, patient.New(h.ledger))
	h.fill(trials)
	h.people = auth.New(h.ledger, world)
	h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.forms = record.New(h.ledger, trials)
	h.reports = report.New(h.ledger, h.forms)
	h.gate, err = gateway.New(gateway.Options{World: world, Auth: h.people, Trials: trials, Routes: slices.Concat(h.people.Routes(), trials.Routes(), h.reports.Routes())})
	if err != nil {
		t.Fatal(err)
	}
	h.serve()
	h.token, _ = h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "the hospital's app", Scopes: []auth.Action{auth.ReportSubmit}})
	return h
}

// fill makes the study and enrols its patients.
func (h *house) fill(trials *trial.Service) {
	h.t.Helper()
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err == nil {
		_, err = trials.Import(ctx, study, trial.Training)
	}
	if err == nil {
		_, err = trials.AddSite(ctx, demo.ID, trial.Site{ID: "03", Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai"})
	}
	for range 2 {
		if err == nil {
			_, err = trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: "03"})
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// run commits reports for the length of the test.
func (h *house) run() {
	ctx, stop := context.WithCancel(context.Background())
	var running errgroup.Group
	running.Go(func() error { return h.reports.Run(ctx) })
	h.t.Cleanup(func() {
		stop()
		running.Wait() // it only says that it was told to stop
	})
}

func (h *house) serve() {
	server := httptest.NewServer(h.gate)
	h.address, h.client = server.URL, server.Client()
	h.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	h.t.Cleanup(server.Close)
}

func sqlite(t *testing.T) string { return storetest.DSN(t, "sqlite") }

func (h *house) issue(n auth.NewToken) (text, id string) {
	h.t.Helper()
	text, id, err := h.people.IssueToken(h.t.Context(), n)
	if err != nil {
		h.t.Fatal(err)
	}
	return text, id
}

// both runs fn in a house on each engine.
func both(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, build(t, storetest.DSN(t, engine)))
		})
	}
}

// An answer is what the door said.
type answer struct {
	status int
	header http.Header
	text   string
	body   struct {
		Status    any               `json:"status"`
		PatientID string            `json:"patientId"`
		ID        string            `json:"id"`
		Receipt   string            `json:"receipt"`
		Code      string            `json:"code"`
		Place     string            `json:"place"`
		Error     string            `json:"error"`
		Texts     map[string]string `json:"texts"`
	}
}

func (a answer) String() string { return fmt.Sprint(a.status, " ", a.text) }

// send posts a report through the gateway, as the client unless headers say otherwise.
func (h *house) send(body string, headers ...string) answer {
	h.t.Helper()
	return h.post(strings.NewReader(body), headers...)
}

func (h *house) post(body io.Reader, headers ...string) (a answer) {
	h.t.Helper()
	h.clock.Add(time.Second)
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.address+h.path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.token)
	r.Header.Set("Content-Type", "application/json")
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
	a.status, a.header, a.text = res.StatusCode, res.Header, string(text)
	if err := json.Unmarshal(text, &a.body); err != nil {
		h.t.Fatalf("not JSON: %v: %s", err, text)
	}
	return a
}

// rows counts the rows of every table of the database.
func (h *house) rows() map[string]int {
	h.t.Helper()
	catalog := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
	if h.db.Postgres() {
		catalog = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
	}
	count := map[string]int{}
	err := h.db.View(h.t.Context(), func(tx *store.Tx) error {
		tables, err := store.All(h.t.Context(), tx, func(r *store.Rows) (name string, err error) { return name, r.Scan(&name) }, catalog)
		if err != nil {
			return err
		}
		for _, table := range tables {
			var n int
			if err := tx.Row(h.t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return err
			}
			count[table] = n
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, ok := count["report"]; !ok || len(count) < 10 {
		h.t.Fatalf("the catalogue names only %v", count)
	}
	return count
}

// grown is what has been added to the tables since before, as "table+n" in order. Places in the ledger come later on
// PostgreSQL and are left out.
func (h *house) grown(before map[string]int) string {
	h.t.Helper()
	var more []string
	now := h.rows()
	for _, table := range slices.Sorted(maps.Keys(now)) {
		if n := now[table] - before[table]; n != 0 && !strings.HasPrefix(table, "ledger_") || table == "ledger_entry" && n != 0 {
			more = append(more, fmt.Sprintf("%s+%d", table, n))
		}
	}
	return strings.Join(more, " ")
}

// entries are what stands in the ledger about a subject, oldest first.
func (h *house) entries(subject casebook.SubjectID) (all []ledger.Entry) {
	h.t.Helper()
	if err := h.ledger.Seal(h.t.Context(), demo.ID); err != nil {
		h.t.Fatal(err)
	}
	err := h.db.View(h.t.Context(), func(tx *store.Tx) (err error) {
		all, err = ledger.Subject(h.t.Context(), tx, demo.ID, subject)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// verify asks whether the ledger explains every row.
func (h *house) verify() []ledger.Finding {
	h.t.Helper()
	if err := h.ledger.Seal(h.t.Context(), demo.ID); err != nil {
		h.t.Fatal(err)
	}
	v, err := ledger.Verify(h.t.Context(), h.db, "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{patient.NewFold(id), trial.NewFold(id), record.NewFold(id), report.NewFold(id)}
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return v.Findings
}

// text reads one text from the database.
func (h *house) value(query string, args ...any) (text string) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), func(tx *store.Tx) error { return tx.Row(h.t.Context(), query, args...).Scan(&text) })
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return text
}
