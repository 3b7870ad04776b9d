package monitor

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/monitor/harness"
	"casebook/odm"
	"casebook/stat"
	"casebook/store"
	"casebook/web"
)

// Standing is one study as somebody who watches several sees it.
type Standing struct {
	Study    casebook.StudyID `json:"study"`
	AsOf     time.Time        `json:"asOf"`
	Sites    int              `json:"sites"`
	Flagged  int              `json:"flagged"` // sites with a flag of any indicator
	Risk     *float64         `json:"risk"`    // of the riskiest site, 0 to 100; null without any flag
	Riskiest casebook.SiteID  `json:"riskiest,omitempty"`
	Name     odm.Text         `json:"riskiestName"`
	Open     int              `json:"open"`    // signals that are not closed
	Graver   int              `json:"graver"`  // of them, of level 2 or -2
	Overdue  int              `json:"overdue"` // of them, late in their state
	Oldest   time.Time        `json:"oldest,omitzero"`
}

// Portfolio returns the studies in which p may see signals, those with something overdue first, then by risk. p's grants
// say where to look, and each is looked up in its own study.
func (s *Service) Portfolio(ctx context.Context, p *auth.Principal) ([]Standing, error) {
	seen, all := map[casebook.StudyID]bool{}, []Standing{}
	for _, g := range p.Grants {
		whole, sites := p.Sites(auth.SignalRead, g.Study)
		if seen[g.Study] || g.Study == casebook.Platform || !whole && len(sites) == 0 {
			continue
		}
		seen[g.Study] = true
		var f *Figures
		var signals []Signal
		var now time.Time
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			now = tx.Now
			if signals, err = signalsAfter(ctx, tx, g.Study, 0); err == nil {
				f, err = s.current(ctx, tx, g.Study)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, f.standing(sight{all: whole, sites: sites, study: g.Study}, signals, now))
	}
	slices.SortFunc(all, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(value0(b.Risk), value0(a.Risk)), cmp.Compare(a.Study, b.Study))
	})
	return all, nil
}

// standing sums the figures and signals up that somebody may see.
func (f *Figures) standing(v sight, signals []Signal, now time.Time) Standing {
	out := Standing{Study: v.study, AsOf: f.AsOf, Name: odm.Text{}}
	names, flagged := map[casebook.SiteID]odm.Text{}, map[casebook.SiteID]bool{}
	for i := range f.Tables {
		for _, r := range f.Tables[i].Sites {
			if v.has(r.Site) {
				names[r.Site] = named(r.Name)
				flagged[r.Site] = flagged[r.Site] || r.Assessed && r.Flag != 0
			}
		}
	}
	risks := f.risks()
	for site := range names {
		out.Sites++
		out.Flagged += int(one(flagged[site]))
		risk, ok := risks[site]
		if !ok || risk.Max == 0 {
			continue
		}
		if x := risk.Percent(); out.Risk == nil || x > *out.Risk || x == *out.Risk && site < out.Riskiest {
			out.Risk, out.Riskiest, out.Name = &x, site, names[site]
		}
	}
	for i := range signals {
		sig := &signals[i]
		if sig.State == closed || !v.has(sig.Site) {
			continue
		}
		out.Open++
		out.Graver += int(one(max(sig.Level, -sig.Level) >= 2))
		if due := sig.Due(); !due.IsZero() && due.Before(now) {
			out.Overdue++
		}
		if out.Oldest.IsZero() || sig.RaisedAt.Before(out.Oldest) {
			out.Oldest = sig.RaisedAt.UTC()
		}
	}
	return out
}

func (s *Service) getPortfolio(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Portfolio(r.Context(), auth.From(r.Context()))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"studies": all})
}

const (
	powerSeed   = 7
	powerRounds = 1000
)

// getPower answers what an indicator would notice in a study of this size: its own subjects are dealt to its sites anew, so
// nothing is said about any site.
func (s *Service) getPower(w http.ResponseWriter, r *http.Request) error {
	study, kri := casebook.StudyID(r.PathValue("study")), cmp.Or(r.URL.Query().Get("kri"), firstKRI)
	auth.From(r.Context()).Sites(auth.SignalRead, study) // of the study as a whole, like the mean and the limits
	var of harness.Study
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		return s.inState(r.Context(), tx, study, func(e *edition, st *state) error {
			k, in := e.find(kri)
			if in == nil || in.Group != groupSite || in.Method == methodIdentity {
				return casebook.Fail(casebook.NotFound, "monitor.kri_unknown", kri).At("kri")
			}
			of = st.study(k, in)
			return nil
		})
	})
	if err != nil {
		return err
	}
	out := map[string]any{"kri": kri, "seed": powerSeed, "rounds": powerRounds, "sites": len(of.Sites), "subjects": len(of.Subjects), "power": nil}
	if len(of.Sites) > 1 {
		out["power"] = harness.PowerOf(powerSeed, powerRounds, of)
	}
	return web.JSON(w, http.StatusOK, out)
}

// study is what the state knows of sizes and of what subjects contribute to an indicator, without saying whose it is.
func (st *state) study(k int, in *Indicator) harness.Study {
	out := harness.Study{Kind: in.kind(), Cuts: in.cuts(), Accrual: in.accrualRule(), Signal: in.Signal}
	for _, site := range st.order {
		n := 0
		for _, p := range site.subjects {
			if p.counted() {
				n++
				out.Subjects = append(out.Subjects, stat.Counts{Num: p.counts[st.num[k]], Den: p.counts[st.den[k]]})
			}
		}
		if n > 0 {
			out.Sites = append(out.Sites, n)
		}
	}
	slices.SortFunc(out.Subjects, func(a, b stat.Counts) int { return cmp.Or(cmp.Compare(a.Num, b.Num), cmp.Compare(a.Den, b.Den)) })
	return out
}
