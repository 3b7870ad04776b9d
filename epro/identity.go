package epro

import (
	"context"
	"net/http"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// shows has read open something of the vault for a person, in the transaction of the entry that says so.
func (s *Service) shows(ctx context.Context, study casebook.StudyID, e ledger.Entry, read func(*store.Tx) error) error {
	e.What = IdentityRead
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		w.Record(ctx, e)
		return read(w.Tx)
	})
}

// getIdentity shows the subject's site where its reminders go, with the whole addresses. That it was shown is an entry.
func (s *Service) getIdentity(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, p, err := s.at(r, auth.IdentityRead, id)
	if err != nil {
		return err
	}
	var list []Reach
	err = s.shows(ctx, studyOf(r), ledger.Entry{Site: p.Site, Subject: id, Ref: "reach"}, func(tx *store.Tx) (err error) {
		list, err = s.reaches(ctx, tx, studyOf(r), id, func(_, address string) string { return address })
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"reach": list})
}

// getSignature shows the subject's site a signature as it was sent, which is an entry. Nobody else sees the name.
func (s *Service) getSignature(w http.ResponseWriter, r *http.Request) error {
	id, study := r.PathValue("consent"), studyOf(r)
	var found signed
	var ref string
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		all, err := store.All(r.Context(), tx, func(rows *store.Rows) (signed, error) { return scanSigned(rows, &ref) },
			`SELECT `+signedColumns+`, ref FROM epro_consent WHERE study_id = $1 AND consent_id = $2`, study, id)
		if len(all) > 0 {
			found = all[0]
		}
		return err
	})
	ctx, allowed := auth.Act(r.Context(), auth.IdentityRead, study, found.Site)
	if err == nil && (!allowed || found.ID == "") {
		err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
	}
	if err != nil {
		return err
	}
	var body string
	err = s.shows(ctx, study, ledger.Entry{Site: found.Site, Subject: found.Subject, Ref: found.ID}, func(tx *store.Tx) (err error) {
		body, err = s.vault.Read(ctx, tx, study, ref)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		signed
		Body string `json:"body"`
	}{found, body})
}
