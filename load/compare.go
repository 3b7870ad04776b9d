package load

import (
	"fmt"
	"io"
	"text/tabwriter"

	"casebook"
)

// Pair is what two runs saw of one kind of visitors.
type Pair struct{ Before, After Result }

// Compare pairs the visitors of two runs. Runs that offered something else are refused: the ratio of their times would say
// nothing about the server.
func Compare(before, after Record) (all []Pair, err error) {
	for _, a := range after.Visitors {
		for _, b := range before.Visitors {
			if a.Scenario != b.Scenario {
				continue
			}
			if a.Shape != b.Shape || a.Loop != b.Loop || a.Connections != b.Connections || over(a.Offered, b.Offered) > 1.01 || over(b.Offered, a.Offered) > 1.01 {
				return nil, casebook.Fail(casebook.Conflict, "load.not_alike", a.Scenario)
			}
			all = append(all, Pair{b, a})
		}
	}
	if len(all) == 0 {
		return nil, casebook.Fail(casebook.Conflict, "load.nothing_alike")
	}
	return all, nil
}

// Worse are the objectives that no time of the later run is more than ratio times the earlier one's, and that its good answers are
// not fewer by as much.
func Worse(all []Pair, ratio float64) (found []Finding) {
	for _, p := range all {
		note := func(what string, atMost bool, was float64) {
			limit := ratio
			if !atMost {
				limit = 1 / ratio
			}
			found = append(found, Finding{p.After.Scenario, what, atMost, limit, was, atMost && was <= limit || !atMost && was >= limit})
		}
		note("p50 ratio", true, over(p.After.Latency.P50, p.Before.Latency.P50))
		note("p99 ratio", true, over(p.After.Latency.P99, p.Before.Latency.P99))
		note("good ratio", false, over(p.After.Good, p.Before.Good))
	}
	return found
}

// Pairs writes a comparison for a person at a terminal.
func Pairs(to io.Writer, all []Pair) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\tbefore\tafter\tafter / before\n")
	for _, p := range all {
		line := func(what string, b, a float64) {
			fmt.Fprintf(w, "%s %s\t%.2f\t%.2f\t%.2f\n", p.After.Scenario, what, b, a, over(a, b))
		}
		line("good a second", p.Before.Good, p.After.Good)
		line("p50 ms", p.Before.Latency.P50, p.After.Latency.P50)
		line("p90 ms", p.Before.Latency.P90, p.After.Latency.P90)
		line("p99 ms", p.Before.Latency.P99, p.After.Latency.P99)
		line("p99.9 ms", p.Before.Latency.P999, p.After.Latency.P999)
	}
	return w.Flush()
}
