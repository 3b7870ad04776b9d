package platform

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/web"

	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

const htn casebook.StudyID = "HTN-24"

// house is the open side on a database, reached over HTTP by whoever the test says is asking.
type house struct {
	*testing.T
	db     *store.DB
	l      *ledger.Ledger
	s      *Service
	box    *outbox.Box
	live   *settings.Settings
	server *httptest.Server
	client *http.Client
}

// everywhere is a data manager of the whole study, here a monitor of site 01.
var (
	everywhere = &auth.Principal{Kind: auth.Person, User: "chenrui", Grants: []auth.Grant{{Study: htn, Role: auth.DataManager}}}
	here       = &auth.Principal{Kind: auth.Person, User: "linyue", Grants: []auth.Grant{{Study: htn, Site: "01", Role: auth.Monitor}}}
	who        = map[string]*auth.Principal{"everywhere": everywhere, "here": here}
)

func onHouses(t *testing.T, fn func(h *house)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), []fs.FS{ledger.Migrations, outbox.Migrations, settings.Migrations, auth.Migrations, Migrations})
			h := &house{T: t, db: db, l: ledger.New(db, ledger.Options{}), client: &http.Client{Transport: &http.Transport{}}}
			h.live = settings.New(h.l, settings.Options{Keys: Keys, Process: "one"})
			h.box = outbox.New(db, outbox.Options{Poll: 20 * time.Millisecond})
			h.s = New(h.l, Options{Settings: h.live, Box: h.box})
			mux := http.NewServeMux()
			for _, r := range h.s.Routes() {
				mux.Handle(r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error {
					p := who[q.Header.Get("X-Test-Who")]
					ctx := casebook.WithActor(auth.With(q.Context(), p), casebook.Actor{User: p.User, Role: "datamanager", Location: "sponsor"})
					return r.Handle(w, q.WithContext(ctx))
				}))
			}
			door := &web.Door{World: casebook.Outside()}
			h.server = httptest.NewServer(door.Wrap(mux))
			t.Cleanup(h.server.Close)
			t.Cleanup(h.client.CloseIdleConnections)
			h.run(h.l.Run)
			fn(h)
		})
	}
}

func (h *house) run(fn func(context.Context) error) {
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = fn(ctx) }()
	h.Cleanup(func() { cancel(); <-ended })
}

func (h *house) write(ctx context.Context, n int, site casebook.SiteID) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "linyue", Role: "coordinator", Location: string(site)})
	return h.l.Write(ctx, htn, func(w *ledger.Writer) error {
		for i := range n {
			w.Record(ctx, ledger.Entry{What: "bed.made", Site: site, Subject: "S1", New: fmt.Sprintf(`{"n":%d}`, i)})
		}
		return nil
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// call asks an address below the study's and returns the status and the answer.
func (h *house) call(as, method, path, body string, header ...string) (int, string) {
	h.Helper()
	r, err := http.NewRequestWithContext(h.Context(), method, h.server.URL+"/api/v1/studies/HTN-24"+path, strings.NewReader(body))
	h.must(err)
	r.Header.Set("X-Test-Who", as)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := h.client.Do(r)
	h.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	h.must(err)
	return resp.StatusCode, string(text)
}

func (h *house) until(what string, fn func() bool) {
	h.Helper()
	for begun := time.Now(); !fn(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			h.Fatal("it did not come to this: " + what)
		}
	}
}

// consumer keeps what it has taken in together with its cursor. The careless one, our control, keeps the cursor of a whole
// answer before it has taken the answer in.
type consumer struct {
	careless bool
	cursor   string
	seen     []int64
}

// read follows the feed until it has taken in so many lines and is killed, in the middle of whatever the server does; or
// until ctx ends. No life depends on how fast the machine is.
func (c *consumer) read(ctx context.Context, h *house, life int) {
	ctx, kill := context.WithCancel(ctx)
	defer kill()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.server.URL+"/api/v1/studies/HTN-24/changes?wait=1&after="+c.cursor, nil)
	if err != nil {
		return
	}
	r.Header.Set("Accept", "application/x-ndjson")
	r.Header.Set("X-Test-Who", "everywhere")
	resp, err := h.client.Do(r)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	for lines := bufio.NewReader(resp.Body); life > 0; life-- {
		line, err := lines.ReadBytes('\n')
		if err != nil { // a line that was cut is no line
			return
		}
		var one Change
		if json.Unmarshal(line, &one) != nil {
			return
		}
		if c.careless {
			c.cursor = one.Cursor
			if life == 1 { // killed between the two
				return
			}
		}
		if one.ID != "" {
			c.seen = append(c.seen, one.Index)
		}
		c.cursor = one.Cursor
	}
}

