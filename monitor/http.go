package monitor

import (
	"cmp"
	"math"
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

// Routes are what staff read: signals, the sites compared, and both as they happen.
func (s *Service) Routes() []auth.Route {
	read := auth.SiteInside(auth.SignalRead)
	return []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/signals", Policy: read, Handle: s.getSignals},
		{Pattern: "POST /api/v1/studies/{study}/signals/{signal}/steps", Policy: auth.SiteInside(auth.SignalHandle), Handle: s.postStep},
		{Pattern: "GET /api/v1/studies/{study}/monitoring", Policy: read, Handle: s.getMonitoring},
		{Pattern: "GET /api/v1/studies/{study}/monitoring/overview", Policy: read, Handle: s.getOverview},
		{Pattern: "GET /api/v1/portfolio", Policy: auth.SignedIn, Handle: s.getPortfolio},
		{Pattern: "GET /api/v1/studies/{study}/monitoring/power", Policy: read, Handle: s.getPower},
		{Pattern: "GET /api/v1/studies/{study}/monitoring/rehearsal", Policy: read, Handle: s.getRehearsal},
		{Pattern: "POST /api/v1/studies/{study}/monitoring/rehearsal", Policy: auth.InStudy(auth.StudyManage), Handle: s.postRehearsal},
		{Pattern: "DELETE /api/v1/studies/{study}/monitoring/rehearsal", Policy: auth.InStudy(auth.StudyManage), Handle: s.deleteRehearsal},
		{Pattern: "GET /api/v1/studies/{study}/monitoring/sites/{site}", Policy: read, Handle: s.getSite},
		{Pattern: "GET /api/v1/studies/{study}/monitoring/sites/{site}/{kri}", Policy: read, Handle: s.getExplained},
		{Pattern: "GET /api/v1/studies/{study}/indicators", Policy: read, Handle: s.getIndicators},
		{Pattern: "GET /api/v1/studies/{study}/indicators/{kri}", Policy: read, Handle: s.getIndicator},
		{Pattern: "POST /api/v1/studies/{study}/indicators", Policy: auth.InStudy(auth.StudyManage), Handle: s.postIndicator},
		{Pattern: "POST /api/v1/studies/{study}/indicators/simulation", Policy: auth.InStudy(auth.StudyManage), Handle: s.postSimulation},
		{Pattern: "GET /api/v1/studies/{study}/live", Policy: read, Handle: s.getLive},
	}
}

// sight is which sites somebody may see. The mean of all sites, and how far they scatter, belong to the study.
type sight struct {
	all   bool
	sites []casebook.SiteID
	who   *auth.Principal
	study casebook.StudyID
}

// handler is the reader, if they may handle signals of the site; else "".
func (v sight) handler(site casebook.SiteID) casebook.UserID {
	if v.who != nil && v.who.Allows(auth.SignalHandle, v.study, site) {
		return v.who.User
	}
	return ""
}

func sightOf(r *http.Request, study casebook.StudyID) sight {
	p := auth.From(r.Context())
	all, sites := p.Sites(auth.SignalRead, study)
	return sight{all, sites, p, study}
}

func (v sight) has(site casebook.SiteID) bool { return v.all || slices.Contains(v.sites, site) }

type (
	signalJSON struct {
		ID          string          `json:"id"`
		Number      int64           `json:"number"`
		KRI         string          `json:"kri"`
		Name        odm.Text        `json:"name"`
		Site        casebook.SiteID `json:"site"`
		SiteName    odm.Text        `json:"siteName"`
		Level       int             `json:"level"`
		Score       float64         `json:"score"`
		Numerator   int64           `json:"numerator"`
		Denominator int64           `json:"denominator"`
		Expected    float64         `json:"expected"`
		State       string          `json:"state"`
		Assignee    casebook.UserID `json:"assignee,omitempty"`
		Due         time.Time       `json:"due,omitzero"` // when it is late in this state
		Contact     string          `json:"contact"`      // with the site: "", proposed or approved
		Steps       []Step          `json:"steps"`
		Actions     []string        `json:"actions"` // what the reader may do
		RaisedAt    time.Time       `json:"raisedAt"`
		Text        odm.Text        `json:"text"`
		Raised      Evidence        `json:"raised"` // the numbers it was raised on; those above are the newest
	}
	monitoringJSON struct {
		KRI    string     `json:"kri"`
		Name   odm.Text   `json:"name"`
		AsOf   time.Time  `json:"asOf"`
		Mean   float64    `json:"mu"`
		Factor float64    `json:"phi"`
		Sites  []siteJSON `json:"sites"`
		Bounds []lineJSON `json:"bounds"`
	}
	siteJSON struct {
		Site        casebook.SiteID `json:"site"`
		SiteName    odm.Text        `json:"siteName"`
		Numerator   int64           `json:"numerator"`
		Denominator int64           `json:"denominator"`
		Metric      float64         `json:"metric"`
		Score       *float64        `json:"score"` // null where the site cannot be assessed
		Flag        *int            `json:"flag"`
		Limit       float64         `json:"limit"` // what |score| could reach at most
	}
	lineJSON struct {
		Threshold float64      `json:"threshold"`
		Points    [][2]float64 `json:"points"` // denominator, metric
	}
)

