package kit

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/allocation"
	"casebook/odm/grid"
)

const (
	maxKits = 20_000 // of a shipment
	maxLine = 100    // bytes of a number or a lot
)

// read reads what a shipment holds: the columns kit, treatment, lot and expiry. Treatments are those of the list in use. The
// numbers must not tell the treatments, with those of all kits before. Errors: those of a table; Unprocessable kit.column; of
// lines kit.row_number, .row_twice, .row_treatment, .row_lot, .row_expiry; kit.none, kit.numbers_tell.
func read(text string, treatments []string, have map[string]Inside) (map[string]Inside, error) {
	f := file{treatments: treatments, have: have, kits: map[string]Inside{}}
	if err := grid.ReadCSV(strings.NewReader(text), f.head, f.row); err != nil {
		return nil, err
	}
	switch {
	case len(f.faults) > 0:
		return nil, allocation.Refused(f.faults)
	case len(f.kits) == 0 || len(f.kits) > maxKits:
		return nil, casebook.Fail(casebook.Unprocessable, "kit.none", maxKits).At("csv")
	}
	var numbers, holds []string
	for _, all := range []map[string]Inside{have, f.kits} {
		for id, in := range all {
			numbers, holds = append(numbers, id), append(holds, in.Treatment)
		}
	}
	if allocation.Tells(numbers, holds) {
		return nil, casebook.Fail(casebook.Unprocessable, "kit.numbers_tell").At("csv")
	}
	return f.kits, nil
}

type file struct {
	treatments []string
	have, kits map[string]Inside
	columns    [4]int
	faults     []allocation.Fault
}

func (f *file) head(h *grid.Head) error {
	for i, name := range []string{"kit", "treatment", "lot", "expiry"} {
		if f.columns[i] = slices.Index(h.Columns, name); f.columns[i] < 0 {
			return casebook.Fail(casebook.Unprocessable, "kit.column", name).At("line 1")
		}
	}
	return nil
}

func (f *file) row(at *grid.Row) error {
	var cells [4]string
	for i, column := range f.columns {
		cells[i] = strings.TrimSpace(at.Cell(column))
	}
	id, in := cells[0], Inside{cells[1], cells[2], cells[3]}
	_, before := f.have[id]
	_, twice := f.kits[id]
	bad := func(code string) error {
		f.faults = append(f.faults, allocation.Fault{Line: at.Line, Code: code})
		return nil
	}
	switch _, err := time.Parse(time.DateOnly, in.Expiry); {
	case !number(id):
		return bad("kit.row_number")
	case before || twice:
		return bad("kit.row_twice")
	case !slices.Contains(f.treatments, in.Treatment):
		return bad("kit.row_treatment")
	case in.Lot == "" || len(in.Lot) > maxLine:
		return bad("kit.row_lot")
	case err != nil:
		return bad("kit.row_expiry")
	}
	f.kits[id] = in
	return nil
}

// number reports whether a text can stand in an address and on a label.
func number(s string) bool {
	return s != "" && len(s) <= maxLine && utf8.ValidString(s) && strings.Trim(s, ".") != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
	})
}
