// Package ledger is the record of every change: the audit trail that an inspector reads, the feed that other packages
// follow, and the leaves of the Merkle tree that shows whether one was altered. A change and its entry commit together;
// a write that records nothing is refused, and no entry is ever updated.
package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"casebook"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the ledger's tables.
var Migrations fs.FS = files

var errUnrecorded = casebook.Fail(casebook.Internal, "ledger.unrecorded")

// Options of a ledger.
type Options struct {
	// Release tells the settings release in force at a site, "" for none; nil means release 0.
	Release func(casebook.StudyID, casebook.SiteID) int64
	// Publish is a folder outside the database for signed checkpoints; "" publishes none.
	Publish string
	// Signer is who signs checkpoints now (golang.org/x/mod/sumdb/note, Ed25519); needed with Publish. It is asked for each,
	// so that a key can follow another while the ledger works.
	Signer func() (Signer, error)
	// Every is the longest time between a change and the checkpoint that covers it. Default 1 s.
	Every time.Duration
}

// Ledger appends entries and lets others follow them.
type Ledger struct {
	db *store.DB
	o  Options

	mu      sync.Mutex
	grown   map[casebook.StudyID]chan struct{} // closed, and replaced, when a study's order grows
	any     chan struct{}                      // likewise, for any study
	written chan struct{}                      // wakes the sequencer; holds one token
	dirty   map[casebook.StudyID]bool          // studies that this process wrote and nobody sealed since
	heads   map[casebook.StudyID]int64         // sizes at the last checkpoint published
	tails   map[casebook.StudyID]*tail         // of studies that are followed
}

// New returns the ledger kept in db. On PostgreSQL nothing is followed until Run runs.
func New(db *store.DB, o Options) *Ledger {
	if o.Release == nil {
		o.Release = func(casebook.StudyID, casebook.SiteID) int64 { return 0 }
	}
	if o.Every == 0 {
		o.Every = time.Second
	}
	return &Ledger{db: db, o: o, grown: map[casebook.StudyID]chan struct{}{}, any: make(chan struct{}),
		written: make(chan struct{}, 1), dirty: map[casebook.StudyID]bool{}, heads: map[casebook.StudyID]int64{}, tails: map[casebook.StudyID]*tail{}}
}

// DB is the database that the ledger is kept in, for views.
func (l *Ledger) DB() *store.DB { return l.db }

// Writer is a writing transaction on one study that keeps account of itself.
type Writer struct {
	*store.Tx
	Study   casebook.StudyID
	l       *Ledger
	entries []Entry
	after   []func()
}

// Write runs fn in the only kind of transaction that changes regulated facts: what fn changed and what it recorded
// commit together, and without a record nothing commits. fn may run more than once. Errors of fn come back as they are.
func (l *Ledger) Write(ctx context.Context, study casebook.StudyID, fn func(*Writer) error) error {
	_, err := l.write(ctx, study, fn, false)
	return err
}

// WriteNew is Write for work that may turn out to be a repetition: when fn records nothing it must have changed
// nothing regulated, and the write is not refused.
func (l *Ledger) WriteNew(ctx context.Context, study casebook.StudyID, fn func(*Writer) error) error {
	_, err := l.write(ctx, study, fn, true)
	return err
}

func (l *Ledger) write(ctx context.Context, study casebook.StudyID, fn func(*Writer) error, mayRepeat bool) (n int, err error) {
	var w *Writer
	err = l.db.Update(ctx, func(tx *store.Tx) error {
		w = &Writer{Tx: tx, Study: study, l: l}
		if err := fn(w); err != nil {
			return err
		}
		n = len(w.entries)
		if n == 0 {
			if mayRepeat {
				return nil
			}
			return errUnrecorded
		}
		return w.flush(ctx)
	})
	if err != nil {
		return n, err
	}
	if n > 0 {
		l.wrote(study, w.entries)
	}
	for _, fn := range w.after {
		fn()
	}
	return n, nil
}

