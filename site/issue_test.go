package site_test

import (
	"testing"
	"time"

	"casebook/patient"
)

type issue struct {
	ID, State        string
	Version          int64
	Late, Escalation int
	Next             []string
}

const steps = "/studies/HTN-24/issues/I-0001/steps"

func TestAnIssueGoesItsWayToAnEffectThatSomebodyElseHasSeen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01"})
		h.must(err)
		h.good("mei", "PUT", office, `{"version":0,"start":"2026-01-05"}`, nil)
		var i issue
		h.good("chen", "POST", at01+"/issues", `{"kind":"deviation","severity":"major","title":"Visit out of its window","owner":"lin","due":"2026-03-20","subject":"`+string(s.ID)+`","signal":"S-1","milestone":"hospital-office/review"}`, &i)
		if i.ID != "I-0001" || i.State != "open" || len(i.Next) == 0 {
			t.Fatalf("it opens as %+v", i)
		}
		h.refused("lin", "POST", steps, `{"version":1,"step":"done"}`, 409, "site.step_state step")
		h.refused("lin", "POST", steps, `{"version":1,"step":"analyse"}`, 400, "site.text_missing rootCause")
		h.refused("lin", "POST", steps, `{"version":1,"step":"dance"}`, 400, "site.step step")
		h.good("lin", "POST", steps, `{"version":1,"step":"analyse","rootCause":"The calendar was read wrongly"}`, &i)
		h.refused("lin", "POST", steps, `{"version":2,"step":"act","corrective":"Told the patient"}`, 400, "site.text_missing preventive")
		h.good("lin", "POST", steps, `{"version":2,"step":"act","corrective":"Told the patient","preventive":"Reminders three days before"}`, &i)
		h.refused("lin", "POST", steps, `{"version":2,"step":"done"}`, 412, "site.changed version")
		h.good("lin", "POST", steps, `{"version":3,"step":"done"}`, &i)
		h.refused("lin", "POST", steps, `{"version":4,"step":"effective","effect":"no more of them"}`, 403, "site.four_eyes step")
		h.good("chen", "POST", steps, `{"version":4,"step":"ineffective","effect":"two more in May"}`, &i)
		if i.State != "open" {
			t.Errorf("what does not work is %s", i.State)
		}
		h.good("lin", "POST", steps, `{"version":5,"step":"analyse","rootCause":"The calendar is confusing"}`, &i)
		h.good("lin", "POST", steps, `{"version":6,"step":"act","corrective":"None","preventive":"Another calendar"}`, &i)
		h.good("lin", "POST", steps, `{"version":7,"step":"done"}`, &i)
		h.good("chen", "POST", steps, `{"version":8,"step":"effective","effect":"none since"}`, &i)
		h.refused("chen", "POST", steps, `{"version":9,"step":"reopen"}`, 400, "site.text_missing reason")
		h.good("chen", "POST", steps, `{"version":9,"step":"reopen","reason":"another one"}`, &i)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAnIssueIsAboutWhatItsSiteHas(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		_, err := h.trials.SetSiteState(h.operator(), study, "02", "active", "ready")
		h.must(err)
		s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "02"})
		h.must(err)
		post := func(more, code string, status int) {
			t.Helper()
			h.refused("lin", "POST", at01+"/issues", `{"kind":"issue","severity":"minor","title":"T","owner":"lin","due":"2026-03-20"`+more+`}`, status, code)
		}
		post(`,"subject":"`+string(s.ID)+`"`, "site.link_subject subject", 422)
		post(`,"subject":"nobody"`, "site.link_subject subject", 422)
		post(`,"milestone":"hospital-office/review"`, "site.milestone_unknown milestone", 422)
		h.refused("lin", "POST", at01+"/issues", `{"kind":"rumour","severity":"minor","title":"T","owner":"lin","due":"2026-03-20"}`, 400, "site.issue_kind kind")
		h.refused("lin", "POST", at01+"/issues", `{"kind":"issue","severity":"awful","title":"T","owner":"lin","due":"2026-03-20"}`, 400, "site.severity severity")
		h.refused("lin", "POST", at01+"/issues", `{"kind":"issue","severity":"minor","title":"T","owner":"lin"}`, 400, "site.start due")
		h.refused("lin", "POST", "/studies/HTN-24/sites/02/issues", `{"kind":"issue","severity":"minor","title":"T","owner":"lin","due":"2026-03-20"}`, 404, "site.unknown site")
	})
}

func TestWhatIsOverdueIsPassedUpwardsTheMoreTheWorseItIs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		for _, severity := range []string{"minor", "major", "critical"} {
			h.good("lin", "POST", at01+"/issues", `{"kind":"issue","severity":"`+severity+`","title":"T","owner":"lin","due":"2026-03-10"}`, nil)
		}
		escalations := func(day string) (all [3]int) {
			t.Helper()
			at, err := time.Parse(time.DateOnly, day)
			h.must(err)
			h.clock.Set(at.Add(4 * time.Hour))
			var list struct{ Issues []issue }
			h.good("lin", "GET", "/studies/HTN-24/issues", "", &list)
			for _, i := range list.Issues {
				all[i.ID[5]-'1'] = i.Escalation
			}
			return all
		}
		for day, want := range map[string][3]int{"2026-03-10": {0, 0, 0}, "2026-03-11": {1, 1, 1}, "2026-03-14": {1, 1, 2}, "2026-03-25": {1, 2, 2}, "2026-04-10": {2, 2, 2}} {
			if got := escalations(day); got != want {
				t.Errorf("on %s: %v, want %v", day, got, want)
			}
		}
		var list struct{ Issues []issue }
		h.good("tang", "GET", "/studies/HTN-24/issues", "", &list)
		if len(list.Issues) != 0 {
			t.Errorf("who works at site 02 sees %+v", list.Issues)
		}
		h.refused("tang", "POST", steps, `{"version":1,"step":"edit","reason":"x"}`, 404, "site.issue_unknown issue")
	})
}
