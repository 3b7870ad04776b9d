package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Result is what a run saw.
type Result struct {
	Scenario    string  `json:"scenario"`
	Run         string  `json:"run,omitempty"` // the reports' ids are <run>-<n>
	Shape       string  `json:"shape"`
	Seed        uint64  `json:"seed"`
	Loop        string  `json:"loop"` // "open": requests fall due by the clock; "closed": each connection waits for its answer
	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"`
	Offered     float64 `json:"offered"`  // requests a second that fall due, over the whole run; 0 in a closed loop
	Achieved    float64 `json:"achieved"` // answers a second, of any status
	Good        float64 `json:"good"`     // answers a second with a status below 300

	Answers      int64            `json:"answers"`
	Statuses     map[string]int64 `json:"statuses"`
	Failures     map[string]int64 `json:"failures"`           // no answer: timeout, refused, cut, malformed, stopped, other; or a wrong one
	Unsent       int64            `json:"unsent"`             // due, and no connection came free before the end
	Retries      int64            `json:"retries"`            // sendings after the first
	Replays      int64            `json:"replays"`            // answers that say the report was there already
	Acknowledged int64            `json:"acknowledged"`       // reports with a receipt
	Refusals     []string         `json:"refusals,omitempty"` // the first few: request, status, code
	BytesOut     int64            `json:"bytesOut"`
	BytesIn      int64            `json:"bytesIn"`

	// Latency counts from when a request was due, and a request without an answer as long as it was waited for.
	Latency   Times  `json:"latency"`
	Histogram string `json:"histogram"` // all of Latency, in HdrHistogram's interchange format (V2, compressed, base64)
	// Service counts from when a request was sent; where it is far below Latency, requests queued before the server.
	Service Times  `json:"service"`
	Shed    Times  `json:"shed"` // 429 and 503, from when they were sent; not part of the two above
	Steps   []Step `json:"steps"`

	Timeline []Moment `json:"timeline"`       // the run in a hundred and twenty parts
	Legs     []Leg    `json:"legs,omitempty"` // where the shape has more than one
}

// Step is one kind of request of a scenario, its times counted from when it was due.
type Step struct {
	Name string `json:"name"`
	Times
}

// Table writes r for a person at a terminal.
func (r Result) Table(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	loop := fmt.Sprintf("open loop, %s, %.0f/s offered", r.Shape, r.Offered)
	if r.Loop == "closed" {
		loop = "closed loop: as fast as the connections allow, a slow server is offered less"
	}
	fmt.Fprintf(w, "%s\t%s\n", r.Scenario, loop)
	fmt.Fprintf(w, "connections\t%d, %.1f s, seed %d\n", r.Connections, r.Seconds, r.Seed)
	fmt.Fprintf(w, "answers\t%d: %.1f/s, good %.1f/s\n", r.Answers, r.Achieved, r.Good)
	counts(w, "status", r.Statuses)
	counts(w, "failed", r.Failures)
	if r.Unsent > 0 {
		fmt.Fprintf(w, "never sent\t%d\n", r.Unsent)
	}
	if r.Scenario == Reports {
		fmt.Fprintf(w, "acknowledged\t%d, %d sent again, %d replays, run %s\n", r.Acknowledged, r.Retries, r.Replays, r.Run)
	}
	fmt.Fprintf(w, "bytes\t%d out, %d in\n\n", r.BytesOut, r.BytesIn)
	fmt.Fprint(w, "ms\tp50\tp90\tp99\tp99.9\tmax\tcount\n")
	row(w, "since due", r.Latency)
	row(w, "since sent", r.Service)
	if r.Shed.Count > 0 {
		row(w, "refused as busy", r.Shed)
	}
	if len(r.Steps) > 1 {
		for _, s := range r.Steps {
			row(w, s.Name, s.Times)
		}
	}
	if len(r.Legs) > 0 {
		fmt.Fprint(w, "\na second\toffered\tgood\tbusy\tfailed\tp50 ms\tp99 ms\n")
		for _, l := range r.Legs {
			fmt.Fprintf(w, "%.0f s to %.0f s\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\n", l.From, l.To, l.Offered, l.Good, l.Shed, l.Failed, l.Latency.P50, l.Latency.P99)
		}
	}
	if err := w.Flush(); err != nil || len(r.Refusals) == 0 {
		return err
	}
	_, err := fmt.Fprintf(to, "\nrefused, for example:\n  %s\n", strings.Join(r.Refusals, "\n  "))
	return err
}

func counts(w io.Writer, what string, n map[string]int64) {
	for _, name := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(w, "%s %s\t%d\n", what, name, n[name])
	}
}

func row(w io.Writer, name string, t Times) {
	fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\n", name, t.P50, t.P90, t.P99, t.P999, t.Max, t.Count)
}
