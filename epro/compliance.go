package epro

import (
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/epro/schedule"
	"casebook/patient"
	"casebook/store"
)

// Windows returns a subject's windows that close after since and open before until.
func (s *Service) Windows(ctx context.Context, study casebook.StudyID, pl *plan, p patient.Subject, since, until time.Time) (windows []schedule.Window, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		courses, err := s.courses(ctx, tx, study, pl, []patient.Subject{p})
		if err == nil {
			c := courses[p.ID]
			windows, err = pl.windows(c, since, until)
		}
		return err
	})
	return windows, err
}

// Tally counts windows and what became of them.
type Tally struct {
	Expected int `json:"expected"` // closed, or open and answered
	Done     int `json:"done"`
	Late     int `json:"late"`   // of those done: received after the window
	Missed   int `json:"missed"` // closed without an answer, so far as anybody knows
	Open     int `json:"open"`   // can be answered now
	Gaps     int `json:"gaps"`   // numbers of the subject's phones that have not come
}

func (t *Tally) add(o Tally) {
	t.Expected += o.Expected
	t.Done += o.Done
	t.Late += o.Late
	t.Missed += o.Missed
	t.Open += o.Open
	t.Gaps += o.Gaps
}

// DayTally is what was expected and done of the windows that opened on a day.
type DayTally struct {
	Expected int `json:"expected"`
	Done     int `json:"done"`
}

// SubjectCompliance is one row of the compliance page.
type SubjectCompliance struct {
	Subject     casebook.SubjectID `json:"subject"`
	Site        casebook.SiteID    `json:"site"`
	Status      patient.Status     `json:"status"`
	Phones      int                `json:"phones"`
	Unconfirmed bool               `json:"unconfirmed"` // a phone has ended: what it still held nobody knows
	Tally
	Days []DayTally `json:"days"`
}

// Compliance is how the study's patients answer, as of now.
type Compliance struct {
	At       time.Time                  `json:"at"`
	Schedule int64                      `json:"schedule"` // its number, 0 for none
	Name     string                     `json:"name"`
	Days     []string                   `json:"days"` // the last four weeks
	Subjects []SubjectCompliance        `json:"subjects"`
	Sites    map[casebook.SiteID]*Tally `json:"sites"`
	Total    Tally                      `json:"total"`
	Trend    []DayTally                 `json:"trend"` // of each day
	Alerts   int                        `json:"alerts"`
	Aside    int                        `json:"quarantined"`
}

// shownDays is how many days the heat map shows.
const shownDays = 28

// complying is what compliance is counted from, read in one snapshot.
type complying struct {
	subjects []patient.Subject
	courses  map[casebook.SubjectID]*course
	answers  map[casebook.SubjectID]map[windowName]bool // late or not, of each window that has an answer
	phones   map[casebook.SubjectID][]device
	agreeing *agreeing
}

// Compliance counts for the subjects that q selects.
func (s *Service) Compliance(ctx context.Context, study casebook.StudyID, q patient.Query) (*Compliance, error) {
	pl, err := s.plan(ctx, study)
	if err != nil {
		return nil, err
	}
	now := s.now()
	out := &Compliance{At: now, Subjects: []SubjectCompliance{}, Sites: map[casebook.SiteID]*Tally{}, Trend: make([]DayTally, shownDays)}
	for d := range shownDays {
		out.Days = append(out.Days, now.AddDate(0, 0, d-shownDays+1).Format(time.DateOnly))
	}
	if pl == nil {
		return out, nil
	}
	out.Schedule, out.Name = pl.number, pl.Name
	c := complying{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if err := c.read(ctx, tx, s, study, pl, q, time.Time{}); err != nil {
			return err
		}
		return c.count(ctx, tx, study, out)
	})
	if err != nil {
		return nil, err
	}
	for _, sub := range c.subjects {
		row, err := c.subject(pl, sub, now, out.Days)
		if err != nil {
			return nil, err
		}
		out.Subjects = append(out.Subjects, row)
		if out.Sites[sub.Site] == nil {
			out.Sites[sub.Site] = &Tally{}
		}
		out.Sites[sub.Site].add(row.Tally)
		out.Total.add(row.Tally)
		for i, d := range row.Days {
			out.Trend[i].Expected += d.Expected
			out.Trend[i].Done += d.Done
		}
	}
	return out, nil
}

