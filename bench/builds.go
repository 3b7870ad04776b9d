package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"casebook/load"
)

// buildsSide compares two builds of the program (-binary, -against) by the processor's time that the same requests take: what else
// the machine does changes how long they wait, and hardly what they cost.
func (b *bench) buildsSide() error {
	ours, err := b.start("")
	if err != nil {
		return err
	}
	defer ours.remove()
	other := *b
	other.binary = b.against
	theirs, err := other.start("")
	if err != nil {
		return err
	}
	defer theirs.remove()
	for _, visit := range []struct {
		what string
		run  func(s *server, round int) (load.Result, error)
	}{
		{"a report, open loop of 400 a second", func(s *server, round int) (load.Result, error) { return s.visited(b, load.Reports, 400, round) }},
		{"a page of a reader, open loop of 20 a second", func(s *server, round int) (load.Result, error) { return s.visited(b, load.Browse, 20, round) }},
		{"a step of a coordinator, open loop of 40 a second", func(s *server, round int) (load.Result, error) { return s.visited(b, load.Entry, 40, round) }},
	} {
		cost := func(s *server) func(round int) (float64, error) {
			return func(round int) (float64, error) {
				before, err := s.processor()
				if err != nil {
					return 0, err
				}
				r, err := visit.run(s, round)
				if err != nil {
					return 0, err
				}
				after, err := s.processor()
				if err == nil && r.Answers == 0 {
					err = fmt.Errorf("%s: nothing was answered", visit.what)
				}
				return float64((after - before).Microseconds()) / float64(r.Answers), err
			}
		}
		for _, s := range []*server{ours, theirs} { // warm-up
			if _, err := cost(s)(b.rounds); err != nil {
				return err
			}
		}
		if err := b.pair(line{what: visit.what, against: "the other build", unit: "µs of processor", goal: "–"}, cost(ours), cost(theirs)); err != nil {
			return err
		}
	}
	return nil
}

// visited lets visitors of a scenario come at a rate.
func (s *server) visited(b *bench, scenario string, rate float64, round int) (load.Result, error) {
	o := load.Options{Scenario: scenario, Address: s.hello.Address, Study: s.hello.TrialID, Patients: s.hello.PatientIDs, Token: s.hello.ReportToken,
		Rate: rate, Duration: b.length, Connections: connections, Seed: uint64(round + 1)}
	role := map[string]string{load.Browse: "datamanager", load.Entry: "coordinator"}[scenario]
	for _, l := range s.hello.Logins {
		if l.Role == role {
			o.User, o.Password = l.User, l.Password
		}
	}
	return load.Run(b.ctx, o)
}

// processor is the time that the server has had of the processors, in the kernel too. It is counted in hundredths of a second.
func (s *server) processor() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // proc(5): the third field is the first here
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
