package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares the study's files with what the ledger says was received.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]received{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]received
	findings []ledger.Finding
}

func (f *fold) found(row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "upload", Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	if e.What != Received {
		return
	}
	var r received
	if err := json.Unmarshal([]byte(e.New), &r); err != nil {
		f.found(e.Ref, "the ledger's entry "+e.ID+" cannot be read")
		return
	}
	f.said[e.Ref] = r
}

// Compare names the files that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	rows, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM upload WHERE study_id = $1 AND hash <> '' ORDER BY upload_id`, f.study)
	if err != nil {
		return f.findings, err
	}
	for _, u := range rows {
		said, known := f.said[u.ID]
		delete(f.said, u.ID)
		if !known {
			f.found(u.ID, "put in: the ledger does not know it")
			continue
		}
		whole := sha256.New()
		err := tx.Each(ctx, func(r *store.Rows) error {
			var piece []byte
			err := r.Scan(&piece)
			whole.Write(piece)
			return err
		}, `SELECT bytes FROM upload_piece WHERE study_id = $1 AND upload_id = $2 ORDER BY n`, f.study, u.ID)
		if err != nil {
			return f.findings, err
		}
		if said != (received{u.Name, u.Size, u.SHA256}) || hex.EncodeToString(whole.Sum(nil)) != said.SHA256 {
			f.found(u.ID, "altered: it is not as the ledger holds it")
		}
	}
	for _, gone := range slices.Sorted(maps.Keys(f.said)) {
		f.found(gone, "removed: the ledger knows it")
	}
	return f.findings, nil
}
