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
	"regexp"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/load"
	"casebook/store/storetest"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// server is a running demo.
type server struct {
	cmd     *exec.Cmd
	dir     string
	env     []string
	admin   string
	hello   hello
	stopped bool
}

// hello is the part of the demo's line that the generator needs.
type hello struct {
	Address     string           `json:"address"`
	ReportToken string           `json:"reportToken"`
	TrialID     casebook.StudyID `json:"trialId"`
	PatientIDs  []string         `json:"patientIds"`
	Data        string           `json:"data"`
	Logins      []struct {
		Role     string `json:"role"`
		User     string `json:"user"`
		Password string `json:"password"`
	} `json:"logins"`
}

// start runs the demo, on PostgreSQL if dsn names one, and waits until it is ready. Restarting it afterwards leaves the
// memory of the seeding behind.
func (b *bench) start(dsn string, env ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "casebook-bench-")
	if err != nil {
		return nil, err
	}
	b.servers++
	s := &server{dir: dir, env: env, admin: "127.0.0.1:6" + strconv.Itoa(100+(os.Getpid()+b.servers)%800)}
	for range 2 {
		s.stop()
		if err := s.run(b, dsn); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// run starts the program on what is there, and waits until it is ready.
func (s *server) run(b *bench, dsn string) error {
	args := []string{"demo", "--json", "--log", "warn", "--data", s.dir, "--admin", s.admin}
	if dsn != "" {
		args = append(args, "--db", dsn)
	}
	s.stopped = false
	s.cmd = exec.CommandContext(b.ctx, b.binary, args...)
	s.cmd.Stderr = os.Stderr
	s.cmd.Env = append(os.Environ(), s.env...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	text, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the demo said nothing: %w", err)
	}
	s.hello = hello{}
	return json.Unmarshal(text, &s.hello)
}

func (s *server) stop() {
	if s.cmd == nil || s.stopped {
		return
	}
	s.stopped = true
	s.cmd.Process.Signal(os.Interrupt)
	s.cmd.Wait()
}

func (s *server) remove() { s.stop(); os.RemoveAll(s.dir) }

// reports posts reports of 28 items and 2 KB at 64 connections and returns how many a second were acknowledged.
func (s *server) reports(b *bench, round int) (float64, error) {
	r, err := load.Run(b.ctx, load.Options{Scenario: load.Reports, Address: s.hello.Address, Study: s.hello.TrialID, Patients: s.hello.PatientIDs,
		Token: s.hello.ReportToken, Duration: b.length, Connections: connections, Seed: uint64(round + 1)})
	if err == nil && r.Acknowledged != r.Answers {
		err = fmt.Errorf("%d of %d reports were acknowledged", r.Acknowledged, r.Answers)
	}
	return r.Good, err
}

const connections = 64

// ask asks the server's administrator address for something.
func (s *server) ask(which string) (*http.Response, error) {
	token, err := os.ReadFile(filepath.Join(s.dir, "admin-token"))
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequest(http.MethodGet, "http://"+s.admin+"/"+which, nil)
	if err != nil {
		return nil, err
	}
	q.SetBasicAuth("admin", strings.TrimSpace(string(token)))
	return http.DefaultClient.Do(q)
}

// objects is how many objects the server has allocated since it started. Asking costs some thousand.
func (s *server) objects() (float64, error) {
	res, err := s.ask("metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "go_gc_heap_allocs_objects_total "); ok {
			return strconv.ParseFloat(text, 64)
		}
	}
	return 0, errors.New("the server's metrics do not count its objects")
}

// resident is the server's memory in bytes.
func (s *server) resident() (float64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(statm))[1], 64)
	return pages * float64(os.Getpagesize()), err
}

// sleepTime is how long a server has nothing to do before its memory is taken for that of an idle one: a little longer
// than it waits until it gives memory back.
const sleepTime = 15 * time.Second

// own is the share of the server's allocations, over the next seconds, that are not made in a database driver or in
// handing values to one. It sees a sample, one object in many, and leaves out what taking the profile itself makes.
func (s *server) own(ctx context.Context, seconds int) (float64, error) {
	res, err := s.ask(fmt.Sprintf("debug/pprof/allocs?seconds=%d", seconds))
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	file := filepath.Join(s.dir, "allocs.pb.gz")
	profile, err := io.ReadAll(res.Body)
	if err == nil {
		err = os.WriteFile(file, profile, 0o600)
	}
	if err != nil {
		return 0, err
	}
	const profiling = `^runtime/pprof|^net/http/pprof|^internal/profile|^compress/`
	const driver = `^modernc\.org|^database/sql|^github\.com/jackc|casebook/store\.cell$`
	all, err := made(ctx, file, profiling)
	if err != nil {
		return 0, err
	}
	ours, err := made(ctx, file, profiling+"|"+driver)
	return ours / all, err
}

// made counts the objects of a profile, but those on whose way the expression was met.
func made(ctx context.Context, file, but string) (float64, error) {
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-sample_index=alloc_objects", "-top", "-nodefraction=0", "-nodecount=1000000", "-ignore="+but, file).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pprof: %w\n%s", err, out)
	}
	m := regexp.MustCompile(`accounting for (\d+), `).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pprof counted nothing:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// ownShare is own of a server under load. It is another than the one that is measured, since looking at one object in so
