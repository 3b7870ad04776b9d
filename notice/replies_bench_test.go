package notice

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/store"
	"casebook/store/storetest"

	"golang.org/x/sync/errgroup"
)

// BenchmarkReplies lets all recipients of a notice, CASEBOOK_SITES × 4, answer at once over 64 connections, and reports how
// many replies a second are on disk with their entries, the most goroutines there were beyond those at the start, and the
// memory that was taken from the system. Nothing may be lost: each recipient's own answer must stand there.
func BenchmarkReplies(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			dsn := "sqlite:" + b.TempDir() + "/casebook.db"
			if engine == "postgres" {
				server, err := storetest.Start()
				if err != nil {
					b.Skip(err)
				}
				dsn = server
			}
			answerAll(b, dsn)
		})
	}
}

func answerAll(b *testing.B, dsn string) {
	sites := benchSites()
	db, err := store.Open(b.Context(), dsn, store.Options{Migrations: migrations})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	h := newHouse(b, db, nil)
	h.town(sites, 4)
	for b.Loop() {
		b.StopTimer()
		n := h.poll()
		if db.Postgres() { // which has looked at its tables within a minute of such a sending
			h.must(db.Update(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(b.Context(), `ANALYZE`); return err }))
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		base := runtime.NumGoroutine()
		var most atomic.Int64
		b.StartTimer()
		begun := time.Now()
		var g errgroup.Group
		g.SetLimit(64)
		for i := range 4 * sites {
			g.Go(func() error {
				if k := int64(runtime.NumGoroutine() - base); k > most.Load() {
					most.Store(k)
				}
				return h.answerOne(b.Context(), n.ID, i)
			})
		}
		h.must(g.Wait())
		took := time.Since(begun)
		b.StopTimer()
		runtime.ReadMemStats(&after)
		h.allAnswered(n.ID, 4*sites)
		b.ReportMetric(float64(4*sites)/took.Seconds(), "replies/s")
		b.ReportMetric(float64(most.Load()), "goroutines")
		b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MB-more")
		b.StartTimer()
	}
}

// poll sends a notice with a reply form to the whole town.
func (h *house) poll() *Notice {
	d := letterTo(auth.Coordinator)
	d.Form, d.Closes = pollForm(), time.Now().Add(time.Hour)
	n := h.send(d)
	for more := true; more; {
		var err error
		more, err = h.s.next(system(h.Context()), htn, n.ID)
		h.must(err)
	}
	return n
}

// answerOne answers as the i-th recipient of the town, with a number that is theirs.
func (h *house) answerOne(ctx context.Context, id string, i int) error {
	site := casebook.SiteID(fmt.Sprintf("%04d", i/4))
	user := casebook.UserID(fmt.Sprintf("p%s.%d", site, i%4))
	p := &auth.Principal{Kind: auth.Person, User: user, Grants: []auth.Grant{{Study: htn, Site: site, Role: auth.Coordinator}}}
	ctx = casebook.WithActor(auth.With(ctx, p), casebook.Actor{User: user, Role: string(auth.Coordinator)})
	_, err := h.s.Answer(ctx, htn, id, site, reply("true", strconv.Itoa(i%500), "OK", "reply "+strconv.Itoa(i)), "")
	return err
}

// allAnswered checks that each recipient of the town has given the answer that is theirs, once.
func (h *house) allAnswered(id string, want int) {
	h.Helper()
	i := 0
	h.must(each(h.Context(), h.db, htn, id, func(to *Recipient) error {
		given, err := values(to.Answer)
		if err == nil && (to.Revision != 1 || len(given) != 4 || given[3].Value != "reply "+strconv.Itoa(i)) {
			h.Errorf("%s at %s has answered %d times: %s", to.User, to.Site, to.Revision, to.Answer)
		}
		i++
		return err
	}))
	if i != want {
		h.Errorf("%d recipients, want %d", i, want)
	}
}
