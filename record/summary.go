package record

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/store"
)

// Cell sums up the instances of one form of one event of one subject, for the matrix.
type Cell struct {
	Subject  casebook.SubjectID
	Event    string
	Form     string
	Count    int  // instances with values
	Inactive int  // instances that were set aside
	Done     bool // all that count are complete
	Queries  int  // open or answered
}

// Summary returns the cells of the subjects from first to last, by subject. The rows are added up here: where the database is a server of its
// own that is cheaper than to have it sort them.
func Summary(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID) (map[casebook.SubjectID][]Cell, error) {
	cells := map[casebook.SubjectID][]Cell{}
	var subject casebook.SubjectID
	var event, form, state string
	err := tx.Each(ctx, func(r *store.Rows) error {
		if err := r.Scan(&subject, &event, &form, &state); err != nil {
			return err
		}
		of := cells[subject]
		i := slices.IndexFunc(of, func(c Cell) bool { return c.Form == form && c.Event == event })
		if i < 0 {
			i, of = len(of), append(of, Cell{Subject: subject, Event: event, Form: form, Done: true})
			cells[subject] = of
		}
		c := &of[i]
		if state == Inactive {
			c.Inactive++
		} else {
			c.Count++
		}
		c.Done = c.Done && (state == Complete || state == Inactive)
		return nil
	}, `SELECT subject_id, event_oid, form_oid, state FROM record_form
		WHERE study_id = $1 AND subject_id >= $2 AND subject_id <= $3 AND state <> 'empty'`, study, first, last)
	if err != nil {
		return nil, err
	}
	for _, of := range cells {
		slices.SortFunc(of, func(a, b Cell) int { return cmp.Or(strings.Compare(a.Event, b.Event), strings.Compare(a.Form, b.Form)) })
	}
	return cells, addQueries(ctx, tx, study, first, last, cells)
}

func addQueries(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID, cells map[casebook.SubjectID][]Cell) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var subject casebook.SubjectID
		var ref string
		var n int
		if err := r.Scan(&subject, &ref, &n); err != nil {
			return err
		}
		k, _ := ParseRef(study, subject, ref)
		for i := range cells[subject] {
			if c := &cells[subject][i]; c.Event == k.Event && c.Form == k.Form {
				c.Queries += n
			}
		}
		return nil
	}, `SELECT subject_id, ref, count(*) FROM record_query
		WHERE study_id = $1 AND subject_id >= $2 AND subject_id <= $3 AND state IN ('Open', 'Answered')
		GROUP BY subject_id, ref ORDER BY subject_id, ref`, study, first, last)
}

// Instance is one form of a casebook without its values.
type Instance struct {
	Key
	Version   int64
	State     string
	Queries   int
	UpdatedAt time.Time
}

// Instances returns the forms that a casebook has.
func Instances(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]Instance, error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (i Instance, err error) {
		var at int64
		i.Study, i.Subject = study, subject
		err = r.Scan(&i.Event, &i.EventRepeat, &i.Form, &i.FormRepeat, &i.Version, &i.State, &at)
		i.UpdatedAt = store.Time(at)
		return i, err
	}, `SELECT event_oid, event_repeat, form_oid, form_repeat, version, state, updated_at FROM record_form
		WHERE study_id = $1 AND subject_id = $2 ORDER BY event_oid, event_repeat, form_oid, form_repeat`, study, subject)
	if err != nil {
		return nil, err
	}
	open := map[string]int{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var ref string
		var n int
		err := r.Scan(&ref, &n)
		open[ref] = n
		return err
	}, `SELECT ref, count(*) FROM record_query WHERE study_id = $1 AND subject_id = $2 AND state IN ('Open', 'Answered') GROUP BY ref ORDER BY ref`, study, subject)
	for i := range all {
		all[i].Queries = open[all[i].Ref()]
	}
	return all, err
}

// SortRepeats sorts repeat keys: as numbers where they are numbers.
func SortRepeats(keys []string) { slices.SortFunc(keys, compareRepeats) }
