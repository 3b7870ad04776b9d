package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"casebook"
	"casebook/ledger"

	"golang.org/x/mod/sumdb/note"
)

type rotateKeyCommand struct {
	Keys string `help:"Folder of the keys and checkpoints." default:"casebook-data" type:"path" env:"CASEBOOK_KEYS"`
}

// Run makes the key that follows the one in use, and prints the public half. The old private key is gone afterwards; what it
// signed is verified as before. A server asks for the key at each checkpoint, so none has to be stopped. What was broken
// off half-way is finished first.
func (c *rotateKeyCommand) Run() error {
	keys, err := publicKeys(c.Keys)
	if err != nil {
		return err
	}
	if keys == nil {
		return casebook.Fail(casebook.NotFound, "ledger.no_key", c.Keys)
	}
	coming := privateFile(c.Keys) + ".next"
	if done, err := c.finish(keys, coming); done || err != nil {
		return err
	}
	old, err := signer(c.Keys)
	if err != nil {
		return err
	}
	private, succession, err := keys.Succeed(casebook.Outside(), old)
	if err != nil {
		return err
	}
	if err := putFile(coming, []byte(private+"\n")); err != nil {
		return err
	}
	text, err := os.ReadFile(publicFile(c.Keys))
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if err := putFile(publicFile(c.Keys), append(text, succession...)); err != nil {
		return err
	}
	if keys, err = publicKeys(c.Keys); err != nil {
		return err
	}
	_, err = c.finish(keys, coming)
	return err
}

// finish puts the coming key in its place if the public keys know it already; if not, it was made by a command that ended
// before anybody learnt of it, and it is removed.
func (c *rotateKeyCommand) finish(keys ledger.Keys, coming string) (done bool, err error) {
	text, err := os.ReadFile(coming)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	next, err := note.NewSigner(strings.TrimSpace(string(text)))
	if err != nil || next.KeyHash() != keys.Last().KeyHash() {
		return false, os.Remove(coming)
	}
	if err := os.Rename(coming, privateFile(c.Keys)); err != nil {
		return false, err
	}
	if err := syncFolder(filepath.Dir(coming)); err != nil {
		return false, err
	}
	fmt.Printf("%s+%08x signs from now on, the %d. key; give a copy of %s to whoever verifies\n", next.Name(), next.KeyHash(), len(keys), publicFile(c.Keys))
	return true, nil
}

// putFile puts a file in the place of another, so that a crash leaves the one or the other whole.
func putFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes what was renamed in a folder last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
