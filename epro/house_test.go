package epro_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
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
	"casebook/demo"
	"casebook/edc/export"
	"casebook/epro"
	"casebook/gateway"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/outbox"
	"casebook/patient"
	"casebook/record"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/vault"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the access log of thousands of requests
	goleak.VerifyTestMain(m)
}

var migrations = []fs.FS{ledger.Migrations, outbox.Migrations, settings.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations, vault.Migrations, epro.Migrations}

// A house is the product around the patients' door: the study HTN-24 with two patients at site 03 and one at 04, and a
// coordinator and an investigator at 03.
type house struct {
	t       testing.TB
	dsn     string
	clock   *casebook.Clock
	db      *store.DB
	ledger  *ledger.Ledger
	people  *auth.Service
	trials  *trial.Service
	patient *patient.Service
	epro    *epro.Service
	box     *outbox.Box
	vault   *vault.Vault
	book    *record.Service
	live    *settings.Settings
	address string
	client  *http.Client
	mu      sync.Mutex
	staff   map[string]string // cookies, by person
}

// noon in Shanghai is when these tests begin.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// diaries asks for blood pressure twice a day, and for symptoms whenever the patient likes.
const diaries = `{"format":"casebook-schedule/1","name":"Diaries","forms":[
	{"form":"F.HBP","at":["07:00","19:00"],"every":"P1D","window":"PT6H","reminders":["PT1H"]},
	{"form":"F.SYM","anchor":{"kind":"event"},"window":"P1D"}],
	"alerts":[{"form":"F.HBP","when":"IT.AMSYS1 >= 180","text":{"en":"A systolic pressure of 180 or more","zh-CN":"收缩压达到或超过 180"},
		"crisis":{"en":"Please call your doctor now."},"to":"investigator","within":"PT24H","escalate":"projectmanager"}],
	"help":{"telephone":"+86 10 5550 0103"}}`

func build(t testing.TB, dsn string) *house {
	t.Helper()
	h := &house{t: t, dsn: dsn, clock: casebook.NewClock(noon), staff: map[string]string{}}
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
	h.patient = patient.New(h.ledger)
	h.trials = trial.New(h.ledger, h.patient)
	h.people = auth.New(h.ledger, world)
	h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.book = record.New(h.ledger, h.trials)
	key := vault.Key(world.Bytes(32))
	h.vault = vault.New(world, func() ([]vault.Key, error) { return []vault.Key{key}, nil })
	h.live = settings.New(h.ledger, settings.Options{Keys: epro.Keys, Process: "one"})
	h.epro, h.box = epro.New(h.ledger, h.book, h.trials, h.vault), outbox.New(db, outbox.Options{Poll: 10 * time.Millisecond})
	h.epro.Reminders = epro.Reminders{Box: h.box, Settings: h.live}
	h.fill()
	gate, err := gateway.New(gateway.Options{World: world, Auth: h.people, Trials: h.trials, Routes: slices.Concat(h.people.Routes(), h.epro.Routes())})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gate)
	h.address, h.client = server.URL, server.Client()
	h.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	t.Cleanup(server.Close)
	return h
}

// another is the patients' door in another process.
func (h *house) another() *epro.Service {
	s := epro.New(h.ledger, h.book, h.trials, h.vault)
	s.Reminders = h.epro.Reminders
	return s
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

func (h *house) fill() {
	h.t.Helper()
	ctx := h.operator()
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	h.must(err)
	_, err = h.trials.Import(ctx, study, trial.Training)
	h.must(err)
	for _, site := range []casebook.SiteID{"03", "04"} {
		_, err = h.trials.AddSite(ctx, demo.ID, trial.Site{ID: site, Name: odm.Text{"en": "Qinghe"}, Zone: "Asia/Shanghai"})
		h.must(err)
	}
	for _, site := range []casebook.SiteID{"03", "03", "04"} {
		_, err = h.trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: site})
		h.must(err)
	}
	for user, role := range map[casebook.UserID]auth.Role{"lin": auth.Coordinator, "zhou": auth.Investigator} {
		h.must(h.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: string(user), Locale: "en", Password: "a password of some length"}))
		h.must(h.people.GrantRole(ctx, user, auth.Grant{Study: demo.ID, Site: "03", Role: role}))
	}
	_, err = h.epro.Publish(ctx, demo.ID, []byte(diaries))
	h.must(err)
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

