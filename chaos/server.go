package chaos

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// server is the program under test. It is started, killed and started again, always at the same address.
type server struct {
	address string
	args    []string
	later   []string // of the release that comes after the first kill; nil when it is the same
	ready   string
	world   casebook.World
	client  *http.Client
	output  tail

	anyAnswer bool // it is ready when it answers anything: a part that speaks to our own processes only

	cmd  *exec.Cmd
	gone chan struct{} // closed when cmd has ended
}

func newServer(o Options) (*server, error) {
	address, err := freeAddress(rand.New(rand.NewPCG(o.Seed, uint64(o.World.Now().UnixNano()))))
	if err != nil {
		return nil, err
	}
	s := &server{address: address, ready: "http://" + address + "/readyz", world: o.World,
		client: &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	if o.Ready != "" {
		s.ready = "http://" + address + o.Ready
	}
	for _, a := range o.Serve {
		s.args = append(s.args, strings.ReplaceAll(a, "{addr}", address))
	}
	if len(o.Before) > 0 {
		s.later, s.args = s.args, nil
		for _, a := range o.Before {
			s.args = append(s.args, strings.ReplaceAll(a, "{addr}", address))
		}
	}
	if len(s.args) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "chaos.no_program")
	}
	return s, nil
}

// freeAddress finds a port that nobody listens on. It stays below the ports that the system gives to outgoing
// connections: while the server is dead, a visitor's own connection must not take its port.
func freeAddress(chance *rand.Rand) (address string, err error) {
	for range 100 {
		address = "127.0.0.1:" + strconv.Itoa(20_000+chance.IntN(12_000))
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", err
}

// start runs the program and waits until it is ready. It returns how long that took, from the start of the process.
func (s *server) start(ctx context.Context) (time.Duration, error) {
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	begun := s.world.Now()
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return 0, err
	}
	cmd, gone := s.cmd, make(chan struct{})
	s.gone = gone
	go func() {
		_ = cmd.Wait() // how it ended does not matter: that it ended does
		close(gone)
	}()
	bound, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for !s.isReady(bound) {
		if err := s.live(bound, time.Millisecond); err != nil {
			if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				err = casebook.Fail(casebook.Timeout, "chaos.not_ready", readyTime).Wrap(errors.New(s.output.String()))
			}
			return 0, err
		}
	}
	took := s.world.Now().Sub(begun)
	if !listens(s.cmd.Process.Pid, s.address) {
		return 0, casebook.Fail(casebook.Conflict, "chaos.stranger", s.address)
	}
	return took, nil
}

func (s *server) isReady(ctx context.Context) bool {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ready, nil)
	if err != nil {
		return false
	}
	a, err := s.client.Do(q)
	if err != nil {
		return false
	}
	a.Body.Close()
	return a.StatusCode == http.StatusOK || s.anyAnswer
}

// live lets the server work for d. A server that ends by itself has failed in a way that no kill explains.
func (s *server) live(ctx context.Context, d time.Duration) error {
	_, err := s.liveUntil(ctx, nil, d)
	return err
}

// liveUntil is live, for less if something happens, and says whether it did.
func (s *server) liveUntil(ctx context.Context, happens <-chan struct{}, d time.Duration) (bool, error) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-happens:
		return true, nil
	case <-t.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-s.gone:
		return false, casebook.Fail(casebook.Internal, "chaos.server_ended").Wrap(errors.New(s.output.String()))
	}
}

// kill ends the process with SIGKILL, and returns when it is gone.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // fails only if it is gone already
	<-s.gone
	s.cmd = nil
}

// upgrade has the later release start from now on.
func (s *server) upgrade() {
	if s.later != nil {
		s.args, s.later = s.later, nil
	}
}

// verify runs the program that verifies the data at rest and returns its findings.
func verify(ctx context.Context, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "chaos.no_program")
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var out bytes.Buffer
	var said tail
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &said
	failed := cmd.Run()
	var result struct {
		Findings []jsontext.Value `json:"findings"`
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || result.Findings == nil || failed != nil && len(result.Findings) == 0 {
		return nil, casebook.Fail(casebook.Internal, "chaos.verify").Wrap(errors.Join(failed, err, errors.New(said.String())))
	}
	found := []string{}
	for _, f := range result.Findings {
		found = append(found, string(f))
	}
	return found, nil
}

// tail keeps the last of what a program said.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - maxTail; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
