package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDSN) != "" {
		child() // killed from outside; see kill_test.go
	}
	// The watchdog's pipe of the test cluster lives as long as the process.
	goleak.VerifyTestMain(m)
}

// wards is a table of this test's own: how many beds each ward has.
var wards = []fs.FS{fstest.MapFS{"00001_ward.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE ward (study_id TEXT NOT NULL, name TEXT NOT NULL, beds BIGINT NOT NULL, note BYTEA, PRIMARY KEY (study_id, name));\n")}}}

func addWard(ctx context.Context, tx *store.Tx, name string, beds int) error {
	_, err := tx.Exec(ctx, `INSERT INTO ward(study_id, name, beds, note) VALUES($1,$2,$3,$4)`, "S1", name, beds, []byte{0, 1, 2})
	return err
}

func countWards(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(t.Context(), `SELECT count(*) FROM ward WHERE study_id = $1`, "S1").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAWriteIsThereOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Update(ctx, func(tx *store.Tx) error { return addWard(ctx, tx, "cardiology", 20) }); err != nil {
			t.Fatal(err)
		}
		boom := errors.New("changed my mind")
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := addWard(ctx, tx, "surgery", 10); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want the function's own error", err)
		}
		err = db.Update(ctx, func(tx *store.Tx) error { return addWard(ctx, tx, "cardiology", 1) })
		if !store.IsUnique(err) {
			t.Errorf("a second cardiology: %v, want a unique violation", err)
		}
		if n := countWards(t, db); n != 1 {
			t.Errorf("%d wards, want 1", n)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, "ghost", 1) })
		if err == nil {
			t.Error("a view wrote")
		}
		if n := countWards(t, db); n != 0 {
			t.Errorf("%d wards, want 0", n)
		}
	})
}

