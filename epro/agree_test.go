package epro_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook/demo"
	"casebook/epro"
	"casebook/store/storetest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// needed is the demo's consent document, as one without which no diary opens.
func needed(again bool) []byte {
	return []byte(strings.Replace(string(demo.Consent()), `"sections"`, fmt.Sprintf(`"required":true,"again":%t,"sections"`, again), 1))
}

type ownConsent struct {
	State    string
	Number   int64
	Hash     string
	Document struct{ Questions []any }
	Signed   []struct{ Consent string }
	Code     string
}

func (p *phone) consent() (c ownConsent) {
	p.h.t.Helper()
	p.h.call("GET", "/api/v1/epro/consent", "", &c, "Authorization", "Bearer "+p.token)
	return c
}

// signature is what the app sends under the document that is shown now. change alters members.
func (p *phone) signature(change ...func(map[string]any)) string {
	p.h.t.Helper()
	now := p.h.clock.Now().Format(time.RFC3339)
	id := fmt.Sprintf("0195a7d2-9c1e-7a3b-8f00-%012d", p.h.clock.Now().UnixNano()%1e12)
	r := map[string]any{"id": id, "device": p.id, "subject": p.subject, "document": p.consent().Hash, "opened": now, "signed": now, "zone": "Asia/Shanghai",
		"language": "zh-CN", "answers": [][]int{{0, 1}, {0}}, "name": "测试患者", "drawn": [][]int{{100, 200, 300, 180, 500, 240}}, "undrawn": false}
	for _, f := range change {
		f(r)
	}
	text, err := json.Marshal(r, json.Deterministic(true))
	p.h.must(err)
	return string(text)
}

func (p *phone) sign(body string) (a epro.Agreed, code string, status int) {
	p.h.t.Helper()
	var out struct {
		epro.Agreed
		Code string
	}
	status = p.h.call("POST", "/api/v1/epro/consent", body, &out, "Authorization", "Bearer "+p.token)
	return out.Agreed, out.Code, status
}

func TestTheDiariesWaitForASignature(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		if plan, _ := p.plan(); len(plan.Windows) == 0 {
			t.Fatal("nothing is asked, though nothing is required")
		}
		h.clock.Add(time.Second)
		_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
		h.must(err)
		offline := p.diary(morning, "131") // the phone has not heard of it
		h.clock.Add(time.Second)
		if plan, _ := p.plan(); len(plan.Windows) != 0 || plan.Consent != "needed" {
			t.Errorf("before the signature: %d windows, %q", len(plan.Windows), plan.Consent)
		}
		early := p.fill("F.SYM", "", nil)
		if a, _ := p.send(offline, early); a.Results[0].Status != 200 || a.Results[1].Code != "epro.quarantine.consent" || a.Results[1].Receipt == "" {
			t.Errorf("%+v", a.Results)
		}
		body := p.signature()
		got, _, status := p.sign(body)
		if status != 200 || got.Receipt != receipt(body) || got.Number != 1 {
			t.Fatalf("signed with %d %+v", status, got)
		}
		if plan, _ := p.plan(); len(plan.Windows) == 0 || plan.Consent != "signed" {
			t.Errorf("after the signature: %d windows, %q", len(plan.Windows), plan.Consent)
		}
		if n := h.count(`SELECT consent FROM patient WHERE study_id = $1 AND subject_id = '03-001'`, demo.ID); n != 1 {
			t.Errorf("the subject's version is %d", n)
		}
		if a, status := p.send(p.fill("F.SYM", "", nil)); status != 200 {
			t.Errorf("a diary after it: %+v", a)
		}
		for _, c := range []struct {
			name, body string
			status     int
		}{{"the same again", body, 200}, {"altered under its id", strings.Replace(body, "测试患者", "别人", 1), 409}} {
			if again, _, status := p.sign(c.body); status != c.status || status == 200 && again.Receipt != got.Receipt {
				t.Errorf("%s: %d %+v", c.name, status, again)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestASignatureIsJudgedAgainOnReceipt(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
	h.must(err)
	p := h.enrol("03-001")
	set := func(member string, v any) func(map[string]any) { return func(r map[string]any) { r[member] = v } }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		code   string
		status int
	}{
		{"not understood", set("answers", [][]int{{0}, {0}}), "epro.consent.not_understood", 422},
		{"a question left out", set("answers", [][]int{{1}}), "epro.consent.not_understood", 422},
		{"without a name", set("name", " "), "epro.consent.name", 422},
		{"not drawn", set("drawn", [][]int{}), "epro.consent.drawn", 422},
		{"a dot", set("drawn", [][]int{{10, 10, 11, 11}}), "epro.consent.drawn", 422},
		{"beyond the field", set("drawn", [][]int{{0, 0, 5000, 0}}), "epro.consent.drawn", 422},
		{"in a language that nobody wrote", set("language", "fr"), "epro.consent.language", 422},
		{"under a document that nobody published", set("document", strings.Repeat("ab", 32)), "epro.consent.unknown", 409},
		{"for another subject", set("subject", "03-002"), "epro.consent.subject", 403},
	} {
		if _, code, status := p.sign(p.signature(c.change)); status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, code, c.status, c.code)
		}
	}
	if n := h.count(`SELECT count(*) FROM epro_consent WHERE study_id = $1`, demo.ID); n != 0 {
		t.Errorf("%d are kept", n)
	}
	if _, _, status := p.sign(p.signature(set("drawn", [][]int{}), set("undrawn", true))); status != 200 {
		t.Errorf("somebody who cannot draw: %d", status)
	}
}

