package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// maxPrepared is how many statements a connection to SQLite keeps prepared. The product's are some hundreds, and a reader has the use of few.
const maxPrepared = 200

// preparing opens connections of the driver sqlite that keep their statements prepared.
type preparing struct {
	driver driver.Driver
	dsn    string
}

func openPreparing(dsn string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	defer plain.Close() // it has no connection: only its driver is wanted
	return sql.OpenDB(preparing{plain.Driver(), dsn}), nil
}

func (p preparing) Driver() driver.Driver { return p.driver }

func (p preparing) Connect(context.Context) (driver.Conn, error) {
	conn, err := p.driver.Open(p.dsn)
	if err != nil {
		return nil, err
	}
	return &preparedConn{engine: conn.(engine), statements: map[string]*prepared{}}, nil
}

// engine is what the driver's connections can do.
type engine interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// preparedConn is a connection with its statements. As any driver's it serves one goroutine at a time.
type preparedConn struct {
	engine
	statements map[string]*prepared
}

type prepared struct {
	driver.Stmt
	reading bool // its rows are being read: to run it again would move them
}

// prepare returns the statement of a query, or nil where it is in use further up: then it is to be run for itself.
func (c *preparedConn) prepare(ctx context.Context, query string) (*prepared, error) {
	if s := c.statements[query]; s != nil {
		if s.reading {
			return nil, nil
		}
		return s, nil
	}
	if len(c.statements) >= maxPrepared {
		for q, s := range c.statements {
			if !s.reading {
				delete(c.statements, q)
				s.Close()
			}
		}
	}
	stmt, err := c.engine.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &prepared{Stmt: stmt}
	c.statements[query] = s
	return s, nil
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepare(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.engine.ExecContext(ctx, query, args)
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepare(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.engine.QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.reading = true
	return &preparedRows{rows, s}, nil
}

func (c *preparedConn) Close() error {
	for _, s := range c.statements {
		s.Close()
	}
	return c.engine.Close()
}

type preparedRows struct {
	driver.Rows
	of *prepared
}

func (r *preparedRows) Close() error {
	r.of.reading = false
	return r.Rows.Close()
}
