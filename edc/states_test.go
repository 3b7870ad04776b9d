package edc_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/record"
)

const password = "quiet-otters-swim-upstream"

func (h *house) post(user casebook.UserID, path, body string) answer {
	return h.ask(user, http.MethodPost, studyPath+path, body)
}

// complete fills the consent form of 03-001.
func (h *house) complete() { h.consents("03-001") }

func (h *house) consents(subject string) {
	h.t.Helper()
	a := h.ask("linyue", http.MethodPatch, consentOf(subject), `{"items":[
		{"group":"IG.ICF","repeat":"1","item":"IT.ICFYN","value":"Y"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFDAT","value":"2026-03-02"},
		{"group":"IG.ICF","repeat":"1","item":"IT.ICFTIM","value":"09:00"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFVER","value":"2.0"},
		{"group":"IG.ICF","repeat":"1","item":"IT.ICFCOPY","value":"Y"}]}`, "If-None-Match", "*")
	if a.status != 200 {
		h.t.Fatalf("consent: %s", a.text)
	}
}

func (h *house) change(value string) answer { return h.changes("03-001", value) }

func (h *house) changes(subject, value string) answer {
	form := consentOf(subject)
	return h.ask("linyue", http.MethodPatch, form, fmt.Sprintf(`{"reason":"typing error","items":[{"group":"IG.ICF","repeat":"1","item":"IT.ICFTIM","value":%q}]}`, value), "If-Match", h.get("linyue", form).header.Get("ETag"))
}

var consent = consentOf("03-001")

func consentOf(subject string) string {
	return studyPath + "/subjects/" + subject + "/forms/E.SCR/1/F.ICF/1"
}

func (h *house) sign(user casebook.UserID, name, secret, more string) answer {
	return h.post(user, "/signatures", fmt.Sprintf(`{"user":%q,"password":%q,"meaning":"approval","zone":"Asia/Shanghai","parts":[{"subject":"03-001","scope":""%s}]}`, name, secret, more))
}

func TestASignatureIsTheInvestigatorsOwn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.complete()
		h.seal()
		before := h.entries()
		h.sign("linyue", "linyue", password, "").refused(t, 403, "auth.forbidden")
		h.sign("hexiao", "hexiao", password, "").refused(t, 403, "auth.forbidden")
		h.sign("zhouning", "", password, "").refused(t, 422, "auth.sign.both")
		h.sign("zhouning", "zhouning", "wrong", "").refused(t, 422, "auth.sign.failed")
		h.sign("zhouning", "linyue", password, "").refused(t, 422, "auth.sign.failed")
		h.sign("zhouning", "zhouning", password, `,"expect":"00"`).refused(t, 412, "record.sign_changed")
		if h.entries() != before {
			t.Error("a refused signature left an entry in the study")
		}
		var out struct {
			Signatures []struct {
				ID, Name, Meaning, Zone, Content string
				At                               time.Time
				Says                             map[string]string
				Holds                            bool
			}
		}
		signed := h.sign("zhouning", "ZhouNing ", password, "")
		signed.into(t, &out)
		if signed.status != 201 || len(out.Signatures) != 1 || out.Signatures[0].Name != "Zhou Ning 周宁" || out.Signatures[0].Zone != "Asia/Shanghai" || out.Signatures[0].Says["en"] == "" {
			t.Fatalf("signed: %d %s", signed.status, signed.text)
		}
		first := out.Signatures[0]
		h.change("09:30")
		h.get("zhouning", studyPath+"/subjects/03-001/standings").into(t, &out)
		if len(out.Signatures) != 1 || out.Signatures[0].Holds {
			t.Errorf("after a change: %+v", out.Signatures)
		}
		var diff struct {
			Differences []struct{ Item, Old, New, ByName, Reason string }
		}
		h.get("zhouning", studyPath+"/subjects/03-001/diff?from=signature:"+first.ID).into(t, &diff)
		if len(diff.Differences) != 1 || diff.Differences[0].Old != "09:00" || diff.Differences[0].New != "09:30" || diff.Differences[0].Reason != "typing error" {
			t.Errorf("changed since the signature: %+v", diff.Differences)
		}
		var past struct {
			Forms []struct {
				Form  string
				Items []struct{ Item, Value string }
			}
		}
		h.get("chenrui", studyPath+"/subjects/03-001/past?at=signature:"+first.ID).into(t, &past)
		if !strings.Contains(fmt.Sprint(past.Forms), "{IT.ICFTIM 09:00}") {
			t.Errorf("what was signed: %+v", past.Forms)
		}
		h.get("chenrui", studyPath+"/subjects/03-001/past?at=signature:none").refused(t, 404, "record.signature_unknown")
		if again := h.sign("zhouning", "", password, ""); again.status != 201 { // within the series the password is enough
			t.Errorf("signed again: %d %s", again.status, again.text)
		}
		h.clock.Add(time.Hour)
		h.change("09:00")
		h.sign("zhouning", "", password, "").refused(t, 422, "auth.sign.both")
		var list struct {
			Casebooks []struct {
				Subject, State string
				Forms          int
			}
		}
		h.get("zhouning", studyPath+"/signing").into(t, &list)
		if len(list.Casebooks) != 3 || list.Casebooks[0].State != "void" || list.Casebooks[1].State != "never" {
			t.Errorf("to sign: %+v", list.Casebooks)
		}
	})
}

