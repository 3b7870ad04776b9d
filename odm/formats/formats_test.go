package formats_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/formats"
	"casebook/odm/odmtest"
)

func TestEveryFormatIsWholeAndHasItsOwnName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range formats.All() {
		if f.Name == "" || seen[f.Name] || f.Sniff == nil || f.Read == nil || !strings.HasPrefix(f.Extension, ".") {
			t.Errorf("the format %+v", f)
		}
		seen[f.Name] = true
		if found, err := formats.Called(f.Name); err != nil || found.Name != f.Name {
			t.Errorf("%s is not found by its name: %v", f.Name, err)
		}
	}
	if _, err := formats.Called("smoke signals"); !refused(err, "odm.format.name") {
		t.Errorf("an unknown name gives %v", err)
	}
}

func TestAFileOfNoFormatIsRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", "nothing that anybody defines", "\x00\x01\x02"} {
		if _, _, err := formats.Read("file", strings.NewReader(file)); !refused(err, "odm.format.unknown") {
			t.Errorf("%q gives %v", file, err)
		}
	}
}

func TestTheVersionThatIsMeant(t *testing.T) {
	t.Parallel()
	s := &odm.Study{Versions: []*odm.Version{{OID: "1"}, {OID: "2"}}}
	for asked, want := range map[string]string{"": "2", "1": "1"} {
		if v, err := (formats.Options{Version: asked}).VersionOf(s); err != nil || v.OID != want {
			t.Errorf("version %q is %v, %v", asked, v, err)
		}
	}
	if _, err := (formats.Options{Version: "3"}).VersionOf(s); !refused(err, "odm.format.version") {
		t.Errorf("a version that is not there gives %v", err)
	}
}

func TestWhatAFormatCannotSayIsToldByCodeInBothLanguages(t *testing.T) {
	t.Parallel()
	least := map[string]int{"odm-xml-1.3.2": 1, "odm-xml-2.0": 1, "fhir-r4-questionnaire": 10, "xlsform": 20, "redcap-csv": 15}
	for _, f := range formats.All() {
		if f.Write == nil {
			continue
		}
		study := odmtest.Full()
		study.Extra.Attrs = []odm.Attr{{Space: "urn:somebody:else", Prefix: "x", Name: "a", Value: "1"}}
		kinds := map[string]bool{}
		losses, err := f.Write(io.Discard, study, formats.Options{})
		for _, l := range losses {
			if kinds[l.Code] = true; unsaid(l) {
				t.Errorf("%s: not told to everybody: %+v", f.Name, l)
			}
		}
		if err != nil || len(kinds) < least[f.Name] {
			t.Errorf("%s: %d kinds of losses: %v", f.Name, len(kinds), err)
		}
	}
	if !unsaid(odm.Lost("Study[S]", 0, false, "loss.of_no_kind")) {
		t.Error("a kind without a sentence is taken for one that is told")
	}
}

// unsaid reports whether a loss lacks its place, its code or a language.
func unsaid(l odm.Loss) bool {
	return l.Place == "" || !strings.HasPrefix(l.Code, "loss.") || l.What != l.Texts["en"] || strings.HasPrefix(l.What, l.Code) || !han.MatchString(l.Texts["zh-CN"])
}

var han = regexp.MustCompile(`\p{Han}`)

func refused(err error, code string) bool {
	e, ok := errors.AsType[*casebook.Error](err)
	return ok && e.Kind == casebook.Invalid && e.Code == code
}
