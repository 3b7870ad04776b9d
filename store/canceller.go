package store

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A canceller ends the statements of readers who have gone, over one session of its own. The driver's way is a connection for
// each, for which PostgreSQL makes a process, and costs the statement's connection, too: tens of milliseconds on a busy machine,
// twice. It remains the way where this one does not end a statement soon.
type canceller struct {
	conf *pgx.ConnConfig
	asks chan cancelling
	stop context.CancelFunc
	over <-chan struct{} // nobody answers any more
	done sync.WaitGroup
}

// cancelling asks to end what a session does for somebody.
type cancelling struct {
	pid  uint32
	name string      // what the session is called while it does: by then it may work for somebody else
	told chan<- bool // whether PostgreSQL was told; there is room
}

const (
	cancelPatience = 50 * time.Millisecond // for the canceller, before the driver's way is taken, and for the end of a transaction of somebody gone
	cancelTime     = time.Second           // for PostgreSQL to end a statement, or to take the canceller's session
)

// newCanceller has every connection of conf watched by a canceller.
func newCanceller(ctx context.Context, conf *pgxpool.Config) *canceller {
	own := conf.ConnConfig.Copy()
	own.ConnectTimeout = cancelTime
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &canceller{conf: own, asks: make(chan cancelling), stop: stop, over: ctx.Done()}
	conf.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler { return &watched{conn: conn, by: c} }
	// One that was lost may have had its answer all the same, so that the driver saw nothing wrong.
	conf.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) {
		return conn.PgConn().CustomData()[isLost] == nil, nil
	}
	c.done.Go(func() { c.run(ctx) })
	return c
}

func (c *canceller) close() {
	c.stop()
	c.done.Wait()
}

// run cancels for all who came while it cancelled for those before them, together. Its session begins with the first, and again
// where it was lost.
func (c *canceller) run(ctx context.Context) {
	var conn *pgx.Conn
	for {
		var all []cancelling
		select {
		case one := <-c.asks:
			all = withOthers(c.asks, append(all, one))
		case <-ctx.Done():
			if conn != nil {
				_ = conn.Close(ctx) // cut, since ctx is over; nothing is under way
			}
			return
		}
		told, err := c.cancel(ctx, &conn, all)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "store: the session that cancels was lost", "error", err)
		}
		for _, one := range all {
			one.told <- slices.Contains(told, one.pid)
		}
	}
}

// cancel returns the processes that were told.
func (c *canceller) cancel(ctx context.Context, conn **pgx.Conn, all []cancelling) (told []uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, cancelTime)
	defer cancel()
	if *conn == nil || (*conn).IsClosed() {
		if *conn, err = pgx.ConnectConfig(ctx, c.conf); err != nil {
			*conn = nil
			return nil, err
		}
	}
	pids, names := make([]int32, len(all)), make([]string, len(all))
	for i, one := range all {
		pids[i], names[i] = int32(one.pid), one.name
	}
	// The name is compared before anybody is told: what is selected is computed for the rows that are left.
	rows, err := (*conn).Query(ctx, `SELECT a.pid, pg_cancel_backend(a.pid) FROM unnest($1::int[], $2::text[]) AS w(pid, name), pg_stat_get_activity(w.pid) AS a
		WHERE a.application_name = w.name`, pids, names)
	if err == nil {
		var pid uint32
		var yes bool
		_, err = pgx.ForEachRow(rows, []any{&pid, &yes}, func() error {
			if yes {
				told = append(told, pid)
			}
			return nil
		})
	}
	if err != nil {
		_ = (*conn).Close(ctx) // whatever is left of it
	}
	return told, err
}

// tell asks for the end of what a session does, and reports whether PostgreSQL was told in time.
func (c *canceller) tell(ctx context.Context, pid uint32) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelPatience)
	defer cancel()
	told := make(chan bool, 1)
	select {
	case c.asks <- cancelling{pid, sessionName(ctx), told}:
	case <-ctx.Done():
		return false
	case <-c.over:
		return false
	}
	select {
	case yes := <-told:
		return yes
	case <-ctx.Done():
		return false
	}
}

// watched is a connection whose statements end with their reader.
type watched struct {
	conn *pgconn.PgConn
	by   *canceller
}

// HandleCancel ends the statement under way. The driver waits for it before it uses the connection for anything else, so that
// no later statement is met: PostgreSQL forgets a cancellation that comes between two statements. Where nobody says that it was
// told, it may be told at any time, so that the connection is of no use for anybody.
func (w *watched) HandleCancel(ctx context.Context) {
	if !w.by.tell(ctx, w.conn.PID()) {
		w.conn.CustomData()[isLost] = true  // for what was asked may still come
		_ = w.conn.Conn().SetDeadline(past) // the driver gives the connection up, and tells PostgreSQL by another
		return
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	if end, ok := late.Deadline(); ok {
		_ = w.conn.Conn().SetDeadline(end)
	}
}

// HandleUnwatchAfterCancel makes the connection ready for the next statement.
func (w *watched) HandleUnwatchAfterCancel() {
	if w.conn.CustomData()[isLost] == nil {
		_ = w.conn.Conn().SetDeadline(time.Time{})
	}
}

// isLost is what a connection knows of itself when it is of no use any more.
const isLost = "casebook.lost"

// past is a deadline that is over.
var past = time.Unix(1, 0)
