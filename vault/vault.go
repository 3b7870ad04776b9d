// Package vault keeps what tells who a subject is: how a patient is reached, the name under a consent. Each text is encrypted under a
// key that is not in the database, and whoever owns it keeps its reference and its SHA-256. It knows no domain and decides nothing about
// who may read: that, and the entry which says who did, are its callers'. It refuses to make a key where texts wait for another.
// A Ring is such keys for whoever seals rows of their own.
package vault

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"

	"casebook"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// Table is where the texts are, for who tells of a backup.
const Table = "vault_text"

// ErrNoKey says that the key which sealed a text is not here.
var ErrNoKey = casebook.Fail(casebook.Conflict, "vault.no_key")

var (
	errGone   = casebook.Fail(casebook.NotFound, "vault.gone")
	errSealed = casebook.Fail(casebook.Conflict, "vault.sealed")
)

// Vault seals and opens. Its keys may change while it is used.
type Vault struct {
	world casebook.World
	ring  *Ring
}

// New returns a vault whose keys load returns, oldest first: the last one seals, all open. It is asked before each sealing, and when a
// text names a key that is not known. No keys is no error: then nothing is sealed and nothing opened.
func New(world casebook.World, load func() ([]Key, error)) *Vault {
	return &Vault{world: world, ring: NewRing(load)}
}

// idOf names a key by what tells nothing of it.
func idOf(k Key) (string, error) {
	id, err := hkdf.Key(sha256.New, k, nil, "casebook vault key id 1", 8)
	return hex.EncodeToString(id), err
}

// last loads the keys and returns the one that seals.
func (v *Vault) last() (id string, k Key, err error) {
	if k, err = v.ring.Last(); err == nil {
		id, err = idOf(k)
	}
	return id, k, err
}

func (v *Vault) key(id string) (Key, error) {
	return v.ring.Find(func(k Key) bool { is, err := idOf(k); return err == nil && is == id })
}

// ofStudy is the study's key: HKDF (RFC 5869) of k.
func (k Key) ofStudy(study casebook.StudyID) (Key, error) {
	return hkdf.Key(sha256.New, k, nil, "casebook vault 1\n"+string(study), 32)
}

func bound(study casebook.StudyID, ref string) []byte {
	return []byte("casebook vault 1\n" + string(study) + "\n" + ref)
}

// fill is what a text's length is rounded up to, since a length tells, too. The end is marked as in ISO/IEC 7816-4.
const fill = 64

func filled(text string) []byte {
	b := append([]byte(text), 0x80)
	return append(b, make([]byte, (fill-len(b)%fill)%fill)...)
}

func unfilled(b []byte) (string, bool) {
	b = bytes.TrimRight(b, "\x00")
	return string(b[:max(0, len(b)-1)]), len(b) > 0 && b[len(b)-1] == 0x80
}

// Keep seals text, in the transaction of what it belongs to, and returns its reference: a new one when ref is "", otherwise ref, whose
// former text is gone. Error: Conflict vault.no_key.
func (v *Vault) Keep(ctx context.Context, tx *store.Tx, study casebook.StudyID, ref, text string) (string, error) {
	id, k, err := v.last()
	if err != nil {
		return "", err
	}
	if ref == "" {
		ref = hex.EncodeToString(v.world.Bytes(16))
	}
	sealed, err := v.seal(k, study, ref, text)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO vault_text(study_id, ref, key_id, sealed) VALUES($1,$2,$3,$4)
		ON CONFLICT (study_id, ref) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed`, study, ref, id, sealed)
	return ref, err
}

func (v *Vault) seal(k Key, study casebook.StudyID, ref, text string) ([]byte, error) {
	own, err := k.ofStudy(study)
	if err != nil {
		return nil, err
	}
	return own.seal(v.world, filled(text), bound(study, ref))
}

// Read opens the text of a reference. Errors: NotFound vault.gone when it was forgotten; Conflict vault.no_key, and vault.sealed when it is
// not what Keep has put there.
func (v *Vault) Read(ctx context.Context, tx *store.Tx, study casebook.StudyID, ref string) (string, error) {
	var id string
	var sealed []byte
	err := tx.Row(ctx, `SELECT key_id, sealed FROM vault_text WHERE study_id = $1 AND ref = $2`, study, ref).Scan(&id, &sealed)
	if errors.Is(err, store.ErrNoRows) {
		return "", errGone
	}
	if err != nil {
		return "", err
	}
	return v.open(id, study, ref, sealed)
}

func (v *Vault) open(id string, study casebook.StudyID, ref string, sealed []byte) (string, error) {
	k, err := v.key(id)
	if err != nil {
		return "", err
	}
	own, err := k.ofStudy(study)
	if err != nil {
		return "", err
	}
	plain, ok := own.open(sealed, bound(study, ref))
	if !ok {
		return "", errSealed
	}
	text, ok := unfilled(plain)
	if !ok {
		return "", errSealed
	}
	return text, nil
}

// Forget removes a text for ever, in the transaction of the entry that says so.
func Forget(ctx context.Context, tx *store.Tx, study casebook.StudyID, ref string) error {
	_, err := tx.Exec(ctx, `DELETE FROM vault_text WHERE study_id = $1 AND ref = $2`, study, ref)
	return err
}

// Each opens a study's texts, for who verifies them; err is why one was not opened.
func (v *Vault) Each(ctx context.Context, tx *store.Tx, study casebook.StudyID, fn func(ref, text string, err error)) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var ref, id string
		var sealed []byte
		if err := r.Scan(&ref, &id, &sealed); err != nil {
			return err
		}
		text, err := v.open(id, study, ref, sealed)
		fn(ref, text, err)
		return nil
	}, `SELECT ref, key_id, sealed FROM vault_text WHERE study_id = $1 ORDER BY ref`, study)
}
