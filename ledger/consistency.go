package ledger

import (
	"context"

	"casebook"
	"casebook/store"

	"golang.org/x/mod/sumdb/tlog"
)

// Consistency shows, without a single entry, that the tree that one checkpoint signed is the beginning of the tree that a
// later one signed: nothing was altered, removed or put in between (RFC 6962, section 2.1.2).
type Consistency struct {
	Study    casebook.StudyID
	From, To int64
	Before   tlog.Hash // the root at size From
	After    tlog.Hash // the root at size To
	Hashes   tlog.TreeProof
}

// ProveConsistency proves that the study's tree of size from is the beginning of that of size to (0 means the whole), and
// checks its own proof.
func ProveConsistency(ctx context.Context, tx *store.Tx, study casebook.StudyID, from, to int64) (*Consistency, error) {
	whole, err := Size(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	if to == 0 {
		to = whole
	}
	if from < 1 || from > to || to > whole {
		return nil, casebook.Fail(casebook.NotFound, "ledger.no_entry", from, to)
	}
	c := &Consistency{Study: study, From: from, To: to}
	t := tree{ctx, tx, study}
	if c.Before, err = tlog.TreeHash(from, t); err != nil {
		return nil, err
	}
	if c.After, err = tlog.TreeHash(to, t); err != nil {
		return nil, err
	}
	if c.Hashes, err = tlog.ProveTree(to, from, t); err != nil {
		return nil, err
	}
	return c, c.Check()
}

// Check follows the proof from the one root to the other.
func (c *Consistency) Check() error {
	return tlog.CheckTree(c.Hashes, c.To, c.After, c.From, c.Before)
}
