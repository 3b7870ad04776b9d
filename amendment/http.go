package amendment

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// maxBody bounds the bodies that these routes read: a few short fields.
const maxBody = 8 << 10

// Routes are the addresses of amendments: what another version would do to a site's casebooks, and the same done, batch by
// batch. Whoever manages the study there may.
func (s *Service) Routes() []auth.Route {
	const site = "/api/v1/studies/{study}/sites/{site}/amendment"
	return []auth.Route{
		{Pattern: "GET " + site, Policy: auth.InStudy(auth.StudyManage), Handle: s.getStanding},
		{Pattern: "POST " + site + "/trial", Policy: auth.InStudy(auth.StudyManage), Handle: s.postTrial},
		{Pattern: "POST " + site + "/steps", Policy: auth.InStudy(auth.StudyManage), Handle: s.postStep},
	}
}

// Standing is how far a site is on its way to a version.
type Standing struct {
	Site      casebook.SiteID `json:"site"`
	Version   int             `json:"version"`         // that the site works by
	Before    int             `json:"before,omitzero"` // that it worked by before; 0 when it has never gone over
	To        int             `json:"to"`              // that is asked about
	Casebooks int             `json:"casebooks"`       // with values
	Behind    int             `json:"behind"`          // of them, those that have not gone over
}

// StandingOf tells how far a site and its casebooks are on their way to a version. Errors: NotFound trial.site_unknown and
// trial.version_unknown.
func (s *Service) StandingOf(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int) (at Standing, err error) {
	rep, err := s.report(ctx, study, site, to)
	if err != nil {
		return at, err
	}
	at = Standing{Site: rep.Site, Version: rep.From, To: to}
	if at.Before, err = s.before(ctx, study, site); err != nil {
		return at, err
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		at.Casebooks, at.Behind, err = record.Filled(ctx, tx, study, site, int64(to))
		return err
	})
	return at, err
}

// TryBatch is DryRun of the next batch of casebooks after one.
func (s *Service) TryBatch(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to int, after casebook.SubjectID) ([]*record.Moved, error) {
	if _, err := s.report(ctx, study, site, to); err != nil {
		return nil, err
	}
	return s.tryBatch(ctx, study, site, to, after)
}

// Advance lets the site go over, if it still works by the version that the caller expects, and its next batch of casebooks.
// It is called until nothing is behind; a site that is on its way goes on. Errors: Stale amendment.elsewhere when the site works
// by neither version, Unprocessable trial.reason_required.
func (s *Service) Advance(ctx context.Context, study casebook.StudyID, site casebook.SiteID, to, expect int, reason string) ([]*record.Moved, error) {
	rep, err := s.report(ctx, study, site, to)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(reason) == "":
		return nil, casebook.Fail(casebook.Unprocessable, "trial.reason_required").At("reason")
	case rep.From == to:
	case rep.From != expect:
		return nil, casebook.Fail(casebook.Stale, "amendment.elsewhere", site, rep.From).At("expect")
	default:
		if _, err := s.trials.GoOver(ctx, study, site, to, reason); err != nil {
			return nil, err
		}
	}
	return s.Step(ctx, study, site, to, reason)
}

// getStanding tells how far a site is on its way to the version ?to=N.
func (s *Service) getStanding(w http.ResponseWriter, r *http.Request) error {
	ctx, study, site, err := managing(r)
	if err != nil {
		return err
	}
	asked := r.URL.Query().Get("to")
	to, err := strconv.Atoi(asked)
	if err != nil || to < 1 {
		return casebook.Fail(casebook.Invalid, "trial.version_number", asked).At("to")
	}
	at, err := s.StandingOf(ctx, study, site, to)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, at)
}

// postTrial tells what a version would do to the next casebooks of a site, and keeps nothing. It is called with the last
// subject of the answer before, until there is none.
func (s *Service) postTrial(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		To    int                `json:"to"`
		After casebook.SubjectID `json:"after"`
	}
	ctx, study, site, err := managing(r)
	if err != nil {
		return err
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	moved, err := s.TryBatch(ctx, study, site, in.To, in.After)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, batch{append([]*record.Moved{}, moved...)})
}

// batch is what becomes of some casebooks; none when nothing is behind.
type batch struct {
	Casebooks []*record.Moved `json:"casebooks"`
}

// postStep lets a site go over to a version, for a reason, and the next of its casebooks. It is called until the answer
// holds none; whoever calls it again goes on where it was left.
func (s *Service) postStep(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		To     int    `json:"to"`
		Expect int    `json:"expect"` // the version that the caller saw the site work by
		Reason string `json:"reason"`
	}
	ctx, study, site, err := managing(r)
	if err != nil {
		return err
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	moved, err := s.Advance(ctx, study, site, in.To, in.Expect, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, batch{append([]*record.Moved{}, moved...)})
}

// managing tells which site is asked about, and is the context of who manages the study, acting in that role. To manage a
// study is not an action of sites; but who does so for some sites moves only those, and another is not there.
func managing(r *http.Request) (context.Context, casebook.StudyID, casebook.SiteID, error) {
	study, site := casebook.StudyID(r.PathValue("study")), casebook.SiteID(r.PathValue("site"))
	if all, some := auth.From(r.Context()).Sites(auth.StudyManage, study); !all && !slices.Contains(some, site) {
		return nil, "", "", casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
	}
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, study, site)
	return ctx, study, site, nil
}
