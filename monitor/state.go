package monitor

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/stat"
	"casebook/store"
)

// state is what a study's entries add up to, and what depends on the day at one moment. It is the same for the same
// entries and moment, however they came in. One goroutine owns it.
type state struct {
	*catalogue
	id       casebook.StudyID // of the study
	next     int64            // entries below it are in
	begun    int64            // those from here on ahead of the transaction that says so
	kept     int64            // the tables hold those below it
	keptAt   time.Time
	newest   time.Time // the newest entry's own time
	at       time.Time // days count up to this moment's day at each site
	sites    map[casebook.SiteID]*site
	order    []*site // the sites by id
	subjects map[casebook.SubjectID]*subject
	spread   []stat.Overdispersion // by indicator
	tables   []Table               // by indicator, as they were last read; one without sites is to be made anew
	week     int64                 // that is under way for vigils, in weeks since 1970; 0 before any entry
	prints   *prints
	phones   map[string]map[*subject]int // who uses each, on how many devices
	verify   record.Plan                 // which values are compared with the source
	plans    map[int64]*plan             // by version of the definition, as far as subjects need them
	found    map[string]*finding         // by detector
	looks    int                         // that detectors may still take at all sites, for these figures
	awaited  bool                        // whether entries or readers wait for it: no look over many subjects while they do
	loading  bool                        // whether the newest values came with a file

	changedSites    []*site
	changedSubjects []*subject
	changedCharts   []*subject
	changedPages    []*page

	before, after record.Change // the save that is being taken in
	pressed       [2]pressed    // and its measurements
}

type site struct {
	id       casebook.SiteID
	name     odm.Text
	zone     string
	location *time.Location
	today    int64   // the day of state.at here, in days since 1970
	counts   []int64 // by slot, of its subjects together
	subjects []*subject
	hands    map[casebook.UserID]*hand // who saved here last
	vigils   map[string]*vigil         // what is watched week by week
	changed  bool

	readings // of its subjects together
}

// hand is somebody's last save at a site.
type hand struct {
	At      int64              `json:"at"` // µs since 1970
	Subject casebook.SubjectID `json:"subject"`
}

type subject struct {
	id       casebook.SubjectID
	site     *site
	enrolled int64 // µs since 1970; 0 when not enrolled
	left     int64 // µs since 1970, by status; 0 while in the study
	contact  int64 // the day of the last contact, in days since 1970; 0 when none is known
	counts   []int64
	memory   memory
	chart    chart
	changed  bool
	charted  bool                // whether the chart has changed
	course   map[string][]*print // forms with measurements, by kind, in the order of visits
	pages    map[string]*page    // forms of which something was to be verified, by their place
}

// memory is what of a subject's past the measures need.
type memory struct {
	Status  patient.Status   `json:"status,omitempty"`
	Report  int64            `json:"report,omitzero"`   // µs of the last report
	Changed []uint64         `json:"changed,omitempty"` // the places whose kept value was ever changed, in order
	Open    map[string]int64 `json:"open,omitempty"`    // queries that are open, and since when in µs
	Since   int64            `json:"since,omitzero"`    // the day from which days on study count, where the data say one
	Held    []int64          `json:"held,omitempty"`    // by slot, what counts while the status allows, and queries closed late
}

func (m *memory) held(slot int) int64 {
	if slot < len(m.Held) {
		return m.Held[slot]
	}
	return 0
}

func (m *memory) hold(slot int, delta int64) {
	for len(m.Held) <= slot {
		m.Held = append(m.Held, 0)
	}
	m.Held[slot] += delta
}

func newState(c *catalogue) *state {
	st := &state{catalogue: c, sites: map[casebook.SiteID]*site{}, subjects: map[casebook.SubjectID]*subject{}, prints: newPrints(), plans: map[int64]*plan{}, phones: map[string]map[*subject]int{}, verify: record.Plan{Sample: 100}, found: map[string]*finding{}}
	st.respread()
	return st
}

// respread adds up the sites anew.
func (st *state) respread() {
	st.spread, st.tables = make([]stat.Overdispersion, len(st.indicators)), make([]Table, len(st.indicators))
	for k, in := range st.indicators {
		st.spread[k] = stat.Of(in.kind(), func(yield func(stat.Counts) bool) {
			for _, s := range st.order {
				if !yield(st.of(s, k)) {
					return
				}
			}
		})
	}
}

