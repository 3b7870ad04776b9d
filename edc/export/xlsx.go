package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"casebook/odm"

	"github.com/xuri/excelize/v2"
)

// What a worksheet holds (ECMA-376 and Excel's own limits).
const (
	maxSheetRows = 1_048_576
	maxSheetName = 31
	maxCell      = 32_767 // characters
	exactDigits  = 15     // of a number
)

// workbook writes every table as worksheets of one XLSX file: numbers as numbers, all else as text, never a formula. Rows
// beyond what a sheet holds go on in another. Rows that do not fit into memory wait in temporary files.
func workbook(ctx context.Context, c *Cut, out io.Writer) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	b := &binding{file: book, taken: map[string]bool{}}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	b.bold = bold
	err = c.tables().write(ctx, c, func(t *table) (sink, error) {
		s := &worksheets{book: b, table: t}
		return s, s.begin()
	})
	if err != nil {
		return err
	}
	if err := book.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	return b.write(out)
}

// binding is the file that the sheets are bound into.
type binding struct {
	file  *excelize.File
	taken map[string]bool // names of sheets, in lower case
	bold  int
}

// name is a name for a sheet that is not taken: at most 31 characters, none of :\/?*[].
func (b *binding) name(oid string) string {
	clean := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, oid), "'")
	name, n := firstRunes(clean, maxSheetName), 1
	for b.taken[strings.ToLower(name)] || strings.EqualFold(name, "Sheet1") || name == "" {
		n++
		end := fmt.Sprintf(" (%d)", n)
		name = firstRunes(clean, maxSheetName-len(end)) + end
	}
	b.taken[strings.ToLower(name)] = true
	return name
}

func firstRunes(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// write packs the parts of the file in the order of their names: excelize gives them in any order, and equal cuts are equal
// bytes.
func (b *binding) write(out io.Writer) (err error) {
	f, err := os.CreateTemp("", "casebook-xlsx-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	size, err := b.file.WriteTo(f)
	if err != nil {
		return err
	}
	from, err := zip.NewReader(f, size)
	if err != nil {
		return err
	}
	slices.SortFunc(from.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	z := zip.NewWriter(out)
	for _, part := range from.File {
		if err := z.Copy(part); err != nil {
			return err
		}
	}
	return z.Close()
}

// worksheets are the sheets of one table.
type worksheets struct {
	book  *binding
	table *table
	sheet *excelize.StreamWriter
	next  int // row
	cells []any
}

// begin opens another sheet, whose first row is the head and stays in view.
func (s *worksheets) begin() error {
	if s.sheet != nil {
		if err := s.sheet.Flush(); err != nil {
			return err
		}
	}
	name := s.book.name(s.table.oid)
	if _, err := s.book.file.NewSheet(name); err != nil {
		return err
	}
	sheet, err := s.book.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	s.sheet, s.next, s.cells = sheet, 2, make([]any, len(s.table.columns))
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, c := range s.table.columns {
		s.cells[i] = excelize.Cell{StyleID: s.book.bold, Value: c.oid}
	}
	return sheet.SetRow("A1", s.cells)
}

func (s *worksheets) row(cells []string) error {
	if s.next > maxSheetRows {
		if err := s.begin(); err != nil {
			return err
		}
	}
	for i, text := range cells {
		s.cells[i] = cellOf(s.table.columns[i].kind, text)
	}
	at := "A" + strconv.Itoa(s.next)
	s.next++
	return s.sheet.SetRow(at, s.cells)
}

// cellOf is a value as a cell holds it. A number that Excel would round stays a text, and a text that a cell cannot hold says so.
func cellOf(kind odm.DataType, text string) any {
	if text == "" {
		return nil
	}
	if kind == "integer" || kind == "float" || kind == "double" {
		if n, err := strconv.ParseFloat(text, 64); err == nil && len(strings.TrimLeft(text, "-+0.")) <= exactDigits {
			return n
		}
	}
	if n := utf8.RuneCountInString(text); n > maxCell {
		end := fmt.Sprintf(" … (%d characters; the CSV has them all)", n)
		return firstRunes(text, maxCell-utf8.RuneCountInString(end)) + end
	}
	return text
}

func (s *worksheets) close() error { return s.sheet.Flush() }