// followed runs writers, kills the consumer again and again, lets it catch up, and tells what it missed or saw twice.
func (h *house) followed(c *consumer, kills int) (wrong int) {
	ctx, cancel := context.WithCancel(h.Context())
	var writers sync.WaitGroup
	work := make(chan struct{}, 8) // so that the writers keep a little ahead of the consumer, however fast either is
	for n := range 3 {
		writers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-work:
					_ = h.write(ctx, 1+n%2, "01")
				}
			}
		})
	}
	for range kills {
		life := rand.IntN(4)
		for range life {
			work <- struct{}{}
		}
		c.read(ctx, h, life)
	}
	cancel()
	writers.Wait()
	var size int64
	h.until("all entries have their place", func() bool {
		var waiting []ledger.Entry
		h.must(h.db.View(h.Context(), func(tx *store.Tx) (err error) {
			if size, err = ledger.Size(h.Context(), tx, htn); err == nil {
				waiting, err = ledger.Unplaced(h.Context(), tx, htn)
			}
			return err
		}))
		return len(waiting) == 0
	})
	h.until("the consumer has caught up", func() bool {
		for c.cursor != cursor(htn, size) {
			next, err := parseCursor(c.cursor, htn)
			h.must(err)
			c.careless = false
			c.read(h.Context(), h, int(size-next))
		}
		return c.cursor == cursor(htn, size)
	})
	for i, index := range c.seen {
		if index != int64(i) {
			return 1
		}
	}
	return int(size) - len(c.seen)
}

func TestAConsumerKilledAThousandTimesMissesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	kills := 1000
	if testing.Short() {
		kills = 100
	}
	onHouses(t, func(h *house) {
		c := &consumer{}
		if wrong := h.followed(c, kills); wrong != 0 || len(c.seen) < 100 {
			h.Errorf("%d wrong of %d entries", wrong, len(c.seen))
		}
	})
}

func TestControlACarelessConsumerMissesSomething(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		if h.followed(&consumer{careless: true}, 50) == 0 {
			h.Error("a consumer that keeps its cursor too early missed nothing: the test is blind")
		}
	})
}

func TestAReaderSeesItsOwnSitesOnly(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		h.must(h.write(h.Context(), 2, "01"))
		h.must(h.write(h.Context(), 3, "02"))
		h.must(h.write(h.Context(), 1, ""))
		page := func(as, query string) (p struct {
			Changes []Change `json:"changes"`
			Next    string   `json:"next"`
		}) {
			status, text := h.call(as, "GET", "/changes?"+query, "")
			if status != 200 {
				h.Fatal(text)
			}
			h.must(json.Unmarshal([]byte(text), &p))
			return p
		}
		h.until("all are placed", func() bool { return page("everywhere", "").Next == "HTN-24:6" })
		if n := len(page("everywhere", "").Changes); n != 6 {
			h.Errorf("the data manager sees %d", n)
		}
		mine := page("here", "")
		if len(mine.Changes) != 2 || mine.Next != "HTN-24:6" || mine.Changes[1].Site != "01" {
			h.Errorf("the monitor of site 01 sees %+v", mine)
		}
		first := page("everywhere", "limit=4")
		if rest := page("everywhere", "after="+first.Next); len(first.Changes) != 4 || len(rest.Changes) != 2 || rest.Changes[0].Index != 4 {
			h.Errorf("in two pages: %d and %+v", len(first.Changes), rest)
		}
	})
}