// of is what the site has contributed to indicator k.
func (c *catalogue) of(s *site, k int) stat.Counts {
	return stat.Counts{Num: s.counts[c.num[k]], Den: s.counts[c.den[k]]}
}

func (st *state) site(id casebook.SiteID) *site {
	s := st.sites[id]
	if s == nil {
		s = &site{id: id, location: time.UTC, counts: make([]int64, len(st.slots)), hands: map[casebook.UserID]*hand{}}
		s.today = dayAt(st.at, s.location)
		st.sites[id] = s
		i, _ := slices.BinarySearchFunc(st.order, id, func(s *site, id casebook.SiteID) int { return cmp.Compare(s.id, id) })
		st.order = slices.Insert(st.order, i, s)
		clear(st.tables)
		st.touchSite(s)
	}
	return s
}

func (st *state) touchSite(s *site) {
	if !s.changed {
		s.changed = true
		st.changedSites = append(st.changedSites, s)
	}
}

func (st *state) touch(p *subject) {
	if !p.changed {
		p.changed = true
		st.changedSubjects = append(st.changedSubjects, p)
	}
}

// subject returns the subject, first met at a site.
func (st *state) subject(id casebook.SubjectID, at casebook.SiteID) *subject {
	p := st.subjects[id]
	if p == nil {
		p = &subject{id: id, site: st.site(at), counts: make([]int64, len(st.slots))}
		p.site.subjects = append(p.site.subjects, p)
		st.subjects[id] = p
	}
	st.touch(p)
	return p
}

// move takes a subject with all that it contributes to another site.
func (st *state) move(p *subject, to casebook.SiteID) {
	if p.site.id == to {
		return
	}
	from, s := p.site, st.site(to)
	if p.counted() {
		st.contribute(p, from, -1)
		st.contribute(p, s, 1)
	}
	from.subjects = slices.DeleteFunc(from.subjects, func(q *subject) bool { return q == p })
	s.subjects = append(s.subjects, p)
	p.site = s
	st.touch(p)
	st.recount(p)
	st.replan(p)
	st.release(p, st.newest)
}

// place names a site and says which clock its days follow. An unknown zone is UTC.
func (st *state) place(id casebook.SiteID, name odm.Text, zone string) {
	s := st.site(id)
	st.touchSite(s)
	s.name, s.zone, s.location = name, zone, time.UTC
	clear(st.tables)
	if l, err := time.LoadLocation(zone); err == nil {
		s.location = l
	}
	st.turn(s)
	for _, p := range s.subjects {
		st.replan(p) // its days are those of the zone
	}
}

// count adds to what a subject contributes to a slot; a correction takes away.
func (st *state) count(p *subject, slot int, delta int64) {
	p.counts[slot] += delta
	if p.counted() {
		st.shift(p.site, slot, delta)
	}
}

// counted reports whether the subject contributes to its site: not while it is inactive.
func (p *subject) counted() bool { return p.memory.Status != patient.Inactive }

// stand brings a subject into a status. One that becomes inactive takes all that it contributes out of its site, and brings
// it back when it is active again.
func (st *state) stand(p *subject, status patient.Status) {
	before := p.counted()
	p.memory.Status = status
	if now := p.counted(); now != before {
		st.contribute(p, p.site, 2*one(now)-1)
		st.regroup(p)
	}
}

// contribute adds all that a subject has contributed to a site, or with sign -1 takes it away.
func (st *state) contribute(p *subject, s *site, sign int64) {
	for slot, n := range p.counts {
		st.shift(s, slot, sign*n)
	}
	s.join(&p.chart.readings, sign)
	st.rebase(p, s, sign)
}

// shift moves a site's count of one slot, and with it every indicator that uses it, in constant time.
func (st *state) shift(s *site, slot int, delta int64) {
	if delta == 0 {
		return
	}
	for _, k := range st.users[slot] {
		old := st.of(s, k)
		now := old
		if st.num[k] == slot {
			now.Num += delta
		}
		if st.den[k] == slot {
			now.Den += delta
		}
		st.spread[k].Update(old, now)
		st.tables[k].Sites = nil
	}
	s.counts[slot] += delta
}

