package edc

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

func (s *Service) pastRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}"
	return []auth.Route{
		{Pattern: "GET " + path + "/subjects/{subject}/past", Policy: auth.SiteInside(auth.AuditRead), Handle: s.past},
		{Pattern: "GET " + path + "/subjects/{subject}/diff", Policy: auth.SiteInside(auth.AuditRead), Handle: s.diff},
		{Pattern: "GET " + path + "/queries/past", Policy: auth.SiteInside(auth.AuditRead), Handle: s.pastQueries},
	}
}

// moment reads a place in the past: a time (RFC 3339), signature:ID for what was signed, or entry:N for what the study's entries
// up to that one gave. "" is now.
func moment(r *http.Request, name string) (m record.Moment, err error) {
	v := r.URL.Query().Get(name)
	if id, ok := strings.CutPrefix(v, "signature:"); ok {
		return record.Moment{Signature: id}, nil
	}
	if n, ok := strings.CutPrefix(v, "entry:"); ok {
		index, err := strconv.ParseInt(n, 10, 64)
		if err != nil || index < 0 {
			return m, casebook.Fail(casebook.Invalid, "edc.as_of", v).At(name)
		}
		return record.Moment{Size: index + 1}, nil
	}
	if v != "" {
		if m.At, err = time.Parse(time.RFC3339, v); err != nil {
			err = casebook.Fail(casebook.Invalid, "edc.as_of", v).At(name)
		}
	}
	return m, err
}

type pastForm struct {
	Event       string   `json:"event"`
	EventRepeat string   `json:"eventRepeat"`
	Form        string   `json:"form"`
	FormRepeat  string   `json:"formRepeat"`
	Visit       odm.Text `json:"visit"`
	Title       odm.Text `json:"title"`
	Version     int64    `json:"version"`
	Items       []item   `json:"items"`
}

// pastWaiting is a form that two people were entering, and that had no values yet.
type pastWaiting struct {
	Event       string    `json:"event"`
	EventRepeat string    `json:"eventRepeat"`
	Form        string    `json:"form"`
	FormRepeat  string    `json:"formRepeat"`
	Visit       odm.Text  `json:"visit"`
	Title       odm.Text  `json:"title"`
	State       string    `json:"state"` // first, differs
	Since       time.Time `json:"since"`
}

// past answers a casebook as it was: ?at=TIME or ?at=signature:ID.
func (s *Service) past(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.AuditRead)
	if err != nil {
		return err
	}
	at, err := moment(r, "at")
	if err != nil {
		return err
	}
	p, err := s.forms.Casebook(ctx, studyOf(r), subject.ID, at)
	if err != nil {
		return err
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	st = st.At(subject.Site)
	names, err := s.names(r)
	if err != nil {
		return err
	}
	forms, queries, stages, signatures, unsettled := []pastForm{}, []query{}, []stageAnswer{}, []signature{}, []pastWaiting{}
	for _, f := range p.Forms {
		visit, title := st.FormTitle(f.Key)
		one := pastForm{f.Event, f.EventRepeat, f.Key.Form, f.FormRepeat, visit, title, f.Version, []item{}}
		for _, k := range f.Items {
			one.Items = append(one.Items, item{k.Value, k.By, names(k.By), k.At})
		}
		forms = append(forms, one)
	}
	for _, u := range p.Unsettled {
		visit, title := st.FormTitle(u.Key)
		unsettled = append(unsettled, pastWaiting{u.Event, u.EventRepeat, u.Form, u.FormRepeat, visit, title, u.State, u.Since})
	}
	for _, q := range p.Queries {
		if may := s.may(ctx, q); q.State != record.Candidate || may.asks {
			queries = append(queries, s.query(q, rights{actions: []record.Action{}}, names))
		}
	}
	for _, o := range p.Stages {
		stages = append(stages, stageOf(st, o, names))
	}
	for _, sig := range p.Signatures {
		signatures = append(signatures, signatureOf(st, sig, sig.VoidAt.IsZero()))
	}
	return web.JSON(w, http.StatusOK, map[string]any{"subject": subject.ID, "forms": forms, "queries": queries, "stages": stages, "signatures": signatures, "unsettled": unsettled})
}