func TestALongPollEndsWithTheNextEntry(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		answer := make(chan string)
		go func() { _, text := h.call("here", "GET", "/changes?wait=20", ""); answer <- text }()
		h.must(h.write(h.Context(), 1, "02")) // not for this reader
		h.must(h.write(h.Context(), 1, "01"))
		if text := <-answer; !strings.Contains(text, `"bed.made"`) {
			h.Error(text)
		}
	})
}

func TestEventsAreResumedFromTheLast(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		h.must(h.write(h.Context(), 3, "01"))
		h.until("placed", func() bool {
			_, text := h.call("here", "GET", "/changes", "")
			return strings.Contains(text, "HTN-24:3")
		})
		ctx, cancel := context.WithCancel(h.Context())
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", h.server.URL+"/api/v1/studies/HTN-24/changes", nil)
		h.must(err)
		r.Header.Set("X-Test-Who", "here")
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Last-Event-ID", "HTN-24:2")
		resp, err := h.client.Do(r)
		h.must(err)
		defer resp.Body.Close()
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		h.must(err)
		if line != "id: HTN-24:3\n" {
			h.Errorf("the first event is %q", line)
		}
	})
}

func TestWhatIsNoCursorIsRefused(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		for query, code := range map[string]string{"after=OTHER:1": "platform.cursor_study", "after=HTN-24:-1": "platform.cursor", "after=HTN-24:x": "platform.cursor",
			"after=x": "platform.cursor", "limit=0": "platform.limit", "limit=5000": "platform.limit", "wait=99": "platform.wait", "wait=x": "platform.wait"} {
			if status, text := h.call("here", "GET", "/changes?"+query, ""); status != 400 || !strings.Contains(text, code) {
				h.Errorf("%s: %d %s", query, status, text)
			}
		}
	})
}

// receiver is a program that takes webhooks, and answers with what the test sets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []http.Header
	bodies [][]byte
}

func (h *house) receiver() *receiver {
	r := &receiver{status: 204}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, q.Header.Clone()), append(r.bodies, body)
		w.WriteHeader(r.status)
	}))
	h.Cleanup(r.Close)
	guard := channel.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	client := guard.HTTP()
	h.Cleanup(client.CloseIdleConnections)
	ch := h.s.Channel(client)
	ch.First = 10 * time.Millisecond
	h.box.Add(ch)
	h.run(h.box.Run)
	h.run(h.s.Run)
	return r
}

func (r *receiver) count() int { r.mu.Lock(); defer r.mu.Unlock(); return len(r.got) }

func (h *house) hook(r *receiver, events string) Webhook {
	h.Helper()
	status, text := h.call("everywhere", "POST", "/webhooks", `{"name":"warehouse","url":"`+r.URL+`","events":[`+events+`]}`)
	if status != 201 {
		h.Fatal(text)
	}
	var hook Webhook
	h.must(json.Unmarshal([]byte(text), &hook))
	return hook
}

