package stat

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tables of R's own functions on the clindata and CDISC pilot studies: MASS::glm.nb, lme4::lmer, an ML fit of the
// beta-binomial by optim, chisq.test, ks.test, wilcox.test, mahalanobis, p.adjust, simaerep.

func value(rows []row, param string) float64 {
	for _, r := range rows {
		if r["param"] == param {
			return r.f("value")
		}
	}
	return math.NaN()
}

func TestBetaBinomialIsThatOfR(t *testing.T) {
	t.Parallel()
	fit := table(t, "csm/betabinom_gsm_clindata_kri0006_fit.csv")
	rows := table(t, "csm/betabinom_gsm_clindata_kri0006_sites.csv")
	b, ok := FitBetaBinomial(slices.Values(sitesOf(rows)))
	if !ok {
		t.Fatal("no fit")
	}
	same(t, "alpha", b.Alpha, value(fit, "alpha"), 1e-5)
	same(t, "beta", b.Beta, value(fit, "beta"), 1e-5)
	same(t, "mean", b.Mean, value(fit, "mean"), 1e-5)
	same(t, "rho", b.Overlap(), value(fit, "rho"), 1e-5)
	theirs := BetaBinomial{Alpha: value(fit, "alpha"), Beta: value(fit, "beta"), Mean: value(fit, "mean")}
	var ps []float64
	for _, r := range rows {
		tails := theirs.Tails(r.counts())
		same(t, r["GroupID"]+" low", tails.Low, r.f("p_low"), 1e-9)
		same(t, r["GroupID"]+" high", tails.High, r.f("p_high"), 1e-9)
		ps = append(ps, tails.TwoSided())
		ours := b.Tails(r.counts())
		same(t, r["GroupID"]+" low by our own fit", ours.Low, r.f("p_low"), 1e-5)
	}
	for i, q := range BenjaminiHochberg(ps) {
		same(t, rows[i]["GroupID"]+" BH", q, rows[i].f("p_BH"), 1e-9)
	}
}

func TestNegativeBinomialIsThatOfR(t *testing.T) {
	t.Parallel()
	fit := table(t, "csm/negbinom_gsm_clindata_kri0001_fit.csv")
	rows := table(t, "csm/negbinom_gsm_clindata_kri0001_sites.csv")
	b, ok := FitNegativeBinomial(slices.Values(sitesOf(rows)))
	if !ok {
		t.Fatal("no fit")
	}
	same(t, "log rate", math.Log(b.Rate), value(fit, "log_rate"), 1e-5)
	same(t, "theta", b.Theta, value(fit, "theta"), 1e-5)
	theirs := NegativeBinomial{Rate: math.Exp(value(fit, "log_rate")), Theta: value(fit, "theta")}
	var ps []float64
	for _, r := range rows {
		tails := theirs.Tails(r.counts())
		same(t, r["GroupID"]+" expected", theirs.Expected(r.counts()), r.f("expected"), 1e-9)
		same(t, r["GroupID"]+" low", tails.Low, r.f("p_low"), 1e-9)
		same(t, r["GroupID"]+" high", tails.High, r.f("p_high"), 1e-9)
		same(t, r["GroupID"]+" shrunk", theirs.Shrunk(r.counts()), r.f("eb_rate"), 1e-9)
		ps = append(ps, tails.TwoSided())
	}
	for i, q := range BenjaminiHochberg(ps) {
		same(t, rows[i]["GroupID"]+" BH", q, rows[i].f("p_BH"), 1e-9)
	}
}

