package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"casebook"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// lite is SQLite in this process: a pool of read-only connections, and one writer that commits for everybody.
type lite struct {
	readers   *sql.DB
	writers   *sql.DB // one connection, owned by the goroutine of commitLoop
	copier    *copier
	log       logBounds
	world     casebook.World
	batchTime time.Duration

	queue   chan *member
	quit    chan struct{}
	done    chan struct{}
	closing sync.Once
	reading sync.RWMutex          // by whoever reads, and by close
	stopped atomic.Pointer[error] // set when the disk failed: nothing is written any more
}

// maxMembers bounds one group commit.
const maxMembers = 512

func openLite(ctx context.Context, path string, o Options) (*lite, error) {
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if o.MaxReaders == 0 {
		o.MaxReaders = 8
	}
	readers, err := openPreparing(liteDSN(path, "query_only(1)", "busy_timeout(5000)", "cache_size(-2000)", "mmap_size(0)"))
	if err != nil {
		return nil, err
	}
	readers.SetMaxOpenConns(o.MaxReaders)
	readers.SetMaxIdleConns(o.MaxReaders)
	readers.SetConnMaxIdleTime(time.Minute) // each has a cache of its own
	l := &lite{readers: readers, log: usualLog, world: o.World, batchTime: o.BatchTime,
		queue: make(chan *member, 2*maxMembers), quit: make(chan struct{}), done: make(chan struct{})}
	if o.ReadOnly {
		close(l.done)
		if err := current(ctx, readers, "sqlite", o.Migrations); err != nil {
			return nil, errors.Join(err, readers.Close())
		}
		return l, nil
	}
	// temp_store in memory and a larger cache are for the one writer; synchronous=FULL is what makes a commit durable.
	l.writers, err = openPreparing(liteDSN(path, "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)",
		"cache_size(-16000)", "temp_store(2)", "foreign_keys(1)", "wal_autocheckpoint(0)"))
	if err != nil {
		return nil, err
	}
	l.writers.SetMaxOpenConns(1)
	if err := migrate(ctx, l.writers, "sqlite", o.Migrations); err != nil {
		return nil, errors.Join(err, l.writers.Close(), readers.Close())
	}
	conn, err := l.writers.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, l.writers.Close(), readers.Close())
	}
	if l.copier, err = newCopier(ctx, l, path); err != nil {
		return nil, errors.Join(err, conn.Close(), l.writers.Close(), readers.Close())
	}
	go l.commitLoop(&liteConn{conn})
	return l, nil
}

// escapes are for the bytes of a path that have a meaning in an address (https://sqlite.org/uri.html).
var escapes = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

func liteDSN(path string, pragmas ...string) string {
	q := url.Values{}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return "file:" + escapes.Replace(path) + "?" + q.Encode()
}

// close waits for what is written and read. The writer's connection goes last and alone: so SQLite copies what is left of the log, and
// removes it (https://sqlite.org/wal.html#the_wal_file).
func (l *lite) close() (err error) {
	l.closing.Do(func() {
		close(l.quit)
		<-l.done
		err = l.readers.Close() // those that nobody uses
		l.reading.Lock()
		defer l.reading.Unlock()
		if l.writers != nil {
			err = errors.Join(err, l.copier.close(), l.writers.Close())
		}
	})
	return err
}

func (l *lite) view(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	if !l.reading.TryRLock() { // close has it
		return errClosed
	}
	defer l.reading.RUnlock()
	conn, err := l.readers.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // a snapshot has nothing to commit
	return fn(&Tx{Now: now, lite: &liteConn{conn}})
}

