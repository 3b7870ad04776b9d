package harness

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/stat"

	"gonum.org/v1/gonum/stat/distuv"
)

// Subject is what was measured of one subject, visit by visit: which measurement, and after a bar in which position, to the value.
type Subject []map[string]float64

// Measurements are subjects with what was measured of them.
type Measurements struct {
	Subjects []Subject
	names    []string           // of up to three measurements that nearly all have
	scatter  map[string]float64 // of a measurement within a subject, as who invents it would have it
	unit     map[string]float64 // in which it is read
	device   []string           // those that one device measures
}

var vitals = []string{"SYSBP", "DIABP", "PULSE"}

// what is the measurement of a reading, without its position.
func what(reading string) string {
	name, _, _ := strings.Cut(reading, "|")
	return name
}

// MeasurementsOf takes subjects with at least five visits, and finds the measurements that most of their visits have. It is nil
// where there are too few to be mixed.
func MeasurementsOf(subjects []Subject) *Measurements {
	m := &Measurements{scatter: map[string]float64{}, unit: map[string]float64{}}
	seen := map[string]int{}
	for _, s := range subjects {
		if len(s) < leastVisits {
			continue
		}
		m.Subjects = append(m.Subjects, s)
		for _, v := range s {
			for k := range v {
				seen[what(k)]++
			}
		}
	}
	m.names = slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return cmp.Or(seen[b]-seen[a], strings.Compare(a, b)) })
	if m.names = m.names[:min(len(m.names), len(vitals))]; len(m.Subjects) < leastMixed || len(m.names) < len(vitals) {
		return nil
	}
	m.device = m.names[:2]
	for _, name := range m.names {
		m.scatter[name], m.unit[name] = within(m.Subjects, name), unitOf(m.Subjects, name)
	}
	for i, s := range m.Subjects { // what the others are compared by, and nothing else
		m.Subjects[i] = s.only(m.names)
	}
	return m
}

// What can be mixed: subjects, and visits of each.
const (
	leastMixed  = 30
	leastVisits = 5
	MostMixed   = 400 // subjects; more would only take longer
)

func (s Subject) only(names []string) (out Subject) {
	for _, v := range s {
		kept := map[string]float64{}
		for k, x := range v {
			if slices.Contains(names, what(k)) {
				kept[k] = x
			}
		}
		out = append(out, kept)
	}
	return out
}

// within is how much a measurement scatters from visit to visit.
func within(subjects []Subject, name string) float64 {
	var all stat.Moments
	for _, s := range subjects {
		var own stat.Moments
		for _, v := range s {
			for _, k := range sorted(v) {
				if what(k) == name {
					own.Add(v[k])
				}
			}
		}
		if own.N > 1 {
			all.N, all.M2 = all.N+own.N-1, all.M2+own.M2
		}
	}
	return math.Sqrt(all.M2 / float64(max(1, all.N)))
}

// unitOf is the power of ten that nearly all readings are whole multiples of.
func unitOf(subjects []Subject, name string) float64 {
	for _, unit := range []float64{1, 0.1, 0.01} {
		whole, all := 0, 0
		for _, s := range subjects {
			for _, v := range s {
				for k, x := range v {
					if what(k) == name {
						all++
						if n := x / unit; math.Abs(n-math.Round(n)) < 1e-6 {
							whole++
						}
					}
				}
			}
		}
		if whole*10 >= all*9 {
			return unit
		}
	}
	return 0.001
}

// read is a value as it is read off.
func (m *Measurements) read(name string, x, to float64) float64 {
	unit := cmp.Or(m.unit[name], 1) * to
	return math.Round(x/unit) * unit
}

