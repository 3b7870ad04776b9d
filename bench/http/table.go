package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// median of what f reads out of each round.
func median[R any](rounds []R, f func(R) float64) float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, f(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// linked is how many packages outside the standard library a stack links, by its main import.
func linked(stack string) string {
	imports := map[string][]string{
		"net/http + Connect": {"connectrpc.com/connect", "github.com/go-json-experiment/json"},
		"Gin":                {"github.com/gin-gonic/gin"},
		"go-zero":            {"github.com/zeromicro/go-zero/rest", "github.com/zeromicro/go-zero/zrpc"},
	}
	out, err := exec.Command("go", append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}, imports[stack]...)...).Output()
	if err != nil {
		return "?"
	}
	return fmt.Sprint(len(strings.Fields(string(out))))
}

func doorTable(got map[string][]door) string {
	var b strings.Builder
	b.WriteString("| `POST /report`, 1.9 KB, 64 connections, no database | requests/s, relative | objects a request | CPU a request | p99, relative | packages linked |\n|---|---|---|---|---|---|\n")
	rate := func(stack string) float64 { return median(got[stack], func(d door) float64 { return d.persecond }) }
	p99 := func(stack string) float64 { return median(got[stack], func(d door) float64 { return d.p99.Seconds() }) }
	for _, stack := range stacks {
		fmt.Fprintf(&b, "| %s | %.2f | %.0f | %.0f µs | %.2f | %s |\n", stack, rate(stack)/rate(stacks[0]),
			median(got[stack], func(d door) float64 { return d.objects }), median(got[stack], func(d door) float64 { return float64(d.cpu.Microseconds()) }),
			p99(stack)/p99(stacks[0]), linked(stack))
	}
	return b.String()
}

func chainTable(got map[string][]chain) string {
	var b strings.Builder
	b.WriteString("| gateway → trial → patient → SQL, three processes | requests/s at 16 connections, relative | CPU a request | p50 / p99, relative | 40 s query answered after, with | database at rest after | browser closed to database at rest: median / longest of 20 | user and trace in the SQL |\n|---|---|---|---|---|---|---|---|\n")
	of := func(stack string, f func(chain) float64) float64 { return median(got[stack], f) }
	persecond := func(c chain) float64 { return c.persecond }
	p50, p99 := func(c chain) float64 { return c.p50.Seconds() }, func(c chain) float64 { return c.p99.Seconds() }
	for _, stack := range stacks {
		last := got[stack][len(got[stack])-1]
		fmt.Fprintf(&b, "| %s | %.2f | %.0f µs | %.2f / %.2f | %.2f s, %d | %.2f s | %s / %s | %v |\n", stack, of(stack, persecond)/of(stacks[0], persecond),
			of(stack, func(c chain) float64 { return float64(c.cpu.Microseconds()) }), of(stack, p50)/of(stacks[0], p50), of(stack, p99)/of(stacks[0], p99),
			of(stack, func(c chain) float64 { return c.deadline.Seconds() }), last.status, of(stack, func(c chain) float64 { return c.deadlineIdle.Seconds() }),
			milli(of(stack, func(c chain) float64 { return at(c.closed, .5).Seconds() })), milli(of(stack, func(c chain) float64 { return c.closed[len(c.closed)-1].Seconds() })),
			map[bool]string{true: "yes", false: "no"}[last.seen])
	}
	return b.String()
}

func milli(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(100 * time.Microsecond).String()
}
