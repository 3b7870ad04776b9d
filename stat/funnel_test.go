package stat

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// batch is the definition of gsm.core, φ = (1/m) Σ (n/d-μ)²/(V/d), in exact fractions: the control for the
// constant-time form.
func batch(kind Kind, sites []Counts) Funnel {
	f := Funnel{Kind: kind, Mean: math.NaN()}
	var n int64
	for _, c := range sites {
		if c.Den > 0 {
			n, f.Den, f.Sites = n+c.Num, f.Den+c.Den, f.Sites+1
		}
	}
	if f.Den == 0 {
		return f
	}
	mean := big.NewRat(n, f.Den)
	f.Mean, _ = mean.Float64()
	unit := new(big.Rat).Set(mean)
	if kind == Proportion {
		unit.Mul(unit, new(big.Rat).Sub(big.NewRat(1, 1), mean))
	}
	if unit.Sign() == 0 {
		return f
	}
	sum := new(big.Rat)
	for _, c := range sites {
		if c.Den > 0 {
			off := new(big.Rat).Sub(big.NewRat(c.Num, c.Den), mean)
			off.Mul(off, off)
			sum.Add(sum, off.Mul(off, big.NewRat(c.Den, 1)))
		}
	}
	f.Factor, _ = sum.Quo(sum, unit.Mul(unit, big.NewRat(int64(f.Sites), 1))).Float64()
	return f
}

// drawCounts makes entry errors too: now and then a site is a million times too large, and corrected later.
func drawCounts(t *rapid.T, kind Kind) Counts {
	den := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(1, 2_000), rapid.Int64Range(1, 2_000_000_000)).Draw(t, "den")
	if kind == Proportion {
		return Counts{rapid.Int64Range(0, den).Draw(t, "num"), den}
	}
	return Counts{rapid.Int64Range(0, 1+den/10).Draw(t, "num"), den}
}

func TestStreamingEqualsBatch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Rate, Proportion}).Draw(t, "kind")
		sites := make([]Counts, rapid.IntRange(1, 12).Draw(t, "sites"))
		o := Overdispersion{Kind: kind}
		for range rapid.IntRange(1, 60).Draw(t, "updates") {
			i := rapid.IntRange(0, len(sites)-1).Draw(t, "site")
			now := drawCounts(t, kind)
			o.Update(sites[i], now)
			sites[i] = now
		}
		got, want := o.Funnel(), batch(kind, sites)
		if got.Sites != want.Sites || got.Den != want.Den || !near(got.Mean, want.Mean, 1e-15) {
			t.Fatalf("streaming %+v, batch %+v", got, want)
		}
		if !near(got.Factor, want.Factor, 1e-12) && math.Abs(got.Factor-want.Factor) > 1e-15 {
			t.Fatalf("factor: streaming %.17g, batch %.17g", got.Factor, want.Factor)
		}
	})
}

// A site whose exposure was mistyped by a factor of a billion leaves no trace once it is corrected: this is what the
// 106 bits are for. The control, the same sum in a float64, does not come back.
func TestACorrectedErrorLeavesNoTrace(t *testing.T) {
	t.Parallel()
	sites := []Counts{{12, 2_310}, {40, 2_104}, {31, 1_988}, {38, 2_251}}
	before := Of(Rate, slices.Values(sites))
	after, control := before, 0.0
	for _, c := range sites {
		control += float64(c.Num) * float64(c.Num) / float64(c.Den)
	}
	clean := control
	wrong := Counts{7_000_000_000, 999}
	after.Update(sites[0], wrong)
	after.Update(wrong, sites[0])
	control += -squareOver(sites[0]).hi + squareOver(wrong).hi
	control += -squareOver(wrong).hi + squareOver(sites[0]).hi
	if got, want := after.Funnel().Factor, before.Funnel().Factor; !near(got, want, 1e-14) {
		t.Errorf("factor %.17g after the correction, %.17g before", got, want)
	}
	if near(control, clean, 1e-12) {
		t.Error("the control in 53 bits came back too: this test shows nothing")
	}
}

func TestManyUpdatesDoNotDrift(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	sites := make([]Counts, 300)
	o := Overdispersion{Kind: Rate}
	for range 2_000_000 {
		i := r.IntN(len(sites))
		now := Counts{sites[i].Num + r.Int64N(2), sites[i].Den + 1 + r.Int64N(20)}
		o.Update(sites[i], now)
		sites[i] = now
	}
	got, want := o.Funnel(), batch(Rate, sites)
	if !near(got.Factor, want.Factor, 1e-12) {
		t.Errorf("after 2,000,000 updates the factor is %.17g, batch has %.17g", got.Factor, want.Factor)
	}
}

