package epro

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/epro/consent"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// agreement is a published version of what patients agree to, but for its text.
type agreement struct {
	Number   int64           `json:"number"`
	Hash     string          `json:"hash"` // of the document's canonical JSON: by it a signature names what was shown
	Required bool            `json:"required"`
	Again    bool            `json:"again"`
	At       time.Time       `json:"at"`
	By       casebook.UserID `json:"by"`
}

// published is an agreement with its text, as its row and the ledger have it.
type published struct {
	agreement
	Doc string `json:"doc"`
}

// signed is a signature's row, but for its body: the ledger has neither the name nor the drawing.
type signed struct {
	ID       string             `json:"consent"`
	Subject  casebook.SubjectID `json:"subject"`
	Site     casebook.SiteID    `json:"site"`
	Device   string             `json:"device"`
	Number   int64              `json:"number"`
	Language string             `json:"language"`
	Reporter string             `json:"reporter"`
	Hash     string             `json:"hash"`
	Receipt  string             `json:"receipt"`
	SignedAt time.Time          `json:"signedAt"`        // when it was on disk here
	Paper    string             `json:"paper,omitempty"` // the date on the paper; "" for one that was signed on a phone
	By       casebook.UserID    `json:"by,omitempty"`    // who has recorded the paper

	EndedAt  time.Time       `json:"endedAt,omitzero"` // withdrawn
	EndedBy  casebook.UserID `json:"endedBy,omitempty"`
	EndedWhy string          `json:"endedWhy,omitempty"`
}

const signedColumns = `consent_id, subject_id, site_id, device_id, number, language, reporter, hash, receipt, signed_at, ended_at, ended_by, ended_why, paper, recorded_by`

func scanSigned(r *store.Rows, more ...any) (x signed, err error) {
	var hash []byte
	var at, ended int64
	err = r.Scan(append([]any{&x.ID, &x.Subject, &x.Site, &x.Device, &x.Number, &x.Language, &x.Reporter, &hash, &x.Receipt, &at, &ended, &x.EndedBy, &x.EndedWhy, &x.Paper, &x.By}, more...)...)
	x.Hash, x.SignedAt, x.EndedAt = hex.EncodeToString(hash), store.Time(at), store.Time(ended)
	return x, err
}

const agreementColumns = `number, hash, required, again, published_at, published_by`

func scanAgreement(r *store.Rows, more ...any) (x agreement, err error) {
	var required, again, at int64
	err = r.Scan(append([]any{&x.Number, &x.Hash, &required, &again, &at, &x.By}, more...)...)
	x.Required, x.Again, x.At = required == 1, again == 1, store.Time(at)
	return x, err
}

// PublishConsent makes text the version that patients are asked to sign from now on. In production it must say which
// ethics committee has approved it.
func (s *Service) PublishConsent(ctx context.Context, study casebook.StudyID, text []byte) (number int64, err error) {
	d, err := consent.Read(text)
	if err != nil {
		return 0, err
	}
	t, err := s.trials.Get(ctx, study)
	if err != nil {
		return 0, err
	}
	if t.Environment == trial.Production && strings.TrimSpace(d.Approval) == "" {
		return 0, casebook.Fail(casebook.Conflict, "epro.consent.approval").At("/approval")
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if err := w.Row(ctx, `SELECT coalesce(max(number), 0) FROM epro_consent_document WHERE study_id = $1`, study).Scan(&number); err != nil {
			return err
		}
		number++
		p := published{agreement{number, digest(ledger.Text(d)), d.Required, d.Again, w.Now, casebook.ActorFrom(ctx).User}, ledger.Text(d)}
		_, err := w.Exec(ctx, `INSERT INTO epro_consent_document(study_id, `+agreementColumns+`, doc) VALUES($1,$2,$3,$4,$5,$6,$7,$8)`,
			study, p.Number, p.Hash, bit(p.Required), bit(p.Again), store.Micros(p.At), p.By, p.Doc)
		w.Record(ctx, ledger.Entry{What: ConsentPublished, Ref: fmt.Sprint(number), New: ledger.Text(p)})
		if err == nil {
			err = draftDone(ctx, w, p.Doc)
		}
		return err
	})
	return number, err
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// agreeing is what a study asks its patients to agree to, and who has agreed.
type agreeing struct {
	versions []agreement // oldest first
	signed   map[casebook.SubjectID][]signed
}

