package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
)

// together runs the writers so that on SQLite they share one group commit, in this order: another writer holds the
// commit loop until all of them wait in its queue.
func together(t *testing.T, db *store.DB, writers ...func(*store.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(writers))
	held, start := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		first := sync.OnceFunc(func() { close(held) })
		if err := db.Update(t.Context(), func(*store.Tx) error { first(); <-start; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	for i, fn := range writers {
		all.Go(func() { errs[i] = db.Update(t.Context(), fn) })
		for store.Waiting(db) <= i {
			runtime.Gosched()
		}
	}
	close(start)
	all.Wait()
	return errs
}

// The engine may end the transaction under a group commit. Then nobody was acknowledged, each runs again alone, and
// each innocent writer is there exactly once.
func TestTheEngineEndsTheTransactionUnderABatch(t *testing.T) {
	t.Parallel()
	faults := map[string]func(context.Context, *store.Tx) error{
		"a constraint that rolls back": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT OR ROLLBACK INTO ward(study_id, name, beds, note) VALUES('S1','innocent 0',1,''),('S1','innocent 0',2,'')`)
			return err
		},
		"a constraint that rolls back, passed over": func(ctx context.Context, tx *store.Tx) error {
			tx.Exec(ctx, `INSERT OR ROLLBACK INTO ward(study_id, name, beds, note) VALUES('S1','twice',1,''),('S1','twice',2,'')`)
			addWard(ctx, tx, "after the end", 1) // would commit by itself
			return nil
		},
		"a bare ROLLBACK": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `ROLLBACK`)
			return err
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, "sqlite"), casebook.Outside(), wards)
			var runs atomic.Int32
			var writers []func(*store.Tx) error
			for i := range 20 {
				writers = append(writers, func(tx *store.Tx) error {
					runs.Add(1)
					return addWard(t.Context(), tx, fmt.Sprint("innocent ", i), i)
				})
			}
			writers = append(writers, func(tx *store.Tx) error { return fault(t.Context(), tx) })
			errs := together(t, db, writers...)
			for i, err := range errs[:20] {
				if err != nil {
					t.Errorf("innocent %d: %v", i, err)
				}
			}
			if errs[20] == nil {
				t.Error("the writer that ended the transaction was acknowledged")
			}
			if n := countWards(t, db); n != 20 {
				t.Errorf("%d wards, want 20", n)
			}
			if runs.Load() <= 20 {
				t.Error("no innocent ran twice: the batch was not undone, and this test saw nothing")
			}
		})
	}
}

// An error that a function passes over must not become an acknowledgement of nothing: PostgreSQL has undone the whole
// transaction and answers COMMIT with success.
func TestAnErrorPassedOverIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := addWard(ctx, tx, "a", 1); err != nil {
				return err
			}
			addWard(ctx, tx, "a", 2)
			return nil
		})
		if n := countWards(t, db); (err == nil) != (n == 1) {
			t.Errorf("acknowledged: %v, wards: %d", err == nil, n)
		}
		insert := store.NewInsert("ward", "study_id text, name text, beds bigint, note bytea", "", "")
		study, names, beds, note := make([]string, 20), make([]string, 20), make([]int64, 20), make([][]byte, 20)
		for i := range 20 {
			study[i], names[i], note[i] = "S2", fmt.Sprint(i), []byte{}
		}
		names[10] = names[9]
		err = db.Update(ctx, func(tx *store.Tx) error {
			tx.InsertAll(ctx, insert, study, names, beds, note)
			return nil
		})
		if n := countWards(t, db); err == nil || n > 1 {
			t.Errorf("many, of which one stands twice: %v, wards: %d", err, n)
		}
	})
}

// full makes the disk full for the writer of an SQLite database, or gives it room again.
func full(t *testing.T, db *store.DB, pages int) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		var now int
		return tx.Row(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A PostgreSQL that ends its sessions, as it does when it restarts or recovers from a crash, is a reason to come back and
// no fault of ours.
func TestADatabaseThatGoesAwayIsBusy(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "postgres"), casebook.Outside(), wards)
	isAway := func(err error) bool {
		e, ok := errors.AsType[*casebook.Error](err)
		return ok && e.Kind == casebook.Busy && e.Code == "store.unavailable"
	}
	end := func(tx *store.Tx) error {
		var ended bool
		return tx.Row(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`).Scan(&ended)
	}
	if err := db.View(t.Context(), end); !isAway(err) {
		t.Errorf("a view whose session was ended: %v", err)
	}
	if err := db.Update(t.Context(), end); !isAway(err) {
		t.Errorf("a change whose session was ended: %v", err)
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		_ = end(tx) // passed over: the driver says of the next statement that the connection is closed
		return addWard(t.Context(), tx, "a", 1)
	})
	if !isAway(err) {
		t.Errorf("a change that goes on after its session was ended: %v", err)
	}
	if err := db.View(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAFullDiskIsBusyAndHealsItself(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "sqlite"), casebook.Outside(), wards)
	big := strings.Repeat("x", 20_000)
	write := func(name, note string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO ward(study_id, name, beds, note) VALUES($1,$2,$3,$4)`, "S1", name, 1, []byte(note))
			return err
		}
	}
	full(t, db, 1) // the engine takes this as: no page more than there are
	isFull := func(err error) bool {
		e, ok := errors.AsType[*casebook.Error](err)
		return ok && e.Kind == casebook.Busy && e.Code == "store.full"
	}
	if err := db.Update(t.Context(), write("alone", big)); !isFull(err) {
		t.Errorf("alone on a full disk: %v, want busy, store.full", err)
	}
	kept := 0
	for i, err := range together(t, db, write("big", big), write("small 1", ""), write("small 2", ""), write("big too", big)) {
		switch {
		case err == nil:
			kept++
		case !isFull(err):
			t.Errorf("writer %d on a full disk: %v, want busy, store.full", i, err)
		}
	}
	if n := countWards(t, db); n != kept {
		t.Errorf("%d wards are there, %d were acknowledged", n, kept)
	}
	full(t, db, 1_000_000)
	for _, err := range together(t, db, write("alone", big), write("after", big)) {
		if err != nil {
			t.Errorf("there is room again: %v", err)
		}
	}
	if n := countWards(t, db); n != kept+2 {
		t.Errorf("%d wards, want %d", n, kept+2)
	}
}

// A page that cannot be read stops all writing for good: asking a failed disk again could be answered with a lie.
func TestABrokenPageStopsWriting(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "sqlite")
	db, err := store.Open(t.Context(), dsn, store.Options{Migrations: wards})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, fmt.Sprint(i), i) }); err != nil {
			t.Fatal(err)
		}
	}
	var root, size int64
	err = db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(t.Context(), `SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'ward'`).Scan(&root, &size)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(strings.TrimPrefix(dsn, "sqlite:"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xee}, int(size)), (root-1)*size)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}

	db = storetest.Open(t, dsn, casebook.Outside(), wards)
	isStopped := func(err error) bool {
		e, ok := errors.AsType[*casebook.Error](err)
		return ok && e.Code == "store.stopped"
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, "new", 1) }); !isStopped(err) {
		t.Errorf("a write to a broken page: %v, want store.stopped", err)
	}
	ran := false
	if err := db.Update(t.Context(), func(*store.Tx) error { ran = true; return nil }); !isStopped(err) || ran {
		t.Errorf("the next write: %v, want store.stopped (it ran: %v)", err, ran)
	}
}

// Whoever waits when the store closes is either acknowledged and there, or refused and not there.
func TestCloseWhileWritersWait(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			db, err := store.Open(t.Context(), dsn, store.Options{Migrations: wards, Unsafe: true, MaxReaders: 2})
			if err != nil {
				t.Fatal(err)
			}
			held, start := make(chan struct{}), make(chan struct{})
			var kept atomic.Int32
			var all, queued sync.WaitGroup
			all.Go(func() {
				db.Update(t.Context(), func(*store.Tx) error { close(held); <-start; return nil })
			})
			<-held
			for i := range 50 {
				queued.Add(1)
				all.Go(func() {
					queued.Done()
					err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, fmt.Sprint(i), i) })
					if err == nil {
						kept.Add(1)
					} else if casebook.KindOf(err) != casebook.Busy {
						t.Errorf("refused with %v, want busy", err)
					}
				})
			}
			queued.Wait()
			for range 2 { // closing twice, at once, does nothing more
				all.Go(func() {
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			if err := db.Update(t.Context(), func(*store.Tx) error { return nil }); casebook.KindOf(err) != casebook.Busy {
				t.Errorf("a write after the end: %v, want busy", err)
			}
			if n := countWards(t, storetest.Open(t, dsn, casebook.Outside(), wards)); n != int(kept.Load()) {
				t.Errorf("%d wards are there, %d were acknowledged", n, kept.Load())
			}
		})
	}
}

// nextBeds adds a ward with one bed more than the largest. Both writers read before either writes.
func nextBeds(ctx context.Context, tx *store.Tx, name string, read func()) error {
	var beds int
	if err := tx.Row(ctx, `SELECT coalesce(max(beds), 0) FROM ward WHERE study_id = $1`, "S1").Scan(&beds); err != nil {
		return err
	}
	read()
	return addWard(ctx, tx, name, beds+1)
}

// A transaction that PostgreSQL refuses because it lost a race (40001) runs again from its start. The control is the
// default isolation, where both writers succeed at once and one's reading was stale.
func TestALostRaceRunsAgain(t *testing.T) {
	t.Parallel()
	for isolation, want := range map[string]struct {
		runs  int32
		wards string
	}{"SERIALIZABLE": {3, "[1 2]"}, "READ COMMITTED": {2, "[1 1]"}} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, "postgres"), casebook.Outside(), wards)
			ctx := t.Context()
			var runs atomic.Int32
			var both, all sync.WaitGroup
			both.Add(2)
			for _, name := range []string{"a", "b"} {
				meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
				all.Go(func() {
					err := db.Update(ctx, func(tx *store.Tx) error {
						runs.Add(1)
						if _, err := tx.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL "+isolation); err != nil {
							return err
						}
						return nextBeds(ctx, tx, name, meet)
					})
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			all.Wait()
			var beds []int
			err := db.View(ctx, func(tx *store.Tx) (err error) {
				beds, err = store.All(ctx, tx, func(r *store.Rows) (n int, err error) { return n, r.Scan(&n) },
					`SELECT beds FROM ward WHERE study_id = $1 ORDER BY beds`, "S1")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if runs.Load() != want.runs || fmt.Sprint(beds) != want.wards {
				t.Errorf("%d runs gave %v, want %d and %s", runs.Load(), beds, want.runs, want.wards)
			}
		})
	}
}

// Whatever a function does, its session goes back to the pool outside a transaction, or does not go back.
func TestNoSessionIsLeftInATransaction(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "postgres"), casebook.Outside(), wards)
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "untidy"})
	ends := []func(context.Context, *store.Tx) error{
		func(ctx context.Context, tx *store.Tx) error { return addWard(ctx, tx, "kept", 1) },
		func(ctx context.Context, tx *store.Tx) error { return errors.New("no") },
		func(ctx context.Context, tx *store.Tx) error { panic("a bug") },
		func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, "SELEC 1"); return err },
		func(ctx context.Context, tx *store.Tx) error { tx.Exec(ctx, "SELEC 1"); return nil },
		func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, "ROLLBACK"); return err },
		func(ctx context.Context, tx *store.Tx) error { return tx.Later(ctx, "SELEC 1") },
		func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Query(ctx, "SELECT generate_series(1, 100000)") // never closed
			return errors.Join(err, errors.New("forgot the rows"))
		},
		func(ctx context.Context, tx *store.Tx) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_, err := tx.Exec(ctx, "SELECT pg_sleep(60)")
			return err
		},
	}
	var all sync.WaitGroup
	for range 3 {
		for _, end := range ends {
			all.Go(func() {
				db.Update(ctx, func(tx *store.Tx) error { return end(ctx, tx) })
				func() {
					defer func() { _ = recover() }() // a view's panic is its caller's
					db.View(ctx, func(tx *store.Tx) error { return end(ctx, tx) })
				}()
			})
		}
	}
	all.Wait()
	var left int
	for range 100 { // the server learns of a dropped connection a moment later
		err := db.View(t.Context(), func(tx *store.Tx) error {
			return tx.Row(t.Context(), `SELECT count(*) FROM pg_stat_activity, pg_sleep(0.02)
				WHERE application_name LIKE '%u=untidy' AND state LIKE 'idle in transaction%'`).Scan(&left)
		})
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
	}
	t.Errorf("%d sessions are idle in a transaction", left)
}

// Two packages that bring a migration of one name are an error of the build, not a choice between them.
func TestTwoMigrationsOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	twice := []fs.FS{wards[0], fstest.MapFS{"sub/00001_ward.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}}
	if db, err := store.Open(t.Context(), storetest.DSN(t, "sqlite"), store.Options{Migrations: twice}); err == nil {
		db.Close()
		t.Error("both were taken")
	}
}

// A statement that is run again while its rows are read must not move those rows.
func TestAQueryWithinItself(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "sqlite"), casebook.Outside(), wards)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(addWard(t.Context(), tx, "a", 1), addWard(t.Context(), tx, "b", 2), addWard(t.Context(), tx, "c", 3))
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, within := range map[string]func(context.Context, func(*store.Tx) error) error{"update": db.Update, "view": db.View} {
		err := within(t.Context(), func(tx *store.Tx) error {
			for n := range 2 * store.MaxPrepared { // more than a connection keeps
				if _, err := wardsFrom(t.Context(), tx, fmt.Sprint("SELECT name FROM ward WHERE ", n, " = ", n)); err != nil {
					return err
				}
			}
			var outer []string
			err := tx.Each(t.Context(), func(r *store.Rows) error {
				var id string
				if err := r.Scan(&id); err != nil {
					return err
				}
				outer = append(outer, id)
				inner, err := wardsFrom(t.Context(), tx, allWards)
				if len(inner) != 3 {
					t.Errorf("%s: within ward %s there are %v", name, id, inner)
				}
				return err
			}, allWards)
			if !slices.Equal(outer, []string{"a", "b", "c"}) {
				t.Errorf("%s: %v", name, outer)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const allWards = `SELECT name FROM ward ORDER BY name`

func wardsFrom(ctx context.Context, tx *store.Tx, query string) ([]string, error) {
	return store.All(ctx, tx, func(r *store.Rows) (name string, err error) { err = r.Scan(&name); return name, err }, query)
}

// A program opens no database that a later release has taken further, and reads none that lacks what it expects there. The control is the
// same database in the hands of the release that made it.
func TestADatabaseOfAnotherReleaseIsRefusedByName(t *testing.T) {
	t.Parallel()
	later := append(slices.Clone(wards), fstest.MapFS{"00002_bed.sql": {Data: []byte("-- +goose Up\nCREATE TABLE bed (study_id TEXT NOT NULL, bed_id TEXT NOT NULL, PRIMARY KEY (study_id, bed_id));\n")}})
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			open := func(migrations []fs.FS, readOnly bool) string {
				db, err := store.Open(t.Context(), dsn, store.Options{Migrations: migrations, ReadOnly: readOnly, Unsafe: true})
				if err == nil {
					err = db.Close()
				}
				if e, ok := errors.AsType[*casebook.Error](err); ok {
					return e.Code
				}
				if err != nil {
					t.Fatal(err)
				}
				return ""
			}
			for _, step := range []struct {
				who        string
				migrations []fs.FS
				readOnly   bool
				want       string
			}{
				{"the earlier release makes it", wards, false, ""},
				{"the later one reads it before it has opened it", later, true, "store.older"},
				{"the later one opens it", later, false, ""},
				{"the later one reads it", later, true, ""},
				{"the earlier one reads it", wards, true, "store.newer"},
				{"the earlier one opens it", wards, false, "store.newer"},
				{"who knows of no migrations reads it", nil, true, ""},
			} {
				if got := open(step.migrations, step.readOnly); got != step.want {
					t.Errorf("%s: %q, want %q", step.who, got, step.want)
				}
			}
		})
	}
}
