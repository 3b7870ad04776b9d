package patient

import (
	"context"

	"casebook"
	"casebook/store"
)

// A casebook must not change while it is frozen, locked or signed. On SQLite one transaction writes at a time, and none of
// this does anything beyond reading. On PostgreSQL the subject's row is the gate: whoever writes into the casebook
// passes together with others (Enter), whoever closes or signs it waits for them and keeps new ones out (Hold).

// Enter is Find for a write into the subject's casebook.
func Enter(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (Subject, error) {
	found, err := lock(ctx, tx, study, []casebook.SubjectID{id}, tx.ForShare())
	if err == nil && len(found) == 0 {
		err = Unknown(id)
	}
	return found[id], err
}

// EnterAll is Enter for many subjects at once, of whom only the site is told: reports come by the hundred. Whoever is not
// there is not in the answer.
func EnterAll(ctx context.Context, tx *store.Tx, study casebook.StudyID, ids []casebook.SubjectID) (map[casebook.SubjectID]casebook.SiteID, error) {
	sites := make(map[casebook.SubjectID]casebook.SiteID, len(ids))
	if len(ids) == 0 {
		return sites, nil
	}
	var id casebook.SubjectID
	var site casebook.SiteID
	list, args := in(ids, []any{study})
	err := tx.Each(ctx, func(r *store.Rows) error {
		err := r.Scan(&id, &site)
		sites[id] = site
		return err
	}, `SELECT subject_id, site_id FROM patient WHERE study_id = $1 AND subject_id IN `+list+` ORDER BY subject_id`+tx.ForShare(), args...)
	return sites, err
}

// Hold is Find for a step that closes or signs the subject's casebook.
func Hold(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (Subject, error) {
	found, err := lock(ctx, tx, study, []casebook.SubjectID{id}, tx.ForUpdate())
	if err == nil && len(found) == 0 {
		err = Unknown(id)
	}
	return found[id], err
}

// HoldAll is Hold for every casebook of the study.
func HoldAll(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	if !tx.Postgres() {
		return nil
	}
	return tx.Each(ctx, func(*store.Rows) error { return nil }, `SELECT subject_id FROM patient WHERE study_id = $1 ORDER BY subject_id`+tx.ForUpdate(), study)
}

func lock(ctx context.Context, tx *store.Tx, study casebook.StudyID, ids []casebook.SubjectID, how string) (map[casebook.SubjectID]Subject, error) {
	found := make(map[casebook.SubjectID]Subject, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, args := in(ids, []any{study})
	err := tx.Each(ctx, func(r *store.Rows) error {
		s, err := scan(r)
		found[s.ID] = s
		return err
	}, `SELECT `+columns+` FROM patient WHERE study_id = $1 AND subject_id IN `+list+` ORDER BY subject_id`+how, args...)
	return found, err
}
