package gateway

import (
	"net/http"

	"casebook"
	"casebook/settings"
	"casebook/web"
)

// Keys are this package's live settings.
var Keys = []*settings.Key{cellOf}

// cellOf is the directory: a row for each study that lives elsewhere.
var cellOf = settings.Declare(settings.Key{Name: "study.cell", Kind: settings.Text, Max: "64", Deepest: settings.Study,
	English: "The cell in which the study's rows are, as --cells names it; empty where they are in this database.",
	Chinese: "存放该研究数据的单元（名称见 --cells）；留空表示存放在本数据库。"})

// Cells are databases beside this one, each with processes of its own. A study's rows are all in one of them, and the directory says in
// which: a study whose cell is away is away, and the others go on.
type Cells struct {
	Directory *settings.Settings
	There     map[string]*web.Peer       // by the cell's name
	Origin    func(*http.Request) string // under which scheme and host a request was made
}

// Elsewhere is what answers for a study whose rows are in a cell, nil for one of this database. It fails as Busy where the cell is
// not known here, cannot be reached, or does not begin to answer in time.
func (c *Cells) Elsewhere(study casebook.StudyID) web.HandlerFunc {
	name := c.Directory.Get(c.Directory.At(settings.Place{Study: study}), cellOf).Text()
	if name == "" {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		cell := c.There[name]
		if cell == nil {
			return casebook.Fail(casebook.Busy, "gateway.cell_unknown", name)
		}
		err := cell.Onward(w, r, c.Origin(r))
		if web.Unreachable(err) {
			return casebook.Fail(casebook.Busy, "gateway.cell_away", name).Wrap(err)
		}
		return err
	}
}
