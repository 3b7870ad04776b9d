package edc

import (
	"casebook/odm"
	"casebook/record"
)

// What a condition of the schedule says of a visit or form now; "" where none says anything.
const (
	demanded = "demanded" // it is mandatory
	released = "released" // it is not to be filled in
)

// expectations tell what is expected in one casebook.
type expectations struct {
	st    *record.Study
	forms []*record.Form // nil where no condition stands in the schedule
	in    record.Context
}

// of says what conditions make of ref, which asks for the visit or form at a place.
func (e expectations) of(ref odm.Ref, at record.Key) string {
	if ref.Hidden+ref.MandatoryWhen == "" {
		return ""
	}
	switch now := e.st.Expects(ref, at, e.forms, e.in); {
	case now.Hidden:
		return released
	case now.Mandatory && !ref.Mandatory:
		return demanded
	}
	return ""
}

// ofForm says what conditions make of a form of a visit, of which they say whole.
func (e expectations) ofForm(whole, event, repeat string, f odm.Ref) string {
	now := whole
	if whole != released {
		now = e.of(f, record.Key{Event: event, EventRepeat: repeat, Form: f.OID, FormRepeat: "1"})
	}
	if now == "" && whole == demanded && f.Mandatory {
		now = demanded
	}
	return now
}

// progress is the share of the scheduled, mandatory forms that are complete, and by "event/form" what conditions say of the
// first repeat of each.
func (e expectations) progress(complete map[string]bool) (share float64, said map[string]string) {
	said = map[string]string{}
	expected, done := 0, 0
	for _, visit := range e.st.Index.Schedule() {
		ev := e.st.Index.Event(visit.OID)
		if ev == nil {
			continue
		}
		whole := e.of(visit, record.Key{Event: ev.OID, EventRepeat: "1"})
		for _, f := range ev.Forms {
			at := ev.OID + "/" + f.OID
			now := e.ofForm(whole, ev.OID, "1", f)
			if now != "" {
				said[at] = now
			}
			if now == demanded || now == "" && f.Mandatory && ev.Type == odm.Scheduled {
				expected++
				if complete[at] {
					done++
				}
			}
		}
	}
	if expected > 0 {
		share = float64(done) / float64(expected)
	}
	return share, said
}

// now is in what the rules of a schedule are asked.
func (s *Service) now(st *record.Study) record.Context {
	at := s.ledger.DB().World().Now()
	return record.Context{Now: at, Today: record.Today(at), Zone: "UTC", Country: st.Country}
}
