package gsm

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/stat"
)

// Input is gsm's Analysis_Input: subjects with what they contribute, by group. Of simaerep's table of visits (site_id,
// patient_id, visit, n_event) it is the same, one row for each visit.
type Input struct {
	Notes  []Note
	groups []*group // by id
	again  int      // rows that name a subject of the same group again
}

type group struct {
	id, level string
	counts    stat.Counts
	subjects  map[string][]step
	order     []string
}

// step is one row of a subject.
type step struct {
	num, den int64
	line     int
}

// columns finds where the columns stand; -1 is nowhere.
type columns struct{ subject, group, level, num, den int }

func columnsOf(header []string) (columns, error) {
	at := func(names ...string) int {
		return slices.IndexFunc(header, func(h string) bool {
			h = strings.TrimPrefix(strings.TrimSpace(h), "\uFEFF")
			return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(h, n) })
		})
	}
	c := columns{at("SubjectID", "patient_id", "patnum"), at("GroupID", "site_id", "site_number"), at("GroupLevel"), at("Numerator", "n_event", "n_ae"), at("Denominator", "visit")}
	for name, i := range map[string]int{"GroupID": c.group, "Numerator": c.num, "Denominator": c.den} {
		if i < 0 {
			return c, casebook.Fail(casebook.Invalid, "monitor.input_column", name).At("1")
		}
	}
	return c, nil
}

// ReadInput reads an input as CSV. What cannot be read in one way only is refused with its line: numbers that are not
// whole, negative, infinite or not numbers. An empty field or NA counts 0, and a row without a group is left out with a
// note, as in gsm.core Input_Rate.
func ReadInput(r io.Reader) (*Input, error) {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, casebook.Fail(casebook.Invalid, "monitor.input_empty")
	}
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "monitor.input_csv", err.Error())
	}
	c, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	in, byID := &Input{}, map[string]*group{}
	left, again := 0, 0
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "monitor.input_csv", err.Error())
		}
		line, _ := rows.FieldPos(0)
		num, err := count(fields[c.num], line, "Numerator")
		if err != nil {
			return nil, err
		}
		den, err := count(fields[c.den], line, "Denominator")
		if err != nil {
			return nil, err
		}
		id := strings.Clone(fields[c.group])
		if id == "" || id == "NA" {
			left++
			continue
		}
		g := byID[id]
		if g == nil {
			g = &group{id: id, level: "Site", subjects: map[string][]step{}}
			if c.level >= 0 {
				g.level = strings.Clone(fields[c.level])
			}
			byID[id] = g
			in.groups = append(in.groups, g)
		}
		subject := fmt.Sprint("row ", line)
		if c.subject >= 0 {
			subject = strings.Clone(fields[c.subject])
		}
		if g.add(subject, step{num, den, line}) {
			again++
		}
	}
	if len(in.groups) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "monitor.input_empty")
	}
	slices.SortFunc(in.groups, func(a, b *group) int { return strings.Compare(a.id, b.id) })
	if left > 0 {
		in.Notes = append(in.Notes, note("monitor.note.no_group", left))
	}
	in.again = again
	return in, nil
}

// add takes a row in and reports whether the subject had one already.
func (g *group) add(subject string, s step) bool {
	_, there := g.subjects[subject]
	if !there {
		g.order = append(g.order, subject)
	}
	g.subjects[subject] = append(g.subjects[subject], s)
	g.counts.Num += s.num
	g.counts.Den += s.den
	return there
}

// count reads a whole number, also one written as 12.0 or 1.2e1.
func count(text string, line int, column string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "NA" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != math.Trunc(x) || x < 0 || x > 1<<53 {
		return 0, casebook.Fail(casebook.Invalid, "monitor.input_number", text).At(fmt.Sprintf("%d/%s", line, column))
	}
	return int64(x), nil
}

// courses are the subjects' events by visit. Rows of one subject with rising denominators are cumulative events at those
// visits; rows whose denominators are all 1 are its visits in order; a single row says only the end, and its events are
// taken as spread evenly over its visits.
func (g *group) courses() []stat.Course {
	var all []stat.Course
	for _, id := range g.order {
		if c := courseOf(g.subjects[id]); len(c) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func courseOf(steps []step) stat.Course {
	steps = slices.Clone(steps)
	single := len(steps) == 1
	ones := !slices.ContainsFunc(steps, func(s step) bool { return s.den != 1 })
	var c stat.Course
	switch {
	case ones:
		sum := 0
		for _, s := range steps {
			sum += int(s.num)
			c = append(c, sum)
		}
	case single:
		s := steps[0]
		for v := range s.den {
			c = append(c, int(s.num*(v+1)/s.den))
		}
	default:
		slices.SortStableFunc(steps, func(a, b step) int { return int(a.den - b.den) })
		for _, s := range steps {
			for int64(len(c)) < s.den {
				c = append(c, 0)
				if len(c) > 1 {
					c[len(c)-1] = c[len(c)-2]
				}
			}
			if s.den > 0 {
				c[s.den-1] = max(c[s.den-1], int(s.num))
			}
		}
	}
	return c
}
