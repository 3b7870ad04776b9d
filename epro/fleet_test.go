package epro_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/patient"
	"casebook/store/storetest"
)

// fleetSize is how many phones a run has: few in every run, ten thousand with CASEBOOK_EPRO_PHONES=10000.
func fleetSize(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("CASEBOOK_EPRO_PHONES")); err == nil {
		return n
	}
	if testing.Short() {
		return 12
	}
	return 30
}

// A fleet of phones answers, loses some records, and sends the rest again and again, in any order, by clocks that are
// wrong: each record that was sent is there once, and each that was lost is named.
func TestAFleetOfPhonesLosesNothingUnnoticed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		phones, sent, lost := sail(t, h, fleetSize(t))
		if got := h.records(); got != sent {
			t.Errorf("%d records of %d phones, want %d", got, phones, sent)
		}
		if got := h.forms(); got != sent {
			t.Errorf("%d forms, want %d", got, sent)
		}
		if h.aside() != 0 {
			t.Errorf("%d in quarantine", h.aside())
		}
		list, err := h.epro.Phones(t.Context(), demo.ID, func(casebook.SiteID) bool { return true })
		if err != nil || len(list) != phones {
			t.Fatalf("%d phones, %v", len(list), err)
		}
		for _, p := range list {
			if !slices.Equal(p.Missing, lost[p.Device]) {
				t.Errorf("phone %s lost %v, and the list says %v", p.Device, lost[p.Device], p.Missing)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

// Control: a record that is taken out behind the server's back must make the count wrong.
func TestTheFleetNoticesALoss(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	_, sent, _ := sail(t, h, 4)
	h.must(h.forget())
	if h.records() == sent || len(h.verify()) == 0 {
		t.Error("nobody noticed that a record has gone")
	}
}

// sail lets n phones answer and send. It returns how many records were sent, and the numbers that each phone lost.
func sail(t *testing.T, h *house, n int) (phones, sent int, lost map[string][]int64) {
	t.Helper()
	lost = map[string][]int64{}
	fleet := make([]*phone, n)
	for i := range fleet {
		subject, err := h.patient.Enrol(h.operator(), demo.ID, patient.Enrolment{Site: "03"})
		h.must(err)
		fleet[i] = h.enrol(subject.ID)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	var total atomic.Int64
	room := make(chan struct{}, 32)
	for i, p := range fleet {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			random := rand.New(rand.NewPCG(uint64(i), 7))
			kept, gone := p.voyage(random)
			total.Add(int64(kept))
			mu.Lock()
			defer mu.Unlock()
			lost[p.id] = gone
		})
	}
	all.Wait()
	return n, int(total.Load()), lost
}

// voyage answers twenty times, loses about one in six for ever, and sends the rest three times, shuffled, in batches of
// different sizes.
func (p *phone) voyage(random *rand.Rand) (kept int, lost []int64) {
	var records []string
	for range 20 {
		off := time.Duration(random.IntN(20)-10) * 24 * time.Hour
		r := p.fill("F.SYM", "", nil, func(m map[string]any) {
			if random.IntN(3) == 0 {
				m["opened"] = p.h.clock.Now().Add(off).Format(time.RFC3339)
			}
		})
		if random.IntN(6) == 0 {
			lost = append(lost, p.seq)
			continue
		}
		records = append(records, r)
	}
	if lost == nil {
		lost = []int64{}
	}
	for range 3 {
		mine := slices.Clone(records)
		random.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		for len(mine) > 0 {
			n := min(1+random.IntN(9), len(mine))
			p.sendAll(mine[:n])
			mine = mine[n:]
		}
	}
	return len(records), lost
}

// sendAll sends until every record has its receipt.
func (p *phone) sendAll(records []string) {
	for {
		a, status := p.send(records...)
		if status == http.StatusServiceUnavailable {
			continue
		}
		for i, r := range a.Results {
			if r.Receipt != receipt(records[i]) || r.Status != 200 {
				p.h.t.Errorf("answered %d %+v", status, r)
			}
		}
		return
	}
}

// Five hundred diaries of months without a network come in one request.
func TestMonthsOfDiariesInOneRequest(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	var records []string
	for n := range epro.MaxRecords {
		day := noon.AddDate(0, 0, n/2)
		key, at := day.Format("2006-01-02")+"T0700", day
		if n%2 == 1 {
			key, at = day.Format("2006-01-02")+"T1900", day.Add(8*time.Hour)
		}
		h.clock.Set(at)
		records = append(records, p.diary(key, strconv.Itoa(120+n%40)))
	}
	a, status := p.send(records...)
	accepted := 0
	for _, r := range a.Results {
		if r.Status == 200 {
			accepted++
		}
	}
	if status != 200 || accepted != epro.MaxRecords || h.records() != epro.MaxRecords || len(a.Missing) != 0 {
		t.Errorf("%d: %d of %d accepted, %d kept, missing %v", status, accepted, epro.MaxRecords, h.records(), a.Missing)
	}
	if _, status := p.send(append(records, records[0])...); status != http.StatusRequestEntityTooLarge {
		t.Errorf("one more: %d", status)
	}
	c, err := h.epro.Compliance(t.Context(), demo.ID, patient.Query{AllSites: true})
	if err != nil || c.Total.Done != epro.MaxRecords || c.Total.Late != epro.MaxRecords-1 || c.Total.Missed != 0 {
		t.Errorf("compliance %+v, %v", c.Total, err)
	}
	if found := h.verify(); len(found) > 0 {
		t.Errorf("the ledger does not explain it: %v", found)
	}
}

func BenchmarkSyncOfThirtyDiaries(b *testing.B) {
	h := build(b, "sqlite:"+b.TempDir()+"/casebook.db")
	for b.Loop() {
		b.StopTimer()
		subject, err := h.patient.Enrol(h.operator(), demo.ID, patient.Enrolment{Site: "03"})
		h.must(err)
		p := h.enrol(subject.ID)
		var records []string
		for range 30 {
			records = append(records, p.fill("F.SYM", "", nil))
		}
		b.StartTimer()
		if _, status := p.send(records...); status != 200 {
			b.Fatal(fmt.Sprint("answered ", status))
		}
	}
}
