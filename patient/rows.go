package patient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// The verbs that this package writes into the ledger.
const (
	VerbEnrolled = "patient.enrolled"       // New is the Subject
	VerbStatus   = "patient.status.changed" // Old and New are {"status"}

	VerbConsented = "patient.consented" // Old and New are {"consent"}, a version of the consent document; 0 when it was withdrawn

	VerbTransferred = "patient.transferred" // at the site that it leaves; Old and New are {"site"}
	VerbReceived    = "patient.received"    // the same at the site that it comes to, for that site's trail
)

// Find returns one subject, or NotFound patient.unknown.
func Find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (Subject, error) {
	all, err := FindAll(ctx, tx, study, []casebook.SubjectID{id})
	if err != nil {
		return Subject{}, err
	}
	s, ok := all[id]
	if !ok {
		return Subject{}, Unknown(id)
	}
	return s, nil
}

// FindAll returns those subjects among ids that the study has, in one query. There may be up to 32,000 ids.
func FindAll(ctx context.Context, tx *store.Tx, study casebook.StudyID, ids []casebook.SubjectID) (map[casebook.SubjectID]Subject, error) {
	found := make(map[casebook.SubjectID]Subject, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, args := in(ids, []any{study})
	err := tx.Each(ctx, func(r *store.Rows) error {
		s, err := scan(r)
		found[s.ID] = s
		return err
	}, `SELECT `+columns+` FROM patient WHERE study_id = $1 AND subject_id IN `+list, args...)
	return found, err
}

// List returns a page of the study's subjects, in one query.
func List(ctx context.Context, tx *store.Tx, study casebook.StudyID, q Query) (Page, error) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Page{}, casebook.Fail(casebook.Invalid, "patient.limit", q.Limit, MaxLimit).At("limit")
	}
	page := Page{Subjects: []Subject{}}
	selected, args := q.where([]any{study, q.After, q.Limit + 1})
	all, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM patient WHERE study_id = $1 AND subject_id > $2`+selected+
		` ORDER BY subject_id LIMIT $3`, args...)
	if err != nil {
		return Page{}, err
	}
	if len(all) > q.Limit {
		all = all[:q.Limit]
		page.Next = all[q.Limit-1].ID
	}
	page.Subjects = append(page.Subjects, all...)
	return page, nil
}

// in writes values as a list of placeholders behind args. The last value is repeated up to a power of two, so that the
// engine meets few different statements.
func in[T ~string](values []T, args []any) (string, []any) {
	n := 1
	for n < len(values) {
		n *= 2
	}
	args = slices.Grow(args, n)
	marks := append(make([]byte, 0, 6*n+2), '(')
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
		marks = strconv.AppendInt(append(marks, '$'), int64(len(args)), 10)
		marks = append(marks, ',')
	}
	marks[len(marks)-1] = ')'
	return string(marks), args
}

// All returns every subject of the study that counts, by id: not those that are inactive.
func All(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Subject, error) {
	return store.All(ctx, tx, scan, `SELECT `+columns+` FROM patient WHERE study_id = $1 AND status <> 'inactive' ORDER BY subject_id`, study)
}

// Count returns how many subjects each of the studies has; a study without subjects is left out.
func Count(ctx context.Context, tx *store.Tx, studies []casebook.StudyID) (map[casebook.StudyID]int, error) {
	counts := make(map[casebook.StudyID]int, len(studies))
	if len(studies) == 0 {
		return counts, nil
	}
	list, args := in(studies, nil)
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.StudyID
		var n int
		err := r.Scan(&id, &n)
		counts[id] = n
		return err
	}, `SELECT study_id, count(*) FROM patient WHERE study_id IN `+list+` AND status <> 'inactive' GROUP BY study_id`, args...)
	return counts, err
}

// CountAt returns how many subjects q selects, on all its pages.
func CountAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, q Query) (n int, err error) {
	selected, args := q.where([]any{study})
	err = tx.Row(ctx, `SELECT count(*) FROM patient WHERE study_id = $1`+selected, args...).Scan(&n)
	return n, err
}

// where is the part of a WHERE that keeps to q's sites and status, with its arguments behind args.
func (q *Query) where(args []any) (sql string, all []any) {
	switch {
	case q.AllSites:
	case len(q.Sites) == 0:
		return " AND 1 = 0", args
	default:
		var list string
		list, args = in(q.Sites, args)
		sql = " AND site_id IN " + list
	}
	if q.Status != "" {
		args = append(args, q.Status)
		sql += fmt.Sprintf(" AND status = $%d", len(args))
	} else if !q.Inactive {
		sql += " AND status <> 'inactive'"
	}
	return sql, args
}

// Enrol adds a subject in the caller's write and records it. An id that is taken is Conflict patient.exists.
func Enrol(ctx context.Context, w *ledger.Writer, e Enrolment) (Subject, error) {
	if err := e.check(); err != nil {
		return Subject{}, err
	}
	if e.Rescreens != "" {
		if err := rescreenable(ctx, w.Tx, w.Study, e); err != nil {
			return Subject{}, err
		}
	}
	s := Subject{ID: e.Subject, Site: e.Site, Status: e.Status, StatusAt: w.Now, EnrolledAt: w.Now, Rescreens: e.Rescreens}
	if s.Status == Enrolled {
		s.JoinedAt = w.Now
	}
	for added := false; !added; {
		if e.Subject == "" {
			n, err := number(ctx, w, e.Site)
			if err != nil {
				return Subject{}, err
			}
			s.ID = casebook.SubjectID(fmt.Sprintf("%s-%03d", e.Site, n))
		}
		var err error
		if added, err = insert(ctx, w, s); err != nil {
			return Subject{}, err
		}
		if !added && e.Subject != "" {
			return Subject{}, casebook.Fail(casebook.Conflict, "patient.exists", e.Subject).At("subject")
		}
	}
	row, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return Subject{}, err
	}
	w.Record(ctx, ledger.Entry{What: VerbEnrolled, Site: s.Site, Subject: s.ID, Ref: string(s.ID), New: string(row)})
	return s, nil
}

func insert(ctx context.Context, w *ledger.Writer, s Subject) (bool, error) {
	n, err := w.Exec(ctx, `INSERT INTO patient(study_id, subject_id, site_id, status, status_at, enrolled_at, joined_at, rescreens, consent)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (study_id, subject_id) DO NOTHING`,
		w.Study, s.ID, s.Site, s.Status, store.Micros(s.StatusAt), store.Micros(s.EnrolledAt), store.Micros(s.JoinedAt), s.Rescreens, s.Consent)
	return n == 1, err
}

// Restore writes the row that a subject's entries add up to, in a write that records those entries.
func Restore(ctx context.Context, w *ledger.Writer, s Subject) error {
	added, err := insert(ctx, w, s)
	if err == nil && !added {
		return casebook.Fail(casebook.Conflict, "patient.exists", s.ID).At("subject")
	}
	return err
}

// number takes the site's next number; it comes back if the write does not commit, so numbers have no gaps.
func number(ctx context.Context, w *ledger.Writer, site casebook.SiteID) (n int64, err error) {
	err = w.Row(ctx, `INSERT INTO patient_number(study_id, site_id, last) VALUES($1,$2,1)
		ON CONFLICT (study_id, site_id) DO UPDATE SET last = patient_number.last + 1 RETURNING last`, w.Study, site).Scan(&n)
	return n, err
}

// state is what a change of status changes.
type state struct {
	Status Status `json:"status"`
}

// SetStatus moves a subject to another state in the caller's write and records why. A step that the states do not
// allow, and one that another writer forestalled, are Conflict.
func SetStatus(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to Status, reason string) (Subject, error) {
	if strings.TrimSpace(reason) == "" {
		return Subject{}, casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	}
	if _, known := next[to]; !known {
		return Subject{}, casebook.Fail(casebook.Invalid, "patient.status_unknown", to).At("status")
	}
	s, err := Find(ctx, w.Tx, w.Study, id)
	if err != nil {
		return Subject{}, err
	}
	if !slices.Contains(next[s.Status], to) {
		return Subject{}, casebook.Fail(casebook.Conflict, "patient.status_change", s.Status, to).At("status")
	}
	if err := backToWhereItWas(ctx, w, s, to); err != nil {
		return Subject{}, err
	}
	joined := s.JoinedAt
	if to == Enrolled && joined.IsZero() {
		joined = w.Now
	}
	n, err := w.Exec(ctx, `UPDATE patient SET status = $3, status_at = $4, joined_at = $6 WHERE study_id = $1 AND subject_id = $2 AND status = $5`,
		w.Study, id, to, store.Micros(w.Now), s.Status, store.Micros(joined))
	if err != nil {
		return Subject{}, err
	}
	if n == 0 {
		return Subject{}, casebook.Fail(casebook.Conflict, "patient.changed", id).At("status")
	}
	before, err1 := json.Marshal(state{s.Status}, json.Deterministic(true))
	after, err2 := json.Marshal(state{to}, json.Deterministic(true))
	w.Record(ctx, ledger.Entry{What: VerbStatus, Site: s.Site, Subject: id, Ref: string(id), Old: string(before), New: string(after), Reason: reason})
	s.Status, s.StatusAt, s.JoinedAt = to, w.Now, joined
	return s, errors.Join(err1, err2)
}
