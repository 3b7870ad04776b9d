package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/record"
)

// dataCommand groups what is done with casebooks as files.
type dataCommand struct {
	Upload dataUpload `cmd:"" help:"Take in large files of data, SDTM as CSV or Dataset-JSON, ODM-XML, CSV of values, row by row; again, to go on after an interruption."`
	Define dataDefine `cmd:"" help:"Write a definition for files of SDTM: for a study that runs elsewhere and is watched here."`
	Import dataImport `cmd:"" help:"Take values in from a CSV file or from ODM-XML, through the same rules as entry by people."`
	Export dataExport `cmd:"" help:"Write a study's casebooks as a file for others."`
}

type dataImport struct {
	Database `embed:""`
	Study    string `required:"" help:"The study."`
	File     string `arg:"" type:"existingfile" help:"ODM-XML 1.3.2 (Snapshot or Transactional), or CSV with a head line: subject, event, event_repeat, form, form_repeat, group, repeat, item, value, blank, reason."`
	Reason   string `help:"Why values that were kept change, for rows that do not say."`
	Replay   bool   `help:"Bring back an archival file of ours (odm1.3.2-archival): every entry with who, when and why, into a study without subjects or one that is not there yet."`
	Infer    bool   `help:"With --replay: the file is of another system and carries audited transactions without definitions, which are inferred from what occurs."`
	Waiting  string `help:"With --replay: what data export --waiting wrote, so that first entries which wait for the second come back." type:"existingfile"`
	Zone     string `help:"With --replay: the time zone of sites that are not there yet, which ODM does not say." default:"UTC"`
	For      string `name:"environment" help:"With --replay: what a study that is not there yet is for." enum:"training,uat,production" default:"training"`
	DryRun   bool   `help:"Work out what would happen, and change nothing."`
	JSON     bool   `help:"Print the report as JSON."`
}

// importTime bounds the one commit of an import. On SQLite nobody else writes meanwhile.
const importTime = 15 * time.Minute

// importLine is why a line cannot be taken in, as the report prints it.
type importLine struct {
	Line  int    `json:"line"`
	Code  string `json:"code"`
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
	ZH    string `json:"textZh"`
}

// Run imports the file, or says why not.
func (c *dataImport) Run(ctx context.Context) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	c.commit = importTime
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = operator(ctx)
	if c.Replay {
		return c.replay(ctx, a, file)
	}
	study := casebook.StudyID(c.Study)
	st, err := a.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	rows, err := readValues(st, study, file)
	if err != nil {
		return err
	}
	done, err := a.forms.Import(ctx, study, rows, c.Reason, c.DryRun)
	if err != nil {
		return err
	}
	lines := explain(done)
	if c.JSON {
		err = printJSON(map[string]any{"rows": done.Rows, "forms": done.Forms, "changed": done.Changed, "unchanged": done.Unchanged,
			"queriesOpened": done.Opened, "queriesClosed": done.Closed, "applied": done.Applied, "errors": lines})
	} else {
		err = printImport(done, lines, c.DryRun)
	}
	if err == nil && len(lines) > 0 {
		err = casebook.Fail(casebook.Unprocessable, "record.import_refused", len(lines))
	}
	return err
}

// readValues reads a file by its first sign: XML begins with one that no head line has.
func readValues(st *record.Study, study casebook.StudyID, file io.Reader) ([]record.Row, error) {
	in := bufio.NewReader(file)
	head, err := in.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"), []byte("<")) {
		return st.ReadODM(study, in)
	}
	return st.ReadRows(study, in)
}

func explain(done *record.Imported) []importLine {
	lines := []importLine{}
	for _, e := range done.Errors {
		if f, ok := errors.AsType[*casebook.Error](e.Err); ok {
			lines = append(lines, importLine{e.Line, f.Code, f.Place, i18n.Text(f.Code, i18n.English, f.Args...), i18n.Text(f.Code, i18n.Chinese, f.Args...)})
		}
	}
	return lines
}

func printImport(done *record.Imported, lines []importLine, dry bool) error {
	for _, l := range lines {
		if _, err := fmt.Printf("line %d: %s (%s) %s\n", l.Line, l.Text, l.Code, l.Place); err != nil {
			return err
		}
	}
	verdict := "nothing was applied"
	switch {
	case done.Applied:
		verdict = "applied"
	case dry && len(lines) == 0:
		verdict = "dry run: it would be applied"
	}
	_, err := fmt.Printf("%d rows in %d forms: %d values new or changed, %d as they were; %d queries opened, %d closed; %s\n",
		done.Rows, done.Forms, done.Changed, done.Unchanged, done.Opened, done.Closed, verdict)
	return err
}
