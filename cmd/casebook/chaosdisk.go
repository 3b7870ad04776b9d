//go:build !production

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/chaos"
	"casebook/chaos/disk"
	"casebook/demo"
	"casebook/load"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/report"
	"casebook/store"
	"casebook/trial"
)

// diskFaults record once what the shipped server asks of its disk while phones report, and then look at what a crash would have left.

// pointFault kills at every call: each call that the server made may have been its last. All that it had acknowledged by then must be
// there, once, and verify. The control is a server that acknowledges what it has read.
func pointFault(ctx context.Context, _ *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	r, err := recordReports(ctx, dir, b)
	if err != nil {
		return m, control, err
	}
	killed := func(f *disk.Folder, to string, _ *rand.Rand) error { return f.Killed(to) }
	if m, err = r.judge(ctx, b, crash{points: 60, leave: killed, told: disk.Said}); err != nil {
		return m, control, err
	}
	b.Size = 0
	control, err = r.judge(ctx, b, crash{points: 30, leave: killed, told: disk.Heard})
	return m, control, err
}

// powerFault cuts the power at every call: what was not synced is there, or not, or in part. The control is a disk that says it has
// synced and has not.
func powerFault(ctx context.Context, _ *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	r, err := recordReports(ctx, dir, b)
	if err != nil {
		return m, control, err
	}
	cut := func(f *disk.Folder, to string, chance *rand.Rand) error { return f.Cut(to, chance) }
	if m, err = r.judge(ctx, b, crash{points: 60, leave: cut, told: disk.Said}); err != nil {
		return m, control, err
	}
	b.Size = 0
	control, err = r.judge(ctx, b, crash{points: 30, leave: cut, told: disk.Said, liar: true})
	return m, control, err
}

// recording is what the server was asked, and asked of its disk, in one order.
type recording struct {
	dir, base string
	study     casebook.StudyID
	calls     []disk.Call
}

// recordTime is how long the phones report: until the database's log is so long that it is copied into the file.
const recordTime = 6 * time.Second

// recordReports has a server of its own take reports under strace, and kills it when they are in.
func recordReports(ctx context.Context, dir string, b chaos.Bounds) (r recording, err error) {
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // strace tells the real path
		return r, err
	}
	r = recording{dir: dir, base: filepath.Join(dir, "base"), study: demo.ID}
	live := filepath.Join(dir, "live")
	phones, err := smallStudy(ctx, live)
	if err == nil {
		err = os.CopyFS(r.base, os.DirFS(live))
	}
	if err != nil {
		return r, err
	}
	address, err := unusedAddress()
	if err != nil {
		return r, err
	}
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	log := filepath.Join(dir, "strace")
	args, err := disk.Tracer(log, self, "--log", "error", "serve", "--addr", address, "--db", live)
	if err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return r, err
	}
	phones.Address, phones.Seed, phones.Acks, phones.Duration = address, b.Seed, filepath.Join(dir, "acks"), recordTime
	err = ready(ctx, "http://"+address+"/readyz")
	if err == nil {
		_, err = load.Run(ctx, phones)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the server and its tracer, which are a group of their own
	_ = cmd.Wait()                                      // it was killed
	if err != nil {
		return r, err
	}
	text, err := os.Open(log)
	if err != nil {
		return r, err
	}
	defer text.Close()
	if r.calls, err = disk.Read(text, live); err != nil {
		return r, err
	}
	if !slices.ContainsFunc(r.calls, func(c disk.Call) bool { return c.OnDisk() && toFile(&c) }) {
		return r, errors.New("the database's log was not copied into the file while it was recorded")
	}
	return r, nil
}

// smallStudy makes a folder with the demo's definition and eight subjects, and returns the phones that report there.
func smallStudy(ctx context.Context, dir string) (o load.Options, err error) {
	a, err := Database{DB: dir}.open(ctx)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	return a.small(operator(ctx))
}

// small makes the small study.
func (a *app) small(ctx context.Context) (o load.Options, err error) {
	o = load.Options{Scenario: load.Reports, Study: demo.ID, Rate: 100, Duration: 2 * time.Second, Connections: 8, Patience: time.Minute}
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		return o, err
	}
	if _, err = a.trials.Import(ctx, study, trial.Training); err != nil {
		return o, err
	}
	if _, err = a.trials.AddSite(ctx, demo.ID, trial.Site{ID: "03", Name: odm.Text{"en": "Hospital"}, Zone: "Europe/Berlin", State: trial.Active}); err != nil {
		return o, err
	}
	for range 8 {
		p, err := a.trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: "03"})
		if err != nil {
			return o, err
		}
		o.Patients = append(o.Patients, string(p.ID))
	}
	o.Token, _, err = a.people.IssueToken(ctx, auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "phones", Scopes: []auth.Action{auth.ReportSubmit}})
	return o, errors.Join(err, a.ledger.Seal(ctx, demo.ID))
}

