package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"casebook/odm/formats"
	"casebook/record"
	"casebook/record/acceptance"
)

// studyTest runs the acceptance tests of a definition.
type studyTest struct {
	File    string   `arg:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Cases   []string `arg:"" optional:"" help:"Files of cases (docs/format/acceptance.md)." type:"existingfile"`
	Version string   `help:"The OID of the version; the last without it." placeholder:"OID"`
	Propose bool     `help:"Instead: print cases at the boundaries of every rule, to be read before they are relied upon."`
	Lang    string   `help:"With --propose: the language of the messages." enum:"en,zh-CN" default:"en"`
	Lenient bool     `help:"Succeed when all cases pass, though rules are not covered or a mistake in one would not be noticed."`
	JSON    bool     `help:"Print one JSON object."`
}

// errNotAccepted ends test with status 1 after the report.
var errNotAccepted = errors.New("not accepted")

// Run runs the cases. Status 0: all pass, every outcome of every rule was seen, every mistake would be noticed.
func (c *studyTest) Run() error {
	study, _, err := readDefinition(c.File)
	if err != nil {
		return err
	}
	v, err := formats.Options{Version: c.Version}.VersionOf(study)
	if err != nil {
		return err
	}
	st := record.Compile(v, 1)
	if c.Propose {
		return acceptance.Propose(os.Stdout, st, c.Lang)
	}
	suites := make([]*acceptance.Suite, len(c.Cases))
	for i, file := range c.Cases {
		if suites[i], err = readCases(file); err != nil {
			return err
		}
	}
	rep, err := acceptance.Run(st, suites...)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(rep)
	} else {
		printAccepted(rep)
	}
	if err == nil && (len(rep.Failures) > 0 || !c.Lenient && !rep.Good()) {
		err = fmt.Errorf("%d of %d cases fail, %d of %d rules are not covered, %d of %d mistakes would not be noticed: %w", rep.Cases-rep.Passed, rep.Cases,
			len(rep.Rules)-rep.Covered, len(rep.Rules), len(rep.Survivors), rep.Mutants, errNotAccepted)
	}
	return err
}

func readCases(file string) (*acceptance.Suite, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return acceptance.Parse(filepath.Base(file), f)
}

func printAccepted(rep *acceptance.Report) {
	for _, f := range rep.Failures {
		fmt.Printf("  fails: %s\n", f)
	}
	for i := range rep.Rules {
		if missing := rep.Rules[i].Missing(); missing != "" {
			fmt.Printf("  not covered: %s %s %s: %s\n", rep.Rules[i].Kind, rep.Rules[i].ID, missing, rep.Rules[i].Source)
		}
	}
	for _, s := range rep.Survivors {
		fmt.Printf("  would not be noticed: %s %s with %s: %s\n", s.Kind, s.ID, s.What, s.Was)
	}
	fmt.Printf("%d of %d cases pass; %d of %d rules covered, %d do not run; %d of %d mistakes noticed\n",
		rep.Passed, rep.Cases, rep.Covered, len(rep.Rules), rep.Kept, rep.Mutants-len(rep.Survivors), rep.Mutants)
}
