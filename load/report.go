package load

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"time"

	"casebook/i18n"
)

//go:embed report.html
var reportText string

var reportPage = template.Must(template.New("report").Parse(reportText))

// Report writes a page about a run, or about two that are compared, the earlier one first: what was asked of it, and the rate
// and the latency over its time. The page needs nothing else; lang is a language of package i18n.
func Report(to io.Writer, lang string, found []Finding, runs ...Record) error {
	p := printer{lang}
	latest := runs[len(runs)-1]
	data := map[string]any{"Lang": lang, "Title": p.say("load.report.title"), "Run": p.run(latest), "Note": p.say("load.report.note"),
		"Asked": p.say("load.report.asked"), "Findings": p.findings(found), "Head": p.heads(), "W": wide, "H": high, "Left": left, "Right": wide - right, "Bottom": high - below, "Top": top}
	var before map[string]Result
	if len(runs) > 1 {
		before = map[string]Result{}
		for _, r := range runs[0].Visitors {
			before[r.Scenario] = r
		}
		data["Before"] = p.say("load.report.against", p.run(runs[0]))
	}
	var visitors []section
	for _, r := range latest.Visitors {
		was, paired := before[r.Scenario]
		if before != nil && !paired {
			continue
		}
		s, err := p.section(r, was, paired)
		if err != nil {
			return err
		}
		visitors = append(visitors, s)
	}
	data["Visitors"] = visitors
	return reportPage.Execute(to, data)
}

// printer says things in one language.
type printer struct{ lang string }

func (p printer) say(code string, args ...any) string { return i18n.Text(code, p.lang, args...) }

// ms is the name of a figure in milliseconds.
func (p printer) ms(name string) string { return p.say("load.report.ms", name) }

func (p printer) run(rec Record) string {
	r := rec.Visitors[0]
	return p.say("load.report.run", rec.Begun.Format(time.RFC3339), p.shape(r.Shape), strconv.FormatFloat(seconds(rec.Visitors), 'f', 0, 64), rec.Cores)
}

func (p printer) shape(name string) string {
	switch name {
	case Ramp:
		return p.say("load.report.ramp")
	case Spike:
		return p.say("load.report.spike")
	case Soak:
		return p.say("load.report.soak")
	case Overload:
		return p.say("load.report.overload")
	}
	return p.say("load.report.steady")
}

func (p printer) scenario(name string) string {
	switch name {
	case Reports:
		return p.say("load.report.phones")
	case Entry:
		return p.say("load.report.coordinators")
	case Browse:
		return p.say("load.report.readers")
	case Monitor:
		return p.say("load.report.monitors")
	case Office:
		return p.say("load.report.sites")
	}
	return p.say("load.report.programs")
}

func (p printer) what(name string) string {
	switch name {
	case "good":
		return p.say("load.report.good_share")
	case "shed":
		return p.say("load.report.shed_share")
	case "failed":
		return p.say("load.report.failed_share")
	case "held":
		return p.say("load.report.held")
	case "drift":
		return p.say("load.report.drift")
	case "p50 ratio":
		return p.say("load.report.ratio", "p50")
	case "p99 ratio":
		return p.say("load.report.ratio", "p99")
	case "good ratio":
		return p.say("load.report.ratio", p.say("load.report.good"))
	case "p999":
		name = "p99.9"
	}
	return p.ms(name)
}

func (p printer) heads() map[string]string {
	return map[string]string{"Visitors": p.say("load.report.visitors"), "What": p.say("load.report.what"), "Limit": p.say("load.report.limit"), "Was": p.say("load.report.was"),
		"Step": p.say("load.report.step"), "Count": p.say("load.report.count"), "Leg": p.say("load.report.leg"), "Offered": p.say("load.report.offered"), "Good": p.say("load.report.good"),
		"Shed": p.say("load.report.shed"), "Failed": p.say("load.report.failed"), "P50": p.ms("p50"), "P90": p.ms("p90"), "P99": p.ms("p99"), "Max": p.ms(p.say("load.report.slowest")), "Refused": p.say("load.report.refused")}
}