// call asks the server and reads its answer into out.
func (h *house) call(method, path, body string, out any, headers ...string) int {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.address+path, strings.NewReader(body))
	h.must(err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.client.Do(r)
	h.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	h.must(err)
	if res.StatusCode == http.StatusInternalServerError {
		h.t.Errorf("%s %s: %s", method, path, text)
	}
	if out != nil && len(text) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, out, json.MatchCaseInsensitiveNames(true)); err != nil {
			h.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	} else if s, ok := out.(*string); ok {
		*s = string(text)
	}
	return res.StatusCode
}

// as asks in the name of a person.
func (h *house) as(user, method, path, body string, out any) int {
	h.t.Helper()
	h.mu.Lock()
	cookie := h.staff[user]
	h.mu.Unlock()
	if cookie == "" {
		r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.address+"/api/v1/session", strings.NewReader(`{"user":"`+user+`","password":"a password of some length"}`))
		h.must(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Casebook", "1")
		res, err := h.client.Do(r)
		h.must(err)
		res.Body.Close()
		if res.StatusCode != 200 || len(res.Cookies()) == 0 {
			h.t.Fatalf("%s cannot sign in: %d", user, res.StatusCode)
		}
		cookie = res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
		h.mu.Lock()
		h.staff[user] = cookie
		h.mu.Unlock()
	}
	status := h.call(method, "/api/v1/studies/HTN-24"+path, body, out, "Cookie", cookie, "X-Casebook", "1")
	if status == http.StatusUnauthorized { // sessions end, and these tests last for days
		h.mu.Lock()
		delete(h.staff, user)
		h.mu.Unlock()
		return h.as(user, method, path, body, out)
	}
	return status
}

// phone is a patient's phone as the protocol describes it, and as docs/format/epro.md tells others to write one.
type phone struct {
	h        *house
	id       string
	token    string
	subject  string
	seq      int64
	previous string
	contact  time.Time
	hashes   map[string]string // of forms
}

// enrol gives a subject a phone.
func (h *house) enrol(subject casebook.SubjectID) *phone {
	h.t.Helper()
	inv, err := h.epro.Invite(h.operator(), demo.ID, subject, "")
	h.must(err)
	var e epro.Enrolled
	body := fmt.Sprintf(`{"study":"HTN-24","code":%q,"pin":%q,"name":"Phone 12","zone":"Asia/Shanghai"}`, inv.Code, inv.PIN)
	if status := h.call("POST", "/api/v1/epro/enrol", body, &e); status != 201 {
		h.t.Fatalf("enrolled with %d", status)
	}
	p := &phone{h: h, id: e.Device, token: e.Token, subject: string(e.Subject), hashes: map[string]string{}}
	p.plan()
	return p
}

type plan struct {
	Windows []struct {
		Form, Key     string
		Opens, Closes time.Time
		Done          bool
	}
	Forms   map[string]struct{ Hash string }
	History []struct {
		Record, Receipt string
		Late            bool
	}
	Missing []int64
	Consent string
	Changes []struct {
		Change string
		Old    []struct{ Value string }
	}
	Now  time.Time
	Code string
}

func (p *phone) plan() (plan, int) {
	p.h.t.Helper()
	var out plan
	status := p.h.call("GET", "/api/v1/epro/plan", "", &out, "Authorization", "Bearer "+p.token)
	if status == 200 {
		p.contact = out.Now
		for form, f := range out.Forms {
			p.hashes[form] = f.Hash
		}
	}
	return out, status
}

// fill answers a form now and gives the record its number. change alters members before it is sealed.
func (p *phone) fill(form, window string, values map[string]string, change ...func(map[string]any)) string {
	p.h.t.Helper()
	p.seq++
	now := p.h.clock.Now()
	var list []map[string]string
	for item, v := range values {
		list = append(list, map[string]string{"group": groups[item], "repeat": "1", "item": item, "value": v})
	}
	id := casebook.World{Now: p.h.clock.Now, Rand: casebook.Outside().Rand}.NewID()
	shanghai := time.FixedZone("", 8*3600)
	r := map[string]any{"id": id, "device": p.id, "subject": p.subject, "seq": p.seq, "previous": p.previous, "form": form, "window": window,
		"definition": p.hashes[form], "language": "zh-CN", "opened": now.In(shanghai).Format(time.RFC3339Nano), "finished": now.Add(time.Minute).In(shanghai).Format(time.RFC3339Nano),
		"zone": "Asia/Shanghai", "contact": p.contact.Format(time.RFC3339Nano), "elapsed": now.Sub(p.contact).Milliseconds(), "values": list, "log": []any{}}
	for _, f := range change {
		f(r)
	}
	text, err := json.Marshal(r, json.Deterministic(true))
	p.h.must(err)
	sum := sha256.Sum256(text)
	p.previous = hex.EncodeToString(sum[:])
	return string(text)
}

