package site_test

import (
	"testing"
	"time"

	"casebook"
	"casebook/patient"
	"casebook/site/plan"
)

type course struct {
	Site             string
	Now              struct{ Screened, Enrolled, Failed int }
	Inside, Active   int
	Monthly          float64
	Reached          string
	Forecast         *struct{ Early, Likely, Late plan.Date }
	Curve, Projected []map[string]any
	Version          int64
}

type enrolment struct {
	Today plan.Date
	Study *course
	Sites []course
}

const target = "/studies/HTN-24/sites/01/target"

func TestEnrolmentIsCountedFromTheCasebooksAndForecastWithAnInterval(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.good("jiang", "PUT", "/studies/HTN-24/target", `{"version":0,"subjects":60,"by":"2026-12-01"}`, nil)
		h.good("jiang", "PUT", target, `{"version":0,"subjects":40}`, nil)
		for i := range 20 {
			h.clock.Add(5 * 24 * time.Hour)
			s, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: "01", Status: patient.Screening})
			h.must(err)
			to := patient.Enrolled
			if i%5 == 4 {
				to = patient.ScreenFailed
			}
			if i < 19 {
				_, err = h.patients.SetStatus(h.operator(), study, s.ID, to, "as it is")
				h.must(err)
			}
		}
		var e enrolment
		h.good("chen", "GET", "/studies/HTN-24/enrolment", "", &e)
		if e.Study == nil || len(e.Sites) != 2 || e.Sites[0].Site != "01" {
			t.Fatalf("%+v", e)
		}
		c := e.Sites[0]
		if c.Now.Screened != 20 || c.Now.Enrolled != 16 || c.Now.Failed != 3 || c.Inside != 1 || c.Active != 16 || len(c.Curve) != 20 {
			t.Errorf("the site stands at %+v", c)
		}
		if c.Monthly < 4.3 || c.Monthly > 5.3 { // 16 in 100 days
			t.Errorf("%.2f subjects a month", c.Monthly)
		}
		f := c.Forecast
		if f == nil || f.Likely-e.Today < 120 || f.Likely-e.Today > 180 || f.Early >= f.Likely || f.Likely >= f.Late || len(c.Projected) == 0 {
			t.Errorf("24 more are expected within %+v of %v", f, e.Today)
		}
		if e.Study.Forecast == nil || e.Study.Now.Enrolled != 16 {
			t.Errorf("the study stands at %+v", e.Study)
		}
		e = enrolment{}
		h.good("tang", "GET", "/studies/HTN-24/enrolment", "", &e)
		if e.Study != nil || len(e.Sites) != 1 || e.Sites[0].Site != "02" {
			t.Errorf("who works at site 02 sees %+v", e)
		}
	})
}

func TestATargetIsANumberForAReason(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.refused("jiang", "PUT", target, `{"version":0,"subjects":0}`, 400, "site.target subjects")
		h.refused("jiang", "PUT", target, `{"version":0,"subjects":5,"from":"2026-03-02","by":"2026-03-02"}`, 400, "site.target_order by")
		h.good("jiang", "PUT", target, `{"version":0,"subjects":5}`, nil)
		h.refused("jiang", "PUT", target, `{"version":1,"subjects":6}`, 422, "site.reason_required reason")
		h.refused("jiang", "PUT", target, `{"version":0,"subjects":6}`, 412, "site.changed version")
		h.refused("lin", "PUT", target, `{"version":1,"subjects":6,"reason":"more"}`, 403, "auth.forbidden")
		h.refused("mei", "PUT", "/studies/HTN-24/target", `{"version":0,"subjects":6}`, 403, "auth.forbidden")
		h.good("mei", "PUT", target, `{"version":1,"subjects":6,"reason":"the sponsor asks for more"}`, nil)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestReachingTheTargetEndsTheForecast(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.good("jiang", "PUT", target, `{"version":0,"subjects":2}`, nil)
		for range 2 {
			h.clock.Add(72 * time.Hour)
			_, err := h.trials.Enrol(h.operator(), study, patient.Enrolment{Site: casebook.SiteID("01")})
			h.must(err)
		}
		var e enrolment
		h.good("jiang", "GET", "/studies/HTN-24/enrolment", "", &e)
		c := e.Sites[len(e.Sites)-1]
		if e.Sites[0].Site == "01" {
			c = e.Sites[0]
		}
		if c.Reached != "2026-03-08" || c.Forecast != nil {
			t.Errorf("reached on %q, forecast %v", c.Reached, c.Forecast)
		}
	})
}
