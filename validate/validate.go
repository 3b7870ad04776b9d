// Package validate is the inspector: it examines an installation where its customer has put it, and writes down what was
// asked for, what was done, and what came out. It knows the product from outside only, by its addresses and its commands;
// what an installation consists of, its caller tells.
package validate

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// Requirement is a row of the table of requirements: what a regulation asks for, and the tests that show it.
type Requirement struct {
	ID          string   `json:"id"`
	Requirement string   `json:"requirement"`
	Clause      string   `json:"clause"`
	Standing    string   `json:"standing"` // "shown", "partly" or "no": what the release's own tests show
	Tests       []string `json:"tests"`
	Missing     string   `json:"missing"`
}

// Verdict is what came out of a check.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "pass"
	Failed Verdict = "fail"
	NotRun Verdict = "not run"
)

// Result is the outcome of one check on this installation.
type Result struct {
	ID       string  `json:"id"`
	Shows    string  `json:"shows"`
	Verdict  Verdict `json:"verdict"`
	Evidence string  `json:"evidence"` // what was seen, or what failed, or why it was not run
	Seconds  float64 `json:"seconds"`
}

// Fact is one line of the installation qualification. Expected is "" where nothing is expected of it.
type Fact struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Expected string `json:"expected,omitzero"`
	Holds    bool   `json:"holds"`
}

// Evidence are the results of the release's own tests, as `make evidence` writes them.
type Evidence struct {
	Commit  string            `json:"commit"`
	At      time.Time         `json:"at"`
	Go      string            `json:"go"`
	Results map[string]string `json:"results"` // "package.TestName" → pass, fail, skip
}

// Row is a row of the traceability matrix.
type Row struct {
	Requirement
	Results   map[string]string `json:"results"`   // of the release's tests; "" where none is known
	Commit    string            `json:"commit"`    // that they ran on
	Executed  *Result           `json:"executed"`  // on this installation; nil where there is no such check
	Concluded string            `json:"concluded"` // what may be said of the requirement here
}

// Tile is one figure of a test programme: what came out, beside what was to come out.
type Tile struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Value  string    `json:"value"`
	Goal   string    `json:"goal"`
	N      int64     `json:"n"`
	At     time.Time `json:"at"`
	Commit string    `json:"commit"`
	Seed   uint64    `json:"seed"`
	Pass   bool      `json:"pass"`
}

// Package is a validation package: everything that is written down.
type Package struct {
	Product  string    `json:"product"`
	Commit   string    `json:"commit"`
	At       time.Time `json:"at"`
	IQ       []Fact    `json:"iq"`
	OQ       []Result  `json:"oq"`
	Control  Control   `json:"control"`
	Matrix   []Row     `json:"matrix"`
	PQ       []Task    `json:"pq"`
	Tiles    []Tile    `json:"tiles"`
	Evidence *Evidence `json:"evidence"`
	Pass     bool      `json:"pass"` // every expected fact holds, and no check failed
}

// Control is the same examination of a server that agrees to everything: a check that passes there shows nothing.
type Control struct {
	Checks int      `json:"checks"`
	Failed int      `json:"failed"`
	Blind  []string `json:"blind"` // the checks that passed
}

// Examine carries out all checks against the house, one after another.
func Examine(ctx context.Context, h *House) []Result {
	var all []Result
	for _, c := range Checks {
		all = append(all, c.examine(ctx, h))
	}
	return all
}

// Blindfold carries out all checks against a server at address that answers 200 and {} to everybody, with commands that
// agree to everything. None of them may pass.
func Blindfold(ctx context.Context, h House) Control {
	h.Run = func(context.Context, ...string) (string, error) { return "{}", nil }
	h.Rest = func() error { return nil }
	h.Serve = func(context.Context, ...string) (string, func() error, error) {
		return h.Address, func() error { return nil }, nil
	}
	h.Process, h.archive = 0, nil
	c := Control{Blind: []string{}}
	for _, check := range Checks {
		r := check.examine(ctx, &h)
		if r.Verdict == NotRun {
			continue
		}
		c.Checks++
		if r.Verdict == Failed {
			c.Failed++
		} else {
			c.Blind = append(c.Blind, r.ID)
		}
	}
	return c
}

