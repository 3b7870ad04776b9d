package report

import (
	"context"

	"casebook"
	"casebook/ledger"
)

// Transfer takes a subject's reports without a form to another site, in the transaction that transfers the subject.
func Transfer(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error {
	_, err := w.Exec(ctx, `UPDATE report_unclassified SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`, w.Study, id, to)
	return err
}
