package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the engine that the product embeds
)

// A row is what one report left in a table: the values that the baseline writes again under other ids.
type row struct {
	table  string
	schema string // as the engine declares it
	names  []string
	values []any
	id     []int // columns that must differ from report to report
	number int   // the column that counts up, or -1
	who    int   // the column of the subject, by which the keys spread over the table as the patients' do
}

// tables are those that a report writes to, and the columns that hold its id.
var tables = []struct {
	name, by, ids, number string
}{
	{"report", "report_id", "report_id", ""},
	{"record_form", "event_repeat", "event_repeat", ""},
	{"ledger_entry", "", "entry_id", ""},
	{"ledger_index", "", "entry_id", "idx"},
}

// sample copies the rows of one report out of the product's own database.
func sample(ctx context.Context, path string) ([]row, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var report, entry string
	err = db.QueryRowContext(ctx, `SELECT r.report_id, e.entry_id FROM report r
		JOIN ledger_entry e ON e.study_id = r.study_id AND e.subject_id = r.subject_id AND e.ref LIKE '%/' || r.report_id || '/%'
		ORDER BY r.received_at DESC LIMIT 1`).Scan(&report, &entry)
	if err != nil {
		return nil, fmt.Errorf("no report to copy: %w", err)
	}
	var rows []row
	for _, t := range tables {
		by, key := t.by, report
		if by == "" {
			by, key = "entry_id", entry
		}
		r := row{table: t.name, number: -1}
		if err := db.QueryRowContext(ctx, `SELECT sql FROM sqlite_schema WHERE name = $1`, t.name).Scan(&r.schema); err != nil {
			return nil, err
		}
		found, err := db.QueryContext(ctx, `SELECT * FROM `+t.name+` WHERE study_id = 'HTN-24' AND `+by+` = $1`, key)
		if err != nil {
			return nil, err
		}
		r.names, _ = found.Columns()
		r.values = make([]any, len(r.names))
		to := make([]any, len(r.names))
		for i, n := range r.names {
			to[i] = &r.values[i]
			if n == t.ids {
				r.id = append(r.id, i)
			}
			if n == t.number {
				r.number = i
			}
			if n == "subject_id" {
				r.who = i
			}
		}
		found.Next()
		err = found.Scan(to...)
		found.Close()
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// bareLoop is group commit with nothing around it: 64 goroutines hand over a number, one writes the rows of all that
// wait and commits once, as durably as the product.
type bareLoop struct {
	rows     []row
	patients []string // as many as the product's reports are of
	next     atomic.Int64
}

func (l *bareLoop) run(ctx context.Context, length time.Duration) (done int64, err error) {
	dir, err := os.MkdirTemp("", "casebook-bare-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=temp_store(2)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stmts, err := l.prepare(ctx, conn)
	if err != nil {
		return 0, err
	}
	queue := make(chan chan error, connections)
	var all sync.WaitGroup
	end := time.Now().Add(length)
	for range connections {
		all.Go(func() {
			ack := make(chan error, 1)
			for time.Now().Before(end) {
				queue <- ack
				if <-ack == nil {
					atomic.AddInt64(&done, 1)
				}
			}
		})
	}
	go func() { all.Wait(); close(queue) }()
	var batch []chan error
	for first := range queue {
		batch = append(batch[:0], first)
	gather:
		for {
			select {
			case m, open := <-queue:
				if !open {
					break gather
				}
				batch = append(batch, m)
			default:
				break gather
			}
		}
		werr := l.commit(conn, stmts, len(batch))
		for _, ack := range batch {
			ack <- werr
		}
		if werr != nil {
			err = werr
		}
	}
	return done, err
}

func (l *bareLoop) prepare(ctx context.Context, conn *sql.Conn) (stmts []*sql.Stmt, err error) {
	for _, r := range l.rows {
		if _, err := conn.ExecContext(ctx, r.schema); err != nil {
			return nil, err
		}
		s, err := conn.PrepareContext(ctx, "INSERT INTO "+r.table+" VALUES(?"+strings.Repeat(",?", len(r.names)-1)+")")
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, s)
	}
	return stmts, nil
}

func (l *bareLoop) commit(conn *sql.Conn, stmts []*sql.Stmt, members int) error {
	ctx := context.Background() // without an end, so that the driver starts no watcher for each statement
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for range members {
		n := l.next.Add(1)
		id := fmt.Sprintf("019ce236-5ee0-74ae-bf9d-%012d", n)
		for i, r := range l.rows {
			for _, c := range r.id {
				r.values[c] = id
			}
			if r.number >= 0 {
				r.values[r.number] = n
			}
			r.values[r.who] = l.patients[int(n)%len(l.patients)]
			if _, err := stmts[i].ExecContext(ctx, r.values...); err != nil {
				conn.ExecContext(ctx, "ROLLBACK")
				return err
			}
		}
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err
}

// pgbenchScript writes one report's rows as a transaction for pgbench, with the values of a report that is there.
func pgbenchScript(ctx context.Context, dsn string) (string, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var report, entry string
	err = conn.QueryRow(ctx, `SELECT r.report_id, e.entry_id FROM report r
		JOIN ledger_entry e ON e.study_id = r.study_id AND e.subject_id = r.subject_id AND e.ref LIKE '%/' || r.report_id || '/%'
		ORDER BY r.received_at DESC LIMIT 1`).Scan(&report, &entry)
	if err != nil {
		return "", err
	}
	script := "BEGIN;\n"
	for _, t := range []struct{ name, by, key, id string }{
		{"report", "report_id", report, "report_id"}, {"record_form", "event_repeat", report, "event_repeat"}, {"ledger_entry", "entry_id", entry, "entry_id"},
	} {
		insert, err := copyRow(ctx, conn, t.name, t.by, t.key, t.id)
		if err != nil {
			return "", err
		}
		script += insert
	}
	// The row that waits for its place in the order; the sequencer takes it up later, in neither of the two.
	script += "INSERT INTO ledger_unsealed(study_id, entry_id, subject_id, digest) VALUES('bench', gen_random_uuid()::text, 'HTN-01-001', decode(repeat('ab', 32), 'hex'));\nCOMMIT;\n"
	f, err := os.CreateTemp("", "casebook-pgbench-*.sql")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(script)
	if err == nil {
		err = f.Chmod(0o644)
	}
	return f.Name(), err
}

// pgbenchText escapes a literal; to pgbench a colon begins a variable, even inside a text.
var pgbenchText = strings.NewReplacer(`\`, `\\`, `'`, `''`, `:`, `\x3a`)

func copyRow(ctx context.Context, conn *pgx.Conn, table, by, key, id string) (string, error) {
	rows, err := conn.Query(ctx, `SELECT * FROM `+table+` WHERE study_id = 'HTN-24' AND `+by+` = $1`, key)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if !rows.Next() {
		return "", fmt.Errorf("no row of %s", table)
	}
	values, err := rows.Values()
	if err != nil {
		return "", err
	}
	texts := make([]string, len(values))
	for i, f := range rows.FieldDescriptions() {
		switch v := values[i].(type) {
		case string:
			texts[i] = "E'" + pgbenchText.Replace(v) + "'"
		case []byte:
			texts[i] = fmt.Sprintf(`decode('%x', 'hex')`, v)
		default:
			texts[i] = fmt.Sprint(v)
		}
		switch f.Name {
		case id:
			texts[i] = "gen_random_uuid()::text"
		case "study_id":
			texts[i] = "'bench'"
		}
	}
	return "INSERT INTO " + table + " VALUES(" + strings.Join(texts, ", ") + ");\n", nil
}