// read reads the subjects that q selects, with the answers received since.
func (c *complying) read(ctx context.Context, tx *store.Tx, s *Service, study casebook.StudyID, pl *plan, q patient.Query, since time.Time) (err error) {
	q.Limit = patient.MaxLimit
	for {
		page, err := patient.List(ctx, tx, study, q)
		if err != nil {
			return err
		}
		c.subjects = append(c.subjects, page.Subjects...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	c.subjects = slices.DeleteFunc(c.subjects, func(p patient.Subject) bool { return p.Status == patient.ScreenFailed })
	if c.courses, err = s.courses(ctx, tx, study, pl, c.subjects); err != nil {
		return err
	}
	if c.agreeing, err = agreed(ctx, tx, study, ""); err != nil {
		return err
	}
	c.answers, c.phones = map[casebook.SubjectID]map[windowName]bool{}, map[casebook.SubjectID][]device{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var n windowName
		var closes, at int64
		err := r.Scan(&id, &n.form, &n.key, &closes, &at)
		if c.answers[id] == nil {
			c.answers[id] = map[windowName]bool{}
		}
		c.answers[id][n] = closes > 0 && at > closes
		return err
	}, `SELECT subject_id, form_oid, window_key, closes_at, received_at FROM epro_record WHERE study_id = $1 AND window_key <> '' AND received_at >= $2`, study, store.Micros(since))
	if err != nil {
		return err
	}
	return tx.Each(ctx, func(r *store.Rows) error {
		d, err := scanDevice(r)
		c.phones[d.Subject] = append(c.phones[d.Subject], d)
		return err
	}, `SELECT `+deviceColumns+` FROM epro_device WHERE study_id = $1`, study)
}

// count counts what waits for a person at the sites of the subjects.
func (c *complying) count(ctx context.Context, tx *store.Tx, study casebook.StudyID, out *Compliance) error {
	allowed := map[casebook.SiteID]bool{}
	for _, p := range c.subjects {
		allowed[p.Site] = true
	}
	count := func(n *int) func(*store.Rows) error {
		return func(r *store.Rows) error {
			var site casebook.SiteID
			err := r.Scan(&site)
			if allowed[site] {
				*n++
			}
			return err
		}
	}
	if err := tx.Each(ctx, count(&out.Alerts), `SELECT site_id FROM epro_alert WHERE study_id = $1 AND acknowledged_at = 0`, study); err != nil {
		return err
	}
	return tx.Each(ctx, count(&out.Aside), `SELECT site_id FROM epro_quarantine WHERE study_id = $1 AND decided_at = 0`, study)
}

func (c *complying) subject(pl *plan, p patient.Subject, now time.Time, days []string) (SubjectCompliance, error) {
	row := SubjectCompliance{Subject: p.ID, Site: p.Site, Status: p.Status, Phones: len(c.phones[p.ID]), Days: make([]DayTally, len(days))}
	for _, d := range c.phones[p.ID] {
		row.Gaps += int(d.highest - d.received)
		row.Unconfirmed = row.Unconfirmed || !d.EndedAt.IsZero()
	}
	if row.Phones == 0 {
		return row, nil // nobody has asked this subject anything
	}
	until, since := now, c.phones[p.ID][0].EnrolledAt
	if p.Status != patient.Enrolled && p.Status != patient.Screening {
		until = p.StatusAt
	}
	for _, d := range c.phones[p.ID] {
		if d.EnrolledAt.Before(since) {
			since = d.EnrolledAt
		}
	}
	if since, until = c.agreeing.asked(p.ID, since, until); !since.Before(until) {
		return row, nil
	}
	course := c.courses[p.ID]
	windows, err := pl.windows(course, since, until)
	for _, w := range windows {
		late, done := c.answers[p.ID][windowName{w.Form, w.Key}]
		row.count(w, now, done, late, days)
	}
	return row, err
}

func (row *SubjectCompliance) count(w schedule.Window, now time.Time, done, late bool, days []string) {
	day, shown := slices.BinarySearchFunc(days, w.Opens.Format(time.DateOnly), strings.Compare)
	if !done && w.Closes.After(now) {
		row.Open++
		return
	}
	row.Expected++
	if shown {
		row.Days[day].Expected++
	}
	switch {
	case !done:
		row.Missed++
	case late:
		row.Late++
		fallthrough
	default:
		row.Done++
		if shown {
			row.Days[day].Done++
		}
	}
}

// Phone is a phone as the staff see it.
type Phone struct {
	Device     string             `json:"device"`
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Name       string             `json:"name"`
	Reporter   string             `json:"reporter"`
	EnrolledAt time.Time          `json:"enrolledAt"`
	SeenAt     time.Time          `json:"seenAt"`
	EndedAt    time.Time          `json:"endedAt,omitzero"`
	EndedWhy   string             `json:"endedWhy,omitempty"`
	Highest    int64              `json:"highest"`
	Received   int64              `json:"received"`
	Missing    []int64            `json:"missing"` // the first hundred
	State      string             `json:"state"`   // complete as far as the phone says, gaps, or unconfirmed: it has ended, and what it held nobody knows
}

// Phones lists the phones of the sites that may be seen.
func (s *Service) Phones(ctx context.Context, study casebook.StudyID, may func(casebook.SiteID) bool) (phones []Phone, err error) {
	phones = []Phone{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, scanDevice, `SELECT `+deviceColumns+` FROM epro_device WHERE study_id = $1 ORDER BY subject_id, enrolled_at`, study)
		if err != nil {
			return err
		}
		for _, d := range all {
			if !may(d.Site) {
				continue
			}
			p := Phone{d.ID, d.Subject, d.Site, d.Name, d.Reporter, d.EnrolledAt, d.seenAt, d.EndedAt, d.EndedWhy, d.highest, d.received, []int64{}, "complete"}
			if d.highest > d.received {
				p.State = "gaps"
				if p.Missing, err = missingOf(ctx, tx, study, d.ID, 100); err != nil {
					return err
				}
			}
			if !d.EndedAt.IsZero() {
				p.State = "unconfirmed"
			}
			phones = append(phones, p)
		}
		return nil
	})
	return phones, err
}
