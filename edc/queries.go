package edc

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

func (s *Service) queryRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}/queries"
	return []auth.Route{
		{Pattern: "GET " + path, Policy: auth.SiteInside(auth.QueryRead), Handle: s.queries},
		{Pattern: "GET " + path + "/counts", Policy: auth.SiteInside(auth.QueryRead), Handle: s.queryCounts},
		{Pattern: "GET " + path + "/templates", Policy: auth.SiteInside(auth.QueryRead), Handle: s.queryTemplates},
		{Pattern: "GET " + path + "/export", Policy: auth.SiteInside(auth.ExportMake), Handle: s.exportQueries},
		{Pattern: "POST " + path, Policy: auth.SiteInside(auth.QueryOpen), Handle: s.raiseQuery},
		{Pattern: "POST " + path + "/steps", Policy: auth.SiteInside(auth.QueryRead), Handle: s.stepQueries},
	}
}

// needs is what somebody must be allowed to do for each step.
var needs = map[record.Action]auth.Action{
	record.Answer: auth.QueryAnswer, record.Release: auth.QueryOpen, record.Requery: auth.QueryOpen, record.Cancel: auth.QueryOpen,
	record.Assign: auth.QueryOpen, record.Resolve: auth.QueryClose, record.Close: auth.QueryClose,
}

// rights are what a reader may do about a query.
type rights struct {
	asks    bool            // sees candidates
	actions []record.Action // that the state allows, too
}

func (s *Service) may(ctx context.Context, q record.Query) rights {
	p := auth.From(ctx)
	r := rights{asks: p.Allows(auth.QueryOpen, q.Key.Study, q.Site), actions: []record.Action{}}
	for _, a := range q.State.Actions() {
		if p.Allows(needs[a], q.Key.Study, q.Site) {
			r.actions = append(r.actions, a)
		}
	}
	return r
}

type query struct {
	record.Query
	Subject      casebook.SubjectID `json:"subject"`
	Site         casebook.SiteID    `json:"site"`
	Event        string             `json:"event"`
	EventRepeat  string             `json:"eventRepeat"`
	Form         string             `json:"form"`
	FormRepeat   string             `json:"formRepeat"`
	OpenedAt     time.Time          `json:"openedAt"`
	ChangedAt    time.Time          `json:"changedAt"`
	AgeDays      int                `json:"ageDays"`
	ByName       string             `json:"byName"`
	AssigneeName string             `json:"assigneeName"`
	Thread       []turn             `json:"thread"`
	Actions      []record.Action    `json:"actions"`
}

type turn struct {
	record.Turn
	ByName string    `json:"byName"`
	At     time.Time `json:"at"`
}

func (s *Service) query(q record.Query, may rights, names func(casebook.UserID) string) query {
	until := s.ledger.DB().World().Now()
	if q.State == record.Closed || q.State == record.Cancelled {
		until = q.ChangedAt
	}
	out := query{Query: q, Subject: q.Key.Subject, Site: q.Site, Event: q.Key.Event, EventRepeat: q.Key.EventRepeat, Form: q.Key.Form,
		FormRepeat: q.Key.FormRepeat, OpenedAt: q.OpenedAt, ChangedAt: q.ChangedAt, AgeDays: int(until.Sub(q.OpenedAt).Hours() / 24),
		ByName: names(q.By), AssigneeName: names(q.Assignee), Thread: []turn{}, Actions: may.actions}
	for _, t := range q.Thread {
		out.Thread = append(out.Thread, turn{t, names(t.By), store.Time(t.At)})
	}
	return out
}

const queryPage = 100

