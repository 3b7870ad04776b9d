package report_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// told is what a batch says of one report.
type told struct {
	Status    string
	ID        string
	PatientID string
	Receipt   string
	Replay    bool
	Problem   struct {
		Code, Place string
		Texts       map[string]string
	}
}

// sendMany posts reports as one body.
func (h *house) sendMany(reports ...string) (all []told, a answer) {
	h.t.Helper()
	was := h.path
	h.path = "/api/v1/reports/batch"
	defer func() { h.path = was }()
	a = h.send(`{"reports":[` + strings.Join(reports, ",") + `]}`)
	var out struct{ Reports []told }
	if err := json.Unmarshal([]byte(a.text), &out, json.MatchCaseInsensitiveNames(true)); err != nil {
		h.t.Fatal(err)
	}
	return out.Reports, a
}

// Each report of a body has the end that it would have alone, in its place, and the receipt that it would have.
func TestEachOfManyReportsHasAnEndOfItsOwn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.send(`{"patientId":"03-001","id":"taken","data":1}`)
		before := h.rows()
		plain := func(id, data string) string { return `{"data":` + data + `,"patientId":"03-001","id":"` + id + `"}` }
		all, a := h.sendMany(
			plain("one", `{ "mood" : 1.50}`), diary("two", "132"), plain("taken", "2"), strings.Replace(plain("far", "1"), "03-001", "03-999", 1),
			`{"data":1}`, plain("one", `{ "mood" : 1.50}`), diary("word", `"much"`), `7`, plain("long", `"`+strings.Repeat("x", 70_000)+`"`),
			plain("twice", `{"a":1,"a":2}`), plain("nul", `"\u0000"`), plain("bytes", "\"\xff\""), plain("deep", strings.Repeat("[", 64)+strings.Repeat("]", 64)))
		if a.status != http.StatusOK || len(all) != 13 {
			t.Fatalf("answered %v", a)
		}
		for i, place := range []string{"", "", "/reports/2/id", "/reports/3/patientId", "/reports/4/patientId", "", "/reports/6/data/IT.AMSYS1", "/reports/7", "/reports/8",
			"/reports/9/data/a", "/reports/10", "/reports/11", "/reports/12"} {
			got := all[i]
			if place == "" && (got.Status != "processed" || got.Receipt == "") || place != "" && (got.Status != "refused" || got.Problem.Place != place || got.Problem.Texts["zh-CN"] == "") {
				t.Errorf("report %d: %+v, not refused at %q", i, got, place)
			}
		}
		if all[0].Replay || all[1].Replay || !all[5].Replay {
			t.Errorf("what was there already is told as %v, %v, %v", all[0].Replay, all[1].Replay, all[5].Replay)
		}
		if all[0].Receipt != receipt("one", "03-001", "", "", "", `{ "mood" : 1.50}`) || all[5].Receipt != all[0].Receipt {
			t.Errorf("receipts %q and %q", all[0].Receipt, all[5].Receipt)
		}
		// One, two, and the body under a name that was taken, put aside.
		if got := h.grown(before); got != "ledger_entry+3 record_form+1 report+2 report_quarantine+1 report_unclassified+1" {
			t.Errorf("it left %q", got)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

// A body whose reports cannot be told apart is refused whole, as is one that brings nothing or too much.
func TestABodyOfManyIsRefusedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	before := h.rows()
	good := `{"patientId":"03-001","id":"x","data":1}`
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprintf(`{"patientId":"03-001","id":"m%d","data":1}`, i)
	}
	for code, reports := range map[string][]string{
		"request.json.syntax":         {good, `{"patientId" "03-001"}`},
		"request.json.duplicate_name": {good + `],"reports":[` + good},
		"request.json.unknown_name":   {good + `],"more":[` + good},
		"request.json.trailing":       {good + `]}{"reports":[` + good},
		"report.batch_length":         {},
		"report.batch_length of many": many,
	} {
		if _, a := h.sendMany(reports...); a.status != http.StatusBadRequest || a.body.Code != strings.TrimSuffix(code, " of many") {
			t.Errorf("%s: answered %d %s", code, a.status, a.body.Code)
		}
	}
	if got := h.grown(before); got != "" {
		t.Errorf("it left %q", got)
	}
	if all, a := h.sendMany(many[:1000]...); len(all) != 1000 || all[999].Status != "processed" {
		t.Errorf("a thousand: %d", a.status)
	}
	if got := h.grown(before); got != "ledger_entry+1000 report+1000 report_unclassified+1000" {
		t.Errorf("it left %q", got)
	}
	if n := h.reports.Waiting(); n != 0 {
		t.Errorf("%d still count as waiting", n)
	}
}
