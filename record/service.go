package record

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/check"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Service saves and reads forms.
type Service struct {
	// Given reports whether a form is a patient's own, as they submitted it: it changes by what was agreed upon with them, or
	// their investigator, alone. It is set before the first save; nil knows of none.
	Given func(context.Context, *store.Tx, Key) (bool, error)

	ledger   *ledger.Ledger
	versions Versions

	mu      sync.Mutex
	studies map[casebook.StudyID]inUse
	flights map[flight]bool // the named requests that are under way
}

// New returns the forms kept in l's database.
func New(l *ledger.Ledger, versions Versions) *Service {
	return &Service{ledger: l, versions: versions, studies: map[casebook.StudyID]inUse{}, flights: map[flight]bool{}}
}

// Save is one save of a form.
type Save struct {
	Key
	Expect int64 // the version that the caller last saw, 0 for none, -1 when it does not say
	Items  []Value
	Reason string // needed when a kept value changes
	Dry    bool   // judge and answer as if it were saved, and keep nothing
	Agreed bool   // what a patient has submitted may change: it was agreed upon
	Source string // where the values come from, if nobody typed them: "upload/" and a file's id, "lab/" and a result's
	Copied bool   // nobody typed the values, and no Source names where they come from

	Request Request // under which name the caller will send it again
}

// Save saves values of one form: types are checked, a changed value needs a reason, checks run, a failing one keeps
// the value and opens a query in the same transaction. Two people who save different items of one form merge; for the
// same item the second gets Conflicts.
// A save that was done under its request's name before is answered with the form as it stands now, as a repetition.
func (s *Service) Save(ctx context.Context, in Save) (*View, error) {
	st, err := s.Study(ctx, in.Study)
	if err != nil {
		return nil, err
	}
	var view *View
	in.Request.Key = in.Key
	done, err := s.Together(ctx, in.Study, in.Request, in.Dry, func(w *ledger.Writer) (string, error) {
		out, open, err := s.SaveIn(ctx, w, st, in)
		if err != nil {
			return "", err
		}
		st := st.At(out.Form.Site)
		view = &View{Form: out.Form, Definition: st.Number, Queries: after(open, out)}
		view.Computed = st.Computed(in.Form)
		view.Hidden, err = s.hidden(ctx, w.Tx, st, out.Form)
		return "", err
	})
	if err != nil || !done.Again {
		return view, err
	}
	if view, err = s.Read(ctx, in.Key, time.Time{}); err == nil {
		view.Again = true
	}
	return view, err
}

// Done is what became of a write that has a request's name.
type Done struct {
	Again bool   // it was done before, and nothing was done now
	Made  string // what the write said that it made, then or now
}

// Together makes all that fn writes in one transaction, under the name of a request: once, however often it is sent. fn says
// what it makes, for whoever sends the request again. Where others came first it runs again from the start; a dry write is
// judged and undone.
func (s *Service) Together(ctx context.Context, study casebook.StudyID, request Request, dry bool, fn func(*ledger.Writer) (string, error)) (Done, error) {
	if err := request.check(); err != nil {
		return Done{}, err
	}
	if dry {
		request = Request{} // what is only judged is not done, under no name
	}
	land, err := s.depart(ctx, study, request)
	if err != nil {
		return Done{}, err
	}
	defer land()
	for range maxRaces {
		var done Done
		if done, err = s.together(ctx, study, request, dry, fn); !raced(err) {
			return done, err
		}
	}
	return Done{}, errRaced.Wrap(err)
}

func (s *Service) together(ctx context.Context, study casebook.StudyID, request Request, dry bool, fn func(*ledger.Writer) (string, error)) (done Done, err error) {
	aside := false
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		done, aside = Done{}, false
		if made, err := request.once(ctx, w); errors.Is(err, errAside) {
			aside = true
			return nil
		} else if err != nil {
			done.Made = made
			return err
		}
		if done.Made, err = fn(w); err != nil {
			return err
		}
		if dry {
			return errDry
		}
		return request.made(ctx, w, done.Made)
	})
	switch {
	case errors.Is(err, errDry):
		err = nil
	case errors.Is(err, errDone):
		done.Again, err = true, nil
	case err == nil && aside:
		err = request.reused()
	}
	return done, err
}

