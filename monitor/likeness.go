package monitor

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"casebook"
	"casebook/stat"
)

// What a look over all subjects must find before it is told.
const (
	leastShared   = 8    // measurements at the same visits, of two subjects who are compared
	leastTwin     = 0.25 // standard deviations: who are nearer to each other are as good as one person
	leastStranger = 20   // subjects of other sites that say how near people are who have nothing to do with each other
	mostStrangers = 300  // of them, in a large study every so-manieth
	leastMiddle   = 0.25 // of the subjects of a study, how many may on average lie nearer to the middle than those of the site
	leastSubjects = 3    // of a site, that says how much sites differ
	leastForms    = 3    // of a subject, that say how near to the middle it lies
	leastTogether = 3    // measurements of a form that a middle is found of
)

// measuredSubject is a subject with all that was measured, as numbers in one order.
type measuredSubject struct {
	*subject
	cells []cell
}

// cell is the mean of a measurement at a visit, in units of how much the measurement scatters in the study.
type cell struct {
	at int32 // which visit and measurement, in their order
	x  float64
}

// visited is a measurement of a kind of form at a place in the order of visits.
type visited struct {
	form string
	turn int64
	name string
}

// measuredSubjects are those who count, by id, so that sums are the same whatever came first.
func (st *state) measuredSubjects() (all []measuredSubject) {
	index, keys := map[visited]int32{}, []visited(nil)
	means := map[string][]float64{}
	for _, id := range slices.Sorted(maps.Keys(st.subjects)) {
		p := st.subjects[id]
		if !p.counted() || len(p.course) == 0 {
			continue
		}
		m := measuredSubject{subject: p}
		for at, mean := range p.measured() {
			i, known := index[at]
			if !known {
				i = int32(len(keys)) //nolint:gosec // far fewer
				index[at], keys = i, append(keys, at)
			}
			means[at.name] = append(means[at.name], mean)
			m.cells = append(m.cells, cell{i, mean})
		}
		all = append(all, m)
	}
	order := slices.SortedFunc(maps.Keys(index), func(a, b visited) int {
		return cmp.Or(strings.Compare(a.form, b.form), cmp.Compare(a.turn, b.turn), strings.Compare(a.name, b.name))
	})
	rank := make([]int32, len(keys))
	for i, at := range order {
		rank[index[at]] = int32(i) //nolint:gosec // far fewer
	}
	scale := map[string]float64{}
	for name, of := range means {
		scale[name] = usual(of)
	}
	for i := range all {
		for k := range all[i].cells {
			c := &all[i].cells[k]
			sd := scale[keys[c.at].name]
			c.at, c.x = rank[c.at], c.x/sd // a measurement that never varies is no number from here on, and counts nowhere
		}
		slices.SortFunc(all[i].cells, func(a, b cell) int { return cmp.Compare(a.at, b.at) })
	}
	return all
}

// usual is how much values scatter: 1.4826 times the median deviation, so that the few that were written in another unit do not bring
// all others together; where more than half are one value, the standard deviation.
func usual(values []float64) float64 {
	mid, off := median(values), make([]float64, len(values))
	for i, x := range values {
		off[i] = math.Abs(x - mid)
	}
	if scatter := 1.4826 * median(off); scatter > 0 {
		return scatter
	}
	return stat.MomentsOf(values).SD()
}

// measured are the means of what was measured in the subject's forms.
func (p *subject) measured() func(yield func(visited, float64) bool) {
	return func(yield func(visited, float64) bool) {
		for _, kind := range slices.Sorted(maps.Keys(p.course)) {
			for _, f := range p.course[kind] {
				for _, m := range f.points {
					if m.N > 0 && !yield(visited{kind, f.turn, m.name}, m.mean()) {
						return
					}
				}
			}
		}
	}
}

// apart is the mean square of the differences of two subjects at the same visits, of which 1 is usual for strangers; ok is
// false where they share too little.
func apart(a, b []cell) (d float64, shared int64, ok bool) {
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i].at < b[k].at:
			i++
		case a[i].at > b[k].at:
			k++
		default:
			if diff := a[i].x - b[k].x; !math.IsNaN(diff) && !math.IsInf(diff, 0) {
				d += diff * diff / 2
				shared++
			}
			i, k = i+1, k+1
		}
	}
	return d / float64(shared), shared, shared >= leastShared
}

// nearest is who of the same site is nearest to a subject, and how likely somebody would be as near who has nothing to do
// with it.
type nearest struct {
	to     *subject
	d, p   float64
	shared int64
}

// twins compares each subject with those of its site and with strangers: subjects that were copied, with some values altered,
// are nearer to each other than people are.
func (st *state) twins() (all []seen) {
	subjects := st.measuredSubjects()
	step := 1 + (len(subjects)-1)/mostStrangers
	at := map[casebook.SiteID][]measuredSubject{}
	for _, m := range subjects {
		at[m.site.id] = append(at[m.site.id], m)
	}
	for _, s := range st.order {
		var least nearest
		var closest *subject
		var ps []float64
		for _, m := range at[s.id] {
			near := m.nearest(at[s.id])
			if near.to == nil || !near.judge(&m, subjects, step, len(at[s.id])) {
				continue
			}
			ps = append(ps, near.p)
			if closest == nil || near.d < least.d {
				least, closest = near, m.subject
			}
		}
		if closest == nil {
			continue
		}
		p := min(1, 2*min(stat.FisherCombined(ps), float64(len(ps))*slices.Min(ps))) // many somewhat alike, or two very much
		effect := math.Sqrt(least.d)
		all = append(all, seen{s.id, Detection{P: p, Effect: effect, N: least.shared, Pair: []casebook.SubjectID{min(closest.id, least.to.id), max(closest.id, least.to.id)}},
			1, effect <= leastTwin})
	}
	return all
}

