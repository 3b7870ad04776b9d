//go:build !production

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/load"
)

type loadCommand struct {
	Run     loadRunCommand     `cmd:"" default:"withargs" help:"Put load on a server on this machine and measure it."`
	Compare loadCompareCommand `cmd:"" help:"Hold a run against an earlier one of the same load."`
}

type loadRunCommand struct {
	Scenario    string        `help:"Who visits: phones that send reports, coordinators (entry), readers (browse), monitors, sites (office), other programs (client); or all of them, as on a working day." enum:"reports,entry,browse,monitor,office,client,day" default:"reports"`
	Rate        float64       `help:"Requests a second, due whether or not answers come; 0 is as fast as the connections allow."`
	Shape       string        `help:"How the rate goes: steady; ramp, up to it; spike, ten times it for a moment; soak, its last quarter held against its first; overload, five times it for a third." enum:"steady,ramp,spike,soak,overload" default:"steady"`
	Duration    time.Duration `help:"How long." default:"10s"`
	Bodies      int           `help:"So many reports in one body, of at most 1,000; each report alone when 0." placeholder:"N"`
	Connections int           `help:"Connections kept alive." default:"64"`
	Seed        uint64        `help:"The same seed makes the same requests." default:"1"`
	Verify      bool          `help:"Afterwards ask for every acknowledged report again, and fail if one is not there."`
	Acks        string        `help:"File for the list of acknowledged reports." type:"path"`
	Out         string        `help:"New file for all that was measured, JSON." type:"path"`
	HTML        string        `help:"File for a page about the run, with pictures." type:"path"`
	Objectives  string        `help:"File of objectives by kind of visitors, JSON: {\"reports\": {\"p99\": 200, \"failed\": 0}, \"*\": …}. One that is missed makes the command fail." type:"existingfile"`
	P99         float64       `help:"At most so many milliseconds for 99 of 100 requests, where no file says more." placeholder:"MS"`
	JSON        bool          `help:"Print one JSON object for each kind of visitors."`

	Demo     string   `help:"Folder of a running demo: its address, token, patients and logins." default:"casebook-demo" type:"path"`
	Address  string   `help:"Another address than the demo's, on this machine."`
	Token    string   `help:"Another token."`
	Study    string   `help:"Another study."`
	Patients []string `help:"Other patients."`
	User     string   `help:"Who signs in, where people visit; for client, who may make keys."`
	Password string   `help:"And with what."`
}

// loaded is what the command prints as JSON.
type loaded struct {
	load.Result
	Verdict *load.Verdict `json:"verdict,omitempty"`
}

