package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/vault"

	"golang.org/x/mod/sumdb/note"
)

// The files of keys: the one that signs checkpoints, its public half and those of all before it, and those that seal what the database must
// not tell: how authenticators count, who is given what, who a subject is. Of these one line is one key; the last seals, all open. Copies of
// the server on one database need the same.
const (
	ledgerKey     = "ledger.key"
	ledgerPub     = "ledger.pub"
	factorKeys    = "second-factor.key"
	treatmentKeys = "treatment.key"
	vaultKeys     = "vault.key"
)

// keyStore is where the keys are: the folder beside the data, in which the program makes what is missing, or one that a secrets manager
// fills (systemd's credentials, a volume of the CSI secrets store), which the program only reads.
type keyStore struct {
	dir    string
	filled bool // by somebody else
}

func (s keyStore) file(name string) string { return filepath.Join(s.dir, name) }

// missing says that a store which the program does not fill lacks a file.
func (s keyStore) missing(file string) error {
	return casebook.Fail(casebook.NotFound, "keys.missing", file)
}

// complete refuses a store that somebody else fills where a file is missing, or where others of this machine can read one or put another in
// its place.
func (s keyStore) complete(files ...string) error {
	if !s.filled {
		return nil
	}
	dir, err := os.Stat(s.dir)
	if err != nil {
		return s.missing(s.dir)
	}
	if mode := dir.Mode(); mode&0o002 != 0 && mode&fs.ModeSticky == 0 {
		return casebook.Fail(casebook.Forbidden, "keys.open", s.dir)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return s.missing(file)
		case err != nil:
			return err
		case info.Mode()&0o007 != 0 && (filepath.Dir(file) != filepath.Clean(s.dir) || dir.Mode()&0o001 != 0):
			return casebook.Fail(casebook.Forbidden, "keys.open", file)
		}
	}
	return nil
}

// publish copies the public halves from a store that somebody else fills to the folder beside the data, where verification, backups and
// whoever else looks for them. They are those that are there, or go on from them.
func (s keyStore) publish(dir string) error {
	if !s.filled {
		return nil
	}
	text, err := os.ReadFile(s.file(ledgerPub))
	if err != nil {
		return err
	}
	was, err := os.ReadFile(publicFile(dir))
	switch {
	case err == nil && bytes.Equal(was, text):
		return nil
	case err == nil && !bytes.HasPrefix(text, bytes.TrimRight(was, "\n")):
		return casebook.Fail(casebook.Conflict, "keys.other", s.file(ledgerPub), publicFile(dir))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(publicFile(dir)), 0o700); err != nil {
		return err
	}
	return putFile(publicFile(dir), text)
}

// publicFile is where the public halves of all keys are that signed checkpoints.
func publicFile(dir string) string { return filepath.Join(dir, "keys", ledgerPub) }

// signer reads the key that signs checkpoints, or makes one at the first start.
func (s keyStore) signer() (ledger.Signer, error) {
	file := s.file(ledgerKey)
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.filled:
		return nil, s.missing(file)
	case errors.Is(err, fs.ErrNotExist):
		if text, err = s.newLedgerKey(); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	return note.NewSigner(strings.TrimSpace(string(text)))
}

const keyName = "casebook"

func (s keyStore) newLedgerKey() ([]byte, error) {
	private, public, err := ledger.NewKey(casebook.Outside(), keyName)
	if err == nil {
		err = os.MkdirAll(s.dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(s.file(ledgerPub), []byte(public+"\n"), 0o600)
	}
	if err == nil {
		err = os.WriteFile(s.file(ledgerKey), []byte(private+"\n"), 0o600)
	}
	return []byte(private), err
}

// sealing is the ring of a file of keys, with one key where there was no file.
func (s keyStore) sealing(name string, world casebook.World) (*vault.Ring, error) {
	file := s.file(name)
	keys, err := readKeys(file)
	switch {
	case err == nil && len(keys) == 0 && s.filled:
		err = s.missing(file)
	case err == nil && len(keys) == 0:
		err = putKeys(file, []vault.Key{world.Bytes(32)})
	}
	return vault.NewRing(func() ([]vault.Key, error) { return readKeys(file) }), err
}

// secret reads a secret from its file, or makes one.
func (s keyStore) secret(name string, world casebook.World) (string, error) {
	file := s.file(name)
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.filled:
		return "", s.missing(file)
	case errors.Is(err, fs.ErrNotExist):
		made := fmt.Sprintf("%x", world.Bytes(16))
		return made, os.WriteFile(file, []byte(made+"\n"), 0o600)
	}
	return strings.TrimSpace(string(text)), err
}

type makeKeysCommand struct {
	Dir string `arg:"" help:"New folder." type:"path"`
}

// Run makes the keys of an installation in a new folder, for the store that keeps them: their names there are those of the files.
func (c *makeKeysCommand) Run() error {
	if err := os.Mkdir(c.Dir, 0o700); err != nil {
		return err
	}
	s, world := keyStore{dir: c.Dir}, casebook.Outside()
	_, err := s.newLedgerKey()
	for _, name := range []string{vaultKeys, factorKeys, treatmentKeys} {
		if err == nil {
			_, err = s.sealing(name, world)
		}
	}
	if err == nil {
		_, err = s.secret(adminToken, world)
	}
	if err == nil {
		fmt.Printf("put the files of %s into the store and remove the folder; without the keys nothing that they seal can be read\n", c.Dir)
	}
	return err
}