// ReadVitals reads SDTM VS as CSV (USUBJID, VSTESTCD, VSTPT, VISITNUM, VSSTRESN) and returns the subjects with at least five
// planned visits of six readings.
func ReadVitals(r io.Reader) (*Measurements, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, casebook.Fail(casebook.Invalid, "monitor.input_csv", fmt.Sprint(err))
	}
	at := map[string]int{}
	for i, c := range rows[0] {
		at[c] = i
	}
	for _, name := range []string{"USUBJID", "VSTESTCD", "VSTPT", "VISITNUM", "VSSTRESN"} {
		if _, ok := at[name]; !ok {
			return nil, casebook.Fail(casebook.Invalid, "monitor.input_column", name).At("1")
		}
	}
	all := map[string]map[float64]map[string]float64{}
	for _, row := range rows[1:] {
		visit, err := strconv.ParseFloat(row[at["VISITNUM"]], 64)
		x, err2 := strconv.ParseFloat(row[at["VSSTRESN"]], 64)
		test := row[at["VSTESTCD"]]
		if err != nil || err2 != nil || visit != math.Trunc(visit) || !slices.Contains(vitals, test) {
			continue
		}
		id := row[at["USUBJID"]]
		if all[id] == nil {
			all[id] = map[float64]map[string]float64{}
		}
		if all[id][visit] == nil {
			all[id][visit] = map[string]float64{}
		}
		all[id][visit][test+"|"+row[at["VSTPT"]]] = x
	}
	var subjects []Subject
	for _, id := range slices.Sorted(maps.Keys(all)) {
		var s Subject
		for _, v := range slices.Sorted(maps.Keys(all[id])) {
			if len(all[id][v]) >= 6 {
				s = append(s, all[id][v])
			}
		}
		if len(s) >= 5 {
			subjects = append(subjects, s)
		}
	}
	if len(subjects) < 50 {
		return nil, casebook.Fail(casebook.Invalid, "monitor.backtest_few", len(subjects))
	}
	return &Measurements{Subjects: subjects, names: vitals, device: vitals[:2], unit: map[string]float64{},
		scatter: map[string]float64{"SYSBP": 9, "DIABP": 6, "PULSE": 6}}, nil
}

// planted is what is done to a site's subjects, and the goal at one false alarm in a hundred.
var planted = []struct {
	kind, name string
	goal       float64
	do         func(m *Measurements, r *rand.Rand, site []Subject)
}{
	{"carried", "values carried forward from the visit before", 0.95, (*Measurements).propagate},
	{"invented", "invented around the baseline", 0.97, (*Measurements).invent},
	{"inventedRounded", "invented, and rounded", 0.97, func(m *Measurements, r *rand.Rand, site []Subject) { m.invent(r, site); m.round(r, site, 0.4, 10) }},
	{"copied", "subjects copied, with jitter", 0.70, (*Measurements).copySubjects},
	{"rounded", "rounded to 0 and 5", 0.85, func(m *Measurements, r *rand.Rand, site []Subject) { m.round(r, site, 0.6, 5) }},
	{"shifted", "a device that shows 8 % too much", 0.50, (*Measurements).shift},
}

// sorted walks over the readings of a visit in one order, so that chance falls the same each time.
func sorted(visit map[string]float64) []string { return slices.Sorted(maps.Keys(visit)) }

func (m *Measurements) propagate(r *rand.Rand, site []Subject) {
	for _, s := range site {
		for v := 1; v < len(s); v++ {
			if r.Float64() < 0.5 {
				for _, k := range sorted(s[v]) {
					if y, ok := s[v-1][k]; ok {
						s[v][k] = y
					}
				}
			}
		}
	}
}

func (m *Measurements) invent(r *rand.Rand, site []Subject) {
	for _, s := range site {
		for v := 1; v < len(s); v++ {
			for _, k := range sorted(s[v]) {
				if b, ok := s[0][k]; ok {
					s[v][k] = m.read(what(k), b+0.3*m.scatter[what(k)]*r.NormFloat64(), 1)
				}
			}
		}
	}
}

func (m *Measurements) round(r *rand.Rand, site []Subject, part, to float64) {
	for _, s := range site {
		for v := range s {
			for _, k := range sorted(s[v]) {
				if r.Float64() < part {
					s[v][k] = m.read(what(k), s[v][k], to)
				}
			}
		}
	}
}