// signing are the casebooks that wait for the investigator: what each holds, by subject, and how its signature stands.
func (h *house) signing() (contents, states map[string]string) {
	h.t.Helper()
	var list struct {
		Casebooks []struct{ Subject, Content, State string }
	}
	h.get("zhouning", studyPath+"/signing").ok(h.t).into(h.t, &list)
	contents, states = map[string]string{}, map[string]string{}
	for _, c := range list.Casebooks {
		contents[c.Subject], states[c.Subject] = c.Content, c.State
	}
	return contents, states
}

// Who signs several casebooks signs what was seen of each. Where one of them is another by then, none is signed, and the answer names it.
func TestSeveralCasebooksAreSignedTogetherAsTheyWereSeen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		subjects := []string{"03-001", "03-002", "03-003"}
		for _, s := range subjects {
			h.consents(s)
		}
		h.seal()
		sign := func(seen map[string]string, subjects ...string) answer {
			var parts []string
			for _, s := range subjects {
				parts = append(parts, fmt.Sprintf(`{"subject":%q,"scope":"","expect":%q}`, s, seen[s]))
			}
			return h.post("zhouning", "/signatures", `{"user":"zhouning","password":"`+password+`","meaning":"approval","zone":"Asia/Shanghai","parts":[`+strings.Join(parts, ",")+`]}`)
		}
		stand := func(want string) {
			t.Helper()
			_, states := h.signing()
			if got := states["03-001"] + " " + states["03-002"] + " " + states["03-003"]; got != want {
				t.Errorf("the signatures stand %s, want %s", got, want)
			}
		}
		seen, _ := h.signing()
		h.changes("03-002", "09:30").ok(t)
		h.seal()
		before := h.entries()
		if p := sign(seen, subjects...).refused(t, 412, "record.sign_changed"); !strings.Contains(fmt.Sprint(p), "03-002") {
			t.Errorf("the refusal names no casebook: %+v", p)
		}
		if stand("never never never"); h.entries() != before {
			t.Error("signatures that were refused together left an entry")
		}
		sign(seen, "03-001", "03-003").ok(t) // the others, as they were seen
		stand("holds never holds")
		seen, _ = h.signing()
		sign(seen, subjects...).ok(t)
		stand("holds holds holds")
		h.changes("03-002", "09:45").ok(t)
		stand("holds void holds")
		sign(map[string]string{}, "03-002").ok(t) // the control: who does not say what was seen signs whatever is there
		h.seal()
		h.intact()
	})
}

// Ten wrong passwords at the signature lock the account for a while, as at sign-in, and nobody else's.
func TestGuessingAtTheSignatureIsThrottled(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.complete()
		for range 10 {
			h.sign("zhouning", "zhouning", "wrong", "")
			h.clock.Add(time.Second)
		}
		h.sign("zhouning", "zhouning", password, "").refused(t, 429, "auth.throttled")
	})
}

func TestFreezingAndLockingOverHTTP(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.complete()
		stage := func(user casebook.UserID, step, subject, scope, reason string) answer {
			return h.post(user, "/stages", fmt.Sprintf(`{"step":%q,"reason":%q,"parts":[{"subject":%q,"scope":%q}]}`, step, reason, subject, scope))
		}
		stage("linyue", "freeze", "03-001", "", "").refused(t, 403, "auth.forbidden")
		stage("chenrui", "freeze", "03-999", "", "").refused(t, 404, "patient.unknown")
		stage("chenrui", "freeze", "03-001", "E.NONE/1", "").refused(t, 404, "record.scope_unknown")
		stage("chenrui", "lock", "03-001", "", "").refused(t, 403, "auth.forbidden")
		stage("hexiao", "lock", "03-001", "", "").refused(t, 409, "record.stage_step")
		if a := stage("chenrui", "freeze", "03-001", "E.SCR/1/F.ICF/1", ""); a.status != 200 {
			t.Fatalf("freezing: %s", a.text)
		}
		if p := h.change("10:00").refused(t, 409, "record.frozen"); p.Place != "IG.ICF/1/IT.ICFTIM" {
			t.Errorf("entry into a frozen form is refused at %q", p.Place)
		}
		stage("chenrui", "unfreeze", "03-001", "E.SCR/1/F.ICF/1", "").refused(t, 422, "record.stage_reason")
		before := h.entries()
		h.post("hexiao", "/stages", `{"step":"freeze","parts":[{"subject":"03-002","scope":""},{"subject":"03-001","scope":"E.SCR/1/F.ICF/1"}]}`).refused(t, 409, "record.stage_step")
		if h.entries() != before {
			t.Error("half of a bulk was done")
		}
		var closures struct {
			Closures []struct{ Subject, Scope, Stage string }
		}
		h.get("linyue", studyPath+"/closures").into(t, &closures)
		if len(closures.Closures) != 1 || closures.Closures[0].Stage != "frozen" {
			t.Errorf("closures: %+v", closures)
		}
		h.get("xucheng", studyPath+"/closures").into(t, &closures)
		if len(closures.Closures) != 0 {
			t.Errorf("site 07 sees %+v", closures)
		}
		stage("hexiao", "freeze", "", "", "")
		if p := h.save("xucheng", strings.Replace(vitals, "03-001", "07-001", 1), "", "", "IT.SYS 120").refused(t, 409, "record.frozen"); p.Place == "" {
			t.Error("no place")
		}
		stage("hexiao", "lock", "", "", "").refused(t, 409, "record.lock_casebooks")
	})
}

