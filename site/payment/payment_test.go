package payment_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"

	"github.com/xuri/excelize/v2"
)

const (
	rates = `"currency":"CNY","startUp":"5000","visits":{"E.BL":"800.50","E.W4":"300"},"procedures":{"F.VS":"33.33"},"failure":"200","failures":1,"holdBack":1000}`
	enter = `,"user":"x","password":"` + password + `"}`
)

type account struct {
	Version                        int64
	Earned, Stated, Paid, HeldBack string
	Due                            string
	Lines                          []struct{ Kind, Subject, Event, Amount string }
	Statements                     []statement
}

type statement struct {
	ID                   string
	Version              int64
	Gross, HeldBack, Net string
	Lines                []struct{ Kind, Amount string }
	Approved             *struct{ Signer, Meaning string }
}

// subject enrols somebody at site 01 and fills in the vital signs of an event, complete or not.
func (h *house) subject(event string, whole bool) casebook.SubjectID {
	h.t.Helper()
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "lin", Role: "coordinator", Location: "01"})
	p, err := h.trials.Enrol(ctx, study, patient.Enrolment{Site: "01", Status: map[bool]patient.Status{true: patient.Screening, false: patient.Enrolled}[event == "E.SCR"]})
	h.must(err)
	h.vitals(p.ID, event, whole)
	return p.ID
}

func (h *house) vitals(subject casebook.SubjectID, event string, whole bool) {
	h.t.Helper()
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "lin", Role: "coordinator", Location: "01"})
	v := func(group, item, value string) record.Value {
		return record.Value{Group: group, Repeat: "1", Item: item, Value: value}
	}
	values := []record.Value{v("IG.VS", "IT.SYS", "142")}
	if whole {
		values = append(values, v("IG.VS", "IT.VSDAT", "2026-03-02"), v("IG.VS", "IT.VSARM", "RIGHT"), v("IG.VS", "IT.DIA", "91"), v("IG.VS", "IT.PULSE", "72"),
			v("IG.BODY", "IT.HEIGHT", "170"), v("IG.BODY", "IT.WEIGHT", "70.5"))
	}
	saved, err := h.forms.Save(ctx, record.Save{Key: record.Key{Study: study, Subject: subject, Event: event, EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}, Expect: -1, Items: values})
	h.must(err)
	if whole != (saved.Form.State == "complete") {
		h.t.Fatalf("the form is %q", saved.Form.State)
	}
}

func (h *house) account(user casebook.UserID) (a account) {
	h.t.Helper()
	h.ask(user, "GET", "/sites/01/payments", "", 200, "", &a)
	return a
}

func TestWhatTheCasebooksSayIsEarnedAndStatedOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.subject("E.BL", true)
		h.subject("E.BL", false) // begun, and so not earned
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":0,`+rates, 200, "", nil)
		if a := h.account("zhou"); a.Due != "5833.83" || len(a.Lines) != 3 || a.Earned != a.Due || a.Stated != "0.00" {
			t.Fatalf("earned: %+v", a)
		}
		var a account
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", &a)
		if s := a.Statements[0]; s.Gross != "5833.83" || s.HeldBack != "583.38" || s.Net != "5250.45" || a.Due != "0.00" {
			t.Errorf("stated: %+v", a)
		}
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 409, "payment.waiting", nil)
		h.ask("jiang", "POST", "/payments/P-0001/approval", `{"version":1`+enter, 200, "", &a)
		if a.Paid != "5250.45" || a.HeldBack != "583.38" || a.Statements[0].Approved.Signer != "jiang" {
			t.Errorf("approved: %+v", a)
		}
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 409, "payment.nothing", nil)
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":1,"reason":"better rates",`+strings.Replace(rates, "800.50", "900", 1), 200, "", nil)
		if a := h.account("chen"); a.Due != "0.00" || a.Stated != "5833.83" {
			t.Errorf("what was stated changed with the rates: %+v", a)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestWhoPreparesAStatementDoesNotApproveIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.subject("E.BL", true)
		h.ask("jiang", "PUT", "/sites/01/rates", `{"version":0,`+rates, 200, "", nil)
		h.ask("jiang", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", nil)
		approve := `{"version":1` + enter
		h.ask("jiang", "POST", "/payments/P-0001/approval", approve, 403, "site.four_eyes", nil)
		h.ask("chen", "POST", "/payments/P-0001/approval", approve, 403, "auth.forbidden", nil)
		h.ask("tang", "POST", "/payments/P-0001/approval", approve, 403, "auth.forbidden", nil)
		h.ask("zhou", "POST", "/payments/P-0001/refusal", `{"version":1,"reason":"x"}`, 403, "auth.forbidden", nil)
		h.ask("jiang", "POST", "/payments/P-0001/refusal", `{"version":1,"reason":"x"}`, 403, "site.four_eyes", nil)
	})
}

