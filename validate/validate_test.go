package validate

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook"

	"golang.org/x/mod/sumdb/note"
)

func keys(t *testing.T) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "hospital")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func world() casebook.World {
	return casebook.World{Now: casebook.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)).Now, Rand: rand.Reader}
}

func packed() *Package {
	rows := []Requirement{{ID: "REG-01", Requirement: "who, when, why", Clause: "11.10(e)", Standing: "shown", Tests: []string{"edc.TestA", "edc.TestB"}}}
	return New(world(), rows, []Fact{{Name: "database", Value: "SQLite", Holds: true}}, []Result{{ID: "REG-01", Shows: "it is so", Verdict: Passed, Evidence: "周宁 <b>seen</b>"}},
		Control{Checks: 22, Failed: 22}, &Evidence{Commit: "abc", Results: map[string]string{"edc.TestA": "pass", "edc.TestB": "pass"}},
		[]Tile{{ID: "F-KILL", Title: "kills", Value: "0 lost", Goal: "0", N: 50, At: world().Now(), Seed: 7, Pass: true}})
}

func TestAPackageIsSignedAndEveryChangeIsSeen(t *testing.T) {
	t.Parallel()
	signer, public := keys(t)
	_, stranger := keys(t)
	dir := filepath.Join(t.TempDir(), "package")
	if err := packed().Write(dir, signer); err != nil {
		t.Fatal(err)
	}
	if err := Inspect(dir, public); err != nil {
		t.Errorf("the control: %v", err)
	}
	code := func(err error) string {
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			return e.Code + " " + e.Place
		}
		return ""
	}
	if err := Inspect(dir, stranger); code(err) != "validate.manifest " {
		t.Errorf("another's key: %v", err)
	}
	for _, name := range append([]string{ManifestFile}, written...) {
		file := filepath.Join(dir, name)
		text, err := os.ReadFile(file)
		if err != nil || len(text) < 200 {
			t.Fatalf("%s: %d bytes, %v", name, len(text), err)
		}
		altered := bytes.Clone(text)
		altered[100] ^= 1
		want := "validate.altered " + name
		if name == ManifestFile {
			want = "validate.manifest "
		}
		for _, bad := range [][]byte{altered, text[:len(text)-1]} {
			if err := os.WriteFile(file, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Inspect(dir, public); code(err) != want {
				t.Errorf("%s altered: %v", name, err)
			}
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsWrittenSaysWhatWasSeen(t *testing.T) {
	t.Parallel()
	signer, _ := keys(t)
	dir := t.TempDir()
	p := packed()
	if err := p.Write(dir, signer); err != nil || !p.Pass {
		t.Fatal(err, p.Pass)
	}
	for name, parts := range map[string][]string{
		DataFile:  {`"REG-01"`, `"edc.TestA": "pass"`, "周宁"},
		PageFile:  {"周宁 &lt;b&gt;seen&lt;/b&gt;", `data-at="2026-03-02T09:00:00Z"`, "0 lost", "seed 7", "shown by 2 tests of the release; executed here: pass"},
		PrintFile: {"%PDF-"}, ChineseFile: {"%PDF-"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		for _, part := range parts {
			if err != nil || !strings.Contains(string(text), part) {
				t.Errorf("%s does not say %q: %v", name, part, err)
			}
		}
	}
}

func TestNoMoreIsConcludedThanWasSeen(t *testing.T) {
	t.Parallel()
	pass, fail := &Result{Verdict: Passed}, &Result{Verdict: Failed}
	for want, r := range map[string]Row{
		"shown by 1 tests of the release; executed here: pass":           {Requirement: Requirement{Standing: "shown", Tests: []string{"a"}}, Results: map[string]string{"a": "pass"}, Executed: pass},
		"shown in part by 1 tests of the release; not executed here":     {Requirement: Requirement{Standing: "partly", Tests: []string{"a"}}, Results: map[string]string{"a": "pass"}},
		"0 of 1 tests of the release have a result; executed here: fail": {Requirement: Requirement{Standing: "shown", Tests: []string{"a"}}, Results: map[string]string{"a": ""}, Executed: fail},
		"1 of 2 tests of the release have a result; not executed here":   {Requirement: Requirement{Standing: "shown", Tests: []string{"a", "b"}}, Results: map[string]string{"a": "pass", "b": "skip"}},
		"not shown: 1 tests of the release failed; executed here: pass":  {Requirement: Requirement{Standing: "shown", Tests: []string{"a", "b"}}, Results: map[string]string{"a": "pass", "b": "fail"}, Executed: pass},
		"not shown by the release; not executed here":                    {Requirement: Requirement{Standing: "no"}},
	} {
		if got := r.conclude(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for why, p := range map[string]*Package{
		"a check failed":        New(world(), nil, nil, []Result{{Verdict: Failed}}, Control{Checks: 2, Failed: 2}, nil, nil),
		"a fact does not hold":  New(world(), nil, []Fact{{Expected: "x"}}, nil, Control{Checks: 2, Failed: 2}, nil, nil),
		"the control sees less": New(world(), nil, nil, nil, Control{Checks: 2, Failed: 1}, nil, nil),
		"there was no control":  New(world(), nil, nil, nil, Control{}, nil, nil),
	} {
		if p.Pass {
			t.Errorf("%s, and the package passes", why)
		}
	}
}

// Every check has its control: on a server that agrees to everything none may pass.
func TestNoCheckPassesOnAServerThatAgreesToEverything(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(Agreeable))
	defer server.Close()
	dir := t.TempDir()
	rows := filepath.Join(dir, "casebook.db")
	if err := os.WriteFile(rows, []byte("rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := world()
	c := Blindfold(t.Context(), House{Address: server.URL, Study: "HTN-24", Users: map[string]string{"coordinator": "lin", "investigator": "zhou", "monitor": "chen", "datamanager": "he", "admin": "gao"},
		Other: "07-001", Token: "t", Secret: "s", Dir: t.TempDir(), Rows: rows, World: w})
	if c.Checks != len(Checks) || c.Failed != c.Checks || len(c.Blind) > 0 {
		t.Errorf("%+v", c)
	}
}