var groups = map[string]string{"IT.HBDAT": "IG.HBDAY", "IT.HBMED": "IG.HBDAY", "IT.HBAMYN": "IG.HBDAY", "IT.AMSYS1": "IG.HBAM", "IT.AMDIA1": "IG.HBAM"}

// diary is a morning's blood pressure.
func (p *phone) diary(window, systolic string, change ...func(map[string]any)) string {
	return p.fill("F.HBP", window, map[string]string{"IT.HBDAT": "2026-03-02", "IT.HBMED": "Y", "IT.HBAMYN": "Y", "IT.AMSYS1": systolic, "IT.AMDIA1": "84"}, change...)
}

type synced struct {
	Results []epro.Result
	Missing []int64
	Code    string
}

func (p *phone) send(records ...string) (synced, int) {
	p.h.t.Helper()
	var out synced
	body := fmt.Sprintf(`{"highest":%d,"zone":"Asia/Shanghai","now":%q,"records":[%s]}`, p.seq, p.h.clock.Now().Format(time.RFC3339Nano), strings.Join(records, ","))
	status := p.h.call("POST", "/api/v1/epro/records", body, &out, "Authorization", "Bearer "+p.token)
	return out, status
}

// receipt is computed from docs/format/epro.md alone, as a phone does it.
func receipt(body string) string {
	var b []byte
	for _, f := range []string{"casebook epro 1", "HTN-24", body} {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	sum := sha256.Sum256(b)
	var r struct{ ID string }
	json.Unmarshal([]byte(body), &r, json.MatchCaseInsensitiveNames(true))
	return r.ID + "." + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// count is a number from the database.
func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error { return tx.Row(h.t.Context(), query, args...).Scan(&n) }))
	return n
}

func (h *house) records() int {
	return h.count(`SELECT count(*) FROM epro_record WHERE study_id = $1`, demo.ID)
}
func (h *house) aside() int {
	return h.count(`SELECT count(*) FROM epro_quarantine WHERE study_id = $1`, demo.ID)
}
func (h *house) forms() int {
	return h.count(`SELECT count(*) FROM record_form WHERE study_id = $1`, demo.ID)
}

// verify asks whether the ledger explains every row.
func (h *house) verify() []ledger.Finding {
	h.t.Helper()
	h.must(h.ledger.Seal(h.t.Context(), demo.ID))
	v, err := ledger.Verify(h.t.Context(), h.db, "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{patient.NewFold(id), trial.NewFold(id), record.NewFold(id), epro.NewFold(id, h.vault)}
	})
	h.must(err)
	return v.Findings
}

// export writes the study in a format: its one file, or the one of its files that is named.
func (h *house) export(format, name string) string {
	h.t.Helper()
	c, err := export.Open(h.t.Context(), h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	f, err := export.Find(format)
	h.must(err)
	var out bytes.Buffer
	if name == "" {
		h.must(f.File(h.t.Context(), c, &out))
		return out.String()
	}
	h.must(f.Files(h.t.Context(), c, func(n string) (io.WriteCloser, error) {
		if n == name {
			return file{&out}, nil
		}
		return file{io.Discard}, nil
	}))
	return out.String()
}

type file struct{ io.Writer }

func (file) Close() error { return nil }

// entries are the study's order as a transaction sees it.
func (h *house) entries(tx *store.Tx) []ledger.Entry {
	h.t.Helper()
	all, err := ledger.Read(h.t.Context(), tx, demo.ID, 0, 10_000)
	h.must(err)
	return all
}

// forget takes one record out, as nobody may.
func (h *house) forget() error {
	return h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `DELETE FROM epro_record WHERE study_id = $1 AND record_id IN (SELECT min(record_id) FROM epro_record WHERE study_id = $1)`, demo.ID)
		return err
	})
}
