package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The box that lines are drawn in, within a picture of wide by high.
const (
	wide, high              = 720.0, 220.0
	left, right, top, below = 52.0, 24.0, 10.0, 24.0
)

// plot is a picture of lines over one axis.
type plot struct {
	Title string
	Lines []line
	X, Y  []tick
}

// line is drawn in the colour and dashes of its class. It has gaps where there was nothing to measure.
type line struct {
	Name, Class string
	Points      []string
}

type tick struct {
	At   float64
	Text string
}

// scale says where in a picture a value stands.
type scale func(v float64) float64

// across is a horizontal axis from 0 to most.
func across(most float64) scale {
	return func(v float64) float64 { return left + (wide-left-right)*v/most }
}

// upward is a vertical axis from 0 to most.
func upward(most float64) scale {
	return func(v float64) float64 { return high - below - (high-top-below)*v/most }
}

// powers is a vertical axis from 10^from to 10^to, each power of ten as far from the next.
func powers(from, to int) scale {
	return func(v float64) float64 {
		return high - below - (high-top-below)*(math.Log10(max(v, math.Pow10(from)))-float64(from))/float64(to-from)
	}
}

// round is the least of 1, 2 and 5 times a power of ten that is v or more.
func round(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow10(int(math.Floor(math.Log10(v))))
	for _, m := range [...]float64{1, 2, 5} {
		if m*p >= v*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// steps are ticks at even distances from 0 up to most, five or fewer.
func steps(most float64, at scale, unit string) (all []tick) {
	each := round(most / 5)
	for i := 0; float64(i)*each <= most*(1+1e-9); i++ {
		all = append(all, tick{at(float64(i) * each), short(float64(i)*each) + unit})
	}
	return all
}

// tens are ticks at powers of ten of a millisecond.
func tens(from, to int, at scale) (all []tick) {
	for p := from; p <= to; p++ {
		text := short(math.Pow10(p)) + " ms"
		if p >= 3 {
			text = short(math.Pow10(p-3)) + " s"
		}
		all = append(all, tick{at(math.Pow10(p)), text})
	}
	return all
}

// amount is v for a person: four digits, or more where they stand before the point.
func amount(v float64) string {
	if math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// drawn joins points to lines, and begins anew after one whose value is 0 when gaps is set.
func drawn(n int, gaps bool, x func(i int) float64, value func(i int) float64, y scale) (all []string) {
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			all = append(all, strings.TrimSpace(b.String()))
		}
		b.Reset()
	}
	for i := range n {
		v := value(i)
		if gaps && v == 0 {
			end()
			continue
		}
		fmt.Fprintf(&b, "%.1f,%.1f ", x(i), y(v))
	}
	end()
	return all
}
