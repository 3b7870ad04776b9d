package edc_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

type plannedVisit struct {
	Subject, Site, Event, Repeat, State, Target, From, Until, Day, Reason string
	Days                                                                  int
	Provisional                                                           bool
}

func (h *house) visits(user, query string) (all []plannedVisit) {
	h.t.Helper()
	var out struct{ Visits []plannedVisit }
	a := h.get(userID(user), studyPath+"/visits"+query)
	if a.status != 200 {
		h.t.Fatalf("visits%s: %d %s", query, a.status, a.text)
	}
	a.into(h.t, &out)
	return out.Visits
}

// signInAgain is for after a jump of the clock.
func (h *house) signInAgain() {
	h.t.Helper()
	for _, p := range staff {
		cookie, _, err := h.people.SignIn(h.t.Context(), string(p.user), password, "here", "")
		if err != nil {
			h.t.Fatal(err)
		}
		h.cookies[p.user] = cookie
	}
}

func states(all []plannedVisit) string {
	var text []string
	for _, v := range all {
		text = append(text, fmt.Sprintf("%s %s %s %d", v.Subject, v.Event, v.State, v.Days))
	}
	return strings.Join(text, "; ")
}

// 03-001 is screened and has a baseline, 03-002 is screened late, the others never came. What is due follows from that.
func TestVisitsAreDueFromWhatHasHappened(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		screening := strings.Replace(vitals, "E.BL", "E.SCR", 1)
		h.mustSave("linyue", screening, "", "", "IT.VSDAT 2026-03-02")
		h.mustSave("linyue", vitals, "", "", "IT.VSDAT 2026-03-12")
		h.mustSave("linyue", strings.Replace(screening, "03-001", "03-002", 1), "", "", "IT.VSDAT 2026-03-09")
		h.clock.Set(morning.Add(40 * 24 * time.Hour)) // 11 April at the sites
		h.signInAgain()
		if got, want := states(h.visits("chenrui", "")), "03-001 E.W4 due 0; 03-002 E.SCR late 4; 03-002 E.BL overdue 18; 03-003 E.SCR overdue 37; 07-001 E.SCR overdue 37"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if got, want := states(h.visits("linyue", "?state=overdue")), "03-002 E.BL overdue 18; 03-003 E.SCR overdue 37"; got != want {
			t.Errorf("site 03: %s", got)
		}
		if got := h.visits("xucheng", "?state=planned"); len(got) == 0 || !got[0].Provisional || got[0].Target != "2026-03-12" || got[0].Site != "07" {
			t.Errorf("planned at 07: %+v", got)
		}
		h.get("linyue", studyPath+"/visits?state=lost").refused(t, 400, "edc.visit_state")
		h.get("linyue", studyPath+"/visits?site=07").refused(t, 404, "trial.site_unknown")

		skip := studyPath + "/subjects/03-002/visits/E.BL/1/skip"
		h.ask("chenrui", http.MethodPost, skip, `{"skip":true,"reason":"moved"}`).refused(t, 403, "auth.forbidden")
		h.ask("xucheng", http.MethodPost, skip, `{"skip":true,"reason":"moved"}`).refused(t, 404, "patient.unknown")
		h.ask("linyue", http.MethodPost, skip, `{"skip":true,"reason":" "}`).refused(t, 422, "record.visit_reason")
		if a := h.ask("linyue", http.MethodPost, skip, `{"skip":true,"reason":"moved away"}`); a.status != 204 {
			t.Fatalf("skipped: %d %s", a.status, a.text)
		}
		if got := h.visits("chenrui", "?state=skipped"); len(got) != 1 || got[0].Reason != "moved away" {
			t.Errorf("skipped: %+v", got)
		}
		var m struct {
			Rows []struct {
				Subject string
				Visits  map[string]plannedVisit
			}
		}
		h.get("linyue", studyPath+"/matrix").into(t, &m)
		if r := m.Rows[1]; r.Visits["E.BL"].State != "skipped" || m.Rows[0].Visits["E.W4"].State != "due" || m.Rows[0].Visits["E.W4"].Until != "2026-04-12" || m.Rows[2].Visits["E.SCR"].State != "overdue" {
			t.Errorf("the matrix says %+v", m.Rows)
		}
		var book struct {
			Events []struct {
				Event string
				Plan  plannedVisit
			}
		}
		h.get("linyue", studyPath+"/subjects/03-001").into(t, &book)
		if e := book.Events[1]; e.Event != "E.BL" || e.Plan.State != "held" || e.Plan.Day != "2026-03-12" || e.Plan.Target != "2026-03-12" {
			t.Errorf("the casebook says %+v", e)
		}
		h.get("chenrui", studyPath+"/visits/export").refused(t, 403, "auth.forbidden")
		if a := h.get("zhouning", studyPath+"/visits/export?state=skipped"); a.status != 200 || !strings.Contains(a.text, "HTN-24,03,03-002,E.BL,1,Baseline,skipped,2026-03-19") || !strings.Contains(a.text, "moved away") {
			t.Errorf("exported: %d %s", a.status, a.text)
		}
		h.dailyReport()
	})
}

