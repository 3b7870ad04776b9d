package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// benchmarked is a line of what `go test -bench` prints: its name, and the figure before each unit.
var benchmarked = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

var figure = regexp.MustCompile(`([\d.]+) (ns/op|entries/s)`)

// openSide measures what other programs and live settings cost, by the benchmarks of their packages: each against what the same
// machine does without it.
func (b *bench) openSide() error {
	cmd := exec.CommandContext(b.ctx, "go", "test", "./platform", "./settings", "-run", "^$", "-bench", "KeyAndRate|Feed|Get", "-benchtime", "1s", "-count", strconv.Itoa(b.rounds))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	found := map[string][]float64{}
	for _, m := range benchmarked.FindAllStringSubmatch(out.String(), -1) {
		for _, f := range figure.FindAllStringSubmatch(m[2], -1) {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				return err
			}
			found[m[1]+" "+f[2]] = append(found[m[1]+" "+f[2]], n)
		}
	}
	whole := make([]float64, b.rounds)
	for i := range whole {
		whole[i] = 1000
	}
	for _, l := range []line{
		{what: "change feed, a warm store", against: "bare reading of its rows", unit: "entries/s", goal: "100,000 entries/s", ours: found["Feed/reader entries/s"], theirs: found["Feed/rows entries/s"]},
		{what: "a key checked and counted", against: "one microsecond", unit: "ns", goal: "≤ 1", ours: found["KeyAndRate ns/op"], theirs: whole},
		{what: "a setting read", against: "the same under a RWMutex", unit: "ns", goal: "≤ 25 ns, flat with cores", ours: found["Get/snapshot ns/op"], theirs: found["Get/rwmutex ns/op"]},
		{what: "a setting read", against: "the same under a Mutex", unit: "ns", goal: "≤ 25 ns, flat with cores", ours: found["Get/snapshot ns/op"], theirs: found["Get/mutex ns/op"]},
	} {
		if len(l.ours) != b.rounds || len(l.theirs) != b.rounds {
			return fmt.Errorf("%s: %d and %d measurements, of %d rounds\n%s", l.what, len(l.ours), len(l.theirs), b.rounds, out.Bytes())
		}
		b.lines = append(b.lines, l)
	}
	return nil
}
