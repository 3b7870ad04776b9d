package trial

import (
	"context"
	"strconv"

	"casebook"
	"casebook/ledger"
	"casebook/odm"

	"github.com/go-json-experiment/json"
)

// Tests is what acceptance tests said of a version before it was promoted, as the ledger keeps it.
type Tests struct {
	Files   []TestFile `json:"files"`
	SHA256  string     `json:"sha256"` // of the whole report's JSON
	Cases   int        `json:"cases"`
	Passed  int        `json:"passed"`
	Rules   int        `json:"rules"`
	Covered int        `json:"covered"` // rules of which every outcome was seen
	Mutants int        `json:"mutants"`
	Noticed int        `json:"noticed"` // mistakes put into rules that a case noticed
}

// TestFile is a file of cases.
type TestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Origin is where a version of a production study was tested, and how.
type Origin struct {
	Study   casebook.StudyID `json:"study"`
	Purpose Environment      `json:"purpose"`
	Version int              `json:"version"`
	Hash    string           `json:"hash"`
	Tests   Tests            `json:"tests"`
}

// Promote publishes a version of a training or acceptance study as the next version of a production study: the same
// content, with an entry that names the one it was tested as and what the tests said. Nothing else comes over: no site, no
// casebook. Errors, all Conflict: trial.promote_from for a study with patients, trial.promote_to for one without.
func (s *Service) Promote(ctx context.Context, from casebook.StudyID, number int, to casebook.StudyID, tests Tests, waivers ...Waiver) (*Version, error) {
	source, err := s.Get(ctx, from)
	if err != nil {
		return nil, err
	}
	if source.Environment == Production {
		return nil, casebook.Fail(casebook.Conflict, "trial.promote_from", from).At("from")
	}
	v, err := s.Version(ctx, from, number)
	if err != nil {
		return nil, err
	}
	origin := Origin{from, source.Environment, v.Number, v.Hash, tests}
	var added *Version
	err = s.ledger.Write(ctx, to, func(w *ledger.Writer) (err error) {
		added, err = s.promote(ctx, w, v.Definition, origin, waivers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.keep(added)
}

func (s *Service) promote(ctx context.Context, w *ledger.Writer, v *odm.Version, origin Origin, waivers []Waiver) (*Version, error) {
	target, err := Find(ctx, w.Tx, w.Study)
	if err != nil {
		return nil, err
	}
	if target.Environment != Production {
		return nil, casebook.Fail(casebook.Conflict, "trial.promote_to", w.Study, target.Environment).At("study")
	}
	added, err := s.publish(ctx, w, v, of(s.Problems(v), waivers))
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(origin, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if _, err := w.Exec(ctx, `UPDATE trial_version SET origin = $3 WHERE study_id = $1 AND number = $2`, w.Study, added.Number, string(text)); err != nil {
		return nil, err
	}
	return added, record(ctx, w, ledger.Entry{What: VerbPromoted, Ref: strconv.Itoa(added.Number)}, nil, origin)
}
