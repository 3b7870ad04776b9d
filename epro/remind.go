package epro

import (
	"context"
	"fmt"
	"slices"
	"time"

	"casebook"
	"casebook/epro/schedule"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/patient"
	"casebook/settings"
	"casebook/store"
)

// Reminders are put into an outbox, in the transaction that moves the study's mark on, so that each is put once however
// often a process dies. Set before Run.
type Reminders struct {
	Box      *outbox.Box
	Settings *settings.Settings // nil where there are none: then a reminder has no link
	Push     string             // the public VAPID key for which browsers subscribe, base64url; "" where nothing is pushed
	WeChat   string             // the official account to which patients sign in; "" where there is none
	// Identify returns the openid of whoever signed in to that account with code.
	Identify func(ctx context.Context, code string) (openid string, err error)
}

// ways are the channels that this process can send by.
func (r Reminders) ways() []string {
	ways := []string{}
	for _, w := range everyWay {
		if r.Box != nil && r.Box.Has(w) {
			ways = append(ways, w)
		}
	}
	return ways
}

// Keys are this package's live settings.
var Keys = []*settings.Key{patientsAt}

var patientsAt = settings.Declare(settings.Key{Name: "epro.address", Kind: settings.Text, Default: "", Max: "200", Deepest: settings.Study,
	English: "The address of the patients' pages, such as https://study.example.org/p/: reminders link to it.",
	Chinese: "患者页面的地址，例如 https://study.example.org/p/；提醒中的链接指向此处。"})

func (r Reminders) link(study casebook.StudyID) string {
	if r.Settings == nil {
		return ""
	}
	return r.Settings.Get(r.Settings.At(settings.Place{Study: study}), patientsAt).Text()
}

// overdue is how far back reminders are looked for after a standstill. What is older has a later one behind it, or a
// window that has closed.
const overdue = 24 * time.Hour