// ready waits until a server answers, half a minute at most.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(q); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// crash is how the server goes down, and what it is held to.
type crash struct {
	points int // looked at in the quick run
	leave  func(f *disk.Folder, to string, chance *rand.Rand) error
	told   disk.Kind // of the calls that count as an acknowledgement
	liar   bool      // the disk says that it has synced and has not
}

var reportID = regexp.MustCompile(`"id": ?"([^"]+)"`)

// toFile reports whether a call is to the database's file itself, into which its log is copied.
func toFile(c *disk.Call) bool { return c.File == "casebook.db" }

// judge looks at the folder that a crash leaves after each call, or after so many of them as are asked for, evenly: of those to the
// database's file, which are few, and of all others.
func (r *recording) judge(ctx context.Context, b chaos.Bounds, c crash) (m chaos.Measure, err error) {
	places, points, seen := map[bool]int{}, map[bool]int{}, map[bool]int{} // by toFile
	for i := range r.calls {
		if r.calls[i].OnDisk() {
			places[toFile(&r.calls[i])]++
		}
	}
	wanted := c.points
	if b.Size > 0 {
		wanted = b.Size
	}
	all := 0
	for k, n := range places {
		points[k] = min(wanted, n)
		all += n
	}
	f := disk.Open(r.base)
	f.NoSyncs = c.liar
	told, lost, doubled := []string{}, 0, 0
	chance := rand.New(rand.NewPCG(b.Seed, 5))
	for i := range r.calls {
		call := &r.calls[i]
		if err := f.Play(call); err != nil {
			return m, err
		}
		if call.Kind == c.told {
			for _, id := range reportID.FindAllSubmatch(call.Data, -1) {
				told = append(told, string(id[1]))
			}
		}
		if !call.OnDisk() {
			continue
		}
		k := toFile(call)
		if seen[k]++; seen[k]*points[k]/places[k] == (seen[k]-1)*points[k]/places[k] {
			continue
		}
		left := filepath.Join(r.dir, "left")
		if err := c.leave(f, left, chance); err != nil {
			return m, err
		}
		v, err := r.look(ctx, left, told)
		if err != nil {
			return m, fmt.Errorf("after call %d of %d: %w", seen[false]+seen[true], all, err)
		}
		lost, doubled = max(lost, v.lost), max(doubled, v.doubled)
		m.N++
		if v.lost+v.doubled+len(v.findings) > 0 && len(m.Findings) < 4 {
			m.Findings = append(m.Findings, fmt.Sprintf("after call %d of %d: %d of %d lost, %d doubled %v", seen[false]+seen[true], all, v.lost, len(told), v.doubled, v.findings))
		}
	}
	m.Figures = map[string]float64{"calls": float64(all), "calls_to_the_file": float64(places[true]), "points": float64(m.N), "acknowledged": float64(len(told)), "lost": float64(lost), "duplicated": float64(doubled)}
	m.Value = fmt.Sprintf("%d of %d calls, %d of them to the database's file: %d of %d acknowledged lost at most, %d duplicated", m.N, all, places[true], lost, len(told), doubled)
	m.Pass = len(m.Findings) == 0 && len(told) > 0
	return m, nil
}

type left struct {
	lost, doubled int
	findings      []string
}

// look opens what a crash left, as a start does, and holds it against what was acknowledged before.
func (r *recording) look(ctx context.Context, dir string, told []string) (v left, err error) {
	db, err := store.Open(ctx, locate(dir, "").dsn, store.Options{ReadOnly: true})
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(ctx, func(tx *store.Tx) error {
		var sound string
		if err := tx.Row(ctx, `PRAGMA quick_check`).Scan(&sound); err != nil {
			return err
		}
		if sound != "ok" {
			v.findings = append(v.findings, sound)
		}
		kept, err := report.Kept(ctx, tx, r.study, "")
		for _, id := range told {
			switch n := kept[id]; {
			case n == 0:
				v.lost++
			case n > 1:
				v.doubled++
			}
		}
		return err
	})
	if err != nil {
		v.findings, err = append(v.findings, err.Error()), nil // what cannot be read is lost
		v.lost = len(told)
		return v, err
	}
	found, err := verified(ctx, dir)
	if err != nil {
		v.findings = append(v.findings, err.Error()) // what verify cannot read, either
		return v, ctx.Err()
	}
	for _, f := range found.Findings {
		v.findings = append(v.findings, f.Table+" "+f.Row+": "+f.What)
	}
	return v, nil
}
