//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"casebook/chaos"

	"github.com/jackc/pgx/v5"
)

// cancelRounds is how often a reader leaves in the quick run.
const cancelRounds = 50

// heldTable is held by a vandal, who keeps no house rule: no package but patient may name it in SQL.
const heldTable = "patient"

// cancelFault has a reader ask for what the database cannot answer, since somebody holds the table, and leave. The query must be gone with
// the reader. The control is a query whose reader has left and which nobody ends.
func cancelFault(ctx context.Context, s *scratch, _ string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	nurse, err := s.signIn(ctx)
	if err != nil {
		return m, control, err
	}
	holder, err := pgx.Connect(ctx, s.Data)
	if err != nil {
		return m, control, err
	}
	defer holder.Close(ctx)
	watch, err := pgx.Connect(ctx, s.Data)
	if err != nil {
		return m, control, err
	}
	defer watch.Close(ctx)
	if _, err := holder.Exec(ctx, fmt.Sprintf("BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", heldTable)); err != nil {
		return m, control, err
	}
	rounds := cancelRounds
	if b.Size > 0 {
		rounds = b.Size
	}
	ask := func(ctx context.Context) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address+"/trials/"+string(s.TrialID)+"/patients", nil)
		if err != nil {
			return
		}
		q.AddCookie(nurse)
		if res, err := http.DefaultClient.Do(q); err == nil {
			res.Body.Close()
		}
	}
	if m, err = leaving(ctx, b, watch, "%u=linyue%", rounds, ask); err != nil {
		return m, control, err
	}
	orphan := func(ctx context.Context) {
		go func() { // the mistake: the query knows nothing of its reader
			db, err := pgx.Connect(context.WithoutCancel(ctx), s.Data)
			if err != nil {
				return
			}
			defer db.Close(context.WithoutCancel(ctx))
			_, _ = db.Exec(context.WithoutCancel(ctx), fmt.Sprintf("SET application_name = 'orphan'; SET lock_timeout = '5s'; SELECT count(*) FROM %s", heldTable)) // it times out
		}()
		<-ctx.Done()
	}
	control, err = leaving(ctx, b, watch, "orphan", 1, orphan)
	return m, control, err
}

// leaving has somebody ask and leave as soon as the query waits, and measures until no query of that name waits any more.
func leaving(ctx context.Context, b chaos.Bounds, watch *pgx.Conn, name string, rounds int, ask func(context.Context)) (m chaos.Measure, err error) {
	waiting := func(ctx context.Context) (n int, err error) {
		err = watch.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE $1 AND wait_event_type = 'Lock'", name).Scan(&n)
		return n, err
	}
	until := func(done func(int) bool, within time.Duration) (time.Duration, error) {
		begun := b.World.Now()
		for {
			n, err := waiting(ctx)
			took := b.World.Now().Sub(begun)
			if err != nil || done(n) || took > within {
				return took, err
			}
			if err := sleep(ctx, time.Millisecond); err != nil {
				return took, err
			}
		}
	}
	var took []time.Duration
	for range rounds {
		asking, leave := context.WithCancel(ctx)
		gone := make(chan struct{})
		go func() { defer close(gone); ask(asking) }()
		_, err := until(func(n int) bool { return n > 0 }, 5*time.Second)
		leave()
		if err != nil {
			return m, err
		}
		one, err := until(func(n int) bool { return n == 0 }, time.Second)
		<-gone
		if err != nil {
			return m, err
		}
		took = append(took, one)
	}
	if len(took) == 0 {
		return m, errors.New("nobody left")
	}
	slices.Sort(took)
	p99 := took[(len(took)*99+99)/100-1]
	m.N = int64(len(took))
	m.Figures = map[string]float64{"p50_ms": float64(took[len(took)/2].Microseconds()) / 1000, "p99_ms": float64(p99.Microseconds()) / 1000}
	m.Value = fmt.Sprintf("from close to no query: p50 %.1f ms, p99 %.1f ms", m.Figures["p50_ms"], m.Figures["p99_ms"])
	if m.Pass = p99 < 50*time.Millisecond; !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m, nil
}