// queryFilter reads which queries are asked for, within the sites of this person.
func (s *Service) queryFilter(r *http.Request, action auth.Action) (f record.QueryFilter, err error) {
	v := r.URL.Query()
	f = record.QueryFilter{Subject: casebook.SubjectID(v.Get("subject")), Form: v.Get("form"), Assignee: casebook.UserID(v.Get("assignee")),
		Source: v.Get("source"), Limit: queryPage}
	f.AllSites, f.Sites = auth.From(r.Context()).Sites(action, studyOf(r))
	if site := casebook.SiteID(v.Get("site")); site != "" {
		if !f.AllSites && !slices.Contains(f.Sites, site) {
			return f, casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
		}
		f.AllSites, f.Sites = false, []casebook.SiteID{site}
	}
	if f.States, err = queryStates(v["state"]); err != nil {
		return f, err
	}
	if asks, at := auth.From(r.Context()).Sites(auth.QueryOpen, studyOf(r)); !asks && len(at) == 0 { // the site does not see what may be asked
		f.States = slices.DeleteFunc(f.States, func(q record.QueryState) bool { return q == record.Candidate })
	}
	if f.Assignee == "me" {
		f.Assignee = auth.From(r.Context()).User
	}
	if days := v.Get("age"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return f, casebook.Fail(casebook.Invalid, "edc.query_age", days).At("age")
		}
		f.Before = s.ledger.DB().World().Now().AddDate(0, 0, -n)
	}
	return f, f.Resume(v.Get("after"))
}

// queryStates reads states; none, or "", is all, and "standing" all that wait for somebody.
func queryStates(values []string) ([]record.QueryState, error) {
	var states []record.QueryState
	for _, v := range values {
		switch state := record.QueryState(v); {
		case v == "":
		case v == "standing":
			states = append(states, record.Candidate, record.Open, record.Answered, record.Resolved)
		case slices.Contains(record.QueryStates, state):
			states = append(states, state)
		default:
			return nil, casebook.Fail(casebook.Invalid, "edc.query_state", v).At("state")
		}
	}
	if len(states) == 0 {
		return slices.Clone(record.QueryStates), nil
	}
	return states, nil
}

func (s *Service) queries(w http.ResponseWriter, r *http.Request) error {
	filter, err := s.queryFilter(r, auth.QueryRead)
	if err != nil {
		return err
	}
	var found []record.Query
	err = s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		found, err = record.Queries(r.Context(), tx, studyOf(r), filter)
		return err
	})
	if err != nil {
		return err
	}
	return s.answerQueries(w, r, found, filter.Limit)
}

func (s *Service) answerQueries(w http.ResponseWriter, r *http.Request, found []record.Query, limit int) error {
	names, err := s.names(r)
	if err != nil {
		return err
	}
	answer, next := make([]query, 0, len(found)), ""
	for _, q := range found {
		answer = append(answer, s.query(q, s.may(r.Context(), q), names))
	}
	if limit > 0 && len(found) == limit {
		next = record.Cursor(found[limit-1])
	}
	return web.JSON(w, http.StatusOK, map[string]any{"queries": answer, "next": next})
}

