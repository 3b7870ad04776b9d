package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"casebook"
	"casebook/epro/instrument"
	"casebook/odm"
	"casebook/trial"
)

type eproInstruments struct {
	JSON bool `help:"Print one JSON array."`
}

// Run lists the library.
func (c *eproInstruments) Run() error {
	all, err := instrument.All()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(all)
	}
	for _, in := range all {
		printInstrument(in)
		for _, s := range in.Scores {
			fmt.Printf("  score  %s: %s\n", s.Item, s.Name.In(language()))
		}
		for _, a := range in.Alerts {
			fmt.Printf("  alert  %s: %s\n", a.Item, a.Text.In(language()))
		}
	}
	return nil
}

// printInstrument prints what must be known before an instrument is used.
func printInstrument(in instrument.Instrument) {
	fmt.Printf("%s %s  %s (%d questions)\n", in.OID, in.Version, in.Title.In(language()), in.Questions)
	if in.About != "" {
		fmt.Printf("  %s\n", in.About)
	}
	if len(in.Copyright) > 0 || in.Licence != "" {
		fmt.Printf("  licence  %s\n", strings.TrimSpace(in.Licence+"  "+in.Copyright.In(language())))
	}
	for _, t := range in.Translations {
		fmt.Printf("  %-8s %s %s\n", t.Lang, t.State, t.Note)
	}
}

var (
	errWhatToImport = errors.New("name one file, or --instrument with --into")
	errNoEvents     = errors.New("--event needs --into")
)

// definition is what import was told to import.
func (c *studyImport) definition() (*odm.Study, *checked, error) {
	switch {
	case (c.File == "") == (c.Instrument == "") || c.Instrument != "" && c.Into == "":
		return nil, nil, errWhatToImport
	case len(c.Events) > 0 && c.Into == "":
		return nil, nil, errNoEvents
	case c.File != "":
		return readStudy(c.File)
	}
	study, err := instrument.Definition(c.Instrument)
	return study, nil, err
}

// into adds the forms of what was read to the newest version of a study that is there already.
func (c *studyImport) into(ctx context.Context, a *app, from *odm.Study) (*odm.Study, trial.Environment, error) {
	found, err := a.trials.Get(ctx, casebook.StudyID(c.Into))
	if err != nil {
		return nil, "", err
	}
	newest, err := a.trials.Version(ctx, found.ID, 0)
	if err != nil {
		return nil, "", err
	}
	added := from.Versions[len(from.Versions)-1]
	for _, f := range added.Forms {
		printInstrument(instrument.Of(from, added, f.OID))
	}
	v, err := instrument.Add(newest.Definition, added, c.Events...)
	if err != nil {
		return nil, "", err
	}
	return &odm.Study{OID: string(found.ID), Name: found.Name, Description: found.Description, Versions: []*odm.Version{v}}, found.Environment, nil
}
