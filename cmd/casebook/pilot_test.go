package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casebook"
	"casebook/monitor"
	"casebook/store"
	"casebook/trial"
)

const pilot casebook.StudyID = "CDISCPILOT01"

// rowsOf reads a file of the collected pilot study, and keeps the rows that keep likes.
func rowsOf(t *testing.T, file string, keep func(cell func(string) string) bool) [][]string {
	t.Helper()
	text, err := os.ReadFile(collected(t, "sdtm/pharmaversesdtm/"+file))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := all[:1:1]
	for _, row := range all[1:] {
		if keep(func(name string) string { return row[max(0, slices.Index(all[0], name))] }) {
			out = append(out, row)
		}
	}
	return out
}

// invented adds a site whose six subjects were written at a desk: three have the numbers of the other three.
func invented(dm, vs [][]string) ([][]string, [][]string) {
	const site = "799"
	r := rand.New(rand.NewPCG(7, 99))
	row := func(head []string, cells map[string]string) []string {
		out := make([]string, len(head))
		for i, name := range head {
			out[i] = cells[name]
		}
		return out
	}
	desk := map[string]string{}
	for n := range 6 {
		id, seq := fmt.Sprintf("01-%s-%d", site, 1001+n), 0
		dm = append(dm, row(dm[0], map[string]string{"STUDYID": string(pilot), "DOMAIN": "DM", "USUBJID": id, "SITEID": site, "RFSTDTC": "2013-05-06", "RFPENDTC": "2013-11-04", "SEX": "F"}))
		for visit := 4; visit <= 9; visit++ {
			for _, test := range []string{"SYSBP", "DIABP", "PULSE"} {
				for position := range 3 {
					at := fmt.Sprint(n%3, visit, test, position)
					if desk[at] == "" {
						desk[at] = strconv.Itoa(map[string]int{"SYSBP": 130, "DIABP": 80, "PULSE": 70}[test] + 5*r.IntN(4))
					}
					seq++
					vs = append(vs, row(vs[0], map[string]string{"USUBJID": id, "VSSEQ": strconv.Itoa(seq), "VSTESTCD": test, "VSORRES": desk[at], "VSSTRESN": desk[at],
						"VISITNUM": strconv.Itoa(visit), "VSDTC": "2013-06-03"}))
				}
			}
		}
	}
	return dm, vs
}

func written(t *testing.T, name string, rows [][]string) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signalRow is a signal as the table has it.
type signalRow struct{ id, kri, site string }

