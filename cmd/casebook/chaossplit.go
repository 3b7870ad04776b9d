//go:build !production

package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"casebook"
	"casebook/chaos"
	"casebook/load"
	live "casebook/settings"
)

// splitKills is how often each part is killed in the quick run.
const splitKills = 3

// splitFault runs the product as three processes on one PostgreSQL, with a replica for what is read where there is one: who is enrolled; trials; and the edge with the door for
// reports. Each is killed under load.
func splitFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	nurse, err := s.handOver(ctx)
	if err != nil {
		return m, control, err
	}
	secret := filepath.Join(dir, "peers")
	if err := os.WriteFile(secret, []byte(rand.Text()+rand.Text()), 0o600); err != nil {
		return m, control, err
	}
	kills := splitKills
	if b.Size > 0 {
		kills = b.Size
	}
	o := s.threeParts(secret, nurse, b.Seed, filepath.Join(dir, "acks"))
	o.Kills, o.World = kills, b.World
	if m, err = o.Try(ctx); err != nil {
		return m, control, err
	}
	o = s.threeParts(secret, nurse, b.Seed, filepath.Join(dir, "careless-acks"))
	o.Kills, o.World, o.AckFirst = kills, b.World, true
	control, err = o.Try(ctx)
	return m, control, err
}

// handOver signs the coordinator in and stops the demo, which made the study, for others to go on with it. The coordinator may then read as
// often as many do, since one stands for many here.
func (s *scratch) handOver(ctx context.Context) (nurse *http.Cookie, err error) {
	if nurse, err = s.signIn(ctx); err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	a, err := Database{DB: s.Data, Keys: s.dir, Unsafe: true}.open(ctx)
	if err != nil {
		return nil, err
	}
	defer a.close()
	as := func(user casebook.UserID) context.Context {
		return casebook.WithActor(ctx, casebook.Actor{User: user, Role: "admin", Location: "chaos"})
	}
	draft, err := a.settings.Propose(as("one"), []live.Change{{Assignment: live.Assignment{Key: "people.read_rate", Value: "10000"}}}, "one reader stands for many")
	if err == nil {
		_, err = a.settings.Approve(as("another"), draft.ID, live.Trial{}, "")
	}
	return nurse, err
}

// threeParts are the processes, with phones that report and a coordinator who asks who is enrolled, which goes through all
// three.
func (s *scratch) threeParts(secret string, nurse *http.Cookie, seed uint64, acks string) chaos.Split {
	part := func(roles string, more ...string) []string {
		words := append([]string{s.program, "--log", "error", "serve", "--second-factor", "none", "--peer-secret", secret, "--roles", roles}, s.where()...)
		if s.replica != "" {
			words = append(words, "--db-replica", s.replica)
		}
		return append(words, more...)
	}
	phones := func(address string) load.Options {
		v := s.visits(seed, time.Hour, 200, 16, acks)
		v.Address, v.Patience = address, time.Minute
		return v
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	return chaos.Split{
		Deadline: edgeTime, Frozen: 2 * time.Second,
		Parts: []chaos.Part{
			{Name: "patient", Serve: part("patient", "--peer-addr", "{addr}")},
			{Name: "trial", Serve: part("trial", "--peer-addr", "{addr}", "--patient-url", "{patient}")},
			{Name: "gateway", Serve: part("gateway,report", "--addr", "{addr}", "--trial-url", "{trial}")},
		},
		Call: func(ctx context.Context, address string) (bool, error) {
			q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/trials/"+string(s.TrialID)+"/patients", nil)
			if err != nil {
				return false, err
			}
			q.AddCookie(nurse)
			a, err := client.Do(q)
			if err != nil {
				return false, err
			}
			return a.StatusCode == http.StatusOK, a.Body.Close()
		},
		Options: chaos.Options{
			Seed:   seed,
			Verify: []string{s.program, "verify", s.Data, "--keys", s.dir, "--json"},
			Visit: func(ctx context.Context, address string, _ func()) error {
				_, err := load.Run(ctx, phones(address))
				return err
			},
			Judge: func(ctx context.Context, address string) (chaos.Judgement, error) {
				v, err := load.Verify(ctx, phones(address), (&chaosKill{}).count(s.greeting))
				return chaos.Judgement(v), err
			},
		},
	}
}
