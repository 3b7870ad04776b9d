package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/store"

	"filippo.io/age"
	"github.com/go-json-experiment/json"
)

// errBroken is what a file is refused with that is not, to the last byte, what Write wrote for the key.
func errBroken(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return casebook.Fail(casebook.Unprocessable, "backup.broken").Wrap(err)
}

// taker takes in what a backup holds, in its order.
type taker struct {
	table func(store.Table) error
	row   func(values []any) error
	file  func(name string, data []byte) error
}

// Verify reads a backup to its end and returns what it holds. Error: Unprocessable backup.broken when anything is
// missing, altered or added, or the key is another.
func Verify(in io.Reader, key age.Identity) (Summary, error) {
	return read(in, key, taker{func(store.Table) error { return nil }, func([]any) error { return nil }, func(string, []byte) error { return nil }})
}

// read decrypts a backup and passes on what it holds. What was passed on counts only when read returns no error.
func read(in io.Reader, key age.Identity, t taker) (s Summary, err error) {
	plain, err := age.Decrypt(in, key)
	if err != nil {
		return s, errBroken(err)
	}
	packed, err := gzip.NewReader(plain)
	if err != nil {
		return s, errBroken(err)
	}
	r := &reader{Summary: Summary{Tables: map[string]Sum{}, Files: []string{}}, taker: t}
	lines := bufio.NewReaderSize(packed, 1<<16)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(text) == 0 {
			break
		}
		if err != nil {
			return s, errBroken(err)
		}
		if err := r.line(text[:len(text)-1]); err != nil {
			return s, err
		}
	}
	if !r.ended {
		return s, errBroken(io.ErrUnexpectedEOF)
	}
	// The end of the outer layers, too: nothing may come after it.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return s, errBroken(err)
	}
	return r.Summary, nil
}

// reader is how far a backup has been read.
type reader struct {
	Summary
	taker
	begun, ended bool
	table        store.Table
	total        sum
}

func (r *reader) line(text []byte) error {
	switch {
	case r.ended:
		return errBroken(errors.New("something comes after the end"))
	case len(text) > 0 && text[0] == '[':
		values, err := decode(text, len(r.table.Columns))
		if err != nil {
			return errBroken(err)
		}
		r.total.add(text)
		return r.taker.row(values)
	}
	var l line
	if err := json.Unmarshal(text, &l, json.RejectUnknownMembers(true)); err != nil {
		return errBroken(err)
	}
	if !r.begun && l.Format != Format {
		return errBroken(fmt.Errorf("it begins with %q", l.Format))
	}
	r.closeTable()
	switch {
	case !r.begun:
		r.begun, r.Made, r.Engine = true, l.Made, l.Engine
	case l.File != "":
		data, err := base64.StdEncoding.DecodeString(l.Data)
		if err != nil {
			return errBroken(err)
		}
		r.Files = append(r.Files, l.File)
		return r.file(l.File, data)
	case l.Table != "":
		r.table, r.total = store.Table{Name: l.Table, Columns: l.Columns}, sum{}
		return r.taker.table(r.table)
	case !maps.Equal(l.End, r.Tables):
		return errBroken(errors.New("the sums do not agree"))
	default:
		r.ended = true
	}
	return nil
}

func (r *reader) closeTable() {
	if r.table.Name != "" {
		r.Tables[r.table.Name] = r.total.sum()
		r.Rows += r.total.rows
		r.table = store.Table{}
	}
}

// batch is how many rows are put in with one statement.
const batch = 200

// Restore puts a backup into db, which must be new: migrated by the same version of the product, and empty. At the end
// every table is read again and compared with the sums in the backup. file is given each file. After an error db is not
// to be used. Errors: Conflict backup.not_empty, backup.schema; Unprocessable backup.broken.
func Restore(ctx context.Context, db *store.DB, in io.Reader, key age.Identity, file func(name string, data []byte) error) (Summary, error) {
	r := &restorer{ctx: ctx, db: db, known: map[string]store.Table{}}
	err := db.View(ctx, func(tx *store.Tx) error {
		tables, err := store.Tables(ctx, tx)
		for _, t := range tables {
			r.known[t.Name] = t
		}
		if err != nil {
			return err
		}
		sums, err := sumsOf(ctx, tx, tables)
		for _, name := range slices.Sorted(maps.Keys(sums)) {
			if sums[name].Rows > 0 {
				return casebook.Fail(casebook.Conflict, "backup.not_empty", name)
			}
		}
		return err
	})
	if err != nil {
		return Summary{}, err
	}
	s, err := read(in, key, taker{r.begin, r.add, file})
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		return s, err
	}
	if err := r.compare(s); err != nil {
		return s, err
	}
	return s, db.Update(ctx, func(tx *store.Tx) error {
		for _, t := range r.known {
			if err := store.Continue(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

type restorer struct {
	ctx   context.Context
	db    *store.DB
	known map[string]store.Table
	table store.Table
	args  []any
}

func (r *restorer) begin(t store.Table) error {
	if err := r.flush(); err != nil {
		return err
	}
	if !slices.Equal(r.known[t.Name].Columns, t.Columns) {
		return casebook.Fail(casebook.Conflict, "backup.schema", t.Name)
	}
	r.table = t
	return nil
}

func (r *restorer) add(values []any) error {
	r.args = append(r.args, values...)
	if len(r.args) >= batch*len(r.table.Columns) {
		return r.flush()
	}
	return nil
}

// flush puts the rows in that wait.
func (r *restorer) flush() error {
	if len(r.args) == 0 {
		return nil
	}
	places := make([]string, len(r.args)/len(r.table.Columns))
	for i := range places {
		cells := make([]string, len(r.table.Columns))
		for k := range cells {
			cells[k] = "$" + strconv.Itoa(i*len(cells)+k+1)
		}
		places[i] = "(" + strings.Join(cells, ",") + ")"
	}
	err := r.db.Update(r.ctx, func(tx *store.Tx) error {
		overriding := ""
		if tx.Postgres() {
			overriding = " OVERRIDING SYSTEM VALUE" // what it would number itself keeps its numbers
		}
		_, err := tx.Exec(r.ctx, "INSERT INTO "+quoted([]string{r.table.Name})+"("+quoted(r.table.Columns)+")"+overriding+" VALUES "+strings.Join(places, ","), r.args...)
		return err
	})
	r.args = r.args[:0]
	return err
}

// compare reads everything again: each row must be what the backup says.
func (r *restorer) compare(s Summary) error {
	return r.db.View(r.ctx, func(tx *store.Tx) error {
		sums, err := sumsOf(r.ctx, tx, slices.Collect(maps.Values(r.known)))
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(sums)) {
			if was, there := s.Tables[name]; !there || was != sums[name] {
				return casebook.Fail(casebook.Conflict, "backup.schema", name)
			}
		}
		return nil
	})
}

func sumsOf(ctx context.Context, tx *store.Tx, tables []store.Table) (map[string]Sum, error) {
	sums := map[string]Sum{}
	for _, t := range tables {
		s, err := rows(ctx, tx, t, func([]byte) error { return nil })
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		sums[t.Name] = s
	}
	return sums, nil
}
