package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Verified says why a server may not be reached by an address, nil where it may.
func Verified(dsn string) error {
	conf, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	return verified(conf)
}

// Waiting is how many writers stand in the queue of an SQLite database.
func Waiting(db *DB) int { return len(db.lite.queue) }

// MaxPrepared is how many statements a connection keeps prepared.
const MaxPrepared = maxPrepared

// CopyLog bounds the log of an SQLite database that nobody writes to yet: it is copied from so many pages, the last of them by the writer,
// and all of them by the writer from most.
func CopyLog(db *DB, from, last, most int64) { db.lite.log = logBounds{from, last, most} }

// Lose ends what a connection to PostgreSQL does, when nobody answers whether it was ended, and gives it back as one that had its answer.
func Lose(ctx context.Context, db *DB) error {
	conn, err := db.pg.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	gone := make(chan struct{})
	close(gone)
	w := &watched{conn: conn.Conn().PgConn(), by: &canceller{over: gone}}
	w.HandleCancel(ctx)
	w.HandleUnwatchAfterCancel()
	return nil
}