func TestMixedModelIsThatOfLme4(t *testing.T) {
	t.Parallel()
	values := map[string][]float64{}
	for _, r := range table(t, "csm/lmm_hemoglobin_input.csv") {
		values[r["invid"]] = append(values[r["invid"]], r.f("value"))
	}
	for scale, of := range map[string]func(float64) float64{"raw": func(x float64) float64 { return x }, "log": math.Log} {
		sites := map[string]Moments{}
		for id, v := range values {
			var m Moments
			for _, x := range v {
				m.Add(of(x))
			}
			sites[id] = m
		}
		fit := table(t, "csm/lmm_hemoglobin_"+scale+"_fit.csv")
		m, ok := FitMixed(slices.Collect(maps.Values(sites)))
		if !ok {
			t.Fatal("no fit")
		}
		same(t, scale+" mean", m.Mean, value(fit, "mu"), 1e-7)
		same(t, scale+" error", m.MeanError, value(fit, "se_mu"), 1e-5)
		same(t, scale+" between", m.Between, value(fit, "var_site"), 1e-5)
		same(t, scale+" within", m.Within, value(fit, "var_resid"), 1e-5)
		same(t, scale+" likelihood", m.LogLikelihood, value(fit, "logLik_REML"), 1e-9)
		for _, r := range table(t, "csm/lmm_hemoglobin_"+scale+"_sites.csv") {
			e, at := m.Effect(sites[r["invid"]]), scale+" "+r["invid"]+" "
			same(t, at+"z", e.Z, r.f("z"), 1e-5)
			same(t, at+"fixed", e.Fixed, r.f("z_fixed"), 1e-5)
			same(t, at+"blup", e.Deviation, r.f("blup"), 1e-5)
			same(t, at+"condvar", e.Variance, r.f("condvar"), 1e-5)
			same(t, at+"p", e.P, r.f("p"), 1e-4)
		}
	}
}

// What sites differ by is found by both fits; three odd sites of forty widen one of them and not the other.
func TestAFewOddSitesDoNotWidenWhatTheOthersAreJudgedBy(t *testing.T) {
	t.Parallel()
	const between, within = 4.0, 25.0
	var kind, robust, widened Moments // of the estimates of Between
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 12))
		var sites []Moments
		for range 40 {
			var m Moments
			level := 100 + math.Sqrt(between)*r.NormFloat64()
			for range 1 + r.IntN(30) {
				m.Add(level + math.Sqrt(within)*r.NormFloat64())
			}
			sites = append(sites, m)
		}
		m, ok := RobustMixed(sites)
		if !ok || math.Abs(m.Within/within-1) > 0.25 {
			t.Fatalf("seed %d: %+v", seed, m)
		}
		kind.Add(m.Between)
		for i := range 3 {
			sites[i].Mean += 20
		}
		m, _ = RobustMixed(sites)
		robust.Add(m.Between)
		w, _ := FitMixed(sites)
		widened.Add(w.Between)
	}
	if math.Abs(kind.Mean-between) > 0.5 || math.Abs(robust.Mean-between) > 1.5 {
		t.Errorf("sites differ by %v, found %v, with odd ones %v", between, kind.Mean, robust.Mean)
	}
	if widened.Mean < 5*between { // the control: the odd ones would be seen otherwise
		t.Errorf("the likelihood finds %v", widened.Mean)
	}
}

