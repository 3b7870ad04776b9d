package odm132_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
)

// corpus returns the path of a file of real exports, or skips the test.
func corpus(t testing.TB, name string) string {
	t.Helper()
	return odmtest.Corpus(t, "../..", "edc/"+name)
}

func readFile(t testing.TB, path string) (*odm.Study, *odm.Report) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, rep, err := odm132.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s, rep
}

var options = odm132.Options{FileOID: "F.1", Created: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), SourceSystem: "casebook"}

const schema = "odm-1.3.2/ODM1-3-2.xsd"

// validate checks a file against the official schema.
func validate(t *testing.T, file []byte) {
	t.Helper()
	odmtest.Valid(t, "../..", schema, file)
}

// The control of every test that validates.
func TestTheSchemaRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	if out, err := odmtest.XMLLint(t, "../..", schema, corpus(t, "odm/odmlib_cdash_invalid.xml")); err == nil {
		t.Errorf("the schema takes an invalid file: %s", out)
	}
}

// real is what exporters wrote, and what is in it.
var real = []struct {
	file  string
	want  odm.Inventory
	units int
}{
	{"odm/cdisc_odm132_dave_multilang.xml", odm.Inventory{Events: 5, Forms: 7, ItemGroups: 14, Items: 63, CodeLists: 12,
		Conditions: 13, Methods: 1, RangeChecks: 14, RulesKept: 15}, 7},
	{"odm/odmlib_cdash_odm132.xml", odm.Inventory{Forms: 22, ItemGroups: 57, Items: 292, CodeLists: 44}, 23},
	{"odm/openedc_example_metadata.xml", odm.Inventory{Events: 3, Forms: 5, ItemGroups: 9, Items: 28, CodeLists: 4,
		Conditions: 7, Methods: 2, RangeChecks: 8, RulesKept: 9}, 5},
	{"odm/viedoc_phase2_template_studydesign.xml", odm.Inventory{Events: 31, Forms: 31, ItemGroups: 139, Items: 1058,
		CodeLists: 29, Conditions: 865, Methods: 127, RangeChecks: 135, RulesKept: 1041}, 12},
	{"redcap/redcapr_longitudinal_project_odm.xml", odm.Inventory{Events: 12, Forms: 9, ItemGroups: 30, Items: 124,
		CodeLists: 70, RangeChecks: 5}, 0},
	{"redcap/redcapr_repeating_project_odm.xml", odm.Inventory{Forms: 2, ItemGroups: 4, Items: 13, CodeLists: 5,
		RangeChecks: 2}, 0},
}

func TestRealFilesAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range real {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			t.Parallel()
			s, rep := readFile(t, corpus(t, c.file))
			if rep.Inventory != c.want || len(s.Units) != c.units {
				t.Errorf("found %+v and %d units, want %+v and %d", rep.Inventory, len(s.Units), c.want, c.units)
			}
			for _, l := range rep.Losses {
				if l.Line == 0 || l.Place == "" || l.What == "" {
					t.Errorf("a loss without place: %+v", l)
				}
			}
		})
	}
}

func TestRealFilesComeBackTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range real {
		for _, extensions := range []bool{false, true} {
			s, _ := readFile(t, corpus(t, c.file))
			o := options
			o.Extensions = extensions
			var file bytes.Buffer
			losses, err := odm132.Write(&file, s, o)
			if err != nil || len(losses) > 0 {
				t.Fatalf("%s: %v, losses %v", c.file, err, losses)
			}
			again, rep, err := odm132.Read(bytes.NewReader(file.Bytes()))
			if err != nil {
				t.Fatalf("%s: what was written is refused: %v", c.file, err)
			}
			if !extensions {
				validate(t, file.Bytes())
				if len(rep.Losses) > 0 {
					t.Errorf("%s: what was written departs from the standard: %v", c.file, rep.Losses)
				}
				odmtest.Strip(s)
			}
			odmtest.Same(t, s, again)
		}
	}
}

func TestAWrongCaseNameIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	f, err := os.Open(corpus(t, "odm/odmlib_cdash_invalid.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, _, err = odm132.Read(f)
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Code != "odm.unknown_element" || e.Place != "line 14, element studyName" || e.Args[1] != "StudyName" {
		t.Errorf("refused with %v %v", err, e)
	}
}

func TestTheFullStudyComesBackTheSame(t *testing.T) {
	t.Parallel()
	for _, extensions := range []bool{false, true} {
		full, o := odmtest.Full(), options
		o.Extensions = extensions
		var file bytes.Buffer
		losses, err := odm132.Write(&file, full, o)
		if err != nil || len(losses) > 0 {
			t.Fatalf("%v, losses %v", err, losses)
		}
		validate(t, file.Bytes())
		again, rep, err := odm132.Read(&file)
		if err != nil || len(rep.Losses) > 0 {
			t.Fatalf("what was written is not read: %v, %v", err, rep)
		}
		odmtest.Same(t, odmtest.Full(), again)
	}
}
