package stat

import (
	"iter"
	"math"
	"slices"
)

// Poisson is the model log E[Num] = Intercept + Slope·log Den of gsm.core Analyze_Poisson. There the slope was meant to
// be 1, an offset; the call that should fix it does not, so gsm fits it. FitPoisson fits it too, FixPoisson keeps the
// offset that was meant.
type Poisson struct {
	Intercept, Slope float64
}

// FixPoisson returns the model with the slope 1, in which the expected events are proportional to exposure. Its
// intercept is log(Σ Num/Σ Den) but for about 1e-9: like R's glm it stops there, so that residuals can be set beside
// R's. It is NaN without exposure, and -Inf without events.
func FixPoisson(sites iter.Seq[Counts]) Poisson {
	fit := pointsOf(sites)
	if len(fit) == 0 {
		return Poisson{Intercept: math.NaN(), Slope: 1}
	}
	if !slices.ContainsFunc(fit, func(s point) bool { return s.y > 0 }) {
		return Poisson{Intercept: math.Inf(-1), Slope: 1}
	}
	p, _ := iterate(fit, func(fit []point) Poisson {
		w, wz := 0.0, 0.0
		for _, s := range fit {
			w += s.mean
			wz += s.mean * (s.eta - s.x + (s.y-s.mean)/s.mean)
		}
		return Poisson{Intercept: wz / w, Slope: 1}
	})
	return p
}

// FitPoisson fits both coefficients to the sites that have a denominator. It starts and stops where R's glm does, since
// R itself stops short of the optimum by about 1e-7. ok is false without events, without two different denominators, or
// when R would not have converged either.
func FitPoisson(sites iter.Seq[Counts]) (p Poisson, ok bool) {
	fit := pointsOf(sites)
	if !estimable(fit) {
		return Poisson{}, false
	}
	return iterate(fit, regress)
}

// pointsOf are the sites that have a denominator, with R's first guess of what is expected of them.
func pointsOf(sites iter.Seq[Counts]) (fit []point) {
	for c := range sites {
		if c.Den > 0 {
			mean := float64(c.Num) + 0.1
			fit = append(fit, point{x: math.Log(float64(c.Den)), y: float64(c.Num), mean: mean, eta: math.Log(mean)})
		}
	}
	return fit
}

// iterate repeats a step of the fit until the deviance stands still, as R's glm.fit does.
func iterate(fit []point, step func([]point) Poisson) (p Poisson, ok bool) {
	old := devianceOf(fit)
	for range 25 {
		p = step(fit)
		for i := range fit {
			fit[i].eta = p.Intercept + p.Slope*fit[i].x
			fit[i].mean = math.Exp(fit[i].eta)
		}
		now := devianceOf(fit)
		if math.Abs(now-old)/(math.Abs(now)+0.1) < 1e-8 {
			return p, true
		}
		old = now
	}
	return p, false
}

// point is one site in the fit: log exposure, events, and what is expected of it so far.
type point struct {
	x, y, mean, eta float64
}

// estimable reports whether there are events, and two different exposures to see a slope between.
func estimable(fit []point) bool {
	events, slope := 0.0, false
	for _, s := range fit {
		events += s.y
		slope = slope || s.x != fit[0].x
	}
	return slope && events > 0
}

// regress is one step of iteratively reweighted least squares.
func regress(fit []point) Poisson {
	var w, wx, wxx, wz, wxz float64
	for _, s := range fit {
		z := s.eta + (s.y-s.mean)/s.mean
		w += s.mean
		wx += s.mean * s.x
		wxx += s.mean * s.x * s.x
		wz += s.mean * z
		wxz += s.mean * s.x * z
	}
	det := w*wxx - wx*wx
	return Poisson{Intercept: (wxx*wz - wx*wxz) / det, Slope: (w*wxz - wx*wz) / det}
}

func devianceOf(fit []point) float64 {
	sum := 0.0
	for _, s := range fit {
		sum += 2 * excess(s.y, s.mean)
	}
	return sum
}

