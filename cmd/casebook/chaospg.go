//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"casebook/chaos"
	"casebook/load"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// pgcrashFault kills a process of PostgreSQL with SIGKILL again and again while phones report, which makes PostgreSQL cut
// all its connections and recover from its log. The product must find its way back without a restart, and hold what it
// acknowledged. The control is the same where commits do not wait for the log.
func pgcrashFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	if m, err = s.crash(ctx, b, filepath.Join(dir, "acks")); err != nil {
		return m, control, err
	}
	careless, err := s.careless(ctx, filepath.Join(dir, "careless"))
	if err != nil {
		return m, control, err
	}
	defer func() { err = errors.Join(err, careless.stop()) }()
	control, err = careless.crash(ctx, b, filepath.Join(dir, "careless-acks"))
	return m, control, err
}

// careless is a demo in a database of its own whose commits return before they are on the disk.
func (s *scratch) careless(ctx context.Context, dir string) (*scratch, error) {
	db, err := pgx.Connect(ctx, s.Data)
	if err != nil {
		return nil, err
	}
	defer db.Close(ctx)
	for _, statement := range []string{"CREATE DATABASE casebook_careless", "ALTER DATABASE casebook_careless SET synchronous_commit = off"} {
		if _, err := db.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	where, err := url.Parse(s.Data)
	if err != nil {
		return nil, err
	}
	where.Path = "/casebook_careless"
	return startScratch(ctx, dir, where.String(), "--unsafe")
}

// crashes is how often PostgreSQL is made to recover in the quick run.
const crashes = 5

// crash lets phones report, has PostgreSQL recover at moments that the seed decides, and holds the server to what it said.
func (s *scratch) crash(ctx context.Context, b chaos.Bounds, acks string) (m chaos.Measure, err error) {
	n := crashes
	if b.Size > 0 {
		n = b.Size
	}
	phones := s.visits(b.Seed, time.Hour, 200, 16, acks)
	phones.Patience = time.Minute
	working, leave := context.WithCancel(ctx)
	defer leave()
	var g errgroup.Group
	g.Go(func() error { _, err := load.Run(working, phones); return err })
	var slowest time.Duration
	chance := rand.New(rand.NewPCG(b.Seed, 3))
	for range n {
		if err = sleep(ctx, time.Duration(500+chance.IntN(1500))*time.Millisecond); err != nil {
			break
		}
		if err = s.killBackend(ctx, chance); err != nil {
			break
		}
		back, failed := s.backAgain(ctx, b)
		if err = failed; err != nil {
			break
		}
		slowest = max(slowest, back)
	}
	if err == nil {
		err = sleep(ctx, 2*time.Second) // phones settle what they got no answer to
	}
	leave()
	if err = errors.Join(err, g.Wait()); err != nil {
		return m, err
	}
	v, err := load.Verify(ctx, phones, (&chaosKill{}).count(s.greeting))
	if err != nil {
		return m, err
	}
	m.N, m.Figures = int64(n), map[string]float64{"acknowledged": float64(v.Acknowledged), "lost": float64(v.Lost), "duplicated": float64(v.Duplicated), "back_ms": float64(slowest.Milliseconds())}
	m.Value = fmt.Sprintf("%d of %d lost, %d duplicated over %d recoveries; back %d ms after PostgreSQL at most", v.Lost, v.Acknowledged, v.Duplicated, n, slowest.Milliseconds())
	m.Pass = v.Acknowledged > 0 && v.Replayed == v.Acknowledged && v.Duplicated == 0 && slowest <= time.Second
	if !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m, nil
}

// killBackend kills one of the database's processes that work for us, if it is a process of this machine, and returns when
// PostgreSQL has noticed: it then cuts every session, this one's, too, and takes nobody until it has recovered.
func (s *scratch) killBackend(ctx context.Context, chance *rand.Rand) error {
	db, err := pgx.Connect(ctx, s.Data)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	rows, err := db.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid")
	if err != nil {
		return err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		return errors.New("nobody is connected to the database")
	}
	pid := pids[chance.IntN(len(pids))]
	name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil || !strings.HasPrefix(string(name), "postgres") {
		return fmt.Errorf("process %d is none of PostgreSQL's on this machine: %q %w", pid, name, err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	bound, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := db.Exec(bound, "SELECT pg_sleep(60)"); err == nil || bound.Err() != nil {
		return errors.Join(errors.New("PostgreSQL goes on as if nothing had happened"), err)
	}
	return nil
}

// backAgain waits until PostgreSQL takes connections and then until the server works, and returns the time between the two.
func (s *scratch) backAgain(ctx context.Context, b chaos.Bounds) (time.Duration, error) {
	bound, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		db, err := pgx.Connect(bound, s.Data)
		if err == nil {
			_ = db.Close(bound)
			break
		}
		if err := sleep(bound, 5*time.Millisecond); err != nil {
			return 0, err
		}
	}
	recovered := b.World.Now()
	for {
		answer, err := s.ask(bound, http.MethodGet, "/readyz", "", "")
		if err == nil && answer.StatusCode == http.StatusOK {
			return b.World.Now().Sub(recovered), nil
		}
		if err := sleep(bound, 5*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
