package ops

import (
	"fmt"
	"math"
)

// leakWatch compares what a process holds when it holds least. Load comes and goes, and a busy minute is no leak; but if
// even the quietest moment of each of the last windows holds more than that of the window before, something stays.
type leakWatch struct {
	quiet   [3][]float64 // by resource: the least of each finished window
	least   [3]float64
	samples int
	told    bool
}

const (
	leakWindow  = 300 // samples, one a second
	leakWindows = 4   // that must each be above the one before
	leakGrowth  = 1.5 // and the last above the first by this factor
)

// leakFloor is how much of each resource is nobody's concern.
var leakFloor = [3]float64{200, 64 << 20, 100}

var leakNames = [3]string{"goroutines", "bytes of live heap", "open files"}

// see takes one sample and reports, once, what grows without end.
func (l *leakWatch) see(goroutines, heap, files float64) (what string, leaks bool) {
	now := [3]float64{goroutines, heap, files}
	if l.samples == 0 {
		l.least = [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}
	}
	for i, v := range now {
		l.least[i] = min(l.least[i], v)
	}
	if l.samples++; l.samples < leakWindow {
		return "", false
	}
	l.samples = 0
	for i := range now {
		l.quiet[i] = append(l.quiet[i], l.least[i])
		if len(l.quiet[i]) > leakWindows {
			l.quiet[i] = l.quiet[i][1:]
		}
		if !l.told && grows(l.quiet[i], leakFloor[i]) {
			l.told = true
			return fmt.Sprintf("%s: %.0f at the quietest, and rising: %.0f", leakNames[i], l.quiet[i][leakWindows-1], l.quiet[i]), true
		}
	}
	return "", false
}

func grows(quiet []float64, floor float64) bool {
	if len(quiet) < leakWindows {
		return false
	}
	for i := 1; i < len(quiet); i++ {
		if quiet[i] <= quiet[i-1] {
			return false
		}
	}
	last := quiet[len(quiet)-1]
	return last > floor && last > leakGrowth*quiet[0]
}
