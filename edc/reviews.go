package edc

import (
	"context"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// sitesOf tells where subjects are.
func (s *Service) sitesOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, ids []casebook.SubjectID) (map[casebook.SubjectID]casebook.SiteID, error) {
	slices.Sort(ids)
	sites := map[casebook.SubjectID]casebook.SiteID{}
	for part := range slices.Chunk(slices.Compact(ids), 1000) {
		found, err := patient.FindAll(ctx, tx, study, part)
		if err != nil {
			return nil, err
		}
		for id, p := range found {
			sites[id] = p.Site
		}
	}
	return sites, nil
}

// mayReview is whether this person may make marks of a kind at a site.
func mayReview(ctx context.Context, study casebook.StudyID, site casebook.SiteID, kind record.Kind) bool {
	action := auth.FormReview
	if kind == record.SDV {
		action = auth.FormVerify
	}
	return auth.From(ctx).Allows(action, study, site)
}

type markAnswer struct {
	record.Value
	Required bool            `json:"required"`
	State    string          `json:"state"` // none, verified, changed
	By       casebook.UserID `json:"by,omitempty"`
	ByName   string          `json:"byName,omitempty"`
	At       time.Time       `json:"at,omitzero"`
}

type reviewAnswer struct {
	Kind  record.Kind  `json:"kind"`
	May   bool         `json:"may"`
	Need  int          `json:"need"`
	Marks []markAnswer `json:"marks"`
}

// reviews answers how the values of a form stand in each kind of review.
func (s *Service) reviews(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	view, err := s.forms.Read(ctx, key(r), time.Time{})
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	answer := []reviewAnswer{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		plan, err := record.PlanOf(ctx, tx, studyOf(r))
		if err != nil {
			return err
		}
		for _, kind := range record.Kinds {
			rev, err := record.ReviewOf(ctx, tx, key(r), kind)
			if err != nil {
				return err
			}
			answer = append(answer, reviewOf(view.Form, rev, &plan.Plan, mayReview(ctx, studyOf(r), subject.Site, kind), names))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"version": view.Form.Version, "reviews": answer})
}

func reviewOf(f *record.Form, rev *record.Review, plan *record.Plan, may bool, names func(casebook.UserID) string) reviewAnswer {
	a := reviewAnswer{Kind: rev.Kind, May: may, Marks: []markAnswer{}}
	for _, m := range rev.Standing(f, plan) {
		one := markAnswer{Value: m.Value, Required: m.Required, State: "none"}
		if m.Mark != nil {
			one.State, one.By, one.ByName, one.At = "verified", m.Mark.By, names(m.Mark.By), store.Time(m.Mark.At)
		}
		if m.Changed {
			one.State = "changed"
		}
		if m.Need() {
			a.Need++
		}
		a.Marks = append(a.Marks, one)
	}
	return a
}

