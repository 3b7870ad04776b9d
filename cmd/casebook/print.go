package main

import (
	"context"
	"os"

	"casebook"
	"casebook/edc/export"
)

// casebookCommand groups what is done with one casebook.
type casebookCommand struct {
	PDF casebookPDF `cmd:"" name:"pdf" help:"Print a casebook as PDF: values, queries, signatures and its audit trail."`
}

type casebookPDF struct {
	Database `embed:""`
	Study    string `required:"" help:"The study."`
	Subject  string `arg:"" help:"The subject."`
	Out      string `required:"" type:"path" help:"The file."`
	AsOf     string `name:"as-of" help:"As it was then: a day, or a moment in RFC 3339; now when none is given."`
}

// Run writes the file. It is complete or not there.
func (c *casebookPDF) Run(ctx context.Context) error {
	cut, err := c.cut(ctx, c.Study, c.AsOf)
	if err != nil {
		return err
	}
	defer cut.close()
	b, err := cut.One(ctx, casebook.SubjectID(c.Subject))
	if err == nil {
		err = cut.leaves(ctx, export.Printed, c.Subject)
	}
	if err != nil {
		return err
	}
	return whole(c.Out, func(f *os.File) error { return cut.Print(ctx, f, b) })
}