// agreed reads it, for one subject or, when id is "", for all.
func agreed(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (*agreeing, error) {
	a := &agreeing{signed: map[casebook.SubjectID][]signed{}}
	var err error
	a.versions, err = store.All(ctx, tx, func(r *store.Rows) (agreement, error) { return scanAgreement(r) },
		`SELECT `+agreementColumns+` FROM epro_consent_document WHERE study_id = $1 ORDER BY number`, study)
	if err != nil || len(a.versions) == 0 {
		return a, err
	}
	only, args := "", []any{study}
	if id != "" {
		only, args = " AND subject_id = $2", append(args, id)
	}
	return a, tx.Each(ctx, func(r *store.Rows) error {
		x, err := scanSigned(r)
		a.signed[x.Subject] = append(a.signed[x.Subject], x)
		return err
	}, `SELECT `+signedColumns+` FROM epro_consent WHERE study_id = $1`+only+` ORDER BY signed_at, consent_id`, args...)
}

// least is the earliest version whose signature was enough at a moment; 0 when none was required then.
func (a *agreeing) least(at time.Time) (number int64) {
	required := false
	for _, v := range a.versions {
		if v.At.After(at) {
			break
		}
		if required = v.Required; v.Again || number == 0 {
			number = v.Number
		}
	}
	if !required {
		return 0
	}
	return number
}

// allows reports whether a subject could be asked at a moment, by the versions that were published up to known: a phone
// without a network cannot know of a later one. What a patient has withdrawn, they know.
func (a *agreeing) allows(id casebook.SubjectID, at, known time.Time) bool {
	least := a.least(known)
	if least == 0 {
		return true
	}
	for _, x := range a.signed[id] {
		if x.Number >= least && !x.SignedAt.After(at) && (x.EndedAt.IsZero() || x.EndedAt.After(at)) {
			return true
		}
	}
	return false
}

// How a subject stands to the study's consent document.
const (
	consentNone      = ""          // the study has none
	consentOpen      = "open"      // there is one to sign, and the diaries do not wait for it
	consentNeeded    = "needed"    // the diaries wait for a signature
	consentSigned    = "signed"    // by a version that is enough
	consentWithdrawn = "withdrawn" // it was signed, and taken back
)

func (a *agreeing) state(id casebook.SubjectID, at time.Time) string {
	if len(a.versions) == 0 {
		return consentNone
	}
	all, least := a.signed[id], a.least(at)
	switch n := len(all); {
	case n > 0 && !all[n-1].EndedAt.IsZero(): // whoever withdraws takes back all of them
		return consentWithdrawn
	case slices.ContainsFunc(all, func(x signed) bool { return x.EndedAt.IsZero() && x.Number >= least }):
		return consentSigned // a paper of an earlier version may be recorded after it
	case least > 0:
		return consentNeeded
	}
	return consentOpen
}

// asked is the time in which a subject's windows count: what lay before the first signature, or after a withdrawal, was
// never asked.
func (a *agreeing) asked(id casebook.SubjectID, since, until time.Time) (time.Time, time.Time) {
	if a.least(until) == 0 {
		return since, until
	}
	all := a.signed[id]
	if len(all) == 0 {
		return until, until
	}
	if first := all[0].SignedAt; first.After(since) {
		since = first
	}
	if last := all[len(all)-1]; !last.EndedAt.IsZero() && last.EndedAt.Before(until) {
		until = last.EndedAt
	}
	return since, until
}

// signature is what a phone sends (docs/format/consent.md).
type signature struct {
	ID       string             `json:"id"`
	Device   string             `json:"device"`
	Subject  casebook.SubjectID `json:"subject"`
	Document string             `json:"document"` // its hash
	Opened   time.Time          `json:"opened"`   // by the phone's clock
	Signed   time.Time          `json:"signed"`
	Zone     string             `json:"zone"`
	consent.Signature
}

// Agreed is what a phone is told when a signature is on disk.
type Agreed struct {
	ID      string    `json:"id"`
	Receipt string    `json:"receipt"`
	Number  int64     `json:"number"`
	Now     time.Time `json:"now"`
}

// Sign keeps a patient's signature under a version of the consent document. The same again is answered with the same
// receipt; another under its id is Conflict epro.consent.altered.
func (s *Service) Sign(ctx context.Context, study casebook.StudyID, d device, body []byte) (Agreed, error) {
	var x signature
	if err := web.Parse(body, &x); err != nil {
		return Agreed{}, err
	}
	switch {
	case !wellFormedID(x.ID) || len(x.Zone) > 60:
		return Agreed{}, casebook.Fail(casebook.Invalid, "epro.consent.json").At("/id")
	case x.Subject != d.Subject || x.Device != d.ID:
		return Agreed{}, casebook.Fail(casebook.Forbidden, "epro.consent.subject").At("/subject")
	}
	doc, number, err := s.document(ctx, study, x.Document)
	if err == nil {
		err = doc.Accept(&x.Signature)
	}
	if err != nil {
		return Agreed{}, err
	}
	sum := sha256.Sum256(body)
	row := signed{ID: x.ID, Subject: d.Subject, Site: d.Site, Device: d.ID, Number: number, Language: x.Language, Reporter: d.Reporter,
		Hash: hex.EncodeToString(sum[:]), Receipt: receiptOf(study, x.ID, string(body))}
	ctx = casebook.WithActor(ctx, d.actor(ctx))
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error { return s.sign(ctx, w, row, string(body), x.Signed) })
	return Agreed{row.ID, row.Receipt, number, s.now()}, err
}

