// Package grid reads definitions that stand in tables: worksheets of an .xlsx file and CSV files, row by row, by the
// names of their columns, and says where each cell stands. It refuses to know what the columns mean; that is the
// business of the formats (odm/xlsform, odm/redcap).
package grid

import (
	"fmt"
	"strings"

	"casebook"
	"casebook/odm"

	"github.com/xuri/excelize/v2"
)

// Limits of what is read. They are far beyond any study and keep a hostile file from costing more than its size.
const (
	MaxFile   = 32 << 20  // bytes of a file
	MaxRows   = 200_000   // of a sheet
	maxUnzip  = 128 << 20 // bytes of an .xlsx file once it is unpacked
	maxParts  = 1_000     // files within an .xlsx file
	maxColumn = 1_000     // columns of a sheet
	maxLosses = 10_000    // lines of a report; what is beyond is counted in a last one
)

// Head is the first row of a table: the names of its columns as they stand there.
type Head struct {
	Sheet   string // "" of a CSV file
	Columns []string
}

// Row is one row below the head.
type Row struct {
	Number int // from 1, which is the head's
	Line   int // of the file; of a sheet, the number
	Cells  []string
	head   *Head
}

// Cell returns the text in a column, "" where the row ends before it.
func (r *Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// Empty reports whether there is nothing in the row.
func (r *Row) Empty() bool {
	for _, c := range r.Cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// Place says where a cell stands: "survey!C7" of a sheet, "row 7, column Field Type" of a CSV file.
func (r *Row) Place(column int) string { return r.head.place(r.Number, column) }

func (h *Head) place(row, column int) string {
	if h.Sheet == "" {
		name := fmt.Sprint(column + 1)
		if column >= 0 && column < len(h.Columns) {
			name = Short(h.Columns[column])
		}
		return fmt.Sprintf("row %d, column %s", row, name)
	}
	cell, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil { // there are no such rows in a sheet that was read
		return fmt.Sprintf("%s, row %d", Short(h.Sheet), row)
	}
	return Short(h.Sheet) + "!" + cell
}

// HeadPlace says where the name of a column stands.
func (h *Head) HeadPlace(column int) string { return h.place(1, column) }

// Fail refuses the file because of a cell.
func (r *Row) Fail(column int, code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...).At(r.Place(column))
}

// Short returns s as a report quotes it: one line, not long.
func Short(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// Losses collects the lines of a report.
type Losses struct {
	list  []odm.Loss
	times []int
	tally map[string]int // from what is told once to its place in list
	more  int            // beyond maxLosses
}

// Add writes one line about a cell; code names the kind of loss (odm.Lost).
func (l *Losses) Add(r *Row, column int, kept bool, code string, args ...any) {
	l.add(odm.Lost(r.Place(column), r.Line, kept, code, args...))
}

// AddAt writes one line about a place that is no cell.
func (l *Losses) AddAt(place string, kept bool, code string, args ...any) {
	l.add(odm.Lost(place, 1, kept, code, args...))
}

func (l *Losses) add(loss odm.Loss) int {
	if len(l.list) >= maxLosses {
		l.more++
		return -1
	}
	l.list, l.times = append(l.list, loss), append(l.times, 1)
	return len(l.list) - 1
}

// Note writes one line for all that is alike: the first gives its place, the others are counted.
func (l *Losses) Note(r *Row, column int, kept bool, code string, args ...any) {
	key := fmt.Sprint(append([]any{code, " "}, args...)...)
	if i, told := l.tally[key]; told {
		if i >= 0 {
			l.times[i]++
		}
		return
	}
	if l.tally == nil {
		l.tally = map[string]int{}
	}
	l.tally[key] = l.add(odm.Lost(r.Place(column), r.Line, kept, code, args...))
}

// List returns the lines in the order in which they were found.
func (l *Losses) List() []odm.Loss {
	for i, n := range l.times {
		l.list[i].Times(n)
		l.times[i] = 1
	}
	if l.more > 0 {
		l.list = append(l.list, odm.Lost("file", 1, false, "loss.more", l.more))
		l.more = 0
	}
	return l.list
}
