// Command scheduler watches Go's scheduler under the same work handed out in three ways, and prints the table and, with an
// argument, draws the picture of docs/performance/scheduler.md. Nothing that is shipped uses it.
package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"syscall"
	"time"
)

const (
	tasks = 40_000
	work  = 300 // rounds of arithmetic: some microseconds
)

// A load is a way to hand out the same tasks.
type load struct {
	name string
	run  func(task func())
}

var loads = []load{
	{"one goroutine at a time", func(task func()) {
		for range tasks {
			var one sync.WaitGroup
			one.Go(task)
			one.Wait()
		}
	}},
	{"evenly, one hander-out for each processor", func(task func()) {
		var all sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				for range tasks / runtime.GOMAXPROCS(0) / 64 {
					batch(task)
				}
			})
		}
		all.Wait()
	}},
	{"skewed, all by one", func(task func()) {
		for range tasks / 64 {
			batch(task)
		}
	}},
}

// batch starts 64 tasks, which stand in the queue of the processor that started them until another one steals some.
func batch(task func()) {
	var some sync.WaitGroup
	for range 64 {
		some.Go(task)
	}
	some.Wait()
}

// seen is what one load showed.
type seen struct {
	took      time.Duration
	elsewhere float64   // the share of tasks that ran on another thread than the one that handed out most
	waits     []float64 // by bucket: how many goroutines waited so long to run
	bounds    []float64 // seconds
}

func (l load) watch(processors int) seen {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	var mu sync.Mutex
	on := map[int]int{}
	before := latencies()
	begun := time.Now()
	l.run(func() {
		x := 1.0
		for range work {
			x = math.Sqrt(x + 1)
		}
		thread := syscall.Gettid()
		mu.Lock()
		on[thread]++
		mu.Unlock()
		_ = x
	})
	s := seen{took: time.Since(begun)}
	after := latencies()
	most, all := 0, 0
	for _, n := range on {
		most, all = max(most, n), all+n
	}
	s.elsewhere, s.bounds = 1-float64(most)/float64(all), after.Buckets
	for i, n := range after.Counts {
		s.waits = append(s.waits, float64(n-before.Counts[i]))
	}
	return s
}

func latencies() *metrics.Float64Histogram {
	m := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(m)
	return m[0].Value.Float64Histogram()
}

// within is the share of goroutines that waited at most d seconds.
func (s seen) within(d float64) float64 {
	var n, all float64
	for i, w := range s.waits {
		if all += w; s.bounds[i+1] <= d {
			n += w
		}
	}
	return n / all
}

// quantile is the least bound within which a share q waited, in seconds.
func (s seen) quantile(q float64) float64 {
	for _, b := range s.bounds[1:] {
		if s.within(b) >= q {
			return b
		}
	}
	return math.Inf(1)
}

func main() {
	fmt.Println("| handed out | processors | time | ÷ one processor | on other threads | wait to run, p50 | p99 | p99.9 |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	var drawn []seen
	for _, l := range loads {
		var alone time.Duration
		for _, processors := range []int{1, 2} {
			l.watch(processors) // once to warm up
			s := l.watch(processors)
			if processors == 1 {
				alone = s.took
			} else {
				drawn = append(drawn, s)
			}
			us := func(q float64) string { return fmt.Sprintf("%.1f µs", s.quantile(q)*1e6) }
			fmt.Printf("| %s | %d | %.0f ms | %.2f | %.0f %% | %s | %s | %s |\n", l.name, processors, s.took.Seconds()*1e3, float64(s.took)/float64(alone), s.elsewhere*100, us(.5), us(.99), us(.999))
		}
	}
	if len(os.Args) > 1 {
		if err := os.WriteFile(os.Args[1], picture(drawn), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "scheduler:", err)
			os.Exit(1)
		}
	}
}