// errDry undoes a save that was only to be judged.
var errDry = errors.New("record: nothing was to be kept")

// maxRaces bounds how often a save starts again on what others left: on PostgreSQL two saves of one form may run at once.
const maxRaces = 5

var errGiven error = casebook.Fail(casebook.Conflict, "record.given")

var errRaced = casebook.Fail(casebook.Stale, "record.conflict", 1)

// raced reports whether another save of the form came first, as its first save or as its next.
func raced(err error) bool { return errors.Is(err, errRaced) || store.IsUnique(err) }

// SaveIn is Save inside the caller's transaction, by the version that the subject's site works by. It also returns the form's queries as they were before.
func (s *Service) SaveIn(ctx context.Context, w *ledger.Writer, st *Study, in Save) (*Outcome, []Query, error) {
	if s.Given != nil && !in.Agreed {
		if given, err := s.Given(ctx, w.Tx, in.Key); err != nil || given {
			return nil, nil, cmp.Or(err, errGiven)
		}
	}
	return s.change(ctx, w, st, in.Key, in.Reason, func(st *Study, cur *Form, context Context) (*Outcome, error) {
		if err := st.once(ctx, w.Tx, cur, in.Copied || in.Source != ""); err != nil {
			return nil, err
		}
		out, err := st.Apply(cur, in.Expect, in.Items, context)
		if out != nil {
			out.After.Source = in.Source
		}
		return out, err
	})
}

// change keeps what apply makes of a form, in the caller's transaction. It also returns the form's queries as they were before.
func (s *Service) change(ctx context.Context, w *ledger.Writer, st *Study, k Key, reason string, apply func(*Study, *Form, Context) (*Outcome, error)) (*Outcome, []Query, error) {
	subject, err := patient.Enter(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return nil, nil, err
	}
	if subject.Status == patient.Inactive {
		return nil, nil, casebook.Fail(casebook.Conflict, "patient.inactive", subject.ID).At("subject")
	}
	st = st.At(subject.Site)
	cur, err := load(ctx, w.Tx, k)
	if err != nil {
		return nil, nil, err
	}
	cur.Site = subject.Site
	queries, err := queriesOf(ctx, w.Tx, k)
	if err != nil {
		return nil, nil, err
	}
	context, err := s.context(ctx, w.Tx, st, cur)
	if err != nil {
		return nil, nil, err
	}
	context.Reason = reason
	context.Open = asked(queries)
	out, err := apply(st, cur, context)
	if err != nil {
		return nil, nil, err
	}
	if out.unchanged() {
		out.Form = cur // nothing changed, and nothing is recorded
		return out, queries, nil
	}
	if err := admit(ctx, w, out); err != nil {
		return nil, nil, err
	}
	if err := write(ctx, w, out, reason); err != nil {
		return nil, nil, err
	}
	return out, queries, followIn(ctx, w, st, out, context, reason)
}

// context is what rules may need beyond the form: today, and the other forms if any rule reaches one.
func (s *Service) context(ctx context.Context, tx *store.Tx, st *Study, cur *Form) (Context, error) {
	in := Context{Actor: casebook.ActorFrom(ctx).User, Now: tx.Now, NewID: s.ledger.DB().World().NewID, Zone: "UTC", Country: st.Country}
	in.Today = Today(tx.Now)
	if f := st.forms[cur.Form]; f == nil || !f.reachesOut {
		return in, nil
	}
	forms, err := casebookOf(ctx, tx, cur.Study, cur.Subject)
	in.Others = st.others(cur, forms)
	return in, err
}

// Today is the day of a moment in the rule language, in UTC.
func Today(at time.Time) check.Value {
	n := at.Unix() / (24 * 60 * 60)
	if d := lastDay.Load(); d != nil && d.n == n {
		return d.value
	}
	value, _ := check.ParseValue(check.Date, at.UTC().Format(time.DateOnly))
	lastDay.Store(&day{n, value})
	return value
}

// day remembers the last answer of Today: thousands ask within the same one.
type day struct {
	n     int64 // days since 1970
	value check.Value
}

var lastDay atomic.Pointer[day]

