package definition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/record"
	"casebook/record/acceptance"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// maxCases bounds the files of cases that are run before a promotion, in bytes together.
const maxCases = 4 << 20

// Cases is a file of acceptance tests (docs/format/acceptance.md).
type Cases struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Promotion is a version that was tested in a copy, and becomes one of a production study.
type Promotion struct {
	From    casebook.StudyID `json:"from"`
	Version int              `json:"version"`
	Cases   []Cases          `json:"cases"`
	Waivers []trial.Waiver   `json:"waivers,omitempty"`
}

// Test runs the cases against the version. Without a case, or with one that fails, the error is Unprocessable
// definition.untested or definition.failing, and the report tells why.
func (s *Service) Test(ctx context.Context, p Promotion) (*acceptance.Report, trial.Tests, error) {
	var said trial.Tests
	v, err := s.trials.Version(ctx, p.From, p.Version)
	if err != nil {
		return nil, said, err
	}
	var suites []*acceptance.Suite
	for _, c := range p.Cases {
		suite, err := acceptance.Parse(c.Name, strings.NewReader(c.Text))
		if err != nil {
			return nil, said, err
		}
		suites, said.Files = append(suites, suite), append(said.Files, trial.TestFile{Name: c.Name, SHA256: sum([]byte(c.Text))})
	}
	rep, err := acceptance.Run(record.Compile(v.Definition, 1), suites...)
	switch {
	case err != nil:
		return nil, said, err
	case rep.Cases == 0:
		return rep, said, casebook.Fail(casebook.Unprocessable, "definition.untested").At("cases")
	case len(rep.Failures) > 0:
		return rep, said, casebook.Fail(casebook.Unprocessable, "definition.failing", rep.Cases-rep.Passed, rep.Cases, rep.Failures[0].String()).At("cases")
	}
	text, err := json.Marshal(rep, json.Deterministic(true))
	said.SHA256, said.Cases, said.Passed, said.Rules, said.Covered = sum(text), rep.Cases, rep.Passed, len(rep.Rules), rep.Covered
	said.Mutants, said.Noticed = rep.Mutants, rep.Mutants-len(rep.Survivors)
	return rep, said, err
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// postPromotion publishes in this study a version that was tested in a copy: {from, version, cases}. The cases are run
// here, and what they said is in the ledger. Whoever does it manages both studies.
func (s *Service) postPromotion(w http.ResponseWriter, r *http.Request) error {
	var p Promotion
	if err := web.Decode(r, maxCases, &p); err != nil {
		return err
	}
	to := casebook.StudyID(r.PathValue("study"))
	if _, may := auth.Act(r.Context(), auth.StudyManage, p.From, ""); !may {
		return casebook.Fail(casebook.NotFound, "trial.unknown", p.From).At("from")
	}
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, to, "")
	rep, said, err := s.Test(ctx, p)
	if err != nil {
		return err
	}
	added, err := s.trials.Promote(ctx, p.From, p.Version, to, said, p.Waivers...)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, struct {
		Number int                `json:"number"`
		Hash   string             `json:"hash"`
		Report *acceptance.Report `json:"report"`
	}{added.Number, added.Hash, rep})
}
