package notice

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/web"

	"github.com/emersion/go-smtp"
	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// This is F-FANOUT: a SUSAR goes to many simulated sites, each with a mailbox behind a real SMTP server and an endpoint
// behind a real HTTP server, some slow, some failing at first, some dead; the server is a process of its own and is killed
// with SIGKILL five times while it sends and while the replies come in.

const (
	fanOutDB    = "CASEBOOK_FANOUT_DB"
	fanOutRelay = "CASEBOOK_FANOUT_RELAY"
	fanOutMode  = "CASEBOOK_FANOUT_MODE"
	kills       = 5
)

// fanOutServer is the process that is killed. It reports whether this process is one.
func fanOutServer() bool {
	dsn := os.Getenv(fanOutDB)
	if dsn == "" {
		return false
	}
	ahead, _ := strconv.Atoi(os.Args[len(os.Args)-1])
	// Each lives some minutes later than the one before, so that the leases of the dead have run out.
	world := casebook.World{Now: func() time.Time { return time.Now().Add(time.Duration(ahead) * 5 * time.Minute) }, Rand: casebook.Outside().Rand}
	ctx := context.Background()
	db, err := store.Open(ctx, dsn, store.Options{World: world, Migrations: migrations})
	if err != nil {
		panic(err)
	}
	h := bare(db)
	relay, err := channel.ParseMail(os.Getenv(fanOutRelay))
	if err != nil {
		panic(err)
	}
	inside := channel.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	endpoint := h.s.Channel(inside.HTTP())
	mail := outbox.Channel{Name: "mail", Sender: relay}
	if os.Getenv(fanOutMode) == "early" {
		mail.Sender, endpoint.Sender = early{mail.Sender}, early{endpoint.Sender}
	}
	for _, ch := range []outbox.Channel{mail, endpoint} {
		ch.First, ch.Most = 50*time.Millisecond, 5*time.Second
		h.box.Add(ch)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var g errgroup.Group
	g.Go(func() error { return h.l.Run(ctx) })
	g.Go(func() error { return h.box.Run(ctx) })
	g.Go(func() error { return h.s.Run(ctx) })
	g.Go(func() error { return http.Serve(ln, h.siteDoor()) })
	fmt.Println("http://" + ln.Addr().String())
	panic(g.Wait())
}

// hesitates is how long early waits: longer than the slowest machine takes for the next message, so that a kill always finds some.
const hesitates = 2 * time.Second

// early is the control: it says that a message was taken, and hands it over some time later.
type early struct{ outbox.Sender }

func (e early) Send(ctx context.Context, m outbox.Message) (string, error) {
	ctx = context.WithoutCancel(ctx)
	go func() {
		time.Sleep(hesitates)
		for range 5 { // it tries, as the real one does, as long as it lives
			if _, err := e.Sender.Send(ctx, m); err == nil {
				return
			}
		}
	}()
	return "taken", nil
}

// siteDoor serves the routes to the coordinators of the town: X-Test-Who is p0042.0 for the one of site 0042.
func (h *house) siteDoor() http.Handler {
	mux := http.NewServeMux()
	for _, r := range h.s.Routes() {
		mux.Handle(r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error {
			user := casebook.UserID(q.Header.Get("X-Test-Who"))
			g := auth.Grant{Study: htn, Role: auth.ProjectManager}
			if site, _, ok := strings.Cut(strings.TrimPrefix(string(user), "p"), "."); ok {
				g = auth.Grant{Study: htn, Site: casebook.SiteID(site), Role: auth.Coordinator}
			}
			p := &auth.Principal{Kind: auth.Person, User: user, Grants: []auth.Grant{g}}
			return r.Handle(w, q.WithContext(casebook.WithActor(auth.With(q.Context(), p), casebook.Actor{User: user, Role: string(g.Role)})))
		}))
	}
	return (&web.Door{World: h.db.World()}).Wrap(mux)
}

// world outside: what the sites' mailboxes and endpoints have taken, by site, channel and id.
type outside struct {
	*testing.T
	mu     sync.Mutex
	tries  map[string]int            // attempts by channel, site and id
	taken  map[string]map[string]int // by channel and site: how often each id was taken
	total  int
	heard  chan string   // a site that was told for the first time
	events chan struct{} // holds one token: something was taken
}

