package edc

import (
	"net/http"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"
	"casebook/web"
)

func (s *Service) transferRoutes() []auth.Route {
	return []auth.Route{
		{Pattern: "POST /api/v1/studies/{study}/subjects/{subject}/transfer", Policy: auth.InStudy(auth.StudyManage), Handle: s.transfer},
	}
}

// transfer moves a subject to another site. From then on the new site's people enter, and those of the old one see the
// subject no more; both sites' trails say so. Who asks manages the study, and sees both sites.
func (s *Service) transfer(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Site   casebook.SiteID `json:"site"`
		Reason string          `json:"reason"`
	}
	if err := web.Decode(r, maxSave, &body); err != nil {
		return err
	}
	if len(body.Reason) > maxReason {
		return casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	id := casebook.SubjectID(r.PathValue("subject"))
	found, err := s.patients.Get(r.Context(), studyOf(r), id)
	if err != nil {
		return err
	}
	all, sites := auth.From(r.Context()).Sites(auth.StudyManage, studyOf(r)) // who manages it for some sites moves between those only
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, studyOf(r), found.Site)
	switch {
	case !all && !slices.Contains(sites, found.Site):
		return patient.Unknown(id)
	case !all && !slices.Contains(sites, body.Site):
		return casebook.Fail(casebook.NotFound, "trial.site_unknown", body.Site).At("site")
	}
	var moved patient.Subject
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		site, err := trial.FindSite(ctx, w.Tx, w.Study, body.Site)
		if err != nil {
			return err
		}
		if moved, _, err = patient.Transfer(ctx, w, id, site.ID, body.Reason); err != nil {
			return err
		}
		if err := record.Transfer(ctx, w, id, site.ID); err != nil || s.Moving == nil {
			return err
		}
		return s.Moving(ctx, w, id, site.ID)
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, moved)
}
