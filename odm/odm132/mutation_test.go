package odm132_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
)

var (
	wholeElement = regexp.MustCompile(`(?m)^ *<[A-Z]\w*[^>]*?(/>|>[^\n]*</\w+>)$|<[A-Z]\w*( [^<>]*)?/>|<TranslatedText[^<]*</TranslatedText>`)
	attribute    = regexp.MustCompile(` [\w:]+="[^"]*"`)
)

// mutants returns a file with each of its elements left out, doubled, and each of its attributes left out, emptied,
// or spoiled.
func mutants(file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range wholeElement.FindAllStringIndex(file, -1) {
			element := file[m[0]:m[1]]
			if !yield(file[:m[0]]+file[m[1]:]) || !yield(file[:m[0]]+element+element+file[m[1]:]) {
				return
			}
		}
		for _, m := range attribute.FindAllStringIndex(file, -1) {
			name, _, _ := strings.Cut(file[m[0]:m[1]], "=")
			for _, instead := range []string{"", name + `=""`, name + `="0"`, name + `="Ab c"`, strings.ToUpper(name) + `="x"`} {
				if !yield(file[:m[0]] + instead + file[m[1]:]) {
					return
				}
			}
		}
	}
}

func TestEveryDamagedFileIsRefusedOrComesBackTheSame(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/full.xml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	read, refused, nth := 0, 0, 0
	for file := range mutants(string(b)) {
		if nth++; nth%3 != 0 {
			continue
		}
		s, _, err := odm132.Read(strings.NewReader(file))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v:\n%s", err, file)
			}
			refused++
			continue
		}
		for _, extensions := range []bool{true, false} {
			o := options
			o.Extensions = extensions
			var out bytes.Buffer
			losses, err := odm132.Write(&out, s, o)
			if err != nil {
				t.Fatalf("read, but not written: %v\n%s", err, file)
			}
			again, _, err := odm132.Read(bytes.NewReader(out.Bytes()))
			if err != nil {
				t.Fatalf("what was written is refused: %v\n%s", err, out.Bytes())
			}
			if !extensions {
				odmtest.Strip(s)
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.xml", read)), out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if len(losses) > 0 {
				t.Logf("%+v", losses)
				continue
			}
			odmtest.Same(t, s, again)
		}
		read++
	}
	t.Logf("%d damaged files are read, %d refused", read, refused)
	if read < 100 || refused < 100 {
		t.Errorf("%d damaged files are read and %d refused: the damage is not what it was", read, refused)
	}
	validateAll(t, dir)
}

// validateAll checks every file of a folder against the official schema.
func validateAll(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := odmtest.XMLLint(t, "../..", schema, files...); err != nil {
		bad := regexp.MustCompile(`(?m)^.*(error|fails).*$`).FindAll(out, 10)
		t.Errorf("the official schema refuses: %s", bytes.Join(bad, []byte("\n")))
	}
}
