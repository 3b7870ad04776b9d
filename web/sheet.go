package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Cell is a text that no spreadsheet takes for a formula: what begins like one, and is no number, gets an apostrophe
// before it (OWASP, CSV injection).
func Cell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && text[0] != '=' {
		return text
	}
	return "'" + text
}

// Sheet answers with rows of CSV (RFC 4180): with the mark by which spreadsheets know UTF-8, and no cell that they would
// compute. What was written is flushed by its writer.
type Sheet struct{ *csv.Writer }

// NewSheet begins an answer that is saved as name.csv, with its head.
func NewSheet(w http.ResponseWriter, name string, head ...string) (Sheet, error) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write([]byte("\uFEFF")); err != nil {
		return Sheet{}, err
	}
	s := Sheet{csv.NewWriter(w)}
	return s, s.Line(head...)
}

// Line writes a row; its cells may be changed.
func (s Sheet) Line(cells ...string) error {
	for i, c := range cells {
		cells[i] = Cell(c)
	}
	return s.Write(cells)
}

// CSV answers with a table whose first row is its head.
func CSV(w http.ResponseWriter, name string, rows [][]string) error {
	s, err := NewSheet(w, name, rows[0]...)
	for _, row := range rows[1:] {
		if err == nil {
			err = s.Line(row...)
		}
	}
	s.Flush()
	return errors.Join(err, s.Error())
}
