// Package odmtest holds what the tests of every format of definitions share: a study that says everything that the
// model can, the collection of real files, the official schemas, and what it means that two studies are the same. Only
// tests import it.
package odmtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"casebook/odm"
)

// Corpus returns the absolute path of a file of the collection, e.g. "edc/odm/x.xml", or skips the test. root leads from the
// package of the test to the project's root.
func Corpus(t testing.TB, root, name string) string {
	t.Helper()
	dir := os.Getenv("CASEBOOK_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "shared", "data")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	path, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(name)))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Skipf("the corpus is absent (CASEBOOK_CORPUS): %v", err)
	}
	return path
}

// XMLLint asks for the verdict of an official schema, "odm-1.3.2/ODM1-3-2.xsd" or "odm-2.0/ODM.xsd", on files; it skips
// the test where the schema or the program is absent.
func XMLLint(t testing.TB, root, schema string, files ...string) ([]byte, error) {
	t.Helper()
	return Lint(t, append([]string{"--schema", Corpus(t, root, "edc/xsd/"+schema)}, files...)...)
}

// Lint asks for xmllint's verdict; it skips the test where the program is absent.
func Lint(t testing.TB, args ...string) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is absent (Debian package libxml2-utils)")
	}
	return exec.CommandContext(t.Context(), "xmllint", append([]string{"--nonet", "--noout"}, args...)...).CombinedOutput()
}

// Valid fails the test if an official schema refuses a file that was written.
func Valid(t testing.TB, root, schema string, file []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "written.xml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := XMLLint(t, root, schema, path); err != nil {
		t.Errorf("the official schema refuses it: %s", out[:min(len(out), 2000)])
	}
}

// Same compares two studies, but for the lines that expressions stood on.
func Same(t testing.TB, want, got *odm.Study) {
	t.Helper()
	if was, is, line := Difference(want, got); line > 0 {
		t.Fatalf("line %d of the study\nwas    %s\nbecame %s", line, was, is)
	}
}

// Difference returns the first lines in which two studies differ, as text, and the number of the line; 0 for none.
func Difference(want, got *odm.Study) (was, is string, line int) {
	a, b := text(want), text(got)
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "its end", strings.Join(b[i:min(i+3, len(b))], "\n"), i + 1
		case i >= len(b):
			return strings.Join(a[i:min(i+3, len(a))], "\n"), "its end", i + 1
		case a[i] != b[i]:
			return strings.Join(a[max(i-8, 0):i+1], "\n"), b[i], i + 1
		}
	}
	return "", "", 0
}

func text(s *odm.Study) []string {
	b, err := json.Marshal(s, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, ",\n"); !strings.Contains(line, `"line": `) {
			out = append(out, line)
		}
	}
	return out
}

// Strip removes every Extra from a study.
func Strip(s *odm.Study) {
	each(reflect.ValueOf(s), func(v reflect.Value) bool {
		if v.Type() == reflect.TypeFor[*odm.Extra]() {
			v.SetZero()
			return false
		}
		return true
	})
}

// StripXML removes from a study what a file said beyond the model in XML, and leaves what other formats said.
func StripXML(s *odm.Study) {
	each(reflect.ValueOf(s), func(v reflect.Value) bool {
		if x, is := reflect.TypeAssert[*odm.Extra](v); is && x != nil {
			if len(x.Kept) == 0 {
				v.SetZero()
			} else {
				*x = odm.Extra{Kept: x.Kept}
			}
			return false
		}
		return true
	})
}

// each calls visit for every value in v, and goes into it if that says so.
func each(v reflect.Value, visit func(reflect.Value) bool) {
	if !visit(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), visit)
		}
	}
}
