package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"casebook"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is PostgreSQL through pgx.
type postgres struct {
	pool    *pgxpool.Pool
	cancels *canceller
	replica *replica // nil for none
	o       Options
	ready   atomic.Bool // its schema is up to date, and it keeps what it acknowledges
	closed  atomic.Bool
}

// retries bounds how often a transaction that lost a race (40001, 40P01) starts again.
const retries = 5

func openPostgres(ctx context.Context, dsn string, o Options) (*postgres, error) {
	conf, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "store.dsn", dsn).Wrap(err)
	}
	if err := verified(conf.ConnConfig); err != nil {
		return nil, err
	}
	conf.MaxConns = 16
	if o.MaxReaders > 0 {
		conf.MaxConns = int32(o.MaxReaders)
	}
	session(conf, o.ReadOnly)
	cancels := newCanceller(ctx, conf)
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		cancels.close()
		return nil, err
	}
	p := &postgres{pool: pool, cancels: cancels, o: o}
	if o.Replica != "" {
		if p.replica, err = openReplica(ctx, o, pool); err != nil {
			p.close()
			return nil, err
		}
	}
	if err = p.prepare(ctx); err == nil {
		return p, nil
	}
	if o.Later && unreached(err) {
		slog.WarnContext(ctx, "store: the database cannot be reached; what needs it is refused until it answers", "error", err)
		return p, nil
	}
	p.close()
	return nil, err
}

// verified refuses an address by which another host is reached without looking whose certificate it shows: TLS without that is no protection,
// and what falls back to no TLS neither. sslmode=verify-full is TLS; sslmode=disable says that the network encrypts.
func verified(conf *pgx.ConnConfig) error {
	refused := func(host string, tls *tls.Config) bool {
		ip, err := netip.ParseAddr(host)
		beside := strings.HasPrefix(host, "/") || host == "localhost" || err == nil && ip.IsLoopback()
		return !beside && tls != nil && tls.InsecureSkipVerify
	}
	if refused(conf.Host, conf.TLSConfig) {
		return casebook.Fail(casebook.Invalid, "store.sslmode", conf.Host)
	}
	for _, f := range conf.Fallbacks {
		if refused(f.Host, f.TLSConfig) {
			return casebook.Fail(casebook.Invalid, "store.sslmode", f.Host)
		}
	}
	return nil
}

// session sets what every session has, unless the address says otherwise. A command that only reads verifies whole tables: each of its
// statements takes as long as it takes, and its context ends it.
func session(conf *pgxpool.Config, reads bool) {
	all := map[string]string{"timezone": "UTC", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "30s", "lock_timeout": "10s", "application_name": "casebook"}
	if reads {
		all["statement_timeout"], all["idle_in_transaction_session_timeout"] = "0", "10min"
	}
	set := conf.ConnConfig.RuntimeParams
	for name, value := range all {
		if _, chosen := set[name]; !chosen {
			set[name] = value
		}
	}
}

// reachTime bounds one look for a server by whoever can do without it, againTime is between two.
const (
	reachTime = 15 * time.Second
	againTime = 250 * time.Millisecond
)

// prepare finds the server, brings its schema up to date, and lets work begin: all over one connection, which the first reader
// has then. PostgreSQL makes a process for each, and a restart would wait for them one after another.
func (p *postgres) prepare(ctx context.Context) error {
	citus, err := p.reach(ctx)
	if err != nil {
		return err
	}
	db, bring := stdlib.OpenDBFromPool(p.pool), migrate
	if p.o.ReadOnly {
		bring = current
	}
	if err := errors.Join(bring(ctx, db, "postgres", p.o.Migrations), db.Close()); err != nil {
		return err
	}
	if citus && !p.o.ReadOnly {
		if err := distribute(ctx, p.pool.Config().ConnConfig); err != nil {
			return err
		}
	}
	if !p.o.Unsafe {
		if err := p.durable(ctx, citus); err != nil {
			return err
		}
	}
	p.ready.Store(true)
	return nil
}

// reach looks for the server, and tells whether it distributes its tables.
func (p *postgres) reach(ctx context.Context) (citus bool, err error) {
	if p.o.Later {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, reachTime)
		defer cancel()
	}
	return hasCitus(ctx, p.pool)
}