func TestDigitsAndWeekdaysAreThoseOfR(t *testing.T) {
	t.Parallel()
	digits, whole := map[string]map[string]*Digits{}, map[string]*Digits{}
	for _, r := range table(t, "csm/cdiscpilot_vs_input.csv") {
		test := r["VSTESTCD"]
		if digits[test] == nil {
			digits[test], whole[test] = map[string]*Digits{}, new(Digits)
		}
		if digits[test][r["SITEID"]] == nil {
			digits[test][r["SITEID"]] = new(Digits)
		}
		if x := r.f("VSORRES"); !math.IsNaN(x) {
			digits[test][r["SITEID"]].Add(x, 1, 1)
			whole[test].Add(x, 1, 1)
		}
	}
	for _, r := range table(t, "csm/cdiscpilot_digit_preference.csv") {
		at := r["test"] + " " + r["SITEID"] + " "
		site, rest := *digits[r["test"]][r["SITEID"]], *whole[r["test"]]
		for i := range site {
			if float64(site[i]) != r.f("d"+strconv.Itoa(i)) {
				t.Errorf("%s digit %d: %d", at, i, site[i])
			}
			rest[i] -= site[i]
		}
		d := Compare(site[:], rest[:])
		same(t, at+"χ²", d.ChiSquare, r.f("chisq_vs_rest"), 1e-9)
		same(t, at+"V", d.V, r.f("cramers_v"), 1e-9)
		same(t, at+"p", d.P, r.f("p_vs_rest"), 1e-9)
		u := Uniform(site[:])
		same(t, at+"uniform χ²", u.ChiSquare, r.f("chisq_uniform"), 1e-9)
		same(t, at+"uniform p", u.P, r.f("p_uniform"), 1e-9)
	}
	days, all := map[string]Weekdays{}, Weekdays{}
	rows := table(t, "csm/cdiscpilot_weekday.csv")
	for _, r := range rows {
		var d Weekdays
		for i := range d {
			d[i] = int64(r.f("wday" + strconv.Itoa(i)))
			all[i] += d[i]
		}
		days[r["SITEID"]] = d
	}
	for _, r := range rows {
		site, rest := days[r["SITEID"]], all
		for i := range rest {
			rest[i] -= site[i]
		}
		d := Compare(site[:], rest[:])
		same(t, r["SITEID"]+" weekday χ²", d.ChiSquare, r.f("chisq"), 1e-9)
		same(t, r["SITEID"]+" weekday p", d.P, r.f("p"), 1e-9)
	}
}

func TestMahalanobisIsThatOfR(t *testing.T) {
	t.Parallel()
	rows := table(t, "csm/cdiscpilot_mahalanobis.csv")
	vector := func(r row) (x []float64) {
		for _, name := range []string{"DIABP", "PULSE", "SYSBP", "TEMP", "WEIGHT"} {
			x = append(x, r.f(name))
		}
		return x
	}
	c := NewCloud(5)
	for _, r := range rows {
		c.Add(vector(r), 1)
	}
	// Somebody comes and goes again.
	for _, sign := range []int{1, -1} {
		c.Add([]float64{70, 80, 120, 36, 60}, sign)
	}
	c.Add([]float64{70, math.NaN(), 120, 36, 60}, 1)
	lens, ok := c.Lens(0)
	if !ok {
		t.Fatal("singular")
	}
	for _, r := range rows {
		d2, outlier, inlier := lens.Distance(vector(r))
		same(t, r["USUBJID"]+" d²", d2, r.f("mahalanobis2"), 1e-9)
		same(t, r["USUBJID"]+" outlier", outlier, r.f("p_outlier"), 1e-9)
		same(t, r["USUBJID"]+" inlier", inlier, r.f("p_inlier"), 1e-9)
	}
	if _, ok := NewCloud(3).Lens(0.1); ok {
		t.Error("a cloud of nobody has a lens")
	}
}

func TestSeriesFeaturesAreThoseOfCtas(t *testing.T) {
	t.Parallel()
	type series struct{ test, position, point, subject string }
	values := map[series][]float64{}
	visits := map[series][]float64{}
	for _, r := range table(t, "csm/cdiscpilot_vs_input.csv") {
		if x := r.f("VSSTRESN"); !math.IsNaN(x) {
			k := series{r["VSTESTCD"], r["VSPOS"], r["VSTPT"], r["USUBJID"]}
			values[k], visits[k] = append(values[k], x), append(visits[k], r.f("VISITNUM"))
		}
	}
	checked := 0
	for _, r := range table(t, "csm/cdiscpilot_ctas_features.csv") {
		k := series{r["VSTESTCD"], r["VSPOS"], r["VSTPT"], r["USUBJID"]}
		if float64(len(values[k])) != r.f("n") {
			continue
		}
		order := make([]int, len(values[k]))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return sign(visits[k][a] - visits[k][b]) })
		var inOrder []float64
		for _, i := range order {
			inOrder = append(inOrder, values[k][i])
		}
		f, at := Features(inOrder), strings.Join([]string{k.test, k.point, k.subject}, " ")
		same(t, at+" average", f.Average, r.f("average"), 1e-9)
		same(t, at+" sd", f.SD, r.f("sd"), 1e-9)
		same(t, at+" range", f.Range, r.f("range"), 1e-9)
		same(t, at+" unique", f.UniqueShare, r.f("unique_share"), 1e-9)
		if want := r.f("autocorr"); !math.IsNaN(want) && math.Abs(want) > 1e-12 {
			same(t, at+" autocorrelation", f.Autocorrelation, want, 1e-9)
		}
		checked++
	}
	t.Logf("%d series", checked)
	if checked != 2286 {
		t.Error("not every series could be compared")
	}
}

