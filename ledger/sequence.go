package ledger

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"casebook"
	"casebook/store"

	"golang.org/x/sync/errgroup"
)

// Run places what was committed (on PostgreSQL) and publishes checkpoints until ctx ends. Every process runs it; the
// row of a study's head keeps them from doing the same work at the same time.
func (l *Ledger) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if l.db.Postgres() {
		g.Go(func() error { return l.sequence(ctx) })
		g.Go(func() error { return l.listen(ctx) })
	}
	if l.o.Publish != "" {
		g.Go(func() error { return l.publish(ctx) })
	}
	g.Go(func() error { <-ctx.Done(); return ctx.Err() })
	return g.Wait()
}

// sequence is the only placer of entries in this process. It is woken by this process's writes and looks every second
// for those of others.
func (l *Ledger) sequence(ctx context.Context) error {
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	for {
		select {
		case <-l.written:
		case <-poll.C:
			if err := l.findUnsealed(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "the sequencer cannot read and will try again", "error", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
		for _, study := range l.takeDirty() {
			if err := l.sealOne(ctx, study); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "the sequencer stumbled and will try again", "study", study, "error", err)
			}
		}
		select { // its own commit is for many, too
		case <-time.After(pace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sealOne is Seal as the loop does it.
func (l *Ledger) sealOne(ctx context.Context, study casebook.StudyID) (err error) {
	ctx, end := store.Work(ctx, "seal", study, 0)
	defer end(&err)
	return l.Seal(ctx, study)
}

func (l *Ledger) takeDirty() (studies []casebook.StudyID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.dirty {
		studies = append(studies, s)
	}
	clear(l.dirty)
	return studies
}

func (l *Ledger) findUnsealed(ctx context.Context) error {
	return l.db.View(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r *store.Rows) error {
			var id casebook.StudyID
			err := r.Scan(&id)
			l.mu.Lock()
			l.dirty[id] = true
			l.mu.Unlock()
			return err
		}, `SELECT DISTINCT study_id FROM ledger_unsealed ORDER BY study_id`)
	})
}

// Seal gives every committed entry of the study its place. On SQLite entries have theirs when they commit.
func (l *Ledger) Seal(ctx context.Context, study casebook.StudyID) error {
	if !l.db.Postgres() {
		return nil
	}
	for {
		var n int
		err := l.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = seal(ctx, tx, study)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		l.grew(study)
		if n < Batch {
			return nil
		}
	}
}

func seal(ctx context.Context, tx *store.Tx, study casebook.StudyID) (int, error) {
	// Taking the head first keeps other sequencers out until this one commits: their statements then see what is left.
	if _, err := tx.Exec(ctx, `INSERT INTO ledger_head(study_id, size, sealed_at) VALUES($1,0,0)
		ON CONFLICT (study_id) DO UPDATE SET size = ledger_head.size`, study); err != nil {
		return 0, err
	}
	type waiting struct {
		seq         int64
		id, subject string
		digest      []byte
	}
	rows, err := store.All(ctx, tx, func(r *store.Rows) (w waiting, err error) {
		err = r.Scan(&w.seq, &w.id, &w.subject, &w.digest)
		return w, err
	}, `SELECT seq, entry_id, subject_id, digest FROM ledger_unsealed WHERE study_id = $1 ORDER BY seq LIMIT $2`, study, Batch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	seq, id, subject, digest := make([]int64, len(rows)), make([]string, len(rows)), make([]string, len(rows)), make([][]byte, len(rows))
	for i, w := range rows {
		seq[i], id[i], subject[i], digest[i] = w.seq, w.id, w.subject, w.digest
	}
	if err := tx.Later(ctx, `DELETE FROM ledger_unsealed WHERE study_id = $1 AND seq = ANY($2::bigint[])`, study, seq); err != nil {
		return 0, err
	}
	if _, _, err := place(ctx, tx, study, subject, id, digest); err != nil {
		return 0, err
	}
	return len(rows), tx.Notify(ctx, string(study))
}

// listen wakes this process's followers for what other processes placed; when the connection breaks it comes back,
// and meanwhile followers poll.
func (l *Ledger) listen(ctx context.Context) error {
	pause := time.NewTicker(time.Second)
	defer pause.Stop()
	for {
		err := l.db.Listen(ctx, func(study string) { l.grew(casebook.StudyID(study)) })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			slog.WarnContext(ctx, "no word from the other processes; polling instead", "error", err)
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
