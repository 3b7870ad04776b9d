// Package edc is the staff's day: the subject matrix, the casebook, forms with their history, the list of queries. It
// refuses to keep values itself: package record does, and every change goes through it.
package edc

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/edc/coding"
	"casebook/edc/normal"
	calendar "casebook/edc/visit"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// Service answers the pages of the staff.
type Service struct {
	ledger   *ledger.Ledger
	forms    *record.Service
	patients *patient.Service

	// Reauthenticate proves before a signature that who is signed in is who signs; it is set before the service serves.
	Reauthenticate func(r *http.Request, user, password string) error
	// Moving takes what other packages keep of a subject to another site, in the transaction that transfers it; nil moves nothing.
	Moving func(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error
	// Done hears of each save whether we did our part; nil hears nothing. It is set before the service serves.
	Done func(study casebook.StudyID, site casebook.SiteID, well bool)
}

// New returns the staff's door to l's database.
func New(l *ledger.Ledger, forms *record.Service) *Service {
	return &Service{ledger: l, forms: forms, patients: patient.New(l)}
}

// maxSave bounds the body of one save: some four thousand values. On SQLite a save holds the only writer while it is
// judged.
const maxSave = 256 << 10

const formPath = "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}"

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	own := []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/matrix", Policy: auth.SiteInside(auth.SubjectRead), Handle: s.matrix},
		{Pattern: "GET /api/v1/studies/{study}/subjects/{subject}", Policy: auth.SiteInside(auth.FormRead), Handle: s.casebook},
		{Pattern: "GET " + formPath, Policy: auth.SiteInside(auth.FormRead), Handle: s.form},
		{Pattern: "PATCH " + formPath, Policy: auth.SiteInside(auth.FormWrite), Handle: s.save},
		{Pattern: "POST " + formPath + "/disagreements", Policy: auth.SiteInside(auth.FormWrite), Handle: s.disagreements},
		{Pattern: "GET " + formPath + "/history", Policy: auth.SiteInside(auth.AuditRead), Handle: s.history},
	}
	return slices.Concat(own, s.logRoutes(), s.transferRoutes(), s.queryRoutes(), s.stateRoutes(), s.pastRoutes(), s.visitRoutes(), s.dailyRoutes(), s.trailRoutes(), s.doubleRoutes())
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// subject finds the subject that the address names and asks whether this person may do action at its site; the context
// it returns acts in that role. A subject of a foreign site is answered like one that does not exist.
func (s *Service) subject(r *http.Request, action auth.Action) (context.Context, patient.Subject, error) {
	return s.subjectOf(r, casebook.SubjectID(r.PathValue("subject")), action)
}

func (s *Service) subjectOf(r *http.Request, id casebook.SubjectID, action auth.Action) (context.Context, patient.Subject, error) {
	found, err := s.patients.Get(r.Context(), studyOf(r), id)
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), found.Site)
	if err == nil && !ok {
		err = casebook.Fail(casebook.NotFound, "patient.unknown", id).At("subject")
	}
	return ctx, found, err
}

func key(r *http.Request) record.Key {
	return record.Key{Study: studyOf(r), Subject: casebook.SubjectID(r.PathValue("subject")), Event: r.PathValue("event"),
		EventRepeat: r.PathValue("eventRepeat"), Form: r.PathValue("form"), FormRepeat: r.PathValue("formRepeat")}
}

// item is a value as the pages see it.
type item struct {
	record.Value
	By     casebook.UserID `json:"by"`
	ByName string          `json:"byName"`
	At     time.Time       `json:"at"`
}

