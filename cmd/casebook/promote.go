package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"casebook"
	"casebook/edc/definition"
	"casebook/trial"
)

type studyPromote struct {
	Database `embed:""`
	From     string   `arg:"" help:"The training or acceptance (UAT) copy."`
	To       string   `arg:"" help:"The production study; it is made if it is not there."`
	Cases    []string `arg:"" help:"Files of acceptance tests, which must all pass (docs/format/acceptance.md)." type:"existingfile"`
	Version  int      `help:"The number of the version in the copy; the newest without it."`
	Name     string   `help:"The name of a production study that is made; the copy's without it."`
	waived   `embed:""`
	JSON     bool `help:"Print one JSON object."`
}

// Run tests the version and publishes it in the production study.
func (c *studyPromote) Run(ctx context.Context) error {
	p := definition.Promotion{From: casebook.StudyID(c.From), Version: c.Version}
	for _, file := range c.Cases {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		p.Cases = append(p.Cases, definition.Cases{Name: filepath.Base(file), Text: string(text)})
	}
	var err error
	if p.Waivers, err = c.read(); err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = operator(ctx)
	rep, said, err := definition.New(a.trials).Test(ctx, p)
	if err != nil {
		if rep != nil {
			printAccepted(rep)
		}
		return err
	}
	if err := c.target(ctx, a); err != nil {
		return err
	}
	added, err := a.trials.Promote(ctx, p.From, p.Version, casebook.StudyID(c.To), said, p.Waivers...)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{"study": c.To, "number": added.Number, "hash": added.Hash, "from": c.From, "report": rep})
	}
	printAccepted(rep)
	_, err = fmt.Printf("study %s: version %d is published as it was tested in %s, %s\n", c.To, added.Number, c.From, added.Hash)
	return err
}

// target makes the production study unless it is there.
func (c *studyPromote) target(ctx context.Context, a *app) error {
	_, err := a.trials.Get(ctx, casebook.StudyID(c.To))
	if casebook.KindOf(err) != casebook.NotFound {
		return err
	}
	copied, err := a.trials.Get(ctx, casebook.StudyID(c.From))
	if err != nil {
		return err
	}
	if c.Name != "" {
		copied.Name = c.Name
	}
	_, err = a.trials.Create(ctx, trial.Trial{ID: casebook.StudyID(c.To), Name: copied.Name, Description: copied.Description, Environment: trial.Production})
	return err
}
