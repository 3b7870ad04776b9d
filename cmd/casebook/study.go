package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"casebook"
	"casebook/edc/definition"
	"casebook/odm"
	"casebook/odm/folder"
	"casebook/odm/formats"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// studyCommand groups what is done with definitions.
type studyCommand struct {
	Check   studyCheck   `cmd:"" help:"Read definition files and tell what they hold and what would be lost."`
	Convert studyConvert `cmd:"" help:"Write a definition in another format, and tell what that cannot say."`
	Diff    studyDiff    `cmd:"" help:"Tell how two definitions differ, and what that does to casebooks that are filled in."`
	Spec    studySpec    `cmd:"" help:"Print the edit-check specification of a definition, as Markdown."`
	PDF     studyPDF     `cmd:"" name:"pdf" help:"Print the forms of a definition as PDF, blank or annotated."`
	Test    studyTest    `cmd:"" help:"Run the acceptance tests of a definition: cases, coverage of its rules, mistakes put into them."`
	Import  studyImport  `cmd:"" help:"Import a study from a definition file and publish its versions."`

	Promote  studyPromote  `cmd:"" help:"Publish in a production study a version that was tested in a training or acceptance copy."`
	Publish  studyPublish  `cmd:"" help:"Take a definition through draft and validation to a published version."`
	DryRun   studyDryRun   `cmd:"" help:"Tell what another version would do to each casebook of a site."`
	Apply    studyApply    `cmd:"" help:"Let a site and its casebooks go over to another version; again, to go on after an interruption."`
	Rollback studyRollback `cmd:"" help:"Let a site and its casebooks go back to the version before."`
	Versions studyVersions `cmd:"" help:"List a study's versions, its drafts, and which site works by which since when."`
}

type studyCheck struct {
	Files []string `arg:"" name:"file" help:"Definition files, or folders of our own text form." type:"existing"`
	JSON  bool     `help:"Print one JSON object for each file."`
}

// checked is what check prints of a file.
type checked struct {
	File string `json:"file"`
	definition.Examined
}

// errRefused ends check with status 1 after every file was looked at.
var errRefused = errors.New("not importable as it is")

// Run checks every file and fails if one is refused.
func (c *studyCheck) Run() error {
	refused := 0
	for _, file := range c.Files {
		_, found, err := readStudy(file)
		if err != nil {
			refused++
			fmt.Fprintf(os.Stderr, "%s: %s\n", file, strings.TrimPrefix(sentence(err), "casebook: "))
			continue
		}
		if c.JSON {
			if err := printJSON(found); err != nil {
				return err
			}
		} else {
			found.print()
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d files refused: %w", refused, len(c.Files), errRefused)
	}
	return nil
}

// readStudy reads a definition file of whatever format and tries its rules.
func readStudy(file string) (*odm.Study, *checked, error) {
	study, report, err := readDefinition(file)
	if err != nil {
		return nil, nil, err
	}
	found := definition.Examine(study, report)
	return study, &checked{filepath.Base(file), found}, nil
}

func readDefinition(file string) (*odm.Study, *odm.Report, error) {
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		texts, err := readFolder(file)
		if err != nil {
			return nil, nil, err
		}
		return folder.FromFiles(texts)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	return formats.Read(filepath.Base(file), f)
}

func (c *checked) print() {
	n := c.Inventory
	fmt.Printf("%s (%s)\n  %d events, %d forms, %d item groups, %d items, %d code lists\n  %d conditions, %d methods, %d range checks; %d rules run, %d kept\n",
		c.File, c.Format, n.Events, n.Forms, n.ItemGroups, n.Items, n.CodeLists, n.Conditions, n.Methods, n.RangeChecks, n.RulesTranslated, n.RulesKept)
	printLosses(c.Losses)
}

func printLosses(losses []odm.Loss) {
	for _, l := range losses {
		fate := "dropped"
		if l.Kept {
			fate = "kept"
		}
		place := l.Place
		if l.Line > 0 {
			place = fmt.Sprintf("line %d, %s", l.Line, place)
		}
		fmt.Printf("  %s: %s (%s)\n", place, cmp.Or(l.Texts[language()], l.What), fate)
	}
}

type studyImport struct {
	File        string   `arg:"" optional:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Instrument  string   `help:"Instead of a file: a questionnaire of the library (casebook epro instruments)." placeholder:"OID"`
	Into        string   `help:"Add the forms to this study's newest version." placeholder:"STUDY"`
	Events      []string `name:"event" help:"With --into: an event that asks the forms." placeholder:"OID"`
	Database    `embed:""`
	Environment string `help:"What the study is for." enum:"training,uat,production" default:"training"`
	By          string `help:"The person in whose name the study is imported." default:"system"`
	waived      `embed:""`
}

// Run imports the study and publishes the file's versions.
func (c *studyImport) Run(ctx context.Context) error {
	study, found, err := c.definition()
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = casebook.WithActor(ctx, casebook.Actor{User: casebook.UserID(c.By), Role: "system", Location: "system"})
	in := trial.Environment(strings.ToUpper(c.Environment))
	if c.Into != "" {
		if study, in, err = c.into(ctx, a, study); err != nil {
			return err
		}
	}
	waivers, err := c.read()
	if err != nil {
		return err
	}
	done, err := a.trials.Import(ctx, study, in, waivers...)
	if err != nil {
		return err
	}
	if found != nil {
		found.print()
	}
	fmt.Printf("study %s: version %d is the newest, %d new\n", done.Trial.ID, done.Trial.Version, len(done.Added))
	return nil
}

func printJSON(v any) error {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(b))
	return err
}
