package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"casebook/edc/export"
	"casebook/ledger"
)

// cuts writes the study as of now, and once more as of then, which comes to the same bytes, and holds them against the manifest. Nothing is missing
// of what was saved just before the server stopped. It returns how many entries that are.
func (h *house) cuts(t *testing.T) (size int64) {
	t.Helper()
	folders := []string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")}
	said := call(t, h.args("cut", "--study", "CES", "--out", folders[0])...).done(t).stdout
	text, err := os.ReadFile(filepath.Join(folders[0], "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Study != "CES" || m.Entries == 0 || len(m.Files) < len(extensions) {
		t.Errorf("%v: the manifest is %s", err, text)
	}
	again := call(t, h.args("cut", "--study", "CES", "--as-of", m.At.Format(time.RFC3339Nano), "--out", folders[1])...).done(t).stdout
	if want := fmt.Sprintf("%x\n", sha256.Sum256(text)); said != want || again != want {
		t.Errorf("two cuts say %q and %q, their manifest is %s", said, again, want)
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
	return m.Entries
}

// left finds the entries of the two cuts, which come after what they hold, at the ledger's end as it was when something was printed.
func (h *house) left(t *testing.T, size int64) {
	t.Helper()
	for i := range int64(2) {
		p, err := ledger.ParseProof([]byte(call(t, "prove", h.where(), "CES", strconv.FormatInt(size+i, 10)).done(t).stdout))
		if err != nil || p.Entry.What != export.Made || p.Entry.Ref != "cut" || p.Entry.Actor != "system" {
			t.Errorf("entry %d is %+v, %v", size+i, p, err)
		}
	}
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
