package epro

import (
	"context"
	"net/http"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/outbox"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

// Delivery is what became of a subject's reminders by one channel.
type Delivery struct {
	Channel  string    `json:"channel"`
	Sent     int64     `json:"sent"` // taken by their destination
	SentAt   time.Time `json:"sentAt,omitzero"`
	Dead     int64     `json:"dead"`              // given up
	FailedAt time.Time `json:"failedAt,omitzero"` // the last attempt that failed, whether or not a later one was taken
	Failure  string    `json:"failure,omitempty"`
}

// Failing reports whether the last that is known is a failure.
func (d *Delivery) Failing() bool { return d.FailedAt.After(d.SentAt) }

// Settled keeps what became of an attempt to remind somebody, in the transaction that keeps the attempt. Channels that
// carry reminders call it; messages of others are passed over.
func (s *Service) Settled(ctx context.Context, tx *store.Tx, m outbox.Message, o outbox.Outcome) error {
	rest, ours := strings.CutPrefix(m.Campaign, campaignOf)
	subject, _, _ := strings.Cut(rest, " ")
	if !ours {
		return nil
	}
	var sent, sentAt, dead, failedAt int64
	failure := ""
	switch {
	case o.Err == nil:
		sent, sentAt = 1, store.Micros(tx.Now)
	case o.State == outbox.Dead:
		dead, failedAt, failure = 1, store.Micros(tx.Now), o.Err.Error()
	default:
		failedAt, failure = store.Micros(tx.Now), o.Err.Error()
	}
	_, err := tx.Exec(ctx, `INSERT INTO epro_delivery(study_id, subject_id, channel, sent, sent_at, dead, failed_at, failure) VALUES($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (study_id, subject_id, channel) DO UPDATE SET sent = epro_delivery.sent + excluded.sent, dead = epro_delivery.dead + excluded.dead,
			sent_at = CASE WHEN excluded.sent_at > 0 THEN excluded.sent_at ELSE epro_delivery.sent_at END,
			failed_at = CASE WHEN excluded.failed_at > 0 THEN excluded.failed_at ELSE epro_delivery.failed_at END,
			failure = CASE WHEN excluded.failed_at > 0 THEN excluded.failure ELSE epro_delivery.failure END`,
		m.Study, subject, m.Channel, sent, sentAt, dead, failedAt, brief(failure))
	return err
}

// Address tells the outbox where a reminder goes: the message names it by its reference in the vault, and who has ended a way is not
// reached by what still waits. Messages of others say it themselves.
func (s *Service) Address(ctx context.Context, m outbox.Message) (address string, err error) {
	if !strings.HasPrefix(m.Campaign, campaignOf) {
		return m.To, nil
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		address, err = s.address(ctx, tx, m.Study, &reached{ref: m.To})
		return err
	})
	if casebook.KindOf(err) == casebook.NotFound && err != nil {
		err = outbox.Refuse(err)
	}
	return address, err
}

// Reached is how a subject is reminded, and how that goes.
type Reached struct {
	Subject  casebook.SubjectID `json:"subject"`
	Site     casebook.SiteID    `json:"site"`
	Seen     time.Time          `json:"seen,omitzero"` // a phone of theirs last asked what is due: the reminder in the app
	Reach    []Reach            `json:"reach"`
	Delivery []Delivery         `json:"delivery"`
	Failing  bool               `json:"failing"` // by one of the channels that are chosen now
}

