package demo

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"casebook"
)

// Kind is what happened.
type Kind string

// The kinds of event.
const (
	Enrol  Kind = "enrol"  // a subject signed consent, has a number now and is screened
	Stand  Kind = "status" // a subject is enrolled, failed screening, left or completed the study, with a Reason
	Save   Kind = "save"   // a coordinator saved items of a form; with a Reason when kept values change
	Report Kind = "report" // a subject sent a diary from the phone
)

// Event is one thing that happened. Enrol and Stand have no form and no items.
type Event struct {
	At          time.Time
	Kind        Kind
	Site        casebook.SiteID
	Subject     casebook.SubjectID
	Event       string // OID of the study event
	EventRepeat string
	Form        string // OID of the form
	FormRepeat  string
	Items       []Item
	Status      string // of a Stand, after it: enrolled, screen_failed, withdrawn, completed
	Reason      string
	By          casebook.UserID // the coordinator; of a Report, the subject
	ID          string          // UUID version 7
}

// Item is one value of a form. Values of hidden and of computed items are left out.
type Item struct {
	Group, Repeat, Item, Value string
}

const (
	day  = 24 * time.Hour
	week = 7 * day
	// span is how long before its end a history starts: most enrol within 26 weeks, and a subject takes 26.
	span = 40 * week
)

// china is the wall clock of the sites. It has had no summer time since 1991, so no zone database is needed.
var china = time.FixedZone("CST", 8*60*60)

// History returns what happened in the 40 weeks before until, in the order of time: the same for the same seed and
// until. Site 07 looks wrong: far too few adverse events, blood pressures that end in 0 or 5 and hardly vary, diaries
// that are never missed. At site 06 many fail screening, at site 02 many leave.
func History(seed uint64, until time.Time) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for _, e := range happened(seed, until) {
			if !yield(e) {
				return
			}
		}
	}
}

func happened(seed uint64, until time.Time) []Event {
	from := until.In(china).Add(-span)
	start := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, china)
	var events []Event
	for i, site := range Sites() {
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		habits := habitsOf(site.ID, chance)
		consents := enrolments(start, habits.subjects, chance)
		if i%3 == 0 { // one more has just come, and is being screened
			consents[len(consents)-1] = atWork(start.Add(span-week+time.Duration(i)*day/2), chance)
		}
		for number, consent := range consents {
			events = append(events, newCourse(site.ID, number+1, consent, habits, chance).live()...)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	late, _ := slices.BinarySearchFunc(events, until, func(e Event, t time.Time) int {
		return cmp.Or(e.At.Compare(t), -1)
	})
	events = events[:late]
	name(events, seed)
	return events
}

// name gives every event an identifier of its own time.
func name(events []Event, seed uint64) {
	clock := casebook.NewClock(time.Time{})
	world := casebook.World{Now: clock.Now, Rand: dice{rand.NewPCG(seed, 1<<32)}}
	for i := range events {
		clock.Set(events[i].At)
		events[i].ID = world.NewID()
	}
}

// dice is a source of chance read as bytes.
type dice struct{ *rand.PCG }

func (d dice) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(d.Uint64())
	}
	return len(b), nil
}

// habits are how a site works.
type habits struct {
	subjects   int
	adverse    float64 // adverse events per subject and day
	scatter    float64 // of repeated blood pressures, as a factor
	step       int     // blood pressures are written in multiples of it
	diligence  float64 // the share of diaries that are sent
	slips      float64 // the share of vital signs with a slip of the pen
	entryDelay float64 // days from a visit to its entry, on average
	failing    float64 // the share of subjects who fail screening
	leaving    float64 // the share of subjects who leave before the end
}

func habitsOf(site casebook.SiteID, chance *rand.Rand) habits {
	subjects := map[casebook.SiteID]int{"01": 24, "02": 18, "03": 26, "04": 20, "05": 16, "06": 18, "07": 20, "08": 18}
	h := habits{
		subjects: subjects[site], adverse: 0.018 * (0.95 + 0.1*chance.Float64()), scatter: 1, step: 1,
		diligence: 0.85 + 0.1*chance.Float64(), slips: 0.09, entryDelay: 1 + 2*chance.Float64(),
		failing: 0.1, leaving: 0.08,
	}
	switch site { // they stand out, by no more than a question is worth
	case "02":
		h.leaving = 0.3
	case "06":
		h.failing = 0.4
	}
	if site == "07" {
		h.adverse, h.scatter, h.step, h.diligence, h.slips = 0.003, 0.25, 5, 0.995, 0
	}
	return h
}

// enrolments returns n moments of consent over 26 weeks, on working days, in the order of time.
func enrolments(start time.Time, n int, chance *rand.Rand) []time.Time {
	moments := make([]time.Time, n)
	for i := range moments {
		at := start.Add(time.Duration(chance.Float64() * float64(26*week)))
		moments[i] = atWork(at, chance)
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments
}

// atWork moves t to between 8:30 and 16:30 of its day, or of the Monday after a weekend.
func atWork(t time.Time, chance *rand.Rand) time.Time {
	t = t.In(china)
	switch t.Weekday() {
	case time.Saturday:
		t = t.Add(2 * day)
	case time.Sunday:
		t = t.Add(day)
	}
	return clock(t, 8.5, 16.5, chance)
}

// clock moves t to between two hours of its day.
func clock(t time.Time, from, to float64, chance *rand.Rand) time.Time {
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, china)
	hours := from + (to-from)*chance.Float64()
	return midnight.Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Second)
}

func subjectID(site casebook.SiteID, number int) casebook.SubjectID {
	return casebook.SubjectID(fmt.Sprintf("HTN-%s-%03d", site, number))
}
