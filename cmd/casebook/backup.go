package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/backup"
	"casebook/site/document"
	"casebook/store"
	"casebook/vault"

	"filippo.io/age"
)

type backupKeyCommand struct {
	File string `arg:"" help:"Where the secret key goes; keep it away from the server."`
}

// Run makes a key pair and prints the half that a server needs.
func (c *backupKeyCommand) Run() error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := writeNew(c.File, func(w io.Writer) error { _, err := fmt.Fprintln(w, key); return err }); err != nil {
		return err
	}
	_, err = fmt.Println(key.Recipient())
	return err
}

type backupCommand struct {
	Database  `embed:""`
	File      string   `arg:"" help:"Where the backup goes; there must be nothing yet."`
	Recipient []string `required:"" help:"Whom it is encrypted for: age1…, as casebook backup-key prints." env:"CASEBOOK_BACKUP_RECIPIENT"`
}

// Run writes a backup of a database that may be in use, with the folder's keys and checkpoints, and reads the file back.
func (c *backupCommand) Run(ctx context.Context) error {
	var recipients []age.Recipient
	for _, text := range c.Recipient {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		recipients = append(recipients, r)
	}
	at := c.place()
	db, err := store.Open(ctx, at.dsn, store.Options{ReadOnly: true, Unsafe: true})
	if err != nil {
		return err
	}
	defer db.Close()
	files, err := at.files()
	if err != nil {
		return err
	}
	begun := time.Now()
	sent := sha256.New()
	var s backup.Summary
	err = writeNew(c.File, func(w io.Writer) (err error) {
		s, err = backup.Write(ctx, db, files, io.MultiWriter(w, sent), recipients...)
		return err
	})
	if err != nil {
		return err
	}
	kept := sha256.New()
	if err := readFile(c.File, func(r io.Reader) error { _, err := io.Copy(kept, r); return err }); err != nil {
		return err
	}
	if string(kept.Sum(nil)) != string(sent.Sum(nil)) {
		return casebook.Fail(casebook.Unprocessable, "backup.broken")
	}
	return told(s, c.File, time.Since(begun))
}

type verifyBackupCommand struct {
	File string `arg:"" help:"The backup." type:"existingfile"`
	Key  string `required:"" help:"File of the secret key." type:"existingfile"`
}

// Run reads a backup to its end.
func (c *verifyBackupCommand) Run() error {
	key, err := secretKey(c.Key)
	if err != nil {
		return err
	}
	begun := time.Now()
	return readFile(c.File, func(r io.Reader) error {
		s, err := backup.Verify(r, key)
		if err != nil {
			return err
		}
		return told(s, c.File, time.Since(begun))
	})
}

type restoreCommand struct {
	Database `embed:""`
	File     string `arg:"" help:"The backup." type:"existingfile"`
	Key      string `required:"" help:"File of the secret key." type:"existingfile"`
}

// Run reads the backup once to its end, and then puts it into a new database. The folder gets its keys back before the
// database is opened.
func (c *restoreCommand) Run(ctx context.Context) error {
	key, err := secretKey(c.Key)
	if err != nil {
		return err
	}
	at := c.place()
	begun := time.Now()
	if err := readFile(c.File, func(r io.Reader) error { _, err := backup.Verify(r, key); return err }); err != nil {
		return err
	}
	db, err := store.Open(ctx, at.dsn, store.Options{Migrations: migrations, Unsafe: c.Unsafe})
	if err != nil {
		return err
	}
	defer db.Close()
	return readFile(c.File, func(r io.Reader) error {
		s, err := backup.Restore(ctx, db, r, key, at.restore)
		if err != nil {
			return err
		}
		return told(s, c.File, time.Since(begun))
	})
}

// files are the parts of the folder that go into a backup beside the database.
func (p place) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, part := range [...]string{"keys", "checkpoints"} {
		err := filepath.WalkDir(filepath.Join(p.dir, part), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
				return nil
			}
			if err != nil {
				return err
			}
			name, err := filepath.Rel(p.dir, path)
			if err == nil {
				files[filepath.ToSlash(name)], err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// restore puts a file of a backup back, where there is none and nowhere else.
func (p place) restore(name string, data []byte) error {
	local, err := filepath.Localize(name)
	if err != nil {
		return err
	}
	file := filepath.Join(p.dir, local)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return writeNew(file, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// writeNew makes a file that is not there yet, for its owner alone, and has it on disk when it returns. What could not be
// finished is removed.
func writeNew(file string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return casebook.Fail(casebook.Conflict, "backup.exists", file)
	}
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

func readFile(file string, take func(io.Reader) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return take(f)
}

func secretKey(file string) (key *age.X25519Identity, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return age.ParseX25519Identity(strings.TrimSpace(string(text)))
}

// told prints what a backup holds, as one JSON line.
func told(s backup.Summary, file string, took time.Duration) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	outside := s.Tables[document.ObjectTable].Rows
	if outside > 0 {
		fmt.Fprintf(os.Stderr, "casebook: %d files stand in a bucket and are not in this backup: it has their names and hashes\n", outside)
	}
	if !slices.Contains(s.Files, "keys/vault.key") && s.Tables[vault.Table].Rows > 0 {
		fmt.Fprintln(os.Stderr, "casebook: the key of the vault is not in this backup: keep a copy of it where neither this file nor the database is")
	}
	return printJSON(map[string]any{"made": s.Made, "engine": s.Engine, "tables": len(s.Tables), "rows": s.Rows, "files": len(s.Files), "outside": outside, "bytes": info.Size(), "seconds": took.Seconds()})
}
