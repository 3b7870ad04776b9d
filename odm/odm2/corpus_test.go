package odm2_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/odm/odm2"
	"casebook/odm/odmtest"
)

const schema = "odm-2.0/ODM.xsd"

var options = odm2.Options{FileOID: "F.1", Created: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), SourceSystem: "casebook"}

func corpus(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(odmtest.Corpus(t, "../..", "edc/odm/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written writes a study, wants the official schema to take it, and reads it again.
func written(t *testing.T, s *odm.Study, o odm2.Options) *odm.Study {
	t.Helper()
	var file bytes.Buffer
	losses, err := odm2.Write(&file, s, o)
	if err != nil || len(losses) > 0 {
		t.Fatalf("%v, losses %v", err, losses)
	}
	if !o.Extensions {
		odmtest.Valid(t, "../..", schema, file.Bytes())
	}
	again, rep, err := odm2.Read(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatalf("what was written is refused: %v\n%s", err, file.Bytes())
	}
	if len(rep.Losses) > 0 && !o.Extensions {
		t.Errorf("what was written departs from the standard: %v", rep.Losses)
	}
	return again
}

func TestTheFullStudyComesBackTheSame(t *testing.T) {
	t.Parallel()
	odmtest.Same(t, odmtest.Full(), written(t, odmtest.Full(), options))
}

func TestGroupsNestInTheFileWhereAllFormsAgree(t *testing.T) {
	t.Parallel()
	full := odmtest.Full()
	full.Versions[1].Forms[1].Groups = []odm.Ref{{OID: "G.TOP", Order: 1}, {OID: "G.IN", Order: 2, Within: "G.TOP", Place: 2, MandatoryWhen: "C.MALE"}}
	again := written(t, full, options)
	odmtest.Same(t, full, again)
	var file bytes.Buffer
	if _, err := odm2.Write(&file, full, options); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file.Bytes(), []byte(`<ItemGroupRef ItemGroupOID="G.IN"`)); n != 1 {
		t.Errorf("the inner group is referred to %d times, want once, in the outer one", n)
	}
}

// The control of every test that validates.
func TestTheSchemaRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	path := odmtest.Corpus(t, "../..", "edc/odm/cdisc_odm132_dave_multilang.xml")
	if out, err := odmtest.XMLLint(t, "../..", schema, path); err == nil {
		t.Errorf("the schema of 2.0 takes a file of 1.3.2: %s", out)
	}
}

func TestOfficialExamplesAreReadWholeAndComeBackTheSame(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]odm.Inventory{
		"cdisc_odmv2_dave_multilang.xml": {Events: 5, Forms: 7, ItemGroups: 14, Items: 63, CodeLists: 12, Conditions: 13,
			Methods: 1, RangeChecks: 14, RulesKept: 15},
		"cdisc_odmv2_lzzt_timing.xml": {Events: 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, rep, err := odm2.Read(bytes.NewReader(corpus(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			if rep.Inventory != want || rep.Format != odm2.Format {
				t.Errorf("found %+v, want %+v", rep.Inventory, want)
			}
			for _, l := range rep.Losses {
				if l.Line == 0 || l.Place == "" || l.What == "" {
					t.Errorf("a loss without place: %+v", l)
				}
			}
			extended := options
			extended.Extensions = true
			odmtest.Same(t, s, written(t, s, extended))
			odmtest.Strip(s)
			odmtest.Same(t, s, written(t, s, options))
		})
	}
}

func TestTimingsBecomeWindows(t *testing.T) {
	t.Parallel()
	s, rep, err := odm2.Read(bytes.NewReader(corpus(t, "cdisc_odmv2_lzzt_timing.xml")))
	if err != nil {
		t.Fatal(err)
	}
	x := s.Versions[0].Index()
	for oid, want := range map[string]odm.Window{
		"SE.VISIT3": {Anchor: "SE.VISIT2", Target: "P7D"},
		"SE.VISIT4": {Anchor: "SE.VISIT2", Target: "P14D"},
		"SE.VISIT5": {Anchor: "SE.VISIT4", Target: "P14D", Before: "P3D", After: "P3D"},
		"SE.VISIT9": {Anchor: "SE.VISIT2", Target: "P84D", Before: "P3D", After: "P3D"},
	} {
		if got := x.Event(oid).Window; got == nil || *got != want {
			t.Errorf("the window of %s is %+v, want %+v", oid, got, want)
		}
	}
	if x.Event("SE.VISIT1").Window != nil {
		t.Error("the first visit has a window")
	}
	// Six timings of transitions say the same events again.
	second := 0
	for _, l := range rep.Losses {
		if l.Line > 0 && bytes.Contains([]byte(l.What), []byte("a second timing")) {
			second++
		}
	}
	if second != 6 {
		t.Errorf("%d second timings are told, want 6: %v", second, rep.Losses)
	}
	for i, ref := range x.Schedule() {
		if want := []string{"SE.VISIT1", "SE.VISIT2", "SE.VISIT3"}; i < 3 && ref.OID != want[i] {
			t.Errorf("event %d is %s", i, ref.OID)
		}
	}
}

// read132 reads a file of 1.3.2 and returns its study without what 2.0 files do not have.
func read132(t *testing.T, name string) *odm.Study {
	t.Helper()
	s, _, err := odm132.Read(bytes.NewReader(corpus(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	odmtest.Strip(s)
	return s
}

func TestOneVersionOfTheStandardBecomesTheOtherAndBackWithItsMeaning(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cdisc_odm132_dave_multilang.xml", "odmlib_cdash_odm132.xml", "openedc_example_metadata.xml",
		"viedoc_phase2_template_studydesign.xml", "../redcap/redcapr_longitudinal_project_odm.xml", "../redcap/redcapr_repeating_project_odm.xml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := read132(t, name)
			as2 := written(t, s, options)
			var file bytes.Buffer
			if losses, err := odm132.Write(&file, as2, options); err != nil || len(losses) > 0 {
				t.Fatalf("%v, losses %v", err, losses)
			}
			odmtest.Valid(t, "../..", "odm-1.3.2/ODM1-3-2.xsd", file.Bytes())
			back, _, err := odm132.Read(&file)
			if err != nil {
				t.Fatal(err)
			}
			odmtest.Same(t, read132(t, name), back)
		})
	}
}

// TestTheTwoOfficialVersionsOfOneStudyMeanTheSame compares what the standard's authors wrote in both versions. What
// their 2.0 file does not say is taken from the 1.3.2 file first, and listed here.
func TestTheTwoOfficialVersionsOfOneStudyMeanTheSame(t *testing.T) {
	t.Parallel()
	older := read132(t, "cdisc_odm132_dave_multilang.xml")
	newer, _, err := odm2.Read(bytes.NewReader(corpus(t, "cdisc_odmv2_dave_multilang.xml")))
	if err != nil {
		t.Fatal(err)
	}
	odmtest.Strip(newer)
	older.Description, older.Versions[0].Protocol, older.Units = "", nil, nil // GlobalVariables/StudyDescription, BasicDefinitions
	for _, s := range []*odm.Study{older, newer} {
		v := s.Versions[0]
		v.Units, v.Aliases = nil, nil // Protocol/Alias
		for i := range v.Items {
			it := &v.Items[i]
			it.SASName, it.Digits, it.HasDigits, it.Units = "", 0, false, nil // SASFieldName, SignificantDigits, MeasurementUnitRef
			it.Aliases = nil                                                  // in 2.0 they say SDSVarName too
			for k := range it.Checks {
				it.Checks[k].Unit = ""
			}
		}
	}
	odmtest.Same(t, older, newer)
}
