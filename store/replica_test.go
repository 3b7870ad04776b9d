package store_test

import (
	"fmt"
	"sync"
	"testing"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
)

// copies is a primary with a replica, and two processes that use both.
type copies struct {
	t                *testing.T
	primary, replica string
	here, there      *store.DB
}

func replicate(t *testing.T) *copies {
	t.Helper()
	c := &copies{t: t}
	storetest.Cluster(t) // or it is skipped
	var err error
	c.primary, err = storetest.Start("fsync=off", "full_page_writes=off")
	c.must(err)
	c.replica, err = storetest.Replica(c.primary, "hot_standby_feedback=on")
	c.must(err)
	c.here, c.there = c.open(c.replica), c.open(c.replica)
	return c
}

func (c *copies) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *copies) open(replica string) *store.DB {
	c.t.Helper()
	db, err := store.Open(c.t.Context(), c.primary, store.Options{World: casebook.Outside(), Migrations: wards, Unsafe: true, Replica: replica})
	c.must(err)
	c.t.Cleanup(func() { c.must(db.Close()) })
	return db
}

// look counts the wards as a reader does who takes any copy, and tells who answered.
func (c *copies) look(db *store.DB) (n int, copied bool) {
	c.t.Helper()
	ctx := store.Anywhere(c.t.Context())
	c.must(db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT count(*), pg_is_in_recovery() FROM ward WHERE study_id = $1`, "S1").Scan(&n, &copied)
	}))
	return n, copied
}

// ask runs one statement on one of the clusters itself.
func (c *copies) ask(dsn, query string) (answer string) {
	c.t.Helper()
	db, err := store.Open(c.t.Context(), dsn, store.Options{ReadOnly: true, Unsafe: true})
	c.must(err)
	defer db.Close()
	c.must(db.View(c.t.Context(), func(tx *store.Tx) error { return tx.Row(c.t.Context(), query).Scan(&answer) }))
	return answer
}

func (c *copies) add(db *store.DB, name string) {
	c.t.Helper()
	c.must(db.Update(c.t.Context(), func(tx *store.Tx) error { return addWard(c.t.Context(), tx, name, 1) }))
}

// Whoever reads from a replica sees what was acknowledged before, by whichever process, also while the replica stands
// still: then the primary answers. The control asks the replica without waiting, and misses a ward.
func TestAReplicaAnswersWithWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	c := replicate(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	added, copied, byCopy := 0, 0, false
	for w := range 4 {
		all.Go(func() {
			for n := range 25 {
				c.add(c.here, fmt.Sprintf("%d of writer %d", n, w))
				mu.Lock()
				added++
				want := added
				mu.Unlock()
				got, byCopy := c.look(c.there) // who was told of it in another process
				if got < want {
					t.Errorf("%d wards are seen after %d were acknowledged (replica: %v)", got, want, byCopy)
				}
				mu.Lock()
				if byCopy {
					copied++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for copied == 0 { // a replica that was slow once is not asked for a second
		if _, byCopy = c.look(c.there); byCopy {
			copied++
		}
	}
	c.must(c.here.View(t.Context(), func(tx *store.Tx) error { // who did not ask for any copy
		err := tx.Row(t.Context(), `SELECT pg_is_in_recovery()`).Scan(&byCopy)
		if byCopy {
			t.Error("a view that must be the primary's was answered by the replica")
		}
		return err
	}))

	for c.ask(c.replica, `SELECT count(*)::text FROM ward`) != "100" {
	}
	c.ask(c.replica, `SELECT pg_wal_replay_pause()::text`)
	c.add(c.here, "while the replica stands still")
	n := 0
	if n, byCopy = c.look(c.there); n != 101 || byCopy {
		t.Errorf("%d wards with a replica that stands still (answered by it: %v)", n, byCopy)
	}
	if stale := c.ask(c.replica, `SELECT count(*)::text FROM ward`); stale != "100" {
		t.Errorf("control: the replica by itself has %s wards; it should lack one", stale)
	}
	if _, refused := c.there.Replica(); refused == 0 {
		t.Error("nobody was told that the replica was behind")
	}
	c.ask(c.replica, `SELECT pg_wal_replay_resume()::text`)
}

// A replica that is gone is missed by nobody, and answers again when it is back.
func TestAReplicaMayGoAndComeBack(t *testing.T) {
	t.Parallel()
	c := replicate(t)
	c.add(c.here, "one")
	until := func(copied bool) {
		t.Helper()
		for {
			n, by := c.look(c.here)
			if n != 1 {
				t.Fatalf("%d wards", n)
			}
			if by == copied {
				return
			}
		}
	}
	until(true)
	storetest.Control(t, c.replica, "stop")
	until(false)
	storetest.Control(t, c.replica, "start")
	until(true)

	c.must(c.here.Close())
	err := c.here.View(store.Anywhere(t.Context()), func(*store.Tx) error { return nil })
	if casebook.KindOf(err) != casebook.Busy {
		t.Errorf("a view of a closed database: %v", err)
	}
}