// Record adds e to what this write will commit; who, when, trace and release come from ctx and the transaction, unless
// e.Actor or e.At is set (a batch that writes for many, each with its own moment).
func (w *Writer) Record(ctx context.Context, e Entry) string {
	if e.Actor == "" {
		a := casebook.ActorFrom(ctx)
		e.Actor, e.Role, e.Location, e.Trace = a.User, a.Role, a.Location, a.Trace
	}
	e.Study, e.Index, e.Release = w.Study, -1, w.l.o.Release(w.Study, e.Site)
	if e.At.IsZero() {
		e.At = w.Now
	}
	e.ID = w.l.db.World().NewID()
	w.entries = append(w.entries, e)
	return e.ID
}

// Release is the settings release in force at a site, for the rows of this write.
func (w *Writer) Release(site casebook.SiteID) int64 { return w.l.o.Release(w.Study, site) }

// AfterCommit has fn run when this write is on disk, and not otherwise: for telling who waits. What is to happen in any case is a
// message of the outbox, or a follower's work, since the process may end between the two.
func (w *Writer) AfterCommit(fn func()) { w.after = append(w.after, fn) }

// Recorded is how many entries this write holds so far.
func (w *Writer) Recorded() int { return len(w.entries) }

var (
	insertEntry = store.NewInsert("ledger_entry", "study_id text, subject_id text, entry_id text, site_id text, what text, ref text, "+
		"old text, new text, reason text, salt bytea, actor text, role text, location text, trace text, at bigint, device_at bigint, release bigint", "", "")
	insertIndex = store.NewInsert("ledger_index", "study_id text, idx bigint, subject_id text, entry_id text, leaf bytea, sealed_at bigint", "", "")
	insertWait  = store.NewInsert("ledger_unsealed", "study_id text, entry_id text, subject_id text, digest bytea", "", "")
)

// flush writes the entries: with their places on SQLite, where this transaction is the only one, and for the sequencer
// on PostgreSQL, where another that took its number earlier may commit later.
func (w *Writer) flush(ctx context.Context) error {
	n := len(w.entries)
	text := make([]string, 13*n) // the columns, one after the other
	col := func(k int, get func(*Entry) string) []string {
		c := text[k*n : (k+1)*n]
		for i := range w.entries {
			c[i] = get(&w.entries[i])
		}
		return c
	}
	study := col(0, func(e *Entry) string { return string(e.Study) })
	subject := col(1, func(e *Entry) string { return string(e.Subject) })
	id := col(2, func(e *Entry) string { return e.ID })
	numbers := make([]int64, 3*n)
	at, device, release := numbers[:n], numbers[n:2*n], numbers[2*n:]
	salt, digest, sums := make([][]byte, n), make([][]byte, n), make([][32]byte, n)
	salts := w.l.db.World().Bytes(16 * n)
	for i := range w.entries {
		e := &w.entries[i]
		e.salt = salts[16*i : 16*i+16]
		at[i], device[i], release[i] = store.Micros(e.At), store.Micros(e.DeviceAt), e.Release
		sums[i] = e.digest()
		salt[i], digest[i] = e.salt, sums[i][:]
	}
	_, err := w.InsertAll(ctx, insertEntry, study, subject, id,
		col(3, func(e *Entry) string { return string(e.Site) }), col(4, func(e *Entry) string { return e.What }),
		col(5, func(e *Entry) string { return e.Ref }), col(6, func(e *Entry) string { return e.Old }),
		col(7, func(e *Entry) string { return e.New }), col(8, func(e *Entry) string { return e.Reason }), salt,
		col(9, func(e *Entry) string { return string(e.Actor) }), col(10, func(e *Entry) string { return e.Role }),
		col(11, func(e *Entry) string { return e.Location }),
		col(12, func(e *Entry) string { return e.Trace }), at, device, release)
	if err != nil {
		return fmt.Errorf("ledger entries: %w", err)
	}
	if w.l.db.Postgres() {
		_, err = w.InsertAll(ctx, insertWait, study, id, subject, digest)
		return err
	}
	first, sealed, err := place(ctx, w.Tx, w.Study, subject, id, digest)
	for i := range w.entries { // as whoever reads it sees it
		e := &w.entries[i]
		e.Index, e.SealedAt, e.At, e.DeviceAt = first+int64(i), store.Time(sealed), store.Time(at[i]), store.Time(device[i])
	}
	return err
}

