package main

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/odm/odm132"
	"casebook/odm/odm2"
	"casebook/odm/odmtest"
	"casebook/odm/redcap"
	"casebook/odm/xlsform"
)

// designs are the definition files of the collection: the format and what each holds, as counted in the file, and how
// many of its rules run here at least.
var designs = []struct {
	file, format string
	inventory    odm.Inventory
}{
	{"edc/odm/cdisc_odm132_dave_multilang.xml", odm132.Format, odm.Inventory{Events: 5, Forms: 7, ItemGroups: 14, Items: 63, CodeLists: 12, Conditions: 13,
		Methods: 1, RangeChecks: 14, RulesTranslated: 25, RulesKept: 4}},
	{"edc/odm/cdisc_odmv2_dave_multilang.xml", odm2.Format, odm.Inventory{Events: 5, Forms: 7, ItemGroups: 14, Items: 63, CodeLists: 12, Conditions: 13,
		Methods: 1, RangeChecks: 14, RulesTranslated: 25, RulesKept: 4}},
	{"edc/odm/cdisc_odmv2_lzzt_timing.xml", odm2.Format, odm.Inventory{Events: 8}},
	{"edc/odm/odmlib_cdash_odm132.xml", odm132.Format, odm.Inventory{Forms: 22, ItemGroups: 57, Items: 292, CodeLists: 44}},
	{"edc/odm/openedc_example_metadata.xml", odm132.Format, odm.Inventory{Events: 3, Forms: 5, ItemGroups: 9, Items: 28, CodeLists: 4, Conditions: 7, Methods: 2,
		RangeChecks: 8, RulesTranslated: 16, RulesKept: 1}},
	{"edc/odm/viedoc_phase2_template_studydesign.xml", odm132.Format, odm.Inventory{Events: 31, Forms: 31, ItemGroups: 139, Items: 1058, CodeLists: 29, Conditions: 865,
		Methods: 127, RangeChecks: 135, RulesTranslated: 355, RulesKept: 686}},
	{"edc/redcap/redcapr_longitudinal_project_odm.xml", redcap.Project, odm.Inventory{Events: 12, Forms: 9, ItemGroups: 30, Items: 124, CodeLists: 70, Conditions: 2,
		Methods: 2, RangeChecks: 5, RulesTranslated: 9}},
	{"edc/redcap/redcapr_repeating_project_odm.xml", redcap.Project, odm.Inventory{Forms: 2, ItemGroups: 4, Items: 13, CodeLists: 5, RangeChecks: 2, RulesTranslated: 2}},
	{"edc/redcap/redcapr_longitudinal_dictionary.csv", redcap.Format, odm.Inventory{Forms: 9, ItemGroups: 15, Items: 95, CodeLists: 41, Conditions: 2,
		Methods: 2, RangeChecks: 5, RulesTranslated: 9}},
	{"edc/dictionary/isaric_arc_current.csv", redcap.Format, odm.Inventory{Forms: 10, ItemGroups: 49, Items: 1757, CodeLists: 1133, Conditions: 1236,
		Methods: 8, RangeChecks: 480, RulesTranslated: 1672, RulesKept: 52}},
	{"epro/fhir-apgar-itemWeight.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 6, CodeLists: 5, Methods: 1, RulesTranslated: 1}},
	{"epro/fhir-bit-of-everything.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 18, CodeLists: 3}},
	{"epro/fhir-enableWhen-all-operators.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 14, Items: 71, CodeLists: 5, Conditions: 56, RulesTranslated: 56}},
	{"epro/fhir-enableWhenExpression.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 5, Conditions: 1, RulesTranslated: 1}},
	{"epro/fhir-gad7.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 9, CodeLists: 2, Conditions: 1, Methods: 1, RulesKept: 2}},
	{"epro/fhir-hidden-q.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 3, Items: 6, Methods: 5, RulesTranslated: 5}},
	{"epro/fhir-items-under-choice-q.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 3, Items: 9, CodeLists: 2}},
	{"epro/fhir-min-max-occurs.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 3, CodeLists: 1}},
	{"epro/fhir-phq9-argonaut.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 2, Items: 12, CodeLists: 3}},
	{"epro/fhir-phq9-cirg.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Conditions: 1, Methods: 1, RulesKept: 2}},
	{"epro/fhir-phq9-lforms.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Methods: 1, RulesTranslated: 1}},
	{"epro/fhir-phq9-weight-function.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 11, CodeLists: 2, Methods: 1, RulesTranslated: 1}},
	{"epro/fhir-repeating-fhirpath.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 3, Items: 3, Methods: 2, RulesKept: 2}},
	{"epro/fhir-targetConstraint.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 2, RangeChecks: 1, RulesTranslated: 1}},
	{"epro/fhir-ussg-family-history.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 4, Items: 27, CodeLists: 10, Conditions: 4, Methods: 3, RulesTranslated: 4, RulesKept: 3}},
	{"epro/fhir-variable-scope.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 2, Items: 4, Methods: 3, RulesKept: 3}},
	{"epro/fhir-weight-height-bmi.json", fhir.Format, odm.Inventory{Forms: 1, ItemGroups: 1, Items: 5, CodeLists: 2, Methods: 1, RulesTranslated: 1}},
	{"edc/xlsform/pyxform_xlsform_spec_test.xlsx", xlsform.Format, odm.Inventory{Forms: 1, ItemGroups: 6, Items: 46, CodeLists: 2, Conditions: 2,
		Methods: 1, RangeChecks: 2, RulesTranslated: 5}},
	{"epro/xlsform-all-question-types.xlsx", xlsform.Format, odm.Inventory{Forms: 1, ItemGroups: 12, Items: 85, CodeLists: 7, RangeChecks: 12, RulesTranslated: 12}},
	{"epro/xlsform-socio-economic.xlsx", xlsform.Format, odm.Inventory{Forms: 1, ItemGroups: 6, Items: 17, CodeLists: 30, Conditions: 4, Methods: 1,
		RangeChecks: 3, RulesTranslated: 7, RulesKept: 1}},
}

// noDesigns are the other files of the collection that look like definitions, and why they are refused.
var noDesigns = map[string]string{
	"edc/odm/odmlib_cdash_invalid.xml":         "line 14, element studyName: The element studyName is not known; did you mean StudyName? [odm.unknown_element]",
	"edc/odm/rave_clinical_audit_records.xml":  "The file holds no study. [odm.no_study]",
	"epro/fhir-enableWhen-reference-loop.json": "line 10, /item/0/enableWhen (item1): These items wait for one another to be shown: item1 → item3 → item1. [fhir.cycle]",
	// XForms, which are what a program makes of an XLSForm.
	"edc/xlsform/odkcentral_250q_form.xml":               "line 2, element html: This is not an ODM file. [odm.not_odm]",
	"edc/xlsform/pyxform_xlsform_spec_test_expected.xml": "element html: This is not an ODM file. [odm.not_odm]",
}

// data are the files of the collection that hold no definition but answers, schedules, or another system's data.
var data = regexp.MustCompile(`-qr\.|response|/fsh-|/radar-|/schedule-|/xform-|/dataset-json/|/xsd/|PROVENANCE|scoring-cases`)

func TestCheckTellsWhatADefinitionHoldsAndWhatWouldBeLost(t *testing.T) {
	t.Parallel()
	for _, d := range designs {
		t.Run(filepath.Base(d.file), func(t *testing.T) {
			t.Parallel()
			found := inspect(t, d.file)
			if found.File != filepath.Base(d.file) || found.Format != d.format {
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
			text := call(t, "study", "check", collected(t, d.file)).done(t).stdout
			if n := strings.Count(text, "\n"); n != 3+len(found.Losses) || !strings.HasPrefix(text, found.File+" ("+d.format+")\n") {
				t.Errorf("for people it is %d lines for %d losses:\n%.400s", n, len(found.Losses), text)
			}
		})
	}
}

// Every file of the collection is a definition that is named above, or one that is refused, or data.
func TestCheckKnowsEveryDefinitionOfTheCollection(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, d := range designs {
		known[d.file] = true
	}
	for file := range noDesigns {
		known[file] = true
	}
	for _, folder := range []string{"edc", "epro"} {
		root, files := collected(t, folder), 0
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			name, err := filepath.Rel(filepath.Dir(root), path)
			if name = filepath.ToSlash(name); err == nil && !known[name] && !data.MatchString(name) {
				t.Errorf("no test says what %s holds", name)
			}
			delete(known, name)
			return err
		})
		if err != nil || files < 10 {
			t.Fatalf("%d files in %s: %v", files, folder, err)
		}
	}
	for file := range known {
		t.Errorf("%s is not in the collection", file)
	}
}

// collected returns the path of a file of the whole collection.
func collected(t *testing.T, file string) string {
	t.Helper()
	return odmtest.Corpus(t, "../..", file)
}

// inspect runs study check --json on one file that is not refused. Its answer is one line with exactly these members.
func inspect(t *testing.T, file string) checked {
	t.Helper()
	answer := call(t, "study", "check", "--json", collected(t, file)).done(t)
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
		if strings.HasSuffix(l.Code, "rule_idle") {
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
			answer := call(t, "study", "check", "--json", collected(t, file))
			answer.refused(t, file, reason, "1 of 1 files refused")
			if answer.stdout != "" || !regexp.MustCompile(`: line \d+`).MatchString(answer.stderr) {
				t.Errorf("no line is named, or something was printed all the same: %s%s", answer.stdout, answer.stderr)
			}
		})
	}
}

func TestCheckLooksAtEveryFileThoughOneIsRefused(t *testing.T) {
	t.Parallel()
	answer := call(t, "study", "check", "--json", collected(t, "edc/odm/odmlib_cdash_invalid.xml"), collected(t, "edc/odm/openedc_example_metadata.xml"))
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
	found := inspect(t, "edc/odm/viedoc_phase2_template_studydesign.xml")
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
	if float64(scripts-kept) < 0.95*scripts {
		t.Errorf("fewer than 95%% of the scripts run")
	}
	if why["rule.formal.language"] != 670 || scripts-kept != found.Inventory.RulesTranslated {
		t.Errorf("%d scripts are translated and %d kept, which are not all", found.Inventory.RulesTranslated, kept)
	}
}