type formAnswer struct {
	Subject     casebook.SubjectID `json:"subject"`
	Site        casebook.SiteID    `json:"site"`
	Event       string             `json:"event"`
	EventRepeat string             `json:"eventRepeat"`
	Form        string             `json:"form"`
	FormRepeat  string             `json:"formRepeat"`
	Version     int64              `json:"version"`
	Definition  int64              `json:"definition"` // the published version that it is read by
	State       string             `json:"state"`
	Items       []item             `json:"items"`
	Hidden      []string           `json:"hidden"`
	Computed    []string           `json:"computed"`
	Inactive    []aside            `json:"inactive,omitempty"` // what was set aside, with the values that it had
	Queries     []query            `json:"queries"`
	Normal      []normal.Judged    `json:"normal,omitempty"` // the reference ranges that hold, with the flag of the value that is kept
	Coded       []coding.Code      `json:"coded,omitempty"`  // the terms of a dictionary that what is written has now
	Rules       *record.Rules      `json:"rules,omitempty"`  // for the browser to run while somebody types
	Double      *double            `json:"double,omitempty"` // of a form that two people enter, until it has values
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, v *record.View) error {
	names, err := s.names(r)
	if err != nil {
		return err
	}
	a := s.formAnswer(r.Context(), v, names)
	if err := s.beside(r.Context(), v, &a); err != nil {
		return err
	}
	w.Header().Set("ETag", etag(v.Form.Version))
	return web.JSON(w, http.StatusOK, a)
}

func (s *Service) formAnswer(ctx context.Context, v *record.View, names func(casebook.UserID) string) formAnswer {
	f := v.Form
	a := formAnswer{f.Subject, f.Site, f.Event, f.EventRepeat, f.Key.Form, f.FormRepeat, f.Version, v.Definition, f.State, []item{}, v.Hidden, v.Computed, asidesOf(f, names), []query{}, nil, nil, v.Rules, doubleOf(ctx, v.Double, names)}
	for _, k := range f.Items {
		a.Items = append(a.Items, item{k.Value, k.By, names(k.By), k.At})
	}
	for _, q := range v.Queries {
		if may := s.may(ctx, q); q.State != record.Candidate || may.asks {
			a.Queries = append(a.Queries, s.query(q, may, names))
		}
	}
	return a
}

// beside completes an answer with what others say of the form as it is now, reference ranges and terms: of what it was at a moment
// nobody asks.
func (s *Service) beside(ctx context.Context, v *record.View, a *formAnswer) error {
	st, err := s.forms.Numbered(ctx, v.Form.Study, v.Definition)
	if err != nil {
		return err
	}
	return s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		if a.Double != nil && slices.Contains(a.Double.May, "enter") {
			if a.Double.Draft, err = record.DraftOf(ctx, tx, v.Form.Key, auth.From(ctx).User); err != nil {
				return err
			}
		}
		codes, err := coding.Codes(ctx, tx, v.Form.Study, v.Form.Subject, v.Form)
		if err != nil {
			return err
		}
		a.Coded = codes[v.Form.Key]
		ranges, err := normal.Of(ctx, tx, v.Form.Study, v.Form.Site)
		if err != nil || !normal.About(st.Index, v.Form.Form, ranges) {
			return err
		}
		casebook, err := record.FormsOf(ctx, tx, v.Form.Study, v.Form.Subject, v.Form.Subject)
		a.Normal = normal.Judge(st.Index, ranges, normal.SourcesOf(st.Version).Person(casebook[v.Form.Subject]), v.Form)
		return err
	})
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// names tells how people are called, in the reader's language. Who has no account is shown by id: a device, the system.
func (s *Service) names(r *http.Request) (func(casebook.UserID) string, error) {
	var accounts map[casebook.UserID]auth.Account
	err := s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		accounts, err = auth.Accounts(r.Context(), tx)
		return err
	})
	chinese := i18n.Language(r.Header.Get("Accept-Language")) == i18n.Chinese
	return func(id casebook.UserID) string {
		a, known := accounts[id]
		switch {
		case !known:
			return string(id)
		case chinese && a.NameZH != "":
			return a.NameZH
		}
		return a.Name
	}, err
}

func (s *Service) form(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	var asOf time.Time
	if t := r.URL.Query().Get("asOf"); t != "" {
		if asOf, err = time.Parse(time.RFC3339, t); err != nil {
			return casebook.Fail(casebook.Invalid, "edc.as_of", t).At("asOf")
		}
	}
	v, err := s.forms.Read(ctx, key(r), asOf)
	if err != nil {
		return err
	}
	return s.answer(w, r, v)
}

