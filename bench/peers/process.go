package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a server of this run, with the folder that goes with it.
type process struct {
	cmd *exec.Cmd
	dir string
}

// program is a process that is not started yet, works in dir and ends with this program. What it says is not shown: what
// it refuses is in its answers.
func program(ctx context.Context, dir string, env []string, name string, args ...string) *process {
	p := &process{cmd: exec.CommandContext(ctx, name, args...)}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return p
}

// ready waits until somebody listens at address.
func ready(address string) error {
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("nobody listens at %s", address)
		}
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// resident is the memory of the process in bytes.
func (p *process) resident() float64 {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	must(err)
	pages, err := strconv.ParseFloat(strings.Fields(string(statm))[1], 64)
	must(err)
	return pages * float64(os.Getpagesize())
}

// free is an address of this machine that nobody listens on.
func free() string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer ln.Close()
	return ln.Addr().String()
}
