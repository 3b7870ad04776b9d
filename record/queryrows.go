package record

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

var insertQuery = store.NewInsert("record_query", "study_id text, subject_id text, query_id text, site_id text, ref text, group_oid text, group_repeat text, "+
	"item_oid text, rule text, source text, state text, text text, value text, form_oid text, asked_by text, asked_role text, assignee text, "+
	"opened_at bigint, changed_at bigint, release bigint", "", "")

func insertQueries(ctx context.Context, w *ledger.Writer, queries []Query) error {
	n := len(queries)
	if n == 0 {
		return nil
	}
	const columns = 17
	text := make([]string, columns*n)
	cols := make([]any, 0, columns+3)
	for k := range columns {
		cols = append(cols, text[k*n:(k+1)*n])
	}
	opened, changed, releases := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, q := range queries {
		for k, s := range [columns]string{string(q.Key.Study), string(q.Key.Subject), q.ID, string(q.Site), q.Key.Ref(), q.Group, q.Repeat, q.Item,
			q.Rule, q.Source, string(q.State), ledger.Text(q.Text), q.Value, q.Key.Form, string(q.By), q.Role, string(q.Assignee)} {
			text[k*n+i] = s
		}
		opened[i], changed[i], releases[i] = store.Micros(q.OpenedAt), store.Micros(q.ChangedAt), w.Release(q.Site)
	}
	_, err := w.InsertAll(ctx, insertQuery, append(cols, opened, changed, releases)...)
	return err
}

// updateQuery keeps what a check did.
func updateQuery(ctx context.Context, w *ledger.Writer, q Query) error {
	return w.Later(ctx, `UPDATE record_query SET state = $1, changed_at = $2, release = $3 WHERE study_id = $4 AND subject_id = $5 AND query_id = $6`,
		q.State, store.Micros(q.ChangedAt), w.Release(q.Site), q.Key.Study, q.Key.Subject, q.ID)
}

const queryColumns = `study_id, subject_id, query_id, site_id, ref, group_oid, group_repeat, item_oid, rule, source, state, text, value, asked_by, asked_role, assignee, thread, opened_at, changed_at`

func scanQuery(r *store.Rows) (Query, error) { return make(questions).scan(r) }

// questions remembers the texts that were read: those of a check are the same in each of its queries.
type questions map[string]odm.Text

func (known questions) scan(r *store.Rows) (q Query, err error) {
	var ref, text, thread string
	var opened, changed int64
	var study casebook.StudyID
	var subject casebook.SubjectID
	if err := r.Scan(&study, &subject, &q.ID, &q.Site, &ref, &q.Group, &q.Repeat, &q.Item, &q.Rule, &q.Source, &q.State, &text, &q.Value,
		&q.By, &q.Role, &q.Assignee, &thread, &opened, &changed); err != nil {
		return q, err
	}
	q.OpenedAt, q.ChangedAt = store.Time(opened), store.Time(changed)
	q.Key, _ = ParseRef(study, subject, ref)
	if thread != "[]" {
		if err := json.Unmarshal([]byte(thread), &q.Thread); err != nil {
			return q, err
		}
	}
	if q.Text = known[text]; q.Text == nil {
		err = json.Unmarshal([]byte(text), &q.Text)
		known[text] = q.Text
	}
	return q, err
}

func queriesOf(ctx context.Context, tx *store.Tx, k Key) ([]Query, error) {
	return store.All(ctx, tx, scanQuery, `SELECT `+queryColumns+` FROM record_query
		WHERE study_id = $1 AND subject_id = $2 AND ref = $3 ORDER BY opened_at, query_id`, k.Study, k.Subject, k.Ref())
}

// QueryFilter selects queries of a study, oldest first. Empty fields select nothing away.
type QueryFilter struct {
	States   []QueryState // none is all
	AllSites bool
	Sites    []casebook.SiteID
	Subject  casebook.SubjectID
	Form     string
	Assignee casebook.UserID
	Source   string    // system or manual
	Before   time.Time // opened before: older than so many days
	Limit    int
	AfterAt  time.Time // the last query of the page before
	AfterID  string
}

// Queries lists queries of a study.
func Queries(ctx context.Context, tx *store.Tx, study casebook.StudyID, f QueryFilter) ([]Query, error) {
	states := f.States
	if len(states) == 0 {
		states = QueryStates
	}
	var found []Query
	known := questions{}
	for _, state := range states { // each state is a stretch of the index, in order
		where, args := f.where(study, state)
		args = append(args, f.Limit)
		of, err := store.All(ctx, tx, known.scan, `SELECT `+queryColumns+` FROM record_query WHERE study_id = $1 AND state = $2`+where+
			` ORDER BY opened_at, query_id LIMIT $`+strconv.Itoa(len(args)), args...)
		if err != nil {
			return nil, err
		}
		found = append(found, of...)
	}
	if len(states) > 1 {
		slices.SortFunc(found, func(a, b Query) int { return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID)) })
	}
	return found[:min(len(found), f.Limit)], nil
}

