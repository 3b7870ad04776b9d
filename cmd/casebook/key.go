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
	Keys    string `help:"Folder of the keys and checkpoints." default:"casebook-data" type:"path" env:"CASEBOOK_KEYS"`
	Secrets string `help:"Folder into which a secrets manager puts the keys; it is only read." type:"path" env:"CASEBOOK_SECRETS"`
	Out     string `help:"With --secrets: new folder for ledger.key and ledger.pub as the store is to have them." type:"path"`
}

// Run makes the key that follows the one in use, and prints the public half. The old private key is gone afterwards; what it
// signed is verified as before. A server asks for the key at each checkpoint, so none has to be stopped. What was broken
// off half-way is finished first. A store of secrets is not written: what it is to have goes to --out.
func (c *rotateKeyCommand) Run() error {
	if c.Secrets != "" {
		return c.forStore(keyStore{c.Secrets, true})
	}
	store := place{dir: c.Keys}.keys()
	keys, err := publicKeys(c.Keys)
	if err != nil {
		return err
	}
	if keys == nil {
		return casebook.Fail(casebook.NotFound, "ledger.no_key", c.Keys)
	}
	coming := store.file(ledgerKey) + ".next"
	if done, err := c.finish(keys, coming); done || err != nil {
		return err
	}
	old, err := store.signer()
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

// forStore makes the key that follows the one in a store, and writes what the store is to have. The old one signs until it has it.
func (c *rotateKeyCommand) forStore(store keyStore) error {
	if c.Out == "" {
		return casebook.Fail(casebook.Invalid, "keys.out", ledgerKey+", "+ledgerPub)
	}
	if err := store.complete(store.file(ledgerKey), store.file(ledgerPub)); err != nil {
		return err
	}
	text, err := os.ReadFile(store.file(ledgerPub))
	if err != nil {
		return err
	}
	keys, err := ledger.ParseKeys(text)
	if err != nil {
		return err
	}
	old, err := store.signer()
	if err != nil {
		return err
	}
	private, succession, err := keys.Succeed(casebook.Outside(), old)
	if err == nil {
		err = os.Mkdir(c.Out, 0o700)
	}
	if err == nil {
		err = newFile(filepath.Join(c.Out, ledgerKey), []byte(private+"\n"))
	}
	if err == nil {
		err = newFile(filepath.Join(c.Out, ledgerPub), append(append(text, '\n'), succession...))
	}
	if err == nil {
		fmt.Printf("put %s and %s of %s into the store, start the servers again, and remove the folder\n", ledgerKey, ledgerPub, c.Out)
	}
	return err
}

// newFile writes a file that was not there, for its owner alone.
func newFile(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
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
	if err := os.Rename(coming, filepath.Join(filepath.Dir(coming), ledgerKey)); err != nil {
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
