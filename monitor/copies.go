package monitor

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"

	"casebook"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// fewest is how many measurements a form must hold before another with the same ones is called a copy of it: two or three
// that agree are nothing unusual.
const fewest = 4

// prints knows which forms hold the same measurements: a form's print is the sum of one hash for each of them, so that it
// follows corrections in whatever order they come.
type prints struct {
	of      map[place]*print
	like    map[uint64][]*print // forms with enough measurements, by their print
	changed []*print
	names   map[string]string // of measurements, so that each is kept once
}

// place is a form of a subject.
type place struct {
	subject casebook.SubjectID
	ref     string
}

type print struct {
	place
	sum     uint64
	n       int64
	turn    int64   // its place in the order of visits
	points  []point // by name
	changed bool
}

func newPrints() *prints {
	return &prints{of: map[place]*print{}, like: map[uint64][]*print{}, names: map[string]string{}}
}

// name returns the one copy of a measurement's name.
func (p *prints) name(name string) string {
	kept, known := p.names[name]
	if !known {
		kept = strings.Clone(name)
		p.names[kept] = kept
	}
	return kept
}

func (p *prints) touch(f *print) {
	if !f.changed {
		f.changed = true
		p.changed = append(p.changed, f)
	}
}

// leave takes the form out of those that are compared, and returns who was like it.
func (p *prints) leave(f *print) []*print {
	if f.n < fewest {
		return nil
	}
	rest := slices.DeleteFunc(p.like[f.sum], func(g *print) bool { return g == f })
	if p.like[f.sum] = rest; len(rest) == 0 {
		delete(p.like, f.sum)
	}
	return rest
}

// enter puts it among them again, and returns who is like it.
func (p *prints) enter(f *print) (others []*print) {
	if f.n >= fewest {
		others = slices.Clone(p.like[f.sum])
		p.like[f.sum] = append(p.like[f.sum], f)
	}
	return others
}

// copied are the forms of a subject that hold the same measurements as another's, and whose that is.
func (p *prints) copied(id casebook.SubjectID) map[string]string {
	of := map[string]string{}
	for at, f := range p.of {
		if at.subject != id || f.n < fewest {
			continue
		}
		if i := slices.IndexFunc(p.like[f.sum], func(g *print) bool { return g != f }); i >= 0 {
			of[at.ref] = string(p.like[f.sum][i].subject)
		}
	}
	return of
}

// reprint brings the print of a form up to date with the measurements that a save brought and took.
func (st *state) reprint(p *subject, ref string, turn int64, sides *[2]pressed) {
	at := place{p.id, ref}
	f := st.prints.of[at]
	if f == nil {
		f = &print{place: at}
		st.prints.of[at] = f
	} else {
		st.leaveCourse(p, f)
	}
	before := st.prints.leave(f)
	st.print(p, f, before, -1)
	for i, side := range sides {
		sign := int64(2*i - 1)
		f.sum, f.n = f.sum+uint64(sign)*side.sum, f.n+sign*side.n //nolint:gosec // modulo 2⁶⁴
		for _, m := range side.points {
			f.press(st.prints.name(m.name), m, sign)
		}
	}
	f.turn = turn
	after := st.prints.enter(f)
	st.print(p, f, after, 1)
	st.enterCourse(p, f)
	st.prints.touch(f)
}

// print counts a form with enough measurements and, where others are like it, the copies that it and they are.
func (st *state) print(p *subject, f *print, others []*print, sign int64) {
	if f.n < fewest {
		return
	}
	for slot, m := range st.slots {
		switch {
		case m.Of == ofPrints:
			st.count(p, slot, sign)
		case m.Of == ofCopies && len(others) > 0:
			st.count(p, slot, sign)
			if len(others) == 1 { // it was alone, and is so again
				q := st.subjects[others[0].subject]
				st.touch(q)
				st.count(q, slot, sign)
			}
		}
	}
}

// takePrints adds up the measurements of a save.
func (st *state) takePrints(p *subject, ref string, turn int64, sides *[2]pressed) {
	if sides[1].n != sides[0].n || sides[1].sum != sides[0].sum {
		st.reprint(p, ref, turn, sides)
	}
}

// pressed is what one side of a change adds to a print.
type pressed struct {
	sum    uint64
	n      int64
	points []point
}

func (s *pressed) add(series string, v *record.Value, thousandths int64) {
	h := fnv.New64a()
	for _, text := range [...]string{series, "\x00", v.Value} {
		_, _ = h.Write([]byte(text))
	}
	m := point{name: series, N: 1, Sum: thousandths, Hash: mixed(h.Sum64())}
	s.sum += m.Hash
	s.n++
	s.points = append(s.points, m)
}

// mixed makes of hashes that differ little ones that differ in every bit: FNV's of 119 and 120 differ by a multiple of one
// number, so that in a sum one reading more by one and another less by one would cancel (the finaliser of splitmix64).
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

var putPrint = store.NewInsert("monitor_print", "study_id text, subject_id text, ref text, sum bigint, n bigint, turn bigint, points text",
	"ON CONFLICT (study_id, subject_id, ref) DO UPDATE SET sum = excluded.sum, n = excluded.n, turn = excluded.turn, points = excluded.points", "")

func (p *prints) save(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	if len(p.changed) == 0 {
		return nil
	}
	var subjects, refs, points []string
	var sums, ns, turns []int64
	for _, f := range p.changed {
		f.changed = false
		subjects, refs, turns = append(subjects, string(f.subject)), append(refs, f.ref), append(turns, f.turn)
		sums, ns = append(sums, int64(f.sum)), append(ns, f.n) //nolint:gosec // the same bits
		text, err := json.Marshal(f.keep(), json.Deterministic(true))
		if err != nil {
			return err
		}
		points = append(points, string(text))
	}
	_, err := tx.InsertAll(ctx, putPrint, repeat(study, len(refs)), subjects, refs, sums, ns, turns, points)
	p.changed = p.changed[:0]
	return err
}

func (st *state) loadPrints(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		f := new(print)
		var sum int64
		var points string
		if err := r.Scan(&f.subject, &f.ref, &sum, &f.n, &f.turn, &points); err != nil {
			return err
		}
		f.sum = uint64(sum) //nolint:gosec // the same bits
		var kept map[string]point
		if err := json.Unmarshal([]byte(points), &kept); err != nil {
			return err
		}
		for name, m := range kept {
			f.press(st.prints.name(name), m, 1)
		}
		st.prints.of[f.place] = f
		st.prints.enter(f)
		if p := st.subjects[f.subject]; p != nil {
			p.place(f)
		}
		return nil
	}, `SELECT subject_id, ref, sum, n, turn, points FROM monitor_print WHERE study_id = $1`, study)
}
