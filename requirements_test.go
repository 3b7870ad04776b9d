package casebook_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// requirement is a row of docs/validation/requirements.json: what a regulation asks for, and the tests that show it.
// "shown" names tests and lacks nothing, "partly" names tests and says what is missing, "no" says what is missing.
type requirement struct {
	ID          string   `json:"id"`
	Requirement string   `json:"requirement"`
	Clause      string   `json:"clause"`
	Standing    string   `json:"standing"`
	Tests       []string `json:"tests"`
	Missing     string   `json:"missing"`
}

// A row that names a test which is not there claims what nobody shows.
func TestEachRequirementNamesTestsThatAreThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/validation/requirements.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []requirement
	if err := json.Unmarshal(text, &rows, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	known := tests(t)
	if len(rows) != 36 {
		t.Errorf("%d rows, not 36", len(rows))
	}
	for n, r := range rows {
		if id := fmt.Sprintf("REG-%02d", n+1); r.ID != id {
			t.Errorf("row %d is %s", n+1, r.ID)
		}
		for _, c := range r.unclaimed(known) {
			t.Errorf("%s: %s", r.ID, c)
		}
	}
	control := requirement{"REG-00", "x", "y", "shown", []string{"ward.TestNobody"}, "something"}
	if got := control.unclaimed(known); len(got) != 2 {
		t.Errorf("the control: %q", got)
	}
	if got := (requirement{"REG-00", "", "y", "partly", nil, ""}).unclaimed(nil); len(got) != 3 {
		t.Errorf("the control: %q", got)
	}
}

// unclaimed finds what the row says without showing it.
func (r requirement) unclaimed(known map[string]bool) (complaints []string) {
	if r.Requirement == "" || r.Clause == "" {
		complaints = append(complaints, "it does not say what is asked, and where")
	}
	for _, name := range r.Tests {
		if !known[name] {
			complaints = append(complaints, "there is no test "+name)
		}
	}
	if (r.Standing != "no") != (len(r.Tests) > 0) {
		complaints = append(complaints, r.Standing+" with so many tests")
	}
	if (r.Standing == "shown") != (r.Missing == "") {
		complaints = append(complaints, r.Standing+", and what is missing does not fit")
	}
	return complaints
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// tests are the names of all tests, "package.TestName"; the root's package is "".
func tests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.Contains(path, "node_modules") {
			return err
		}
		text, err := os.ReadFile(path)
		pkg := filepath.ToSlash(filepath.Dir(path))
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			all[strings.TrimPrefix(pkg, ".")+"."+m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
