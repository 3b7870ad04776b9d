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
	})
}
