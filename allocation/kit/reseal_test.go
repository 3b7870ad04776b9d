package kit

import (
	"bytes"
	"testing"

	"casebook/vault"
)

// What kits hold is read, and dispensed, under another key.
func TestAnotherKeySealsShipmentsWhileServersGoOn(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		old, next := h.keys[0], vault.Key(bytes.Repeat([]byte{8}, 32))
		shipment, err := h.Send(h.ctx, study, "03", 30, csv(1, 4))
		h.must(err)
		h.must(h.Receive(h.ctx, study, shipment, nil, ""))
		h.keys = []vault.Key{old, next}
		for _, want := range []int64{1, 0} {
			if n, err := h.Reseal(h.ctx); n != want || err != nil {
				h.Errorf("%d of %d sealed anew: %v", n, want, err)
			}
		}
		if got := h.holds("K001"); got != "CANARY-A" {
			h.Errorf("by both keys: %q", got)
		}
		if n, err := h.Service.Service.Reseal(h.ctx); n != 1 || err != nil { // the list, which says what to dispense
			h.Errorf("%d lists: %v", n, err)
		}
		h.keys = []vault.Key{next}
		if got := h.holds("K001"); got != "CANARY-A" {
			h.Errorf("by the other key: %q", got)
		}
		if found := h.findings(); len(found) > 0 {
			h.Errorf("verification finds %q", found)
		}
	})
}
