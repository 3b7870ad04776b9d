package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
)

// The variables by which this binary, started again, knows that it is the one to be killed.
const (
	childDSN   = "CASEBOOK_STORE_CHILD_DSN"
	childHasty = "CASEBOOK_STORE_CHILD_HASTY"
)

// child writes wards from eight goroutines, for ever, and prints the name of each when it is acknowledged. The hasty
// child prints it before the commit, as a product that acknowledges too early would, and after so many (childHasty)
// commits no more, so that the kill comes between the two.
func child() {
	ctx := context.Background()
	db, err := store.Open(ctx, os.Getenv(childDSN), store.Options{Migrations: wards})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	last, err := strconv.ParseInt(os.Getenv(childHasty), 10, 64)
	hasty := err == nil
	var said atomic.Int64
	var all sync.WaitGroup
	for writer := range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", writer, i)
				err := db.Update(ctx, func(tx *store.Tx) error {
					if hasty {
						os.Stdout.WriteString(name + "\n")
						if said.Add(1) >= last {
							<-ctx.Done() // never: the kill ends it
						}
					}
					return addWard(ctx, tx, name, i)
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				if !hasty {
					os.Stdout.WriteString(name + "\n")
				}
			}
		})
	}
	all.Wait()
}

// killed starts a child, kills it (SIGKILL) when it has acknowledged after wards, and returns how many it acknowledged
// in all and which of those are not there.
func killed(t *testing.T, after int, hasty string) (acknowledged int, lost []string) {
	t.Helper()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "killed.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDSN+"="+dsn, childHasty+"="+hasty)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		names = append(names, lines.Text())
		if len(names) == after {
			cmd.Process.Kill() // what it had said by then is still in the pipe
		}
	}
	cmd.Wait()
	if len(names) < after {
		t.Fatalf("the child ended after %d wards: %s", len(names), complaint.String())
	}
	db := storetest.Open(t, dsn, casebook.Outside(), wards)
	have := map[string]bool{}
	err = db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Each(t.Context(), func(r *store.Rows) error {
			var name string
			err := r.Scan(&name)
			have[name] = true
			return err
		}, `SELECT name FROM ward WHERE study_id = $1 ORDER BY name`, "S1")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !have[name] {
			lost = append(lost, name)
		}
	}
	return len(names), lost
}

// A process killed in the middle of its work has lost nothing that it acknowledged. A kill leaves the system's page
// cache whole, so this says nothing of power cuts: those are the chaos programme's.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 100, 700} {
		n, lost := killed(t, after, "")
		if len(lost) > 0 {
			t.Errorf("killed after %d acknowledgements: lost %v", n, lost)
		}
	}
}

// The control: the same test sees the loss when the acknowledgement comes before the commit.
func TestTheKillFindsAStoreThatAcknowledgesTooEarly(t *testing.T) {
	t.Parallel()
	if _, lost := killed(t, 100, "100"); len(lost) == 0 {
		t.Error("a kill lost nothing of a store that acknowledges before it commits: the test is blind")
	}
}
