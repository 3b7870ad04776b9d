package visit_test

import (
	"strings"
	"testing"
	"time"
)

type visited struct {
	ID, State, LateStep string
	Site                string
	Version             int64
	Late                int
	Next                []string
	Confirmation        *struct{ Text, Notice string }
	Receipts            map[string]struct{ Recipients, Read int }
	Report              *struct {
		Figures  struct{ Issues, Screened int }
		Findings []struct{ Issue string }
	}
	Signed, Reviewed *struct{ Signer, Meaning, Content string }
	Figures          *struct{ Signals []string }
}

const (
	draft = `{"kind":"routine","on":"2026-03-10","monitor":"chen","purpose":"source data"}`
	steps = "/monitoring-visits/MV-001/steps"
	sign  = `,"user":"x","password":"` + password + `"}`
)

// report is a whole report with one finding, as the step at a version.
func report(version, held string) string {
	items := []string{"CONSENT", "ELIGIBILITY", "SOURCE", "SAFETY", "PRODUCT", "SAMPLES", "DOCUMENTS", "DELEGATION", "FACILITIES"}
	for i, item := range items {
		items[i] = said(item, "yes")
	}
	return `{"version":` + version + `,"step":"report","report":{"held":"` + held + `","present":"Zhou Ning","summary":"All well but for the refrigerator","figures":{},"values":[` +
		strings.Join(items, ",") + `],"findings":[{"title":"Refrigerator log missing","severity":"major","owner":"lin","due":"2026-03-24"}]}}`
}

// said is one answer of the checklist.
func said(item, value string) string {
	return `{"group":"G","repeat":"1","item":"` + item + `","value":"` + value + `"}`
}

func TestAVisitGoesFromItsPlanToItsFollowUpLetterAndItsFindingsBecomeIssues(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		var v visited
		h.ask("chen", "POST", "/sites/01/monitoring-visits", draft, 201, "", &v)
		h.ask("chen", "POST", steps, `{"version":1,"step":"sign"`+sign, 409, "visit.unreported step", nil)
		h.ask("chen", "POST", steps, `{"version":1,"step":"confirm","text":"We come on 10 March."}`, 200, "", &v)
		h.ask("chen", "POST", steps, `{"version":1,"step":"confirm","text":"We come on 10 March."}`, 409, "visit.step_state step", nil)
		if got := h.posted.Load(); got != 1 {
			t.Errorf("%d letters are sent, want 1", got)
		}
		h.ask("chen", "POST", steps, report("1", "2026-03-02"), 412, "site.changed version", nil)
		h.ask("chen", "POST", steps, report("2", "2026-03-02"), 200, "", &v)
		h.ask("chen", "POST", steps, `{"version":3,"step":"sign","user":"x","password":"no"}`, 403, "auth.sign.failed", nil)
		h.ask("chen", "POST", steps, `{"version":3,"step":"sign"`+sign, 200, "", &v)
		if v.State != "reported" || v.Report.Findings[0].Issue != "I-0001" || v.Signed.Meaning != "authorship" || v.Report.Figures.Screened != 0 {
			t.Fatalf("signed as %+v", v)
		}
		var issues struct {
			Issues []struct{ ID, Kind, Title, Owner string }
		}
		h.ask("lin", "GET", "/issues", "", 200, "", &issues)
		if len(issues.Issues) != 1 || issues.Issues[0].Kind != "finding" || issues.Issues[0].Owner != "lin" {
			t.Errorf("the site's issues are %+v", issues)
		}
		h.ask("chen", "POST", steps, `{"version":4,"step":"review"`+sign, 403, "auth.forbidden", nil)
		h.ask("jiang", "POST", steps, `{"version":4,"step":"return","reason":"Say which log"}`, 200, "", &v)
		h.ask("chen", "POST", steps, strings.Replace(report("5", "2026-03-02"), `"due":"2026-03-24"`, `"due":"2026-03-24","issue":"I-0001"`, 1), 200, "", &v)
		h.ask("chen", "POST", steps, `{"version":6,"step":"sign"`+sign, 200, "", &v)
		h.ask("jiang", "POST", steps, `{"version":7,"step":"review"`+sign, 200, "", &v)
		h.ask("chen", "POST", steps, `{"version":8,"step":"follow","text":"Please complete the log."}`, 200, "", &v)
		if v.State != "closed" || v.Reviewed.Signer != "jiang" || len(v.Next) != 0 {
			t.Errorf("closed as %+v", v)
		}
		h.ask("lin", "GET", "/issues", "", 200, "", &issues)
		if len(issues.Issues) != 1 {
			t.Errorf("a finding became an issue twice: %+v", issues)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestNobodyReviewsTheirOwnReport(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.ask("jiang", "POST", "/sites/01/monitoring-visits", draft, 201, "", nil)
		h.ask("jiang", "POST", steps, report("1", "2026-03-02"), 200, "", nil)
		h.ask("jiang", "POST", steps, `{"version":2,"step":"sign"`+sign, 200, "", nil)
		h.ask("jiang", "POST", steps, `{"version":3,"step":"review"`+sign, 403, "site.four_eyes step", nil)
		h.ask("jiang", "POST", steps, `{"version":3,"step":"return","reason":"x"}`, 403, "site.four_eyes step", nil)
	})
}

