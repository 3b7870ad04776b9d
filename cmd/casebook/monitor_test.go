package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twelveSites = "SubjectID,GroupID,GroupLevel,Numerator,Denominator\n" +
	"p1,01,Site,2,400\np2,02,Site,9,410\np3,03,Site,8,390\np4,04,Site,10,400\np5,05,Site,9,405\np6,06,Site,8,400\n" +
	"p7,07,Site,9,400\np8,08,Site,10,420\np9,09,Site,9,380\np10,10,Site,8,400\np11,11,Site,40,400\np12,12,Site,9,10\n"

func TestAFileIsAnalysedAsGSMWould(t *testing.T) {
	t.Parallel()
	input := filepath.Join(t.TempDir(), "input.csv")
	if err := os.WriteFile(input, []byte(twelveSites), 0o600); err != nil {
		t.Fatal(err)
	}
	csv := call(t, "monitor", "analyze", "--method", "normal-rate", "--thresholds=-2,-1,2,3", "--flags=-2,-1,0,1,2",
		"--accrual=Denominator:30", "--csv", "--input", input).done(t).stdout
	lines := strings.Split(strings.TrimSpace(csv), "\n")
	if len(lines) != 13 || lines[0] != "GroupID,GroupLevel,Numerator,Denominator,Metric,Score,Flag" || lines[12] != "12,Site,9,10,0.9,," {
		t.Errorf("the summary is\n%s", csv)
	}
	if again := call(t, "monitor", "analyze", "--kri", "kri0001", "--csv", "--input", input).done(t).stdout; again != csv {
		t.Errorf("by the indicator of the catalogue it is\n%s", again)
	}
	own := filepath.Join(t.TempDir(), "own.json")
	if err := os.WriteFile(own, []byte(call(t, "monitor", "kri", "kri0001").done(t).stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := call(t, "monitor", "analyze", "--kri", own, "--csv", "--input", input).done(t).stdout; again != csv {
		t.Errorf("by the file of the indicator it is\n%s", again)
	}
	for table, head := range map[string]string{
		"analyzed": "GroupID,GroupLevel,Numerator,Denominator,Metric,OverallMetric,Factor,Score\n",
		"flagged":  "GroupID,GroupLevel,Numerator,Denominator,Metric,OverallMetric,Factor,Score,Flag\n",
		"bounds":   "Threshold,Denominator,LogDenominator,Numerator,Metric\n",
	} {
		if got := call(t, "monitor", "analyze", "--kri", "kri0001", "--csv", "--table", table, "--input", input).done(t).stdout; !strings.HasPrefix(got, head) {
			t.Errorf("%s begins with %.80s", table, got)
		}
	}
	if got := call(t, "monitor", "analyze", "--json", "--input", input).done(t).stdout; !strings.Contains(got, `"overallMetric": 0.0`) || !strings.Contains(got, `"assessable": true`) {
		t.Errorf("as JSON: %.400s", got)
	}
	call(t, "monitor", "analyze", "--kri", "kri9999", "--input", input).refused(t, "[monitor.kri_unknown]")
	call(t, "monitor", "analyze", "--method", "mean", "--input", input).refused(t, "[monitor.method_unknown]")
	call(t, "monitor", "analyze", "--accrual", "Weight:3", "--input", input).refused(t, "[monitor.kri.accrual]")
}

func TestResultsOfGSMAreTheSame(t *testing.T) {
	t.Parallel()
	results := filepath.Join(t.TempDir(), "results.csv")
	text := "GroupID,GroupLevel,Numerator,Denominator,Metric,Score,Flag,MetricID\n" +
		"a,Site,0,10,0,0,0,kri0012\nb,Site,0,20,0,0,1,kri0012\n"
	if err := os.WriteFile(results, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := call(t, "monitor", "compare", "--with", results)
	if o.code == 0 || !strings.Contains(o.stdout, "kri0012 b: Flag 1, computed 0") {
		t.Errorf("a flag that differs: %+v", o)
	}
	call(t, "monitor", "compare", "--with", corpus(t, "rbqm/gsm_clindata/results_all.csv")).done(t)
}
