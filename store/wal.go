package store

import (
	"context"
	"database/sql"
	"errors"
)

// SQLite's log is copied into the file by a goroutine with a connection of its own, while the writer goes on (a passive checkpoint,
// https://sqlite.org/wal.html#ckpt). It never catches up with a busy writer, and the log begins again only when all of it is copied: so the
// writer copies the last of it, between two commits, when nobody waits for an answer of this one any more.

// logBounds are numbers of pages in the log.
type logBounds struct {
	from int64 // from so many on it is copied
	last int64 // so few the writer copies itself
	most int64 // and from so many on all of them: whoever copies is too slow, or could not
}

var usualLog = logBounds{from: 4000, last: 1000, most: 16_000}

// A copier copies the log.
type copier struct {
	l    *lite
	db   *sql.DB
	conn *liteConn // its only one
	wake chan struct{}
	quit chan struct{}
	done chan struct{}
}

func newCopier(ctx context.Context, l *lite, path string) (*copier, error) {
	db, err := openPreparing(liteDSN(path, "synchronous(FULL)", "busy_timeout(5000)", "cache_size(-200)", "wal_autocheckpoint(0)"))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &copier{l: l, db: db, conn: &liteConn{conn}, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c, nil
}

func (c *copier) run() {
	defer close(c.done)
	for {
		select {
		case <-c.wake:
		case <-c.quit:
			return
		}
		if c.l.stopped.Load() == nil {
			_, _, err := c.conn.checkpoint("PASSIVE")
			c.l.copied(err)
		}
	}
}

// close waits for the copy that is under way.
func (c *copier) close() error {
	close(c.quit)
	<-c.done
	return errors.Join(c.conn.conn.Close(), c.db.Close())
}

// tidy looks at the log after a commit, and has it copied when it has grown.
func (l *lite) tidy(conn *liteConn) {
	if l.stopped.Load() != nil {
		return
	}
	pages, copied, err := conn.checkpoint("NOOP")
	switch {
	case err != nil || pages < l.log.from:
	case pages-copied <= l.log.last || pages >= l.log.most:
		_, _, err = conn.checkpoint("PASSIVE")
	default:
		select {
		case l.copier.wake <- struct{}{}:
		default: // it knows
		}
	}
	l.copied(err)
}

// copied stops writing when the disk failed while the log was copied. What was committed is in the log.
func (l *lite) copied(err error) {
	if err != nil {
		logger(context.Background()).Warn("the log was not copied into the file", "error", l.engine(err))
	}
}

// checkpoint runs one on this connection, and tells how many pages the log has and how many of them are in the file.
func (c *liteConn) checkpoint(mode string) (pages, copied int64, err error) {
	var busy int64 // somebody else copies
	err = c.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &copied)
	return pages, copied, err
}
