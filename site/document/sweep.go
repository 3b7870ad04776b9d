package document

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"casebook"
	"casebook/store"
)

// An upload to the bucket is written down before its bytes leave, so that what came to nothing is known by name. settled is how
// long one that nothing names waits before its bytes are removed; no request lives so long. sweeps is how often it is looked,
// and for how long who removes something has it alone: begun is then that moment, below 0.
const (
	settled = 24 * time.Hour
	sweeps  = time.Hour
)

// begin writes down that bytes with a hash are about to go to the bucket. Error: Busy document.bucket_down while the same bytes are
// being removed from it.
func (s *Service) begin(ctx context.Context, study casebook.StudyID, hash string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO document_upload(study_id, hash, begun) VALUES($1,$2,$3)
			ON CONFLICT (study_id, hash) DO UPDATE SET begun = excluded.begun WHERE document_upload.begun >= 0`, study, hash, store.Micros(tx.Now))
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.Busy, "document.bucket_down")
		}
		return err
	})
}

// Run removes from the bucket what was brought and then named by nothing, until ctx ends. Every process that is told of the bucket may run it.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(sweeps)
	defer tick.Stop()
	for {
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the bucket could not be swept, and will be again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// upload is one that was begun and is not written down as done.
type upload struct {
	study casebook.StudyID
	hash  string
}

// Sweep removes what was brought a day ago or longer and is named by no row, and returns how many objects that were. An upload that
// begins anew meanwhile keeps its bytes: the row of the upload decides who was first.
func (s *Service) Sweep(ctx context.Context) (removed int, failed error) {
	if s.bucket == nil {
		return 0, nil
	}
	var all []upload
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (u upload, err error) { return u, r.Scan(&u.study, &u.hash) },
			`SELECT study_id, hash FROM document_upload WHERE begun < $1 ORDER BY study_id, hash`, store.Micros(tx.Now.Add(-settled)))
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, u := range all {
		gone, err := s.sweep(ctx, u)
		if failed = errors.Join(failed, err); gone {
			removed++
		}
	}
	return removed, failed
}

// sweep takes one upload that came to nothing; one that is named by now only loses its row.
func (s *Service) sweep(ctx context.Context, u upload) (gone bool, err error) {
	var mine int64
	named := 0
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		mine = -store.Micros(tx.Now)
		n, err := tx.Exec(ctx, `UPDATE document_upload SET begun = $5 WHERE study_id = $1 AND hash = $2 AND (begun >= 0 AND begun < $3 OR begun < 0 AND begun > $4)`,
			u.study, u.hash, store.Micros(tx.Now.Add(-settled)), -store.Micros(tx.Now.Add(-sweeps)), mine)
		if err != nil || n == 0 { // it has begun anew, or another process removes it
			named = 1
			return err
		}
		if err := tx.Row(ctx, `SELECT count(*) FROM document_object WHERE study_id = $1 AND hash = $2`, u.study, u.hash).Scan(&named); err != nil || named == 0 {
			return err
		}
		return end(ctx, tx, u, mine)
	})
	if err != nil || named > 0 {
		return false, err
	}
	if err := s.bucket.Delete(ctx, objectName(u.study, u.hash)); err != nil {
		return false, err // the row still says so, and the next sweep tries again
	}
	return true, s.db.Update(ctx, func(tx *store.Tx) error { return end(ctx, tx, u, mine) })
}

func end(ctx context.Context, tx *store.Tx, u upload, mine int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM document_upload WHERE study_id = $1 AND hash = $2 AND begun = $3`, u.study, u.hash, mine)
	return err
}