func TestOneMomentAndBytesAndOrderOfPlaceholders(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 10, 9, 0, 0, 123456789, time.UTC)
	world := casebook.World{Now: casebook.NewClock(at).Now, Rand: casebook.Outside().Rand}
	storetest.Both(t, world, wards, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := db.Update(ctx, func(tx *store.Tx) error {
			if want := at.Truncate(time.Microsecond); !tx.Now.Equal(want) {
				t.Errorf("now %v, want %v", tx.Now, want)
			}
			_, err := tx.Exec(ctx, `INSERT INTO ward(study_id, name, beds, note) VALUES($2,$1,$3,$4)`, "icu", "S1", 7, []byte{0, 255})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(ctx, func(tx *store.Tx) error {
			var beds int64
			var note []byte
			if err := tx.Row(ctx, `SELECT beds, note FROM ward WHERE name = $2 AND study_id = $1`, "S1", "icu").Scan(&beds, &note); err != nil {
				return err
			}
			if beds != 7 || string(note) != "\x00\xff" {
				t.Errorf("got %d %x", beds, note)
			}
			var none int
			if err := tx.Row(ctx, `SELECT beds FROM ward WHERE study_id = $1 AND name = $2`, "S1", "none").Scan(&none); !errors.Is(err, store.ErrNoRows) {
				t.Errorf("missing row: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestInsertAllTellsWhichRowsAreNew(t *testing.T) {
	t.Parallel()
	insert := store.NewInsert("ward", "study_id text, name text, beds bigint, note bytea", "ON CONFLICT (study_id, name) DO NOTHING", "name")
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		add := func(names ...string) (fresh []bool) {
			study, beds, note := make([]string, len(names)), make([]int64, len(names)), make([][]byte, len(names))
			for i := range names {
				study[i], beds[i], note[i] = "S1", int64(i), []byte{byte(i)}
			}
			err := db.Update(ctx, func(tx *store.Tx) (err error) {
				fresh, err = tx.InsertAll(ctx, insert, study, names, beds, note)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return fresh
		}
		if got := fmt.Sprint(add("a", "b")); got != "[true true]" {
			t.Errorf("first: %s", got)
		}
		if got := fmt.Sprint(add("b", "c", "a")); got != "[false true false]" {
			t.Errorf("second: %s", got)
		}
		if n := countWards(t, db); n != 3 {
			t.Errorf("%d wards, want 3", n)
		}
		many, want := make([]string, 50), make([]bool, 50) // some statements of many rows, one of which meets what is there
		for i := range many {
			many[i], want[i] = fmt.Sprint("bed ", i), true
		}
		many[20], want[20] = "b", false
		if got := add(many...); !slices.Equal(got, want) {
			t.Errorf("many: %v", got)
		}
		err := db.View(ctx, func(tx *store.Tx) error {
			return tx.Each(ctx, func(r *store.Rows) error {
				var name string
				var beds int64
				err := r.Scan(&name, &beds)
				if i, _ := strconv.ParseInt(strings.TrimPrefix(name, "bed "), 10, 64); i != beds {
					t.Errorf("%s has %d beds", name, beds)
				}
				return err
			}, `SELECT name, beds FROM ward WHERE study_id = 'S1' AND name LIKE 'bed %' ORDER BY name`)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Every writer gets its own verdict: what one refuses, the others of the same commit keep.
func TestOneWritersFaultStaysItsOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		const writers = 200
		var refused atomic.Int32
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := addWard(t.Context(), tx, fmt.Sprint("ward ", i), i); err != nil {
						return err
					}
					switch i % 10 {
					case 3:
						return errors.New("no")
					case 7:
						panic("a bug in one member")
					case 9: // an error of the engine
						return addWard(t.Context(), tx, fmt.Sprint("ward ", i), i)
					}
					return nil
				})
				if err != nil {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if want := int32(3 * writers / 10); refused.Load() != want {
			t.Errorf("%d refused, want %d", refused.Load(), want)
		}
		if n := countWards(t, db); n != writers*7/10 {
			t.Errorf("%d wards kept, want %d", n, writers*7/10)
		}
	})
}

// A writer that goes away while the group commit runs harms nobody: on SQLite a cancelled statement would roll back
// the whole transaction.
func TestAWriterThatGoesAwayHarmsNobody(t *testing.T) {
	t.Parallel()
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		ctx, leave := context.WithCancel(t.Context())
		picked, gone := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			db.Update(ctx, func(tx *store.Tx) error {
				close(picked)
				<-gone
				return addWard(ctx, tx, "impatient", 1)
			})
		})
		<-picked
		for i := range 20 {
			all.Go(func() {
				if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, fmt.Sprint(i), 1) }); err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		leave()
		close(gone)
		all.Wait()
		n := countWards(t, db)
		if db.Postgres() && n != 20 || !db.Postgres() && n != 21 {
			t.Errorf("%d wards", n)
		}
	})
}

func TestACancelledQueryEndsAndSaysWhy(t *testing.T) {
	t.Parallel()
	endless := map[bool]string{
		false: `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT count(*) FROM c`,
		true:  `SELECT count(*) FROM (SELECT pg_sleep(40)) s`,
	}
	storetest.Both(t, casebook.Outside(), wards, func(t *testing.T, db *store.DB) {
		for kind, end := range map[casebook.Kind]func(context.Context) (context.Context, context.CancelFunc){
			casebook.Timeout: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 50*time.Millisecond)
			},
			casebook.Gone: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(50*time.Millisecond, cancel)
				return ctx, cancel
			},
		} {
			ctx, cancel := end(t.Context())
			began := time.Now()
			var n int
			err := db.View(ctx, func(tx *store.Tx) error { return tx.Row(ctx, endless[db.Postgres()]).Scan(&n) })
			cancel()
			if casebook.KindOf(err) != kind {
				t.Errorf("got %v (%s), want %s", err, casebook.KindOf(err), kind)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the query went on for %v", took)
			}
		}
		countWards(t, db) // the pool still answers
	})
}

