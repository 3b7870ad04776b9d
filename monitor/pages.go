package monitor

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/stat"
	"casebook/store"
	"casebook/web"
)

// maxStep bounds the body of a step, and of an indicator.
const maxStep = 64 << 10

// postStep takes a step in a signal's life: {action, text, assignee, links, expect}. Closing is signed: {user, password},
// where user may be left out within a series of signatures.
func (s *Service) postStep(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Handling
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxStep, &in); err != nil {
		return err
	}
	study, id := casebook.StudyID(r.PathValue("study")), r.PathValue("signal")
	var sig Signal
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) { sig, err = signal(r.Context(), tx, study, id); return err })
	ctx, ok := auth.Act(r.Context(), auth.SignalHandle, study, sig.Site)
	switch {
	case err != nil:
		return err
	case !ok: // nobody learns of signals of sites that are not theirs
		return casebook.Fail(casebook.NotFound, "monitor.signal.unknown").At("signal")
	}
	p := auth.From(ctx)
	if in.Action == Close && s.Reauthenticate != nil {
		if err := in.Handling.check(&sig.Life, p.User); err != nil {
			return err
		}
		if err := s.Reauthenticate(r, in.User, in.Password); err != nil {
			return err
		}
		in.Signed = p.Printed()
	}
	if sig, err = s.Handle(ctx, study, id, in.Handling); err != nil {
		return err
	}
	f, err := s.Figures(ctx, study)
	if err != nil {
		return err
	}
	s.live.wake()
	return web.JSON(w, http.StatusOK, map[string]any{"signal": sig.json(f, p.User)})
}

type (
	overviewJSON struct {
		AsOf   time.Time   `json:"asOf"`
		KRIs   []kriJSON   `json:"kris"`
		Sites  []heatJSON  `json:"sites"` // by risk, the highest first
		Limits []limitJSON `json:"limits"`
	}
	kriJSON struct {
		ID        string   `json:"id"`
		Name      odm.Text `json:"name"`
		Version   int      `json:"version"`
		Method    string   `json:"method"`
		Mean      float64  `json:"mu"`
		Factor    float64  `json:"phi"`
		Assessed  int      `json:"assessed"` // sites
		Per       odm.Text `json:"per"`
		Counted   odm.Text `json:"counted"`
		Numerator int64    `json:"numerator"` // of all sites
	}
	heatJSON struct {
		Site     casebook.SiteID `json:"site"`
		Name     odm.Text        `json:"siteName"`
		Subjects int64           `json:"subjects"`
		Risk     *float64        `json:"risk"` // 0 to 100; null without any flag
		Signals  int             `json:"signals"`
		Cells    []cellJSON      `json:"cells"` // in the order of kris
	}
	cellJSON struct {
		Numerator   int64    `json:"numerator"`
		Denominator int64    `json:"denominator"`
		Score       *float64 `json:"score"` // null where the site cannot be assessed
		Flag        *int     `json:"flag"`
	}
	limitJSON struct {
		KRI         string   `json:"kri"`
		Name        odm.Text `json:"name"`
		Numerator   int64    `json:"numerator"`
		Denominator int64    `json:"denominator"`
		Expected    float64  `json:"expected"`
		Flag        *int     `json:"flag"`
	}
)

// overview compares every site by every indicator.
func (f *Figures) overview(v sight, standing map[casebook.SiteID]int) overviewJSON {
	out := overviewJSON{AsOf: f.AsOf, KRIs: []kriJSON{}, Sites: []heatJSON{}, Limits: []limitJSON{}}
	rows, risks := map[casebook.SiteID]*heatJSON{}, f.risks()
	for i := range f.Tables {
		t := &f.Tables[i]
		if t.Indicator.Group == groupStudy {
			out.Limits = append(out.Limits, t.limit())
			continue
		}
		k := kriJSON{ID: t.Indicator.ID, Name: t.Indicator.Name, Version: t.Indicator.Version, Method: t.Indicator.Method,
			Mean: finite(t.Funnel.Mean), Factor: finite(t.Funnel.Factor), Per: t.Indicator.Words.Per, Counted: t.Indicator.Words.Many,
			Numerator: t.Study.Counts.Num}
		for _, r := range t.Sites {
			k.Assessed += int(one(r.Assessed))
			if !v.has(r.Site) {
				continue
			}
			h := rows[r.Site]
			if h == nil {
				h = &heatJSON{Site: r.Site, Name: named(r.Name), Cells: []cellJSON{}, Signals: standing[r.Site]}
				if risk, ok := risks[r.Site]; ok && risk.Max > 0 {
					percent := risk.Percent()
					h.Risk = &percent
				}
				rows[r.Site] = h
			}
			c := cellJSON{Numerator: r.Counts.Num, Denominator: r.Counts.Den}
			if r.Assessed {
				c.Score, c.Flag = &r.Score, &r.Flag
			}
			h.Cells = append(h.Cells, c)
			if t.Indicator.ID == "kri0012" { // its denominator is the subjects
				h.Subjects = r.Counts.Den
			}
		}
		out.KRIs = append(out.KRIs, k)
	}
	for _, h := range rows {
		out.Sites = append(out.Sites, *h)
	}
	slices.SortFunc(out.Sites, func(a, b heatJSON) int {
		return cmp.Or(cmp.Compare(riskOf(b), riskOf(a)), cmp.Compare(a.Site, b.Site))
	})
	return out
}

func riskOf(h heatJSON) float64 {
	if h.Risk == nil {
		return -1
	}
	return *h.Risk
}

