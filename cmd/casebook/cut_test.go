package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cuts writes the study twice as of now, which comes to the same bytes, and holds them against the manifest. Nothing is missing of what was
// saved just before the server stopped.
func (h *house) cuts(t *testing.T) {
	t.Helper()
	folders := []string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")}
	var said []string
	for _, folder := range folders {
		said = append(said, call(t, h.args("cut", "--study", "CES", "--out", folder)...).done(t).stdout)
	}
	text, err := os.ReadFile(filepath.Join(folders[0], "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x\n", sha256.Sum256(text)); said[0] != want || said[1] != want {
		t.Errorf("two cuts say %q, their manifest is %s", said, want)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Study != "CES" || m.Entries == 0 || len(m.Files) < len(extensions) {
		t.Errorf("%v: the manifest is %s", err, text)
	}
	reasons := 0
	for _, f := range m.Files {
		have, err := os.ReadFile(filepath.Join(folders[1], f.Name)) // of the other
		if err != nil || int64(len(have)) != f.Bytes || fmt.Sprintf("%x", sha256.Sum256(have)) != f.SHA256 {
			t.Errorf("%s: %v, %d bytes, and the manifest says %+v", f.Name, err, len(have), f)
		}
		reasons += bytes.Count(have, []byte("misread the cuff"))
	}
	if reasons == 0 {
		t.Error("why a value was changed stands in no file of the cut")
	}
	call(t, h.args("cut", "--study", "CES", "--out", folders[0])...).refused(t, "export.not_empty")
	call(t, h.args("cut", "--study", "NONE", "--out", filepath.Join(folders[0], "new"))...).refused(t, "NONE")
	call(t, h.args("cut", "--study", "CES", "--as-of", "1999-01-01", "--out", filepath.Join(folders[0], "new"))...).refused(t, "CES")
}

// prints writes one casebook as PDF, or nothing.
func (h *house) prints(t *testing.T, subject string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "casebook.pdf")
	call(t, h.args("casebook", "pdf", "NOBODY", "--study", "CES", "--out", file)...).refused(t, "NOBODY")
	call(t, h.args("casebook", "pdf", subject, "--study", "CES", "--as-of", "yesterday", "--out", file)...).refused(t, "yesterday")
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) > 0 {
		t.Errorf("%v: what was refused left %v", err, left)
	}
	call(t, h.args("casebook", "pdf", subject, "--study", "CES", "--out", file)...).done(t)
	text, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(text, []byte("%PDF-")) || !strings.Contains(string(text[max(0, len(text)-16):]), "%%EOF") {
		t.Errorf("%v: %d bytes that are no PDF", err, len(text))
	}
}
