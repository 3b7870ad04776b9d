//go:build !production

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"casebook/chaos"
	"casebook/load"
	"casebook/report"
	"casebook/store"
)

// lone is a server on a small study of its own, and one phone that reports there, one report after the other.
type lone struct {
	dir    string
	phones load.Options
	cmd    *exec.Cmd
	sent   int
	kept   []string // acknowledged
}

func startLone(ctx context.Context, dir string) (*lone, error) {
	phones, err := smallStudy(ctx, dir)
	if err != nil {
		return nil, err
	}
	l := &lone{dir: dir, phones: phones}
	return l, l.start(ctx)
}

func (l *lone) start(ctx context.Context) (err error) {
	if l.phones.Address, err = unusedAddress(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	l.cmd = exec.CommandContext(ctx, self, "--log", "error", "serve", "--addr", l.phones.Address, "--db", l.dir)
	if err := l.cmd.Start(); err != nil {
		return err
	}
	return ready(ctx, "http://"+l.phones.Address+"/readyz")
}

func (l *lone) kill() {
	_ = l.cmd.Process.Kill() // fails only if it is gone already
	_ = l.cmd.Wait()
}

// report sends one report and returns how it was answered.
func (l *lone) report(ctx context.Context) (status int, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	l.sent++
	id := "lone-" + strconv.Itoa(l.sent)
	body := fmt.Sprintf(`{"id":%q,"patientId":%q,"data":{"note":%q}}`, id, l.phones.Patients[0], strings.Repeat("x", 2000))
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.phones.Address+"/report", strings.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	q.Header.Set("Authorization", "Bearer "+l.phones.Token)
	q.Header.Set("Content-Type", "application/json")
	begun := time.Now()
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, time.Since(begun), ctx.Err() // no answer
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode == http.StatusOK {
		l.kept = append(l.kept, id)
	}
	return res.StatusCode, time.Since(begun), nil
}

// missing counts which of the reports the storage does not hold.
func (l *lone) missing(ctx context.Context, ids []string) (n int, err error) {
	db, err := store.Open(ctx, locate(l.dir, "").dsn, store.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.View(ctx, func(tx *store.Tx) error {
		kept, err := report.Kept(ctx, tx, l.phones.Study, "lone-")
		for _, id := range ids {
			if kept[id] != 1 {
				n++
			}
		}
		return err
	})
	return n, err
}

// fullDisk is the size of the disk that is filled up.
const fullDisk = "size=96m"

// fullFault fills the disk of a server while a phone reports, and frees it. What cannot be kept must be refused within a second, what is
// read must be answered, and it must heal by itself. The control is a server that acknowledges what it has read.
func fullFault(ctx context.Context, _ *scratch, dir string, _ chaos.Bounds) (m, control chaos.Measure, err error) {
	at := filepath.Join(dir, "disk")
	if err := os.Mkdir(at, 0o700); err != nil {
		return m, control, err
	}
	if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", fullDisk, "casebook-chaos", at).CombinedOutput(); err != nil {
		return m, control, fmt.Errorf("a disk of its own: %s %w", out, err)
	}
	defer func() { err = errors.Join(err, syscall.Unmount(at, syscall.MNT_DETACH)) }()
	l, err := startLone(ctx, filepath.Join(at, "data"))
	if err != nil {
		return m, control, err
	}
	defer func() { l.kill() }()
	for range 20 {
		if status, _, err := l.report(ctx); err != nil || status != http.StatusOK {
			return m, control, fmt.Errorf("before the disk is full: %d %w", status, err)
		}
	}
	ballast := filepath.Join(at, "ballast")
	if err := fill(ballast); err != nil {
		return m, control, err
	}
	refused, slowest, claimed := 0, time.Duration(0), append([]string(nil), l.kept...)
	for range 40 {
		status, took, err := l.report(ctx)
		if err != nil {
			return m, control, err
		}
		claimed = append(claimed, "lone-"+strconv.Itoa(l.sent))
		if status != http.StatusOK {
			refused, slowest = refused+1, max(slowest, took)
			if status != http.StatusServiceUnavailable && status != http.StatusInsufficientStorage {
				m.Findings = append(m.Findings, fmt.Sprintf("a report is answered %d while the disk is full", status))
			}
		}
	}
	res, err := http.Get("http://" + l.phones.Address + "/healthz")
	if err != nil {
		return m, control, err
	}
	res.Body.Close()
	if err := os.Remove(ballast); err != nil {
		return m, control, err
	}
	freed, healed := time.Now(), false
	for !healed && time.Since(freed) < 30*time.Second {
		status, _, err := l.report(ctx)
		if err != nil {
			return m, control, err
		}
		if healed = status == http.StatusOK; !healed {
			if err := sleep(ctx, 20*time.Millisecond); err != nil {
				return m, control, err
			}
		}
	}
	back := time.Since(freed)
	l.kill()
	lost, err := l.missing(ctx, l.kept)
	if err != nil {
		return m, control, err
	}
	control.N = int64(len(claimed))
	wrong, err := l.missing(ctx, claimed)
	control.Value, control.Pass = fmt.Sprintf("%d of %d lost", wrong, len(claimed)), wrong == 0
	m.N = int64(l.sent)
	m.Figures = map[string]float64{"acknowledged": float64(len(l.kept)), "refused": float64(refused), "lost": float64(lost), "slowest_refusal_ms": float64(slowest.Milliseconds()), "back_ms": float64(back.Milliseconds())}
	m.Value = fmt.Sprintf("%d of %d acknowledged lost; %d refused, within %d ms; back %d ms after there was room", lost, len(l.kept), refused, slowest.Milliseconds(), back.Milliseconds())
	if lost > 0 || refused == 0 || slowest > time.Second || !healed || back > 5*time.Second {
		m.Findings = append(m.Findings, m.Value)
	}
	m.Pass = len(m.Findings) == 0
	return m, control, err
}

// fill writes until there is no room.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
	}
	return nil
}

