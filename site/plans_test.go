package site_test

import (
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/patient"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
)

type boardRow struct {
	Site, State, Next string
	Version           int64
	Overdue, Worst    int
	Milestones        []plan.Standing
}

func (r boardRow) milestone(id string) plan.Standing {
	for _, m := range r.Milestones {
		if m.ID == id {
			return m
		}
	}
	return plan.Standing{}
}

const (
	startUp = "/studies/HTN-24/sites/01/plans/sponsor-startup"
	office  = "/studies/HTN-24/sites/01/plans/hospital-office"
)

func TestASiteGoesItsWayFromFeasibilityToItsFirstPatient(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		var p boardRow
		h.good("jiang", "PUT", startUp, `{"version":0,"start":"2026-01-05"}`, &p)
		if p.Version != 1 || p.milestone("ethics-submission").Planned.String() != "2026-02-16" || p.milestone("feasibility").State != plan.Overdue {
			t.Errorf("the plan begins as %+v", p)
		}
		h.good("chen", "PATCH", startUp+"/milestones/feasibility", `{"version":1,"actual":"2026-01-26"}`, &p)
		h.good("chen", "PATCH", startUp+"/milestones/ethics-submission", `{"version":2,"expected":"2026-03-20","note":"the committee meets monthly"}`, &p)
		if m := p.milestone("ethics-approval"); m.Forecast.String() != "2026-04-24" || m.State != plan.Late {
			t.Errorf("the delay does not pass on: %+v", m)
		}
		h.refused("chen", "PATCH", startUp+"/milestones/initiation", `{"version":3,"actual":"2026-03-01"}`, 422, "site.order actual")
		h.refused("chen", "PATCH", startUp+"/milestones/feasibility", `{"version":3,"actual":"2026-01-27"}`, 422, "site.reason_required reason")
		h.refused("chen", "PATCH", startUp+"/milestones/ethics-submission", `{"version":3,"actual":"2026-03-03"}`, 422, "site.future actual")
		h.refused("chen", "PATCH", startUp+"/milestones/feasibility", `{"version":2,"note":"x"}`, 412, "site.changed version")
		h.refused("chen", "PATCH", startUp+"/milestones/lunch", `{"version":3}`, 404, "site.milestone_unknown milestone")
		h.refused("jiang", "PUT", startUp, `{"version":0,"start":"2026-01-05"}`, 412, "site.changed version")
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestFirstAndLastPatientsComeFromTheCasebooks(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.good("jiang", "PUT", startUp, `{"version":0,"start":"2026-01-05"}`, nil)
		h.refused("chen", "PATCH", startUp+"/milestones/first-in", `{"version":1,"actual":"2026-03-01"}`, 422, "site.computed actual")
		h.good("jiang", "PUT", "/studies/HTN-24/sites/01/target", `{"version":0,"subjects":2,"from":"2026-03-02","by":"2026-09-01"}`, nil)
		dates := func(want ...string) {
			t.Helper()
			var p boardRow
			h.good("lin", "GET", startUp, "", &p)
			got := []string{p.milestone("activation").Actual.String(), p.milestone("first-in").Actual.String(), p.milestone("last-in").Actual.String(), p.milestone("last-out").Actual.String()}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("activated, first in, last in, last out: %q, want %q", got, want)
			}
		}
		dates("2026-03-02", "", "", "")
		enrol := func(status patient.Status) casebook.SubjectID {
			s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01", Status: status})
			h.must(err)
			return s.ID
		}
		move := func(id casebook.SubjectID, to patient.Status) {
			_, err := h.patients.SetStatus(h.operator(), study, id, to, "as it is")
			h.must(err)
		}
		one := enrol(patient.Screening)
		failed := enrol(patient.Screening)
		h.clock.Add(10 * 24 * time.Hour)
		dates("2026-03-02", "", "", "")
		move(one, patient.Enrolled)
		move(failed, patient.ScreenFailed)
		h.clock.Add(20*24*time.Hour + 13*time.Hour) // past midnight in Shanghai
		two := enrol(patient.Enrolled)
		dates("2026-03-02", "2026-03-12", "2026-04-02", "")
		h.clock.Add(100 * 24 * time.Hour)
		move(one, patient.Completed)
		dates("2026-03-02", "2026-03-12", "2026-04-02", "")
		move(two, patient.Withdrawn)
		dates("2026-03-02", "2026-03-12", "2026-04-02", "2026-07-11")
	})
}

