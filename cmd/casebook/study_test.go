package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casebook/odm"
)

// designs are the definition files of the collection that are ODM 1.3: what each holds, as counted in the file, and how
// many of its rules run here at least.
var designs = []struct {
	file      string
	inventory odm.Inventory
}{
	{"odm/cdisc_odm132_dave_multilang.xml", odm.Inventory{Events: 5, Forms: 7, ItemGroups: 14, Items: 63, CodeLists: 12, Conditions: 13,
		Methods: 1, RangeChecks: 14, RulesTranslated: 25, RulesKept: 4}},
	{"odm/odmlib_cdash_odm132.xml", odm.Inventory{Forms: 22, ItemGroups: 57, Items: 292, CodeLists: 44}},
	{"odm/openedc_example_metadata.xml", odm.Inventory{Events: 3, Forms: 5, ItemGroups: 9, Items: 28, CodeLists: 4, Conditions: 7, Methods: 2,
		RangeChecks: 8, RulesTranslated: 16, RulesKept: 1}},
	{"odm/viedoc_phase2_template_studydesign.xml", odm.Inventory{Events: 31, Forms: 31, ItemGroups: 139, Items: 1058, CodeLists: 29, Conditions: 865,
		Methods: 127, RangeChecks: 135, RulesTranslated: 294, RulesKept: 747}},
	{"redcap/redcapr_longitudinal_project_odm.xml", odm.Inventory{Events: 12, Forms: 9, ItemGroups: 30, Items: 124, CodeLists: 70, RangeChecks: 5,
		RulesTranslated: 5}},
	{"redcap/redcapr_repeating_project_odm.xml", odm.Inventory{Forms: 2, ItemGroups: 4, Items: 13, CodeLists: 5, RangeChecks: 2, RulesTranslated: 2}},
}

// noDesigns are the other files of the collection, and why they are refused.
var noDesigns = map[string]string{
	"odm/odmlib_cdash_invalid.xml":        "line 14, element studyName: The element studyName is not known; did you mean StudyName? [odm.unknown_element]",
	"odm/cdisc_odmv2_dave_multilang.xml":  "line 3, element ODM: ODM version 2.0 is not read here; version 1.3.2 is. [odm.version]",
	"odm/cdisc_odmv2_lzzt_timing.xml":     "ODM version 2.0 is not read here; version 1.3.2 is. [odm.version]",
	"odm/rave_clinical_audit_records.xml": "The file holds no study. [odm.no_study]",
}

func TestCheckTellsWhatADefinitionHoldsAndWhatWouldBeLost(t *testing.T) {
	t.Parallel()
	for _, d := range designs {
		t.Run(filepath.Base(d.file), func(t *testing.T) {
			t.Parallel()
			found := inspect(t, d.file)
			if found.File != filepath.Base(d.file) || found.Format != "odm-xml-1.3.2" {
				t.Errorf("the file is called %q in the format %q", found.File, found.Format)
			}
			got, want := found.Inventory, d.inventory
			if kept := len(found.rulesKept()); kept != got.RulesKept || got.RulesTranslated < want.RulesTranslated {
				t.Errorf("%d rules run, %d are said not to, the list names %d", got.RulesTranslated, got.RulesKept, kept)
			}
			if better := got.RulesTranslated - want.RulesTranslated; better > 0 {
				want.RulesTranslated, want.RulesKept = want.RulesTranslated+better, want.RulesKept-better
			}
			if got != want {
				t.Errorf("holds\n%+v, want\n%+v", got, want)
			}
			for _, l := range found.Losses {
				if l.Place == "" || l.Line < 1 || l.What == "" {
					t.Errorf("a loss that nobody can find: %+v", l)
				}
			}
			text := call(t, "study", "check", corpus(t, d.file)).done(t).stdout
			if n := strings.Count(text, "\n"); n != 3+len(found.Losses) || !strings.HasPrefix(text, found.File+" (odm-xml-1.3.2)\n") {
				t.Errorf("for people it is %d lines for %d losses:\n%.400s", n, len(found.Losses), text)
			}
		})
	}
}

