package grid

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"casebook"

	"github.com/xuri/excelize/v2"
)

// Workbook is an .xlsx file.
type Workbook struct{ file *excelize.File }

// OpenXLSX opens an .xlsx file. What is no spreadsheet, or would unpack to more than it may, is refused before it is
// unpacked.
func OpenXLSX(r io.Reader) (w *Workbook, err error) {
	b, err := io.ReadAll(&bounded{r: r, left: MaxFile})
	if err != nil {
		if _, is := errors.AsType[*casebook.Error](err); is {
			return nil, err
		}
		return nil, fmt.Errorf("grid: %w", err)
	}
	if err := sizes(b); err != nil {
		return nil, err
	}
	defer refuse(&err)
	file, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{
		UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss",
	})
	if err != nil {
		return nil, unreadable(err)
	}
	return &Workbook{file}, nil
}

// sizes refuses an archive that says of itself that it is too large. One that lies is found out while it is unpacked:
// archive/zip gives no more bytes than were announced.
func sizes(b []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return unreadable(err)
	}
	if len(archive.File) > maxParts {
		return casebook.Fail(casebook.Invalid, "odm.too_large", "parts", maxParts).At("file")
	}
	total := uint64(0)
	for _, f := range archive.File {
		if total += min(f.UncompressedSize64, maxUnzip+1); total > maxUnzip {
			return casebook.Fail(casebook.Invalid, "odm.too_large", "bytes unpacked", maxUnzip).At("file, part " + Short(f.Name))
		}
	}
	return nil
}

func unreadable(err error) error {
	return casebook.Fail(casebook.Invalid, "odm.grid.xlsx", Short(err.Error())).At("file").Wrap(err)
}

// refuse turns a panic of the library over a damaged file into a refusal: it reads files from strangers, and indexes
// slices by what they say.
func refuse(err *error) {
	if p := recover(); p != nil {
		*err = unreadable(fmt.Errorf("damaged: %v", p))
	}
}

// Close frees what the file holds.
func (w *Workbook) Close() error { return w.file.Close() }

// Sheets returns the names of the worksheets in order.
func (w *Workbook) Sheets() []string { return w.file.GetSheetList() }

// Read calls head with the first row of a sheet and row for every other one that is not empty.
func (w *Workbook) Read(sheet string, head func(*Head) error, row func(*Row) error) (err error) {
	defer refuse(&err)
	raw, err := w.file.Rows(sheet)
	if err != nil {
		return unreadable(err)
	}
	defer raw.Close()
	shown, err := w.file.Rows(sheet)
	if err != nil {
		return unreadable(err)
	}
	defer shown.Close()
	h := &Head{Sheet: sheet}
	for number := 1; raw.Next() && shown.Next(); number++ {
		if number > MaxRows {
			return casebook.Fail(casebook.Invalid, "odm.too_large", "rows", MaxRows).At(Short(sheet))
		}
		cells, err := both(raw, shown)
		if err != nil {
			return err
		}
		at := &Row{Number: number, Line: number, Cells: cells, head: h}
		if err := sound(cells, at.Place(0)); err != nil {
			return err
		}
		switch {
		case number == 1:
			h.Columns = trimmed(cells)
			err = head(h)
		case !at.Empty():
			err = row(at)
		}
		if err != nil {
			return err
		}
	}
	if err := raw.Error(); err != nil {
		return unreadable(err)
	}
	return nil
}

// both reads the next row as it is kept and as it is shown. A number is what is kept, in its shortest form; a truth
// value or a date is only what is shown.
func both(raw, shown *excelize.Rows) ([]string, error) {
	kept, err := raw.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, unreadable(err)
	}
	seen, err := shown.Columns()
	if err != nil {
		return nil, unreadable(err)
	}
	for i := range kept {
		if i >= len(seen) || kept[i] == seen[i] {
			continue
		}
		if n, err := strconv.ParseFloat(kept[i], 64); err == nil && !asShown(seen[i]) {
			kept[i] = strconv.FormatFloat(n, 'f', -1, 64)
		} else {
			kept[i] = seen[i]
		}
	}
	return kept, nil
}

// asShown reports whether a number is shown as something else: a truth value, a date or a time.
func asShown(s string) bool {
	return s == "TRUE" || s == "FALSE" || len(s) > 4 && strings.ContainsAny(s[1:], "-:") && !strings.ContainsAny(s, "E")
}