func (s *Service) sign(ctx context.Context, w *ledger.Writer, row signed, body string, at time.Time) error {
	known, err := store.All(ctx, w.Tx, func(r *store.Rows) (signed, error) { return scanSigned(r) },
		`SELECT `+signedColumns+` FROM epro_consent WHERE study_id = $1 AND consent_id = $2`, w.Study, row.ID)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		if known[0].Hash != row.Hash {
			return casebook.Fail(casebook.Conflict, "epro.consent.altered")
		}
		return nil
	}
	p, err := patient.Hold(ctx, w.Tx, w.Study, row.Subject)
	if err != nil {
		return err
	}
	row.Site, row.SignedAt = p.Site, w.Now
	if err := s.putSigned(ctx, w, row, body); err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: ConsentSigned, Site: row.Site, Subject: row.Subject, Ref: row.ID, New: ledger.Text(row), DeviceAt: deviceTime(at)})
	return patient.Consented(ctx, w, p, row.Number)
}

// putSigned keeps a signature, and in the vault what was sent.
func (s *Service) putSigned(ctx context.Context, w *ledger.Writer, x signed, body string) error {
	hash, err := hex.DecodeString(x.Hash)
	if err != nil {
		return err
	}
	ref, err := s.vault.Keep(ctx, w.Tx, w.Study, "", body)
	if err != nil {
		return err
	}
	_, err = w.Exec(ctx, `INSERT INTO epro_consent(study_id, `+signedColumns+`, ref, body, release) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,'','',$12,$13,$14,'',$15)`,
		w.Study, x.ID, x.Subject, x.Site, x.Device, x.Number, x.Language, x.Reporter, hash, x.Receipt, store.Micros(x.SignedAt), x.Paper, x.By, ref, w.Release(x.Site))
	return err
}