// listed is a line of a table, its first cell a heading.
type listed struct {
	Head  string
	Cells []string
	Bad   bool
}

func (p printer) findings(found []Finding) (all []listed) {
	for _, f := range found {
		sign, said := "≥", p.say("load.report.reached")
		if f.AtMost {
			sign = "≤"
		}
		if !f.Reached {
			said = p.say("load.report.missed")
		}
		all = append(all, listed{p.scenario(f.Scenario), []string{p.what(f.What), sign + " " + amount(f.Limit), amount(f.Was), said}, !f.Reached})
	}
	return all
}

// section is one kind of visitors.
type section struct {
	Title    string
	Figures  []figure
	Plots    []plot
	Legs     []listed
	Steps    []listed
	Refusals []string
}

type figure struct{ Name, Value, Was string }

func (p printer) section(r, was Result, paired bool) (section, error) {
	s := section{Title: p.scenario(r.Scenario), Refusals: r.Refusals}
	note := func(name, format string, of func(Result) float64) {
		f := figure{Name: name, Value: fmt.Sprintf(format, of(r))}
		if paired {
			f.Was = fmt.Sprintf(format, of(was))
		}
		s.Figures = append(s.Figures, f)
	}
	note(p.say("load.report.offered"), "%.1f", func(r Result) float64 { return r.Offered })
	note(p.say("load.report.good"), "%.1f", func(r Result) float64 { return r.Good })
	note(p.ms("p50"), "%.2f", func(r Result) float64 { return r.Latency.P50 })
	note(p.ms("p99"), "%.2f", func(r Result) float64 { return r.Latency.P99 })
	note(p.ms("p99.9"), "%.2f", func(r Result) float64 { return r.Latency.P999 })
	note(p.say("load.report.shed_share"), "%.4f", func(r Result) float64 { _, shed, _ := r.shares(); return shed })
	note(p.say("load.report.failed_share"), "%.4f", func(r Result) float64 { _, _, failed := r.shares(); return failed })
	for _, l := range r.Legs {
		s.Legs = append(s.Legs, listed{Head: fmt.Sprintf("%.0f–%.0f s", l.From, l.To), Cells: []string{fmt.Sprintf("%.1f", l.Offered), fmt.Sprintf("%.1f", l.Good), fmt.Sprintf("%.1f", l.Shed),
			fmt.Sprintf("%.1f", l.Failed), fmt.Sprintf("%.2f", l.Latency.P50), fmt.Sprintf("%.2f", l.Latency.P99)}})
	}
	for _, one := range r.Steps {
		t := one.Times
		s.Steps = append(s.Steps, listed{Head: one.Name, Cells: []string{strconv.FormatInt(t.Count, 10), fmt.Sprintf("%.2f", t.P50), fmt.Sprintf("%.2f", t.P90), fmt.Sprintf("%.2f", t.P99), fmt.Sprintf("%.2f", t.Max)}})
	}
	runs := []Result{r}
	if paired {
		runs = []Result{was, r}
	}
	spread, err := p.spread(runs)
	s.Plots = []plot{p.rate(runs), p.latency(runs), spread}
	return s, err
}

// curve is one figure of each moment.
type curve struct {
	name, class string
	of          func(Moment) float64
}

// traced draws curves of a run over its time. Of two runs only the first curve is drawn, for each of them.
func (p printer) traced(runs []Result, x, y scale, gaps bool, curves ...curve) (all []line) {
	draw := func(r Result, c curve) {
		t := r.Timeline
		all = append(all, line{c.name, c.class, drawn(len(t), gaps, func(i int) float64 { return x(t[i].At) }, func(i int) float64 { return c.of(t[i]) }, y)})
	}
	if len(runs) == 2 {
		draw(runs[0], curve{p.say("load.report.before"), "b", curves[0].of})
		draw(runs[1], curve{p.say("load.report.after"), "a", curves[0].of})
		return all
	}
	for _, c := range curves {
		draw(runs[0], c)
	}
	return all
}