func TestTheSessionSaysForWhomItWorks(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "postgres"), casebook.Outside(), wards)
	ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "lin'; DROP", Trace: "4bf92f3577b34da6a3ce929d0e0e4736"})
	var name string
	err := db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()`).Scan(&name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(name, "casebook t=4bf92f3577b34da6a3ce929d0e0e4736 u=lin__ DROP") {
		t.Errorf("session is called %q", name)
	}
}

// A statement of a server has a bound; one of a command that reads whole tables has none but its context.
func TestWhatVerifiesWholeTablesHasTheTimeThatItTakes(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "postgres")
	storetest.Open(t, dsn, casebook.Outside(), wards)
	for _, reads := range []bool{false, true} {
		db, err := store.Open(t.Context(), dsn, store.Options{Migrations: wards, ReadOnly: reads, Unsafe: true})
		if err != nil {
			t.Fatal(err)
		}
		var bound string
		err = db.View(t.Context(), func(tx *store.Tx) error { return tx.Row(t.Context(), `SHOW statement_timeout`).Scan(&bound) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{false: "1min", true: "0"}[reads]; bound != want {
			t.Errorf("read only %v: a statement has %s, not %s", reads, bound, want)
		}
	}
}

func TestProductionRefusesAServerThatMayForget(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), storetest.DSN(t, "postgres"), store.Options{})
	var e *casebook.Error
	if !errors.As(err, &e) || e.Code != "store.not_durable" {
		t.Errorf("opened on a cluster with fsync off: %v", err)
	}
}

// What a path is written with is its own affair, and not an address's.
func TestADatabaseLiesWhereItIsNamed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ward #3.db", "100%.db", "a%41.db", "really?.db", "a&b=c.db", "病房.db"} {
		path := filepath.Join(t.TempDir(), name)
		db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{World: casebook.Outside(), Migrations: wards})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, "a", 1) }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Close waits for who still reads, lets nobody begin, and leaves nothing of SQLite's log, which is there as long as somebody reads.
func TestWhoClosesWaitsForWhoReads(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			db := storetest.Open(t, dsn, casebook.Outside(), wards)
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, "a", 1) }); err != nil {
				t.Fatal(err)
			}
			closed := make(chan error, 1)
			err := db.View(t.Context(), func(tx *store.Tx) error {
				go func() { closed <- db.Close() }()
				var refused error
				for refused == nil {
					refused = db.View(t.Context(), func(*store.Tx) error { return nil })
				}
				var e *casebook.Error
				if !errors.As(refused, &e) || e.Code != "store.closed" {
					t.Errorf("whoever begins while it is closed is told %v", refused)
				}
				var beds int
				err := tx.Row(t.Context(), `SELECT beds FROM ward WHERE study_id = $1`, "S1").Scan(&beds)
				if len(closed) > 0 {
					t.Error("closed while somebody reads")
				}
				if !left(dsn) && engine == "sqlite" {
					t.Error("the control: the log is gone while somebody reads")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if err := <-closed; err != nil {
				t.Error(err)
			}
			if left(dsn) {
				t.Error("the log is left")
			}
		})
	}
}

// left says whether a database has a log of SQLite's beside it.
func left(dsn string) bool {
	_, err := os.Stat(strings.TrimPrefix(dsn, "sqlite:") + "-wal")
	return err == nil
}

func TestReadOnlyOpensWithoutWriting(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "sqlite")
	db := storetest.Open(t, dsn, casebook.Outside(), wards)
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return addWard(t.Context(), tx, "a", 1) }); err != nil {
		t.Fatal(err)
	}
	reader, err := store.Open(t.Context(), dsn, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n := countWards(t, reader); n != 1 {
		t.Errorf("%d wards", n)
	}
	if err := reader.Update(t.Context(), func(*store.Tx) error { return nil }); casebook.KindOf(err) != casebook.Conflict {
		t.Errorf("a read-only store wrote: %v", err)
	}
	if _, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/none.db", store.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opened nothing: %v", err)
	}
}

// BenchmarkGroupCommit is the bare group-commit loop that the report door is measured against.
func BenchmarkGroupCommit(b *testing.B) {
	for _, writers := range []int{1, 64, 512} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/bench.db", store.Options{Migrations: wards})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			var next atomic.Int64
			var all sync.WaitGroup
			b.ReportAllocs()
			for range writers {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := db.Update(b.Context(), func(tx *store.Tx) error { return addWard(b.Context(), tx, fmt.Sprint(i), 1) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

func TestPostgresOfAnotherHostShowsWhoItIs(t *testing.T) {
	t.Parallel()
	for dsn, refused := range map[string]bool{
		"postgres://ward@db.example.org/ward":                                                       true, // would fall back to no TLS
		"postgres://ward@db.example.org/ward?sslmode=allow":                                         true,
		"postgres://ward@db.example.org/ward?sslmode=prefer":                                        true,
		"postgres://ward@db.example.org/ward?sslmode=require":                                       true, // anybody's certificate would do
		"postgres://ward@db.example.org/ward?sslmode=verify-ca":                                     true,
		"postgres://ward@10.0.0.7/ward":                                                             true,
		"postgres://ward@/ward?host=db.example.org,127.0.0.1":                                       true,
		"postgres://ward@/ward?host=127.0.0.1,db.example.org":                                       true,
		"postgres://ward@db.example.org/ward?sslmode=verify-full":                                   false,
		"postgres://ward@/ward?host=a.example.org,b.example.org&port=5432,5432&sslmode=verify-full": false,
		"postgres://ward@db.example.org/ward?sslmode=disable":                                       false,
		"postgres://ward@/ward?host=/var/run/postgresql":                                            false,
		"postgres://ward@localhost/ward":                                                            false,
		"postgres://ward@[::1]/ward":                                                                false,
	} {
		err := store.Verified(dsn)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "store.sslmode") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