func (m *Measurements) copySubjects(r *rand.Rand, site []Subject) {
	for _, s := range site[min(1, len(site)):] {
		for v := 0; v < min(len(s), len(site[0])); v++ {
			for _, k := range sorted(s[v]) {
				if y, ok := site[0][v][k]; ok {
					s[v][k] = y + cmp.Or(m.unit[what(k)], 1)*float64(r.IntN(5)-2)
				}
			}
		}
	}
}

func (m *Measurements) shift(_ *rand.Rand, site []Subject) {
	for _, s := range site {
		for v := range s {
			for k, x := range s[v] {
				if slices.Contains(m.device, what(k)) {
					s[v][k] = m.read(what(k), x*1.08, 1)
				}
			}
		}
	}
}

// features of one subject: log scatter, repeats, last digits of 0, of 5 and odd ones, three means, and how near to the middle.
const (
	features = 9
	nearness = features - 1 // to the middle
)

type traits struct {
	of       [features]float64
	profile  []float64 // means at three visits
	readings []float64 // all, visit by visit in one order; NaN where there is none
	series   map[string]stat.Series
}

func (m *Measurements) traitsOf(s Subject) traits {
	t := traits{series: map[string]stat.Series{}}
	var logs, repeats stat.Moments
	digits, none, five, odd := 0.0, 0.0, 0.0, 0.0
	means := make([]stat.Moments, len(m.names))
	keys := map[string][]float64{}
	for _, v := range s {
		for _, k := range sorted(v) {
			keys[k] = append(keys[k], v[k])
		}
	}
	for _, k := range sorted1(keys) {
		xs := keys[k]
		if len(xs) < 3 {
			continue
		}
		f := stat.Features(xs)
		t.series[k] = f
		logs.Add(math.Log(f.SD + 0.5))
		repeats.Add(f.RepeatShare)
		for _, x := range xs {
			d := int(math.Abs(math.Round(x/cmp.Or(m.unit[what(k)], 1)))) % 10
			digits++
			switch d {
			case 0:
				none++
			case 5:
				five++
			}
			odd += float64(d % 2)
		}
		for i, name := range m.names {
			if what(k) == name {
				means[i].Add(f.Average)
			}
		}
	}
	t.of = [features]float64{logs.Mean, repeats.Mean, none / max(1, digits), five / max(1, digits), odd / max(1, digits), means[0].Mean, means[1].Mean, means[2].Mean}
	for i := range 3 {
		v := s[i*(len(s)-1)/2]
		for _, name := range m.names {
			var mean stat.Moments
			for _, k := range sorted(v) {
				if what(k) == name {
					mean.Add(v[k])
				}
			}
			t.profile = append(t.profile, mean.Mean)
		}
	}
	return t
}

// standardReadings gives the readings of all subjects one order and one scale.
func (m *Measurements) standardReadings(all []traits, sites [][]Subject) {
	names, moments := map[string]bool{}, map[string]*stat.Moments{}
	visits := 0
	for _, site := range sites {
		for _, s := range site {
			visits = max(visits, len(s))
			for _, v := range s {
				for k, x := range v {
					if names[k] = true; moments[what(k)] == nil {
						moments[what(k)] = new(stat.Moments)
					}
					moments[what(k)].Add(x)
				}
			}
		}
	}
	order := slices.Sorted(maps.Keys(names))
	i := 0
	for _, site := range sites {
		for _, s := range site {
			r := make([]float64, 0, visits*len(order))
			for v := range visits {
				for _, k := range order {
					x := math.NaN()
					if v < len(s) {
						if y, ok := s[v][k]; ok {
							x = y / moments[what(k)].SD()
						}
					}
					r = append(r, x)
				}
			}
			all[i].readings = r
			i++
		}
	}
}

func sorted1(m map[string][]float64) []string { return slices.Sorted(maps.Keys(m)) }

