package allocation

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// resealed is what the ledger says of what was sealed anew.
type resealed struct {
	Digest string `json:"digest"` // of what is sealed now
}

// Reseal seals the lists and the reasons of unblindings under the last key that are under another, while others go on, and returns how many
// those were. What a list says, and what was signed, stays.
func (s *Service) Reseal(ctx context.Context) (n int64, err error) {
	var studies []casebook.StudyID
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT DISTINCT study_id FROM allocation_list ORDER BY study_id`)
		return err
	})
	for _, study := range studies {
		var have []List
		var looks []sealedUnblinding
		if err == nil {
			err = s.db.View(ctx, func(tx *store.Tx) (err error) {
				if have, err = lists(ctx, tx, study); err == nil {
					looks, err = sealedUnblindings(ctx, tx, study)
				}
				return err
			})
		}
		var one int64
		for i := 0; i < len(have) && err == nil; i++ {
			one, err = s.resealList(ctx, study, have[i])
			n += one
		}
		for i := 0; i < len(looks) && err == nil; i++ {
			one, err = s.resealUnblinding(ctx, study, looks[i])
			n += one
		}
	}
	return n, err
}

func (s *Service) resealList(ctx context.Context, study casebook.StudyID, l List) (n int64, err error) {
	anew, was, err := s.Anew(study, l.ID, l.sealed)
	if err != nil || !was {
		return 0, err
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		n, err = w.Exec(ctx, `UPDATE allocation_list SET sealed = $4 WHERE study_id = $1 AND list_id = $2 AND sealed = $3`, study, l.ID, l.sealed, anew)
		if err != nil || n == 0 {
			return err
		}
		places := map[string]int64{}
		err = w.Each(ctx, func(r *store.Rows) error {
			var stratum string
			var many int64
			err := r.Scan(&stratum, &many)
			places[stratum] = many
			return err
		}, `SELECT stratum, places FROM allocation_stratum WHERE study_id = $1 AND list_id = $2`, study, l.ID)
		w.Record(ctx, ledger.Entry{What: ListResealed, Ref: l.ID, New: ledger.Text(resealed{digest(anew, places)})})
		return err
	})
	return n, err
}

func (s *Service) resealUnblinding(ctx context.Context, study casebook.StudyID, u sealedUnblinding) (n int64, err error) {
	anew, was, err := s.Anew(study, u.ID, u.now())
	if err != nil || !was {
		return 0, err
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		n, err = w.Exec(ctx, `UPDATE allocation_unblinding SET sealed = $4 WHERE study_id = $1 AND unblinding_id = $2 AND sealed = $3`, study, u.ID, u.since, anew)
		if err != nil || n == 0 {
			return err
		}
		w.Record(ctx, ledger.Entry{What: UnblindingResealed, Site: u.Site, Subject: u.Subject, Ref: u.ID, New: ledger.Text(resealed{digest(anew, nil)})})
		return nil
	})
	return n, err
}
