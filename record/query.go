package record

import (
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
)

// Query is a question about an item: opened by a check or by a person, with the states of ODM 2.0.
type Query struct {
	ID       string          `json:"id"`
	Group    string          `json:"group"`
	Repeat   string          `json:"repeat"`
	Item     string          `json:"item"`
	Rule     string          `json:"rule,omitempty"` // the check, when a check asks
	Source   string          `json:"source"`         // system or manual: ODM 2.0's Query/@Type
	State    QueryState      `json:"state"`
	Text     odm.Text        `json:"text"`
	Value    string          `json:"value,omitempty"` // the value asked about
	By       casebook.UserID `json:"by,omitempty"`    // who asked, when a person did
	Role     string          `json:"role,omitempty"`  // in which role: ODM 2.0's Query/@Source follows from it
	Assignee casebook.UserID `json:"assignee,omitempty"`

	Key       Key             `json:"-"`
	Site      casebook.SiteID `json:"-"`
	OpenedAt  time.Time       `json:"-"`
	ChangedAt time.Time       `json:"-"`
	Thread    []Turn          `json:"-"` // what people did about it, oldest first
}

// Turn is one step that somebody took, and what they said. Steps of checks are in the entries of the saves.
type Turn struct {
	State    QueryState      `json:"state"` // after the step
	Text     string          `json:"text,omitempty"`
	Assignee casebook.UserID `json:"assignee,omitempty"`
	By       casebook.UserID `json:"by"`
	Role     string          `json:"role"`
	At       int64           `json:"at"` // microseconds since 1970 UTC
}

func (q *Query) at() place { return place{q.Group, q.Repeat, q.Item} }

// standing reports whether the query still waits for somebody.
func (q *Query) standing() bool { return q.State != Closed && q.State != Cancelled }

// settled reports whether a person, and not a check, ended the query.
func (q *Query) settled() bool {
	return !q.standing() && len(q.Thread) > 0 && q.Thread[len(q.Thread)-1].State == q.State
}

// QueryState is a state of a query (ODM 2.0, Query/@State).
type QueryState string

// The states of a query. Resolved is an answer that one person has accepted and that another is still to close.
const (
	Candidate QueryState = "Candidate" // proposed, and not shown to the site
	Open      QueryState = "Open"
	Answered  QueryState = "Answered"
	Closed    QueryState = "Closed"
	Cancelled QueryState = "Cancelled"
	Resolved  QueryState = "Resolved"
)

// QueryStates are all of them, in the order of a query's life.
var QueryStates = []QueryState{Candidate, Open, Answered, Resolved, Closed, Cancelled}

// Action is what a person does about a query that is there.
type Action string

// The actions.
const (
	Release Action = "release" // the candidate is put to the site
	Answer  Action = "answer"  // the site replies
	Requery Action = "requery" // the answer is not enough, or it was closed too early
	Resolve Action = "resolve" // the answer is accepted
	Close   Action = "close"
	Cancel  Action = "cancel" // the question was none
	Assign  Action = "assign" // somebody else shall act; the state stays
)

// queryEdges is the state machine, drawn in docs/design/states.md: where each action leads from each state. What is
// not here is refused. Checks take two more edges of their own: nothing → Open, and any that stands → Closed.
var queryEdges = map[QueryState]map[Action]QueryState{
	Candidate: {Release: Open, Cancel: Cancelled, Assign: Candidate},
	Open:      {Answer: Answered, Close: Closed, Cancel: Cancelled, Assign: Open},
	Answered:  {Requery: Open, Resolve: Resolved, Close: Closed, Assign: Answered},
	Resolved:  {Requery: Open, Close: Closed, Assign: Resolved},
	Closed:    {Requery: Open},
	Cancelled: {},
}

// Actions are what may be done about a query in a state.
func (s QueryState) Actions() []Action {
	all := []Action{}
	for _, a := range []Action{Release, Answer, Requery, Resolve, Close, Cancel, Assign} {
		if _, ok := queryEdges[s][a]; ok {
			all = append(all, a)
		}
	}
	return all
}

// speaks reports whether an action must say something.
func (a Action) speaks() bool { return a == Answer || a == Requery || a == Cancel }

// maxSaid is how long a question or an answer may be.
const maxSaid = 4000 // bytes

// Question is what a person asks about an item.
type Question struct {
	Key
	Group     string
	Repeat    string
	Item      string
	Text      odm.Text
	Assignee  casebook.UserID
	Candidate bool // to be released by a second person
}

