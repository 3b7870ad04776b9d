package trial

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/patient"
	"casebook/web"

	"github.com/go-json-experiment/json/jsontext"
)

// maxBody bounds the bodies that these routes read: a few short fields.
const maxBody = 4 << 10

// Routes are the addresses of trials, and of what only a trial can decide about its subjects.
func (s *Service) Routes() []auth.Route {
	return slices.Concat(s.workflowRoutes(), []auth.Route{
		{Pattern: "GET /api/v1/studies", Policy: auth.SignedIn, Handle: s.getAll},
		{Pattern: "POST /api/v1/studies", Policy: auth.OnPlatform(auth.PlatformManage), Handle: s.postStudy},
		{Pattern: "POST /api/v1/studies/{study}/sites", Policy: auth.InStudy(auth.StudyManage), Handle: s.postSite},
		{Pattern: "POST /api/v1/studies/{study}/sites/{site}/state", Policy: auth.InStudy(auth.StudyManage), Handle: s.postSiteState},
		{Pattern: "GET /api/v1/studies/{study}", Policy: auth.InStudy(auth.StudyRead), Handle: s.getOne},
		{Pattern: "GET /api/v1/studies/{study}/definition", Policy: auth.InStudy(auth.StudyRead), Handle: s.getDefinition},
		{Pattern: "POST /api/v1/studies/{study}/subjects", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.postSubject},
		{Pattern: "PUT /api/v1/studies/{study}/subjects/{subject}/status", Policy: auth.SiteInside(auth.SubjectEnrol), Handle: s.putStatus},
	})
}

func (s *Service) getAll(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	var ids []casebook.StudyID
	roles := map[casebook.StudyID][]auth.Role{}
	for _, g := range p.Grants {
		if !slices.Contains(ids, g.Study) && g.Study != casebook.Platform {
			ids = append(ids, g.Study)
		}
		if !slices.Contains(roles[g.Study], g.Role) {
			roles[g.Study] = append(roles[g.Study], g.Role)
		}
	}
	all, err := s.List(r.Context(), ids)
	if err != nil {
		return err
	}
	type study struct {
		Summary
		Roles []auth.Role `json:"roles"`
	}
	studies := make([]study, len(all))
	for i, t := range all {
		studies[i] = study{t, roles[t.ID]}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"studies": studies})
}

func (s *Service) getOne(w http.ResponseWriter, r *http.Request) error {
	id := casebook.StudyID(r.PathValue("study"))
	t, err := s.Get(r.Context(), id)
	if err != nil {
		return err
	}
	sites, err := s.Sites(r.Context(), id)
	if err != nil {
		return err
	}
	type role struct {
		Role auth.Role       `json:"role"`
		Site casebook.SiteID `json:"site"`
	}
	roles := []role{}
	for _, g := range auth.From(r.Context()).Grants {
		if g.Study == id {
			roles = append(roles, role{g.Role, g.Site})
		}
	}
	return web.JSON(w, http.StatusOK, struct {
		Trial
		Sites []Site `json:"sites"`
		Roles []role `json:"roles"`
	}{t, sites, roles})
}

// getDefinition answers the newest version, or ?version=N. A browser may keep it and ask whether it is still the newest.
func (s *Service) getDefinition(w http.ResponseWriter, r *http.Request) error {
	number := 0
	if asked := r.URL.Query().Get("version"); asked != "" {
		var err error
		if number, err = strconv.Atoi(asked); err != nil || number < 1 {
			return casebook.Fail(casebook.Invalid, "trial.version_number", asked).At("version")
		}
	}
	v, err := s.Version(r.Context(), casebook.StudyID(r.PathValue("study")), number)
	if err != nil {
		return err
	}
	etag := `"` + strconv.Itoa(v.Number) + "-" + v.Hash[:16] + `"`
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return web.JSON(w, http.StatusOK, struct {
		Version     int            `json:"version"`
		Hash        string         `json:"hash"`
		PublishedAt time.Time      `json:"publishedAt"`
		Definition  jsontext.Value `json:"definition"`
	}{v.Number, v.Hash, v.PublishedAt, v.JSON})
}

func (s *Service) postSubject(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	var e patient.Enrolment
	if err := web.Decode(r, maxBody, &e); err != nil {
		return err
	}
	ctx, may := auth.Act(r.Context(), auth.SubjectEnrol, study, e.Site)
	if !may {
		return casebook.Fail(casebook.NotFound, "trial.site_unknown", e.Site).At("site")
	}
	added, err := s.Enrol(ctx, study, e)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, added)
}

// putStatus moves a subject to another state. A subject at a site that the caller does not work at is not there.
func (s *Service) putStatus(w http.ResponseWriter, r *http.Request) error {
	study, id := casebook.StudyID(r.PathValue("study")), casebook.SubjectID(r.PathValue("subject"))
	var to struct {
		Status patient.Status `json:"status"`
		Reason string         `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &to); err != nil {
		return err
	}
	patients := patient.New(s.ledger)
	subject, err := patients.Get(r.Context(), study, id)
	if err != nil {
		return err
	}
	ctx, may := auth.Act(r.Context(), auth.SubjectEnrol, study, subject.Site)
	if !may {
		return patient.Unknown(id)
	}
	changed, err := patients.SetStatus(ctx, study, id, to.Status, to.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, changed)
}
