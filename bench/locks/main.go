// Command locks compares four ways to share a map that many read and few change: a Mutex, an RWMutex, a sync.Map and a
// snapshot behind one atomic pointer that a change replaces. Share of reads from half to nearly all, one goroutine to
// sixty-four. It prints a table and writes a picture. Only a person starts it.
//
//	go run ./bench/locks docs/pictures/locks.svg
package main

import (
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// shared is a map that all goroutines use.
type shared interface {
	get(key string) int
	set(key string, value int)
}

type mutexed struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *mutexed) get(k string) int    { s.mu.Lock(); defer s.mu.Unlock(); return s.m[k] }
func (s *mutexed) set(k string, v int) { s.mu.Lock(); defer s.mu.Unlock(); s.m[k] = v }

type readLocked struct {
	mu sync.RWMutex
	m  map[string]int
}

func (s *readLocked) get(k string) int    { s.mu.RLock(); defer s.mu.RUnlock(); return s.m[k] }
func (s *readLocked) set(k string, v int) { s.mu.Lock(); defer s.mu.Unlock(); s.m[k] = v }

type synced struct{ m sync.Map }

func (s *synced) get(k string) int    { v, _ := s.m.Load(k); return v.(int) }
func (s *synced) set(k string, v int) { s.m.Store(k, v) }

// snapshot is read without a lock; a change copies the map, one at a time.
type snapshot struct {
	mu sync.Mutex
	m  atomic.Pointer[map[string]int]
}

func (s *snapshot) get(k string) int { return (*s.m.Load())[k] }
func (s *snapshot) set(k string, v int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(*s.m.Load())
	next[k] = v
	s.m.Store(&next)
}

// keys is the size of the map: the settings of a platform.
const keys = 100

func filled() (names []string, m map[string]int) {
	m = map[string]int{}
	for i := range keys {
		names = append(names, "setting."+strconv.Itoa(i))
		m[names[i]] = i
	}
	return names, m
}

func ways() map[string]shared {
	_, m := filled()
	snap, sm := &snapshot{}, &synced{}
	copied := maps.Clone(m)
	snap.m.Store(&copied)
	for k, v := range m {
		sm.set(k, v)
	}
	return map[string]shared{"Mutex": &mutexed{m: maps.Clone(m)}, "RWMutex": &readLocked{m: maps.Clone(m)}, "sync.Map": sm, "snapshot": snap}
}

var (
	order      = []string{"Mutex", "RWMutex", "sync.Map", "snapshot"}
	writes     = []int{2, 10, 100, 1000, 10_000} // one call in so many changes something
	goroutines = []int{1, 4, 16, 64}
)

func reads(every int) string {
	return strconv.FormatFloat(100-100/float64(every), 'f', -1, 64) + " %"
}

// nanoseconds is the time of one call, over all goroutines together, as an observer of the whole sees it.
func nanoseconds(s shared, every, workers int, length time.Duration) float64 {
	names, _ := filled()
	var stop atomic.Bool
	var calls atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for w := range workers {
		all.Go(func() {
			n, sum := w*7919, 0
			for !stop.Load() {
				for range 256 {
					n++
					if n%every == 0 {
						s.set(names[n/every%keys], n)
					} else {
						sum += s.get(names[n%keys])
					}
				}
				calls.Add(256)
			}
			_ = sum
		})
	}
	time.Sleep(length)
	stop.Store(true)
	all.Wait()
	return float64(time.Since(begun)) / float64(calls.Load())
}

func main() {
	found := map[string]float64{}
	at := func(way string, every, workers int) string { return fmt.Sprint(way, every, "/", workers) }
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| reads\t| goroutines\t| "+strings.Join(order, "\t| ")+"\t|")
	fmt.Fprintln(w, "|---\t|---"+strings.Repeat("\t|---", len(order))+"\t|")
	for _, every := range writes {
		for _, workers := range goroutines {
			all := ways()
			fmt.Fprintf(w, "| %s\t| %d", reads(every), workers)
			for _, name := range order {
				best := 0.0
				for range 3 {
					if ns := nanoseconds(all[name], every, workers, 150*time.Millisecond); best == 0 || ns < best {
						best = ns
					}
				}
				found[at(name, every, workers)] = best
				fmt.Fprintf(w, "\t| %.1f ns", best)
			}
			fmt.Fprintln(w, "\t|")
		}
	}
	w.Flush()
	if len(os.Args) > 1 {
		if err := os.WriteFile(os.Args[1], picture(func(way string, every, workers int) float64 { return found[at(way, every, workers)] }), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "locks:", err)
			os.Exit(1)
		}
	}
}