// review makes marks on a form, or takes them back: {kind, version, items: [{group, repeat, item}], undo, reason}. No
// items are all that wait.
func (s *Service) review(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Kind    record.Kind    `json:"kind"`
		Version int64          `json:"version"`
		Items   []record.Value `json:"items"`
		Undo    bool           `json:"undo"`
		Reason  string         `json:"reason"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	action := auth.FormReview
	if in.Kind == record.SDV {
		action = auth.FormVerify
	}
	_, subject, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), subject.Site)
	if !ok {
		return casebook.Fail(casebook.Forbidden, "edc.review_role")
	}
	err = s.ledger.WriteNew(ctx, studyOf(r), func(w *ledger.Writer) error {
		_, err := s.forms.Review(ctx, w, record.Look{Key: key(r), Kind: in.Kind, Seen: in.Version, Items: in.Items, Undo: in.Undo, Reason: in.Reason})
		return err
	})
	if err != nil {
		return err
	}
	return s.reviews(w, r)
}

type workAnswer struct {
	Subject     casebook.SubjectID `json:"subject"`
	Site        casebook.SiteID    `json:"site"`
	Event       string             `json:"event"`
	EventRepeat string             `json:"eventRepeat"`
	Form        string             `json:"form"`
	FormRepeat  string             `json:"formRepeat"`
	Visit       odm.Text           `json:"visit"`
	Title       odm.Text           `json:"title"`
	State       string             `json:"state"`
	Version     int64              `json:"version"`
	UpdatedAt   time.Time          `json:"updatedAt"`
	Required    int                `json:"required"`
	Need        int                `json:"need"`
	Changed     int                `json:"changed"`
	May         bool               `json:"may"`
}

const workPage = 50

// workList answers which forms wait for a review: ?kind=sdv|medical|data, site, subject, form, after.
func (s *Service) workList(w http.ResponseWriter, r *http.Request) error {
	ctx, study, v := r.Context(), studyOf(r), r.URL.Query()
	f := record.WorkFilter{Kind: record.Kind(v.Get("kind")), Subject: casebook.SubjectID(v.Get("subject")), Form: v.Get("form"), After: v.Get("after"), Limit: workPage}
	if !slices.Contains(record.Kinds, f.Kind) {
		return casebook.Fail(casebook.Invalid, "record.review_kind", f.Kind).At("kind")
	}
	f.AllSites, f.Sites = auth.From(ctx).Sites(auth.FormRead, study)
	if site := casebook.SiteID(v.Get("site")); site != "" {
		if !f.AllSites && !slices.Contains(f.Sites, site) {
			return casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
		}
		f.AllSites, f.Sites = false, []casebook.SiteID{site}
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	var found []record.Work
	if err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) { found, err = record.WorkList(ctx, tx, study, f); return err }); err != nil {
		return err
	}
	answer, next := []workAnswer{}, ""
	for _, k := range found {
		visit, form := st.At(k.Site).FormTitle(k.Key)
		answer = append(answer, workAnswer{k.Subject, k.Site, k.Event, k.EventRepeat, k.Form, k.FormRepeat, visit, form, k.State, k.Version,
			k.UpdatedAt, k.Required, k.Need, k.Changed, mayReview(ctx, study, k.Site, f.Kind)})
	}
	if len(found) == workPage {
		next = found[workPage-1].Cursor()
	}
	return web.JSON(w, http.StatusOK, map[string]any{"work": answer, "next": next})
}

// plan answers the plan of verification, and how many subjects its sample draws at the reader's sites.
func (s *Service) plan(w http.ResponseWriter, r *http.Request) error {
	all, sites := auth.From(r.Context()).Sites(auth.FormRead, studyOf(r))
	var p record.Numbered
	var drawn []record.Drawn
	err := s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		if p, err = record.PlanOf(r.Context(), tx, studyOf(r)); err == nil {
			drawn, err = p.Draw(r.Context(), tx, studyOf(r))
		}
		return err
	})
	if err != nil {
		return err
	}
	drawn = slices.DeleteFunc(drawn, func(d record.Drawn) bool { return !all && !slices.Contains(sites, d.Site) })
	return web.JSON(w, http.StatusOK, map[string]any{"number": p.Number, "plan": p.Plan, "by": p.By, "at": p.At, "drawn": drawn})
}

// setPlan puts another plan of verification in force: {plan, reason}, with the number of the one that its author saw.
func (s *Service) setPlan(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Plan   record.Plan `json:"plan"`
		Reason string      `json:"reason"`
		Number *int64      `json:"number,omitzero"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	before := int64(-1)
	if in.Number != nil {
		before = *in.Number
	}
	var p record.Numbered
	err = s.ledger.Write(r.Context(), studyOf(r), func(w *ledger.Writer) (err error) {
		p, err = record.SetPlan(r.Context(), w, st, in.Plan, before, in.Reason)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"number": p.Number, "plan": p.Plan, "by": p.By, "at": p.At})
}
