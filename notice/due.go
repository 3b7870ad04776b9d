package notice

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/outbox"
	"casebook/store"
	"casebook/trial"
)

// Run addresses what was sent, reminds those missing and tells of deadlines that have passed, until ctx ends. Every
// process may run it: each step is one transaction, taken by one of them.
func (s *Service) Run(ctx context.Context) error {
	ctx = system(ctx)
	defer s.live.close()
	timer := time.NewTimer(s.o.Poll)
	defer timer.Stop()
	for ctx.Err() == nil {
		more, err := s.pass(ctx)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "notices stumbled and will try again", "error", err)
		}
		if more && err == nil {
			continue
		}
		timer.Reset(s.o.Poll)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
	}
	return ctx.Err()
}

// rouse makes Run look now.
func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// due is a notice for which there is something to do.
type due struct {
	study            casebook.StudyID
	id               string
	state            State
	remind, escalate int64
	file, look       int64
	told             int // how often it was escalated
}

// pass takes one step for every notice for which there is something to do. One that fails does not hold up the others.
func (s *Service) pass(ctx context.Context) (more bool, err error) {
	var all []due
	var now int64
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		now = store.Micros(tx.Now)
		all, err = store.All(ctx, tx, func(r *store.Rows) (d due, err error) {
			return d, r.Scan(&d.study, &d.id, &d.state, &d.remind, &d.escalate, &d.file, &d.look, &d.told)
		}, `SELECT study_id, notice_id, state, remind_at, escalate_at, file_at, look_at, escalations FROM notice
			WHERE (state = 'sending' OR remind_at > 0 OR escalate_at > 0 OR file_at > 0 OR look_at > 0)
			AND (state = 'sending' OR remind_at > 0 AND remind_at <= $1 OR escalate_at > 0 AND escalate_at <= $1 OR file_at > 0 AND file_at <= $1 OR look_at > 0 AND look_at <= $1)
			ORDER BY study_id, notice_id`, now)
		return err
	})
	for _, d := range all {
		again, failed := s.step(ctx, d, now)
		more, err = more || again, errors.Join(err, failed)
	}
	return more, err
}

func (s *Service) step(ctx context.Context, d due, now int64) (more bool, err error) {
	switch {
	case d.state == Sending:
		more, err = s.next(ctx, d.study, d.id)
		s.o.Box.Wake()
		return more, err
	case d.escalate > 0 && d.escalate <= now:
		return true, s.escalate(ctx, d)
	case d.look > 0 && d.look <= now:
		return true, s.look(ctx, d)
	case d.file > 0 && d.file <= now:
		return s.fileNext(ctx, d.study, d.id)
	}
	_, err = s.remind(ctx, d.study, d.id, d.remind)
	return false, err
}

// maxReminders is how often somebody is reminded of one notice.
const maxReminders = 10

// Remind reminds those missing now, for the actor in ctx, and returns how many they are.
func (s *Service) Remind(ctx context.Context, study casebook.StudyID, id string) (int64, error) {
	n, err := s.remind(ctx, study, id, -1)
	s.o.Box.Wake()
	return n, err
}

// remind reminds those missing, and says when to remind them next. planned is the moment that this reminder was planned
// for, so that two processes do not both make it; -1 is somebody's wish.
func (s *Service) remind(ctx context.Context, study casebook.StudyID, id string, planned int64) (missing int64, err error) {
	about, err := s.Get(ctx, study, id)
	if err != nil {
		return 0, err
	}
	targets, err := s.targetsMissing(ctx, study, about)
	if err != nil {
		return 0, err
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		missing = 0
		n, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil {
			return err
		}
		over := n.State == Cancelled || !n.Closes.IsZero() && !w.Now.Before(n.Closes)
		if planned < 0 && over {
			return casebook.Fail(casebook.Conflict, "notice.over")
		}
		next := int64(0)
		if planned >= 0 && !over && len(targets) > 0 && n.Reminders+1 < maxReminders {
			next = planned + (time.Duration(n.Remind) * time.Hour).Microseconds()
			next = max(next, store.Micros(w.Now)) // what a stopped server missed is made up for once
		}
		took, err := w.Exec(ctx, `UPDATE notice SET remind_at = CASE WHEN $5 = 1 THEN remind_at ELSE $3 END, reminders = reminders + 1
			WHERE study_id = $1 AND notice_id = $2 AND ($5 = 1 OR remind_at = $4)`, study, id, next, planned, truth(planned < 0))
		if err != nil || took == 0 || over || len(targets) == 0 {
			return err
		}
		missing = int64(len(targets))
		return s.remindAll(ctx, w, n, targets)
	})
	return missing, err
}

