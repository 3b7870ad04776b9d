package epro_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro/consent"

	"github.com/go-json-experiment/json/jsontext"
)

// onPaper is what a coordinator says of a paper.
func onPaper(number int, day string) string {
	scan := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 a page"))
	return fmt.Sprintf(`{"number":%d,"language":"zh-CN","signedOn":%q,"reporter":"self","name":"测试患者","informed":"周宁","scan":{"name":"consent.pdf","data":%q}}`, number, day, scan)
}

func TestAConsentOnPaperOpensTheDiariesFromWhenItIsRecorded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		publish := func(again bool) {
			h.clock.Add(time.Minute)
			_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(again))
			h.must(err)
		}
		publish(false)
		p := h.enrol("03-001")
		h.clock.Add(time.Minute)
		const at = "/subjects/03-001/epro/consent"
		early := p.fill("F.SYM", "", nil) // the paper is signed, and nobody has said so here
		h.clock.Add(time.Minute)
		var row struct{ Consent, Paper, By, Receipt, Code string }
		if status := h.as("lin", "POST", at, onPaper(1, "2026-03-01"), &row); status != 201 || row.Paper != "2026-03-01" || row.By != "lin" {
			t.Fatalf("recorded with %d %+v", status, row)
		}
		if status := h.as("lin", "POST", at, onPaper(1, "2026-03-01"), &row); status != 409 || row.Code != "epro.consent.recorded" {
			t.Errorf("the same paper twice: %d %s", status, row.Code)
		}
		plan, _ := p.plan()
		if plan.Consent != "signed" || len(plan.Windows) == 0 {
			t.Errorf("after it: %q, %d windows", plan.Consent, len(plan.Windows))
		}
		if a, _ := p.send(early, p.fill("F.SYM", "", nil)); a.Results[0].Code != "epro.quarantine.consent" || a.Results[1].Status != 200 {
			t.Errorf("%+v", a.Results)
		}
		var shown struct{ Body, Receipt string }
		if h.as("lin", "GET", "/epro/signatures/"+row.Consent, "", &shown); !strings.Contains(shown.Body, "测试患者") || receipt(shown.Body) != shown.Receipt {
			t.Errorf("her site sees %+v", shown)
		}
		if n := h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = $1 AND (new LIKE '%测试患者%' OR new LIKE '%周宁%')`, demo.ID); n != 0 {
			t.Error("the ledger holds a name")
		}
		// A later version is signed on the phone; a paper of the first turns up after it and takes nothing back.
		publish(true)
		p.sign(p.signature())
		h.clock.Add(time.Minute)
		h.as("lin", "POST", at, onPaper(1, "2026-02-28"), nil)
		if plan, _ := p.plan(); plan.Consent != "signed" {
			t.Errorf("an old paper after a new signature: %q", plan.Consent)
		}
		if n := h.count(`SELECT consent FROM patient WHERE study_id = $1 AND subject_id = '03-001'`, demo.ID); n != 2 {
			t.Errorf("the version in force is %d", n)
		}
		h.as("lin", "DELETE", at, `{"reason":"told us on the telephone"}`, nil)
		if plan, _ := p.plan(); plan.Consent != "withdrawn" {
			t.Errorf("withdrawn: %q", plan.Consent)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestAPaperThatCannotBeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	d, err := consent.Read(demo.Consent())
	if err != nil {
		t.Fatal(err)
	}
	good := consent.Paper{Language: "zh-CN", SignedOn: "2026-03-02", Reporter: "self", Name: "测试患者", Informed: "周宁", Scan: &consent.Scan{Name: "a.pdf", Data: []byte("%PDF-1.7")}}
	if err := d.AcceptPaper(&good, noon); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want   string
		change func(*consent.Paper)
	}{
		{"epro.consent.language /language", func(p *consent.Paper) { p.Language = "fr" }},
		{"epro.consent.date /signedOn", func(p *consent.Paper) { p.SignedOn = "2026-03-03" }},
		{"epro.consent.date /signedOn", func(p *consent.Paper) { p.SignedOn = "2026-02-30" }},
		{"epro.consent.reporter /reporter", func(p *consent.Paper) { p.Reporter = "neighbour" }},
		{"epro.consent.person /name", func(p *consent.Paper) { p.Name = "  " }},
		{"epro.consent.person /informed", func(p *consent.Paper) { p.Informed = strings.Repeat("x", 101) }},
		{"epro.consent.scan /scan", func(p *consent.Paper) { p.Scan = &consent.Scan{Name: "a.pdf", Data: []byte("MZ")} }},
		{"request.too_large /scan", func(p *consent.Paper) {
			p.Scan = &consent.Scan{Name: "a.pdf", Data: append([]byte("%PDF-"), make([]byte, consent.MaxScan)...)}
		}},
	} {
		p := good
		c.change(&p)
		if got := codeAt(d.AcceptPaper(&p, noon)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestADraftGrowsUntilItIsPublished(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		half := []byte(`{"format":"casebook-consent/1","title":{"en":"Taking part"}}`)
		first, err := h.epro.SaveDraft(h.operator(), demo.ID, 0, half)
		h.must(err)
		if _, err := h.epro.PublishConsent(h.operator(), demo.ID, half); codeAt(err) != "epro.consent.sections /sections" {
			t.Errorf("half a document is published: %v", err)
		}
		if _, err := h.epro.SaveDraft(h.operator(), demo.ID, 0, half); codeAt(err) != "epro.consent.draft_changed " {
			t.Errorf("somebody else's draft is written over: %v", err)
		}
		second, err := h.epro.SaveDraft(h.operator(), demo.ID, first.Revision, needed(false))
		h.must(err)
		_, err = h.epro.PublishConsent(h.operator(), demo.ID, demo.Consent()) // another document: the draft stays
		h.must(err)
		var page struct {
			Versions []jsontext.Value
			Draft    struct{ Revision int64 }
		}
		if h.as("lin", "GET", "/epro/consent", "", &page); len(page.Versions) != 1 || page.Draft.Revision != second.Revision {
			t.Errorf("%d versions, draft %d", len(page.Versions), page.Draft.Revision)
		}
		number, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
		h.must(err)
		if number != 2 || codeAt(h.epro.DropDraft(h.operator(), demo.ID)) != "epro.consent.draft_none " {
			t.Error("what was published is still being written")
		}
		if _, err := h.epro.SaveDraft(h.operator(), demo.ID, second.Revision, half); codeAt(err) != "epro.consent.draft_changed " {
			t.Errorf("somebody goes on with a draft that has ended: %v", err)
		}
		if status := h.as("lin", "GET", "/epro/consent/draft", "", nil); status != 404 && status != 403 {
			t.Errorf("a coordinator reads the draft: %d", status)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

// codeAt is an error's code and its place.
func codeAt(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code + " " + e.Place
	}
	return fmt.Sprint(err)
}
