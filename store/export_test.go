package store

import "github.com/jackc/pgx/v5"

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
