package ops

import (
	"os"
	"path/filepath"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"

	"casebook"
)

// recorder keeps the last seconds of the scheduler in memory and writes them down when something went wrong.
type recorder struct {
	dir    string
	world  casebook.World
	flight *trace.FlightRecorder

	mu   sync.Mutex
	last time.Time
}

// The recorder holds what costs little: a few seconds, a few megabytes, a dump a minute, a handful of dumps.
const (
	flightTime  = 10 * time.Second
	flightBytes = 8 << 20
	dumpPause   = time.Minute
	keptDumps   = 8
)

func newRecorder(dir string, world casebook.World) *recorder {
	return &recorder{dir: dir, world: world, flight: trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: flightTime, MaxBytes: flightBytes})}
}

// start begins the recording. One process has one: a second view in it dumps only goroutines.
func (r *recorder) start() error {
	if r.dir == "" {
		return nil
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.flight.Start() // another recording is on: its owner has what is to be seen
	return nil
}

func (r *recorder) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight.Enabled() {
		r.flight.Stop()
	}
}

// dump writes the trace and the goroutines to files of one stem and returns it, or "" when it is too soon after the last.
func (r *recorder) dump(why string) string {
	if r.dir == "" {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.world.Now()
	if !r.last.IsZero() && now.Sub(r.last) < dumpPause {
		return ""
	}
	r.last = now
	stem := filepath.Join(r.dir, why+"-"+now.UTC().Format("20060102T150405Z"))
	if err := writeFile(stem+".goroutines", func(f *os.File) error { return pprof.Lookup("goroutine").WriteTo(f, 1) }); err != nil {
		return ""
	}
	if r.flight.Enabled() {
		if err := writeFile(stem+".trace", func(f *os.File) error { _, err := r.flight.WriteTo(f); return err }); err != nil {
			return ""
		}
	}
	r.forget()
	return stem
}

// forget removes all but the newest dumps.
func (r *recorder) forget() {
	for _, kind := range [...]string{".goroutines", ".trace"} {
		files, err := filepath.Glob(filepath.Join(r.dir, "*-*"+kind))
		if err != nil {
			continue
		}
		byTime(files)
		for len(files) > keptDumps {
			_ = os.Remove(files[0]) // it is tried again with the next dump
			files = files[1:]
		}
	}
}

func writeFile(name string, write func(*os.File) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