// A member is one caller of Update, waiting for the group commit that carries it.
type member struct {
	ctx   context.Context
	fn    func(*Tx) error
	state atomic.Int32 // waiting, taken, withdrawn
	done  chan struct{}
	err   error
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

func (l *lite) update(ctx context.Context, fn func(*Tx) error) error {
	if e := l.stopped.Load(); e != nil {
		return errStopped.Wrap(*e)
	}
	m := &member{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case l.queue <- m:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.quit:
		return errClosed
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		if m.state.CompareAndSwap(waiting, withdrawn) {
			return ctx.Err()
		}
		<-m.done // picked up: it will be durable or refused within the batch's own time
	case <-l.done:
		if m.state.CompareAndSwap(waiting, withdrawn) {
			return errClosed
		}
		<-m.done
	}
	return m.err
}

// commitLoop owns the write connection. It takes whoever waits, runs each in a savepoint, commits once for all and
// only then lets them go: the more wait, the more share one sync of the disk.
func (l *lite) commitLoop(conn *liteConn) {
	defer close(l.done)
	defer conn.conn.Close()
	for {
		select {
		case m := <-l.queue:
			l.commit(conn, l.gather(m))
		case <-l.quit:
			for { // those who came before the end still get their commit
				select {
				case m := <-l.queue:
					l.commit(conn, l.gather(m))
				default:
					return
				}
			}
		}
	}
}

func (l *lite) gather(first *member) []*member {
	var batch []*member
	for m := first; ; {
		if m.state.CompareAndSwap(waiting, taken) {
			batch = append(batch, m)
		}
		if len(batch) == maxMembers {
			return batch
		}
		select {
		case m = <-l.queue:
		default:
			return batch
		}
	}
}

// commit runs a batch. When the engine ends the transaction under it, nobody is acknowledged and each member runs
// again alone, so that one member's fault stays its own (what a full disk has no room for may be one of many).
func (l *lite) commit(conn *liteConn, batch []*member) {
	if len(batch) == 0 {
		return
	}
	err := l.attempt(conn, batch)
	if err != nil && len(batch) > 1 && l.stopped.Load() == nil {
		for _, m := range batch {
			if err := l.attempt(conn, []*member{m}); err != nil {
				m.err = err
			}
		}
	} else if err != nil {
		for _, m := range batch {
			m.err = err
		}
	}
	for _, m := range batch {
		close(m.done)
	}
	l.tidy(conn)
}

// attempt is one transaction for batch. Its own error says that nothing was kept; a member's error is in the member.
func (l *lite) attempt(conn *liteConn, batch []*member) error {
	if e := l.stopped.Load(); e != nil {
		return errStopped.Wrap(*e)
	}
	bound, cancel := context.WithTimeout(context.Background(), l.batchTime)
	defer cancel()
	if _, err := conn.exec(bound, "BEGIN IMMEDIATE", nil); err != nil {
		return l.engine(err)
	}
	kept := 0
	for _, m := range batch {
		var alive bool
		if m.err, alive = l.run(bound, conn, m, len(batch) > 1); !alive {
			return l.engine(m.err)
		}
		if m.err == nil {
			kept++
		}
	}
	if kept == 0 {
		conn.exec(context.Background(), "ROLLBACK", nil) // fails when the engine has already done it
		return nil
	}
	if _, err := conn.exec(context.Background(), "COMMIT", nil); err != nil {
		conn.exec(context.Background(), "ROLLBACK", nil) // fails when the engine has already done it
		return l.engine(err)
	}
	return nil
}

// run runs one member, in a savepoint when others share the transaction. alive is false when the engine has ended the
// transaction: then the savepoint is gone with everybody's work.
func (l *lite) run(bound context.Context, conn *liteConn, m *member, shared bool) (err error, alive bool) {
	if shared {
		if _, err := conn.exec(context.Background(), "SAVEPOINT member", nil); err != nil {
			return err, false
		}
	}
	now := l.world.Now().UTC().Truncate(time.Microsecond)
	tx := &Tx{Now: now, lite: conn, bound: bound}
	if err = protect(m.fn, tx); err == nil {
		err = tx.over
	}
	if err != nil {
		err = l.engine(err)
		if end := bound.Err(); end != nil && !errors.Is(err, end) {
			err = fmt.Errorf("%w: %v", end, err) // the batch's time was up: the engine only says "interrupted"
		}
	}
	if !shared {
		return err, true // alone: the caller rolls everything back
	}
	if err != nil {
		if _, gone := conn.exec(context.Background(), "ROLLBACK TO member", nil); gone != nil {
			return err, false
		}
	}
	if _, gone := conn.exec(context.Background(), "RELEASE member", nil); gone != nil {
		return errors.Join(err, gone), false
	}
	return err, true
}

// protect runs fn and turns a panic into an error, since it runs on the goroutine that serves everybody.
func protect(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("store: panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return fn(tx)
}

// engine sorts what the engine said of a statement or a whole transaction. A full disk may have room later; an I/O error may mean
// that a sync was lost, and asking again could be answered with a lie, so writing stops for good.
func (l *lite) engine(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return errFull.Wrap(err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT:
		l.stopped.CompareAndSwap(nil, &err)
		logger(context.Background()).Error("the disk failed: writing has stopped until the product is restarted", "error", err)
		return errStopped.Wrap(err)
	}
	return err
}

// liteConn is one SQLite connection.
type liteConn struct{ conn *sql.Conn }

// statement is a query as the engine takes it. order is the caller's $n as they stand in it; nil for $1, $2, … in order.
type statement struct {
	text  string
	order []int
}

// statements remembers what positional made of a query. Those of the product stand in its source and are few.
var statements struct {
	sync.Map // query → statement
	n        atomic.Int64
}

// maxStatements bounds the memory of statements, should somebody put queries together.
const maxStatements = 2000

var dollar = regexp.MustCompile(`\$(\d+)`)

// positional turns $n into ?, because the driver finds a named parameter by comparing it with every argument.
func positional(query string) statement {
	if s, ok := statements.Load(query); ok {
		return s.(statement)
	}
	var order []int
	inOrder := true
	text := dollar.ReplaceAllStringFunc(query, func(s string) string {
		n, _ := strconv.Atoi(s[1:])
		inOrder = inOrder && n == len(order)+1
		order = append(order, n-1)
		return "?"
	})
	if inOrder {
		order = nil
	}
	s := statement{text, order}
	if statements.n.Add(1) <= maxStatements {
		statements.Store(query, s)
	}
	return s
}

func (s statement) arrange(args []any) []any {
	if s.order == nil {
		return args
	}
	out := make([]any, len(s.order))
	for i, n := range s.order {
		out[i] = args[n]
	}
	return out
}

func (c *liteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	s := positional(query)
	res, err := c.conn.ExecContext(ctx, s.text, s.arrange(args)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *liteConn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s := positional(query)
	return c.conn.QueryContext(ctx, s.text, s.arrange(args)...)
}

// inTransaction reports whether the engine still holds the transaction open: some errors make it roll everything back.
func (c *liteConn) inTransaction() bool {
	if _, err := c.exec(context.Background(), "BEGIN", nil); err != nil {
		return true // "cannot start a transaction within a transaction"
	}
	c.exec(context.Background(), "ROLLBACK", nil) // of the one that this question began
	return false
}

// insertAll inserts the rows, many to a statement, and tells which are new if the insert has a key: where one of many is there already
// the engine undoes their statement, and they are inserted row by row. An insert of few rows cannot run long, so no watcher is started
// for each.
func (c *liteConn) insertAll(ins *Insert, cols []any) (fresh []bool, err error) {
	n := length(cols[0])
	if ins.key >= 0 {
		fresh = make([]bool, n)
	}
	args, row, last := make([]any, 0, len(cols)*rowsAtOnce), make([]any, len(cols)), -1 // row is that of last
	insert := func(query string, from, rows int) (int64, error) {
		args = args[:0]
		for i := from; i < from+rows; i++ {
			for k, col := range cols {
				if last < 0 || last != i-1 || !same(col, i) { // making an argument costs an allocation, and columns repeat
					row[k] = cell(col, i)
				}
			}
			args, last = append(args, row...), i
		}
		res, err := c.conn.ExecContext(context.Background(), query, args...)
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	}
	for from := 0; from < n; {
		rows := min(rowsAtOnce, n-from)
		if rows == rowsAtOnce {
			_, err := insert(ins.many, from, rows)
			if err != nil && (fresh == nil || !liteUnique(err)) {
				return nil, err
			}
			if err == nil {
				for end := from + rows; from < end; from++ {
					if fresh != nil {
						fresh[from] = true
					}
				}
				continue
			}
		}
		for end := from + rows; from < end; from++ {
			changed, err := insert(ins.lite, from, 1)
			if err != nil {
				return nil, err
			}
			if fresh != nil {
				fresh[from] = changed > 0
			}
		}
	}
	return fresh, nil
}

func liteUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
