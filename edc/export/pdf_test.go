package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
)

// onPaper is the text of a PDF as another program finds it, without the spaces of its columns.
func onPaper(t *testing.T, pdf []byte) string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is not installed: make test does it, or apt-get install poppler-utils")
	}
	cmd := exec.CommandContext(t.Context(), path, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// A certified copy is each casebook on paper with its whole trail, and an index by which a copy that was altered is found. A
// locked study gives it as well: locking closes entry, and nothing here asks.
func TestACertifiedCopyHoldsEveryCasebookWithItsTrail(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		files := h.files("pdf")
		rows, err := csv.NewReader(bytes.NewReader(files["index.csv"])).ReadAll()
		h.must(err)
		if len(rows) != 3 || len(files) != 3 {
			t.Fatalf("%d lines of an index of %d files", len(rows), len(files))
		}
		for _, row := range rows[1:] {
			sum := sha256.Sum256(files[row[0]])
			if row[1] != hex.EncodeToString(sum[:]) {
				t.Errorf("%s has another digest than its line of the index", row[0])
			}
		}
		text := onPaper(t, files["03-001.pdf"])
		for _, want := range []string{"病例册 / Casebook", "收缩压", "Systolic", "146", "未做 / not done", "246 → 146", "typing error", "Zhou Ning", "Asia/Shanghai", "Audit trail", "1/2", "有效 / holds", "casebook-verify --proof"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q on paper:\n%s", want, text)
			}
		}
		if strings.Contains(text, "07-001") {
			t.Error("the casebook of another subject stands in it")
		}
		h.provesTheSignature(t)
		h.copyOfALocked(t)
	})
}

// provesTheSignature reads what the code beside the signature says: the signature as the ledger has it, and the way to the root of the cut.
func (h *house) provesTheSignature(t *testing.T) {
	t.Helper()
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	b, err := c.One(h.ctx, "03-001")
	h.must(err)
	proofs, err := c.proofs(h.ctx, b)
	h.must(err)
	for _, s := range b.Signatures {
		text, err := proofs[s.ID].Text()
		h.must(err)
		p, err := ledger.ParseProof(text)
		if err != nil || p.Size != c.Size || p.Entry.Actor != "zhouning" || !strings.Contains(p.Entry.New, s.Content) {
			t.Errorf("%v: %s", err, text)
		}
		if len(text) > 1300 {
			t.Errorf("%d bytes are many for a code: %s", len(text), text)
		}
	}
	if len(b.Signatures) != 1 || len(proofs) != 1 {
		t.Errorf("%d signatures, %d proofs", len(b.Signatures), len(proofs))
	}
}

// copyOfALocked locks the study, and takes a copy with a scan at a form: its name, size and hash are on paper and in the index.
func (h *house) copyOfALocked(t *testing.T) {
	t.Helper()
	h.attach(vitals("03-001"), nil)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(h.ctx, `INSERT INTO record_stage(study_id, subject_id, scope, stage, changed_by, changed_at, release) VALUES($1,'','','locked','chenrui',1,0)`, demo.ID)
		return err
	}))
	_, err := h.forms.Save(h.ctx, record.Save{Key: vitals("03-001"), Expect: -1, Reason: "again", Items: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.DIA", Value: "93"}}})
	if casebook.KindOf(err) != casebook.Conflict {
		t.Fatalf("the study is locked, and a save is told %v", err)
	}
	files, sum := h.files("pdf"), sha256.Sum256(scan)
	hash := hex.EncodeToString(sum[:])
	text, index := onPaper(t, files["03-001.pdf"]), string(files["index.csv"])
	if line := fmt.Sprintf("page.pdf,%s,%d,03-001,03,%s,", hash, len(scan), vitals("03-001").Ref()); !strings.Contains(index, line) {
		t.Errorf("the index has no %s:\n%s", line, index)
	}
	for _, want := range []string{"本表附件 / File at this form", "page.pdf", fmt.Sprint(len(scan), " B"), hash[:16], "失效"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on paper:\n%s", want, text)
		}
	}
}

func TestAPrintIsTheSameBytesUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.day()
	moment := h.clock.Now()
	printed := func(at time.Time) []byte {
		c, err := Open(h.ctx, h.db, h.trials, demo.ID, at)
		h.must(err)
		b, err := c.One(h.ctx, "03-001")
		h.must(err)
		var out bytes.Buffer
		h.must(c.Print(h.ctx, &out, b))
		return out.Bytes()
	}
	before := printed(moment)
	h.clock.Add(time.Hour)
	h.save("03-001", "measured again", "IT.DIA", "88")
	if !bytes.Equal(before, printed(moment)) {
		t.Error("as of a moment it is not what it was then")
	}
	if bytes.Equal(before, printed(time.Time{})) {
		t.Error("the control: a change does not show")
	}
}

// The site that a subject was transferred from keeps its copy, up to the very entry, and a site at which it never was has none.
func TestTheOldSiteKeepsItsCopyAndNothingAfterIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.must(h.ledger.Write(h.ctx, demo.ID, func(w *ledger.Writer) error {
			_, _, err := patient.Transfer(h.ctx, w, "03-001", "07", "moved house")
			return err
		}))
		h.clock.Add(time.Minute)
		h.save("03-001", "at the new site", "IT.DIA", "77")
		h.place()
		d := h.desk()
		at, err := d.left(h.ctx, demo.ID, "03-001", []casebook.SiteID{"03"})
		h.must(err)
		cut, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
		h.must(err)
		cut.Until, cut.Size = at.SealedAt, at.Index+1
		b, err := cut.One(h.ctx, "03-001")
		h.must(err)
		last := b.Entries[len(b.Entries)-1]
		if last.What != patient.VerbTransferred || b.Site != "07" {
			t.Errorf("the copy ends with %s", last.What)
		}
		if _, err := d.left(h.ctx, demo.ID, "03-001", []casebook.SiteID{"99"}); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("a site at which it never was: %v", err)
		}
	})
}
