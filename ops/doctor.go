package ops

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a doctor wants to know of a process that is running.
type Report struct {
	At         time.Time `json:"at"`
	Up         float64   `json:"up"`        // seconds
	Version    string    `json:"version"`   // of the build
	Go         string    `json:"go"`        // the toolchain
	Cores      int       `json:"cores"`     // that the runtime uses
	MemoryMax  int64     `json:"memoryMax"` // bytes, GOMEMLIMIT; the largest integer is none
	Now        Sample    `json:"now"`
	Figures    []Figure  `json:"figures"`    // queues, followers, pools: what their owners tell
	Goroutines []Owner   `json:"goroutines"` // by who started them, the most first
	Slow       []Slow    `json:"slow"`       // the newest first
}

// Figure is one gauge.
type Figure struct {
	Name  string  `json:"name"`
	Help  string  `json:"help"`
	Value float64 `json:"value"`
}

// Owner is a function and how many goroutines it has started.
type Owner struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Report examines the process now.
func (p *Ops) Report() Report {
	r := Report{At: p.o.World.Now().UTC(), Version: version(), Go: runtime.Version(), Cores: runtime.GOMAXPROCS(0), MemoryMax: debug.SetMemoryLimit(-1),
		Goroutines: owners()}
	r.Up = r.At.Sub(p.begun).Seconds()
	p.mu.Lock()
	gauges := slices.Clone(p.gauges)
	r.Slow = slices.Clone(p.slow)
	if n := len(p.past.samples); n > 0 {
		r.Now = p.past.samples[n-1]
	}
	p.mu.Unlock()
	slices.Reverse(r.Slow)
	for _, g := range gauges {
		r.Figures = append(r.Figures, Figure{g.name, g.help, g.read()})
	}
	return r
}

func version() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
		return b.Main.Version
	}
	return "unknown"
}

// owners groups the goroutines by the outermost function that is not the runtime's: who started them.
func owners() []Owner {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return nil
	}
	count := map[string]int{}
	n, last := 0, ""
	for lines := bufio.NewScanner(&profile); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#\t"): // "#	0xADDR	function+0xOFF	file:line", innermost first
			if f := strings.Split(line, "\t"); len(f) > 2 && !starter(f[2]) {
				last, _, _ = strings.Cut(f[2], "+0x")
			}
		case line == "":
			if n > 0 && last != "" {
				count[last] += n
			}
			n, last = 0, ""
		default: // "COUNT @ 0x… 0x…"
			if head, _, ok := strings.Cut(line, " @"); ok {
				n, _ = strconv.Atoi(head)
			}
		}
	}
	if n > 0 && last != "" {
		count[last] += n
	}
	all := make([]Owner, 0, len(count))
	for name, c := range count {
		all = append(all, Owner{name, c})
	}
	slices.SortFunc(all, func(a, b Owner) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Name, b.Name)) })
	return all
}

// starter reports whether a function only starts others' goroutines.
func starter(function string) bool {
	return strings.HasPrefix(function, "golang.org/x/sync/errgroup.") || strings.HasPrefix(function, "sync.(*WaitGroup).Go")
}

// Write prints the report for a terminal.
func (r Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value, note string) { fmt.Fprintf(t, "%s\t%s\t%s\n", name, value, note) }
	row("up", time.Duration(r.Up*float64(time.Second)).Round(time.Second).String(), r.Version+" "+r.Go)
	row("requests", fmt.Sprintf("%.0f/s", r.Now.Requests), fmt.Sprintf("p99 %.1f ms in the last second", r.Now.P99*1e3))
	row("goroutines", fmt.Sprintf("%.0f", r.Now.Goroutines), fmt.Sprintf("on %d cores; the 99th of 100 waits %.2f ms for one", r.Cores, r.Now.Scheduler*1e3))
	row("heap", mebibytes(r.Now.Heap), fmt.Sprintf("of %s held; %.0f collections, pauses up to %.2f ms (p99)", mebibytes(r.Now.Memory), r.Now.Collected, r.Now.Pause*1e3))
	row("open files", fmt.Sprintf("%.0f", r.Now.Files), "")
	fmt.Fprintln(t, "\t\t")
	for _, f := range r.Figures {
		row(f.Name, strconv.FormatFloat(f.Value, 'f', -1, 64), f.Help)
	}
	fmt.Fprintln(t, "\t\t")
	for i, o := range r.Goroutines {
		if i == 12 {
			row("…", fmt.Sprint(len(r.Goroutines)-i), "more places that start goroutines")
			break
		}
		row("goroutines of", fmt.Sprint(o.Count), o.Name)
	}
	for _, s := range r.Slow {
		row("slow", fmt.Sprintf("%.3f s", s.Took), fmt.Sprintf("%s %s %d, trace %s, objective %.1f s %s", s.At.Format(time.RFC3339), s.Route, s.Status, s.Trace, s.Objective, s.Dump))
	}
	return t.Flush()
}

func mebibytes(b float64) string { return fmt.Sprintf("%.1f MiB", b/(1<<20)) }
