package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// DraftState is how far a draft has come.
type DraftState string

// The states of a draft. What is published is no draft any more, and is never changed.
const (
	Drafted   DraftState = "draft"
	Validated DraftState = "validated"
)

// Draft is a definition on its way to publication. It is named by the OID of its version.
type Draft struct {
	OID       string          `json:"oid"`
	Hash      string          `json:"hash"` // of the content, see odm.Version.Hash
	State     DraftState      `json:"state"`
	Waivers   []Waiver        `json:"waivers,omitempty"`
	ChangedAt time.Time       `json:"changedAt"`
	ChangedBy casebook.UserID `json:"changedBy"`

	Definition *odm.Version `json:"-"`
	text       string
}

// What the entries of a draft say.
type (
	drafted struct {
		OID    string `json:"oid"`
		Hash   string `json:"hash"`
		SHA256 string `json:"sha256"` // of the definition's text as it is kept
	}
	validated struct {
		Hash    string   `json:"hash"`
		Waivers []Waiver `json:"waivers,omitempty"`
	}
)

// SaveDraft keeps v as the study's draft of its OID, in place of what was there under it. The same content again changes
// nothing.
func (s *Service) SaveDraft(ctx context.Context, study casebook.StudyID, v *odm.Version) (d Draft, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		d, err = saveDraft(ctx, w, v)
		return err
	})
	return d, err
}

// ReviseDraft is SaveDraft for who has seen the draft before: seen is the hash of what they saw, "" where there was none.
// If it is another now, the error is Stale trial.draft_changed, and the answer is the draft as it stands.
func (s *Service) ReviseDraft(ctx context.Context, study casebook.StudyID, seen string, v *odm.Version) (d Draft, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		now, err := holdDraft(ctx, w, v.OID, "")
		if err != nil && (casebook.KindOf(err) != casebook.NotFound || seen != "") {
			return err
		}
		if now.Hash != seen {
			d = now
			return casebook.Fail(casebook.Stale, "trial.draft_changed", v.OID).At("draft")
		}
		d, err = saveDraft(ctx, w, v)
		return err
	})
	return d, err
}

// DraftIn keeps v as a new draft of its OID in a write of more. Where the OID is taken by another content the error is Conflict
// trial.draft_exists; the same content again changes nothing.
func DraftIn(ctx context.Context, w *ledger.Writer, v *odm.Version) (Draft, error) {
	now, err := holdDraft(ctx, w, v.OID, "")
	if err == nil && now.Hash != v.Hash() {
		return now, casebook.Fail(casebook.Conflict, "trial.draft_exists", v.OID).At("version")
	}
	if err != nil && casebook.KindOf(err) != casebook.NotFound {
		return Draft{}, err
	}
	return saveDraft(ctx, w, v)
}

// Validate looks for what keeps a draft from being published. With nothing that waivers do not answer for it becomes
// Validated, and keeps them; otherwise the first problem is the error. hash is the content that the caller has seen.
func (s *Service) Validate(ctx context.Context, study casebook.StudyID, oid, hash string, waivers []Waiver) (d Draft, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		if d, err = holdDraft(ctx, w, oid, hash); err != nil {
			return err
		}
		if err := judge(s.Problems(d.Definition), waivers); err != nil {
			return err
		}
		d.State, d.Waivers, d.ChangedAt, d.ChangedBy = Validated, waivers, w.Now, casebook.ActorFrom(ctx).User
		text, err := json.Marshal(waivers, json.Deterministic(true))
		if err != nil {
			return err
		}
		_, err = w.Exec(ctx, `UPDATE trial_draft SET state = $3, waivers = $4, changed_at = $5, changed_by = $6 WHERE study_id = $1 AND oid = $2`,
			study, oid, d.State, string(text), store.Micros(d.ChangedAt), d.ChangedBy)
		if err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: VerbDraftValidated, Ref: oid}, nil, validated{d.Hash, waivers})
	})
	return d, err
}

// PublishDraft publishes a validated draft, with what was waived then, and ends it.
func (s *Service) PublishDraft(ctx context.Context, study casebook.StudyID, oid, hash string) (added *Version, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		d, err := holdDraft(ctx, w, oid, hash)
		if err != nil {
			return err
		}
		if d.State != Validated {
			return casebook.Fail(casebook.Conflict, "trial.draft_not_validated", oid).At("draft")
		}
		if added, err = s.publish(ctx, w, d.Definition, d.Waivers); err != nil {
			return err
		}
		_, err = w.Exec(ctx, `DELETE FROM trial_draft WHERE study_id = $1 AND oid = $2`, study, oid)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.keep(added)
}

