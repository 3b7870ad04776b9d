package monitor

import (
	"fmt"
	"math"
	"strconv"

	"casebook/i18n"
	"casebook/odm"
	"casebook/stat"
)

// explain says in words what a score means, in every language. It tells numbers and possibilities, never a verdict.
func (t *Table) explain(r Row) odm.Text {
	in := t.Indicator
	if r.Detected != nil {
		return t.told(r)
	}
	code, also := "monitor.signal.back", odm.Text(nil)
	switch {
	case r.Flag != 0 && in.Method == methodIdentity:
		code, also = "monitor.signal.value", in.Words.High
	case r.Flag < 0:
		code, also = "monitor.signal.low", in.Words.Low
	case r.Flag > 0:
		code, also = "monitor.signal.high", in.Words.High
	}
	expected := number(math.Round(t.expected(r.Counts)))
	text := odm.Text{}
	for _, lang := range [...]string{i18n.Chinese, i18n.English} {
		what := in.Words.Many
		if r.Counts.Num == 1 {
			what = in.Words.One
		}
		has := in.Words.Has.In(lang)
		if has == "" {
			has = i18n.Text("monitor.has", lang)
		}
		text[lang] = i18n.Text(code, lang, r.label(lang), number(float64(r.Counts.Num)), what.In(lang), number(float64(r.Counts.Den)),
			expected, t.Funnel.Sites, rarity(t.Funnel, r, lang), also.In(lang), in.Words.Per.In(lang), has)
	}
	return text
}

// label is the site as people call it.
func (r Row) label(lang string) string {
	name := r.Name.In(lang)
	switch {
	case name == "":
		return string(r.Site)
	case lang == i18n.Chinese:
		return string(r.Site) + " " + name
	}
	return fmt.Sprintf("%s (%s)", r.Site, name)
}

// rarity says how rarely chance alone would put a site this far from the others.
func rarity(f stat.Funnel, r Row, lang string) string {
	p := max(chance(r.Score, r.Limit, f.Sites), chanceOfCounts(r.Score, r.Limit, f))
	switch {
	case math.IsNaN(p):
		return i18n.Text("monitor.rarity.unknown", lang)
	case p < 1e-6:
		return i18n.Text("monitor.rarity.least", lang, number(1e6))
	}
	n := 1 / p
	if n >= 100 { // two digits are all that such a number deserves
		unit := math.Pow(10, math.Floor(math.Log10(n))-1)
		n = math.Round(n/unit) * unit
	}
	return i18n.Text("monitor.rarity.about", lang, number(math.Round(n)))
}

// chance is the probability that a site's score is at least as far from 0 as score when sites scatter by chance alone,
// by as much as they do. The score is an internally studentised residual: (score/limit)² has the distribution
// Beta(1/2, (m-2)/2) for m sites (W. R. Thompson, On a criterion for the rejection of observations, 1935; R. D. Cook and
// S. Weisberg, Residuals and Influence in Regression, 1982, 2.2.1), so that t = score·sqrt((m-2)/(limit²-score²)) is
// Student's with m-2 degrees of freedom. With fewer than three sites it is NaN.
func chance(score, limit float64, sites int) float64 {
	if sites < 3 || math.IsNaN(score) || limit <= 0 {
		return math.NaN()
	}
	rest := limit*limit - score*score
	if rest <= 0 {
		return 0
	}
	return max(0, 1-within(math.Abs(score)/math.Sqrt(rest), sites-2))
}

// chanceOfCounts is the same probability when nothing scatters but the counts themselves, as Poisson's law has it. Sites
// that happen to be more alike than counts can be would make chance too small, so the larger of the two is told. The
// variance of one site's score, its own count being part of the mean, is limit²/m.
func chanceOfCounts(score, limit float64, f stat.Funnel) float64 {
	plain := score * math.Sqrt(f.Factor) // as if the factor were 1
	return math.Erfc(math.Abs(plain) * math.Sqrt(float64(f.Sites)) / limit / math.Sqrt2)
}

// within is the probability that Student's t with n degrees of freedom is less than tangent·sqrt(n) away from 0
// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
func within(tangent float64, n int) float64 {
	theta := math.Atan(tangent)
	cosine2 := 1 / (1 + tangent*tangent)
	sine := tangent * math.Sqrt(cosine2)
	sum, term := 0.0, 1.0
	for k := 1 + n%2; k < n; k += 2 { // 1 + 1/2 cos² + (1·3)/(2·4) cos⁴ … for even n, 1 + 2/3 cos² + (2·4)/(3·5) cos⁴ … for odd
		sum += term
		term *= float64(k) / float64(k+1) * cosine2
	}
	if n%2 == 1 {
		return 2 / math.Pi * (theta + sine*math.Sqrt(cosine2)*sum)
	}
	return sine * sum
}

// number writes a whole number with commas, which both languages read.
func number(x float64) string {
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// formula is the score with its numbers, to be computed again by hand.
func (t *Table) formula(r Row) string {
	if r.Detected != nil {
		return r.Detected.formula(t.Indicator.Method, r.Score)
	}
	n, d, f := r.Counts.Num, r.Counts.Den, t.Funnel
	switch t.Indicator.kind() {
	case stat.Rate:
		return fmt.Sprintf("z = (%d/%d − %.6g) / √(%.4g · %.6g / %d) = %.3f", n, d, f.Mean, f.Factor, f.Mean, d, r.Score)
	case stat.Proportion:
		return fmt.Sprintf("z = (%d/%d − %.6g) / √(%.4g · %.6g · (1 − %.6g) / %d) = %.3f", n, d, f.Mean, f.Factor, f.Mean, f.Mean, d, r.Score)
	case stat.Number:
		return fmt.Sprintf("%d", n)
	default:
		return fmt.Sprintf("%d/%d = %.4f", n, d, r.Score)
	}
}
