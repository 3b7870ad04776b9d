//go:build !production

package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"casebook/chaos"

	"golang.org/x/sync/errgroup"
)

const (
	slowSync    = "inject=fsync,fdatasync:delay_enter=1000000" // a second, in microseconds
	slowReports = 8                                            // one after another
	slowRead    = 500 * time.Millisecond                       // goal for who reads
	slowReport  = 10 * time.Second                             // the deadline of a report
)

// slowDiskFault has every sync take a second while a phone reports, and asks meanwhile for what only reads. Readers must not notice, and
// each report must end by its deadline, kept or refused. The control holds what the phone asks to the readers' goal: it waits for the
// disk, so a test that does not see it late would see nothing.
func slowDiskFault(ctx context.Context, _ *scratch, dir string, _ chaos.Bounds) (m, control chaos.Measure, err error) {
	l, err := startLone(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return m, control, err
	}
	defer func() { l.kill() }()
	if status, _, err := l.report(ctx); err != nil || status != http.StatusOK {
		return m, control, fmt.Errorf("before the disk is slow: %d %w", status, err)
	}
	detach, err := l.syncsUnder(ctx, filepath.Join(dir, "strace"), slowSync)
	if err != nil {
		return m, control, err
	}
	var reading, reporting time.Duration // the slowest
	reads, refused := 0, 0
	under, ended := context.WithCancel(ctx)
	defer ended()
	var g errgroup.Group
	g.Go(func() error {
		for under.Err() == nil {
			begun := time.Now()
			if err := ready(ctx, "http://"+l.phones.Address+"/readyz"); err != nil {
				return err
			}
			reading, reads = max(reading, time.Since(begun)), reads+1
			if sleep(under, 20*time.Millisecond) != nil {
				return nil
			}
		}
		return nil
	})
	for range slowReports {
		status, took, failed := l.report(ctx)
		if err = failed; err != nil {
			break
		}
		reporting = max(reporting, took)
		if status != http.StatusOK {
			refused++
		}
	}
	ended()
	if failed := g.Wait(); err == nil {
		err = failed
	}
	detach()
	if err != nil {
		return m, control, err
	}
	l.kill()
	lost, err := l.missing(ctx, l.kept)
	m.N = int64(reads)
	m.Figures = map[string]float64{"acknowledged": float64(len(l.kept)), "refused": float64(refused), "lost": float64(lost), "reads": float64(reads), "slowest_read_ms": float64(reading.Milliseconds()), "slowest_report_ms": float64(reporting.Milliseconds())}
	m.Value = fmt.Sprintf("%d of %d acknowledged lost, %d refused; the slowest of %d readers waited %d ms, the slowest report %d ms", lost, len(l.kept), refused, reads, reading.Milliseconds(), reporting.Milliseconds())
	if m.Pass = lost == 0 && reads > 0 && reading <= slowRead && reporting <= slowReport; !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	control.N, control.Pass = slowReports, reporting <= slowRead
	control.Value = fmt.Sprintf("who waits for the disk waited %d ms", reporting.Milliseconds())
	return m, control, err
}
