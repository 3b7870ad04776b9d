package lab

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

const (
	maxBody   = 2 << 20
	mostSent  = 2000 // results in one request
	mostShown = 200
)

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	base := "/api/v1/studies/{study}/lab-results"
	return []auth.Route{
		{Pattern: "GET " + base, Policy: auth.SiteInside(auth.FormRead), Handle: s.getResults},
		{Pattern: "POST " + base, Policy: auth.SiteInside(auth.FormWrite), Handle: s.postResults},
		{Pattern: "POST " + base + "/{result}/decision", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postDecision},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// shown is a result as the page sees it: with where it may go, or why nowhere.
type shown struct {
	Result
	Places  []Place `json:"places"`
	Problem string  `json:"problem"`
}

// getResults tells the results at the caller's sites in a state: waiting, accepted or refused.
func (s *Service) getResults(w http.ResponseWriter, r *http.Request) error {
	ctx, study, state := r.Context(), studyOf(r), r.URL.Query().Get("state")
	if state == "" {
		state = Waiting
	}
	all, sites := auth.From(ctx).Sites(auth.FormRead, study)
	out := []shown{}
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		found, err := list(ctx, tx, study, state, 5*mostShown)
		for _, one := range found {
			if (all || slices.Contains(sites, one.Site)) && len(out) < mostShown {
				out = append(out, shown{Result: one, Places: []Place{}})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for i := range out {
		if err := s.place(ctx, study, &out[i]); err != nil {
			return err
		}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"results": out})
}

// place finds where a result may go by the version that its site works by.
func (s *Service) place(ctx context.Context, study casebook.StudyID, one *shown) error {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	v, err := s.trials.Version(ctx, study, int(st.At(one.Site).Number))
	if err != nil {
		return err
	}
	found, problem := places(v.Definition, v.Index, one.Sent)
	one.Places, one.Problem = append(one.Places, found...), problem
	return nil
}

// postResults takes results in, all or none, to wait for a person: JSON {results}, or CSV with a line of names.
func (s *Service) postResults(w http.ResponseWriter, r *http.Request) error {
	sent, err := read(r)
	if err != nil {
		return err
	}
	ctx, study := r.Context(), studyOf(r)
	auth.From(ctx).Sites(auth.FormWrite, study) // each result asks for its own site
	done := []Result{}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		done = done[:0]
		for i, one := range sent {
			if err := one.check(); err != nil {
				return at(err, one, i)
			}
			found, err := patient.Find(ctx, w.Tx, study, one.Subject)
			acting, may := auth.Act(ctx, auth.FormWrite, study, found.Site)
			if err == nil && !may {
				err = patient.Unknown(one.Subject)
			}
			if err != nil {
				return at(err, one, i)
			}
			taken, err := Take(acting, w, one)
			if err != nil {
				return at(err, one, i)
			}
			done = append(done, taken)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"results": done})
}

// at names the line of a file, or the element of a list.
func at(err error, s Sent, i int) error {
	e, ok := errors.AsType[*casebook.Error](err)
	switch {
	case !ok || e.Kind == casebook.Internal:
		return err
	case s.Line > 0:
		return e.At("line " + strconv.Itoa(s.Line) + ", " + e.Place)
	}
	return e.At("/results/" + strconv.Itoa(i) + "/" + e.Place)
}

// columns are the names of a file's columns.
var columns = []string{"id", "subject", "system", "code", "name", "value", "unit", "taken", "event", "event_repeat"}

// read reads a request's results.
func read(r *http.Request) ([]Sent, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "text/csv" {
		return readCSV(io.LimitReader(r.Body, maxBody))
	}
	var in struct {
		Results []Sent `json:"results"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return nil, err
	}
	for i := range in.Results {
		in.Results[i].Format, in.Results[i].Line, in.Results[i].Original = "json", 0, ""
	}
	return bounded(in.Results)
}

func bounded(all []Sent) ([]Sent, error) {
	if len(all) == 0 || len(all) > mostSent {
		return nil, casebook.Fail(casebook.Invalid, "lab.count", mostSent).At("results")
	}
	return all, nil
}

func readCSV(in io.Reader) ([]Sent, error) {
	c := csv.NewReader(in)
	head, err := c.Read()
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "lab.csv", err.Error()).At("line 1")
	}
	for i := range head {
		head[i] = strings.TrimSpace(strings.TrimPrefix(head[i], "\uFEFF"))
		if !slices.Contains(columns, head[i]) {
			return nil, casebook.Fail(casebook.Invalid, "lab.column", head[i], strings.Join(columns, ", ")).At("line 1")
		}
	}
	var all []Sent
	for len(all) <= mostSent {
		cells, err := c.Read()
		if err == io.EOF {
			return bounded(all)
		}
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "lab.csv", err.Error()).At("line " + strconv.Itoa(len(all)+2))
		}
		line, _ := c.FieldPos(0)
		cell := func(name string) string {
			if i := slices.Index(head, name); i >= 0 {
				return strings.TrimSpace(cells[i])
			}
			return ""
		}
		all = append(all, Sent{cell("id"), casebook.SubjectID(cell("subject")), cell("system"), cell("code"), cell("name"), cell("value"), cell("unit"), cell("taken"), cell("event"), cell("event_repeat"), "csv", line, ""})
	}
	return bounded(all)
}

// postDecision accepts a result into a visit's form, or refuses it with a reason. A person does.
func (s *Service) postDecision(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Accept      bool   `json:"accept"`
		Event       string `json:"event"`
		EventRepeat string `json:"eventRepeat"`
		Item        string `json:"item"` // where several mean the code
		Reason      string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	ctx, study := r.Context(), studyOf(r)
	var one shown
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		one.Result, err = find(ctx, tx, study, r.PathValue("result"))
		return err
	})
	acting, may := auth.Act(ctx, auth.FormWrite, study, one.Site)
	switch {
	case err == nil && !may:
		return unknown(r.PathValue("result"))
	case err != nil:
		return err
	case auth.From(ctx).Kind != auth.Person:
		return casebook.Fail(casebook.Unprocessable, "lab.person")
	case !in.Accept && strings.TrimSpace(in.Reason) == "":
		return casebook.Fail(casebook.Unprocessable, "lab.reason").At("/reason")
	}
	if err := s.place(ctx, study, &one); err != nil {
		return err
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	_, err = s.forms.Together(acting, study, record.Request{}, false, func(w *ledger.Writer) (string, error) {
		if !in.Accept {
			one.Result, err = decide(acting, w, one.Result, Refused, Decision{Reason: strings.TrimSpace(in.Reason)})
			return "", err
		}
		i := slices.IndexFunc(one.Places, func(p Place) bool { return p.Event == in.Event && (in.Item == "" || in.Item == p.Item) })
		if i < 0 {
			return "", casebook.Fail(casebook.Unprocessable, "lab.place").At("/event")
		}
		p, repeat := one.Places[i], in.EventRepeat
		if repeat == "" {
			repeat = "1"
		}
		key := record.Key{Study: study, Subject: one.Sent.Subject, Event: p.Event, EventRepeat: repeat, Form: p.Form, FormRepeat: "1"}
		_, _, err := s.forms.SaveIn(acting, w, st, record.Save{Key: key, Expect: -1, Reason: strings.TrimSpace(in.Reason), Source: "lab/" + one.ID,
			Items: []record.Value{{Group: p.Group, Repeat: "1", Item: p.Item, Value: one.Sent.Value}}})
		if err != nil {
			return "", err
		}
		one.Result, err = decide(acting, w, one.Result, Accepted, Decision{Reason: strings.TrimSpace(in.Reason), Place: key.Ref(), Item: p.Group + "/1/" + p.Item})
		return "", err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, one.Result)
}
