package store

import (
	"context"
	"errors"

	"casebook"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// undistributed are the tables of the schema that lie on Citus's coordinator alone, with whether the study stands first in
// their keys. The table of migrations stays where it is: it says what this schema is.
const undistributed = `SELECT c.oid::regclass::text, a.attname = 'study_id'
FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> 'goose_db_version'
	AND NOT EXISTS (SELECT 1 FROM pg_dist_partition d WHERE d.logicalrelid = c.oid) ORDER BY a.attname = 'study_id', c.oid`

// distributed is the first of the tables that already lie with the workers by study, which the others are to lie beside.
const distributed = `SELECT coalesce((SELECT c.oid::regclass::text FROM pg_class c JOIN pg_dist_partition d ON d.logicalrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND d.partmethod = 'h' ORDER BY c.oid LIMIT 1), 'none')`

// distributing is the advisory lock of the one process that distributes.
const distributing = 0x6369747573

// hasCitus tells whether the database has the extension.
func hasCitus(ctx context.Context, conn interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (has bool, err error) {
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`).Scan(&has)
	return has, err
}

// distribute hands the tables of a database that has the extension Citus to its workers, after each migration: a study's rows
// of all tables lie together, and tables that belong to no study are on every worker.
func distribute(ctx context.Context, conf *pgx.ConnConfig) error {
	conf = conf.Copy()
	conf.RuntimeParams["statement_timeout"] = "0" // the first time there may be rows to move
	conf.RuntimeParams["lock_timeout"] = "0"      // and another process that moves them
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // gives the lock back, too
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, distributing); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, undistributed)
	if err != nil {
		return err
	}
	type table struct {
		name    string
		studies bool
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t table, err error) { return t, row.Scan(&t.name, &t.studies) })
	if err != nil {
		return err
	}
	var beside string
	if err := conn.QueryRow(ctx, distributed).Scan(&beside); err != nil {
		return err
	}
	for _, t := range tables {
		how, words := `SELECT create_reference_table($1::text::regclass)`, []any{t.name}
		if t.studies {
			how, words = `SELECT create_distributed_table($1::text::regclass, 'study_id', colocate_with => $2)`, []any{t.name, beside}
		}
		if _, err := conn.Exec(ctx, how, words...); err != nil {
			return err
		}
		if t.studies && beside == "none" {
			beside = t.name
		}
	}
	return nil
}

// forgetful names the workers of Citus that may lose what they acknowledged, with the setting.
const forgetful = `SELECT w.nodename, w.result FROM run_command_on_workers($$SELECT coalesce(string_agg(name, ' '), '') FROM pg_settings
	WHERE setting = 'off' AND name IN ('fsync', 'full_page_writes', 'synchronous_commit')$$) w WHERE w.result <> '' ORDER BY w.nodename LIMIT 1`

// durableWorkers refuses a worker of Citus as durable refuses the server itself.
func durableWorkers(ctx context.Context, pool *pgxpool.Pool) error {
	var node, setting string
	if err := pool.QueryRow(ctx, forgetful).Scan(&node, &setting); errors.Is(err, pgx.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	return casebook.Fail(casebook.Invalid, "store.not_durable", node+": "+setting, "off")
}
