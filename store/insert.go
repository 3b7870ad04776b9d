package store

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// Insert is an INSERT of many rows at once: one statement over unnest on PostgreSQL, prepared statements in a loop on
// SQLite.
type Insert struct {
	postgres, lite string
	many           string // on SQLite: of rowsAtOnce rows; with a key it fails where one of them is there
	key            int    // the column that RETURNING names on PostgreSQL, or -1
	columns        int
}

// rowsAtOnce is how many rows one statement inserts on SQLite. Starting a statement costs as much as a short row does.
const rowsAtOnce = 16

// NewInsert describes an insert into table. columns is "name type, name type, …" with PostgreSQL's type names; conflict
// is "" or an ON CONFLICT clause; key is "" or the text column, unique in one call, by which inserted rows are known.
func NewInsert(table, columns, conflict, key string) *Insert {
	ins := &Insert{key: -1}
	var names, arrays, marks []string
	for i, c := range strings.Split(columns, ",") {
		name, kind, ok := strings.Cut(strings.TrimSpace(c), " ")
		if !ok {
			panic("store: column without a type: " + c)
		}
		if name == key {
			ins.key = i
		}
		names = append(names, name)
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, kind))
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	ins.columns = len(names)
	list := strings.Join(names, ",")
	ins.lite = fmt.Sprintf("INSERT INTO %s(%s) VALUES(%s) %s", table, list, strings.Join(marks, ","), conflict)
	row := "(?" + strings.Repeat(",?", ins.columns-1) + ")"
	values := fmt.Sprintf("INTO %s(%s) VALUES %s%s", table, list, row, strings.Repeat(","+row, rowsAtOnce-1))
	if ins.many = "INSERT " + values; ins.key < 0 {
		// Whoever meets a row that is there loses the transaction, as on PostgreSQL: so the engine need not keep each page as it was before
		// the statement, to undo only that.
		ins.many = "INSERT OR FAIL " + values + " " + conflict
	}
	ins.postgres = fmt.Sprintf("INSERT INTO %s(%s) SELECT * FROM unnest(%s) %s", table, list, strings.Join(arrays, ","), conflict)
	if ins.key >= 0 {
		ins.postgres += " RETURNING " + key
	}
	return ins
}

// InsertAll inserts the rows whose columns are the slices cols, all of one length ([]string, []int64 or [][]byte).
// With a key it tells which rows are new; without, it returns nil.
func (tx *Tx) InsertAll(ctx context.Context, ins *Insert, cols ...any) ([]bool, error) {
	if len(cols) != ins.columns {
		return nil, fmt.Errorf("store: %d columns for an insert of %d", len(cols), ins.columns)
	}
	if tx.lite != nil {
		if tx.over != nil {
			return nil, tx.over
		}
		fresh, err := tx.lite.insertAll(ins, cols)
		if tx.judge(err) != nil {
			tx.over = err // some of a statement's rows may stand: nothing of the transaction is kept, whatever fn makes of the error
		}
		return fresh, err
	}
	if ins.key < 0 {
		return nil, tx.Later(ctx, ins.postgres, cols...)
	}
	keys, ok := cols[ins.key].([]string)
	if !ok {
		return nil, fmt.Errorf("store: the key column is not text")
	}
	at := make(map[string]int, len(keys))
	for i, k := range keys {
		at[k] = i
	}
	fresh := make([]bool, len(keys))
	err := tx.Each(ctx, func(r *Rows) error {
		var k string
		if err := r.Scan(&k); err != nil {
			return err
		}
		fresh[at[k]] = true
		return nil
	}, ins.postgres, cols...)
	return fresh, err
}

// length and cell read a column given as a slice.
func length(col any) int {
	switch c := col.(type) {
	case []string:
		return len(c)
	case []int64:
		return len(c)
	case [][]byte:
		return len(c)
	}
	return reflect.ValueOf(col).Len()
}

func cell(col any, i int) any {
	switch c := col.(type) {
	case []string:
		return c[i]
	case []int64:
		return c[i]
	case [][]byte:
		return c[i]
	}
	return reflect.ValueOf(col).Index(i).Interface()
}

// same reports whether row i of a column holds what the row before it does.
func same(col any, i int) bool {
	switch c := col.(type) {
	case []string:
		return c[i] == c[i-1]
	case []int64:
		return c[i] == c[i-1]
	}
	return false
}