// place gives entries the next indexes of their study, in one step with the study's head, which every other placement
// waits for. The moment of sealing never goes back, whatever the clock does.
func place(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject, id []string, digest [][]byte) (first, sealed int64, err error) {
	n := int64(len(id))
	now := store.Micros(tx.Now)
	var size int64
	err = tx.Row(ctx, `INSERT INTO ledger_head(study_id, size, sealed_at) VALUES($1,$2,$3)
		ON CONFLICT (study_id) DO UPDATE SET size = ledger_head.size + excluded.size,
			sealed_at = CASE WHEN ledger_head.sealed_at > excluded.sealed_at THEN ledger_head.sealed_at ELSE excluded.sealed_at END
		RETURNING size, sealed_at`, study, n, now).Scan(&size, &sealed)
	if err != nil {
		return 0, 0, fmt.Errorf("ledger head: %w", err)
	}
	first = size - n
	studies, idx, sealedAt, leaves, sums := make([]string, n), make([]int64, n), make([]int64, n), make([][]byte, n), make([][32]byte, n)
	for i := range n {
		at := first + i
		sums[i] = leaf(digest[i], at, sealed)
		studies[i], idx[i], sealedAt[i], leaves[i] = string(study), at, sealed, sums[i][:]
	}
	_, err = tx.InsertAll(ctx, insertIndex, studies, idx, subject, id, leaves, sealedAt)
	return first, sealed, err
}

// wrote tells who waits that a study has something new: these entries, which are committed.
func (l *Ledger) wrote(study casebook.StudyID, entries []Entry) {
	l.mu.Lock()
	l.dirty[study] = true
	l.mu.Unlock()
	if !l.db.Postgres() {
		l.placed(study, entries)
		l.grew(study)
	}
	select {
	case l.written <- struct{}{}:
	default:
	}
}

func (l *Ledger) grew(study casebook.StudyID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.grown[study]; c != nil {
		close(c)
		delete(l.grown, study)
	}
	close(l.any)
	l.any = make(chan struct{})
}

// Grown returns a channel that closes when the study's order has grown.
func (l *Ledger) Grown(study casebook.StudyID) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.grown[study]
	if c == nil {
		c = make(chan struct{})
		l.grown[study] = c
	}
	return c
}

func (l *Ledger) anyGrown() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.any
}

