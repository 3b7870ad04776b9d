package epro_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/epro"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
)

// hourly asks once a day, and says after one miss, for an hour, to the investigator, and then to the project manager.
const hourly = `{"format":"casebook-schedule/1","zone":"fixed","forms":[{"form":"F.HBP","at":["07:00"],"start":"P1D","every":"P1D","window":"PT2H",
	"missed":{"times":1,"text":{"en":"A diary was missed"},"to":"investigator","within":"PT1H","escalate":"projectmanager"}}]}`

// The loop that runs in production, over the hours of a morning in virtual time: a window closes unanswered, an alert is
// raised, and where nobody acknowledges it, it escalates when its deadline passes; where somebody has, it does not.
func TestAnAlertEscalatesWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "casebook.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{World: casebook.Outside(), Migrations: migrations, Unsafe: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		h := &house{t: t, db: db, ledger: ledger.New(db, ledger.Options{})}
		h.patient = patient.New(h.ledger)
		h.trials = trial.New(h.ledger, h.patient)
		h.people = auth.New(h.ledger, casebook.Outside())
		h.people.Cost = auth.Cost{Memory: 64, Passes: 1}
		h.book = record.New(h.ledger, h.trials)
		h.epro = epro.New(h.ledger, h.book, h.trials, h.vault)
		h.fill()
		_, err = h.epro.Publish(h.operator(), demo.ID, []byte(hourly))
		h.must(err)
		midnight := time.Now().UTC().Truncate(24 * time.Hour)
		for _, subject := range []casebook.SubjectID{"03-001", "03-002"} {
			inv, err := h.epro.Invite(h.operator(), demo.ID, subject, "")
			h.must(err)
			_, err = h.epro.Enrol(t.Context(), epro.Enrolment{Study: demo.ID, Code: inv.Code, PIN: inv.PIN, Zone: "Asia/Shanghai"})
			h.must(err)
		}
		until := func(at time.Time) { time.Sleep(time.Until(at)); synctest.Wait() }
		closes := midnight.Add(25 * time.Hour) // 09:00 in Shanghai
		until(closes.Add(-time.Minute))        // a day of its looks would take a minute, and find nothing
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = h.epro.Run(ctx) }()

		until(closes)
		if n := h.count(`SELECT count(*) FROM epro_alert WHERE study_id = $1 AND raised_at < $2`, demo.ID, store.Micros(closes)); n != 0 {
			t.Fatalf("%d alerts before a window has closed", n)
		}
		until(closes.Add(30 * time.Second))
		alerts := h.alerts()
		if len(alerts) != 2 || alerts[0].person != "zhou" || alerts[0].raised.Sub(closes).Abs() > 30*time.Second || !alerts[0].due.Equal(alerts[0].raised.Add(time.Hour)) {
			t.Fatalf("after the window: %+v", alerts)
		}
		until(closes.Add(30 * time.Minute))
		h.must(h.epro.Acknowledge(h.operator(), demo.ID, alerts[1].id, "called"))
		until(alerts[0].due.Add(-time.Second))
		if now := h.alerts(); !now[0].escalated.IsZero() {
			t.Errorf("a second before its deadline: %+v", now[0])
		}
		until(alerts[0].due.Add(30 * time.Second))
		now := h.alerts()
		if late := now[0].escalated.Sub(now[0].due); late < 0 || late > 30*time.Second {
			t.Errorf("it escalated %v after its deadline", late)
		}
		if !now[1].escalated.IsZero() {
			t.Errorf("acknowledged, and escalated: %+v", now[1])
		}
		cancel()
		<-ended
	})
}

type raised struct {
	id, person             string
	raised, due, escalated time.Time
}

// An investigator acknowledges an alert in the moment in which it escalates: what they said stands, and nobody else hears of it.
func TestAnAcknowledgementIsNotUndoneByTheEscalation(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		if _, status := p.send(p.diary(morning, "185")); status != 200 || len(h.alerts()) != 1 {
			t.Fatalf("answered %d, with %d alerts", status, len(h.alerts()))
		}
		h.clock.Add(48 * time.Hour)
		h.must(storetest.Between(t.Context(), h.db, func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE epro_alert SET acknowledged_at = $2, acknowledged_by = 'zhou', note = 'called' WHERE study_id = $1`, demo.ID, store.Micros(tx.Now))
			return err
		}, func() {
			if err := h.epro.Escalate(h.operator()); err != nil {
				t.Error(err)
			}
		}))
		if n := h.count(`SELECT count(*) FROM epro_alert WHERE study_id = $1 AND acknowledged_by = 'zhou' AND escalated_at = 0`, demo.ID); n != 1 {
			t.Errorf("afterwards: %+v", h.alerts())
		}
	})
}

func (h *house) alerts() (all []raised) {
	h.t.Helper()
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		return tx.Each(h.t.Context(), func(r *store.Rows) error {
			var a raised
			var at, due, escalated int64
			err := r.Scan(&a.id, &a.person, &at, &due, &escalated)
			a.raised, a.due, a.escalated = store.Time(at), store.Time(due), store.Time(escalated)
			all = append(all, a)
			return err
		}, `SELECT alert_id, person, raised_at, due_at, escalated_at FROM epro_alert WHERE study_id = $1 ORDER BY subject_id`, demo.ID)
	}))
	return all
}
