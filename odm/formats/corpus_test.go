package formats_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"casebook/odm"
	"casebook/odm/formats"
	"casebook/odm/odmtest"
)

// whole are the formats that hold a whole study, and the official schema of those that have one.
var whole = map[string]string{"casebook-text": "", "odm-xml-1.3.2": "odm-1.3.2/ODM1-3-2.xsd", "odm-xml-2.0": "odm-2.0/ODM.xsd"}

// Every definition of the collection goes through every format that holds a whole study: it comes back with what it
// held, in our own text to the last word, and every ODM is valid.
func TestEveryDefinitionOfTheCollectionGoesThroughEveryFormat(t *testing.T) {
	t.Parallel()
	dir, read := t.TempDir(), 0
	for _, path := range collection(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		study, rep, err := formats.Read(filepath.Base(path), bytes.NewReader(b))
		if err != nil {
			continue // cmd/casebook says which are refused, and why
		}
		read++
		for name, schema := range whole {
			file := written(t, name, study)
			again, found, err := formats.Read("again", bytes.NewReader(file))
			if err != nil {
				t.Errorf("%s as %s: %v", path, name, err)
				continue
			}
			if a, b := counted(rep.Inventory), counted(found.Inventory); a != b {
				t.Errorf("%s as %s came back as %+v, was %+v", path, name, b, a)
			}
			if schema == "" {
				odmtest.Same(t, study, again)
				continue
			}
			plain := read2(t, path, b) // what is of other namespaces stays behind without extensions
			odmtest.StripXML(plain)
			plain.ProtocolName = cmp.Or(plain.ProtocolName, plain.Name) // which the schemas demand
			if was, is, line := odmtest.Difference(plain, again); line > 0 {
				t.Errorf("%s as %s: line %d\nwas    %s\nbecame %s", path, name, line, was, is)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%d.xml", name, read)), file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if read < 20 {
		t.Errorf("only %d definitions are read", read)
	}
	for name, schema := range whole {
		if schema == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, name+".*.xml"))
		if err != nil || len(files) != read {
			t.Fatalf("%d files in %s: %v", len(files), name, err)
		}
		if out, err := odmtest.XMLLint(t, "../..", schema, files...); err != nil {
			bad := regexp.MustCompile(`(?m)^.*(error|fails).*$`).FindAll(out, 10)
			t.Errorf("the official schema refuses: %s", bytes.Join(bad, []byte("\n")))
		}
	}
}

// read2 reads a definition again, to change it.
func read2(t *testing.T, path string, b []byte) *odm.Study {
	t.Helper()
	s, _, err := formats.Read(filepath.Base(path), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func written(t *testing.T, name string, s *odm.Study) []byte {
	t.Helper()
	f, err := formats.Called(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	losses, err := f.Write(&out, s, formats.Options{Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), System: "casebook"})
	if err != nil {
		t.Fatalf("%s as %s: %v", s.OID, name, err)
	}
	for _, l := range losses {
		if l.Place == "" || l.What == "" {
			t.Errorf("a loss that nobody can find: %+v", l)
		}
	}
	return out.Bytes()
}

// counted is an inventory without what became of the rules, which a reader does not know.
func counted(n odm.Inventory) odm.Inventory {
	n.RulesKept, n.RulesTranslated = 0, 0
	return n
}

// collection returns the files of the collection that may be definitions.
func collection(t *testing.T) (files []string) {
	t.Helper()
	for _, folder := range []string{"edc/odm", "edc/redcap", "edc/xlsform", "epro"} {
		err := filepath.WalkDir(odmtest.Corpus(t, "../..", folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
