package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// benchmarked is a line of what `go test -bench` prints: its name, and the figure before each unit.
var benchmarked = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

var figure = regexp.MustCompile(`([\d.]+) (ns/op|entries/s|allocs/op|B/site)`)

// openSide measures what other programs and live settings cost, by the benchmarks of their packages: each against what the same
// machine does without it.
func (b *bench) openSide() error {
	found, err := b.benchmarks("KeyAndRate|Feed|Get", "./platform", "./settings")
	if err != nil {
		return err
	}
	return b.told([]line{
		{what: "change feed, a warm store", against: "bare reading of its rows", unit: "entries/s", goal: "100,000 entries/s", ours: found["Feed/reader entries/s"], theirs: found["Feed/rows entries/s"]},
		{what: "a key checked and counted", against: "one microsecond", unit: "ns", goal: "≤ 1", ours: found["KeyAndRate ns/op"], theirs: b.each(1000)},
		{what: "a setting read", against: "the same under a RWMutex", unit: "ns", goal: "≤ 25 ns, flat with cores", ours: found["Get/snapshot ns/op"], theirs: found["Get/rwmutex ns/op"]},
		{what: "a setting read", against: "the same under a Mutex", unit: "ns", goal: "≤ 25 ns, flat with cores", ours: found["Get/snapshot ns/op"], theirs: found["Get/mutex ns/op"]},
	})
}

// monitorSide measures what monitoring costs, by the benchmarks of its packages: each against what it may cost.
func (b *bench) monitorSide() error {
	found, err := b.benchmarks("KRIUpdate|Rescore1000|ExactReportingOf30|AnEventIsCounted|ASiteIsKept|AStudyIsRebuilt", "./stat", "./monitor")
	if err != nil {
		return err
	}
	return b.told([]line{
		{what: "one site's counts replaced in an indicator, and scored", against: "the goal", unit: "ns", goal: "≤ 1", ours: found["KRIUpdateAndScore ns/op"], theirs: b.each(100)},
		{what: "the same, allocations and one more", against: "one", unit: "objects", goal: "≤ 1", ours: plus(found["KRIUpdateAndScore allocs/op"], 1), theirs: b.each(1)},
		{what: "an event counted with every indicator that uses it", against: "the goal", unit: "ns", goal: "≤ 1", ours: found["AnEventIsCounted ns/op"], theirs: b.each(100)},
		{what: "1,000 sites scored by 27 indicators", against: "the goal", unit: "ns", goal: "≤ 1", ours: found["Rescore1000SitesBy27KRIs ns/op"], theirs: b.each(250_000)},
		{what: "exact event reporting of a site of 30", against: "the goal", unit: "ns", goal: "≤ 1", ours: found["ExactReportingOf30Subjects ns/op"], theirs: b.each(1_000_000)},
		{what: "a site in memory, 40 measurements", against: "the goal", unit: "B", goal: "≤ 1", ours: found["ASiteIsKept/alone B/site"], theirs: b.each(64 << 10)},
		{what: "the same with its 20 subjects", against: "the goal for the site alone", unit: "B", goal: "–", ours: found["ASiteIsKept/withSubjects B/site"], theirs: b.each(64 << 10)},
		{what: "a study counted anew from its ledger", against: "the goal", unit: "entries/s", goal: "≥ 1", ours: found["AStudyIsRebuilt entries/s"], theirs: b.each(100_000)},
	})
}

// benchmarks runs benchmarks of packages, as often as there are rounds, and returns their figures by name and unit.
func (b *bench) benchmarks(pattern string, packages ...string) (map[string][]float64, error) {
	args := append(append([]string{"test"}, packages...), "-run", "^$", "-bench", pattern, "-benchtime", "1s", "-count", strconv.Itoa(b.rounds))
	cmd := exec.CommandContext(b.ctx, "go", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	found := map[string][]float64{}
	for _, m := range benchmarked.FindAllStringSubmatch(out.String(), -1) {
		for _, f := range figure.FindAllStringSubmatch(m[2], -1) {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				return nil, err
			}
			found[m[1]+" "+f[2]] = append(found[m[1]+" "+f[2]], n)
		}
	}
	return found, nil
}

// each is a figure that is the same in every round.
func (b *bench) each(n float64) []float64 { return slices.Repeat([]float64{n}, b.rounds) }

func plus(of []float64, n float64) (all []float64) {
	for _, x := range of {
		all = append(all, x+n)
	}
	return all
}

// told adds lines, all of whose measurements must be there.
func (b *bench) told(lines []line) error {
	for _, l := range lines {
		if len(l.ours) != b.rounds || len(l.theirs) != b.rounds {
			return fmt.Errorf("%s: %d and %d measurements, of %d rounds", l.what, len(l.ours), len(l.theirs), b.rounds)
		}
		b.lines = append(b.lines, l)
	}
	return nil
}
