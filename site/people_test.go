package site_test

import (
	"strings"
	"testing"

	"casebook/auth"
	"casebook/trial"
)

type kept struct {
	ID      string
	Version int64
	Name    map[string]string
	User    string
	Signed  *struct{ Signer, Name, Meaning, Content string }
	Ended   *struct{ By, Reason string }
	Lacks   map[string][]string
}

type team struct {
	People, Delegations []kept
	Warnings            []struct {
		Paper string
		Days  int
	}
	Profile struct{ Version int64 }
	Signer  bool
}

const at01 = "/studies/HTN-24/sites/01"

func (tm team) person(name string) kept {
	for _, p := range tm.People {
		if p.Name["en"] == name {
			return p
		}
	}
	return kept{}
}

// staffed gives site 01 its principal investigator Zhou and the coordinator Xu, who has not been trained.
func (h *house) staffed() (tm team) {
	h.t.Helper()
	h.must(h.people.CreatePerson(h.operator(), auth.NewPerson{User: "xu", Name: "xu", Locale: "en", Password: password}))
	h.good("mei", "POST", at01+"/people", `{"name":{"en":"Zhou Ning","zh-CN":"周宁"},"user":"zhou","title":"physician","papers":[{"kind":"gcp","number":"G-1","issued":"2024-04-01","expires":"2026-04-20"}],"trainings":[{"code":"protocol","on":"2026-02-01"}]}`, nil)
	h.good("mei", "POST", at01+"/people", `{"name":{"en":"Xu Cheng"},"user":"xu","papers":[{"kind":"licence","issued":"2020-01-01","expires":"2026-02-20"},{"kind":"cv"}]}`, &tm)
	h.good("mei", "PUT", at01+"/profile", `{"version":0,"institution":{"en":"Qinghe Central Hospital","zh-CN":"青禾中心医院"},"code":"12100000400000000X","departments":["Cardiology"],"contacts":[{"name":"Mei","role":"office","phone":"+86 10 5550 0103"}],"investigator":"`+tm.person("Zhou Ning").ID+`"}`, &tm)
	return tm
}

func (h *house) charge(person string) (body string) {
	return `{"person":"` + person + `","role":"coordinator","tasks":["enters data"],"from":"2026-03-02"}`
}

func TestNobodyIsChargedWithWhatTheyAreNotTrainedFor(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		tm := h.staffed()
		xu := tm.person("Xu Cheng")
		if got := strings.Join(xu.Lacks["coordinator"], " "); got != "gcp protocol edc" {
			t.Errorf("Xu lacks %q", got)
		}
		h.refused("lin", "POST", at01+"/delegations", h.charge(xu.ID), 409, "site.training_missing person")
		put := func(papers string) {
			t.Helper()
			h.good("lin", "PUT", at01+"/people/"+xu.ID, `{"version":`+itoa(xu.Version)+`,"name":{"en":"Xu Cheng"},"user":"xu","papers":[`+papers+`],"trainings":[{"code":"protocol","on":"2026-02-01"},{"code":"edc","on":"2026-02-01"}]}`, &tm)
			xu = tm.person("Xu Cheng")
		}
		put(`{"kind":"gcp","issued":"2022-01-01","expires":"2026-03-01"}`) // yesterday
		h.refused("lin", "POST", at01+"/delegations", h.charge(xu.ID), 409, "site.training_missing person")
		put(`{"kind":"gcp","issued":"2022-01-01","expires":"2026-03-02"}`)
		h.good("lin", "POST", at01+"/delegations", h.charge(xu.ID), &tm)
		put(`{"kind":"gcp","issued":"2022-01-01","expires":"2026-03-01"}`) // the gate is asked again by the signature
		h.refused("zhou", "POST", at01+"/delegations/"+tm.Delegations[0].ID+"/signature", `{"user":"zhou","password":"`+password+`"}`, 409, "site.training_missing person")
	})
}

