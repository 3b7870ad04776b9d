package main

import (
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
	Run loadRunCommand `cmd:"" default:"withargs" help:"Put load on a server on this machine and measure it."`
}

type loadRunCommand struct {
	Scenario    string        `help:"Who visits: phones that send reports, coordinators (entry), readers (browse), monitors, sites (office), other programs (client); or all of them, as on a working day." enum:"reports,entry,browse,monitor,office,client,day" default:"reports"`
	Rate        float64       `help:"Requests a second, due whether or not answers come; 0 is as fast as the connections allow."`
	Shape       string        `help:"How the rate goes: steady; ramp, up to it; spike, ten times it for a moment; soak, its last quarter held against its first; overload, five times it for a third." enum:"steady,ramp,spike,soak,overload" default:"steady"`
	Duration    time.Duration `help:"How long." default:"10s"`
	Connections int           `help:"Connections kept alive." default:"64"`
	Seed        uint64        `help:"The same seed makes the same requests." default:"1"`
	Verify      bool          `help:"Afterwards ask for every acknowledged report again, and fail if one is not there."`
	Acks        string        `help:"File for the list of acknowledged reports." type:"path"`
	Out         string        `help:"New file for all that was measured, JSON." type:"path"`
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
	if c.Out != "" {
		if err := rec.Write(c.Out); err != nil {
			return err
		}
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

// visitors are who comes. What was not given is taken from the demo.
func (c *loadRunCommand) visitors() ([]load.Options, error) {
	o := load.Options{Scenario: c.Scenario, Address: c.Address, Study: casebook.StudyID(c.Study), Patients: c.Patients, Token: c.Token,
		User: c.User, Password: c.Password, Rate: c.Rate, Shape: c.Shape, Duration: c.Duration, Connections: c.Connections, Acks: c.Acks, Seed: c.Seed,
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
