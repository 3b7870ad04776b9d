package epro_test

import (
	"fmt"
	"testing"

	"casebook/demo"
	"casebook/epro"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
)

// Who goes to another site takes the phone along, what it sent, what waits there, and the ledger explains every row.
func TestATransferTakesThePhoneAlong(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := build(t, storetest.DSN(t, engine))
			if _, err := h.trials.AddSite(h.operator(), demo.ID, trial.Site{ID: "09", Name: odm.Text{"en": "Ninth Hospital"}, Zone: "UTC"}); err != nil {
				t.Fatal(err)
			}
			p := h.enrol("03-001")
			p.send(p.diary(morning, "182", func(r map[string]any) { r["opened"] = "2026-02-27T12:00:00+08:00" }), `{"what":1}`)
			h.must(h.epro.SetReach(h.operator(), demo.ID, "03-001", nil, epro.Reach{Channel: "sms", Address: "+8613800000000"}))
			h.must(h.ledger.Write(h.operator(), demo.ID, func(w *ledger.Writer) error {
				_, _, err := patient.Transfer(h.operator(), w, "03-001", "09", "moved house")
				if err == nil {
					err = record.Transfer(h.operator(), w, "03-001", "09")
				}
				if err == nil {
					err = epro.Transfer(h.operator(), w, "03-001", "09")
				}
				return err
			}))
			if found := h.verify(); len(found) > 0 {
				t.Errorf("after the transfer: %v", found)
			}
			for _, table := range []string{"epro_invite", "epro_device", "epro_record", "epro_quarantine", "epro_issue", "epro_alert", "epro_reach"} {
				var all, moved int
				h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
					return tx.Row(t.Context(), fmt.Sprintf(`SELECT count(*), coalesce(sum(CASE WHEN site_id = '09' THEN 1 ELSE 0 END), 0) FROM %s WHERE study_id = $1 AND subject_id = '03-001'`, table), demo.ID).Scan(&all, &moved)
				}))
				if all == 0 || moved != all {
					t.Errorf("%s: %d of %d rows went along", table, moved, all)
				}
			}
		})
	}
}
