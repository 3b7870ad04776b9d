//go:build !production

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/chaos"
	"casebook/demo"
	"casebook/ledger"
	"casebook/load"
	"casebook/report"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// dataFault is a fault that knows what the product keeps.
type dataFault struct {
	title, goal string
	inFile      bool   // needs the rows in a file
	onServer    bool   // needs them in PostgreSQL
	alone       bool   // makes data of its own, and no demo is started for it
	needs       string // a program of this machine
	root        bool   // its rights, too
	run         func(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (test, control chaos.Measure, err error)
}

var dataFaults = map[string]dataFault{
	"F-RESTORE":  {title: "a backup under load, restored and verified", goal: "nothing lost that was acknowledged before; a broken one refused", inFile: true, run: restoreFault},
	"F-TAMPER":   {title: "altered rows of the ledger", goal: "100 % found and located; 0 false alarms", inFile: true, run: tamperFault},
	"F-OVER":     {title: "five times the load that it lets in, while staff read", goal: "goodput ≥ 90 % of peak, accepted p99 ≤ 250 ms, staff p99 ≤ 500 ms, shed at once", run: overFault},
	"F-POINT":    {title: "a kill at every call to the disk", goal: "0 lost, 0 duplicated, verified at each", inFile: true, alone: true, needs: "strace", run: pointFault},
	"F-POWER":    {title: "a power cut at every call to the disk", goal: "0 lost, 0 duplicated, verified at each", inFile: true, alone: true, needs: "strace", run: powerFault},
	"F-FULL":     {title: "a full disk, and room again", goal: "0 lost, refused within 1 s with 503 or 507, back within 5 s", inFile: true, alone: true, needs: "mount", root: true, run: fullFault},
	"F-FSYNC":    {title: "syncs that fail", goal: "nothing acknowledged afterwards, 0 lost", inFile: true, alone: true, needs: "strace", run: fsyncFault},
	"F-CANCEL":   {title: "a reader leaves while the query waits", goal: "from close to no query: p99 < 50 ms", onServer: true, run: cancelFault},
	"F-PGCRASH":  {title: "a process of PostgreSQL killed under load, which then recovers", goal: "0 lost, 0 duplicated, back within 1 s of PostgreSQL, no restart", onServer: true, run: pgcrashFault},
	"F-PGPOINT":  {title: "PostgreSQL killed at its calls to the disk", goal: "0 lost, 0 duplicated, back within 1 s of PostgreSQL, no restart", onServer: true, needs: "strace", root: true, run: pgpointFault},
	"F-NET":      {title: "wires to the database and to the phones that are late, cut, silent, refuse or halve", goal: "0 lost, 0 duplicated; every call ends by the edge's deadline of 5 s; back within 2 s of the healing", onServer: true, run: netFault},
	"F-SLOWDISK": {title: "a disk that takes a second for each sync", goal: "0 lost; who reads is answered within 500 ms, who reports by the deadline of 10 s", inFile: true, alone: true, needs: "strace", run: slowDiskFault},
	"F-CLOCK":    {title: "a clock that is turned forward and back while people work", goal: "the ledger's order is that of what was done; signatures, diaries and messages keep their time; a session is refused half an hour after its last use", inFile: true, alone: true, run: clockFault},
	"F-SIM":      {title: "courses of events that a seed decides, each twice", goal: "the same history and the same ledger from the same seed; all as a model has it, and verified", inFile: true, alone: true, run: simFault},
	"F-SPLIT":    {title: "three processes, each killed under load, and one frozen", goal: "0 lost, 0 duplicated; every call ends by the edge's deadline of 5 s, and by its own of 2 s while one is frozen; back within 2 s", onServer: true, run: splitFault},
}

// visits are phones that report to the demo.
func (s *scratch) visits(seed uint64, d time.Duration, rate float64, connections int, acks string) load.Options {
	o := load.Options{Scenario: load.Reports, Address: strings.TrimPrefix(s.Address, "http://"), Study: s.TrialID, Token: s.ReportToken, Rate: rate, Connections: connections,
		Seed: seed, Duration: d, Patience: 5 * time.Second, Acks: acks}
	for _, p := range s.PatientIDs {
		o.Patients = append(o.Patients, string(p))
	}
	return o
}

// restoreFault lets phones report, and while they go on takes a backup and restores it elsewhere. All that was acknowledged
// before the backup began must be there, and all must verify. The control is the same backup with a flipped bit.
func restoreFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	before, err := load.Run(ctx, s.visits(b.Seed, 4*time.Second, 200, 16, filepath.Join(dir, "acks")))
	if err != nil {
		return m, control, err
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	during, stop := context.WithCancel(ctx)
	var phones sync.WaitGroup
	phones.Go(func() { _, _ = load.Run(during, s.visits(b.Seed+1, time.Hour, 200, 16, "")) }) // what these keep is nobody's claim
	begun := b.World.Now()
	recipient, err := s.run(ctx, "backup-key", at("key"))
	if err == nil {
		_, err = s.must(ctx, "backup", "{data}", at("backup.age"), "--recipient", strings.TrimSpace(recipient))
	}
	saved := b.World.Now()
	stop()
	phones.Wait()
	if err == nil {
		_, err = s.must(ctx, "restore", at("backup.age"), "--key", at("key"), "--db", at("restored"))
	}
	back := b.World.Now()
	if err != nil {
		return m, control, err
	}
	kept, err := keptReports(ctx, at("restored"), s.greeting, before.Run)
	if err != nil {
		return m, control, err
	}
	if said, failed := s.run(ctx, "verify", at("restored")); failed != nil {
		m.Findings = append(m.Findings, said)
	}
	lost := before.Acknowledged - int64(kept)
	m.N, m.Figures = before.Acknowledged, map[string]float64{"backup_s": saved.Sub(begun).Seconds(), "restore_s": back.Sub(saved).Seconds()}
	m.Value = fmt.Sprintf("%d of %d lost, restored in %.1f s", max(lost, 0), before.Acknowledged, back.Sub(saved).Seconds())
	m.Pass = lost <= 0 && before.Acknowledged > 0 && len(m.Findings) == 0
	control, err = s.broken(ctx, at, b)
	return m, control, err
}

// must runs a command that must end well.
func (s *scratch) must(ctx context.Context, args ...string) (string, error) {
	out, err := s.run(ctx, args...)
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", args[0], err, out)
	}
	return out, err
}

