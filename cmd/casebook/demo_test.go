package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"casebook/ledger"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var anyLine = regexp.MustCompile(`^(.*)\n$`)

// demo starts the demo in the house and returns what it says of itself, in one line.
func (h *house) demo(t *testing.T) (*process, greeting) {
	t.Helper()
	args := []string{"demo", "--json", "--data", h.folder}
	if h.engine == "postgres" {
		args = append(args, "--db", h.dsn, "--unsafe")
	}
	p := start(t, nil, args...)
	var g greeting
	if err := json.Unmarshal([]byte(p.find(t, p.stdout, anyLine)), &g, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	return p, g
}

// stopsSoon stops a process and fails the test unless it ended well within limit.
func (p *process) stopsSoon(t *testing.T, limit time.Duration) {
	t.Helper()
	begun := time.Now()
	if code := p.stop(t); code != 0 {
		t.Errorf("ended with %d\n%s", code, p.stderr)
	}
	if took := time.Since(begun); took > limit {
		t.Errorf("it took %v to stop", took)
	}
}

// TestTheDemo lives through a demo, which takes its time to make: its first start, a stop in the midst of a request, its
// second start, and a hand in its database.
func TestTheDemo(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		if h.engine == "sqlite" {
			h.interrupts(t)
		}
		p, first := h.demo(t)
		first.isComplete(t, h)
		first.takesReports(t, visit(t, first.Address).signIn(t, "linyue", demoPassword))
		if h.engine == "sqlite" {
			first.keepsToItsDocument(t, oneOfEachRole(first.Logins))
			first.servesItsClients(t)
		} else { // which database it is, no client sees
			first.keepsToItsDocument(t, first.Logins[:1])
		}
		first.finishesWhatIsUnderWay(t, p)
		if _, n, _ := p.stdout.after(0); n != 1 {
			t.Errorf("it printed %d lines\n%s", n, p.stdout)
		}
		before := h.entries(t)
		h.opensAgain(t, first)
		if after := h.entries(t); after != before+1 { // the invitation
			t.Errorf("the second start made entries: %d, before %d", after, before)
		}
		h.verify(t).clean(t)
		h.proves(t, first)
		h.findsWhatWasAltered(t)
	})
}

// entries verifies the house and counts its entries.
func (h *house) entries(t *testing.T) int {
	t.Helper()
	v := parsed[struct{ Studies, Entries, Waiting, Checkpoints int }](t, h.verify(t, "--json").done(t).stdout)
	if v.Studies != 2 || v.Entries < 2000 || v.Checkpoints == 0 {
		t.Errorf("verified %+v", v)
	}
	return v.Entries + v.Waiting
}

// interrupts stops a first start as soon as it has a database. The next must begin anew.
func (h *house) interrupts(t *testing.T) {
	t.Helper()
	p := start(t, nil, "demo", "--json", "--data", h.folder)
	h.begins(t, p)
	if p.stop(t); strings.Contains(p.stdout.String(), "address") {
		t.Fatal("it was ready before it could be interrupted")
	}
}

// begins waits until the demo has begun to write.
func (h *house) begins(t *testing.T, p *process) {
	t.Helper()
	if _, made := eventually(patience, func() bool {
		_, err := os.Stat(filepath.Join(h.folder, "keys", "ledger.key"))
		return err == nil
	}); !made {
		t.Fatalf("it never began\n%s", p.stderr)
	}
}

// serving is the house under the account that deploy/postgres-roles.sql makes for the servers, to which the ledger is closed: it
// adds there and changes nothing. The control is the owner, to whom it is not. SQLite knows no accounts.
func (h *house) serving(t *testing.T) *house {
	t.Helper()
	if h.engine != "postgres" {
		return h
	}
	roles, err := os.ReadFile("../../deploy/postgres-roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("casebook_service")
	served := &house{engine: h.engine, folder: h.folder, dsn: u.String()}
	ask := func(dsn, statement string) error {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), statement)
		return err
	}
	if err := ask(h.dsn, string(roles)); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"ledger_entry", "ledger_index", "ledger_node"} {
		for _, statement := range []string{"UPDATE " + table + " SET study_id = study_id WHERE study_id = ''", "DELETE FROM " + table + " WHERE study_id = ''"} {
			if err := ask(h.dsn, statement); err != nil {
				t.Errorf("the owner was to be able to: %v", err)
			}
			if denied, ok := errors.AsType[*pgconn.PgError](ask(served.dsn, statement)); !ok || denied.Code != "42501" { // insufficient_privilege
				t.Errorf("%s under the servers' account: %v", statement, denied)
			}
		}
	}
	return served
}

