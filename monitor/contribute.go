package monitor

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"casebook"
	"casebook/epro"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/stat"
	"casebook/store"
)

// Contributor is one subject's part in a site's score: what the score would be without it.
type Contributor struct {
	Subject     casebook.SubjectID `json:"subject"`
	Numerator   int64              `json:"numerator"`
	Denominator int64              `json:"denominator"`
	Without     *float64           `json:"without"` // the site's score; null when nothing is left
	Records     []Record           `json:"records"`
}

// Record is a place in the casebook that an indicator has counted, with the ledger's entry that brought it.
type Record struct {
	Entry string    `json:"entry"`
	Index int64     `json:"index"`
	Ref   string    `json:"ref"` // event, form and their repeats
	At    time.Time `json:"at"`
	Value string    `json:"value,omitempty"`
}

const (
	shownContributors = 5
	shownRecords      = 20 // of one subject
)

// contributors are the subjects of a site whose absence would move its score most.
func (st *state) contributors(k int, s *site) []Contributor {
	funnel := st.spread[k].Funnel()
	score := finite(funnel.Score(st.of(s, k)))
	all := make([]Contributor, 0, len(s.subjects))
	moved := map[casebook.SubjectID]float64{}
	for _, p := range s.subjects {
		c := Contributor{Subject: p.id, Numerator: p.counts[st.num[k]], Denominator: p.counts[st.den[k]], Records: []Record{}}
		if !p.counted() || c.Numerator == 0 && c.Denominator == 0 {
			continue
		}
		if slices.Contains(detectors, st.indicators[k].Method) { // whose score is not one of counts
			moved[p.id] = float64(c.Numerator)
			all = append(all, c)
			continue
		}
		whole := st.of(s, k)
		rest := stat.Counts{Num: whole.Num - c.Numerator, Den: whole.Den - c.Denominator}
		spread := st.spread[k]
		spread.Update(whole, rest)
		if without := spread.Funnel().Score(rest); !math.IsNaN(without) {
			c.Without = &without
			moved[p.id] = math.Abs(score - without)
		} else {
			moved[p.id] = math.Inf(1)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Contributor) int {
		return cmp.Or(cmp.Compare(moved[b.Subject], moved[a.Subject]), cmp.Compare(a.Subject, b.Subject))
	})
	return all[:min(len(all), shownContributors)]
}

// records finds what of a subject an indicator has counted, newest first. told is what is to be said of some of its forms or
// visits: of a copy whose it is, of a visit outside its window by how many days,
// of a form that waits since when, of a phone who else uses it.
func (s *Service) records(ctx context.Context, tx *store.Tx, study casebook.StudyID, m *Measure, c *catalogue, id casebook.SubjectID, told map[string]string) ([]Record, error) {
	entries, err := ledger.Subject(ctx, tx, study, id)
	if err != nil {
		return nil, err
	}
	out := []Record{}
	var after record.Change
	for i := len(entries) - 1; i >= 0 && len(out) < shownRecords; i-- {
		e := &entries[i]
		if other, ok := told[e.Ref]; ok && e.What == epro.DeviceEnrolled {
			out = append(out, Record{e.ID, e.Index, e.Ref, e.At.UTC(), other})
		}
		if e.What != record.Saved {
			continue
		}
		if after.Read(e.New) != nil {
			continue
		}
		plan, err := s.plan(ctx, study, after.Definition, c)
		if err != nil {
			return nil, err
		}
		if value, ok := m.in(plan, c, e, &after, told); ok {
			out = append(out, Record{e.ID, e.Index, e.Ref, e.At.UTC(), value})
		}
	}
	return out, nil
}

// told is what is to be said of a subject's forms, visits or phones that the measure counts.
func (st *state) told(m *Measure, id casebook.SubjectID) map[string]string {
	switch m.Of {
	case ofCopies:
		return st.prints.copied(id)
	case ofUntimely:
		return st.untimely(id)
	case ofUnverified:
		return st.unverified(m, id)
	case ofShared:
		return st.together(id)
	}
	return nil
}

// in reports whether a save brought something that the measure counts, and which value; of a form or visit in told, for the
// first of its saves that it is asked about, what is told there.
func (m *Measure) in(p *plan, c *catalogue, e *ledger.Entry, after *record.Change, told map[string]string) (text string, ok bool) {
	o := occasion{day: dayAt(e.At, time.UTC), first: e.Old == "", enrolled: math.MinInt32}
	switch m.Of {
	case ofValues:
		for _, items := range [...][]record.Value{after.Items, after.Computed} {
			for i := range items {
				v := &items[i]
				for _, slot := range p.values[[2]string{v.Group, v.Item}] {
					if c.slots[slot].key() == m.key() && m.counts(v.Value, o) {
						return v.Value, true
					}
				}
			}
		}
		return "", len(m.Items) == 0 && len(after.Items) > 0
	case ofCopies, ofUnverified:
		text, ok = told[e.Ref]
		delete(told, e.Ref)
		return text, ok
	case ofUntimely:
		if !slices.ContainsFunc(after.Items, func(v record.Value) bool { return p.held[v.Item] && v.Value != "" }) {
			return "", false
		}
		text, ok = told[visitOf(e.Ref)]
		delete(told, visitOf(e.Ref))
		return text, ok
	case ofQueries:
		return "", len(after.Opened) > 0
	case ofCleared:
		return "", len(after.Closed) > 0
	case ofChanged:
		return "", e.Old != "" && e.Reason != ""
	case ofReports:
		return "", after.Source != ""
	case ofSaves, ofPages:
		return "", after.Source == ""
	}
	return "", false
}

// Explained is a site's place by one indicator, down to the subjects and records that put it there.
type Explained struct {
	KRI          string          `json:"kri"`
	Site         casebook.SiteID `json:"site"`
	AsOf         time.Time       `json:"asOf"`
	Text         odm.Text        `json:"text"`
	Formula      string          `json:"formula"`
	Contributors []Contributor   `json:"contributors"`
}

// Explain says what put a site where it stands by an indicator.
func (s *Service) Explain(ctx context.Context, study casebook.StudyID, kri string, site casebook.SiteID) (*Explained, error) {
	var x *Explained
	err := s.db.View(ctx, func(tx *store.Tx) error {
		var told []map[string]string
		var by *catalogue
		var of *Measure
		err := s.inState(ctx, tx, study, func(_ *edition, st *state) error {
			k, in := st.find(kri)
			at := st.sites[site]
			if in == nil {
				return casebook.Fail(casebook.NotFound, "monitor.kri_unknown", kri).At("kri")
			}
			if at == nil {
				return casebook.Fail(casebook.NotFound, "monitor.site_unknown", site).At("site")
			}
			t := st.table(k, in)
			row, _ := t.row(site)
			x = &Explained{KRI: kri, Site: site, AsOf: st.at, Text: t.explain(row), Formula: t.formula(row), Contributors: st.contributors(k, at)}
			by, of = st.catalogue, &in.Numerator
			for i := range x.Contributors {
				told = append(told, st.told(of, x.Contributors[i].Subject))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range x.Contributors {
			c := &x.Contributors[i]
			if c.Records, err = s.records(ctx, tx, study, of, by, c.Subject, told[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return x, err
}
