package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"casebook"
	"casebook/load"
)

type loadCommand struct {
	Scenario    string        `help:"Who visits." enum:"reports,entry,browse" default:"reports"`
	Rate        float64       `help:"Requests a second, due whether or not answers come; 0 is as fast as the connections allow."`
	Duration    time.Duration `help:"How long." default:"10s"`
	Connections int           `help:"Connections kept alive." default:"64"`
	Seed        uint64        `help:"The same seed makes the same requests." default:"1"`
	Verify      bool          `help:"Afterwards ask for every acknowledged report again, and fail if one is not there."`
	Acks        string        `help:"File for the list of acknowledged reports." type:"path"`
	JSON        bool          `help:"Print one JSON object."`

	Demo     string   `help:"Folder of a running demo: its address, token, patients and logins." default:"casebook-demo" type:"path"`
	Address  string   `help:"Another address than the demo's, on this machine."`
	Token    string   `help:"Another token."`
	Study    string   `help:"Another study."`
	Patients []string `help:"Other patients."`
	User     string   `help:"Who signs in, for entry and browse."`
	Password string   `help:"And with what."`
}

// loaded is what the command prints as JSON.
type loaded struct {
	load.Result
	Verdict *load.Verdict `json:"verdict,omitempty"`
}

// Run visits, and verifies if asked to.
func (c *loadCommand) Run(ctx context.Context) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	if c.Verify && o.Acks == "" {
		dir, err := os.MkdirTemp("", "casebook-load-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.Acks = filepath.Join(dir, "acks")
	}
	var out loaded
	if out.Result, err = load.Run(ctx, o); err != nil {
		return err
	}
	if c.Verify && c.Scenario == load.Reports {
		v, err := load.Verify(ctx, o, nil)
		if err != nil {
			return err
		}
		out.Verdict = &v
	}
	if c.JSON {
		err = printJSON(out)
	} else {
		err = out.print()
	}
	if err == nil && out.Verdict != nil && !out.Verdict.Pass() {
		return errors.New("acknowledged reports are not all there")
	}
	return err
}

func (l loaded) print() error {
	if err := l.Table(os.Stdout); err != nil || l.Verdict == nil {
		return err
	}
	v := l.Verdict
	_, err := fmt.Printf("\nverified: %d acknowledged, %d there again, %d lost, %d changed, %d without an answer\n", v.Acknowledged, v.Replayed, v.Lost, v.Changed, v.Unanswered)
	return err
}

// options takes from the demo what was not given.
func (c *loadCommand) options() (load.Options, error) {
	o := load.Options{Scenario: c.Scenario, Address: c.Address, Study: casebook.StudyID(c.Study), Patients: c.Patients, Token: c.Token,
		User: c.User, Password: c.Password, Rate: c.Rate, Duration: c.Duration, Connections: c.Connections, Acks: c.Acks, Seed: c.Seed,
		Patience: 10 * time.Second}
	g, err := readGreeting(filepath.Join(c.Demo, "demo.json"))
	if errors.Is(err, os.ErrNotExist) {
		return o, nil // everything must have been given
	}
	if err != nil {
		return o, err
	}
	o.Address = first(o.Address, g.Address)
	o.Study = first(o.Study, g.TrialID)
	o.Token = first(o.Token, g.ReportToken)
	if len(o.Patients) == 0 && c.Scenario == load.Reports {
		for _, p := range g.PatientIDs {
			o.Patients = append(o.Patients, string(p))
		}
	}
	for _, l := range g.Logins {
		if l.Role == "coordinator" && c.Scenario == load.Entry || l.Role == "datamanager" && c.Scenario == load.Browse {
			o.User, o.Password = first(o.User, l.User), first(o.Password, l.Password)
		}
	}
	return o, nil
}

func first[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}
