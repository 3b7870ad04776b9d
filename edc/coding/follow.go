package coding

import (
	"context"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/record"
)

// follower is how far the ledger was read for values to be coded.
const follower = "coding"

// Run codes what has one meaning as soon as it was saved, from wherever it came, until ctx ends. Several processes may run it.
func (s *Service) Run(ctx context.Context) error { return s.ledger.Follow(ctx, follower, s.follow) }

// follow codes the casebooks in which something was saved on a form that asks a coded item.
func (s *Service) follow(ctx context.Context, w *ledger.Writer, entries []ledger.Entry) error {
	setup, _, err := setupOf(ctx, w.Tx, w.Study)
	if err != nil || len(setup.Items) == 0 {
		return err
	}
	st, err := s.forms.Study(ctx, w.Study)
	if err != nil {
		return err
	}
	forms, saved := setup.formsOf(st), map[casebook.SubjectID]bool{}
	for i := range entries {
		e := &entries[i]
		if e.What != record.Saved || saved[e.Subject] {
			continue
		}
		k, ok := record.ParseRef(e.Study, e.Subject, e.Ref)
		if !ok || !slices.Contains(forms, k.Form) {
			continue
		}
		saved[e.Subject] = true
		if _, err := s.auto(ctx, w, st, Scope{AllSites: true, Subject: e.Subject}); err != nil {
			return err
		}
	}
	return nil
}
