package blinded

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// resealed is what the ledger says of one version of a value that was sealed anew, at a place that is called otherwise since.
type resealed struct {
	From    string `json:"from"` // what the place was called
	Version int64  `json:"version"`
	Digest  string `json:"digest"` // of what is sealed now
}

// Reseal seals the values under the last key whose places have the name of another, while others go on, and returns how many those were.
func (s *Service) Reseal(ctx context.Context) (n int64, err error) {
	var studies []casebook.StudyID
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT DISTINCT study_id FROM blinded_value ORDER BY study_id`)
		return err
	})
	for _, study := range studies {
		found := map[string]Place{}
		if err == nil {
			err = s.ledger.DB().View(ctx, func(tx *store.Tx) error { return s.places(ctx, tx, study, found) })
		}
		for was, p := range found {
			var names []string
			if err == nil {
				names, err = s.names(study, p)
			}
			if err != nil {
				return n, err
			}
			if was == names[0] {
				continue
			}
			var moved int64
			err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
				if _, err = patient.Hold(ctx, w.Tx, study, p.Subject); err == nil {
					moved, err = s.move(ctx, w, was, names[0])
				}
				return err
			})
			n += moved
		}
	}
	return n, err
}

// places finds the places of a study, by what they are called.
func (s *Service) places(ctx context.Context, tx *store.Tx, study casebook.StudyID, found map[string]Place) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var place, sealed string
		var version int64
		if err := r.Scan(&place, &version, &sealed); err != nil {
			return err
		}
		if _, known := found[place]; known {
			return nil
		}
		var in inside
		err := s.lists.Open(study, bound(place, version), sealed, &in)
		found[place] = in.Place
		return err
	}, `SELECT place, version, sealed FROM blinded_value WHERE study_id = $1 ORDER BY place, version`, study)
}

// move gives a place its name by the last key, and seals its values under that.
func (s *Service) move(ctx context.Context, w *ledger.Writer, was, place string) (n int64, err error) {
	type row struct {
		version int64
		sealed  string
	}
	rows, err := store.All(ctx, w.Tx, func(r *store.Rows) (one row, err error) { err = r.Scan(&one.version, &one.sealed); return one, err },
		`SELECT version, sealed FROM blinded_value WHERE study_id = $1 AND place = $2 ORDER BY version`, w.Study, was)
	for _, one := range rows {
		var in inside
		if err == nil {
			err = s.lists.Open(w.Study, bound(was, one.version), one.sealed, &in)
		}
		var anew string
		if err == nil {
			anew, err = s.lists.Seal(w.Study, bound(place, one.version), in)
		}
		if err == nil {
			_, err = w.Exec(ctx, `UPDATE blinded_value SET place = $4, sealed = $5 WHERE study_id = $1 AND place = $2 AND version = $3`, w.Study, was, one.version, place, anew)
		}
		if err != nil {
			return 0, err
		}
		w.Record(ctx, ledger.Entry{What: Resealed, Ref: place, New: ledger.Text(resealed{was, one.version, digest(anew)})})
		n++
	}
	return n, err
}
