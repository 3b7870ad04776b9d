package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/platform"
	"casebook/settings"
	"casebook/store"

	"github.com/jackc/pgx/v5"
)

// splitSide measures what it costs and brings to run as several processes on one PostgreSQL: the processor's time of each hop of the
// chain, and how many readers two processes of one processor each serve, against one such process.
func (b *bench) splitSide() error {
	dsn, err := postgres()
	if err != nil {
		return err
	}
	s, err := b.start(dsn)
	if err != nil {
		return err
	}
	defer s.remove()
	cookie, err := s.signIn()
	if err != nil {
		return err
	}
	s.stop() // it made the study; others serve it
	if err := errors.Join(b.hurried(dsn), settle(b.ctx, dsn)); err != nil {
		return err
	}
	if err := b.hops(s, dsn, cookie); err != nil {
		return err
	}
	return b.sideBySide(s, dsn, cookie)
}

// settle does what PostgreSQL does by itself within minutes, and not while the study is being made.
func settle(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return errors.Join(err, conn.Close(ctx))
}

// hurried lets one person read as often as the processor allows, since one stands for many here.
func (b *bench) hurried(dsn string) error {
	db, err := store.Open(b.ctx, dsn, store.Options{Unsafe: true})
	if err != nil {
		return err
	}
	defer db.Close()
	live := settings.New(ledger.New(db, ledger.Options{}), settings.Options{Keys: platform.Keys})
	as := func(who casebook.UserID) context.Context {
		return casebook.WithActor(b.ctx, casebook.Actor{User: who, Role: "admin", Location: "bench"})
	}
	if err := live.Load(b.ctx); err != nil {
		return err
	}
	draft, err := live.Propose(as("one"), []settings.Change{{Assignment: settings.Assignment{Key: "people.read_rate", Value: "10000"}}}, "one reader stands for many")
	if err == nil {
		_, err = live.Approve(as("another"), draft.ID, settings.Trial{}, "")
	}
	return err
}