func TestTheSiteSeesItsLettersAndTheSponsorItsReport(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.ask("lin", "POST", "/sites/01/monitoring-visits", draft, 403, "auth.forbidden", nil)
		h.ask("chen", "POST", "/sites/01/monitoring-visits", draft, 201, "", nil)
		h.ask("chen", "POST", steps, `{"version":0,"step":"confirm","text":"Too early"}`, 412, "site.changed version", nil)
		if got := h.posted.Load(); got != 0 {
			t.Errorf("%d letters are sent of a step that was refused", got)
		}
		h.ask("chen", "POST", steps, `{"version":1,"step":"confirm","text":"We come on 10 March."}`, 200, "", nil)
		h.ask("chen", "POST", steps, report("2", "2026-03-02"), 200, "", nil)
		var at, for_ visited
		h.ask("lin", "GET", "/monitoring-visits/MV-001", "", 200, "", &at)
		if at.Report != nil || at.Figures != nil || at.Confirmation == nil || len(at.Next) != 0 {
			t.Errorf("the site sees %+v", at)
		}
		h.ask("chen", "GET", "/monitoring-visits/MV-001", "", 200, "", &for_)
		if r := for_.Receipts["N-confirm"]; for_.Confirmation.Notice != "N-confirm" || r.Recipients != 2 || r.Read != 9 || len(at.Receipts) != 0 {
			t.Errorf("the letter's receipts are %+v, the site sees %+v", for_.Receipts, at.Receipts)
		}
		if for_.Report == nil || for_.Figures == nil || len(for_.Figures.Signals) != 1 {
			t.Errorf("the monitor sees %+v", for_)
		}
		h.ask("tang", "GET", "/monitoring-visits/MV-001", "", 404, "visit.unknown visit", nil)
		var list struct{ Visits []visited }
		h.ask("tang", "GET", "/monitoring-visits", "", 200, "", &list)
		if len(list.Visits) != 0 {
			t.Errorf("site 02 sees %+v", list)
		}
	})
}

