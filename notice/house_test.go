package notice

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/outbox"
	"casebook/patient"
	"casebook/record"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/web"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if fanOutServer() {
		return
	}
	goleak.VerifyTestMain(m)
}

const htn casebook.StudyID = "HTN-24"

// noon is Wednesday noon in China, outside the quiet hours.
var noon = time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)

var migrations = []fs.FS{ledger.Migrations, outbox.Migrations, settings.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, Migrations}

// house is a study with sites 01 to 03 in China and 04 in London, each with an investigator and a coordinator, and an
// office with a project manager and a data manager.
type house struct {
	testing.TB
	db     *store.DB
	clock  *casebook.Clock
	l      *ledger.Ledger
	people *auth.Service
	trials *trial.Service
	live   *settings.Settings
	box    *outbox.Box
	s      *Service
	mu     sync.Mutex
	grants map[casebook.UserID][]auth.Grant
	proved []string // passwords that were asked for
}

func onHouses(t *testing.T, fn func(h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := casebook.NewClock(noon)
			world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
			h := newHouse(t, storetest.Open(t, storetest.DSN(t, engine), world, migrations), clock)
			h.furnish()
			fn(h)
		})
	}
}

// alone is a house on SQLite, for what does not depend on the engine.
func alone(t *testing.T) *house {
	t.Helper()
	clock := casebook.NewClock(noon)
	world := casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}
	h := newHouse(t, storetest.Open(t, storetest.DSN(t, "sqlite"), world, migrations), clock)
	h.furnish()
	return h
}

func newHouse(t testing.TB, db *store.DB, clock *casebook.Clock) *house {
	t.Helper()
	h := assemble(db)
	h.TB, h.clock = t, clock
	h.run(h.l.Run)
	return h
}

// assemble puts the services on a database.
func assemble(db *store.DB) *house {
	h := &house{db: db, l: ledger.New(db, ledger.Options{}), grants: map[casebook.UserID][]auth.Grant{}}
	h.people = auth.New(h.l, db.World())
	h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	h.trials = trial.New(h.l, patient.New(h.l))
	h.live = settings.New(h.l, settings.Options{Keys: Keys, Process: "one"})
	h.box = outbox.New(db, outbox.Options{Poll: 10 * time.Millisecond})
	h.s = h.service()
	return h
}

// service is another process's notices on the same database.
func (h *house) service() *Service {
	return New(h.l, h.trials, Options{Settings: h.live, Box: h.box, Poll: 10 * time.Millisecond,
		Reauthenticate: func(_ *http.Request, _, password string) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.proved = append(h.proved, password)
			if password != "right" {
				return casebook.Fail(casebook.Unprocessable, "auth.sign.failed").At("password")
			}
			return nil
		}})
}

// run runs a loop until the test ends.
func (h *house) run(fn func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = fn(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	h.Cleanup(stop)
	return stop
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) furnish() {
	h.Helper()
	ctx := casebook.WithActor(h.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	_, err := h.trials.Create(ctx, trial.Trial{ID: htn, Name: "HTN-24", Environment: trial.Training})
	h.must(err)
	for _, id := range []casebook.SiteID{"01", "02", "03", "04"} {
		zone, country := "Asia/Shanghai", "CN"
		if id == "04" {
			zone, country = "Europe/London", "GB"
		}
		_, err := h.trials.AddSite(ctx, htn, trial.Site{ID: id, Name: odm.Text{"zh-CN": "第" + string(id) + "中心", "en": "Site " + string(id)}, Zone: zone, Country: country})
		h.must(err)
		locale := "zh-CN"
		if id == "04" {
			locale = "en"
		}
		h.join(ctx, casebook.UserID("inv"+id), locale, auth.Grant{Study: htn, Site: id, Role: auth.Investigator})
		h.join(ctx, casebook.UserID("crc"+id), locale, auth.Grant{Study: htn, Site: id, Role: auth.Coordinator})
	}
	h.join(ctx, "pm", "en", auth.Grant{Study: htn, Role: auth.ProjectManager})
	h.join(ctx, "dm", "zh-CN", auth.Grant{Study: htn, Role: auth.DataManager})
}

func (h *house) join(ctx context.Context, user casebook.UserID, locale string, grants ...auth.Grant) {
	h.Helper()
	h.must(h.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: "Dr " + string(user), NameZH: "医生" + string(user), Locale: locale}))
	for _, g := range grants {
		h.must(h.people.GrantRole(ctx, user, g))
	}
	h.grants[user] = grants
}

// as is the context of somebody who is signed in.
func (h *house) as(user casebook.UserID) context.Context {
	p := &auth.Principal{Kind: auth.Person, User: user, Name: "Dr " + string(user), Locale: "en", Grants: h.grants[user]}
	a := casebook.Actor{User: user}
	if len(p.Grants) > 0 {
		a.Role = string(p.Grants[0].Role)
	}
	return casebook.WithActor(auth.With(h.Context(), p), a)
}

// letter is a draft to the investigators of all sites, which wants nothing back.
func letterTo(roles ...auth.Role) Draft {
	return Draft{Kind: Normal, Ack: None, Audience: Audience{Roles: roles},
		Title:     odm.Text{"zh-CN": "致{{site}}：新版方案", "en": "To {{site}}: a new protocol"},
		Body:      odm.Text{"zh-CN": "{{person}}，请阅读第 {{version}} 版，{{day}} 起生效。", "en": "{{person}}, please read version {{version}}, in force from {{day}}."},
		Variables: []Variable{{Name: "version", Type: "integer", Value: odm.Text{"": "3"}}, {Name: "day", Type: "date", Value: odm.Text{"": "2026-04-01"}}}}
}

