package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

// The tests of this package start the product as a person does: a process of its own, spoken to through its arguments,
// its environment, its output, signals and HTTP. A server that goes on is the test binary itself, told to be casebook; so the
// race detector watches the processes too. Commands that do one thing and end, servers that refuse to start, and the demo,
// which writes a year of history and verifies it, are done by the program as it is shipped: the detector would start four
// times slower, hundreds of times.

const beCasebook = "CASEBOOK_TEST_AS_PROGRAM"

// raced is whether the race detector watches.
var raced bool

// shipped builds the program as it is shipped, once, into a folder that TestMain removes.
var shipped = sync.OnceValues(func() (string, error) {
	path := filepath.Join(shippedIn, "casebook")
	build := exec.Command("go", "build", "-trimpath", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var shippedIn string

func TestMain(m *testing.M) {
	if os.Getenv(beCasebook) != "" {
		os.Unsetenv(beCasebook)
		main()
		os.Exit(0)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the access log of thousands of questions
	var err error
	if shippedIn, err = os.MkdirTemp("", "casebook-shipped-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { // what is a process of its own is not seen here
		os.RemoveAll(shippedIn)
		os.Exit(code)
	}))
}

// patience is the longest that a test waits for something that an idle machine has at once, and a busy one with the race detector late.
const patience = 6 * time.Minute

// program prepares casebook with args; goesOn tells that it is to serve. It sees none of our environment but env, speaks
// English, and its default folders are in the test's own.
func program(ctx context.Context, t *testing.T, goesOn bool, env []string, args ...string) *exec.Cmd {
	t.Helper()
	binary := os.Args[0]
	if len(args) > 0 && (raced && !goesOn || args[0] == "validate") { // validate starts itself again
		var err error
		if binary, err = shipped(); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{beCasebook + "=1", "LANG=en_US.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	if goesOn { // who works in these tests has a password and no telephone; what serve asks by itself has a test of its own
		cmd.Env = append([]string{"CASEBOOK_SECOND_FACTOR=none"}, cmd.Env...)
	}
	cmd.Dir = t.TempDir()
	return cmd
}

// outcome is what a program that has ended left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// call runs casebook to its end.
func call(t *testing.T, args ...string) outcome { return callIn(t, nil, "", args...) }

// callIn runs casebook to its end in an environment, with something on its standard input.
func callIn(t *testing.T, env []string, stdin string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := program(ctx, t, false, env, args...)
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &log
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited || ctx.Err() != nil {
		t.Fatalf("casebook %q: %v %v\n%s", args, err, ctx.Err(), &log)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), log.String()}
}

// done fails the test unless casebook ended well.
func (o outcome) done(t *testing.T) outcome {
	t.Helper()
	if o.code != 0 {
		t.Fatalf("ended with %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	return o
}

// refused fails the test unless casebook ended with status 1 and said why, without a stack.
func (o outcome) refused(t *testing.T, reasons ...string) {
	t.Helper()
	for _, reason := range reasons {
		if !strings.Contains(o.stderr, reason) {
			t.Errorf("nobody said %q:\n%s", reason, o.stderr)
		}
	}
	if o.code != 1 || strings.Contains(o.stderr, "goroutine ") {
		t.Errorf("ended with %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// A process is a casebook that is running. It ends with the test at the latest.
type process struct {
	cmd    *exec.Cmd
	stdout *lines
	stderr *lines
	ended  chan struct{}
}

// start starts casebook.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: program(context.Background(), t, len(args) > 0 && args[0] == "serve", env, args...), stdout: newLines(), stderr: newLines(), ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var read sync.WaitGroup
		read.Go(func() { p.stdout.fill(out) })
		read.Go(func() { p.stderr.fill(log) })
		read.Wait()
		p.cmd.Wait() // its end is read from the state
		close(p.ended)
	}()
	t.Cleanup(func() {
		if code := p.stop(t); code != 0 && !t.Failed() {
			t.Errorf("casebook %q ended with %d\n%s", args, code, p.stderr)
		}
	})
	return p
}

// stop tells the process to stop, waits for its end and returns its status. Stopping twice does nothing.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Errorf("casebook did not stop\n%s", p.stderr)
		p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.ended
	}
	return p.cmd.ProcessState.ExitCode()
}

var addressShape = regexp.MustCompile(`msg=serving address=(\S+)`)
var peersShape = regexp.MustCompile(`msg="serving our own processes" address=(\S+)`)

// says waits for a line of the process's log and returns what stands in its parentheses.
func (p *process) says(t *testing.T, shape *regexp.Regexp) string {
	t.Helper()
	return p.find(t, p.stderr, shape)
}

func (p *process) find(t *testing.T, in *lines, shape *regexp.Regexp) string {
	t.Helper()
	late := time.After(patience)
	for from := 0; ; {
		text, n, more := in.after(from)
		for _, line := range text {
			if found := shape.FindStringSubmatch(line); found != nil {
				return found[len(found)-1]
			}
		}
		from = n
		select {
		case <-more:
		case <-p.ended:
			if _, n, _ := in.after(from); n == from {
				t.Fatalf("it ended without saying %s\n%s", shape, p.stderr)
			}
		case <-late:
			t.Fatalf("it never said %s\n%s", shape, p.stderr)
		}
	}
}

// lines are what a process has written, and a channel that is closed when there is more.
type lines struct {
	mu   sync.Mutex
	all  []string
	more chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) fill(r io.Reader) {
	for s := bufio.NewReader(r); ; {
		line, err := s.ReadString('\n')
		if line != "" {
			l.mu.Lock()
			l.all = append(l.all, line)
			close(l.more)
			l.more = make(chan struct{})
			l.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (l *lines) after(n int) (text []string, all int, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[n:], len(l.all), l.more
}

func (l *lines) String() string {
	text, _, _ := l.after(0)
	return strings.Join(text, "")
}

// A visitor is a browser: it keeps its cookies.
type visitor struct {
	address string
	client  *http.Client
	session string
}

// visit makes a visitor of the server at address, who waits until the server is ready.
func visit(t *testing.T, address string) *visitor {
	t.Helper()
	v := stranger(t, address)
	if answer, body := v.ask(t, "GET", "/readyz", ""); answer.StatusCode != http.StatusOK {
		t.Fatalf("not ready: %d %s", answer.StatusCode, body)
	}
	return v
}

// stranger makes a visitor whom the server does not know.
func stranger(t *testing.T, address string) *visitor {
	v := &visitor{address: address, client: &http.Client{Transport: &http.Transport{}, Timeout: patience}}
	t.Cleanup(v.client.CloseIdleConnections)
	return v
}

// signIn signs the visitor in.
func (v *visitor) signIn(t *testing.T, user, password string) *visitor {
	t.Helper()
	answer, body := v.ask(t, "POST", "/api/v1/session", `{"user":"`+user+`","password":"`+password+`"}`)
	for _, c := range answer.Cookies() {
		if c.Name == "casebook_session" {
			v.session = c.Value
		}
	}
	if answer.StatusCode != http.StatusOK || v.session == "" {
		t.Fatalf("nobody signed in: %d %s", answer.StatusCode, body)
	}
	return v
}

// ask sends a request and returns the answer with its body read.
func (v *visitor) ask(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, v.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Casebook", "1")
	if v.session != "" {
		r.Header.Set("Cookie", "casebook_session="+v.session)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// get reads the JSON answer to a request that must be answered with status.
func get[T any](t *testing.T, v *visitor, status int, method, path, body string, headers ...string) (out T) {
	t.Helper()
	answer, text := v.ask(t, method, path, body, headers...)
	if answer.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d\n%s", method, path, answer.StatusCode, status, text)
	}
	return parsed[T](t, text)
}

// parsed reads JSON. Go's names are also taken for JSON's, whose small letters would only need tags here.
func parsed[T any](t *testing.T, text string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// corpus finds a file of the collected definitions, or skips the test.
func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("CASEBOOK_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	file, err := filepath.Abs(filepath.Join(root, "edc", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the collected definitions are not here: %v", err)
	}
	return file
}

// eventually waits until what holds, for at most limit, and tells how long that took.
func eventually(limit time.Duration, holds func() bool) (time.Duration, bool) {
	begun := time.Now()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if holds() {
			return time.Since(begun), true
		}
		if time.Since(begun) > limit {
			return time.Since(begun), false
		}
		<-look.C
	}
}
