package definition

import (
	"casebook/odm"
	"casebook/record"
)

// Examined is what a definition file holds and what of it would be lost.
type Examined struct {
	Format    string        `json:"format"`
	Inventory odm.Inventory `json:"inventory"`
	Losses    []odm.Loss    `json:"losses"`
}

// Examine tries the rules of a study that was read, and adds to its reader's report those that would not run.
func Examine(study *odm.Study, report *odm.Report) Examined {
	found := Examined{report.Format, report.Inventory, append([]odm.Loss{}, report.Losses...)}
	found.Inventory.RulesKept = 0 // counted below, whoever found out
	told := map[int]bool{}
	for _, l := range report.Losses {
		if l.Line > 0 && l.Code == "loss.fhir_rule_idle" {
			told[l.Line] = true
		}
	}
	for _, v := range study.Versions {
		compiled := record.Compile(v, 0)
		found.Inventory.RulesTranslated += compiled.Translated
		found.Inventory.RulesKept += len(compiled.Kept)
		for _, k := range compiled.Kept {
			if told[k.Line] {
				continue // with a better reason, by the reader
			}
			found.Losses = append(found.Losses, odm.Lost(k.Place, k.Line, true, "loss.rule_idle", odm.Idle(k.Why)))
		}
	}
	return found
}
