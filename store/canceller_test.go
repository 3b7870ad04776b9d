package store_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"syscall"
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

// leave reads for 40 s, under the name of its transaction or another, and leaves soon.
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

// A cancellation that comes late, when its statement has been answered, meets nobody who reads next: the process that cancels is
// stopped while a reader leaves, and goes on while the next one reads.
func TestALateCancellationMeetsNobody(t *testing.T) {
	t.Parallel()
	db := narrow(t)
	for n := range time.Duration(30) { // the answer comes after 170 ms, on a busy machine later
		if cancelsLate(t, db, 130*time.Millisecond+n*10*time.Millisecond) {
			return
		}
	}
	t.Error("no answer came in time")
}

// cancelsLate has a reader leave after a time, and reports whether the answer came all the same.
func cancelsLate(t *testing.T, db *store.DB, leaves time.Duration) (answered bool) {
	t.Helper()
	leave(t, db, false) // makes the session that cancels
	var pid int
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(t.Context(), `SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND query LIKE '%pg_cancel_backend(a.pid)%'`).Scan(&pid)
	})
	if err != nil {
		t.Fatal(err)
	}
	if pid == 0 { // a busy machine takes longer for it
		return false
	}
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(pid, s); err != nil {
			t.Error(err)
		}
	}
	signal(syscall.SIGSTOP)
	goOn := sync.OnceFunc(func() { signal(syscall.SIGCONT) })
	defer goOn()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_ = db.View(ctx, func(tx *store.Tx) error { // ends with an error: the connection is lost
		time.AfterFunc(leaves, cancel)
		var n int
		err := tx.Row(ctx, `SELECT count(*) FROM (SELECT pg_sleep(0.17)) s`).Scan(&n)
		answered = err == nil
		return err
	})
	err = db.View(t.Context(), func(tx *store.Tx) error {
		time.AfterFunc(50*time.Millisecond, goOn)
		var n int
		return tx.Row(t.Context(), `SELECT count(*) FROM (SELECT pg_sleep(0.3)) s`).Scan(&n)
	})
	if err != nil {
		t.Error("the next one: ", err)
	}
	return answered && ctx.Err() != nil
}

// A connection of which nobody can say whether it was told to end, and which had its answer all the same, serves nobody any more.
func TestALostConnectionServesNobody(t *testing.T) {
	t.Parallel()
	db := narrow(t)
	was := session(t, db)
	if err := store.Lose(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if is := session(t, db); is == was {
		t.Error("the lost connection is used again")
	}
}

// Whoever leaves at the moment at which the answer comes must not harm the next, who works on the same connection for some time. The
// control is among the mutants (bench/mutants): a cancellation that nobody waits for, which meets the next within few rounds.
func TestNobodyIsCancelledInTheStead(t *testing.T) {
	t.Parallel()
	db := narrow(t)
	leave(t, db, false)
	rounds := 300
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
		err := db.View(t.Context(), func(tx *store.Tx) error {
			var n int
			return tx.Row(t.Context(), `SELECT count(*) FROM (SELECT pg_sleep(0.003)) s`).Scan(&n)
		})
		if err != nil {
			t.Fatal("the next one: ", err)
		}
	}
}
