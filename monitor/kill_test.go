package monitor

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/store"
	"casebook/store/storetest"
)

// killed names, to a process of this test's, the database of a follower that is to be killed.
const killed = "CASEBOOK_MONITOR_CHILD"

// followUntilKilled follows, and says in the middle of each transaction that it is there.
func followUntilKilled(dsn string) error {
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := store.Open(ctx, dsn, store.Options{World: casebook.Outside(), Unsafe: true})
	if err != nil {
		return err
	}
	l := ledger.New(db, ledger.Options{})
	s := New(l, func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return study.Versions[0], nil })
	return l.FollowAhead(ctx, follower, s.ahead, func(ctx context.Context, w *ledger.Writer, entries []ledger.Entry) error {
		err := s.follow(ctx, w, entries)
		fmt.Println("at", entries[0].Index)
		return err
	})
}

// A follower's process is killed with SIGKILL while a step is about to commit, again and again. The next goes on where the tables are, and in the end
// they hold what the ledger says, entry by entry, and what a batch gives.
func TestTheTablesOutliveFollowersThatAreKilled(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			w := wardAt(t, dsn, htn(t))
			entries, m := chances(rand.New(rand.NewPCG(9, 9)), 5*ledger.Batch)
			w.enter(entries...)
			for _, steps := range [...]int{1, 1, 2} {
				w.killAfter(dsn, steps)
			}
			var mark mark
			w.must(w.db.View(t.Context(), func(tx *store.Tx) (err error) { mark, err = readMark(t.Context(), tx, demo.ID); return err }))
			if mark.next == 0 || mark.next == int64(len(entries)) {
				t.Errorf("those who were killed had come to %d of %d", mark.next, len(entries))
			}
			s := w.service()
			w.run(func(ctx context.Context) error { return w.l.FollowAhead(ctx, follower, s.ahead, s.follow) })
			w.eventually("everything taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) })
			stored, refolded := w.stored(s), w.refolded(s)
			agrees(t, stored, m)
			w.sameState(stored, refolded)

			w.must(w.db.Update(t.Context(), func(tx *store.Tx) error { // the control: a row of a step that was done half
				_, err := tx.Exec(t.Context(), `UPDATE monitor_subject SET left_at = left_at + 1 WHERE study_id = $1 AND subject_id = 'P-0000'`, demo.ID)
				return err
			}))
			if found := differences(w.stored(s), refolded); len(found) == 0 {
				t.Error("one row is another, and nobody sees it")
			}
		})
	}
}

// killAfter runs a follower and kills it in its nth step.
func (w *ward) killAfter(dsn string, n int) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), killed+"="+dsn), os.Stderr
	out, err := cmd.StdoutPipe()
	w.must(err)
	w.must(cmd.Start())
	lines := bufio.NewScanner(out)
	for range n {
		if !lines.Scan() {
			w.Fatal("a follower ended by itself")
		}
	}
	w.must(cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}
