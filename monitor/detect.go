package monitor

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/odm"
	"casebook/stat"
)

// Detectors look at how values are distributed at a site, beside all others: an indicator with one of these methods has
// its counts from its measures, as every other, and its score from here: the surprise, -log₁₀ of p after correction for
// all sites and measurements (Benjamini and Hochberg), with the sign of the direction; 0 where the difference is too
// small to matter, however sure.
const (
	methodDigits   = "digits"   // last digits: Pearson's χ² beside the others'
	methodWeekdays = "weekdays" // days of the week of visits: the same
	methodSpread   = "spread"   // how much values scatter: log of the standard deviation beside the median site's
	methodShift    = "shift"    // where values lie: the site's mean beside the median site's
	methodExcess   = "excess"   // a share of few things: Fisher's exact test beside all others
	methodTwins    = "twins"    // subjects who are nearer to each other than strangers are
	methodInliers  = "inliers"  // subjects who lie too near to the middle
)

var detectors = []string{methodDigits, methodWeekdays, methodSpread, methodShift, methodExcess, methodTwins, methodInliers, methodVigil}

// What a difference must come to before it is told: the sizes that reviewers call visible.
const (
	leastV       = 0.2 // Cramér's V
	leastRatio   = 1.6 // of standard deviations, either way
	leastShift   = 0.5 // in standard deviations within sites
	leastValues  = 30  // of one measurement at a site
	leastSpreads = 5   // sites that a scatter is compared among
	leastExcess  = 3   // times the share of the others
)

// still are measurements that hardly change from visit to visit: their last digits are those of a subject, as often as it
// was asked, and say nothing of how a site reads.
var still = []string{"HEIGHT", "WEIGHT", "BMI", "IT.HEIGHT", "IT.WEIGHT", "IT.BMI"}

// seriesOf is the measurement that a value belongs to: its item, or where one item holds the results of many tests the
// test that the repeat of its group names ("SYSBP.12").
func seriesOf(item, repeat string, tall bool) string {
	if !tall {
		return item
	}
	test, _, ok := strings.Cut(repeat, ".")
	if !ok {
		return ""
	}
	return test
}

// Detection is what a detector saw of one site, in the measurement where it differs most.
type Detection struct {
	Item   string  `json:"item,omitempty"`
	P      float64 `json:"p"`      // corrected
	Effect float64 `json:"effect"` // V, ratio of standard deviations, shift or distance in standard deviations, share, weeks
	N      int64   `json:"n"`      // values of it at the site
	Tests  int     `json:"tests"`  // that p is corrected for

	Pair []casebook.SubjectID `json:"pair,omitempty"` // of twins, the nearest
}

// seen is one test: one measurement of one site.
type seen struct {
	site      casebook.SiteID
	d         Detection
	direction float64
	tells     bool // whether the difference is large enough to matter
}

// Detectors look at all sites at once. Where there are more than a few, they look once a second for each two hundred; a look that is not of now raises
// nothing, and the quiet that follows has them look again.
const (
	manySites    = 5
	lookAgain    = time.Second
	sitesOfALook = 200

	manySubjects = 1000      // that are compared with one another as often
	compareAgain = time.Hour // where there are more, see lookBroadly
)

// broad are the methods that compare all subjects with one another.
var broad = []string{methodTwins, methodInliers}

// isBroad reports whether the method's look takes seconds.
func (st *state) isBroad(method string) bool {
	return slices.Contains(broad, method) && len(st.subjects) > manySubjects
}

// dueBroadly reports whether it is time to compare all subjects, where they are many.
func (st *state) dueBroadly() bool {
	f := st.found[methodTwins]
	return len(st.subjects) > manySubjects && (f == nil || f.next != st.next && !st.at.Before(f.at.Add(compareAgain)))
}

// again is how long a method's last look will do.
func (st *state) again(method string) time.Duration {
	switch {
	case st.isBroad(method):
		return compareAgain
	case len(st.order) > manySites:
		return lookAgain * time.Duration(1+len(st.order)/sitesOfALook)
	}
	return 0
}

