package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"casebook/monitor/harness"
)

type monitorBacktest struct {
	Vitals   string `help:"SDTM VS as CSV, of a study whose sites are mixed anew before fabrication is planted." type:"existingfile" placeholder:"FILE"`
	Seed     uint64 `help:"The seed of chance." default:"7"`
	Commit   string `help:"Also with a seed that nobody could choose: the digest of this commit." placeholder:"HASH"`
	Rounds   int    `help:"Simulated studies of each kind." default:"40"`
	JSON     bool   `help:"Print one JSON object." xor:"as"`
	Markdown bool   `help:"Print the table as Markdown." xor:"as"`
}

// backtested is what was found with one seed.
type backtested struct {
	Seed uint64        `json:"seed"`
	Rows []harness.Row `json:"rows"`
}

// Run plants and counts; a goal that is missed is said.
func (c *monitorBacktest) Run(ctx context.Context) error {
	var m *harness.Measurements
	if c.Vitals != "" {
		f, err := os.Open(c.Vitals)
		if err != nil {
			return err
		}
		defer f.Close()
		if m, err = harness.ReadVitals(f); err != nil {
			return err
		}
	}
	seeds := []uint64{c.Seed}
	if c.Commit != "" {
		sum := sha256.Sum256([]byte(c.Commit))
		seeds = append(seeds, binary.BigEndian.Uint64(sum[:]))
	}
	var all []backtested
	for _, seed := range seeds {
		rows, err := harness.Goals(ctx, seed, c.Rounds, m)
		if err != nil {
			return err
		}
		all = append(all, backtested{seed, rows})
	}
	switch {
	case c.JSON && len(all) == 1:
		return printJSON(map[string]any{"seed": c.Seed, "rounds": c.Rounds, "rows": all[0].Rows})
	case c.JSON:
		return printJSON(map[string]any{"commit": c.Commit, "rounds": c.Rounds, "outcomes": all})
	case c.Markdown:
		return c.markdown(os.Stdout, all)
	}
	out := tabwriter.NewWriter(os.Stdout, 2, 0, 2, ' ', 0)
	fmt.Fprintln(out, "seed\tplanted\tfound\tby the rule\trule\tgoal\t")
	for _, o := range all {
		for _, r := range o.Rows {
			fmt.Fprintf(out, "%d\t%s\t%.3f\t%.3f\t%s\t%s\t%s\n", o.Seed, r.What, r.Found, r.Against, r.Rule, r.Goal, met(r.Reached))
		}
	}
	return out.Flush()
}

func met(reached bool) string {
	if reached {
		return "reached"
	}
	return "missed"
}

// markdown writes one line for each goal, with a cell for each seed.
func (c *monitorBacktest) markdown(w io.Writer, all []backtested) error {
	head, rule := "| what | rule | goal |", "|---|---|---|"
	for _, o := range all {
		head += fmt.Sprintf(" seed %d: found, by the rule |", o.Seed)
		rule += "---|"
	}
	if _, err := fmt.Fprintf(w, "%s\n%s\n", head, rule); err != nil {
		return err
	}
	for i, r := range all[0].Rows {
		fmt.Fprintf(w, "| %s | %s | %s |", r.What, r.Rule, r.Goal)
		for _, o := range all {
			r := o.Rows[i]
			fmt.Fprintf(w, " %.3f, %.3f: %s |", r.Found, r.Against, met(r.Reached))
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}
