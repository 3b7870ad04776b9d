package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADefinitionIsWrittenInAnotherFormat(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out.xml")
	dave := collected(t, "edc/odm/cdisc_odm132_dave_multilang.xml")
	done := parsed[converted](t, call(t, "study", "convert", dave, out, "--to", "odm-xml-2.0", "--json").done(t).stdout)
	if done.From != "odm-xml-1.3.2" || done.To != "odm-xml-2.0" || len(done.Losses) != 1 || !strings.Contains(done.Losses[0].What, "beyond the standard") {
		t.Errorf("said %+v", done)
	}
	found := parsed[checked](t, call(t, "study", "check", out, "--json").done(t).stdout)
	want := parsed[checked](t, call(t, "study", "check", dave, "--json").done(t).stdout)
	if found.Format != "odm-xml-2.0" || found.Inventory != want.Inventory {
		t.Errorf("came back as %+v", found)
	}
	said := call(t, "study", "convert", dave, out, "--to", "odm-xml-2.0", "--extensions").done(t).stdout
	if !strings.HasPrefix(said, "cdisc_odm132_dave_multilang.xml (odm-xml-1.3.2) → out.xml (odm-xml-2.0)\n") || strings.Contains(said, "beyond the standard") {
		t.Errorf("for people: %s", said)
	}
}

func TestAFolderIsReplacedByWhatIsWrittenInIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "study")
	dave, openedc := collected(t, "edc/odm/cdisc_odm132_dave_multilang.xml"), collected(t, "edc/odm/openedc_example_metadata.xml")
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
	call(t, "study", "convert", collected(t, "edc/odm/openedc_example_metadata.xml"), out, "--to", "smoke-signals").refused(t, "odm.format.name")
	call(t, "study", "convert", collected(t, "edc/odm/odmlib_cdash_invalid.xml"), out, "--to", "odm-xml-2.0").refused(t, "line 14, element studyName")
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written all the same")
	}
}
