//go:build !production

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/chaos"
	"casebook/demo"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/report"
	"casebook/store"
)

const (
	simSeeds  = 10 // of the quick run
	simEvents = 80 // in one course
)

// simFaults are planted into a course, each with the database's own rights and where no event would notice at once. A vandal keeps no house
// rule: these name the tables of others.
var simFaults = []struct{ what, table, change string }{
	{"a report is gone", "report", `DELETE FROM %s WHERE report_id IN (SELECT max(report_id) FROM %[1]s)`},
	{"a value is another one", "record_form", `UPDATE %s SET doc = replace(doc, '"sim-', '"sin-')`},
	{"a form counts one save less", "record_form", `UPDATE %s SET version = version - 1`},
	{"a void signature holds", "record_signature", `UPDATE %s SET void_at = 0, void_ref = ''`},
	{"a subject is at another site", "patient", `UPDATE %s SET site_id = '04' WHERE subject_id IN (SELECT max(subject_id) FROM %[1]s)`},
	{"a reason is another one", "ledger_entry", `UPDATE %s SET reason = 'none' WHERE reason <> ''`},
	{"an entry is gone", "ledger_entry", `DELETE FROM %s WHERE entry_id IN (SELECT max(entry_id) FROM %[1]s WHERE study_id = 'HTN-24')`},
	{"a moment of sealing is another one", "ledger_index", `UPDATE %s SET sealed_at = sealed_at + 1 WHERE idx = 5`},
}

// simFault lets seeded courses of events happen in the product: enrolments, saves, saves that must be refused, reports, reports once more
// and with other content, signatures, restarts, and a clock that goes both ways. Time and chance are the seed's, one event follows another,
// and after each course a small model of what should be there is held against what is. Each course runs twice and must give the same
// history and the same ledger, byte by byte: so a failure comes back with its seed and its commit. The control plants faults.
func simFault(ctx context.Context, _ *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	base := filepath.Join(dir, "base")
	subjects, err := simStudy(ctx, base)
	if err != nil {
		return m, control, err
	}
	seeds := uint64(simSeeds)
	if b.Size > 0 {
		seeds = uint64(b.Size)
	}
	events, last := 0, ""
	for seed := b.Seed; seed < b.Seed+seeds; seed++ {
		var came [2]courseEnd
		for i := range came {
			if came[i], err = simulate(ctx, base, subjects, seed, ""); err != nil {
				return m, control, fmt.Errorf("seed %d: %w", seed, err)
			}
		}
		for _, w := range came[0].wrong {
			m.Findings = append(m.Findings, fmt.Sprintf("seed %d: %s", seed, w))
		}
		if came[0].history != came[1].history || came[0].state != came[1].state {
			m.Findings = append(m.Findings, fmt.Sprintf("seed %d: histories %s and %s, ledgers %s and %s", seed, came[0].history, came[1].history, came[0].state, came[1].state))
		}
		if came[0].state == last {
			m.Findings = append(m.Findings, fmt.Sprintf("seed %d: the ledger of the seed before, so its digest shows nothing", seed))
		}
		last = came[0].state
		if seed == b.Seed {
			m.Value = fmt.Sprintf("seed %d: history %s, ledger %s; ", seed, came[0].history, came[0].state)
		}
		events += came[0].events
	}
	m.N, m.Pass = int64(seeds), len(m.Findings) == 0
	m.Figures = map[string]float64{"events": float64(events), "findings": float64(len(m.Findings))}
	m.Value += fmt.Sprintf("%d courses of %d events, each twice the same; %d findings", seeds, events, len(m.Findings))
	for _, f := range simFaults {
		came, err := simulate(ctx, base, subjects, b.Seed, fmt.Sprintf(f.change, f.table))
		if err != nil {
			return m, control, fmt.Errorf("%s: %w", f.what, err)
		}
		if control.N++; len(came.wrong) > 0 {
			control.Findings = append(control.Findings, f.what+": "+came.wrong[0])
		}
	}
	control.Value = fmt.Sprintf("%d of %d planted faults found", len(control.Findings), len(simFaults))
	control.Pass = len(control.Findings) < len(simFaults)
	return m, control, nil
}

// courseEnd is what came out of a course.
type courseEnd struct {
	events         int
	history, state string   // digests
	wrong          []string // what is not as it should be
}

// course is one run of a seed, and the model of what it should leave.
type course struct {
	dir     string
	clock   *casebook.Clock
	world   casebook.World
	chance  *rand.Rand
	a       *app
	stop    func() error
	history hash.Hash
	wrong   []string

	subjects []string
	versions map[string]int64  // of each subject's form
	notes    map[string]string // what stands there
	signed   map[string]bool   // and whether a signature holds
	reports  []simReport
}

type simReport struct{ body, id, receipt string }

// simChance is chance by a seed, for more than one goroutine.
type simChance struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func (c *simChance) Read(b []byte) (int, error) { c.mu.Lock(); defer c.mu.Unlock(); return c.r.Read(b) }

