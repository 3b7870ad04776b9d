package monitor

import (
	"cmp"
	"slices"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/stat"
	"casebook/store"
)

// state is what a study's entries add up to, and the denominators of one moment. It is the same for the same entries and
// moment, however they came in. One goroutine owns it.
type state struct {
	next     int64     // entries below it are in
	newest   time.Time // the newest entry's own time
	at       time.Time // days on study count up to this moment's day at each site
	sites    map[casebook.SiteID]*site
	order    []*site // the sites by id
	subjects map[casebook.SubjectID]*subject
	spread   []stat.Overdispersion // by indicator

	changedSites    []*site
	changedSubjects []*subject
}

type site struct {
	id       casebook.SiteID
	name     odm.Text
	zone     string
	location *time.Location
	today    int64 // the day of state.at here, in days since 1970
	days     int64 // on study, of its subjects together
	counts   []int64
	subjects []*subject
	changed  bool
}

type subject struct {
	id       casebook.SubjectID
	site     *site
	enrolled int64 // µs since 1970; 0 when not enrolled
	left     int64 // µs since 1970, by status; 0 while in the study
	contact  int64 // the day of the last contact, in days since 1970; 0 when none is known
	days     int64
	counts   []int64
	changed  bool
}

func newState(indicators int) *state {
	return &state{sites: map[casebook.SiteID]*site{}, subjects: map[casebook.SubjectID]*subject{},
		spread: make([]stat.Overdispersion, indicators)}
}

// of is what the site has contributed to indicator k.
func (s *site) of(k int) stat.Counts { return stat.Counts{Num: s.counts[k], Den: s.days} }

func (st *state) site(id casebook.SiteID) *site {
	s := st.sites[id]
	if s == nil {
		s = &site{id: id, location: time.UTC, counts: make([]int64, len(st.spread))}
		s.today = dayAt(st.at, s.location)
		st.sites[id] = s
		i, _ := slices.BinarySearchFunc(st.order, id, func(s *site, id casebook.SiteID) int { return cmp.Compare(s.id, id) })
		st.order = slices.Insert(st.order, i, s)
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

// subject returns the subject, first met at a site.
func (st *state) subject(id casebook.SubjectID, at casebook.SiteID) *subject {
	p := st.subjects[id]
	if p == nil {
		p = &subject{id: id, site: st.site(at), counts: make([]int64, len(st.spread))}
		p.site.subjects = append(p.site.subjects, p)
		st.subjects[id] = p
	}
	if !p.changed {
		p.changed = true
		st.changedSubjects = append(st.changedSubjects, p)
	}
	return p
}

// place names a site and says which clock its days follow. An unknown zone is UTC.
func (st *state) place(id casebook.SiteID, name odm.Text, zone string) {
	s := st.site(id)
	st.touchSite(s)
	s.name, s.zone, s.location = name, zone, time.UTC
	if l, err := time.LoadLocation(zone); err == nil {
		s.location = l
	}
	st.turn(s)
}

// count adds to a subject's numerator of indicator k; a correction takes away.
func (st *state) count(p *subject, k int, delta int64) {
	old := p.site.of(k)
	p.counts[k] += delta
	p.site.counts[k] += delta
	st.spread[k].Update(old, p.site.of(k))
}

// recount brings a subject's days on study up to date with its dates.
func (st *state) recount(p *subject) {
	now := p.daysOnStudy()
	st.shift(p.site, now-p.days)
	p.days = now
}

// shift moves a site's denominator, which is that of every indicator.
func (st *state) shift(s *site, days int64) {
	if days == 0 {
		return
	}
	old := s.days
	s.days += days
	for k := range st.spread {
		st.spread[k].Update(stat.Counts{Num: s.counts[k], Den: old}, s.of(k))
	}
}

// daysOnStudy counts from the day of enrolment to the last day on study, both included: the day of last contact if it is
// known, else the day of leaving, else today, and none after today (gsm.core timeonstudy).
func (p *subject) daysOnStudy() int64 {
	if p.enrolled == 0 {
		return 0
	}
	last := p.site.today
	switch {
	case p.contact != 0:
		last = min(last, p.contact)
	case p.left != 0:
		last = min(last, dayAt(store.Time(p.left), p.site.location))
	}
	return max(1, last-dayAt(store.Time(p.enrolled), p.site.location)+1)
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

// advance moves the denominators on to a later moment. Where it is still the same day, nothing moves.
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

// turn counts a site's days anew.
func (st *state) turn(s *site) {
	s.today = dayAt(st.at, s.location)
	total := int64(0)
	for _, p := range s.subjects {
		p.days = p.daysOnStudy()
		total += p.days
	}
	st.shift(s, total-s.days)
}