// finding is what a detector saw when it last looked.
type finding struct {
	next int64 // of the state that it looked at
	at   time.Time
	by   map[casebook.SiteID]seen
}

// detected is what a method sees in the sites, nil where it has not looked, and when to look again where that is not as of now. Where sites are many a look takes one from st.looks,
// and waits if there is none left.
func (st *state) detected(method string) (f *finding, again time.Time) {
	pause := st.again(method)
	if f = st.found[method]; f != nil {
		again = f.at.Add(pause)
		switch {
		case f.next == st.next:
			return f, time.Time{}
		case st.at.Before(again) || pause > 0 && st.looks <= 0 || st.awaited && st.isBroad(method):
			return f, again
		}
	}
	if st.awaited && st.isBroad(method) {
		return nil, st.at.Add(pause)
	}
	if pause > 0 {
		st.looks--
	}
	return st.look(method), time.Time{}
}

// look has a detector look at the state as it is.
func (st *state) look(method string) *finding {
	f := &finding{st.next, st.at, st.detect(method)}
	st.found[method] = f
	return f
}

func (st *state) detect(method string) map[casebook.SiteID]seen {
	var all []seen
	switch method {
	case methodDigits:
		all = st.byCounts(func(s *site) map[string][]int64 {
			out := map[string][]int64{}
			for i := range s.Of {
				if !slices.Contains(still, s.Of[i].name) {
					d := s.Of[i].counts()
					out[s.Of[i].name] = d[:]
				}
			}
			return out
		})
	case methodWeekdays:
		all = st.byCounts(func(s *site) map[string][]int64 { return map[string][]int64{"": s.Weekdays[:]} })
	case methodSpread:
		all = st.byMoments(spreads)
	case methodShift:
		all = st.byMoments(shifts)
	case methodTwins:
		all = st.twins()
	case methodInliers:
		all = st.inliers()
	}
	return corrected(all)
}

// excess compares each site's share with that of all others.
func excess(rows []Row) map[casebook.SiteID]seen {
	var whole stat.Counts
	for _, r := range rows {
		whole.Num, whole.Den = whole.Num+r.Counts.Num, whole.Den+r.Counts.Den
	}
	var all []seen
	for _, r := range rows {
		rest := stat.Counts{Num: whole.Num - r.Counts.Num, Den: whole.Den - r.Counts.Den}
		if r.Counts.Den == 0 || rest.Den == 0 {
			continue
		}
		p := stat.FisherP(r.Counts, rest)
		ratio := r.Counts.Metric() / ((float64(rest.Num) + 0.5) / (float64(rest.Den) + 1))
		all = append(all, seen{r.Site, Detection{P: p, Effect: ratio, N: r.Counts.Den}, 1, ratio >= leastExcess})
	}
	return corrected(all)
}

// corrected keeps each site's worst measurement, with p corrected for all.
func corrected(all []seen) map[casebook.SiteID]seen {
	ps := make([]float64, len(all))
	for i := range all {
		ps[i] = all[i].d.P
	}
	worst := map[casebook.SiteID]seen{}
	for i, p := range stat.BenjaminiHochberg(ps) {
		w := &all[i]
		w.d.P, w.d.Tests = p, len(all)
		before, known := worst[w.site]
		if !known || before.tells != w.tells && w.tells || before.tells == w.tells && p < before.d.P {
			worst[w.site] = *w
		}
	}
	return worst
}

// byCounts compares each site's counts, of one measurement after the other, with those of the sites that are alike.
func (st *state) byCounts(of func(*site) map[string][]int64) (all []seen) {
	items, each := map[string]bool{}, make([]map[string][]int64, len(st.order))
	for i, s := range st.order {
		each[i] = of(s)
		for item := range each[i] {
			items[item] = true
		}
	}
	for _, item := range slices.Sorted(maps.Keys(items)) {
		counts := make([][]int64, len(st.order))
		for i := range counts {
			counts[i] = each[i][item]
		}
		for i, c := range alike(counts) {
			if c.Freedom > 0 {
				n := sum(counts[i])
				all = append(all, seen{st.order[i].id, Detection{Item: item, P: c.P, Effect: c.V, N: n}, 1, c.V >= leastV})
			}
		}
	}
	return all
}

