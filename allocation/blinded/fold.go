package blinded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	return &fold{study: study, said: map[string]row{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]row // by place and version
	findings []ledger.Finding
}

func (f *fold) found(row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "blinded_value", Row: row, What: what})
}

func rowOf(place string, version int64) string { return fmt.Sprintf("%s %d", place, version) }

// row is what a row says beside its key.
type row struct {
	sealed string // its digest
	by     casebook.UserID
	at     int64
}

func digest(sealed string) string {
	sum := sha256.Sum256([]byte(sealed))
	return hex.EncodeToString(sum[:])
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	var err error
	switch e.What {
	case Saved:
		var body saved
		err = json.Unmarshal([]byte(e.New), &body)
		f.said[rowOf(e.Ref, body.Version)] = row{digest(body.Sealed), e.Actor, store.Micros(e.At)}
	case Resealed:
		var body resealed
		err = json.Unmarshal([]byte(e.New), &body)
		was := rowOf(body.From, body.Version)
		is := f.said[was]
		is.sealed = body.Digest
		delete(f.said, was)
		f.said[rowOf(e.Ref, body.Version)] = is
	}
	if err != nil {
		f.found(e.Ref, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
	}
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
		key := rowOf(place, version)
		switch said, known := f.said[key]; {
		case !known:
			f.found(key, "put in: the ledger does not know it")
		case said != (row{digest(sealed), by, at}):
			f.found(key, "altered: it is not as the ledger holds it")
		}
		delete(f.said, key)
		return nil
	}, `SELECT `+columns+` FROM blinded_value WHERE study_id = $1 ORDER BY place, version`, f.study)
	for _, key := range slices.Sorted(maps.Keys(f.said)) {
		f.found(key, "removed: the ledger knows it")
	}
	return f.findings, err
}
