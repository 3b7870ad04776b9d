package gsm_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casebook"
	"casebook/monitor"
	"casebook/monitor/gsm"
	"casebook/stat"
)

type table struct {
	columns []string
	rows    []map[string]string
}

func parse(t *testing.T, text []byte) table {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := table{columns: lines[0]}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, c := range lines[0] {
			row[c] = line[i]
		}
		out.rows = append(out.rows, row)
	}
	return out
}

func optional(name string) ([]byte, error) {
	root := os.Getenv("CASEBOOK_CORPUS")
	if root == "" {
		root = "../../../shared/data"
	}
	return os.ReadFile(filepath.Join(root, "rbqm", name))
}

func corpus(t testing.TB, name string) []byte {
	t.Helper()
	text, err := optional(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the reference tables are not here; set CASEBOOK_CORPUS")
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// same compares two tables column by column, rows by their keys, numbers within rel; odds only as R finds them.
func same(t *testing.T, at string, got, want table, rel float64, keys ...string) {
	t.Helper()
	if !slices.Equal(got.columns, want.columns) {
		t.Errorf("%s: columns %v, the reference has %v", at, got.columns, want.columns)
		return
	}
	key := func(r map[string]string) (k string) {
		for _, c := range keys {
			if x, err := strconv.ParseFloat(r[c], 64); err == nil {
				k += strconv.FormatFloat(x, 'g', 9, 64) + " "
			} else {
				k += r[c] + " "
			}
		}
		return k
	}
	byKey := map[string]map[string]string{}
	for _, r := range got.rows {
		byKey[key(r)] = r
	}
	if len(got.rows) != len(want.rows) || len(byKey) != len(want.rows) {
		t.Errorf("%s: %d rows with %d keys, the reference has %d", at, len(got.rows), len(byKey), len(want.rows))
	}
	for _, w := range want.rows {
		g := byKey[key(w)]
		if g == nil {
			t.Errorf("%s: no row %s", at, key(w))
			continue
		}
		for _, c := range want.columns {
			within := rel
			if c == "Estimate" {
				within = 2e-2
			}
			if !equal(g[c], w[c], within) {
				t.Errorf("%s %s %s: %s, the reference has %s", at, key(w), c, g[c], w[c])
			}
		}
	}
}

func equal(got, want string, rel float64) bool {
	x, errX := strconv.ParseFloat(got, 64)
	y, errY := strconv.ParseFloat(want, 64)
	if errX != nil || errY != nil {
		return got == want
	}
	return x == y || math.Abs(x-y) <= rel*math.Max(math.Abs(x), math.Abs(y)) || math.Abs(x-y) < 1e-12
}

func analyze(t *testing.T, input []byte, spec gsm.Spec) *gsm.Analysis {
	t.Helper()
	in, err := gsm.ReadInput(bytes.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	a, err := gsm.Analyze(in, spec)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func written(t *testing.T, a *gsm.Analysis, name string) table {
	t.Helper()
	var b bytes.Buffer
	if err := a.WriteCSV(&b, name); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.Bytes())
}

func specOf(id string) gsm.Spec {
	all := monitor.Indicators()
	return all[slices.IndexFunc(all, func(k *monitor.Indicator) bool { return k.ID == id })].Spec()
}

func TestTheTablesAreThoseOfGSM(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		id := "kri00" + strconv.Itoa(101 + n)[1:]
		dir := "gsm_clindata/" + id + "/"
		input := corpus(t, dir+"input.csv")
		a := analyze(t, input, specOf(id))
		for _, name := range []string{gsm.Analyzed, gsm.Flagged, gsm.Summary} {
			same(t, id+" "+name, written(t, a, name), parse(t, corpus(t, dir+name+".csv")), 1e-9, "GroupID")
		}
		same(t, id+" bounds", written(t, a, gsm.Bounds), parse(t, corpus(t, dir+"bounds.csv")), 1e-9, "Threshold", "Denominator")
		if flagged, err := optional(dir + "alt_fisher_flagged.csv"); err == nil {
			same(t, id+" Fisher", written(t, analyze(t, input, gsm.Spec{Method: gsm.Fisher}), gsm.Flagged), parse(t, flagged), 1e-9, "GroupID")
		}

		if flagged, err := optional(dir + "alt_poisson_flagged.csv"); err == nil {
			a := analyze(t, input, gsm.Spec{Method: gsm.Poisson})
			same(t, id+" Poisson", written(t, a, gsm.Flagged), parse(t, flagged), 1e-8, "GroupID")
			same(t, id+" Poisson bounds", written(t, a, gsm.Bounds), parse(t, corpus(t, dir+"alt_poisson_bounds.csv")), 1e-8, "Threshold", "LogDenominator")
			offset := analyze(t, input, gsm.Spec{Method: gsm.PoissonOffset})
			same(t, id+" Poisson with an offset", written(t, offset, gsm.Analyzed), parse(t, corpus(t, dir+"alt_poisson_trueoffset_analyzed.csv")), 1e-8, "GroupID")
		}
	}
}

func TestResultsOfGSMAreComparedAndADifferenceIsFound(t *testing.T) {
	t.Parallel()
	results := corpus(t, "gsm_clindata/results_all.csv")
	specs := map[string]gsm.Spec{}
	for _, k := range monitor.Indicators() {
		specs[k.ID] = k.Spec()
	}
	c, err := gsm.Compare(bytes.NewReader(results), specs, 1e-9)
	if err != nil || len(c.Metrics) != 12 || c.Groups != 2126 || len(c.Differences) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	spoilt := bytes.Replace(results, []byte(`"6.5482693819160103","2"`), []byte(`"6.5482700000000000","1"`), 1)
	c, err = gsm.Compare(bytes.NewReader(spoilt), specs, 1e-9)
	if err != nil || len(c.Differences) != 2 || c.Differences[0].Group != "0X159" {
		t.Errorf("a spoilt score and flag: %+v, %v", c, err)
	}
	delete(specs, "kri0001")
	if c, _ = gsm.Compare(bytes.NewReader(results), specs, 1e-9); len(c.Skipped) != 1 {
		t.Errorf("skipped are %v", c.Skipped)
	}
}

func TestEventReportingFromVisits(t *testing.T) {
	t.Parallel()
	a := analyze(t, corpus(t, "simaerep/sim_120pat_12site_visits.csv"), gsm.Spec{Method: gsm.Reporting})
	got := map[string]gsm.Row{}
	for _, r := range a.Rows {
		got[r.Group] = r
	}
	for _, w := range parse(t, corpus(t, "simaerep/sim_120pat_12site_exact.csv")).rows {
		r := got[w["site_id"]]
		for column, x := range map[string]float64{"event_prob_no_mult_exact": r.Score, "event_prob_exact": r.Adjusted, "expected": r.Expected,
			"event_count": float64(r.Counts.Num), "visits": float64(r.Counts.Den)} {
			if !equal(strconv.FormatFloat(x, 'g', -1, 64), w[column], 1e-12) {
				t.Errorf("%s %s: %v, the reference has %s", w["site_id"], column, x, w[column])
			}
		}
	}
	// The same study told as visits one by one, and as one row for each subject's end.
	visits := "SubjectID,GroupID,GroupLevel,Numerator,Denominator\n" + strings.Repeat("a,A,Site,0,1\n", 8) + strings.Repeat("b,B,Site,1,1\n", 8)
	ends := "SubjectID,GroupID,GroupLevel,Numerator,Denominator\na,A,Site,0,8\nb,B,Site,8,8\n"
	for _, input := range []string{visits, ends} {
		a := analyze(t, []byte(input), gsm.Spec{Method: gsm.Reporting})
		if len(a.Rows) != 2 || a.Rows[0].Group != "A" || a.Rows[0].Reported.AtMost != 0.5 || a.Rows[0].Expected != 4 {
			t.Errorf("%+v", a.Rows)
		}
	}
}

func TestWhatCannotBeAnalysedIsSaid(t *testing.T) {
	t.Parallel()
	const head = "SubjectID,GroupID,GroupLevel,Numerator,Denominator\n"
	for input, want := range map[string]string{
		"":                         "monitor.input_empty",
		head:                       "monitor.input_empty",
		"SubjectID,GroupID\na,A\n": "monitor.input_column",
		head + "a,A,Site,1.5,10\n": "monitor.input_number",
		head + "a,A,Site,-1,10\n":  "monitor.input_number",
		head + "a,A,Site,1,Inf\n":  "monitor.input_number",
		head + "a,A,Site,NaN,10\n": "monitor.input_number",
		head + "a,A,Site,1,99999999999999999999\n": "monitor.input_number",
		head + "a,A,Site,1\n":                      "monitor.input_csv",
		head + "a,A,Site,\"1,10\n":                 "monitor.input_csv",
		head + "a,A,Site,1,0\nb,B,Site,2,0\n":      "monitor.no_denominator",
	} {
		in, err := gsm.ReadInput(strings.NewReader(input))
		if err == nil {
			_, err = gsm.Analyze(in, gsm.Spec{Method: gsm.NormalRate})
		}
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != want {
			t.Errorf("%q: %v, want %s", input, err, want)
		}
	}
	more := []byte(head + "a,A,Site,11,10\nb,B,Site,1,10\n")
	for _, spec := range []gsm.Spec{{Method: gsm.NormalBinary}, {Method: gsm.Fisher}, {Method: "mean"}, {Method: gsm.Poisson},
		{Method: gsm.NormalRate, Cuts: stat.Cuts{Thresholds: []float64{1}, Flags: []int{0}}}, {Method: gsm.NormalRate, Cuts: stat.Cuts{Thresholds: []float64{math.NaN()}, Flags: []int{0, 1}}}} {
		in, err := gsm.ReadInput(bytes.NewReader(more))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gsm.Analyze(in, spec); err == nil {
			t.Errorf("%+v was analysed", spec)
		}
	}
}

func TestGroupsThatCannotBeFlaggedAreNotGreen(t *testing.T) {
	t.Parallel()
	const head = "SubjectID,GroupID,GroupLevel,Numerator,Denominator\n"
	for input, notes := range map[string]int{
		head + "a,A,Country,1,10\nb,B,Country,9,10\nc,C,Country,2,10\n": 1, // three countries
		head + "a,A,Site,1,10\n":                             1, // one site: alike with itself
		head + "a,A,Site,0,10\nb,B,Site,0,20\n":              1, // nothing happened
		head + "a,A,Site,1,10\nb,B,Site,2,0\n":               2, // and one has no denominator
		head + "a,A,Site,1,10\na,A,Site,1,10\nb,,Site,2,3\n": 3, // twice the same, and one of nowhere
	} {
		a := analyze(t, []byte(input), gsm.Spec{Method: gsm.NormalRate})
		for _, g := range a.Groups() {
			if g.Assessable {
				t.Errorf("%q: %s is called assessable", input, g.GroupID)
			}
		}
		if len(a.Notes) != notes {
			t.Errorf("%q: notes %v", input, a.Notes)
		}
		for _, n := range a.Notes {
			if n.Text("en") == n.Text("zh") || strings.Contains(n.Text("en"), "{") {
				t.Errorf("a note says %q", n.Text("en"))
			}
		}
	}
	// The control: twelve sites of one size can be assessed.
	var b strings.Builder
	b.WriteString(head)
	for i := range 12 {
		b.WriteString("s" + strconv.Itoa(i) + ",S" + strconv.Itoa(i) + ",Site," + strconv.Itoa(i) + ",100\n")
	}
	a := analyze(t, []byte(b.String()), gsm.Spec{Method: gsm.NormalRate})
	if len(a.Notes) != 0 || !a.Groups()[0].Assessable {
		t.Errorf("twelve sites: %v", a.Notes)
	}
}

// What bench/gsm.R has gsm.core do: adverse events by days on study, 176 sites, scored, flagged, summarised. Read is from the
// text of the input, for which R's time does not count.
func BenchmarkTheBatchOfGSM(b *testing.B) {
	text := corpus(b, "gsm_clindata/kri0001/input.csv")
	spec := gsm.Spec{Method: gsm.NormalRate, Cuts: stat.Cuts{Thresholds: []float64{-2, -1, 2, 3}, Flags: []int{-2, -1, 0, 1, 2}}, Accrual: &stat.Accrual{Min: 30}}
	in, err := gsm.ReadInput(bytes.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("analyze", func(b *testing.B) {
		for b.Loop() {
			if _, err := gsm.Analyze(in, spec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read and analyze", func(b *testing.B) {
		for b.Loop() {
			in, err := gsm.ReadInput(bytes.NewReader(text))
			if err == nil {
				_, err = gsm.Analyze(in, spec)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