type difference struct {
	Event       string          `json:"event"`
	EventRepeat string          `json:"eventRepeat"`
	Form        string          `json:"form"`
	FormRepeat  string          `json:"formRepeat"`
	Visit       odm.Text        `json:"visit"`
	Title       odm.Text        `json:"title"`
	Group       string          `json:"group"`
	Repeat      string          `json:"repeat"`
	Item        string          `json:"item"`
	Old         string          `json:"old"`
	New         string          `json:"new"`
	OldBlank    string          `json:"oldBlank"`
	NewBlank    string          `json:"newBlank"`
	By          casebook.UserID `json:"by"`
	ByName      string          `json:"byName"`
	At          time.Time       `json:"at"`
	Reason      string          `json:"reason"`
	Changes     int             `json:"changes"`
	File        bool            `json:"file"` // old and new are the names of a file that stood there
}

// diff answers what differs between two moments: ?from=…&to=…, each a time or signature:ID; no to is now.
func (s *Service) diff(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.AuditRead)
	if err != nil {
		return err
	}
	from, err := moment(r, "from")
	if err != nil {
		return err
	}
	to, err := moment(r, "to")
	if err != nil {
		return err
	}
	found, err := s.forms.Diff(ctx, studyOf(r), subject.ID, from, to)
	if err != nil {
		return err
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	st = st.At(subject.Site)
	names, err := s.names(r)
	if err != nil {
		return err
	}
	answer := []difference{}
	for _, d := range found {
		visit, title := st.FormTitle(d.Key)
		answer = append(answer, difference{d.Event, d.EventRepeat, d.Form, d.FormRepeat, visit, title, d.New.Group, d.New.Repeat, d.New.Item,
			d.Old.Value, d.New.Value, d.Old.Blank, d.New.Blank, d.By, names(d.By), d.At, d.Reason, d.Changes, d.File})
	}
	return web.JSON(w, http.StatusOK, map[string]any{"differences": answer})
}

// pastQueries answers the list of queries as it was: ?at=TIME&state=…&site=….
func (s *Service) pastQueries(w http.ResponseWriter, r *http.Request) error {
	f, err := s.queryFilter(r, auth.AuditRead)
	if err != nil {
		return err
	}
	at, err := moment(r, "at")
	if err == nil && at.At.IsZero() {
		err = casebook.Fail(casebook.Invalid, "edc.as_of", r.URL.Query().Get("at")).At("at")
	}
	if err != nil {
		return err
	}
	var found []record.Query
	err = s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		found, err = record.QueriesAsOf(r.Context(), tx, studyOf(r), at.At, func(q *record.Query) bool {
			return slices.Contains(f.States, q.State) && (f.AllSites || slices.Contains(f.Sites, q.Site)) && (f.Subject == "" || q.Key.Subject == f.Subject)
		})
		return err
	})
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	answer := []query{}
	for _, q := range found {
		answer = append(answer, s.query(q, rights{actions: []record.Action{}}, names))
	}
	return web.JSON(w, http.StatusOK, map[string]any{"queries": answer, "next": ""})
}

type toSign struct {
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Status     patient.Status     `json:"status"`
	Forms      int                `json:"forms"`
	Content    string             `json:"content"`
	Incomplete []string           `json:"incomplete"`
	Stage      record.Stage       `json:"stage"`
	State      string             `json:"state"` // never, holds, void
	Latest     *signature         `json:"latest,omitempty"`
}

// toSign answers the casebooks of this person's sites and how each stands towards its signature: ?after=, limit 20.
func (s *Service) toSign(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	q := patient.Query{After: casebook.SubjectID(r.URL.Query().Get("after")), Limit: 20}
	q.AllSites, q.Sites = auth.From(ctx).Sites(auth.FormSign, study)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	answer, page := []toSign{}, patient.Page{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		if page, err = patient.List(ctx, tx, study, q); err != nil {
			return err
		}
		for _, p := range page.Subjects {
			t, err := record.SigningOf(ctx, tx, study, p.ID)
			if err != nil {
				return err
			}
			one := toSign{p.ID, p.Site, p.Status, t.Forms, t.Content, t.Incomplete, t.Stage, "never", nil}
			if t.Latest != nil {
				latest := signatureOf(st.At(p.Site), *t.Latest, t.Holds)
				one.Latest, one.State = &latest, "void"
			}
			if t.Holds {
				one.State = "holds"
			}
			answer = append(answer, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"casebooks": answer, "next": page.Next})
}
