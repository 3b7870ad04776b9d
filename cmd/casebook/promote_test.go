package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestATestedCopyIsPromotedFromTheCommandLine(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	call(t, h.args("study", "import", demoFile(t, "study.xml"), "--environment", "uat")...).done(t)
	call(t, h.args("study", "promote", "HTN-24", "HTN-24-P", filepath.Join("testdata", "none.cases"))...).refused(t, "none.cases")
	wrong := filepath.Join(t.TempDir(), "wrong.cases")
	if err := os.WriteFile(wrong, []byte("case A man is asked about pregnancy\nin E.SCR / F.DM\n  IT.SEX = M -> IT.CHILDPOT shown\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, h.args("study", "promote", "HTN-24", "HTN-24-P", wrong)...).refused(t, "definition.failing")
	call(t, h.args("study", "versions", "HTN-24-P")...).refused(t, "trial.unknown") // what fails leaves no study behind
	said := call(t, h.args("study", "promote", "HTN-24", "HTN-24-P", demoFile(t, "study.cases"))...).done(t).stdout
	if !strings.Contains(said, "study HTN-24-P: version 1 is published as it was tested in HTN-24") {
		t.Errorf("said %s", said)
	}
	hash := func(study string) string {
		fields := strings.Fields(call(t, h.args("study", "versions", study)...).done(t).stdout)
		return fields[3]
	}
	if hash("HTN-24") != hash("HTN-24-P") {
		t.Error("the content is not the same")
	}
	if said := call(t, h.args("study", "versions", "HTN-24-P")...).done(t).stdout; !strings.Contains(said, "tested in HTN-24 (UAT) version 1") {
		t.Errorf("its origin: %s", said)
	}
	h.verify(t).clean(t)
}
