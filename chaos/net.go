package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Net says which wires become ill, and who looks on. {wire} in Serve stands for the address by which the server reaches its
// database. Kills is how often each illness comes.
type Net struct {
	Split
	Network, Database string        // where the database really is, as net.Dial takes it
	Ill               time.Duration // how long an illness lasts; longer than Deadline
}

// wireIllnesses are tried on each wire, in an order that the seed decides.
var wireIllnesses = []Illness{Late, Halves, Cut, Silent, Refuses}

// Try carries F-NET out: phones report over a wire to a server that works over another one with its database, callers ask the server
// itself, and the wires become ill and heal. Every call must end by its deadline, calls must go through again within 2 s of a wire's
// healing, and every acknowledged report must be there, once. With AckFirst it is the control: reports are acknowledged before they
// are kept, and the callers ask at the database's wire, where nobody watches the clock for them.
func (o Net) Try(ctx context.Context) (m Measure, err error) {
	database, err := startWire(ctx, o.World, o.Network, o.Database)
	if err != nil {
		return m, err
	}
	defer database.close()
	one := o.Options
	one.Serve = nil
	for _, a := range o.Serve {
		one.Serve = append(one.Serve, strings.ReplaceAll(a, "{wire}", database.address))
	}
	s, err := newServer(one)
	if err != nil {
		return m, err
	}
	defer s.kill()
	if _, err := s.start(ctx); err != nil {
		return m, err
	}
	phones, err := startWire(ctx, o.World, "tcp", s.address)
	if err != nil {
		return m, err
	}
	defer phones.close()
	calls := &called{o: o.Split, address: s.address}
	edge := phones.address
	if o.AckFirst {
		p, err := startAckFirst(ctx, s.address)
		if err != nil {
			return m, err
		}
		defer p.close()
		edge, calls.address = p.address, database.address
	}
	back, err := o.underLoad(ctx, s, edge, calls, database, phones)
	if err != nil {
		return m, err
	}
	var r Report
	if err := o.judge(ctx, s, &r); err != nil {
		return m, err
	}
	return o.outcome(&r, calls, back, o.Kills*2*len(wireIllnesses), "illnesses of two wires"), nil
}

// underLoad makes one wire after another ill, and returns the longest time from a wire's healing until calls went through.
func (o Net) underLoad(ctx context.Context, s *server, edge string, calls *called, wires ...*wire) (back time.Duration, err error) {
	return o.beside(ctx, edge, calls, func() (back time.Duration, err error) {
		chance := rand.New(rand.NewPCG(o.Seed, 6))
		for range o.Kills {
			for _, w := range wires {
				for _, i := range chance.Perm(len(wireIllnesses)) {
					w.set(wireIllnesses[i])
					err := s.live(ctx, o.Ill)
					w.set(Well)
					if err != nil {
						return back, err
					}
					healed := o.World.Now()
					if err := o.through(ctx, s.address); err != nil {
						return back, fmt.Errorf("after the wire was %s: %w", wireIllnesses[i], err)
					}
					back = max(back, o.World.Now().Sub(healed))
				}
			}
		}
		return back, s.live(ctx, 2*time.Second) // visitors settle what they got no answer to
	})
}
