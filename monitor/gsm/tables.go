package gsm

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
)

// The tables that an analysis can be written as.
const (
	Summary  = "summary"
	Analyzed = "analyzed"
	Flagged  = "flagged"
	Bounds   = "bounds"
)

// Tables are all of them.
var Tables = []string{Summary, Analyzed, Flagged, Bounds}

// WriteCSV writes one table with gsm's columns, in gsm's order of rows; what is NA is empty.
func (a *Analysis) WriteCSV(w io.Writer, table string) error {
	out := csv.NewWriter(w)
	var rows [][]string
	switch table {
	case Summary:
		rows = a.summary()
	case Bounds:
		rows = a.bounds()
	default:
		rows = a.analyzed(table == Flagged)
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

func (a *Analysis) summary() [][]string {
	rows := [][]string{{"GroupID", "GroupLevel", "Numerator", "Denominator", "Metric", "Score", "Flag"}}
	ordered := slices.Clone(a.Rows)
	slices.SortStableFunc(ordered, func(x, y Row) int {
		if d := rank(x) - rank(y); d != 0 {
			return d
		}
		return byScore(y.Metric, x.Metric)
	})
	for _, r := range ordered {
		score := r.Score
		if a.belowAccrual(r) {
			score = math.NaN()
		}
		rows = append(rows, []string{r.Group, r.Level, whole(r.Counts.Num), whole(r.Counts.Den), real(r.Metric), real(score), r.flagText()})
	}
	return rows
}

// rank is the order of flags in gsm's summary: 2, -2, 1, -1, 0, none.
func rank(r Row) int {
	if !r.Flagged {
		return 9
	}
	return map[int]int{2: 0, -2: 1, 1: 2, -1: 3, 0: 4}[r.Flag]
}

func (a *Analysis) analyzed(flagged bool) [][]string {
	rows := a.Rows
	if flagged {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(x, y Row) int { return rank(x) - rank(y) })
	}
	head, body := a.shape()
	if flagged {
		head = append(head, "Flag")
	}
	out := [][]string{head}
	for _, r := range rows {
		if flagged && a.belowAccrual(r) {
			r.Score = math.NaN()
		}
		fields := body(r)
		if flagged {
			fields = append(fields, r.flagText())
		}
		out = append(out, fields)
	}
	return out
}

// shape is the columns of Analyzed, which depend on the method.
func (a *Analysis) shape() (head []string, body func(Row) []string) {
	common := func(r Row) []string {
		return []string{r.Group, r.Level, whole(r.Counts.Num), whole(r.Counts.Den), real(r.Metric)}
	}
	head = []string{"GroupID", "GroupLevel", "Numerator", "Denominator", "Metric"}
	switch a.Spec.Method {
	case NormalRate, NormalBinary:
		return append(head, "OverallMetric", "Factor", "Score"), func(r Row) []string {
			return append(common(r), real(a.Mean), real(a.Factor), real(r.Score))
		}
	case Poisson, PoissonOffset:
		return append(head, "Score", "PredictedCount"), func(r Row) []string { return append(common(r), real(r.Score), real(r.Expected)) }
	case Fisher:
		return []string{"GroupID", "Numerator", "Numerator_Other", "Denominator", "Denominator_Other", "Prop", "Prop_Other",
				"Metric", "Estimate", "Score"}, func(r Row) []string {
				return []string{r.Group, whole(r.Counts.Num), whole(r.Rest.Num), whole(r.Counts.Den), whole(r.Rest.Den),
					real(r.Metric), real(r.Rest.Metric()), real(r.Metric), real(r.Odds), real(r.Score)}
			}
	case Reporting:
		return append(head, "ExpectedNumerator", "ProbLow", "ProbHigh", "ScoreMult", "Score"), func(r Row) []string {
			return append(common(r), real(r.Expected), real(r.Reported.AtMost), real(r.Reported.AtLeast), real(r.Adjusted), real(r.Score))
		}
	}
	return append(head, "Score"), func(r Row) []string { return append(common(r), real(r.Score)) }
}

func (a *Analysis) bounds() [][]string {
	poisson := a.Spec.Method == Poisson || a.Spec.Method == PoissonOffset
	head := []string{"Threshold", "Denominator", "LogDenominator", "Numerator", "Metric"}
	if poisson {
		head = []string{"Threshold", "LogDenominator", "Denominator", "Numerator"}
	}
	rows := [][]string{head}
	for _, b := range a.Bounds {
		log := real(math.Log(b.Den))
		if poisson {
			rows = append(rows, []string{real(b.Threshold), log, real(b.Den), real(b.Num)})
		} else {
			rows = append(rows, []string{real(b.Threshold), real(b.Den), log, real(b.Num), real(b.Metric)})
		}
	}
	return rows
}

func (r Row) flagText() string {
	if !r.Flagged {
		return ""
	}
	return strconv.Itoa(r.Flag)
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// real writes a number with as few digits as read back the same; NaN is NA.
func real(x float64) string {
	switch {
	case math.IsNaN(x):
		return ""
	case math.IsInf(x, 0):
		return map[bool]string{true: "Inf", false: "-Inf"}[x > 0]
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// Group is a row as JSON tells it; nil is NA.
type Group struct {
	GroupID     string   `json:"groupId"`
	GroupLevel  string   `json:"groupLevel"`
	Numerator   int64    `json:"numerator"`
	Denominator int64    `json:"denominator"`
	Metric      *float64 `json:"metric"`
	Expected    *float64 `json:"expected"`
	Score       *float64 `json:"score"`
	Flag        *int     `json:"flag"`
	Limit       *float64 `json:"limit"`      // what |score| could reach at most; nil where there is no limit
	Assessable  bool     `json:"assessable"` // whether any score of this group could have a flag other than 0
}

// Groups are the rows in the order of the summary's scores.
func (a *Analysis) Groups() []Group {
	all := make([]Group, 0, len(a.Rows))
	for _, r := range a.Rows {
		g := Group{GroupID: r.Group, GroupLevel: r.Level, Numerator: r.Counts.Num, Denominator: r.Counts.Den, Metric: Known(r.Metric),
			Expected: Known(r.Expected), Limit: Known(r.Limit), Assessable: a.Assessable(r) && !a.belowAccrual(r)}
		if !a.belowAccrual(r) {
			g.Score = Known(r.Score)
		}
		if r.Flagged {
			g.Flag = &r.Flag
		}
		all = append(all, g)
	}
	return all
}

// Known is x, or nil where it is NA.
func Known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// Difference is a group in which gsm's results and ours are not the same.
type Difference struct {
	Metric string `json:"metric"`
	Group  string `json:"group"`
	What   string `json:"what"` // Score or Flag
	Theirs string `json:"theirs"`
	Ours   string `json:"ours"`
}

// Comparison is what comparing found.
type Comparison struct {
	Metrics     []string     `json:"metrics"` // that were compared
	Groups      int          `json:"groups"`
	Differences []Difference `json:"differences"`
	Skipped     []string     `json:"skipped"` // metrics that no indicator computes
}

// Compare computes gsm's Results, a stack of summaries with MetricID, again from their own numerators and denominators,
// and finds where scores differ by more than rel or flags at all. specs tells the indicators by MetricID.
func Compare(results io.Reader, specs map[string]Spec, rel float64) (*Comparison, error) {
	stacks, err := readResults(results)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Metrics: []string{}, Differences: []Difference{}, Skipped: []string{}}
	for _, s := range stacks {
		spec, ok := specs[s.metric]
		if !ok {
			c.Skipped = append(c.Skipped, s.metric)
			continue
		}
		a, err := Analyze(&Input{groups: s.groups}, spec)
		if err != nil {
			return nil, err
		}
		c.Metrics = append(c.Metrics, s.metric)
		for _, r := range a.Rows {
			c.compare(s, a, r, rel)
		}
	}
	return c, nil
}

func (c *Comparison) compare(s *stack, a *Analysis, r Row, rel float64) {
	want, score := s.want[r.Group], r.Score
	c.Groups++
	if a.belowAccrual(r) {
		score = math.NaN()
	}
	if !close(score, want.score, rel) {
		c.Differences = append(c.Differences, Difference{s.metric, r.Group, "Score", real(want.score), real(score)})
	}
	if want.flag != r.flagText() {
		c.Differences = append(c.Differences, Difference{s.metric, r.Group, "Flag", want.flag, r.flagText()})
	}
}

func close(x, y, rel float64) bool {
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.IsNaN(x) && math.IsNaN(y)
	}
	return math.Abs(x-y) <= rel*max(1e-3, math.Abs(x), math.Abs(y))
}

type stack struct {
	key    string // metric, study, snapshot and level
	metric string
	groups []*group
	want   map[string]wanted
}

type wanted struct {
	score float64
	flag  string
}
