package outbox_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/outbox"
	"casebook/store"
	"casebook/store/storetest"
)

// hosts is a sender to many hosts: the dead ones never answer, the others take five milliseconds.
type hosts struct {
	mu    sync.Mutex
	begun time.Time
	after []time.Duration // when each message arrived
	want  int
	all   chan struct{} // closed with the last one
}

const dead = "dead"

func (h *hosts) Send(ctx context.Context, m outbox.Message) (string, error) {
	if m.Title == dead {
		<-ctx.Done()
		return "", ctx.Err()
	}
	time.Sleep(5 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.after = append(h.after, time.Since(h.begun)); len(h.after) == h.want {
		close(h.all)
	}
	return "thank you", nil
}

// within is the time in which a part of the messages arrived, in milliseconds.
func (h *hosts) within(part float64) float64 {
	slices.Sort(h.after)
	return float64(h.after[int(part*float64(len(h.after)-1))].Microseconds()) / 1000
}

// storm sends a message to each living host, each of them, while every twentieth host beside them is dead or none is, and returns when
// the last has arrived.
func storm(b *testing.B, db *store.DB, living, each int, some bool) *hosts {
	b.Helper()
	h := &hosts{want: living * each, all: make(chan struct{})}
	box := outbox.New(db, outbox.Options{Channels: []outbox.Channel{{Name: "c", Sender: h, AtOnce: 32, Slow: 256}}})
	var all []outbox.Message
	for n := range living {
		if some && n%19 == 0 {
			all = append(all, slices.Repeat([]outbox.Message{{Channel: "c", Lane: fmt.Sprintf("%05d dead", n), Title: dead, Campaign: "storm"}}, each)...)
		}
		all = append(all, slices.Repeat([]outbox.Message{{Channel: "c", Lane: fmt.Sprintf("%05d", n), Campaign: "storm"}}, each)...)
	}
	study := casebook.StudyID(db.World().NewID())
	update := func(fn func(tx *store.Tx) error) {
		if err := db.Update(b.Context(), fn); err != nil {
			b.Fatal(err)
		}
	}
	for part := range slices.Chunk(all, 500) {
		update(func(tx *store.Tx) error { _, err := box.Put(b.Context(), tx, study, part...); return err })
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	h.begun = time.Now()
	go func() { defer close(ended); _ = box.Run(ctx) }()
	<-h.all
	cancel()
	<-ended
	update(func(tx *store.Tx) error { _, err := outbox.Cancel(b.Context(), tx, study, "storm"); return err })
	return h
}

func onEngines(b *testing.B, fn func(b *testing.B, db *store.DB)) {
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
			db, err := store.Open(b.Context(), dsn, store.Options{World: casebook.Outside(), Migrations: []fs.FS{outbox.Migrations}})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			fn(b, db)
		})
	}
}

// BenchmarkLanes sends 4,000 messages over few lanes and over many.
func BenchmarkLanes(b *testing.B) {
	onEngines(b, func(b *testing.B, db *store.DB) {
		for _, lanes := range []int{40, 400, 4000} {
			b.Run(strconv.Itoa(lanes), func(b *testing.B) {
				for b.Loop() {
					storm(b, db, lanes, 4000/lanes, false)
				}
			})
		}
	})
}

// BenchmarkDeadHosts sends to CASEBOOK_HOSTS hosts, 1,000 unless it says otherwise, four messages each, without and with dead ones beside
// them, and reports how much longer it took until half and until 99 of 100 of the others' messages had arrived.
func BenchmarkDeadHosts(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("CASEBOOK_HOSTS"))
	if err != nil {
		n = 1000
	}
	onEngines(b, func(b *testing.B, db *store.DB) {
		for b.Loop() {
			calm, some := storm(b, db, n, 4, false), storm(b, db, n, 4, true)
			b.ReportMetric(some.within(.5)/calm.within(.5), "p50/calm")
			b.ReportMetric(some.within(.99)/calm.within(.99), "p99/calm")
			b.ReportMetric(calm.within(.99), "ms-p99-calm")
		}
	})
}
