package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/report"

	"github.com/go-json-experiment/json"
)

// diary is a morning's report with the upper number that is given.
func diary(id, systolic string) string {
	return `{"patientId":"03-001","id":"` + id + `","instrument":"F.HBP","answeredAt":"2026-03-02T07:55:00+08:00","device":"phone",` +
		`"data":{"IT.HBDAT":"2026-03-02","IT.HBMED":"Y","IT.HBAMYN":"Y","IT.AMSYS1":` + systolic + `,"IT.AMDIA1":"84","IT.AMPUL1":71,"IT.HBPMYN":null}}`
}

// receipt is computed from docs/format/report.md alone, as a phone does it.
func receipt(id string, fields ...string) string {
	var b []byte
	for _, f := range append([]string{"casebook report 1", "HTN-24"}, fields...) {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	sum := sha256.Sum256(b)
	return id + "." + base64.RawURLEncoding.EncodeToString(sum[:16])
}

func TestAReportBecomesAFormOfTheCasebook(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.rows()
		a := h.send(diary("d-1", "132"))
		_, data, _ := strings.Cut(diary("d-1", "132"), `"data":`)
		want := receipt("d-1", "03-001", "F.HBP", "2026-03-02T07:55:00+08:00", "phone", strings.TrimSuffix(data, "}"))
		if a.status != 200 || a.body.Status != "processed" || a.body.PatientID != "03-001" || a.body.ID != "d-1" || a.body.Receipt != want {
			t.Fatalf("answered %v, want the receipt %s", a, want)
		}
		if a.header.Get("Idempotent-Replay") != "" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", a.header)
		}
		if got := h.grown(before); got != "ledger_entry+1 record_form+1 report+1" {
			t.Errorf("it left %q", got)
		}
		doc := h.value(`SELECT doc FROM record_form WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5`,
			demo.ID, "03-001", "E.DIARY", "d-1", "F.HBP")
		for _, part := range []string{`"i":"IT.AMSYS1","v":"132"`, `"i":"IT.AMDIA1","v":"84"`, `"i":"IT.AMPUL1","v":"71"`, `"i":"IT.HBSYSM"`} {
			if !strings.Contains(doc, part) {
				t.Errorf("the form lacks %s: %s", part, doc)
			}
		}
		if strings.Contains(doc, "IT.HBPMYN") {
			t.Errorf("null is no answer: %s", doc)
		}
		all := h.entries("03-001")
		e := all[len(all)-1]
		var c record.Change
		if err := json.Unmarshal([]byte(e.New), &c); err != nil || c.Source != want {
			t.Errorf("the entry's source is %q, %v", c.Source, err)
		}
		if e.What != record.Saved || e.Old != "" || !strings.HasPrefix(string(e.Actor), "client:") || e.Role != "client" || e.Location != "03" || e.Site != "03" ||
			len(e.Trace) != 32 || !e.At.Equal(noon.Add(time.Second)) || !e.DeviceAt.Equal(time.Date(2026, 3, 1, 23, 55, 0, 0, time.UTC)) {
			t.Errorf("the entry is %+v", e)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

// The page about the format shows a report and its receipt; the door answers the one with the other.
func TestTheExampleOfTheFormatHolds(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/format/report.md")
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile("```json\n(.*)\n```").FindSubmatch(page)
	said := regexp.MustCompile(`\{"status":"processed".*\}`).Find(page)
	if body == nil || said == nil {
		t.Fatal("the page shows no report and no answer")
	}
	if a := build(t, sqlite(t)).send(string(body[1])); a.status != 200 || a.text != string(said) {
		t.Errorf("answered %v, and not %s", a, said)
	}
}

func TestAnImplausibleValueIsKeptAndAskedAbout(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.rows()
		if a := h.send(diary("d-2", "286")); a.status != 200 {
			t.Fatalf("answered %v", a)
		}
		if got := h.grown(before); got != "ledger_entry+1 record_form+1 record_query+1 report+1" {
			t.Errorf("it left %q", got)
		}
		q := h.value(`SELECT source || ' ' || state || ' ' || item_oid || ' ' || value || ' ' || text FROM record_query WHERE study_id = $1`, demo.ID)
		if !strings.HasPrefix(q, "system Open IT.AMSYS1 286 ") || !strings.Contains(q, "210") || !strings.Contains(q, `"zh-CN"`) {
			t.Errorf("the query is %s", q)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestWithoutAnInstrumentTheDataAreKeptAsTheyCame(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		for name, data := range map[string]string{"object": `{ "mood" : "曇り\u00e9" , "n":1.50e1}`, "array": `[1, [2]]`, "text": `"only words"`, "number": `-0.0`, "true": `true`, "null": `null`,
			"deep": strings.Repeat("[", 63) + strings.Repeat("]", 63)} {
			before := h.rows()
			a := h.send(`{"data":` + data + `,"patientId":"03-001","id":"` + name + `"}`)
			if a.status != 200 || a.body.Receipt != receipt(name, "03-001", "", "", "", data) {
				t.Errorf("%s: answered %v", name, a)
			}
			if got := h.grown(before); got != "ledger_entry+1 report+1 report_unclassified+1" {
				t.Errorf("%s: it left %q", name, got)
			}
			if kept := h.value(`SELECT data FROM report_unclassified WHERE study_id = $1 AND report_id = $2`, demo.ID, name); kept != data {
				t.Errorf("%s: kept as %s", name, kept)
			}
			all := h.entries("03-001")
			if e := all[len(all)-1]; e.What != report.Received || e.Ref != name {
				t.Errorf("%s: the entry is %+v", name, e)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestARepetitionGetsTheSameReceiptAndAnotherBodyIsPutAside(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		first := h.send(diary("d-3", "132"))
		before := h.rows()
		again := h.send(strings.Replace(diary("d-3", "132"), `{"patientId"`, `{ "patientId"`, 1)) // spaces outside data do not count
		if again.status != 200 || again.text != first.text || again.header.Get("Idempotent-Replay") != "true" {
			t.Errorf("again: %v %q, first %v", again, again.header.Get("Idempotent-Replay"), first)
		}
		if got := h.grown(before); got != "" {
			t.Errorf("a repetition left %q", got)
		}
		other := diary("d-3", "138")
		for range 2 {
			if a := h.send(other); a.status != 409 || a.body.Code != "report.other_body" || a.body.Place != "/id" || a.body.Texts["zh-CN"] == "" {
				t.Errorf("another body: %v", a)
			}
		}
		if got := h.grown(before); got != "ledger_entry+1 report_quarantine+1" {
			t.Errorf("another body, twice, left %q", got)
		}
		if kept := h.value(`SELECT body FROM report_quarantine WHERE study_id = $1`, demo.ID); kept != other {
			t.Errorf("put aside as %s", kept)
		}
		all := h.entries("03-001")
		if e := all[len(all)-1]; e.What != report.Quarantined || e.Ref != "d-3" {
			t.Errorf("the entry is %+v", e)
		}
		if a := h.send(strings.Replace(diary("d-3", "132"), "03-001", "03-002", 1)); a.status != 409 {
			t.Errorf("the same id for another patient: %v", a)
		}
		if a := h.send(diary("d-3", "132")); a.status != 200 || a.body.Receipt != first.body.Receipt {
			t.Errorf("the first, after all that: %v", a)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

func TestWhereTheIdComesFrom(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	const body = `{"patientId":"03-001","data":1}`
	first := h.send(body, "Idempotency-Key", "k-1")
	again := h.send(body, "Idempotency-Key", "k-1")
	if first.status != 200 || first.body.ID != "k-1" || again.text != first.text || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("by header: %v, again %v", first, again)
	}
	if a := h.send(`{"patientId":"03-001","data":1,"id":"b-1"}`, "Idempotency-Key", "k-2"); a.body.ID != "b-1" {
		t.Errorf("the body's id goes first: %v", a)
	}
	one, two := h.send(body), h.send(body)
	if one.status != 200 || two.status != 200 || one.body.ID == two.body.ID || len(one.body.ID) != 36 {
		t.Errorf("without an id each is a report of its own: %v %v", one, two)
	}
	if a := h.send(strings.Replace(diary(`a\u002f\u00e9%2F 1`, "132"), "phone", "", 1)); a.status != 200 || a.body.ID != "a/é%2F 1" {
		t.Errorf("an id of other characters: %v", a)
	}
	long := strings.Repeat("x", 100)
	if a := h.send(diary(long, "132")); a.status != 200 || a.body.ID != long {
		t.Errorf("the longest id: %v", a)
	}
	if found := h.verify(); len(found) > 0 {
		t.Errorf("the ledger does not explain it: %v", found)
	}
}

func TestBothAddressesAreOneDoor(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	first := h.send(diary("d-1", "132"))
	h.path = "/api/v1/reports"
	if a := h.send(diary("d-1", "132")); a.status != 200 || a.text != first.text || a.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s: %v, first %v", h.path, a, first)
	}
}

func TestWhoMayReport(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		expires := noon.Add(time.Hour)
		own, _ := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Device, Name: "phone", Subject: "03-001"})
		others, _ := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Device, Name: "phone", Subject: "03-002"})
		nobodys, _ := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Device, Name: "phone", Subject: "99-001"})
		gone, id := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Device, Name: "lost phone", Subject: "03-001"})
		old, _ := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Device, Name: "old phone", Subject: "03-001", Expires: expires})
		foreign, _ := h.issue(auth.NewToken{Study: "OTHER", Kind: auth.Client, Name: "another study", Scopes: []auth.Action{auth.ReportSubmit}})
		reader, _ := h.issue(auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "reads", Scopes: []auth.Action{auth.FormRead}})
		if a := h.send(diary("before", "132"), "Authorization", "Bearer "+gone); a.status != 200 {
			t.Fatalf("before it was lost: %v", a)
		}
		if a := h.send(diary("before it ends", "132"), "Authorization", "Bearer "+old); a.status != 200 {
			t.Fatalf("before it ends: %v", a)
		}
		if err := h.people.RevokeToken(casebook.WithActor(t.Context(), casebook.Actor{User: "gao"}), demo.ID, id, "lost"); err != nil {
			t.Fatal(err)
		}
		h.clock.Set(expires)
		before := h.rows()
		for name, c := range map[string]struct {
			authorization string
			status        int
			code          string
		}{
			"no token":                  {"", 401, "auth.signed_out"},
			"another scheme":            {"Basic " + own, 401, "auth.token.refused"},
			"not a token":               {"Bearer me", 401, "auth.token.refused"},
			"a secret that is altered":  {"Bearer " + own[:len(own)-1] + "x", 401, "auth.token.refused"},
			"revoked":                   {"Bearer " + gone, 401, "auth.token.refused"},
			"expired":                   {"Bearer " + old, 401, "auth.token.refused"},
			"another subject's device":  {"Bearer " + others, 404, "report.patient_unknown"},
			"a device of nobody":        {"Bearer " + nobodys, 404, "report.patient_unknown"},
			"another study's client":    {"Bearer " + foreign, 404, "report.patient_unknown"},
			"a client that only reads":  {"Bearer " + reader, 403, "auth.forbidden"},
			"a token in another letter": {"Bearer " + strings.ToUpper(own), 401, "auth.token.refused"},
		} {
			a := h.send(diary("refused", "132"), "Authorization", c.authorization)
			if a.status != c.status || a.body.Code != c.code || a.body.Error != "" || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %v", name, a)
			}
			if strings.Contains(a.text, "IT.AMSYS1") {
				t.Errorf("%s: told what was sent", name)
			}
		}
		if got := h.grown(before); got != "" {
			t.Errorf("refusals left %q", got)
		}
		if a := h.send(diary("own", "132"), "Authorization", "bearer "+own); a.status != 200 {
			t.Errorf("the subject's own device: %v", a)
		}
		all := h.entries("03-001")
		if e := all[len(all)-1]; !strings.HasPrefix(string(e.Actor), "device:") || e.Role != "device" {
			t.Errorf("the entry is by %s, a %s", e.Actor, e.Role)
		}
	})
}

// A report of somebody who went to another site a moment ago, judged where the door last saw them, is kept with all that it brings where
// they are.
func TestAReportOfWhoWasTransferredIsTheirNewSites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.send(diary("before", "132"))
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "lin", Role: "manager", Location: "sponsor"})
		err := h.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
			_, _, err := patient.Transfer(ctx, w, "03-001", "04", "moved house")
			return errors.Join(err, record.Transfer(ctx, w, "03-001", "04"), report.Transfer(ctx, w, "03-001", "04"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := h.send(diary("after", "286")); a.status != http.StatusOK {
			t.Fatalf("answered %v", a)
		}
		for what, query := range map[string]string{
			"form":  `SELECT site_id FROM record_form WHERE study_id = $1 AND event_repeat = 'after'`,
			"query": `SELECT DISTINCT site_id FROM record_query WHERE study_id = $1`,
		} {
			if site := h.value(query, demo.ID); site != "04" {
				t.Errorf("the %s is of site %s", what, site)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}