// seconds is how long the timelines of runs are.
func seconds(runs []Result) (most float64) {
	for _, r := range runs {
		for _, m := range r.Timeline {
			most = max(most, m.At)
		}
	}
	return max(most, 1e-3)
}

func (p printer) rate(runs []Result) plot {
	most := 0.0
	for _, r := range runs {
		for _, m := range r.Timeline {
			most = max(most, m.Offered, m.Good, m.Shed, m.Failed)
		}
	}
	end, most := seconds(runs), round(most)
	x, y := across(end), upward(most)
	lines := p.traced(runs, x, y, false, curve{p.say("load.report.good"), "a", func(m Moment) float64 { return m.Good }}, curve{p.say("load.report.offered"), "o", func(m Moment) float64 { return m.Offered }},
		curve{p.say("load.report.shed"), "w", func(m Moment) float64 { return m.Shed }}, curve{p.say("load.report.failed"), "f", func(m Moment) float64 { return m.Failed }})
	title := p.say("load.report.rate")
	if len(runs) == 2 {
		title = p.say("load.report.rate_good")
	}
	return plot{title, lines, steps(end, x, " s"), steps(most, y, "")}
}

func (p printer) latency(runs []Result) plot {
	from, to := 0, 1
	for _, r := range runs {
		for _, m := range r.Timeline {
			if m.P50 > 0 {
				from, to = min(from, int(math.Floor(math.Log10(m.P50)))), max(to, int(math.Ceil(math.Log10(m.Max))))
			}
		}
	}
	end := seconds(runs)
	x, y := across(end), powers(from, to)
	title := p.say("load.report.latency")
	if len(runs) == 2 {
		title = p.say("load.report.latency_p99")
	}
	return plot{title, p.traced(runs, x, y, true, curve{"p99", "a", func(m Moment) float64 { return m.P99 }}, curve{"p50", "b", func(m Moment) float64 { return m.P50 }},
		curve{p.say("load.report.slowest"), "o", func(m Moment) float64 { return m.Max }}), steps(end, x, " s"), tens(from, to, y)}
}

// spread draws how many requests took how long: each step to the right leaves a tenth of those that were left.
func (p printer) spread(runs []Result) (plot, error) {
	marks := []float64{0, 90, 99, 99.9, 99.99}
	x := func(percentile float64) float64 {
		return across(float64(len(marks) - 1))(-math.Log10(1 - percentile/100))
	}
	from, to := 0, 1
	value := make([]func(percentile float64) float64, len(runs))
	for i, r := range runs {
		h, err := r.histogram()
		if err != nil {
			return plot{}, err
		}
		value[i] = func(percentile float64) float64 { return float64(h.ValueAtPercentile(percentile)) / 1000 }
		if h.TotalCount() > 0 {
			from, to = min(from, int(math.Floor(math.Log10(value[i](0))))), max(to, int(math.Ceil(math.Log10(value[i](100)))))
		}
	}
	y := powers(from, to)
	names := []line{{Name: p.say("load.report.since_due"), Class: "a"}}
	if len(runs) == 2 {
		names = []line{{Name: p.say("load.report.before"), Class: "b"}, {Name: p.say("load.report.after"), Class: "a"}}
	}
	const points = 160
	at := func(i int) float64 { return 100 * (1 - math.Pow(10, -float64(len(marks)-1)*float64(i)/points)) }
	for i := range names {
		names[i].Points = drawn(points+1, true, func(i int) float64 { return x(at(i)) }, func(k int) float64 { return value[i](at(k)) }, y)
	}
	var ticks []tick
	for _, m := range marks {
		ticks = append(ticks, tick{x(m), short(m) + " %"})
	}
	return plot{p.say("load.report.spread"), names, ticks, tens(from, to, y)}, nil
}
