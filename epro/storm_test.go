package epro_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/patient"
	"casebook/store/storetest"

	"github.com/go-json-experiment/json"
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

// stormPause is how often a phone looks whether it can send (ui/patient).
const stormPause = 20 * time.Second

// storm is what the program of phones is told, on its standard input.
type storm struct {
	Address string
	Phones  []stormPhone
}

type stormPhone struct{ ID, Token, Subject, Hash string }

// After a night without a network every phone of a study sends thirty diaries at once. Whoever is told to come back
// does; each diary is there once. The phones are a program of their own, so that the memory is the server's; what is
// kept per second is told for each tenth of the way.
func TestAStormOfPhonesLosesNothing(t *testing.T) {
	t.Parallel()
	engine := "sqlite"
	if name := os.Getenv("CASEBOOK_EPRO_STORM_ENGINE"); name != "" {
		engine = name
	}
	h := build(t, storetest.DSN(t, engine))
	s := storm{h.address, make([]stormPhone, stormSize(t))}
	together(len(s.Phones), 64, func(i int) {
		subject, err := h.patient.Enrol(h.operator(), demo.ID, patient.Enrolment{Site: "03"})
		h.must(err)
		p := h.enrol(subject.ID)
		for len(p.hashes) == 0 { // a busy server told it to come back
			time.Sleep(time.Duration(rand.Int64N(int64(time.Second))))
			p.plan()
		}
		s.Phones[i] = stormPhone{p.id, p.token, p.subject, p.hashes["F.SYM"]}
	})
	h.client.CloseIdleConnections()
	runtime.GC()
	before := h.memory()

	phones := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestThePhonesOfAStorm$")
	phones.Env = append(os.Environ(), "CASEBOOK_EPRO_STORM_PHONES=1")
	phones.Stderr = os.Stderr
	told, err := phones.StdoutPipe()
	h.must(err)
	tell, err := phones.StdinPipe()
	h.must(err)
	h.must(phones.Start())
	text, err := json.Marshal(s)
	h.must(err)
	_, err = tell.Write(text)
	h.must(err)
	h.must(tell.Close())

	begun := time.Now()
	kept, again := 0, 0
	most := before
	var tenths [10]time.Duration // when each tenth was kept
	for lines := bufio.NewScanner(told); lines.Scan(); {
		line, ok := strings.CutPrefix(lines.Text(), "phone ")
		if !ok {
			continue // what a test program says besides
		}
		n, err := strconv.Atoi(line)
		h.must(err)
		tenths[kept*10/len(s.Phones)] = time.Since(begun)
		kept, again = kept+1, again+n
		if kept%64 == 0 {
			now := h.memory()
			most.heap, most.resident = max(most.heap, now.heap), max(most.resident, now.resident)
		}
	}
	if err := phones.Wait(); err != nil || kept != len(s.Phones) {
		t.Errorf("%d of %d phones came to an end: %v", kept, len(s.Phones), err)
	}
	if want := len(s.Phones) * stormDiaries; h.records() != want || h.forms() != want || h.aside() != 0 {
		t.Errorf("%d records, %d forms, %d in quarantine; want %d", h.records(), h.forms(), h.aside(), want)
	}
	last := time.Duration(0)
	for n, at := range tenths {
		if at > last {
			t.Logf("tenth %2d: %6.0f diaries/s", n+1, float64(len(s.Phones)*stormDiaries)/10/(at-last).Seconds())
		}
		last = at
	}
	t.Logf("%d phones × %d on %s: %v, told to come back %d times; the server's heap %d MB before and at most %d, resident %d and %d",
		len(s.Phones), stormDiaries, engine, time.Since(begun).Round(time.Millisecond), again, before.heap, most.heap, before.resident, most.resident)
}

// TestThePhonesOfAStorm is the program of the phones: it is run by the storm, and by itself does nothing.
func TestThePhonesOfAStorm(t *testing.T) {
	if os.Getenv("CASEBOOK_EPRO_STORM_PHONES") == "" {
		return
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	var s storm
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxConnsPerHost: 512, MaxIdleConnsPerHost: 512}
	defer transport.CloseIdleConnections()
	h := &house{t: t, clock: casebook.NewClock(noon), address: s.Address, client: &http.Client{Transport: transport}}
	var telling sync.Mutex
	var broken atomic.Bool
	together(len(s.Phones), len(s.Phones), func(i int) {
		p := &phone{h: h, id: s.Phones[i].ID, token: s.Phones[i].Token, subject: s.Phones[i].Subject, contact: noon, hashes: map[string]string{"F.SYM": s.Phones[i].Hash}}
		records := make([]string, stormDiaries)
		for n := range records {
			records[n] = p.fill("F.SYM", "", nil)
		}
		again := 0
		a, status := p.send(records...)
		pause := time.Duration(rand.Int64N(int64(stormPause))) // the network is back at some time between two looks of this phone
		for ; status != http.StatusOK; a, status = p.send(records...) {
			again++
			time.Sleep(pause)
			pause = stormPause
		}
		if len(a.Results) != len(records) {
			t.Errorf("%d answers to %d records", len(a.Results), len(records))
		}
		for n, r := range a.Results {
			if (r.Status != 200 || r.Receipt != receipt(records[n])) && !broken.Swap(true) {
				t.Errorf("answered %d %+v", status, r)
			}
		}
		telling.Lock()
		defer telling.Unlock()
		fmt.Println("phone", again)
	})
}

// memory is what this process holds, in MB.
type memory struct{ heap, resident int64 }

func (h *house) memory() (m memory) {
	h.t.Helper()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.heap = int64(s.HeapInuse >> 20)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return m // another system than Linux
	}
	var size, pages int64
	_, err = fmt.Sscan(string(text), &size, &pages)
	h.must(err)
	m.resident = pages * int64(os.Getpagesize()) >> 20
	return m
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
