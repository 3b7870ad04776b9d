package fhir_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/fhir"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// corpus returns the path of a collected file, or skips the test.
func corpus(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("CASEBOOK_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root)
	}
	path := filepath.Join(root, "epro", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the corpus is absent (CASEBOOK_CORPUS): %v", err)
	}
	return path
}

func readFile(t testing.TB, path string) (*odm.Study, *odm.Report) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, rep, err := fhir.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return s, rep
}

// questionnaires are what others wrote, and what is in it.
var questionnaires = []struct {
	file string
	want odm.Inventory
	kept []string // rules that are kept and do not run
}{
	{"fhir-apgar-itemWeight.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 6, CodeLists: 5, Methods: 1}, nil},
	{"fhir-bit-of-everything.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 18, CodeLists: 3}, nil},
	{"fhir-enableWhen-all-operators.json", odm.Inventory{Forms: 1, ItemGroups: 14, Items: 71, CodeLists: 5, Conditions: 56}, nil},
	{"fhir-enableWhenExpression.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 5, Conditions: 1}, nil},
	{"fhir-gad7.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 9, CodeLists: 2, Conditions: 1, Methods: 1}, []string{"text/cql", "text/cql"}},
	{"fhir-hidden-q.json", odm.Inventory{Forms: 1, ItemGroups: 3, Items: 6, Methods: 5}, nil},
	{"fhir-items-under-choice-q.json", odm.Inventory{Forms: 1, ItemGroups: 3, Items: 9, CodeLists: 2}, nil},
	{"fhir-min-max-occurs.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 3, CodeLists: 1}, nil},
	{"fhir-phq9-argonaut.json", odm.Inventory{Forms: 1, ItemGroups: 2, Items: 12, CodeLists: 3}, nil},
	{"fhir-phq9-cirg.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Conditions: 1, Methods: 1}, []string{"text/cql", "text/cql"}},
	{"fhir-phq9-lforms.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Methods: 1}, nil},
	{"fhir-phq9-weight-function.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Methods: 1}, nil},
	{"fhir-repeating-fhirpath.json", odm.Inventory{Forms: 1, ItemGroups: 3, Items: 3, Methods: 2}, []string{".contained", ".contained"}},
	{"fhir-targetConstraint.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 2, RangeChecks: 1}, nil},
	{"fhir-ussg-family-history.json", odm.Inventory{Forms: 1, ItemGroups: 4, Items: 27, CodeLists: 10, Conditions: 4, Methods: 3}, []string{"%patient", "%patient", "%patient"}},
	{"fhir-variable-scope.json", odm.Inventory{Forms: 1, ItemGroups: 2, Items: 4, Methods: 3}, []string{"[0]", "%Y", "[0]"}},
	{"fhir-weight-height-bmi.json", odm.Inventory{Forms: 1, ItemGroups: 1, Items: 5, CodeLists: 2, Methods: 1}, nil},
}

func TestQuestionnairesAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range questionnaires {
		s, rep := readFile(t, corpus(t, c.file))
		if rep.Inventory != c.want {
			t.Errorf("%s: found %+v, want %+v", c.file, rep.Inventory, c.want)
		}
		if d := s.Versions[0].Dangling(); len(d) > 0 {
			t.Errorf("%s: dangling %v", c.file, d)
		}
		var why []string
		for _, l := range rep.Losses {
			if l.Line == 0 || l.Place == "" || l.What == "" {
				t.Errorf("%s: a loss without place: %+v", c.file, l)
			}
			if l.Code == "loss.fhir_rule_idle" {
				why = append(why, l.What)
			}
		}
		if len(why) != len(c.kept) {
			t.Errorf("%s: %d rules do not run, want %d: %q", c.file, len(why), len(c.kept), why)
			continue
		}
		for i, w := range why {
			if !strings.Contains(w, c.kept[i]) {
				t.Errorf("%s: %q does not name %s", c.file, w, c.kept[i])
			}
		}
	}
}

func TestQuestionnairesComeBackTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range questionnaires {
		s, _ := readFile(t, corpus(t, c.file))
		var first, second bytes.Buffer
		losses, err := fhir.Write(&first, s, s.Versions[0], "")
		if err != nil || len(losses) > 0 {
			t.Errorf("%s: %v, losses %v", c.file, err, losses)
		}
		again, _, err := fhir.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Errorf("%s: what was written is refused: %v", c.file, err)
			continue
		}
		same(t, c.file, s, again)
		if _, err := fhir.Write(&second, again, again.Versions[0], ""); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the second writing differs (%v)", c.file, err)
		}
	}
}

// same compares two studies, but for the lines that things stood on.
func same(t *testing.T, name string, want, got *odm.Study) {
	t.Helper()
	a, b := lines(t, want), lines(t, got)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("%s: line %d of the study\nwas    %s\nbecame %s", name, i, strings.Join(a[max(i-8, 0):i+1], "\n"), b[i])
			return
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: the study had %d lines, has %d", name, len(a), len(b))
	}
	if want.Versions[0].Hash() != got.Versions[0].Hash() {
		t.Errorf("%s: the hashes differ", name)
	}
}

func lines(t *testing.T, s *odm.Study) []string {
	t.Helper()
	b, err := json.Marshal(s, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, ",\n"); !strings.Contains(line, `"line": `) {
			out = append(out, line)
		}
	}
	return out
}

// What nobody here knows is written back: every extension and every administrative element of the original.
func TestForeignExtensionsAreWrittenBack(t *testing.T) {
	t.Parallel()
	url := regexp.MustCompile(`"url": *"([^"]+)"`)
	for _, c := range questionnaires {
		original, err := os.ReadFile(corpus(t, c.file))
		if err != nil {
			t.Fatal(err)
		}
		s, _ := readFile(t, corpus(t, c.file))
		var written bytes.Buffer
		if _, err := fhir.Write(&written, s, s.Versions[0], ""); err != nil {
			t.Fatal(err)
		}
		count := func(b []byte) map[string]int {
			n := map[string]int{}
			for _, m := range url.FindAllSubmatch(b, -1) {
				n[string(m[1])]++
			}
			return n
		}
		was, is := count(original), count(written.Bytes())
		for u, n := range was {
			if is[u] != n && !strings.HasSuffix(u, "questionnaire-minOccurs") {
				t.Errorf("%s: %s stood %d times, stands %d times", c.file, u, n, is[u])
			}
		}
	}
}

func TestTheReferenceLoopIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	f, err := os.Open(corpus(t, "fhir-enableWhen-reference-loop.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, _, err = fhir.Read(f)
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Code != "fhir.cycle" || e.Args[0] != "item1 → item3 → item1" || !strings.Contains(e.Place, "/item/0/enableWhen (item1)") || !strings.HasPrefix(e.Place, "line ") {
		t.Errorf("refused with %v", err)
	}
}
