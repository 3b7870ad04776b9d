package blinded

import (
	"bytes"
	"testing"

	"casebook/ledger"
	"casebook/store"
	"casebook/vault"
)

// Values are read under another key, by whose name their places go on; a value that was seen before it is changed after it, and nothing is
// called as the key of before called it.
func TestAnotherKeySealsValuesWhileServersGoOn(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		old, next := h.keys[0], vault.Key(bytes.Repeat([]byte{8}, 32))
		h.must(h.enter("137", 0, ""))
		h.must(h.enter("138", 1, "misread"))
		at := systolic
		at.Subject = h.subject
		called, err := h.names(study, at)
		h.must(err)
		reads := func(want ...string) {
			h.Helper()
			values, err := h.Look(h.ctx, study, h.subject, everywhere)
			h.must(err)
			got := []string{}
			for _, v := range values {
				got = append(got, v.Said.Value)
			}
			if len(got) != len(want) || got[0] != want[0] {
				h.Errorf("looked at %q, want %q", got, want)
			}
		}

		h.keys = []vault.Key{old, next}
		h.must(h.enter("139", 2, "misread again")) // at the name of before, sealed by the other key
		reads("139", "138", "137")
		for _, want := range []int64{3, 0} {
			if n, err := h.Reseal(h.ctx); n != want || err != nil {
				h.Errorf("%d of %d sealed anew: %v", n, want, err)
			}
		}
		reads("139", "138", "137")
		h.want(h.enter("140", 2, "late"), "blinded.conflict at IG.VS/1/IT.SYS")
		h.must(h.enter("140", 3, "once more"))
		h.keys = []vault.Key{next}
		h.must(h.enter("141", 4, "and again"))
		reads("141", "140", "139", "138", "137")
		if found := h.findings(); len(found) > 0 {
			h.Errorf("verification finds %q", found)
		}
		count := func() (n int) {
			h.must(h.ledger.DB().View(h.ctx, func(tx *store.Tx) error {
				return tx.Row(h.ctx, `SELECT count(*) FROM blinded_value WHERE study_id = $1 AND place = $2`, study, called[0]).Scan(&n)
			}))
			return n
		}
		if n := count(); n > 0 {
			h.Errorf("%d values are called as before", n)
		}
		h.must(h.ledger.DB().View(h.ctx, func(tx *store.Tx) error {
			_, err := ledger.Each(h.ctx, tx, study, 0, 1000, func(e *ledger.Entry) error {
				if e.What == Resealed && e.Subject != "" {
					h.Errorf("the ledger tells whose: %+v", e)
				}
				return nil
			})
			return err
		}))
	})
}