// signIn signs the demo's monitor in.
func (s *server) signIn() (*http.Cookie, error) {
	for _, l := range s.hello.Logins {
		if l.Role != "monitor" {
			continue
		}
		res, err := http.Post(s.hello.Address+"/api/v1/session", "application/json", strings.NewReader(fmt.Sprintf(`{"user":%q,"password":%q}`, l.User, l.Password)))
		if err != nil {
			return nil, err
		}
		res.Body.Close()
		for _, c := range res.Cookies() {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no monitor could sign in")
}

// part starts a process that serves what the demo made, and waits until it does.
func (b *bench) part(s *server, dsn string, env []string, address string, more ...string) (*server, error) {
	p := &server{dir: s.dir, hello: s.hello}
	p.hello.Address = "http://" + address
	p.cmd = exec.CommandContext(b.ctx, b.binary, append([]string{"--log", "error", "serve", "--second-factor", "none", "--db", dsn, "--keys", s.dir}, more...)...)
	p.cmd.Stderr, p.cmd.Env = os.Stderr, append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for range 600 {
		if res, err := http.Get(p.hello.Address + "/readyz"); err == nil {
			res.Body.Close()
			return p, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("nobody serves at %s", address)
}

// unused is an address that nobody listens on.
func unused() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// hops compares the processor's time of a call through three processes with that through one; PostgreSQL's is not in it.
func (b *bench) hops(s *server, dsn string, cookie *http.Cookie) error {
	secret := filepath.Join(s.dir, "peers")
	if err := os.WriteFile(secret, bytes.Repeat([]byte("s"), 32), 0o600); err != nil {
		return err
	}
	var at [4]string
	for i := range at {
		var err error
		if at[i], err = unused(); err != nil {
			return err
		}
	}
	var parts []*server
	defer func() {
		for _, p := range parts {
			p.stop()
		}
	}()
	for _, words := range [][]string{
		{at[0], "--roles", "gateway,trial,patient", "--addr", at[0]},
		{at[1], "--roles", "patient", "--peer-addr", at[1]},
		{at[2], "--roles", "trial", "--peer-addr", at[2], "--patient-url", "http://" + at[1]},
		{at[3], "--roles", "gateway", "--addr", at[3], "--trial-url", "http://" + at[2]},
	} {
		p, err := b.part(s, dsn, nil, words[0], append(words[1:], "--peer-secret", secret)...)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	page := "/trials/" + string(s.hello.TrialID) + "/patients?limit=20"
	const calls = 3000
	cost := func(address string, of ...*server) (float64, error) {
		if _, err := visit([]string{address}, page, cookie, 1, 200, 0); err != nil {
			return 0, err
		}
		spent := func() (all time.Duration, err error) {
			for _, p := range of {
				d, err := p.processor()
				if err != nil {
					return 0, err
				}
				all += d
			}
			return all, nil
		}
		const rest = 3 * time.Second // what they do when nobody calls is not the calls'
		asleep, err := spent()
		if err != nil {
			return 0, err
		}
		time.Sleep(rest)
		before, err := spent()
		if err != nil {
			return 0, err
		}
		begun := time.Now()
		if _, err := visit([]string{address}, page, cookie, 4, calls, 0); err != nil {
			return 0, err
		}
		took := time.Since(begun)
		after, err := spent()
		return (float64((after - before).Microseconds()) - float64((before-asleep).Microseconds())*took.Seconds()/rest.Seconds()) / calls, err
	}
	err := b.pair(line{what: "GET /trials/{id}/patients through three processes", against: "through one", unit: "µs of processor", goal: "≤ 300 µs more"},
		func(int) (float64, error) { return cost("http://"+at[3], parts[1:]...) },
		func(int) (float64, error) { return cost("http://"+at[0], parts[0]) })
	if err != nil {
		return err
	}
	three := b.lines[len(b.lines)-1]
	var hop []float64
	for i := range three.ours {
		hop = append(hop, (three.ours[i]-three.theirs[i])/2)
	}
	return b.told([]line{{what: "one hop between two processes", against: "the goal", unit: "µs of processor", goal: "≤ 1", ours: hop, theirs: b.each(150)}})
}

// sideBySide compares how many readers two processes with one processor each serve, with one such process.
func (b *bench) sideBySide(s *server, dsn string, cookie *http.Cookie) error {
	var addresses []string
	for range 2 {
		at, err := unused()
		if err != nil {
			return err
		}
		p, err := b.part(s, dsn, []string{"GOMAXPROCS=1"}, at, "--addr", at)
		if err != nil {
			return err
		}
		defer p.stop()
		addresses = append(addresses, "http://"+at)
	}
	page := "/api/v1/studies/" + string(s.hello.TrialID) + "/matrix?limit=50"
	served := func(at []string) func(int) (float64, error) {
		return func(int) (float64, error) {
			n, err := visit(at, page, cookie, 8, 0, b.length)
			return float64(n) / b.length.Seconds(), err
		}
	}
	for i := range addresses { // warm-up
		if _, err := served(addresses[i : i+1])(0); err != nil {
			return err
		}
	}
	return b.pair(line{what: "the matrix read from two processes, GOMAXPROCS=1 each, one PostgreSQL", against: "from one such process", unit: "pages/s", goal: "≥ 1.3"},
		served(addresses), served(addresses[:1]))
}

// visit asks for a page at the addresses in turn, from so many visitors, calls times or for a while, and returns how often it was
// answered. Any answer but 200 fails it.
func visit(at []string, page string, cookie *http.Cookie, visitors, calls int, d time.Duration) (int64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: visitors}}
	defer client.CloseIdleConnections()
	var n, asked atomic.Int64
	failed := make(chan error, visitors)
	end := time.Now().Add(d)
	var all sync.WaitGroup
	for v := range visitors {
		all.Go(func() {
			for {
				if turn := asked.Add(1); calls > 0 && turn > int64(calls) || calls == 0 && time.Now().After(end) {
					return
				}
				q, err := http.NewRequest(http.MethodGet, at[v%len(at)]+page, nil)
				if err != nil {
					failed <- err
					return
				}
				q.AddCookie(cookie)
				res, err := client.Do(q)
				if err == nil {
					_, err = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
				if err == nil && res.StatusCode != http.StatusOK {
					err = fmt.Errorf("%s%s: %s", at[v%len(at)], page, res.Status)
				}
				if err != nil {
					failed <- err
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return n.Load(), err
	default:
		return n.Load(), nil
	}
}
