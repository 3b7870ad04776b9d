package record

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// ImportColumns are the columns that a file of values may have, in any order. subject, event, form and item must be
// there; repeats are "1" and the group is the item's own where they are not given.
var ImportColumns = []string{"subject", "event", "event_repeat", "form", "form_repeat", "group", "repeat", "item", "value", "blank", "reason"}

// Row is one value of a file.
type Row struct {
	Line int
	Key
	Value
	Reason string
}

// RowError is why a row cannot be taken in.
type RowError struct {
	Line int
	Err  error
}

// Imported is what a file did, or would do.
type Imported struct {
	Rows      int
	Forms     int
	Changed   int // values that are new or others than before
	Unchanged int
	Opened    int // queries
	Closed    int
	Errors    []RowError // in the order of the lines; one for each form at most
	Applied   bool
}

const (
	maxImportRows   = 1_000_000
	maxImportErrors = 1000
)

// ReadRows reads a file of values: CSV by RFC 4180 with a head line.
func (s *Study) ReadRows(study casebook.StudyID, from io.Reader) ([]Row, error) {
	r := csv.NewReader(from)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, badCSV(err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))
		if _, twice := at[name]; twice || !slices.Contains(ImportColumns, name) {
			return nil, casebook.Fail(casebook.Invalid, "record.import_column", name).At("line 1")
		}
		at[name] = i
	}
	for _, must := range []string{"subject", "event", "form", "item"} {
		if _, ok := at[must]; !ok {
			return nil, casebook.Fail(casebook.Invalid, "record.import_missing", must).At("line 1")
		}
	}
	var rows []Row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, badCSV(err)
		}
		line, _ := r.FieldPos(0)
		if len(rows) == maxImportRows {
			return nil, casebook.Fail(casebook.TooLarge, "record.import_rows", maxImportRows).At(fmt.Sprint("line ", line))
		}
		rows = append(rows, s.row(study, line, func(name, absent string) string {
			if i, ok := at[name]; ok && cells[i] != "" {
				return strings.Clone(cells[i])
			}
			return absent
		}))
	}
}

func badCSV(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return casebook.Fail(casebook.Invalid, "record.import_csv", e.Err).At(fmt.Sprint("line ", e.Line))
	}
	return casebook.Fail(casebook.Invalid, "record.import_csv", err)
}

func (s *Study) row(study casebook.StudyID, line int, cell func(name, absent string) string) Row {
	row := Row{Line: line, Reason: cell("reason", "")}
	row.Key = Key{study, casebook.SubjectID(cell("subject", "")), cell("event", ""), cell("event_repeat", "1"), cell("form", ""), cell("form_repeat", "1")}
	row.Value = Value{cell("group", ""), cell("repeat", "1"), cell("item", ""), cell("value", ""), cell("blank", "")}
	if row.Group == "" {
		if group, _, ok := s.Place(row.Key.Form, row.Item); ok {
			row.Group = group
		}
	}
	return row
}

var errNotApplied = errors.New("record: the import is not applied")

// Import saves the rows through the same rules as people do, form by form: types, reasons, stages, checks and the queries
// they open. It is one transaction: with one row that cannot be taken in, nothing is. dry works everything out and
// applies nothing. reason is for rows that change a kept value and say no reason of their own.
func (s *Service) Import(ctx context.Context, study casebook.StudyID, rows []Row, reason string, dry bool) (*Imported, error) {
	st, err := s.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	forms := byForm(rows)
	var done *Imported
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		done = &Imported{Rows: len(rows), Forms: len(forms)}
		for _, of := range forms {
			if err := s.importForm(ctx, w, st, of, reason, done); err != nil {
				return err
			}
			if len(done.Errors) >= maxImportErrors {
				break
			}
		}
		if dry || len(done.Errors) > 0 {
			return errNotApplied
		}
		return nil
	})
	if errors.Is(err, errNotApplied) {
		err = nil
	} else if err == nil {
		done.Applied = true
	}
	if done != nil {
		slices.SortStableFunc(done.Errors, func(a, b RowError) int { return a.Line - b.Line })
	}
	return done, err
}

// byForm puts the rows of each form together, in the order in which the forms first come.
func byForm(rows []Row) [][]Row {
	at := map[Key]int{}
	var forms [][]Row
	for _, r := range rows {
		i, known := at[r.Key]
		if !known {
			i = len(forms)
			at[r.Key] = i
			forms = append(forms, nil)
		}
		forms[i] = append(forms[i], r)
	}
	return forms
}

// importForm saves one form. An error that a person may see is the row's, and the import goes on looking; any other ends it.
func (s *Service) importForm(ctx context.Context, w *ledger.Writer, st *Study, rows []Row, reason string, done *Imported) error {
	in := Save{Key: rows[0].Key, Expect: -1, Reason: reason, Copied: true}
	for _, r := range rows {
		in.Items = append(in.Items, r.Value)
		if r.Reason != "" {
			in.Reason = r.Reason
		}
	}
	out, _, err := s.SaveIn(ctx, w, st, in)
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Kind != casebook.Internal && !store.IsUnique(err) {
		line := rows[0].Line
		for _, r := range rows {
			if r.Value.at().String() == e.Place {
				line = r.Line
			}
		}
		done.Errors = append(done.Errors, RowError{line, e})
		return nil
	}
	if err != nil {
		return err
	}
	done.Changed += len(out.After.Items)
	done.Unchanged += len(rows) - len(out.After.Items)
	done.Opened += len(out.After.Opened)
	done.Closed += len(out.After.Closed)
	return nil
}
