package store_test

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"casebook"
	"casebook/store"
	"casebook/store/storetest"

	"github.com/jackc/pgx/v5"
)

// houses is what is distributed: two tables of studies, made by two versions of the program, and one that belongs to no study.
func houses(version int) []fs.FS {
	all := fstest.MapFS{"1_ward.sql": {Data: []byte("-- +goose Up\nCREATE TABLE ward (study_id TEXT NOT NULL, ward_id TEXT NOT NULL, PRIMARY KEY (study_id, ward_id));\n" +
		"CREATE TABLE porter (name TEXT PRIMARY KEY);\n")}}
	if version > 1 {
		all["2_bed.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE bed (study_id TEXT NOT NULL, bed_id TEXT NOT NULL, PRIMARY KEY (study_id, bed_id));\n")}
	}
	return []fs.FS{all}
}

// A coordinator's tables go to its workers when they are made: by study, and all of them beside each other.
func TestTablesGoToTheWorkersByStudy(t *testing.T) {
	t.Parallel()
	dsn, node := citus(t)
	for version := 1; version <= 2; version++ {
		for range 2 { // the second start finds nothing to do
			db, err := store.Open(t.Context(), dsn, store.Options{World: casebook.Outside(), Migrations: houses(version)})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows, err := node.Query(t.Context(), `SELECT logicalrelid::text || ' ' || partmethod::text || ' ' ||
		(colocationid = (SELECT colocationid FROM pg_dist_partition WHERE logicalrelid = 'ward'::regclass))::text FROM pg_dist_partition ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	lie, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if want := []string{"bed h true", "porter n false", "ward h true"}; err != nil || !slices.Equal(lie, want) {
		t.Errorf("they lie so: %q, want %q (%v)", lie, want, err)
	}
}

// A worker that may forget what it confirmed is refused as a server is.
func TestAWorkerThatMayForgetIsRefused(t *testing.T) {
	t.Parallel()
	dsn, node := citus(t)
	open := func() error {
		db, err := store.Open(t.Context(), dsn, store.Options{World: casebook.Outside(), Migrations: houses(1)})
		if err == nil {
			err = db.Close()
		}
		return err
	}
	if err := open(); err != nil { // the control
		t.Fatal(err)
	}
	var folder string
	if err := node.QueryRow(t.Context(), `SELECT nodename FROM pg_dist_node WHERE groupid > 0`).Scan(&folder); err != nil {
		t.Fatal(err)
	}
	worker := connect(t, "postgres://casebook@/postgres?host="+url.QueryEscape(folder))
	for _, do := range []string{`ALTER SYSTEM SET fsync = off`, `SELECT pg_reload_conf()`} {
		if _, err := worker.Exec(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	for { // a setting is read again when the server comes to it
		err := open()
		if err != nil && strings.Contains(err.Error(), "store.not_durable") {
			return
		}
		if err != nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// citus is a cluster of the test's own, where the extension is installed.
func citus(t *testing.T) (dsn string, node *pgx.Conn) {
	t.Helper()
	if os.Getenv("CASEBOOK_CITUS_DSN") == "" {
		t.Skip("not run on Citus: CASEBOOK_CITUS_DSN is not set")
	}
	dsn, err := storetest.Citus(1)
	if err != nil {
		t.Fatal(err)
	}
	return dsn, connect(t, dsn)
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
