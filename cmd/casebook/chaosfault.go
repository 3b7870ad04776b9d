//go:build !production

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/chaos"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
)

// chaosFault is any fault but F-KILL: it runs on a demo of its own, and then, as the control, where the mistakes are made.
type chaosFault struct {
	Seed    uint64 `help:"Decides what chance decides." default:"1"`
	Minutes int    `help:"Go on with the next seed until so many minutes are over; 0 runs once."`
	Size    int    `help:"Requests, clients, edits, flips or seconds of load, as the fault counts; 0 is the quick number."`
	DB      string `name:"db" help:"PostgreSQL to work on; a folder with SQLite when none is given." placeholder:"postgres://…"`
	Replica string `name:"db-replica" help:"A streaming replica of it, for the faults that split the product into processes: they read there." placeholder:"postgres://…"`
}

// Run prints one JSON line for each seed, and fails at the first that does not pass.
func (c *chaosFault) Run(ctx context.Context, k *kong.Context) error {
	world := casebook.Outside()
	until := world.Now().Add(time.Duration(c.Minutes) * time.Minute)
	for seed := c.Seed; ; seed++ {
		o, err := c.once(ctx, k.Selected().Name, chaos.Bounds{Seed: seed, Size: c.Size, World: world})
		if err != nil {
			return err
		}
		if err := printJSON(o); err != nil {
			return err
		}
		if o.NotRun != "" {
			return nil
		}
		if !o.Pass {
			return errors.New("failed")
		}
		if !world.Now().Before(until) {
			return nil
		}
	}
}

func (c *chaosFault) once(ctx context.Context, id string, b chaos.Bounds) (o chaos.Outcome, err error) {
	dir, err := os.MkdirTemp("", "casebook-chaos-")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	try, own := dataFaults[id]
	if own {
		o = chaos.Outcome{ID: id, Title: try.title, Goal: try.goal, Seed: b.Seed, Commit: commit(), At: b.World.Now().UTC().Truncate(time.Second)}
		if o.NotRun = c.cannot(try); o.NotRun != "" {
			return o, nil
		}
	}
	if try.alone {
		o.Measure, o.Control, err = try.run(ctx, nil, dir, b)
		o.Conclude(b.World.Now())
		return o, err
	}
	admin, err := unusedAddress()
	if err != nil {
		return o, err
	}
	s, err := startScratch(ctx, filepath.Join(dir, "data"), c.DB, "--admin", admin)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	s.replica = c.Replica
	if own {
		o.Measure, o.Control, err = try.run(ctx, s, dir, b)
		o.Conclude(b.World.Now())
		return o, err
	}
	for _, f := range chaos.Faults {
		if f.ID == id {
			t, err := s.target(ctx, admin)
			if err != nil {
				return o, err
			}
			return f.Try(ctx, t, b, commit())
		}
	}
	return o, fmt.Errorf("there is no fault %s", id)
}

// cannot says why a fault cannot be carried out on this machine, "" when it can.
func (c *chaosFault) cannot(f dataFault) string {
	switch {
	case f.inFile && c.DB != "":
		return "the rows are not in a file of this machine"
	case f.onServer && c.DB == "":
		return "needs a PostgreSQL on this machine: --db"
	case f.root && os.Geteuid() != 0:
		return "needs root, for a disk of its own"
	case f.needs != "":
		if _, err := exec.LookPath(f.needs); err != nil {
			return "needs " + f.needs + ", which this machine does not have"
		}
	}
	return ""
}

