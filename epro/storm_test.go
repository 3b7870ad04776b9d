package epro_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook/demo"
	"casebook/patient"
	"casebook/store/storetest"
)

// stormSize is how many phones come at once: few in every run, twenty thousand with CASEBOOK_EPRO_STORM=20000.
func stormSize(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("CASEBOOK_EPRO_STORM")); err == nil {
		return n
	}
	return 6
}

// stormDiaries is what each phone brings, in one request.
const stormDiaries = 30

// After a night without a network every phone of a study sends thirty diaries at once. Whoever is told to come back
// does; each diary is there once, and what is kept per second is told for each tenth of the way, with the memory.
func TestAStormOfPhonesLosesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	h.client.Transport.(*http.Transport).MaxConnsPerHost = 512
	fleet := make([]*phone, stormSize(t))
	together(len(fleet), 64, func(i int) {
		subject, err := h.patient.Enrol(h.operator(), demo.ID, patient.Enrolment{Site: "03"})
		h.must(err)
		p := h.enrol(subject.ID)
		for len(p.hashes) == 0 { // a busy server told it to come back
			time.Sleep(time.Duration(rand.Int64N(int64(time.Second))))
			p.plan()
		}
		fleet[i] = p
	})
	var kept, again, most atomic.Int64
	begun := time.Now()
	tenths := make([]atomic.Int64, 10) // when each tenth was kept, in ms
	together(len(fleet), len(fleet), func(i int) {
		p := fleet[i]
		records := make([]string, stormDiaries)
		for n := range records {
			records[n] = p.fill("F.SYM", "", nil)
		}
		for {
			a, status := p.send(records...)
			if status != http.StatusOK { // full, or too slow: the phone looks every twenty seconds, each in its own
				again.Add(1)
				time.Sleep(20*time.Second + time.Duration(rand.Int64N(int64(time.Second))))
				continue
			}
			if len(a.Results) != len(records) {
				t.Errorf("%d answers to %d records", len(a.Results), len(records))
			}
			for n, r := range a.Results {
				if r.Status != 200 || r.Receipt != receipt(records[n]) {
					t.Errorf("answered %d %+v", status, r)
				}
			}
			break
		}
		now := kept.Add(1)
		tenths[(now-1)*10/int64(len(fleet))].Store(time.Since(begun).Milliseconds())
		if now%64 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), int64(m.HeapInuse>>20)))
		}
	})
	if want := len(fleet) * stormDiaries; h.records() != want || h.forms() != want || h.aside() != 0 {
		t.Errorf("%d records, %d forms, %d in quarantine; want %d", h.records(), h.forms(), h.aside(), want)
	}
	last := int64(0)
	for n := range tenths {
		at := tenths[n].Load()
		if at > last {
			t.Logf("tenth %2d: %6d diaries/s", n+1, int64(len(fleet)*stormDiaries/10)*1000/(at-last))
		}
		last = at
	}
	t.Logf("%d phones × %d: %v, told to come back %d times, at most %d MB of heap, phones and server", len(fleet), stormDiaries, time.Since(begun).Round(time.Millisecond), again.Load(), most.Load())
}

// together calls f for 0 to n-1, at most width at once.
func together(n, width int, f func(i int)) {
	var all sync.WaitGroup
	room := make(chan struct{}, width)
	for i := range n {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			f(i)
		})
	}
	all.Wait()
}