// fate says what becomes of an attempt at a site: dead for ever, failing twice, slow, or well.
func fate(channel, site string) string {
	n, _ := strconv.Atoi(site)
	switch {
	case channel == "mail" && n%20 == 5, channel == EndpointChannel && n%20 == 8:
		return "dead"
	case n%10 == 3, channel == EndpointChannel && n%10 == 6:
		return "failing"
	case n%10 == 4:
		return "slow"
	}
	return "well"
}

// take is an attempt to tell a site. It reports whether the site takes it.
func (o *outside) take(channel, site, id string) string {
	o.mu.Lock()
	o.tries[channel+site+id]++
	tries, kind := o.tries[channel+site+id], fate(channel, site)
	o.mu.Unlock()
	switch {
	case kind == "dead", kind == "failing" && tries <= 2:
		return kind
	case kind == "slow":
		time.Sleep(100 * time.Millisecond)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := channel + " " + site
	if o.taken[key] == nil {
		o.taken[key] = map[string]int{}
	}
	o.taken[key][id]++
	if o.total++; len(o.taken["mail "+site])+len(o.taken[EndpointChannel+" "+site]) == 1 && o.taken[key][id] == 1 {
		o.heard <- site
	}
	select {
	case o.events <- struct{}{}:
	default:
	}
	return "well"
}

func (o *outside) count() int { o.mu.Lock(); defer o.mu.Unlock(); return o.total }

// mailbox is one conversation with the relay.
type mailbox struct {
	o    *outside
	site string
}

func (m *mailbox) Mail(string, *smtp.MailOptions) error { return nil }
func (m *mailbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	_, domain, _ := strings.Cut(to, "@")
	m.site, _, _ = strings.Cut(strings.TrimPrefix(domain, "site"), ".")
	return nil
}
func (m *mailbox) Data(from io.Reader) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	_, id, _ := strings.Cut(string(text), "Message-ID: <")
	id, _, _ = strings.Cut(id, "@")
	switch m.o.take("mail", m.site, id) {
	case "dead":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case "failing":
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "come back"}
	}
	return nil
}
func (m *mailbox) Reset()        {}
func (m *mailbox) Logout() error { return nil }

// open opens the relay and the endpoints, and returns their addresses.
func (o *outside) open() (relay, endpoints string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		o.Fatal(err)
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailbox{o: o}, nil }))
	s.Domain, s.ErrorLog = "localhost", log.New(io.Discard, "", 0) // whom a killed client hangs up on
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(ln) }()
	o.Cleanup(func() { s.Close(); ln.Close(); <-ended })
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch o.take(EndpointChannel, strings.TrimPrefix(r.URL.Path, "/"), r.Header.Get("webhook-id")) {
		case "failing":
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	o.Cleanup(web.Close)
	return "smtp+plain://" + ln.Addr().String() + "?from=casebook@example.org", web.URL
}

// fanOut sends a SUSAR to n sites in a mode and returns what is wrong afterwards.
func fanOut(t *testing.T, dsn, mode string, n int) (complaints []string) {
	o := &outside{T: t, tries: map[string]int{}, taken: map[string]map[string]int{}, heard: make(chan string, n), events: make(chan struct{}, 1)}
	relay, endpoints := o.open()
	notice := prepareFanOut(t, dsn, endpoints, n)
	s := &servers{T: t, env: append(os.Environ(), fanOutDB+"="+dsn, fanOutRelay+"="+relay, fanOutMode+"="+mode)}
	s.start()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute+time.Duration(n)*400*time.Millisecond)
	defer stop()
	var replying errgroup.Group
	var wrong sync.Map
	for range 8 {
		replying.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case site, more := <-o.heard:
					if !more {
						return nil
					}
					if what := s.reply(ctx, notice, site); what != "" {
						wrong.Store(site, what)
					}
				}
			}
		})
	}
	times := kills
	if mode == "early" {
		times = 1 // it forgets so much that no more would arrive
	}
	for k := 1; k <= times; k++ { // killed when so much has arrived
		for o.count() < k*n/(kills+1) && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-o.events:
			}
		}
		s.kill()
		s.start()
	}
	done := func() bool { return s.answered(ctx, notice) == n && len(o.judge(n)) == 0 }
	if mode == "early" { // what is lost stays lost: it is enough that the server has nothing left to do
		done = func() bool { return s.idle(ctx, notice) }
	}
	for !done() && ctx.Err() == nil {
		time.Sleep(50 * time.Millisecond)
	}
	if mode == "early" {
		time.Sleep(2 * hesitates) // the last ones are still on their way
	}
	stop()
	_ = replying.Wait()
	s.kill()
	wrong.Range(func(site, what any) bool {
		complaints = append(complaints, fmt.Sprintf("site %s: %s", site, what))
		return true
	})
	return append(complaints, o.judge(n)...)
}

