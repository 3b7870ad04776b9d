// Command cells simulates where studies are placed and what the loss of a cell costs: studies of very different sizes come one
// after another, grow and end, in cells that are added as they are needed; some cells fail. It compares a directory, which names
// each study's cell, with a hash of the study's name, and prints the table of docs/design/scale.md. The same seed prints the same.
//
//	go run ./bench/cells
package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"
)

const (
	days    = 10 * 365
	coming  = 6.0           // new studies a day
	lasts   = 900.0         // days that a study runs, on average
	median  = 200.0         // reports a day of the median study
	spread  = 1.6           // standard deviation of their logarithm: the largest of a thousand has 140 times the median
	carries = 400000        // reports a day that a cell should carry
	full    = 0.7           // of that, on average: beyond it another cell is added
	lost    = 4 * 365.0     // days between two failures of one cell, on average
	standby = 60.0          // seconds until a replica has taken over
	restore = 4 * 60 * 60.0 // seconds until a backup is restored, where there is no replica
	moving  = 2 * 60.0      // seconds that a study stands still while it moves
)

// study is what one cell has to carry of one study.
type study struct {
	hash  uint64
	load  float64 // reports a day
	until int     // the day on which it ends
	cell  int
}

// placed is a way to choose cells.
type placed struct {
	name string
	// place chooses a cell for a new study, by the load of each.
	place func(s study, loads []float64) int
	// moves reports whether a study that is there changes its cell when there are n of them, and to which.
	moves func(s study, n int) (int, bool)
}

func least(loads []float64) int { return slices.Index(loads, slices.Min(loads)) }

var ways = []placed{
	{"directory: the emptiest cell", func(_ study, loads []float64) int { return least(loads) }, nil},
	{"hash modulo cells", func(s study, loads []float64) int { return int(s.hash % uint64(len(loads))) },
		func(s study, n int) (int, bool) { to := int(s.hash % uint64(n)); return to, to != s.cell }},
	{"rendezvous hash", func(s study, loads []float64) int { return rendezvous(s.hash, len(loads)) },
		func(s study, n int) (int, bool) { to := rendezvous(s.hash, n); return to, to != s.cell }},
}

// rendezvous is the cell of n with the highest score for a study (Thaler and Ravishankar, 1998): a new cell takes its share, and
// nothing moves between the old ones.
func rendezvous(hash uint64, n int) (best int) {
	var most uint64
	for c := range n {
		x := hash ^ (uint64(c+1) * 0x9e3779b97f4a7c15)
		x ^= x >> 31
		x *= 0xbf58476d1ce4e5b9
		x ^= x >> 29
		if x > most {
			best, most = c, x
		}
	}
	return best
}

// outcome is what ten years brought.
type outcome struct {
	cells, studies   int
	moved            int
	worst, over      float64 // the fullest cell over the mean at the end of a day, on average; days on which a cell was beyond what it carries, of all cells' days
	failures         int
	touched          float64 // share of the running studies that a failure touches, on average
	down, downBackup float64 // seconds a study and year: with a replica, and with a backup only
}

func simulate(w placed, seed uint64) (out outcome) {
	chance := rand.New(rand.NewPCG(seed, 1))
	fails := rand.New(rand.NewPCG(seed, 2)) // the same failures for every way, as far as there are cells
	loads := []float64{0}
	var running []study
	var studyDays, cellDays, stood float64
	for day := range days {
		running = slices.DeleteFunc(running, func(s study) bool {
			if s.until <= day {
				loads[s.cell] -= s.load
			}
			return s.until <= day
		})
		for range poisson(chance, coming) {
			s := study{hash: chance.Uint64(), load: median * math.Exp(spread*chance.NormFloat64()), until: day + 30 + int(chance.ExpFloat64()*lasts)}
			s.cell = w.place(s, loads)
			loads[s.cell] += s.load
			running = append(running, s)
			out.studies++
		}
		all := 0.0
		for _, l := range loads {
			all += l
		}
		if all > full*carries*float64(len(loads)) {
			loads = append(loads, 0)
			for i := range running {
				if w.moves == nil {
					continue
				}
				if to, moves := w.moves(running[i], len(loads)); moves {
					loads[running[i].cell] -= running[i].load
					loads[to] += running[i].load
					running[i].cell = to
					out.moved++
				}
			}
		}
		mean := all / float64(len(loads))
		if len(running) > 0 {
			out.worst += slices.Max(loads) / mean / days
		}
		for _, l := range loads {
			if cellDays++; l > carries {
				out.over++
			}
		}
		studyDays += float64(len(running))
		for c := range loads {
			if fails.Float64()*lost >= 1 {
				continue
			}
			hit := 0
			for _, s := range running {
				if s.cell == c {
					hit++
				}
			}
			out.failures++
			out.touched += float64(hit) / float64(max(len(running), 1))
			stood += float64(hit)
		}
	}
	out.cells, out.over = len(loads), out.over/cellDays
	out.touched /= float64(max(out.failures, 1))
	years := studyDays / 365
	out.down, out.downBackup = (stood*standby+float64(out.moved)*moving)/years, (stood*restore+float64(out.moved)*moving)/years
	return out
}

// poisson draws a number of events of a mean (Knuth).
func poisson(chance *rand.Rand, mean float64) (n int) {
	for p := chance.Float64(); p > math.Exp(-mean); p *= chance.Float64() {
		n++
	}
	return n
}

func main() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| where a study goes\t| cells\t| studies\t| moved\t| fullest cell / mean\t| cell days beyond what it carries\t| failures\t| studies that one touches\t| a study stands still, a year, with a replica\t| with a backup only\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, way := range ways {
		o := simulate(way, 24)
		fmt.Fprintf(w, "| %s\t| %d\t| %d\t| %d\t| %.2f\t| %.1f %%\t| %d\t| %.0f %%\t| %.0f s\t| %.0f min\t|\n", way.name, o.cells, o.studies, o.moved, o.worst, 100*o.over, o.failures, 100*o.touched, o.down, o.downBackup/60)
	}
	if err := w.Flush(); err != nil {
		os.Exit(1)
	}
}