func TestRankTestsAreThoseOfR(t *testing.T) {
	t.Parallel()
	numbersOf := func(s string) (all []float64) {
		for x := range strings.SplitSeq(s, ";") {
			v, err := strconv.ParseFloat(x, 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, v)
		}
		return all
	}
	for i, r := range table(t, "micro/ks_wilcox.csv") {
		a, b, at := numbersOf(r["a"]), numbersOf(r["b"]), "pair "+strconv.Itoa(i)+" "
		d, p := KolmogorovSmirnov(a, b)
		same(t, at+"D", d, r.f("D"), 1e-9)
		same(t, at+"p", p, r.f("p_ks"), 1e-9)
		w, p := RankSum(a, b)
		same(t, at+"W", w, r.f("W"), 1e-9)
		same(t, at+"p of W", p, r.f("p_wilcox"), 1e-9)
	}
}

func TestFeaturesAreComparedAsByR(t *testing.T) {
	t.Parallel()
	values := map[[2]string]map[string][]float64{}
	for _, r := range table(t, "csm/cdiscpilot_ctas_features.csv") {
		if r["VSPOS"] != "SUPINE" {
			continue
		}
		for _, feature := range []string{"average", "sd", "range", "unique_share", "autocorr"} {
			k := [2]string{r["VSTESTCD"], feature}
			if values[k] == nil {
				values[k] = map[string][]float64{}
			}
			if x := r.f(feature); !math.IsNaN(x) {
				values[k][r["SITEID"]] = append(values[k][r["SITEID"]], x)
			}
		}
	}
	byTest := map[[2]string][]row{}
	checked := 0
	for _, r := range table(t, "csm/cdiscpilot_ctas_ks.csv") {
		k := [2]string{r["test"], r["feature"]}
		site, rest := values[k][r["SITEID"]], []float64(nil)
		for other, v := range values[k] {
			if other != r["SITEID"] {
				rest = append(rest, v...)
			}
		}
		if float64(len(site)) != r.f("n_site") || float64(len(rest)) != r.f("n_rest") {
			continue // another position of the body
		}
		checked++
		byTest[k] = append(byTest[k], r)
		at := strings.Join([]string{r["test"], r["feature"], r["SITEID"]}, " ")
		d, p := KolmogorovSmirnov(site, rest)
		same(t, at+" D", d, r.f("D"), 1e-9)
		same(t, at+" p", p, r.f("p_asymptotic"), 1e-9)
		_, p = RankSum(site, rest)
		same(t, at+" p of ranks", p, r.f("wilcox_p"), 1e-9)
	}
	for k, rows := range byTest {
		var ps []float64
		for _, r := range rows {
			ps = append(ps, r.f("p_asymptotic"))
		}
		for i, q := range BenjaminiHochberg(ps) {
			same(t, strings.Join(k[:], " ")+" BH", q, rows[i].f("p_BH"), 1e-9)
		}
	}
	t.Logf("%d comparisons", checked)
}

