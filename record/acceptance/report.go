package acceptance

import (
	"casebook/check"
	"casebook/record"
)

// Report is what cases say of a version: whether it does what they expect, which of its rules they reach, and which
// mistakes in its rules they would not notice.
type Report struct {
	Cases     int        `json:"cases"`
	Passed    int        `json:"passed"`
	Failures  []Failure  `json:"failures"`
	Rules     []Covered  `json:"rules"`
	Covered   int        `json:"covered"` // rules of which every outcome was seen
	Mutants   int        `json:"mutants"`
	Survivors []Survivor `json:"survivors"`
	Kept      int        `json:"kept"` // rules of the definition that do not run, and that no case can reach
}

// Covered is a rule with the outcomes that were seen.
type Covered struct {
	Kind    string `json:"kind"` // as of record.Running: hide, compute or check
	ID      string `json:"id"`
	Source  string `json:"source"`
	Cases   int    `json:"cases"` // that evaluate it
	True    bool   `json:"true"`
	False   bool   `json:"false"`
	Value   bool   `json:"value"` // of a method: it gave one
	Unknown bool   `json:"unknown"`
}

// Full reports whether every outcome was seen that matters: a check asks and does not, a condition hides and shows, a
// method gives a value.
func (c *Covered) Full() bool {
	switch c.Kind {
	case record.Checks:
		return c.True && c.False
	case record.Hides:
		return c.False && (c.True || c.Unknown)
	}
	return c.Value
}

// Missing says what was not seen; "" for nothing.
func (c *Covered) Missing() string {
	switch {
	case c.Full():
		return ""
	case c.Cases == 0:
		return "never reached"
	case c.Kind == record.Checks && c.True:
		return "never asks"
	case c.Kind == record.Checks && c.False:
		return "asks always"
	case c.Kind == record.Hides && c.False:
		return "never hides"
	case c.Kind == record.Hides:
		return "hides always"
	}
	return "only with a blank outcome"
}

// Survivor is a mistake in a rule that no case notices.
type Survivor struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	What   string `json:"what"`
	Source string `json:"source"`
	Was    string `json:"was"`
}

// Good reports whether all cases pass, every outcome of every rule was seen, and every mistake would be noticed.
func (r *Report) Good() bool {
	return len(r.Failures) == 0 && len(r.Survivors) == 0 && r.Covered == len(r.Rules)
}

// Run runs the cases of suites against a version. Its error is about the cases: a name that the version does not have
// (acceptance.unknown, with the line).
func Run(st *record.Study, suites ...*Suite) (*Report, error) {
	rep := &Report{Failures: []Failure{}, Survivors: []Survivor{}, Rules: []Covered{}, Kept: len(st.Kept)}
	e := examiner{st: st, rules: st.Running(), at: map[string]int{}, report: rep}
	for i, r := range e.rules {
		e.at[r.Kind+" "+r.ID] = i
		rep.Rules = append(rep.Rules, Covered{Kind: r.Kind, ID: r.ID, Source: r.Source})
	}
	e.reaching = make([][]*Case, len(e.rules))
	for _, s := range suites {
		if err := s.fits(st); err != nil {
			return nil, err
		}
		for i := range s.Cases {
			e.examine(&s.Cases[i])
		}
	}
	for i := range rep.Rules {
		if rep.Rules[i].Full() {
			rep.Covered++
		}
		e.mutate(i)
	}
	return rep, nil
}

type examiner struct {
	st       *record.Study
	rules    []record.Running
	at       map[string]int // where a rule stands, by kind and ID
	reaching [][]*Case      // the cases that pass and evaluate a rule
	report   *Report
}

func (e *examiner) examine(c *Case) {
	reached := map[int]bool{}
	failures := run(e.st, c, func(kind, id string, _ []check.Value, outcome check.Value) {
		i, ok := e.at[kind+" "+id]
		if !ok {
			return
		}
		r := &e.report.Rules[i]
		r.True, r.False = r.True || outcome.True(), r.False || outcome.False()
		r.Unknown, r.Value = r.Unknown || outcome.IsBlank(), r.Value || !outcome.IsBlank()
		reached[i] = true
	})
	e.report.Cases++
	for i := range reached {
		e.report.Rules[i].Cases++
	}
	if len(failures) > 0 {
		e.report.Failures = append(e.report.Failures, failures...)
		return
	}
	e.report.Passed++
	for i := range reached {
		e.reaching[i] = append(e.reaching[i], c)
	}
}

// mutate puts mistakes into a rule, one at a time, and looks whether a case fails.
func (e *examiner) mutate(i int) {
	r := e.rules[i]
	for _, m := range e.st.Mutants(r) {
		other, err := e.st.Altered(r, m.Source)
		if err != nil {
			continue
		}
		e.report.Mutants++
		if !e.noticed(other, e.reaching[i]) {
			e.report.Survivors = append(e.report.Survivors, Survivor{r.Kind, r.ID, m.What, m.Source, r.Source})
		}
	}
}

func (e *examiner) noticed(other *record.Study, cases []*Case) bool {
	for _, c := range cases {
		if len(run(other, c, nil)) > 0 {
			return true
		}
	}
	return false
}
