package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"casebook"
	"casebook/store"
)

// Batch bounds how many entries a follower gets at once, and how many the sequencer places at once. A follower that gets fewer has all that
// there were when its step began, or a moment before.
const Batch = 1000

// Follow calls fn with the entries of every study, in order and in batches of one study, from where the follower called
// name left off, until ctx ends. What fn writes and how far it has come commit together, so a crash neither loses an
// entry nor repeats an effect. Several processes may run the same follower. fn must ignore its own verbs and change nothing in entries,
// which other followers get, too. When fn fails in a study, Follow says so in the log and tries that study again after a pause; ErrNotNow
// is no failure. It returns only with ctx.
func (l *Ledger) Follow(ctx context.Context, name string, fn func(ctx context.Context, w *Writer, entries []Entry) error) error {
	return l.follow(ctx, follower{name: name, take: fn})
}

// FollowAhead is Follow for a follower whose work is mostly in memory. On SQLite, where everybody who writes waits for each transaction, ahead
// gets the entries before fn's transaction begins, so that little is left to do in it. Nothing says that fn will be called with them, or with
// no more than them; if ahead fails it is not. On PostgreSQL nobody waits, and ahead is not called.
func (l *Ledger) FollowAhead(ctx context.Context, name string, ahead func(ctx context.Context, study casebook.StudyID, entries []Entry) error,
	fn func(ctx context.Context, w *Writer, entries []Entry) error) error {
	if l.db.Postgres() {
		ahead = nil
	}
	return l.follow(ctx, follower{name, ahead, fn})
}

type follower struct {
	name  string
	ahead func(context.Context, casebook.StudyID, []Entry) error // may be nil
	take  func(context.Context, *Writer, []Entry) error
}

func (l *Ledger) follow(ctx context.Context, f follower) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	retry := time.NewTicker(time.Second) // another process may have grown a study, and a failure is tried again
	defer retry.Stop()
	resting := map[casebook.StudyID]bool{} // studies in which fn failed since the last tick; the others go on
	for {
		grew := l.anyGrown()
		more, err := l.pass(ctx, f, resting)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			slog.ErrorContext(ctx, "a follower stumbled and will try again", "follower", f.name, "error", err)
		}
		if more {
			grew = immediately
		} else if err == nil {
			// Whoever follows closely would take a commit of its own for each of everybody's: it lets a few gather.
			select {
			case <-time.After(pace):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		select {
		case <-retry.C:
			clear(resting)
			l.forgetTails()
			continue
		case <-ctx.Done():
			return ctx.Err()
		case <-grew:
		}
	}
}

// ErrNotNow is what a follower's fn answers to get the same entries again a moment later.
var ErrNotNow = errors.New("not now")

// pace is how long a follower, or the sequencer, lets entries gather when it is not behind.
const pace = 30 * time.Millisecond

// immediately is a channel that nobody waits for.
var immediately = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// step is what a follower has before it in one study: the entries from index from to below to.
type step struct {
	study    casebook.StudyID
	from, to int64
}

// pass takes one step in every study that has something new for the follower, but for those that rest. more says that
// a study has more.
func (l *Ledger) pass(ctx context.Context, f follower, resting map[casebook.StudyID]bool) (more bool, err error) {
	var steps []step
	err = l.db.View(ctx, func(tx *store.Tx) error {
		steps, err = store.All(ctx, tx, func(r *store.Rows) (s step, err error) { err = r.Scan(&s.study, &s.from, &s.to); return s, err },
			`SELECT h.study_id, coalesce(c.next, 0), h.size FROM ledger_head h LEFT JOIN ledger_cursor c ON c.study_id = h.study_id AND c.follower = $1
			WHERE h.size > coalesce(c.next, 0) ORDER BY h.study_id`, f.name)
		return err
	})
	if err != nil {
		return false, err
	}
	var failed error
	for _, s := range steps {
		if resting[s.study] {
			continue
		}
		next, err := l.take(ctx, f, s)
		if err != nil && !errors.Is(err, ErrNotNow) {
			resting[s.study] = true
			failed = errors.Join(failed, fmt.Errorf("study %s: %w", s.study, err))
		}
		more = more || next > s.from && next < s.to
	}
	return more, failed
}

// take has a follower take in the next entries of a study, at most Batch. It returns the index behind the last of them; s.from when another
// process took them, or nobody.
func (l *Ledger) take(ctx context.Context, f follower, s step) (next int64, err error) {
	// Read outside the write: the entries are immutable, and the cursor is checked again below.
	entries, err := l.between(ctx, s.study, s.from, min(s.to, s.from+Batch))
	if err != nil || len(entries) == 0 {
		return s.from, err
	}
	ctx, end := store.Work(ctx, "follow "+f.name, s.study, len(entries))
	defer end(&err)
	if f.ahead != nil {
		if err := f.ahead(ctx, s.study, entries); err != nil {
			return s.from, err
		}
	}
	_, err = l.write(ctx, s.study, func(w *Writer) error {
		next = s.from
		// This row lock keeps copies of one follower apart.
		last := entries[len(entries)-1].Index
		moved, err := w.Exec(ctx, `INSERT INTO ledger_cursor(study_id, follower, next) VALUES($1,$2,$3)
			ON CONFLICT (study_id, follower) DO UPDATE SET next = excluded.next WHERE ledger_cursor.next = $4`,
			s.study, f.name, last+1, s.from)
		if err != nil || moved == 0 {
			return err // somebody else took this step
		}
		next = last + 1
		return f.take(ctx, w, entries)
	}, true)
	if err != nil {
		return s.from, err
	}
	return next, nil
}

func cursor(ctx context.Context, tx *store.Tx, name string, study casebook.StudyID) (next int64, err error) {
	err = tx.Row(ctx, `SELECT next FROM ledger_cursor WHERE study_id = $1 AND follower = $2`, study, name).Scan(&next)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return next, err
}

// Caught reports whether the follower called name has taken in all that the study's order holds.
func Caught(ctx context.Context, tx *store.Tx, name string, study casebook.StudyID) (bool, error) {
	next, err := cursor(ctx, tx, name, study)
	if err != nil {
		return false, err
	}
	size, err := Size(ctx, tx, study)
	return next >= size, err
}

// Behind is how many entries the slowest follower has still to take in, over all studies: for a display.
func Behind(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.Row(ctx, `SELECT coalesce(max(t.behind), 0) FROM (SELECT sum(h.size - c.next) AS behind
		FROM ledger_cursor c JOIN ledger_head h ON h.study_id = c.study_id GROUP BY c.follower) t`).Scan(&n)
	return n, err
}