func TestTheSignatureOfThePrincipalInvestigatorGivesTheRoleAndItsEndTakesItAway(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		tm := h.staffed()
		h.good("jiang", "PUT", "/studies/HTN-24/trainings", `{"version":0,"roles":{"coordinator":[]},"reason":"shown elsewhere"}`, nil)
		h.good("lin", "POST", at01+"/delegations", h.charge(tm.person("Xu Cheng").ID), &tm)
		line := at01 + "/delegations/" + tm.Delegations[0].ID
		h.refused("xu", "GET", at01+"/team", "", 404, "trial.unknown study")
		h.refused("lin", "POST", line+"/signature", `{"user":"lin","password":"`+password+`"}`, 403, "auth.forbidden")
		h.refused("zhou", "POST", line+"/signature", `{"password":"`+password+`"}`, 422, "auth.sign.both user")
		h.refused("zhou", "POST", line+"/signature", `{"user":"zhou","password":"another password"}`, 422, "auth.sign.failed password")
		h.refused("xu", "GET", at01+"/team", "", 404, "trial.unknown study")
		h.good("zhou", "POST", line+"/signature", `{"user":"zhou","password":"`+password+`"}`, &tm)
		if s := tm.Delegations[0].Signed; s == nil || s.Signer != "zhou" || s.Meaning != "delegation" || len(s.Content) != 64 || !tm.Signer {
			t.Errorf("the signature says %+v", s)
		}
		h.good("xu", "GET", at01+"/team", "", nil)
		h.refused("zhou", "POST", line+"/signature", `{"user":"zhou","password":"`+password+`"}`, 409, "site.delegation_signed delegation")
		h.refused("lin", "POST", at01+"/delegations", h.charge(tm.person("Xu Cheng").ID), 409, "site.delegated role")
		h.refused("zhou", "POST", line+"/end", `{"reason":""}`, 422, "site.reason_required reason")
		h.good("zhou", "POST", line+"/end", `{"reason":"left the hospital"}`, &tm)
		h.refused("xu", "GET", at01+"/team", "", 404, "trial.unknown study")
		h.refused("zhou", "POST", line+"/end", `{"reason":"again"}`, 409, "site.delegation_ended delegation")
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestASubInvestigatorDoesNotSignDelegations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		tm := h.staffed()
		h.good("jiang", "PUT", "/studies/HTN-24/trainings", `{"version":0,"roles":{},"reason":"none"}`, nil)
		h.good("lin", "POST", at01+"/delegations", h.charge(tm.person("Xu Cheng").ID), &tm)
		h.as("sun")
		h.must(h.people.GrantRole(h.operator(), "sun", auth.Grant{Study: study, Site: "01", Role: auth.Investigator}))
		h.refused("sun", "POST", at01+"/delegations/"+tm.Delegations[0].ID+"/signature", `{"user":"sun","password":"`+password+`"}`, 409, "site.not_investigator")
		h.refused("sun", "POST", at01+"/delegations/"+tm.Delegations[0].ID+"/end", `{"reason":"mine"}`, 409, "site.not_investigator")
	})
}

// A crash between the two transactions leaves a signed line without its role; signing again says that it is signed, and
// makes the role good.
func TestSigningAgainMakesGoodWhatACrashLeft(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		tm := h.staffed()
		h.good("jiang", "PUT", "/studies/HTN-24/trainings", `{"version":0,"roles":{},"reason":"none"}`, nil)
		h.good("lin", "POST", at01+"/delegations", h.charge(tm.person("Xu Cheng").ID), &tm)
		line := at01 + "/delegations/" + tm.Delegations[0].ID
		h.good("zhou", "POST", line+"/signature", `{"user":"zhou","password":"`+password+`"}`, &tm)
		h.must(h.people.WithdrawRole(h.operator(), "xu", auth.Grant{Study: study, Site: "01", Role: auth.Coordinator}, "as if it had never come"))
		h.refused("xu", "GET", at01+"/team", "", 404, "trial.unknown study")
		h.refused("zhou", "POST", line+"/signature", `{"user":"zhou","password":"`+password+`"}`, 409, "site.delegation_signed delegation")
		h.good("xu", "GET", at01+"/team", "", nil)
	})
}

