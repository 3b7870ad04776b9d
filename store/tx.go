package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"database/sql"

	"github.com/jackc/pgx/v5"
)

// Tx is one transaction. Everything in it happens at the one moment Now. It is not for use by two goroutines.
type Tx struct {
	Now time.Time

	lite *liteConn
	// bound replaces the caller's context on SQLite's shared write connection.
	bound context.Context
	// over is the error with which SQLite rolled the whole transaction back. Statements after it would each commit by
	// themselves, so they are refused with it.
	over error

	pg    *pgx.Conn
	later *pgx.Batch
}

// Postgres reports whether the engine is PostgreSQL, where transactions run beside each other.
func (tx *Tx) Postgres() bool { return tx.pg != nil }

// ForUpdate ends a SELECT of rows that the transaction decides by and then writes: on PostgreSQL nobody else writes them
// meanwhile, and what is read is the last that was committed. On SQLite one transaction writes at a time.
func (tx *Tx) ForUpdate() string {
	if tx.Postgres() {
		return " FOR UPDATE"
	}
	return ""
}

// ForShare is ForUpdate for rows that must stay as they are meanwhile: others may read them so, too.
func (tx *Tx) ForShare() string {
	if tx.Postgres() {
		return " FOR SHARE"
	}
	return ""
}

func (tx *Tx) ctx(ctx context.Context) context.Context {
	if tx.bound != nil {
		return tx.bound
	}
	return ctx
}

// liteExec runs one statement on SQLite and notices when it ended the transaction.
func (tx *Tx) liteExec(ctx context.Context, query string, args []any) (int64, error) {
	if tx.over != nil {
		return 0, tx.over
	}
	n, err := tx.lite.exec(tx.ctx(ctx), query, args)
	return n, tx.judge(err)
}

func (tx *Tx) judge(err error) error {
	if err != nil && tx.bound != nil && !tx.lite.inTransaction() {
		tx.over = err
	}
	return err
}

// Exec runs one statement and returns how many rows it changed. Placeholders are $1, $2, … on both engines.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if tx.lite != nil {
		return tx.liteExec(ctx, query, args)
	}
	if err := tx.flush(ctx); err != nil {
		return 0, err
	}
	tag, err := tx.pg.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// Later runs a statement whose result nobody needs: at once on SQLite, and on PostgreSQL together with the others of
// its kind before the next statement or with the commit, in one round trip. Its error ends the transaction.
func (tx *Tx) Later(ctx context.Context, query string, args ...any) error {
	if tx.lite != nil {
		_, err := tx.liteExec(ctx, query, args)
		return err
	}
	tx.later.Queue(query, args...)
	return nil
}

// flush sends what Later has queued.
func (tx *Tx) flush(ctx context.Context) error {
	if tx.later.Len() == 0 {
		return nil
	}
	batch := tx.later
	tx.later = &pgx.Batch{}
	return tx.pg.SendBatch(ctx, batch).Close()
}

// Query runs a query; the caller closes the rows.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	if tx.lite != nil {
		if tx.over != nil {
			return nil, tx.over
		}
		rows, err := tx.lite.query(tx.ctx(ctx), query, args)
		return &Rows{lite: rows}, tx.judge(err)
	}
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := tx.pg.Query(ctx, query, args...)
	return &Rows{pg: rows}, err
}

// Row runs a query and scans its first row, or returns ErrNoRows.
func (tx *Tx) Row(ctx context.Context, query string, args ...any) Row {
	rows, err := tx.Query(ctx, query, args...)
	return Row{rows: rows, err: err}
}

// Rows are the rows of a query, read one by one.
type Rows struct {
	lite *sql.Rows
	pg   pgx.Rows
}

// Next moves to the next row.
func (r *Rows) Next() bool {
	if r.lite != nil {
		return r.lite.Next()
	}
	return r.pg.Next()
}

// Scan reads the current row.
func (r *Rows) Scan(dest ...any) error {
	if r.lite != nil {
		return r.lite.Scan(dest...)
	}
	return r.pg.Scan(dest...)
}

// Close ends the reading and returns its error, if any.
func (r *Rows) Close() error {
	if r.lite != nil {
		return errors.Join(r.lite.Err(), r.lite.Close())
	}
	r.pg.Close()
	return r.pg.Err()
}

// Row is the answer to Tx.Row.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row, or returns ErrNoRows.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if !r.rows.Next() {
		if err := r.rows.Close(); err != nil {
			return err
		}
		return ErrNoRows
	}
	err := r.rows.Scan(dest...)
	return errors.Join(err, r.rows.Close())
}

// Each runs a query and calls fn for every row.
func (tx *Tx) Each(ctx context.Context, fn func(*Rows) error, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := fn(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return rows.Close()
}

// All collects what scan makes of every row of a query.
func All[T any](ctx context.Context, tx *Tx, scan func(*Rows) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := tx.Each(ctx, func(r *Rows) error {
		v, err := scan(r)
		if err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		all = append(all, v)
		return nil
	}, query, args...)
	return all, err
}
