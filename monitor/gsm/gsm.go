// Package gsm speaks the tables of the open R packages gsm.core and gsm.kri: it reads an analysis input, computes it by
// any of their methods and by ours, and writes the tables with their columns, so that a sponsor can set both beside each
// other. It refuses to know a study: files in, tables out.
package gsm

import (
	"cmp"
	"math"
	"slices"

	"casebook"
	"casebook/i18n"
	"casebook/stat"
)

// The methods of an analysis.
const (
	NormalRate    = "normal-rate"     // events over exposure, normal approximation with over-dispersion
	NormalBinary  = "normal-binary"   // cases out of chances, likewise
	Poisson       = "poisson"         // log E = a + b·log exposure, as gsm computes it
	PoissonOffset = "poisson-offset"  // log E = a + log exposure, as gsm documents it
	Fisher        = "fisher"          // the site against all others, exactly
	Identity      = "identity"        // the metric, or the numerator, is the score
	Reporting     = "reporting-exact" // simaerep in the limit of infinitely many draws
)

// Methods are all of them.
var Methods = []string{NormalRate, NormalBinary, Poisson, PoissonOffset, Fisher, Identity, Reporting}

// Spec says how an input is analysed. The zero values of Cuts are the method's own.
type Spec struct {
	ID          string // of the indicator, "" for none
	Method      string
	OfNumerator bool // with Identity: the numerator is the score, not the metric
	Cuts        stat.Cuts
	Accrual     *stat.Accrual
}

// defaults are the thresholds of each method in gsm's documentation, and in gsm.simaerep.
func (s Spec) cuts() stat.Cuts {
	if len(s.Cuts.Thresholds) > 0 {
		return s.Cuts
	}
	five := []int{-2, -1, 0, 1, 2}
	switch s.Method {
	case Poisson, PoissonOffset:
		return stat.Cuts{Thresholds: []float64{-7, -5, 5, 7}, Flags: five}
	case Fisher:
		return stat.Cuts{Thresholds: []float64{0.01, 0.05}, Flags: []int{2, 1, 0}}
	case Reporting:
		return stat.Cuts{Thresholds: []float64{-0.99, -0.95, 0.95, 0.99}, Flags: five}
	case Identity:
		return stat.Cuts{}
	}
	return stat.Cuts{Thresholds: []float64{-3, -2, 2, 3}, Flags: five}
}

// check says what cannot be computed.
func (s Spec) check() error {
	c := s.cuts()
	switch {
	case !slices.Contains(Methods, s.Method):
		return casebook.Fail(casebook.Invalid, "monitor.method_unknown", s.Method)
	case len(c.Thresholds) > 0 && len(c.Flags) != len(c.Thresholds)+1:
		return casebook.Fail(casebook.Invalid, "monitor.flags_fit", len(c.Thresholds), len(c.Flags))
	case slices.ContainsFunc(c.Thresholds, func(t float64) bool { return math.IsNaN(t) || math.IsInf(t, 0) }):
		return casebook.Fail(casebook.Invalid, "monitor.thresholds")
	}
	return nil
}

// Row is one group as it was analysed. NaN is NA.
type Row struct {
	Group, Level string
	Counts       stat.Counts
	Metric       float64
	Score        float64
	Flag         int
	Flagged      bool    // false where Flag is NA
	Limit        float64 // what |Score| could reach at most, +Inf where there is no limit
	Expected     float64 // events, where the method expects some

	Rest     stat.Counts   // Fisher: all others
	Odds     float64       // Fisher: the conditional estimate of the odds ratio
	Reported stat.Reported // Reporting
	Adjusted float64       // Reporting: the score corrected for the number of groups
}

// Analysis is an input analysed.
type Analysis struct {
	Spec   Spec
	Mean   float64 // of all groups
	Factor float64 // over-dispersion; NaN where the method has none
	Rows   []Row   // by score
	Bounds []stat.Bound
	Notes  []Note
	cuts   stat.Cuts
}

// Note is something about an input or a result that a reader must know: a code with its arguments.
type Note struct {
	Code string
	Args []any
}

func note(code string, args ...any) Note { return Note{code, args} }

// Text is the note in the language that a locale names.
func (n Note) Text(locale string) string { return i18n.Text(n.Code, i18n.Language(locale), n.Args...) }

// Assessable reports whether any score of the row could have had a flag other than 0.
func (a *Analysis) Assessable(r Row) bool {
	return !math.IsNaN(r.Score) && a.cuts.Assessable(r.Limit)
}

// Analyze computes an input.
func Analyze(in *Input, spec Spec) (*Analysis, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	a := &Analysis{Spec: spec, Factor: math.NaN(), Mean: math.NaN(), cuts: spec.cuts(), Notes: slices.Clone(in.Notes)}
	if in.again > 0 && spec.Method != Reporting { // which wants a row for each visit
		a.Notes = append(a.Notes, note("monitor.note.subject_again", in.again))
	}
	slices.Sort(a.cuts.Thresholds)
	if err := a.collect(in); err != nil {
		return nil, err
	}
	if err := a.score(in); err != nil {
		return nil, err
	}
	for i := range a.Rows {
		a.flag(&a.Rows[i])
	}
	a.remark()
	slices.SortStableFunc(a.Rows, func(x, y Row) int { return byScore(x.Score, y.Score) })
	return a, nil
}

