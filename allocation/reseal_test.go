package allocation

import (
	"bytes"
	"slices"
	"testing"

	"casebook/store"
	"casebook/vault"
)

// Lists and what was said of unblindings are read under another key; what was signed and what the ledger says of it stays.
func TestAnotherKeySealsListsWhileServersGoOn(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		old, next := h.keys[0], vault.Key(bytes.Repeat([]byte{8}, 32))
		l, id := h.released(bySex()), h.enrol("03", "F")
		first, err := h.Randomise(h.ctx, study, id)
		h.must(err)
		_, treatment, _, err := h.Unblind(h.ctx, study, id, Emergency, "anaphylaxis", "Zhou Ning")
		h.must(err)
		running := New(h.ledger, h.records, vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), h.reauthenticate)
		reads := func(by *Service) {
			h.Helper()
			_, c, given, looks, err := by.Look(h.ctx, study, l.ID)
			if err != nil || c.Seed != "seed 7" || len(given) == 0 || given[0] != first || len(looks) != 1 || looks[0].Text != "anaphylaxis" {
				h.Errorf("the list says %+v, %+v, %+v, %v", c, given, looks, err)
			}
		}
		reads(running)

		h.keys = []vault.Key{old, next}
		if n, err := h.Reseal(h.ctx); n != 2 || err != nil {
			h.Fatalf("%d sealed anew: %v", n, err)
		}
		if n, err := h.Reseal(h.ctx); n != 0 || err != nil {
			h.Errorf("and again %d: %v", n, err)
		}
		reads(running)
		h.keys = []vault.Key{next}
		for _, by := range []*Service{running, h.Service, New(h.ledger, h.records, vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), h.reauthenticate)} {
			reads(by)
		}
		if _, again, _, err := h.Unblind(h.ctx, study, id, Emergency, "a second look", "Zhou Ning"); err != nil || again != treatment {
			h.Errorf("the treatment is %q, and was %q: %v", again, treatment, err)
		}
		_, err = h.Randomise(h.ctx, study, h.enrol("03", "F"))
		h.must(err)
		if found := h.findings(); len(found) > 0 {
			h.Errorf("verification finds %q", found)
		}
		h.keys = []vault.Key{old} // the one that somebody has stolen
		thief := New(h.ledger, h.records, vault.NewRing(func() ([]vault.Key, error) { return h.keys, nil }), h.reauthenticate)
		_, _, _, _, err = thief.Look(h.ctx, study, l.ID)
		h.want(err, "allocation.sealed")
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE allocation_unblinding SET sealed = '' WHERE study_id = $1 AND sealed <> ''`, study)
			return err
		}))
		if found := h.findings(); len(found) != 1 || !slices.ContainsFunc(found, func(f string) bool { return f[:len("allocation_unblinding")] == "allocation_unblinding" }) {
			h.Errorf("the control: verification finds %q", found)
		}
	})
}
