package allocation

import (
	"context"
	"errors"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// Assignment is the place that a subject has. What it gives stands in the sealed list.
type Assignment struct {
	Subject  casebook.SubjectID `json:"subject"`
	Site     casebook.SiteID    `json:"site"` // where it was when it was randomised
	Number   string             `json:"number"`
	List     string             `json:"list"`
	Stratum  string             `json:"stratum"`
	Position int64              `json:"position"` // in its stratum, from 1
	At       time.Time          `json:"at"`
	By       casebook.UserID    `json:"by"`
}

const assignmentColumns = `subject_id, site_id, number, list_id, stratum, position, taken_at, taken_by`

func scanAssignment(r *store.Rows) (a Assignment, err error) {
	var at int64
	err = r.Scan(&a.Subject, &a.Site, &a.Number, &a.List, &a.Stratum, &a.Position, &at, &a.By)
	a.At = store.Time(at)
	return a, err
}

func decode(text string, v any) error { return json.Unmarshal([]byte(text), v) }

// Randomise takes the next place of its stratum for a subject: with its entry in one transaction, so that a place is given
// once, none is passed over, and what did not commit was not given. Errors: NotFound patient.unknown; Conflict
// allocation.not_enrolled, .already, .site_closed, .no_list, .not_eligible, .exhausted, .sealed.
func (s *Service) Randomise(ctx context.Context, study casebook.StudyID, id casebook.SubjectID) (a Assignment, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Hold(ctx, w.Tx, study, id) // values that the place depends on wait
		if err != nil {
			return err
		}
		l, stratum, err := ready(ctx, w.Tx, study, p)
		if err != nil {
			return err
		}
		a = Assignment{Subject: id, Site: p.Site, List: l.ID, Stratum: stratum, At: w.Now, By: casebook.ActorFrom(ctx).User}
		return s.take(ctx, w, l, &a)
	})
	return a, err
}

// ready finds the list and the stratum for a subject, or says why there is none.
func ready(ctx context.Context, tx *store.Tx, study casebook.StudyID, p patient.Subject) (l List, stratum string, err error) {
	if p.Status != patient.Enrolled {
		return l, "", casebook.Fail(casebook.Conflict, "allocation.not_enrolled", p.ID)
	}
	_, has, err := Of(ctx, tx, study, p.ID)
	if err == nil && has {
		err = casebook.Fail(casebook.Conflict, "allocation.already", p.ID)
	}
	if err != nil {
		return l, "", err
	}
	at, err := trial.FindSite(ctx, tx, study, p.Site)
	if err != nil {
		return l, "", err
	}
	if at.State == trial.Closed {
		return l, "", casebook.Fail(casebook.Conflict, "allocation.site_closed", p.Site)
	}
	if l, err = inUse(ctx, tx, study); err != nil {
		return l, "", err
	}
	given, err := l.Design.look(ctx, tx, study, p)
	if err != nil {
		return l, "", err
	}
	stratum, err = l.Design.stratum(given)
	return l, stratum, err
}

// take gives the next place of a stratum away. On PostgreSQL whoever comes second waits for the stratum's row.
func (s *Service) take(ctx context.Context, w *ledger.Writer, l List, a *Assignment) error {
	err := w.Row(ctx, `UPDATE allocation_stratum SET taken = taken + 1 WHERE study_id = $1 AND list_id = $2 AND stratum = $3 AND closed = 0 AND taken < places
		RETURNING taken`, w.Study, l.ID, a.Stratum).Scan(&a.Position)
	if errors.Is(err, store.ErrNoRows) {
		return casebook.Fail(casebook.Conflict, "allocation.exhausted")
	}
	if err != nil {
		return err
	}
	var c Contents
	if err := s.Open(w.Study, l.ID, l.sealed, &c); err != nil {
		return err
	}
	if a.Position > int64(len(c.Numbers[a.Stratum])) {
		return errSealed
	}
	a.Number = c.Numbers[a.Stratum][a.Position-1]
	_, err = w.Exec(ctx, `INSERT INTO allocation_subject(study_id, `+assignmentColumns+`) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		w.Study, a.Subject, a.Site, a.Number, a.List, a.Stratum, a.Position, store.Micros(a.At), a.By)
	if store.IsUnique(err) { // another list gave the same number
		return casebook.Fail(casebook.Conflict, "allocation.numbers_taken", a.Number)
	}
	w.Record(ctx, ledger.Entry{What: Randomised, Site: a.Site, Subject: a.Subject, Ref: a.Number, New: ledger.Text(a)})
	return err
}

// Of returns a subject's place; has is false when there is none.
func Of(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (a Assignment, has bool, err error) {
	all, err := store.All(ctx, tx, scanAssignment, `SELECT `+assignmentColumns+` FROM allocation_subject WHERE study_id = $1 AND subject_id = $2`, study, id)
	if err != nil || len(all) == 0 {
		return a, false, err
	}
	return all[0], true, nil
}

// Treatment opens what a subject's place gives, with the other treatments of its list. Whoever calls it shows it to nobody who is
// blinded. Errors: Conflict allocation.not_randomised, .sealed.
func (s *Service) Treatment(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (a Assignment, treatment string, others []string, err error) {
	a, has, err := Of(ctx, tx, study, id)
	if err == nil && !has {
		err = casebook.Fail(casebook.Conflict, "allocation.not_randomised", id)
	}
	if err != nil {
		return a, "", nil, err
	}
	l, err := find(ctx, tx, study, a.List, "")
	if err != nil {
		return a, "", nil, err
	}
	var c Contents
	if err := s.Open(study, l.ID, l.sealed, &c); err != nil {
		return a, "", nil, err
	}
	treatment, ok := c.at(a.Stratum, a.Position)
	if !ok {
		return a, "", nil, errSealed
	}
	for _, arm := range c.Arms {
		if arm.Treatment != treatment {
			others = append(others, arm.Treatment)
		}
	}
	return a, treatment, others, nil
}

// Treatments are those of the list in use, for who is not blinded. Errors: Conflict allocation.no_list, .sealed.
func (s *Service) Treatments(ctx context.Context, tx *store.Tx, study casebook.StudyID) (all []string, err error) {
	l, err := inUse(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	var c Contents
	if err := s.Open(study, l.ID, l.sealed, &c); err != nil {
		return nil, err
	}
	for _, arm := range c.Arms {
		all = append(all, arm.Treatment)
	}
	return all, nil
}

// at is what a place gives.
func (c *Contents) at(stratum string, position int64) (string, bool) {
	arms := c.Strata[stratum]
	if position < 1 || position > int64(len(arms)) || int(arms[position-1]-'0') >= len(c.Arms) {
		return "", false
	}
	return c.Arms[arms[position-1]-'0'].Treatment, true
}
