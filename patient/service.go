package patient

import (
	"context"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// Service is the subjects of this process's database.
type Service struct {
	ledger *ledger.Ledger
}

// New returns the subjects kept beside l.
func New(l *ledger.Ledger) *Service { return &Service{ledger: l} }

// Enrol adds a subject to the study: Enrol in a write of its own.
func (s *Service) Enrol(ctx context.Context, study casebook.StudyID, e Enrolment) (added Subject, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		added, err = Enrol(ctx, w, e)
		return err
	})
	return added, err
}

// SetStatus moves a subject to another state: SetStatus in a write of its own.
func (s *Service) SetStatus(ctx context.Context, study casebook.StudyID, id casebook.SubjectID, to Status, reason string) (changed Subject, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		changed, err = SetStatus(ctx, w, id, to, reason)
		return err
	})
	return changed, err
}

// Get returns one subject of the study, or NotFound patient.unknown.
func (s *Service) Get(ctx context.Context, study casebook.StudyID, id casebook.SubjectID) (found Subject, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		found, err = Find(ctx, tx, study, id)
		return err
	})
	return found, err
}

// InTrial returns a page of the study's subjects. The end of ctx ends the query in the database.
func (s *Service) InTrial(ctx context.Context, study casebook.StudyID, q Query) (page Page, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		page, err = List(ctx, tx, study, q)
		return err
	})
	return page, err
}