// Remind puts what patients are to be reminded of by now into the outbox, and raises the alert of who has missed as many
// windows as the schedule lets pass.
func (s *Service) Remind(ctx context.Context) error {
	var studies []casebook.StudyID
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT DISTINCT study_id FROM epro_schedule ORDER BY study_id`)
		return err
	})
	for _, study := range studies {
		if err == nil {
			err = s.remindStudy(ctx, study)
		}
	}
	return err
}

// span is the time that one look covers: after since, up to until.
type span struct{ since, until time.Time }

func (s span) holds(t time.Time) bool { return t.After(s.since) && !t.After(s.until) }

// lookAgain is the longest time between two looks at a study: what happens to a subject meanwhile may plan a reminder
// that the last look could not know of.
const lookAgain = 5 * time.Minute

func (s *Service) remindStudy(ctx context.Context, study casebook.StudyID) error {
	now := s.now()
	s.mu.Lock()
	next := s.looks[study]
	s.mu.Unlock()
	if now.Before(next) && next.Sub(now) <= lookAgain {
		return nil
	}
	pl, err := s.plan(ctx, study)
	if err != nil || pl == nil {
		return err
	}
	r := reminding{s: s, pl: pl, study: study, look: span{until: now}, next: now.Add(lookAgain), reach: map[casebook.SubjectID][]reached{}}
	if err := s.db.View(ctx, func(tx *store.Tx) error { return r.read(ctx, tx) }); err != nil {
		return err
	}
	for _, p := range r.subjects {
		if err := r.find(p); err != nil {
			return err
		}
	}
	if err := s.persons(ctx, study, r.alerts); err != nil {
		return err
	}
	if err := r.put(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks[study] = r.next
	return nil
}

// reminding is one look at one study.
type reminding struct {
	s     *Service
	pl    *plan
	study casebook.StudyID
	mark  int64 // where the last look ended
	look  span
	next  time.Time // when there is something to do again

	complying
	reach    map[casebook.SubjectID][]reached
	messages []outbox.Message
	alerts   []alert
}

func (r *reminding) read(ctx context.Context, tx *store.Tx) error {
	err := tx.Row(ctx, `SELECT until FROM epro_reminded WHERE study_id = $1`, r.study).Scan(&r.mark)
	if ignoreNone(err) != nil {
		return err
	}
	switch r.look.since = store.Time(r.mark); {
	case r.mark == 0:
		r.look.since = r.look.until // the first look: what lay before it was nobody's to send
	case r.look.since.Before(r.look.until.Add(-overdue)):
		r.look.since = r.look.until.Add(-overdue)
	}
	// Answers may come before a window closes: as long as misses are counted, and a window lasts.
	if err := r.complying.read(ctx, tx, r.s, r.study, r.pl, patient.Query{AllSites: true}, r.look.since.AddDate(0, 0, -2*missedDays)); err != nil {
		return err
	}
	return tx.Each(ctx, func(rows *store.Rows) error {
		x, err := scanReach(rows)
		r.reach[x.Subject] = append(r.reach[x.Subject], x)
		return err
	}, `SELECT `+reachColumns+` FROM epro_reach WHERE study_id = $1 ORDER BY subject_id, channel, device_id`, r.study)
}

// find works out of what a subject is to be reminded, and whether too much was missed.
func (r *reminding) find(p patient.Subject) error {
	if p.Status != patient.Enrolled && p.Status != patient.Screening || !r.hasPhone(p.ID) || !r.agreeing.allows(p.ID, r.look.until, r.look.until) {
		return nil
	}
	c := r.courses[p.ID]
	windows, err := r.pl.windows(c, r.look.since.AddDate(0, 0, -missedDays), r.look.until.Add(lookAgain))
	if err != nil {
		return err
	}
	now := r.look.until.In(c.stays.At(r.look.until))
	for _, w := range windows {
		r.wait(w.Closes)
		for n, at := range w.Reminders {
			r.wait(at)
			if r.look.holds(at) && w.Closes.After(r.look.until) && !r.answered(p.ID, w) {
				r.remind(p, w, n, now)
			}
		}
	}
	r.missed(p, windows)
	return nil
}

// wait makes sure that the next look comes when t does.
func (r *reminding) wait(t time.Time) {
	if t.After(r.look.until) && t.Before(r.next) {
		r.next = t
	}
}

func (r *reminding) answered(id casebook.SubjectID, w schedule.Window) bool {
	_, done := r.answers[id][windowName{w.Form, w.Key}]
	return done
}

func (r *reminding) hasPhone(id casebook.SubjectID) bool {
	return slices.ContainsFunc(r.phones[id], func(d device) bool { return d.EndedAt.IsZero() })
}

// answerable reports whether the subject had a phone before the window closed.
func (r *reminding) answerable(id casebook.SubjectID, w schedule.Window) bool {
	return slices.ContainsFunc(r.phones[id], func(d device) bool { return d.EnrolledAt.Before(w.Closes) })
}

// remind makes a message for each way in which the patient is reached. In quiet hours it waits for their end; a message
// that would come when the window has closed is not made.
func (r *reminding) remind(p patient.Subject, w schedule.Window, n int, now time.Time) {
	for _, x := range r.reach[p.ID] {
		due := Quiet{clock(x.From), clock(x.To)}.after(now)
		if !due.Before(w.Closes) {
			continue
		}
		r.messages = append(r.messages, outbox.Message{Channel: x.Channel, To: x.ref, Title: i18n.Text("epro.reminder.title", x.Language), Body: i18n.Text("epro.reminder.body", x.Language),
			Link: r.s.Reminders.link(r.study), Campaign: campaign(p.ID, w.Form, w.Key), Dedupe: fmt.Sprintf("%s %d %s/%s", campaign(p.ID, w.Form, w.Key), n, x.Channel, x.Device),
			Due: due.UTC(), Expires: w.Closes})
	}
}

const campaignOf = "reminder "

// campaign is what an answer takes back: all reminders of a window.
func campaign(subject casebook.SubjectID, form, window string) string {
	return campaignOf + string(subject) + " " + form + " " + window
}

// missedDays is how far back misses in a row are counted.
const missedDays = 90

// missed raises an alert when the last windows of a form, as many as its schedule lets pass, have closed without an
// answer, in the look in which the last of them did.
func (r *reminding) missed(p patient.Subject, windows []schedule.Window) {
	for i := range r.pl.Forms {
		f := &r.pl.Forms[i]
		if f.Missed == nil {
			continue
		}
		row, last := 0, time.Time{}
		for _, w := range windows {
			if w.Form != f.Form || w.Closes.After(r.look.until) || !r.answerable(p.ID, w) {
				continue
			}
			if r.answered(p.ID, w) {
				row = 0
				continue
			}
			if row++; row == f.Missed.Times {
				last = w.Closes
			}
		}
		if row >= f.Missed.Times && r.look.holds(last) {
			r.alerts = append(r.alerts, alert{ID: r.s.world.NewID(), Subject: p.ID, Site: p.Site, Rule: "missed " + f.Form,
				Text: f.Missed.Text, Role: f.Missed.To, EscalateTo: f.Missed.Escalate, RaisedAt: r.look.until, DueAt: f.Missed.Within.After(r.look.until)})
		}
	}
}

// put commits what was found with the mark, unless another process has moved it meanwhile: then that one found it.
func (r *reminding) put(ctx context.Context) error {
	err := r.s.ledger.WriteNew(ctx, r.study, func(w *ledger.Writer) error {
		if _, err := w.Exec(ctx, `INSERT INTO epro_reminded(study_id, until, moved) VALUES($1, 0, 1) ON CONFLICT (study_id) DO NOTHING`, r.study); err != nil {
			return err
		}
		n, err := w.Exec(ctx, `UPDATE epro_reminded SET until = $3 WHERE study_id = $1 AND until = $2`, r.study, r.mark, store.Micros(r.look.until))
		if err != nil || n == 0 {
			return err
		}
		if r.s.Reminders.Box != nil {
			if _, err := r.s.Reminders.Box.Put(ctx, w.Tx, r.study, r.messages...); err != nil {
				return err
			}
		}
		return r.s.raise(ctx, w, r.alerts)
	})
	if err == nil && len(r.messages) > 0 && r.s.Reminders.Box != nil {
		r.s.Reminders.Box.Wake()
	}
	return err
}