// judge says which sites were not told, or told two things instead of one.
func (o *outside) judge(n int) (complaints []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range n {
		site, told := fmt.Sprintf("%04d", i), 0
		for _, channel := range []string{"mail", EndpointChannel} {
			ids := len(o.taken[channel+" "+site])
			told += ids
			if ids > 1 {
				complaints = append(complaints, fmt.Sprintf("site %s got %d different messages by %s", site, ids, channel))
			}
			if ids == 0 && fate(channel, site) != "dead" {
				complaints = append(complaints, fmt.Sprintf("site %s was never told by %s", site, channel))
			}
		}
		if told == 0 {
			complaints = append(complaints, fmt.Sprintf("site %s was never told", site))
		}
	}
	return complaints
}

// prepareFanOut makes the town and sends the notice: from then on it is on disk.
func prepareFanOut(t *testing.T, dsn, endpoints string, n int) (id string) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Migrations: migrations})
	if err != nil {
		t.Fatal(err)
	}
	h := bare(db)
	h.TB = t
	defer func() { h.must(db.Close()) }()
	h.town(n, 1)
	h.must(db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			site := fmt.Sprintf("%04d", i)
			for _, r := range [][4]string{{"", "p" + site + ".0", "mail", "crc@site" + site + ".example.org"}, {site, "", EndpointChannel, endpoints + "/" + site}} {
				if fate(EndpointChannel, site) == "dead" && r[2] == EndpointChannel {
					r[3] = "http://127.0.0.1:1/" // where nobody listens
				}
				_, err := tx.Exec(t.Context(), `INSERT INTO notice_reach(study_id, site_id, user_id, channel, address, secret) VALUES($1,$2,$3,$4,$5,'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')`,
					htn, r[0], r[1], r[2], r[3])
				if err != nil {
					return err
				}
			}
		}
		return nil
	}))
	d := letterTo(auth.Coordinator)
	d.Kind, d.Ack, d.Form, d.Channels = Safety, Plain, pollForm(), []string{"mail", EndpointChannel}
	return h.send(d).ID
}

// bare is a house on a database without a test around it.
func bare(db *store.DB) *house {
	h := assemble(db)
	h.grants["pm"] = []auth.Grant{{Study: htn, Role: auth.ProjectManager}}
	return h
}

// servers is the server, again and again.
type servers struct {
	*testing.T
	env     []string
	mu      sync.Mutex
	n       int
	cmd     *exec.Cmd
	address string
}

func (s *servers) start() {
	s.Helper()
	cmd := exec.Command(os.Args[0], strconv.Itoa(s.n))
	cmd.Env, cmd.Stderr = s.env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		s.Fatal("the server did not start")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd, s.address, s.n = cmd, lines.Text(), s.n+1
	s.Cleanup(func() { _ = cmd.Process.Kill() })
}

func (s *servers) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Kill() // SIGKILL
	_ = s.cmd.Wait()
}

var errAgain = errors.New("again")

// call asks whichever server there is, until one answers with a status that is not its own trouble.
func (s *servers) call(ctx context.Context, as, method, path string, body any) (int, []byte) {
	text, err := json.Marshal(body)
	if err != nil {
		s.Error(err)
		return 0, nil
	}
	for ctx.Err() == nil {
		s.mu.Lock()
		address := s.address
		s.mu.Unlock()
		status, got, err := once(ctx, address, as, method, path, text)
		if err == nil {
			return status, got
		}
		time.Sleep(20 * time.Millisecond)
	}
	return 0, nil
}

func once(ctx context.Context, address, as, method, path string, text []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address+"/api/v1/studies/HTN-24"+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Test-Who", as)
	r.Header.Set("Content-Type", "application/json")
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 500 {
		err = errAgain
	}
	return resp.StatusCode, got, err
}

