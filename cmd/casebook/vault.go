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

// vaultFile is where the keys of the vault are: the file that was given apart, or one beside the others.
func (p place) vaultFile(given string) string { return cmp.Or(given, p.keys().file(vaultKeys)) }

// readVault returns a vault with the keys of file.
func readVault(file string) *vault.Vault {
	return vault.New(casebook.Outside(), func() ([]vault.Key, error) { return readKeys(file) })
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
func putKeys(file string, keys []vault.Key) error { return putFile(file, keyLines(keys)) }

func keyLines(keys []vault.Key) (text []byte) {
	for _, k := range keys {
		text = fmt.Appendf(text, "%x\n", []byte(k))
	}
	return text
}

// openVault makes a key where there is none and nothing was sealed by another. Where something was, the product starts all the same: the
// casebooks do not need the key, and who asks for an address or a signature is told.
func (a *app) openVault(ctx context.Context, file string, world casebook.World) (*vault.Vault, error) {
	v := vault.New(world, func() ([]vault.Key, error) { return readKeys(file) })
	keys, err := readKeys(file)
	if err == nil && len(keys) == 0 && a.keys.filled {
		return nil, a.keys.missing(file)
	}
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
	Out      string `help:"With --secrets: new file for the keys as the store is to have them; with --new the one more, else the last alone." type:"path"`
}

// Run seals all that is under another key under the last one. A server asks for the keys each time it seals, so none has to be stopped. What
// one is sealing at this very moment may still come under the key before a new one, so keys that nothing is sealed with are forgotten in a
// run that makes none, which also finishes one that was broken off. A store of secrets is not written: what it is to have goes to --out, and
// a key seals once the store has it.
func (c *exchangeKeyCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = operator(ctx)
	file, reseal := a.sealedBy(c.Key, c.place().vaultFile(c.Vault))
	keys, err := readKeys(file)
	if err == nil && len(keys) == 0 {
		err = vault.ErrNoKey
	}
	if err == nil && c.Secrets != "" && c.Out == "" && (c.New || len(keys) > 1) {
		err = casebook.Fail(casebook.Invalid, "keys.out", filepath.Base(file))
	}
	if err == nil && c.New {
		keys = append(keys, casebook.Outside().Bytes(32))
		err = c.put(file, keys)
	}
	if err != nil {
		return err
	}
	if c.New && c.Secrets != "" {
		return nil // the store has it later
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
	if !c.New && len(keys) > 1 {
		if err := c.put(file, keys[len(keys)-1:]); err != nil {
			return err
		}
		keys = keys[len(keys)-1:]
	}
	done.Keys = len(keys)
	return errors.Join(a.platform.KeyExchanged(ctx, c.Key, done), printJSON(done))
}

// put writes keys to their file, or, for a store of secrets, to --out, and says so.
func (c *exchangeKeyCommand) put(file string, keys []vault.Key) error {
	if c.Secrets == "" {
		return putKeys(file, keys)
	}
	fmt.Fprintf(os.Stderr, "casebook: put %s into the store as %s, start the servers again, and remove the file\n", c.Out, filepath.Base(file))
	return newFile(c.Out, keyLines(keys))
}

// sealedBy tells where the keys are that a name means, and what seals anew all that they seal.
func (a *app) sealedBy(name, ofVault string) (file string, reseal func(context.Context) (int64, error)) {
	switch name {
	case "vault":
		return ofVault, func(ctx context.Context) (int64, error) { return a.vault.Reseal(ctx, a.db) }
	case "second-factor":
		return a.keys.file(factorKeys), a.people.Reseal
	}
	return a.keys.file(treatmentKeys), func(ctx context.Context) (sum int64, err error) {
		for _, reseal := range []func(context.Context) (int64, error){a.given.Reseal, a.kits.Reseal, a.blinded.Reseal} {
			n, err := reseal(ctx)
			if sum += n; err != nil {
				return sum, err
			}
		}
		return sum, nil
	}
}