// unusedAddress is an address that nobody listens on.
func unusedAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// target prepares what a fault needs: a signed-in coordinator, and a subject with a form.
func (s *scratch) target(ctx context.Context, admin string) (t chaos.Target, err error) {
	t = chaos.Target{Address: s.Address, Study: string(s.TrialID), Token: s.ReportToken, Place: "IG.IE/1/IT.IENOTE", Figures: s.figures(admin)}
	nurse, err := s.signIn(ctx)
	if err != nil {
		return t, err
	}
	t.Cookie = nurse.Value
	study := "/api/v1/studies/" + t.Study
	answer, err := s.ask(ctx, "POST", study+"/subjects", `{"site":"03"}`, t.Cookie)
	if err != nil {
		return t, err
	}
	var made struct {
		Subject string `json:"subject"`
	}
	if err := json.UnmarshalRead(answer.Body, &made); err != nil {
		return t, err
	}
	t.Subject, t.Form = made.Subject, study+"/subjects/"+made.Subject+"/forms/E.SCR/1/F.IE/1"
	if _, err = s.ask(ctx, "PATCH", t.Form, `{"items":[{"group":"IG.IE","repeat":"1","item":"IT.IENOTE","value":"2.0"}]}`, t.Cookie); err != nil {
		return t, err
	}
	t.Routes, err = everyAddress(ctx, filepath.Join(filepath.Dir(s.dir), "routes"))
	return t, err
}

// signIn signs the demo's coordinator in.
func (s *scratch) signIn(ctx context.Context) (*http.Cookie, error) {
	answer, err := s.ask(ctx, "POST", "/api/v1/session", `{"user":"linyue","password":"`+demoPassword+`"}`, "")
	if err != nil {
		return nil, err
	}
	for _, c := range answer.Cookies() {
		if c.Name == "casebook_session" {
			return c, nil
		}
	}
	return nil, errors.New("signing in brought no session")
}

// ask sends one request that must be answered well. The answer's body is in memory.
func (s *scratch) ask(ctx context.Context, method, path, body, cookie string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, s.Address+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("X-Casebook", "1")
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Cookie", "casebook_session="+cookie)
	if method == http.MethodPatch {
		q.Header.Set("If-None-Match", "*")
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, path, res.Status, text)
	}
	res.Body = io.NopCloser(strings.NewReader(string(text)))
	return res, err
}

// everyAddress lists the product's addresses.
func everyAddress(ctx context.Context, dir string) (all []string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	a, err := Database{DB: dir}.open(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range addresses(a, roles) {
		all = append(all, r.Pattern)
	}
	return all, a.close()
}

// leakProfile is the runtime's own search for goroutines that nothing can wake any more.
const leakProfile = "goroutineleak"

// figures reads what the process tells of itself, and how many goroutines wait for ever where it was built to find them
// (GOEXPERIMENT=goroutineleakprofile).
func (s *scratch) figures(admin string) func(context.Context) (map[string]float64, error) {
	names := map[string]string{"go_goroutines": "goroutines", "process_open_fds": "open_fds", "go_memory_classes_heap_objects_bytes": "heap_bytes", "process_resident_memory_bytes": "resident_bytes"}
	return func(ctx context.Context) (map[string]float64, error) {
		told, err := s.metrics(ctx, admin)
		if err != nil {
			return nil, err
		}
		all := map[string]float64{}
		for name, short := range names {
			value, there := told[name]
			if !there {
				return nil, fmt.Errorf("the process does not tell %s", name)
			}
			all[short] = value
		}
		if pprof.Lookup(leakProfile) == nil { // the process is the same program as this one
			return all, nil
		}
		res, err := s.administer(ctx, admin, "/debug/pprof/"+leakProfile+"?debug=1")
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		var n float64
		_, err = fmt.Fscanf(res.Body, leakProfile+" profile: total %g", &n)
		all["leaked_goroutines"] = n
		return all, err
	}
}

// administer asks at the process's door for the administrator.
func (s *scratch) administer(ctx context.Context, admin, path string) (*http.Response, error) {
	token, err := os.ReadFile(filepath.Join(s.dir, adminToken))
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+path, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	return http.DefaultClient.Do(q)
}

// metrics are all series that the process tells, by name and labels as they stand there.
func (s *scratch) metrics(ctx context.Context, admin string) (map[string]float64, error) {
	res, err := s.administer(ctx, admin, "/metrics")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if all[line[:at]], err = strconv.ParseFloat(line[at+1:], 64); err != nil {
			return nil, err
		}
	}
	return all, nil
}