// Fabrication mixes the subjects over new sites, plants each kind of fabrication at three of them, and counts how many our
// battery and a Kolmogorov-Smirnov rule on the features of ctas find.
func Fabrication(ctx context.Context, seed uint64, rounds int, m *Measurements) ([]Row, error) {
	clean, plants, err := m.plantings(ctx, seed, rounds, func() {})
	if err != nil {
		return nil, err
	}
	limits := [2]float64{quantile(clean[0], 0.99), quantile(clean[1], 0.99)}
	var rows []Row
	row := func(name string, goal float64, keep func(size int) bool, p plantedAt) {
		var scores [2][]float64
		for i, size := range p.sizes {
			if keep(size) {
				scores[0], scores[1] = append(scores[0], p.scores[0][i]), append(scores[1], p.scores[1][i])
			}
		}
		if len(scores[0]) == 0 {
			return
		}
		found, against := share(scores[0], limits[0]), share(scores[1], limits[1])
		rows = append(rows, Row{What: name, Found: found, Against: against, Rule: "ctas features, KS",
			Goal: fmt.Sprintf("at least %.2f and 1.3 times the rule, or all", goal), Reached: found >= goal && found >= min(1, 1.3*against)})
	}
	for i, p := range planted {
		row(p.name, p.goal, func(int) bool { return true }, plants[i])
		if p.kind == "copied" {
			row("the same, at sites of six subjects or more", 0.98, func(size int) bool { return size >= 6 }, plants[i])
		}
	}
	return rows, nil
}

// plantedAt is what the battery and the rule said of the sites at which one kind of fabrication was planted.
type plantedAt struct {
	scores [2][]float64
	sizes  []int // subjects of each site
}

// plantings mixes, plants and scores; clean are the scores of sites at which nothing was planted. step is called after each of
// rounds × 7 mixings.
func (m *Measurements) plantings(ctx context.Context, seed uint64, rounds int, step func()) (clean [2][]float64, all []plantedAt, err error) {
	r := rand.New(rand.NewPCG(seed, 3))
	for range rounds {
		ours, theirs := m.battery(sitesOf(r, m.Subjects))
		clean[0], clean[1] = append(clean[0], ours...), append(clean[1], theirs...)
		if step(); ctx.Err() != nil {
			return clean, nil, ctx.Err()
		}
	}
	for _, p := range planted {
		var out plantedAt
		for range rounds {
			sites := sitesOf(r, m.Subjects)
			bad := r.Perm(len(sites))[:min(3, len(sites))]
			for _, i := range bad {
				p.do(m, r, sites[i])
			}
			ours, theirs := m.battery(sites)
			for _, i := range bad {
				out.scores[0], out.scores[1] = append(out.scores[0], ours[i]), append(out.scores[1], theirs[i])
				out.sizes = append(out.sizes, len(sites[i]))
			}
			if step(); ctx.Err() != nil {
				return clean, nil, ctx.Err()
			}
		}
		all = append(all, out)
	}
	return clean, all, nil
}

// sitesOf deals the subjects, copied, to sites of six on average.
func sitesOf(r *rand.Rand, subjects []Subject) (sites [][]Subject) {
	order := r.Perm(len(subjects))
	for len(order) > 0 {
		n := 1
		for r.Float64() < 0.85 && n < 25 {
			n++
		}
		n = min(n, len(order))
		var site []Subject
		for _, i := range order[:n] {
			var s Subject
			for _, v := range subjects[i] {
				s = append(s, maps.Clone(v))
			}
			site = append(site, s)
		}
		sites, order = append(sites, site), order[n:]
	}
	return sites
}

// battery scores every site: by the largest of our standardised deviations, each judged by how much sites differ, and by -log10 of the smallest
// corrected p of the Kolmogorov-Smirnov rule.
func (m *Measurements) battery(sites [][]Subject) (ours, theirs []float64) {
	var all []traits
	of := make([][]int, len(sites))
	for i, site := range sites {
		for _, s := range site {
			of[i] = append(of[i], len(all))
			all = append(all, m.traitsOf(s))
		}
	}
	standardise(all)
	ours = make([]float64, len(sites))
	for k := range features {
		own := make([]stat.Moments, len(sites))
		for i, members := range of {
			for _, at := range members {
				own[i].Add(all[at].of[k])
			}
		}
		usual, ok := stat.RobustMixed(own)
		for i := range own {
			if ok { // where all are alike, nobody differs
				ours[i] = max(ours[i], math.Abs(usual.Effect(own[i]).Z))
			}
		}
	}
	m.standardReadings(all, sites)
	strangers := apart(all)
	for i, members := range of {
		if p := alike(all, members, strangers); p > 0 {
			ours[i] = max(ours[i], distuv.UnitNormal.Quantile(1-max(p, 1e-15)))
		}
	}
	return ours, ksRule(all, of)
}

