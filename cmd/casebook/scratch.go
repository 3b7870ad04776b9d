package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// scratch is a demo that runs as a process of its own, on data of its own, for whoever wants to do it harm.
type scratch struct {
	greeting
	program string // the program's file: this one
	dir     string // keys, and the rows where they are in a file
	replica string // of the database, "" where there is none
	process int
	stop    func() error
}

// startScratch makes a demo in dir, on the PostgreSQL db if one is given, and returns when it answers.
func startScratch(ctx context.Context, dir, db string, more ...string) (*scratch, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startProgram(ctx, self, dir, db, more...)
}

// startProgram is startScratch with a program that need not be this one.
func startProgram(ctx context.Context, program, dir, db string, more ...string) (*scratch, error) {
	args := append([]string{"--log", "error", "demo", "--json", "--data", dir}, more...)
	if db != "" {
		args = append(args, "--db", db)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stderr = withoutOptions(os.Environ()), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &scratch{program: program, dir: dir, process: cmd.Process.Pid}
	s.stop = sync.OnceValue(func() error { return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()) })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.greeting)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// withoutOptions leaves out what the environment says of an installation beside which the demo runs: its keys are not the demo's.
func withoutOptions(env []string) []string {
	return slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, "CASEBOOK_") })
}

// serve starts another server of the program, on rows of its own, and returns where the outside finds it.
func (s *scratch) serve(ctx context.Context, args ...string) (address string, stop func() error, err error) {
	cmd := exec.CommandContext(ctx, s.program, append([]string{"serve", "--second-factor", "none"}, args...)...)
	cmd.Env = withoutOptions(os.Environ())
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, err
	}
	var read sync.WaitGroup
	stop = func() error {
		err := cmd.Process.Signal(os.Interrupt)
		read.Wait()
		return errors.Join(err, cmd.Wait())
	}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if _, at, serves := strings.Cut(lines.Text(), "msg=serving address="); serves {
			read.Go(func() { _, _ = io.Copy(io.Discard, log) })
			return at, stop, nil
		}
	}
	return "", nil, errors.Join(errors.New("it ended before it served"), cmd.Wait())
}

// where are the options by which a command finds the demo's rows and keys.
func (s *scratch) where() []string { return []string{"--db", s.Data, "--keys", s.dir} }

// run runs another command of the program, and returns all that it said.
func (s *scratch) run(ctx context.Context, args ...string) (string, error) {
	words := []string{"--log", "error"}
	for _, a := range args {
		switch a {
		case "{data}":
			words = append(words, s.where()...)
		case "{rows}":
			words = append(words, s.Data, "--keys", s.dir)
		default:
			words = append(words, a)
		}
	}
	cmd := exec.CommandContext(ctx, s.program, words...)
	cmd.Env = withoutOptions(os.Environ())
	out, err := cmd.CombinedOutput()
	return string(out), err
}