func TestCheckKnowsEveryDefinitionOfTheCollection(t *testing.T) {
	t.Parallel()
	var known []string
	for _, d := range designs {
		known = append(known, filepath.Base(d.file))
	}
	for file := range noDesigns {
		known = append(known, filepath.Base(file))
	}
	for _, pattern := range []string{"odm/*.xml", "redcap/*odm.xml"} {
		files, err := filepath.Glob(filepath.Join(corpus(t, filepath.Dir(pattern)), filepath.Base(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("no file like %s: %v", pattern, err)
		}
		for _, file := range files {
			if !slices.Contains(known, filepath.Base(file)) {
				t.Errorf("no test says what %s holds", file)
			}
		}
	}
}

// inspect runs study check --json on one file that is not refused. Its answer is one line with exactly these members.
func inspect(t *testing.T, file string) checked {
	t.Helper()
	answer := call(t, "study", "check", "--json", corpus(t, file)).done(t)
	if strings.Count(answer.stdout, "\n") != 1 {
		t.Fatalf("printed %d lines", strings.Count(answer.stdout, "\n"))
	}
	members := parsed[map[string]any](t, answer.stdout)
	for _, name := range []string{"file", "format", "inventory", "losses"} {
		if members[name] == nil {
			t.Errorf("says nothing of %s", name)
		}
	}
	for _, name := range []string{"events", "forms", "item_groups", "items", "code_lists", "conditions", "methods", "range_checks", "rules_translated", "rules_kept"} {
		if _, is := members["inventory"].(map[string]any)[name].(float64); !is {
			t.Errorf("the inventory does not count %s", name)
		}
	}
	return parsed[checked](t, answer.stdout)
}

func (c checked) rulesKept() (kept []odm.Loss) {
	for _, l := range c.Losses {
		if strings.Contains(l.What, "does not run") {
			kept = append(kept, l)
		}
	}
	return kept
}

func TestCheckRefusesWhatIsNoDefinitionAndSaysWhere(t *testing.T) {
	t.Parallel()
	for file, reason := range noDesigns {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			answer := call(t, "study", "check", "--json", corpus(t, file))
			answer.refused(t, file, reason, "1 of 1 files refused")
			if answer.stdout != "" || !regexp.MustCompile(`: line \d+`).MatchString(answer.stderr) {
				t.Errorf("no line is named, or something was printed all the same: %s%s", answer.stdout, answer.stderr)
			}
		})
	}
}

func TestCheckLooksAtEveryFileThoughOneIsRefused(t *testing.T) {
	t.Parallel()
	answer := call(t, "study", "check", "--json", corpus(t, "odm/odmlib_cdash_invalid.xml"), corpus(t, "odm/openedc_example_metadata.xml"))
	answer.refused(t, "1 of 2 files refused")
	if found := parsed[checked](t, answer.stdout); found.Inventory.Items != 28 {
		t.Errorf("of the good file: %+v", found)
	}
	call(t, "study", "check", filepath.Join(t.TempDir(), "nothing.xml")).refused(t, "no such file")
}

// TestCheckNamesEveryScriptOfALargeDesignThatDoesNotRun looks at a real design with 371 expressions in JavaScript. The
// other 670 are in Viedoc's own words for who may edit and how often a form repeats, which no rule could say.
func TestCheckNamesEveryScriptOfALargeDesignThatDoesNotRun(t *testing.T) {
	t.Parallel()
	const scripts = 371
	found := inspect(t, "odm/viedoc_phase2_template_studydesign.xml")
	why := map[string]int{}
	code := regexp.MustCompile(`(?:“(.*?)”)?[^“]*\[(rule\.[a-z.]+)\]$`)
	for _, l := range found.rulesKept() {
		m := code.FindStringSubmatch(l.What)
		if m == nil || !l.Kept {
			t.Fatalf("no reason is given, or it is not kept: %+v", l)
		}
		why[m[2]]++
	}
	kept := found.Inventory.RulesKept - why["rule.formal.language"]
	t.Logf("%d of %d scripts run; the others: %v", scripts-kept, scripts, why)
	if why["rule.formal.language"] != 670 || scripts-kept != found.Inventory.RulesTranslated {
		t.Errorf("%d scripts are translated and %d kept, which are not all", found.Inventory.RulesTranslated, kept)
	}
}
