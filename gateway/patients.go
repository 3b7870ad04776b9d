package gateway

import (
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/patient"
	"casebook/web"
)

// patients answers who is enrolled in a trial, as far as the visitor may know: the trials' service has 2 s for it.
func (g *Gateway) patients(w http.ResponseWriter, r *http.Request) error {
	trial := casebook.StudyID(r.PathValue("trialId"))
	q := patient.Query{After: casebook.SubjectID(r.URL.Query().Get("after"))}
	q.AllSites, q.Sites = auth.From(r.Context()).Sites(auth.SubjectRead, trial)
	if asked := r.URL.Query().Get("limit"); asked != "" {
		var err error
		if q.Limit, err = strconv.Atoi(asked); err != nil || q.Limit < 1 {
			return casebook.Fail(casebook.Invalid, "patient.limit", asked, patient.MaxLimit).At("limit")
		}
	}
	page, err := g.o.Trials.Patients(r.Context(), trial, q)
	if err != nil {
		return err
	}
	type enrolled struct {
		Patient    casebook.SubjectID `json:"patientId"`
		Site       casebook.SiteID    `json:"siteId"`
		Status     patient.Status     `json:"status"`
		EnrolledAt time.Time          `json:"enrolledAt"`
	}
	answer := struct {
		Trial    casebook.StudyID   `json:"trialId"`
		Patients []enrolled         `json:"patients"`
		Next     casebook.SubjectID `json:"nextCursor"`
	}{Trial: trial, Patients: []enrolled{}, Next: page.Next}
	for _, s := range page.Subjects {
		answer.Patients = append(answer.Patients, enrolled{s.ID, s.Site, s.Status, s.EnrolledAt})
	}
	return web.JSON(w, http.StatusOK, answer)
}
