package load

import (
	"math"
	"time"

	"casebook"
)

// The shapes that a rate has over a run.
const (
	Steady   = "steady"   // the rate, from begin to end
	Ramp     = "ramp"     // from nothing up to the rate, evenly
	Spike    = "spike"    // ten times the rate for the tenth in the middle
	Soak     = "soak"     // the rate, in quarters, the last of which is held against the first
	Overload = "overload" // five times the rate for the third in the middle
)

// leg is a part of a run over which the rate goes evenly from one figure to another.
type leg struct {
	share    float64 // of the run's duration
	from, to float64 // multiples of Options.Rate
}

var shapes = map[string][]leg{
	Steady:   {{1, 1, 1}},
	Ramp:     {{1, 0, 1}},
	Spike:    {{.45, 1, 1}, {.1, 10, 10}, {.45, 1, 1}},
	Soak:     {{.25, 1, 1}, {.25, 1, 1}, {.25, 1, 1}, {.25, 1, 1}},
	Overload: {{1. / 3, 1, 1}, {1. / 3, 5, 5}, {1. / 3, 1, 1}},
}

// shapeOf finds a shape; without a name it is Steady.
func shapeOf(name string) ([]leg, error) {
	if name == "" {
		name = Steady
	}
	legs, ok := shapes[name]
	if !ok {
		return nil, casebook.Fail(casebook.Invalid, "load.shape_unknown", name)
	}
	return legs, nil
}

// schedule says when each request of a run is due.
type schedule struct {
	rate   float64 // a second, where a leg says 1
	legs   []leg
	length time.Duration
}

// due is when request n falls due, counted from the beginning, and whether there is such a request.
//
// Over a leg whose rate goes from a to b in t seconds, c(x) = a·x + (b−a)/(2t)·x² requests have fallen due after x; solved for x
// in the form that has no difference of nearly equal numbers: x = 2c / (a + √(a² + 2(b−a)c/t)).
func (s schedule) due(n int64) (time.Duration, bool) {
	left, begun := float64(n), 0.0
	for _, l := range s.legs {
		t, a, b := l.share*s.length.Seconds(), l.from*s.rate, l.to*s.rate
		if all := (a + b) / 2 * t; left >= all {
			left -= all
			begun += t
			continue
		}
		x := 0.0
		if left > 0 {
			x = 2 * left / (a + math.Sqrt(max(a*a+2*(b-a)*left/t, 0)))
		}
		at := time.Duration(math.Round((begun + x) * float64(time.Second)))
		return at, at < s.length
	}
	return 0, false
}

// requests is how many fall due in all.
func (s schedule) requests() float64 {
	all := 0.0
	for _, l := range s.legs {
		all += (l.from + l.to) / 2 * s.rate * l.share * s.length.Seconds()
	}
	return all
}