// fsyncFault has every sync of a running server fail. From the first that failed on, nothing may be acknowledged any more, and what was
// acknowledged before must be there after a start. The control is a server whose syncs do not fail: it goes on, which the test must see.
func fsyncFault(ctx context.Context, _ *scratch, dir string, _ chaos.Bounds) (m, control chaos.Measure, err error) {
	if m, err = syncs(ctx, filepath.Join(dir, "failing"), "inject=fsync,fdatasync:error=EIO"); err != nil {
		return m, control, err
	}
	control, err = syncs(ctx, filepath.Join(dir, "well"), "inject=fsync,fdatasync:delay_exit=1")
	return m, control, err
}

func syncs(ctx context.Context, dir, inject string) (m chaos.Measure, err error) {
	l, err := startLone(ctx, dir)
	if err != nil {
		return m, err
	}
	defer func() { l.kill() }()
	for range 20 {
		if status, _, err := l.report(ctx); err != nil || status != http.StatusOK {
			return m, fmt.Errorf("before syncs fail: %d %w", status, err)
		}
	}
	log := filepath.Join(filepath.Dir(dir), filepath.Base(dir)+".strace")
	detach, err := l.syncsUnder(ctx, log, inject)
	if err != nil {
		return m, err
	}
	before, after := len(l.kept), 0
	for range 40 {
		status, _, err := l.report(ctx)
		if err != nil {
			return m, err
		}
		if status == http.StatusOK {
			after++
		}
	}
	l.kill()
	detach()
	text, err := os.ReadFile(log)
	if err != nil {
		return m, err
	}
	failed := strings.Count(string(text), "EIO")
	if err := l.start(ctx); err != nil {
		return m, fmt.Errorf("the next start: %w", err)
	}
	status, _, err := l.report(ctx)
	if err != nil {
		return m, err
	}
	l.kill()
	lost, err := l.missing(ctx, l.kept)
	m.N = int64(l.sent)
	m.Figures = map[string]float64{"acknowledged_before": float64(before), "acknowledged_after": float64(after), "failed_syncs": float64(failed), "lost": float64(lost)}
	m.Value = fmt.Sprintf("%d syncs failed, %d acknowledged afterwards, %d of %d lost, the next start answers %d", failed, after, lost, len(l.kept), status)
	if m.Pass = failed > 0 && after == 0 && lost == 0 && status == http.StatusOK; !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m, err
}

// syncsUnder has strace do something to every sync of the server from now on, until detach.
func (l *lone) syncsUnder(ctx context.Context, log, inject string) (detach func(), err error) {
	tracer := exec.CommandContext(ctx, "strace", "-f", "-p", strconv.Itoa(l.cmd.Process.Pid), "-e", "trace=fsync,fdatasync", "-e", inject, "-o", log)
	said, err := tracer.StderrPipe()
	if err == nil {
		err = tracer.Start()
	}
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(said); lines.Scan() && !strings.Contains(lines.Text(), "attached"); {
		continue
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the tracer
	return func() {
		_ = tracer.Process.Signal(os.Interrupt)
		_ = tracer.Wait() // it ends with what it traced, or leaves it
	}, nil
}
