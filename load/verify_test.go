package load

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
)

// stored counts what a door holds, as a look into its storage would.
func (d *door) stored(_ context.Context, prefix string) (map[string]int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[string]int{}
	for id, n := range d.times {
		if strings.HasPrefix(id, prefix) {
			found[id] = n
		}
	}
	return found, nil
}

func verify(t *testing.T, o Options, kept Kept) Verdict {
	t.Helper()
	v, err := Verify(t.Context(), o, kept)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// afterLoad sends a thousand reports to d and then verifies them.
func afterLoad(t *testing.T, d *door, count bool, between func()) (v Verdict) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := virtually(t, d)
		o.Duration, o.Acks = time.Second, filepath.Join(t.TempDir(), "acks")
		if r := run(t, o); r.Acknowledged != 1000 {
			t.Fatalf("%+v", r)
		}
		if between != nil {
			between()
		}
		o.Patience = 100 * time.Millisecond
		var kept Kept
		if count {
			kept = d.stored
		}
		v = verify(t, o, kept)
	})
	return v
}

func TestAServerThatKeepsItsWordPasses(t *testing.T) {
	t.Parallel()
	for _, count := range []bool{false, true} {
		v := afterLoad(t, &door{}, count, nil)
		if !v.Pass() || v.Acknowledged != 1000 || v.Replayed != 1000 || v.Counted != count || len(v.Examples) != 0 {
			t.Errorf("counted %v: %+v", count, v)
		}
	}
}

func TestLostReportsAreSeen(t *testing.T) {
	t.Parallel()
	for _, count := range []bool{false, true} {
		v := afterLoad(t, &door{forget: func(n int) bool { return n < 1000 && n%50 == 0 }}, count, nil)
		if v.Pass() || v.Lost != 20 || v.Replayed != 980 || len(v.Examples) != maxExamples {
			t.Errorf("counted %v: %+v", count, v)
		}
	}
}

func TestReportsKeptTwiceAreSeenByCountingOnly(t *testing.T) {
	t.Parallel()
	twice := func(n int) bool { return n%100 == 0 }
	if v := afterLoad(t, &door{twice: twice}, true, nil); v.Pass() || v.Duplicated != 10 || v.Lost != 0 {
		t.Errorf("%+v", v)
	}
	if v := afterLoad(t, &door{twice: twice}, false, nil); v.Counted || v.Duplicated != 0 {
		t.Errorf("a verdict on what was not counted: %+v", v)
	}
}

func TestAnotherReceiptIsSeen(t *testing.T) {
	t.Parallel()
	d := &door{}
	v := afterLoad(t, d, true, func() {
		i := 0
		for id := range d.kept {
			if i++; i <= 5 {
				d.kept[id] = id + ".forged"
			}
		}
	})
	if v.Pass() || v.Changed != 5 || v.Lost != 0 || v.Replayed != 995 {
		t.Errorf("%+v", v)
	}
}

func TestAServerThatDoesNotSayIsNotBelieved(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Verdict{
		http.StatusServiceUnavailable: {Unanswered: 1000},
		http.StatusUnauthorized:       {Unanswered: 1000},
		http.StatusNotFound:           {Lost: 1000},
		http.StatusConflict:           {Changed: 1000},
	} {
		d := &door{}
		v := afterLoad(t, d, false, func() {
			d.before = func(_ int, w http.ResponseWriter) bool { w.WriteHeader(status); return true }
		})
		if v.Pass() || v.Unanswered != want.Unanswered || v.Lost != want.Lost || v.Changed != want.Changed {
			t.Errorf("%d: %+v", status, v)
		}
	}
}

func TestNothingAcknowledgedIsNothingProved(t *testing.T) {
	t.Parallel()
	if (Verdict{}).Pass() {
		t.Error("an empty run passes")
	}
}

func TestAListThatWasCutOffIsReadUpToThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "acks")
	f, err := createAcks(path, newAckHead(visit()), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.add(3, "a-3.x")
	f.add(1, "a-1.y z")
	f.add(2, "a-2.")
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) (receipts []string, err error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err = readAcks(path, func(ackHead) error { return nil }, func(_ int64, receipt string) error {
			receipts = append(receipts, receipt)
			return nil
		})
		return receipts, err
	}
	if got, err := read(string(whole[:len(whole)-3])); err != nil || len(got) != 2 || got[1] != "a-1.y z" {
		t.Error(got, err)
	}
	for _, text := range []string{"", "{}\n", "1 a\n", string(whole) + "x y\n", string(whole) + "5\n"} {
		_, err := read(text)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "load.acks_format" {
			t.Errorf("%q: %v", text, err)
		}
	}
}
