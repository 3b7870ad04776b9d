package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"golang.org/x/mod/sumdb/note"
)

// A ledger of twenty entries, its checkpoints and its key, as another machine gets them.
func kept(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	o := options{Data: "sqlite:" + filepath.Join(dir, "rows.db"), Checkpoints: filepath.Join(dir, "checkpoints"), Public: filepath.Join(dir, "ledger.pub"), Study: "S1", From: 7}
	private, public, err := ledger.NewKey(casebook.Outside(), "hospital")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Public, []byte(public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), o.Data, store.Options{Migrations: []fs.FS{ledger.Migrations}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{Publish: o.Checkpoints, Signer: func() (ledger.Signer, error) { return signer, nil }})
	err = l.Write(t.Context(), "S1", func(w *ledger.Writer) error {
		for range 20 {
			w.Record(t.Context(), ledger.Entry{What: "ward.opened", New: "7"})
		}
		return nil
	})
	if err == nil {
		err = l.Seal(t.Context(), "S1")
	}
	if err == nil {
		err = l.PublishAll(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// prove is that the entry at 5 stands in the tree of so many.
func (o options) prove(t *testing.T, size int64) string {
	t.Helper()
	db, err := store.Open(t.Context(), o.Data, store.Options{ReadOnly: true, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var text []byte
	err = db.View(t.Context(), func(tx *store.Tx) error {
		p, err := ledger.Prove(t.Context(), tx, "S1", 5, size)
		if err == nil {
			text, err = p.Text()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What stands on paper is verified with the checkpoints and the public key, as text or as a file; of a tree that none of them signed with
// the rows, too.
func TestAProofNeedsACheckpointAndThePublicKey(t *testing.T) {
	t.Parallel()
	o, file := kept(t), filepath.Join(t.TempDir(), "proof")
	o.From, o.Proof = 0, o.prove(t, 13)
	if n, err := o.verify(t.Context()); n != 0 || err != nil {
		t.Errorf("with the rows: %d findings, %v", n, err)
	}
	paper, whole := o, o.prove(t, 20)
	paper.Data = ""
	if _, err := paper.verify(t.Context()); casebook.KindOf(err) != casebook.NotFound {
		t.Errorf("no checkpoint of 13 entries: %v", err)
	}
	if err := os.WriteFile(file, []byte(whole+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, paper.Proof = range []string{whole, file} {
		if _, err := paper.verify(t.Context()); err != nil {
			t.Error(err)
		}
	}
	paper.Proof = strings.Replace(whole, "ward.opened", "ward.closed", 1)
	if _, err := paper.verify(t.Context()); casebook.KindOf(err) != casebook.Conflict {
		t.Errorf("an altered proof: %v", err)
	}
	paper.Proof = ""
	if _, err := paper.verify(t.Context()); err == nil {
		t.Error("nothing was verified, and nobody is told")
	}
}

func TestTheDataAndThePublicKeyAreEnough(t *testing.T) {
	t.Parallel()
	o := kept(t)
	if n, err := o.verify(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d findings, %v", n, err)
	}
	o.To = 21
	if _, err := o.verify(t.Context()); casebook.KindOf(err) != casebook.NotFound {
		t.Errorf("a tree that is not there: %v", err)
	}
	o.From = 0
	db, err := store.Open(t.Context(), o.Data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), `UPDATE ledger_entry SET new = '8' WHERE study_id = $1 AND entry_id = (SELECT max(entry_id) FROM ledger_entry WHERE study_id = $1)`, "S1")
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n, verr := o.verify(t.Context()); err != nil || verr != nil || n != 1 {
		t.Errorf("an altered value: %d findings, %v %v", n, err, verr)
	}
}
