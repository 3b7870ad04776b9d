package record

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/odm/odm132"
)

// ReadODM reads the values of an ODM-XML 1.3.2 file, a snapshot or a transactional one: of an item that changed several
// times what it became in the end. Computed items are left out, since they are computed anew. The history of the file does
// not become ours: the import is an entry of whoever imports.
func (s *Study) ReadODM(study casebook.StudyID, from io.Reader) ([]Row, error) {
	type at struct {
		Key
		place
	}
	rows, known := []Row{}, map[at]int{}
	err := odm132.ReadValues(from, func(d odm132.Datum) error {
		if d.Study != string(study) {
			return casebook.Fail(casebook.Invalid, "record.import_study", d.Study, study).At(fmt.Sprint("line ", d.Line))
		}
		if d.Transaction == "Context" || slices.Contains(s.Computed(d.Form), d.Group+"/"+d.Item) {
			return nil
		}
		r := rowOf(study, d)
		where := at{r.Key, r.Value.at()}
		i, again := known[where]
		switch {
		case again:
			rows[i] = r
		case len(rows) == maxImportRows:
			return casebook.Fail(casebook.TooLarge, "record.import_rows", maxImportRows).At(fmt.Sprint("line ", d.Line))
		default:
			known[where] = len(rows)
			rows = append(rows, r)
		}
		return nil
	})
	return rows, err
}

func rowOf(study casebook.StudyID, d odm132.Datum) Row {
	r := Row{Line: d.Line, Reason: d.Reason, Value: Value{d.Group, cmp.Or(d.GroupRepeat, "1"), d.Item, d.Value, ""}}
	r.Key = Key{study, casebook.SubjectID(d.Subject), d.Event, cmp.Or(d.EventRepeat, "1"), d.Form, cmp.Or(d.FormRepeat, "1")}
	if d.Transaction == "Remove" {
		r.Value.Value = ""
	}
	if reason, ok := strings.CutPrefix(d.Comment, "blank: "); ok && r.Value.Value == "" { // as our own exports say it
		r.Blank = reason
	}
	return r
}