func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	expect, err := expected(r)
	if err != nil {
		return err
	}
	var body struct {
		Items  []record.Value `json:"items"`
		Reason string         `json:"reason"`
	}
	text, err := web.Body(r, maxSave)
	if err != nil {
		return err
	}
	if err := web.Parse(text, &body); err != nil {
		return err
	}
	if len(body.Reason) > maxReason {
		return casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	v, err := s.forms.Save(ctx, record.Save{Key: key(r), Expect: expect, Items: body.Items, Reason: strings.TrimSpace(body.Reason), Dry: r.URL.Query().Get("validate_only") == "true",
		Request: record.Request{Name: r.Header.Get("Idempotency-Key"), Body: text, Hash: sha256.Sum256(append([]byte(r.URL.Path+"\n"), text...))}})
	if s.Done != nil {
		s.Done(studyOf(r), subject.Site, ours(err))
	}
	if conflicts, ok := errors.AsType[record.Conflicts](err); ok {
		names, err := s.names(r)
		if err != nil {
			return err
		}
		theirs := []item{}
		for _, k := range conflicts {
			theirs = append(theirs, item{k.Value, k.By, names(k.By), k.At})
		}
		return web.Extend(conflicts, "theirs", theirs)
	}
	if err != nil {
		return err
	}
	if v.Again {
		w.Header().Set("Idempotent-Replay", "true")
	}
	return s.answer(w, r, v)
}

// ours reports whether we did our part, whatever the caller's was.
func ours(err error) bool {
	kind := casebook.KindOf(err)
	return err == nil || kind != casebook.Internal && kind != casebook.Timeout && kind != casebook.Busy
}

// disagreements takes in where the browser's rules came to another outcome than the server's.
func (s *Service) disagreements(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var body struct {
		Disagreements []record.Disagreement `json:"disagreements"`
	}
	if err := web.Decode(r, maxSave, &body); err != nil {
		return err
	}
	if err := s.forms.Disagree(ctx, key(r), body.Disagreements); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

const maxReason = 1000 // bytes

// expected is the version that the caller saw: If-Match "n", or If-None-Match * for a form that had no values yet
// (RFC 9110, section 13.1). A save must say one of them.
func expected(r *http.Request) (int64, error) {
	if r.Header.Get("If-None-Match") == "*" {
		return 0, nil
	}
	tag := r.Header.Get("If-Match")
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || n < 0 || etag(n) != tag {
		return 0, casebook.Fail(casebook.Invalid, "edc.if_match", tag).At("If-Match")
	}
	return n, nil
}

func (s *Service) history(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.AuditRead)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	entries, err := s.forms.History(ctx, key(r), q.Get("group"), q.Get("repeat"), q.Get("item"))
	if err != nil {
		return err
	}
	type change struct {
		Index    int64           `json:"index"` // -1 while it waits for its place in the ledger
		At       time.Time       `json:"at"`
		By       casebook.UserID `json:"by"`
		ByName   string          `json:"byName"`
		Role     string          `json:"role"`
		What     string          `json:"what"`
		Group    string          `json:"group"`
		Repeat   string          `json:"repeat"`
		Item     string          `json:"item"`
		Old      string          `json:"old"`
		New      string          `json:"new"`
		OldBlank string          `json:"oldBlank"`
		NewBlank string          `json:"newBlank"`
		First    bool            `json:"first"` // ODM's Insert: there was nothing before
		Computed bool            `json:"computed"`
		Reason   string          `json:"reason"`
		Trace    string          `json:"trace"`
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	answer := []change{}
	for _, h := range entries {
		e := h.Entry
		answer = append(answer, change{e.Index, e.At, e.Actor, names(e.Actor), e.Role, e.What, h.New.Group, h.New.Repeat, h.New.Item,
			h.Old.Value, h.New.Value, h.Old.Blank, h.New.Blank, !h.Had, h.Computed, e.Reason, e.Trace})
	}
	return web.JSON(w, http.StatusOK, map[string]any{"entries": answer})
}

func (s *Service) casebook(w http.ResponseWriter, r *http.Request) error {
	_, subject, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	st = st.At(subject.Site)
	var have []record.Instance
	var plans map[casebook.SubjectID][]planned
	var successor casebook.SubjectID
	expected := expectations{st: st, in: s.now(st)}
	err = s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		if have, err = record.Instances(r.Context(), tx, studyOf(r), subject.ID); err != nil {
			return err
		}
		unsettled, err := record.Unsettled(r.Context(), tx, studyOf(r), subject.ID, subject.ID)
		if err != nil {
			return err
		}
		for _, d := range unsettled {
			have = append(have, record.Instance{Key: d.Key, State: d.State()})
		}
		if successor, err = patient.SuccessorOf(r.Context(), tx, studyOf(r), subject.ID); err != nil {
			return err
		}
		if st.Conditional() {
			forms, err := record.FormsOf(r.Context(), tx, studyOf(r), subject.ID, subject.ID)
			if err != nil {
				return err
			}
			expected.forms = forms[subject.ID]
		}
		plans, err = plansOf(r.Context(), tx, st, studyOf(r), []patient.Subject{subject})
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"subject": subject.ID, "site": subject.Site, "status": subject.Status,
		"enrolledAt": subject.EnrolledAt, "rescreens": subject.Rescreens, "rescreenedAs": successor, "definition": st.Number, "events": visits(expected, have, plans[subject.ID])})
}

