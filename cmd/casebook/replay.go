package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"casebook"
	"casebook/edc/export"
	"casebook/site/document"
	"casebook/trial"
	"casebook/web"
)

// maxArchive is the largest archival file that is brought back: it is held in memory with what it becomes.
const maxArchive = 1 << 30

// replay brings an archival file back, and says by which digests it is known to be what was archived.
func (c *dataImport) replay(ctx context.Context, a *app, file io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(file, maxArchive+1))
	if err != nil {
		return err
	}
	if len(text) > maxArchive {
		return casebook.Fail(casebook.TooLarge, "request.too_large", maxArchive)
	}
	read := export.ReadArchive
	if c.Infer {
		read = export.ReadForeign
	}
	archive, err := read(text)
	if err != nil {
		return err
	}
	if archive.Study.OID != c.Study {
		return casebook.Fail(casebook.Invalid, "record.import_study", archive.Study.OID, c.Study)
	}
	into := export.Replay{Ledger: a.ledger, Trials: a.trials, Forms: a.forms, Keep: document.Restore, In: trial.Environment(strings.ToUpper(c.For)), Zone: c.Zone}
	if c.Waiting != "" {
		text, err := os.ReadFile(c.Waiting)
		if err != nil {
			return err
		}
		if err := web.Parse(text, &into.Opened); err != nil {
			return err
		}
	}
	if err := into.Run(ctx, archive, c.DryRun); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(archive.Arrival)
	}
	if archive.Inferred {
		last := archive.Study.Versions[0].Inventory()
		fmt.Printf("the definition is inferred: %d events, %d forms, %d item groups, %d items, all of text\n", last.Events, last.Forms, last.ItemGroups, last.Items)
	}
	verdict := "replayed"
	if c.DryRun {
		verdict = "dry run: they would be replayed"
	}
	_, err = fmt.Printf("%d entries of %d subjects, until %s: %s\nstate sha256 %s\ntrail sha256 %s\n", archive.Arrival.Entries, archive.Subjects,
		archive.Until.UTC().Format("2006-01-02T15:04:05Z"), verdict, archive.State, archive.Trail)
	return err
}
