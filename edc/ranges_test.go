package edc_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"casebook/demo"
	"casebook/edc/export"
	"casebook/patient"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

type judged struct {
	Item, Low, High, Unit, Flag string
}

func (h *house) ranges(user, site, body string) answer {
	h.t.Helper()
	return h.ask(userID(user), http.MethodPost, studyPath+"/sites/"+site+"/normal-ranges", body)
}

func csvBody(file, reason string) string {
	b, _ := json.Marshal(map[string]string{"csv": file, "reason": reason}, json.Deterministic(true))
	return string(b)
}

// flags are what the form of 03-001 shows beside its values.
func (a answer) flags(t *testing.T) string {
	t.Helper()
	var f struct{ Normal []judged }
	a.ok(t).into(t, &f)
	var all []string
	for _, n := range f.Normal {
		all = append(all, fmt.Sprintf("%s %s-%s %s", n.Item, n.Low, n.High, n.Flag))
	}
	return strings.Join(all, "; ")
}

const rangesFile = `item,sex,age_from,age_under,unit,low,high,valid_from,valid_until
IT.HGB,M,18,,g/L,130,175,2026-01-01,2026-06-30
IT.HGB,F,18,,g/L,115,150,2026-01-01,
IT.HGB,M,18,65,g/L,128,172,2026-07-01,
IT.POTAS,,,,mmol/L,3.5,5.3,2026-01-01,
`

// The laboratory of site 03 changes its method on 1 July. The man of 03-001 turns 65 on 10 July.
func TestValuesAreJudgedByTheRangeOfTheDay(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const lab = studyPath + "/subjects/03-001/forms/E.SCR/1/F.LB/1"
		save := func(path, group, seen, reason string, values ...string) answer {
			var items []string
			for _, v := range values {
				oid, value, _ := strings.Cut(v, " ")
				items = append(items, fmt.Sprintf(`{"group":%q,"repeat":"1","item":%q,"value":%q}`, group, oid, value))
			}
			header := []string{"If-Match", seen}
			if seen == "" {
				header = []string{"If-None-Match", "*"}
			}
			return h.ask("linyue", http.MethodPatch, path, `{"items":[`+strings.Join(items, ",")+`],"reason":"`+reason+`"}`, header...)
		}
		h.ranges("xucheng", "03", csvBody(rangesFile, "")).refused(t, 404, "trial.site_unknown")
		h.ranges("chenrui", "03", csvBody(rangesFile, "")).refused(t, 403, "auth.forbidden")
		h.ranges("linyue", "03", csvBody(rangesFile, "")).ok(t)
		before := h.entries()
		if h.ranges("linyue", "03", csvBody(rangesFile, "")).ok(t); h.entries() != before {
			t.Error("a file that changes nothing made an entry")
		}

		save(lab, "IG.LBYN", "", "", "IT.LBYN Y").ok(t)
		first := save(lab, "IG.LB", `"1"`, "", "IT.LBDAT 2026-06-30", "IT.HGB 129", "IT.POTAS 5.3")
		if got, want := first.flags(t), "IT.POTAS 3.5-5.3 NORMAL"; got != want {
			t.Errorf("while nobody knows the subject: %s, want %s", got, want)
		}
		save(strings.Replace(lab, "F.LB", "F.DM", 1), "IG.DM", "", "", "IT.SEX M", "IT.BRTHDAT 1961-07-10").ok(t)
		if got, want := h.get("linyue", lab).flags(t), "IT.POTAS 3.5-5.3 NORMAL; IT.HGB 130-175 LOW"; got != want {
			t.Errorf("by the old method: %s, want %s", got, want)
		}
		second := save(lab, "IG.LB", first.header.Get("ETag"), "the date of the report was taken", "IT.LBDAT 2026-07-09", "IT.POTAS 5.4")
		if got, want := second.flags(t), "IT.POTAS 3.5-5.3 HIGH; IT.HGB 128-172 NORMAL"; got != want {
			t.Errorf("by the new method: %s, want %s", got, want)
		}
		h.rangesInFiles()
		third := save(lab, "IG.LB", second.header.Get("ETag"), "again", "IT.LBDAT 2026-07-10")
		if got, want := third.flags(t), "IT.POTAS 3.5-5.3 HIGH"; got != want {
			t.Errorf("at 65, for whom the laboratory says nothing: %s, want %s", got, want)
		}

		h.ranges("linyue", "03", `{"remove":[{"site":"03","item":"IT.POTAS","from":"2026-01-01"}]}`).refused(t, 422, "normal.reason")
		h.ranges("linyue", "03", `{"remove":[{"site":"03","item":"IT.POTAS","from":"2026-01-01"}],"reason":"misread"}`).ok(t)
		if got := h.get("linyue", lab).flags(t); got != "" {
			t.Errorf("without a range: %s", got)
		}
		h.intact()
	})
}

// rangesInFiles looks for the flags in what is exported.
func (h *house) rangesInFiles() {
	h.t.Helper()
	h.seal()
	cut, err := export.Open(h.t.Context(), h.ledger.DB(), trial.New(h.ledger, patient.New(h.ledger)), demo.ID, time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	f, err := export.Find("csv")
	if err != nil {
		h.t.Fatal(err)
	}
	files := memory{}
	if err := f.Files(h.t.Context(), cut, files.create); err != nil {
		h.t.Fatal(err)
	}
	rows, err := csv.NewReader(files["ranges.csv"]).ReadAll()
	if err != nil || len(rows) != 3 {
		h.t.Fatalf("ranges.csv: %v %v", rows, err)
	}
	if got, want := strings.Join(rows[1][9:], " "), "IT.POTAS 5.4 mmol/L 3.5 5.3 HIGH"; got != want {
		h.t.Errorf("exported %s, want %s", got, want)
	}
}

type memory map[string]*bytes.Buffer

type closing struct{ io.Writer }

func (closing) Close() error { return nil }

func (m memory) create(name string) (io.WriteCloser, error) {
	m[name] = &bytes.Buffer{}
	return closing{m[name]}, nil
}
