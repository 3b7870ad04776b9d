// Command bench measures the product against what the same machine does without it, side by side in one run, and
// prints a table of ratios. It refuses to print an absolute number without what it was compared with; only a person
// starts it (make bench).
//
// The generator runs on the same cores as the server, as it does for everybody who has one machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rounds := flag.Int("rounds", 3, "rounds of each pair, taken in turn")
	length := flag.Duration("length", 6*time.Second, "length of each measurement")
	binary := flag.String("binary", "bin/casebook", "the product")
	against := flag.String("against", "", "another build of the product, with which the first is compared and nothing else is done")
	only := flag.String("only", "", "open, monitor, signals, staff, sqlite, postgres or split; all if empty")
	rate := flag.Float64("rate", 2000, "reports a second while signals are waited for; on PostgreSQL at most half of what it commits itself")
	values := flag.Int("values", 600_000, "values that the staff's study keeps, of which some 560,000 are always there; 10,000,000 are filled in some minutes")
	exported := flag.String("export", "", "export the staff's study of a folder and end: how its memory is measured")
	flag.Parse()
	if *exported != "" {
		if err := exportAll(ctx, *exported); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	b := &bench{ctx: ctx, rounds: *rounds, length: *length, binary: *binary, against: *against, only: *only, values: *values, rate: *rate}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench collects the lines of the table.
type bench struct {
	ctx    context.Context
	rounds int
	length time.Duration
	binary string

	against string // another build
	only    string
	values  int // that the staff's study keeps
	rate    float64
	lines   []line

	servers int // that were started: each has a port of its own for the administrator
}

// line is one comparison: ours over theirs, round by round.
type line struct {
	what, against string
	unit          string
	ours, theirs  []float64
	goal          string
}

func (b *bench) run() error {
	if b.against != "" {
		return errors.Join(b.buildsSide(), b.print())
	}
	for _, step := range []struct {
		engine string
		run    func() error
	}{{"open", b.openSide}, {"monitor", b.monitorSide}, {"signals", b.signalsOnSQLite}, {"signals", b.signalsOnPostgres}, {"staff", b.staffSide}, {"sqlite", b.reportsOnSQLite}, {"postgres", b.reportsOnPostgres}, {"split", b.splitSide}} {
		if b.only != "" && b.only != step.engine {
			continue
		}
		if err := step.run(); err != nil {
			return errors.Join(err, b.print()) // what was measured is worth seeing
		}
	}
	return b.print()
}

// pair measures ours and theirs in turn, so that what else the machine does meets both.
func (b *bench) pair(l line, ours, theirs func(round int) (float64, error)) error {
	for round := range b.rounds {
		o, err := ours(round)
		if err != nil {
			return err
		}
		t, err := theirs(round)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f against %.0f %s\n", l.what, o, t, l.unit)
		l.ours, l.theirs = append(l.ours, o), append(l.theirs, t)
	}
	b.lines = append(b.lines, l)
	return nil
}

func (b *bench) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tagainst\tratio (min … max)\tgoal\tmedians")
	for _, l := range b.lines {
		ratios := make([]float64, len(l.ours))
		for i := range l.ours {
			ratios[i] = l.ours[i] / l.theirs[i]
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f (%.2f … %.2f)\t%s\t%.0f / %.0f %s\n", l.what, l.against, median(ratios), slices.Min(ratios), slices.Max(ratios),
			l.goal, median(l.ours), median(l.theirs), l.unit)
	}
	return w.Flush()
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
