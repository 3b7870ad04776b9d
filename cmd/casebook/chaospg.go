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
	"os/exec"
	"path/filepath"
	"slices"
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
	if m, err = s.crash(ctx, b, filepath.Join(dir, "acks"), (*scratch).killBackend); err != nil {
		return m, control, err
	}
	control, err = s.carelessCrash(ctx, dir, b)
	return m, control, err
}

// pgpointFault kills PostgreSQL at its calls to the disk: the first of its processes that makes its n-th call from then on to
// write or to sync dies as it begins it, for n from 1 on. The control is that of pgcrashFault.
func pgpointFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	at := b
	if at.Size == 0 {
		at.Size = 20
	}
	if m, err = s.crash(ctx, at, filepath.Join(dir, "acks"), (*scratch).killAtCall); err != nil {
		return m, control, err
	}
	control, err = s.carelessCrash(ctx, dir, b)
	return m, control, err
}

// carelessCrash is the same on a database whose commits do not wait for the log.
func (s *scratch) carelessCrash(ctx context.Context, dir string, b chaos.Bounds) (m chaos.Measure, err error) {
	careless, err := s.careless(ctx, filepath.Join(dir, "careless"))
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, careless.stop()) }()
	return careless.crash(ctx, b, filepath.Join(dir, "careless-acks"), (*scratch).killBackend)
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

// crash lets phones report, has PostgreSQL recover again and again, five times unless a size is asked for, and holds the server to
// what it said.
func (s *scratch) crash(ctx context.Context, b chaos.Bounds, acks string, kill func(s *scratch, ctx context.Context, chance *rand.Rand, n int) error) (m chaos.Measure, err error) {
	n := 5
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
	for i := range n {
		if err = kill(s, ctx, chance, i+1); err != nil {
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

// killBackend kills one of the database's processes that work for us, at some moment.
func (s *scratch) killBackend(ctx context.Context, chance *rand.Rand, _ int) error {
	if err := sleep(ctx, time.Duration(500+chance.IntN(1500))*time.Millisecond); err != nil {
		return err
	}
	noticed, err := s.fell(ctx, time.Minute, func(pids []int) error { return syscall.Kill(pids[chance.IntN(len(pids))], syscall.SIGKILL) })
	if err == nil && !noticed {
		err = errors.New("PostgreSQL goes on as if nothing had happened")
	}
	return err
}

// killAtCall has strace kill the first of those processes that makes its n-th call to the disk. Those that were there may have had
// no work since; then it looks for others.
func (s *scratch) killAtCall(ctx context.Context, _ *rand.Rand, n int) error {
	const calls = "pwrite64,pwritev,fsync,fdatasync"
	for {
		var tracer *exec.Cmd
		noticed, err := s.fell(ctx, 3*time.Second, func(pids []int) error {
			args := []string{"-qq", "-e", "trace=" + calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, n), "-o", os.DevNull}
			for _, pid := range pids {
				args = append(args, "-p", strconv.Itoa(pid))
			}
			tracer = exec.CommandContext(ctx, "strace", args...)
			return tracer.Start()
		})
		if tracer != nil && tracer.Process != nil {
			_ = tracer.Process.Signal(os.Interrupt) // it leaves those that it has not killed
			_ = tracer.Wait()
		}
		if err != nil || noticed {
			return err
		}
	}
}

// fell has some of the database's processes that work for us, if they are of this machine, killed, and tells whether PostgreSQL
// notices that within a time: it then cuts every session, this one's, too, and takes nobody until it has recovered.
func (s *scratch) fell(ctx context.Context, within time.Duration, kill func(pids []int) error) (noticed bool, err error) {
	db, err := pgx.Connect(ctx, s.Data)
	if err != nil {
		return false, err
	}
	defer db.Close(ctx)
	var pids []int
	for len(pids) == 0 { // after a recovery the server comes back by itself
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return false, err
		}
		rows, err := db.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid")
		if err != nil {
			return false, err
		}
		if pids, err = pgx.CollectRows(rows, pgx.RowTo[int]); err != nil {
			return false, err
		}
		var foreign error
		pids = slices.DeleteFunc(pids, func(pid int) bool {
			name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
			if err == nil && !strings.HasPrefix(string(name), "postgres") {
				foreign = fmt.Errorf("process %d is none of PostgreSQL's on this machine: %q", pid, name)
			}
			return err != nil // it has ended since
		})
		if foreign != nil {
			return false, foreign
		}
	}
	if err := kill(pids); err != nil {
		return false, err
	}
	_, err = db.Exec(ctx, "SELECT pg_sleep($1)", within.Seconds())
	return err != nil, ctx.Err()
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