func TestAdjustedProbabilitiesAreThoseOfR(t *testing.T) {
	t.Parallel()
	rows := table(t, "micro/padjust.csv")
	var p []float64
	for _, r := range rows {
		p = append(p, r.f("p"))
	}
	bh, by := BenjaminiHochberg(p), BenjaminiYekutieli(p)
	for i, r := range rows {
		same(t, "BH", bh[i], r.f("BH"), 1e-12)
		same(t, "BY", by[i], r.f("BY"), 1e-12)
	}
	if got := BenjaminiHochberg([]float64{0.01, math.NaN(), 0.02}); got[0] != 0.02 || !math.IsNaN(got[1]) {
		t.Errorf("what is no probability is counted as a test: %v", got)
	}
}

func TestDistributionsAreThoseOfR(t *testing.T) {
	t.Parallel()
	for _, r := range table(t, "micro/cdf_grid.csv") {
		c := Counts{int64(r.f("k")), 1000}
		rate := r.f("mu") / 1000
		same(t, "Poisson", NegativeBinomial{rate, math.Inf(1)}.Tails(c).Low, r.f("ppois"), 1e-12)
		same(t, "negative binomial", NegativeBinomial{rate, 2}.Tails(c).Low, r.f("pnbinom_th2"), 1e-12)
	}
}

func TestEventReportingIsTheLimitOfSimaerep(t *testing.T) {
	t.Parallel()
	courses, sites := map[string]Course{}, map[string]string{}
	for _, r := range table(t, "simaerep/sim_120pat_12site_visits.csv") {
		id, v := r["patient_id"], int(r.f("visit"))
		sites[id] = r["site_id"]
		for len(courses[id]) < v {
			courses[id] = append(courses[id], 0)
		}
		courses[id][v-1] = int(r.f("n_event"))
	}
	var pool Reporting
	bySite := map[string][]Course{}
	for id, c := range courses {
		pool.Add(c)
		bySite[sites[id]] = append(bySite[sites[id]], c)
	}
	pool.Add(Course{1, 2, 3})
	pool.Remove(Course{1, 2, 3})
	rows := table(t, "simaerep/sim_120pat_12site_exact.csv")
	var all []Reported
	for _, r := range rows {
		got, at := pool.ReportedBy(bySite[r["site_id"]]), r["site_id"]+" "
		all = append(all, got)
		if float64(got.Events) != r.f("event_count") || float64(got.Subjects) != r.f("n_pat") || float64(got.Visits) != r.f("visits") {
			t.Errorf("%s: %+v", at, got)
		}
		same(t, at+"expected", got.Expected, r.f("expected"), 1e-12)
		same(t, at+"variance", got.Variance, r.f("var"), 1e-12)
		same(t, at+"at most", got.AtMost, r.f("prob_le"), 1e-12)
		same(t, at+"at least", got.AtLeast, r.f("prob_ge"), 1e-12)
		same(t, at+"more", got.More, r.f("prob_gr"), 1e-12)
		same(t, at+"fewer", got.Fewer, r.f("prob_lt"), 1e-12)
		same(t, at+"score", got.Score(), r.f("event_prob_no_mult_exact"), 1e-12)
	}
	for i, score := range ReportingScores(all) {
		same(t, rows[i]["site_id"]+" corrected score", score, rows[i].f("event_prob_exact"), 1e-12)
	}
	// The bootstrap of 20,000 draws is within its own error of the limit.
	for i, r := range table(t, "simaerep/sim_120pat_12site_simaerep_r20000.csv") {
		p := all[i].AtMost
		if sd := math.Sqrt(max(p*(1-p), 1e-9) / 20000); math.Abs(1-r.f("event_prob_gr")-p) > 5*sd+1e-9 {
			t.Errorf("%s: at most %v, the bootstrap has %v", r["site_id"], p, 1-r.f("event_prob_gr"))
		}
	}
	if got := pool.ReportedBy(nil); got.Events != 0 || got.AtMost != 1 || got.AtLeast != 1 {
		t.Errorf("a site of nobody: %+v", got)
	}
}
