package monitor

import (
	"slices"
	"time"

	"casebook"
	"casebook/epro"
	"casebook/ledger"

	"github.com/go-json-experiment/json"
)

// Who uses a phone are the subjects who were enrolled on it and whose right to answer there was not ended. A phone is known by
// the digest of what its browser keeps of itself; one that says nothing counts nowhere, and neither does an inactive subject.

// device is what monitoring reads of a phone's enrolment.
type device struct {
	Phone string    `json:"phone"`
	Ended time.Time `json:"endedAt"`
}

func (st *state) takeDevice(e *ledger.Entry) error {
	var d device
	if err := json.Unmarshal([]byte(e.New), &d); err != nil {
		return err
	}
	p := st.subject(e.Subject, e.Site)
	switch known := p.chart.Phones[e.Ref]; {
	case e.What == epro.DeviceEnrolled && d.Phone != "" && known == "":
		if p.chart.Phones == nil {
			p.chart.Phones = map[string]string{}
		}
		p.chart.Phones[e.Ref] = d.Phone
		st.use(p, d.Phone, 1)
	case e.What == epro.DeviceEnded && known != "":
		delete(p.chart.Phones, e.Ref)
		st.use(p, known, -1)
	default:
		return nil
	}
	st.touchChart(p)
	return nil
}

// use adds a subject to those who use a phone, or with sign -1 takes it away, and counts anew who shares one.
func (st *state) use(p *subject, phone string, sign int) {
	if p.counted() {
		st.uses(p, phone, sign)
	}
	st.rephone(p)
	for q := range st.phones[phone] {
		st.rephone(q)
	}
}

// uses only notes it.
func (st *state) uses(p *subject, phone string, sign int) {
	by := st.phones[phone]
	if by == nil {
		by = map[*subject]int{}
		st.phones[phone] = by
	}
	if by[p] += sign; by[p] <= 0 {
		delete(by, p)
	}
	if len(by) == 0 {
		delete(st.phones, phone)
	}
}

// regroup takes a subject that has become inactive away from its phones, or one that is active again back to them.
func (st *state) regroup(p *subject) {
	sign := int(2*one(p.counted()) - 1)
	for _, phone := range p.chart.Phones {
		st.uses(p, phone, sign)
	}
	st.rephone(p)
	for _, phone := range p.chart.Phones {
		for q := range st.phones[phone] {
			st.rephone(q)
		}
	}
}

// rephone counts anew whether a subject has a phone, and one that others use, too.
func (st *state) rephone(p *subject) {
	shared := int64(0)
	for _, phone := range p.chart.Phones {
		by := st.phones[phone]
		if _, own := by[p]; len(by) > 1 || len(by) == 1 && !own {
			shared = 1
		}
	}
	st.touch(p)
	for slot, m := range st.slots {
		switch m.Of {
		case ofPhones:
			st.set(p, slot, one(len(p.chart.Phones) > 0))
		case ofShared:
			st.set(p, slot, shared)
		}
	}
}

// together are the others who use a subject's phones, by phone.
func (st *state) together(id casebook.SubjectID) map[string]string {
	of := map[string]string{}
	p := st.subjects[id]
	if p == nil {
		return of
	}
	for device, phone := range p.chart.Phones {
		var others []casebook.SubjectID
		for q := range st.phones[phone] {
			if q != p {
				others = append(others, q.id)
			}
		}
		if slices.Sort(others); len(others) > 0 {
			of[device] = joined(others)
		}
	}
	return of
}