// recount brings what follows from a subject's dates and status up to date.
func (st *state) recount(p *subject) {
	for slot, m := range st.slots {
		switch {
		case m.Of == ofDays:
			st.set(p, slot, p.daysOnStudy())
		case m.Of == ofStatus:
			st.set(p, slot, p.standsIn(m.Status))
		case m.Of == ofQueries && m.Older > 0:
			st.set(p, slot, p.overdue(slot, m.Older))
		case m.Of == ofUnverified || m.Of == ofVerifiable:
			st.set(p, slot, p.verifiable(m))
		case m.Of == ofValues && len(m.Status) > 0:
			st.set(p, slot, p.memory.held(slot)*p.standsIn(m.Status))
		}
	}
}

func (st *state) set(p *subject, slot int, n int64) {
	if n != p.counts[slot] {
		st.count(p, slot, n-p.counts[slot])
	}
}

// standsIn is 1 for a subject in one of the states, or in any where none is named.
func (p *subject) standsIn(states []patient.Status) int64 {
	if p.memory.Status != "" && (len(states) == 0 || slices.Contains(states, p.memory.Status)) {
		return 1
	}
	return 0
}

// overdue counts the queries that were open for more than so many days.
func (p *subject) overdue(slot, days int) int64 {
	n := p.memory.held(slot)
	for _, since := range p.memory.Open {
		if p.site.today-dayAt(store.Time(since), p.site.location) > int64(days) {
			n++
		}
	}
	return n
}

// ask notes that a query was opened.
func (st *state) ask(p *subject, id string, at time.Time) {
	if p.memory.Open == nil {
		p.memory.Open = map[string]int64{}
	}
	p.memory.Open[id] = store.Micros(at)
}

// settle notes that a query was closed.
func (st *state) settle(p *subject, id string, at time.Time) {
	since, ok := p.memory.Open[id]
	if !ok {
		return
	}
	delete(p.memory.Open, id)
	age := dayAt(at, p.site.location) - dayAt(store.Time(since), p.site.location)
	for slot, m := range st.slots {
		if m.Of == ofQueries && m.Older > 0 && age > int64(m.Older) {
			p.memory.hold(slot, 1)
		}
	}
}

// alter notes that a kept value was changed, and reports whether it is the first time at its place.
func (p *subject) alter(ref string, v *record.Value) bool {
	h := fnv.New64a()
	for _, s := range [...]string{ref, "\x00", v.Group, "\x00", v.Repeat, "\x00", v.Item} {
		_, _ = h.Write([]byte(s))
	}
	place := h.Sum64()
	i, known := slices.BinarySearch(p.memory.Changed, place)
	if !known {
		p.memory.Changed = slices.Insert(p.memory.Changed, i, place)
	}
	return !known
}

// daysOnStudy counts from the day of enrolment to the last day on study, both included: the day of last contact if it is
// known, else the day of leaving, else today, and none after today (gsm.core timeonstudy).
func (p *subject) daysOnStudy() int64 { return p.daysUpTo(p.site.today) }

func (p *subject) daysUpTo(last int64) int64 {
	if p.enrolled == 0 {
		return 0
	}
	switch {
	case p.contact != 0:
		last = min(last, p.contact)
	case p.left != 0:
		last = min(last, dayAt(store.Time(p.left), p.site.location))
	}
	first := dayAt(store.Time(p.enrolled), p.site.location)
	if p.memory.Since != 0 {
		first = p.memory.Since
	}
	return max(1, last-first+1)
}

// dayAt is the calendar day of a moment at a place, in days since 1970.
func dayAt(t time.Time, l *time.Location) int64 {
	if t.IsZero() {
		return 0
	}
	_, offset := t.In(l).Zone()
	return floorDay(t.Unix() + int64(offset))
}

func floorDay(seconds int64) int64 {
	const day = 24 * 60 * 60
	if seconds < 0 {
		seconds -= day - 1
	}
	return seconds / day
}

// advance moves what depends on the day on to a later moment. Where it is still the same day, nothing moves.
func (st *state) advance(to time.Time) {
	if !to.After(st.at) {
		return
	}
	st.at = to
	for _, s := range st.order {
		if dayAt(to, s.location) != s.today {
			st.turn(s)
		}
	}
}

// turn counts anew what depends on the site's day.
func (st *state) turn(s *site) {
	s.today = dayAt(st.at, s.location)
	for _, p := range s.subjects {
		st.recount(p)
	}
}

// finite keeps what JSON can say.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
