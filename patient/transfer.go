package patient

import (
	"context"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// whereabouts is what a transfer changes.
type whereabouts struct {
	Site casebook.SiteID `json:"site"`
}

// Transfer moves a subject to another site in the caller's write, and records it at both. Nobody writes into the casebook
// until the transaction ends; whoever keeps copies of the site moves them in the same one. Whether the site exists is asked
// by whoever calls. Errors: Unprocessable patient.reason_required, Conflict patient.same_site.
func Transfer(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID, reason string) (moved Subject, from casebook.SiteID, err error) {
	if strings.TrimSpace(reason) == "" {
		return Subject{}, "", casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	}
	s, err := Hold(ctx, w.Tx, w.Study, id)
	if err != nil {
		return Subject{}, "", err
	}
	if from = s.Site; from == to {
		return Subject{}, "", casebook.Fail(casebook.Conflict, "patient.same_site", to).At("site")
	}
	n, err := w.Exec(ctx, `UPDATE patient SET site_id = $3 WHERE study_id = $1 AND subject_id = $2 AND site_id = $4`, w.Study, id, to, from)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "patient.changed", id).At("site")
	}
	before, after := ledger.Text(whereabouts{from}), ledger.Text(whereabouts{to})
	w.Record(ctx, ledger.Entry{What: VerbTransferred, Site: from, Subject: id, Ref: string(id), Old: before, New: after, Reason: reason})
	w.Record(ctx, ledger.Entry{What: VerbReceived, Site: to, Subject: id, Ref: string(id), Old: before, New: after, Reason: reason})
	s.Site = to
	return s, from, err
}

// MovedTo is the site that an entry takes its subject to: of VerbTransferred, else "".
func MovedTo(e *ledger.Entry) casebook.SiteID {
	var to whereabouts
	if e.What != VerbTransferred || json.Unmarshal([]byte(e.New), &to) != nil {
		return ""
	}
	return to.Site
}

// rescreenable refuses to screen somebody again who did not fail, or was screened again before.
func rescreenable(ctx context.Context, tx *store.Tx, study casebook.StudyID, e Enrolment) error {
	old, err := Find(ctx, tx, study, e.Rescreens)
	switch {
	case err != nil:
		return err
	case old.Site != e.Site:
		return Unknown(e.Rescreens)
	case old.Status != ScreenFailed:
		return casebook.Fail(casebook.Conflict, "patient.rescreen_status", old.Status).At("rescreens")
	}
	again, err := SuccessorOf(ctx, tx, study, old.ID)
	if err == nil && again != "" {
		err = casebook.Fail(casebook.Conflict, "patient.rescreened", again).At("rescreens")
	}
	return err
}

// SuccessorOf is the subject that id became when it was screened again, "" where it was not.
func SuccessorOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (casebook.SubjectID, error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (next casebook.SubjectID, err error) { err = r.Scan(&next); return next, err },
		`SELECT subject_id FROM patient WHERE study_id = $1 AND rescreens = $2 AND rescreens <> '' ORDER BY subject_id`, study, id)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// backToWhereItWas refuses a step from Inactive to another state than the one that the subject was set aside in.
func backToWhereItWas(ctx context.Context, w *ledger.Writer, s Subject, to Status) error {
	if s.Status != Inactive {
		return nil
	}
	entries, err := ledger.Subject(ctx, w.Tx, w.Study, s.ID)
	if err != nil {
		return err
	}
	var was state
	for i := range entries {
		var now state
		if e := &entries[i]; e.What == VerbStatus && json.Unmarshal([]byte(e.New), &now) == nil && now.Status == Inactive {
			err = json.Unmarshal([]byte(e.Old), &was)
		}
	}
	if err == nil && was.Status != to {
		err = casebook.Fail(casebook.Conflict, "patient.status_back", was.Status).At("status")
	}
	return err
}