// apart are the logarithms of how far subjects are from each other.
func apart(all []traits) (logs stat.Moments) {
	step := max(1, len(all)/300) // of a large study every so-manieth
	for i := 0; i < len(all); i += step {
		for j := 0; j < i; j += step {
			if d, ok := distance(all[i].readings, all[j].readings); ok && d > 0 {
				logs.Add(math.Log(d))
			}
		}
	}
	return logs
}

// alike is how likely a site's subjects would be as near to each other if they were strangers: many somewhat, or two very much; NaN where no two can be
// compared.
func alike(all []traits, members []int, strangers stat.Moments) float64 {
	var ps []float64
	for _, a := range members {
		nearest, others := math.Inf(1), 0
		for _, b := range members {
			if a == b {
				continue
			}
			if d, ok := distance(all[a].readings, all[b].readings); ok {
				nearest = min(nearest, d)
				others++
			}
		}
		if others > 0 {
			ps = append(ps, -math.Expm1(float64(others)*math.Log1p(-stat.Nearness(nearest, strangers))))
		}
	}
	if len(ps) == 0 {
		return math.NaN()
	}
	return min(1, 2*min(stat.FisherCombined(ps), float64(len(ps))*slices.Min(ps)))
}

// distance is the mean of the squared differences of what both have; ok is false for too little.
func distance(a, b []float64) (d float64, ok bool) {
	n := 0
	for i := range a {
		if x := a[i] - b[i]; !math.IsNaN(x) {
			d += x * x
			n++
		}
	}
	return d / float64(max(1, n)), n >= 8
}

// standardise gives profiles one scale, and says how near to the middle each is: inlier as well as outlier.
func standardise(all []traits) {
	k := len(all[0].profile)
	moments := make([]stat.Moments, k)
	for _, t := range all {
		for d, x := range t.profile {
			moments[d].Add(x)
		}
	}
	for i := range all {
		sum := 0.0
		for d := range all[i].profile {
			z := 0.0
			if sd := moments[d].SD(); sd > 0 {
				z = (all[i].profile[d] - moments[d].Mean) / sd
			}
			all[i].profile[d] = z
			sum += z * z
		}
		all[i].of[nearness] = math.Log(sum)
	}
}

// ksRule compares each feature of ctas at each site with all others.
func ksRule(all []traits, of [][]int) []float64 {
	scores := make([]float64, len(of))
	keys := map[string]bool{}
	for _, t := range all {
		for k := range t.series {
			keys[k] = true
		}
	}
	pick := []func(stat.Series) float64{
		func(s stat.Series) float64 { return s.Average }, func(s stat.Series) float64 { return s.SD },
		func(s stat.Series) float64 { return s.Range }, func(s stat.Series) float64 { return s.UniqueShare },
		func(s stat.Series) float64 { return s.Autocorrelation },
	}
	at := make([]int, len(all)) // the site of each
	for i, members := range of {
		for _, m := range members {
			at[m] = i
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for _, feature := range pick {
			ps := make([]float64, len(of))
			for i := range of {
				var own, rest []float64
				for m, t := range all {
					s, ok := t.series[key]
					if x := feature(s); ok && !math.IsNaN(x) {
						if at[m] == i {
							own = append(own, x)
						} else {
							rest = append(rest, x)
						}
					}
				}
				_, ps[i] = stat.KolmogorovSmirnov(own, rest)
			}
			for i, q := range stat.BenjaminiHochberg(ps) {
				if !math.IsNaN(q) {
					scores[i] = max(scores[i], stat.Surprise(max(q, 1e-300)))
				}
			}
		}
	}
	return scores
}