func TestAWebhookIsToldOnceAndCanVerify(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		r := h.receiver()
		hook := h.hook(r, `"bed"`)
		h.run(h.s.Run) // a copy in another process
		h.must(h.write(h.Context(), 5, "01"))
		h.until("five are told", func() bool { return r.count() >= 5 })
		judge, err := standardwebhooks.NewWebhook(hook.Secret)
		h.must(err)
		ids := map[string]bool{}
		r.mu.Lock()
		for i := range r.got {
			if err := judge.Verify(r.bodies[i], r.got[i]); err != nil {
				h.Error(err)
			}
			ids[r.got[i].Get("webhook-id")] = true
			if strings.Contains(string(r.bodies[i]), "S1") {
				h.Errorf("the payload names the subject: %s", r.bodies[i])
			}
		}
		r.mu.Unlock()
		if len(ids) != 5 || r.count() != 5 {
			h.Errorf("%d calls of %d messages", r.count(), len(ids))
		}
		_, text := h.call("everywhere", "GET", "/webhooks", "")
		if strings.Contains(text, "whsec_") || !strings.Contains(text, r.URL) {
			h.Errorf("the list is %s", text)
		}
		h.until("the deliveries are listed", func() bool {
			_, text = h.call("everywhere", "GET", "/webhooks/"+hook.ID+"/deliveries?state=sent", "")
			return strings.Count(text, `"ok":true`) == 5
		})
		var log struct {
			Deliveries []delivery `json:"deliveries"`
		}
		h.must(json.Unmarshal([]byte(text), &log))
		if status, text := h.call("everywhere", "POST", "/webhooks/"+hook.ID+"/deliveries/"+log.Deliveries[0].ID+"/replay", ""); status != 202 {
			h.Error(text)
		}
		h.until("it is told again", func() bool { return r.count() == 6 })
	})
}

func TestASecretIsRotatedWithoutAGap(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		r := h.receiver()
		hook := h.hook(r, "")
		_, text := h.call("everywhere", "POST", "/webhooks/"+hook.ID+"/rotate", "")
		var young struct {
			Secret string `json:"secret"`
		}
		h.must(json.Unmarshal([]byte(text), &young))
		h.must(h.write(h.Context(), 1, "01"))
		h.until("it is told", func() bool { return r.count() >= 1 })
		for _, secret := range []string{hook.Secret, young.Secret} {
			judge, err := standardwebhooks.NewWebhook(secret)
			h.must(err)
			if err := judge.Verify(r.bodies[0], r.got[0]); err != nil {
				h.Error(err)
			}
		}
	})
}

func TestAWebhookThatWantsNoMoreIsDisabledAndCanComeBack(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		told := make(chan string, 64)
		h.s.o.Tell = func(_ context.Context, study casebook.StudyID, occasion, webhook string) error {
			told <- string(study) + " " + occasion + " " + webhook
			return nil
		}
		r := h.receiver()
		r.status = http.StatusGone
		hook := h.hook(r, "")
		h.must(h.write(h.Context(), 1, "01"))
		state := func() string { _, text := h.call("everywhere", "GET", "/webhooks", ""); return text }
		h.until("it is disabled", func() bool { return strings.Contains(state(), `"disabled"`) })
		if first := <-told; !strings.HasPrefix(first, "HTN-24 webhook-"+hook.ID+"-") || !strings.HasSuffix(first, " warehouse") {
			h.Errorf("told of %s", first)
		}
		f := NewFold(htn)
		h.until("the ledger agrees", func() bool {
			f = NewFold(htn)
			var findings []ledger.Finding
			h.must(h.db.View(h.Context(), func(tx *store.Tx) error {
				all, err := ledger.Read(h.Context(), tx, htn, 0, 100)
				h.must(err)
				for i := range all {
					f.Entry(&all[i])
				}
				findings, err = f.Compare(h.Context(), tx)
				return err
			}))
			return len(findings) == 0
		})
		r.mu.Lock()
		r.status = 200
		r.mu.Unlock()
		h.until("what could not be told is given up", func() bool { // which is on record a moment after the webhook is disabled
			_, text := h.call("everywhere", "GET", "/webhooks/"+hook.ID+"/deliveries?state=dead", "")
			return strings.Contains(text, `"state":"dead"`)
		})
		before := r.count()
		if status, text := h.call("everywhere", "POST", "/webhooks/"+hook.ID+"/enable", ""); status != 200 || !strings.Contains(text, `"replayed":1`) {
			h.Errorf("%d %s", status, text)
		}
		h.until("what was given up is told", func() bool { return r.count() > before })
	})
}

