package patient

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares the study's subjects with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[casebook.SubjectID]Subject{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[casebook.SubjectID]Subject
	findings []ledger.Finding
}

func (f *fold) found(row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "patient", Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	s := f.said[e.Subject]
	err := s.take(e)
	if e.What == VerbEnrolled || s.ID != "" {
		f.said[e.Subject] = s
	}
	if err != nil {
		f.found(string(e.Subject), fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
	}
}

// take is what an entry makes of a subject.
func (s *Subject) take(e *ledger.Entry) error {
	switch e.What {
	case VerbEnrolled:
		if err := json.Unmarshal([]byte(e.New), s); err != nil {
			return err
		}
		if s.Status == Enrolled && s.JoinedAt.IsZero() { // written before the entry said so
			s.JoinedAt = s.EnrolledAt
		}
	case VerbTransferred:
		s.Site = MovedTo(e)
	case VerbConsented:
		var to agreed
		if err := json.Unmarshal([]byte(e.New), &to); err != nil {
			return err
		}
		s.Consent = to.Consent
	case VerbStatus:
		var to state
		if err := json.Unmarshal([]byte(e.New), &to); err != nil {
			return err
		}
		s.Status, s.StatusAt = to.Status, e.At
		if s.Status == Enrolled && s.JoinedAt.IsZero() {
			s.JoinedAt = e.At
		}
	}
	return nil
}

// After is a subject as the last of its entries left it, oldest first; the zero Subject before it was enrolled.
func After(entries []ledger.Entry) (s Subject, err error) {
	for i := range entries {
		if err := s.take(&entries[i]); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	rest := f.said
	err := tx.Each(ctx, func(r *store.Rows) error {
		row, err := scan(r)
		if err != nil {
			return err
		}
		said, known := rest[row.ID]
		if delete(rest, row.ID); !known {
			f.found(string(row.ID), "put in: the ledger does not know this subject")
		} else {
			f.compare(row, said)
		}
		return nil
	}, `SELECT `+columns+` FROM patient WHERE study_id = $1 ORDER BY subject_id`, f.study)
	for _, id := range slices.Sorted(maps.Keys(rest)) {
		f.found(string(id), "removed: the ledger knows this subject")
	}
	return f.findings, err
}

func (f *fold) compare(row, said Subject) {
	differ := func(column string, is, was any) {
		if is != was {
			f.found(string(row.ID), fmt.Sprintf("altered: %s is %v, the ledger says %v", column, is, was))
		}
	}
	differ("site_id", row.Site, said.Site)
	differ("status", row.Status, said.Status)
	differ("status_at", store.Micros(row.StatusAt), store.Micros(said.StatusAt))
	differ("enrolled_at", store.Micros(row.EnrolledAt), store.Micros(said.EnrolledAt))
	differ("consent", row.Consent, said.Consent)
	differ("rescreens", row.Rescreens, said.Rescreens)
	differ("joined_at", store.Micros(row.JoinedAt), store.Micros(said.JoinedAt))
}
