package store

// Waiting is how many writers stand in the queue of an SQLite database.
func Waiting(db *DB) int { return len(db.lite.queue) }

// MaxPrepared is how many statements a connection keeps prepared.
const MaxPrepared = maxPrepared
