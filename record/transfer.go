package record

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
)

// Transfer takes a casebook's copies of its site to another site, in the transaction that transfers the subject (see
// patient.Transfer): the new site's people find its forms, queries, signatures and reviews where they look for theirs.
func Transfer(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error {
	for _, update := range []string{
		`UPDATE record_form SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE record_query SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE record_signature SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE record_review SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE record_double SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
	} {
		if _, err := w.Exec(ctx, update, w.Study, id, to); err != nil {
			return err
		}
	}
	return nil
}

// at puts an outcome at a site: its form, and what its checks ask.
func (o *Outcome) at(site casebook.SiteID) {
	o.Form.Site = site
	for i := range o.After.Opened {
		o.After.Opened[i].Site = site
	}
}

// transferred takes in that a subject went to another site.
func (f *Fold) transferred(e *ledger.Entry) {
	to := patient.MovedTo(e)
	for _, q := range f.queries {
		if q.Key.Subject == e.Subject {
			q.Site = to
		}
	}
	for _, form := range f.ofSubject[e.Subject] {
		form.Site = to
	}
	for _, s := range f.signatures[e.Subject] {
		s.Site = to
	}
	for _, d := range f.doubles {
		if d.Subject == e.Subject {
			d.Site = to
		}
	}
}
