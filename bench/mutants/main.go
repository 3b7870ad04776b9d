// Command mutants makes mistakes in the code that guards, one at a time and in a copy that only the compiler sees, and runs the test
// that must then fail. It prints one line of the fault programme, S-MUT. The control is an edit that changes nothing: no test may fail.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// mutant is a mistake: what stands in a file, what stands there instead, and the test that must see it.
type mutant struct{ file, is, becomes, test string }

var mutants = []mutant{
	{"ledger/ledger.go", "return errUnrecorded", "return nil", "TestAWriteThatRecordsNothingIsRefused"},
	{"ledger/verify.go", "!bytes.Equal(want[:], stored) ||", "len(want) != len(stored) || bytes.Equal(nil, want[:]) ||", "TestEveryFlippedByteIsNamed"},
	{"web/decode.go", "json.RejectUnknownMembers(true)", "json.RejectUnknownMembers(false)", "TestJSONThatCouldBeReadInTwoWaysIsRefusedWithItsPlace"},
	{"web/decode.go", "d.StackDepth() > MaxDepth", "d.StackDepth() > 100*MaxDepth", "TestJSONThatCouldBeReadInTwoWaysIsRefusedWithItsPlace"},
	{"store/canceller.go", "WHERE a.application_name = w.name", "WHERE w.name IS NOT NULL", "TestAReaderWhoLeavesCostsNoConnection"},
	{"store/canceller.go", "if w.lost = !w.by.tell(ctx, w.conn.PID()); w.lost {", "go w.by.tell(ctx, w.conn.PID())\n\tif w.lost {", "TestNobodyIsCancelledInTheStead"},
	{"store/postgres.go", `value == "off"`, `value == "never"`, "TestProductionRefusesAServerThatMayForget"},
	{"store/postgres.go", "tx.pg.PgConn().TxStatus() != 'T'", "tx.pg == nil", "TestAnErrorPassedOverIsNotAcknowledged"},
	{"gateway/room.go", "r.rate != nil && !r.rate.Allow()", "r.rate != nil && r.rate.Limit() < 0", "TestNoMoreThanTheRateAreLetIn"},
	{"gateway/gateway.go", "!keepable(r.URL.Path)", "r.URL.Path == `\\`", "TestAddressesThatNobodyCanKeepAreRefused"},
	{"auth/route.go", `q.Header.Get("X-Casebook") != "1"`, `q.Header.Get("X-Casebook") == "2"`, "TestAnotherSitesPageCannotUseTheCookie"},
	{"record/apply.go", `old != nil && a.in.Reason == "" {`, `old != nil && a.in.Reason == "?" {`, "TestAChangeNeedsAReasonAndAFirstValueDoesNot"},
}

// line is what the fault programme prints of each of its tests.
type line struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Goal   string    `json:"goal"`
	Seed   uint64    `json:"seed"`
	Commit string    `json:"commit,omitempty"`
	At     time.Time `json:"at"`
	measure
	Control measure `json:"control"`
	Seconds float64 `json:"seconds"`
}

type measure struct {
	Value    string   `json:"value"`
	N        int64    `json:"n"`
	Findings []string `json:"findings"`
	Pass     bool     `json:"pass"`
}

// harmless is the control.
var harmless = mutant{"ledger/ledger.go", "return errUnrecorded", "return errUnrecorded // as it was", "TestAWriteThatRecordsNothingIsRefused"}

func main() {
	only := flag.String("only", "", "a part of a file's or a test's name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string) error {
	world := casebook.Outside()
	o := line{ID: "S-MUT", Title: "mistakes in the code that guards", Goal: "each fails the test that is there for it", Seed: 1, At: world.Now().UTC().Truncate(time.Second)}
	o.Findings, o.Control.Findings = []string{}, []string{}
	if revision, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output(); err == nil {
		o.Commit = strings.TrimSpace(string(revision))
	}
	caught := 0
	for _, m := range mutants {
		if !strings.Contains(m.file+" "+m.test, only) {
			continue
		}
		seen, err := m.seen(ctx)
		if err != nil {
			return err
		}
		o.N++
		if seen {
			caught++
		} else {
			o.Findings = append(o.Findings, fmt.Sprintf("%s: %s instead of %s, and %s passes", m.file, m.becomes, m.is, m.test))
		}
	}
	seen, err := harmless.seen(ctx)
	if err != nil {
		return err
	}
	o.Value, o.Pass = fmt.Sprintf("%d of %d caught", caught, o.N), o.N > 0 && int64(caught) == o.N && !seen
	o.Control.N, o.Control.Value, o.Control.Pass = 1, map[bool]string{true: "an edit that changes nothing is caught, too", false: "an edit that changes nothing is not caught"}[seen], seen
	o.Seconds = world.Now().Sub(o.At).Seconds()
	if err := json.MarshalWrite(os.Stdout, o); err != nil {
		return err
	}
	fmt.Println()
	if !o.Pass {
		return errors.New("failed")
	}
	return nil
}

// seen makes the mistake and reports whether the test fails. A test that cannot be run, or is none, is an error.
func (m mutant) seen(ctx context.Context) (bool, error) {
	text, err := os.ReadFile(m.file)
	if err != nil {
		return false, err
	}
	if n := strings.Count(string(text), m.is); n != 1 {
		return false, fmt.Errorf("%s: %q stands there %d times", m.file, m.is, n)
	}
	dir, err := os.MkdirTemp("", "casebook-mutant-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	copied, list := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), m.is, m.becomes, 1)), 0o600); err != nil {
		return false, err
	}
	here, err := filepath.Abs(m.file)
	if err != nil {
		return false, err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {here: copied}})
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return false, err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-overlay", list, "-short", "-v", "-count=1", "-run", "^"+m.test+"$", "./"+filepath.Dir(m.file)).CombinedOutput()
	said := string(out)
	switch {
	case err != nil && strings.Contains(said, "--- FAIL: "+m.test):
		return true, nil
	case err == nil && strings.Contains(said, "--- PASS: "+m.test):
		return false, nil
	}
	return false, fmt.Errorf("%s with %s: %w\n%s", m.test, m.becomes, errors.Join(err, ctx.Err()), said)
}