func TestScoresSumToTheNumberOfSitesAndKeepTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Rate, Proportion}).Draw(t, "kind")
		sites := make([]Counts, rapid.IntRange(2, 12).Draw(t, "sites"))
		for i := range sites {
			den := rapid.Int64Range(1, 5_000).Draw(t, "den")
			sites[i] = Counts{rapid.Int64Range(0, den).Draw(t, "num"), den}
		}
		f := Of(kind, slices.Values(sites)).Funnel()
		if f.Factor == 0 {
			t.Skip("all sites are alike")
		}
		squares := 0.0
		for _, c := range sites {
			z := f.Score(c)
			squares += z * z
			if math.Abs(z) > f.Limit(c)+1e-6 {
				t.Fatalf("score %v of %v passes the limit %v", z, c, f.Limit(c))
			}
		}
		if !near(squares, float64(len(sites)), 1e-6) {
			t.Fatalf("the squared scores of %d sites sum to %v", len(sites), squares)
		}
	})
}

func TestTooFewSitesAreNotAssessable(t *testing.T) {
	t.Parallel()
	cuts := Cuts{[]float64{-3, -2, 2, 3}, []int{-2, -1, 0, 1, 2}}
	equal := func(m int) float64 {
		sites := slices.Repeat([]Counts{{10, 1_000}}, m)
		return Of(Rate, slices.Values(sites)).Funnel().Limit(sites[0])
	}
	for m, want := range map[int]bool{3: false, 4: false, 5: true, 10: true} {
		if got := cuts.Assessable(equal(m)); got != want {
			t.Errorf("%d equal sites, limit %v: assessable %v", m, equal(m), got)
		}
	}
	if equal(9) >= 3 || equal(10) < 3 {
		t.Errorf("a score of 3 should become possible with ten equal sites: limits %v and %v", equal(9), equal(10))
	}
}

func TestWhatIsNotThereCountsNowhere(t *testing.T) {
	t.Parallel()
	with := Of(Rate, slices.Values([]Counts{{3, 100}, {5, 0}, {9, 120}})).Funnel()
	without := Of(Rate, slices.Values([]Counts{{3, 100}, {9, 120}})).Funnel()
	if with != without {
		t.Errorf("a site without exposure changed the funnel: %+v, %+v", with, without)
	}
	if !math.IsNaN(with.Score(Counts{5, 0})) {
		t.Error("a site without exposure has a score")
	}
	empty := Overdispersion{Kind: Rate}.Funnel()
	lines := empty.Bounds([]float64{2}, slices.Values([]Counts{}))
	if !math.IsNaN(empty.Mean) || empty.Limit(Counts{}) != 0 || len(lines) != 0 {
		t.Errorf("no sites: %+v", empty)
	}
}

func TestIdentityIndicatorsAreTheirOwnScore(t *testing.T) {
	t.Parallel()
	c := Counts{17, 20}
	if got := (Funnel{Kind: Value}).Score(c); got != 0.85 {
		t.Errorf("compliance scores %v", got)
	}
	if got := (Funnel{Kind: Number}).Score(c); got != 17 {
		t.Errorf("a number scores %v", got)
	}
	cuts := Cuts{[]float64{0.85, 0.9}, []int{-2, -1, 0}} // kri0013
	if flag, ok := cuts.Flag(0.85); !ok || flag != -1 || !cuts.Assessable(Funnel{Kind: Value}.Limit(c)) {
		t.Errorf("a compliance of 0.85 has flag %d", flag)
	}
}

func TestToleranceLimitOfTheStudy(t *testing.T) {
	t.Parallel()
	discontinued := Tolerance{Expected: 0.07, Errors: 3}
	for _, c := range []struct {
		counts Counts
		flag   int
		ok     bool
	}{
		{Counts{6, 100}, 0, true}, {Counts{7, 100}, 1, true}, {Counts{14, 100}, 1, true},
		{Counts{15, 100}, 2, true}, {Counts{}, 0, false},
	} {
		z, flag, ok := discontinued.Assess(c.counts)
		if flag != c.flag || ok != c.ok || ok != !math.IsNaN(z) {
			t.Errorf("%v discontinued: z %v, flag %d, %v", c.counts, z, flag, ok)
		}
	}
	if z, _, _ := discontinued.Assess(Counts{14, 100}); !near(z, 0.07/math.Sqrt(0.07*0.93/100), 1e-12) {
		t.Errorf("z is %v", z)
	}
}

func BenchmarkUpdateAndScore(b *testing.B) {
	sites := randomSites(300)
	o := Of(Rate, slices.Values(sites))
	b.ReportAllocs()
	sum := 0.0
	i := 0
	for b.Loop() {
		i = (i + 1) % len(sites)
		now := Counts{sites[i].Num + 1, sites[i].Den + 14}
		o.Update(sites[i], now)
		sites[i] = now
		sum += o.Funnel().Score(now)
	}
	if sum == 0 {
		b.Fatal("nothing was scored")
	}
}

func BenchmarkRescore300Sites(b *testing.B) {
	sites := randomSites(300)
	f := Of(Rate, slices.Values(sites)).Funnel()
	b.ReportAllocs()
	sum := 0.0
	for b.Loop() {
		for _, c := range sites {
			sum += f.Score(c)
		}
	}
	if sum == 0 {
		b.Fatal("nothing was scored")
	}
}

func randomSites(n int) []Counts {
	r := rand.New(rand.NewPCG(3, 4))
	sites := make([]Counts, n)
	for i := range sites {
		sites[i] = Counts{1 + r.Int64N(30), 100 + r.Int64N(300)}
	}
	return sites
}
