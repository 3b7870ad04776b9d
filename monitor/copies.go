package monitor

import (
	"context"
	"hash/fnv"
	"slices"

	"casebook"
	"casebook/record"
	"casebook/store"
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
	changed bool
}

func newPrints() *prints { return &prints{of: map[place]*print{}, like: map[uint64][]*print{}} }

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

// reprint brings the print of a form up to date with the measurements that a save brought and took.
func (st *state) reprint(p *subject, ref string, sum uint64, n int64) {
	at := place{p.id, ref}
	f := st.prints.of[at]
	if f == nil {
		f = &print{place: at}
		st.prints.of[at] = f
	}
	before := st.prints.leave(f)
	st.print(p, f, before, -1)
	f.sum, f.n = f.sum+sum, f.n+n
	after := st.prints.enter(f)
	st.print(p, f, after, 1)
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
func (st *state) takePrints(p *subject, ref string, sides *[2]pressed) {
	if n := sides[1].n - sides[0].n; n != 0 || sides[1].sum != sides[0].sum {
		st.reprint(p, ref, sides[1].sum-sides[0].sum, n)
	}
}

// pressed is what one side of a change adds to a print.
type pressed struct {
	sum uint64
	n   int64
}

func (s *pressed) add(series string, v *record.Value) {
	h := fnv.New64a()
	for _, text := range [...]string{series, "\x00", v.Value} {
		_, _ = h.Write([]byte(text))
	}
	s.sum += mixed(h.Sum64())
	s.n++
}

// mixed makes of hashes that differ little ones that differ in every bit: FNV's of 119 and 120 differ by a multiple of one
// number, so that in a sum one reading more by one and another less by one would cancel (the finaliser of splitmix64).
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

var putPrint = store.NewInsert("monitor_print", "study_id text, subject_id text, ref text, sum bigint, n bigint",
	"ON CONFLICT (study_id, subject_id, ref) DO UPDATE SET sum = excluded.sum, n = excluded.n", "")

func (p *prints) save(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	if len(p.changed) == 0 {
		return nil
	}
	var subjects, refs []string
	var sums, ns []int64
	for _, f := range p.changed {
		f.changed = false
		subjects, refs = append(subjects, string(f.subject)), append(refs, f.ref)
		sums, ns = append(sums, int64(f.sum)), append(ns, f.n) //nolint:gosec // the same bits
	}
	_, err := tx.InsertAll(ctx, putPrint, repeat(study, len(refs)), subjects, refs, sums, ns)
	p.changed = p.changed[:0]
	return err
}

func (p *prints) load(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		f := new(print)
		var sum int64
		if err := r.Scan(&f.subject, &f.ref, &sum, &f.n); err != nil {
			return err
		}
		f.sum = uint64(sum) //nolint:gosec // the same bits
		p.of[f.place] = f
		p.enter(f)
		return nil
	}, `SELECT subject_id, ref, sum, n FROM monitor_print WHERE study_id = $1`, study)
}
