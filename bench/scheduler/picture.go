package main

import (
	"bytes"
	"fmt"
	"math"
)

var colours = [...]string{"#8a6d1f", "#2f6f8f", "#b4532a"}

// picture draws, for each load on two processors, which share of goroutines had waited so long to run, on a logarithmic scale of time.
func picture(all []seen) []byte {
	const wide, high, left, top = 640, 240, 50, 30
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" role="img" aria-label="How long goroutines wait to run">`, left+wide+20, top+high+50+16*len(all))
	fmt.Fprint(&b, `<rect width="100%" height="100%" fill="#fff"/>`)
	x := func(s float64) float64 { // 100 ns … 10 ms
		return left + wide*(math.Log10(min(max(s, 1e-7), 1e-2))+7)/5
	}
	y := func(share float64) float64 { return top + high*(1-share) }
	fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="600">share of goroutines that waited at most so long to run, two processors</text>`, left, top-12)
	for d, text := range []string{"100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms"} {
		at := x(math.Pow10(d - 7))
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%s</text>`, at, at, top, top+high, at, top+high+16, text)
	}
	for _, share := range []float64{0, .25, .5, .75, 1} {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%.0f %%</text>`, left, left+wide, y(share), y(share), left-6, y(share)+4, share*100)
	}
	for i, s := range all {
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, colours[i])
		for _, bound := range s.bounds[1:] {
			if bound >= 1e-7 && bound <= 1e-2 {
				fmt.Fprintf(&b, "%.1f,%.1f ", x(bound), y(s.within(bound)))
			}
		}
		fmt.Fprint(&b, `"/>`)
		at := top + high + 38 + 16*i
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`, left, at-9, colours[i], left+16, at, loads[i].name)
	}
	fmt.Fprint(&b, "</svg>\n")
	return b.Bytes()
}
