package outbox

import (
	"context"
	"time"

	"casebook"
	"casebook/store"
)

// purgeEvery is the time between two looks at what has been kept for long enough, purgeBatch how many messages one
// transaction removes.
const (
	purgeEvery = time.Hour
	purgeBatch = 500
)

// purge removes what has come to its end and was kept for as long as its channel wants, with its attempts. A message that
// waits is never removed. Its name may be put in again afterwards, so a channel keeps its messages for longer than
// whoever puts them in may repeat himself.
func (r *runner) purge(ctx context.Context) error {
	now := r.db.World().Now()
	if now.Sub(r.purged) < purgeEvery {
		return nil
	}
	for _, ch := range r.channels {
		if ch.Keep == 0 {
			continue
		}
		studies, err := r.studies(ctx, ch.Name)
		if err != nil {
			return err
		}
		for _, study := range studies {
			if err := r.purgeStudy(ctx, study, ch.Name, store.Micros(now.Add(-ch.Keep))); err != nil {
				return err
			}
		}
	}
	r.purged = now
	return nil
}

// studies are those that have sent by a channel.
func (r *runner) studies(ctx context.Context, channel string) (all []casebook.StudyID, err error) {
	err = r.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (s casebook.StudyID, err error) { err = r.Scan(&s); return s, err },
			`SELECT DISTINCT study_id FROM outbox_lane WHERE channel = $1`, channel)
		return err
	})
	return all, err
}

func (r *runner) purgeStudy(ctx context.Context, study casebook.StudyID, channel string, before int64) error {
	for {
		var removed int
		err := r.db.Update(ctx, func(tx *store.Tx) error {
			ids, err := store.All(ctx, tx, func(r *store.Rows) (id string, err error) { err = r.Scan(&id); return id, err },
				`SELECT message_id FROM outbox_message WHERE study_id = $1 AND channel = $2 AND state <> 'waiting' AND settled > 0 AND settled < $3
				ORDER BY settled LIMIT $4`, study, channel, before, purgeBatch)
			removed = len(ids)
			for _, id := range ids {
				if err := tx.Later(ctx, `DELETE FROM outbox_attempt WHERE study_id = $1 AND message_id = $2`, study, id); err != nil {
					return err
				}
				if err := tx.Later(ctx, `DELETE FROM outbox_message WHERE study_id = $1 AND message_id = $2 AND state <> 'waiting'`, study, id); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil || removed < purgeBatch {
			return err
		}
	}
}
