package demo

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"casebook"
)

// course is one subject's way through the study.
type course struct {
	habits
	chance  *rand.Rand
	site    casebook.SiteID
	subject casebook.SubjectID
	by      casebook.UserID
	events  []Event

	consent time.Time
	base    time.Time // the baseline visit, day 1 of treatment
	end     time.Time // the last contact
	why     string    // "" when the study was completed, else why not (CL.DSREAS)

	female         bool
	born           time.Time
	height, weight float64 // cm, kg
	sys, dia       float64 // untreated, mmHg
	pulse          float64
	effect         float64 // what treatment takes off sys in the end
}

// visit is one of the seven planned visits: when it is due after the baseline visit, and its forms.
type visit struct {
	event string
	week  int
	forms []string
}

var visits = []visit{
	{"E.BL", 0, []string{"F.VS", "F.DA"}},
	{"E.W4", 4, []string{"F.VS", "F.DA"}},
	{"E.W8", 8, []string{"F.VS", "F.DA"}},
	{"E.W12", 12, []string{"F.VS", "F.LB", "F.DA"}},
	{"E.W16", 16, []string{"F.VS", "F.DA"}},
	{"E.W24", 24, []string{"F.VS", "F.EG", "F.LB", "F.DA"}},
}

var screening = visit{"E.SCR", -2, []string{"F.ICF", "F.DM", "F.IE", "F.MH", "F.VS", "F.EG", "F.LB"}}

func newCourse(site casebook.SiteID, number int, consent time.Time, h habits, chance *rand.Rand) *course {
	c := &course{
		habits: h, chance: chance, site: site, subject: subjectID(site, number), by: coordinator(site), consent: consent,
		female: chance.Float64() < 0.46,
		born:   consent.AddDate(-35-chance.IntN(40), 0, -chance.IntN(365)),
		sys:    within(154+8*chance.NormFloat64(), 141, 178),
		pulse:  within(74+7*chance.NormFloat64(), 56, 96),
		effect: within(16+5*chance.NormFloat64(), 2, 30),
	}
	c.height = 171 + 6*chance.NormFloat64()
	if c.female {
		c.height -= 11
	}
	bmi := within(25.5+2.8*chance.NormFloat64(), 19, 36)
	c.weight = bmi * c.height * c.height / 10_000
	c.dia = within(92+0.4*(c.sys-154)+5*chance.NormFloat64(), 78, 108)
	c.base = atWork(consent.Add(time.Duration(7+chance.IntN(7))*day), chance)
	c.end = atWork(c.base.Add(24*week+time.Duration(chance.IntN(7)-3)*day), chance)
	switch fate := chance.Float64(); {
	case fate < c.failing:
		c.why, c.end = "SCREENFAIL", atWork(consent.Add(3*day), chance)
	case fate < c.failing+c.leaving:
		reasons := [...]string{"WITHDRAWN", "WITHDRAWN", "ADVERSE", "LOST", "MOVED", "OTHER"}
		c.why = reasons[chance.IntN(len(reasons))]
		c.end = atWork(c.base.Add(time.Duration(chance.Float64()*float64(22*week))+week), chance)
	}
	return c
}

