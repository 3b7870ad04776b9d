package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casebook"
	validation "casebook/docs/validation"
	"casebook/ledger"
	"casebook/validate"

	"github.com/go-json-experiment/json"
)

type validateCommand struct {
	Database `embed:""`
	Out      string `help:"Folder for the package." required:"" type:"path"`
	Scratch  string `help:"An empty PostgreSQL for the checks, which harm what they work on; a folder of their own when none is given." placeholder:"postgres://…"`
	Evidence string `help:"Results of the release's own tests, as make evidence writes them." type:"existingfile"`
	Runs     string `help:"Lines of the test programme, as make chaos writes them." type:"existingfile"`
}

// Run looks at the installation without changing it, carries the checks out on a demo of its own, and writes and signs
// the package. It fails if anything expected does not hold.
func (c *validateCommand) Run(ctx context.Context) error {
	world := casebook.Outside()
	rows, err := validate.Requirements(validation.Requirements)
	if err != nil {
		return err
	}
	evidence, tiles, err := c.given()
	if err != nil {
		return err
	}
	at := c.place()
	iq, err := c.installation(ctx, at)
	if err != nil {
		return err
	}
	oq, control, err := c.operation(ctx, world)
	if err != nil {
		return err
	}
	p := validate.New(world, rows, iq, oq, control, evidence, tiles)
	p.Commit = commit()
	key, err := at.keys().signer()
	if err != nil {
		return err
	}
	if err := p.Write(c.Out, key); err != nil {
		return err
	}
	fmt.Printf("written: %s, %s, %s, %s, %s in %s\n", validate.PageFile, validate.PrintFile, validate.ChineseFile, validate.DataFile, validate.ManifestFile, c.Out)
	if !p.Pass {
		return errors.New("something failed")
	}
	return nil
}

// operation carries the checks out: on a demo, and then, as the control, on a server that agrees to everything.
func (c *validateCommand) operation(ctx context.Context, world casebook.World) (oq []validate.Result, control validate.Control, err error) {
	dir, err := os.MkdirTemp("", "casebook-validate-")
	if err != nil {
		return nil, control, err
	}
	defer os.RemoveAll(dir)
	s, err := startScratch(ctx, filepath.Join(dir, "data"), c.Scratch)
	if err != nil {
		return nil, control, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	h := validate.House{Address: s.Address, Study: string(s.TrialID), Users: map[string]string{}, Token: s.ReportToken, Secret: demoPassword,
		Run: s.run, Serve: s.serve, Process: s.process, Rest: s.stop, Dir: filepath.Join(dir, "written"), World: world}
	if c.Scratch == "" {
		h.Rows = filepath.Join(s.dir, "casebook.db")
	}
	for _, l := range slices.Backward(s.Logins) { // the first of each role stays
		h.Users[l.Role] = l.User
	}
	for _, p := range s.PatientIDs {
		if strings.HasPrefix(string(p), "HTN-07-") {
			h.Other = string(p)
		}
	}
	if err := os.Mkdir(h.Dir, 0o700); err != nil {
		return nil, control, err
	}
	oq = validate.Examine(ctx, &h)
	for _, r := range oq {
		fmt.Printf("%s  %-7s  %s  %s\n", r.ID, r.Verdict, r.Shows, r.Evidence)
	}
	control, err = blindfolded(ctx, h)
	return oq, control, err
}

// blindfolded asks a server that agrees to everything.
func blindfolded(ctx context.Context, h validate.House) (validate.Control, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return validate.Control{}, err
	}
	server := &http.Server{Handler: http.HandlerFunc(validate.Agreeable), ReadHeaderTimeout: 5 * time.Second}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = server.Serve(l) }() // ends with Close
	h.Address = "http://" + l.Addr().String()
	c := validate.Blindfold(ctx, h)
	err = server.Close()
	<-gone
	return c, err
}

// given reads what the release brings along.
func (c *validateCommand) given() (evidence *validate.Evidence, tiles []validate.Tile, err error) {
	if c.Evidence != "" {
		text, err := os.ReadFile(c.Evidence)
		if err != nil {
			return nil, nil, err
		}
		evidence = &validate.Evidence{}
		if err := json.Unmarshal(text, evidence, json.RejectUnknownMembers(true)); err != nil {
			return nil, nil, err
		}
	}
	if c.Runs == "" {
		return evidence, nil, nil
	}
	f, err := os.Open(c.Runs)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "{") {
			continue // a heading of the script
		}
		var t validate.Tile
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, nil, err
		}
		tiles = append(tiles, t)
	}
	return evidence, tiles, lines.Err()
}

type verifyValidationCommand struct {
	Dir string `arg:"" help:"The package." type:"existingdir"`
	Key string `required:"" help:"File of the public keys, ledger.pub in the folder of keys." type:"existingfile"`
}

// Run verifies the package and fails if a file is not the one that was signed.
func (c *verifyValidationCommand) Run() error {
	text, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	public, err := ledger.ParseKeys(text)
	if err != nil {
		return err
	}
	if err := validate.Inspect(c.Dir, public...); err != nil {
		return err
	}
	fmt.Println("the package is as it was signed")
	return nil
}