func TestTheBoardPutsWhatIsLongestOverdueFirstAndShowsNobodyElsesSites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		_, err := h.trials.AddSite(h.operator(), study, trial.Site{ID: "03", Name: map[string]string{"en": "Third"}, Zone: "Asia/Shanghai", State: trial.Planned})
		h.must(err)
		h.good("jiang", "PUT", startUp, `{"version":0,"start":"2026-02-20"}`, nil)
		h.good("jiang", "PUT", "/studies/HTN-24/sites/02/plans/sponsor-startup", `{"version":0,"start":"2025-12-01"}`, nil)
		var board struct{ Sites []boardRow }
		h.good("chen", "GET", "/studies/HTN-24/board", "", &board)
		if len(board.Sites) != 3 || board.Sites[0].Site != "02" || board.Sites[1].Site != "01" || board.Sites[2].Version != 0 {
			t.Fatalf("the board is %+v", board.Sites)
		}
		if first := board.Sites[0]; first.Overdue != 4 || first.Next != "feasibility" || first.Worst != 70 {
			t.Errorf("site 02 is overdue with %d, next %s, %d days", first.Overdue, first.Next, first.Worst)
		}
		h.good("tang", "GET", "/studies/HTN-24/board", "", &board)
		if len(board.Sites) != 1 || board.Sites[0].Site != "02" {
			t.Errorf("who works at site 02 sees %+v", board.Sites)
		}
		h.refused("tang", "GET", startUp, "", 404, "site.unknown site")
		h.refused("jiang", "GET", "/studies/HTN-24/sites/09/plans/sponsor-startup", "", 404, "site.unknown site")
		h.refused("lin", "PUT", startUp, `{"version":1,"start":"2026-02-21"}`, 403, "auth.forbidden")
		h.refused("jiang", "GET", "/studies/HTN-24/board?template=lunch", "", 404, "site.plan.template template")
	})
}

func TestAPlanOfOnesOwnIsRefusedWithThePlaceOfItsFault(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.refused("mei", "PUT", office, `{"version":0}`, 400, "site.start start")
		h.refused("mei", "PUT", office, `{"version":0,"start":"2026-02-30"}`, 400, "site.date /start")
		h.refused("mei", "PUT", "/studies/HTN-24/sites/01/plans/lunch", `{"version":0,"start":"2026-03-01"}`, 404, "site.plan.template template")
		h.refused("mei", "PUT", office, `{"version":0,"start":"2026-03-01","milestones":[{"id":"a","title":{"en":"A"},"days":1,"owner":"office","after":["b"]},{"id":"b","title":{"en":"B"},"days":1,"owner":"office","after":["a"]}]}`,
			422, "site.plan.cycle /milestones/1/after/0")
		h.refused("mei", "PUT", office, `{"version":0,"start":"2026-03-01","milestones":[{"id":"a","title":{"en":"A"},"days":1,"owner":"office","after":["c"]}]}`,
			400, "site.plan.unknown /milestones/0/after/0")
		h.refused("mei", "PUT", office, `{"version":0,"start":"2026-03-01","milestones":[{"id":"a","title":{"en":"A"},"days":1,"owner":"office","from":"first-in","actual":"2026-03-01"}]}`,
			422, "site.computed /milestones/0/actual")
		h.refused("mei", "PUT", office, `{"version":0,"start":"2026-03-01","milestone":[]}`, 400, "request.json.unknown_name /milestone")
		h.good("mei", "PUT", office, `{"version":0,"start":"2026-03-01"}`, nil)
		h.refused("mei", "PUT", office, `{"version":1,"start":"2026-03-01"}`, 422, "site.reason_required reason")
		h.good("mei", "PUT", office, `{"version":1,"start":"2026-03-08","reason":"the sponsor's dossier came late"}`, nil)
	})
}

func TestVerificationFindsADateThatWasMovedByHand(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.good("mei", "PUT", office, `{"version":0,"start":"2026-03-01"}`, nil)
		h.good("mei", "PATCH", office+"/milestones/application", `{"version":1,"actual":"2026-03-02"}`, nil)
		if found := h.findings(); len(found) > 0 {
			t.Fatalf("untouched: %v", found)
		}
		for _, by := range []string{
			`UPDATE site_record SET doc = replace(doc, '2026-03-02', '2026-02-28') WHERE study_id = 'HTN-24'`,
			`INSERT INTO site_record VALUES('HTN-24','plan','02/x','02',1,'{}')`,
			`DELETE FROM site_record WHERE study_id = 'HTN-24' AND kind = 'plan' AND record_id = '01/hospital-office'`,
		} {
			h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(t.Context(), by); return err }))
			if found := h.findings(); len(found) == 0 {
				t.Errorf("not found: %s", by)
			}
		}
	})
}
