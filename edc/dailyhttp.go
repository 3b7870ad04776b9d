package edc

import (
	"net/http"
	"slices"
	"strconv"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/patient"
	"casebook/record"
	"casebook/web"
)

func (s *Service) dailyRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}/daily"
	return []auth.Route{
		{Pattern: "GET " + path, Policy: auth.SiteInside(auth.FormRead), Handle: s.daily},
		{Pattern: "GET " + path + "/pages", Policy: auth.SiteInside(auth.FormRead), Handle: s.dailyPages},
		{Pattern: "GET " + path + "/export", Policy: auth.SiteInside(auth.ExportMake), Handle: s.exportDaily},
	}
}

// daily answers the daily report by site: missing and unfinished forms, overdue visits, queries by age, days to entry and
// to verification, what waits to be verified: ?site.
func (s *Service) daily(w http.ResponseWriter, r *http.Request) error {
	q, err := page(r)
	if err != nil {
		return err
	}
	sites, total, err := s.figures(r.Context(), studyOf(r), q)
	if err != nil {
		return err
	}
	if sites == nil {
		sites = []*siteDaily{}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"asOf": s.ledger.DB().World().Now().UTC(), "sites": sites, "total": total})
}

const (
	dailyRounds = 10  // of casebooks for one answer: it may come short, and says where to go on
	dailyLimit  = 200 // findings from which on an answer is full
)

// dailyPages answers the forms or visits behind a figure of the daily report: ?kind=missing|partial|overdue|unverified, site,
// after.
func (s *Service) dailyPages(w http.ResponseWriter, r *http.Request) error {
	q, err := page(r)
	if err != nil {
		return err
	}
	kind := r.URL.Query().Get("kind")
	if !slices.Contains(listable, kind) {
		return casebook.Fail(casebook.Invalid, "edc.daily_kind", kind).At("kind")
	}
	n, err := s.inspect(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	all := []finding{}
	n.say = func(f finding) {
		if f.Kind == kind {
			all = append(all, n.named(f))
		}
	}
	q.Limit = 50
	for range dailyRounds {
		if q.After, _, err = s.some(r.Context(), n, q); err != nil {
			return err
		}
		if q.After == "" || len(all) >= dailyLimit {
			break
		}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"pages": all, "next": q.After})
}

// named is a finding with the names of its visit and form.
func (n *inspection) named(f finding) finding {
	f.Visit, f.Title = n.st.At(f.Site).FormTitle(record.Key{Event: f.Event, EventRepeat: f.Repeat, Form: f.Form, FormRepeat: f.FormRepeat})
	return f
}

// exportDaily is the daily report as CSV: its figures by site or, with ?kind, the forms and visits behind one.
func (s *Service) exportDaily(w http.ResponseWriter, r *http.Request) error {
	q, err := page(r)
	if err != nil {
		return err
	}
	if all, sites := auth.From(r.Context()).Sites(auth.ExportMake, studyOf(r)); !all {
		if !q.AllSites {
			sites = slices.DeleteFunc(slices.Clone(sites), func(id casebook.SiteID) bool { return !slices.Contains(q.Sites, id) })
		}
		q.AllSites, q.Sites = false, sites
	}
	kind := r.URL.Query().Get("kind")
	if kind == "" {
		return s.exportFigures(w, r, q)
	}
	if !slices.Contains(listable, kind) {
		return casebook.Fail(casebook.Invalid, "edc.daily_kind", kind).At("kind")
	}
	return s.exportFindings(w, r, q, kind)
}

func (s *Service) exportFigures(w http.ResponseWriter, r *http.Request, q patient.Query) error {
	sites, total, err := s.figures(r.Context(), studyOf(r), q)
	if err != nil {
		return err
	}
	if err := s.exported(r.Context(), r, "daily"); err != nil {
		return err
	}
	out, err := web.NewSheet(w, "daily", "study", "site", "subjects", "forms_called_for", "forms_missing", "forms_missing_oldest_days", "forms_partial", "visits_overdue",
		"visits_overdue_oldest_days", "queries_open", "queries_answered", "queries_to_7_days", "queries_to_14_days", "queries_to_30_days", "queries_older", "queries_oldest_days",
		"entry_forms", "entry_median_days", "entry_p90_days", "sdv_forms", "sdv_median_days", "sdv_p90_days", "sdv_waiting", "sdv_waiting_oldest_days")
	for _, d := range append(sites, total) {
		row := []string{string(studyOf(r)), string(d.Site)}
		for _, n := range []int{d.Subjects, d.Called, d.Missing.N, d.Missing.Oldest, d.Partial.N, d.Overdue.N, d.Overdue.Oldest, d.Open, d.Answered, d.Ages[0], d.Ages[1], d.Ages[2],
			d.Ages[3], d.Oldest, d.Entry.N, d.Entry.Median, d.Entry.P90, d.SDV.N, d.SDV.Median, d.SDV.P90, d.Unverified.N, d.Unverified.Oldest} {
			row = append(row, strconv.Itoa(n))
		}
		if err == nil {
			err = out.Line(row...)
		}
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

func (s *Service) exportFindings(w http.ResponseWriter, r *http.Request, q patient.Query, kind string) error {
	n, err := s.inspect(r.Context(), studyOf(r)) // before the first byte leaves
	if err != nil {
		return err
	}
	if err := s.exported(r.Context(), r, "daily"); err != nil {
		return err
	}
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	out, err := web.NewSheet(w, "daily-"+kind, "study", "site", "subject", "event", "event_repeat", "visit", "form", "form_repeat", "title", "since", "days")
	var failed error
	n.say = func(f finding) {
		if f.Kind == kind && failed == nil {
			f = n.named(f)
			failed = out.Line(string(n.study), string(f.Site), string(f.Subject), f.Event, f.Repeat, said(f.Visit, lang), f.Form, f.FormRepeat, said(f.Title, lang), f.Since, strconv.Itoa(f.Days))
		}
	}
	for q.Limit = dailySubjects; err == nil; {
		if q.After, _, err = s.some(r.Context(), n, q); q.After == "" || failed != nil {
			break
		}
	}
	out.Flush()
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return out.Error()
}
