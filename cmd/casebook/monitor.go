package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"casebook"
	"casebook/i18n"
	"casebook/monitor"
	"casebook/monitor/gsm"
	"casebook/stat"
)

// monitorCommand groups what is done with figures from files.
type monitorCommand struct {
	Analyze  monitorAnalyze  `cmd:"" help:"Compare the groups of a CSV file: SubjectID, GroupID, GroupLevel, Numerator, Denominator."`
	Compare  monitorCompare  `cmd:"" help:"Compute gsm's results again from their own counts, and list what differs."`
	Backtest monitorBacktest `cmd:"" help:"Plant what should be found into clean studies, and count what is found."`
	Kri      monitorKRI      `cmd:"" help:"List the indicators, or print the file of one."`
}

type monitorAnalyze struct {
	Input      string    `required:"" help:"The analysis input; '-' reads standard input." placeholder:"FILE"`
	Kri        string    `help:"An indicator: its id in the catalogue, or a file." placeholder:"FILE|ID"`
	Method     string    `help:"normal-rate, normal-binary, poisson, poisson-offset, fisher, identity or reporting-exact."`
	Thresholds []float64 `help:"Scores at which the flag changes." placeholder:"-2,-1,2,3"`
	Flags      []int     `help:"The flags, one more than thresholds." placeholder:"-2,-1,0,1,2"`
	Accrual    string    `help:"What a group must have contributed to be flagged: Denominator, Numerator or Difference, and how much." placeholder:"Denominator:30"`
	Table      string    `help:"Which of gsm's tables." enum:"summary,analyzed,flagged,bounds" default:"summary"`
	CSV        bool      `help:"Print the table as CSV, with gsm's columns."`
	JSON       bool      `help:"Print one JSON object."`
}

// Run analyses the input; what a reader must know beside the table goes to standard error.
func (c *monitorAnalyze) Run() error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	in, err := readInput(c.Input)
	if err != nil {
		return err
	}
	a, err := gsm.Analyze(in, spec)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(analysisJSON(a))
	}
	for _, n := range a.Notes {
		fmt.Fprintln(os.Stderr, "casebook: "+n.Text(language()))
	}
	if c.CSV || c.Table != gsm.Summary {
		return a.WriteCSV(os.Stdout, c.Table)
	}
	return printGroups(os.Stdout, a)
}

func readInput(path string) (*gsm.Input, error) {
	if path == "-" {
		return gsm.ReadInput(os.Stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return gsm.ReadInput(f)
}

// spec is the indicator's, with what the flags say in its place.
func (c *monitorAnalyze) spec() (gsm.Spec, error) {
	spec := gsm.Spec{Method: gsm.NormalRate}
	if c.Kri != "" {
		k, err := indicator(c.Kri)
		if err != nil {
			return spec, err
		}
		spec = k.Spec()
	}
	if c.Method != "" && c.Method != spec.Method {
		if c.Kri != "" { // other scores, so other limits
			spec.Cuts = stat.Cuts{}
		}
		spec.Method = c.Method
	}
	if len(c.Thresholds) > 0 {
		spec.Cuts.Thresholds = c.Thresholds
	}
	if len(c.Flags) > 0 {
		spec.Cuts.Flags = c.Flags
	}
	if c.Accrual != "" {
		of, text, _ := strings.Cut(c.Accrual, ":")
		metric, known := map[string]stat.AccrualMetric{"denominator": stat.OfDenominator, "numerator": stat.OfNumerator, "difference": stat.OfDifference}[strings.ToLower(of)]
		least, err := strconv.ParseInt(text, 10, 64)
		if !known || err != nil || least < 0 {
			return spec, casebook.Fail(casebook.Invalid, "monitor.kri.accrual", c.Accrual).At("--accrual")
		}
		spec.Accrual = &stat.Accrual{Of: metric, Min: least}
	}
	return spec, nil
}

// indicator finds an indicator in the catalogue or reads its file.
func indicator(name string) (*monitor.Indicator, error) {
	all := monitor.Indicators()
	if i := slices.IndexFunc(all, func(k *monitor.Indicator) bool { return k.ID == name }); i >= 0 {
		return all[i], nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, casebook.Fail(casebook.NotFound, "monitor.kri_unknown", name)
	}
	if err != nil {
		return nil, err
	}
	k, err := monitor.ReadIndicator(text)
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return nil, e.At(name + "/" + e.Place)
	}
	return k, err
}

func analysisJSON(a *gsm.Analysis) map[string]any {
	notes := []string{}
	for _, n := range a.Notes {
		notes = append(notes, n.Text(language()))
	}
	return map[string]any{"kri": a.Spec.ID, "method": a.Spec.Method, "overallMetric": gsm.Known(a.Mean), "factor": gsm.Known(a.Factor),
		"groups": a.Groups(), "notes": notes}
}

// printGroups shows the summary to a person: a group that no score could flag is not green.
func printGroups(w io.Writer, a *gsm.Analysis) error {
	out := tabwriter.NewWriter(w, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "GroupID\tNumerator\tDenominator\tMetric\tScore\tFlag\t")
	number := func(x *float64) string {
		if x == nil {
			return "–"
		}
		return strconv.FormatFloat(*x, 'g', 5, 64)
	}
	for _, g := range a.Groups() {
		flag := i18n.Text("monitor.not_assessable", language())
		if g.Flag != nil && g.Assessable {
			flag = strconv.Itoa(*g.Flag)
		}
		fmt.Fprintf(out, "%s\t%d\t%d\t%s\t%s\t%s\t\n", g.GroupID, g.Numerator, g.Denominator, number(g.Metric), number(g.Score), flag)
	}
	return out.Flush()
}

type monitorCompare struct {
	With string  `required:"" help:"gsm's Results: GroupID, Numerator, Denominator, Score, Flag, MetricID." type:"existingfile" placeholder:"FILE"`
	Rel  float64 `help:"How far scores may lie apart, relatively." default:"1e-9"`
	JSON bool    `help:"Print one JSON object."`
}

// errDiffers ends compare with status 1.
var errDiffers = errors.New("the results are not the same")

// Run compares and fails if anything differs.
func (c *monitorCompare) Run() error {
	f, err := os.Open(c.With)
	if err != nil {
		return err
	}
	defer f.Close()
	specs := map[string]gsm.Spec{}
	for _, k := range monitor.Indicators() {
		specs[k.ID] = k.Spec()
	}
	done, err := gsm.Compare(f, specs, c.Rel)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(done)
	} else {
		fmt.Printf("%d indicators, %d groups compared, %d scores and flags differ\n", len(done.Metrics), done.Groups, len(done.Differences))
		for _, d := range done.Differences {
			fmt.Printf("  %s %s: %s %s, computed %s\n", d.Metric, d.Group, d.What, d.Theirs, d.Ours)
		}
		for _, s := range done.Skipped {
			fmt.Printf("  %s is not in the catalogue\n", s)
		}
	}
	if err == nil && len(done.Differences) > 0 {
		err = errDiffers
	}
	return err
}

type monitorKRI struct {
	ID string `arg:"" optional:"" help:"The indicator whose file is printed."`
}

// Run lists the catalogue.
func (c *monitorKRI) Run() error {
	if c.ID != "" {
		k, err := indicator(c.ID)
		if err != nil {
			return err
		}
		return printJSON(k)
	}
	lang := language()
	out := tabwriter.NewWriter(os.Stdout, 2, 0, 2, ' ', 0)
	for _, k := range monitor.Indicators() {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", k.ID, k.Method, k.Source, k.Name.In(lang))
	}
	return out.Flush()
}
