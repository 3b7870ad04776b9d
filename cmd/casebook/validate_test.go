package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/validate"
)

// The whole command on the folder of a hospital that has just begun: what it finds is written, signed, and is bad only
// where a binary built by a test is not one of a release.
func TestAnInstallationIsExaminedWhereItStands(t *testing.T) {
	t.Parallel()
	h, out := build(t, "sqlite"), t.TempDir()
	callIn(t, nil, password+"\n", h.args("person", "add", "linyue", "Lin Yue")...).done(t)
	// What the environment says of the installation is not for the server that the examination starts.
	ran := callIn(t, []string{"CASEBOOK_CHANNELS=/of/the/installation.json"}, "", h.args("validate", "--out", out)...)
	text, err := os.ReadFile(filepath.Join(out, validate.DataFile))
	if err != nil {
		t.Fatal(err, ran.stdout, ran.stderr)
	}
	p := parsed[validate.Package](t, string(text))
	if len(p.OQ) != len(validate.Checks) || len(p.Matrix) != 36 || p.Control.Failed != len(validate.Checks) {
		t.Errorf("%d checks, %d rows, control %+v", len(p.OQ), len(p.Matrix), p.Control)
	}
	for _, r := range p.OQ {
		if r.Verdict != validate.Passed {
			t.Errorf("%s: %s: %s", r.ID, r.Verdict, r.Evidence)
		}
	}
	for _, f := range p.IQ {
		if !f.Holds && f.Name != "commit" && f.Name != "built from changed sources" {
			t.Errorf("%s is %s, not %s", f.Name, f.Value, f.Expected)
		}
	}
	key := filepath.Join(h.folder, "keys", "ledger.pub")
	if said := call(t, "verify-validation", out, "--key", key).done(t); !strings.Contains(said.stdout, "as it was signed") {
		t.Errorf("it says %s", said.stdout)
	}
	if err := os.WriteFile(filepath.Join(out, validate.PrintFile), []byte("%PDF-"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "verify-validation", out, "--key", key).refused(t, "validate.altered")
}
