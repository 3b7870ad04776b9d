package record

import (
	"context"
	"slices"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/store"
)

// Page is a form of a casebook without its values, beside its source data verification, for counting.
type Page struct {
	Key
	Site       casebook.SiteID
	State      string
	Version    int64
	EnteredAt  time.Time // its first save; zero when nobody knows
	UpdatedAt  time.Time
	Verified   int64 // the version that the last mark of a verification saw; 0 before the first
	VerifiedAt time.Time
	Done       bool  // everything that had to be verified was, then
	Plan       int64 // by this plan
}

// Waits reports whether somebody has still to verify the page by the plan in force. It counts forms, not values: it takes a
// form for waiting whenever one was saved since it was verified.
func (p *Page) Waits(st *Study, plan *Numbered) bool {
	if p.State == Inactive || p.Done && p.Verified >= p.Version && p.Plan >= plan.Number {
		return false
	}
	if plan.Requires(p.Study, p.Site, p.Subject, p.Form, "") {
		return true
	}
	return slices.ContainsFunc(st.Index.FormItems(p.Form), func(i odm.FormItem) bool { return slices.Contains(plan.Items, i.Item.OID) })
}

// Pages returns the pages of the subjects from first to last that have values or were set aside, by subject.
func Pages(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID) (map[casebook.SubjectID][]Page, error) {
	all := map[casebook.SubjectID][]Page{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		p := Page{Key: Key{Study: study}}
		var entered, updated, verified, done int64
		if err := r.Scan(&p.Subject, &p.Event, &p.EventRepeat, &p.Form, &p.FormRepeat, &p.Site, &p.State, &p.Version, &entered, &updated,
			&p.Verified, &verified, &done, &p.Plan); err != nil {
			return err
		}
		p.UpdatedAt, p.Done = store.Time(updated), done == 1
		if entered > 0 {
			p.EnteredAt = store.Time(entered)
		}
		if verified > 0 {
			p.VerifiedAt = store.Time(verified)
		}
		all[p.Subject] = append(all[p.Subject], p)
		return nil
	}, `SELECT f.subject_id, f.event_oid, f.event_repeat, f.form_oid, f.form_repeat, f.site_id, f.state, f.version, f.entered_at, f.updated_at,
			coalesce(r.version, 0), coalesce(r.changed_at, 0), coalesce(r.done, 0), coalesce(r.plan, 0)
		FROM record_form f LEFT JOIN record_review r ON r.study_id = f.study_id AND r.subject_id = f.subject_id AND r.event_oid = f.event_oid
			AND r.event_repeat = f.event_repeat AND r.form_oid = f.form_oid AND r.form_repeat = f.form_repeat AND r.kind = 'sdv'
		WHERE f.study_id = $1 AND f.subject_id >= $2 AND f.subject_id <= $3 AND f.state <> 'empty'
		ORDER BY f.subject_id, f.event_oid, f.event_repeat, f.form_oid, f.form_repeat`, study, first, last)
	return all, err
}

// QueryAges are the queries of a site that wait for somebody: how many are in which state, and for how long.
type QueryAges struct {
	Site     casebook.SiteID
	Open     int
	Answered int                     // also those that are resolved and not yet closed
	Ages     [len(QueryDays) + 1]int // open for at most so many days; the last is longer
	Oldest   time.Time
}

// QueryDays are the ages at which queries are counted apart, in days.
var QueryDays = [...]int{7, 14, 30}

// AgeQueries counts a study's standing queries by site and age. What may yet be asked (Candidate) is not counted.
func AgeQueries(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]QueryAges, error) {
	args := []any{study}
	for _, days := range QueryDays {
		args = append(args, store.Micros(tx.Now.AddDate(0, 0, -days)))
	}
	return store.All(ctx, tx, func(r *store.Rows) (q QueryAges, err error) {
		var n, oldest int64
		within := [len(QueryDays)]int{}
		err = r.Scan(&q.Site, &n, &q.Open, &within[0], &within[1], &within[2], &oldest)
		q.Answered, q.Oldest = int(n)-q.Open, store.Time(oldest)
		before := 0
		for i, upTo := range within {
			q.Ages[i], before = upTo-before, upTo
		}
		q.Ages[len(QueryDays)] = int(n) - before
		return q, err
	}, `SELECT site_id, count(*), sum(CASE WHEN state = 'Open' THEN 1 ELSE 0 END), sum(CASE WHEN opened_at >= $2 THEN 1 ELSE 0 END),
			sum(CASE WHEN opened_at >= $3 THEN 1 ELSE 0 END), sum(CASE WHEN opened_at >= $4 THEN 1 ELSE 0 END), min(opened_at)
		FROM record_query WHERE study_id = $1 AND state IN ('Open', 'Answered', 'Resolved') GROUP BY site_id ORDER BY site_id`, args...)
}
