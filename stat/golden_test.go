package stat

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// The tables of the R packages, under CASEBOOK_CORPUS: gsm_clindata is gsm.core and gsm.kri run on 176 sites and 1,301
// subjects of the clindata package, micro is single functions on edge cases.

type row map[string]string

// f reads a number as R writes it; an empty field is NA.
func (r row) f(column string) float64 {
	x, err := strconv.ParseFloat(strings.TrimSpace(r[column]), 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

func (r row) counts() Counts { return Counts{int64(r.f("Numerator")), int64(r.f("Denominator"))} }

func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("CASEBOOK_CORPUS")
	if root == "" {
		root = "../../shared/data"
	}
	return filepath.Join(root, "rbqm", name)
}

func table(t *testing.T, name string) []row {
	t.Helper()
	f, err := os.Open(corpus(t, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the reference tables are not here; set CASEBOOK_CORPUS")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// near reports whether got is want within rel of the larger one.
func near(got, want, rel float64) bool {
	if math.IsNaN(got) || math.IsNaN(want) {
		return math.IsNaN(got) && math.IsNaN(want)
	}
	return got == want || math.Abs(got-want) <= rel*math.Max(math.Abs(got), math.Abs(want))
}

func same(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !near(got, want, rel) {
		t.Errorf("%s: got %.17g, the reference has %.17g", what, got, want)
	}
}

// indicator is a KRI as gsm.kri describes it in meta.json.
type indicator struct {
	ID               string
	AnalysisType     string
	Threshold        string
	Flag             string
	AccrualThreshold int64
	AccrualMetric    string
}

func (in indicator) kind() Kind {
	return map[string]Kind{"rate": Rate, "binary": Proportion, "identity": Value}[in.AnalysisType]
}

func (in indicator) cuts() Cuts {
	c := Cuts{Thresholds: numbers(in.Threshold)}
	for _, f := range numbers(in.Flag) {
		c.Flags = append(c.Flags, int(f))
	}
	return c
}

func (in indicator) accrual() Accrual {
	of := map[string]AccrualMetric{"Denominator": OfDenominator, "Numerator": OfNumerator, "Difference": OfDifference}
	return Accrual{Of: of[in.AccrualMetric], Min: in.AccrualThreshold}
}

func numbers(list string) (all []float64) {
	for s := range strings.SplitSeq(list, ",") {
		x, _ := strconv.ParseFloat(s, 64)
		all = append(all, x)
	}
	return all
}

func indicators(t *testing.T) (all []indicator) {
	t.Helper()
	files, _ := filepath.Glob(corpus(t, "gsm_clindata/kri*/meta.json"))
	if len(files) == 0 {
		t.Skip("the reference tables are not here; set CASEBOOK_CORPUS")
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var in indicator
		if err := json.Unmarshal(b, &in); err != nil {
			t.Fatal(err)
		}
		all = append(all, in)
	}
	return all
}

func sitesOf(rows []row) []Counts {
	var all []Counts
	for _, r := range rows {
		all = append(all, r.counts())
	}
	return all
}

func TestScoresAndFlagsAreThoseOfGSM(t *testing.T) {
	t.Parallel()
	scores, flags := 0, 0
	for _, in := range indicators(t) {
		dir := "gsm_clindata/" + in.ID + "/"
		funnel := Of(in.kind(), slices.Values(sitesOf(table(t, dir+"transformed.csv")))).Funnel()
		for _, r := range table(t, dir+"analyzed.csv") {
			at := in.ID + " " + r["GroupID"]
			same(t, at+" mean", funnel.Mean, r.f("OverallMetric"), 1e-9)
			same(t, at+" factor", funnel.Factor, r.f("Factor"), 1e-9)
			same(t, at+" score", funnel.Score(r.counts()), r.f("Score"), 1e-9)
			scores++
		}
		for _, r := range table(t, dir+"summary.csv") {
			flag, flagged := in.cuts().Flag(funnel.Score(r.counts()))
			flagged = flagged && in.accrual().Reached(r.counts())
			if want := r["Flag"]; flagged != (want != "") || flagged && strconv.Itoa(flag) != want {
				t.Errorf("%s %s: flag %d (%v), the reference has %q", in.ID, r["GroupID"], flag, flagged, want)
			}
			flags++
		}
	}
	t.Logf("%d scores, %d flags", scores, flags)
}

func TestBoundsAreThoseOfGSM(t *testing.T) {
	t.Parallel()
	points := 0
	for _, in := range indicators(t) {
		dir := "gsm_clindata/" + in.ID + "/"
		sites := slices.Values(sitesOf(table(t, dir+"transformed.csv")))
		got := Of(in.kind(), sites).Funnel().Bounds(in.cuts().Thresholds, sites)
		want := table(t, dir+"bounds.csv")
		slices.SortStableFunc(want, func(a, b row) int {
			return 2*sign(a.f("Threshold")-b.f("Threshold")) + sign(a.f("Denominator")-b.f("Denominator"))
		})
		if len(got) != len(want) {
			t.Errorf("%s: %d points, the reference has %d", in.ID, len(got), len(want))
			continue
		}
		for i, r := range want {
			at := in.ID + " bound " + strconv.Itoa(i)
			same(t, at+" threshold", got[i].Threshold, r.f("Threshold"), 0)
			same(t, at+" denominator", got[i].Den, r.f("Denominator"), 1e-9)
			same(t, at+" numerator", got[i].Num, r.f("Numerator"), 1e-9)
			same(t, at+" metric", got[i].Metric, r.f("Metric"), 1e-9)
			points++
		}
	}
	t.Logf("%d points", points)
}

func TestEdgesOfTheNormalApproximation(t *testing.T) {
	t.Parallel()
	cases := map[string][]row{}
	for _, r := range table(t, "micro/normalapprox_edges.csv") {
		name := r["case"] + " " + r["type"]
		cases[name] = append(cases[name], r)
	}
	for name, rows := range cases {
		kind := indicator{AnalysisType: rows[0]["type"]}.kind()
		funnel := Of(kind, slices.Values(sitesOf(rows))).Funnel()
		for _, r := range rows {
			same(t, name+" factor", funnel.Factor, r.f("Factor"), 1e-12)
			same(t, name+" score", funnel.Score(r.counts()), r.f("Score"), 1e-12)
		}
	}
}

func TestEdgesOfFlags(t *testing.T) {
	t.Parallel()
	ordinary := Cuts{[]float64{-3, -2, 2, 3}, []int{-2, -1, 0, 1, 2}}
	cuts := map[string]Cuts{
		"default": ordinary, "acc_den50": ordinary, "acc_num5": ordinary, "acc_diff60": ordinary,
		"ae": {[]float64{-2, -1, 2, 3}, []int{-2, -1, 0, 1, 2}}, "upper": {[]float64{2, 3}, []int{0, 1, 2}},
	}
	accruals := map[string]Accrual{
		"acc_den50": {OfDenominator, 50}, "acc_num5": {OfNumerator, 5}, "acc_diff60": {OfDifference, 60},
	}
	for _, r := range table(t, "micro/flag_edges.csv") {
		flag, ok := cuts[r["case"]].Flag(r.f("Score"))
		ok = ok && accruals[r["case"]].Reached(r.counts())
		if ok != (r["Flag"] != "") || ok && strconv.Itoa(flag) != r["Flag"] {
			t.Errorf("%s %s: score %s has flag %d (%v), the reference has %q",
				r["case"], r["GroupID"], r["Score"], flag, ok, r["Flag"])
		}
	}
}

func TestRiskScoresAreThoseOfGSM(t *testing.T) {
	t.Parallel()
	byKRI := map[string]Weighted[string]{}
	for _, r := range table(t, "gsm_clindata/srs_weights.csv") {
		if byKRI[r["MetricID"]].Weights == nil {
			byKRI[r["MetricID"]] = Weighted[string]{Weights: map[int]int{}, Flags: map[string]int{}}
		}
		byKRI[r["MetricID"]].Weights[int(r.f("Flag"))] = int(r.f("Weight"))
	}
	for _, r := range table(t, "gsm_clindata/results_all.csv") {
		if r["Flag"] != "" {
			byKRI[r["MetricID"]].Flags[r["GroupID"]] = int(r.f("Flag"))
		}
	}
	risks := Risks(slices.Collect(maps.Values(byKRI)))
	want := table(t, "gsm_clindata/srs0001_summary.csv")
	for _, r := range want {
		risk := risks[r["GroupID"]]
		if risk.Points != int(r.f("Numerator")) || risk.Max != int(r.f("Denominator")) {
			t.Errorf("%s: %d of %d, the reference has %s of %s",
				r["GroupID"], risk.Points, risk.Max, r["Numerator"], r["Denominator"])
		}
		same(t, r["GroupID"], risk.Percent(), r.f("Score"), 1e-9)
	}
	if len(risks) != len(want) {
		t.Errorf("%d sites have a risk score, in the reference %d", len(risks), len(want))
	}
}
