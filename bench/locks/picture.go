package main

import (
	"bytes"
	"fmt"
	"math"
)

var colours = map[string]string{"Mutex": "#b4532a", "RWMutex": "#8a6d1f", "sync.Map": "#2f6f8f", "snapshot": "#2c7a4b"}

// picture draws one panel for each number of goroutines: time of a call on a logarithmic scale over the share of reads.
func picture(ns func(way string, every, workers int) float64) []byte {
	const wide, high, left, top = 200, 180, 50, 40
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" role="img" aria-label="Time of a call by share of reads">`,
		left+len(goroutines)*(wide+20)+10, top+high+70)
	fmt.Fprint(&b, `<rect width="100%" height="100%" fill="#fff"/>`)
	y := func(v float64) float64 { // 1 ns … 10 µs
		return top + high - high*math.Log10(max(v, 1))/4
	}
	for p, workers := range goroutines {
		x0 := left + p*(wide+20)
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="600">%d goroutines</text>`, x0, top-14, workers)
		for d := range 5 {
			v := math.Pow10(d)
			fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/>`, x0, x0+wide, y(v), y(v))
			if p == 0 {
				fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end" fill="#555">%.0f ns</text>`, x0-6, y(v)+4, v)
			}
		}
		x := func(i int) float64 { return float64(x0) + 10 + float64(i)*(wide-20)/float64(len(writes)-1) }
		for i, every := range writes {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#555" font-size="9">%s</text>`, x(i), top+high+16, reads(every))
		}
		for _, way := range order {
			fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, colours[way])
			for i, every := range writes {
				fmt.Fprintf(&b, "%.1f,%.1f ", x(i), y(ns(way, every, workers)))
			}
			fmt.Fprint(&b, `"/>`)
		}
	}
	for i, way := range order {
		x := left + i*110
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="12" height="3" fill="%s"/><text x="%d" y="%d">%s</text>`, x, top+high+45, colours[way], x+18, top+high+50, way)
	}
	fmt.Fprint(&b, "</svg>\n")
	return b.Bytes()
}
