// Package amendment lets a site and its casebooks go over to another published version of their study, tells before what
// that would do, and lets them go back. It refuses to judge a value itself: package record does, by the other version.
package amendment

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
)

// Service moves casebooks.
type Service struct {
	ledger *ledger.Ledger
	trials *trial.Service
	forms  *record.Service

	// Batch is how many casebooks go over in one transaction.
	Batch int
}

// New returns the amendments of the studies beside l.
func New(l *ledger.Ledger, trials *trial.Service, forms *record.Service) *Service {
	return &Service{ledger: l, trials: trials, forms: forms, Batch: 20}
}

// Report is what becomes, or would become, of the casebooks of a site.
type Report struct {
	Study     casebook.StudyID `json:"study"`
	Site      casebook.SiteID  `json:"site"`
	From      int              `json:"from"`
	To        int              `json:"to"`
	Casebooks []*record.Moved  `json:"casebooks"`
}

// DryRun works out for each casebook of a site what another version would do to it, and keeps nothing. It does what
// Apply does and takes it back, so the two cannot differ while nobody enters anything in between.
func (s *Service) DryRun(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int) (*Report, error) {
	rep, err := s.report(ctx, study, site, to)
	if err != nil {
		return nil, err
	}
	for after := casebook.SubjectID(""); ; {
		tried, err := s.tryBatch(ctx, study, site, to, after)
		if err != nil || len(tried) == 0 {
			return rep, err
		}
		rep.Casebooks, after = append(rep.Casebooks, tried...), tried[len(tried)-1].Subject
	}
}

func (s *Service) tryBatch(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, after casebook.SubjectID) (tried []*record.Moved, err error) {
	ids, err := s.behind(ctx, study, site, to, after)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	from, target, err := s.versions(ctx, study, site, to)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		m, err := s.forms.TryAmend(ctx, study, from, target, id)
		if err != nil {
			return nil, err
		}
		tried = append(tried, m)
	}
	return tried, nil
}

// Apply lets the site work by the version from now on, unless it does already, and its casebooks go over, batch by batch;
// each batch and its entries are one transaction. Interrupted, it goes on where it was when it is called again. each, if
// not nil, hears of every batch.
func (s *Service) Apply(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, reason string, each func([]*record.Moved)) (*Report, error) {
	rep, err := s.report(ctx, study, site, to)
	if err != nil {
		return nil, err
	}
	if rep.From != to {
		if _, err := s.trials.GoOver(ctx, study, site, to, reason); err != nil {
			return nil, err
		}
	}
	for {
		moved, err := s.Step(ctx, study, site, to, reason)
		if err != nil || len(moved) == 0 {
			return rep, err
		}
		rep.Casebooks = append(rep.Casebooks, moved...)
		if each != nil {
			each(moved)
		}
	}
}

// Rollback is Apply of the version that the site worked by before the one of now.
func (s *Service) Rollback(ctx context.Context, study casebook.StudyID, site casebook.SiteID, reason string, each func([]*record.Moved)) (*Report, error) {
	before, err := s.before(ctx, study, site)
	if err == nil && before == 0 {
		err = casebook.Fail(casebook.Conflict, "amendment.no_step", site).At("site")
	}
	if err != nil {
		return nil, err
	}
	return s.Apply(ctx, study, site, before, reason, each)
}

// before is the version that a site worked by before the one of now, 0 when it has never gone over.
func (s *Service) before(ctx context.Context, study casebook.StudyID, site casebook.SiteID) (before int, err error) {
	uses, err := s.trials.Uses(ctx, study)
	now := 0
	for _, u := range uses {
		if u.Site == site {
			before, now = now, u.Version
		}
	}
	return before, err
}

// Step lets the next batch of casebooks go over, and returns what became of them; nothing when all have.
func (s *Service) Step(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, reason string) (moved []*record.Moved, err error) {
	from, target, err := s.versions(ctx, study, site, to)
	if err != nil {
		return nil, err
	}
	ids, err := s.behind(ctx, study, site, to, "")
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		moved = nil
		for _, id := range ids {
			m, err := s.forms.Amend(ctx, w, from, target, id, reason)
			if err != nil {
				return err
			}
			moved = append(moved, m)
		}
		return nil
	})
	return moved, err
}

func (s *Service) report(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int) (*Report, error) {
	if to < 1 {
		return nil, casebook.Fail(casebook.Invalid, "trial.version_number", to).At("to")
	}
	if _, err := s.trials.Version(ctx, study, to); err != nil {
		return nil, err
	}
	var at trial.Site
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		at, err = trial.FindSite(ctx, tx, study, site)
		return err
	})
	if err != nil {
		return nil, err
	}
	use, err := s.trials.InUse(ctx, study)
	if err != nil {
		return nil, err
	}
	return &Report{Study: study, Site: at.ID, From: use.Of(at.ID), To: to, Casebooks: []*record.Moved{}}, nil
}

// versions are those that the site's forms come from, and the one that they go to.
func (s *Service) versions(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int) (map[int64]*record.Study, *record.Study, error) {
	from, err := s.forms.FilledBy(ctx, study, site)
	if err != nil {
		return nil, nil, err
	}
	target, err := s.forms.NumberedAt(ctx, study, int64(to), site)
	return from, target, err
}

func (s *Service) behind(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, after casebook.SubjectID) (ids []casebook.SubjectID, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		ids, err = record.Behind(ctx, tx, study, site, int64(to), after, s.Batch)
		return err
	})
	return ids, err
}