func TestWhatIsWrongWithAVisitIsSaidAtItsPlace(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.ask("chen", "POST", "/sites/01/monitoring-visits", `{"kind":"fun","on":"2026-03-10","monitor":"chen"}`, 400, "visit.kind kind", nil)
		h.ask("chen", "POST", "/sites/01/monitoring-visits", `{"kind":"routine","monitor":"chen"}`, 400, "visit.day on", nil)
		h.ask("chen", "POST", "/sites/09/monitoring-visits", draft, 404, "site.unknown site", nil)
		h.ask("chen", "POST", "/sites/01/monitoring-visits", draft, 201, "", nil)
		h.ask("chen", "POST", steps, `{"version":1,"step":"dance"}`, 400, "visit.step step", nil)
		h.ask("chen", "POST", steps, `{"version":1,"step":"follow","text":"x"}`, 409, "visit.step_state step", nil)
		h.ask("chen", "POST", steps, `{"version":1,"step":"report"}`, 400, "site.text_missing report", nil)
		h.ask("chen", "POST", steps, strings.Replace(report("1", "2026-03-02"), `"CONSENT"`, `"CONTENTS"`, 1), 422, "record.item_unknown G/1/CONTENTS", nil)
		h.ask("chen", "POST", steps, strings.Replace(report("1", "2026-03-02"), said("CONSENT", "yes"), said("CONSENT", "perhaps"), 1), 422, "odm.value.code_list G/1/CONSENT", nil)
		h.ask("chen", "POST", steps, strings.Replace(report("1", "2026-03-02"), `"owner":"lin"`, `"owner":"lin","issue":"I-0007"`, 1), 400, "visit.issue report/findings/0", nil)
		h.ask("chen", "POST", steps, strings.Replace(report("1", "2026-03-02"), said("CONSENT", "yes")+",", "", 1), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":2,"step":"sign"`+sign, 422, "record.alone_incomplete /items", nil)
		h.ask("chen", "POST", steps, report("2", "2026-04-02"), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":3,"step":"sign"`+sign, 400, "visit.day report/held", nil)
		h.ask("chen", "POST", steps, strings.Replace(report("3", "2026-03-02"), `"major"`, `"awful"`, 1), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":4,"step":"sign"`+sign, 400, "site.severity severity", nil)
		h.ask("chen", "POST", steps, `{"version":4,"step":"cancel"}`, 400, "site.text_missing reason", nil)
		h.ask("chen", "POST", steps, `{"version":4,"step":"move","on":"2026-03-20","reason":"ill"}`, 200, "", nil)
	})
}

func TestWhatIsNotDoneInTimeIsOverdue(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.ask("chen", "POST", "/sites/01/monitoring-visits", draft, 201, "", nil)
		late := func(day, step string, days int) {
			t.Helper()
			at, err := time.Parse(time.DateOnly, day)
			h.must(err)
			h.clock.Set(at.Add(4 * time.Hour))
			secret, _, err := h.people.SignIn(t.Context(), "chen", password, "here", "")
			h.must(err)
			h.cookies["chen"] = "casebook_session=" + secret
			var list struct{ Visits []visited }
			h.ask("chen", "GET", "/monitoring-visits", "", 200, "", &list)
			if v := list.Visits[0]; v.LateStep != step || v.Late != days {
				t.Errorf("on %s: %s by %d days", day, v.LateStep, v.Late)
			}
		}
		late("2026-03-10", "", 0)
		late("2026-03-12", "visit", 2)
		h.ask("chen", "POST", steps, report("1", "2026-03-11"), 200, "", nil)
		late("2026-03-25", "", 0)
		late("2026-03-26", "report", 1)
		h.ask("chen", "POST", steps, `{"version":2,"step":"sign"`+sign, 200, "", nil)
		late("2026-04-10", "review", 2)
	})
}

// temperatures is a checklist with one question, a number that has its bounds.
const temperatures = `{"oid":"C","name":"C","eventRefs":[],"events":[],"forms":[{"oid":"F","name":"F","groups":[{"oid":"G","mandatory":true}]}],
	"groups":[{"oid":"G","name":"G","items":[{"oid":"FRIDGE","mandatory":true}]}],
	"items":[{"oid":"FRIDGE","name":"FRIDGE","dataType":"float","question":{"zh-CN":"冰箱最高温度","en":"Highest temperature"},
		"checks":[{"expressions":[{"context":"casebook","code":"FRIDGE <= 8"}],"message":{"zh-CN":"超过 8 ℃","en":"Above 8 °C"}}]}]}`