type visit struct {
	Event  string      `json:"event"`
	Repeat string      `json:"repeat"`
	Name   odm.Text    `json:"name"`
	Type   string      `json:"type"`
	Forms  []visitForm `json:"forms"`
	Plan   *planned    `json:"plan,omitempty"` // absent of what a device sent and of what only repeats
	// Expected is what conditions of the schedule say of the visit: demanded, released, or nothing.
	Expected string `json:"expected,omitempty"`
}

type visitForm struct {
	Form      string    `json:"form"`
	Repeat    string    `json:"repeat"`
	Name      odm.Text  `json:"name"`
	State     string    `json:"state"`
	Queries   int       `json:"queries"`
	Version   int64     `json:"version"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
	Expected  string    `json:"expected,omitempty"` // as of a visit
}

// visits lays the casebook out along the schedule: every event with its forms, those that have values and, where
// nothing repeats yet, the first that could, or the next that is planned.
func visits(e expectations, have []record.Instance, plan []planned) []visit {
	st, all := e.st, []visit{}
	for _, ref := range st.Index.Schedule() {
		ev := st.Index.Event(ref.OID)
		if ev == nil {
			continue
		}
		var repeats []string
		for _, i := range have {
			if i.Event == ev.OID && !slices.Contains(repeats, i.EventRepeat) {
				repeats = append(repeats, i.EventRepeat)
			}
		}
		standing := map[string]*planned{}
		for i, p := range plan {
			if p.Event != ev.OID {
				continue
			}
			standing[p.Repeat] = &plan[i]
			if !slices.Contains(repeats, p.Repeat) && (p.Target != "" || p.State == calendar.Skipped) {
				repeats = append(repeats, p.Repeat)
			}
		}
		if len(repeats) == 0 {
			repeats = []string{"1"}
		}
		record.SortRepeats(repeats)
		for _, repeat := range repeats {
			all = append(all, visit{ev.OID, repeat, text(ev.Description, ev.Name), string(ev.Type), visitForms(e, ev, repeat, have), standing[repeat],
				e.of(ref, record.Key{Event: ev.OID, EventRepeat: repeat})})
		}
	}
	return all
}

func visitForms(e expectations, ev *odm.Event, repeat string, have []record.Instance) []visitForm {
	forms := []visitForm{}
	for _, ref := range odm.Ordered(ev.Forms) {
		def := e.st.Index.Form(ref.OID)
		if def == nil {
			continue
		}
		found := false
		now := e.of(ref, record.Key{Event: ev.OID, EventRepeat: repeat, Form: def.OID, FormRepeat: "1"})
		for _, i := range have {
			if i.Event == ev.OID && i.EventRepeat == repeat && i.Form == def.OID {
				found = true
				forms = append(forms, visitForm{def.OID, i.FormRepeat, text(def.Description, def.Name), i.State, i.Queries, i.Version, i.UpdatedAt, now})
			}
		}
		if !found {
			forms = append(forms, visitForm{Form: def.OID, Repeat: "1", Name: text(def.Description, def.Name), State: record.Empty, Expected: now})
		}
	}
	return forms
}

// text is a thing's name in the languages that describe it, or the one it has.
func text(t odm.Text, name string) odm.Text {
	if len(t) > 0 {
		return t
	}
	return odm.Text{"": name}
}
