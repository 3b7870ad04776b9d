package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"casebook"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A replica answers views in the place of the primary: PostgreSQL's streaming replication brings it everything, a little
// later. No view may be older than what was acknowledged before it began, to whomever; so a view first hears from the primary
// how far its log is on disk, and is answered by the replica once that much is applied there (the read index of Raft: Ongaro,
// "Consensus: Bridging Theory and Practice", 2014, 6.4). Views that come together ask once. A replica that is too far behind,
// or gone, costs its readers patience once and is then left alone for a while: the primary answers.
type replica struct {
	primary, pool *pgxpool.Pool
	cancels       *canceller
	now           func() time.Time
	asks          chan chan bool // of views that wait to hear whether the replica knows everything
	stop          context.CancelFunc
	over          <-chan struct{} // nobody answers any more
	ended         sync.WaitGroup
	rests         atomic.Int64 // until when nobody asks, microseconds
	answered      atomic.Int64
	refused       atomic.Int64
}

const (
	replicaPatience = 100 * time.Millisecond // that views wait for a replica to catch up
	replicaRest     = time.Second            // for which one that did not is not asked
	replicaLook     = time.Millisecond       // between two looks how far it is
	replicaReaders  = 16
)

type anywhere struct{}

// Anywhere lets the views under ctx be answered by a replica, where there is one. They see all that was acknowledged before
// they began, as any other.
func Anywhere(ctx context.Context) context.Context { return context.WithValue(ctx, anywhere{}, true) }

// openReplica goes on without a replica that cannot be reached; it is asked again later.
func openReplica(ctx context.Context, o Options, primary *pgxpool.Pool) (*replica, error) {
	conf, err := pgxpool.ParseConfig(o.Replica)
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "store.dsn", o.Replica).Wrap(err)
	}
	if err := verified(conf.ConnConfig); err != nil {
		return nil, err
	}
	conf.MaxConns = replicaReaders
	conf.ConnConfig.ConnectTimeout = replicaRest
	session(conf, o.ReadOnly)
	cancels := newCanceller(ctx, conf)
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		cancels.close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &replica{primary: primary, pool: pool, cancels: cancels, now: o.World.Now, asks: make(chan chan bool), stop: stop, over: ctx.Done()}
	r.ended.Go(func() { r.run(ctx) })
	return r, nil
}

func (r *replica) close() {
	r.stop()
	r.ended.Wait()
	r.pool.Close()
	r.cancels.close()
}

// knows reports whether the replica has everything that was acknowledged before the call.
func (r *replica) knows(ctx context.Context) bool {
	if r.now().UnixMicro() < r.rests.Load() {
		return false
	}
	told := make(chan bool, 1)
	select {
	case r.asks <- told:
	case <-r.over:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case yes := <-told:
		return yes
	case <-ctx.Done():
		return false
	}
}

// run answers views, all that have come while it answered the ones before together.
func (r *replica) run(ctx context.Context) {
	var all []chan bool
	for {
		select {
		case one := <-r.asks:
			all = withOthers(r.asks, append(all[:0], one))
		case <-ctx.Done():
			return
		}
		yes, err := r.caughtUp(ctx)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "store: the replica does not answer; the primary does", "error", err)
		}
		if !yes {
			r.rest()
		}
		for _, one := range all {
			one <- yes
		}
	}
}

// withOthers adds to all who else asks at this moment.
func withOthers[T any](asks <-chan T, all []T) []T {
	for {
		select {
		case one := <-asks:
			all = append(all, one)
		default:
			return all
		}
	}
}

func (r *replica) rest() { r.rests.Store(r.now().Add(replicaRest).UnixMicro()) }

// caughtUp waits until the replica has applied what is on the primary's disk now.
func (r *replica) caughtUp(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, replicaPatience)
	defer cancel()
	var far string
	if err := r.primary.QueryRow(ctx, `SELECT pg_current_wal_flush_lsn()::text`).Scan(&far); err != nil {
		return false, late(ctx, err)
	}
	look := time.NewTicker(replicaLook)
	defer look.Stop()
	for {
		var yes bool
		err := r.pool.QueryRow(ctx, `SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn`, far).Scan(&yes)
		if err != nil || yes {
			return yes, late(ctx, err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return false, nil
		}
	}
}

// late is nil where err only says that patience was over.
func late(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

// view runs fn on the replica if it knows everything. done is false where nothing was run.
func (r *replica) view(ctx context.Context, now time.Time, fn func(*Tx) error) (done bool, err error) {
	if r == nil || ctx.Value(anywhere{}) == nil {
		return false, nil
	}
	if !r.knows(ctx) {
		r.refused.Add(1)
		return false, nil
	}
	conn, err := r.pool.Acquire(ctx)
	if err == nil {
		err = transact(ctx, conn, beginView, func(conn *pgx.Conn) error {
			done = true
			return fn(&Tx{Now: now, pg: conn, later: &pgx.Batch{}})
		})
	}
	switch {
	case done && lostRace(err): // the primary has removed what this view reads, and the replica had to follow
		err = errAway.Wrap(err)
	case !done: // it went away after it was asked
		r.rest()
		r.refused.Add(1)
		return false, nil
	}
	r.answered.Add(1)
	return true, err
}

// Replica is how many views the replica of a database answered, and how many went to the primary because it did not know
// everything or did not answer.
func (db *DB) Replica() (answered, refused int64) {
	if db.pg == nil || db.pg.replica == nil {
		return 0, 0
	}
	return db.pg.replica.answered.Load(), db.pg.replica.refused.Load()
}
