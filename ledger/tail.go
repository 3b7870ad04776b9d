package ledger

import (
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
	reading sync.Mutex // held while reading: whoever comes meanwhile wants the same entries
	mu      sync.Mutex // of the rest, and never held for long: those who write hand over what they wrote
	entries []Entry    // by index
	first   int64      // the entries from here to
	end     int64      // here are in it
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
		if t.quiet(now) {
			delete(l.tails, study)
		}
	}
}

// between returns the entries of a study from index from to below to, which have their places, or the first of them, if those are at hand. They
// are shared.
func (l *Ledger) between(ctx context.Context, study casebook.StudyID, from, to int64) ([]Entry, error) {
	t := l.tailOf(study)
	if entries := t.cut(from, to); entries != nil {
		return entries, nil
	}
	t.reading.Lock()
	defer t.reading.Unlock()
	if entries := t.cut(from, to); entries != nil {
		return entries, nil
	}
	var entries []Entry
	err := l.db.View(ctx, func(tx *store.Tx) (err error) {
		entries, err = Read(ctx, tx, study, from, int(to-from))
		return err
	})
	if err == nil {
		t.add(entries, l.db.World().Now())
	}
	return entries, err
}

// placed takes in what this process gave its place and has committed.
func (l *Ledger) placed(study casebook.StudyID, entries []Entry) {
	l.mu.Lock()
	t := l.tails[study]
	l.mu.Unlock()
	if t != nil {
		t.add(entries, l.db.World().Now())
	}
}

// add puts entries behind those that are there, as far as they are not there yet, and lets go of the older half when that is too much. Where
// some are missing in between, the tail begins anew; what has a hole itself, which only happens to a ledger that was tampered with, it does not
// take. What was cut before is not touched by it.
func (t *tail) add(entries []Entry, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(entries); n == 0 || entries[n-1].Index < t.end || entries[n-1].Index-entries[0].Index != int64(n-1) {
		return
	}
	if first := entries[0].Index; first > t.end {
		t.entries, t.bytes, t.first, t.end = nil, 0, first, first
	}
	entries = entries[t.end-entries[0].Index:]
	t.entries, t.end, t.grew = append(t.entries, entries...), entries[len(entries)-1].Index+1, now
	t.bytes += sizeOf(entries)
	for len(t.entries) > 0 && (len(t.entries) > maxTail || t.bytes > maxTailBytes) {
		t.entries = slices.Clone(t.entries[(len(t.entries)+1)/2:])
		t.bytes, t.first = sizeOf(t.entries), t.end
		if len(t.entries) > 0 {
			t.first = t.entries[0].Index
		}
	}
}

// cut returns the entries from index from to below to, as far as they are there.
func (t *tail) cut(from, to int64) []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	to = min(to, t.end)
	if from < t.first || from >= to {
		return nil
	}
	return t.entries[from-t.first : to-t.first : to-t.first]
}

// quiet says that nothing came for a while.
func (t *tail) quiet(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Sub(t.grew) > tailLasts
}

func sizeOf(entries []Entry) (n int) {
	for i := range entries {
		n += len(entries[i].Old) + len(entries[i].New) + len(entries[i].Reason)
	}
	return n
}