// alike compares each site's counts with those of all others that are alike: the site that differs most is left out of what
// the rest are compared with, as long as it differs enough to be told, so that one odd site does not make the others odd.
func alike(counts [][]int64) []stat.Difference {
	total, odd := []int64(nil), make([]bool, len(counts))
	for _, c := range counts {
		total = plus(total, c, 1)
	}
	for {
		out := make([]stat.Difference, len(counts))
		worst := -1
		for i, c := range counts {
			if sum(c) < leastValues {
				continue
			}
			rest := total
			if !odd[i] {
				rest = plus(slices.Clone(total), c, -1)
			}
			out[i] = stat.Compare(c, rest)
			if !odd[i] && out[i].V >= leastV && out[i].P < 1e-3 && (worst < 0 || out[i].V > out[worst].V) {
				worst = i
			}
		}
		left := 0
		for i := range odd {
			left += int(one(!odd[i] && sum(counts[i]) > 0))
		}
		if worst < 0 || left <= 2 {
			return out
		}
		odd[worst] = true
		total = plus(total, counts[worst], -1)
	}
}

func plus(a, b []int64, sign int64) []int64 {
	for len(a) < len(b) {
		a = append(a, 0)
	}
	for i, n := range b {
		a[i] += sign * n
	}
	return a
}

