package ledger

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/store"
)

// Filter says which entries are looked for. What is empty does not narrow.
type Filter struct {
	Actor    casebook.UserID
	What     string   // the verb, or its beginning up to a dot: "record."
	Among    []string // verbs, or beginnings of them, of which it has to be one
	AllSites bool
	Sites    []casebook.SiteID // unless AllSites; an entry of no site is found with AllSites only
	Subject  casebook.SubjectID
	Ref      string   // part of what was changed
	Text     string   // part of the value before or after, or of the reason
	Closed   []string // beginnings of verbs whose values Text does not look into: who may not read them may not try them either
	From     time.Time
	Until    time.Time // not included
}

// Place is where a search goes on: behind the entry of this moment and id. The zero value is the newest.
type Place struct {
	At time.Time
	ID string
}

// String is p in an address; ParsePlace is its inverse.
func (p Place) String() string {
	if p.ID == "" {
		return ""
	}
	return strconv.FormatInt(store.Micros(p.At), 10) + "." + p.ID
}

// ParsePlace reads a place; "" is the newest.
func ParsePlace(s string) (p Place, ok bool) {
	if s == "" {
		return p, true
	}
	at, id, found := strings.Cut(s, ".")
	us, err := strconv.ParseInt(at, 10, 64)
	return Place{store.Time(us), id}, found && err == nil && id != ""
}

// Found is a part of what a search finds, newest first.
type Found struct {
	Entries []Entry
	Next    Place // where to go on; zero when everything was looked at
}

// steps are how many entries one Search looks at, one after the other until it has enough: the newest come at once, and what is
// rare is answered with the place where the search has come to, because an answer must come.
var steps = []int{1_000, 3_000, 8_000}

// Search looks for up to limit entries of a study, newest first by the moment of the change, from a place on. It may find fewer, or
// none, and yet say where to go on.
func Search(ctx context.Context, tx *store.Tx, study casebook.StudyID, f Filter, from Place, limit int) (found Found, err error) {
	for _, step := range steps {
		some, err := search(ctx, tx, study, f, from, limit-len(found.Entries), step)
		if err != nil {
			return found, err
		}
		found.Entries, found.Next = append(found.Entries, some.Entries...), some.Next
		if from = some.Next; from.ID == "" || len(found.Entries) == limit {
			break
		}
	}
	return found, nil
}

// SearchAll is Search through several studies as if they were one. A study that is looked through more slowly than the others holds the
// answer back to where it has come, so that nothing is passed over.
func SearchAll(ctx context.Context, tx *store.Tx, studies []casebook.StudyID, f Filter, from Place, limit int) (found Found, err error) {
	return together(studies, limit, func(study casebook.StudyID) (Found, error) { return Search(ctx, tx, study, f, from, limit) })
}

func together(studies []casebook.StudyID, limit int, search func(casebook.StudyID) (Found, error)) (found Found, err error) {
	var reached Place // the newest of where the studies have come to
	for _, study := range studies {
		one, err := search(study)
		if err != nil {
			return found, err
		}
		found.Entries = append(found.Entries, one.Entries...)
		if one.Next.ID != "" && (reached.ID == "" || one.Next.compare(reached) > 0) {
			reached = one.Next
		}
	}
	slices.SortFunc(found.Entries, func(a, b Entry) int { return b.place().compare(a.place()) })
	if found.Next = reached; reached.ID != "" {
		found.Entries = slices.DeleteFunc(found.Entries, func(e Entry) bool { return e.place().compare(reached) < 0 })
	}
	if len(found.Entries) > limit {
		found.Entries = found.Entries[:limit]
		found.Next = found.Entries[limit-1].place()
	}
	return found, nil
}

func (e *Entry) place() Place { return Place{e.At, e.ID} }

// compare is negative when p is older than q.
func (p Place) compare(q Place) int { return cmp.Or(p.At.Compare(q.At), strings.Compare(p.ID, q.ID)) }

// Studies are those that have entries in their order, and the platform.
func Studies(ctx context.Context, tx *store.Tx) ([]casebook.StudyID, error) {
	return store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err }, `SELECT study_id FROM ledger_head ORDER BY study_id`)
}