func (m *measuredSubject) nearest(site []measuredSubject) (n nearest) {
	for i := range site {
		if site[i].subject == m.subject {
			continue
		}
		if d, shared, ok := apart(m.cells, site[i].cells); ok && (n.to == nil || d < n.d) {
			n = nearest{to: site[i].subject, d: d, shared: shared}
		}
	}
	return n
}

// judge finds how likely the nearest of the site's others would be as near if they were strangers: by counting the strangers who
// are, and where there are none, by the distribution that their distances have.
func (n *nearest) judge(m *measuredSubject, subjects []measuredSubject, step, site int) bool {
	nearer, logs := 0, stat.Moments{}
	for k := 0; k < len(subjects); k += step {
		if subjects[k].site == m.site {
			continue
		}
		if d, _, ok := apart(m.cells, subjects[k].cells); ok {
			nearer += int(one(d <= n.d))
			logs.Add(math.Log(max(d, 1e-9)))
		}
	}
	if logs.N < leastStranger || !(logs.SD() > 0) {
		return false
	}
	f := (float64(nearer) + 0.5) / float64(logs.N+1)
	if nearer == 0 {
		f = min(f, stat.Nearness(n.d, logs))
	}
	n.p = -math.Expm1(float64(site-1) * math.Log1p(-f))
	return true
}

// inliers finds sites whose subjects lie too near to the middle of all that is measured together at a visit: who invents
// values makes them ordinary. Each subject has the mean logarithm of the squared Mahalanobis distances of its visits, and its
// rank among all, as a normal score, so that nothing need be normal. A site's mean score is compared with that of the median site, by the larger
// of what sites differ by and what chance makes of one, 1/√n: real sites have patients of their own kind, and are not told for it.
func (st *state) inliers() (all []seen) {
	mean := st.middles()
	ids := slices.SortedFunc(maps.Keys(mean), func(a, b *subject) int {
		return cmp.Or(cmp.Compare(mean[a], mean[b]), cmp.Compare(a.id, b.id))
	})
	if len(ids) < leastStranger {
		return nil
	}
	ranks, scores := map[*site]*stat.Moments{}, map[*site]*stat.Moments{}
	for i, p := range ids {
		if ranks[p.site] == nil {
			ranks[p.site], scores[p.site] = new(stat.Moments), new(stat.Moments)
		}
		u := (float64(i) + 1) / float64(len(ids)+1)
		ranks[p.site].Add(u)
		scores[p.site].Add(math.Sqrt2 * math.Erfinv(2*u-1))
	}
	var usualSites, off []float64
	for _, m := range scores {
		if m.N >= leastSubjects {
			usualSites = append(usualSites, m.Mean)
		}
	}
	mid, scatter := 0.0, 0.0
	if len(usualSites) >= leastSpreads {
		mid = median(usualSites)
		for _, x := range usualSites {
			off = append(off, math.Abs(x-mid))
		}
		scatter = 1.4826 * median(off)
	}
	for _, s := range st.order {
		if m := scores[s]; m != nil {
			z := (m.Mean - mid) / max(scatter, 1/math.Sqrt(float64(m.N)))
			all = append(all, seen{s.id, Detection{P: math.Erfc(-z/math.Sqrt2) / 2, Effect: ranks[s].Mean, N: m.N}, -1, ranks[s].Mean <= leastMiddle})
		}
	}
	return all
}

// middles is how far from the middle each subject's visits lie.
func (st *state) middles() map[*subject]float64 {
	forms := map[string][]vector{}
	for _, id := range slices.Sorted(maps.Keys(st.subjects)) {
		if p := st.subjects[id]; p.counted() {
			for kind, course := range p.course {
				for _, f := range course {
					forms[kind] = append(forms[kind], vector{p, f.points})
				}
			}
		}
	}
	sums := map[*subject]*stat.Moments{}
	for _, kind := range slices.Sorted(maps.Keys(forms)) {
		distances(forms[kind], sums)
	}
	out := map[*subject]float64{}
	for p, m := range sums {
		if m.N >= leastForms {
			out[p] = m.Mean
		}
	}
	return out
}

// vector is a form of a subject.
type vector struct {
	of     *subject
	points []point
}

// distances adds to each subject how far its forms of one kind lie from the middle in those measurements that nearly all of
// them have.
func distances(forms []vector, sums map[*subject]*stat.Moments) {
	has := map[string]int{}
	for _, f := range forms {
		for _, m := range f.points {
			has[m.name]++
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !slices.Contains(still, name) && has[name]*5 >= len(forms)*4 {
			names = append(names, name)
		}
	}
	if len(names) < leastTogether {
		return
	}
	cloud := stat.NewCloud(len(names))
	var whole []int
	rows := make([][]float64, len(forms))
	for i, f := range forms {
		if rows[i] = f.row(names); rows[i] != nil {
			cloud.Add(rows[i], 1)
			whole = append(whole, i)
		}
	}
	lens, ok := cloud.Lens(0.1)
	if !ok {
		return
	}
	for _, i := range whole {
		d2, _, _ := lens.Distance(rows[i])
		if sums[forms[i].of] == nil {
			sums[forms[i].of] = new(stat.Moments)
		}
		sums[forms[i].of].Add(math.Log(max(d2, 1e-9)))
	}
}

// row are the form's means of these measurements, or nil where one is missing.
func (v vector) row(names []string) []float64 {
	row := make([]float64, 0, len(names))
	for _, name := range names {
		i, known := slices.BinarySearchFunc(v.points, name, func(m point, name string) int { return strings.Compare(m.name, name) })
		if !known || v.points[i].N < 1 {
			return nil
		}
		row = append(row, v.points[i].mean())
	}
	return row
}
