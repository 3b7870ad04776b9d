package allocation

import (
	"fmt"
	"slices"
	"strings"

	"casebook"
	"casebook/odm/grid"
	"casebook/web"
)

// Fault is what is wrong with a line of a file. It never repeats a treatment.
type Fault struct {
	Line int    `json:"line"`
	Code string `json:"code"`
}

const maxFaults = 50

// Refused is the error of a file with faults: the first of them, and all of them beside it.
func Refused(faults []Fault) error {
	first := faults[0]
	return web.Extend(casebook.Fail(casebook.Unprocessable, first.Code).At(fmt.Sprintf("line %d", first.Line)), "faults", faults[:min(len(faults), maxFaults)])
}

// read reads a list that was made elsewhere: the columns number and treatment, and one for each factor, by its name. The
// lines of a stratum are its places, in their order. Errors: those of a table; Unprocessable allocation.column; of lines
// allocation.row_number, .row_twice, .row_treatment, .row_level; allocation.arms, .places, .numbers_tell.
func (d *Design) read(text string) (c Contents, err error) {
	r := reader{design: d, levels: make([]int, len(d.Factors)), at: map[string]int{}, Contents: Contents{Strata: map[string]string{}, Numbers: map[string][]string{}, Blocks: []int{}}}
	for _, s := range d.strata() {
		r.Strata[s] = ""
	}
	if err := grid.ReadCSV(strings.NewReader(text), r.head, r.row); err != nil {
		return c, err
	}
	switch {
	case len(r.faults) > 0:
		return c, Refused(r.faults)
	case len(r.Arms) < 2 || len(r.Arms) > maxArms:
		return c, fail("csv", "allocation.arms", maxArms, maxRatio)
	case len(r.numbers) > maxPlaces:
		return c, fail("csv", "allocation.places", maxPlaces)
	case Tells(r.numbers, r.arms):
		return c, fail("csv", "allocation.numbers_tell")
	}
	return r.Contents, nil
}

type reader struct {
	Contents
	design            *Design
	number, treatment int
	levels            []int // the columns of the factors
	at                map[string]int
	numbers, arms     []string
	faults            []Fault
}

func (r *reader) head(h *grid.Head) error {
	column := func(name string) (int, error) {
		i := slices.Index(h.Columns, name)
		if i < 0 {
			return i, fail("line 1", "allocation.column", name)
		}
		return i, nil
	}
	var err error
	if r.number, err = column("number"); err != nil {
		return err
	}
	if r.treatment, err = column("treatment"); err != nil {
		return err
	}
	for i, f := range r.design.Factors {
		if r.levels[i], err = column(f.Name); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) row(at *grid.Row) error {
	number, treatment, parts := strings.TrimSpace(at.Cell(r.number)), strings.TrimSpace(at.Cell(r.treatment)), make([]string, len(r.levels))
	for i, column := range r.levels {
		parts[i] = strings.TrimSpace(at.Cell(column))
	}
	stratum := strings.Join(parts, "/")
	_, known := r.Strata[stratum]
	bad := func(code string) error { r.faults = append(r.faults, Fault{at.Line, code}); return nil }
	switch {
	case !line(number):
		return bad("allocation.row_number")
	case r.at[number] > 0:
		return bad("allocation.row_twice")
	case !line(treatment):
		return bad("allocation.row_treatment")
	case !known || len(r.levels) > 0 && slices.ContainsFunc(parts, func(p string) bool { return !level(p) }):
		return bad("allocation.row_level")
	}
	arm := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Treatment == treatment })
	if arm < 0 {
		arm = len(r.Arms)
		r.Arms = append(r.Arms, Arm{treatment, 1})
	}
	if arm >= maxArms {
		return bad("allocation.row_treatment")
	}
	r.at[number], r.numbers, r.arms = at.Line, append(r.numbers, number), append(r.arms, treatment)
	r.Strata[stratum] += string(byte('0' + arm))
	r.Numbers[stratum] = append(r.Numbers[stratum], number)
	return nil
}

// Tells reports whether numbers that blinded people see tell the treatments beside them: put in order, each treatment's
// stand together, as when they begin with its letter or come from a range of their own.
func Tells(numbers, treatments []string) bool {
	order := make([]int, len(numbers))
	kinds := map[string]bool{}
	for i := range order {
		order[i], kinds[treatments[i]] = i, true
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(numbers[a], numbers[b]) })
	runs := 0
	for i, at := range order {
		if i == 0 || treatments[at] != treatments[order[i-1]] {
			runs++
		}
	}
	return len(kinds) > 1 && runs == len(kinds)
}