func (s *Service) hidden(ctx context.Context, tx *store.Tx, st *Study, f *Form) ([]string, error) {
	in, err := s.context(ctx, tx, st, f)
	return st.Hidden(f, in), err
}

var insertForm = store.NewInsert("record_form", "study_id text, subject_id text, event_oid text, event_repeat text, form_oid text, form_repeat text, "+
	"site_id text, version bigint, definition bigint, state text, doc text, release bigint, updated_at bigint, entered_at bigint", "", "")

// write keeps an outcome and records it.
func write(ctx context.Context, w *ledger.Writer, out *Outcome, reason string) error {
	f := out.Form
	if f.Version == 1 {
		if err := insertForms(ctx, w, []*Form{f}, []string{f.encode()}); err != nil {
			return err
		}
	} else {
		n, err := w.Exec(ctx, `UPDATE record_form SET version = $1, definition = $2, state = $3, doc = $4, release = $5, updated_at = $6
			WHERE study_id = $7 AND subject_id = $8 AND event_oid = $9 AND event_repeat = $10 AND form_oid = $11 AND form_repeat = $12 AND version = $13`,
			f.Version, f.Definition, f.State, f.encode(), w.Release(f.Site), store.Micros(f.UpdatedAt),
			f.Study, f.Subject, f.Event, f.EventRepeat, f.Form, f.FormRepeat, f.Version-1)
		if err != nil {
			return err
		}
		if n == 0 {
			return errRaced
		}
	}
	if err := insertQueries(ctx, w, out.After.Opened); err != nil {
		return err
	}
	for _, q := range out.After.Closed {
		if err := updateQuery(ctx, w, q); err != nil {
			return err
		}
	}
	w.Record(ctx, out.entry(reason))
	return nil
}

// entry is the outcome as the ledger keeps it.
func (o *Outcome) entry(reason string) ledger.Entry {
	e := ledger.Entry{What: Saved, Site: o.Form.Site, Subject: o.Form.Subject, Ref: o.Form.Ref(), New: o.After.canonical(), Reason: reason,
		At: o.Form.UpdatedAt}
	if o.Form.Version > 1 {
		e.Old = o.Before.canonical()
	}
	return e
}

// insertForms keeps new forms, whose documents are docs.
func insertForms(ctx context.Context, w *ledger.Writer, forms []*Form, docs []string) error {
	n := len(forms)
	text := make([]string, 9*n)
	col := func(k int) []string { return text[k*n : (k+1)*n] }
	numbers := make([]int64, 5*n)
	num := func(k int) []int64 { return numbers[k*n : (k+1)*n] }
	for i, f := range forms {
		for k, s := range [...]string{string(f.Study), string(f.Subject), f.Event, f.EventRepeat, f.Form, f.FormRepeat, string(f.Site), f.State, docs[i]} {
			text[k*n+i] = s
		}
		for k, v := range [...]int64{f.Version, f.Definition, w.Release(f.Site), store.Micros(f.UpdatedAt), store.Micros(f.entered())} {
			numbers[k*n+i] = v
		}
	}
	_, err := w.InsertAll(ctx, insertForm, col(0), col(1), col(2), col(3), col(4), col(5), col(6), num(0), num(1), col(7), col(8), num(2), num(3), num(4))
	return err
}

// A Report is a form that arrived whole and once, from a device: a new instance that nobody has seen before.
type Report struct {
	out         *Outcome
	by          ledger.Entry // its actor, device time and trace
	doc, change string       // as the rows and the ledger hold them
}

// NewReport writes out as it is kept, by the actor, device time and trace of by: before the transaction, in which others wait.
func NewReport(out *Outcome, by ledger.Entry) *Report {
	return &Report{out, by, out.Form.encode(), out.After.canonical()}
}

