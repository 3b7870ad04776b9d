package epro

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/epro/consent"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

// maxPaper bounds what a site sends of a paper: its scan in base64, and the words around it.
const maxPaper = consent.MaxScan/3*4 + 64<<10

// onPaper is a paper consent's body, as it is kept: names and scan stand in the vault and nowhere else.
type onPaper struct {
	ID       string             `json:"id"`
	Subject  casebook.SubjectID `json:"subject"`
	Document string             `json:"document"` // its hash
	consent.Paper
}

// RecordPaper records that a subject has signed a version of the consent document on paper. The diaries open when it is
// recorded: the date on the paper is what the site says, and stands beside it. The same paper twice is Conflict
// epro.consent.recorded.
func (s *Service) RecordPaper(ctx context.Context, study casebook.StudyID, id casebook.SubjectID, number int64, p consent.Paper) (signed, error) {
	var doc *consent.Document
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		doc, err = readDocument(ctx, tx, study, number)
		return err
	})
	if err != nil {
		return signed{}, err
	}
	zones, err := s.zones(ctx, study)
	if err != nil {
		return signed{}, err
	}
	row := signed{ID: s.world.NewID(), Subject: id, Number: number, Language: p.Language, Reporter: p.Reporter, Paper: p.SignedOn, By: casebook.ActorFrom(ctx).User}
	body := ledger.Text(onPaper{row.ID, id, digest(ledger.Text(doc)), p})
	sum := sha256.Sum256([]byte(body))
	row.Hash, row.Receipt = hex.EncodeToString(sum[:]), receiptOf(study, row.ID, body)
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		sub, err := patient.Hold(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		if err := doc.AcceptPaper(&p, w.Now.In(cmp.Or(zones[sub.Site], time.UTC))); err != nil {
			return err
		}
		return s.recordPaper(ctx, w, sub, row, body)
	})
	return row, err
}

func (s *Service) recordPaper(ctx context.Context, w *ledger.Writer, p patient.Subject, row signed, body string) error {
	var known int64
	err := w.Row(ctx, `SELECT count(*) FROM epro_consent WHERE study_id = $1 AND subject_id = $2 AND number = $3 AND paper = $4 AND ended_at = 0`,
		w.Study, row.Subject, row.Number, row.Paper).Scan(&known)
	if err == nil && known > 0 {
		err = casebook.Fail(casebook.Conflict, "epro.consent.recorded").At("/signedOn")
	}
	if err == nil {
		row.Site, row.SignedAt = p.Site, w.Now
		err = s.putSigned(ctx, w, row, body)
	}
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: ConsentRecorded, Site: row.Site, Subject: row.Subject, Ref: row.ID, New: ledger.Text(row)})
	return patient.Consented(ctx, w, p, max(p.Consent, row.Number))
}

// postPaper records a consent that a subject has signed on paper.
func (s *Service) postPaper(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, _, err := s.at(r, auth.SubjectEnrol, id)
	if err != nil {
		return err
	}
	var in struct {
		Number int64 `json:"number"` // of the version that was signed
		consent.Paper
	}
	if err := web.Decode(r, maxPaper, &in); err != nil {
		return err
	}
	row, err := s.RecordPaper(ctx, studyOf(r), id, in.Number, in.Paper)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, row)
}