func search(ctx context.Context, tx *store.Tx, study casebook.StudyID, f Filter, from Place, limit, step int) (found Found, err error) {
	q := query{args: []any{study}, like: "LIKE"} // of SQLite it passes over the case of letters
	if tx.Postgres() {
		q.like = "ILIKE"
	}
	looked := `FROM ledger_entry `
	if f.Subject != "" && !tx.Postgres() { // SQLite, which keeps no statistics, would walk through everybody's entries
		looked += `INDEXED BY sqlite_autoindex_ledger_entry_1 `
	}
	looked += `WHERE study_id = $1` + q.looked(f, from)
	end, err := q.end(ctx, tx, looked, step)
	if err != nil {
		return found, err
	}
	inner := `SELECT study_id, at, entry_id, subject_id, site_id, what, actor ` + looked +
		` ORDER BY at DESC, entry_id DESC LIMIT ` + q.mark(step)
	found.Entries, err = store.All(ctx, tx, newEntryScanner().scan, `SELECT `+entryColumns+` FROM (`+inner+`) AS k
		JOIN ledger_entry e ON e.study_id = k.study_id AND e.subject_id = k.subject_id AND e.entry_id = k.entry_id
		LEFT JOIN ledger_index i ON i.study_id = e.study_id AND i.entry_id = e.entry_id
		WHERE k.study_id = $1`+q.wanted(f)+` ORDER BY k.at DESC, k.entry_id DESC LIMIT `+q.mark(limit), q.args...)
	if n := len(found.Entries); n == limit {
		last := found.Entries[n-1]
		found.Next = Place{last.At, last.ID}
	} else {
		found.Next = end
	}
	return found, err
}

// query gathers the arguments of a statement.
type query struct {
	args []any
	like string
}

func (q *query) mark(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// looked narrows to the stretch of time that is looked through.
func (q *query) looked(f Filter, from Place) (sql string) {
	if from.ID != "" {
		at := q.mark(store.Micros(from.At))
		sql += ` AND at <= ` + at + ` AND (at < ` + at + ` OR entry_id < ` + q.mark(from.ID) + `)`
	}
	if !f.From.IsZero() {
		sql += ` AND at >= ` + q.mark(store.Micros(f.From))
	}
	if !f.Until.IsZero() {
		sql += ` AND at < ` + q.mark(store.Micros(f.Until))
	}
	if f.Subject != "" {
		sql += ` AND subject_id = ` + q.mark(f.Subject)
	}
	return sql
}

// end is the last place of a step through what is looked at, zero when that is shorter.
func (q *query) end(ctx context.Context, tx *store.Tx, looked string, step int) (p Place, err error) {
	args := append(q.args[:len(q.args):len(q.args)], step-1)
	err = tx.Each(ctx, func(r *store.Rows) error {
		var at int64
		err := r.Scan(&at, &p.ID)
		p.At = store.Time(at)
		return err
	}, `SELECT at, entry_id `+looked+` ORDER BY at DESC, entry_id DESC LIMIT 1 OFFSET $`+strconv.Itoa(len(args)), args...)
	return p, err
}

// wanted is what an entry of the stretch must be. What the index holds comes first.
func (q *query) wanted(f Filter) (sql string) {
	if f.Actor != "" {
		sql += ` AND k.actor = ` + q.mark(f.Actor)
	}
	if strings.HasSuffix(f.What, ".") {
		sql += ` AND k.what ` + q.like + ` ` + q.mark(like(f.What)+"%") + ` ESCAPE '~'`
	} else if f.What != "" {
		sql += ` AND k.what = ` + q.mark(f.What)
	}
	if len(f.Among) > 0 {
		var any []string
		for _, verb := range f.Among {
			any = append(any, `k.what LIKE `+q.mark(like(verb)+"%")+` ESCAPE '~'`)
		}
		sql += ` AND (` + strings.Join(any, " OR ") + `)`
	}
	if !f.AllSites {
		marks := []string{"NULL"}
		for _, s := range f.Sites {
			marks = append(marks, q.mark(s))
		}
		sql += ` AND k.site_id <> '' AND k.site_id IN (` + strings.Join(marks, ",") + `)`
	}
	if f.Ref != "" {
		sql += ` AND e.ref ` + q.like + ` ` + q.mark("%"+like(f.Ref)+"%") + ` ESCAPE '~'`
	}
	if f.Text != "" {
		m := q.mark("%" + like(f.Text) + "%")
		open := ""
		for _, verb := range f.Closed {
			open += ` AND k.what NOT LIKE ` + q.mark(like(verb)+"%") + ` ESCAPE '~'`
		}
		sql += ` AND (` + strings.NewReplacer("LIKE", q.like, "?", m).Replace(`e.reason LIKE ? ESCAPE '~' OR (e.new LIKE ? ESCAPE '~' OR e.old LIKE ? ESCAPE '~')`) + open + `)`
	}
	return sql
}

// like quotes the signs that mean something to LIKE.
func like(s string) string { return strings.NewReplacer("~", "~~", "%", "~%", "_", "~_").Replace(s) }