func byScore(x, y float64) int {
	if math.IsNaN(x) || math.IsNaN(y) {
		return cmp.Compare(btoi(math.IsNaN(x)), btoi(math.IsNaN(y)))
	}
	return cmp.Compare(x, y)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// collect adds up the groups; those without a denominator are left out, as in gsm.core Transform_Rate.
func (a *Analysis) collect(in *Input) error {
	for _, g := range in.groups {
		r := Row{Group: g.id, Level: g.level, Counts: g.counts, Score: math.NaN(), Limit: math.Inf(1), Expected: math.NaN()}
		if a.Spec.Method == Reporting {
			r.Counts = stat.Counts{}
			for _, c := range g.courses() {
				r.Counts.Num += int64(c[len(c)-1])
				r.Counts.Den += int64(len(c))
			}
		}
		if r.Counts.Den <= 0 {
			a.Notes = append(a.Notes, note("monitor.note.no_denominator", g.id))
			continue
		}
		r.Metric = r.Counts.Metric()
		a.Rows = append(a.Rows, r)
	}
	if len(a.Rows) == 0 {
		return casebook.Fail(casebook.Invalid, "monitor.no_denominator")
	}
	return nil
}

func (a *Analysis) score(in *Input) error {
	switch a.Spec.Method {
	case NormalRate, NormalBinary:
		return a.normal()
	case Poisson, PoissonOffset:
		return a.poisson()
	case Fisher:
		return a.fisher()
	case Identity:
		for i := range a.Rows {
			r := &a.Rows[i]
			r.Score = r.Metric
			if a.Spec.OfNumerator {
				r.Score = float64(r.Counts.Num)
			}
		}
	case Reporting:
		a.reporting(in)
	}
	return nil
}

func (a *Analysis) sites(yield func(stat.Counts) bool) {
	for _, r := range a.Rows {
		if !yield(r.Counts) {
			return
		}
	}
}

func (a *Analysis) normal() error {
	kind := stat.Rate
	if a.Spec.Method == NormalBinary {
		kind = stat.Proportion
		if err := a.proportions(); err != nil {
			return err
		}
	}
	f := stat.Of(kind, a.sites).Funnel()
	a.Mean, a.Factor = f.Mean, f.Factor
	for i := range a.Rows {
		r := &a.Rows[i]
		r.Score, r.Limit, r.Expected = f.Score(r.Counts), f.Limit(r.Counts), f.Mean*float64(r.Counts.Den)
	}
	a.Bounds = f.Bounds(a.cuts.Thresholds, a.sites)
	return nil
}

// proportions refuses counts that are none.
func (a *Analysis) proportions() error {
	for _, r := range a.Rows {
		if r.Counts.Num > r.Counts.Den {
			return casebook.Fail(casebook.Invalid, "monitor.no_proportion", r.Group, r.Counts.Num, r.Counts.Den)
		}
	}
	return nil
}

func (a *Analysis) poisson() error {
	model := stat.FixPoisson(a.sites)
	if a.Spec.Method == Poisson {
		var ok bool
		if model, ok = stat.FitPoisson(a.sites); !ok {
			return casebook.Fail(casebook.Invalid, "monitor.no_fit")
		}
	}
	for i := range a.Rows {
		r := &a.Rows[i]
		r.Score, r.Expected = model.Score(r.Counts), model.Expected(r.Counts)
	}
	a.Bounds = model.Bounds(a.cuts.Thresholds, a.sites)
	return nil
}

func (a *Analysis) fisher() error {
	if err := a.proportions(); err != nil {
		return err
	}
	var all stat.Counts
	for c := range a.sites {
		all.Num, all.Den = all.Num+c.Num, all.Den+c.Den
	}
	for i := range a.Rows {
		r := &a.Rows[i]
		r.Rest = stat.Counts{Num: all.Num - r.Counts.Num, Den: all.Den - r.Counts.Den}
		r.Score, r.Odds = stat.Fisher(r.Counts, r.Rest)
	}
	return nil
}

func (a *Analysis) reporting(in *Input) {
	var pool stat.Reporting
	courses := map[string][]stat.Course{}
	for _, g := range in.groups {
		courses[g.id] = g.courses()
		for _, c := range courses[g.id] {
			pool.Add(c)
		}
	}
	var all []stat.Reported
	for i := range a.Rows {
		r := &a.Rows[i]
		r.Reported = pool.ReportedBy(courses[r.Group])
		r.Score, r.Expected = r.Reported.Score(), r.Reported.Expected
		all = append(all, r.Reported)
	}
	for i, s := range stat.ReportingScores(all) {
		a.Rows[i].Adjusted = s
	}
}

// flag gives a row its flag; below the accrual minimum it has neither flag nor score, and still counts in the mean.
func (a *Analysis) flag(r *Row) {
	if len(a.cuts.Flags) > 0 {
		r.Flag, r.Flagged = a.cuts.Flag(r.Score)
	}
	if acc := a.Spec.Accrual; acc != nil && !acc.Reached(r.Counts) {
		r.Flagged, r.Flag = false, 0
	}
}

// belowAccrual reports whether Flagged and Summary have no score for the row.
func (a *Analysis) belowAccrual(r Row) bool {
	return a.Spec.Accrual != nil && !a.Spec.Accrual.Reached(r.Counts)
}

// remark notes what a table of flags does not show: that none could have been other than 0.
func (a *Analysis) remark() {
	if a.Spec.Method != NormalRate && a.Spec.Method != NormalBinary {
		return
	}
	unable := 0
	for _, r := range a.Rows {
		if !a.Assessable(r) {
			unable++
		}
	}
	switch {
	case a.Factor == 0:
		a.Notes = append(a.Notes, note("monitor.note.alike"))
	case unable > 0:
		a.Notes = append(a.Notes, note("monitor.note.not_assessable", unable, len(a.Rows)))
	}
}
