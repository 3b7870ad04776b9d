package monitor

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"casebook/i18n"
	"casebook/odm"
	"casebook/stat"
)

// The tables of Student's t: two-sided 5 % and 0.1 %.
func TestChanceIsStudents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		freedom int
		t, p    float64
	}{{1, 12.7062047362, 0.05}, {2, 4.3026527297, 0.05}, {3, 3.1824463053, 0.05}, {6, 2.4469118511, 0.05}, {7, 2.3646242516, 0.05},
		{30, 2.0422724563, 0.05}, {298, 1.9679565, 0.05}, {1, 636.6192488, 0.001}, {2, 31.599054577, 0.001}, {6, 5.9588161788, 0.001}} {
		// A score of which t = score·sqrt(n/(limit²-score²)).
		limit := 2.5
		score := limit * c.t / math.Sqrt(float64(c.freedom)+c.t*c.t)
		if p := chance(-score, limit, c.freedom+2); math.Abs(p-c.p) > 1e-8 {
			t.Errorf("t %v with %d degrees of freedom: %v, the table says %v", c.t, c.freedom, p, c.p)
		}
	}
	if p := chance(2, 2, 8); p != 0 {
		t.Errorf("at the limit: %v", p)
	}
	if !math.IsNaN(chance(1, 1.2, 2)) || !math.IsNaN(chance(math.NaN(), 2, 8)) {
		t.Error("two sites, or no score, have a chance")
	}
}

// Sites that scatter by chance alone pass a score as often as chance says, whatever their sizes.
func TestChanceIsHowOftenItHappens(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const rounds, sites = 20_000, 8
	expected, happened := 0.0, 0
	for range rounds {
		var all []stat.Counts
		for i := range sites {
			d := 1000 * float64(2+i)
			metric := 1 + 3*r.NormFloat64()/math.Sqrt(d)
			all = append(all, stat.Counts{Num: int64(math.Round(metric * d * 1e6)), Den: int64(d * 1e6)})
		}
		f := stat.Of(stat.Rate, func(yield func(stat.Counts) bool) {
			for _, c := range all {
				if !yield(c) {
					return
				}
			}
		}).Funnel()
		const far = 2.0
		expected += chance(far, f.Limit(all[3]), sites)
		if math.Abs(f.Score(all[3])) >= far {
			happened++
		}
	}
	sd := math.Sqrt(expected * (1 - expected/rounds))
	if math.Abs(float64(happened)-expected) > 4*sd {
		t.Errorf("it happened %d times, %v were expected (sd %v)", happened, expected, sd)
	}
}

func TestWhatIsSaidOfASite(t *testing.T) {
	t.Parallel()
	_, in := newCatalogue(Indicators()).find("kri0001")
	table := &Table{Indicator: in, Funnel: stat.Funnel{Kind: stat.Rate, Mean: 0.02, Factor: 6, Sites: 8}}
	few := Row{Site: "07", Name: odm.Text{"en": "Linyan", "zh-CN": "临砚"}, Counts: stat.Counts{Num: 1, Den: 2310}, Score: -2.4, Limit: 2.64, Flag: -2}
	says := table.explain(few)
	for lang, want := range map[string][]string{
		i18n.English: {"Site 07 (Linyan) has reported 1 adverse event in 2,310 days on study, where about 46 were expected", "atypically few", "about 1 in "},
		i18n.Chinese: {"中心 07 临砚 ", "2,310 天", "1 例不良事件", "约应有 46", "偏少"},
	} {
		for _, part := range want {
			if !strings.Contains(says[lang], part) {
				t.Errorf("%q is not said: %s", part, says[lang])
			}
		}
	}
	many := Row{Site: "01", Counts: stat.Counts{Num: 90, Den: 2310}, Score: 2.64, Limit: 2.64, Flag: 1}
	if en := table.explain(many)["en"]; !strings.HasPrefix(en, "Site 01 has reported 90 adverse events") || !strings.Contains(en, "less than 1 in 1,000,000") {
		t.Error(en)
	}
	few.Score, few.Flag = -0.3, 0
	if en := table.explain(few)["en"]; !strings.Contains(en, "no longer atypical") || strings.Contains(en, "1 in") {
		t.Error(en)
	}
	table.Funnel.Factor = 0.9 // sites more alike than counts can be: Student alone would say less than 1 in 1,000,000
	if en := table.explain(many)["en"]; !strings.Contains(en, "about 1 in 140.") {
		t.Error(en)
	}
	table.Funnel.Sites = 2
	if en := table.explain(many)["en"]; !strings.Contains(en, "too few sites") {
		t.Error(en)
	}
}

func TestNumbersAreWrittenWithCommas(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := number(x); got != want {
			t.Errorf("%v is written %s", x, got)
		}
	}
}
