package epro

import (
	"context"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// alert asks a person to look at an answer set. It never closes by itself.
type alert struct {
	ID         string             `json:"alert"`
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Record     string             `json:"record"`
	Rule       string             `json:"rule"`
	Text       odm.Text           `json:"text"`
	Role       string             `json:"role"`
	Person     casebook.UserID    `json:"person"` // "" when nobody holds the role at the site
	EscalateTo string             `json:"escalateTo"`
	RaisedAt   time.Time          `json:"raisedAt"`
	DueAt      time.Time          `json:"dueAt"`

	EscalatedAt    time.Time       `json:"escalatedAt,omitzero"`
	AcknowledgedAt time.Time       `json:"acknowledgedAt,omitzero"`
	AcknowledgedBy casebook.UserID `json:"acknowledgedBy,omitempty"`
	Note           string          `json:"note,omitempty"`
}

const alertColumns = `alert_id, subject_id, site_id, record_id, rule, text, role, person, escalates_to, raised_at, due_at, escalated_at, acknowledged_at, acknowledged_by, note`

func scanAlert(r *store.Rows) (a alert, err error) {
	var text string
	var raised, due, escalated, acknowledged int64
	err = r.Scan(&a.ID, &a.Subject, &a.Site, &a.Record, &a.Rule, &text, &a.Role, &a.Person, &a.EscalateTo, &raised, &due, &escalated, &acknowledged, &a.AcknowledgedBy, &a.Note)
	if err != nil {
		return a, err
	}
	a.RaisedAt, a.DueAt, a.EscalatedAt, a.AcknowledgedAt = store.Time(raised), store.Time(due), store.Time(escalated), store.Time(acknowledged)
	return a, json.Unmarshal([]byte(text), &a.Text)
}

// alarm judges the study's alert rules over a record. What could not be decided does not alert, and is noted.
func (s *Service) alarm(pl *plan, v *version, a *arrival, in record.Context) {
	if pl == nil {
		return
	}
	for _, r := range pl.alerts {
		if r.Form != a.Form {
			continue
		}
		outcome := v.study.Evaluate(a.out.Form, r.rule, in)
		switch {
		case outcome.True():
			a.alerts = append(a.alerts, alert{ID: in.NewID(), Subject: a.Subject, Site: a.device.Site, Record: a.ID, Rule: r.When, Text: r.Text, Role: r.To,
				EscalateTo: r.Escalate, RaisedAt: a.received, DueAt: r.Within.After(a.received)})
		case !outcome.False():
			a.issues = append(a.issues, issue{Kind: "rule", Detail: "could not be decided: " + r.When})
		}
	}
}

// persons names who shall look, before the transaction: who holds which role stands apart from the study's rows.
func (s *Service) persons(ctx context.Context, study casebook.StudyID, alerts []alert) error {
	for i := range alerts {
		a := &alerts[i]
		err := s.db.View(ctx, func(tx *store.Tx) error {
			holders, err := auth.Holders(ctx, tx, study, a.Site, auth.Role(a.Role))
			if len(holders) > 0 {
				a.Person = holders[0]
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// raise writes alerts.
func (s *Service) raise(ctx context.Context, w *ledger.Writer, alerts []alert) error {
	for _, a := range alerts {
		_, err := w.Exec(ctx, `INSERT INTO epro_alert(study_id, `+alertColumns+`) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,0,0,'','')`,
			w.Study, a.ID, a.Subject, a.Site, a.Record, a.Rule, ledger.Text(a.Text), a.Role, a.Person, a.EscalateTo, store.Micros(a.RaisedAt), store.Micros(a.DueAt))
		if err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: AlertRaised, Site: a.Site, Subject: a.Subject, Ref: a.ID, New: ledger.Text(a)})
	}
	return nil
}

// change moves an alert on in the caller's write.
func (a *alert) change(ctx context.Context, w *ledger.Writer, verb, reason string, change func()) error {
	old := ledger.Text(a)
	change()
	_, err := w.Exec(ctx, `UPDATE epro_alert SET escalated_at = $3, acknowledged_at = $4, acknowledged_by = $5, note = $6 WHERE study_id = $1 AND alert_id = $2`,
		w.Study, a.ID, store.Micros(a.EscalatedAt), store.Micros(a.AcknowledgedAt), a.AcknowledgedBy, a.Note)
	w.Record(ctx, ledger.Entry{What: verb, Site: a.Site, Subject: a.Subject, Ref: a.ID, Old: old, New: ledger.Text(a), Reason: reason})
	return err
}

// findAlert reads an alert. how ends the statement: who will change the alert holds it.
func findAlert(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (alert, error) {
	all, err := store.All(ctx, tx, scanAlert, `SELECT `+alertColumns+` FROM epro_alert WHERE study_id = $1 AND alert_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "epro.alert_unknown", id)
	}
	if err != nil {
		return alert{}, err
	}
	return all[0], nil
}

// Acknowledge says that somebody has looked at an alert, and what they did.
func (s *Service) Acknowledge(ctx context.Context, study casebook.StudyID, id, note string) error {
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		a, err := findAlert(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil {
			return err
		}
		if !a.AcknowledgedAt.IsZero() {
			return casebook.Fail(casebook.Conflict, "epro.alert_acknowledged")
		}
		return a.change(ctx, w, AlertAcknowledged, note, func() {
			a.AcknowledgedAt, a.AcknowledgedBy, a.Note = w.Now, casebook.ActorFrom(ctx).User, note
		})
	})
}

// watch is how often overdue alerts and reminders are looked for.
const watch = 30 * time.Second

// Run escalates alerts that nobody acknowledged in time, and reminds patients, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	tick := time.NewTicker(watch)
	defer tick.Stop()
	for {
		if err := s.Escalate(ctx); err != nil && ctx.Err() == nil {
			logger(ctx).Error("alerts could not be escalated", "error", err)
		}
		if err := s.Remind(ctx); err != nil && ctx.Err() == nil {
			logger(ctx).Error("patients could not be reminded", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Escalate moves every alert whose deadline has passed to the role that hears of it then.
func (s *Service) Escalate(ctx context.Context) error {
	type due struct {
		study casebook.StudyID
		id    string
	}
	var all []due
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (d due, err error) { err = r.Scan(&d.study, &d.id); return d, err },
			`SELECT study_id, alert_id FROM epro_alert WHERE acknowledged_at = 0 AND escalated_at = 0 AND due_at <= $1 ORDER BY study_id, alert_id LIMIT 500`, store.Micros(tx.Now))
		return err
	})
	for _, d := range all {
		if err != nil {
			return err
		}
		err = s.ledger.WriteNew(ctx, d.study, func(w *ledger.Writer) error {
			a, err := findAlert(ctx, w.Tx, d.study, d.id, w.ForUpdate())
			if err != nil || !a.EscalatedAt.IsZero() || !a.AcknowledgedAt.IsZero() {
				return err
			}
			return a.change(ctx, w, AlertEscalated, "", func() { a.EscalatedAt = w.Now })
		})
	}
	return err
}
