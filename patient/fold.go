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
	var err error
	switch e.What {
	case VerbEnrolled:
		var s Subject
		err = json.Unmarshal([]byte(e.New), &s)
		if s.Status == Enrolled && s.JoinedAt.IsZero() { // written before the entry said so
			s.JoinedAt = s.EnrolledAt
		}
		f.said[e.Subject] = s
	case VerbStatus:
		var to state
		err = json.Unmarshal([]byte(e.New), &to)
		s := f.said[e.Subject]
		s.Status, s.StatusAt = to.Status, e.At
		if s.Status == Enrolled && s.JoinedAt.IsZero() {
			s.JoinedAt = e.At
		}
		f.said[e.Subject] = s
	}
	if err != nil {
		f.found(string(e.Subject), fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
	}
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
	differ("joined_at", store.Micros(row.JoinedAt), store.Micros(said.JoinedAt))
}
