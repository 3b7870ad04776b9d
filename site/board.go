package site

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/stat"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (s *Service) getTemplates(w http.ResponseWriter, _ *http.Request) error {
	return web.JSON(w, http.StatusOK, map[string]any{"templates": plan.Templates()})
}

// picture is what a study's sites, subjects and targets are at one moment.
type picture struct {
	sites    []trial.Site
	subjects map[casebook.SiteID][]patient.Subject
	targets  map[casebook.SiteID]keep.Record[Target]
	prior    stat.NegativeBinomial // what the sites together say of how sites enrol
}

func (s *Service) look(ctx context.Context, tx *store.Tx, study casebook.StudyID) (p picture, err error) {
	p = picture{subjects: map[casebook.SiteID][]patient.Subject{}, targets: map[casebook.SiteID]keep.Record[Target]{}}
	if p.sites, err = trial.SitesOf(ctx, tx, study); err != nil {
		return p, err
	}
	all, err := patient.All(ctx, tx, study)
	if err != nil {
		return p, err
	}
	for _, s := range all {
		p.subjects[s.Site] = append(p.subjects[s.Site], s)
	}
	aims, err := keep.List[Target](ctx, tx, study, targets)
	for _, t := range aims {
		p.targets[t.Site] = t
	}
	p.prior = s.prior(p)
	return p, err
}

// boardRow is one site on the board.
type boardRow struct {
	Site       casebook.SiteID `json:"site"`
	Name       odm.Text        `json:"name"`
	State      trial.SiteState `json:"state"`
	Version    int64           `json:"version"` // of its plan, 0 without one
	Start      plan.Date       `json:"start,omitzero"`
	Today      plan.Date       `json:"today"`
	Overdue    int             `json:"overdue"` // milestones
	Worst      int             `json:"worst"`   // days that the longest of them is overdue
	Finish     plan.Date       `json:"finish,omitzero"`
	Next       string          `json:"next,omitempty"` // the milestone to be expected next
	Milestones []plan.Standing `json:"milestones"`     // in the order of the plan
}

func (s *Service) row(at trial.Site, p keep.Record[Plan], f facts) (boardRow, error) {
	row := boardRow{Site: at.ID, Name: at.Name, State: at.State, Version: p.Version, Start: p.Doc.Start, Today: Today(s.world.Now(), at.Zone), Milestones: []plan.Standing{}}
	if p.Version == 0 {
		return row, nil
	}
	all, err := p.Doc.Standings(f, row.Today)
	if err != nil {
		return row, err
	}
	row.Milestones = all
	urgent := slices.Clone(all)
	plan.Urgent(urgent)
	for _, m := range urgent {
		row.Finish = max(row.Finish, m.Forecast)
		if m.State == plan.Overdue {
			row.Overdue++
			row.Worst = max(row.Worst, m.Late)
		}
	}
	if urgent[0].State != plan.Done {
		row.Next = urgent[0].ID
	}
	return row, nil
}

// Board returns the sites that may sees with how their plans after a template stand: the site whose milestone is longest
// overdue first, then those to be expected next, those without a plan last.
func (s *Service) Board(ctx context.Context, study casebook.StudyID, template string, may func(casebook.SiteID) bool) ([]boardRow, error) {
	rows := []boardRow{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := s.look(ctx, tx, study)
		if err != nil {
			return err
		}
		have, err := plansOf(ctx, tx, study, template)
		for _, at := range p.sites {
			if err != nil || !may(at.ID) {
				continue
			}
			var row boardRow
			row, err = s.row(at, have[at.ID], s.factsIn(p, at))
			rows = append(rows, row)
		}
		return err
	})
	slices.SortStableFunc(rows, func(a, b boardRow) int {
		none := func(r boardRow) int { return int(one(r.Version == 0)) }
		return compare(none(a), none(b), b.Worst, a.Worst, int(a.next()), int(b.next()))
	})
	return rows, err
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// compare compares pairs until two differ.
func compare(pairs ...int) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			return pairs[i] - pairs[i+1]
		}
	}
	return 0
}

func (r *boardRow) next() plan.Date {
	for _, m := range r.Milestones {
		if m.ID == r.Next {
			return m.Forecast
		}
	}
	return 1 << 30
}

// Sight tells which sites this person may see for action.
func Sight(r *http.Request, action auth.Action) func(casebook.SiteID) bool {
	all, list := auth.From(r.Context()).Sites(action, studyOf(r))
	return func(site casebook.SiteID) bool { return all || slices.Contains(list, site) }
}

// Enter is auth.Act at the site of the address, which must be one of the study; a foreign site is answered like a missing one.
func Enter(r *http.Request, db *store.DB, action auth.Action) (context.Context, trial.Site, error) {
	var at trial.Site
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), siteOf(r))
	if !ok && !auth.From(r.Context()).Allows(auth.SiteRead, studyOf(r), siteOf(r)) {
		return ctx, at, unknownSite(siteOf(r))
	}
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		at, err = trial.FindSite(ctx, tx, studyOf(r), siteOf(r))
		return err
	})
	if casebook.KindOf(err) == casebook.NotFound && err != nil {
		err = unknownSite(siteOf(r))
	}
	if err == nil && !ok {
		err = casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	return ctx, at, err
}

func (s *Service) getBoard(w http.ResponseWriter, r *http.Request) error {
	template := r.URL.Query().Get("template")
	if template == "" {
		template = plan.Templates()[len(plan.Templates())-1].ID
	}
	if _, err := plan.Make(template, 1); err != nil {
		return err
	}
	rows, err := s.Board(r.Context(), studyOf(r), template, Sight(r, auth.SiteRead))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"template": template, "sites": rows})
}

func (s *Service) getPlan(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteRead)
	if err != nil {
		return err
	}
	var row boardRow
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p, err := s.look(ctx, tx, studyOf(r))
		if err != nil {
			return err
		}
		have, err := keep.Find[Plan](ctx, tx, studyOf(r), plans, planID(at.ID, r.PathValue("template")))
		if err == nil {
			row, err = s.row(at, have, s.factsIn(p, at))
		}
		return err
	})
	if err == nil && row.Version == 0 {
		err = casebook.Fail(casebook.NotFound, "site.no_plan", at.ID).At("template")
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, row)
}

func (s *Service) putPlan(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SitePlan)
	if err != nil {
		return err
	}
	var d Draft
	if err := web.Decode(r, maxBody, &d); err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		_, err := SetPlan(ctx, w, at.ID, r.PathValue("template"), d)
		return err
	})
	if err != nil {
		return err
	}
	return s.getPlan(w, r)
}

func (s *Service) patchMilestone(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SitePlan)
	if err != nil {
		return err
	}
	var in Step
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		_, err := Move(ctx, w, at.ID, r.PathValue("template"), r.PathValue("milestone"), Today(s.world.Now(), at.Zone), in)
		return err
	})
	if err != nil {
		return err
	}
	return s.getPlan(w, r)
}
