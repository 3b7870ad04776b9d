package safety

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook/odm/odmtest"
	"casebook/site"
	"casebook/site/keep"
)

// sample is a fatal follow-up with characters that XML minds.
func sample() *message {
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	r := Report{Aware: at, Term: "卒中 <left> & right", Onset: "2026-02", Ended: "2026-03-01", Serious: []Criterion{Death, Hospitalisation}, Outcome: Fatal, Causality: Possible, Action: "withdrawn", Narrative: "A\x01 \"B\" <C>\nD"}
	return &message{Message: Message{Sender: "ACME", Receiver: "CDE", Organisation: "Acme & Co", Country: "CN", Protocol: "HTN-24", Title: "Blood pressure", Product: "Verum or placebo"},
		ID: "SAE-0001", Number: 1, Versions: []Version{{Submitted: at, Report: r}, {Number: 1, Submitted: at.Add(time.Hour), Report: r}}, Subject: "03-001", Created: at.Add(2 * time.Hour), Expedited: true, Sex: 2,
		Assessed: &Assessment{Causality: Related, Comment: "Known in the class"}}
}

// elements reads what a message says behind the numbers of E2B(R3): the value of the element that comes next.
func elements(t *testing.T, body []byte) map[string][]string {
	t.Helper()
	said, next := map[string][]string{}, []string(nil)
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return said
		}
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		switch x := token.(type) {
		case xml.Comment:
			next = strings.Split(strings.TrimSpace(string(x)), ", ")
		case xml.StartElement:
			value := ""
			for _, name := range []string{"extension", "code", "value", "nullFlavor"} {
				if i := slices.IndexFunc(x.Attr, func(a xml.Attr) bool { return a.Name.Local == name }); i >= 0 && value == "" {
					value = x.Attr[i].Value
				}
			}
			if len(next) > 0 && (x.Name.Local == "text" || x.Name.Local == "name" && value == "" || x.Name.Local == "title" || x.Name.Local == "originalText" || value == "") {
				text, err := d.Token()
				if c, ok := text.(xml.CharData); ok && err == nil {
					value = string(c)
				}
			}
			for _, n := range next {
				said[n] = append(said[n], value)
			}
			next = nil
		}
	}
}

func TestAMessageSaysWhatE2BAsksAndNobodysName(t *testing.T) {
	t.Parallel()
	m := sample()
	body := m.e2b()
	said := elements(t, body)
	for element, want := range map[string]string{
		"N.1.1": "1", "N.1.2": "CN-ACME-HTN-24-SAE-0001-1", "N.1.3": "ACME", "N.1.4": "CDE", "N.1.5": "20260302060000+0000", "N.2.r.1": "CN-ACME-HTN-24-SAE-0001", "N.2.r.2": "ACME", "N.2.r.3": "CDE", "N.2.r.4": "20260302060000+0000",
		"C.1.1": "CN-ACME-HTN-24-SAE-0001", "C.1.2": "20260302060000+0000", "C.1.3": "2", "C.1.4": "20260302040000+0000", "C.1.5": "20260302050000+0000", "C.1.6.1": "false", "C.1.7": "true",
		"C.1.8.1": "CN-ACME-HTN-24-SAE-0001", "C.1.8.2": "2", "C.1.9.1": "NI", "C.2.r.1.4": "MSK", "C.2.r.3": "CN", "C.2.r.4": "1", "C.2.r.5": "1", "C.3.1": "1", "C.3.2": "Acme & Co", "C.5.2": "Blood pressure", "C.5.3": "HTN-24", "C.5.4": "1",
		"D.1": "MSK", "D.1.1.4": "03-001", "D.5": "2", "E.i.1.1a": "卒中 <left> & right", "E.i.3.2a": "true", "E.i.3.2b": "NI", "E.i.3.2c": "true", "E.i.3.2d": "NI", "E.i.3.2e": "NI", "E.i.3.2f": "NI",
		"E.i.4": "202602", "E.i.5": "20260301", "E.i.7": "5", "G.k.1": "1", "G.k.2.2": "Verum or placebo", "G.k.2.5": "true", "G.k.8": "1", "G.k.9.i.2.r.3": "possible|related", "G.k.9.i.2.r.1": "Investigator|Sponsor",
		"H.1": "A\uFFFD \"B\" <C>\nD", "H.4": "Known in the class",
	} {
		if got := strings.Join(said[element], "|"); got != want {
			t.Errorf("%s says %q, want %q", element, got, want)
		}
	}
	if !bytes.Contains(body, []byte(`xsi:type="CE" nullFlavor="NI"`)) || said["E.i.2.1b"] != nil || said["C.1.11.1"] != nil {
		t.Error("a term that nobody coded has a code, or a case that stands is nullified")
	}
	if !bytes.Equal(body, sample().e2b()) {
		t.Error("the same values give other bytes")
	}
	m.Term, m.Nullified, m.Treatment, m.Sex = &Term{"28.1", "10042244"}, "another subject", "Verum 5 mg", 0
	said = elements(t, m.e2b())
	if said["E.i.2.1b"][0] != "10042244" || said["C.1.11.1"][0] != "1" || said["G.k.2.2"][0] != "Verum 5 mg" || said["G.k.2.5"] != nil || said["D.5"][0] != "UNK" {
		t.Errorf("coded, nullified and opened it says %v", said)
	}
}

// The official schema is the sponsor's to bring: it is not ours to give away.
func TestAMessageIsWellFormedAndFitsTheSchemaIfThereIsOne(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "case.xml")
	arguments := []string{file}
	if schema := os.Getenv("CASEBOOK_E2B_SCHEMA"); schema != "" {
		arguments = []string{"--schema", schema, file}
	}
	for _, damaged := range []bool{false, true} {
		body := sample().e2b()
		if damaged {
			body = bytes.Replace(body, []byte("</PORR_IN049016UV>"), nil, 1)
		}
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := odmtest.Lint(t, arguments...); (err != nil) != damaged {
			t.Errorf("damaged %v: xmllint says %v: %s", damaged, err, out)
		}
	}
}

func TestWhatRunsOutIsToldBeforeItDoesAndWhenItHas(t *testing.T) {
	t.Parallel()
	aware := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	k := keep.Record[Case]{ID: "SAE-0001", Doc: Case{Aware: aware, Draft: &Report{Aware: aware}}}
	said := func(after time.Duration) string {
		var all []string
		for _, a := range alerts(k, Rules{Hours: Hours{Office: 72}}, aware.Add(after)) {
			all = append(all, a.Key)
		}
		return strings.Join(all, " ")
	}
	for after, want := range map[time.Duration]string{17 * time.Hour: "", 18 * time.Hour: "site-soon ethics-soon", 25 * time.Hour: "site-late ethics-late", 54 * time.Hour: "site-late ethics-late office-soon"} {
		if got := said(after); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	k.Doc.Versions, k.Doc.First, k.Doc.Gravest, k.Doc.Last, k.Doc.Draft = 1, aware.Add(time.Hour), aware.Add(time.Hour), &Report{Causality: Related}, nil
	if got := said(8 * 24 * time.Hour); got != "reported-0 ethics-late office-late sponsor-late" {
		t.Errorf("of a suspected death after eight days: %q", got)
	}
	k.Doc.Nullified = &site.End{}
	if got := said(24 * time.Hour); got != "reported-0" {
		t.Errorf("of a nullified case: %q", got)
	}
}
