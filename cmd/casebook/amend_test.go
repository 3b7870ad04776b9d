package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/amendment"

	"github.com/go-json-experiment/json"
)

func TestAStudyIsAmendedFromTheCommandLine(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	first, err := filepath.Abs("../../demo/study.xml")
	if err != nil {
		t.Fatal(err)
	}
	call(t, h.args("study", "import", first)...).done(t)
	call(t, h.args("site", "add", "HTN-24", "03", "Qinghe", "--zone", "Asia/Shanghai", "--country", "CN")...).done(t)
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "second.xml")
	amended := strings.Replace(string(text), `<ItemRef ItemOID="IT.PULSE" OrderNumber="6" Mandatory="Yes"/>`, "", 1)
	if err := os.WriteFile(file, []byte(amended), 0o600); err != nil || amended == string(text) {
		t.Fatal("nothing is amended", err)
	}
	if said := call(t, h.args("study", "publish", "HTN-24", file, "--draft")...).done(t).stdout; !strings.Contains(said, "0 problems") {
		t.Errorf("the draft: %s", said)
	}
	call(t, h.args("study", "publish", "HTN-24", file)...).done(t)
	if said := call(t, h.args("study", "versions", "HTN-24")...).done(t).stdout; !strings.Contains(said, "version 2") || !strings.Contains(said, "site 03  version 1 since") {
		t.Errorf("the versions:\n%s", said)
	}
	call(t, h.args("study", "rollback", "HTN-24", "--site", "03", "--reason", "x")...).refused(t, "amendment.no_step")
	call(t, h.args("study", "apply", "HTN-24", "--site", "03", "--to", "3", "--reason", "x")...).refused(t, "trial.version_unknown")
	var rep amendment.Report
	if err := json.Unmarshal([]byte(call(t, h.args("study", "dry-run", "HTN-24", "--site", "03", "--to", "2", "--json")...).done(t).stdout), &rep); err != nil || rep.From != 1 || rep.To != 2 {
		t.Errorf("the dry run: %+v %v", rep, err)
	}
	call(t, h.args("study", "apply", "HTN-24", "--site", "03", "--to", "2", "--reason", "approved")...).done(t)
	if said := call(t, h.args("study", "versions", "HTN-24")...).done(t).stdout; !strings.Contains(said, "site 03  version 2 since") {
		t.Errorf("after it went over:\n%s", said)
	}
	if said := call(t, h.args("study", "rollback", "HTN-24", "--site", "03", "--reason", "too early")...).done(t).stdout; !strings.Contains(said, "version 2 → 1") {
		t.Errorf("going back: %s", said)
	}
	h.verify(t).clean(t)
}
