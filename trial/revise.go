package trial

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/web"
)

// problemText is a problem with its sentence in every language.
type problemText struct {
	Problem
	Code  string            `json:"code,omitzero"`
	Texts map[string]string `json:"texts,omitzero"`
	Place string            `json:"place,omitzero"` // within a rule: "column 5"
}

// told gives problems their sentences.
func told(all []Problem) []problemText {
	out := make([]problemText, len(all))
	for i, p := range all {
		out[i].Problem = p
		if why, ok := errors.AsType[*casebook.Error](p.Why); ok {
			out[i].Code, out[i].Texts = why.Code, i18n.Texts(why.Code, why.Args...)
			if p.Kind == Kept {
				out[i].Place = why.Place
			}
		}
	}
	return out
}

// seenHash is the content that the caller saw: If-Match "hash", or If-None-Match * where there was none (RFC 9110,
// section 13.1). Whoever puts a draft must say one of them.
func seenHash(r *http.Request) (string, error) {
	if r.Header.Get("If-None-Match") == "*" {
		return "", nil
	}
	tag := r.Header.Get("If-Match")
	hash, opened := strings.CutPrefix(tag, `"`)
	if hash, closed := strings.CutSuffix(hash, `"`); opened && closed && hash != "" {
		return hash, nil
	}
	return "", casebook.Fail(casebook.Invalid, "trial.if_match").At("If-Match")
}

// putDraft saves a definition as it was edited, in place of the draft that the caller saw. When somebody else has saved
// another meanwhile, the problem's member theirs is that draft.
func (s *Service) putDraft(w http.ResponseWriter, r *http.Request) error {
	seen, err := seenHash(r)
	if err != nil {
		return err
	}
	var v odm.Version
	if err := web.Decode(r, maxDefinition, &v); err != nil {
		return err
	}
	if v.OID != r.PathValue("draft") {
		return casebook.Fail(casebook.Invalid, "trial.draft_name", v.OID).At("oid")
	}
	d, err := s.ReviseDraft(s.managing(r), casebook.StudyID(r.PathValue("study")), seen, &v)
	if casebook.KindOf(err) == casebook.Stale {
		return web.Extend(err, "theirs", d)
	}
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+d.Hash+`"`)
	return web.JSON(w, http.StatusOK, draftAnswer{d, told(s.Problems(&v)), nil})
}

// postStudy adds a study without sites and versions, and makes somebody its data manager.
func (s *Service) postStudy(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		ID          casebook.StudyID `json:"id"`
		Name        string           `json:"name"`
		Description string           `json:"description"`
		Environment Environment      `json:"environment"`
		Manager     casebook.UserID  `json:"manager"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	t := Trial{ID: in.ID, Name: in.Name, Description: in.Description, Environment: in.Environment}
	made, err := s.Begin(r.Context(), t, in.Manager)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, made)
}

// Begin adds a study without sites and versions, and makes somebody its data manager, nobody for "".
func (s *Service) Begin(ctx context.Context, t Trial, manager casebook.UserID) (Trial, error) {
	if err := t.check(); err != nil {
		return Trial{}, err
	}
	if _, err := s.Get(ctx, t.ID); casebook.KindOf(err) != casebook.NotFound {
		if err == nil {
			err = casebook.Fail(casebook.Conflict, "trial.exists", t.ID).At("id")
		}
		return Trial{}, err
	}
	// The person first: a study that nobody may open would be there for nothing, a role in no study harms nobody.
	if s.Appoint != nil && manager != "" {
		if err := s.Appoint(ctx, t.ID, manager); err != nil {
			return Trial{}, err
		}
	}
	return s.Create(ctx, t)
}

// postSite adds a site, open for enrolment.
func (s *Service) postSite(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		ID      casebook.SiteID `json:"id"`
		Name    odm.Text        `json:"name"`
		Zone    string          `json:"zone"`
		Country string          `json:"country"`
		State   SiteState       `json:"state,omitempty"` // active when nothing is said
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	added, err := s.AddSite(s.managing(r), casebook.StudyID(r.PathValue("study")), Site{ID: in.ID, Name: in.Name, Zone: in.Zone, Country: in.Country, State: in.State})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, added)
}

// postSiteState activates a site, closes it or puts it back, for a reason. Who manages some sites only reaches those.
func (s *Service) postSiteState(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		State  SiteState `json:"state"`
		Reason string    `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	study, site := casebook.StudyID(r.PathValue("study")), casebook.SiteID(r.PathValue("site"))
	if all, some := auth.From(r.Context()).Sites(auth.StudyManage, study); !all && !slices.Contains(some, site) {
		return casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
	}
	changed, err := s.SetSiteState(s.managing(r), study, site, in.State, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, changed)
}
