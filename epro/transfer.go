package epro

import (
	"context"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
)

// Transfer takes what this package keeps of a subject to another site, in the transaction that transfers the subject: its
// phones and invitations, what they sent, what was put aside, its alerts, its consent, corrections that were asked for, and how it is reached.
func Transfer(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error {
	for _, update := range []string{
		`UPDATE epro_invite SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_device SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_record SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_quarantine SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_issue SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_alert SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_consent SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_change SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
		`UPDATE epro_reach SET site_id = $3 WHERE study_id = $1 AND subject_id = $2`,
	} {
		if _, err := w.Exec(ctx, update, w.Study, id, to); err != nil {
			return err
		}
	}
	return nil
}

// transferred takes the subject's rows to the site that it went to. They are canonical JSON, in which the subject and the
// site stand as written here and nowhere within a text.
func (f *fold) transferred(e *ledger.Entry) {
	to := patient.MovedTo(e)
	subject := `"subject":` + ledger.Text(e.Subject)
	from, here := `"site":`+ledger.Text(e.Site), `"site":`+ledger.Text(to)
	for at, said := range f.rows {
		if strings.Contains(said, subject) || at.table == "epro_reach" && strings.HasPrefix(at.key, string(e.Subject)+" ") {
			f.rows[at] = strings.Replace(said, from, here, 1)
		}
	}
}