// broken flips a bit of the backup, and restores that.
func (s *scratch) broken(ctx context.Context, at func(string) string, b chaos.Bounds) (m chaos.Measure, err error) {
	text, err := os.ReadFile(at("backup.age"))
	if err != nil {
		return m, err
	}
	where := rand.New(rand.NewPCG(b.Seed, 2)).IntN(len(text))
	text[where] ^= 1
	if err := os.WriteFile(at("broken.age"), text, 0o600); err != nil {
		return m, err
	}
	said, refused := s.run(ctx, "restore", at("broken.age"), "--key", at("key"), "--db", at("not-restored"))
	m.N, m.Value, m.Pass = 1, fmt.Sprintf("bit 0 of byte %d flipped: %s", where, strings.TrimSpace(said)), refused == nil
	return m, nil
}

// keptReports counts the reports of a run that a restored folder holds.
func keptReports(ctx context.Context, dir string, g greeting, run string) (int, error) {
	db, err := store.Open(ctx, locate(dir, "").dsn, store.Options{ReadOnly: true, Unsafe: true})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	n := 0
	return n, db.View(ctx, func(tx *store.Tx) error {
		kept, err := report.Kept(ctx, tx, g.TrialID, run)
		n = len(kept)
		return err
	})
}

// How much is altered: rounds, each on a copy of its own, and rows in each.
const (
	tamperRounds = 5
	tamperRows   = 8
)

// tamperFault alters rows of the ledger with the database's own rights, on copies of the folder, and verifies each. The
// control verifies a copy in which nothing was altered and must find none of them.
func tamperFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	if err := s.stop(); err != nil {
		return m, control, err
	}
	rounds := tamperRounds
	if b.Size > 0 {
		rounds = (b.Size + tamperRows - 1) / tamperRows
	}
	chance := rand.New(rand.NewPCG(b.Seed, 3))
	located, alarms, took, entries := 0, 0, time.Duration(0), int64(0)
	for round := range rounds + 1 {
		copied := filepath.Join(dir, fmt.Sprintf("round-%d", round))
		if err := os.CopyFS(copied, os.DirFS(s.dir)); err != nil {
			return m, control, err
		}
		altered, err := alter(ctx, copied, chance, round < rounds)
		if err != nil {
			return m, control, err
		}
		begun := b.World.Now()
		v, err := verified(ctx, copied)
		if err != nil {
			return m, control, err
		}
		took, entries = took+b.World.Now().Sub(begun), entries+v.Entries
		found, missed, more := compare(altered, v.Findings)
		if n := len(altered.how); round == rounds {
			control = chaos.Measure{N: int64(n), Value: fmt.Sprintf("%d of %d located in an unaltered copy", found, n), Findings: missed, Pass: found == n}
			alarms += len(v.Findings)
			break
		}
		m.N, located, alarms = m.N+int64(len(altered.how)), located+found, alarms+more
		m.Findings = append(m.Findings, missed...)
		if err := os.RemoveAll(copied); err != nil {
			return m, control, err
		}
	}
	m.Figures = map[string]float64{"false_alarms": float64(alarms), "entries_per_s": float64(entries) / took.Seconds()}
	m.Value = fmt.Sprintf("%d of %d located, %d false alarms", located, m.N, alarms)
	m.Pass = m.N > 0 && int64(located) == m.N && alarms == 0
	return m, control, nil
}