// excess is y log(y/mean) - (y-mean), half the deviance of one count.
func excess(y, mean float64) float64 {
	if y == 0 {
		return mean
	}
	return y*math.Log(y/mean) - (y - mean)
}

// Expected returns how many events the model expects of a site.
func (p Poisson) Expected(c Counts) float64 {
	return math.Exp(p.Intercept + p.Slope*math.Log(float64(c.Den)))
}

// Score returns the site's deviance residual, gsm's score for this model; its thresholds there are ±5 and ±7. It is NaN
// without a denominator.
func (p Poisson) Score(c Counts) float64 {
	if c.Den <= 0 {
		return math.NaN()
	}
	y, mean := float64(c.Num), p.Expected(c)
	return math.Copysign(math.Sqrt(2*max(0, excess(y, mean))), y-mean)
}

// Bounds returns the numerators at which a site would have the score of each threshold and of 0, over the logarithms of
// the sites' denominators (gsm.core Analyze_Poisson_PredictBounds). Where no numerator is low enough, there is no point.
func (p Poisson) Bounds(thresholds []float64, sites iter.Seq[Counts]) []Bound {
	lines := append(slices.Clone(thresholds), 0)
	slices.Sort(lines)
	lines = slices.Compact(lines)
	lo, hi := math.Inf(1), math.Inf(-1)
	for c := range sites {
		if c.Den > 0 {
			x := math.Log(float64(c.Den))
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	grid := slices.Collect(span(lo, hi, 0.05))
	var bounds []Bound
	for _, t := range lines {
		for _, x := range grid {
			num := numeratorAt(t, math.Exp(p.Intercept+p.Slope*x))
			if !math.IsNaN(num) {
				den := math.Exp(x)
				bounds = append(bounds, Bound{Threshold: t, Den: den, Num: num, Metric: num / den})
			}
		}
	}
	return bounds
}

// numeratorAt solves for the count whose deviance residual against mean is t: with e = t²-2mean, the count is
// e/(2W(e/(2·2.71828…·mean))), on the branch W₀ above the mean and W₋₁ below it.
func numeratorAt(t, mean float64) float64 {
	if t == 0 {
		return mean
	}
	e := t*t - 2*mean
	w := e / (2 * math.E * mean)
	if t > 0 {
		return e / (2 * lambertUpper(w))
	}
	return e / (2 * lambertLower(w))
}

// lambertUpper is W₀, the solution of W·exp(W) = x with W >= -1; NaN for x < -1/e.
func lambertUpper(x float64) float64 {
	switch {
	case x < -1/math.E:
		return math.NaN()
	case x < -0.25:
		return halley(nearBranch(math.Sqrt(2*(math.E*x+1))), x)
	case x > 1:
		return halley(math.Log(x), x)
	}
	return halley(x, x)
}

// lambertLower is W₋₁, the solution with W <= -1; NaN for x < -1/e and for x >= 0, where there is none.
func lambertLower(x float64) float64 {
	switch {
	case x < -1/math.E || x >= 0:
		return math.NaN()
	case x < -0.25:
		return halley(nearBranch(-math.Sqrt(2*(math.E*x+1))), x)
	}
	l := math.Log(-x)
	ll := math.Log(-l)
	return halley(l-ll+ll/l, x)
}

// nearBranch is the series of W around the branch point -1/e (R. M. Corless et al., On the Lambert W function, 1996).
func nearBranch(p float64) float64 { return -1 + p - p*p/3 + 11*p*p*p/72 }

// halley refines w to the solution of w·exp(w) = x.
func halley(w, x float64) float64 {
	for range 60 {
		e := math.Exp(w)
		f := w*e - x
		if f == 0 || w == -1 {
			return w
		}
		step := f / (e*(w+1) - (w+2)*f/(2*w+2))
		w -= step
		if math.Abs(step) < 1e-16*(1+math.Abs(w)) {
			return w
		}
	}
	return w
}
