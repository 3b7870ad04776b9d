package epro

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"casebook"
	"casebook/epro/consent"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// draft is the consent document that a study's office is writing. When it is published or thrown away, its next revision is
// empty, so that nobody goes on with one that has ended.
type draft struct {
	Revision int64           `json:"revision"`
	Doc      string          `json:"doc,omitempty"` // "" where nothing is being written
	SavedAt  time.Time       `json:"savedAt,omitzero"`
	SavedBy  casebook.UserID `json:"savedBy,omitempty"`
}

const draftColumns = `revision, doc, saved_at, saved_by`

func scanDraft(r *store.Rows) (d draft, err error) {
	var at int64
	err = r.Scan(&d.Revision, &d.Doc, &at, &d.SavedBy)
	d.SavedAt = store.Time(at)
	return d, err
}

func findDraft(ctx context.Context, tx *store.Tx, study casebook.StudyID) (draft, error) {
	all, err := store.All(ctx, tx, scanDraft, `SELECT `+draftColumns+` FROM epro_consent_draft WHERE study_id = $1`, study)
	if err != nil || len(all) == 0 {
		return draft{}, err
	}
	return all[0], nil
}

// SaveDraft keeps text as the consent document that is being written. revision is the one that it was made from; when
// somebody has saved another since, it is Stale epro.consent.draft_changed.
func (s *Service) SaveDraft(ctx context.Context, study casebook.StudyID, revision int64, text []byte) (d draft, err error) {
	doc, err := consent.Draft(text)
	if err != nil {
		return draft{}, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		d, err = nextDraft(ctx, w, revision, ledger.Text(doc))
		return err
	})
	return d, err
}

// nextDraft puts doc in the place of a revision, if it stands there.
func nextDraft(ctx context.Context, w *ledger.Writer, revision int64, doc string) (draft, error) {
	old, err := findDraft(ctx, w.Tx, w.Study)
	d := draft{revision + 1, doc, w.Now, casebook.ActorFrom(ctx).User}
	if err == nil && old.Revision != revision {
		err = casebook.Fail(casebook.Stale, "epro.consent.draft_changed")
	}
	if err != nil {
		return draft{}, err
	}
	n, err := w.Exec(ctx, `INSERT INTO epro_consent_draft(study_id, `+draftColumns+`) VALUES($1,$2,$3,$4,$5) ON CONFLICT (study_id) DO UPDATE
		SET revision = excluded.revision, doc = excluded.doc, saved_at = excluded.saved_at, saved_by = excluded.saved_by WHERE epro_consent_draft.revision = excluded.revision - 1`,
		w.Study, d.Revision, d.Doc, store.Micros(d.SavedAt), d.SavedBy)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Stale, "epro.consent.draft_changed")
	}
	e := ledger.Entry{What: ConsentDrafted, Ref: fmt.Sprint(d.Revision), New: ledger.Text(d)}
	if old.Revision > 0 {
		e.Old = ledger.Text(old)
	}
	w.Record(ctx, e)
	return d, err
}

// DropDraft throws a draft away.
func (s *Service) DropDraft(ctx context.Context, study casebook.StudyID) error {
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		d, err := findDraft(ctx, w.Tx, study)
		if err == nil && d.Doc == "" {
			err = casebook.Fail(casebook.NotFound, "epro.consent.draft_none")
		}
		if err == nil {
			_, err = nextDraft(ctx, w, d.Revision, "")
		}
		return err
	})
}

// draftDone ends the draft if doc, which was just published, is what stands in it: what somebody else has written since stays.
func draftDone(ctx context.Context, w *ledger.Writer, doc string) error {
	d, err := findDraft(ctx, w.Tx, w.Study)
	if err == nil && d.Doc == doc {
		_, err = nextDraft(ctx, w, d.Revision, "")
	}
	return err
}

// drafted is a draft with its text.
type drafted struct {
	draft
	Document *consent.Document `json:"document,omitempty"`
}

// getDraft shows the consent document that is being written.
func (s *Service) getDraft(w http.ResponseWriter, r *http.Request) error {
	var out drafted
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		out.draft, err = findDraft(r.Context(), tx, studyOf(r))
		return err
	})
	if err == nil && out.Doc != "" {
		out.Document, err = consent.Draft([]byte(out.Doc))
	}
	if err != nil {
		return err
	}
	out.Doc = ""
	return web.JSON(w, http.StatusOK, out)
}

// putDraft saves the consent document that is being written. It may lack what a published one must have.
func (s *Service) putDraft(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Revision int64            `json:"revision"` // that this one was made from; 0 for the first
		Document consent.Document `json:"document"`
	}
	if err := web.Decode(r, consent.MaxBytes+1<<10, &in); err != nil {
		return err
	}
	d, err := s.SaveDraft(r.Context(), studyOf(r), in.Revision, []byte(ledger.Text(in.Document)))
	if err != nil {
		return err
	}
	d.Doc = ""
	return web.JSON(w, http.StatusOK, d)
}

// deleteDraft throws the consent document away that is being written.
func (s *Service) deleteDraft(w http.ResponseWriter, r *http.Request) error {
	if err := s.DropDraft(r.Context(), studyOf(r)); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}
