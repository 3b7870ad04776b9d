package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/record/acceptance"
)

// demoFile is a file of the demo's folder; the program runs elsewhere.
func demoFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../demo/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheDemoStudyIsAcceptedByItsCases(t *testing.T) {
	t.Parallel()
	answer := call(t, "study", "test", "--json", demoFile(t, "study.xml"), demoFile(t, "study.cases"), demoFile(t, "boundaries.cases")).done(t)
	rep := parsed[acceptance.Report](t, answer.stdout)
	if !rep.Good() || rep.Cases < 300 || rep.Passed != rep.Cases || len(rep.Rules) != 186 || rep.Mutants < 600 {
		t.Errorf("%d of %d cases, %d of %d rules, %d of %d mistakes survive", rep.Passed, rep.Cases, rep.Covered, len(rep.Rules), len(rep.Survivors), rep.Mutants)
	}
}

func TestADefinitionIsNotAcceptedByCasesThatWouldNotNoticeAMistake(t *testing.T) {
	t.Parallel()
	alone := []string{"study", "test", demoFile(t, "study.xml"), demoFile(t, "study.cases")}
	answer := call(t, alone...)
	answer.refused(t, "0 of 14 cases fail", "not accepted")
	for _, want := range []string{"not covered: check IT.SYS#1 never asks: IT.SYS >= 50", "would not be noticed: check IT.SYS#4 with 201 for 200: IT.SYS <= 200", "14 of 14 cases pass"} {
		if !strings.Contains(answer.stdout, want) {
			t.Errorf("%q is not told", want)
		}
	}
	call(t, append(alone, "--lenient")...).done(t)
}

func TestACaseThatFailsIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	file := file(t, "wrong.cases", "case A high pressure\nin E.SCR / F.VS\n  IT.SYS = 201\n")
	answer := call(t, "study", "test", "--lenient", demoFile(t, "study.xml"), file)
	answer.refused(t, "1 of 1 cases fail")
	if !strings.Contains(answer.stdout, "fails: wrong.cases, line 2, A high pressure: in F.VS, query 4 of IT.SYS asks, which no line expects") {
		t.Error(answer.stdout)
	}
	call(t, "study", "test", demoFile(t, "study.xml"), strings.Replace(file, "wrong", "none", 1)).refused(t, "none.cases")
}

func TestTheBoundariesOfTheDemoAreThoseThatAreProposed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(demoFile(t, "boundaries.cases"))
	if err != nil {
		t.Fatal(err)
	}
	_, shipped, _ := strings.Cut(string(text), "\ntoday")
	_, proposed, _ := strings.Cut(call(t, "study", "test", "--propose", demoFile(t, "study.xml")).done(t).stdout, "\ntoday")
	if shipped != proposed {
		t.Error("the definition has other boundaries than the file that was read: propose them again, and read them")
	}
}
