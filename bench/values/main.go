// Command values asks whether a visit, made from raw values with its list of observations, is better returned by value
// or by pointer: objects, bytes, time, the collector's share and the 99th percentile, at three sizes, for a visit that
// is read and dropped and for one that is kept. Only a person starts it.
//
//	go run ./bench/values
package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// An observation is one value of a visit.
type observation struct {
	item  string
	value float64
	unit  string
}

// A visit is what a form of a casebook is to whoever counts with it.
type visit struct {
	study, site, subject, event, repeat, by string
	at                                      time.Time
	observations                            []observation
}

// A raw value is as it comes from a row.
type raw struct{ item, value, unit string }

func fill(v *visit, in []raw) {
	v.study, v.site, v.subject, v.event, v.repeat, v.by = "HTN-24", "03", "HTN-03-006", "E.V1", "1", "linyue"
	v.at = time.Unix(1_770_000_000, 0)
	v.observations = make([]observation, len(in))
	for i, r := range in {
		n, _ := strconv.ParseFloat(r.value, 64)
		v.observations[i] = observation{r.item, n, r.unit}
	}
}

// byValue hands the visit over in its caller's frame: only the list is an object.
//
//go:noinline
func byValue(in []raw) visit {
	var v visit
	fill(&v, in)
	return v
}

// byPointer hands over where the visit is: it outlives this frame, so it is an object as well.
//
//go:noinline
func byPointer(in []raw) *visit {
	v := new(visit)
	fill(v, in)
	return v
}

func (v *visit) mean() (sum float64) {
	for i := range v.observations {
		sum += v.observations[i].value
	}
	return sum / float64(len(v.observations))
}

// kept is how many visits live at a time where they are kept: a matrix of a study.
const kept = 20_000

//lint:ignore U1000 it is written to, so that the work is not left out
var sink float64

// A way is one form of the question. round makes a visit.
type way struct {
	name  string
	round func(i int, in []raw)
	done  func()
}

func ways() []way {
	values, pointers := make([]visit, kept), make([]*visit, kept)
	return []way{
		{"read, by value", func(_ int, in []raw) { v := byValue(in); sink += v.mean() }, nil},
		{"read, by pointer", func(_ int, in []raw) { sink += byPointer(in).mean() }, nil},
		{"kept, by value", func(i int, in []raw) { values[i%kept] = byValue(in) }, func() { clear(values) }},
		{"kept, by pointer", func(i int, in []raw) { pointers[i%kept] = byPointer(in) }, func() { clear(pointers) }},
	}
}

// measured is the outcome of one way at one size, for one visit.
type measured struct {
	nanoseconds, collector, objects, bytes float64
	p99                                    time.Duration
}

func measure(w way, in []raw, rounds int) (m measured) {
	runtime.GC()
	var before, after runtime.MemStats
	took := make([]time.Duration, rounds)
	runtime.ReadMemStats(&before)
	collecting, begun := collector(), time.Now()
	for i := range rounds {
		t := time.Now()
		w.round(i, in)
		took[i] = time.Since(t)
	}
	all := time.Since(begun)
	runtime.GC() // which also brings the collector's account up to date
	runtime.ReadMemStats(&after)
	if w.done != nil {
		w.done()
	}
	slices.Sort(took)
	n := float64(rounds)
	return measured{float64(all) / n, (collector() - collecting) * 1e9 / n, float64(after.Mallocs-before.Mallocs) / n,
		float64(after.TotalAlloc-before.TotalAlloc) / n, took[rounds*99/100]}
}

// collector is the processor time, in seconds, that the collector has used so far.
func collector() float64 {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "values:", err)
		os.Exit(1)
	}
}

func run() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| observations\t| way\t| time\t| collector\t| objects\t| bytes\t| p99\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, size := range []int{4, 32, 256} {
		in := make([]raw, size)
		for i := range in {
			in[i] = raw{"IT.SYS", strconv.Itoa(100 + i%100), "mm[Hg]"}
		}
		all := ways()
		rounds := 8_000_000 / (size + 20)
		best := make([]measured, len(all))
		for range 3 { // in turn, so that what else the machine does meets all of them
			for i, way := range all {
				if m := measure(way, in, rounds); best[i].nanoseconds == 0 || m.nanoseconds < best[i].nanoseconds {
					best[i] = m
				}
			}
		}
		for i, m := range best {
			fmt.Fprintf(w, "| %d\t| %s\t| %.0f ns\t| %.0f ns\t| %.1f\t| %.0f\t| %v\t|\n", size, all[i].name, m.nanoseconds, m.collector, m.objects, m.bytes, m.p99)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return escapes()
}

// escapes prints what the compiler says of the two functions.
func escapes() error {
	out, err := exec.Command("go", "build", "-gcflags=-m", "-o", os.DevNull, "./bench/values").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	fmt.Println("\ngo build -gcflags=-m ./bench/values:")
	said := regexp.MustCompile(`(?m)^bench/values/main\.go:\d+:\d+: .*(new\(visit\)|make\(\[\]observation|moved to heap: v|leaking param: v|v does not escape).*$`)
	fmt.Println(strings.Join(said.FindAllString(string(out), -1), "\n"))
	return nil
}
