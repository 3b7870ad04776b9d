package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"casebook/monitor/harness"
)

type monitorBacktest struct {
	Vitals string `help:"SDTM VS as CSV, of a study whose sites are mixed anew before fabrication is planted." type:"existingfile" placeholder:"FILE"`
	Seed   uint64 `help:"The seed of chance." default:"7"`
	Rounds int    `help:"Simulated studies of each kind." default:"40"`
	JSON   bool   `help:"Print one JSON object."`
}

// Run plants and counts; a goal that is missed is said.
func (c *monitorBacktest) Run(ctx context.Context) error {
	rows := harness.Underreporting(c.Seed, c.Rounds)
	for _, heterogeneity := range []float64{0, 0.05} {
		rows = append(rows, harness.Silence(c.Seed, c.Rounds, heterogeneity))
	}
	if c.Vitals != "" {
		f, err := os.Open(c.Vitals)
		if err != nil {
			return err
		}
		defer f.Close()
		m, err := harness.ReadVitals(f)
		if err != nil {
			return err
		}
		some, err := harness.Fabrication(ctx, c.Seed, c.Rounds, m)
		if err != nil {
			return err
		}
		rows = append(rows, some...)
	}
	if c.JSON {
		return printJSON(map[string]any{"seed": c.Seed, "rounds": c.Rounds, "rows": rows})
	}
	out := tabwriter.NewWriter(os.Stdout, 2, 0, 2, ' ', 0)
	fmt.Fprintln(out, "planted\tfound\tby the rule\trule\tgoal\t")
	for _, r := range rows {
		mark := "reached"
		if !r.Reached {
			mark = "missed"
		}
		fmt.Fprintf(out, "%s\t%.3f\t%.3f\t%s\t%s\t%s\n", r.What, r.Found, r.Against, r.Rule, r.Goal, mark)
	}
	return out.Flush()
}