func within(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

// live returns all that happens to the subject, each form in the order of time.
func (c *course) live() []Event {
	c.note(Event{At: c.consent, Kind: Enrol, By: c.by})
	c.attend(screening, c.consent)
	if c.why != "SCREENFAIL" {
		c.stand(c.base, "enrolled", "符合入选标准 Eligible")
		for _, v := range visits {
			due := c.base
			if v.week > 0 {
				due = atWork(c.base.Add(time.Duration(v.week)*week+time.Duration(c.chance.IntN(7)-3)*day), c.chance)
			}
			if v.event == "E.W24" && c.why == "" {
				due = c.end
			}
			if !due.After(c.end) {
				c.attend(v, due)
			}
		}
		c.takeMedicines()
		c.keepDiary()
	}
	c.suffer()
	told := c.enteredAfter(c.end)
	c.save(told, "E.END", "F.DS", "1", c.endOfStudy())
	switch c.why {
	case "":
		c.stand(told, "completed", "按方案完成 As planned")
	case "SCREENFAIL":
		c.stand(told, "screen_failed", "血压未达到入选标准 Blood pressure below the criterion")
	default:
		c.stand(told, "withdrawn", "见研究结束页 As the end of study form says")
	}
	return c.events
}

// stand changes where the subject stands, a minute after what was entered about it.
func (c *course) stand(at time.Time, status, reason string) {
	c.note(Event{At: at.Add(time.Minute), Kind: Stand, Status: status, Reason: reason, By: c.by})
}

func (c *course) note(e Event) {
	e.Site, e.Subject = c.site, c.subject
	c.events = append(c.events, e)
}

func (c *course) save(at time.Time, event, form, repeat string, items []Item) {
	c.note(Event{At: at, Kind: Save, Event: event, EventRepeat: "1", Form: form, FormRepeat: repeat, Items: items, By: c.by})
}

func (c *course) correct(at time.Time, event, form, repeat, reason string, items []Item) {
	c.note(Event{
		At: at, Kind: Save, Event: event, EventRepeat: "1", Form: form, FormRepeat: repeat, Items: items, Reason: reason, By: c.by,
	})
}

// enteredAfter returns when the site enters what it learned at t.
func (c *course) enteredAfter(t time.Time) time.Time {
	at := t.Add(20*time.Minute + time.Duration(c.chance.ExpFloat64()*c.entryDelay*float64(day)))
	if entered := atWork(at, c.chance); entered.After(t) {
		return entered
	}
	return t.Add(20 * time.Minute)
}

// attend enters the forms of a visit one after another, sometimes with a slip that is corrected later.
func (c *course) attend(v visit, on time.Time) {
	at := c.enteredAfter(on)
	for _, form := range v.forms {
		items := c.fill(form, v, on)
		var right []Item
		if form == "F.VS" && c.chance.Float64() < c.slips {
			right = c.slip(items)
		}
		if form == "F.DA" && c.chance.Float64() < 0.02 {
			items = items[:len(items)-1] // forgotten, and so the form stays partial
		}
		c.save(at, v.event, form, "1", items)
		if right != nil && c.chance.Float64() < 0.75 {
			fixed := atWork(at.Add(day+time.Duration(c.chance.ExpFloat64()*float64(6*day))), c.chance)
			c.correct(fixed, v.event, form, "1", "誊写错误，已按原始记录更正 Transcription error, corrected from source", right)
		}
		at = at.Add(time.Duration(90+c.chance.IntN(400)) * time.Second)
	}
}

// slip spoils one vital sign as a hurried hand does, and returns the right value.
func (c *course) slip(items []Item) []Item {
	slips := []struct {
		item string
		hand func(string) string
	}{
		{"IT.SYS", func(s string) string { return s[1:] }},                                     // 146 becomes 46
		{"IT.SYS", func(s string) string { return "2" + s[1:] }},                               // 146 becomes 246
		{"IT.DIA", func(s string) string { return s[len(s)-1:] + s[:len(s)-1] }},               // 82 becomes 28
		{"IT.PULSE", func(s string) string { return s[:1] }},                                   // 72 becomes 7
		{"IT.WEIGHT", func(s string) string { return s[1:2] + s[:1] + s[2:] }},                 // 85.3 becomes 58.3
		{"IT.HEIGHT", func(s string) string { return string(s[0]) + s[2:3] + s[1:2] + s[3:] }}, // 173.0 becomes 137.0
	}
	s := slips[c.chance.IntN(len(slips))]
	for i, it := range items {
		if it.Item == s.item {
			if spoilt := s.hand(it.Value); spoilt[0] != '0' && spoilt != it.Value {
				items[i].Value = spoilt
				return []Item{it}
			}
		}
	}
	return nil
}

// treated returns how far treatment has come at t, from 0 to 1.
func (c *course) treated(t time.Time) float64 {
	weeks := max(0, float64(t.Sub(c.base))/float64(week))
	return 1 - math.Exp(-weeks/3)
}

// pressure reads a cuff at t, lift mmHg above the clinic's level, scatter mmHg around it.
func (c *course) pressure(t time.Time, lift, scatter float64) (sys, dia string) {
	off := c.treated(t) * c.effect
	s := c.sys - off + lift + scatter*c.scatter*c.chance.NormFloat64()
	d := c.dia - 0.5*off + lift/2 + 0.6*scatter*c.scatter*c.chance.NormFloat64()
	return c.written(max(s, d+15)), c.written(d)
}

// written is a reading as the site writes it.
func (c *course) written(x float64) string {
	step := float64(c.step)
	return strconv.Itoa(int(math.Round(x/step) * step))
}
