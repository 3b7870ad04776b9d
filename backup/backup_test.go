package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"casebook"
	"casebook/backup"
	"casebook/store"
	"casebook/store/storetest"

	"filippo.io/age"
)

var migrations = []fs.FS{fstest.MapFS{
	"1_ward.sql": {Data: []byte(`-- +goose Up
CREATE TABLE ward (study_id TEXT NOT NULL, n BIGINT NOT NULL, name TEXT NOT NULL, hash BYTEA NOT NULL, "order" TEXT, PRIMARY KEY (study_id, n));
CREATE TABLE empty (study_id TEXT PRIMARY KEY);`)},
	"2_wait.sqlite.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE wait (study_id TEXT NOT NULL, seq INTEGER PRIMARY KEY);")},
	"2_wait.postgres.sql": {Data: []byte("-- +goose Up\nCREATE TABLE wait (study_id TEXT NOT NULL, seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")},
}}

// full is a database with rows of every kind of value.
func full(t *testing.T, db *store.DB) {
	t.Helper()
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for n := range 450 {
			_, err := tx.Exec(t.Context(), `INSERT INTO ward(study_id, n, name, hash, "order") VALUES('HTN-24', $1, $2, $3, $4)`,
				int64(n)<<40-7, fmt.Sprintf("“%d”, 林悦\n\t</>", n), []byte{0, byte(n), 0xff}, map[bool]any{true: nil, false: ""}[n%2 == 0])
			if err != nil {
				return err
			}
		}
		for range 3 {
			if _, err := tx.Exec(t.Context(), `INSERT INTO wait(study_id) VALUES('HTN-24')`); err != nil {
				return err
			}
		}
		return nil
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, db *store.DB) ([]byte, *age.X25519Identity, backup.Summary) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	must(t, err)
	var file bytes.Buffer
	s, err := backup.Write(t.Context(), db, map[string][]byte{"keys/a": []byte("secret"), "b": nil}, &file, key.Recipient())
	must(t, err)
	return file.Bytes(), key, s
}

func TestWhatWasBackedUpComesBackToTheRow(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), migrations)
			full(t, db)
			file, key, s := written(t, db)
			if s.Rows != 453 || s.Tables["ward"].Rows != 450 || len(s.Tables) != 3 {
				t.Errorf("%+v", s)
			}
			if bytes.Contains(file, []byte("secret")) || bytes.Contains(file, []byte("林悦")) {
				t.Error("it is not encrypted")
			}
			fresh := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), migrations)
			files := map[string]string{}
			keep := func(name string, data []byte) error { files[name] = string(data); return nil }
			back, err := backup.Restore(t.Context(), fresh, bytes.NewReader(file), key, keep)
			must(t, err)
			if !maps.Equal(back.Tables, s.Tables) || files["keys/a"] != "secret" || len(files) != 2 {
				t.Errorf("%+v, %v", back, files)
			}
			if _, _, again := written(t, fresh); !maps.Equal(again.Tables, s.Tables) {
				t.Errorf("a backup of what was restored: %+v", again)
			}
			if _, err := backup.Restore(t.Context(), fresh, bytes.NewReader(file), key, keep); code(err) != "backup.not_empty" {
				t.Errorf("restored over rows: %v", err)
			}
			more := func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO wait(study_id) VALUES('HTN-24')`)
				return err
			}
			must(t, fresh.Update(t.Context(), more)) // numbers go on after those that came back
		})
	}
}

func code(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

// Each byte of a backup counts, and each byte that is missing or too many.
func TestABrokenBackupIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.DSN(t, "sqlite"), casebook.Outside(), migrations)
	full(t, db)
	file, key, s := written(t, db)
	if got, err := backup.Verify(bytes.NewReader(file), key); err != nil || !maps.Equal(got.Tables, s.Tables) {
		t.Fatalf("the control: %+v %v", got, err)
	}
	refused := func(what string, file []byte, key age.Identity) {
		t.Helper()
		if _, err := backup.Verify(bytes.NewReader(file), key); code(err) != "backup.broken" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for at := range file {
		if at%53 == 0 || at > len(file)-40 || at < 250 {
			broken := bytes.Clone(file)
			broken[at] ^= 1
			refused(fmt.Sprintf("byte %d of %d flipped", at, len(file)), broken, key)
		}
	}
	for _, n := range []int{0, 1, 100, len(file) / 2, len(file) - 16, len(file) - 1} {
		refused(fmt.Sprintf("cut to %d of %d", n, len(file)), file[:n], key)
	}
	refused("a byte more", append(bytes.Clone(file), 0), key)
	other, err := age.GenerateX25519Identity()
	must(t, err)
	refused("another key", file, other)
	if _, err := backup.Restore(t.Context(), storetest.Open(t, storetest.DSN(t, "sqlite"), casebook.Outside(), migrations), bytes.NewReader(file[:len(file)-1]), key,
		func(string, []byte) error { return nil }); code(err) != "backup.broken" {
		t.Errorf("a cut backup was restored: %v", err)
	}
}

// TestABackupIsOneMoment writes while rows are written two by two: both of a pair are in it, or neither.
func TestABackupIsOneMoment(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), migrations)
			full(t, db)
			ctx, stop := context.WithCancel(t.Context())
			writing, ended := make(chan struct{}), make(chan error)
			go func() {
				for n := 1000; ; n++ {
					err := db.Update(ctx, func(tx *store.Tx) error {
						if _, err := tx.Exec(ctx, `INSERT INTO empty(study_id) VALUES($1)`, fmt.Sprint(n)); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `INSERT INTO ward(study_id, n, name, hash) VALUES('X', $1, '', $2)`, n, []byte{})
						return err
					})
					if err != nil {
						ended <- err
						return
					}
					if n == 1000 {
						close(writing)
					}
				}
			}()
			<-writing
			for range 5 {
				if _, _, s := written(t, db); s.Tables["empty"].Rows != s.Tables["ward"].Rows-450 || s.Tables["empty"].Rows == 0 {
					t.Errorf("torn: %+v", s.Tables)
				}
			}
			stop()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}
