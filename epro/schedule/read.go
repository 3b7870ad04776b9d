package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Read reads a schedule in our own format or as RADAR-base writes its protocols, whichever text is. Errors are
// casebook.Invalid with a JSON pointer.
func Read(text []byte) (*Schedule, error) {
	if len(text) > MaxBytes {
		return nil, casebook.Fail(casebook.TooLarge, "request.too_large", MaxBytes)
	}
	var kind struct {
		Format    string         `json:"format"`
		Protocols jsontext.Value `json:"protocols"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, refused(err)
	}
	s := &Schedule{}
	var err error
	switch {
	case kind.Format == "" && len(kind.Protocols) > 0:
		s, err = readRADAR(text)
	case kind.Format != Format:
		err = casebook.Fail(casebook.Invalid, "epro.schedule.format", kind.Format).At("/format")
	default:
		if err = json.Unmarshal(text, s, json.RejectUnknownMembers(true)); err != nil {
			err = refused(err)
		}
	}
	if err != nil {
		return nil, err
	}
	return s, s.prepare()
}

// refused names the place of what the reader of JSON did not like.
func refused(err error) error {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		if s, ok := errors.AsType[*json.SemanticError](err); ok {
			return e.At(string(s.JSONPointer))
		}
		return e
	}
	place := ""
	if s, ok := errors.AsType[*json.SemanticError](err); ok {
		place = string(s.JSONPointer)
	} else if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		place = string(s.JSONPointer)
	}
	return casebook.Fail(casebook.Invalid, "epro.schedule.json").At(strings.ToValidUTF8(place, "\uFFFD")).Wrap(err)
}

// prepare checks s and makes it ready to run.
func (s *Schedule) prepare() error {
	switch {
	case len(s.Forms) == 0 || len(s.Forms) > maxForms:
		return casebook.Fail(casebook.Invalid, "epro.schedule.forms", maxForms).At("/forms")
	case s.Zone != "" && s.Zone != FollowDevice && s.Zone != Fixed:
		return casebook.Fail(casebook.Invalid, "epro.schedule.zone", s.Zone).At("/zone")
	}
	if s.Zone == "" {
		s.Zone = FollowDevice
	}
	s.holidays = map[day]bool{}
	for i, h := range s.Holidays {
		d, ok := parseDay(h)
		if !ok {
			return casebook.Fail(casebook.Invalid, "epro.schedule.date", h).At(fmt.Sprintf("/holidays/%d", i))
		}
		s.holidays[d] = true
	}
	for i, a := range s.Alerts {
		if a.Form == "" || a.When == "" || len(a.Text) == 0 || a.To == "" || a.Within.IsZero() || a.Within.Negative {
			return casebook.Fail(casebook.Invalid, "epro.schedule.alert").At(fmt.Sprintf("/alerts/%d", i))
		}
	}
	for i := range s.Forms {
		if err := s.Forms[i].prepare(); err != nil {
			return err.At(fmt.Sprintf("/forms/%d/%s", i, err.Place))
		}
	}
	return nil
}

func parseDay(s string) (day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return dayOf(t), err == nil
}

func (f *Form) prepare() *casebook.Error {
	wrong := func(place, code string, args ...any) *casebook.Error {
		return casebook.Fail(casebook.Invalid, code, args...).At(place)
	}
	if f.Holiday == "" {
		f.Holiday = Keep
	}
	switch {
	case f.Form == "":
		return wrong("form", "epro.schedule.no_form")
	case !slices.Contains([]string{Keep, Skip, Next}, f.Holiday):
		return wrong("holiday", "epro.schedule.holiday", f.Holiday)
	case f.Window.IsZero() || f.Window.Negative:
		return wrong("window", "epro.schedule.window", f.Window)
	case f.Start.Negative || len(f.At) > 0 && !f.Start.calendar():
		return wrong("start", "epro.schedule.whole_days", f.Start)
	case !f.Every.calendar():
		return wrong("every", "epro.schedule.whole_days", f.Every)
	case len(f.At) == 0 && !f.Every.IsZero():
		return wrong("at", "epro.schedule.at_needed")
	case f.Times < 0:
		return wrong("times", "epro.schedule.times", f.Times)
	case f.Until.Negative:
		return wrong("until", "epro.schedule.window", f.Until)
	case f.Missed != nil && (f.Missed.Times < 1 || len(f.Missed.Text) == 0 || f.Missed.To == "" || f.Missed.Within.IsZero() || f.Missed.Within.Negative):
		return wrong("missed", "epro.schedule.missed")
	}
	if err := f.Anchor.prepare(); err != nil {
		return err
	}
	return f.clock()
}

func (a *Anchor) prepare() *casebook.Error {
	if a.Kind == "" {
		a.Kind = Enrolment
	}
	_, dated := parseDay(a.Date)
	if !slices.Contains([]string{Enrolment, Dose, Visit, Calendar, Event}, a.Kind) || (a.Kind == Calendar) != dated {
		return casebook.Fail(casebook.Invalid, "epro.schedule.anchor_kind", a.Kind).At("anchor")
	}
	return nil
}

var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// clock reads the form's wall times and weekdays.
func (f *Form) clock() *casebook.Error {
	if len(f.At) > maxPrompts {
		return casebook.Fail(casebook.Invalid, "epro.schedule.prompts", maxPrompts).At("at")
	}
	f.prompts = f.prompts[:0]
	for i, text := range f.At {
		p, ok := parsePrompt(text)
		if !ok {
			return casebook.Fail(casebook.Invalid, "epro.schedule.at", text).At(fmt.Sprintf("at/%d", i))
		}
		f.prompts = append(f.prompts, p)
	}
	for i, name := range f.Weekdays {
		at := slices.Index(weekdayNames, name)
		if at < 0 {
			return casebook.Fail(casebook.Invalid, "epro.schedule.weekday", name).At(fmt.Sprintf("weekdays/%d", i))
		}
		f.weekdays[at] = true
	}
	if len(f.Weekdays) == 0 {
		f.weekdays = [7]bool{true, true, true, true, true, true, true}
	}
	return nil
}

// parsePrompt reads "07:30" or "+3 07:30".
func parsePrompt(text string) (p prompt, ok bool) {
	if rest, later := strings.CutPrefix(text, "+"); later {
		days, clock, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return p, false
		}
		p.day, text = n, clock
	}
	t, err := time.Parse("15:04", text)
	p.second = t.Hour()*3600 + t.Minute()*60
	return p, err == nil && len(text) == 5
}