// poll is a reply form: yes or no, a number from 0 to 500, a choice, a date, a text that may be left out.
func pollForm() *odm.Version {
	q := func(oid, zh, en string, t odm.DataType) odm.Item {
		return odm.Item{OID: oid, Name: oid, DataType: t, Question: odm.Text{"zh-CN": zh, "en": en}}
	}
	stock := q("STOCK", "库存多少盒？", "How many boxes are in stock?", "integer")
	stock.Checks = []odm.RangeCheck{{Comparator: "LE", Values: []string{"500"}, Hard: true, Message: odm.Text{"zh-CN": "最多 500 盒", "en": "At most 500 boxes"}}}
	fridge := q("FRIDGE", "冰箱状态？", "How is the fridge?", "text")
	fridge.CodeList = "CL.FRIDGE"
	ref := func(oid string, must bool) odm.Ref { return odm.Ref{OID: oid, Mandatory: must} }
	return &odm.Version{OID: "V1", Name: "poll", EventRefs: []odm.Ref{}, Events: []odm.Event{},
		Forms:  []odm.Form{{OID: "F", Name: "Reply", Groups: []odm.Ref{ref("G", true)}}},
		Groups: []odm.ItemGroup{{OID: "G", Name: "Reply", Items: []odm.Ref{ref("RECALLED", true), ref("STOCK", true), ref("FRIDGE", true), ref("SINCE", false), ref("WORDS", false)}}},
		Items: []odm.Item{q("RECALLED", "是否已召回？", "Was it recalled?", "boolean"), stock, fridge, q("SINCE", "自何时？", "Since when?", "date"),
			q("WORDS", "还有什么要说？", "Anything else?", "text")},
		CodeLists: []odm.CodeList{{OID: "CL.FRIDGE", Name: "fridge", DataType: "text", Items: []odm.CodeItem{
			{Code: "OK", Decode: odm.Text{"zh-CN": "正常", "en": "Works"}}, {Code: "BROKEN", Decode: odm.Text{"zh-CN": "故障", "en": "Broken"}}}}}}
}

// reply is an answer to the poll.
func reply(recalled, stock, fridge string, words ...string) []record.Value {
	v := func(item, value string) record.Value {
		return record.Value{Group: "G", Repeat: "1", Item: item, Value: value}
	}
	all := []record.Value{v("RECALLED", recalled), v("STOCK", stock), v("FRIDGE", fridge)}
	for _, w := range words {
		all = append(all, v("WORDS", w))
	}
	return all
}

func (h *house) send(d Draft) *Notice {
	h.Helper()
	n, err := h.s.Send(h.as("pm"), htn, d)
	h.must(err)
	return n
}

func (h *house) matrix(id string) *Matrix {
	h.Helper()
	m, err := h.s.Matrix(h.Context(), htn, id)
	h.must(err)
	return m
}

// work lets the worker do all that is due.
func (h *house) work() {
	h.Helper()
	for {
		more, err := h.s.pass(system(h.Context()))
		h.must(err)
		if !more {
			return
		}
	}
}

// verify holds the rows against the ledger.
func (h *house) verify() []ledger.Finding {
	h.Helper()
	h.must(h.l.Seal(h.Context(), htn))
	v, err := ledger.Verify(h.Context(), h.db, "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{NewFold(id)} })
	h.must(err)
	return v.Findings
}

// leaves are the messages in the outbox, oldest first.
func (h *house) leaves() (all []outbox.Record) {
	h.Helper()
	h.must(h.db.View(h.Context(), func(tx *store.Tx) (err error) {
		all, err = outbox.List(h.Context(), tx, htn, outbox.Filter{Limit: 10_000})
		return err
	}))
	return all
}

// exec changes rows behind the ledger's back.
func (h *house) exec(query string, args ...any) int64 {
	h.Helper()
	var n int64
	h.must(h.db.Update(h.Context(), func(tx *store.Tx) (err error) { n, err = tx.Exec(h.Context(), query, args...); return err }))
	return n
}

// set puts a live setting in force.
func (h *house) set(key string, place settings.Place, value string) {
	h.Helper()
	by := func(user casebook.UserID) context.Context {
		return casebook.WithActor(h.Context(), casebook.Actor{User: user, Role: "admin", Location: "sponsor"})
	}
	d, err := h.live.Propose(by("gao"), []settings.Change{{Assignment: settings.Assignment{Key: key, Place: place, Value: value}}}, "as agreed")
	h.must(err)
	_, err = h.live.Approve(by("he"), d.ID, settings.Trial{}, "")
	h.must(err)
	h.must(h.live.Load(h.Context()))
}

// refused checks an error's code and place.
func (h *house) refused(err error, code, place string) {
	h.Helper()
	if err == nil {
		h.Errorf("nothing was refused, want %s", code)
		return
	}
	if !strings.HasPrefix(err.Error(), code) || place != "" && !strings.Contains(err.Error(), " at "+place) {
		h.Errorf("refused with %q, want %s at %s", err, code, place)
	}
}

// door serves the routes over HTTP; the header X-Test-Who says who asks.
func (h *house) door() *httptest.Server {
	mux := http.NewServeMux()
	for _, r := range h.s.Routes() {
		mux.Handle(r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error {
			p := auth.From(h.as(casebook.UserID(q.Header.Get("X-Test-Who"))))
			ctx := casebook.WithActor(auth.With(q.Context(), p), casebook.Actor{User: p.User})
			return r.Handle(w, q.WithContext(ctx))
		}))
	}
	server := httptest.NewServer((&web.Door{World: h.db.World()}).Wrap(mux))
	h.Cleanup(server.Close)
	return server
}
