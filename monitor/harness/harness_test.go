package harness

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"casebook/stat"
)

func TestTheSameSeedFindsTheSame(t *testing.T) {
	t.Parallel()
	if a, b := Underreporting(3, 2), Underreporting(3, 2); !reflect.DeepEqual(a, b) {
		t.Errorf("%v and %v", a, b)
	}
	if a, b := Silence(3, 1, 0.05), Silence(3, 1, 0.05); !reflect.DeepEqual(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

// The exact test finds more than the funnel at the same rate of false alarms; and where nothing is planted, neither finds
// more than that rate.
func TestUnderreportingIsFoundMoreOftenThanByTheFunnel(t *testing.T) {
	t.Parallel()
	rows := Underreporting(7, 8)
	if len(rows) != 2 || rows[0].Found <= rows[0].Against || rows[0].Found < 0.15 || rows[1].Found <= rows[1].Against {
		t.Errorf("%+v", rows)
	}
	r := rand.New(rand.NewPCG(7, 9))
	clean := make([]float64, 5000)
	for i := range clean {
		clean[i] = r.NormFloat64()
	}
	if got := share(clean, quantile(clean, 0.99)); math.Abs(got-0.01) > 0.001 {
		t.Errorf("the control: %v of clean sites are found", got)
	}
}

// The goals that need no data are all measured, each with its rule and goal; and the study of the published test has its sizes.
func TestEachGoalIsMeasured(t *testing.T) {
	t.Parallel()
	rows, err := Goals(t.Context(), 3, 2, nil)
	if err != nil || len(rows) != 11 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for _, row := range rows {
		if row.What == "" || row.Rule == "" || row.Goal == "" || math.IsNaN(row.Found) || math.IsNaN(row.Against) {
			t.Errorf("%+v", row)
		}
	}
	sites := simulated(rand.New(rand.NewPCG(1, 1)), publishedSites, publishedSubjects, publishedBad)
	n := 0
	for _, s := range sites {
		n += len(s)
	}
	if len(sites) != publishedSites || n != publishedSubjects {
		t.Errorf("%d sites with %d subjects", len(sites), n)
	}
	if a := area([]float64{1, 2}, []float64{3, 2}); a != 0.875 {
		t.Errorf("an area of %v", a)
	}
}

func TestThinningKeepsACourse(t *testing.T) {
	t.Parallel()
	got := thinned([]stat.Course{{1, 2, 5, 8}}, 0.5)[0]
	for i := 1; i < len(got); i++ {
		if got[i] < got[i-1] {
			t.Errorf("events fall: %v", got)
		}
	}
	if got[3] != 4 {
		t.Errorf("half of 8 is %d", got[3])
	}
}

// vs is an invented SDTM VS of n subjects.
func vs(n int) string {
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	b.WriteString("USUBJID,VSTESTCD,VSTPT,VISITNUM,VSSTRESN\n")
	for i := range n {
		level := 130 + 12*r.NormFloat64()
		for v := 1; v <= 8; v++ {
			for k, test := range vitals {
				for _, at := range []string{"SUPINE", "STANDING"} {
					fmt.Fprintf(&b, "S%03d,%s,%s,%d,%.0f\n", i, test, at, v, level-float64(30*k)+8*r.NormFloat64())
				}
			}
		}
	}
	return b.String()
}

func TestFabricationIsPlantedIntoVitals(t *testing.T) {
	t.Parallel()
	m, err := ReadVitals(strings.NewReader(vs(120)))
	if err != nil || len(m.Subjects) != 120 || len(m.Subjects[0]) != 8 {
		t.Fatalf("%+v, %v", m, err)
	}
	rows, err := Fabrication(t.Context(), 5, 3, m)
	if err != nil || len(rows) != 7 || rows[0].Found < 0.5 { // every second visit is the one before
		t.Errorf("%+v", rows)
	}
	for name, text := range map[string]string{"nothing": "", "another table": "A,B\n1,2\n", "ten subjects": vs(10)} {
		if _, err := ReadVitals(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestThePilotStudyCanBeReadAndMixed(t *testing.T) {
	t.Parallel()
	root := os.Getenv("CASEBOOK_CORPUS")
	if root == "" {
		root = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(root, "rbqm/csm/cdiscpilot_vs_input.csv"))
	if err != nil {
		t.Skip("the reference tables are not here; set CASEBOOK_CORPUS")
	}
	defer f.Close()
	m, err := ReadVitals(f)
	if err != nil || len(m.Subjects) < 150 {
		t.Fatalf("%+v, %v", m, err)
	}
	sites := sitesOf(rand.New(rand.NewPCG(1, 1)), m.Subjects)
	n := 0
	for _, s := range sites {
		n += len(s)
	}
	if n != len(m.Subjects) {
		t.Errorf("%d of %d subjects were dealt", n, len(m.Subjects))
	}
}

// An invented study of 12 sites is rehearsed: who stops reporting is found, and sooner than not at all; the same seed finds the same; a
// study of two sites is not tried, and an ended context ends it.
func TestAStudyIsRehearsed(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	own := &Own{Weeks: 60}
	for range 12 {
		own.Sites = append(own.Sites, 10)
		for range 10 {
			w := Weeks{First: r.IntN(20)}
			for c := (stat.Counts{}); w.First+len(w.Counts) <= own.Weeks; {
				c.Num, c.Den = c.Num+int64(poisson(r, 0.4)), c.Den+7
				w.Counts = append(w.Counts, c)
			}
			own.Subjects = append(own.Subjects, w)
		}
	}
	m, err := ReadVitals(strings.NewReader(vs(60)))
	if err != nil {
		t.Fatal(err)
	}
	if own.Measured = MeasurementsOf(m.Subjects); own.Measured == nil || len(own.Measured.names) != 3 {
		t.Fatalf("%+v", own.Measured)
	}
	steps := 0
	found, err := own.Rehearse(t.Context(), 7, 10, func() { steps++ })
	if err != nil || steps != own.Steps(10) || len(found) != 9 {
		t.Fatalf("%d steps of %d, %+v, %v", steps, own.Steps(10), found, err)
	}
	again, _ := own.Rehearse(t.Context(), 7, 10, func() {})
	if !reflect.DeepEqual(found, again) {
		t.Error("the same seed finds something else")
	}
	for _, f := range found {
		switch {
		case f.Kind == "silent" && (f.Found[0] < 0.8 || f.Within == nil || f.Delay == nil || f.Delay[0] == nil || *f.Delay[0] > 90):
			t.Errorf("who stops reporting: %+v", f)
		case f.Kind == "half" && f.Found[0] < 2*f.Alarms[0], f.Kind == "carried" && f.Found[0] < 0.5:
			t.Errorf("%s: found %v, false alarms %v", f.Kind, f.Found, f.Alarms)
		}
	}
	small := &Own{Sites: []int{3, 3}, Subjects: own.Subjects[:6], Weeks: 60}
	if found, err := small.Rehearse(t.Context(), 7, 10, func() {}); err != nil || len(found) != 0 || small.Steps(10) != 0 {
		t.Errorf("two sites: %+v, %v", found, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := own.Rehearse(ended, 7, 10, func() {}); err == nil {
		t.Error("nobody waits for it, and it went on")
	}
}

// A site that reports nothing is noticed more often than one that reports half, and that more often than one in which
// nothing was planted; where the limits are out of reach, nothing is ever noticed.
func TestPowerGrowsWithWhatIsPlanted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 2))
	s := Study{Kind: stat.Rate, Cuts: stat.Cuts{Thresholds: []float64{-2, -1, 2, 3}, Flags: []int{-2, -1, 0, 1, 2}}, Signal: 2}
	for range 20 {
		s.Sites = append(s.Sites, 12)
		for range 12 {
			s.Subjects = append(s.Subjects, stat.Counts{Num: int64(poisson(r, 2)), Den: 100})
		}
	}
	p := PowerOf(1, 200, s)
	if !reflect.DeepEqual(p, PowerOf(1, 200, s)) {
		t.Error("the same seed finds something else")
	}
	none, half := p.Planted[0], p.Planted[1]
	if none.Signal < 0.9 || half.Signal <= p.Clean.Signal+0.1 || none.Signal <= half.Signal || p.Clean.Signal > 0.05 || p.Clean.Assessed != 1 {
		t.Errorf("%+v", p)
	}
	for _, n := range p.Planted {
		for i := 1; i < len(n.ROC); i++ {
			if n.ROC[i][0] < n.ROC[i-1][0] || n.ROC[i][1] < n.ROC[i-1][1] {
				t.Errorf("the curve falls: %v", n.ROC)
			}
		}
	}
	s.Cuts.Thresholds = []float64{-99, -98, 98, 99}
	if p := PowerOf(1, 20, s); p.Clean.Assessed != 0 || p.Planted[0].Watched != 0 {
		t.Errorf("beyond reach: %+v", p)
	}
}