func TestTheStudyOfficeChoosesWhatIsLookedAtAndABegunReportKeepsIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const set = "/visit-checklists/routine"
		h.ask("chen", "PUT", set, `{"form":`+temperatures+`}`, 403, "auth.forbidden", nil)
		h.ask("lin", "GET", "/visit-checklists", "", 403, "auth.forbidden", nil)
		var all struct {
			Checklists []struct{ ID string }
		}
		if h.ask("chen", "GET", "/visit-checklists", "", 200, "", &all); len(all.Checklists) != 5 {
			t.Errorf("there are checklists for %+v", all)
		}
		h.ask("jiang", "PUT", "/visit-checklists/holiday", `{"form":`+temperatures+`}`, 400, "visit.kind kind", nil)
		h.ask("jiang", "PUT", set, `{"form":`+strings.Replace(temperatures, `"冰箱最高温度"`, `" "`, 1)+`}`, 422, "record.alone_text form/items/0/question/zh-CN", nil)
		h.ask("jiang", "PUT", set, `{"form":`+strings.Replace(temperatures, "FRIDGE <= 8", "FRIDGE <=", 1)+`}`, 422, "record.alone_rule form/ItemDef[FRIDGE]/RangeCheck[1]", nil)

		for range 2 { // one begins with the checklist that the study has without choosing, the other is only planned
			h.ask("chen", "POST", "/sites/01/monitoring-visits", draft, 201, "", nil)
		}
		h.ask("chen", "POST", steps, strings.Replace(report("1", "2026-03-02"), said("PRODUCT", "yes"), said("PRODUCT", "no"), 1), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":2,"step":"sign"`+sign, 422, "record.alone_incomplete /items", nil) // what was found is not said

		h.ask("jiang", "PUT", set, `{"form":`+temperatures+`}`, 200, "", nil)
		h.ask("jiang", "PUT", set, `{"version":1,"form":`+temperatures+`}`, 400, "site.text_missing reason", nil)
		h.ask("jiang", "PUT", set, `{"version":7,"form":`+temperatures+`,"reason":"shorter"}`, 412, "site.changed version", nil)

		note := said("PRODUCT", "no") + "," + said("PRODUCT.NOTE", "The log lacks two days")
		h.ask("chen", "POST", steps, strings.Replace(report("2", "2026-03-02"), said("PRODUCT", "yes"), note, 1), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":3,"step":"sign"`+sign, 200, "", nil)

		const other = "/monitoring-visits/MV-002/steps"
		warm := func(version, degrees string) string {
			return `{"version":` + version + `,"step":"report","report":{"held":"2026-03-02","present":"Zhou Ning","summary":"Short","figures":{},"values":[` + said("FRIDGE", degrees) + `]}}`
		}
		h.ask("chen", "POST", other, report("1", "2026-03-02"), 422, "record.item_unknown G/1/CONSENT", nil)
		h.ask("chen", "POST", other, warm("1", "12"), 200, "", nil)
		h.ask("chen", "POST", other, `{"version":2,"step":"sign"`+sign, 422, "record.alone_check G/1/FRIDGE", nil)
		h.ask("chen", "POST", other, warm("2", "6.5"), 200, "", nil)
		h.ask("chen", "POST", other, `{"version":3,"step":"sign"`+sign, 200, "", nil)
		var first, second struct {
			Checklist struct {
				Definition struct{ Items []struct{ OID string } }
			}
		}
		h.ask("jiang", "GET", "/monitoring-visits/MV-001", "", 200, "", &first)
		h.ask("jiang", "GET", "/monitoring-visits/MV-002", "", 200, "", &second)
		if a, b := len(first.Checklist.Definition.Items), len(second.Checklist.Definition.Items); a != 18 || b != 1 {
			t.Errorf("the reports answer %d and %d questions, want 18 and 1", a, b)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestASignalMakesSomebodyGo(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		cause := strings.Replace(draft, `"routine"`, `"forcause","signal":"S1"`, 1)
		h.ask("chen", "POST", "/sites/02/monitoring-visits", cause, 404, "monitor.signal.unknown signal", nil)
		h.ask("chen", "POST", "/sites/01/monitoring-visits", cause, 201, "", nil)
		var v struct{ Signal string }
		if h.ask("chen", "GET", "/monitoring-visits/MV-001", "", 200, "", &v); v.Signal != "S1" || h.caused.Load() != "MV-001" {
			t.Errorf("the visit names the signal %q, and the signal the visit %v", v.Signal, h.caused.Load())
		}
		h.ask("chen", "POST", steps, report("1", "2026-03-02"), 200, "", nil)
		h.ask("chen", "POST", steps, `{"version":2,"step":"sign"`+sign, 200, "", nil)
		var issues struct {
			Issues []struct{ Signal, Visit string }
		}
		if h.ask("chen", "GET", "/issues", "", 200, "", &issues); len(issues.Issues) != 1 || issues.Issues[0].Signal != "S1" || issues.Issues[0].Visit != "MV-001" {
			t.Errorf("what was found is linked to %+v", issues)
		}
	})
}
