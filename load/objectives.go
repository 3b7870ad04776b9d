package load

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"casebook"

	"github.com/go-json-experiment/json"
)

// Objective is what visitors of one kind must be given. What is not there is not asked.
type Objective struct {
	P50    *float64 `json:"p50,omitempty"`    // at most, in milliseconds since a request was due
	P99    *float64 `json:"p99,omitempty"`    // the same
	P999   *float64 `json:"p999,omitempty"`   // the same
	Good   *float64 `json:"good,omitempty"`   // at least, a share of what was offered; of what was answered in a closed loop
	Shed   *float64 `json:"shed,omitempty"`   // at most, a share of all requests
	Failed *float64 `json:"failed,omitempty"` // the same
	Held   *float64 `json:"held,omitempty"`   // at least: the good answers a second of each leg over those of the first
	Drift  *float64 `json:"drift,omitempty"`  // at most: the p99 of the last leg over that of the first
}

// Objectives are by scenario; "*" is for those that have none of their own.
type Objectives map[string]Objective

// Finding is one objective, what came out, and whether it was reached.
type Finding struct {
	Scenario string  `json:"scenario"`
	What     string  `json:"what"`
	AtMost   bool    `json:"atMost"` // else at least
	Limit    float64 `json:"limit"`
	Was      float64 `json:"was"`
	Reached  bool    `json:"reached"`
}

// ReadObjectives reads a file of objectives, JSON. A name that is none is refused, or it would be taken for kept.
func ReadObjectives(path string) (Objectives, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := Objectives{}
	if err := json.Unmarshal(text, &all, json.RejectUnknownMembers(true)); err != nil {
		return nil, casebook.Fail(casebook.Invalid, "load.objectives_format", err.Error()).At(path)
	}
	for _, scenario := range slices.Sorted(maps.Keys(all)) {
		if scenario != "*" && !slices.Contains(scenarios, scenario) {
			return nil, casebook.Fail(casebook.Invalid, "load.scenario_unknown", scenario).At(path)
		}
	}
	return all, nil
}

// Judge holds a run against objectives.
func (rec Record) Judge(all Objectives) (found []Finding) {
	for _, r := range rec.Visitors {
		o, own := all[r.Scenario]
		if !own {
			o = all["*"]
		}
		found = append(found, r.judge(o)...)
	}
	return found
}

func (r Result) judge(o Objective) (found []Finding) {
	note := func(what string, limit *float64, atMost bool, was float64) {
		if limit != nil {
			found = append(found, Finding{r.Scenario, what, atMost, *limit, was, atMost && was <= *limit || !atMost && was >= *limit})
		}
	}
	good, shed, failed := r.shares()
	note("p50", o.P50, true, r.Latency.P50)
	note("p99", o.P99, true, r.Latency.P99)
	note("p999", o.P999, true, r.Latency.P999)
	note("good", o.Good, false, good)
	note("shed", o.Shed, true, shed)
	note("failed", o.Failed, true, failed)
	if n := len(r.Legs); n > 1 {
		least := r.Legs[0].Good
		for _, l := range r.Legs {
			least = min(least, l.Good)
		}
		note("held", o.Held, false, over(least, r.Legs[0].Good))
		note("drift", o.Drift, true, over(r.Legs[n-1].Latency.P99, r.Legs[0].Latency.P99))
	}
	return found
}

// shares are what became of all requests that fell due, and of those that were sent in a closed loop.
func (r Result) shares() (good, shed, failed float64) {
	var all, bad int64
	for status, n := range r.Statuses {
		all += n
		if status >= "500" && status != "503" {
			bad += n
		}
	}
	for why, n := range r.Failures {
		bad += n
		if why != "wrong" { // that is an answer, and was counted
			all += n
		}
	}
	all, bad = all+r.Unsent, bad+r.Unsent
	return over(r.Good*r.Seconds, float64(all)), over(float64(r.Shed.Count), float64(all)), over(float64(bad), float64(all))
}

// over is a ratio, 0 where there is nothing to compare with.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Missed are the findings that were not reached.
func Missed(all []Finding) (missed []Finding) {
	for _, f := range all {
		if !f.Reached {
			missed = append(missed, f)
		}
	}
	return missed
}

// Findings writes objectives and what came out for a person at a terminal.
func Findings(to io.Writer, all []Finding) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range all {
		sign, said := "≥", "reached"
		if f.AtMost {
			sign = "≤"
		}
		if !f.Reached {
			said = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\n", f.Scenario, f.What, sign, amount(f.Limit), amount(f.Was), said)
	}
	return w.Flush()
}
