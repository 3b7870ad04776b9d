package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrate applies the migrations that the packages bring, each in its own embedded folder: NNNNN_name.sql for both
// engines, NNNNN_name.sqlite.sql and NNNNN_name.postgres.sql where they differ. The number starts with the package's
// floor, so that what others refer to comes first.
func migrate(ctx context.Context, db *sql.DB, dialect string, packages []fs.FS) error {
	all, err := gather(dialect, packages)
	if err != nil || len(all) == 0 {
		return err
	}
	options := []goose.ProviderOption{goose.WithAllowOutofOrder(true)}
	engine := goose.DialectSQLite3
	if dialect == "postgres" {
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker() // two servers that start at once
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(engine, db, all, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
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
