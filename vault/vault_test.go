package vault_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/vault"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const study = casebook.StudyID("HTN-24")

type house struct {
	t    *testing.T
	db   *store.DB
	keys []vault.Key
	*vault.Vault
}

func both(t *testing.T, test func(*testing.T, *house)) {
	storetest.Both(t, casebook.Outside(), []fs.FS{vault.Migrations}, func(t *testing.T, db *store.DB) {
		h := &house{t: t, db: db, keys: []vault.Key{casebook.Outside().Bytes(32)}}
		h.Vault = h.process()
		test(t, h)
	})
}

// process is the vault in one more process.
func (h *house) process() *vault.Vault {
	return vault.New(casebook.Outside(), func() ([]vault.Key, error) { return h.keys, nil })
}

func (h *house) keep(study casebook.StudyID, ref, text string) string {
	h.t.Helper()
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) (err error) { ref, err = h.Keep(h.t.Context(), tx, study, ref, text); return err }))
	return ref
}

func (h *house) read(v *vault.Vault, study casebook.StudyID, ref string) (text string, err error) {
	err = h.db.View(h.t.Context(), func(tx *store.Tx) (err error) { text, err = v.Read(h.t.Context(), tx, study, ref); return err })
	return text, err
}

func (h *house) does(query string, args ...any) {
	h.t.Helper()
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(h.t.Context(), query, args...); return err }))
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func code(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func TestWhatIsKeptIsReadWhereItBelongsAndNowhereElse(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		texts := map[string]string{}
		for _, text := range []string{"", "wang@example.org", "测试患者", "ends in zeros\x00\x00", strings.Repeat("x", 63), strings.Repeat("y", 200_000)} {
			texts[h.keep(study, "", text)] = text
		}
		for ref, text := range texts {
			if got, err := h.read(h.process(), study, ref); err != nil || got != text {
				t.Errorf("%.20q: %.20q, %v", text, got, err)
			}
		}
		ref := h.keep(study, "", "the first")
		if again := h.keep(study, ref, "the second"); again != ref {
			t.Error("another text has another reference")
		}
		if got, _ := h.read(h.Vault, study, ref); got != "the second" {
			t.Errorf("%q", got)
		}
		// Moved to another study, or to another reference, it is of no use.
		h.does(`INSERT INTO vault_text(study_id, ref, key_id, sealed) SELECT 'OTHER', ref, key_id, sealed FROM vault_text WHERE study_id = $1 AND ref = $2`, study, ref)
		h.does(`INSERT INTO vault_text(study_id, ref, key_id, sealed) SELECT study_id, 'moved', key_id, sealed FROM vault_text WHERE study_id = $1 AND ref = $2`, study, ref)
		for _, at := range []struct {
			study casebook.StudyID
			ref   string
		}{{"OTHER", ref}, {study, "moved"}} {
			if got, err := h.read(h.Vault, at.study, at.ref); code(err) != "vault.sealed" || got != "" {
				t.Errorf("%v: %q, %v", at, got, err)
			}
		}
		h.does(`UPDATE vault_text SET sealed = $3 WHERE study_id = $1 AND ref = $2`, study, "moved", []byte("short"))
		if _, err := h.read(h.Vault, study, "moved"); code(err) != "vault.sealed" {
			t.Errorf("too short: %v", err)
		}
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return vault.Forget(t.Context(), tx, study, ref) }))
		if _, err := h.read(h.Vault, study, ref); code(err) != "vault.gone" {
			t.Errorf("forgotten: %v", err)
		}
	})
}

func TestAnotherKeySealsWhileServersGoOn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		old := h.keys[0]
		refs := make([]string, 450) // more than two transactions
		for i := range refs {
			refs[i] = h.keep(study, "", fmt.Sprint("text ", i))
		}
		running := h.process()
		h.keys = []vault.Key{old, casebook.Outside().Bytes(32)}
		if n, err := h.Reseal(t.Context(), h.db); err != nil || n != 450 {
			t.Fatalf("sealed anew: %d, %v", n, err)
		}
		if n, err := h.Reseal(t.Context(), h.db); err != nil || n != 0 {
			t.Errorf("and once more: %d, %v", n, err)
		}
		h.keys = h.keys[1:] // nothing is under the other
		for i, ref := range refs {
			if got, err := h.read(running, study, ref); err != nil || got != fmt.Sprint("text ", i) {
				t.Fatalf("%d: %q, %v", i, got, err)
			}
		}
		h.keys = []vault.Key{old} // the one that somebody has stolen
		if _, err := h.read(h.process(), study, refs[0]); code(err) != "vault.no_key" {
			t.Errorf("by the old key: %v", err)
		}
		h.keys = nil
		if _, err := h.read(h.process(), study, refs[0]); code(err) != "vault.no_key" {
			t.Errorf("without a key: %v", err)
		}
		err := h.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := h.Keep(context.Background(), tx, study, "", "x")
			return err
		})
		if code(err) != "vault.no_key" {
			t.Errorf("kept without a key: %v", err)
		}
	})
}