func TestPapersThatHaveExpiredOrSoonWillComeFirst(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		tm := h.staffed()
		if len(tm.Warnings) != 2 || tm.Warnings[0].Paper != "licence" || tm.Warnings[0].Days != -10 || tm.Warnings[1].Paper != "gcp" || tm.Warnings[1].Days != 49 {
			t.Errorf("the warnings are %+v", tm.Warnings)
		}
		zhou := tm.person("Zhou Ning")
		h.good("mei", "PUT", at01+"/people/"+zhou.ID, `{"version":1,"name":{"en":"Zhou Ning"},"user":"zhou","papers":[{"kind":"gcp","issued":"2024-04-01","expires":"2026-04-20"},{"kind":"gcp","issued":"2026-03-01","expires":"2029-03-01"}]}`, &tm)
		if len(tm.Warnings) != 1 {
			t.Errorf("a certificate that was renewed still warns: %+v", tm.Warnings)
		}
	})
}

func TestPeopleAndInstitutionsAreRefusedWithThePlaceOfTheFault(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		for body, code := range map[string]string{
			`{"name":{}}`: "site.text_missing /name",
			`{"name":{"en":"Z"},"papers":[{"kind":"cv"},{"kind":"passport"}]}`:                           "site.paper_kind /papers/1/kind",
			`{"name":{"en":"Z"},"papers":[{"kind":"gcp","issued":"2026-02-01","expires":"2026-02-01"}]}`: "site.paper_dates /papers/0/expires",
			`{"name":{"en":"Z"},"trainings":[{"code":"Protocol","on":"2026-01-01"}]}`:                    "site.training /trainings/0",
			`{"name":{"en":"Z"},"title":"` + strings.Repeat("x", 301) + `"}`:                             "site.text_long /title",
		} {
			h.refused("mei", "POST", at01+"/people", body, 400, code)
		}
		h.refused("mei", "PUT", at01+"/profile", `{"version":0,"institution":{"en":"Q"},"code":"123"}`, 400, "site.institution_code /code")
		h.refused("mei", "PUT", at01+"/profile", `{"version":0,"institution":{"en":"Q"},"investigator":"nobody"}`, 422, "site.person_unknown person")
		h.refused("tang", "POST", at01+"/people", `{"name":{"en":"Z"}}`, 404, "site.unknown site")
	})
}

func itoa(n int64) string { return string(rune('0' + n)) }

func TestTheOfficeSeesEveryProjectOfItsHospitalAcrossSponsors(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.staffed()
		h.good("mei", "PUT", office, `{"version":0,"start":"2026-01-05"}`, nil)
		h.secondSponsor()
		var register struct {
			Projects []struct {
				Study, Site       string
				Done, Of, Overdue int
				Institution       map[string]string
				Next              *struct{ ID string }
			}
			Investigators []struct {
				Name     map[string]string
				Projects int
			}
		}
		h.good("mei", "GET", "/projects", "", &register)
		if len(register.Projects) != 2 || register.Projects[0].Study != "HTN-24" || register.Projects[0].Overdue == 0 || register.Projects[0].Next == nil || register.Projects[1].Study != "ONC-7" {
			t.Fatalf("the register is %+v", register.Projects)
		}
		if len(register.Investigators) != 1 || register.Investigators[0].Projects != 1 {
			t.Errorf("the investigators' load is %+v", register.Investigators)
		}
		h.good("tang", "GET", "/projects", "", &register)
		if len(register.Projects) != 1 || register.Projects[0].Site != "02" {
			t.Errorf("who works at one site sees %+v", register.Projects)
		}
	})
}

// secondSponsor is another study at the same hospital.
func (h *house) secondSponsor() {
	h.t.Helper()
	_, err := h.trials.Create(h.operator(), trial.Trial{ID: "ONC-7", Name: "ONC-7", Environment: trial.Training})
	h.must(err)
	_, err = h.trials.AddSite(h.operator(), "ONC-7", trial.Site{ID: "11", Name: map[string]string{"en": "Qinghe"}, Zone: "Asia/Shanghai"})
	h.must(err)
	h.must(h.people.GrantRole(h.operator(), "mei", auth.Grant{Study: "ONC-7", Site: "11", Role: auth.Office}))
}
