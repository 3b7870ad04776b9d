package ledger

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"casebook"
	"casebook/store"
)

// tail is the newest part of a study's order, as this process's followers read it: each entry comes from the database once, whoever asks
// first, and where this process gave it its place it does not come from there at all. Nobody changes what is in it.
type tail struct {
	mu      sync.Mutex
	entries []Entry // by index
	first   int64   // the entries from here to
	end     int64   // here are in it
	bytes   int
	grew    time.Time
}

// The bounds of a tail: who is further behind reads by itself.
const (
	maxTail      = 2 * Batch
	maxTailBytes = 4 << 20
	tailLasts    = time.Second // without anything new
)

// tailOf returns the tail of a study, empty if nobody followed it lately.
func (l *Ledger) tailOf(study casebook.StudyID) *tail {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tails[study]
	if t == nil {
		t = &tail{}
		l.tails[study] = t
	}
	return t
}

// forgetTails drops the tails of studies that are quiet.
func (l *Ledger) forgetTails() {
	now := l.db.World().Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for study, t := range l.tails {
		if t.mu.TryLock() { // else somebody is at it
			if now.Sub(t.grew) > tailLasts {
				delete(l.tails, study)
			}
			t.mu.Unlock()
		}
	}
}

// between returns the entries of a study from index from to below to, which have their places. They are shared.
func (l *Ledger) between(ctx context.Context, study casebook.StudyID, from, to int64) ([]Entry, error) {
	t := l.tailOf(study)
	t.mu.Lock()
	defer t.mu.Unlock() // held while reading: whoever comes meanwhile wants the same entries
	if from < t.first {
		return l.read(ctx, study, from, to)
	}
	if from > t.end {
		t.entries, t.bytes, t.first, t.end = nil, 0, from, from
	}
	if to > t.end {
		entries, err := l.read(ctx, study, t.end, to)
		if err != nil {
			return nil, err
		}
		t.add(entries, to, l.db.World().Now())
	}
	return t.cut(from, to), nil
}

func (l *Ledger) read(ctx context.Context, study casebook.StudyID, from, to int64) (entries []Entry, err error) {
	err = l.db.View(ctx, func(tx *store.Tx) error {
		entries, err = Read(ctx, tx, study, from, int(to-from))
		return err
	})
	return entries, err
}

// placed takes in what this process gave its place and has committed. It is no loss when the tail is busy, or others came between: those who
// follow then read.
func (l *Ledger) placed(study casebook.StudyID, entries []Entry) {
	l.mu.Lock()
	t := l.tails[study]
	l.mu.Unlock()
	if t == nil || !t.mu.TryLock() {
		return
	}
	defer t.mu.Unlock()
	if n := len(entries); n > 0 && entries[0].Index == t.end {
		t.add(entries, entries[n-1].Index+1, l.db.World().Now())
	}
}

// add puts entries, which reach to end, behind those that are there, and lets go of the older half when that is too much. What was cut
// before is not touched by it.
func (t *tail) add(entries []Entry, end int64, now time.Time) {
	t.entries, t.end, t.grew = append(t.entries, entries...), end, now
	t.bytes += sizeOf(entries)
	for len(t.entries) > 0 && (len(t.entries) > maxTail || t.bytes > maxTailBytes) {
		t.entries = slices.Clone(t.entries[(len(t.entries)+1)/2:])
		t.bytes, t.first = sizeOf(t.entries), end
		if len(t.entries) > 0 {
			t.first = t.entries[0].Index
		}
	}
}

// cut returns the entries from index from to below to.
func (t *tail) cut(from, to int64) []Entry {
	at := func(index int64) int {
		i, _ := slices.BinarySearchFunc(t.entries, index, func(e Entry, index int64) int { return cmp.Compare(e.Index, index) })
		return i
	}
	high := at(to)
	return t.entries[at(from):high:high]
}

func sizeOf(entries []Entry) (n int) {
	for i := range entries {
		n += len(entries[i].Old) + len(entries[i].New) + len(entries[i].Reason)
	}
	return n
}