func (t *Table) limit() limitJSON {
	l := limitJSON{KRI: t.Indicator.ID, Name: t.Indicator.Name, Numerator: t.Study.Counts.Num, Denominator: t.Study.Counts.Den, Expected: t.Indicator.Thresholds[0]}
	if t.Study.Assessed {
		l.Flag = &t.Study.Flag
	}
	return l
}

func (s *Service) getOverview(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	standing := map[casebook.SiteID]int{}
	var f *Figures
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		signals, err := signalsAfter(r.Context(), tx, study, 0)
		if err != nil {
			return err
		}
		for _, sig := range signals {
			if sig.State != closed {
				standing[sig.Site]++
			}
		}
		f, err = s.current(r.Context(), tx, study)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, f.overview(sightOf(r, study), standing))
}

// digitsJSON are the last digits of one measurement at a site, beside those of all others.
type digitsJSON struct {
	Item string      `json:"item"`
	Name odm.Text    `json:"name"`
	Site stat.Digits `json:"site"`
	Rest stat.Digits `json:"rest"`
	V    *float64    `json:"v"` // Cramér's; null where it cannot be said
	P    *float64    `json:"p"` // corrected for the number of measurements
}

// digitsOf compares the last digits of a site's measurements with those of the others, the oddest first.
func (st *state) digitsOf(at *site) []digitsJSON {
	out := []digitsJSON{}
	var ps []float64
	for n := range at.Of {
		item, own := at.Of[n].name, at.Of[n].counts()
		var rest stat.Digits
		for _, s := range st.order {
			if other := s.Of.of(item); s != at && other != nil {
				for i, n := range other.Digits {
					rest[i] += int64(n)
				}
			}
		}
		c := stat.Compare(own[:], rest[:])
		j := digitsJSON{Item: item, Site: own, Rest: rest}
		if c.Freedom > 0 {
			j.V = &c.V
		}
		out, ps = append(out, j), append(ps, c.P)
	}
	for i, p := range stat.BenjaminiHochberg(ps) {
		if out[i].V != nil {
			out[i].P = &p
		}
	}
	slices.SortFunc(out, func(a, b digitsJSON) int {
		return cmp.Or(cmp.Compare(value0(b.V), value0(a.V)), cmp.Compare(a.Item, b.Item))
	})
	return out
}

func value0(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

// getSite answers one site: its figures by every indicator, the course of its scores, and its last digits.
func (s *Service) getSite(w http.ResponseWriter, r *http.Request) error {
	study, site := casebook.StudyID(r.PathValue("study")), casebook.SiteID(r.PathValue("site"))
	v := sightOf(r, study)
	if !v.has(site) {
		return casebook.Fail(casebook.NotFound, "monitor.site_unknown", site).At("site")
	}
	v.all, v.sites = false, []casebook.SiteID{site}
	var f *Figures
	var digits []digitsJSON
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if f, err = s.current(r.Context(), tx, study); err != nil {
			return err
		}
		return s.inState(r.Context(), tx, study, func(_ *edition, st *state) error {
			at := st.sites[site]
			if at == nil {
				return casebook.Fail(casebook.NotFound, "monitor.site_unknown", site).At("site")
			}
			digits = st.digitsOf(at)
			return nil
		})
	})
	if err != nil {
		return err
	}
	course := s.pastOf(r.Context(), study, f).course(f, site)
	return web.JSON(w, http.StatusOK, map[string]any{"overview": f.overview(v, nil), "digits": digits, "course": course})
}

func (s *Service) getExplained(w http.ResponseWriter, r *http.Request) error {
	study, site := casebook.StudyID(r.PathValue("study")), casebook.SiteID(r.PathValue("site"))
	if !sightOf(r, study).has(site) {
		return casebook.Fail(casebook.NotFound, "monitor.site_unknown", site).At("site")
	}
	x, err := s.Explain(r.Context(), study, r.PathValue("kri"), site)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, x)
}

func (s *Service) getIndicators(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	auth.From(r.Context()).Sites(auth.SignalRead, study) // whoever sees signals sees what they are judged by
	var e *edition
	edited := []string{}
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if e, err = s.edition(r.Context(), tx, study); err != nil || e.edited == 0 {
			return err
		}
		own, err := ownIndicators(r.Context(), tx, study)
		for _, k := range own {
			edited = append(edited, k.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"indicators": e.indicators, "edited": edited})
}

// getIndicator answers an indicator's versions, the one that stands first.
func (s *Service) getIndicator(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	auth.From(r.Context()).Sites(auth.SignalRead, study)
	var all []Edition
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		all, err = s.editions(r.Context(), tx, study, r.PathValue("kri"))
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"versions": all})
}

// candidate reads an indicator that somebody wants: {indicator, reason}.
func candidate(r *http.Request) (k *Indicator, reason string, err error) {
	var in struct {
		Indicator Indicator `json:"indicator"`
		Reason    string    `json:"reason"`
	}
	if err := web.Decode(r, maxStep, &in); err != nil {
		return nil, "", err
	}
	return &in.Indicator, in.Reason, in.Indicator.check()
}

func (s *Service) postIndicator(w http.ResponseWriter, r *http.Request) error {
	k, reason, err := candidate(r)
	if err != nil {
		return err
	}
	study := casebook.StudyID(r.PathValue("study"))
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, study, "")
	if err := s.Edit(ctx, study, k, reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"indicator": k})
}

func (s *Service) postSimulation(w http.ResponseWriter, r *http.Request) error {
	k, _, err := candidate(r)
	if err != nil {
		return err
	}
	sim, err := s.Simulate(r.Context(), casebook.StudyID(r.PathValue("study")), k)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, sim)
}