// Run visits, and verifies if asked to.
func (c *loadRunCommand) Run(ctx context.Context) error {
	all, err := c.visitors()
	if err != nil {
		return err
	}
	asked, err := c.asked()
	if err != nil {
		return err
	}
	phones := &all[0] // in a day, too
	if c.Verify && phones.Acks == "" {
		dir, err := os.MkdirTemp("", "casebook-load-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		phones.Acks = filepath.Join(dir, "acks")
	}
	rec, err := load.Together(ctx, all...)
	if err != nil {
		return err
	}
	found := rec.Judge(asked)
	if err := c.keep(rec, found); err != nil {
		return err
	}
	var verdict *load.Verdict
	if c.Verify && phones.Scenario == load.Reports {
		v, err := load.Verify(ctx, *phones, nil)
		if err != nil {
			return err
		}
		verdict = &v
	}
	for i, r := range rec.Visitors {
		out := loaded{Result: r}
		if i == 0 {
			out.Verdict = verdict
		}
		if c.JSON {
			err = errors.Join(err, printJSON(out))
		} else {
			err = errors.Join(err, out.print())
		}
	}
	if err == nil && verdict != nil && !verdict.Pass() {
		err = errors.New("acknowledged reports are not all there")
	}
	return errors.Join(err, judged(found, c.JSON))
}

// asked are the objectives of the file, and of the flag for those that have none there.
func (c *loadRunCommand) asked() (load.Objectives, error) {
	all := load.Objectives{}
	if c.Objectives != "" {
		var err error
		if all, err = load.ReadObjectives(c.Objectives); err != nil {
			return nil, err
		}
	}
	if _, said := all["*"]; !said && c.P99 > 0 {
		all["*"] = load.Objective{P99: &c.P99}
	}
	return all, nil
}

// keep writes the files that were asked for.
func (c *loadRunCommand) keep(rec load.Record, found []load.Finding) error {
	if c.Out != "" {
		if err := rec.Write(c.Out); err != nil {
			return err
		}
	}
	return pictured(c.HTML, found, rec)
}

// pictured writes the page about one run or two, in the terminal's language, if a file is named.
func pictured(path string, found []load.Finding, runs ...load.Record) error {
	if path == "" {
		return nil
	}
	var page bytes.Buffer
	if err := load.Report(&page, language(), found, runs...); err != nil {
		return err
	}
	return os.WriteFile(path, page.Bytes(), 0o600)
}

// judged tells what became of the objectives, and fails if one was missed.
func judged(found []load.Finding, asJSON bool) error {
	if len(found) == 0 {
		return nil
	}
	if asJSON {
		if err := printJSON(map[string]any{"objectives": found}); err != nil {
			return err
		}
	} else {
		fmt.Println()
		if err := load.Findings(os.Stdout, found); err != nil {
			return err
		}
	}
	if missed := load.Missed(found); len(missed) > 0 {
		return casebook.Fail(casebook.Conflict, "load.missed", len(missed), len(found))
	}
	return nil
}

type loadCompareCommand struct {
	Before string  `arg:"" help:"The record of the earlier run (load --out)." type:"existingfile"`
	After  string  `arg:"" help:"That of the later one." type:"existingfile"`
	Worse  float64 `help:"Fail where p50 or p99 is more than so many times the earlier one's, or good answers are fewer by as much; 0 only shows." default:"0" placeholder:"RATIO"`
	HTML   string  `help:"File for a page about both, with pictures." type:"path"`
	JSON   bool    `help:"Print one JSON object."`
}

// Run compares, and fails if the later run is worse by more than is allowed.
func (c *loadCompareCommand) Run() error {
	before, err := load.ReadRecord(c.Before)
	if err != nil {
		return err
	}
	after, err := load.ReadRecord(c.After)
	if err != nil {
		return err
	}
	pairs, err := load.Compare(before, after)
	if err != nil {
		return err
	}
	var found []load.Finding
	if c.Worse > 0 {
		found = load.Worse(pairs, c.Worse)
	}
	if err := pictured(c.HTML, found, before, after); err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(map[string]any{"pairs": pairs})
	} else {
		err = load.Pairs(os.Stdout, pairs)
	}
	return errors.Join(err, judged(found, c.JSON))
}

func (l loaded) print() error {
	if err := l.Table(os.Stdout); err != nil || l.Verdict == nil {
		return err
	}
	v := l.Verdict
	_, err := fmt.Printf("\nverified: %d acknowledged, %d there again, %d lost, %d changed, %d without an answer\n", v.Acknowledged, v.Replayed, v.Lost, v.Changed, v.Unanswered)
	return err
}

// visitors are who comes. What was not given is taken from the demo.
func (c *loadRunCommand) visitors() ([]load.Options, error) {
	o := load.Options{Scenario: c.Scenario, Address: c.Address, Study: casebook.StudyID(c.Study), Patients: c.Patients, Token: c.Token,
		User: c.User, Password: c.Password, Rate: c.Rate, Shape: c.Shape, Duration: c.Duration, Connections: c.Connections, Bodies: c.Bodies, Acks: c.Acks, Seed: c.Seed,
		Patience: 10 * time.Second}
	g, err := readGreeting(filepath.Join(c.Demo, "demo.json"))
	if err != nil && !errors.Is(err, os.ErrNotExist) { // without a demo everything must have been given
		return nil, err
	}
	o.Address = cmp.Or(o.Address, g.Address)
	o.Study = cmp.Or(o.Study, g.TrialID)
	o.Token = cmp.Or(o.Token, g.ReportToken)
	if c.Scenario == "day" {
		return load.Day(o, g.introduce), nil
	}
	g.introduce(&o)
	return []load.Options{o}, nil
}

// visits is who of the demo's people comes as which kind of visitor.
var visits = map[string]auth.Role{load.Entry: auth.Coordinator, load.Browse: auth.DataManager, load.Monitor: auth.Monitor, load.Office: auth.Coordinator, load.Client: auth.Admin}

// introduce gives a visitor the demo's patients or a login, where it has none.
func (g greeting) introduce(o *load.Options) {
	if o.Scenario == load.Reports && len(o.Patients) == 0 {
		for _, p := range g.PatientIDs {
			o.Patients = append(o.Patients, string(p))
		}
	}
	for _, l := range g.Logins {
		if l.Role == string(visits[o.Scenario]) {
			o.User, o.Password = cmp.Or(o.User, l.User), cmp.Or(o.Password, l.Password)
		}
	}
}
