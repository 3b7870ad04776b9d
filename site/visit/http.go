package visit

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Options of the service.
type Options struct {
	Reauthenticate func(r *http.Request, user, password string) error
	// Signals names the open signals of a site.
	Signals func(ctx context.Context, study casebook.StudyID, at casebook.SiteID) ([]string, error)
	// Cause notes at the signal that made somebody go, in the write that plans it, that a visit is planned; it refuses one that is
	// none of the site's. Nil notes nothing.
	Cause func(ctx context.Context, w *ledger.Writer, at casebook.SiteID, signal, visit string) error
	// Post makes a letter ready to be sent to those who work at the site; nil, of it or of what it returns, sends nothing.
	Post func(ctx context.Context, study casebook.StudyID, m Mail) (*site.Posting, error)
	// Receipt tells how far a letter has come.
	Receipt func(ctx context.Context, study casebook.StudyID, notice string) (Receipt, error)
}

// Mail is a letter on its way to a site.
type Mail struct {
	Site  casebook.SiteID
	Visit string
	On    plan.Date
	Step  string // confirm or follow
	Text  string
}

// Receipt is how many at the site a letter has reached.
type Receipt struct {
	Recipients   int64 `json:"recipients"`
	Read         int64 `json:"read"`
	Acknowledged int64 `json:"acknowledged"`
}

// Service keeps the monitoring visits.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World
	o      Options
}

// New returns the service of l's database.
func New(l *ledger.Ledger, o Options) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), o: o}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	read, write := auth.SiteInside(auth.SiteRead), auth.SiteInside(auth.VisitWrite)
	return []auth.Route{
		{Pattern: "GET " + study + "/monitoring-visits", Policy: read, Handle: s.list},
		{Pattern: "POST " + study + "/sites/{site}/monitoring-visits", Policy: write, Handle: s.plan},
		{Pattern: "GET " + study + "/monitoring-visits/{visit}", Policy: read, Handle: s.get},
		{Pattern: "POST " + study + "/monitoring-visits/{visit}/steps", Policy: write, Handle: s.step},
		{Pattern: "GET " + study + "/visit-checklists", Policy: write, Handle: s.getChecklists},
		{Pattern: "PUT " + study + "/visit-checklists/{kind}", Policy: auth.InStudy(auth.StudyManage), Handle: s.putChecklist},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const maxBody = 256 << 10

// shown is a visit as the reader sees it. Who works at the site sees when it is and its letters; the report is the sponsor's.
type shown struct {
	keep.Record[Visit] `json:",embed"`
	Late               int      `json:"late"` // days
	LateStep           string   `json:"lateStep,omitempty"`
	Next               []string `json:"next"`
}

func (s *Service) show(r *http.Request, k keep.Record[Visit], zone string) shown {
	p := auth.From(r.Context())
	x := shown{Record: k, Next: []string{}}
	x.Late, x.LateStep = k.Doc.Late(site.Today(s.world.Now(), zone))
	if !p.Allows(auth.SignalRead, studyOf(r), k.Site) {
		x.Doc.Report, x.Doc.Signed, x.Doc.Reviewed, x.Doc.Returned, x.Doc.Signal, x.Doc.Purpose = nil, nil, nil, nil, "", ""
	}
	x.Next = append(x.Next, k.Doc.next(p.User, p.Allows(auth.VisitWrite, studyOf(r), k.Site), p.Allows(auth.VisitReview, studyOf(r), k.Site))...)
	return x
}

// list answers the visits, those overdue longest first, then by day; what is over comes last.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	may, all := site.Sight(r, auth.SiteRead), []shown{}
	names := map[casebook.SiteID]odm.Text{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		sites, err := trial.SitesOf(r.Context(), tx, studyOf(r))
		if err != nil {
			return err
		}
		zones := map[casebook.SiteID]string{}
		for _, at := range sites {
			if zones[at.ID] = at.Zone; may(at.ID) {
				names[at.ID] = at.Name
			}
		}
		found, err := keep.List[Visit](r.Context(), tx, studyOf(r), visits)
		for _, k := range found {
			if !may(k.Site) {
				continue
			}
			if k.Doc.Report != nil {
				k.Doc.Report.Form, k.Doc.Report.Values = nil, nil // of one visit only
			}
			all = append(all, s.show(r, k, zones[k.Site]))
		}
		return err
	})
	if err != nil {
		return err
	}
	over := func(x shown) int {
		if x.Doc.State == Closed || x.Doc.State == Cancelled {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b shown) int {
		return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(b.Late, a.Late), cmp.Compare(a.Doc.On, b.Doc.On))
	})
	return web.JSON(w, http.StatusOK, map[string]any{"visits": all, "sites": names, "kinds": Kinds})
}

