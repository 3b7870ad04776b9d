package record

import (
	"context"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// The verbs of visits. Ref: event/repeat; the entry's reason says why.
const (
	VisitSkipped = "record.visit.skipped" // it does not take place
	VisitResumed = "record.visit.resumed" // it takes place after all
)

// Skip is a visit that does not take place. Should values come in nevertheless, they are kept, and count.
type Skip struct {
	Scope
	Reason string
	By     casebook.UserID
	At     time.Time
}

// VisitScope is the part of a casebook that one visit is.
func VisitScope(study casebook.StudyID, subject casebook.SubjectID, event, repeat string) Scope {
	return Scope{study, subject, escapeRef.Replace(event) + "/" + escapeRef.Replace(repeat)}
}

// SkipVisit says in the caller's write that a visit does not take place, or takes that back. Errors: record.visit_begun for
// a visit that has values and record.visit_step for one that stands so already, both Conflict; record.visit_reason.
func (s *Service) SkipVisit(ctx context.Context, w *ledger.Writer, st *Study, visit Scope, skip bool, reason string) error {
	reason = strings.TrimSpace(reason)
	subject, err := patient.Hold(ctx, w.Tx, visit.Study, visit.Subject)
	if err != nil {
		return err
	}
	if err := visit.check(st.At(subject.Site)); err != nil {
		return err
	}
	if visit.Level() != "visit" {
		return casebook.Fail(casebook.NotFound, "record.scope_unknown", visit.Path).At("scope")
	}
	if reason == "" {
		return casebook.Fail(casebook.Unprocessable, "record.visit_reason").At("reason")
	}
	closed, err := stages(ctx, w.Tx, visit.Study, visit.Subject)
	if err != nil {
		return err
	}
	if err := effective(closed, visit.Subject, visit.Path).closed("scope"); err != nil {
		return err
	}
	if err := skippable(ctx, w.Tx, visit, skip); err != nil {
		return err
	}
	parts, verb, flag := visit.Parts(), VisitResumed, 0
	if skip {
		verb, flag = VisitSkipped, 1
	}
	_, err = w.Exec(ctx, `INSERT INTO record_visit(study_id, subject_id, event_oid, event_repeat, skipped, reason, changed_by, changed_at, release)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)
		ON CONFLICT (study_id, subject_id, event_oid, event_repeat) DO UPDATE SET skipped = excluded.skipped, reason = excluded.reason,
			changed_by = excluded.changed_by, changed_at = excluded.changed_at, release = excluded.release`,
		visit.Study, visit.Subject, parts[0], parts[1], flag, reason, casebook.ActorFrom(ctx).User, store.Micros(w.Now), w.Release(subject.Site))
	w.Record(ctx, ledger.Entry{What: verb, Site: subject.Site, Subject: visit.Subject, Ref: visit.Path, Reason: reason})
	return err
}

// skippable says whether a visit may be skipped, or taken back, as it stands.
func skippable(ctx context.Context, tx *store.Tx, visit Scope, skip bool) error {
	all, err := Skips(ctx, tx, visit.Study, visit.Subject, visit.Subject)
	if err != nil {
		return err
	}
	skipped := false
	for _, s := range all {
		skipped = skipped || s.Scope == visit
	}
	if skipped == skip {
		return casebook.Fail(casebook.Conflict, "record.visit_step").At("scope")
	}
	var n int
	parts := visit.Parts()
	err = tx.Row(ctx, `SELECT count(*) FROM record_form WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4
		AND state NOT IN ('empty', 'inactive')`, visit.Study, visit.Subject, parts[0], parts[1]).Scan(&n)
	if err == nil && skip && n > 0 {
		err = casebook.Fail(casebook.Conflict, "record.visit_begun", n).At("scope")
	}
	return err
}

// Skips returns the visits that do not take place, of the subjects from first to last.
func Skips(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID) ([]Skip, error) {
	return store.All(ctx, tx, scanSkip(study), `SELECT subject_id, event_oid, event_repeat, reason, changed_by, changed_at FROM record_visit
		WHERE study_id = $1 AND subject_id >= $2 AND subject_id <= $3 AND skipped = 1 ORDER BY subject_id, event_oid, event_repeat`, study, first, last)
}

func scanSkip(study casebook.StudyID) func(*store.Rows) (Skip, error) {
	return func(r *store.Rows) (s Skip, err error) {
		var event, repeat string
		var at int64
		err = r.Scan(&s.Subject, &event, &repeat, &s.Reason, &s.By, &at)
		s.Scope, s.At = VisitScope(study, s.Subject, event, repeat), store.Time(at)
		return s, err
	}
}

// skips takes in that a visit was skipped, or taken back.
func (f *Fold) skips(e *ledger.Entry) {
	visit := Scope{f.study, e.Subject, e.Ref}
	if e.What == VisitResumed {
		delete(f.skipped, visit)
		return
	}
	f.skipped[visit] = Skip{visit, e.Reason, e.Actor, e.At}
}

func (f *Fold) compareSkips(ctx context.Context, tx *store.Tx) error {
	rows, err := store.All(ctx, tx, scanSkip(f.study), `SELECT subject_id, event_oid, event_repeat, reason, changed_by, changed_at FROM record_visit
		WHERE study_id = $1 AND skipped = 1 ORDER BY subject_id, event_oid, event_repeat`, f.study)
	same := 0
	for _, row := range rows {
		if want, known := f.skipped[row.Scope]; known && want.Reason == row.Reason && want.By == row.By && want.At.Equal(row.At) {
			same++
			continue
		}
		f.found("record_visit", string(row.Subject)+" "+row.Path, "it is not as the ledger holds it")
	}
	if same < len(f.skipped) {
		f.found("record_visit", "", "the ledger holds skipped visits that are not there")
	}
	return err
}

// A Day is what a form says of the day of its visit.
type Day struct {
	Subject       casebook.SubjectID
	Event, Repeat string
	Value         string // of the first of the items asked for that has one; "" where none has
}

// Days returns which visits of the subjects from first to last have values, of the events asked for, and then what items say of their days, one
// row for each of the forms asked for. Only the documents of those are read: which they are, PostgreSQL reads from the key.
func Days(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID, events, forms, items []string) ([]Day, error) {
	args := []any{study, first, last}
	list := func(values []string) string {
		names := []string{"''"}
		for _, v := range values {
			args = append(args, v)
			names = append(names, "$"+strconv.Itoa(len(args)))
		}
		return strings.Join(names, ",")
	}
	begun := ` FROM record_form k WHERE k.study_id = $1 AND k.subject_id >= $2 AND k.subject_id <= $3 AND k.state NOT IN ('empty', 'inactive') AND ` +
		rowByRow(`k.event_oid IN (`+list(events)+`)`)
	days, err := store.All(ctx, tx, func(r *store.Rows) (d Day, err error) { err = r.Scan(&d.Subject, &d.Event, &d.Repeat); return d, err },
		`SELECT DISTINCT k.subject_id, k.event_oid, k.event_repeat`+begun, args...)
	if err != nil || len(forms) == 0 {
		return days, err
	}
	marks := make([]string, len(items))
	for i, oid := range items {
		marks[i] = `"i":` + ledger.Text(oid) + `,"v":"`
	}
	keys := `SELECT k.subject_id, k.event_oid, k.event_repeat, k.form_oid, k.form_repeat` + begun + ` AND ` + rowByRow(`k.form_oid IN (`+list(forms)+`)`)
	said, err := store.All(ctx, tx, func(r *store.Rows) (d Day, err error) {
		var doc string
		err = r.Scan(&d.Subject, &d.Event, &d.Repeat, &doc)
		for _, mark := range marks {
			if d.Value == "" {
				d.Value = plainAfter(doc, mark)
			}
		}
		return d, err
	}, `SELECT f.subject_id, f.event_oid, f.event_repeat, f.doc FROM (`+keys+`) k JOIN record_form f ON f.study_id = $1 AND f.subject_id = k.subject_id
		AND f.event_oid = k.event_oid AND f.event_repeat = k.event_repeat AND f.form_oid = k.form_oid AND f.form_repeat = k.form_repeat`, args...)
	return append(days, said...), err
}

// rowByRow is a condition on a column of the key behind one that a range is asked of. PostgreSQL would go through the whole range again for each of
// a list's values (https://www.postgresql.org/docs/15/indexes-multicolumn.html): as a CASE it looks at each row once.
func rowByRow(condition string) string { return `CASE WHEN ` + condition + ` THEN 1 ELSE 0 END = 1` }

// plainAfter is the text behind a mark up to the next quotation mark. A document is canonical, and a quotation mark within
// its texts stands behind a backslash, so a mark with bare ones is found only where the writer put it.
func plainAfter(doc, mark string) string {
	_, rest, found := strings.Cut(doc, mark)
	value, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		return ""
	}
	return value
}
