package edc

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	calendar "casebook/edc/visit"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

func (s *Service) visitRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}"
	return []auth.Route{
		{Pattern: "GET " + path + "/visits", Policy: auth.SiteInside(auth.FormRead), Handle: s.visitList},
		{Pattern: "GET " + path + "/visits/export", Policy: auth.SiteInside(auth.ExportMake), Handle: s.exportVisits},
		{Pattern: "POST " + path + "/subjects/{subject}/visits/{event}/{eventRepeat}/skip", Policy: auth.SiteInside(auth.FormWrite), Handle: s.skipVisit},
	}
}

// planned is a visit of one subject with its window, as the pages see it. Days are YYYY-MM-DD by the calendar of the site.
type planned struct {
	Event       string         `json:"event"`
	Repeat      string         `json:"repeat"`
	State       calendar.State `json:"state"`
	Target      string         `json:"target,omitempty"`
	From        string         `json:"from,omitempty"`
	Until       string         `json:"until,omitempty"`
	Day         string         `json:"day,omitempty"`
	Days        int            `json:"days,omitempty"` // outside the window: negative is before it
	Provisional bool           `json:"provisional,omitempty"`
	Reason      string         `json:"reason,omitempty"` // of a skipped one
}

func plannedOf(v calendar.Standing, reason string) planned {
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	return planned{v.Event, v.Repeat, v.State, date(v.Target), date(v.From), date(v.Until), date(v.Day), v.Days, v.Provisional, reason}
}

// plansOf returns how the visits of some subjects stand, who must be in the order of their ids.
func plansOf(ctx context.Context, tx *store.Tx, st *record.Study, study casebook.StudyID, subjects []patient.Subject) (map[casebook.SubjectID][]planned, error) {
	plans := map[casebook.SubjectID][]planned{}
	if len(subjects) == 0 {
		return plans, nil
	}
	zones, err := zonesOf(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	first, last := subjects[0].ID, subjects[len(subjects)-1].ID
	seen, err := seenVisits(ctx, tx, st, study, first, last)
	if err != nil {
		return nil, err
	}
	skips, err := record.Skips(ctx, tx, study, first, last)
	if err != nil {
		return nil, err
	}
	reasons := map[record.Scope]string{}
	for _, k := range skips {
		parts := k.Parts()
		v := seen.of(k.Subject, calendar.Key{Event: parts[0], Repeat: parts[1]})
		v.Skipped, reasons[k.Scope] = true, k.Reason
	}
	for _, p := range subjects {
		zone := zones[p.Site]
		if zone == nil {
			zone = time.UTC
		}
		in := calendar.Subject{Enrolled: calendar.DayIn(p.EnrolledAt, zone), Today: calendar.DayIn(tx.Now, zone), Visits: seen.values(p.ID)}
		if p.Status != patient.Screening && p.Status != patient.Enrolled {
			in.Left = calendar.DayIn(p.StatusAt, zone)
		}
		for _, v := range calendar.Plan(st.Index, in) {
			visit := record.VisitScope(study, p.ID, v.Event, v.Repeat)
			plans[p.ID] = append(plans[p.ID], plannedOf(v, reasons[visit]))
		}
	}
	return plans, nil
}

func zonesOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) (map[casebook.SiteID]*time.Location, error) {
	sites, err := trial.SitesOf(ctx, tx, study)
	zones := map[casebook.SiteID]*time.Location{}
	for _, s := range sites {
		if zone, unknown := time.LoadLocation(s.Zone); unknown == nil {
			zones[s.ID] = zone
		}
	}
	return zones, err
}

// seen is what the casebooks know of their visits.
type seen map[casebook.SubjectID]map[calendar.Key]*calendar.Seen

func (s seen) of(subject casebook.SubjectID, k calendar.Key) *calendar.Seen {
	if s[subject] == nil {
		s[subject] = map[calendar.Key]*calendar.Seen{}
	}
	if s[subject][k] == nil {
		s[subject][k] = &calendar.Seen{}
	}
	return s[subject][k]
}

func (s seen) values(subject casebook.SubjectID) map[calendar.Key]calendar.Seen {
	all := make(map[calendar.Key]calendar.Seen, len(s[subject]))
	for k, v := range s[subject] {
		all[k] = *v
	}
	return all
}

// seenVisits reads which visits have values and on which days they were held: the first day, where forms say several.
func seenVisits(ctx context.Context, tx *store.Tx, st *record.Study, study casebook.StudyID, first, last casebook.SubjectID) (seen, error) {
	items := calendar.DayItems(st.Version)
	var events, forms []string
	for _, ev := range st.Version.Events {
		if ev.Type != odm.Common || ev.Window != nil {
			events = append(events, ev.OID)
		}
	}
	for _, f := range st.Version.Forms {
		if slices.ContainsFunc(st.Index.FormItems(f.OID), func(i odm.FormItem) bool { return slices.Contains(items, i.Item.OID) }) {
			forms = append(forms, f.OID)
		}
	}
	days, err := record.Days(ctx, tx, study, first, last, events, forms, items)
	found := seen{}
	for _, d := range days {
		v := found.of(d.Subject, calendar.Key{Event: d.Event, Repeat: d.Repeat})
		v.Begun = true
		if day, ok := calendar.ParseDay(d.Value); ok && (v.Day.IsZero() || day.Before(v.Day)) {
			v.Day = day
		}
	}
	return found, err
}