// Size is the number of entries in the study's order.
func Size(ctx context.Context, tx *store.Tx, study casebook.StudyID) (n int64, err error) {
	err = tx.Row(ctx, `SELECT size FROM ledger_head WHERE study_id = $1`, study).Scan(&n)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// AsOf is the study's size at a moment: the entries below it had their place by then. Since the moment of sealing never
// goes back along the order, it is found by halving.
func AsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, at time.Time) (int64, error) {
	high, err := Size(ctx, tx, study)
	low, limit := int64(0), store.Micros(at)
	for err == nil && low < high {
		middle, sealed := low+(high-low)/2, int64(0)
		err = tx.Row(ctx, `SELECT sealed_at FROM ledger_index WHERE study_id = $1 AND idx = $2`, study, middle).Scan(&sealed)
		if sealed <= limit {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, err
}

const entryColumns = `e.study_id, e.subject_id, e.entry_id, e.site_id, e.what, e.ref, e.old, e.new, e.reason, e.salt,
	e.actor, e.role, e.location, e.trace, e.at, e.device_at, e.release, coalesce(i.idx, -1), coalesce(i.sealed_at, 0)`

// entryScanner reads rows of entryColumns, one after the other into the same place.
type entryScanner struct {
	e                  Entry
	at, device, sealed int64
	into               []any
}

func newEntryScanner() *entryScanner {
	s := &entryScanner{}
	e := &s.e
	s.into = []any{&e.Study, &e.Subject, &e.ID, &e.Site, &e.What, &e.Ref, &e.Old, &e.New, &e.Reason, &e.salt,
		&e.Actor, &e.Role, &e.Location, &e.Trace, &s.at, &s.device, &e.Release, &e.Index, &s.sealed}
	return s
}

func (s *entryScanner) scan(r *store.Rows) (Entry, error) {
	s.e = Entry{} // nothing of the row before, should this one not be readable
	err := r.Scan(s.into...)
	s.e.At, s.e.DeviceAt, s.e.SealedAt = store.Time(s.at), store.Time(s.device), store.Time(s.sealed)
	return s.e, err
}

// Acting is somebody who made entries, and a role in which they did.
type Acting struct {
	User casebook.UserID
	Role string
}

// Actors returns who made the entries of a study below size, by user and role.
func Actors(ctx context.Context, tx *store.Tx, study casebook.StudyID, size int64) ([]Acting, error) {
	return store.All(ctx, tx, func(r *store.Rows) (a Acting, err error) { err = r.Scan(&a.User, &a.Role); return a, err },
		`SELECT DISTINCT e.actor, e.role FROM ledger_index i
		JOIN ledger_entry e ON e.study_id = i.study_id AND e.subject_id = i.subject_id AND e.entry_id = i.entry_id
		WHERE i.study_id = $1 AND i.idx < $2 ORDER BY e.actor, e.role`, study, size)
}

// Read returns up to limit entries of the study's order from index from.
func Read(ctx context.Context, tx *store.Tx, study casebook.StudyID, from int64, limit int) ([]Entry, error) {
	return store.All(ctx, tx, newEntryScanner().scan, `SELECT `+entryColumns+` FROM ledger_index i
		JOIN ledger_entry e ON e.study_id = i.study_id AND e.subject_id = i.subject_id AND e.entry_id = i.entry_id
		WHERE i.study_id = $1 AND i.idx >= $2 AND i.idx < $3 ORDER BY i.idx`, study, from, from+int64(limit))
}

// Each reads up to limit entries of the study's order from index from, one after the other, and returns the index behind the last. They
// come without what only verification asks for, their salt and when they were sealed; e is good until fn returns.
func Each(ctx context.Context, tx *store.Tx, study casebook.StudyID, from int64, limit int, fn func(e *Entry) error) (next int64, err error) {
	e := Entry{Study: study}
	var at, device int64
	into := []any{(*string)(&e.Subject), &e.ID, (*string)(&e.Site), &e.What, &e.Ref, &e.Old, &e.New, &e.Reason,
		(*string)(&e.Actor), &e.Role, &e.Location, &e.Trace, &at, &device, &e.Release, &e.Index}
	next = from
	err = tx.Each(ctx, func(r *store.Rows) error {
		if err := r.Scan(into...); err != nil {
			return err
		}
		e.At, e.DeviceAt, next = store.Time(at), store.Time(device), e.Index+1
		return fn(&e)
	}, `SELECT e.subject_id, e.entry_id, e.site_id, e.what, e.ref, e.old, e.new, e.reason, e.actor, e.role, e.location, e.trace, e.at, e.device_at, e.release, i.idx
		FROM ledger_index i
		JOIN ledger_entry e ON e.study_id = i.study_id AND e.subject_id = i.subject_id AND e.entry_id = i.entry_id
		WHERE i.study_id = $1 AND i.idx >= $2 AND i.idx < $3 ORDER BY i.idx`, study, from, from+int64(limit))
	return next, err
}

// Subject returns the entries of one subject, oldest first; those not yet placed come last with Index -1.
func Subject(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]Entry, error) {
	return store.All(ctx, tx, newEntryScanner().scan, `SELECT `+entryColumns+` FROM ledger_entry e
		LEFT JOIN ledger_index i ON i.study_id = e.study_id AND i.entry_id = e.entry_id
		WHERE e.study_id = $1 AND e.subject_id = $2 ORDER BY CASE WHEN i.idx IS NULL THEN 1 ELSE 0 END, i.idx, e.at, e.entry_id`, study, subject)
}

// Unplaced returns the entries of a study that are committed and wait for their place: none on SQLite, and none for
// long on PostgreSQL. It looks at every entry, so it is for verification and not for pages.
func Unplaced(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Entry, error) {
	return store.All(ctx, tx, newEntryScanner().scan, `SELECT `+entryColumns+` FROM ledger_entry e
		LEFT JOIN ledger_index i ON i.study_id = e.study_id AND i.entry_id = e.entry_id
		WHERE e.study_id = $1 AND i.idx IS NULL ORDER BY e.at, e.entry_id`, study)
}
