package gateway

import (
	"context"
	"errors"

	"casebook"
	"casebook/patient"
	"casebook/settings"
)

// Keys are this package's live settings.
var Keys = []*settings.Key{cellOf}

// cellOf is the directory: a row for each study that lives elsewhere.
var cellOf = settings.Declare(settings.Key{Name: "study.cell", Kind: settings.Text, Max: "64", Deepest: settings.Study,
	English: "The cell in which the study's rows are, as --cells names it; empty where they are in this database.",
	Chinese: "存放该研究数据的单元（名称见 --cells）；留空表示存放在本数据库。"})

// Cells are trials' services that have a database each. A study's rows are all in one of them, and the directory says in which: a
// study whose cell is away is away, and the others go on.
type Cells struct {
	Directory *settings.Settings
	Here      Trials            // of studies for which the directory names no cell
	There     map[string]Trials // by the cell's name
}

// Patients asks the study's cell. It fails as Busy where that is not known here, cannot be reached, or does not answer in its time.
func (c *Cells) Patients(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error) {
	name := c.Directory.Get(c.Directory.At(settings.Place{Study: study}), cellOf).Text()
	if name == "" {
		return c.Here.Patients(ctx, study, q)
	}
	cell := c.There[name]
	if cell == nil {
		return patient.Page{}, casebook.Fail(casebook.Busy, "gateway.cell_unknown", name)
	}
	page, err := cell.Patients(ctx, study, q)
	if err != nil && away(ctx, err) {
		return patient.Page{}, casebook.Fail(casebook.Busy, "gateway.cell_away", name)
	}
	return page, err
}

// away reports whether a cell could not be reached, is without its database, or let its time pass while the caller of ctx still waits.
func away(ctx context.Context, err error) bool {
	if e, ok := errors.AsType[*casebook.Error](err); ok && (e.Code == "request.peer_unreachable" || e.Code == "store.unavailable") {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}
