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
	"casebook/store"
	"casebook/vault"
)

// vaultFile is where the keys of the vault are: the file that was given apart, or one beside the others.
func vaultFile(dir, given string) string {
	return cmp.Or(given, filepath.Join(dir, "keys", "vault.key"))
}

// readVault returns a vault with the keys of file, one a line, the last of which seals. A file that is not there has none.
func readVault(file string) *vault.Vault {
	return vault.New(casebook.Outside(), func() ([]vault.Key, error) { return vaultKeys(file) })
}

func vaultKeys(file string) (keys []vault.Key, err error) {
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

// putVaultKeys writes the file of keys.
func putVaultKeys(file string, keys []vault.Key) error {
	var text strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&text, "%x\n", []byte(k))
	}
	return putFile(file, []byte(text.String()))
}

// openVault makes a key where there is none and nothing was sealed by another. Where something was, the product starts all the same: the
// casebooks do not need the key, and who asks for an address or a signature is told.
func (a *app) openVault(ctx context.Context, file string, world casebook.World) (*vault.Vault, error) {
	v := vault.New(world, func() ([]vault.Key, error) { return vaultKeys(file) })
	keys, err := vaultKeys(file)
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
	return v, putVaultKeys(file, []vault.Key{world.Bytes(32)})
}

type vaultKeyCommand struct {
	Database `embed:""`
	New      bool `help:"Make a key first, which seals from now on."`
}

// Run seals all that is under another key under the last one. A server asks for the keys each time it seals, so none has to be stopped. What
// one is sealing at this very moment may still come under the key before a new one, so keys that nothing is sealed with are forgotten in a
// run that makes none.
func (c *vaultKeyCommand) Run(ctx context.Context) error {
	file := vaultFile(locate(c.DB, c.Keys).dir, c.Vault)
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	keys, err := vaultKeys(file)
	if err == nil && len(keys) == 0 {
		err = vault.ErrNoKey
	}
	if err == nil && c.New {
		keys = append(keys, casebook.Outside().Bytes(32))
		err = putVaultKeys(file, keys)
	}
	if err != nil {
		return err
	}
	sealed, err := a.vault.Reseal(ctx, a.db)
	if err != nil {
		return err
	}
	if !c.New {
		if keys, err = vault.Used(ctx, a.db, keys); err == nil {
			err = putVaultKeys(file, keys)
		}
		if err != nil {
			return err
		}
	}
	return printJSON(map[string]any{"sealed": sealed, "keys": len(keys)})
}
