// Command peers puts the door for reports beside that of two products that many run: PocketBase, a server in one Go
// program over SQLite, and ODK Central, Node over PostgreSQL. All get the same diary, from the same generator over 64
// connections, in turn, on the machine of the generator. It is a module of its own, so that the product carries neither.
//
//	go run . [-rounds 3] [-length 6s] [-binary ../../bin/casebook] [-central DIR [-node PATH]]
//
// DIR is a checkout of github.com/getodk/central-backend in which npm ci has run; without it ODK Central is left out.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"casebook/store/storetest"

	"golang.org/x/sync/errgroup"
)

const connections = 64

// A peer is a server that takes diaries.
type peer struct {
	name      string
	processes []*process
	send      func(n int) *http.Request // diary n, of those of this run
	rates     []float64                 // diaries a second, round by round
}

func main() {
	log.SetFlags(0)
	if len(os.Args) == 5 && os.Args[1] == "pocketbase" {
		must(servePocketBase(os.Args[2], os.Args[3], os.Args[4]))
		return
	}
	rounds := flag.Int("rounds", 3, "rounds, each with every product in turn")
	length := flag.Duration("length", 6*time.Second, "length of one measurement")
	binary := flag.String("binary", "../../bin/casebook", "the product")
	central := flag.String("central", "", "a checkout of central-backend with its modules; left out if empty")
	node := flag.String("node", "node", "the Node that runs it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	lite := []func() (*peer, error){
		func() (*peer, error) { return startCasebook(ctx, *binary, "") },
		func() (*peer, error) { return startPocketBase(ctx, "NORMAL") },
		func() (*peer, error) { return startPocketBase(ctx, "FULL") },
	}
	must(beside(ctx, "SQLite", *rounds, *length, lite))
	if *central == "" {
		return
	}
	dsn, err := storetest.Start("shared_buffers=256MB")
	must(err)
	must(beside(ctx, "PostgreSQL", *rounds, *length, []func() (*peer, error){
		func() (*peer, error) { return startCasebook(ctx, *binary, dsn) },
		func() (*peer, error) { return startCentral(ctx, *central, *node, dsn) },
	}))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// beside starts each, measures them in turn and prints a table of how many times the first took what another did.
func beside(ctx context.Context, engine string, rounds int, length time.Duration, starts []func() (*peer, error)) (err error) {
	var all []*peer
	defer func() {
		for _, p := range all {
			p.stop()
		}
	}()
	for _, start := range starts {
		p, err := start()
		if err != nil {
			return err
		}
		all = append(all, p)
		if _, err := p.offer(ctx, length/2, -1); err != nil { // warm
			return err
		}
		p.signal(syscall.SIGSTOP) // whatever it has left to do waits for its own turn
	}
	for round := range rounds {
		for _, p := range all {
			p.signal(syscall.SIGCONT)
			rate, err := p.offer(ctx, length, round)
			if err != nil {
				return err
			}
			p.signal(syscall.SIGSTOP)
			p.rates = append(p.rates, rate)
		}
	}
	fmt.Printf("| %s | diaries a second | casebook takes times as many | memory |\n|---|---|---|---|\n", engine)
	for _, p := range all {
		ratios := make([]float64, len(p.rates))
		for i := range ratios {
			ratios[i] = all[0].rates[i] / p.rates[i]
		}
		fmt.Printf("| %s | %.0f (%.0f … %.0f) | %.1f (%.1f … %.1f) | %.0f MB |\n", p.name, median(p.rates), slices.Min(p.rates), slices.Max(p.rates),
			median(ratios), slices.Min(ratios), slices.Max(ratios), p.resident()/1e6)
	}
	fmt.Println()
	return nil
}

func median[T cmp.Ordered](all []T) T { return slices.Sorted(slices.Values(all))[len(all)/2] }

func (p *peer) stop() {
	p.signal(syscall.SIGCONT)
	for _, s := range p.processes {
		s.stop()
	}
}

func (p *peer) signal(s syscall.Signal) {
	for _, q := range p.processes {
		must(q.cmd.Process.Signal(s))
	}
}

// resident is the memory of its processes in bytes, without that of a database beside them.
func (p *peer) resident() (sum float64) {
	for _, s := range p.processes {
		sum += s.resident()
	}
	return sum
}

// offer sends one diary after the other on each connection, and returns how many a second were taken. Each must be.
func (p *peer) offer(ctx context.Context, length time.Duration, round int) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	ctx, done := context.WithTimeout(ctx, length+30*time.Second)
	defer done()
	var taken atomic.Int64
	senders, ctx := errgroup.WithContext(ctx)
	begun := time.Now()
	for c := range connections {
		senders.Go(func() error {
			for n := 0; time.Since(begun) < length; n++ {
				res, err := client.Do(p.send(((round+1)*connections+c)*1_000_000 + n).WithContext(ctx))
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				text, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil {
					return err
				}
				if res.StatusCode/100 != 2 {
					return fmt.Errorf("%s answered %s: %s", p.name, res.Status, text)
				}
				taken.Add(1)
			}
			return nil
		})
	}
	err := senders.Wait()
	return float64(taken.Load()) / time.Since(begun).Seconds(), err
}

// post is a request with a body under a token.
func post(address, path, kind, token, body string) *http.Request {
	q, err := http.NewRequest(http.MethodPost, address+path, strings.NewReader(body))
	must(err)
	q.Header.Set("Content-Type", kind)
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	return q
}
