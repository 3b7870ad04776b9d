package formats_test

import (
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/formats"
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

func refused(err error, code string) bool {
	e, ok := errors.AsType[*casebook.Error](err)
	return ok && e.Kind == casebook.Invalid && e.Code == code
}