func simWorld(seed uint64) (*casebook.Clock, casebook.World) {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	return clock, casebook.World{Now: clock.Now, Rand: &simChance{r: rand.NewChaCha8(key)}}
}

// simStudy makes the study in which all courses begin.
func simStudy(ctx context.Context, dir string) (subjects []string, err error) {
	_, world := simWorld(0)
	a, err := Database{DB: dir}.openIn(ctx, world)
	if err != nil {
		return nil, err
	}
	phones, err := a.small(operator(ctx))
	return phones.Patients, errors.Join(err, a.close())
}

// simulate lets one course happen. planted is done to the database on the way.
func simulate(ctx context.Context, base string, subjects []string, seed uint64, planted string) (came courseEnd, err error) {
	c := &course{dir: base + "-course", chance: rand.New(rand.NewPCG(seed, 8)), history: sha256.New(), subjects: append([]string(nil), subjects...),
		versions: map[string]int64{}, notes: map[string]string{}, signed: map[string]bool{}}
	if err := os.CopyFS(c.dir, os.DirFS(base)); err != nil {
		return came, err
	}
	defer os.RemoveAll(c.dir)
	c.clock, c.world = simWorld(seed)
	if err := c.start(ctx); err != nil {
		return came, err
	}
	for n := range simEvents {
		if err = c.event(ctx, n); err == nil && planted != "" && n == simEvents-2 {
			err = c.a.db.Update(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, planted); return err })
		}
		if err != nil {
			return came, errors.Join(fmt.Errorf("event %d: %w", n, err), c.stop())
		}
	}
	came.state, err = c.look(ctx)
	if err = errors.Join(err, c.stop()); err != nil {
		return came, err
	}
	v, err := verified(ctx, c.dir)
	if err != nil {
		return came, err
	}
	for _, f := range v.Findings {
		c.missed("%s %s: %s", f.Table, f.Row, f.What)
	}
	came.events, came.history, came.wrong = simEvents, hex.EncodeToString(c.history.Sum(nil)[:6]), c.wrong
	return came, nil
}

func (c *course) missed(f string, a ...any) { c.wrong = append(c.wrong, fmt.Sprintf(f, a...)) }

// start opens the product, and has it take reports until stop.
func (c *course) start(ctx context.Context) (err error) {
	if c.a, err = (Database{DB: c.dir}).openIn(ctx, c.world); err != nil {
		return err
	}
	a := c.a
	taking, end := context.WithCancel(ctx)
	var door sync.WaitGroup
	door.Go(func() { _ = a.reports.Run(taking) }) // it only says that it was told to stop
	c.stop = func() error { end(); door.Wait(); return a.close() }
	return nil
}

// event is one thing that happens, as chance has it.
func (c *course) event(ctx context.Context, n int) error {
	c.clock.Add(time.Second)
	subject := c.subjects[c.chance.IntN(len(c.subjects))]
	what, answer, err := "", "", error(nil)
	switch d := c.chance.IntN(100); {
	case d < 5:
		what = "enrol"
		var p patient.Subject
		if p, err = c.a.trials.Enrol(operator(ctx), demo.ID, patient.Enrolment{Site: "03"}); err == nil {
			answer = string(p.ID)
			c.subjects = append(c.subjects, answer)
		}
	case d < 50:
		what = "save"
		err = c.save(ctx, subject, fmt.Sprintf("sim-%d", n), c.versions[subject], "as the course has it")
	case d < 58:
		what = "careless save"
		seen, reason := c.versions[subject], ""
		if c.chance.IntN(2) == 0 && seen > 1 {
			seen, reason = seen-1, "as it was"
		}
		if c.versions[subject] > 0 {
			answer, err = c.refused(c.write(ctx, subject, "careless", seen, reason))
		}
	case d < 72:
		what = "report"
		r := simReport{id: fmt.Sprintf("sim-%d", n)}
		r.body = fmt.Sprintf(`{"id":%q,"patientId":%q,"data":{"note":"%d"}}`, r.id, subject, n)
		if r.receipt, err = c.report(ctx, r.body, false); err == nil {
			answer = r.receipt
			c.reports = append(c.reports, r)
		}
	case d < 82 && len(c.reports) > 0:
		what = "report again"
		r := c.reports[c.chance.IntN(len(c.reports))]
		if answer, err = c.report(ctx, r.body, true); err == nil && answer != r.receipt {
			c.missed("report %s has receipt %s and then %s", r.id, r.receipt, answer)
		}
	case d < 86 && len(c.reports) > 0:
		what = "report otherwise"
		r := c.reports[c.chance.IntN(len(c.reports))]
		_, failed := c.report(ctx, strings.Replace(r.body, `"note":"`, `"note":"0`, 1), false)
		answer, err = c.refused(failed)
	case d < 92 && c.versions[subject] > 0:
		what = "sign"
		err = c.sign(ctx, subject)
	case d < 97:
		what = "clock"
		c.clock.Add(time.Duration(c.chance.IntN(150)-60) * time.Minute)
	default:
		what = "restart"
		if err = c.stop(); err == nil {
			err = c.start(ctx)
		}
	}
	fmt.Fprintln(c.history, n, what, subject, answer)
	return err
}

