package store_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
)

// narrow is a PostgreSQL with one connection for all who read.
func narrow(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.DSN(t, "postgres"), store.Options{Unsafe: true, MaxReaders: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// session is the process of PostgreSQL that answers.
func session(t *testing.T, db *store.DB) (pid int) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error { return tx.Row(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid) }); err != nil {
		t.Fatal(err)
	}
	return pid
}

// leave reads for 40 s, under the name of one or another, and leaves soon.
func leave(t *testing.T, db *store.DB, another bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := db.View(ctx, func(tx *store.Tx) error {
		time.AfterFunc(10*time.Millisecond, cancel)
		if another {
			ctx = casebook.WithActor(ctx, casebook.Actor{Trace: "another"})
		}
		var n int
		return tx.Row(ctx, `SELECT count(*) FROM (SELECT pg_sleep(40)) s`).Scan(&n)
	})
	if casebook.KindOf(err) != casebook.Gone {
		t.Error(err)
	}
}

// PostgreSQL makes a process for each connection: a reader who leaves must not cost one. The control is a statement that is
// not found under its transaction's name, which the driver ends in its own way.
func TestAReaderWhoLeavesCostsNoConnection(t *testing.T) {
	t.Parallel()
	db := narrow(t)
	kept := func(another bool) bool {
		before := session(t, db)
		leave(t, db, another)
		return session(t, db) == before
	}
	for range 20 { // the first makes the session that cancels, and a busy machine may take too long for more
		if kept(false) {
			for range 20 { // one that had not begun when its reader left costs nothing either
				if !kept(true) {
					return
				}
			}
			t.Error("statements of another name were cancelled under this one")
			return
		}
	}
	t.Error("each reader who left has cost a connection")
}

// Whoever leaves at the moment at which the answer comes must not harm the next, who works on the same connection.
func TestNobodyIsCancelledInTheStead(t *testing.T) {
	t.Parallel()
	db := narrow(t)
	leave(t, db, false)
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	chance := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(chance.IntN(3000))*time.Microsecond)
		_ = db.View(ctx, func(tx *store.Tx) error { // in time or not
			var n int
			return tx.Row(ctx, `SELECT count(*) FROM (SELECT pg_sleep(0.001)) s`).Scan(&n)
		})
		cancel()
		session(t, db)
	}
}
