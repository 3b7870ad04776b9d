package goods

import (
	"context"
	"net/http"
	"strconv"

	"casebook"
	"casebook/allocation/kit"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Service keeps the register of goods.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World

	reauthenticate func(r *http.Request, user, password string) error
}

// New returns the service of l's database. Before a signature reauthenticate proves who signs.
func New(l *ledger.Ledger, reauthenticate func(r *http.Request, user, password string) error) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), reauthenticate: reauthenticate}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	return []auth.Route{
		{Pattern: "GET " + study + "/goods", Policy: auth.SiteInside(auth.SiteRead), Handle: s.list},
		{Pattern: "POST " + study + "/sites/{site}/goods", Policy: auth.SiteInside(auth.SiteStaff), Handle: s.add},
		{Pattern: "POST " + study + "/goods/{item}/lines", Policy: auth.SiteInside(auth.SiteStaff), Handle: s.move},
		{Pattern: "POST " + study + "/goods/{item}/lines/{line}/confirmation", Policy: auth.SiteInside(auth.DocumentFile), Handle: s.confirm},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const maxBody = 16 << 10

// shown is an item as the pages see it.
type shown struct {
	keep.Record[Item] `json:",embed"`
	Sums              `json:",embed"`
	Moves             bool `json:"moves"`    // the reader may add lines
	Confirms          bool `json:"confirms"` // and confirm those of others
}

func show(r *http.Request, k keep.Record[Item]) shown {
	p := auth.From(r.Context())
	return shown{k, k.Doc.Sums(), p.Allows(auth.SiteStaff, studyOf(r), k.Site), p.Allows(auth.DocumentFile, studyOf(r), k.Site)}
}

// register is what a study's sites have.
type register struct {
	Items []shown                      `json:"items"`
	Kits  []kit.Balance                `json:"kits"` // the numbered kits, which have a register of their own
	Sites map[casebook.SiteID]odm.Text `json:"sites"`
	Adds  []casebook.SiteID            `json:"adds"`  // where the reader may add items
	Today map[casebook.SiteID]string   `json:"today"` // at each site
}

// list answers the register of the sites that the reader sees: devices, samples and drugs by lot, and beside them whether the numbered
// kits of the study drug add up.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	sees, adds := site.Sight(r, auth.SiteRead), site.Sight(r, auth.SiteStaff)
	out := register{Items: []shown{}, Kits: []kit.Balance{}, Sites: map[casebook.SiteID]odm.Text{}, Adds: []casebook.SiteID{}, Today: map[casebook.SiteID]string{}}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		sites, err := trial.SitesOf(r.Context(), tx, studyOf(r))
		if err != nil {
			return err
		}
		for _, at := range sites {
			if sees(at.ID) {
				out.Sites[at.ID], out.Today[at.ID] = at.Name, site.Today(s.world.Now(), at.Zone).String()
			}
			if adds(at.ID) {
				out.Adds = append(out.Adds, at.ID)
			}
		}
		found, err := keep.List[Item](r.Context(), tx, studyOf(r), items)
		if err != nil {
			return err
		}
		for _, k := range found {
			if sees(k.Site) {
				out.Items = append(out.Items, show(r, k))
			}
		}
		kits, err := kit.BySite(r.Context(), tx, studyOf(r))
		for _, b := range kits {
			if sees(b.Site) {
				out.Kits = append(out.Kits, b)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// add adds an item to a site's register.
func (s *Service) add(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := site.Enter(r, s.db, auth.SiteStaff)
	if err != nil {
		return err
	}
	var in struct {
		Kind    string    `json:"kind"`
		Name    string    `json:"name"`
		Lot     string    `json:"lot,omitempty"`
		Unit    string    `json:"unit"`
		Expires plan.Date `json:"expires,omitzero"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Item]
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		k, err = Add(ctx, w, at.ID, Item{Kind: in.Kind, Name: in.Name, Lot: in.Lot, Unit: in.Unit, Expires: in.Expires})
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, show(r, k))
}

// enter returns the item of the address and ctx of who may act at its site; one of a foreign site is answered like one that
// is not there.
func (s *Service) enter(r *http.Request, action auth.Action) (ctx context.Context, k keep.Record[Item], at trial.Site, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if k, err = keep.Find[Item](r.Context(), tx, studyOf(r), items, r.PathValue("item")); err == nil && k.Version > 0 {
			at, err = trial.FindSite(r.Context(), tx, studyOf(r), k.Site)
		}
		return err
	})
	ctx, may := auth.Act(r.Context(), action, studyOf(r), k.Site)
	switch sees := auth.From(r.Context()).Allows(auth.SiteRead, studyOf(r), k.Site); {
	case err != nil:
	case k.Version == 0 || !sees:
		err = casebook.Fail(casebook.NotFound, "goods.unknown").At("item")
	case !may:
		err = casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	return ctx, k, at, err
}

// move adds a signed line to an item: so much was received, used, returned, destroyed or corrected on a day.
func (s *Service) move(w http.ResponseWriter, r *http.Request) error {
	ctx, k, at, err := s.enter(r, auth.SiteStaff)
	if err != nil {
		return err
	}
	var in struct {
		Version  int64              `json:"version"`
		What     string             `json:"what"`
		Quantity int64              `json:"quantity"`
		On       plan.Date          `json:"on"`
		Subject  casebook.SubjectID `json:"subject,omitempty"`
		Note     string             `json:"note,omitempty"`
		User     string             `json:"user"`
		Password string             `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	line, today := Line{What: in.What, Quantity: in.Quantity, On: in.On, Subject: in.Subject, Note: in.Note}, site.Today(s.world.Now(), at.Zone)
	if err := line.check(today); err != nil { // before anybody is asked to prove anything
		return err
	}
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	return s.change(ctx, w, r, k.ID, http.StatusCreated, func(w *ledger.Writer, k keep.Record[Item]) (keep.Record[Item], error) {
		return Move(ctx, w, k, in.Version, line, today, auth.From(ctx).Printed())
	})
}

// confirm signs a line that another has signed, by who has seen what it says.
func (s *Service) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx, k, _, err := s.enter(r, auth.DocumentFile)
	if err != nil {
		return err
	}
	var in struct {
		Version  int64  `json:"version"`
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	n, _ := strconv.Atoi(r.PathValue("line")) // 0 is no line
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	return s.change(ctx, w, r, k.ID, http.StatusOK, func(w *ledger.Writer, k keep.Record[Item]) (keep.Record[Item], error) {
		return Confirm(ctx, w, k, in.Version, n, auth.From(ctx).Printed())
	})
}

func (s *Service) change(ctx context.Context, to http.ResponseWriter, r *http.Request, id string, status int, fn func(*ledger.Writer, keep.Record[Item]) (keep.Record[Item], error)) error {
	var k keep.Record[Item]
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) (err error) {
		if k, err = keep.Find[Item](ctx, w.Tx, w.Study, items, id); err == nil {
			k, err = fn(w, k)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(to, status, show(r, k))
}
