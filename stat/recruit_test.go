package stat_test

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"casebook/stat"

	"gonum.org/v1/gonum/stat/distuv"
)

// counts are what the sites have done.
func counts(sites []stat.Recruiting) iter.Seq[stat.Counts] {
	return func(yield func(stat.Counts) bool) {
		for _, s := range sites {
			if !yield(s.Counts) {
				return
			}
		}
	}
}

func forecast(t *testing.T, sites []stat.Recruiting) (stat.Recruitment, stat.NegativeBinomial) {
	t.Helper()
	prior, _ := stat.FitNegativeBinomial(counts(sites))
	r, ok := stat.NewRecruitment(prior, sites)
	if !ok {
		t.Fatal("there is no forecast")
	}
	return r, prior
}

// simulate draws the mean of the sites' rates as far as it is in doubt, the rates from what they are given their counts,
// lets each site enrol one subject after another, and returns when need are there: what the formula says without it.
func simulate(prior stat.NegativeBinomial, sites []stat.Recruiting, need, times int, chance *rand.Rand) []float64 {
	information := 0.0
	for _, s := range sites {
		mean := prior.Rate * float64(s.Den)
		information += float64(s.Den) * float64(s.Den) / (mean + mean*mean/prior.Theta + 1e-300)
	}
	reached := make([]float64, times)
	for i := range reached {
		var all []float64
		shape := prior.Rate * prior.Rate * information
		prior := stat.NegativeBinomial{Theta: prior.Theta, Rate: distuv.Gamma{Alpha: shape, Beta: shape / prior.Rate, Src: chance}.Rand()}
		for _, s := range sites {
			rate := distuv.Gamma{Alpha: prior.Theta + float64(s.Num), Beta: prior.Theta/prior.Rate + float64(s.Den), Src: chance}.Rand()
			at := s.Opens
			for range need {
				at += chance.ExpFloat64() / rate
				all = append(all, at)
			}
		}
		slices.Sort(all)
		reached[i] = all[need-1]
	}
	slices.Sort(reached)
	return reached
}

func TestTheForecastIsWhatASimulationGives(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(2007, 26))
	for _, c := range []struct {
		name  string
		need  int
		sites []stat.Recruiting
	}{
		{"one site", 12, []stat.Recruiting{{Counts: stat.Counts{Num: 9, Den: 120}}}},
		{"sites that differ", 60, []stat.Recruiting{{Counts: stat.Counts{Num: 30, Den: 200}}, {Counts: stat.Counts{Num: 2, Den: 180}},
			{Counts: stat.Counts{Num: 11, Den: 90}}, {Counts: stat.Counts{Num: 0, Den: 60}}, {Counts: stat.Counts{Num: 5, Den: 150}}}},
		{"sites that open later", 40, []stat.Recruiting{{Counts: stat.Counts{Num: 14, Den: 200}}, {Counts: stat.Counts{Num: 3, Den: 150}}, {Opens: 30}, {Opens: 75}}},
	} {
		r, prior := forecast(t, c.sites)
		prior.Theta = min(prior.Theta, 100)
		reached := simulate(prior, c.sites, c.need, 8_000, chance)
		for _, p := range []float64{0.1, 0.5, 0.9} {
			got, ok := r.Days(c.need, p)
			want := reached[int(p*float64(len(reached)))]
			if !ok || math.Abs(got-want) > 0.06*want {
				t.Errorf("%s: with probability %v in %.1f days, simulated %.1f", c.name, p, got, want)
			}
		}
	}
}

// Trials that go on as the model says reach their target within the interval as often as it says; the control forgets
// that sites differ, and is within it far too rarely.
func TestTheIntervalHoldsAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	const trials, sites, need, alpha, beta = 600, 20, 200, 1.2, 40.0
	held, control := 0, 0
	for range trials {
		rates, all := make([]float64, sites), make([]stat.Recruiting, sites)
		for i := range all {
			rates[i] = distuv.Gamma{Alpha: alpha, Beta: beta, Src: chance}.Rand()
			all[i].Den = int64(20 + chance.IntN(60))
			all[i].Num = int64(distuv.Poisson{Lambda: rates[i] * float64(all[i].Den), Src: chance}.Rand())
		}
		truth := 0.0
		total := 0.0
		for _, rate := range rates {
			total += rate
		}
		for range need {
			truth += chance.ExpFloat64() / total
		}
		prior, ok := stat.FitNegativeBinomial(counts(all))
		if !ok {
			continue
		}
		within := func(r stat.Recruitment) bool {
			low, _ := r.Days(need, 0.1)
			high, _ := r.Days(need, 0.9)
			return low <= truth && truth <= high
		}
		r, _ := stat.NewRecruitment(prior, all)
		if within(r) {
			held++
		}
		pooled := make([]stat.Recruiting, 1)
		for _, s := range all {
			pooled[0].Num += s.Num * 1000
			pooled[0].Den += s.Den * 1000 / sites
		}
		certain, _ := stat.NewRecruitment(stat.NegativeBinomial{Rate: pooled[0].Metric(), Theta: math.Inf(1)}, pooled)
		if within(certain) {
			control++
		}
	}
	if share := float64(held) / trials; share < 0.74 || share > 0.86 {
		t.Errorf("an interval of 80 %% held in %.0f %% of the trials", 100*share)
	}
	if share := float64(control) / trials; share > 0.7 {
		t.Errorf("the control, certain of one rate, held in %.0f %%", 100*share)
	}
}

func TestAForecastKnowsItsEnds(t *testing.T) {
	t.Parallel()
	r, _ := forecast(t, []stat.Recruiting{{Counts: stat.Counts{Num: 4, Den: 100}}, {Counts: stat.Counts{Num: 6, Den: 100}}})
	if days, ok := r.Days(0, 0.9); !ok || days > 0.01 {
		t.Errorf("nothing more is needed: in %v days", days)
	}
	if _, ok := r.Days(100_000, 0.5); ok {
		t.Error("a target beyond the horizon has a date")
	}
	if got := r.Expected(100); math.Abs(got-10) > 1 {
		t.Errorf("%v subjects in a hundred days", got)
	}
	if _, ok := stat.NewRecruitment(stat.NegativeBinomial{Rate: math.NaN()}, nil); ok {
		t.Error("nothing was enrolled, and there is a forecast")
	}
}
