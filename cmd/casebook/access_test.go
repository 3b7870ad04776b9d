package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/gateway"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// These tests are F-IDOR: every address of the product, asked by everybody, about everybody's things. Who should get in is
// written in testdata/access.txt, which a person reads; who does get in is found out by asking. An address that is not in
// the table, or whose request nobody has written down here, fails.

var update = flag.Bool("update", false, "write the table of addresses anew")

const accessTable = "testdata/access.txt"

// table writes down who may use each address, as the router's own policies say.
func table(routes []auth.Route) string {
	lines := []string{}
	for _, r := range routes {
		line := fmt.Sprintf("%-90s %-16s", r.Pattern, r.Policy)
		for _, role := range r.Policy.Roles() {
			line += " " + string(role)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// admitted reads the table: the roles that get in, by address.
func admitted(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(accessTable)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		method, rest, _ := strings.Cut(line, " ")
		fields := strings.Fields(strings.NewReplacer("signed in", "signed-in", "own account", "own-account").Replace(rest))
		out[method+" "+fields[0]] = fields[1:]
	}
	return out
}

func TestTheTableOfAddressesIsTheOneThatWasApproved(t *testing.T) {
	t.Parallel()
	w := emptyWard(t)
	text := table(w.door(t, w.routes()).Routes())
	if *update {
		if err := os.WriteFile(accessTable, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(accessTable)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the addresses and who may use them are not the approved ones; read this, and then run with -update:\n%s", text)
	}
}

// TestNobodyReachesWhatIsNotTheirs asks everything. It asks on SQLite: what an answer is does not depend on the engine,
// and each package's own tests ask about foreign sites on both. Under the race detector, which takes six times longer,
// it asks every fifth question; scripts/test runs it once more without.
func TestNobodyReachesWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	if raced {
		w.every = 5 // not a divisor of the number of people who ask: all of them do, elsewhere each time
	}
	asked, wrong := w.judge(t, w.routes(), "")
	for _, line := range wrong {
		t.Error(line)
	}
	w.stillBlind(t)
	t.Logf("F-IDOR: %d questions, %d wrong", asked, len(wrong))
	if asked < 12000/w.every {
		t.Errorf("only %d questions were asked", asked)
	}
}

// TestALoosenedPolicyIsFound is the control: for each of these faults the same questions find it.
func TestALoosenedPolicyIsFound(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, c := range []struct {
		fault, pattern string
		change         func(*auth.Route)
	}{
		{"a policy asks for less", "PUT /api/v1/studies/{study}/plan", func(r *auth.Route) { r.Policy = auth.InStudy(auth.StudyRead) }},
		{"an address is public", "GET /api/v1/settings", func(r *auth.Route) { r.Policy = auth.Public }},
		{"everybody signed in", "GET /api/v1/studies/{study}/webhooks", func(r *auth.Route) { r.Policy = auth.SignedIn }},
		{"the site is not asked", "GET /api/v1/studies/{study}/subjects/{subject}", elsewhereToo},
		{"somebody blinded opens a list", "GET /api/v1/studies/{study}/randomisation-lists/{list}", func(r *auth.Route) { r.Policy = auth.InStudy(auth.StudyRead) }},
		{"a list tells of other sites", "GET /api/v1/studies/{study}/matrix", elsewhereToo},
	} {
		routes := w.routes()
		i := slices.IndexFunc(routes, func(r auth.Route) bool { return r.Pattern == c.pattern })
		if asked, wrong := w.judge(t, routes, c.pattern); asked == 0 || len(wrong) > 0 {
			t.Errorf("before the fault: %d asked, %q", asked, wrong)
		}
		c.change(&routes[i])
		if _, wrong := w.judge(t, routes, c.pattern); len(wrong) == 0 {
			t.Errorf("%s: nobody noticed", c.fault)
		}
	}
	if _, wrong := w.judge(t, append(w.routes(), auth.Route{Pattern: "GET /new", Policy: auth.SignedIn, Handle: web.Missing}), "GET /new"); len(wrong) != 1 {
		t.Errorf("an address that is not in the table: %q", wrong)
	}
}

// elsewhereToo makes a handler that asks for the site, and is told of all.
func elsewhereToo(r *auth.Route) {
	handle := r.Handle
	r.Handle = func(w http.ResponseWriter, q *http.Request) error {
		return handle(w, q.WithContext(everywhere(q.Context())))
	}
}

// everywhere is a context in which whoever asks works at all sites.
func everywhere(ctx context.Context) context.Context {
	p := *auth.From(ctx)
	p.Allows(auth.FormRead, "", "") // asked, so that the guard does not notice either
	p.Grants = slices.Clone(p.Grants)
	for i := range p.Grants {
		p.Grants[i].Site = ""
	}
	return auth.With(ctx, &p)
}

// door puts the routes behind a gateway. What clients may ask in a minute is not bounded here.
func (w *ward) door(t *testing.T, routes []auth.Route) *gateway.Gateway {
	t.Helper()
	gate, err := gateway.New(gateway.Options{World: w.a.db.World(), Auth: w.a.people, Trials: w.a.trials, Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	return gate
}

// judge asks everything of routes, or of the one whose pattern is given, and returns what was answered otherwise than the
// table says.
func (w *ward) judge(t *testing.T, routes []auth.Route, only string) (asked int, wrong []string) {
	t.Helper()
	gate, who := w.door(t, routes), admitted(t)
	for _, r := range gate.Routes() {
		if only != "" && r.Pattern != only {
			continue
		}
		roles, known := who[r.Pattern]
		if !known {
			wrong = append(wrong, r.Pattern+" is not in the table")
			continue
		}
		if roles[0] == "public" {
			continue
		}
		questions := w.questions(r.Pattern, roles)
		if questions == nil {
			wrong = append(wrong, r.Pattern+": nobody has written down a request for it")
		}
		for _, q := range questions {
			n, errs := w.ask(t, gate, q)
			asked, wrong = asked+n, append(wrong, errs...)
		}
	}
	return asked, wrong
}

// question is one request to one address, with who gets in.
type question struct {
	pattern string
	note    string // what the body asks for, where that decides
	roles   []string
	body    func(at things) string
	atSites bool // what it is about belongs to a site
	own     bool // a device's own subject only
}

// things are what a request names: the parts of its address and of its body.
type things map[string]string

// ask has everybody ask q about their own site, another, another study's, and what is not there.
func (w *ward) ask(t *testing.T, gate http.Handler, q question) (asked int, wrong []string) {
	for _, v := range w.visitors {
		if w.turn++; w.turn%w.every != 0 {
			continue
		}
		var missing reply
		if q.atSites && v.site != "" { // who is at one site must not tell what is elsewhere from what is nowhere
			missing = w.send(t, gate, v, q, w.missing)
		}
		for _, scope := range []struct {
			name string
			at   things
		}{{"own site", w.here}, {"another site", w.there}, {"another study", w.foreign}, {"no study", w.nowhere}} {
			if !strings.Contains(q.pattern, "{") && scope.name != "own site" && scope.name != "another site" {
				continue
			}
			got := w.send(t, gate, v, q, scope.at)
			asked++
			if complaint := w.expected(v, q, scope.name, got, missing); complaint != "" {
				wrong = append(wrong, fmt.Sprintf("%s%s: %s, %s: %d %s: %s", q.pattern, q.note, v.name, scope.name, got.status, got.code, complaint))
			}
		}
	}
	return asked, wrong
}

// expected says what is wrong with an answer, "" when nothing is.
func (w *ward) expected(v asker, q question, scope string, got, missing reply) string {
	inStudy := strings.Contains(q.pattern, "{study}") || strings.Contains(q.pattern, "{trialId}")
	mine := slices.Contains(q.roles, v.role) && (v.scopes == nil || q.roles[0] == "signed-in" || slices.Contains(v.scopes, q.roles[0]))
	if strings.Contains(got.body, plainly) {
		w.plain[q.pattern] = true
	}
	switch {
	case got.status >= 500:
		return "the server failed"
	case v.blinded() && strings.Contains(got.body, quetzal):
		return "it tells what a subject is given: " + got.body
	case !v.opens() && strings.Contains(got.body, lapwing):
		return "it tells a blinded value: " + got.body
	case v.role == "":
		return unless(got.status == 401 && got.code == "auth.signed_out", "who is not signed in is told so")
	case inStudy && (scope == "another study" || scope == "no study" || v.study != demo.ID):
		if v.study == "ONC-7" && scope == "another study" {
			return "" // it is theirs
		}
		return unless(got.status == 404 && got.code == "trial.unknown", "a foreign study is not there")
	case !mine && got.status == 404 && q.atSites && scope == "another site" && v.site != "":
		return unless(got.code == missing.code && got.text == missing.text, "what belongs to another site is answered like what is not there")
	case !mine:
		return unless(got.status == 403, "the role may not do this")
	case q.own:
		return unless((got.status == 404 || got.status == 403) == (v.subject != "" && scope == "another site"), "a device speaks for its own subject")
	case q.atSites && scope == "another site" && v.site != "":
		if got.status != 404 || got.code != missing.code || got.text != missing.text {
			return fmt.Sprintf("what belongs to another site is answered like what is not there: %d %s\n  %s\n  %s", missing.status, missing.code, got.text, missing.text)
		}
		return ""
	case v.site != "" && got.status < 300 && w.tells(got.body):
		return "it tells of another site: " + got.body
	}
	return unless(!kept(got), "the role may do this")
}

func unless(ok bool, complaint string) string {
	if ok {
		return ""
	}
	return complaint
}

// kept reports whether an answer kept somebody out, instead of taking them in and finding fault with what they brought.
func kept(r reply) bool {
	return r.status == 401 || r.status == 403 || r.status == 405 || r.status == 404 &&
		slices.Contains([]string{"trial.unknown", "trial.site_unknown", "patient.unknown", "r4.unknown", "lab.unknown", "monitor.signal.unknown", "monitor.site_unknown", "epro.record_unknown", "epro.device_unknown", "epro.alert_unknown", "record.query_unknown", "site.unknown", "site.issue_unknown", "site.request_unknown", "document.unknown", "visit.unknown", "payment.unknown", "site.delegation_unknown", "allocation.unknown", "kit.unknown", "request.no_such_address"}, r.code)
}

// tells reports whether an answer names anything of the other site's. That there is such a site is no secret.
func (w *ward) tells(body string) bool {
	for _, name := range []string{"subject", "signal", "record", "device", "alert", "query", "issue", "document", "visit", "statement", "person", "delegation", "kit"} {
		if strings.Contains(body, w.there[name]) {
			return true
		}
	}
	return false
}

// reply is an answer, with what makes it comparable with another: its text without the names that were asked for.
type reply struct {
	status           int
	code, text, body string
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// send sends q about what at names.
func (w *ward) send(t *testing.T, gate http.Handler, v asker, q question, at things) reply {
	t.Helper()
	method, path, _ := strings.Cut(q.pattern, " ")
	path = placeholder.ReplaceAllStringFunc(path, func(name string) string {
		value, ok := at[strings.Trim(name, "{}")]
		if !ok {
			t.Fatalf("%s: nobody knows %s", q.pattern, name)
		}
		return value
	})
	body := ""
	if q.body != nil {
		body = q.body(at)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("X-Casebook", "1")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", `"1"`)
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	} else if v.session != "" {
		r.AddCookie(&http.Cookie{Name: "casebook_session", Value: v.session})
	}
	rec := &briefly{httptest.NewRecorder(), strings.HasSuffix(path, "/live") || strings.HasSuffix(path, "/changes"), cancel}
	if brokenOff(gate, rec, r) {
		return reply{status: http.StatusInternalServerError, code: "broken off"}
	}
	// The first answers of a kind stand for the hundreds after them, which come from the same lines.
	if kind := fmt.Sprint(q.pattern, rec.Code); rec.Code != http.StatusNotFound && w.described[kind] < 5 {
		w.described[kind]++
		if complaint := contract().Answer(q.pattern, rec.Code, rec.Header().Get("Content-Type"), rec.Body.Bytes()); complaint != nil {
			t.Errorf("%s, %s: the document does not know this answer: %v", q.pattern, v.name, complaint)
		}
	}
	out := reply{status: rec.Code, body: rec.Body.String()}
	if rec.Code >= 400 {
		out.code, out.text = complaint(rec.Body.Bytes())
		names := slices.SortedFunc(maps.Keys(at), func(a, b string) int { // two names may have one value, or one that begins another
			return cmp.Or(len(at[b])-len(at[a]), strings.Compare(a, b))
		})
		for _, name := range names {
			if len(at[name]) > 3 {
				out.text = strings.ReplaceAll(out.text, at[name], "{"+name+"}")
			}
		}
		out.text = strings.ReplaceAll(out.text, " "+at["site"], " {site}")
	}
	return out
}

// complaint is what a problem says, or an OperationOutcome.
func complaint(body []byte) (code, text string) {
	var outcome web.Outcome
	if json.Unmarshal(body, &outcome) == nil && len(outcome.Issue) > 0 {
		first := outcome.Issue[0]
		return first.Details.Coding[0].Code, first.Details.Text + " at " + strings.Join(first.Location, "")
	}
	var problem struct {
		Code, Detail, Place string
	}
	if json.Unmarshal(body, &problem, json.MatchCaseInsensitiveNames(true)) != nil {
		return "", ""
	}
	return problem.Code, problem.Detail + " at " + problem.Place
}

// brokenOff reports whether an answer was begun and then broken off by an error.
func brokenOff(gate http.Handler, w http.ResponseWriter, r *http.Request) (broken bool) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			broken = true
		} else if p != nil {
			panic(p)
		}
	}()
	gate.ServeHTTP(w, r)
	return false
}

// briefly is a visitor who leaves a stream after its first words.
type briefly struct {
	*httptest.ResponseRecorder
	stream bool
	leave  func()
}

func (b *briefly) Flush() {
	b.ResponseRecorder.Flush()
	if b.stream {
		b.leave()
	}
}

// asker is somebody who asks.
type asker struct {
	name, role, session, token string
	study                      casebook.StudyID
	site                       casebook.SiteID
	subject                    casebook.SubjectID // of a device
	scopes                     []string           // of a client
}
