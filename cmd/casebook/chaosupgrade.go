//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"casebook"
	"casebook/chaos"
	"casebook/load"
	"casebook/store"

	"github.com/jackc/pgx/v5"
)

type chaosUpgrade struct {
	From  string  `help:"The program of an earlier release; without it nothing is tried." type:"existingfile"`
	Kills int     `help:"How often a server is killed: the first time it is the earlier release's." default:"5"`
	Seed  uint64  `help:"Decides the moments and the reports." default:"1"`
	Rate  float64 `help:"Reports a second." default:"200"`
	DB    string  `name:"db" help:"PostgreSQL to work on; a folder with SQLite when none is given." placeholder:"postgres://…"`
}

// Run prints one JSON line, and fails if the outcome is not a pass.
func (c *chaosUpgrade) Run(ctx context.Context) error {
	world := casebook.Outside()
	o := chaos.Outcome{ID: "F-UPGRADE", Title: "an earlier release, killed under load, and this one after it on its data", Goal: "0 lost, 0 duplicated, verified; a database that went further, or not yet so far, is refused by name",
		Seed: c.Seed, Commit: commit(), At: world.Now().UTC().Truncate(time.Second)}
	if c.From == "" {
		o.NotRun = "needs the program of an earlier release: --from"
		return printJSON(o)
	}
	dir, err := os.MkdirTemp("", "casebook-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.Measure, err = c.try(ctx, filepath.Join(dir, "data"), c.DB, false); err != nil {
		return err
	}
	db, err := besides(ctx, c.DB)
	if err != nil {
		return err
	}
	if o.Control, err = c.try(ctx, filepath.Join(dir, "control"), db, true); err != nil {
		return err
	}
	o.Conclude(world.Now())
	if err := printJSON(o); err != nil {
		return err
	}
	if !o.Pass {
		return errors.New("failed")
	}
	return nil
}

// besides makes a schema of its own beside a demo's rows, and returns an address whose search path it is; "" where the rows are in a file.
func besides(ctx context.Context, db string) (string, error) {
	if db == "" {
		return "", nil
	}
	at, err := url.Parse(db)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, `CREATE SCHEMA chaos_control`)
	q := at.Query()
	q.Set("search_path", "chaos_control")
	at.RawQuery = q.Encode()
	return at.String(), errors.Join(err, conn.Close(ctx))
}

// try has the earlier release make a demo and take reports, kills it and goes on with this one. The control acknowledges reports before
// the earlier release has kept them.
func (c *chaosUpgrade) try(ctx context.Context, dir, db string, ackFirst bool) (m chaos.Measure, err error) {
	s, err := startProgram(ctx, c.From, dir, db)
	if err != nil {
		return m, err
	}
	if err := s.stop(); err != nil {
		return m, err
	}
	earlier := s.program
	if s.program, err = os.Executable(); err != nil {
		return m, err
	}
	missing, err := s.migrationsMissing(ctx)
	if err != nil {
		return m, err
	}
	if said, failed := s.run(ctx, "verify", "{rows}"); missing > 0 && (failed == nil || !strings.Contains(said, "store.older")) {
		m.Findings = append(m.Findings, "verify reads a database that lacks migrations: "+said)
	}
	phones := s.visits(c.Seed, time.Hour, c.Rate, 32, filepath.Join(s.dir, "acks"))
	phones.Patience = time.Minute
	at := func(address string) load.Options {
		o := phones
		o.Address = address
		return o
	}
	serve := append([]string{"--log", "error", "serve", "--addr", "{addr}"}, s.where()...)
	r, err := chaos.Kill(ctx, chaos.Options{
		Before: append([]string{earlier}, serve...), Serve: append([]string{s.program}, serve...),
		Verify: []string{s.program, "verify", s.Data, "--keys", dir, "--json"},
		Kills:  c.Kills, Seed: c.Seed, AckFirst: ackFirst, World: casebook.Outside(),
		Visit: func(ctx context.Context, address string, acknowledged func()) error {
			o := at(address)
			o.Acked = acknowledged
			_, err := load.Run(ctx, o)
			return err
		},
		Judge: func(ctx context.Context, address string) (chaos.Judgement, error) {
			v, err := load.Verify(ctx, at(address), (&chaosKill{}).count(s.greeting))
			return chaos.Judgement(v), err
		},
	})
	if err != nil {
		return m, err
	}
	m.Findings = append(m.Findings, r.Findings...)
	if err := s.takeFurther(ctx); err != nil {
		return m, err
	}
	for _, command := range [][]string{{"verify", "{rows}"}, {"serve", "--addr", "127.0.0.1:0", "{data}"}} {
		bound, cancel := context.WithTimeout(ctx, 30*time.Second)
		said, failed := s.run(bound, command...)
		cancel()
		if failed == nil || !strings.Contains(said, "store.newer") {
			m.Findings = append(m.Findings, command[0]+" opens what a later release took further: "+said)
		}
	}
	m.N = int64(r.Kills)
	m.Figures = map[string]float64{"acknowledged": float64(r.Acknowledged), "lost": float64(r.Lost), "duplicated": float64(r.Duplicated), "migrations": float64(missing), "ready_max_ms": r.ReadyMaxMs}
	m.Value = fmt.Sprintf("%d of %d lost, %d duplicated over %d kills; %d migrations; ready after %.0f ms at most", r.Lost, r.Acknowledged, r.Duplicated, r.Kills, missing, r.ReadyMaxMs)
	m.Pass = r.Pass && len(m.Findings) == 0
	return m, nil
}

// migrationsMissing is how many migrations this release will add to the database.
func (s *scratch) migrationsMissing(ctx context.Context) (int, error) {
	db, err := store.Open(ctx, locate(s.Data, s.dir).dsn, store.Options{ReadOnly: true, Migrations: migrations, Unsafe: true})
	if err == nil {
		return 0, db.Close()
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "store.older" {
		return e.Args[0].(int), nil
	}
	return 0, err
}

// takeFurther does to the database what a release of the future does: it has a migration more. A vandal keeps no house rule, and writes
// into the table of migrations.
func (s *scratch) takeFurther(ctx context.Context) error {
	db, err := store.Open(ctx, locate(s.Data, s.dir).dsn, store.Options{Unsafe: true})
	if err != nil {
		return err
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %s(version_id, is_applied) VALUES($1, $2)`, "goose_db_version"), math.MaxInt32, true)
		return err
	})
	return errors.Join(err, db.Close())
}
