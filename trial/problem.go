package trial

import (
	"strings"

	"casebook"
	"casebook/odm"
)

// Problem is what keeps a definition from being published: something that cannot be meant, a reference to what it does
// not define, or a rule that does not run. Somebody may waive it by its name, for a reason.
type Problem struct {
	Name string `json:"name"` // e.g. "ItemDef[IT.SYS]/RangeCheck[2]", "FormDef[F.1]/ItemGroupDef[G.2]"
	Kind string `json:"kind"` // Faulty, Dangling or Kept
	Line int    `json:"line,omitzero"`
	Rule string `json:"rule,omitempty"` // as it is written, of a rule
	Why  error  `json:"-"`
}

// The kinds of a problem.
const (
	Faulty   = "faulty" // see odm.Version.Faults
	Dangling = "dangling"
	Kept     = "kept" // a rule that could not be translated: it stays in the definition and does not run
)

// Waiver is a problem that somebody answers for.
type Waiver struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Problems lists what keeps v from being published, what cannot be meant first, then dangling references.
func (s *Service) Problems(v *odm.Version) []Problem {
	all := []Problem{}
	for _, f := range v.Faults() {
		all = append(all, Problem{Name: f.Place, Kind: Faulty, Why: f.Why})
	}
	broken := v.Dangling()
	for _, l := range broken {
		why := casebook.Fail(casebook.Unprocessable, "trial.version_dangling", l.From, l.FromOID, l.To, l.OID, len(broken)).At(l.From + "[" + l.FromOID + "]")
		all = append(all, Problem{Name: l.From + "[" + l.FromOID + "]/" + l.To + "[" + l.OID + "]", Kind: Dangling, Why: why})
	}
	if s.Rules != nil {
		all = append(all, s.Rules(v)...)
	}
	return all
}

// judge refuses a version with a problem that nobody waives, a waiver without a reason, and one of what is no problem.
func judge(problems []Problem, waivers []Waiver) error {
	waived := map[string]bool{}
	for _, w := range waivers {
		if strings.TrimSpace(w.Reason) == "" {
			return casebook.Fail(casebook.Unprocessable, "trial.waiver_reason", w.Name).At(w.Name)
		}
		waived[w.Name] = true
	}
	kept := 0
	for _, p := range problems {
		if p.Kind == Kept && !waived[p.Name] {
			kept++
		}
	}
	found := map[string]bool{}
	for _, p := range problems {
		found[p.Name] = true
		switch {
		case waived[p.Name]:
		case p.Kind != Kept:
			return p.Why
		default:
			return casebook.Fail(casebook.Unprocessable, "trial.version_kept", p.Name, kept).At(p.Name).Wrap(p.Why)
		}
	}
	for _, w := range waivers {
		if !found[w.Name] {
			return casebook.Fail(casebook.Unprocessable, "trial.waiver_unknown", w.Name).At(w.Name)
		}
	}
	return nil
}