// mutations are what somebody with the database's rights does to one entry; the first argument is its id.
var mutations = []struct{ what, column, expression string }{
	{"another reason", "reason", "reason || 'x'"},
	{"another new value", "new", "new || ' '"},
	{"another old value", "old", "'1' || old"},
	{"another person", "actor", "'nobody'"},
	{"another role", "role", "role || '2'"},
	{"a microsecond later", "at", "at + 1"},
	{"another site", "site_id", "'99'"},
	{"another trace", "trace", "'0'"},
	{"another salt", "salt", "x'00'"},
	{"another verb", "what", "what || '.'"},
}

// alteration is what was done to a ledger.
type alteration struct {
	how map[string]string             // by the entry's id
	of  map[string]casebook.SubjectID // whom each entry of the study is about
}

// touches reports whether an entry is about somebody about whom another was altered.
func (a *alteration) touches(id string) bool {
	for altered := range a.how {
		if a.of[altered] == a.of[id] {
			return true
		}
	}
	return false
}

// alter changes some entries, each of another kind. Where really is false, it only says what it would have done.
func alter(ctx context.Context, dir string, chance *rand.Rand, really bool) (*alteration, error) {
	db, err := store.Open(ctx, locate(dir, "").dsn, store.Options{Migrations: migrations})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	a := &alteration{map[string]string{}, map[string]casebook.SubjectID{}}
	err = db.Update(ctx, func(tx *store.Tx) error {
		size, err := ledger.Size(ctx, tx, demo.ID)
		if err != nil {
			return err
		}
		entries, err := ledger.Read(ctx, tx, demo.ID, 0, int(size))
		if err != nil || len(entries) == 0 {
			return errors.Join(err, errors.New("no entry"))
		}
		for i := range entries {
			a.of[entries[i].ID] = entries[i].Subject
		}
		for len(a.how) < tamperRows {
			id, how := entries[chance.IntN(len(entries))].ID, mutations[chance.IntN(len(mutations))]
			a.how[id] = how.what
			if !really {
				continue
			}
			// A vandal keeps no house rule: this writes into the ledger's own table, which no package but ledger may name.
			if _, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s = %s WHERE study_id = $1 AND entry_id = $2`, "ledger_entry", how.column, how.expression), demo.ID, id); err != nil {
				return err
			}
		}
		return nil
	})
	return a, err
}

func verified(ctx context.Context, dir string) (*ledger.Verification, error) {
	db, err := store.Open(ctx, locate(dir, "").dsn, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	public, err := publicKeys(dir)
	if err != nil {
		return nil, err
	}
	return ledger.Verify(ctx, db, locate(dir, "").checkpoints(), public, folds(readVault(locate(dir, "").vaultFile(""))))
}

// compare holds the findings against what was altered: how many entries are named, which are not, and how many findings
// name an entry of the ledger that nobody has touched. A signature is named, too, where what somebody signed of the same subject was altered.
func compare(altered *alteration, findings []ledger.Finding) (found int, missed []string, more int) {
	named := map[string]bool{}
	for _, f := range findings {
		if f.Table == "ledger_entry" {
			named[f.Row] = true
			if altered.how[f.Row] == "" && (f.What != ledger.SignedOther || !altered.touches(f.Row)) {
				more++
			}
		}
	}
	for id, what := range altered.how {
		if named[id] {
			found++
		} else {
			missed = append(missed, id+": "+what)
		}
	}
	return found, missed, more
}

// letIn is how many reports a second the server of F-OVER lets in: few enough that this machine can offer five times as
// many and still has time for the server.
const letIn = 200

// overFault offers five times the reports that the server is configured to let in, while members of staff go on reading.
// The control is a server that takes everybody into a queue without an end.
func overFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	d := 10 * time.Second
	if b.Size > 0 {
		d = time.Duration(b.Size) * time.Second
	}
	admin, err := unusedAddress()
	if err != nil {
		return m, control, err
	}
	narrow, err := startScratch(ctx, filepath.Join(dir, "narrow"), "", "--report-rate", strconv.Itoa(letIn), "--admin", admin)
	if err != nil {
		return m, control, err
	}
	defer func() { err = errors.Join(err, narrow.stop()) }()
	if m, err = narrow.overload(ctx, d, b, narrow.reads(b.Seed, d)); err != nil {
		return m, control, err
	}
	told, err := narrow.metrics(ctx, admin)
	if err != nil {
		return m, control, err
	}
	soon := shedSoon(told)
	m.Figures["shed_5ms_share"] = soon
	m.Value += fmt.Sprintf("; %.1f %% of those shed were answered within 5 ms of their headers, as the server counts", 100*soon)
	if soon < 0.99 {
		m.Pass, m.Findings = false, append(m.Findings, m.Value)
	}
	slow, stop, err := startQueue(ctx)
	if err != nil {
		return m, control, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	other := *s
	other.Address = slow
	control, err = other.overload(ctx, 4*time.Second, b, s.reads(b.Seed, 4*time.Second))
	return m, control, err
}

// shedSoon is the share of what was refused as busy that was answered within 5 ms, on the server's side: from a request's headers
// to the end of its answer, without the wait for a processor that the generator needs as well.
func shedSoon(told map[string]float64) float64 {
	var within, all float64
	for series, value := range told {
		if !strings.HasPrefix(series, "casebook_http_request_duration_seconds_") || !strings.Contains(series, `status="503"`) {
			continue
		}
		switch {
		case strings.Contains(series, "_bucket{") && strings.Contains(series, `le="0.005"`):
			within += value
		case strings.Contains(series, "_count{"):
			all += value
		}
	}
	return within / max(all, 1)
}

// reads are members of staff who look at the demo, five pages a second.
func (s *scratch) reads(seed uint64, d time.Duration) load.Options {
	i := slices.IndexFunc(s.Logins, func(l login) bool { return l.Role == string(auth.DataManager) })
	return load.Options{Scenario: load.Browse, Address: s.Address, Study: s.TrialID, User: s.Logins[i].User, Password: s.Logins[i].Password,
		Rate: 5, Connections: 8, Seed: seed, Duration: d}
}

// overload offers what is let in, and then five times as much while staff read.
func (s *scratch) overload(ctx context.Context, d time.Duration, b chaos.Bounds, staff load.Options) (m chaos.Measure, err error) {
	peak, err := load.Run(ctx, s.visits(b.Seed, 3*time.Second, letIn, 64, ""))
	if err != nil {
		return m, err
	}
	flood := s.visits(b.Seed+1, d, 5*letIn, 512, "")
	flood.Patience = 0 // who is sent away stays away: else the rest of them would come after the flood, and dilute it
	var over, pages load.Result
	g, both := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		over, err = load.Run(both, flood)
		return err
	})
	g.Go(func() (err error) {
		pages, err = load.Run(both, staff)
		return err
	})
	if err := g.Wait(); err != nil {
		return m, err
	}
	shed := over.Statuses["503"] + over.Statuses["429"]
	goodput := over.Good / max(peak.Good, 1)
	m.N = over.Answers
	m.Figures = map[string]float64{"peak_per_s": peak.Good, "good_per_s": over.Good, "goodput": goodput, "accepted_p99_ms": over.Service.P99,
		"shed": float64(shed), "shed_p99_ms": over.Shed.P99, "unsent": float64(over.Unsent), "staff_p99_ms": pages.Service.P99}
	m.Value = fmt.Sprintf("goodput %.0f %% of peak, accepted p99 %.0f ms, %d shed within %.1f ms (p99), staff p99 %.0f ms",
		100*goodput, over.Service.P99, shed, over.Shed.P99, pages.Service.P99)
	m.Pass = goodput >= 0.9 && over.Service.P99 <= 250 && pages.Service.P99 <= 500
	if !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m, nil
}

// startQueue serves reports one after another, 2 ms each, and lets everybody wait.
func startQueue(ctx context.Context) (address string, stop func() error, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var queue sync.Mutex
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ID      string `json:"id"`
			Patient string `json:"patientId"`
		}
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // who leaves has not reported
		_ = json.Unmarshal(body, &in)
		queue.Lock()
		time.Sleep(2 * time.Millisecond)
		queue.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.MarshalWrite(w, map[string]string{"status": "processed", "patientId": in.Patient, "id": in.ID, "receipt": in.ID + "." + hex.EncodeToString([]byte("kept"))})
	})}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = server.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), func() error { err := server.Close(); <-gone; return err }, nil
}
