package blinded

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

// NewFold returns the fold that compares the study's blinded values with what the ledger says of them. It needs no key.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]string{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]string // by place and version
	findings []ledger.Finding
}

func (f *fold) found(row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "blinded_value", Row: row, What: what})
}

func rowOf(place string, version int64) string { return fmt.Sprintf("%s %d", place, version) }

func asRow(sealed string, by casebook.UserID, at int64) string {
	return fmt.Sprintf("%s\n%s\n%d", sealed, by, at)
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	if e.What != Saved {
		return
	}
	var body saved
	if err := json.Unmarshal([]byte(e.New), &body); err != nil {
		f.found(e.Ref, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
		return
	}
	f.said[rowOf(e.Ref, body.Version)] = asRow(body.Sealed, e.Actor, store.Micros(e.At))
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	err := tx.Each(ctx, func(r *store.Rows) error {
		var place, sealed string
		var version, at int64
		var by casebook.UserID
		if err := r.Scan(&place, &version, &sealed, &by, &at); err != nil {
			return err
		}
		row := rowOf(place, version)
		switch said, known := f.said[row]; {
		case !known:
			f.found(row, "put in: the ledger does not know it")
		case said != asRow(sealed, by, at):
			f.found(row, "altered: it is not as the ledger holds it")
		}
		delete(f.said, row)
		return nil
	}, `SELECT `+columns+` FROM blinded_value WHERE study_id = $1 ORDER BY place, version`, f.study)
	for _, row := range slices.Sorted(maps.Keys(f.said)) {
		f.found(row, "removed: the ledger knows it")
	}
	return f.findings, err
}