func TestWhatCannotBeAWebhookIsRefused(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		for _, url := range []string{"", "ftp://example.org", "https://", "https://user:secret@example.org", "not an address"} {
			if status, text := h.call("everywhere", "POST", "/webhooks", `{"name":"x","url":"`+url+`","events":[]}`); status != 400 {
				h.Errorf("%q: %d %s", url, status, text)
			}
		}
		if status, text := h.call("everywhere", "POST", "/webhooks", `{"nmae":"x"}`); status != 400 || !strings.Contains(text, "/nmae") {
			h.Errorf("an unknown name: %d %s", status, text)
		}
	})
}

// bothLeft is what the IETF's draft calls RateLimit: what is left of the client's requests, and of its study's.
var bothLeft = regexp.MustCompile(`^"client";r=\d+;t=1, "study";r=\d+;t=1$`)

func TestAPersonWhoAsksFasterThanAnybodyWorksWaitsAndOthersDoNot(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		ask := func(user casebook.UserID, method, pattern string) error {
			q := httptest.NewRequestWithContext(h.Context(), method, "/", nil)
			q.Pattern = pattern
			return h.s.Carry(httptest.NewRecorder(), q, &auth.Principal{Kind: auth.Person, User: user}, func(http.ResponseWriter, *http.Request) error { return nil })
		}
		const one = "/api/v1/studies/{study}/subjects/{subject}"
		for method, most := range map[string]int{"PATCH": 100, "GET": 200} { // twice their rate at once
			refused := 0
			for range 1000 {
				if err := ask("greedy", method, method+" "+one); err != nil {
					if refused++; casebook.KindOf(err) != casebook.TooMany || web.Status(err) != http.StatusTooManyRequests {
						h.Fatal(err)
					}
					if refused == 1 {
						rec := httptest.NewRecorder()
						web.Error(rec, httptest.NewRequest(method, "/", nil), err)
						if rec.Header().Get("Retry-After") != "1" {
							h.Errorf("%s: comes back after %q", method, rec.Header().Get("Retry-After"))
						}
					}
				}
				if err := ask("greedy", "GET", "GET "+one+"/live"); err != nil { // the control: streams are not counted
					h.Fatalf("a stream: %v", err)
				}
			}
			if refused < 900-most || refused > 1000-most {
				h.Errorf("%s: %d of 1000 at once were refused", method, refused)
			}
			if err := ask("modest", method, method+" "+one); err != nil {
				h.Errorf("somebody else: %v", err)
			}
		}
		h.s.o.Unhurried = true // of the demo
		for range 500 {
			if err := ask("greedy", "GET", "GET "+one); err != nil {
				h.Fatalf("in the demo: %v", err)
			}
		}
	})
}

func TestAClientThatAsksTooOftenWaitsAndOthersDoNot(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		client := func(id casebook.UserID) *auth.Principal {
			return &auth.Principal{Kind: auth.Client, User: id, Study: htn}
		}
		refused := 0
		for range 1000 {
			w := httptest.NewRecorder()
			if err := h.s.Admit(w, client("client:greedy")); err != nil {
				refused++
				if casebook.KindOf(err) != casebook.TooMany {
					h.Fatal(err)
				}
			}
			if w.Header().Get("Ratelimit-Policy") != `"client";q=50;w=1, "study";q=200;w=1` || !bothLeft.MatchString(w.Header().Get("Ratelimit")) {
				h.Fatalf("%v", w.Header())
			}
		}
		if refused < 500 {
			h.Errorf("only %d of 1000 at once were refused", refused)
		}
		if err := h.s.Admit(httptest.NewRecorder(), client("client:modest")); err != nil {
			h.Errorf("another client: %v", err)
		}
		for range 1000 {
			if err := h.s.Admit(httptest.NewRecorder(), &auth.Principal{Kind: auth.Device, User: "device:1", Study: htn}); err != nil {
				h.Fatalf("a phone: %v", err)
			}
		}
	})
}