// await prepares as soon as the server can be reached.
func (p *postgres) await(ctx context.Context) error {
	again := time.NewTicker(againTime)
	defer again.Stop()
	for {
		err := p.prepare(ctx)
		if err == nil || !unreached(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *postgres) close() {
	p.closed.Store(true)
	if p.replica != nil {
		p.replica.close()
	}
	p.pool.Close()
	p.cancels.close()
}

// durable refuses a server that may acknowledge what it can lose, or whose workers may. It asks in one round trip: a restart waits
// for each.
func (p *postgres) durable(ctx context.Context, citus bool) error {
	names := [...]string{"fsync", "full_page_writes", "synchronous_commit"}
	var values [len(names)]string
	err := p.pool.QueryRow(ctx, "SELECT current_setting($1), current_setting($2), current_setting($3)", names[0], names[1], names[2]).
		Scan(&values[0], &values[1], &values[2])
	if err != nil {
		return err
	}
	for i, value := range values {
		if value == "off" {
			return casebook.Fail(casebook.Invalid, "store.not_durable", names[i], value)
		}
	}
	if !citus {
		return nil
	}
	return durableWorkers(ctx, p.pool)
}

const beginView = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

func (p *postgres) view(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	if done, err := p.replica.view(ctx, now, fn); done {
		return err
	}
	return p.transact(ctx, beginView, func(conn *pgx.Conn) error {
		return fn(&Tx{Now: now, pg: conn, later: &pgx.Batch{}})
	})
}

func (p *postgres) update(ctx context.Context, now func() time.Time, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := p.transact(ctx, "BEGIN", func(conn *pgx.Conn) error {
			tx := &Tx{Now: now(), pg: conn, later: &pgx.Batch{}}
			if err := protect(fn, tx); err != nil {
				return err
			}
			return p.commit(ctx, tx)
		})
		if attempt == retries || !lostRace(err) || ctx.Err() != nil {
			return err
		}
	}
}

// commit sends what is still queued and COMMIT in one round trip. From here on the caller's end no longer counts:
// nobody could say whether an interrupted COMMIT was done. After an error that the function passed over, PostgreSQL
// answers COMMIT with a rollback and calls it success; so that is refused here.
func (p *postgres) commit(ctx context.Context, tx *Tx) error {
	if tx.pg.PgConn().TxStatus() != 'T' {
		return errors.New("store: nothing is kept, because a statement failed and its error was passed over")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.o.BatchTime)
	defer cancel()
	tx.later.Queue("COMMIT")
	return tx.pg.SendBatch(ctx, tx.later).Close()
}

func (p *postgres) transact(ctx context.Context, begin string, fn func(*pgx.Conn) error) error {
	if !p.ready.Load() {
		return errAway
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil && p.closed.Load() {
		return errClosed.Wrap(err)
	}
	if err != nil {
		return err
	}
	return transact(ctx, conn, begin, fn)
}

// transact begins on a borrowed connection, and gives it back idle or not at all.
func transact(ctx context.Context, conn *pgxpool.Conn, begin string, fn func(*pgx.Conn) error) error {
	defer conn.Release() // a connection that is still in a transaction is closed by the pool
	// One round trip, and pg_stat_activity shows for whom the session works.
	if _, err := conn.Exec(ctx, begin+"; SET LOCAL application_name = '"+sessionName(ctx)+"'", pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	if err := fn(conn.Conn()); err != nil {
		rollback(ctx, conn)
		return err
	}
	if conn.Conn().PgConn().TxStatus() != 'I' { // a view ends here
		return rollback(ctx, conn)
	}
	return nil
}

// rollback does not keep those waiting who have gone: the connection is given up instead.
func rollback(ctx context.Context, conn *pgxpool.Conn) error {
	if conn.Conn().IsClosed() {
		return ctx.Err()
	}
	patience := time.Second
	if ctx.Err() != nil {
		patience = cancelPatience
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_, err := conn.Exec(ctx, "ROLLBACK", pgx.QueryExecModeSimpleProtocol)
	return err
}

// sessionName is what pg_stat_activity.application_name shows: at most 63 bytes, only harmless characters.
func sessionName(ctx context.Context) string {
	a := casebook.ActorFrom(ctx)
	name := fmt.Sprintf("casebook t=%s u=%s", a.Trace, a.User)
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" =-_.@:", r):
			return r
		}
		return '_'
	}, name)
	return clean[:min(len(clean), 63)]
}

// lostRace reports whether the whole transaction may simply run again: serialization failure or deadlock.
func lostRace(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// away turns an error which says that the server cannot be reached, restarts or takes nobody more into one that tells the
// caller to come back. Whether a commit that was under way is kept, nobody knows.
func away(err error) error {
	if err == nil {
		return nil
	}
	if kind := casebook.KindOf(err); kind != casebook.Internal {
		return err
	}
	if e, said := errors.AsType[*pgconn.PgError](err); said && e.Code == "53100" {
		return errFull.Wrap(err)
	}
	if _, refused := errors.AsType[*pgconn.ConnectError](err); refused || unreached(err) {
		return errAway.Wrap(err)
	}
	return err
}

// unreached reports whether the server cannot be reached now, restarts, or takes nobody more.
func unreached(err error) bool {
	if e, said := errors.AsType[*pgconn.PgError](err); said { // too many connections; shutdown, crash, start; connection
		return e.Code == "53300" || strings.HasPrefix(e.Code, "57P0") || strings.HasPrefix(e.Code, "08")
	}
	_, cut := errors.AsType[net.Error](err)
	return cut || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed)
}

// IsUnique reports whether err is a violation of a unique key. One statement should expect one such key.
func IsUnique(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		// Citus copies the rows of an INSERT … SELECT to its workers, and what they answer to a copy loses its code.
		return e.Code == "23505" || e.Code == "XX000" && strings.HasPrefix(e.Message, "duplicate key value violates unique constraint")
	}
	return liteUnique(err)
}

// Notify tells the other processes on the same database that topic has something new: a hint, polling is the truth.
// On SQLite there is no other process and it does nothing. It takes effect with the commit.
func (tx *Tx) Notify(ctx context.Context, payload string) error {
	if tx.lite != nil {
		return nil
	}
	return tx.Later(ctx, "SELECT pg_notify('casebook', $1)", payload)
}

// Listen calls heard for every notification until ctx ends or the connection breaks. On SQLite it only waits for ctx.
func (db *DB) Listen(ctx context.Context, heard func(payload string)) error {
	if db.pg == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	conn, err := pgx.ConnectConfig(ctx, db.pg.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN casebook"); err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		heard(n.Payload)
	}
}