func signalsOf(t *testing.T, a *app) (all []signalRow) {
	t.Helper()
	err := a.db.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.All(t.Context(), tx, func(r *store.Rows) (s signalRow, err error) { err = r.Scan(&s.id, &s.kri, &s.site); return s, err },
			`SELECT signal_id, kri, site_id FROM monitor_signal WHERE study_id = $1 ORDER BY number`, pilot)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The CDISC pilot study comes in by bulk upload with a site that was written at a desk put in; the site is found, and
// followed to its closure.
func TestAFabricatedSiteInThePilotStudyIsFoundAndFollowedToClosure(t *testing.T) {
	t.Parallel()
	visits := []string{"4", "5", "7"}
	dm := rowsOf(t, "dm.csv", func(cell func(string) string) bool { return cell("ARMCD") != "Scrnfail" })
	vs := rowsOf(t, "vs_part1.csv", func(cell func(string) string) bool {
		return slices.Contains(visits, cell("VISITNUM")) && strings.Contains("SYSBP DIABP PULSE", cell("VSTESTCD"))
	})
	sites := map[string]bool{}
	for _, row := range dm[1:] {
		sites[row[slices.Index(dm[0], "SITEID")]] = true
	}
	dm, vs = invented(dm, vs)
	ae := rowsOf(t, "ae.csv", func(cell func(string) string) bool { return cell("AESEQ") == "1" })
	files := []string{written(t, "dm.csv", dm), written(t, "vs.csv", vs), written(t, "ae.csv", ae)}
	home := t.TempDir()
	definition := filepath.Join(t.TempDir(), "study.xml")
	answer := call(t, append([]string{"data", "define", "--study", string(pilot)}, files...)...).done(t)
	if err := os.WriteFile(definition, []byte(answer.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(answer.stdout, "ACTARM") {
		t.Error("the definition asks what subjects are given")
	}
	call(t, "study", "import", definition, "--db", home).done(t)
	a, err := (Database{DB: home}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	ctx := operator(t.Context())
	for id := range sites {
		if _, err := a.trials.AddSite(ctx, pilot, trial.Site{ID: casebook.SiteID(id), Zone: "UTC", Name: map[string]string{"en": "Hospital"}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.trials.AddSite(ctx, pilot, trial.Site{ID: "799", Zone: "UTC", Name: map[string]string{"en": "Hospital"}}); err != nil {
		t.Fatal(err)
	}
	up := dataUpload{Study: string(pilot), JSON: true}
	for _, file := range files {
		u, err := up.file(ctx, a, file)
		if err != nil || u.State != "done" || u.Tally.Rows == 0 {
			t.Fatalf("%s: %+v %v", file, u, err)
		}
		t.Logf("%s: %d rows, %d values, %d aside", u.Name, u.Tally.Rows, u.Tally.Changed, u.Tally.Aside)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = a.monitor.Run(running) }()
	defer func() { stop(); <-ended }()
	var found []signalRow
	if _, ok := eventually(patience, func() bool {
		found = signalsOf(t, a)
		return slices.ContainsFunc(found, func(s signalRow) bool { return s.kri == "copied-readings" })
	}); !ok {
		t.Fatalf("no signal of copied readings: %+v", found)
	}
	for _, s := range found {
		t.Logf("signal: %+v", s)
		if s.kri == "copied-readings" && s.site != "799" {
			t.Errorf("copied readings at %s", s.site)
		}
	}
	why, err := a.monitor.Explain(ctx, pilot, "copied-readings", "799")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range why.Contributors {
		if len(c.Records) != 6 || !strings.HasPrefix(c.Records[0].Value, "01-799-") || c.Records[0].Value == string(c.Subject) {
			t.Errorf("%s: the forms that are copies, and of whom: %+v", c.Subject, c.Records)
		}
	}
	f, err := a.monitor.Figures(ctx, pilot)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range f.Tables {
		for _, r := range table.Sites {
			if r.Detected != nil && r.Flag != 0 {
				t.Logf("%s at %s: %.2f, %+v", table.Indicator.ID, r.Site, r.Score, *r.Detected)
			}
		}
	}
	id := found[slices.IndexFunc(found, func(s signalRow) bool { return s.kri == "copied-readings" })].id
	var s monitor.Signal
	for _, step := range []struct {
		by casebook.UserID
		monitor.Handling
	}{
		{"chenrui", monitor.Handling{Action: monitor.Investigate}},
		{"chenrui", monitor.Handling{Action: monitor.Propose, Text: "visit the site for cause"}},
		{"sumei", monitor.Handling{Action: monitor.Approve}},
		{"chenrui", monitor.Handling{Action: monitor.Act, Text: "source data of all subjects are verified", Links: []string{"MV-001"}}},
		{"sumei", monitor.Handling{Action: monitor.Confirm, Text: "no source was found; the site was closed"}},
		{"chenrui", monitor.Handling{Action: monitor.Close, Text: "data excluded by the protocol", Signed: "Chen Rui"}},
	} {
		step.Expect = len(s.Steps)
		if s, err = a.monitor.Handle(casebook.WithActor(ctx, casebook.Actor{User: step.by, Role: "monitor", Location: "sponsor"}), pilot, id, step.Handling); err != nil {
			t.Fatalf("%s: %v", step.Action, err)
		}
	}
	if s.State != "closed" {
		t.Errorf("in the end it is %s", s.State)
	}
}