// Raise opens a query in the caller's write. Errors: NotFound for what is not asked there, Unprocessable
// record.query_text.
func (s *Service) Raise(ctx context.Context, w *ledger.Writer, st *Study, in Question) (Query, error) {
	subject, err := patient.Enter(ctx, w.Tx, in.Study, in.Subject)
	if err != nil {
		return Query{}, err
	}
	st = st.At(subject.Site)
	f := st.forms[in.Form]
	if f == nil {
		return Query{}, casebook.Fail(casebook.NotFound, "record.form_unknown", in.Form)
	}
	if err := st.placed(in.Key, f); err != nil {
		return Query{}, err
	}
	p := place{in.Group, in.Repeat, in.Item}
	if _, ok := f.slots[[2]string{in.Group, in.Item}]; !ok || !fitRepeat(in.Repeat) {
		return Query{}, casebook.Fail(casebook.Unprocessable, "record.item_unknown", in.Item).At(p.String())
	}
	if err := fitText(in.Text); err != nil {
		return Query{}, err
	}
	if err := talkable(ctx, w.Tx, in.Key, p); err != nil {
		return Query{}, err
	}
	cur, err := load(ctx, w.Tx, in.Key)
	if err != nil {
		return Query{}, err
	}
	actor := casebook.ActorFrom(ctx)
	q := Query{ID: s.ledger.DB().World().NewID(), Group: in.Group, Repeat: in.Repeat, Item: in.Item, Source: "manual", State: Open, Text: in.Text,
		By: actor.User, Role: actor.Role, Assignee: in.Assignee, Key: in.Key, Site: subject.Site, OpenedAt: w.Now, ChangedAt: w.Now}
	if in.Candidate {
		q.State = Candidate
	}
	if kept := cur.find(p); kept != nil {
		q.Value = kept.Value.Value
	}
	if err := insertQueries(ctx, w, []Query{q}); err != nil {
		return Query{}, err
	}
	w.Record(ctx, ledger.Entry{What: QueryRaised, Site: q.Site, Subject: in.Subject, Ref: in.Ref(), New: ledger.Text(q)})
	return q, nil
}

// talkable refuses queries about what is locked.
func talkable(ctx context.Context, tx *store.Tx, k Key, p place) error {
	closed, err := stages(ctx, tx, k.Study, k.Subject)
	if err == nil && effective(closed, k.Subject, k.ItemPath(p.group, p.repeat, p.item)) == Locked {
		err = Locked.closed(p.String())
	}
	return err
}

func fitText(text odm.Text) error {
	said := false
	for _, t := range text {
		if len(t) > maxSaid {
			return casebook.Fail(casebook.Unprocessable, "record.query_long", maxSaid).At("text")
		}
		said = said || strings.TrimSpace(t) != ""
	}
	if !said {
		return casebook.Fail(casebook.Unprocessable, "record.query_text").At("text")
	}
	return nil
}

// Step is what somebody does about one query.
type Step struct {
	Subject  casebook.SubjectID
	ID       string
	Action   Action
	Text     string
	Assignee casebook.UserID // with Assign; "" for nobody
}

// queryState is what a step changes.
type queryState struct {
	ID       string          `json:"id"`
	State    QueryState      `json:"state"`
	Assignee casebook.UserID `json:"assignee,omitempty"`
	Text     string          `json:"text,omitempty"`
}

// FindQuery returns one query, or NotFound record.query_unknown.
func FindQuery(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, id string) (Query, error) {
	all, err := store.All(ctx, tx, scanQuery, `SELECT `+queryColumns+` FROM record_query WHERE study_id = $1 AND subject_id = $2 AND query_id = $3`,
		study, subject, id)
	if err == nil && len(all) == 0 {
		return Query{}, casebook.Fail(casebook.NotFound, "record.query_unknown", id).At("queries")
	}
	if err != nil {
		return Query{}, err
	}
	return all[0], nil
}

// Take takes a step in the caller's write, on the query as it was found. A step that its state does not allow, and one
// that somebody forestalled, are Conflict record.query_step.
func Take(ctx context.Context, w *ledger.Writer, q Query, in Step) (Query, error) {
	in.Text = strings.TrimSpace(in.Text)
	refused := casebook.Fail(casebook.Conflict, "record.query_step", in.Action, q.State).At(q.ID)
	to, ok := queryEdges[q.State][in.Action]
	switch {
	case !ok:
		return q, refused
	case in.Text == "" && in.Action.speaks():
		return q, casebook.Fail(casebook.Unprocessable, "record.query_text").At("text")
	case len(in.Text) > maxSaid:
		return q, casebook.Fail(casebook.Unprocessable, "record.query_long", maxSaid).At("text")
	}
	if _, err := patient.Enter(ctx, w.Tx, w.Study, q.Key.Subject); err != nil {
		return q, err
	}
	if err := talkable(ctx, w.Tx, q.Key, q.at()); err != nil {
		return q, err
	}
	was, before := q, queryState{q.ID, q.State, q.Assignee, ""}
	q.State, q.ChangedAt = to, w.Now
	if in.Action == Assign {
		q.Assignee = in.Assignee
	}
	actor := casebook.ActorFrom(ctx)
	q.Thread = append(slices.Clip(q.Thread), Turn{to, in.Text, q.Assignee, actor.User, actor.Role, store.Micros(w.Now)})
	n, err := w.Exec(ctx, `UPDATE record_query SET state = $1, assignee = $2, thread = $3, changed_at = $4, release = $5
		WHERE study_id = $6 AND subject_id = $7 AND query_id = $8 AND state = $9 AND changed_at = $10`,
		q.State, q.Assignee, ledger.Text(q.Thread), store.Micros(q.ChangedAt), w.Release(q.Site), w.Study, q.Key.Subject, q.ID, was.State, store.Micros(was.ChangedAt))
	if err != nil {
		return q, err
	}
	if n == 0 {
		return q, refused
	}
	w.Record(ctx, ledger.Entry{What: QueryChanged, Site: q.Site, Subject: q.Key.Subject, Ref: q.Key.Ref(),
		Old: ledger.Text(before), New: ledger.Text(queryState{q.ID, q.State, q.Assignee, in.Text})})
	return q, nil
}