// Reachable lists every subject with a phone at the sites that may be seen.
func (s *Service) Reachable(ctx context.Context, study casebook.StudyID, may func(casebook.SiteID) bool) (list []Reached, err error) {
	at := map[casebook.SubjectID]int{}
	of := func(id casebook.SubjectID) *Reached {
		if i, ok := at[id]; ok {
			return &list[i]
		}
		return &Reached{} // at a site that may not be seen
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.Each(ctx, func(r *store.Rows) error {
			d, err := scanDevice(r)
			if _, known := at[d.Subject]; !known && may(d.Site) {
				at[d.Subject] = len(list)
				list = append(list, Reached{Subject: d.Subject, Site: d.Site, Reach: []Reach{}, Delivery: []Delivery{}})
			}
			if x := of(d.Subject); d.seenAt.After(x.Seen) {
				x.Seen = d.seenAt
			}
			return err
		}, `SELECT `+deviceColumns+` FROM epro_device WHERE study_id = $1 ORDER BY subject_id, device_id`, study)
		if err != nil {
			return err
		}
		err = tx.Each(ctx, func(r *store.Rows) error {
			x, err := scanReach(r)
			to := of(x.Subject)
			to.Reach = append(to.Reach, x.shown())
			return err
		}, `SELECT `+reachColumns+` FROM epro_reach WHERE study_id = $1 ORDER BY subject_id, channel, device_id`, study)
		if err != nil {
			return err
		}
		return tx.Each(ctx, func(r *store.Rows) error {
			id, d, err := scanDelivery(r)
			to := of(id)
			to.Delivery = append(to.Delivery, d)
			for _, c := range to.Reach {
				to.Failing = to.Failing || c.Channel == d.Channel && d.Failing()
			}
			return err
		}, `SELECT subject_id, channel, sent, sent_at, dead, failed_at, failure FROM epro_delivery WHERE study_id = $1 ORDER BY subject_id, channel`, study)
	})
	return list, err
}

func scanDelivery(r *store.Rows) (subject casebook.SubjectID, d Delivery, err error) {
	var sent, failed int64
	err = r.Scan(&subject, &d.Channel, &d.Sent, &sent, &d.Dead, &failed, &d.Failure)
	d.SentAt, d.FailedAt = store.Time(sent), store.Time(failed)
	return subject, d, err
}

// Reminder is one message of the last two weeks with every attempt to deliver it.
type Reminder struct {
	Channel  string           `json:"channel"`
	Form     string           `json:"form"`
	Window   string           `json:"window"`
	State    outbox.State     `json:"state"`
	Due      time.Time        `json:"due"`
	Settled  time.Time        `json:"settled,omitzero"`
	Attempts []outbox.Attempt `json:"attempts"`
}

// evidence is how far back a subject's reminders are shown.
const evidence = 14 * 24 * time.Hour

// Reminded lists the reminders of a subject's windows of the last two weeks, newest first.
func (s *Service) Reminded(ctx context.Context, study casebook.StudyID, p patient.Subject) ([]Reminder, error) {
	list := []Reminder{}
	pl, err := s.plan(ctx, study)
	if err != nil || pl == nil {
		return list, err
	}
	now := s.now()
	windows, err := s.Windows(ctx, study, pl, p, now.Add(-evidence), now)
	if err != nil {
		return list, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for i := len(windows) - 1; i >= 0; i-- {
			w := windows[i]
			messages, err := outbox.List(ctx, tx, study, outbox.Filter{Campaign: campaign(p.ID, w.Form, w.Key)})
			if err != nil {
				return err
			}
			for _, m := range messages {
				attempts, err := outbox.Attempts(ctx, tx, study, m.ID)
				if err != nil {
					return err
				}
				list = append(list, Reminder{m.Channel, w.Form, w.Key, m.State, m.Due, m.Settled, append([]outbox.Attempt{}, attempts...)})
			}
		}
		return nil
	})
	return list, err
}

// getReachable tells how every patient is reminded, and whether it arrives.
func (s *Service) getReachable(w http.ResponseWriter, r *http.Request) error {
	_, may := sites(r, auth.FormRead)
	list, err := s.Reachable(r.Context(), studyOf(r), may)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"subjects": append([]Reached{}, list...), "ways": s.Reminders.ways()})
}

// getReach says how a subject is reached, and what became of the reminders of the last two weeks.
func (s *Service) getReach(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, p, err := s.at(r, auth.FormRead, id)
	if err != nil {
		return err
	}
	reach, err := s.Reaches(ctx, studyOf(r), id, nil)
	if err != nil {
		return err
	}
	reminders, err := s.Reminded(ctx, studyOf(r), p)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"reach": reach, "reminders": reminders})
}
