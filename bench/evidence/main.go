// Command evidence runs the tests that the table of requirements names, with the race detector, and prints their results as
// one JSON object, which `casebook validate --evidence` reads. A test that fails is a result, and no failure of this program.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const table = "docs/validation/requirements.json"

type evidence struct {
	Commit  string            `json:"commit"`
	At      time.Time         `json:"at"`
	Go      string            `json:"go"`
	Results map[string]string `json:"results"` // "package.TestName" → pass, fail, skip
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "evidence:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	named, err := tests()
	if err != nil {
		return err
	}
	revision, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return fmt.Errorf("which commit is this: %w", err)
	}
	e := evidence{Commit: strings.TrimSpace(string(revision)), At: casebook.Outside().Now().UTC(), Go: runtime.Version(), Results: map[string]string{}}
	if changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output(); err != nil || len(changed) > 0 {
		e.Commit += " with changes"
	}
	for _, pkg := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintln(os.Stderr, "casebook/"+pkg)
		if err := e.ask(ctx, pkg, named[pkg]); err != nil {
			return err
		}
	}
	return json.MarshalWrite(os.Stdout, e, json.Deterministic(true), jsontext.WithIndent(" "))
}

// tests reads the names of the tests, by package.
func tests() (map[string][]string, error) {
	text, err := os.ReadFile(table)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Tests []string `json:"tests"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	named := map[string][]string{}
	for _, r := range rows {
		for _, name := range r.Tests {
			pkg, test, _ := strings.Cut(name, ".")
			if !slices.Contains(named[pkg], test) {
				named[pkg] = append(named[pkg], test)
			}
		}
	}
	return named, nil
}

// ask runs some tests of a package and takes their results in.
func (e *evidence) ask(ctx context.Context, pkg string, tests []string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-race", "-short", "-count=1", "-timeout=20m", "-json", "-run", "^("+strings.Join(tests, "|")+")$", "./"+path.Clean(pkg))
	cmd.Stderr = os.Stderr
	out, failed := cmd.Output()
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct{ Action, Test string }
		if err := json.Unmarshal(lines.Bytes(), &event, json.MatchCaseInsensitiveNames(true)); err != nil {
			return fmt.Errorf("go test says %q: %w", lines.Text(), err)
		}
		if slices.Contains([]string{"pass", "fail", "skip"}, event.Action) && slices.Contains(tests, event.Test) {
			e.Results[pkg+"."+event.Test] = event.Action
		}
	}
	for _, t := range tests {
		if e.Results[pkg+"."+t] == "" && failed != nil {
			e.Results[pkg+"."+t] = "fail" // it did not come so far
		}
	}
	return lines.Err()
}