func (s *Service) queryCounts(w http.ResponseWriter, r *http.Request) error {
	all, sites := auth.From(r.Context()).Sites(auth.QueryRead, studyOf(r))
	counts := []record.QueryCount{}
	err := s.ledger.DB().View(r.Context(), func(tx *store.Tx) error {
		found, err := record.CountQueries(r.Context(), tx, studyOf(r))
		for _, c := range found {
			asks := auth.From(r.Context()).Allows(auth.QueryOpen, studyOf(r), c.Site)
			if (all || slices.Contains(sites, c.Site)) && (asks || c.State != record.Candidate) {
				counts = append(counts, c)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"counts": counts})
}

// template is a question that is asked often, in both languages.
type template struct {
	ID   string   `json:"id"`
	Text odm.Text `json:"text"`
}

func templates() []template {
	return []template{
		{"source", i18n.Texts("edc.ask.source")}, {"missing", i18n.Texts("edc.ask.missing")}, {"dates", i18n.Texts("edc.ask.dates")},
		{"unit", i18n.Texts("edc.ask.unit")}, {"inconsistent", i18n.Texts("edc.ask.inconsistent")}, {"event", i18n.Texts("edc.ask.event")},
	}
}

func (s *Service) queryTemplates(w http.ResponseWriter, r *http.Request) error {
	auth.From(r.Context()).Sites(auth.QueryRead, studyOf(r)) // they belong to no site
	return web.JSON(w, http.StatusOK, map[string]any{"templates": templates()})
}

// raiseQuery opens a query about an item: {subject, event, eventRepeat, form, formRepeat, group, repeat, item, text or
// template, assignee, candidate}.
func (s *Service) raiseQuery(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Subject     casebook.SubjectID `json:"subject"`
		Event       string             `json:"event"`
		EventRepeat string             `json:"eventRepeat"`
		Form        string             `json:"form"`
		FormRepeat  string             `json:"formRepeat"`
		Group       string             `json:"group"`
		Repeat      string             `json:"repeat"`
		Item        string             `json:"item"`
		Text        string             `json:"text"`
		Template    string             `json:"template"`
		Assignee    casebook.UserID    `json:"assignee"`
		Candidate   bool               `json:"candidate"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	ctx, _, err := s.subjectOf(r, in.Subject, auth.QueryOpen)
	if err != nil {
		return err
	}
	text := odm.Text{i18n.Language(r.Header.Get("Accept-Language")): in.Text}
	if i := slices.IndexFunc(templates(), func(t template) bool { return t.ID == in.Template }); i >= 0 && in.Text == "" {
		text = templates()[i].Text
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	ask := record.Question{Key: record.Key{Study: studyOf(r), Subject: in.Subject, Event: in.Event, EventRepeat: in.EventRepeat, Form: in.Form, FormRepeat: in.FormRepeat},
		Group: in.Group, Repeat: in.Repeat, Item: in.Item, Text: text, Assignee: in.Assignee, Candidate: in.Candidate}
	var q record.Query
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		if err := s.assignable(ctx, w.Tx, in.Assignee); err != nil {
			return err
		}
		q, err = s.forms.Raise(ctx, w, st, ask)
		return err
	})
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, s.query(q, s.may(ctx, q), names))
}

// assignable refuses an assignee who has no account.
func (s *Service) assignable(ctx context.Context, tx *store.Tx, user casebook.UserID) error {
	if user == "" {
		return nil
	}
	all, err := auth.Accounts(ctx, tx)
	if err == nil && !all[user].Active {
		return casebook.Fail(casebook.Unprocessable, "auth.person.unknown", user).At("assignee")
	}
	return err
}

// maxSteps bounds one bulk of steps, which is one transaction.
const maxSteps = 500

// stepQueries takes one step on one query or on many, all or none: {action, text, assignee, queries: [{subject, id}]}.
func (s *Service) stepQueries(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Action   record.Action   `json:"action"`
		Text     string          `json:"text"`
		Assignee casebook.UserID `json:"assignee"`
		Queries  []struct {
			Subject casebook.SubjectID `json:"subject"`
			ID      string             `json:"id"`
		} `json:"queries"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	action, known := needs[in.Action]
	switch {
	case !known:
		return casebook.Fail(casebook.Invalid, "edc.query_action", in.Action).At("/action")
	case len(in.Queries) == 0 || len(in.Queries) > maxSteps:
		return casebook.Fail(casebook.Invalid, "edc.query_many", maxSteps).At("/queries")
	}
	var taken []record.Query
	err := s.ledger.Write(r.Context(), studyOf(r), func(w *ledger.Writer) error {
		taken = taken[:0]
		if err := s.assignable(r.Context(), w.Tx, in.Assignee); err != nil {
			return err
		}
		for _, one := range in.Queries {
			q, err := record.FindQuery(r.Context(), w.Tx, studyOf(r), one.Subject, one.ID)
			ctx, err := s.mayStep(r.Context(), q, one.ID, action, err)
			if err != nil {
				return err
			}
			q, err = record.Take(ctx, w, q, record.Step{Subject: one.Subject, ID: one.ID, Action: in.Action, Text: in.Text, Assignee: in.Assignee})
			if err != nil {
				return err
			}
			taken = append(taken, q)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.answerQueries(w, r, taken, 0)
}

// mayStep asks whether this person may act on a query: one that they cannot see is answered like one that is not there.
func (s *Service) mayStep(ctx context.Context, q record.Query, id string, action auth.Action, err error) (context.Context, error) {
	p := auth.From(ctx)
	sees := p.Allows(auth.QueryRead, q.Key.Study, q.Site) && (q.State != record.Candidate || p.Allows(auth.QueryOpen, q.Key.Study, q.Site))
	if err == nil && !sees {
		err = casebook.Fail(casebook.NotFound, "record.query_unknown", id).At("queries")
	}
	if err != nil {
		return ctx, err
	}
	acting, ok := auth.Act(ctx, action, q.Key.Study, q.Site)
	if !ok {
		return ctx, casebook.Fail(casebook.Forbidden, "auth.forbidden").At(id)
	}
	return acting, nil
}