// signalsJSON shows signals with their newest numbers.
func signalsJSON(signals []Signal, f *Figures, v sight) []signalJSON {
	out := []signalJSON{}
	for _, sig := range signals {
		if v.has(sig.Site) {
			out = append(out, sig.json(f, v.handler(sig.Site)))
		}
	}
	return out
}

// json shows a signal, to who may handle it as by, with the newest numbers of its site; where there are none, or of an indicator that is no longer
// computed, with those it was raised on.
func (sig Signal) json(f *Figures, by casebook.UserID) signalJSON {
	out := signalJSON{ID: sig.ID, Number: sig.Number, KRI: sig.KRI, Site: sig.Site, Level: sig.Level, Score: sig.Score,
		Numerator: sig.Numerator, Denominator: sig.Denominator, Expected: sig.Mean * float64(sig.Denominator),
		State: sig.State, Assignee: sig.Assignee, Due: sig.Due(), Steps: sig.Steps, Actions: []string{}, RaisedAt: sig.RaisedAt, Raised: sig.Evidence, Name: odm.Text{}, SiteName: odm.Text{}, Text: odm.Text{}}
	if out.Steps == nil {
		out.Steps = []Step{}
	}
	switch {
	case sig.ApprovedBy != "":
		out.Contact = "approved"
	case sig.ProposedBy != "":
		out.Contact = "proposed"
	}
	if by != "" {
		out.Actions = sig.actions(by)
	}
	t := f.table(sig.KRI)
	if t == nil {
		return out
	}
	out.Name = t.Indicator.Name
	if r, ok := t.row(sig.Site); ok && !math.IsNaN(r.Score) {
		out.SiteName, out.Score, out.Text = named(r.Name), r.Score, t.explain(r)
		out.Numerator, out.Denominator, out.Expected = r.Counts.Num, r.Counts.Den, t.expected(r.Counts)
	}
	return out
}

func named(t odm.Text) odm.Text {
	if t == nil {
		return odm.Text{}
	}
	return t
}

// firstKRI is the indicator that is shown when none is asked for.
const firstKRI = "kri0001"

// thin is how many points of a funnel's line are left out for each that is shown: a picture does not need all 253.
const thin = 5

func (t *Table) json(asOf time.Time, v sight) monitoringJSON {
	out := monitoringJSON{KRI: t.Indicator.ID, Name: t.Indicator.Name, AsOf: asOf, Sites: []siteJSON{}, Bounds: []lineJSON{}}
	if t.Funnel.Sites > 0 {
		out.Mean, out.Factor = t.Funnel.Mean, t.Funnel.Factor
	}
	for _, r := range t.Sites {
		if !v.has(r.Site) {
			continue
		}
		row := siteJSON{Site: r.Site, SiteName: named(r.Name), Numerator: r.Counts.Num, Denominator: r.Counts.Den, Limit: finite(r.Limit)}
		if r.Counts.Den > 0 {
			row.Metric = r.Counts.Metric()
		}
		if r.Assessed {
			row.Score, row.Flag = &r.Score, &r.Flag
		}
		out.Sites = append(out.Sites, row)
	}
	if slices.Contains(detectors, t.Indicator.Method) {
		return out // whose limits are of surprise, and no lines among counts
	}
	all := t.Funnel.Bounds(t.Indicator.Thresholds, func(yield func(stat.Counts) bool) {
		for _, r := range t.Sites {
			if !yield(r.Counts) {
				return
			}
		}
	})
	for i, b := range all {
		first := i == 0 || all[i-1].Threshold != b.Threshold
		last := i == len(all)-1 || all[i+1].Threshold != b.Threshold
		if first {
			out.Bounds = append(out.Bounds, lineJSON{Threshold: b.Threshold})
		}
		line := &out.Bounds[len(out.Bounds)-1]
		if first || last || i%thin == 0 {
			line.Points = append(line.Points, [2]float64{b.Den, b.Metric})
		}
	}
	return out
}

func (s *Service) getSignals(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	var signals []Signal
	var f *Figures
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if signals, err = signalsAfter(r.Context(), tx, study, 0); err == nil {
			f, err = s.current(r.Context(), tx, study)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"signals": signalsJSON(signals, f, sightOf(r, study))})
}

func (s *Service) getMonitoring(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	f, err := s.Figures(r.Context(), study)
	if err != nil {
		return err
	}
	kri := cmp.Or(r.URL.Query().Get("kri"), firstKRI)
	t := f.table(kri)
	if t == nil {
		return casebook.Fail(casebook.NotFound, "monitor.kri_unknown", kri).At("kri")
	}
	return web.JSON(w, http.StatusOK, t.json(f.AsOf, sightOf(r, study)))
}