type dailySite struct {
	Site                                  string
	Subjects, Called, Open, Answered      int
	Missing, Partial, Overdue, Unverified struct{ N, Oldest int }
	Entry, SDV                            struct{ N, Median, P90 int }
	Ages                                  [4]int
}

// dailyReport checks what the report says of the visits that stand on 11 April: what is missing of visits that were held or
// are overdue, how long entry and verification took, and that each figure is its list.
func (h *house) dailyReport() {
	h.t.Helper()
	h.mustSave("linyue", strings.Replace(vitals, "E.BL", "E.W4", 1), "", "", "IT.VSDAT 2026-04-08", "IT.SYS 234") // three days ago, and a query
	h.ask("chenrui", http.MethodPost, vitals+"/reviews", `{"kind":"sdv","version":1}`).ok(h.t)
	var out struct {
		Sites []dailySite
		Total dailySite
	}
	h.get("chenrui", studyPath+"/daily").into(h.t, &out)
	got := func(d dailySite) string {
		return fmt.Sprint(d.Site, " subjects ", d.Subjects, " missing ", d.Missing, " of ", d.Called, " partial ", d.Partial.N, " overdue ", d.Overdue, " unverified ", d.Unverified.N,
			" queries ", d.Open, d.Answered, d.Ages, " entry ", d.Entry, " sdv ", d.SDV)
	}
	for i, want := range []string{
		"03 subjects 3 missing {21 40} of 25 partial 4 overdue {1 37} unverified 3 queries 1 0 [1 0 0 0] entry {2 0 3} sdv {1 40 40}",
		"07 subjects 1 missing {7 37} of 7 partial 0 overdue {1 37} unverified 0 queries 0 0 [0 0 0 0] entry {0 0 0} sdv {0 0 0}",
	} {
		if len(out.Sites) != 2 || got(out.Sites[i]) != want {
			h.t.Errorf("got  %+v\nwant %s", out.Sites, want)
		}
	}
	if out.Total.Missing.N != 28 || out.Total.Subjects != 4 || out.Total.Entry.P90 != 3 {
		h.t.Errorf("all sites: %s", got(out.Total))
	}
	var own struct{ Sites []dailySite }
	if h.get("xucheng", studyPath+"/daily").into(h.t, &own); len(own.Sites) != 1 || own.Sites[0].Site != "07" {
		h.t.Errorf("a coordinator of site 07 sees %+v", own)
	}
	var list struct {
		Pages []struct {
			Subject, Event, Form, Since string
			Days                        int
		}
	}
	for kind, n := range map[string]int{"missing": 28, "partial": 4, "overdue": 2, "unverified": 3} {
		if h.get("chenrui", studyPath+"/daily/pages?kind="+kind).into(h.t, &list); len(list.Pages) != n {
			h.t.Errorf("%s: %d listed, %d counted", kind, len(list.Pages), n)
		}
	}
	h.get("chenrui", studyPath+"/daily/pages?kind=lost").refused(h.t, 400, "edc.daily_kind")
	h.get("chenrui", studyPath+"/daily/export").refused(h.t, 403, "auth.forbidden")
	if a := h.get("zhouning", studyPath+"/daily/export").ok(h.t); !strings.Contains(a.text, "HTN-24,03,3,25,21,40,4,1,37,1,0,1,0,0,0,") || strings.Contains(a.text, "HTN-24,07") {
		h.t.Errorf("figures: %s", a.text)
	}
	if a := h.get("zhouning", studyPath+"/daily/export?kind=missing").ok(h.t); strings.Count(a.text, "\n") != 22 || !strings.Contains(a.text, "HTN-24,03,03-001,E.SCR,1,Screening,F.DM,1,Demography,2026-03-02,40") {
		h.t.Errorf("missing: %s", a.text)
	}
}