// plan plans a monitoring visit.
func (s *Service) plan(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := site.Enter(r, s.db, auth.VisitWrite)
	if err != nil {
		return err
	}
	var in Draft
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Visit]
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		if k, err = Plan(ctx, w, at.ID, in); err == nil && in.Signal != "" && s.o.Cause != nil {
			err = s.o.Cause(ctx, w, at.ID, in.Signal, k.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, s.show(r, k, at.Zone))
}

// enter returns the visit of the address; one of a foreign site is answered like one that is not there.
func (s *Service) enter(r *http.Request) (k keep.Record[Visit], at trial.Site, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if k, err = find(r.Context(), tx, studyOf(r), r.PathValue("visit")); err == nil {
			at, err = trial.FindSite(r.Context(), tx, studyOf(r), k.Site)
		}
		return err
	})
	if !auth.From(r.Context()).Allows(auth.SiteRead, studyOf(r), k.Site) && err == nil {
		err = unknown()
	}
	return k, at, err
}

// get answers one visit, the checklist, and what the data say of the site now.
func (s *Service) get(w http.ResponseWriter, r *http.Request) error {
	k, at, err := s.enter(r)
	if err != nil {
		return err
	}
	out := struct {
		shown     `json:",embed"`
		Name      odm.Text           `json:"name"`
		Today     plan.Date          `json:"today"`
		Checklist *record.AloneShown `json:"checklist,omitempty"` // the sponsor's
		Figures   *Figures           `json:"figures,omitempty"`
		// Receipts are how far the letters have come, by the notices that carry them.
		Receipts map[string]Receipt `json:"receipts"`
	}{Receipts: map[string]Receipt{}, shown: s.show(r, k, at.Zone), Name: at.Name, Today: site.Today(s.world.Now(), at.Zone)}
	if auth.From(r.Context()).Allows(auth.SignalRead, studyOf(r), k.Site) {
		f, err := s.Figures(r.Context(), studyOf(r), k.Site)
		if err != nil {
			return err
		}
		out.Figures = &f
		if out.Checklist, err = s.checklist(r, k); err != nil {
			return err
		}
		for _, l := range []*Letter{k.Doc.Confirmation, k.Doc.FollowUp} {
			if l == nil || l.Notice == "" || s.o.Receipt == nil {
				continue
			}
			if out.Receipts[l.Notice], err = s.o.Receipt(r.Context(), studyOf(r), l.Notice); err != nil {
				return err
			}
		}
	}
	return web.JSON(w, http.StatusOK, out)
}

// checklist is what a visit's report answers, as its renderer takes it.
func (s *Service) checklist(r *http.Request, k keep.Record[Visit]) (shown *record.AloneShown, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		form, err := k.Doc.checklist(r.Context(), tx, studyOf(r))
		if err != nil {
			return err
		}
		in, err := looking(r.Context(), tx, studyOf(r), k.Site)
		if err == nil {
			shown = record.NewAlone(form).Show(in)
		}
		return err
	})
	return shown, err
}

