package schedule

import (
	"fmt"

	"casebook"

	"github.com/go-json-experiment/json"
)

// radar is a protocol of the RADAR-base active questionnaire app (aRMT protocol.json, schema 0.0.1 and 0.0.2), as far as
// it says when. Its zero is the midnight before the enrolment; units from zero are wall time.
type radar struct {
	Name      string `json:"name"`
	Protocols []struct {
		Name     string `json:"name"`
		Protocol struct {
			RepeatProtocol      *radarInterval `json:"repeatProtocol"`
			RepeatQuestionnaire *radarOffsets  `json:"repeatQuestionnaire"`
			Reminders           radarReminders `json:"reminders"`
			CompletionWindow    *radarInterval `json:"completionWindow"`
			ReferenceTimestamp  string         `json:"referenceTimestamp"`
			Clinical            *struct {
				After radarOffsets `json:"repeatAfterClinicVisit"`
			} `json:"clinicalProtocol"`
		} `json:"protocol"`
	} `json:"protocols"`
}

type radarInterval struct {
	Unit   string `json:"unit"`
	Amount int    `json:"amount"`
}

type radarOffsets struct {
	Unit          string `json:"unit"`
	UnitsFromZero []int  `json:"unitsFromZero"`
}

type radarReminders struct {
	Unit   string `json:"unit"`
	Amount int    `json:"amount"`
	Repeat int    `json:"repeat"`
}

// readRADAR turns a RADAR protocol into a schedule. A questionnaire without a completion window has a day, as in the app.
func readRADAR(text []byte) (*Schedule, error) {
	var r radar
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, refused(err)
	}
	s := &Schedule{Format: Format, Name: r.Name, Zone: FollowDevice}
	for i, p := range r.Protocols {
		f := Form{Form: p.Name, Window: Duration{Days: 1}}
		when := p.Protocol
		offsets := when.RepeatQuestionnaire
		if when.Clinical != nil {
			f.Anchor.Kind, offsets = Visit, &when.Clinical.After
		} else if len(when.ReferenceTimestamp) >= len("2006-01-02") {
			f.Anchor = Anchor{Kind: Calendar, Date: when.ReferenceTimestamp[:len("2006-01-02")]}
		}
		place := fmt.Sprintf("/protocols/%d/protocol", i)
		if offsets == nil {
			return nil, casebook.Fail(casebook.Invalid, "epro.schedule.radar").At(place)
		}
		ok := f.radarPrompts(*offsets)
		if when.RepeatProtocol != nil && when.Clinical == nil {
			ok = ok && when.RepeatProtocol.to(&f.Every) && f.Every.calendar()
		}
		if when.CompletionWindow != nil {
			ok = ok && when.CompletionWindow.to(&f.Window)
		}
		for n := 1; ok && n <= min(when.Reminders.Repeat, 100); n++ {
			var d Duration
			again := radarInterval{when.Reminders.Unit, n * when.Reminders.Amount}
			ok = again.to(&d)
			f.Reminders = append(f.Reminders, d)
		}
		if !ok {
			return nil, casebook.Fail(casebook.Invalid, "epro.schedule.radar").At(place)
		}
		s.Forms = append(s.Forms, f)
	}
	return s, nil
}

// radarPrompts turns units from zero into wall times of the cycle.
func (f *Form) radarPrompts(o radarOffsets) bool {
	minutes := map[string]int{"min": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}[o.Unit]
	if minutes == 0 || len(o.UnitsFromZero) == 0 {
		return false
	}
	for _, n := range o.UnitsFromZero {
		if n < 0 || n > maxNumber {
			return false
		}
		n *= minutes
		at := fmt.Sprintf("%02d:%02d", n/60%24, n%60)
		if days := n / (24 * 60); days > 0 {
			at = fmt.Sprintf("+%d %s", days, at)
		}
		f.At = append(f.At, at)
	}
	return true
}

// to reads an interval into d, and reports whether it is one.
func (r radarInterval) to(d *Duration) bool {
	if r.Amount <= 0 || r.Amount > maxNumber {
		return false
	}
	unit := map[string]string{"min": "PT%dM", "hour": "PT%dH", "day": "P%dD", "week": "P%dW", "month": "P%dM", "year": "P%dY"}[r.Unit]
	if unit == "" {
		return false
	}
	got, ok := parseDuration(fmt.Sprintf(unit, r.Amount))
	*d = got
	return ok
}
