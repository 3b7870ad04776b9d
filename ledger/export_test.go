package ledger

import (
	"context"
	"slices"

	"casebook"
	"casebook/store"
)

// SearchInSteps is SearchAll that looks at so many entries of each study.
func SearchInSteps(ctx context.Context, tx *store.Tx, studies []casebook.StudyID, f Filter, from Place, limit, step int) (Found, error) {
	return together(studies, limit, func(study casebook.StudyID) (Found, error) { return search(ctx, tx, study, f, from, limit, step) })
}

// Leaf is what somebody who has the source would put in place of an entry's leaf.
func Leaf(e *Entry) []byte {
	d := e.digest()
	h := leaf(d[:], e.Index, store.Micros(e.SealedAt))
	return h[:]
}

// WithSalt is e with a salt that the world did not choose.
func WithSalt(e Entry, salt []byte) Entry { e.salt = salt; return e }

// For tests that stand outside, as an intruder does.
var (
	Reduce         = reduce
	CheckpointFile = checkpointFile
)

// Mislay puts another in the place of the newest entry that followers of a study share.
func Mislay(l *Ledger, study casebook.StudyID) {
	t := l.tailOf(study)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = slices.Clone(t.entries)
	t.entries[len(t.entries)-1] = t.entries[0]
}

// Tails is how many studies followers share the reading of.
func Tails(l *Ledger) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tails)
}

// Anchored is an anchor that is brought what it lacks when a test says so.
type Anchored = anchor

func (l *Ledger) AnchorAt(place string) *Anchored {
	return &anchor{l.o.Publish, place, map[casebook.StudyID]string{}}
}

func (a *anchor) Bring(ctx context.Context) error { return a.bring(ctx) }