// refused takes a refusal, and notes where there is none.
func (c *course) refused(err error) (code string, _ error) {
	e, ok := errors.AsType[*casebook.Error](err)
	switch {
	case err == nil:
		c.missed("what must be refused was taken")
		return "", nil
	case !ok:
		return "", err
	}
	return e.Code, nil
}

func (c *course) save(ctx context.Context, subject, note string, seen int64, reason string) error {
	if err := c.write(ctx, subject, note, seen, reason); err != nil {
		return err
	}
	c.versions[subject]++
	c.notes[subject], c.signed[subject] = note, false
	return nil
}

func simKey(subject string) record.Key {
	return record.Key{Study: demo.ID, Subject: casebook.SubjectID(subject), Event: "E.SCR", EventRepeat: "1", Form: "F.IE", FormRepeat: "1"}
}

func (c *course) write(ctx context.Context, subject, note string, seen int64, reason string) error {
	in := record.Save{Key: simKey(subject), Expect: seen, Reason: reason}
	said := []string{"IEDAT", "2026-03-02", "IN01", "Y", "IN02", "Y", "IN03", "Y", "EX01", "N", "EX02", "N", "EX03", "N", "EX04", "N", "IEYN", "Y", "IENOTE", note}
	for i := 0; i < len(said); i += 2 {
		in.Items = append(in.Items, record.Value{Group: "IG.IE", Repeat: "1", Item: "IT." + said[i], Value: said[i+1]})
	}
	_, err := c.a.forms.Save(desk(ctx, "linyue", "coordinator", "03"), in)
	return err
}

func (c *course) report(ctx context.Context, body string, again bool) (string, error) {
	r, err := c.a.reports.Submit(operator(ctx), demo.ID, "", "", bytes.NewReader([]byte(body)))
	if err == nil && r.Again != again {
		c.missed("report %s is said to be there already: %v", r.ID, r.Again)
	}
	return r.Text, err
}

func (c *course) sign(ctx context.Context, subject string) error {
	st, err := c.a.forms.Study(ctx, demo.ID)
	if err != nil {
		return err
	}
	ctx = desk(ctx, "zhouning", "investigator", "03")
	err = c.a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		k := simKey(subject)
		_, err := c.a.forms.Sign(ctx, w, st, record.Signing{Scope: record.Scope{Study: demo.ID, Subject: k.Subject, Path: k.Ref()}, Name: "Zhou Ning", Meaning: "approval", Zone: "Asia/Shanghai"})
		return err
	})
	c.signed[subject] = err == nil
	return err
}

// look holds what is there against the model, and returns the digest of the ledger.
func (c *course) look(ctx context.Context) (digest string, err error) {
	state := sha256.New()
	err = c.a.db.View(ctx, func(tx *store.Tx) error {
		kept, err := report.Kept(ctx, tx, demo.ID, "")
		if err != nil {
			return err
		}
		for _, r := range c.reports {
			if kept[r.id] != 1 {
				c.missed("report %s is there %d times", r.id, kept[r.id])
			}
		}
		if len(kept) != len(c.reports) {
			c.missed("%d reports are there, and %d were taken", len(kept), len(c.reports))
		}
		for _, subject := range c.subjects {
			all, err := record.StandingsOf(ctx, tx, demo.ID, casebook.SubjectID(subject))
			if err != nil {
				return err
			}
			holds := false
			for _, s := range all.Signatures {
				one, err := record.Holds(ctx, tx, &s)
				if err != nil {
					return err
				}
				holds = holds || one
			}
			if holds != c.signed[subject] {
				c.missed("a signature of %s holds: %v", subject, holds)
			}
		}
		entries, err := ledger.Read(ctx, tx, demo.ID, 0, 1<<20)
		for _, e := range entries {
			fmt.Fprintln(state, e.Index, e.ID, e.What, e.Subject, e.Site, e.Ref, e.Old, e.New, e.Reason, e.Actor, e.At.UnixMicro(), e.SealedAt.UnixMicro())
		}
		return err
	})
	for _, subject := range c.subjects {
		if c.versions[subject] == 0 || err != nil {
			continue
		}
		v, failed := c.a.forms.Read(ctx, simKey(subject), time.Time{})
		if err = failed; err != nil {
			break
		}
		note := ""
		for _, i := range v.Form.Items {
			if i.Item == "IT.IENOTE" {
				note = i.Value.Value
			}
		}
		if v.Form.Version != c.versions[subject] || note != c.notes[subject] {
			c.missed("the form of %s is version %d with %q, and should be %d with %q", subject, v.Form.Version, note, c.versions[subject], c.notes[subject])
		}
	}
	return hex.EncodeToString(state.Sum(nil)[:6]), err
}