func sum(counts []int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// byMoments compares the moments of each measurement over the sites that have enough of it.
func (st *state) byMoments(judge func(item string, sites []casebook.SiteID, m []stat.Moments) []seen) (all []seen) {
	items := map[string]bool{}
	for _, s := range st.order {
		for i := range s.Of {
			items[s.Of[i].name] = true
		}
	}
	for _, item := range slices.Sorted(maps.Keys(items)) {
		sites, m := make([]casebook.SiteID, 0, len(st.order)), make([]stat.Moments, 0, len(st.order))
		for _, s := range st.order {
			if v := s.Of.of(item); v != nil && v.N >= leastValues {
				sites, m = append(sites, s.id), append(m, v.moments())
			}
		}
		if len(sites) >= leastSpreads {
			all = append(all, judge(item, sites, m)...)
		}
	}
	return all
}

// spreads compares log standard deviations with their median, by the larger of what sites differ by (1.4826 times the
// median deviation) and what chance makes of one, 1/√(2(n-1)).
func spreads(item string, sites []casebook.SiteID, m []stat.Moments) (all []seen) {
	var logs, off []float64
	for i := range m {
		if m[i].M2 > 0 {
			logs = append(logs, math.Log(m[i].SD()))
		}
	}
	if len(logs) < leastSpreads {
		return nil
	}
	mid := median(logs)
	for _, l := range logs {
		off = append(off, math.Abs(l-mid))
	}
	scatter := 1.4826 * median(off)
	for i := range m {
		ratio := m[i].SD() / math.Exp(mid)
		z := math.Inf(-1)
		if ratio > 0 {
			z = math.Log(ratio) / max(scatter, 1/math.Sqrt(2*float64(m[i].N-1)))
		}
		all = append(all, seen{sites[i], Detection{Item: item, P: math.Erfc(math.Abs(z) / math.Sqrt2), Effect: ratio, N: m[i].N},
			math.Copysign(1, z), ratio >= leastRatio || ratio <= 1/leastRatio})
	}
	return all
}

// shifts compare means with their median, by the larger of what sites differ by and what chance makes of one, s/√n. The
// median, and not a mixed model, so that the odd site does not widen what it is judged by.
func shifts(item string, sites []casebook.SiteID, m []stat.Moments) (all []seen) {
	var means, off []float64
	var within stat.Moments
	for i := range m {
		means = append(means, m[i].Mean)
		within.N, within.M2 = within.N+m[i].N-1, within.M2+m[i].M2
	}
	mid := median(means)
	for _, x := range means {
		off = append(off, math.Abs(x-mid))
	}
	sd := math.Sqrt(within.M2 / float64(max(1, within.N)))
	if !(sd > 0) {
		return nil
	}
	scatter := 1.4826 * median(off)
	for i := range m {
		d := m[i].Mean - mid
		z := d / max(scatter, sd/math.Sqrt(float64(m[i].N)))
		all = append(all, seen{sites[i], Detection{Item: item, P: math.Erfc(math.Abs(z) / math.Sqrt2), Effect: d / sd, N: m[i].N}, math.Copysign(1, z), math.Abs(d) >= leastShift*sd})
	}
	return all
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// detect gives the rows of a detector their scores and flags; with nil there are none yet.
func (t *Table) detect(f *finding) {
	var found map[casebook.SiteID]seen
	if f != nil {
		found = f.by
	}
	in := t.Indicator
	for i := range t.Sites {
		r := &t.Sites[i]
		r.Score, r.Limit = math.NaN(), math.Inf(1)
		w, ok := found[r.Site]
		if !ok {
			continue
		}
		r.Score, r.Detected = 0, &w.d
		if w.tells {
			r.Score = w.direction * min(300, stat.Surprise(w.d.P))
		}
		if in.accrualRule().Reached(r.Counts) {
			r.Flag, r.Assessed = in.cuts().Flag(r.Score)
		}
	}
}

// told says in words what a detector saw.
func (t *Table) told(r Row) odm.Text {
	in, d := t.Indicator, r.Detected
	code, also := "monitor.detect.back", in.Words.High
	switch low := r.Flag < 0; {
	case r.Flag == 0:
	case in.Method == methodDigits:
		code = "monitor.detect.digits"
	case in.Method == methodWeekdays:
		code = "monitor.detect.weekdays"
	case in.Method == methodExcess:
		code = "monitor.detect.excess"
	case in.Method == methodTwins:
		code = "monitor.detect.twins"
	case in.Method == methodInliers:
		code, also = "monitor.detect.inliers", in.Words.Low
	case in.Method == methodVigil && low:
		code, also = "monitor.detect.vigil.low", in.Words.Low
	case in.Method == methodVigil:
		code = "monitor.detect.vigil"
	case in.Method == methodSpread && low:
		code, also = "monitor.detect.spread.low", in.Words.Low
	case in.Method == methodSpread:
		code = "monitor.detect.spread"
	case low:
		code, also = "monitor.detect.shift.low", in.Words.Low
	default:
		code = "monitor.detect.shift"
	}
	effect := strconv.FormatFloat(math.Abs(d.Effect), 'f', 2, 64)
	if in.Method == methodVigil {
		effect = number(math.Round(d.Effect))
	}
	text := odm.Text{}
	for _, lang := range [...]string{i18n.Chinese, i18n.English} {
		text[lang] = i18n.Text(code, lang, r.label(lang), cmp.Or(d.Item, joined(d.Pair), "–"), number(float64(d.N)), effect,
			strconv.FormatFloat(d.P, 'g', 2, 64), d.Tests, also.In(lang),
			number(float64(r.Counts.Num)), in.Words.Many.In(lang), in.Words.Per.In(lang))
	}
	return text
}

// formula is the score of a detector with its numbers.
func (d *Detection) formula(method string, score float64) string {
	switch method {
	case methodVigil:
		return fmt.Sprintf("log₁₀ M − log₁₀ %d = %.2f", d.Tests, math.Abs(score))
	case methodTwins:
		return fmt.Sprintf("d(%s) = %.3f, n = %d; −log₁₀ p = %.2f, p = %.3g (BH, %d)", joined(d.Pair), d.Effect, d.N, math.Abs(score), d.P, d.Tests)
	}
	symbol := map[string]string{methodInliers: "mean rank of d²", methodDigits: "V", methodWeekdays: "V", methodSpread: "s / s₀", methodShift: "(ȳ − μ) / σ", methodExcess: "share / others'"}[method]
	return fmt.Sprintf("%s: %s = %.3f, n = %d; −log₁₀ p = %.2f, p = %.3g (BH, %d)", cmp.Or(d.Item, "–"), symbol, d.Effect, d.N, math.Abs(score), d.P, d.Tests)
}

func joined(ids []casebook.SubjectID) string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	return strings.Join(texts, ", ")
}