// InsertIn keeps many new forms of one study in the caller's transaction, set by set, with one entry each, and what other
// forms that read them make of them. Where one of them exists, the transaction fails with an error of store.IsUnique.
func InsertIn(ctx context.Context, w *ledger.Writer, reports []*Report) error {
	if len(reports) == 0 {
		return nil
	}
	if err := admitAll(ctx, w, reports); err != nil {
		return err
	}
	forms := make([]*Form, len(reports))
	docs := make([]string, len(reports))
	var queries []Query
	for i, r := range reports {
		forms[i], docs[i] = r.out.Form, r.doc
		queries = append(queries, r.out.After.Opened...)
	}
	if err := insertForms(ctx, w, forms, docs); err != nil {
		return err
	}
	if err := insertQueries(ctx, w, queries); err != nil {
		return err
	}
	for _, r := range reports {
		f := r.out.Form
		w.Record(ctx, ledger.Entry{What: Saved, Site: f.Site, Subject: f.Subject, Ref: f.Ref(), New: r.change, At: f.UpdatedAt,
			Actor: r.by.Actor, Role: r.by.Role, Location: r.by.Location, Trace: r.by.Trace, DeviceAt: r.by.DeviceAt})
	}
	return followReports(ctx, w, reports)
}

const formColumns = `event_oid, event_repeat, form_oid, form_repeat, site_id, version, definition, state, doc, updated_at`

func scanForm(study casebook.StudyID, subject casebook.SubjectID) func(*store.Rows) (*Form, error) {
	return func(r *store.Rows) (*Form, error) {
		f := &Form{Key: Key{Study: study, Subject: subject}}
		var doc string
		var updated int64
		if err := r.Scan(&f.Event, &f.EventRepeat, &f.Form, &f.FormRepeat, &f.Site, &f.Version, &f.Definition, &f.State, &doc, &updated); err != nil {
			return nil, err
		}
		f.UpdatedAt = store.Time(updated)
		return f, f.decode(doc)
	}
}

// load returns the form as it stands, or an empty one of version 0.
func load(ctx context.Context, tx *store.Tx, k Key) (*Form, error) {
	forms, err := store.All(ctx, tx, scanForm(k.Study, k.Subject), `SELECT `+formColumns+` FROM record_form
		WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6`,
		k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat)
	if err != nil {
		return nil, err
	}
	if len(forms) == 0 {
		return &Form{Key: k, State: Empty}, nil
	}
	return forms[0], nil
}

// casebookOf returns all forms of a subject.
func casebookOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]*Form, error) {
	return store.All(ctx, tx, scanForm(study, subject), `SELECT `+formColumns+` FROM record_form WHERE study_id = $1 AND subject_id = $2
		ORDER BY event_oid, event_repeat, form_oid, form_repeat`, study, subject)
}

// after is what became of queries by an outcome.
func after(queries []Query, out *Outcome) []Query {
	queries = slices.Clone(queries)
	for i := range queries {
		if n := slices.IndexFunc(out.After.Closed, func(q Query) bool { return q.ID == queries[i].ID }); n >= 0 {
			queries[i] = out.After.Closed[n]
		}
	}
	return append(queries, out.After.Opened...)
}

// View is a form with its queries and what its conditions hide.
type View struct {
	Form       *Form
	Definition int64 // the published version that it is read by
	Queries    []Query
	Hidden     []string // what conditions hide now: group/repeat, or group/repeat/item
	Computed   []string // what methods give, as group/item
	Rules      *Rules   // for the browser; nil where only the server runs them
	Double     *Double  // how far its two entries are; nil of a form that is entered once, or has values, or of the past
	Again      bool     // of a save: it was done before
}

// Read returns a form now, by the version that the subject's site works by, or as of a moment when asOf is not zero, by
// the version that it was filled in by then.
func (s *Service) Read(ctx context.Context, k Key, asOf time.Time) (*View, error) {
	st, err := s.Study(ctx, k.Study)
	if err != nil {
		return nil, err
	}
	view := &View{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		subject, err := patient.Find(ctx, tx, k.Study, k.Subject)
		if err != nil {
			return err
		}
		st = st.At(subject.Site)
		if asOf.IsZero() {
			if view.Form, err = load(ctx, tx, k); err == nil {
				view.Queries, err = queriesOf(ctx, tx, k)
			}
		} else {
			view.Form, view.Queries, err = readAsOf(ctx, tx, k, asOf)
		}
		if err != nil {
			return err
		}
		view.Form.Site = subject.Site // a form without a row has none of its own
		if !asOf.IsZero() && view.Form.Definition > 0 {
			return nil // by the version of then, which may have to be read
		}
		return s.show(ctx, tx, st, view, asOf)
	})
	if err != nil || view.Definition > 0 {
		return view, err
	}
	if st, err = s.Numbered(ctx, k.Study, view.Form.Definition); err != nil {
		return nil, err
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error { return s.show(ctx, tx, st, view, asOf) })
	return view, err
}

