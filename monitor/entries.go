package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// take adds entries to the state. What an entry says that cannot be read counts nothing, here and wherever else the
// same entries are added up; only a version that cannot be had stops the taking.
func (s *Service) take(ctx context.Context, study casebook.StudyID, st *state, entries []ledger.Entry) error {
	for i := range entries {
		e := &entries[i]
		var err error
		switch e.What {
		case trial.VerbSite:
			err = st.takeSite(e)
		case patient.VerbEnrolled:
			err = st.takeEnrolled(e)
		case patient.VerbStatus:
			err = st.takeStatus(e)
		case record.Saved:
			concerned, failed := s.concerns(ctx, study, e)
			if failed != nil {
				return failed
			}
			if !concerned {
				break
			}
			var before, after change
			if err = after.read(e.New, before.read(e.Old, nil)); err == nil {
				if err := s.takeSaved(ctx, study, st, e, &before, &after); err != nil {
					return err
				}
			}
		}
		if err != nil {
			slog.ErrorContext(ctx, "monitoring cannot read an entry and leaves it out", "study", study, "entry", e.ID, "error", err)
		}
		st.next = e.Index + 1
		if e.At.After(st.newest) {
			st.newest = e.At
		}
	}
	return nil
}

// concerns reports whether a save may touch what is counted, from its form and the version it was saved under alone:
// most saves are diaries, and reading each would cost more than all the rest of monitoring.
func (s *Service) concerns(ctx context.Context, study casebook.StudyID, e *ledger.Entry) (bool, error) {
	key, ok := record.ParseRef(study, e.Subject, e.Ref)
	if !ok {
		return true, nil // reading it will say what is wrong
	}
	for _, text := range [...]string{e.Old, e.New} {
		if text == "" {
			continue
		}
		number, ok := record.DefinitionOf(text)
		if !ok {
			return true, nil
		}
		if number == 0 {
			continue // there was nothing before
		}
		plan, err := s.plan(ctx, study, number)
		if err != nil || plan.forms[key.Form] {
			return true, err
		}
	}
	return false, nil
}

func (st *state) takeSite(e *ledger.Entry) error {
	var v trial.Site
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	st.place(v.ID, v.Name, v.Zone)
	return nil
}

func (st *state) takeEnrolled(e *ledger.Entry) error {
	var v patient.Subject
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	p := st.subject(v.ID, v.Site)
	p.enrolled, p.left = store.Micros(v.EnrolledAt), 0
	st.recount(p)
	return nil
}

func (st *state) takeStatus(e *ledger.Entry) error {
	var v struct {
		Status patient.Status `json:"status"`
	}
	if err := json.Unmarshal([]byte(e.New), &v); err != nil {
		return err
	}
	p := st.subject(e.Subject, e.Site)
	p.left = 0
	if v.Status != patient.Screening && v.Status != patient.Enrolled {
		p.left = store.Micros(e.At)
	}
	st.recount(p)
	return nil
}

// change is what monitoring reads of a record.Change.
type change struct {
	Definition int64   `json:"definition"`
	Items      []value `json:"items"`
	Computed   []value `json:"computed"`
}

type value struct {
	Group  string `json:"group"`
	Repeat string `json:"repeat"`
	Item   string `json:"item"`
	Value  string `json:"value"`
}

// read reads text unless reading something before it failed; "" is no change.
func (c *change) read(text string, failed error) error {
	if failed != nil || text == "" {
		return failed
	}
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return fmt.Errorf("a change of a form: %w", err)
	}
	return nil
}

// takeSaved counts the values that a save brought less those that it replaced or cleared: a first save counts, a
// correction of the text counts nothing, a deletion takes back. Each side is read by the version it was saved under.
func (s *Service) takeSaved(ctx context.Context, study casebook.StudyID, st *state, e *ledger.Entry, before, after *change) error {
	for _, side := range [...]struct {
		c    *change
		sign int64
	}{{before, -1}, {after, 1}} {
		if side.c.Definition == 0 {
			continue // there was nothing before
		}
		plan, err := s.plan(ctx, study, side.c.Definition)
		if err != nil {
			return err
		}
		for _, values := range [...][]value{side.c.Items, side.c.Computed} {
			for i := range values {
				st.takeValue(plan, e, &values[i], side.sign)
			}
		}
	}
	return nil
}

func (st *state) takeValue(plan *plan, e *ledger.Entry, v *value, sign int64) {
	at := [2]string{v.Group, v.Item}
	if v.Value != "" {
		for _, k := range plan.counted[at] {
			st.count(st.subject(e.Subject, e.Site), k, sign)
		}
	}
	if sign > 0 && plan.contact[at] {
		p := st.subject(e.Subject, e.Site)
		p.contact = 0
		if t, err := time.Parse(time.DateOnly, v.Value); err == nil { // a date in part is not known yet
			p.contact = floorDay(t.Unix())
		}
		st.recount(p)
	}
}
