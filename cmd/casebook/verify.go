package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"casebook"
	"casebook/ledger"
	"casebook/site/document"
	"casebook/site/document/bucket"
	"casebook/store"

	"golang.org/x/mod/sumdb/note"
)

type verifyCommand struct {
	Data    string `arg:"" help:"What to verify: a data folder, sqlite:PATH or postgres://…"`
	Keys    string `help:"Folder of the keys and checkpoints, when DATA is on PostgreSQL." default:"casebook-data" type:"path"`
	Secrets string `help:"Folder into which a secrets manager puts the keys." type:"path" env:"CASEBOOK_SECRETS"`
	Vault   string `name:"vault-key" help:"File of the vault's key, when it is not beside the others: what is kept there is read and compared with its hash." type:"path" env:"CASEBOOK_VAULT_KEY"`
	Bucket  string `help:"File that names the bucket in which files are kept, JSON: each is read and compared with its hash." type:"existingfile" env:"CASEBOOK_BUCKET"`
	JSON    bool   `help:"Print one JSON object."`
}

// Run verifies and fails if anything is not as it was written.
func (c *verifyCommand) Run(ctx context.Context) error {
	at := locate(c.Data, c.Keys)
	at.secrets = c.Secrets
	db, err := store.Open(ctx, at.dsn, store.Options{ReadOnly: true, Migrations: migrations, Unsafe: true})
	if err != nil {
		return err
	}
	defer db.Close()
	public, err := publicKeys(at.dir)
	if err != nil {
		return err
	}
	v, err := ledger.Verify(ctx, db, at.checkpoints(), public, folds(readVault(at.vaultFile(c.Vault))))
	if err != nil {
		return err
	}
	outside, err := c.outside(ctx, db, v)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(v)
	} else {
		fmt.Printf("%d studies, %d entries, %d waiting for their place, %d checkpoints hold\n", v.Studies, v.Entries, v.Waiting, v.Checkpoints)
		for _, f := range v.Findings {
			fmt.Printf("  %s: %s %s: %s\n", f.Study, f.Table, f.Row, f.What)
		}
		if outside > 0 && c.Bucket != "" {
			fmt.Printf("%d files in the bucket were read\n", outside)
		}
	}
	if outside > 0 && c.Bucket == "" {
		fmt.Fprintf(os.Stderr, "casebook: %d files stand in a bucket and were not read; --bucket names it\n", outside)
	}
	if err == nil && len(v.Findings) > 0 {
		return fmt.Errorf("%d findings", len(v.Findings))
	}
	return err
}

// outside reads the files that stand in a bucket, and adds to v what is wrong with them. It returns how many there are.
func (c *verifyCommand) outside(ctx context.Context, db *store.DB, v *ledger.Verification) (int, error) {
	var b *bucket.Bucket
	if c.Bucket != "" {
		var err error
		if b, err = bucket.Read(c.Bucket, casebook.Outside()); err != nil {
			return 0, err
		}
		defer b.Close()
	}
	n, found, err := document.VerifyBucket(ctx, db, b)
	v.Findings = append(v.Findings, found...)
	return n, err
}

type proveCommand struct {
	Data  string `arg:"" help:"A data folder, sqlite:PATH or postgres://…"`
	Study string `arg:"" help:"The study."`
	Index int64  `arg:"" help:"The entry's place in the study's ledger."`
	Size  int64  `help:"The size of the tree; 0 is the whole."`
}

// Run prints a proof that the entry is in the tree, as casebook-verify --proof reads it.
func (c *proveCommand) Run(ctx context.Context) error {
	db, err := store.Open(ctx, locate(c.Data, "").dsn, store.Options{ReadOnly: true, Migrations: migrations, Unsafe: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(ctx, func(tx *store.Tx) error {
		p, err := ledger.Prove(ctx, tx, casebook.StudyID(c.Study), c.Index, c.Size)
		if err != nil {
			return err
		}
		text, err := p.Text()
		if err == nil {
			_, err = fmt.Printf("%s\n", text)
		}
		return err
	})
}

func (p place) checkpoints() string { return filepath.Join(p.dir, "checkpoints") }

// publicKeys reads the keys that checkpoints are verified with; nil when there are none, and then there are no checkpoints.
func publicKeys(dir string) (ledger.Keys, error) {
	text, err := os.ReadFile(publicFile(dir))
	if os.IsNotExist(err) {
		fmt.Fprintln(os.Stderr, "casebook: no public key, so checkpoints are not looked at")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return ledger.ParseKeys(text)
}

// knownKeys are those that settings from elsewhere may be signed with: this installation's own, and the files *.pub in
// keys/known.
func knownKeys(dir string) (all []note.Verifier, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "keys", "known", "*.pub"))
	if err != nil {
		return nil, err
	}
	for _, file := range append(files, publicFile(dir)) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		keys, err := ledger.ParseKeys(text)
		if err != nil {
			return nil, err
		}
		all = append(all, keys...)
	}
	return all, nil
}