// show works out how a version shows a form.
func (s *Service) show(ctx context.Context, tx *store.Tx, st *Study, view *View, asOf time.Time) error {
	k := view.Form.Key
	if f := st.forms[k.Form]; f == nil {
		return casebook.Fail(casebook.NotFound, "record.form_unknown", k.Form)
	} else if err := st.placed(k, f); err != nil {
		return err
	}
	in, err := s.context(ctx, tx, st, view.Form)
	view.Definition, view.Hidden, view.Computed = st.Number, st.Hidden(view.Form, in), st.Computed(k.Form)
	if err != nil || !asOf.IsZero() {
		return err
	}
	view.Rules = st.Rules(k.Form, in)
	if view.Form.Version == 0 && st.EnteredTwice(k.Form) {
		view.Double = &Double{Key: k, Site: view.Form.Site}
		view.Double.Passes, err = passesOf(ctx, tx, k)
	}
	return err
}

// readAsOf folds the ledger up to the moment: entries sealed later are not there yet.
func readAsOf(ctx context.Context, tx *store.Tx, k Key, asOf time.Time) (*Form, []Query, error) {
	entries, err := ledger.Subject(ctx, tx, k.Study, k.Subject)
	if err != nil {
		return nil, nil, err
	}
	size, err := ledger.AsOf(ctx, tx, k.Study, asOf)
	if err != nil {
		return nil, nil, err
	}
	fold := NewFold(k.Study)
	for i := range entries {
		if e := &entries[i]; e.Index >= 0 && e.Index < size {
			fold.Entry(e)
		}
	}
	f := fold.forms[k]
	if f == nil {
		f = &Form{Key: k, State: Empty}
	}
	var queries []Query
	for _, q := range fold.queries {
		if q.Key == k {
			queries = append(queries, *q)
		}
	}
	slices.SortFunc(queries, func(a, b Query) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return f, queries, nil
}

// History returns the entries that touched an item of a form, or the whole form when item is "", newest first. It
// also shows entries that wait for their place (Index -1).
func (s *Service) History(ctx context.Context, k Key, group, repeat, item string) ([]HistoryEntry, error) {
	var history []HistoryEntry
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		entries, err := ledger.Subject(ctx, tx, k.Study, k.Subject)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.What != Saved || e.Ref != k.Ref() {
				continue
			}
			changed, err := itemsOf(e)
			if err != nil {
				return err
			}
			for _, h := range changed {
				if item == "" || h.New.at() == (place{group, repeat, item}) {
					history = append(history, h)
				}
			}
		}
		return nil
	})
	slices.Reverse(history)
	return history, err
}

// HistoryEntry is what one entry did to one item.
type HistoryEntry struct {
	Entry    ledger.Entry
	Old, New Value
	Had      bool // there was a value before: ODM's Update, else Insert
	Computed bool
}

// ChangesOf returns what a Saved entry changed, item by item.
func ChangesOf(e ledger.Entry) ([]HistoryEntry, error) { return itemsOf(e) }

func itemsOf(e ledger.Entry) ([]HistoryEntry, error) {
	var before, now Change
	if e.Old != "" {
		if err := json.Unmarshal([]byte(e.Old), &before); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal([]byte(e.New), &now); err != nil {
		return nil, err
	}
	var out []HistoryEntry
	add := func(now, before []Value, computed bool) {
		for _, v := range now {
			h := HistoryEntry{Entry: e, New: v, Computed: computed}
			if i := slices.IndexFunc(before, func(o Value) bool { return o.at() == v.at() }); i >= 0 {
				h.Old, h.Had = before[i], true
			}
			out = append(out, h)
		}
	}
	add(now.Items, before.Items, false)
	add(now.Computed, before.Computed, true)
	return out, nil
}
