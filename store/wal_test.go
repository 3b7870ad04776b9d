package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"
)

// logged is an SQLite database whose log is copied early, and what a test writes into it.
type logged struct {
	t     *testing.T
	db    *store.DB
	path  string
	wards int
}

func newLogged(t *testing.T, from, last, most int64) *logged {
	dsn := storetest.DSN(t, "sqlite")
	l := &logged{t: t, db: storetest.Open(t, dsn, casebook.Outside(), wards), path: strings.TrimPrefix(dsn, "sqlite:")}
	store.CopyLog(l.db, from, last, most)
	return l
}

// write commits wards one after the other, each of some ten pages.
func (l *logged) write(n int) {
	l.t.Helper()
	note := make([]byte, 32_000)
	for range n {
		l.wards++
		err := l.db.Update(l.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(l.t.Context(), `INSERT INTO ward(study_id, name, beds, note) VALUES($1,$2,$3,$4)`, "S1", fmt.Sprint(l.wards), 1, note)
			return err
		})
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

// pages is how long a file is. SQLite never makes its log shorter while it is open: it begins again in it.
func (l *logged) pages(suffix string) int64 {
	l.t.Helper()
	f, err := os.Stat(l.path + suffix)
	if err != nil {
		l.t.Fatal(err)
	}
	return f.Size() / 4096
}

// The log begins again and again while somebody writes, not while a reader still reads what was before, and again when he has gone; nothing
// is lost by it. The control is a log that nobody copies.
func TestTheLogBeginsAgain(t *testing.T) {
	t.Parallel()
	l := newLogged(t, 50, 20, 200)
	l.write(200)
	length := l.pages("-wal")
	if length > 500 {
		t.Errorf("after some 2,000 pages the log has %d", length)
	}
	err := l.db.View(t.Context(), func(tx *store.Tx) error {
		n := 0
		if err := tx.Row(t.Context(), `SELECT count(*) FROM ward`).Scan(&n); err != nil {
			return err
		}
		l.write(200)
		var again int
		err := tx.Row(t.Context(), `SELECT count(*) FROM ward`).Scan(&again)
		if again != n {
			t.Errorf("the reader sees %d wards, and saw %d", again, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	length = l.pages("-wal")
	if length < 1500 {
		t.Errorf("the log has %d pages, though a reader still needs those before 2,000", length)
	}
	l.write(200)
	if now := l.pages("-wal"); now > length+100 {
		t.Errorf("the reader has gone, and the log grew from %d to %d pages", length, now)
	}
	if n := l.pages(""); n < 4500 {
		t.Errorf("of some 5,000 pages the file has %d", n)
	}
	if n := countWards(t, l.db); n != l.wards {
		t.Errorf("%d wards, want %d", n, l.wards)
	}

	nobody := newLogged(t, 1<<40, 0, 1<<40)
	nobody.write(200)
	if n := nobody.pages("-wal"); n < 1500 {
		t.Errorf("nobody copies the log, and it has %d pages", n)
	}
}
