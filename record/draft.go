package record

import (
	"context"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// A draft is what one person has typed of a form that two enter, and not handed in yet. It outlasts the browser and is nobody
// else's. It is no record: the ledger has no entry of it, rules do not judge it, and it goes when its owner hands in or the form
// is entered without it.

// KeepDraft keeps what the actor has typed of a form so far in place of what was kept, or with no values lets it go. It is
// refused where the actor could not hand it in: Conflict record.double_other, record.double_again, record.double_both,
// record.double_settled.
func (s *Service) KeepDraft(ctx context.Context, k Key, values []Value) error {
	st, err := s.Study(ctx, k.Study)
	if err != nil {
		return err
	}
	me := casebook.ActorFrom(ctx).User
	return s.ledger.DB().Update(ctx, func(tx *store.Tx) error {
		if err := draftable(ctx, tx, st, k, me); err != nil {
			return err
		}
		if len(values) == 0 {
			return dropDrafts(ctx, tx, k, me)
		}
		_, err := tx.Exec(ctx, `INSERT INTO record_draft(study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, typed_by, doc, typed_at) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)
			ON CONFLICT (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, typed_by) DO UPDATE SET doc = excluded.doc, typed_at = excluded.typed_at`,
			k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat, me, ledger.Text(values), store.Micros(tx.Now))
		return err
	})
}

// draftable holds the casebook and refuses a draft of what somebody can enter no more, so that none comes after its entry.
func draftable(ctx context.Context, tx *store.Tx, st *Study, k Key, who casebook.UserID) error {
	subject, err := patient.Enter(ctx, tx, k.Study, k.Subject)
	if err != nil {
		return err
	}
	at := st.At(subject.Site)
	if f := at.forms[k.Form]; f == nil {
		return casebook.Fail(casebook.NotFound, "record.form_unknown", k.Form)
	} else if err := at.placed(k, f); err != nil {
		return err
	}
	cur, err := load(ctx, tx, k)
	if err != nil {
		return err
	}
	d := Double{Key: k}
	if d.Passes, err = passesOf(ctx, tx, k); err != nil {
		return err
	}
	switch {
	case !at.EnteredTwice(k.Form):
		return casebook.Fail(casebook.Conflict, "record.double_other", k.Form)
	case cur.Version > 0:
		return casebook.Fail(casebook.Conflict, "record.double_settled")
	case len(d.Passes) == maxPasses:
		return casebook.Fail(casebook.Conflict, "record.double_both")
	case d.By(who):
		return casebook.Fail(casebook.Conflict, "record.double_again")
	}
	return nil
}

// DraftOf returns what somebody has typed of a form and not handed in.
func DraftOf(ctx context.Context, tx *store.Tx, k Key, who casebook.UserID) ([]Value, error) {
	rows, err := store.All(ctx, tx, func(r *store.Rows) (values []Value, err error) {
		var doc string
		if err := r.Scan(&doc); err != nil {
			return nil, err
		}
		return values, json.Unmarshal([]byte(doc), &values)
	}, `SELECT doc FROM record_draft WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6 AND typed_by = $7`,
		k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat, who)
	return slices.Concat(rows...), err
}

// dropDrafts lets the draft of one person go, or with "" all of the form.
func dropDrafts(ctx context.Context, tx *store.Tx, k Key, who casebook.UserID) error {
	_, err := tx.Exec(ctx, `DELETE FROM record_draft WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6
		AND ($7 = '' OR typed_by = $7)`, k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat, who)
	return err
}