// Agreeable answers everything with 200, {} and a session.
func Agreeable(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "casebook_session", Value: "agreed"})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{}`)) // who has left needs no answer
}

// Requirements reads the table of requirements.
func Requirements(text []byte) (all []Requirement, err error) {
	err = json.Unmarshal(text, &all, json.RejectUnknownMembers(true))
	return all, err
}

// New puts a package together.
func New(world casebook.World, rows []Requirement, iq []Fact, oq []Result, control Control, evidence *Evidence, tiles []Tile) *Package {
	p := &Package{Product: "casebook", At: world.Now().UTC(), IQ: iq, OQ: oq, Control: control, PQ: Tasks, Tiles: tiles, Evidence: evidence}
	p.Pass = control.Checks > 0 && control.Failed == control.Checks
	for _, f := range iq {
		p.Pass = p.Pass && f.Holds
	}
	for _, r := range oq {
		p.Pass = p.Pass && r.Verdict != Failed
	}
	for _, r := range rows {
		p.Matrix = append(p.Matrix, p.row(r))
	}
	return p
}

func (p *Package) row(r Requirement) Row {
	row := Row{Requirement: r, Results: map[string]string{}}
	for _, name := range r.Tests {
		row.Results[name] = ""
		if p.Evidence != nil {
			row.Results[name] = p.Evidence.Results[name]
			row.Commit = p.Evidence.Commit
		}
	}
	if i := slices.IndexFunc(p.OQ, func(o Result) bool { return o.ID == r.ID }); i >= 0 {
		row.Executed = &p.OQ[i]
	}
	row.Concluded = row.conclude()
	return row
}

// conclude says no more than what was seen: a test that has not run shows nothing, and neither does a missing one.
func (r *Row) conclude() string {
	passed, failed := 0, 0
	for _, result := range r.Results {
		switch result {
		case "pass":
			passed++
		case "fail":
			failed++
		}
	}
	here := "not executed here"
	if r.Executed != nil {
		here = "executed here: " + string(r.Executed.Verdict)
	}
	switch {
	case failed > 0:
		return fmt.Sprintf("not shown: %d tests of the release failed; %s", failed, here)
	case len(r.Tests) == 0:
		return "not shown by the release; " + here
	case passed < len(r.Tests):
		return fmt.Sprintf("%d of %d tests of the release have a result; %s", passed, len(r.Tests), here)
	case r.Standing == "shown":
		return fmt.Sprintf("shown by %d tests of the release; %s", passed, here)
	}
	return fmt.Sprintf("shown in part by %d tests of the release; %s", passed, here)
}

// stands is what the release's tests show of the requirement, by their results: without those, nothing.
func (r Row) stands() string {
	for _, result := range r.Results {
		switch result {
		case "pass":
		case "fail":
			return "fail"
		default:
			return "no result"
		}
	}
	return r.Standing
}

// Task is one line of the performance qualification: the customer's own people carry it out on their own study.
type Task struct {
	What   string `json:"what"`
	Expect string `json:"expect"`
}

// Tasks is the template.
var Tasks = []Task{
	{"A coordinator enrols a test subject and fills in the first visit from a paper source.", "All values are on the page as on paper; checks ask where the protocol says."},
	{"The coordinator corrects a value and gives a reason.", "The history shows both values, the reason and the name."},
	{"A monitor verifies the visit against the source and raises a query; the site answers it; the monitor closes it.", "Each step is shown with its person and time."},
	{"A patient enrols a phone and answers two questionnaires, one of them without a network.", "Both arrive once, with the time at which they were answered."},
	{"The investigator signs the casebook; the coordinator changes a value afterwards.", "The signature is shown as void; the casebook is on the list to be signed."},
	{"The data manager freezes and locks the casebook.", "Entry is refused; locking is refused while a query is open, if the study is so configured."},
	{"The data manager exports the study and opens the file in the program that will analyse it.", "Subjects, values and code lists agree with the pages."},
	{"An administrator invites a person, gives a role at one site, withdraws it and closes the account.", "The person sees that site only, and nothing after."},
	{"The operator takes a backup, restores it on a second machine and verifies it.", "The verification has no finding; the time is noted here."},
	{"The operator stops the server while people work and starts it again.", "Nothing that was saved is missing."},
	{"The operator reads the access review with the sponsor.", "Every role belongs to a person who needs it."},
}
