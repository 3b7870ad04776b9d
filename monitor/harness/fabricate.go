package harness

import (
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

// subject is one subject's vital signs, visit by visit: what was measured in which position to the value.
type subject []map[string]float64

var vitals = [...]string{"SYSBP", "DIABP", "PULSE"}

// ReadVitals reads SDTM VS as CSV (USUBJID, VSTESTCD, VSTPT, VISITNUM, VSSTRESN) and returns the subjects with at least five
// planned visits of six readings.
func ReadVitals(r io.Reader) ([]subject, error) {
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
		if err != nil || err2 != nil || visit != math.Trunc(visit) || !slices.Contains(vitals[:], test) {
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
	var subjects []subject
	for _, id := range slices.Sorted(maps.Keys(all)) {
		var s subject
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
	return subjects, nil
}

// planted is what is done to a site's subjects, and the goal at one false alarm in a hundred.
var planted = []struct {
	name string
	goal float64
	do   func(r *rand.Rand, site []subject)
}{
	{"values carried forward from the visit before", 0.95, propagate},
	{"invented around the baseline", 0.97, invent},
	{"invented, and rounded", 0.97, func(r *rand.Rand, site []subject) { invent(r, site); round(r, site, 0.4, 10) }},
	{"subjects copied, with jitter", 0.70, copySubjects},
	{"rounded to 0 and 5", 0.85, func(r *rand.Rand, site []subject) { round(r, site, 0.6, 5) }},
	{"a device that shows 8 % too much", 0.50, shift},
}

// sorted walks over the readings of a visit in one order, so that chance falls the same each time.
func sorted(visit map[string]float64) []string { return slices.Sorted(maps.Keys(visit)) }

func propagate(r *rand.Rand, site []subject) {
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

func invent(r *rand.Rand, site []subject) {
	for _, s := range site {
		for v := 1; v < len(s); v++ {
			for _, k := range sorted(s[v]) {
				if b, ok := s[0][k]; ok {
					sd := 6.0
					if strings.HasPrefix(k, "SYSBP") {
						sd = 9
					}
					s[v][k] = math.Round(b + 0.3*sd*r.NormFloat64())
				}
			}
		}
	}
}

func round(r *rand.Rand, site []subject, part, to float64) {
	for _, s := range site {
		for v := range s {
			for _, k := range sorted(s[v]) {
				if r.Float64() < part {
					s[v][k] = math.Round(s[v][k]/to) * to
				}
			}
		}
	}
}

func copySubjects(r *rand.Rand, site []subject) {
	for _, s := range site[min(1, len(site)):] {
		for v := 0; v < min(len(s), len(site[0])); v++ {
			for _, k := range sorted(s[v]) {
				if y, ok := site[0][v][k]; ok {
					s[v][k] = y + float64(r.IntN(5)-2)
				}
			}
		}
	}
}

func shift(_ *rand.Rand, site []subject) {
	for _, s := range site {
		for v := range s {
			for k, x := range s[v] {
				if !strings.HasPrefix(k, "PULSE") {
					s[v][k] = math.Round(x * 1.08)
				}
			}
		}
	}
}

// features of one subject: log scatter, repeats, digits 0 and 5, odd digits, three means, and how near to the middle.
const features = 8

type traits struct {
	of      [features]float64
	profile []float64
	series  map[string]stat.Series
}

func traitsOf(s subject) traits {
	t := traits{series: map[string]stat.Series{}}
	var logs, repeats stat.Moments
	digits, round, odd := 0.0, 0.0, 0.0
	var means [len(vitals)]stat.Moments
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
			d := int(math.Abs(math.Round(x))) % 10
			digits++
			if d%5 == 0 {
				round++
			}
			odd += float64(d % 2)
		}
		for i, name := range vitals {
			if strings.HasPrefix(k, name) {
				means[i].Add(f.Average)
			}
		}
	}
	t.of = [features]float64{logs.Mean, repeats.Mean, round / max(1, digits), odd / max(1, digits), means[0].Mean, means[1].Mean, means[2].Mean}
	for i := range 3 {
		v := s[i*(len(s)-1)/2]
		for _, name := range vitals {
			var m stat.Moments
			for k, x := range v {
				if strings.HasPrefix(k, name) {
					m.Add(x)
				}
			}
			t.profile = append(t.profile, m.Mean)
		}
	}
	return t
}

func sorted1(m map[string][]float64) []string { return slices.Sorted(maps.Keys(m)) }

// Fabrication mixes the subjects over new sites, plants each kind of fabrication at three of them, and counts how many our
// battery and a Kolmogorov-Smirnov rule on the features of ctas find.
func Fabrication(seed uint64, rounds int, subjects []subject) []Row {
	r := rand.New(rand.NewPCG(seed, 3))
	var clean [2][]float64
	for range rounds {
		ours, theirs := battery(sitesOf(r, subjects))
		clean[0], clean[1] = append(clean[0], ours...), append(clean[1], theirs...)
	}
	limits := [2]float64{quantile(clean[0], 0.99), quantile(clean[1], 0.99)}
	var rows []Row
	for _, p := range planted {
		found, against, all := 0.0, 0.0, 0.0
		for range rounds {
			sites := sitesOf(r, subjects)
			bad := r.Perm(len(sites))[:3]
			for _, i := range bad {
				p.do(r, sites[i])
			}
			ours, theirs := battery(sites)
			for _, i := range bad {
				all++
				if ours[i] > limits[0] {
					found++
				}
				if theirs[i] > limits[1] {
					against++
				}
			}
		}
		rows = append(rows, Row{What: p.name, Found: found / all, Against: against / all, Rule: "ctas features, KS",
			Goal: fmt.Sprintf("at least %.2f and 1.3 times the rule", p.goal), Reached: found/all >= p.goal && found >= 1.3*against})
	}
	return rows
}

// sitesOf deals the subjects, copied, to sites of six on average.
func sitesOf(r *rand.Rand, subjects []subject) (sites [][]subject) {
	order := r.Perm(len(subjects))
	for len(order) > 0 {
		n := 1
		for r.Float64() < 0.85 && n < 25 {
			n++
		}
		n = min(n, len(order))
		var site []subject
		for _, i := range order[:n] {
			var s subject
			for _, v := range subjects[i] {
				s = append(s, maps.Clone(v))
			}
			site = append(site, s)
		}
		sites, order = append(sites, site), order[n:]
	}
	return sites
}

// battery scores every site: by the largest of our standardised deviations, and by -log10 of the smallest corrected p of
// the Kolmogorov-Smirnov rule.
func battery(sites [][]subject) (ours, theirs []float64) {
	var all []traits
	of := make([][]int, len(sites))
	for i, site := range sites {
		for _, s := range site {
			of[i] = append(of[i], len(all))
			all = append(all, traitsOf(s))
		}
	}
	standardise(all)
	var total [features]stat.Moments
	for _, t := range all {
		for k := range features {
			total[k].Add(t.of[k])
		}
	}
	profiles := make([][]float64, len(all))
	for i, t := range all {
		profiles[i] = t.profile
	}
	ours = make([]float64, len(sites))
	for i, members := range of {
		for k := range features {
			rest := total[k]
			var own stat.Moments
			for _, m := range members {
				own.Add(all[m].of[k])
				rest.Remove(all[m].of[k])
			}
			ours[i] = max(ours[i], math.Abs(stat.MeanShift(own, rest)))
		}
		if p, _ := stat.Twins(profiles, members); p > 0 {
			ours[i] = max(ours[i], distuv.UnitNormal.Quantile(1-max(p, 1e-15))/1.2)
		}
	}
	return ours, ksRule(all, of)
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
			z := (all[i].profile[d] - moments[d].Mean) / moments[d].SD()
			all[i].profile[d] = z
			sum += z * z
		}
		all[i].of[7] = math.Log(sum)
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
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for _, feature := range pick {
			ps := make([]float64, len(of))
			for i, members := range of {
				var own, rest []float64
				for m, t := range all {
					s, ok := t.series[key]
					if x := feature(s); ok && !math.IsNaN(x) {
						if slices.Contains(members, m) {
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
