// Package store keeps rows, in SQLite inside this process or in PostgreSQL: transactions, group commit, migrations and
// the two dialects. It knows no domain and names no table; every other package brings its own SQL and migrations.
//
// Times are BIGINT microseconds since 1970 UTC (see Micros), ids are TEXT, flags are BIGINT 0 or 1, and no column is
// NULL where an empty value says the same: so one SQL text means the same in both engines.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"casebook"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// ErrNoRows is returned by Row.Scan when the query found nothing.
var ErrNoRows = errors.New("store: no rows")

// Errors that a caller may show.
var (
	errStopped = casebook.Fail(casebook.Internal, "store.stopped")
	errFull    = casebook.Fail(casebook.Busy, "store.full")
	errClosed  = casebook.Fail(casebook.Busy, "store.closed")
	errAway    = casebook.Fail(casebook.Busy, "store.unavailable")
)

// Options say how to open a database. The zero value is the production profile.
type Options struct {
	World      casebook.World // Outside() when zero
	Migrations []fs.FS        // each package's migrations; see migrate.go
	// Unsafe lets PostgreSQL run with fsync, full_page_writes or synchronous_commit off: for tests, never for patients.
	Unsafe bool
	// MaxReaders bounds the connections of View; on PostgreSQL those of View and Update together. Default 8 and 16.
	MaxReaders int
	// BatchTime bounds one group commit on SQLite, and one commit on PostgreSQL. Default 10 s.
	BatchTime time.Duration
	ReadOnly  bool // for verification: nothing migrates, Update refuses
	// Replica is the address of a streaming replica that may answer the views under Anywhere; "" for none.
	Replica string
	// Later lets Open return although PostgreSQL cannot be reached: View and Update refuse with store.unavailable until
	// Connect has found it.
	Later bool
}

// DB is an open database. Open makes one; Close ends it and all that it runs.
type DB struct {
	world     casebook.World
	batchTime time.Duration
	readOnly  bool
	lite      *lite
	pg        *postgres
}

// Open opens dsn, "sqlite:PATH" or "postgres://…", and brings its schema up to date.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.World.Now == nil {
		o.World = casebook.Outside()
	}
	if o.BatchTime == 0 {
		o.BatchTime = 10 * time.Second
	}
	db := &DB{world: o.World, batchTime: o.BatchTime, readOnly: o.ReadOnly}
	var err error
	switch path, isLite := strings.CutPrefix(dsn, "sqlite:"); {
	case isLite:
		db.lite, err = openLite(ctx, path, o)
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		db.pg, err = openPostgres(ctx, dsn, o)
	default:
		return nil, casebook.Fail(casebook.Invalid, "store.dsn", dsn)
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

// Reached reports whether the database is in service; see Connect.
func (db *DB) Reached() bool { return db.pg == nil || db.pg.ready.Load() }

// Connect brings into service a database that Open could not reach (Options.Later): it asks until the server answers, and
// brings its schema up to date. It returns nil at once when that was done already, the end of ctx, or why a server that
// answers cannot be used.
func (db *DB) Connect(ctx context.Context) error {
	if db.Reached() {
		return nil
	}
	if err := db.pg.await(ctx); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	slog.InfoContext(ctx, "store: the database answers")
	return nil
}

// Close waits for the writes under way and closes the database. Closing twice does nothing.
func (db *DB) Close() error {
	if db.lite != nil {
		return db.lite.close()
	}
	db.pg.close()
	return nil
}

// Postgres reports whether the engine is PostgreSQL, where many processes may share the database.
func (db *DB) Postgres() bool { return db.pg != nil }

// World returns the clock and the chance that this database was opened with.
func (db *DB) World() casebook.World { return db.world }

// View runs fn in one read-only snapshot; writing in it is an error of the engine. ctx ends the running statement.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) (err error) {
	if trace.SpanFromContext(ctx).IsRecording() {
		var end func(*error)
		ctx, end = db.span(ctx, "view")
		defer end(&err)
	}
	if db.lite != nil {
		return contextual(ctx, db.lite.view(ctx, db.now(), fn))
	}
	return away(contextual(ctx, db.pg.view(ctx, db.now(), fn)))
}

// Update runs fn in one writing transaction and returns after it is durable, or not done at all. fn may run more than
// once, so it must not change anything but rows. On SQLite writers share one commit, and ctx counts only until the
// work is picked up: a cancelled statement would roll back everybody's. Regulated facts go through ledger.Write.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) (err error) {
	if db.readOnly {
		return casebook.Fail(casebook.Conflict, "store.read_only")
	}
	if trace.SpanFromContext(ctx).IsRecording() {
		var end func(*error)
		ctx, end = db.span(ctx, "update")
		defer end(&err)
	}
	if db.lite != nil {
		return contextual(ctx, db.lite.update(ctx, fn))
	}
	return away(contextual(ctx, db.pg.update(ctx, db.now, fn)))
}

// span notes a transaction below the span of the request that it serves, from its call to its snapshot's end or to the disk.
func (db *DB) span(ctx context.Context, what string) (context.Context, func(*error)) {
	system := "sqlite"
	if db.Postgres() {
		system = "postgresql"
	}
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("casebook/store").Start(ctx, what,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("db.system.name", system)))
	return ctx, func(err *error) {
		if *err != nil && casebook.KindOf(*err) == casebook.Internal {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

func (db *DB) now() time.Time { return db.world.Now().UTC().Truncate(time.Microsecond) }

// contextual turns an engine's "interrupted" into the context's own error, which has its own kinds (504, 499).
func contextual(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if _, ours := errors.AsType[*casebook.Error](err); ours {
		return err
	}
	if cause := ctx.Err(); !errors.Is(err, cause) {
		return fmt.Errorf("%w: %v", cause, err)
	}
	return err
}

// Micros is t as the database keeps it: microseconds since 1970 UTC; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func logger(ctx context.Context) *slog.Logger {
	a := casebook.ActorFrom(ctx)
	return slog.With("trace", a.Trace, "user", a.User)
}
