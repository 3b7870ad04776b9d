package epro

import (
	"context"
	"strings"

	"casebook"
	"casebook/outbox"
	"casebook/store"
	"casebook/vault"
)

// Move puts into v what an older version of this package kept in its rows and in the outbox: addresses, and signatures with their names.
// It goes on where it was broken off, and does nothing when all is done. The ledger held digests only, and holds what it held.
func Move(ctx context.Context, db *store.DB, v *vault.Vault) error {
	var studies []casebook.StudyID
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT study_id FROM epro_reach WHERE ref = '' UNION SELECT study_id FROM epro_consent WHERE ref = ''
			UNION SELECT study_id FROM epro_reminded WHERE moved = 0 ORDER BY study_id`)
		return err
	})
	for _, study := range studies {
		m := moving{db: db, vault: v, study: study, refs: map[place]string{}, named: map[string]bool{"": true}, failures: map[place][]string{}}
		if err == nil {
			err = m.all(ctx)
		}
	}
	return err
}

// place is one way to a subject, with the address.
type place struct {
	subject          casebook.SubjectID
	channel, address string
}

// moving is one study's move. What was reached at an address that has changed since has no reference: nothing waits for it but its name
// in old messages, which goes.
type moving struct {
	db       *store.DB
	vault    *vault.Vault
	study    casebook.StudyID
	refs     map[place]string
	named    map[string]bool    // all references
	failures map[place][]string // addresses, by subject and channel, to be covered in what failed
}

func (m *moving) all(ctx context.Context) error {
	if err := m.erasing(ctx, func(tx *store.Tx) error { return m.reaches(ctx, tx) }); err != nil {
		return err
	}
	for more := true; more; {
		if err := m.erasing(ctx, func(tx *store.Tx) (err error) { more, err = m.consents(ctx, tx); return err }); err != nil {
			return err
		}
	}
	for after, more := "", true; more; more = after != "" {
		err := m.erasing(ctx, func(tx *store.Tx) (err error) {
			after, err = outbox.Rename(ctx, tx, m.study, campaignOf, after, m.name)
			return err
		})
		if err != nil {
			return err
		}
	}
	return m.erasing(ctx, func(tx *store.Tx) error { return m.end(ctx, tx) })
}

// erasing is an update in which SQLite writes over what it deletes. PostgreSQL does so when it is vacuumed.
func (m *moving) erasing(ctx context.Context, fn func(*store.Tx) error) error {
	return m.db.Update(ctx, func(tx *store.Tx) error {
		if tx.Postgres() {
			return fn(tx)
		}
		_, err := tx.Exec(ctx, `PRAGMA secure_delete = ON`)
		if err == nil {
			err = fn(tx)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `PRAGMA secure_delete = OFF`)
		}
		return err
	})
}

// reaches moves the addresses, and notes which reference each has.
func (m *moving) reaches(ctx context.Context, tx *store.Tx) error {
	type old struct {
		reached
		address, salt string
	}
	all, err := store.All(ctx, tx, func(r *store.Rows) (x old, err error) {
		err = r.Scan(&x.Subject, &x.Channel, &x.Device, &x.ref, &x.address, &x.salt)
		return x, err
	}, `SELECT subject_id, channel, device_id, ref, address, salt FROM epro_reach WHERE study_id = $1`, m.study)
	for _, x := range all {
		if err != nil {
			return err
		}
		if x.ref != "" {
			text, err := m.vault.Read(ctx, tx, m.study, x.ref)
			if err != nil {
				return err
			}
			m.found(place{x.Subject, x.Channel, text[min(len(text), saltLength):]}, x.ref)
			continue
		}
		text := x.salt + x.address
		ref, err := m.vault.Keep(ctx, tx, m.study, "", text)
		if err != nil {
			return err
		}
		m.found(place{x.Subject, x.Channel, x.address}, ref)
		_, err = tx.Exec(ctx, `UPDATE epro_reach SET ref = $5, digest = $6, address = '', salt = '' WHERE study_id = $1 AND subject_id = $2 AND channel = $3 AND device_id = $4`,
			m.study, x.Subject, x.Channel, x.Device, ref, digest(text))
		if err != nil {
			return err
		}
	}
	return err
}

func (m *moving) found(at place, ref string) { m.refs[at], m.named[ref] = ref, true }

// consents moves some signatures' bodies.
func (m *moving) consents(ctx context.Context, tx *store.Tx) (more bool, err error) {
	const atOnce = 10 // each may have a scan in it
	type old struct{ id, body string }
	all, err := store.All(ctx, tx, func(r *store.Rows) (x old, err error) { err = r.Scan(&x.id, &x.body); return x, err },
		`SELECT consent_id, body FROM epro_consent WHERE study_id = $1 AND ref = '' ORDER BY consent_id LIMIT $2`, m.study, atOnce)
	for _, x := range all {
		var ref string
		if err == nil {
			ref, err = m.vault.Keep(ctx, tx, m.study, "", x.body)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE epro_consent SET ref = $3, body = '' WHERE study_id = $1 AND consent_id = $2`, m.study, x.id, ref)
		}
	}
	return len(all) == atOnce, err
}

// name is what a message of a reminder names its recipient by.
func (m *moving) name(x outbox.Message) string {
	if m.named[x.To] {
		return x.To
	}
	subject, _, _ := strings.Cut(strings.TrimPrefix(x.Campaign, campaignOf), " ")
	at := place{casebook.SubjectID(subject), x.Channel, ""}
	m.failures[at] = append(m.failures[at], x.To)
	at.address = x.To
	return m.refs[at]
}

// end covers the addresses in what is said of failures, and marks the study.
func (m *moving) end(ctx context.Context, tx *store.Tx) error {
	for at, addresses := range m.failures {
		var failure string
		err := tx.Row(ctx, `SELECT failure FROM epro_delivery WHERE study_id = $1 AND subject_id = $2 AND channel = $3`, m.study, at.subject, at.channel).Scan(&failure)
		if ignoreNone(err) != nil {
			return err
		}
		for _, a := range addresses {
			failure = outbox.Cover(failure, a)
		}
		_, err = tx.Exec(ctx, `UPDATE epro_delivery SET failure = $4 WHERE study_id = $1 AND subject_id = $2 AND channel = $3`, m.study, at.subject, at.channel, failure)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE epro_reminded SET moved = 1 WHERE study_id = $1`, m.study)
	return err
}
