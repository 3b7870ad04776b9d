// Package backup copies a whole database into one encrypted file while it is in use, and back into an empty database of
// the same engine. It knows no table but from the catalogue, refuses a file in which a single byte is wrong, and touches no
// database that holds anything.
package backup

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"

	"casebook/store"

	"filippo.io/age"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Format names the file's form: age around gzip around lines of JSON. The first line is a head, then come lines for files
// and tables, each table followed by one array for each of its rows, and at last the sums of all tables.
const Format = "casebook-backup/1"

// Sum is how many rows a table has, and the sum modulo 2^256 of their SHA-256: the order of rows does not count.
type Sum struct {
	Rows int64  `json:"rows"`
	Hash string `json:"hash"`
}

// Summary is what a backup holds.
type Summary struct {
	Made   time.Time      `json:"made"`
	Engine string         `json:"engine"`
	Files  []string       `json:"files"`
	Tables map[string]Sum `json:"tables"`
	Rows   int64          `json:"rows"`
}

// line is any line but a row.
type line struct {
	Format  string         `json:"format,omitzero"`
	Made    time.Time      `json:"made,omitzero"`
	Engine  string         `json:"engine,omitzero"`
	File    string         `json:"file,omitzero"`
	Data    string         `json:"data,omitzero"` // base64
	Table   string         `json:"table,omitzero"`
	Columns []string       `json:"columns,omitzero"`
	End     map[string]Sum `json:"end,omitzero"`
}

// sum adds up the hashes of rows.
type sum struct {
	rows  int64
	words [4]uint64
}

func (s *sum) add(row []byte) {
	hash, carry := sha256.Sum256(row), uint64(0)
	for i := range s.words {
		s.words[i], carry = bits.Add64(s.words[i], binary.LittleEndian.Uint64(hash[8*i:]), carry)
	}
	s.rows++
}

func (s *sum) sum() Sum {
	var b [32]byte
	for i, w := range s.words {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return Sum{s.rows, hex.EncodeToString(b[:])}
}

// Write writes a backup of db, as it is at one moment, and of files, for recipients. Writers go on meanwhile.
func Write(ctx context.Context, db *store.DB, files map[string][]byte, out io.Writer, recipients ...age.Recipient) (s Summary, err error) {
	sealed, err := age.Encrypt(out, recipients...)
	if err != nil {
		return s, err
	}
	packed := gzip.NewWriter(sealed)
	err = db.View(ctx, func(tx *store.Tx) (err error) { s, err = write(ctx, tx, files, packed); return err })
	return s, errors.Join(err, packed.Close(), sealed.Close())
}

func write(ctx context.Context, tx *store.Tx, files map[string][]byte, out io.Writer) (s Summary, err error) {
	s = Summary{Made: tx.Now, Engine: engine(tx), Files: slices.Sorted(maps.Keys(files)), Tables: map[string]Sum{}}
	put := func(l line) error {
		text, err := json.Marshal(l, json.Deterministic(true))
		if err != nil {
			return err
		}
		_, err = out.Write(append(text, '\n'))
		return err
	}
	if err := put(line{Format: Format, Made: s.Made, Engine: s.Engine}); err != nil {
		return s, err
	}
	for _, name := range s.Files {
		if err := put(line{File: name, Data: base64.StdEncoding.EncodeToString(files[name])}); err != nil {
			return s, err
		}
	}
	tables, err := store.Tables(ctx, tx)
	if err != nil {
		return s, err
	}
	for _, t := range tables {
		if err := put(line{Table: t.Name, Columns: t.Columns}); err != nil {
			return s, err
		}
		total, err := rows(ctx, tx, t, func(row []byte) error { _, err := out.Write(append(row, '\n')); return err })
		if err != nil {
			return s, fmt.Errorf("table %s: %w", t.Name, err)
		}
		s.Tables[t.Name], s.Rows = total, s.Rows+total.Rows
	}
	return s, put(line{End: s.Tables})
}

func engine(tx *store.Tx) string {
	if tx.Postgres() {
		return "postgres"
	}
	return "sqlite"
}

// rows calls fn with each row of t and adds them up. A table may take longer than other statements have.
func rows(ctx context.Context, tx *store.Tx, t store.Table, fn func(row []byte) error) (Sum, error) {
	if tx.Postgres() {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return Sum{}, err
		}
	}
	var total sum
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	err := tx.Each(ctx, func(r *store.Rows) error {
		clear(values)
		if err := r.Scan(into...); err != nil {
			return err
		}
		row, err := encode(values)
		if err != nil {
			return err
		}
		total.add(row)
		return fn(row)
	}, "SELECT "+quoted(t.Columns)+" FROM "+quoted([]string{t.Name}))
	return total.sum(), err
}

// quoted are names as both engines take any name.
func quoted(names []string) string { return `"` + strings.Join(names, `","`) + `"` }

// bytesOf is how bytes stand in a row: JSON has none.
type bytesOf struct {
	Bytes []byte `json:"b"`
}

func encode(values []any) ([]byte, error) {
	for i, v := range values {
		switch v := v.(type) {
		case nil, string, int64:
		case []byte:
			values[i] = bytesOf{v}
		case int32:
			values[i] = int64(v)
		default:
			return nil, fmt.Errorf("backup: a column has the type %T", v)
		}
	}
	return json.Marshal(values)
}

func decode(row []byte, columns int) ([]any, error) {
	var cells []jsontext.Value
	if err := json.Unmarshal(row, &cells); err != nil {
		return nil, err
	}
	if len(cells) != columns {
		return nil, fmt.Errorf("%d columns, not %d", len(cells), columns)
	}
	values := make([]any, columns)
	for i, c := range cells {
		var err error
		switch c.Kind() {
		case 'n':
		case '"':
			var text string
			err = json.Unmarshal(c, &text)
			values[i] = text
		case '0':
			var n int64
			err = json.Unmarshal(c, &n)
			values[i] = n
		default:
			var b bytesOf
			err = json.Unmarshal(c, &b, json.RejectUnknownMembers(true))
			values[i] = b.Bytes
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}