func TestTheWorkListOfVerification(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.complete()
		var work struct {
			Work []struct {
				Subject, Form           string
				Required, Need, Changed int
				May                     bool
			}
		}
		list := func(user casebook.UserID) int {
			h.get(user, studyPath+"/reviews?kind=sdv").into(t, &work)
			return len(work.Work)
		}
		if list("chenrui") != 1 || work.Work[0].Need != 5 || !work.Work[0].May {
			t.Fatalf("the monitor's list: %+v", work)
		}
		if list("linyue") != 1 || work.Work[0].May || list("xucheng") != 0 {
			t.Errorf("the sites' lists: %+v", work)
		}
		tick := func(user casebook.UserID, body string) answer {
			return h.ask(user, http.MethodPost, consent+"/reviews", body)
		}
		tick("linyue", `{"kind":"sdv","version":1}`).refused(t, 403, "auth.forbidden")
		tick("hexiao", `{"kind":"sdv","version":1}`).refused(t, 403, "edc.review_role")
		tick("chenrui", `{"kind":"taste","version":1}`).refused(t, 422, "record.review_kind")
		var one struct {
			Reviews []struct {
				Kind  string
				Need  int
				Marks []struct{ Item, State, ByName string }
			}
		}
		tick("chenrui", `{"kind":"sdv","version":1,"items":[{"group":"IG.ICF","repeat":"1","item":"IT.ICFVER"}]}`).into(t, &one)
		if one.Reviews[0].Need != 4 {
			t.Errorf("after a tick: %+v", one.Reviews[0])
		}
		tick("chenrui", `{"kind":"sdv","version":1}`).into(t, &one)
		if one.Reviews[0].Need != 0 || list("chenrui") != 0 {
			t.Errorf("after all ticks: %+v", one.Reviews[0])
		}
		h.change("09:30")
		tick("chenrui", `{"kind":"sdv","version":1}`).refused(t, 412, "record.review_changed")
		if list("chenrui") != 1 || work.Work[0].Changed != 1 {
			t.Errorf("changed since verified: %+v", work)
		}
		h.get("chenrui", studyPath+"/reviews?kind=none").refused(t, 400, "record.review_kind")
		put := func(user casebook.UserID, body string) answer {
			return h.ask(user, http.MethodPut, studyPath+"/plan", body)
		}
		put("chenrui", `{"plan":{"sample":0}}`).refused(t, 403, "auth.forbidden")
		put("hexiao", `{"plan":{"sample":0,"forms":["F.NONE"]}}`).refused(t, 422, "record.form_unknown")
		if a := put("hexiao", `{"plan":{"sample":0,"items":["IT.ICFDAT"]},"reason":"by risk"}`); a.status != 200 || list("chenrui") != 0 {
			t.Errorf("a plan without this item: %s %+v", a.text, work)
		}
		put("hexiao", `{"plan":{"sample":100},"reason":"all","number":0}`).refused(t, 412, "record.plan_other")
		var plan struct {
			Number int64          `json:"number"`
			Drawn  []record.Drawn `json:"drawn"`
		}
		put("hexiao", `{"plan":{"sample":0,"sites":{"03":100}},"reason":"by risk","number":1}`)
		h.get("chenrui", studyPath+"/plan").into(t, &plan)
		if d := plan.Drawn; plan.Number != 2 || len(d) == 0 || !slices.ContainsFunc(d, func(d record.Drawn) bool { return d.Site == "03" && d.Sampled == d.Subjects && d.Subjects > 0 }) ||
			slices.ContainsFunc(d, func(d record.Drawn) bool { return d.Site != "03" && d.Sampled > 0 }) {
			t.Errorf("what the plan draws: %+v", plan)
		}
	})
}

func TestTheListOfQueriesAsItWas(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		a := h.raised("chenrui", `"text":"a"`)
		h.seal()
		then := h.clock.Now().Add(30 * time.Second)
		h.step("chenrui", "close", "", a)
		h.raised("chenrui", `"text":"b"`)
		h.seal()
		var list queryList
		h.get("chenrui", queriesPath+"/past?at="+url.QueryEscape(then.Format(time.RFC3339))).into(t, &list)
		if len(list.Queries) != 1 || list.Queries[0].ID != a || list.Queries[0].State != "Open" {
			t.Errorf("as it was: %+v", list.Queries)
		}
		h.get("chenrui", queriesPath+"/past").refused(t, 400, "edc.as_of")
	})
}