func TestWhatIsHeldBackIsReleasedWhenTheSiteIsClosedAndFailuresArePaidUpToTheirCap(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "jiang", Role: "projectmanager", Location: "sponsor"})
		for range 2 {
			id := h.subject("E.SCR", false)
			h.must(h.ledger.Write(ctx, study, func(w *ledger.Writer) error {
				_, err := patient.SetStatus(ctx, w, id, patient.ScreenFailed, "blood pressure")
				return err
			}))
		}
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":0,`+rates, 200, "", nil)
		if a := h.account("chen"); a.Due != "5200.00" {
			t.Errorf("one failure of two: %+v", a)
		}
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", nil)
		h.ask("jiang", "POST", "/payments/P-0001/approval", `{"version":1`+enter, 200, "", nil)
		_, err := h.trials.SetSiteState(ctx, study, "01", trial.Closed, "the end")
		h.must(err)
		var a account
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", &a)
		if s := a.Statements[0]; s.Net != "520.00" || s.Lines[0].Kind != "release" || a.HeldBack != "0.00" {
			t.Errorf("released: %+v", a)
		}
	})
}

func TestAmountsAreExactAndWhatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		put := func(rates, code string) {
			t.Helper()
			h.ask("chen", "PUT", "/sites/01/rates", `{"version":0,`+rates+`}`, 400, code, nil)
		}
		put(`"currency":"XAU"`, "payment.currency currency")
		for _, amount := range []string{"1.005", "-1", "1e3", "1,000", "0x10", "1.", ".5", " 1", "9999999999999"} {
			put(`"currency":"CNY","startUp":"`+amount+`"`, "payment.amount startUp")
		}
		put(`"currency":"JPY","visits":{"E.BL":"1.5"}`, "payment.amount visits/E.BL")
		put(`"currency":"CNY","holdBack":10001`, "payment.hold_back holdBack")
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":0,"currency":"JPY","startUp":"10007","holdBack":1234}`, 200, "", nil)
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-04-02"}`, 400, "payment.until until", nil)
		var a account
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", &a)
		if s := a.Statements[0]; s.HeldBack != "1235" || s.Net != "8772" {
			t.Errorf("yen: %+v", s)
		}
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":1,"reason":"x","currency":"CNY"}`, 409, "payment.currency_fixed currency", nil)
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":1,"currency":"JPY"}`, 422, "site.reason_required reason", nil)
	})
}

func TestAStatementLeavesAsCSVAndXLSX(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.subject("E.BL", true)
		h.ask("chen", "PUT", "/sites/01/rates", `{"version":0,`+rates, 200, "", nil)
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", nil)
		_, text, _ := h.send("zhou", "GET", "/payments/P-0001/export?format=csv", "", nil)
		if !strings.HasPrefix(string(text), "\uFEFFstatement,site,kind") || !strings.Contains(string(text), "net,,,,,2026-03-02,5250.45,CNY") {
			t.Errorf("CSV: %s", text)
		}
		_, book, _ := h.send("zhou", "GET", "/payments/P-0001/export?format=xlsx", "", nil)
		f, err := excelize.OpenReader(bytes.NewReader(book))
		h.must(err)
		defer f.Close()
		rows, err := f.GetRows("Sheet1")
		h.must(err)
		if len(rows) != 7 || rows[6][8] != "5250.45" {
			t.Errorf("XLSX: %v", rows)
		}
		h.ask("zhou", "GET", "/payments/P-0001/export?format=pdf", "", 400, "payment.format format", nil)
		h.ask("lin", "GET", "/payments", "", 403, "auth.forbidden", nil)
	})
}

func TestWhatASubjectIsReimbursedIsPassedOnAsAWhole(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.subject("E.BL", true)
		h.subject("E.BL", false) // begun, and so nothing yet
		with := func(amount string) string { return `{"version":0,"allowances":{"E.BL":"` + amount + `"},` + rates }
		h.ask("chen", "PUT", "/sites/01/rates", with("-1"), 400, "payment.amount allowances/E.BL", nil)
		h.ask("chen", "PUT", "/sites/01/rates", with("120.40"), 200, "", nil)
		a := h.account("zhou")
		i := slices.IndexFunc(a.Lines, func(l struct{ Kind, Subject, Event, Amount string }) bool { return l.Kind == "allowance" })
		if a.Due != "5954.23" || len(a.Lines) != 4 || i < 0 || a.Lines[i].Amount != "120.40" || a.Lines[i].Event != "E.BL" || a.Lines[i].Subject == "" {
			t.Fatalf("earned: %+v", a)
		}
		h.ask("chen", "POST", "/sites/01/payments", `{"until":"2026-03-02"}`, 201, "", &a)
		if s := a.Statements[0]; s.Gross != "5954.23" || s.HeldBack != "583.38" || s.Net != "5370.85" { // a tenth of what is the site's
			t.Errorf("stated: %+v", s)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}
