package monitor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"casebook/record"
)

// point is what a form holds of one measurement: how many values, their sum in thousandths, and the sum of their hashes.
type point struct {
	name string
	N    int64  `json:"n"`
	Sum  int64  `json:"s"`
	Hash uint64 `json:"h"`
}

func (m point) mean() float64 { return float64(m.Sum) / float64(m.N) / 1e3 }

// press adds to what the form holds of a measurement, or with sign -1 takes away.
func (f *print) press(name string, m point, sign int64) {
	i, known := slices.BinarySearchFunc(f.points, name, func(m point, name string) int { return cmp.Compare(m.name, name) })
	if !known {
		f.points = slices.Insert(f.points, i, point{name: name})
	}
	at := &f.points[i]
	at.N, at.Sum, at.Hash = at.N+sign*m.N, at.Sum+sign*m.Sum, at.Hash+uint64(sign)*m.Hash //nolint:gosec // modulo 2⁶⁴
	if at.N == 0 && at.Sum == 0 && at.Hash == 0 {
		f.points = slices.Delete(f.points, i, i+1)
	}
}

// keep is the form's points as they are kept.
func (f *print) keep() map[string]point {
	kept := make(map[string]point, len(f.points))
	for _, m := range f.points {
		kept[m.name] = m
	}
	return kept
}

// form is the kind of form, without what repeats.
func (p place) form() string {
	parts := strings.SplitN(p.ref, "/", 4)
	if len(parts) < 4 {
		return p.ref
	}
	return parts[2]
}

// turnOf is where a form stands in the order of visits: by the schedule, then by the repeats of visit and form. Repeats that
// are no numbers come first.
func (p *plan) turnOf(key record.Key) int64 {
	number := func(text string, most int64) int64 {
		if strings.Contains(text, "-") { // a report's is its id, and an error would be made for each
			return 0
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || x < 0 {
			return 0
		}
		return min(int64(x*10), most-1) // visits between visits are numbered 3.1
	}
	return (p.turns[key.Event]*1e6+number(key.EventRepeat, 1e6))*1e4 + number(key.FormRepeat, 1e4)
}

// place puts a form among the subject's forms of its kind, in the order of visits, and returns where.
func (p *subject) place(f *print) (forms []*print, i int) {
	if p.course == nil {
		p.course = map[string][]*print{}
	}
	kind := f.form()
	i, _ = slices.BinarySearchFunc(p.course[kind], f, inTurn)
	forms = slices.Insert(p.course[kind], i, f)
	p.course[kind] = forms
	return forms, i
}

func inTurn(a, b *print) int { return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.ref, b.ref)) }

// enterCourse puts a form into its subject's course and counts what it has of the visit before and the next has of it.
func (st *state) enterCourse(p *subject, f *print) {
	forms, i := p.place(f)
	st.around(p, forms, i, 1)
}

// leaveCourse takes both back.
func (st *state) leaveCourse(p *subject, f *print) {
	forms := p.course[f.form()]
	i, _ := slices.BinarySearchFunc(forms, f, inTurn)
	st.around(p, forms, i, -1)
	p.course[f.form()] = slices.Delete(forms, i, i+1)
}

// around counts a form as the neighbour of those before and after it, who are otherwise neighbours of each other.
func (st *state) around(p *subject, forms []*print, i int, sign int64) {
	if i > 0 {
		st.follows(p, forms[i-1], forms[i], sign)
	}
	if i+1 < len(forms) {
		st.follows(p, forms[i], forms[i+1], sign)
	}
	if i > 0 && i+1 < len(forms) {
		st.follows(p, forms[i-1], forms[i+1], -sign)
	}
}

// follows counts the measurements that two visits in turn have, and those that are the same in both.
func (st *state) follows(p *subject, a, b *print, sign int64) {
	both, same := int64(0), int64(0)
	for x, y := range common(a.points, b.points) {
		if slices.Contains(still, x.name) {
			continue
		}
		both++
		same += one(x.N == y.N && x.Hash == y.Hash)
	}
	if both == 0 {
		return
	}
	for slot, m := range st.slots {
		switch m.Of {
		case ofFollows:
			st.count(p, slot, sign*both)
		case ofCarried:
			st.count(p, slot, sign*same)
		}
	}
}

// common pairs the points of one name.
func common(a, b []point) func(yield func(x, y point) bool) {
	return func(yield func(x, y point) bool) {
		for i, k := 0, 0; i < len(a) && k < len(b); {
			switch c := strings.Compare(a[i].name, b[k].name); {
			case c < 0:
				i++
			case c > 0:
				k++
			default:
				if !yield(a[i], b[k]) {
					return
				}
				i, k = i+1, k+1
			}
		}
	}
}
