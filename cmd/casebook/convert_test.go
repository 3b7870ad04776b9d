package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/odm/formats"
	"casebook/odm/odmtest"
)

// Every definition of the collection goes through every format that can be written: what comes out is read again, and
// every ODM is valid.
func TestEveryDefinitionIsWrittenInEveryFormat(t *testing.T) {
	t.Parallel()
	schemas := map[string]string{"odm-xml-1.3.2": "odm-1.3.2/ODM1-3-2.xsd", "odm-xml-2.0": "odm-2.0/ODM.xsd"}
	for _, d := range designs {
		for _, format := range append(formats.Writable(), textFolder) {
			t.Run(filepath.Base(d.file)+"/"+format, func(t *testing.T) {
				t.Parallel()
				out := filepath.Join(t.TempDir(), "out")
				answer := call(t, "study", "convert", definition(t, d.file), out, "--to", format, "--json")
				if answer.code != 0 && strings.Contains(answer.stderr, "odm.format.") {
					t.Skip(answer.stderr)
				}
				done := parsed[converted](t, answer.done(t).stdout)
				for _, l := range append(done.Read, done.Losses...) {
					if l.Place == "" || l.What == "" {
						t.Errorf("a loss that nobody can find: %+v", l)
					}
				}
				if schema := schemas[format]; schema != "" {
					file, err := os.ReadFile(out)
					if err != nil {
						t.Fatal(err)
					}
					odmtest.Valid(t, "../..", schema, file)
				}
				again := parsed[checked](t, call(t, "study", "check", out, "--json").done(t).stdout)
				want := d.inventory
				if schemas[format] == "" && format != textFolder && format != "casebook-text" {
					return // a format with its own idea of a study
				}
				again.Inventory.RulesKept, again.Inventory.RulesTranslated, want.RulesKept, want.RulesTranslated = 0, 0, 0, 0
				if again.Inventory != want {
					t.Errorf("came back as\n%+v, was\n%+v", again.Inventory, want)
				}
			})
		}
	}
}

func TestAFolderIsReplacedByWhatIsWrittenInIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "study")
	dave, openedc := definition(t, "edc/odm/cdisc_odm132_dave_multilang.xml"), definition(t, "edc/odm/openedc_example_metadata.xml")
	call(t, "study", "convert", dave, dir, "--to", "folder").done(t)
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "study", "convert", openedc, dir, "--to", "folder").done(t)
	if found := parsed[checked](t, call(t, "study", "check", dir, "--json").done(t).stdout); found.Inventory.Forms != 5 || len(found.Losses) != found.Inventory.RulesKept {
		t.Errorf("the folder holds %+v", found)
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
		t.Error("what is no part of a study is removed: ", err)
	}
}

func TestConvertRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	call(t, "study", "convert", definition(t, "edc/odm/openedc_example_metadata.xml"), out, "--to", "smoke-signals").refused(t, "odm.format.name")
	call(t, "study", "convert", definition(t, "edc/odm/odmlib_cdash_invalid.xml"), out, "--to", "odm-xml-2.0").refused(t, "line 14, element studyName")
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written all the same")
	}
}
