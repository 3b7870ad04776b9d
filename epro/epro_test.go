package epro_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/epro/instrument"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
)

const morning = "2026-03-02T0700"

func TestAnAnswerSetArrivesOnceAndForEver(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		one := p.diary(morning, "132")
		first, status := p.send(one)
		if status != 200 || first.Results[0].Receipt != receipt(one) || first.Results[0].Late {
			t.Fatalf("%d %+v, want the receipt %s", status, first, receipt(one))
		}
		h.clock.Add(200 * 24 * time.Hour) // phones may be offline for months
		for range 3 {
			again, status := p.send(one)
			if status != 200 || again.Results[0].Receipt != first.Results[0].Receipt {
				t.Errorf("again: %d %+v", status, again)
			}
		}
		if h.records() != 1 || h.forms() != 1 || h.aside() != 0 {
			t.Errorf("%d records, %d forms, %d in quarantine", h.records(), h.forms(), h.aside())
		}
		if got := h.count(`SELECT count(*) FROM record_form WHERE study_id = $1 AND form_oid = 'F.HBP' AND doc LIKE '%"i":"IT.AMSYS1","v":"132"%'`, demo.ID); got != 1 {
			t.Error("the value is not in the casebook")
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestWhatBecomesOfEachRecord(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p, other := h.enrol("03-001"), h.enrol("03-002")
		set := func(member string, v any) func(map[string]any) { return func(r map[string]any) { r[member] = v } }
		good := p.diary(morning, "132")
		altered := strings.Replace(good, `"132"`, `"138"`, 1)
		for _, c := range []struct {
			name, body, code string
			status           int
		}{
			{"a good one", good, "", 200},
			{"the same", good, "", 200},
			{"another under its id", altered, "epro.quarantine.altered", 409},
			{"another, again", altered, "epro.quarantine.altered", 409},
			{"the first, after that", good, "", 200},
			{"a second for its window", p.diary(morning, "140"), "epro.quarantine.answered", 202},
			{"of another subject", p.diary(morning, "132", set("subject", "03-002")), "epro.quarantine.other_subject", 403},
			{"of another phone", p.diary(morning, "132", set("device", other.id)), "epro.quarantine.other_device", 403},
			{"by a form that nobody published", p.diary("2026-03-02T1900", "132", set("definition", strings.Repeat("ab", 32))), "epro.quarantine.definition", 202},
			{"before its window", p.diary("2026-03-02T1900", "132"), "epro.quarantine.window", 202},
			{"in a window that nobody planned", p.diary("2026-03-02T1234", "132"), "epro.quarantine.window", 202},
			{"unasked, where nobody may", p.diary("", "132"), "epro.quarantine.window", 202},
			{"unasked, where one may", p.fill("F.SYM", "", nil), "", 200},
			{"with a word for a number", p.diary("2026-03-02T0700", "high", set("window", morning)), "epro.quarantine.values", 202},
			{"without an opening", p.diary(morning, "132", set("opened", nil)), "epro.quarantine.unreadable", 202},
			{"not a record", `{"hello":[1]}`, "epro.quarantine.unreadable", 202},
			{"not an object", `17`, "epro.quarantine.unreadable", 202},
			{"oversized", p.diary(morning, "132", set("log", strings.Repeat("x", epro.MaxRecord))), "epro.too_large", 413},
			{"with an answer that is too long", p.diary(morning, strings.Repeat("1", 5000)), "epro.quarantine.unreadable", 202},
		} {
			before := h.records() + h.aside()
			a, status := p.send(c.body)
			if status != c.status || len(a.Results) != 1 || a.Results[0].Code != c.code || a.Results[0].Status != c.status {
				t.Errorf("%s: %d %+v", c.name, status, a)
				continue
			}
			if kept := a.Results[0].Receipt != ""; kept == (status == 413) {
				t.Errorf("%s: the receipt %q", c.name, a.Results[0].Receipt)
			}
			again, _ := p.send(c.body)
			if again.Results[0] != a.Results[0] {
				t.Errorf("%s: then %+v, now %+v", c.name, a.Results[0], again.Results[0])
			}
			if grew := h.records() + h.aside() - before; grew > 1 {
				t.Errorf("%s: it left %d rows", c.name, grew)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestAPhoneWhoseTimeIsOverHandsOverWhatWasAnsweredBefore(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		before := p.diary(morning, "132")
		h.clock.Add(time.Minute)
		_, err := h.patient.SetStatus(h.operator(), demo.ID, "03-001", patient.Withdrawn, "moved away")
		h.must(err)
		h.clock.Add(time.Second)
		if _, status := p.plan(); status != 401 {
			t.Errorf("the plan: %d", status)
		}
		if _, status := p.send(); status != 401 {
			t.Errorf("a contact: %d", status)
		}
		h.clock.Add(time.Minute)
		after := p.diary(morning, "133")
		a, _ := p.send(before, after)
		if a.Results[0].Status != 202 || a.Results[0].Code != "epro.quarantine.ended" || a.Results[0].Receipt != receipt(before) || a.Results[1].Status != 401 || a.Results[1].Receipt != "" {
			t.Errorf("%+v", a)
		}
		if h.records() != 0 || h.aside() != 1 {
			t.Errorf("%d records, %d in quarantine", h.records(), h.aside())
		}
		if got, status := (&phone{h: h, token: p.token + "0"}).plan(); status != 401 || got.Code != "epro.token_refused" {
			t.Errorf("another token: %d %+v", status, got)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestAClockThatIsWrongIsAContradictionAndNotAnotherDate(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	back := func(r map[string]any) {
		r["opened"], r["finished"] = "2026-02-27T12:00:00+08:00", "2026-02-27T12:01:00+08:00"
	}
	if a, status := p.send(p.diary(morning, "132", back)); status != 200 {
		t.Errorf("three days back, by a clock that ran on: %d %+v", status, a)
	}
	if n := h.count(`SELECT count(*) FROM epro_issue WHERE study_id = $1 AND kind = 'clock'`, demo.ID); n != 1 {
		t.Errorf("%d contradictions are noted", n)
	}
	if n := h.count(`SELECT count(*) FROM epro_record WHERE study_id = $1 AND opened_at >= $2`, demo.ID, store.Micros(noon)); n != 1 {
		t.Error("the date was believed")
	}
	// Without a monotonic clock, a past before the last contact is as impossible.
	h.clock.Add(10 * time.Hour)
	p.plan()
	sleeping := func(r map[string]any) { r["elapsed"] = nil; r["opened"] = "2026-03-02T20:00:00+08:00" }
	if a, status := p.send(p.diary("2026-03-02T1900", "132", sleeping)); status != 200 {
		t.Errorf("two hours back: %d %+v", status, a)
	}
	if n := h.count(`SELECT count(*) FROM epro_issue WHERE study_id = $1 AND kind = 'clock'`, demo.ID); n != 2 {
		t.Errorf("%d contradictions are noted", n)
	}
}

func TestLateReceiptIsNotLateEntry(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	inTime := p.diary(morning, "132")
	h.clock.Add(5 * 24 * time.Hour)
	tooLate := p.diary("2026-03-02T1900", "133")
	a, _ := p.send(inTime, tooLate)
	if a.Results[0].Status != 200 || !a.Results[0].Late || a.Results[1].Code != "epro.quarantine.window" {
		t.Errorf("%+v", a)
	}
	if plan, _ := p.plan(); len(plan.History) != 1 || !plan.History[0].Late || plan.History[0].Receipt != receipt(inTime) {
		t.Errorf("the phone's history: %+v", plan.History)
	}
	var live epro.Compliance
	h.as("zhou", "GET", "/epro", "", &live)
	want := "\uFEFFsubject,site,status,expected,done,late,missed,open,gaps,unconfirmed\n"
	for _, x := range live.Subjects {
		want += fmt.Sprintf("%s,%s,%s,%d,%d,%d,%d,%d,%d,%t\n", x.Subject, x.Site, x.Status, x.Expected, x.Done, x.Late, x.Missed, x.Open, x.Gaps, x.Unconfirmed)
	}
	var csv string
	if h.as("zhou", "GET", "/epro/compliance.csv", "", &csv); csv != want || live.Total.Late != 1 || live.Total.Missed == 0 {
		t.Errorf("compliance: %s, want %s", csv, want)
	}
	if n := h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = 'HTN-24' AND what = 'epro.list.exported' AND ref = 'compliance'`); n != 1 {
		t.Errorf("that the list left is %d entries", n)
	}
}

func TestWhatIsMissingHasItsNumber(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		var sent []string
		for n := range 30 {
			r := p.fill("F.SYM", "", nil)
			if n%3 != 2 { // every third is lost
				sent = append(sent, r)
			}
		}
		a, _ := p.send(sent...)
		want := []int64{3, 6, 9, 12, 15, 18, 21, 24, 27, 30} // the last too: the phone said that it had given out thirty
		if !slices.Equal(a.Missing, want) {
			t.Errorf("missing %v, want %v", a.Missing, want)
		}
		var phones struct{ Phones []epro.Phone }
		if h.as("lin", "GET", "/epro/phones", "", &phones); len(phones.Phones) != 1 || phones.Phones[0].State != "gaps" || !slices.Equal(phones.Phones[0].Missing, want) {
			t.Errorf("the staff see %+v", phones)
		}
		var c epro.Compliance
		if h.as("lin", "GET", "/epro", "", &c); c.Total.Gaps != 10 {
			t.Errorf("compliance says %+v", c.Total)
		}
		if status := h.as("lin", "DELETE", "/epro/phones/"+p.id, `{"reason":"fell into the river"}`, nil); status != 200 {
			t.Errorf("ended with %d", status)
		}
		if h.as("lin", "GET", "/epro/phones", "", &phones); phones.Phones[0].State != "unconfirmed" {
			t.Errorf("a lost phone is %q", phones.Phones[0].State)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestACodeEnrolsOnePhoneOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		try := func(code, pin string) int {
			return h.call("POST", "/api/v1/epro/enrol", fmt.Sprintf(`{"study":"HTN-24","code":%q,"pin":%q,"name":"x","zone":"Nowhere/At_all"}`, code, pin), nil)
		}
		var inv epro.Invitation
		if status := h.as("lin", "POST", "/subjects/03-001/epro/phones", `{}`, &inv); status != 201 || !strings.HasPrefix(inv.Path, "/p/#HTN-24.") {
			t.Fatalf("invited with %d: %+v", status, inv)
		}
		if status := h.as("lin", "POST", "/subjects/04-001/epro/phones", `{}`, nil); status != 404 {
			t.Errorf("a foreign site's patient: %d", status)
		}
		wrong := "000000"
		if inv.PIN == wrong {
			wrong = "000001"
		}
		if got := []int{try(inv.Code+"x", inv.PIN), try("", ""), try(inv.Code, wrong), try(inv.Code, inv.PIN), try(inv.Code, inv.PIN)}; !slices.Equal(got, []int{404, 404, 403, 201, 404}) {
			t.Errorf("answers %v", got)
		}
		worn, err := h.epro.Invite(h.operator(), demo.ID, "03-002", "mother")
		h.must(err)
		for range 5 {
			try(worn.Code, worn.PIN+"9")
		}
		if status := try(worn.Code, worn.PIN); status != 404 {
			t.Errorf("after five wrong PINs: %d", status)
		}
		old, err := h.epro.Invite(h.operator(), demo.ID, "03-002", "")
		h.must(err)
		h.clock.Add(73 * time.Hour)
		if status := try(old.Code, old.PIN); status != 404 {
			t.Errorf("after three days: %d", status)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestAnAlertNamesAPersonAndEscalates(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		p.send(p.diary(morning, "182"))
		h.clock.Set(noon.Add(8 * time.Hour))
		p.plan()
		p.send(p.diary("2026-03-02T1900", "179"))
		var list struct {
			Alerts []struct {
				Alert, Person, Note         string
				EscalatedAt, AcknowledgedAt time.Time
			}
		}
		see := func() { h.as("lin", "GET", "/epro/alerts", "", &list) }
		if see(); len(list.Alerts) != 1 || list.Alerts[0].Person != "zhou" {
			t.Fatalf("alerts %+v", list)
		}
		h.clock.Set(noon.Add(24*time.Hour - time.Second))
		h.must(h.epro.Escalate(h.operator()))
		if see(); !list.Alerts[0].EscalatedAt.IsZero() {
			t.Error("it escalated before its time")
		}
		h.clock.Set(noon.Add(24*time.Hour + time.Second))
		for range 2 {
			h.must(h.epro.Escalate(h.operator()))
		}
		if see(); list.Alerts[0].EscalatedAt.IsZero() {
			t.Error("it did not escalate")
		}
		if status := h.as("zhou", "POST", "/epro/alerts/"+list.Alerts[0].Alert, `{"note":""}`, nil); status != 422 {
			t.Errorf("without a note: %d", status)
		}
		if status := h.as("zhou", "POST", "/epro/alerts/"+list.Alerts[0].Alert, `{"note":"called; measured again, 150"}`, nil); status != 200 {
			t.Errorf("acknowledged with %d", status)
		}
		if see(); list.Alerts[0].AcknowledgedAt.IsZero() || list.Alerts[0].Note == "" {
			t.Errorf("%+v", list.Alerts[0])
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestTheSiteCorrectsAndTheOriginalStays(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		body := p.diary(morning, "171")
		a, _ := p.send(body)
		id := a.Results[0].ID
		address := "/epro/records/" + id + "/changes"
		ask := func(value string) (change string) {
			var got struct{ Change string }
			status := h.as("lin", "POST", address, fmt.Sprintf(`{"items":[{"group":"IG.HBAM","repeat":"1","item":"IT.AMSYS1","value":%q}],"reason":"the patient says that she mistyped"}`, value), &got)
			if status != 201 {
				t.Fatalf("asked with %d", status)
			}
			return got.Change
		}
		for body, want := range map[string]int{
			`{"items":[{"group":"IG.HBAM","repeat":"1","item":"IT.AMSYS1","value":"132"}]}`: 422, // no reason
			`{"items":[],"reason":"x"}`: 422,
			`{"items":[{"group":"IG.HBAM","repeat":"1","item":"IT.AMSYS1","value":"high"}],"reason":"x"}`: 422,
		} {
			if status := h.as("lin", "POST", address, body, nil); status != want {
				t.Errorf("%s: %d", body, status)
			}
		}
		standing := func(want string) {
			t.Helper()
			all, err := h.epro.Sensitivity(t.Context(), demo.ID, func(casebook.SiteID) bool { return true })
			if err != nil || !slices.ContainsFunc(all, func(d epro.Difference) bool {
				return d.Item == "IT.AMSYS1" && d.Original == "171" && d.Current == want
			}) {
				t.Errorf("original beside current, want %s: %+v %v", want, all, err)
			}
		}
		decide := func(user, change string, agreed bool) int {
			return h.as(user, "POST", "/epro/changes/"+change, fmt.Sprintf(`{"agreed":%t,"note":"spoke with her"}`, agreed), nil)
		}
		first := ask("117")
		standing("171") // nothing changes before somebody has decided
		if status := decide("lin", first, true); status != 403 {
			t.Errorf("a coordinator decided: %d", status)
		}
		if status := decide("zhou", first, true); status != 200 {
			t.Errorf("the investigator: %d", status)
		}
		standing("117")
		second := ask("118")
		plan, _ := p.plan()
		if len(plan.Changes) != 1 || plan.Changes[0].Change != second || plan.Changes[0].Old[0].Value != "117" {
			t.Fatalf("the patient is asked %+v", plan.Changes)
		}
		say := func(p *phone, change string, agreed bool) int {
			return h.call("POST", "/api/v1/epro/changes/"+change, fmt.Sprintf(`{"agreed":%t}`, agreed), nil, "Authorization", "Bearer "+p.token)
		}
		if status := say(h.enrol("03-002"), second, true); status != 404 {
			t.Errorf("another patient: %d", status)
		}
		if status := say(p, second, false); status != 200 {
			t.Errorf("the patient refuses: %d", status)
		}
		standing("117")
		if status := decide("zhou", second, true); status != 409 {
			t.Errorf("decided twice: %d", status)
		}
		if status := say(p, ask("119"), true); status != 200 {
			t.Errorf("the patient agrees: %d", status)
		}
		standing("119")
		var sent struct {
			Body    string
			Answers []struct{ Item, Sent, Now string }
		}
		if h.as("lin", "GET", "/epro/records/"+id, "", &sent); sent.Body != body || !slices.ContainsFunc(sent.Answers, func(x struct{ Item, Sent, Now string }) bool {
			return x.Item == "IT.AMSYS1" && x.Sent == "171" && x.Now == "119"
		}) {
			t.Errorf("what was sent is now %+v", sent)
		}
		if again, status := p.send(body); status != 200 || again.Results[0].Receipt != receipt(body) {
			t.Errorf("the phone sends it again: %d %+v", status, again)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
		var csv string
		if h.as("zhou", "GET", "/epro/sensitivity.csv", "", &csv); !strings.Contains(csv, "F.HBP,IT.AMSYS1,2026-03-02T04:00:00Z,171,119,true") {
			t.Errorf("sensitivity: %s", csv)
		}
		// The exports of the casebook: what was sent and what stands, and what was done between.
		odm, response := h.export("odm1.3.2-transactional", ""), h.export("fhir", "QuestionnaireResponse.ndjson")
		for _, want := range []string{`Value="171"`, `Value="117"`, `Value="119"`, "the patient says that she mistyped"} {
			if !strings.Contains(odm, want) {
				t.Errorf("the history lacks %s", want)
			}
		}
		if !strings.Contains(response, `"valueInteger":119`) || strings.Contains(response, `"valueInteger":171`) {
			t.Errorf("the response: %s", response)
		}
	})
}

// What a patient has submitted changes by agreement alone: neither the staff's pages nor a file of values reach it.
func TestNobodyWritesOverAPatient(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	a, _ := p.send(p.diary(morning, "171"))
	st, err := h.book.Study(t.Context(), demo.ID)
	h.must(err)
	key, err := st.NewInstance(record.Key{Study: demo.ID, Subject: "03-001", Form: "F.HBP"}, a.Results[0].ID)
	h.must(err)
	save := record.Save{Key: key, Expect: -1, Reason: "looks better", Items: []record.Value{{Group: "IG.HBAM", Repeat: "1", Item: "IT.AMSYS1", Value: "120"}}}
	if _, err := h.book.Save(h.operator(), save); casebook.KindOf(err) != casebook.Conflict {
		t.Errorf("written over: %v", err)
	}
	save.Key.EventRepeat, save.Key.FormRepeat = "1", "1"
	save.Key.Form, save.Key.Event = "F.VS", "E.BL"
	save.Items = []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: "120"}}
	if _, err := h.book.Save(h.operator(), save); err != nil {
		t.Errorf("a form of the site's own: %v", err)
	}
}

func TestAPersonDecidesAboutWhatWasQuarantined(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		h.clock.Add(2 * time.Hour)
		late := p.diary(morning, "132") // an hour after its window closed
		p.send(late, `{"what":"is this"}`)
		var list struct {
			Records []struct{ Record, Hash, Why, Decision string }
		}
		if h.as("lin", "GET", "/epro/quarantine", "", &list); len(list.Records) != 2 {
			t.Fatalf("%+v", list)
		}
		for _, r := range list.Records {
			path := "/epro/quarantine/" + r.Record + "/" + r.Hash
			if r.Why == "unreadable" {
				if status := h.as("lin", "POST", path, `{"decision":"accepted","reason":"it looks fine"}`, nil); status != 409 {
					t.Errorf("what nobody can read was accepted with %d", status)
				}
				if status := h.as("lin", "POST", path, `{"decision":"set_aside","reason":"no answers in it"}`, nil); status != 200 {
					t.Errorf("set aside with %d", status)
				}
				continue
			}
			if status := h.as("lin", "POST", path, `{"decision":"accepted"}`, nil); status != 422 {
				t.Errorf("without a reason: %d", status)
			}
			if status := h.as("lin", "POST", path, `{"decision":"accepted","reason":"the phone's battery was empty"}`, nil); status != 200 {
				t.Errorf("accepted with %d", status)
			}
			if status := h.as("lin", "POST", path, `{"decision":"set_aside","reason":"on second thoughts"}`, nil); status != 409 {
				t.Errorf("decided twice: %d", status)
			}
		}
		if h.records() != 1 || h.forms() != 1 || h.aside() != 2 {
			t.Errorf("%d records, %d forms, %d in quarantine", h.records(), h.forms(), h.aside())
		}
		if again, status := p.send(late); status != 200 || again.Results[0].Receipt != receipt(late) {
			t.Errorf("sent again: %d %+v", status, again)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestAnAmendmentReachesWhatIsPlannedAlready(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	if plan, _ := p.plan(); !slices.ContainsFunc(plan.Windows, func(w struct {
		Form, Key     string
		Opens, Closes time.Time
		Done          bool
	}) bool {
		return w.Key == "2026-03-03T0700"
	}) {
		t.Fatalf("the plan: %+v", plan.Windows)
	}
	_, err := h.epro.Publish(h.operator(), demo.ID, []byte(strings.Replace(diaries, `"07:00"`, `"08:30"`, 1)))
	h.must(err)
	for _, w := range func() plan { pl, _ := p.plan(); return pl }().Windows {
		if strings.HasSuffix(w.Key, "T0700") {
			t.Errorf("still planned: %+v", w)
		}
	}
	for text, place := range map[string]string{
		strings.Replace(diaries, "F.HBP", "F.NONE", 1):  "/forms/0/form",
		strings.Replace(diaries, "F.HBP", "F.DM", 1):    "/forms/0/form",
		strings.Replace(diaries, ">= 180", ">= 'x'", 1): "/alerts/0/when",
	} {
		if _, err := h.epro.Publish(h.operator(), demo.ID, []byte(text)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("published: %v, want %s", err, place)
		}
	}
}

// A patient cannot be two people: a form that two are to enter is on no schedule.
func TestAFormThatTwoPeopleEnterIsNotScheduled(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	newest, err := h.trials.Version(t.Context(), demo.ID, 0)
	h.must(err)
	v := *newest.Definition
	v.OID, v.Forms = v.OID+".2", slices.Clone(v.Forms)
	for i := range v.Forms {
		v.Forms[i].DoubleEntry = v.Forms[i].OID == "F.SYM"
	}
	_, err = h.trials.Import(h.operator(), &odm.Study{OID: string(demo.ID), Name: "HTN-24", Versions: []*odm.Version{&v}}, trial.Training)
	h.must(err)
	_, err = h.epro.Publish(h.operator(), demo.ID, []byte(diaries))
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "epro.schedule.double" || e.Place != "/forms/1/form" {
		t.Errorf("published: %v", err)
	}
	_, err = h.epro.Publish(h.operator(), demo.ID, []byte(strings.Replace(diaries, "F.SYM", "F.HBP", 1))) // the control
	h.must(err)
}

// A phone asks by the version that its site works by, whatever has been published since.
func TestAFormOfALaterVersionWaitsForTheSite(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	mood, err := instrument.Definition("CB.MOOD")
	h.must(err)
	newest, err := h.trials.Version(t.Context(), demo.ID, 0)
	h.must(err)
	v, err := instrument.Add(newest.Definition, mood.Versions[0], "E.DIARY")
	h.must(err)
	_, err = h.trials.Import(h.operator(), &odm.Study{OID: string(demo.ID), Name: "HTN-24", Versions: []*odm.Version{v}}, trial.Training)
	h.must(err)
	_, err = h.epro.Publish(h.operator(), demo.ID, []byte(strings.Replace(diaries, `{"form":"F.SYM"`, `{"form":"CB.MOOD","at":["20:00"],"every":"P1D","window":"PT2H"},{"form":"F.SYM"`, 1)))
	h.must(err)
	asked := func() (windows, expected int) {
		plan, _ := p.plan()
		for _, w := range plan.Windows {
			if w.Form == "CB.MOOD" {
				windows++
			}
		}
		var c struct{ Total struct{ Expected int } }
		h.as("lin", "GET", "/epro", "", &c)
		return windows, c.Total.Expected
	}
	h.clock.Add(48 * time.Hour)
	if windows, expected := asked(); windows != 0 || expected != 4 || p.hashes["CB.MOOD"] != "" {
		t.Errorf("before: %d windows, %d expected", windows, expected)
	}
	_, err = h.trials.GoOver(h.operator(), demo.ID, "03", 2, "approved on 2 March")
	h.must(err)
	if windows, expected := asked(); windows == 0 || expected <= 4 || p.hashes["CB.MOOD"] == "" {
		t.Errorf("after: %d windows, %d expected", windows, expected)
	}
}

func TestManyAtOnceBringTheSame(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		records := []string{p.diary(morning, "132")}
		for range 20 {
			records = append(records, p.fill("F.SYM", "", nil))
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				mine := slices.Clone(records)
				rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
				a, status := p.send(mine...)
				if status != 200 {
					t.Errorf("answered %d %+v", status, a)
				}
				for i, r := range a.Results {
					if r.Status != 200 || r.Receipt != receipt(mine[i]) {
						t.Errorf("%+v", r)
					}
				}
			})
		}
		all.Wait()
		if h.records() != 21 || h.forms() != 21 || h.aside() != 0 {
			t.Errorf("%d records, %d forms, %d in quarantine", h.records(), h.forms(), h.aside())
		}
		if a, _ := p.send(); len(a.Missing) != 0 {
			t.Errorf("missing %v", a.Missing)
		}
	})
}

func TestVerificationFindsEachRowThatWasTouched(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	sent, _ := p.send(p.diary(morning, "182", func(r map[string]any) { r["opened"] = "2026-02-27T12:00:00+08:00" }), `{"what":1}`)
	h.must(h.epro.Happen(h.operator(), demo.ID, "03-001", "dose", "", noon))
	h.must(h.epro.SetReach(h.operator(), demo.ID, "03-001", nil, epro.Reach{Channel: "sms", Address: "+8613800000000"}))
	_, err := h.epro.PublishConsent(h.operator(), demo.ID, needed(false))
	h.must(err)
	p.sign(p.signature())
	h.as("lin", "POST", "/subjects/03-002/epro/consent", onPaper(1, "2026-03-01"), nil)
	_, err = h.epro.SaveDraft(h.operator(), demo.ID, 0, needed(true))
	h.must(err)
	_, err = h.epro.AskChange(h.operator(), demo.ID, sent.Results[0].ID, []record.Value{{Group: "IG.HBAM", Repeat: "1", Item: "IT.AMSYS1", Value: "128"}}, "mistyped")
	h.must(err)
	if found := h.verify(); len(found) > 0 {
		t.Fatalf("untouched: %v", found)
	}
	for _, change := range []string{
		`UPDATE epro_schedule SET doc = '{}' WHERE study_id = $1`, `UPDATE epro_anchor SET at = at + 1 WHERE study_id = $1`,
		`UPDATE epro_zone SET zone = 'Europe/Paris' WHERE study_id = $1`, `UPDATE epro_invite SET used_at = 0 WHERE study_id = $1`,
		`UPDATE epro_device SET subject_id = '03-002' WHERE study_id = $1`, `UPDATE epro_record SET body = replace(body, '182', '128') WHERE study_id = $1`,
		`UPDATE epro_record SET opened_at = opened_at - 1 WHERE study_id = $1`, `DELETE FROM epro_quarantine WHERE study_id = $1`,
		`UPDATE epro_consent_document SET required = 0 WHERE study_id = $1`, `UPDATE epro_consent SET ref = 'another' WHERE study_id = $1`, `DELETE FROM vault_text WHERE study_id = $1`,
		`UPDATE vault_text SET sealed = (SELECT max(sealed) FROM vault_text WHERE study_id = $1) WHERE study_id = $1`,
		`UPDATE epro_consent SET paper = '2026-02-01' WHERE study_id = $1 AND paper <> ''`, `UPDATE epro_consent_draft SET doc = '{}' WHERE study_id = $1`,
		`UPDATE epro_consent SET ended_at = 1 WHERE study_id = $1`, `UPDATE epro_change SET agreed = 1 WHERE study_id = $1`,
		`UPDATE epro_reach SET digest = 'another' WHERE study_id = $1`,
		`UPDATE epro_issue SET kind = 'none' WHERE study_id = $1`, `UPDATE epro_alert SET acknowledged_at = 1 WHERE study_id = $1`,
	} {
		undo := fmt.Errorf("undone")
		var after int
		err := h.db.Update(t.Context(), func(tx *store.Tx) error {
			n, err := tx.Exec(t.Context(), change, demo.ID)
			if err != nil || n == 0 {
				return fmt.Errorf("%s: %d rows, %w", change, n, err)
			}
			fold := epro.NewFold(demo.ID, h.vault)
			for _, e := range h.entries(tx) {
				fold.Entry(&e)
			}
			found, err := fold.Compare(t.Context(), tx)
			after = len(found)
			if err != nil {
				return err
			}
			return undo
		})
		if err != undo || after == 0 {
			t.Errorf("%s: %d findings, %v", change, after, err)
		}
	}
}
