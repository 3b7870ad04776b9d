package vault

import (
	"context"

	"casebook"
	"casebook/store"
)

// resealAtOnce is how many texts one transaction seals anew.
const resealAtOnce = 200

// Studies lists the studies that have a text.
func Studies(ctx context.Context, tx *store.Tx) ([]casebook.StudyID, error) {
	return store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
		`SELECT DISTINCT study_id FROM vault_text ORDER BY study_id`)
}

// Reseal seals every text anew that is not under the last key, while others read and write, and returns how many those were. A text that
// somebody changes meanwhile is left to them.
func (v *Vault) Reseal(ctx context.Context, db *store.DB) (n int64, err error) {
	id, k, err := v.last()
	if err != nil {
		return 0, err
	}
	var studies []casebook.StudyID
	err = db.View(ctx, func(tx *store.Tx) (err error) { studies, err = Studies(ctx, tx); return err })
	for _, study := range studies {
		for after := ""; err == nil; {
			var some, changed int64
			after, some, changed, err = v.resealSome(ctx, db, study, after, id, k)
			if n += changed; some < resealAtOnce {
				break
			}
		}
	}
	return n, err
}

type sealedText struct {
	ref, id string
	sealed  []byte
}

func (v *Vault) resealSome(ctx context.Context, db *store.DB, study casebook.StudyID, after, id string, k Key) (last string, some, changed int64, err error) {
	err = db.Update(ctx, func(tx *store.Tx) error {
		last, some, changed = after, 0, 0
		all, err := store.All(ctx, tx, func(r *store.Rows) (t sealedText, err error) {
			err = r.Scan(&t.ref, &t.id, &t.sealed)
			return t, err
		}, `SELECT ref, key_id, sealed FROM vault_text WHERE study_id = $1 AND ref > $2 AND key_id <> $3 ORDER BY ref LIMIT $4`, study, after, id, resealAtOnce)
		if err != nil {
			return err
		}
		for _, t := range all {
			text, err := v.open(t.id, study, t.ref, t.sealed)
			if err != nil {
				return err
			}
			anew, err := v.seal(k, study, t.ref, text)
			if err != nil {
				return err
			}
			one, err := tx.Exec(ctx, `UPDATE vault_text SET key_id = $4, sealed = $5 WHERE study_id = $1 AND ref = $2 AND sealed = $3`, study, t.ref, t.sealed, id, anew)
			if err != nil {
				return err
			}
			last, some, changed = t.ref, some+1, changed+one
		}
		return nil
	})
	return last, some, changed, err
}