// isServed reports that a server works under its own account.
func (h *house) isServed(t *testing.T) {
	t.Helper()
	if h.engine != "postgres" {
		return
	}
	conn, err := pgx.Connect(t.Context(), h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE usename = 'casebook_service'`).Scan(&n); err != nil || n == 0 {
		t.Errorf("%d sessions of the servers' account, %v", n, err)
	}
}

// opensAgain starts the demo once more, on PostgreSQL under the servers' account: it is the same, and the report that was under way at its
// stop is nothing new.
func (h *house) opensAgain(t *testing.T, first greeting) {
	t.Helper()
	served := h.serving(t)
	begun := time.Now()
	p, second := served.demo(t)
	h.isServed(t)
	t.Logf("opened again after %v", time.Since(begun).Round(time.Millisecond))
	v := visit(t, second.Address)
	if p := second.Patient; p.Subject != first.Patient.Subject || !strings.HasPrefix(p.Link, second.Address+"/p/") || p.PIN == "" || p.Link == first.Patient.Link {
		t.Errorf("the second start invites %+v, the first %+v", p, first.Patient)
	}
	second.Address, second.Patient = first.Address, first.Patient // a free port and a new invitation each time
	if !reflect.DeepEqual(first, second) {
		t.Errorf("the second start says\n%+v, the first said\n%+v", second, first)
	}
	first.send(t, v, "under way")
	p.stopsSoon(t, 10*time.Second)
}

func (g greeting) isComplete(t *testing.T, h *house) {
	t.Helper()
	if !strings.HasPrefix(g.Address, "http://127.0.0.1:") || g.TrialID != "HTN-24" || len(g.PatientIDs) != 160 || !strings.HasPrefix(g.ReportToken, "cb_HTN-24_") {
		t.Errorf("it says %+v", g)
	}
	if g.Data != h.where() {
		t.Errorf("the data are said to be in %s", g.Data)
	}
	roles := map[string]bool{}
	for _, l := range g.Logins {
		roles[l.Role] = l.User != "" && l.Password != ""
	}
	for _, role := range []string{"coordinator", "investigator", "monitor", "datamanager", "projectmanager", "admin"} {
		if !roles[role] {
			t.Errorf("nobody can sign in as %s", role)
		}
	}
}

// takesReports posts one report with the token that the demo printed, twice: the second is known.
func (g greeting) takesReports(t *testing.T, v *visitor) {
	t.Helper()
	if list := get[struct{ Patients []any }](t, v, http.StatusOK, "GET", "/trials/"+string(g.TrialID)+"/patients", ""); len(list.Patients) == 0 {
		t.Error("the coordinator sees no patients")
	}
	if once, twice := g.send(t, v, "twice"), g.send(t, v, "twice"); once != twice || once == "" {
		t.Errorf("the same report has the receipts %q and %q", once, twice)
	}
}

// send posts a report and returns its receipt.
func (g greeting) send(t *testing.T, v *visitor, id string) string {
	t.Helper()
	return get[struct{ Receipt string }](t, v, http.StatusOK, "POST", "/report", g.report(id), "Authorization", "Bearer "+g.ReportToken).Receipt
}

func (g greeting) report(id string) string {
	return fmt.Sprintf(`{"patientId":%q,"id":%q,"data":{"note":"well"}}`, g.PatientIDs[0], id)
}

// finishesWhatIsUnderWay sends the head of a report, has the server ask for the rest, tells it to stop, and sends the rest.
func (g greeting) finishesWhatIsUnderWay(t *testing.T, p *process) {
	t.Helper()
	address := strings.TrimPrefix(g.Address, "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := g.report("under way")
	fmt.Fprintf(c, "POST /report HTTP/1.1\r\nHost: casebook\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		g.ReportToken, len(body))
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("the server does not ask for the rest: %q %v", line, err)
	}
	begun := time.Now()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if _, closed := eventually(patience, func() bool {
		other, err := net.Dial("tcp", address)
		if err == nil {
			other.Close()
		}
		return err != nil
	}); !closed {
		t.Fatal("it still takes connections")
	}
	io.WriteString(c, body)
	in.ReadString('\n') // the empty line after 100
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("the report under way was cut: %v\n%s", err, p.stderr)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode/100 != 2 {
		t.Errorf("the report under way is answered %d %s", answer.StatusCode, text)
	}
	p.stopsSoon(t, 10*time.Second)
	t.Logf("stopped %v after it was told to", time.Since(begun).Round(time.Millisecond))
}

// findsWhatWasAltered changes one byte of one entry, which the verification must name.
func (h *house) findsWhatWasAltered(t *testing.T) {
	t.Helper()
	id := h.alter(t)
	answer := h.verify(t)
	answer.refused(t, "findings")
	if !strings.Contains(answer.stdout, "HTN-24: ledger_entry "+id) {
		t.Errorf("the altered entry %s is not named:\n%s", id, answer.stdout)
	}
	if found := h.verify(t, "--json"); found.code != 1 || !strings.Contains(found.stdout, id) {
		t.Errorf("as JSON it ends with %d and says\n%.500s", found.code, found.stdout)
	}
}

// where is the house's data, as commands that read the ledger alone take it.
func (h *house) where() string {
	if h.engine == "postgres" {
		return h.dsn
	}
	return h.folder
}

// proves asks for the proof of one entry, and for that of an entry that is not there.
func (h *house) proves(t *testing.T, g greeting) {
	t.Helper()
	p, err := ledger.ParseProof([]byte(call(t, "prove", h.where(), string(g.TrialID), "100").done(t).stdout))
	if err != nil || p.Entry.Index != 100 || p.Entry.Study != "HTN-24" || p.Entry.What == "" || p.Size < 2000 {
		t.Errorf("the proof is %+v, %v", p, err)
	}
	call(t, "prove", h.where(), string(g.TrialID), "100000000").refused(t, "ledger.no_entry")
}

// alter changes one byte of one entry of the study, as somebody with a password to the database would.
func (h *house) alter(t *testing.T) (id string) {
	t.Helper()
	const pick = `SELECT e.entry_id, e.new FROM ledger_entry e JOIN ledger_index i ON i.study_id = e.study_id AND i.entry_id = e.entry_id
		WHERE e.study_id = 'HTN-24' AND i.idx = 1000`
	const put = `UPDATE ledger_entry SET new = $1 WHERE entry_id = $2`
	var text string
	flip := func() string { return text[:len(text)-2] + string(text[len(text)-2]^1) + text[len(text)-1:] }
	if h.engine == "postgres" {
		conn, err := pgx.Connect(t.Context(), h.dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), pick).Scan(&id, &text); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), put, flip(), id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	db, err := sql.Open("sqlite", filepath.Join(h.folder, "casebook.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(pick).Scan(&id, &text); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(put, flip(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

// A folder without the demo's mark may be somebody's study, so the demo keeps its hands off it.
func TestTheDemoLeavesOtherPeoplesDataAlone(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
	call(t, "demo", "--json", "--data", h.folder).refused(t, h.folder, "demo.not_a_demo")
	h.verify(t).clean(t)
	if again := call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t); !strings.Contains(again.stdout, "0 new") {
		t.Errorf("the study was touched: %s", again.stdout)
	}
}

func TestTheDemoSaysThatItsPostgreSQLWasLeftHalfFull(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	args := []string{"demo", "--json", "--data", h.folder, "--db", h.dsn, "--unsafe"}
	p := start(t, nil, args...)
	h.begins(t, p)
	p.stop(t)
	call(t, args...).refused(t, h.folder, "demo.unfinished")
}

// Everybody knows the password of the demo's people, so they get no accounts where there are others.
func TestTheDemoStaysOutOfAPostgreSQLThatPeopleUse(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	callIn(t, nil, password+"\n", h.args("person", "add", "linyue", "Lin Yue")...).done(t)
	for range 2 { // and the second time it does not take the first for an interrupted start
		call(t, "demo", "--json", "--data", t.TempDir(), "--db", h.dsn, "--unsafe").refused(t, "demo.not_a_demo")
	}
	h.verify(t).clean(t)
}