// where writes the conditions beyond study and state.
func (f *QueryFilter) where(study casebook.StudyID, state QueryState) (sql string, args []any) {
	args = []any{study, state}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		sql += " AND " + condition
	}
	if !f.AfterAt.IsZero() {
		at := store.Micros(f.AfterAt)
		add("(opened_at > ? OR opened_at = ? AND query_id > ?)", at, at, f.AfterID)
	}
	if !f.AllSites {
		marks, values := []string{}, []any{}
		for _, site := range f.Sites {
			marks, values = append(marks, "?"), append(values, site)
		}
		if len(values) == 0 {
			add("1 = 0")
		} else {
			add("site_id IN ("+strings.Join(marks, ",")+")", values...)
		}
	}
	for _, c := range []struct {
		column, value string
	}{{"subject_id", string(f.Subject)}, {"form_oid", f.Form}, {"assignee", string(f.Assignee)}, {"source", f.Source}} {
		if c.value != "" {
			add(c.column+" = ?", c.value)
		}
	}
	if !f.Before.IsZero() {
		add("opened_at < ?", store.Micros(f.Before))
	}
	return sql, args
}

// Cursor is where the list of queries goes on after q.
func Cursor(q Query) string { return strconv.FormatInt(store.Micros(q.OpenedAt), 36) + "-" + q.ID }

// Resume sets where the list goes on, from Cursor.
func (f *QueryFilter) Resume(cursor string) error {
	if cursor == "" {
		return nil
	}
	at, id, ok := strings.Cut(cursor, "-")
	us, err := strconv.ParseInt(at, 36, 64)
	if err != nil || !ok {
		return casebook.Fail(casebook.Invalid, "record.cursor", cursor).At("after")
	}
	f.AfterAt, f.AfterID = store.Time(us), id
	return nil
}

// QueryCount is how many queries of a site are in a state, and when the oldest was opened.
type QueryCount struct {
	Site   casebook.SiteID `json:"site"`
	State  QueryState      `json:"state"`
	Count  int             `json:"count"`
	Oldest time.Time       `json:"oldest"`
}

// CountQueries counts a study's queries by site and state, from the index alone.
func CountQueries(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]QueryCount, error) {
	return store.All(ctx, tx, func(r *store.Rows) (c QueryCount, err error) {
		var at int64
		err = r.Scan(&c.Site, &c.State, &c.Count, &at)
		c.Oldest = store.Time(at)
		return c, err
	}, `SELECT site_id, state, count(*), min(opened_at) FROM record_query WHERE study_id = $1 GROUP BY site_id, state ORDER BY site_id, state`, study)
}

// raised takes in a query that a person asked.
func (f *Fold) raised(key Key, e *ledger.Entry) error {
	var q Query
	if err := json.Unmarshal([]byte(e.New), &q); err != nil {
		return err
	}
	f.query(q, key, e)
	return nil
}

// changed takes in a step of a person.
func (f *Fold) changed(_ Key, e *ledger.Entry) error {
	var to queryState
	if err := json.Unmarshal([]byte(e.New), &to); err != nil {
		return err
	}
	q := f.queries[to.ID]
	if q == nil {
		return fmt.Errorf("nobody asked the query %s", to.ID)
	}
	q.State, q.Assignee, q.ChangedAt = to.State, to.Assignee, e.At
	q.Thread = append(q.Thread, Turn{to.State, to.Text, to.Assignee, e.Actor, e.Role, store.Micros(e.At)})
	return nil
}

func (f *Fold) query(q Query, key Key, e *ledger.Entry) {
	if old := f.queries[q.ID]; old != nil {
		old.State, old.ChangedAt = q.State, e.At
		return
	}
	q.Key, q.Site, q.OpenedAt, q.ChangedAt = key, e.Site, e.At, e.At
	f.queries[q.ID] = &q
}

func (f *Fold) compareQueries(ctx context.Context, tx *store.Tx) error {
	seen := 0
	err := tx.Each(ctx, func(r *store.Rows) error {
		q, err := scanQuery(r)
		if err != nil {
			return err
		}
		want := f.queries[q.ID]
		if want == nil || want.State != q.State || want.Key != q.Key || want.at() != q.at() || want.Value != q.Value || want.Site != q.Site ||
			want.Rule != q.Rule || want.By != q.By || want.Role != q.Role || want.Assignee != q.Assignee ||
			ledger.Text(want.Text) != ledger.Text(q.Text) || ledger.Text(want.Thread) != ledger.Text(q.Thread) {
			f.found("record_query", q.ID, "it is not as the ledger holds it")
		}
		if want != nil {
			seen++
		}
		return nil
	}, `SELECT `+queryColumns+` FROM record_query WHERE study_id = $1 ORDER BY subject_id, query_id`, f.study)
	if err == nil && seen < len(f.queries) {
		f.found("record_query", fmt.Sprint(len(f.queries)-seen, " rows"), "the ledger holds queries that are not there")
	}
	return err
}
