package kit

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// resealed is what the ledger says of a shipment whose inside was sealed anew.
type resealed struct {
	Digest string `json:"digest"`
}

// Reseal seals what kits hold under the last key where it is under another, while others go on, and returns how many shipments those were.
func (s *Service) Reseal(ctx context.Context) (n int64, err error) {
	type shipment struct {
		study      casebook.StudyID
		id, sealed string
	}
	var all []shipment
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		studies, err := store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT DISTINCT study_id FROM kit_shipment ORDER BY study_id`)
		for _, study := range studies {
			if err == nil {
				err = tx.Each(ctx, func(r *store.Rows) error {
					one := shipment{study: study}
					err := r.Scan(&one.id, &one.sealed)
					all = append(all, one)
					return err
				}, `SELECT shipment_id, sealed FROM kit_shipment WHERE study_id = $1 ORDER BY shipment_id`, study)
			}
		}
		return err
	})
	for _, one := range all {
		if err != nil {
			break
		}
		var anew string
		var was bool
		if anew, was, err = s.Anew(one.study, one.id, one.sealed); err != nil || !was {
			continue
		}
		var changed int64
		err = s.ledger.WriteNew(ctx, one.study, func(w *ledger.Writer) (err error) {
			changed, err = w.Exec(ctx, `UPDATE kit_shipment SET sealed = $4 WHERE study_id = $1 AND shipment_id = $2 AND sealed = $3`, one.study, one.id, one.sealed, anew)
			if err != nil || changed == 0 {
				return err
			}
			w.Record(ctx, ledger.Entry{What: Resealed, Ref: one.id, New: ledger.Text(resealed{digest(anew)})})
			return nil
		})
		n += changed
	}
	return n, err
}
