package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"casebook"
	"casebook/odm/formats"
	"casebook/trial"
)

// waived is how somebody answers for what would keep a version from being published.
type waived struct {
	Waive   map[string]string `help:"Publish in spite of the problem NAME, for a reason." placeholder:"NAME=REASON"`
	Waivers string            `help:"A file of such problems, one a line: the name, a tab, the reason." type:"existingfile" placeholder:"FILE"`
}

func (c *waived) read() ([]trial.Waiver, error) {
	var all []trial.Waiver
	for name, reason := range c.Waive {
		all = append(all, trial.Waiver{Name: name, Reason: reason})
	}
	if c.Waivers == "" {
		return all, nil
	}
	text, err := os.ReadFile(c.Waivers)
	for line := range strings.Lines(string(text)) {
		if name, reason, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); name != "" {
			all = append(all, trial.Waiver{Name: name, Reason: reason})
		}
	}
	return all, err
}

type studyPublish struct {
	Database `embed:""`
	Study    string `arg:"" help:"The study."`
	File     string `arg:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Version  string `help:"The OID of the version in the file; the last without it." placeholder:"OID"`
	Draft    bool   `help:"Only keep it as a draft, and list what would keep it from being published."`
	waived   `embed:""`
	JSON     bool `help:"Print one JSON object."`
}

// Run takes the definition as far as it may go.
func (c *studyPublish) Run(ctx context.Context) error {
	read, _, err := readDefinition(c.File)
	if err != nil {
		return err
	}
	v, err := formats.Options{Version: c.Version}.VersionOf(read)
	if err != nil {
		return err
	}
	waivers, err := c.read()
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, study := operator(ctx), casebook.StudyID(c.Study)
	draft, err := a.trials.SaveDraft(ctx, study, v)
	if err != nil {
		return err
	}
	problems := a.trials.Problems(v)
	if c.Draft {
		return c.printDraft(draft, problems)
	}
	if _, err := a.trials.Validate(ctx, study, draft.OID, draft.Hash, waivers); err != nil {
		_ = c.printDraft(draft, problems)
		return err
	}
	added, err := a.trials.PublishDraft(ctx, study, draft.OID, draft.Hash)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{"study": study, "number": added.Number, "oid": draft.OID, "hash": added.Hash, "waivers": append([]trial.Waiver{}, waivers...)})
	}
	_, err = fmt.Printf("study %s: version %d is published, %s; sites that work by another stay at theirs (casebook study dry-run)\n", study, added.Number, added.Hash)
	return err
}

func (c *studyPublish) printDraft(d trial.Draft, problems []trial.Problem) error {
	if c.JSON {
		return printJSON(map[string]any{"study": c.Study, "oid": d.OID, "hash": d.Hash, "state": d.State, "problems": problems})
	}
	for _, p := range problems {
		why := strings.TrimPrefix(sentence(p.Why), "casebook: ")
		if p.Line > 0 {
			why = fmt.Sprintf("line %d, %s", p.Line, why)
		}
		fmt.Printf("  %s (%s): %s\n", p.Name, p.Kind, why)
	}
	_, err := fmt.Printf("study %s: draft %s, %d problems, %s\n", c.Study, d.OID, len(problems), d.Hash)
	return err
}

type studyVersions struct {
	Database `embed:""`
	Study    string `arg:"" help:"The study."`
	JSON     bool   `help:"Print one JSON object."`
}

// Run lists them.
func (c *studyVersions) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	study := casebook.StudyID(c.Study)
	versions, err := a.trials.Versions(ctx, study)
	if err != nil {
		return err
	}
	drafts, err := a.trials.Drafts(ctx, study)
	if err != nil {
		return err
	}
	uses, err := a.trials.Uses(ctx, study)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{"versions": append([]trial.Published{}, versions...), "drafts": append([]trial.Draft{}, drafts...), "uses": append([]trial.Use{}, uses...)})
	}
	for _, v := range versions {
		fmt.Printf("version %d  %s  %s  published %s by %s\n", v.Number, v.OID, v.Hash[:16], v.PublishedAt.Format("2006-01-02 15:04"), v.PublishedBy)
		if o := v.Origin; o != nil {
			fmt.Printf("  tested in %s (%s) version %d: %d of %d cases passed, report %s\n", o.Study, o.Purpose, o.Version, o.Tests.Passed, o.Tests.Cases, o.Tests.SHA256[:16])
		}
	}
	for _, d := range drafts {
		fmt.Printf("%s  %s  %s\n", d.State, d.OID, d.Hash[:16])
	}
	for _, u := range uses {
		fmt.Printf("site %s  version %d since %s\n", u.Site, u.Version, u.Since.Format("2006-01-02 15:04"))
	}
	return nil
}
