package export

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/edc/coding"
	"casebook/odm/odmtest"

	"github.com/xuri/excelize/v2"
)

// coders give the house the invented dictionary, and a study that codes its adverse events.
func (h *house) coders() *coding.Service {
	h.t.Helper()
	desk := coding.New(h.ledger, h.forms)
	terms, err := coding.Read(coding.MedDRA, "en", demo.Dictionary("meddra", "demo-1.0", "en"))
	h.must(err)
	_, err = desk.Load(h.ctx, coding.Dictionary{Kind: coding.MedDRA, Version: "demo-1.0", Language: "en"}, terms)
	h.must(err)
	h.must(desk.Set(h.ctx, demo.ID, coding.Setup{Items: []coding.Item{{Item: "IT.AETERM", Kind: coding.MedDRA}}, Versions: map[coding.Kind]string{coding.MedDRA: "demo-1.0"}}, ""))
	return desk
}

// The term of an adverse event stands beside what the site wrote in every kind of file; what waits for a coder says so, and a file as
// of a moment before holds no term that was given after it.
func TestTermsLeaveBesideWhatTheSitesWrote(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		desk := h.coders()
		h.adverse("03-001", "Headache")
		h.adverse("07-001", "The runs")
		h.place()
		before := h.clock.Now()
		h.clock.Add(time.Minute)
		n, err := desk.Auto(h.ctx, demo.ID, coding.ScopeAll)
		h.must(err)
		if n != 1 {
			t.Fatalf("%d coded", n)
		}
		h.codesAre(time.Time{}, "03-001 Headache coded 91002 90001", "07-001 The runs todo  ")
		h.codesAre(before, "03-001 Headache todo  ", "07-001 The runs todo  ")
		for format, schema := range map[string]string{"odm1.3.2": "odm-1.3.2/ODM1-3-2.xsd", "odm2": "odm-2.0/ODM.xsd"} {
			file := h.write(format, time.Time{})
			odmtest.Valid(t, "../..", schema, file)
			if said := "coded by meddra demo-1.0: llt 91002 Headache &gt; pt 91002 Headache"; bytes.Count(file, []byte(said)) != 1 {
				t.Errorf("%s does not say %s once", format, said)
			}
		}
	})
}

// codesAre holds codes.csv and the sheet of a workbook against what is known.
func (h *house) codesAre(asOf time.Time, want ...string) {
	h.t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(h.write("xlsx", asOf)))
	h.must(err)
	rows, err := book.GetRows("codes")
	h.must(err)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	got := []string{}
	for _, row := range rows[1:] {
		cell := func(name string) string {
			if at[name] < len(row) {
				return row[at[name]]
			}
			return ""
		}
		got = append(got, fmt.Sprintln(casebook.SubjectID(cell("subject")), cell("verbatim"), cell("state"), cell("llt_code"), cell("soc_code")))
	}
	if strings.Join(got, "") != strings.Join(want, "\n")+"\n" {
		h.t.Errorf("the workbook says\n%swant\n%s", strings.Join(got, ""), strings.Join(want, "\n"))
	}
}
