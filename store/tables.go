package store

import (
	"context"
	"slices"
	"strings"
)

// Table is a table as the engine's catalogue knows it.
type Table struct {
	Name    string
	Columns []string // by name
	counted string   // the column that PostgreSQL numbers itself, if any
}

// Tables lists all tables but the migrations' own, by name: for who copies everything and knows no domain.
func Tables(ctx context.Context, tx *Tx) ([]Table, error) {
	query := `SELECT m.name, c.name, 'NO' FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name`
	if tx.Postgres() {
		query = `SELECT c.table_name::text, c.column_name::text, c.is_identity::text FROM information_schema.columns c JOIN information_schema.tables t
			ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1, 2`
	}
	var all []Table
	err := tx.Each(ctx, func(r *Rows) error {
		var table, column, counted string
		err := r.Scan(&table, &column, &counted)
		if n := len(all); n == 0 || all[n-1].Name != table {
			all = append(all, Table{Name: table})
		}
		last := &all[len(all)-1]
		last.Columns = append(last.Columns, column)
		if counted == "YES" {
			last.counted = column
		}
		return err
	}, query)
	all = slices.DeleteFunc(all, func(t Table) bool {
		return strings.HasPrefix(t.Name, "goose_") || strings.HasPrefix(t.Name, "sqlite_")
	})
	for _, t := range all {
		slices.Sort(t.Columns) // engines order letters and _ differently
	}
	slices.SortFunc(all, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// Continue makes PostgreSQL go on numbering after the rows that t has, for who put rows in with their numbers.
func Continue(ctx context.Context, tx *Tx, t Table) error {
	if t.counted == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence('"`+t.Name+`"', '`+t.counted+`'), 1 + coalesce(max("`+t.counted+`"), 0)) FROM "`+t.Name+`"`)
	return err
}