func (s *Service) remindAll(ctx context.Context, w *ledger.Writer, n *Notice, targets []target) error {
	number := n.Reminders + 1
	for k := 0; k < len(targets); k += batch {
		part := targets[k:min(k+batch, len(targets))]
		if _, err := s.o.Box.Put(ctx, w.Tx, w.Study, s.messages(w.Tx, w.Study, n, part, strconv.FormatInt(number, 10))...); err != nil {
			return err
		}
	}
	w.Record(ctx, ledger.Entry{What: VerbReminded, Ref: n.ID, New: ledger.Text(map[string]int64{"number": number, "missing": int64(len(targets))})})
	_, err := w.Exec(ctx, `UPDATE notice_recipient SET reminded = reminded + 1 WHERE study_id = $1 AND notice_id = $2
		AND (received = 0 OR read = 0 OR acknowledged = 0 AND $3 = 1 OR answered = 0 AND $4 = 1)`, w.Study, n.ID, truth(n.Ack != None), truth(n.Form != nil))
	return err
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// targetsMissing are the recipients from whom something is expected, with where they are reached now.
func (s *Service) targetsMissing(ctx context.Context, study casebook.StudyID, n *Notice) (targets []target, err error) {
	sites, err := s.trials.Sites(ctx, study)
	if err != nil {
		return nil, err
	}
	at := map[casebook.SiteID]trial.Site{}
	for _, site := range sites {
		at[site.ID] = site
	}
	locales := map[casebook.UserID]string{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		accounts, err := auth.Accounts(ctx, tx)
		for id, a := range accounts {
			if a.Active {
				locales[id] = a.Locale
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.db, study, n.ID, func(to *Recipient) error {
		if locale, active := locales[to.User]; active && n.missing(to) {
			lang := i18n.English
			if strings.HasPrefix(locale, "zh") {
				lang = i18n.Chinese
			}
			targets = append(targets, target{Site: to.Site, User: to.User, Role: to.Role, Language: lang, Zone: at[to.Site].Zone, Country: at[to.Site].Country})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return targets, s.findReach(ctx, study, n.Channels, targets)
}

// calm is how long an escalation waits for the one before it where no reminders say how long.
const calm = 24 * time.Hour

// after is when whoever is named next is told, if some are still missing then: one reminder later. It is 0 when nobody is
// named any more, or nothing is taken then.
func (n *Notice) after(told int, now time.Time) int64 {
	wait := time.Duration(n.Remind) * time.Hour
	if wait == 0 {
		wait = calm
	}
	next := now.Add(wait)
	if told+1 >= len(n.chain()) || !n.Closes.IsZero() && !next.Before(n.Closes) {
		return 0
	}
	return store.Micros(next)
}

// chain is who is told that the deadline has passed, one after the other.
func (n *Notice) chain() []auth.Role { return append([]auth.Role{n.Escalate}, n.Then...) }

// escalate tells the role whose turn it is that a deadline has passed with some missing, by a notice of its own.
func (s *Service) escalate(ctx context.Context, d due) error {
	n, err := s.Get(ctx, d.study, d.id)
	if err != nil {
		return err
	}
	late := map[casebook.SiteID]bool{}
	missing := int64(0)
	err = each(ctx, s.db, d.study, d.id, func(to *Recipient) error {
		if n.missing(to) {
			late[to.Site] = true
			missing++
		}
		return nil
	})
	if err != nil {
		return err
	}
	role := n.chain()[d.told]
	child, t, targets, err := s.escalation(ctx, d.study, n, role, late, missing)
	if err != nil {
		return err
	}
	err = s.ledger.WriteNew(ctx, d.study, func(w *ledger.Writer) error {
		next := int64(0)
		if missing > 0 {
			next = n.after(d.told, w.Now)
		}
		took, err := w.Exec(ctx, `UPDATE notice SET escalate_at = $4, escalations = escalations + 1 WHERE study_id = $1 AND notice_id = $2 AND escalate_at = $3`, d.study, d.id, d.escalate, next)
		if err != nil || took == 0 || missing == 0 {
			return err
		}
		told := ""
		if len(targets) > 0 {
			told = child.ID
			if err := s.insert(ctx, w, child, t, targets); err != nil {
				return err
			}
		}
		w.Record(ctx, ledger.Entry{What: VerbEscalated, Ref: d.id, New: ledger.Text(map[string]any{"notice": told, "role": role, "missing": missing, "sites": len(late)})})
		return nil
	})
	s.rouse()
	return err
}

// escalation composes the notice about a deadline that has passed: to whom has the role at a site that is late, or at all.
func (s *Service) escalation(ctx context.Context, study casebook.StudyID, n *Notice, role auth.Role, late map[casebook.SiteID]bool, missing int64) (*Notice, *templates, []target, error) {
	if missing == 0 {
		return nil, nil, nil, nil
	}
	d := Draft{Kind: n.Kind, Ack: None, Channels: n.Channels, Audience: Audience{Roles: []auth.Role{role}},
		Title: odm.Text(i18n.Texts("notice.escalation_title")), Body: odm.Text(i18n.Texts("notice.escalation_body")),
		Variables: []Variable{
			{Name: "title", Type: "text", Value: n.heading()},
			{Name: "missing", Type: "integer", Value: odm.Text{"": strconv.FormatInt(missing, 10)}},
			{Name: "sites", Type: "integer", Value: odm.Text{"": strconv.Itoa(len(late))}},
		}}
	about, err := s.trials.Get(ctx, study)
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := d.compile(about.Name)
	if err != nil {
		return nil, nil, nil, err
	}
	all, err := s.resolve(ctx, study, d.Audience)
	if err != nil && casebook.KindOf(err) != casebook.Unprocessable { // nobody has the role: that is recorded
		return nil, nil, nil, err
	}
	var targets []target
	for _, to := range all {
		if to.Site == "" || late[to.Site] {
			targets = append(targets, to)
		}
	}
	child := &Notice{Draft: d, Parent: n.ID}
	child.ID = s.db.World().NewID()
	return child, t, targets, s.findReach(ctx, study, d.Channels, targets)
}

// sentCounts tells how what left stands.
func (s *Service) sentCounts(ctx context.Context, study casebook.StudyID, id string) (counts map[outbox.State]int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		counts, err = outbox.Counts(ctx, tx, study, campaign(id))
		return err
	})
	return counts, err
}
