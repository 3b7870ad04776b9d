package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"casebook"
	"casebook/platform"
	"casebook/store"
	"casebook/vault"
)

// The files of the keys that seal what the database must not tell, in the folder of keys: how authenticators count, who is given what, who a
// subject is. One line is one key; the last seals, all open. Copies of the server on one database need the same.
const (
	factorKeys    = "second-factor.key"
	treatmentKeys = "treatment.key"
	vaultKeys     = "vault.key"
)

func keyFile(dir, name string) string { return filepath.Join(dir, "keys", name) }

// vaultFile is where the keys of the vault are: the file that was given apart, or one beside the others.
func vaultFile(dir, given string) string { return cmp.Or(given, keyFile(dir, vaultKeys)) }

// readVault returns a vault with the keys of file.
func readVault(file string) *vault.Vault {
	return vault.New(casebook.Outside(), func() ([]vault.Key, error) { return readKeys(file) })
}

// sealingKeys is the ring of a file of keys, with one key where there was no file.
func sealingKeys(file string, world casebook.World) (*vault.Ring, error) {
	keys, err := readKeys(file)
	if err == nil && len(keys) == 0 {
		err = putKeys(file, []vault.Key{world.Bytes(32)})
	}
	return vault.NewRing(func() ([]vault.Key, error) { return readKeys(file) }), err
}

// readKeys reads a file of keys, the oldest first. A file that is not there has none.
func readKeys(file string) (keys []vault.Key, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, line := range strings.Fields(string(text)) {
		k, bad := hex.DecodeString(line)
		if bad != nil || len(k) != 32 {
			return nil, casebook.Fail(casebook.Invalid, "vault.key_file", file)
		}
		keys = append(keys, k)
	}
	return keys, err
}

// putKeys writes a file of keys.
func putKeys(file string, keys []vault.Key) error {
	var text strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&text, "%x\n", []byte(k))
	}
	return putFile(file, []byte(text.String()))
}

// openVault makes a key where there is none and nothing was sealed by another. Where something was, the product starts all the same: the
// casebooks do not need the key, and who asks for an address or a signature is told.
func (a *app) openVault(ctx context.Context, file string, world casebook.World) (*vault.Vault, error) {
	v := vault.New(world, func() ([]vault.Key, error) { return readKeys(file) })
	keys, err := readKeys(file)
	if err != nil || len(keys) > 0 || !a.db.Reached() {
		return v, err
	}
	var studies []casebook.StudyID
	err = a.db.View(ctx, func(tx *store.Tx) (err error) { studies, err = vault.Studies(ctx, tx); return err })
	if err != nil {
		return nil, err
	}
	if len(studies) > 0 {
		slog.ErrorContext(ctx, "the key of the vault is not here: how patients are reached and what they signed cannot be read", "file", file, "studies", len(studies))
		return v, nil
	}
	return v, putKeys(file, []vault.Key{world.Bytes(32)})
}

type exchangeKeyCommand struct {
	Database `embed:""`
	Key      string `arg:"" enum:"vault,second-factor,treatment" help:"Which: vault (what tells who a subject is), second-factor, treatment (lists, kits, blinded values)."`
	New      bool   `help:"Make a key first, which seals from now on."`
}

// Run seals all that is under another key under the last one. A server asks for the keys each time it seals, so none has to be stopped. What
// one is sealing at this very moment may still come under the key before a new one, so keys that nothing is sealed with are forgotten in a
// run that makes none, which also finishes one that was broken off.
func (c *exchangeKeyCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = operator(ctx)
	file, reseal := a.sealedBy(c.Key, vaultFile(a.dir, c.Vault))
	keys, err := readKeys(file)
	if err == nil && len(keys) == 0 {
		err = vault.ErrNoKey
	}
	if err == nil && c.New {
		keys = append(keys, casebook.Outside().Bytes(32))
		err = putKeys(file, keys)
	}
	if err != nil {
		return err
	}
	done := platform.KeyExchange{Made: c.New}
	for { // until nothing is found, since what a server sealed meanwhile may be under another
		n, err := reseal(ctx)
		if err != nil {
			return err
		}
		if done.Sealed += n; n == 0 {
			break
		}
	}
	if !c.New {
		keys = keys[len(keys)-1:]
		if err := putKeys(file, keys); err != nil {
			return err
		}
	}
	done.Keys = len(keys)
	return errors.Join(a.platform.KeyExchanged(ctx, c.Key, done), printJSON(done))
}

// sealedBy tells where the keys are that a name means, and what seals anew all that they seal.
func (a *app) sealedBy(name, ofVault string) (file string, reseal func(context.Context) (int64, error)) {
	switch name {
	case "vault":
		return ofVault, func(ctx context.Context) (int64, error) { return a.vault.Reseal(ctx, a.db) }
	case "second-factor":
		return keyFile(a.dir, factorKeys), a.people.Reseal
	}
	return keyFile(a.dir, treatmentKeys), func(ctx context.Context) (sum int64, err error) {
		for _, reseal := range []func(context.Context) (int64, error){a.given.Reseal, a.kits.Reseal, a.blinded.Reseal} {
			n, err := reseal(ctx)
			if sum += n; err != nil {
				return sum, err
			}
		}
		return sum, nil
	}
}
