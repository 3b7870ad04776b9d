package main

import (
	"context"
	"errors"

	"casebook"
	"casebook/epro"
	"casebook/ledger"
	"casebook/report"
	"casebook/site/safety"
)

// moving takes what packages beside the casebook keep of a subject to another site.
func moving(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error {
	return errors.Join(epro.Transfer(ctx, w, id, to), report.Transfer(ctx, w, id, to), safety.Transfer(ctx, w, id, to))
}
