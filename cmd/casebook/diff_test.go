package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiffTellsWhatAnAmendmentDoes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../demo/study.xml")
	if err != nil {
		t.Fatal(err)
	}
	old, amended := filepath.Join(t.TempDir(), "old.xml"), filepath.Join(t.TempDir(), "new.xml")
	if err := os.WriteFile(old, b, 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "Systolic blood pressure", "Upper blood pressure", 1)
	if err := os.WriteFile(amended, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := call(t, "study", "diff", old, old).done(t).stdout; !strings.HasPrefix(said, "0 changes") {
		t.Errorf("a file differs from itself: %s", said)
	}
	said := call(t, "study", "diff", old, amended).done(t).stdout
	if !strings.Contains(said, "Upper blood pressure") {
		t.Errorf("said %s", said)
	}
	found := parsed[compared](t, call(t, "study", "diff", old, amended, "--json").done(t).stdout)
	if len(found.Changes) == 0 || strings.Count(said, "\n") != len(found.Changes)+1 {
		t.Errorf("found %+v, said %s", found, said)
	}
	call(t, "study", "diff", old, amended, "--to", "nowhere").refused(t, "odm.format.version")
}

func TestTheSpecificationOfTheDemo(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs("../../demo/study.xml")
	if err != nil {
		t.Fatal(err)
	}
	said := call(t, "study", "spec", file).done(t).stdout
	if !strings.Contains(said, "# Edit-check specification") || !strings.Contains(said, "IT.SYS") {
		t.Errorf("said %.500s", said)
	}
}
