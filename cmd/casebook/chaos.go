//go:build !production

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"casebook"
	"casebook/chaos"
	"casebook/load"
	"casebook/report"
	"casebook/store"
)

type chaosCommand struct {
	Kill chaosKill `cmd:"" name:"F-KILL" help:"Kill the server with SIGKILL at random moments under load; nothing acknowledged may be lost."`

	Point    chaosFault `cmd:"" name:"F-POINT" help:"Kill the server at every call that it makes to its disk; nothing acknowledged may be lost. Needs strace."`
	Power    chaosFault `cmd:"" name:"F-POWER" help:"Cut the power at every call to the disk: what was not synced is there, or not, or in part. Needs strace."`
	Full     chaosFault `cmd:"" name:"F-FULL" help:"Fill the disk under a server and free it: what cannot be kept is refused, and it heals by itself. Needs root."`
	Fsync    chaosFault `cmd:"" name:"F-FSYNC" help:"Let every sync fail: nothing may be acknowledged any more. Needs strace."`
	SlowDisk chaosFault `cmd:"" name:"F-SLOWDISK" help:"Let every sync take a second: who reads must not notice, and nothing acknowledged may be lost. Needs strace."`
	Net      chaosFault `cmd:"" name:"F-NET" help:"Make the wires to the database and to the phones late, cut them, silence them; every call must end by its deadline, and nothing acknowledged may be lost."`
	Cancel   chaosFault `cmd:"" name:"F-CANCEL" help:"Leave while a query waits, and see how long the database still works for nobody."`

	Upgrade chaosUpgrade `cmd:"" name:"F-UPGRADE" help:"Upgrade from an earlier release's program under load; nothing acknowledged may be lost, and there is no way back."`

	Clock chaosFault `cmd:"" name:"F-CLOCK" help:"Turn the server's clock forward and back while people work; orders, signatures, diaries, messages and sessions must not follow it."`

	Sim     chaosFault `cmd:"" name:"F-SIM" help:"Let courses of events happen that a seed decides, each twice the same, and hold what is there against a model."`
	Hostile chaosFault `cmd:"" name:"F-HOSTILE" help:"Send what no honest program sends; all of it must be refused."`
	Inject  chaosFault `cmd:"" name:"F-INJ" help:"Put SQL, HTML, templates, formulas, headers, paths and addresses into every input; nothing may take them for more than text."`
	Hist    chaosFault `cmd:"" name:"F-HIST" help:"Let many edit one item at once, and look for an order that explains all that they saw."`
	Slow    chaosFault `cmd:"" name:"F-SLOW" help:"Open connections that never finish their request; each must be dropped in time."`
	Leak    chaosFault `cmd:"" name:"F-LEAK" help:"Send requests of which a third leave early, and see what the process still holds."`
	Over    chaosFault `cmd:"" name:"F-OVER" help:"Offer five times the load that the server can take."`
	Restore chaosFault `cmd:"" name:"F-RESTORE" help:"Take a backup under load, restore it, verify it; a broken one must be refused."`
	PGCrash chaosFault `cmd:"" name:"F-PGCRASH" help:"Kill processes of PostgreSQL under load; it recovers, and nothing acknowledged may be lost."`
	PGPoint chaosFault `cmd:"" name:"F-PGPOINT" help:"Kill PostgreSQL at its calls to the disk under load; it recovers, and nothing acknowledged may be lost. Needs strace and root."`
	Split   chaosFault `cmd:"" name:"F-SPLIT" help:"Run as three processes, kill each under load and freeze one; every call must end by its deadline, and nothing acknowledged may be lost."`
	Tamper  chaosFault `cmd:"" name:"F-TAMPER" help:"Alter rows of the ledger in the database; verification must name each and nothing else."`
}

type chaosKill struct {
	Kills int     `help:"How often it is killed." default:"50"`
	Seed  uint64  `help:"Decides the moments and the reports." default:"1"`
	Rate  float64 `help:"Reports a second." default:"400"`
	DB    string  `name:"db" help:"PostgreSQL to work on; a folder with SQLite when none is given." placeholder:"postgres://…"`

	Control bool `help:"Acknowledge before the commit: the test must then find losses, or it could not have failed."`
	Unsafe  bool `help:"Let PostgreSQL run with fsync off." hidden:"" env:"CASEBOOK_UNSAFE"`
}

// Run makes a demo study, works on it and kills the server, and prints one JSON line. It fails if the outcome is not
// what was asked for: a pass, or with Control losses.
func (c *chaosKill) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "casebook-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	g, err := c.seed(ctx, dir)
	if err != nil {
		return err
	}
	o := load.Options{Scenario: load.Reports, Study: g.TrialID, Token: g.ReportToken, Rate: c.Rate, Connections: 32, Seed: c.Seed,
		Duration: time.Hour, Patience: time.Minute, Acks: filepath.Join(dir, "acks")}
	for _, p := range g.PatientIDs {
		o.Patients = append(o.Patients, string(p))
	}
	r, err := chaos.Kill(ctx, chaos.Options{
		Serve:  append([]string{g.program, "--log", "error", "serve", "--addr", "{addr}"}, g.where()...),
		Verify: []string{g.program, "verify", g.Data, "--keys", dir, "--json"},
		Kills:  c.Kills, Seed: c.Seed, Commit: commit(), AckFirst: c.Control, World: casebook.Outside(),
		Visit: func(ctx context.Context, address string, acknowledged func()) error {
			o := o
			o.Address, o.Acked = address, acknowledged
			_, err := load.Run(ctx, o)
			return err
		},
		Judge: func(ctx context.Context, address string) (chaos.Judgement, error) {
			o := o
			o.Address = address
			v, err := load.Verify(ctx, o, c.count(g.greeting))
			return chaos.Judgement(v), err
		},
	})
	if err != nil {
		return err
	}
	if err := printJSON(r); err != nil {
		return err
	}
	switch {
	case c.Control && (r.Pass || r.Lost == 0):
		return errors.New("the control lost nothing: this test cannot fail, so it shows nothing")
	case !c.Control && !r.Pass:
		return errors.New("failed")
	}
	return nil
}

// seed runs the demo once, for its study, and stops it.
func (c *chaosKill) seed(ctx context.Context, dir string) (*scratch, error) {
	s, err := startScratch(ctx, dir, c.DB)
	if err != nil {
		return nil, err
	}
	return s, s.stop()
}

// count asks the storage itself how often it holds each report of a run.
func (c *chaosKill) count(g greeting) load.Kept {
	return func(ctx context.Context, prefix string) (map[string]int, error) {
		db, err := store.Open(ctx, locate(g.Data, "").dsn, store.Options{ReadOnly: true, Unsafe: true})
		if err != nil {
			return nil, err
		}
		defer db.Close()
		var kept map[string]int
		err = db.View(ctx, func(tx *store.Tx) (err error) {
			kept, err = report.Kept(ctx, tx, g.TrialID, prefix)
			return err
		})
		return kept, err
	}
}