// reply is what a site does when it is told: it looks, confirms, answers, and answers once more to be sure. It returns what
// is wrong.
func (s *servers) reply(ctx context.Context, notice, site string) string {
	who := "p" + site + ".0"
	_, text := s.call(ctx, who, "POST", "/inbox", struct{}{})
	var box struct {
		Letters []struct {
			ID string `json:"id"`
		} `json:"letters"`
	}
	if err := json.Unmarshal(text, &box); ctx.Err() == nil && (err != nil || len(box.Letters) != 1 || box.Letters[0].ID != notice) {
		return fmt.Sprintf("it sees %d notices: %s", len(box.Letters), text)
	}
	n, _ := strconv.Atoi(site)
	answer := map[string]any{"site": site, "items": reply([]string{"true", "false"}[n%2], strconv.Itoa(n%500), "OK")}
	for _, step := range []struct {
		path string
		body any
	}{{"/acknowledgement", map[string]string{"site": site}}, {"/answer", answer}, {"/answer", answer}} {
		if status, text := s.call(ctx, who, "POST", "/inbox/"+notice+step.path, step.body); status != 200 && ctx.Err() == nil {
			return fmt.Sprintf("%s: %d %s", step.path, status, text)
		}
	}
	return ""
}

// stand is how the notice stands, as its sender sees it.
func (s *servers) stand(ctx context.Context, notice string) (m struct {
	Matrix Matrix           `json:"matrix"`
	Left   map[string]int64 `json:"left"`
}) {
	_, text := s.call(ctx, "pm", "GET", "/notices/"+notice, struct{}{})
	_ = json.Unmarshal(text, &m) // what cannot be read is asked again
	return m
}

func (s *servers) answered(ctx context.Context, notice string) int {
	return int(s.stand(ctx, notice).Matrix.Total.Answered)
}

func (s *servers) idle(ctx context.Context, notice string) bool {
	m := s.stand(ctx, notice)
	return m.Matrix.State == Sent && m.Left["waiting"] == 0
}

// sitesOfFanOut is how many sites there are: 40 in a short run, 100 otherwise, or as many as CASEBOOK_FANOUT_SITES says.
func sitesOfFanOut() int {
	if n, err := strconv.Atoi(os.Getenv("CASEBOOK_FANOUT_SITES")); err == nil {
		return n
	}
	if testing.Short() {
		return 40
	}
	return 100
}

func TestASUSARReachesEverySiteThoughTheServerIsKilledFiveTimes(t *testing.T) {
	t.Parallel()
	n := sitesOfFanOut()
	dsn := storetest.DSN(t, "sqlite")
	for _, complaint := range fanOut(t, dsn, "", n) {
		t.Error(complaint)
	}
	db, err := store.Open(t.Context(), dsn, store.Options{Migrations: migrations})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := bare(db)
	h.TB = t
	all := []listed{}
	h.must(db.View(t.Context(), func(tx *store.Tx) (err error) { all, err = list(t.Context(), tx, htn); return err }))
	if len(all) != 1 {
		t.Fatalf("%d notices, want 1", len(all))
	}
	m := h.matrix(all[0].ID)
	if m.State != Sent || len(m.Sites) != n || m.Total.Recipients != int64(n) || m.Total.Received != int64(n) || m.Total.Acknowledged != int64(n) || m.Total.Answered != int64(n) || m.Total.Missing != 0 {
		t.Errorf("the matrix says %+v of %d sites", m.Total, n)
	}
	h.must(each(t.Context(), db, htn, all[0].ID, func(to *Recipient) error {
		k, _ := strconv.Atoi(string(to.Site))
		if to.Revision != 1 || !strings.Contains(to.Answer, `"value":"`+strconv.Itoa(k%500)+`"`) {
			t.Errorf("site %s answered %d times: %s", to.Site, to.Revision, to.Answer)
		}
		return nil
	}))
	if found := h.verify(); len(found) > 0 {
		t.Errorf("verification finds %v", found)
	}
}

// The control: a server that says "sent" before it has sent loses messages when it is killed, and the same judge sees it.
func TestTheJudgeSeesMessagesThatAKilledServerForgot(t *testing.T) {
	t.Parallel()
	if complaints := fanOut(t, storetest.DSN(t, "sqlite"), "early", 40); len(complaints) == 0 {
		t.Error("nothing was missed")
	}
}
