package grid

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"casebook"
)

// ReadCSV reads a CSV file in UTF-8 (RFC 4180, with or without a byte order mark; commas, semicolons or tabs between
// the cells, whichever its first line has most of), and calls row for every row below the head that is not empty.
func ReadCSV(r io.Reader, head func(*Head) error, row func(*Row) error) error {
	src := &bounded{r: r, left: MaxFile}
	in := bufio.NewReaderSize(src, 64<<10)
	start, _ := in.Peek(in.Size())
	if mark := []byte("\ufeff"); bytes.HasPrefix(start, mark) {
		start = start[len(mark):]
		_, _ = in.Discard(len(mark)) // it was peeked at
	}
	cells := csv.NewReader(in)
	cells.FieldsPerRecord = -1
	cells.Comma = separator(start)
	var h *Head
	for number := 1; ; number++ {
		record, err := cells.Read()
		switch {
		case err == io.EOF && h == nil:
			return casebook.Fail(casebook.Invalid, "odm.grid.empty").At("line 1")
		case err == io.EOF:
			return nil
		case err != nil:
			return csvFault(err)
		case number > MaxRows:
			return casebook.Fail(casebook.Invalid, "odm.too_large", "rows", MaxRows).At(csvLine(cells))
		}
		if h == nil {
			h = &Head{Columns: trimmed(record)}
			if err := sound(record, csvLine(cells)); err != nil {
				return err
			}
			if err := head(h); err != nil {
				return err
			}
			continue
		}
		line, _ := cells.FieldPos(0)
		at := &Row{Number: number, Line: line, Cells: record, head: h}
		if err := sound(record, fmt.Sprintf("line %d, row %d", line, number)); err != nil {
			return err
		}
		if at.Empty() {
			continue
		}
		if err := row(at); err != nil {
			return err
		}
	}
}

// sound refuses cells that are no text.
func sound(record []string, place string) error {
	if len(record) > maxColumn {
		return casebook.Fail(casebook.Invalid, "odm.too_large", "columns", maxColumn).At(place)
	}
	for _, c := range record {
		if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
			return casebook.Fail(casebook.Invalid, "odm.utf8").At(place)
		}
	}
	return nil
}

func csvLine(cells *csv.Reader) string {
	line, _ := cells.FieldPos(0)
	return fmt.Sprintf("line %d", line)
}

func csvFault(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return casebook.Fail(casebook.Invalid, "odm.grid.csv", e.Err.Error()).At(fmt.Sprintf("line %d", e.Line))
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e
	}
	return fmt.Errorf("grid: %w", err)
}

// separator returns what stands between the cells of the first line.
func separator(start []byte) rune {
	counts, quoted := map[byte]int{}, false
	for _, c := range start {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && c == '\n' {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return rune(best)
}

func trimmed(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimSpace(c)
	}
	return out
}

// bounded refuses more bytes than it was given.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, casebook.Fail(casebook.Invalid, "odm.too_large", "bytes", MaxFile).At("file")
	}
	return n, err
}
