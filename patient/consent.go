package patient

import (
	"context"

	"casebook"
	"casebook/ledger"
)

// agreed is what a signed consent changes.
type agreed struct {
	Consent int64 `json:"consent"`
}

// Consented records which version of the consent document is in force for a subject, in the caller's write; 0 says that
// none is any more. The signature itself is kept by whoever calls.
func Consented(ctx context.Context, w *ledger.Writer, s Subject, version int64) error {
	if s.Consent == version {
		return nil
	}
	n, err := w.Exec(ctx, `UPDATE patient SET consent = $3 WHERE study_id = $1 AND subject_id = $2 AND consent = $4`, w.Study, s.ID, version, s.Consent)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "patient.changed", s.ID).At("consent")
	}
	w.Record(ctx, ledger.Entry{What: VerbConsented, Site: s.Site, Subject: s.ID, Ref: string(s.ID), Old: ledger.Text(agreed{s.Consent}), New: ledger.Text(agreed{version})})
	return err
}