// document finds a version by the hash of what was shown.
func (s *Service) document(ctx context.Context, study casebook.StudyID, hash string) (d *consent.Document, number int64, err error) {
	var text string
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT number, doc FROM epro_consent_document WHERE study_id = $1 AND hash = $2 ORDER BY number DESC LIMIT 1`, study, hash).Scan(&number, &text)
	})
	if err == store.ErrNoRows {
		return nil, 0, casebook.Fail(casebook.Conflict, "epro.consent.unknown").At("/document")
	}
	if err != nil {
		return nil, 0, err
	}
	d, err = consent.Read([]byte(text))
	return d, number, err
}

// withdrawalTime is how long an investigator has to speak with who has withdrawn their consent.
const withdrawalTime = 24 * time.Hour

// Withdraw takes back what a subject has signed: the diaries close at once, and an investigator is asked to call. Whether
// the subject also leaves the study is said by the site. A patient need not say why.
func (s *Service) Withdraw(ctx context.Context, study casebook.StudyID, p patient.Subject, why string) error {
	why = brief(why)
	text := odm.Text(i18n.Texts("epro.consent.call"))
	now := s.now()
	call := []alert{{ID: s.world.NewID(), Subject: p.ID, Site: p.Site, Rule: "consent withdrawn", Text: text, Role: "investigator", EscalateTo: "projectmanager",
		RaisedAt: now, DueAt: now.Add(withdrawalTime)}}
	if err := s.persons(ctx, study, call); err != nil {
		return err
	}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Hold(ctx, w.Tx, study, p.ID)
		if err != nil {
			return err
		}
		all, err := store.All(ctx, w.Tx, func(r *store.Rows) (signed, error) { return scanSigned(r) },
			`SELECT `+signedColumns+` FROM epro_consent WHERE study_id = $1 AND subject_id = $2 AND ended_at = 0 ORDER BY signed_at, consent_id`, study, p.ID)
		if err == nil && len(all) == 0 {
			err = casebook.Fail(casebook.Conflict, "epro.consent.none")
		}
		if err != nil {
			return err
		}
		for _, x := range all {
			old := ledger.Text(x)
			x.EndedAt, x.EndedBy, x.EndedWhy = w.Now, casebook.ActorFrom(ctx).User, why
			_, err := w.Exec(ctx, `UPDATE epro_consent SET ended_at = $3, ended_by = $4, ended_why = $5 WHERE study_id = $1 AND consent_id = $2`,
				study, x.ID, store.Micros(x.EndedAt), x.EndedBy, x.EndedWhy)
			if err != nil {
				return err
			}
			w.Record(ctx, ledger.Entry{What: ConsentWithdrawn, Site: x.Site, Subject: x.Subject, Ref: x.ID, Old: old, New: ledger.Text(x), Reason: why})
		}
		if err := patient.Consented(ctx, w, p, 0); err != nil {
			return err
		}
		return s.raise(ctx, w, call)
	})
}

// getOwnConsent tells a phone what there is to sign, and how its patient stands to it.
func (s *Service) getOwnConsent(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err == nil && !d.over(p).IsZero() {
		err = errEnded
	}
	if err != nil {
		return err
	}
	out := struct {
		State    string            `json:"state"`
		Number   int64             `json:"number"` // of the version to sign; 0 for none
		Hash     string            `json:"hash"`
		Document *consent.Document `json:"document,omitempty"`
		Signed   []signed          `json:"signed"`
		Now      time.Time         `json:"now"`
	}{Signed: []signed{}, Now: s.now()}
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		a, err := agreed(r.Context(), tx, study, d.Subject)
		if err != nil || len(a.versions) == 0 {
			return err
		}
		last := a.versions[len(a.versions)-1]
		out.State, out.Number, out.Hash, out.Signed = a.state(d.Subject, out.Now), last.Number, last.Hash, append(out.Signed, a.signed[d.Subject]...)
		out.Document, err = readDocument(r.Context(), tx, study, last.Number)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

func readDocument(ctx context.Context, tx *store.Tx, study casebook.StudyID, number int64) (*consent.Document, error) {
	var text string
	err := tx.Row(ctx, `SELECT doc FROM epro_consent_document WHERE study_id = $1 AND number = $2`, study, number).Scan(&text)
	if err == store.ErrNoRows {
		return nil, casebook.Fail(casebook.NotFound, "epro.consent.unknown")
	}
	if err != nil {
		return nil, err
	}
	return consent.Read([]byte(text))
}

// postOwnConsent takes in what the patient has read, answered and signed on the phone.
func (s *Service) postOwnConsent(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err == nil && !d.over(p).IsZero() {
		err = errEnded
	}
	if err != nil {
		return err
	}
	body, err := web.Body(r, MaxRecord)
	if err != nil {
		return err
	}
	got, err := s.Sign(r.Context(), study, d, body)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, got)
}

// deleteOwnConsent takes back what the patient has signed.
func (s *Service) deleteOwnConsent(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err == nil && !d.over(p).IsZero() {
		err = errEnded
	}
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	if err := s.Withdraw(casebook.WithActor(r.Context(), d.actor(r.Context())), study, p, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"now": s.now()})
}
