package epro

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// What a person decides about a quarantined record. Either way it stays where it is.
const (
	Accepted = "accepted"  // its values go into the casebook
	SetAside = "set_aside" // they do not
)

// Decide says what becomes of a quarantined record, with a reason. Whoever calls it has asked whether the actor may.
func (s *Service) Decide(ctx context.Context, study casebook.StudyID, id, hash, decision, reason string) error {
	raw, err := hex.DecodeString(hash)
	if err != nil || decision != Accepted && decision != SetAside {
		return casebook.Fail(casebook.Invalid, "epro.decision", decision).At("decision")
	}
	if strings.TrimSpace(reason) == "" {
		return casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	}
	q, body, err := s.quarantined(ctx, study, id, raw)
	if err != nil {
		return err
	}
	var a *arrival
	if decision == Accepted {
		if a, err = s.reconsider(ctx, study, q, body); err != nil {
			return err
		}
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE epro_quarantine SET decided_at = $4, decided_by = $5, decision = $6, reason = $7
			WHERE study_id = $1 AND record_id = $2 AND hash = $3 AND decided_at = 0`, study, id, raw, store.Micros(w.Now), casebook.ActorFrom(ctx).User, decision, reason)
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.Conflict, "epro.decided")
		}
		if err != nil {
			return err
		}
		old := ledger.Text(q)
		now := q
		now.DecidedAt, now.DecidedBy, now.Decision, now.Reason = w.Now, casebook.ActorFrom(ctx).User, decision, reason
		w.Record(ctx, ledger.Entry{What: Decided, Site: q.Site, Subject: q.Subject, Ref: id, Old: old, New: ledger.Text(now), Reason: reason})
		if a == nil {
			return nil
		}
		k := &keeping{s: s, w: w, d: &a.device, fresh: []*arrival{a}}
		if err := k.records(ctx); err != nil {
			return err
		}
		return s.raise(ctx, w, a.alerts)
	})
}

func (s *Service) quarantined(ctx context.Context, study casebook.StudyID, id string, hash []byte) (q aside, body string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, func(r *store.Rows) (aside, error) { return scanAside(r, &body) },
			`SELECT `+asideColumns+`, body FROM epro_quarantine WHERE study_id = $1 AND record_id = $2 AND hash = $3`, study, id, hash)
		if err == nil && len(all) == 0 {
			err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
		}
		if err == nil {
			q = all[0]
		}
		return err
	})
	return q, body, err
}

// reconsider judges a quarantined record's values, by the form as it was or, where nobody knows that one, as it is.
func (s *Service) reconsider(ctx context.Context, study casebook.StudyID, q aside, body string) (*arrival, error) {
	cannot := casebook.Fail(casebook.Conflict, "epro.cannot_accept")
	a := &arrival{body: body, receipt: q.Receipt, received: q.ReceivedAt}
	hash, _ := hex.DecodeString(q.Hash)
	a.hash = [32]byte(hash)
	if q.Why == whyUnreadable || q.Why == whyAltered || json.Unmarshal([]byte(body), &a.answerSet) != nil {
		return nil, cannot
	}
	var sub patient.Subject
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if a.device, err = findDevice(ctx, tx, study, q.Device); err != nil {
			return err
		}
		sub, err = patient.Find(ctx, tx, study, a.Subject)
		return err
	})
	if err != nil {
		return nil, err
	}
	if sub.Site != q.Site {
		return nil, cannot // the people there do not decide about it
	}
	a.device.Subject, a.device.Site, a.opened = sub.ID, sub.Site, a.Opened
	v, err := s.byHash(ctx, study, a.Form, a.Definition)
	if err == nil && v == nil {
		v, err = s.versionAt(ctx, study, sub.Site)
	}
	if err != nil {
		return nil, err
	}
	a.version = int64(v.Number)
	if q.Why == whyAnswered { // the window has its answer: this is another one
		a.Window = ""
	}
	pl, err := s.plan(ctx, study)
	if err != nil {
		return nil, err
	}
	if err := s.values(ctx, study, pl, v, a); err != nil {
		return nil, err
	}
	if a.out == nil {
		return nil, cannot
	}
	return a, s.persons(ctx, study, a.alerts)
}

// find returns a record with what was sent.
func (s *Service) find(ctx context.Context, study casebook.StudyID, id string) (r received, body string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, func(rows *store.Rows) (received, error) { return scanRecord(rows, &body) },
			`SELECT `+recordColumns+`, body FROM epro_record WHERE study_id = $1 AND record_id = $2`, study, id)
		if err == nil && len(all) == 0 {
			err = casebook.Fail(casebook.NotFound, "epro.record_unknown", id)
		}
		if err == nil {
			r = all[0]
		}
		return err
	})
	return r, body, err
}

// Difference is one value as the patient sent it beside the value as it stands.
type Difference struct {
	Subject  casebook.SubjectID
	Record   string
	Form     string
	Item     string
	At       time.Time
	Original string
	Current  string
}

// Sensitivity returns every answer of the subjects at sites that may be seen, original beside current, so that an
// analysis can be run on both.
func (s *Service) Sensitivity(ctx context.Context, study casebook.StudyID, may func(casebook.SiteID) bool) (all []Difference, err error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	type sent struct {
		received
		body string
	}
	var records []sent
	err = s.db.View(ctx, func(tx *store.Tx) error {
		records, err = store.All(ctx, tx, func(rows *store.Rows) (x sent, err error) { x.received, err = scanRecord(rows, &x.body); return x, err },
			`SELECT `+recordColumns+`, body FROM epro_record WHERE study_id = $1 ORDER BY subject_id, opened_at, record_id`, study)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if !may(r.Site) {
			continue
		}
		key, err := st.NewInstance(record.Key{Study: study, Subject: r.Subject, Form: r.Form}, r.ID)
		if err != nil {
			continue // a form that the study no longer has
		}
		view, err := s.forms.Read(ctx, key, time.Time{})
		if err != nil {
			return nil, err
		}
		var a answerSet
		if err := json.Unmarshal([]byte(r.body), &a); err != nil {
			return nil, err
		}
		arr := arrival{answerSet: a}
		for _, v := range arr.submitted() {
			d := Difference{r.Subject, r.ID, r.Form, v.Item, r.OpenedAt, v.Value + v.Blank, ""}
			if i := slices.IndexFunc(view.Form.Items, func(k record.Kept) bool { return k.Item == v.Item && k.Group == v.Group && k.Repeat == v.Repeat }); i >= 0 {
				d.Current = view.Form.Items[i].Value.Value + view.Form.Items[i].Blank
			}
			all = append(all, d)
		}
	}
	return all, nil
}