// few costs something.
func (b *bench) ownShare() (share float64, err error) {
	s, err := b.start("", "GODEBUG=memprofilerate=4096")
	if err != nil {
		return 0, err
	}
	defer s.remove()
	if _, err := s.reports(b, b.rounds); err != nil {
		return 0, err
	}
	var sampling errgroup.Group
	sampling.Go(func() (err error) { share, err = s.own(b.ctx, int(b.length.Seconds())); return err })
	if _, err := s.reports(b, b.rounds+1); err != nil {
		return 0, err
	}
	return share, sampling.Wait()
}

// reportsOnSQLite compares the door with a bare group-commit loop in one process, 64 writers, the same rows.
func (b *bench) reportsOnSQLite() error {
	share, err := b.ownShare()
	if err != nil {
		return err
	}
	s, err := b.start("")
	if err != nil {
		return err
	}
	defer s.remove()
	time.Sleep(sleepTime)
	idle, err := s.resident()
	if err != nil {
		return err
	}
	if _, err := s.reports(b, b.rounds); err != nil { // warm-up, and the rows that the others copy
		return err
	}
	rows, err := sample(b.ctx, filepath.Join(s.hello.Data, "casebook.db"))
	if err != nil {
		return err
	}
	bare := &bareLoop{rows: rows, patients: s.hello.PatientIDs}
	var ours, driver, late, usual []float64
	var resident float64
	err = b.pair(line{what: "POST /report, SQLite, 64 connections", against: "bare group-commit loop, same rows, 64 writers", unit: "reports/s", goal: "≥ 0.45"},
		func(round int) (float64, error) {
			before, err := s.objects()
			if err != nil {
				return 0, err
			}
			good, err := s.reports(b, round)
			if err != nil {
				return 0, err
			}
			after, err := s.objects()
			if err != nil {
				return 0, err
			}
			now, err := s.resident()
			all := (after - before) / (good * b.length.Seconds())
			ours, driver = append(ours, all*share), append(driver, all*(1-share))
			resident = max(resident, now)
			if err != nil {
				return 0, err
			}
			r, err := s.visited(b, load.Reports, 0.7*good, round+b.rounds)
			late, usual = append(late, r.Latency.P99), append(usual, r.Latency.P50)
			return good, err
		},
		func(int) (float64, error) {
			done, err := bare.run(b.ctx, b.length)
			return float64(done) / b.length.Seconds(), err
		})
	if err := b.manyReports(s, "SQLite"); err != nil {
		return err
	}
	b.lines = append(b.lines,
		line{what: "allocations a report, our side of the driver, HTTP and followers included", against: "the driver's side", unit: "objects", ours: ours, theirs: driver, goal: "ours ≤ 60"},
		line{what: "p99 of a report at 70 % of those", against: "p50", unit: "ms", ours: late, theirs: usual, goal: "≤ 10"},
		line{what: "memory under that load", against: "idle", unit: "MB", ours: []float64{resident / 1e6}, theirs: []float64{idle / 1e6}, goal: "≤ 150, idle ≤ 40"})
	return err
}

// manyReports compares bodies of a thousand reports with reports one by one, at the same server.
func (b *bench) manyReports(s *server, engine string) error {
	return b.pair(line{what: "1,000 reports in a body, " + engine + ", 4 connections", against: "one in a body, 64 connections", unit: "reports/s", goal: "≥ 2"},
		func(round int) (float64, error) {
			const many = 1000
			r, err := load.Run(b.ctx, load.Options{Scenario: load.Reports, Address: s.hello.Address, Study: s.hello.TrialID, Patients: s.hello.PatientIDs,
				Token: s.hello.ReportToken, Duration: b.length, Connections: 4, Seed: uint64(round + 1), Bodies: many})
			if err == nil && r.Acknowledged != r.Answers*many {
				err = fmt.Errorf("%d reports of %d bodies were acknowledged", r.Acknowledged, r.Answers)
			}
			return r.Good * many, err
		},
		func(round int) (float64, error) { return s.reports(b, round+2*b.rounds) })
}

// postgres starts a PostgreSQL that goes with this program, and returns its address.
func postgres() (dsn string, err error) {
	if dsn, err = storetest.Start("shared_buffers=256MB"); err != nil {
		err = fmt.Errorf("no PostgreSQL: %w", err)
	}
	return dsn, err
}

// reportsOnPostgres compares the door with pgbench running the same rows as one transaction each.
func (b *bench) reportsOnPostgres() error {
	dsn, err := postgres()
	if err != nil {
		return err
	}
	s, err := b.start(dsn)
	if err != nil {
		return err
	}
	defer s.remove()
	if _, err := s.reports(b, b.rounds); err != nil {
		return err
	}
	script, err := pgbenchScript(b.ctx, dsn)
	if err != nil {
		return err
	}
	defer os.Remove(script)
	err = b.pair(line{what: "POST /report, PostgreSQL, 64 connections", against: "pgbench -c 64 -j 2 -M prepared, same rows", unit: "reports/s", goal: "≥ 1.3"},
		func(round int) (float64, error) { return s.reports(b, round) },
		func(int) (float64, error) { return pgbench(b.ctx, dsn, script, int(b.length.Seconds())) })
	if err != nil {
		return err
	}
	return b.manyReports(s, "PostgreSQL")
}

func pgbench(ctx context.Context, dsn, script string, seconds int) (float64, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return 0, errors.New("pgbench is not installed")
	}
	out, err := exec.CommandContext(ctx, found[len(found)-1], "-n", "-c", "64", "-j", "2", "-M", "prepared", "-T", strconv.Itoa(seconds), "-f", script, dsn).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	m := regexp.MustCompile(`tps = ([\d.]+)`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench said nothing of tps:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
