package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"casebook"
	"casebook/edc/upload"
	"casebook/i18n"
	"casebook/odm/odm132"
)

type dataUpload struct {
	Database `embed:""`
	Study    string   `required:"" help:"The study."`
	Files    []string `arg:"" name:"file" type:"existingfile" help:"The files, in this order: who takes part (DM) comes first."`
	DryRun   bool     `help:"Judge the files, say what they would do, and take nothing in; without it a file that was judged is taken in."`
	Again    bool     `help:"Read files that were taken in once more, for rows that were set aside."`
	JSON     bool     `help:"Print one JSON object for each file."`
}

// errUploadRefused ends an upload with status 1 when a file was refused.
var errUploadRefused = errors.New("a file was refused")

// Run takes the files in, one after the other.
func (c *dataUpload) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	ctx = operator(ctx)
	refused := false
	for _, file := range c.Files {
		u, err := c.file(ctx, a, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		refused = refused || u.State == upload.Refused
		if err := c.tell(ctx, a, u); err != nil {
			return err
		}
	}
	if refused {
		return errUploadRefused
	}
	return nil
}

// file sends one file and waits until it was read to its end.
func (c *dataUpload) file(ctx context.Context, a *app, path string) (u upload.Upload, err error) {
	study := casebook.StudyID(c.Study)
	f, err := os.Open(path)
	if err != nil {
		return u, err
	}
	defer f.Close()
	var d upload.Digest
	size, err := io.Copy(&d, f)
	if err != nil {
		return u, err
	}
	if u, err = a.uploads.Begin(ctx, study, d.ID(), filepath.Base(path), size, nil, c.DryRun); err != nil {
		return u, err
	}
	piece := make([]byte, upload.PieceSize)
	for u.State == upload.Receiving {
		n, err := f.ReadAt(piece, u.Pieces*upload.PieceSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return u, err
		}
		if u, err = a.uploads.Put(ctx, study, u.ID, u.Pieces, piece[:n]); err != nil {
			return u, err
		}
	}
	judged := u.State == upload.Judged || u.State == upload.LeftOut
	switch {
	case judged && !c.DryRun:
		u, err = a.uploads.Decide(ctx, study, u.ID, true)
	case judged, c.Again && !c.DryRun && u.State == upload.Done:
		u, err = a.uploads.Again(ctx, study, u.ID)
	}
	if err != nil {
		return u, err
	}
	for u.State == upload.Checking || u.State == upload.Judging || u.State == upload.Taking {
		if _, err := a.uploads.Work(ctx); err != nil {
			return u, err
		}
		if u, err = a.uploads.Get(ctx, study, u.ID); err != nil {
			return u, err
		}
	}
	return u, a.ledger.Seal(ctx, study)
}

func (c *dataUpload) tell(ctx context.Context, a *app, u upload.Upload) error {
	found, err := a.uploads.Findings(ctx, casebook.StudyID(c.Study), u.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		findings := []any{}
		for i := range found {
			findings = append(findings, found[i].JSON())
		}
		return printJSON(map[string]any{"upload": u.JSON(""), "findings": findings})
	}
	lang := language()
	for _, f := range found {
		text := i18n.Text(f.Code, lang, f.Args...)
		fmt.Printf("%s, line %d: %s (%s) %s\n", u.Name, f.Line, text, f.Code, f.Place)
	}
	t := u.Tally
	fmt.Printf("%s: %s, %s, %d rows: %d subjects enrolled, %d forms saved with %d values, %d queries opened; %d rows set aside\n",
		u.Name, u.State, u.Format, t.Rows, t.Enrolled, t.Forms, t.Changed, t.Opened, t.Aside)
	return nil
}

type dataDefine struct {
	Study string   `required:"" help:"The study's id, as STUDYID says it."`
	Name  string   `help:"The study's name; its id where it is not given."`
	Files []string `arg:"" name:"file" type:"existingfile" help:"Files of SDTM: CSV or Dataset-JSON."`
}

// Run writes the definition to standard output.
func (c *dataDefine) Run() error {
	var heads []upload.Head
	for _, path := range c.Files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		h, err := upload.ReadHead(filepath.Base(path), f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		heads = append(heads, h)
	}
	name := c.Name
	if name == "" {
		name = c.Study
	}
	study, left, err := upload.Define(c.Study, name, heads)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		fmt.Fprintln(os.Stderr, "left out:", strings.Join(left, ", "))
	}
	_, err = odm132.Write(os.Stdout, study, odm132.Options{})
	return err
}
