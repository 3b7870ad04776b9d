package site_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/edc/export"
	"casebook/ledger"
	"casebook/patient"
	"casebook/site"
)

type dataRequest struct {
	ID, State, Deadline, Copy, AnsweredBy string
	Version                               int64
	Late, Left                            int
	Next                                  []string
}

// print is what leaves when somebody prints a casebook.
func (h *house) print(subject casebook.SubjectID, sha string) {
	h.t.Helper()
	h.must(h.ledger.Write(h.operator(), study, func(w *ledger.Writer) error {
		w.Record(h.operator(), ledger.Entry{What: export.Printed, Site: "01", Subject: subject, Ref: string(subject), New: sha})
		return nil
	}))
}

func TestWhatASubjectAsksIsAnsweredInTimeWithTheCopyThatLeft(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01"})
		h.must(err)
		const path, steps = at01 + "/data-requests", "/studies/HTN-24/data-requests/R-0001/steps"
		asks := func(kind, received, more string) string {
			return `{"kind":"` + kind + `","subject":"` + string(s.ID) + `","from":"subject","text":"All that you have of me","received":"` + received + `"` + more + `}`
		}
		h.refused("lin", "POST", path, asks("erasure", "2026-03-02", ""), 400, "site.request_kind kind")
		h.refused("lin", "POST", path, asks("copy", "2026-03-03", ""), 400, "site.request_received received")
		h.refused("lin", "POST", path, asks("copy", "2026-03-02", `,"deadline":"2026-04-03"`), 400, "site.request_deadline deadline")
		h.refused("lin", "POST", path, strings.Replace(asks("copy", "2026-03-02", ""), string(s.ID), "99-999", 1), 422, "site.link_subject subject")
		h.refused("chen", "POST", path, asks("copy", "2026-03-02", ""), 403, "auth.forbidden")
		h.print(s.ID, "printed before")
		h.clock.Add(24 * time.Hour)
		var q dataRequest
		h.good("lin", "POST", path, asks("copy", "2026-03-03", ""), &q)
		if q.ID != "R-0001" || q.State != "open" || q.Deadline != "2026-04-03" || q.Left != 31 {
			t.Fatalf("it comes as %+v", q)
		}
		h.refused("zhou", "POST", steps, `{"version":1,"step":"answer","answer":"Handed over"}`, 409, "site.request_no_copy step")
		h.refused("zhou", "POST", steps, `{"version":1,"step":"reopen","reason":"x"}`, 409, "site.step_state step")
		h.refused("zhou", "POST", steps, `{"version":1,"step":"extend","until":"2026-06-04","reason":"many visits"}`, 400, "site.request_until until")
		h.good("zhou", "POST", steps, `{"version":1,"step":"extend","until":"2026-04-20","reason":"many visits"}`, &q)
		h.refused("tang", "POST", steps, `{"version":2,"step":"refuse","answer":"no"}`, 404, "site.request_unknown request")
		h.clock.Add(50 * 24 * time.Hour)
		var list struct{ Requests []dataRequest }
		h.good("jiang", "GET", "/studies/HTN-24/data-requests", "", &list)
		if len(list.Requests) != 1 || list.Requests[0].Late != 2 {
			t.Errorf("two days late: %+v", list.Requests)
		}
		if h.good("tang", "GET", "/studies/HTN-24/data-requests", "", &list); len(list.Requests) != 0 {
			t.Errorf("another site sees %+v", list.Requests)
		}
		h.print(s.ID, "the copy")
		h.good("zhou", "POST", steps, `{"version":2,"step":"answer","answer":"Handed over"}`, &q)
		if q.State != "answered" || q.Copy != "the copy" || q.AnsweredBy != "zhou" || q.Late != 0 {
			t.Errorf("it is answered as %+v", q)
		}
		h.refused("zhou", "POST", steps, `{"version":2,"step":"reopen","reason":"a page was missing"}`, 412, "site.changed version")
		h.good("zhou", "POST", steps, `{"version":3,"step":"reopen","reason":"a page was missing"}`, &q)
		h.good("lin", "POST", path, asks("correction", "2026-01-31", ""), &q)
		if q.Deadline != "2026-02-28" || q.Late == 0 {
			t.Errorf("a month after the last of January: %+v", q)
		}
		h.good("zhou", "POST", "/studies/HTN-24/data-requests/R-0002/steps", `{"version":1,"step":"answer","answer":"The birth year was corrected at the site"}`, &q)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

// In the morning in Shanghai it is still the day before in Greenwich. What was printed there before that day, at the site, does not count.
func TestACopyThatLeftInTheMorningAnswersARequestOfThatDay(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01"})
		h.must(err)
		h.clock.Set(time.Date(2026, 3, 4, 15, 59, 0, 0, time.UTC))
		h.print(s.ID, "the evening before")
		h.clock.Set(time.Date(2026, 3, 4, 23, 30, 0, 0, time.UTC))
		var q dataRequest
		h.good("lin", "POST", at01+"/data-requests", `{"kind":"access","subject":"`+string(s.ID)+`","from":"subject","text":"What do you keep?","received":"2026-03-05"}`, &q)
		const steps, answer = "/studies/HTN-24/data-requests/R-0001/steps", `{"version":1,"step":"answer","answer":"She has seen it"}`
		h.refused("lin", "POST", steps, answer, 409, "site.request_no_copy step")
		h.print(s.ID, "the copy")
		if h.good("lin", "POST", steps, answer, &q); q.Copy != "the copy" {
			t.Errorf("it is answered as %+v", q)
		}
	})
}

func TestWhoAnswersARequestIsToldAWeekBeforeItIsDueAndTheSponsorWhenItIsLateEachOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01"})
		h.must(err)
		system := casebook.WithActor(t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
		var asked []string
		h.sites.Tell = func(_ context.Context, _ casebook.StudyID, a site.Alert) (*site.Posting, error) {
			if !a.Request || a.Title+string(a.Owner) != "" {
				t.Errorf("told was %+v: it must say nothing but its number, its site and its day", a)
			}
			asked = append(asked, a.Issue+" "+string(a.Level)+" "+a.Due.String())
			return &site.Posting{Notice: "N", Send: func(context.Context, *ledger.Writer) error { return nil }}, nil
		}
		on := func(day string, want ...string) {
			t.Helper()
			at, err := time.Parse(time.DateOnly, day)
			h.must(err)
			h.clock.Set(at.Add(4 * time.Hour))
			asked = nil
			for range 2 {
				h.must(h.sites.AlertAll(system))
			}
			if !slices.Equal(asked, want) {
				t.Errorf("on %s people were told %v, want %v", day, asked, want)
			}
		}
		body := `{"kind":"correction","subject":"` + string(s.ID) + `","from":"subject","text":"My weight is wrong","received":"2026-03-02"}`
		h.good("lin", "POST", at01+"/data-requests", body, nil)
		h.good("lin", "POST", at01+"/data-requests", body, nil)
		on("2026-03-25")
		on("2026-03-26", "R-0001 soon 2026-04-02", "R-0002 soon 2026-04-02")
		h.good("zhou", "POST", "/studies/HTN-24/data-requests/R-0002/steps", `{"version":1,"step":"answer","answer":"Corrected"}`, nil)
		on("2026-04-02")
		on("2026-04-03", "R-0001 overdue 2026-04-02")
		h.good("zhou", "POST", "/studies/HTN-24/data-requests/R-0001/steps", `{"version":1,"step":"extend","until":"2026-04-20","reason":"many visits"}`, nil)
		on("2026-04-04")
		on("2026-04-13", "R-0001 soon 2026-04-20")
	})
}
