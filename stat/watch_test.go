package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func poisson(r *rand.Rand, mean float64) float64 {
	k, p := 0.0, r.Float64()
	for limit := math.Exp(-mean); p > limit; k++ {
		p *= r.Float64()
	}
	return k
}

// A site that stops reporting is found, and one that goes on is not: the e-process passes 1/alpha with probability alpha
// at most, however long one looks.
func TestSequentialDetectorsKeepTheirPromise(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 1))
	const sites, visits, alpha, expected = 600, 250, 0.05, 0.3
	alarms, early, changed := 0, 0, 0
	for range sites {
		var p EProcess
		var d EDetector
		var c CUSUM
		top, topD := math.Inf(-1), math.Inf(-1)
		for range visits {
			y := poisson(r, expected)
			top = max(top, p.Observe(y, expected, Under))
			topD = max(topD, d.Observe(y, expected, Under))
			c.Observe(y, expected, Under)
		}
		if top >= math.Log(1/alpha) {
			alarms++
		}
		if topD >= math.Log(10*visits) { // once in 2500 observations on average
			early++
		}
		for range visits {
			if d.Observe(0, expected, Under) >= math.Log(10*visits) && c.Observe(0, expected, Under) >= 3 {
				changed++
				break
			}
		}
	}
	if limit := alpha*sites + 4*math.Sqrt(alpha*(1-alpha)*sites); float64(alarms) > limit {
		t.Errorf("%d of %d sites like the others were found, %v at most should be", alarms, sites, limit)
	}
	if early > sites/10+30 {
		t.Errorf("%d of %d e-detectors were early", early, sites)
	}
	if changed != sites {
		t.Errorf("only %d of %d sites that fell silent were found", changed, sites)
	}
	// The control: expectations that are a third too high must raise alarms.
	wrong := 0
	for range sites {
		var p EProcess
		for range visits {
			if p.Observe(poisson(r, expected), 1.5*expected, Under) >= math.Log(1/alpha) {
				wrong++
				break
			}
		}
	}
	if wrong < sites/2 {
		t.Errorf("only %d alarms by wrong expectations: nothing is tested here", wrong)
	}
}

func TestEWMAIsStandardised(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 2))
	var ends []float64
	for range 4000 {
		var a EWMA
		last := 0.0
		for range 12 {
			last = a.Observe(r.NormFloat64(), 0.2)
		}
		ends = append(ends, last)
	}
	if sd := MomentsOf(ends).SD(); math.Abs(sd-1) > 0.05 {
		t.Errorf("its standard deviation is %v", sd)
	}
}

func TestExpectationsLeaveTheSiteItselfOut(t *testing.T) {
	t.Parallel()
	var study, site Rates
	if _, ok := study.Expected(0, &site); ok {
		t.Error("something is expected of a study without data")
	}
	for v := range 30 {
		study.Add(v%3, 1)
	}
	for range 50 { // the site itself reports nothing
		study.Add(0, 0)
		site.Add(0, 0)
	}
	if e, ok := study.Expected(0, &site); !ok || math.Abs(e-1) > 1e-12 {
		t.Errorf("expected are %v", e)
	}
	if e, _ := study.Expected(9, &site); math.Abs(e-1) > 1e-12 {
		t.Errorf("at a visit that nobody had, expected are %v", e)
	}
}

func TestCombinedProbabilities(t *testing.T) {
	t.Parallel()
	same(t, "Fisher", FisherCombined([]float64{0.05, 0.05}), 0.0174786614, 1e-6)
	same(t, "Cauchy of one", Cauchy([]float64{0.03}), 0.03, 1e-12)
	same(t, "Cauchy of equals", Cauchy([]float64{0.02, 0.02, 0.02}), 0.02, 1e-12)
	if p := Cauchy([]float64{0, 0.5, math.NaN()}); !(p >= 0 && p < 1e-300) {
		t.Errorf("with a certainty: %v", p)
	}
	if p := Cauchy([]float64{1e-20, 0.9}); math.Abs(p/2e-20-1) > 1e-3 {
		t.Errorf("with a near certainty: %v", p)
	}
	if !math.IsNaN(Cauchy(nil)) || !math.IsNaN(FisherCombined([]float64{math.NaN()})) {
		t.Error("nothing says something")
	}
	got := EBenjaminiHochberg([]float64{100, 1, 30, 0.2}, 0.1)
	if !slices.Equal(got, []bool{true, false, true, false}) {
		t.Errorf("rejected are %v", got)
	}
	if slices.Contains(EBenjaminiHochberg([]float64{5, 5, 5}, 0.1), true) || EBenjaminiHochberg(nil, 0.1) == nil {
		t.Error("weak evidence rejects")
	}
}

func TestMomentsTakeBackWhatTheyTookIn(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 3))
	var m, half Moments
	var kept []float64
	for i := range 2000 {
		x := 120 + 15*r.NormFloat64()
		m.Add(x)
		if i%2 == 0 {
			kept = append(kept, x)
			half.Add(x)
		} else {
			m.Remove(x)
		}
	}
	want := MomentsOf(kept)
	same(t, "mean", m.Mean, want.Mean, 1e-12)
	same(t, "variance", m.Variance(), want.Variance(), 1e-10)
	both := half.Join(Moments{}).Join(MomentsOf([]float64{1, 2, 3}))
	same(t, "joined", both.Variance(), MomentsOf(append(slices.Clone(kept), 1, 2, 3)).Variance(), 1e-12)
	if !math.IsNaN(MomentsOf([]float64{1}).SD()) {
		t.Error("one value scatters")
	}
}