// RemoveDraft gives a draft up, for a reason.
func (s *Service) RemoveDraft(ctx context.Context, study casebook.StudyID, oid, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return casebook.Fail(casebook.Unprocessable, "trial.reason_required").At("reason")
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		d, err := holdDraft(ctx, w, oid, "")
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `DELETE FROM trial_draft WHERE study_id = $1 AND oid = $2`, study, oid); err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: VerbDraftRemoved, Ref: oid, Reason: reason}, validated{Hash: d.Hash}, nil)
	})
}

// Drafts returns the study's drafts, by OID.
func (s *Service) Drafts(ctx context.Context, study casebook.StudyID) (all []Draft, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		if _, err := Find(ctx, tx, study); err != nil {
			return err
		}
		all, err = store.All(ctx, tx, scanDraft, `SELECT `+draftColumns+` FROM trial_draft WHERE study_id = $1 ORDER BY oid`, study)
		return err
	})
	return all, err
}

// Draft returns one draft, or NotFound trial.draft_unknown.
func (s *Service) Draft(ctx context.Context, study casebook.StudyID, oid string) (d Draft, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		d, err = findDraft(ctx, tx, study, oid, "")
		return err
	})
	return d, err
}

const draftColumns = `oid, hash, definition, state, waivers, changed_at, changed_by`

func scanDraft(r *store.Rows) (d Draft, err error) {
	var waivers string
	var at int64
	if err := r.Scan(&d.OID, &d.Hash, &d.text, &d.State, &waivers, &at, &d.ChangedBy); err != nil {
		return d, err
	}
	d.ChangedAt, d.Definition = store.Time(at), new(odm.Version)
	return d, errors.Join(json.Unmarshal([]byte(waivers), &d.Waivers), json.Unmarshal([]byte(d.text), d.Definition))
}

// findDraft returns one draft. hash is the content that the caller expects, "" for any.
func findDraft(ctx context.Context, tx *store.Tx, study casebook.StudyID, oid, hash string) (Draft, error) {
	all, err := store.All(ctx, tx, scanDraft, `SELECT `+draftColumns+` FROM trial_draft WHERE study_id = $1 AND oid = $2`, study, oid)
	switch {
	case err != nil:
		return Draft{}, err
	case len(all) == 0:
		return Draft{}, casebook.Fail(casebook.NotFound, "trial.draft_unknown", oid).At("draft")
	case hash != "" && hash != all[0].Hash:
		return Draft{}, casebook.Fail(casebook.Stale, "trial.draft_changed", oid).At("draft")
	}
	return all[0], nil
}

// holdDraft is findDraft for who will write: until the write ends nobody else changes or begins a draft of the study.
func holdDraft(ctx context.Context, w *ledger.Writer, oid, hash string) (Draft, error) {
	err := w.Each(ctx, func(*store.Rows) error { return nil }, `SELECT study_id FROM trial WHERE study_id = $1`+w.ForUpdate(), w.Study)
	if err != nil {
		return Draft{}, err
	}
	return findDraft(ctx, w.Tx, w.Study, oid, hash)
}

func saveDraft(ctx context.Context, w *ledger.Writer, v *odm.Version) (Draft, error) {
	if _, err := Find(ctx, w.Tx, w.Study); err != nil {
		return Draft{}, err
	}
	if v.OID == "" || len(v.OID) > maxOID {
		return Draft{}, casebook.Fail(casebook.Unprocessable, "trial.draft_oid", maxOID).At("oid")
	}
	before, err := holdDraft(ctx, w, v.OID, "")
	if err != nil && casebook.KindOf(err) != casebook.NotFound {
		return Draft{}, err
	}
	if err == nil && before.Hash == v.Hash() {
		return before, nil
	}
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return Draft{}, casebook.Fail(casebook.Invalid, "trial.version_text").Wrap(err)
	}
	d := Draft{OID: v.OID, Hash: v.Hash(), State: Drafted, ChangedAt: w.Now, ChangedBy: casebook.ActorFrom(ctx).User, Definition: v, text: string(text)}
	_, err = w.Exec(ctx, `INSERT INTO trial_draft(study_id, oid, hash, definition, state, waivers, changed_at, changed_by) VALUES($1,$2,$3,$4,$5,'[]',$6,$7)
		ON CONFLICT (study_id, oid) DO UPDATE SET hash = excluded.hash, definition = excluded.definition, state = excluded.state,
			waivers = excluded.waivers, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
		w.Study, d.OID, d.Hash, d.text, d.State, store.Micros(d.ChangedAt), d.ChangedBy)
	if err != nil {
		return Draft{}, err
	}
	sum := sha256.Sum256(text)
	var old any
	if before.Hash != "" {
		old = validated{Hash: before.Hash}
	}
	return d, record(ctx, w, ledger.Entry{What: VerbDraftSaved, Ref: d.OID}, old, drafted{d.OID, d.Hash, hex.EncodeToString(sum[:])})
}

const maxOID = 200 // bytes of a version's OID
