package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is one process.
type server struct {
	cmd            *exec.Cmd
	address, admin string
}

func start(ctx context.Context, stack, role, next, dsn string) (*server, error) {
	s := &server{address: free(), admin: free()}
	s.cmd = exec.CommandContext(ctx, os.Args[0], "serve", stack, role, s.address, s.admin, next, dsn)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			return s, c.Close()
		}
		if time.Now().After(end) {
			s.stop()
			return nil, fmt.Errorf("%s %s does not listen: %w", stack, role, err)
		}
	}
}

func (s *server) stop() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() }

// free is an address of this machine that nobody listens on.
func free() string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer ln.Close()
	return ln.Addr().String()
}

// objects is how many the process has allocated.
func (s *server) objects() float64 {
	res, err := http.Get("http://" + s.admin)
	must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(err)
	n, err := strconv.ParseFloat(string(text), 64)
	must(err)
	return n
}

// cpu is the processor time that the process has used.
func (s *server) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	must(err)
	part := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	var ticks int64
	for _, p := range part[11:13] { // utime and stime, in hundredths of a second: proc(5)
		n, err := strconv.ParseInt(p, 10, 64)
		must(err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// offer sends requests over so many connections, one after another on each, and returns how long each took.
func offer(ctx context.Context, connections int, length time.Duration, make func(n int) *http.Request) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wg sync.WaitGroup
	until := time.Now().Add(length)
	for c := range connections {
		wg.Go(func() {
			var took []time.Duration
			var err error
			for n := 0; err == nil && time.Now().Before(until) && ctx.Err() == nil; n++ {
				begun := time.Now()
				var res *http.Response
				if res, err = client.Do(make(c*1_000_000 + n)); err != nil {
					break
				}
				drain(res.Body)
				if res.StatusCode != http.StatusOK {
					err = fmt.Errorf("%s answered %s", res.Request.URL, res.Status)
				}
				took = append(took, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all, failed
}

func at(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

// door is what one round of a stack's door gave.
type door struct {
	persecond, objects float64
	cpu                time.Duration // a request
	p99                time.Duration
}

// body is a diary of 28 answers, 1.9 KB.
func body(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"patientId":"03-%03d","id":"0195a7d2-9c1e-7000-8000-%012d","instrument":"F.HBP","answeredAt":"2026-03-02T21:55:00+08:00","device":"Phone 12; app 3.1","data":{`, n%160, n)
	for i := range 28 {
		fmt.Fprintf(&b, `"IT.HOMEPRESSURE%02d":{"value":%d,"unit":"mmHg","at":"2026-03-02T07:%02d"},`, i, 120+i, i)
	}
	b.Truncate(b.Len() - 1)
	b.WriteString("}}")
	return b.Bytes()
}

const doorConnections = 64

func measureDoors(ctx context.Context, rounds int, length time.Duration) (map[string][]door, error) {
	got := map[string][]door{}
	for range rounds {
		for _, stack := range stacks {
			s, err := start(ctx, stack, "door", "", "")
			if err != nil {
				return nil, err
			}
			post := func(n int) *http.Request {
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/report", bytes.NewReader(body(n)))
				must(err)
				r.Header.Set("Content-Type", "application/json")
				return r
			}
			_, err = offer(ctx, doorConnections, length/5, post) // warm-up
			before, used := s.objects(), s.cpu()
			var took []time.Duration
			if err == nil {
				took, err = offer(ctx, doorConnections, length, post)
			}
			n := float64(len(took))
			if err == nil {
				got[stack] = append(got[stack], door{n / length.Seconds(), (s.objects() - before) / n, time.Duration(float64(s.cpu()-used) / n), at(took, .99)})
			}
			s.stop()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", stack, err)
			}
		}
	}
	return got, nil
}

// chain is what one round of a stack's three processes gave.
type chain struct {
	persecond    float64
	cpu          time.Duration // of the three processes, a request
	p50, p99     time.Duration
	deadline     time.Duration   // until a call that would take 40 s was answered
	status       int             // with which
	deadlineIdle time.Duration   // until the database rested, from the call
	closed       []time.Duration // until the database rested, from the closing of a browser
	seen         bool            // the statement named user and trace
}

const (
	chainConnections = 16
	closings         = 20
	trace            = "4bf92f3577b34da6a3ce929d0e0e4736"
)

func measureChains(ctx context.Context, dsn string, rounds int, length time.Duration) (map[string][]chain, error) {
	watch, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer watch.Close(ctx)
	got := map[string][]chain{}
	for range rounds {
		for _, stack := range stacks {
			c, err := measureChain(ctx, stack, dsn, watch, length)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", stack, err)
			}
			got[stack] = append(got[stack], c)
		}
	}
	return got, nil
}

func measureChain(ctx context.Context, stack, dsn string, watch *pgx.Conn, length time.Duration) (c chain, err error) {
	next := ""
	var chained []*server
	for _, role := range [...]string{"patient", "trial", "gateway"} {
		s, err := start(ctx, stack, role, next, dsn)
		if err != nil {
			return c, err
		}
		defer s.stop()
		chained, next = append(chained, s), "http://"+s.address
	}
	get := func(ctx context.Context, sleep float64) *http.Request {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/trials/HTN-24/patients?sleep=%v", next, sleep), nil)
		must(err)
		r.Header.Set("X-User", "doctor-7")
		r.Header.Set("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
		return r
	}
	quick := func(int) *http.Request { return get(ctx, 0) }
	if _, err := offer(ctx, chainConnections, length/5, quick); err != nil {
		return c, err
	}
	used := cpu(chained)
	took, err := offer(ctx, chainConnections, length, quick)
	if err != nil {
		return c, err
	}
	c.persecond, c.p50, c.p99 = float64(len(took))/length.Seconds(), at(took, .5), at(took, .99)
	c.cpu = time.Duration(float64(cpu(chained)-used) / float64(len(took)))

	begun := time.Now()
	res, err := http.DefaultClient.Do(get(ctx, 40))
	if err != nil {
		return c, err
	}
	drain(res.Body)
	c.deadline, c.status = time.Since(begun), res.StatusCode
	if err := rests(ctx, watch); err != nil {
		return c, err
	}
	c.deadlineIdle = time.Since(begun)

	for range closings {
		leaving, leave := context.WithCancel(ctx)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if res, err := http.DefaultClient.Do(get(leaving, 40)); err == nil {
				drain(res.Body)
			}
		}()
		text, err := works(ctx, watch)
		if err != nil {
			leave()
			return c, err
		}
		c.seen = strings.Contains(text, "user=doctor-7") && strings.Contains(text, "trace="+trace)
		closed := time.Now()
		leave()
		if err := rests(ctx, watch); err != nil {
			return c, err
		}
		c.closed = append(c.closed, time.Since(closed))
		<-gone
	}
	slices.Sort(c.closed)
	return c, nil
}

func cpu(all []*server) (sum time.Duration) {
	for _, s := range all {
		sum += s.cpu()
	}
	return sum
}

const working = `SELECT coalesce(max(query), '') FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep($1)%'`

// works waits until the database is at the query, and returns its text.
func works(ctx context.Context, watch *pgx.Conn) (string, error) {
	return until(ctx, watch, func(text string) bool { return text != "" })
}

// rests waits until it no longer is.
func rests(ctx context.Context, watch *pgx.Conn) error {
	_, err := until(ctx, watch, func(text string) bool { return text == "" })
	return err
}

func until(ctx context.Context, watch *pgx.Conn, right func(string) bool) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 50*time.Second)
	defer cancel()
	for {
		if err := watch.QueryRow(ctx, working).Scan(&text); err != nil {
			return text, fmt.Errorf("the database was not seen to begin or to rest: %w", err)
		}
		if right(text) {
			return text, nil
		}
		time.Sleep(time.Millisecond)
	}
}