func TestLeveneFindsTheSiteThatScattersLess(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 4))
	sample := func(sd float64) (v []float64) {
		for range 60 {
			v = append(v, 120+sd*r.NormFloat64())
		}
		return v
	}
	if _, p := Levene([][]float64{sample(10), sample(10), sample(10)}); p < 0.001 {
		t.Errorf("sites alike: p %v", p)
	}
	if _, p := Levene([][]float64{sample(10), sample(3), sample(10)}); p > 1e-6 {
		t.Errorf("one scatters less: p %v", p)
	}
	if _, p := Levene([][]float64{{1, 2}, {3}}); !math.IsNaN(p) {
		t.Errorf("too little to tell: p %v", p)
	}
	// R: oneway.test(abs(x-ave(x,g,FUN=median))~g, var.equal=TRUE) on these.
	f, p := Levene([][]float64{{1, 2, 3, 4, 5}, {2, 4, 6, 8, 10}})
	same(t, "F", f, 2.0571428571428574, 1e-9)
	same(t, "p", p, 0.18942, 1e-4)
}

func TestTwinsAreFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 5))
	var profiles [][]float64
	for range 60 {
		p := make([]float64, 6)
		for i := range p {
			p[i] = r.NormFloat64()
		}
		profiles = append(profiles, p)
	}
	site := []int{0, 1, 2, 3}
	if p, _ := Twins(profiles, site); p < 0.001 {
		t.Errorf("strangers are twins: %v", p)
	}
	for i := range profiles[3] {
		profiles[3][i] = profiles[1][i] + 0.02*r.NormFloat64()
	}
	if p, pair := Twins(profiles, site); p > 0.05 || pair != [2]int{1, 3} && pair != [2]int{3, 1} {
		t.Errorf("a copied subject: %v, nearest %v", p, pair)
	}
	if p, _ := Twins(profiles, site[:1]); !math.IsNaN(p) {
		t.Errorf("a site of one: %v", p)
	}
	if Signature([]float64{120.04, 80}, 0.1) != Signature([]float64{120.01, 80}, 0.1) || Signature([]float64{1, 2}, 1) == Signature([]float64{2, 1}, 1) {
		t.Error("signatures do not tell equal from different")
	}
}

// What is too little to judge is said to be so, by NaN, never by a figure.
func TestTooLittleIsNotAFigure(t *testing.T) {
	t.Parallel()
	nothing := slices.Values([]Counts{})
	one := slices.Values([]Counts{{3, 10}})
	for name, ok := range map[string]bool{
		"beta-binomial of nobody": second(FitBetaBinomial(nothing)), "beta-binomial of one": second(FitBetaBinomial(one)),
		"negative binomial of nobody": second(FitNegativeBinomial(nothing)), "negative binomial of one": second(FitNegativeBinomial(one)),
		"mixed model of one":            second(FitMixed([]Moments{MomentsOf([]float64{1, 2, 3})})),
		"robust model of one":           second(RobustMixed([]Moments{MomentsOf([]float64{1, 2, 3})})),
		"robust model where all agree":  second(RobustMixed([]Moments{MomentsOf([]float64{1, 1}), MomentsOf([]float64{2, 2})})),
		"mixed model without residuals": second(FitMixed([]Moments{MomentsOf([]float64{1}), MomentsOf([]float64{2})})),
	} {
		if ok {
			t.Errorf("%s has a fit", name)
		}
	}
	for name, x := range map[string]float64{
		"digits of nobody":  Compare(make([]int64, 10), make([]int64, 10)).P,
		"one kind":          Compare([]int64{3, 0}, []int64{4, 0}).P,
		"uniform of nobody": Uniform(make([]int64, 10)).P,
		"KS of nobody":      second(KolmogorovSmirnov(nil, []float64{1})),
		"ranks of equals":   second(RankSum([]float64{1}, []float64{1})),
		"sd of one":         Features([]float64{1}).SD,
		"correlation":       CorrelationShift(0.3, 3, 0.2, 100),
		"proportion above":  BetaBinomial{1, 1, 0.5}.Tails(Counts{3, 2}).Low,
		"no exposure":       NegativeBinomial{0.1, 2}.Tails(Counts{0, 0}).Low,
		"shift of nobody":   MeanShift(Moments{}, MomentsOf([]float64{1, 2})),
	} {
		if !math.IsNaN(x) {
			t.Errorf("%s: %v", name, x)
		}
	}
	// Sites that scatter by chance only: the parameters run away, and the plain law remains.
	alike := slices.Values([]Counts{{10, 100}, {10, 100}, {10, 100}, {10, 100}})
	if b, ok := FitBetaBinomial(alike); !ok || !math.IsInf(b.Alpha, 1) || math.Abs(b.Tails(Counts{10, 100}).Low-0.58315551) > 1e-6 {
		t.Errorf("sites alike: %+v %v", b, b.Tails(Counts{10, 100}))
	}
	if b, ok := FitNegativeBinomial(alike); !ok || !math.IsInf(b.Theta, 1) || b.Shrunk(Counts{1, 10}) != 0.1 {
		t.Errorf("sites alike: %+v", b)
	}
}

func second[A, B any](_ A, b B) B { return b }
