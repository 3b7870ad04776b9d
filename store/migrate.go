package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"casebook"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrate applies the migrations that the packages bring, each in its own embedded folder: NNNNN_name.sql for both
// engines, NNNNN_name.sqlite.sql and NNNNN_name.postgres.sql where they differ. The number starts with the package's
// floor, so that what others refer to comes first.
func migrate(ctx context.Context, db *sql.DB, dialect string, packages []fs.FS) error {
	steps, err := steps(dialect, packages)
	if err != nil || len(steps) == 0 {
		return err
	}
	if missing, err := upgraded(ctx, db, steps); err != nil || missing == 0 {
		return err // a restart as a rule finds nothing to do, and asks no more
	}
	options := []goose.ProviderOption{goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...)}
	engine := goose.DialectSQLite3
	if dialect == "postgres" {
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker() // two servers that start at once
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(engine, db, nil, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// current refuses a database that is to be read only and is not of this release: one of a later release, or one that no program of this
// release has opened yet. Without migrations it knows of none and refuses nothing.
func current(ctx context.Context, db *sql.DB, dialect string, packages []fs.FS) error {
	steps, err := steps(dialect, packages)
	if err != nil || len(steps) == 0 {
		return err
	}
	missing, err := upgraded(ctx, db, steps)
	if err == nil && missing > 0 {
		err = casebook.Fail(casebook.Conflict, "store.older", missing)
	}
	return err
}

// upgraded returns how many of the steps the database lacks, and refuses one that a later release has taken further: what that release
// keeps there, this one would read wrongly or leave out.
func upgraded(ctx context.Context, db *sql.DB, steps []*goose.Migration) (missing int, err error) {
	known := map[int64]bool{0: true} // the mark with which goose begins
	for _, s := range steps {
		known[s.Version] = true
	}
	missing = len(steps)
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied ORDER BY version_id`)
	if err != nil {
		return missing, ctx.Err() // a database without it is new
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return missing, err
		}
		if !known[version] {
			return missing, casebook.Fail(casebook.Conflict, "store.newer", version)
		}
		if version > 0 {
			missing--
		}
	}
	return missing, rows.Err()
}

// upward stands in each migration. There is no way down: what was released stays, and its correction is another migration.
const upward = "-- +goose Up\n"

// steps are the migrations of the packages for an engine, each run as it stands in a transaction and in one message. Cutting a file into
// statements, as goose does with its own, takes room of four megabytes for each line.
func steps(dialect string, packages []fs.FS) (all []*goose.Migration, err error) {
	files, err := gather(dialect, packages)
	if err != nil {
		return nil, err
	}
	for name, file := range files {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("store: %s: %w", name, err)
		}
		text := string(file.Data)
		if strings.Count(text, "-- +goose") != 1 || !strings.Contains(text, upward) {
			return nil, fmt.Errorf("store: %s has to say %q once, and nothing else to goose", name, upward)
		}
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}}, nil))
	}
	return all, nil
}

func gather(dialect string, packages []fs.FS) (fstest.MapFS, error) {
	all := fstest.MapFS{}
	for _, p := range packages {
		err := fs.WalkDir(p, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sql") {
				return err
			}
			name := d.Name()
			other := map[string]string{"sqlite": ".postgres.sql", "postgres": ".sqlite.sql"}[dialect]
			if strings.HasSuffix(name, other) {
				return nil
			}
			name = strings.Replace(name, "."+dialect+".sql", ".sql", 1)
			if all[name] != nil {
				return fmt.Errorf("store: two migrations are called %s", name)
			}
			text, err := fs.ReadFile(p, path)
			all[name] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
