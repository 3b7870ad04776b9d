package stat

import (
	"math"
	"slices"
	"testing"
)

func TestFisherIsThatOfR(t *testing.T) {
	t.Parallel()
	tests := 0
	check := func(at string, site, rest Counts, p, odds float64) {
		gotP, gotOdds := Fisher(site, rest)
		same(t, at+" p", gotP, p, 1e-9)
		same(t, at+" odds", gotOdds, odds, 2e-2)
		tests++
	}
	for _, r := range table(t, "micro/fisher_grid.csv") {
		site := Counts{int64(r.f("site_num")), int64(r.f("site_den"))}
		rest := Counts{int64(r.f("other_num")), int64(r.f("other_den"))}
		check("grid", site, rest, r.f("p"), r.f("or"))
	}
	for _, kri := range []string{"kri0006", "kri0007", "kri0009", "kri0012"} {
		for _, r := range table(t, "gsm_clindata/"+kri+"/alt_fisher_analyzed.csv") {
			rest := Counts{int64(r.f("Numerator_Other")), int64(r.f("Denominator_Other"))}
			check(kri+" "+r["GroupID"], r.counts(), rest, r.f("Score"), r.f("Estimate"))
		}
	}
	t.Logf("%d tests", tests)
}

func TestFisherRefusesWhatIsNoProportion(t *testing.T) {
	t.Parallel()
	for _, site := range []Counts{{3, 2}, {-1, 2}} {
		if p, odds := Fisher(site, Counts{1, 5}); !math.IsNaN(p) || !math.IsNaN(odds) {
			t.Errorf("%v: p %v, odds %v", site, p, odds)
		}
	}
	if p, _ := Fisher(Counts{0, 0}, Counts{0, 0}); p != 1 {
		t.Errorf("nothing against nothing: p %v", p)
	}
}

var poissonKRIs = []string{"kri0001", "kri0002", "kri0003", "kri0004", "kri0008"}

func TestPoissonIsThatOfGSM(t *testing.T) {
	t.Parallel()
	for _, kri := range poissonKRIs {
		dir := "gsm_clindata/" + kri + "/"
		sites := slices.Values(sitesOf(table(t, dir+"transformed.csv")))
		fitted, ok := FitPoisson(sites)
		if !ok {
			t.Fatalf("%s has no fit", kri)
		}
		fixed := FixPoisson(sites)
		for _, r := range table(t, dir+"alt_poisson_analyzed.csv") {
			same(t, kri+" expected "+r["GroupID"], fitted.Expected(r.counts()), r.f("PredictedCount"), 1e-8)
			same(t, kri+" score "+r["GroupID"], fitted.Score(r.counts()), r.f("Score"), 1e-8)
		}
		for _, r := range table(t, dir+"alt_poisson_trueoffset_analyzed.csv") {
			same(t, kri+" expected by offset "+r["GroupID"], fixed.Expected(r.counts()), r.f("PredictedCount"), 1e-8)
			same(t, kri+" score by offset "+r["GroupID"], fixed.Score(r.counts()), r.f("Score"), 1e-8)
		}
		if fitted == fixed {
			t.Errorf("%s: the fitted slope is 1, so the two models cannot be told apart", kri)
		}
	}
}

func TestPoissonBoundsAreThoseOfGSM(t *testing.T) {
	t.Parallel()
	for _, kri := range poissonKRIs {
		dir := "gsm_clindata/" + kri + "/"
		sites := slices.Values(sitesOf(table(t, dir+"transformed.csv")))
		model, _ := FitPoisson(sites)
		want := table(t, dir+"alt_poisson_bounds.csv")
		slices.SortStableFunc(want, func(a, b row) int {
			return 2*sign(a.f("Threshold")-b.f("Threshold")) + sign(a.f("Denominator")-b.f("Denominator"))
		})
		got := model.Bounds([]float64{-7, -5, 5, 7}, sites)
		if len(got) != len(want) {
			t.Errorf("%s: %d points, the reference has %d", kri, len(got), len(want))
			continue
		}
		for i, r := range want {
			same(t, kri+" denominator", got[i].Den, r.f("Denominator"), 1e-9)
			same(t, kri+" numerator", got[i].Num, r.f("Numerator"), 1e-8)
		}
	}
}

func TestLambertW(t *testing.T) {
	t.Parallel()
	for _, r := range table(t, "micro/lambertw.csv") {
		same(t, "W0 of "+r["x"], lambertUpper(r.f("x")), r.f("w0"), 1e-7)
		same(t, "W-1 of "+r["x"], lambertLower(r.f("x")), r.f("wm1"), 1e-7)
	}
}

func TestPoissonWithoutASolutionSaysSo(t *testing.T) {
	t.Parallel()
	for _, sites := range [][]Counts{{}, {{3, 100}}, {{3, 100}, {5, 100}}, {{0, 100}, {0, 120}}} {
		if p, ok := FitPoisson(slices.Values(sites)); ok {
			t.Errorf("%v were fitted: %+v", sites, p)
		}
	}
	if p := FixPoisson(slices.Values([]Counts{})); !math.IsNaN(p.Intercept) {
		t.Errorf("no exposure gives %+v", p)
	}
}