func TestANewVersionIsSignedAgainAndAWithdrawalClosesTheDiaries(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		publish := func(again bool) {
			h.clock.Add(time.Minute)
			_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(again))
			h.must(err)
		}
		publish(false)
		p := h.enrol("03-001")
		p.sign(p.signature())
		publish(false)
		if plan, _ := p.plan(); plan.Consent != "signed" {
			t.Errorf("a version that asks nobody again: %q", plan.Consent)
		}
		publish(true)
		if plan, _ := p.plan(); plan.Consent != "needed" || len(plan.Windows) != 0 {
			t.Errorf("a version that asks everybody again: %q, %d windows", plan.Consent, len(plan.Windows))
		}
		if got, _, status := p.sign(p.signature()); status != 200 || got.Number != 3 {
			t.Errorf("signed again: %d %+v", status, got)
		}
		before := p.fill("F.SYM", "", nil)
		h.clock.Add(time.Minute)
		if status := h.call("DELETE", "/api/v1/epro/consent", `{"reason":""}`, nil, "Authorization", "Bearer "+p.token); status != 200 {
			t.Errorf("withdrawn with %d", status)
		}
		h.clock.Add(time.Minute)
		plan, status := p.plan()
		if status != 200 || plan.Consent != "withdrawn" || len(plan.Windows) != 0 {
			t.Errorf("after the withdrawal: %d %q, %d windows", status, plan.Consent, len(plan.Windows))
		}
		after := p.fill("F.SYM", "", nil)
		if a, _ := p.send(before, after); a.Results[0].Status != 200 || a.Results[1].Code != "epro.quarantine.consent" {
			t.Errorf("%+v", a.Results)
		}
		var list struct {
			Alerts []struct{ Rule, Person string }
		}
		if h.as("lin", "GET", "/epro/alerts", "", &list); len(list.Alerts) != 1 || list.Alerts[0].Person != "zhou" {
			t.Errorf("whom it reaches: %+v", list.Alerts)
		}
		var page struct {
			Versions []any
			Subjects []epro.SubjectConsent
		}
		h.as("lin", "GET", "/epro/consent", "", &page)
		i := slices.IndexFunc(page.Subjects, func(x epro.SubjectConsent) bool { return x.Subject == "03-001" })
		if len(page.Versions) != 3 || i < 0 || page.Subjects[i].State != "withdrawn" || page.Subjects[i].Number != 0 || len(page.Subjects[i].Signed) != 2 {
			t.Errorf("the staff see %+v", page)
		}
		if status := h.call("DELETE", "/api/v1/epro/consent", `{}`, nil, "Authorization", "Bearer "+p.token); status != 409 {
			t.Errorf("withdrawn twice: %d", status)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestOnlyTheSiteSeesTheName(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
	h.must(err)
	p := h.enrol("03-001")
	body := p.signature()
	got, _, _ := p.sign(body)
	var shown struct{ Body string }
	if status := h.as("lin", "GET", "/epro/signatures/"+got.ID, "", &shown); status != 200 || shown.Body != body {
		t.Errorf("her site: %d %q", status, shown.Body)
	}
	for _, n := range []string{"/epro/consent", "/epro/consent/1"} {
		var text jsontext.Value
		if h.as("lin", "GET", n, "", &text); len(text) == 0 || strings.Contains(string(text), "测试患者") {
			t.Errorf("%s tells the name", n)
		}
	}
	if n := h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = $1 AND new LIKE '%测试患者%'`, demo.ID); n != 0 {
		t.Error("the ledger holds the name")
	}
}
