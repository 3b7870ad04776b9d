package record

import (
	"context"
	"fmt"
	"time"

	"casebook"
	"casebook/store"
)

// Forms selects filled forms of a study, in the order of their keys. The zero value selects none, since it names no site.
type Forms struct {
	AllSites bool
	Sites    []casebook.SiteID  // only these, unless AllSites
	Subject  casebook.SubjectID // only of this one; "" for all
	Form     string             // only of this form; "" for all
	Since    time.Time          // only what was saved then or later
	Inactive bool               // those that are set aside, too
	After    Key                // the last of the page before
	Limit    int
}

// List returns a page of forms that have values.
func List(ctx context.Context, tx *store.Tx, study casebook.StudyID, q Forms) ([]*Form, error) {
	if !q.AllSites && len(q.Sites) == 0 {
		return nil, nil
	}
	args := []any{study, q.After.Subject, q.After.Event, q.After.EventRepeat, q.After.Form, q.After.FormRepeat, store.Micros(q.Since), q.Limit}
	sql := ""
	also := func(column string, values ...any) {
		sql += " AND " + column + " IN ("
		for i, v := range values {
			args = append(args, v)
			if i > 0 {
				sql += ","
			}
			sql += fmt.Sprintf("$%d", len(args))
		}
		sql += ")"
	}
	if !q.AllSites {
		sites := make([]any, len(q.Sites))
		for i, s := range q.Sites {
			sites[i] = s
		}
		also("site_id", sites...)
	}
	if !q.Inactive {
		sql += " AND state <> 'inactive'"
	}
	if q.Subject != "" {
		also("subject_id", q.Subject)
	}
	if q.Form != "" {
		also("form_oid", q.Form)
	}
	return store.All(ctx, tx, scanListed(study), `SELECT subject_id, `+formColumns+` FROM record_form
		WHERE study_id = $1 AND (subject_id, event_oid, event_repeat, form_oid, form_repeat) > ($2, $3, $4, $5, $6)
		AND updated_at >= $7 AND state <> 'empty'`+sql+`
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat LIMIT $8`, args...)
}

func scanListed(study casebook.StudyID) func(*store.Rows) (*Form, error) {
	return func(r *store.Rows) (*Form, error) {
		f := &Form{Key: Key{Study: study}}
		var doc string
		var updated int64
		if err := r.Scan(&f.Subject, &f.Event, &f.EventRepeat, &f.Form, &f.FormRepeat, &f.Site, &f.Version, &f.Definition, &f.State, &doc, &updated); err != nil {
			return nil, err
		}
		f.UpdatedAt = store.Time(updated)
		return f, f.decode(doc)
	}
}
