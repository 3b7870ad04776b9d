package kit

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	handle, treatment := auth.SiteInside(auth.KitHandle), auth.InStudy(auth.TreatmentManage)
	return []auth.Route{
		{Pattern: "GET " + study + "/kits", Policy: auth.SiteInside(auth.SubjectRead), Handle: s.list},
		{Pattern: "GET " + study + "/kit-stock", Policy: treatment, Handle: s.stock},
		{Pattern: "POST " + study + "/kit-shipments", Policy: treatment, Handle: s.send},
		{Pattern: "POST " + study + "/kit-transfers", Policy: treatment, Handle: s.transfer},
		{Pattern: "POST " + study + "/kit-shipments/{shipment}/receipt", Policy: handle, Handle: s.receive},
		{Pattern: "POST " + study + "/subjects/{subject}/kits", Policy: handle, Handle: s.dispense},
		{Pattern: "POST " + study + "/kits/{kit}/return", Policy: handle, Handle: s.takeBack},
		{Pattern: "POST " + study + "/kits/{kit}/spoiling", Policy: handle, Handle: s.spoil},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const (
	maxBody  = 2 << 20
	maxSmall = 64 << 10
)

// Balance is whether a site's or a subject's kits add up: what was sent to the site is on the way, in stock, out, back, spoiled or went
// on to another site; units that went out came back or were used.
type Balance struct {
	Site     casebook.SiteID    `json:"site"`
	Subject  casebook.SubjectID `json:"subject,omitempty"`
	Kits     map[State]int64    `json:"kits"`     // by state
	PassedOn int64              `json:"passedOn"` // kits that went on to another site
	UnitsOut int64              `json:"unitsOut"`
	Back     int64              `json:"unitsBack"` // of kits that came back
	Used     int64              `json:"unitsUsed"` // of kits that came back
	Open     int64              `json:"unitsOpen"` // of kits that did not come back yet
}

// BySite tells of each site whether its kits add up.
func BySite(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Balance, error) {
	kits, err := All(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	passed, err := passedOn(ctx, tx, study)
	sites, _ := balances(kits, passed)
	return sites, err
}

// balances are those of sites and of subjects, in the order of the kits.
func balances(kits []Kit, passed map[casebook.SiteID]int64) (sites, subjects []Balance) {
	of := func(all []Balance, site casebook.SiteID, subject casebook.SubjectID) ([]Balance, *Balance) {
		i := slices.IndexFunc(all, func(b Balance) bool { return b.Site == site && b.Subject == subject })
		if i < 0 {
			i, all = len(all), append(all, Balance{Site: site, Subject: subject, Kits: map[State]int64{}})
		}
		return all, &all[i]
	}
	add := func(all []Balance, k Kit, subject casebook.SubjectID) []Balance {
		all, b := of(all, k.Site, subject)
		b.Kits[k.State]++
		switch k.State {
		case Out:
			b.UnitsOut, b.Open = b.UnitsOut+k.Units, b.Open+k.Units
		case Back:
			b.UnitsOut, b.Back, b.Used = b.UnitsOut+k.Units, b.Back+k.Back, b.Used+k.Units-k.Back
		}
		return all
	}
	sites, subjects = []Balance{}, []Balance{}
	for _, k := range kits {
		sites = add(sites, k, "")
		if k.Subject != "" {
			subjects = add(subjects, k, k.Subject)
		}
	}
	for _, site := range slices.Sorted(maps.Keys(passed)) {
		var b *Balance
		sites, b = of(sites, site, "") // one that passed on all it had, too
		b.PassedOn = passed[site]
	}
	return sites, subjects
}

type listed struct {
	Kits     []Kit             `json:"kits"`
	Sites    []Balance         `json:"sites"`
	Subjects []Balance         `json:"subjects"`
	Handle   []casebook.SiteID `json:"handle"` // where the reader receives, dispenses and takes back
}

// list answers the kits of the reader's sites and whether they add up. It tells nobody what a kit holds.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	p, out := auth.From(r.Context()), listed{Kits: []Kit{}, Handle: []casebook.SiteID{}}
	all, sites := p.Sites(auth.SubjectRead, studyOf(r))
	passed := map[casebook.SiteID]int64{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		have, err := All(r.Context(), tx, studyOf(r))
		if err != nil {
			return err
		}
		if passed, err = passedOn(r.Context(), tx, studyOf(r)); !all {
			maps.DeleteFunc(passed, func(site casebook.SiteID, _ int64) bool { return !slices.Contains(sites, site) })
		}
		for _, k := range have {
			if !all && !slices.Contains(sites, k.Site) {
				continue
			}
			if out.Kits = append(out.Kits, k); p.Allows(auth.KitHandle, studyOf(r), k.Site) && !slices.Contains(out.Handle, k.Site) {
				out.Handle = append(out.Handle, k.Site)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	out.Sites, out.Subjects = balances(out.Kits, passed)
	return web.JSON(w, http.StatusOK, out)
}

// held is a kit with what it holds.
type held struct {
	Kit    Kit    `json:",embed"`
	Inside Inside `json:",embed"`
}

// stock answers what every kit holds: looking is an entry of the ledger.
func (s *Service) stock(w http.ResponseWriter, r *http.Request) error {
	ctx, out := r.Context(), []held{}
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		out = out[:0]
		insides, err := s.insides(ctx, w.Tx, studyOf(r), "")
		if err != nil {
			return err
		}
		have, err := All(ctx, w.Tx, studyOf(r))
		for _, k := range have {
			out = append(out, held{k, insides[k.ID]})
		}
		w.Record(ctx, ledger.Entry{What: Opened})
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusOK, map[string]any{"kits": out})
}

// send takes in the kits of a shipment.
func (s *Service) send(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Site  casebook.SiteID `json:"site"`
		Units int64           `json:"units"`
		CSV   string          `json:"csv"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	id, err := s.Send(r.Context(), studyOf(r), in.Site, in.Units, in.CSV)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"shipment": id})
}

// transfer sends kits from one site's stock on to another site, which receives them as a shipment: {from, to, kits, reason}.
func (s *Service) transfer(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		From   casebook.SiteID `json:"from"`
		To     casebook.SiteID `json:"to"`
		Kits   []string        `json:"kits"`
		Reason string          `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	id, err := s.Pass(r.Context(), studyOf(r), in.From, in.To, in.Kits, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"shipment": id})
}

// at asks whether the reader may handle the kits of a site; a foreign one is answered like one that is not there.
func at(r *http.Request, site casebook.SiteID, otherwise error) (context.Context, error) {
	ctx, ok := auth.Act(r.Context(), auth.KitHandle, studyOf(r), site)
	if !ok {
		return ctx, otherwise
	}
	return ctx, nil
}

// receive takes a shipment into the stock of its site.
func (s *Service) receive(w http.ResponseWriter, r *http.Request) error {
	var site casebook.SiteID
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		site, err = siteOf(r.Context(), tx, studyOf(r), r.PathValue("shipment"))
		return err
	})
	if err != nil {
		return err
	}
	ctx, err := at(r, site, unknown("shipment"))
	if err != nil {
		return err
	}
	var in struct {
		Spoiled []string `json:"spoiled,omitempty"`
		Reason  string   `json:"reason,omitempty"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	return done(w, s.Receive(ctx, studyOf(r), r.PathValue("shipment"), in.Spoiled, in.Reason))
}

func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// dispense answers the kit that a subject is given, which the server picks.
func (s *Service) dispense(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	p, err := s.patients.Get(r.Context(), studyOf(r), id)
	if err != nil {
		return err
	}
	ctx, err := at(r, p.Site, patient.Unknown(id))
	if err != nil {
		return err
	}
	if err := web.Decode(r, maxSmall, &struct{}{}); err != nil {
		return err
	}
	k, err := s.Dispense(ctx, studyOf(r), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, k)
}

// enter finds the kit of the address at a site whose kits the reader may handle.
func (s *Service) enter(r *http.Request) (ctx context.Context, k Kit, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		k, err = find(r.Context(), tx, studyOf(r), r.PathValue("kit"), "")
		return err
	})
	if err != nil {
		return r.Context(), k, err
	}
	ctx, err = at(r, k.Site, unknown("kit"))
	return ctx, k, err
}

// takeBack takes a kit back from its subject.
func (s *Service) takeBack(w http.ResponseWriter, r *http.Request) error {
	ctx, k, err := s.enter(r)
	if err != nil {
		return err
	}
	var in struct {
		Units int64 `json:"units"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	return done(w, s.Return(ctx, studyOf(r), k.ID, in.Units))
}

// spoil takes a kit out of the stock.
func (s *Service) spoil(w http.ResponseWriter, r *http.Request) error {
	ctx, k, err := s.enter(r)
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	return done(w, s.Spoil(ctx, studyOf(r), k.ID, in.Reason))
}