// getChecklists answers what is looked at in each kind of visit.
func (s *Service) getChecklists(w http.ResponseWriter, r *http.Request) error {
	all := []keep.Record[Checklist]{}
	if whole, sites := auth.From(r.Context()).Sites(auth.VisitWrite, studyOf(r)); !whole && len(sites) == 0 {
		return casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		for _, kind := range Kinds {
			k, err := ChecklistOf(r.Context(), tx, studyOf(r), kind)
			if err != nil {
				return err
			}
			all = append(all, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"checklists": all})
}

// putChecklist chooses what is looked at in a kind of visit. Reports that are begun keep theirs.
func (s *Service) putChecklist(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version int64        `json:"version"`
		Form    *odm.Version `json:"form"`
		Reason  string       `json:"reason,omitempty"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Checklist]
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, studyOf(r), "") // the policy has asked
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		k, err = SetChecklist(ctx, w, r.PathValue("kind"), in.Version, in.Form, in.Reason)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, k)
}

// step takes a step of a monitoring visit: letters, report, signature, review, another day, cancelling.
func (s *Service) step(w http.ResponseWriter, r *http.Request) error {
	k, at, err := s.enter(r)
	if err != nil {
		return err
	}
	var in Step
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	ctx, ok := auth.Act(r.Context(), action(in.Step), studyOf(r), k.Site)
	if !ok {
		return casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	var figures Figures
	if in.Step == "sign" || in.Step == "review" {
		if err := s.o.Reauthenticate(r, in.User, in.Secret); err != nil {
			return err
		}
		if figures, err = s.Figures(ctx, studyOf(r), k.Site); err != nil {
			return err
		}
	}
	post, err := s.post(ctx, studyOf(r), k, in)
	if err != nil {
		return err
	}
	if post != nil {
		in.notice = post.Notice
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		if k, err = find(ctx, w.Tx, w.Study, k.ID); err == nil {
			k, err = Take(ctx, w, k, in, auth.From(ctx).Printed(), figures)
		}
		if err == nil && post != nil {
			err = post.Send(ctx, w)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, s.show(r, k, at.Zone))
}

// post makes the letter of a step ready, nil when the step writes none.
func (s *Service) post(ctx context.Context, study casebook.StudyID, k keep.Record[Visit], in Step) (*site.Posting, error) {
	if in.Step != "confirm" && in.Step != "follow" || s.o.Post == nil || site.Fits("text", in.Text, true, maxLetter) != nil { // which the step says itself
		return nil, nil
	}
	return s.o.Post(ctx, study, Mail{Site: k.Site, Visit: k.ID, On: k.Doc.On, Step: in.Step, Text: in.Text})
}

// Figures counts what the data say of a site at this moment.
func (s *Service) Figures(ctx context.Context, study casebook.StudyID, at casebook.SiteID) (f Figures, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		subjects, err := patient.All(ctx, tx, study)
		if err != nil {
			return err
		}
		for _, p := range subjects {
			if p.Site == at {
				f.Screened++
				f.Enrolled += one(!p.JoinedAt.IsZero())
				f.Failed += one(p.Status == patient.ScreenFailed)
			}
		}
		queries, err := record.CountQueries(ctx, tx, study)
		if err != nil {
			return err
		}
		for _, q := range queries {
			if q.Site == at && (q.State == record.Open || q.State == record.Answered) {
				f.Queries += q.Count
			}
		}
		work, err := record.WorkList(ctx, tx, study, record.WorkFilter{Kind: record.SDV, Sites: []casebook.SiteID{at}, Limit: 1000})
		if err != nil {
			return err
		}
		f.Verify = len(work)
		f.Issues, err = site.OpenIssues(ctx, tx, study, at)
		return err
	})
	if err == nil && s.o.Signals != nil {
		f.Signals, err = s.o.Signals(ctx, study, at)
	}
	return f, err
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