// urgency orders what the matrix shows of an event that has several visits.
var urgency = []calendar.State{calendar.Overdue, calendar.Due, calendar.Late, calendar.Early, calendar.Skipped, calendar.Planned, calendar.Held, calendar.NotExpected}

func pressing(plan []planned) map[string]planned {
	all := map[string]planned{}
	for _, p := range plan {
		if p.Target == "" && p.State != calendar.Skipped {
			continue
		}
		was, there := all[p.Event]
		if !there || slices.Index(urgency, p.State) < slices.Index(urgency, was.State) {
			all[p.Event] = p
		}
	}
	return all
}

type listedVisit struct {
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Name    odm.Text           `json:"name"`
	Form    string             `json:"form"` // the first of the visit, to open it with
	planned
}

// visitStates reads which states are asked for, ?state=overdue,due; none are those that deviate or are due.
func visitStates(r *http.Request) (states []calendar.State, err error) {
	for name := range strings.SplitSeq(r.URL.Query().Get("state"), ",") {
		if name == "" {
			continue
		}
		if state := calendar.State(name); slices.Contains(urgency, state) {
			states = append(states, state)
			continue
		}
		return nil, casebook.Fail(casebook.Invalid, "edc.visit_state", name).At("state")
	}
	if len(states) == 0 {
		states = []calendar.State{calendar.Overdue, calendar.Due, calendar.Early, calendar.Late, calendar.Skipped}
	}
	return states, nil
}

const (
	visitSubjects = 100 // whose visits are counted at once
	visitRounds   = 10  // rounds of one answer: a page may come short, and says where to go on
	visitLimit    = 200 // visits from which on an answer is full
)

// visitList answers visits by their states, subject by subject: ?state=, site=, after=.
func (s *Service) visitList(w http.ResponseWriter, r *http.Request) error {
	q, err := page(r)
	if err != nil {
		return err
	}
	states, err := visitStates(r)
	if err != nil {
		return err
	}
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	all := []listedVisit{}
	next := casebook.SubjectID("")
	q.Limit = visitSubjects
	for range visitRounds {
		var some []listedVisit
		if some, next, err = s.visitsAt(r, st, q, states); err != nil {
			return err
		}
		all = append(all, some...)
		if q.After = next; next == "" || len(all) >= visitLimit {
			break
		}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"visits": all, "next": next})
}

// visitsAt returns the visits in some states of the subjects that q selects, and where the next begin.
func (s *Service) visitsAt(r *http.Request, st *record.Study, q patient.Query, states []calendar.State) (all []listedVisit, next casebook.SubjectID, err error) {
	ctx, study := r.Context(), studyOf(r)
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		found, err := patient.List(ctx, tx, study, q)
		if err != nil {
			return err
		}
		next = found.Next
		plans, err := plansOf(ctx, tx, st, study, found.Subjects)
		for _, p := range found.Subjects {
			for _, v := range plans[p.ID] {
				if slices.Contains(states, v.State) && (v.Target != "" || v.State == calendar.Skipped) {
					all = append(all, listedVisit{p.ID, p.Site, nil, "", v})
				}
			}
		}
		return err
	})
	for i := range all {
		ev := st.Index.Event(all[i].Event)
		all[i].Name = text(ev.Description, ev.Name)
		all[i].Form = firstForm(ev)
	}
	return all, next, err
}

// exportVisits is visitList as CSV, of any length.
func (s *Service) exportVisits(w http.ResponseWriter, r *http.Request) error {
	q, err := page(r)
	if err != nil {
		return err
	}
	states, err := visitStates(r)
	if err != nil {
		return err
	}
	q.Limit = visitSubjects
	if all, sites := auth.From(r.Context()).Sites(auth.ExportMake, studyOf(r)); !all {
		if !q.AllSites {
			sites = slices.DeleteFunc(slices.Clone(sites), func(id casebook.SiteID) bool { return !slices.Contains(q.Sites, id) })
		}
		q.AllSites, q.Sites = false, sites
	}
	st, err := s.forms.Study(r.Context(), studyOf(r)) // before the first byte leaves
	if err != nil {
		return err
	}
	if err := s.exported(r.Context(), r, "visits"); err != nil {
		return err
	}
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	out, err := web.NewSheet(w, "visits", "study", "site", "subject", "event", "repeat", "name", "state", "target", "from", "until", "day", "days_outside", "provisional", "reason")
	for err == nil {
		var some []listedVisit
		if some, q.After, err = s.visitsAt(r, st, q, states); err != nil {
			break
		}
		for _, v := range some {
			if err == nil {
				err = out.Line(string(studyOf(r)), string(v.Site), string(v.Subject), v.Event, v.Repeat, said(v.Name, lang), string(v.State),
					v.Target, v.From, v.Until, v.Day, strconv.Itoa(v.Days), strconv.FormatBool(v.Provisional), v.Reason)
			}
		}
		if q.After == "" {
			break
		}
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

// skipVisit says that a visit does not take place, or takes that back: {skip, reason}.
func (s *Service) skipVisit(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var in struct {
		Skip   bool   `json:"skip"`
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	if len(in.Reason) > maxReason {
		return casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	visit := record.VisitScope(studyOf(r), subject.ID, r.PathValue("event"), r.PathValue("eventRepeat"))
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		return s.forms.SkipVisit(ctx, w, st, visit, in.Skip, in.Reason)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
