package monitor

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/stat"
	"casebook/store"
	"casebook/trial"
)

// clinic keeps in the plainest way when subjects came, what waits to be verified, and who answers on which phone.
type clinic struct {
	subjects map[casebook.SubjectID]*clinicSubject
	plan     record.Plan
}

type clinicSubject struct {
	id       casebook.SubjectID
	site     casebook.SiteID
	enrolled time.Time
	inactive bool
	days     map[string]map[string]time.Time // by visit and form
	pages    map[string]*clinicPage
	phones   map[string]string
}

type clinicPage struct {
	values map[string]bool // items that are there, and whether they wait
	since  time.Time
	done   bool
}

func (g *clinicPage) settle(at time.Time) {
	waiting := slices.Contains(slices.Collect(maps.Values(g.values)), true)
	if !waiting {
		g.since = time.Time{}
	} else if g.since.IsZero() {
		g.since = at
	}
}

func (c *clinic) needs(p *clinicSubject, item string) bool {
	return c.plan.Requires(demo.ID, p.site, p.id, "F.VS", item)
}

// batch counts every site over every subject, for the three indicators.
func (c *clinic) batch(now time.Time) map[string]map[casebook.SiteID]stat.Counts {
	out := map[string]map[casebook.SiteID]stat.Counts{"visit-window": {}, "sdv-backlog": {}, "shared-phones": {}}
	add := func(kri string, p *clinicSubject, num, den bool) {
		n := out[kri][p.site]
		n.Num, n.Den = n.Num+one(num), n.Den+one(den)
		out[kri][p.site] = n
	}
	for _, p := range c.subjects {
		if p.inactive {
			continue
		}
		v1, v2 := p.first("V1"), p.first("V2")
		since := func(a, b time.Time) int { return int(b.Sub(a.Truncate(24*time.Hour)).Hours() / 24) }
		if !v1.IsZero() {
			n := since(p.enrolled, v1)
			add("visit-window", p, n < 0 || n > 3, true)
		}
		if !v1.IsZero() && !v2.IsZero() {
			n := since(v1, v2)
			add("visit-window", p, n < 12 || n > 16, true)
		}
		for _, g := range p.pages {
			late := !g.since.IsZero() && now.Truncate(24*time.Hour).Sub(g.since.Truncate(24*time.Hour)) > 30*24*time.Hour
			add("sdv-backlog", p, late, late || g.done)
		}
		if len(p.phones) > 0 {
			add("shared-phones", p, c.shared(p), true)
		}
	}
	return out
}

func (p *clinicSubject) first(visit string) (day time.Time) {
	for _, d := range p.days[visit] {
		if day.IsZero() || d.Before(day) {
			day = d
		}
	}
	return day
}

func (c *clinic) shared(p *clinicSubject) bool {
	for _, q := range c.subjects {
		for _, phone := range q.phones {
			if q != p && !q.inactive && slices.Contains(slices.Collect(maps.Values(p.phones)), phone) {
				return true
			}
		}
	}
	return false
}

// histories makes a random history of n entries: visits and their corrections, marks and marks taken back, other plans, phones given
// and ended, subjects who become inactive, come back and are transferred.
func histories(r *rand.Rand, n int) ([]ledger.Entry, *clinic) {
	c := &clinic{subjects: map[casebook.SubjectID]*clinicSubject{}, plan: record.Plan{Sample: 100}}
	rec, now := newRecorder(), until.Add(-time.Duration(n)*8*time.Hour)
	sites := []casebook.SiteID{"01", "02", "03"}
	var entries []ledger.Entry
	for _, id := range sites {
		entries = append(entries, siteAdded(now, trial.Site{ID: id, Zone: "UTC"}))
	}
	var ids []casebook.SubjectID
	for len(entries) < n {
		now = now.Add(time.Duration(r.Int64N(int64(16 * time.Hour))))
		if len(ids) == 0 || r.IntN(12) == 0 {
			id := casebook.SubjectID(fmt.Sprintf("P-%03d", len(ids)))
			p := &clinicSubject{id: id, site: sites[r.IntN(len(sites))], enrolled: now, days: map[string]map[string]time.Time{}, pages: map[string]*clinicPage{}, phones: map[string]string{}}
			ids, c.subjects[id] = append(ids, id), p
			entries = append(entries, enrolled(now, p.site, id))
			continue
		}
		if r.IntN(40) == 0 {
			c.plan = record.Plan{Sample: []int{0, 50, 100}[r.IntN(3)], Sites: map[casebook.SiteID]int{"02": r.IntN(101)}, Items: []string{"IT.SYS"}[:r.IntN(2)]}
			entries = append(entries, ledger.Entry{At: now, What: record.PlanSet, Ref: fmt.Sprint(len(entries)), New: text(c.plan)})
			for _, p := range c.subjects {
				c.release(p, now)
			}
			continue
		}
		entries = append(entries, c.act(r, rec, now, c.subjects[ids[r.IntN(len(ids))]]))
	}
	return entries, c
}

// release lets values go that the plan does not ask for.
func (c *clinic) release(p *clinicSubject, now time.Time) {
	for _, g := range p.pages {
		for item, waits := range g.values {
			g.values[item] = waits && c.needs(p, item)
		}
		g.settle(now)
	}
}

// act lets one thing happen to a subject.
func (c *clinic) act(r *rand.Rand, rec *recorder, now time.Time, p *clinicSubject) ledger.Entry {
	visit, form := []string{"V1", "V2"}[r.IntN(2)], []string{"1", "2"}[r.IntN(2)]
	key := record.Key{Study: demo.ID, Subject: p.id, Event: visit, EventRepeat: "1", Form: "F.VS", FormRepeat: form}
	switch r.IntN(12) {
	case 0:
		p.inactive = !p.inactive
		return statusChanged(now, p.site, p.id, map[bool]patient.Status{true: patient.Inactive, false: patient.Enrolled}[p.inactive])
	case 1:
		from := p.site
		p.site = []casebook.SiteID{"01", "02", "03"}[r.IntN(3)]
		if p.site != from {
			c.release(p, now)
		}
		return ledger.Entry{At: now, What: patient.VerbTransferred, Subject: p.id, Site: from, Ref: string(p.id), Old: `{"site":"` + string(from) + `"}`, New: `{"site":"` + string(p.site) + `"}`}
	case 2, 3:
		device := fmt.Sprint(p.id, "/", r.IntN(3))
		if known := p.phones[device]; known != "" {
			delete(p.phones, device)
			return phoned(now, epro.DeviceEnded, p.site, p.id, device, known)
		}
		p.phones[device] = fmt.Sprint("phone ", r.IntN(6))
		return phoned(now, epro.DeviceEnrolled, p.site, p.id, device, p.phones[device])
	case 4, 5, 6:
		return c.mark(r, now, p, key)
	}
	return c.save(r, rec, now, p, key)
}

// save brings, changes or clears values.
func (c *clinic) save(r *rand.Rand, rec *recorder, now time.Time, p *clinicSubject, key record.Key) ledger.Entry {
	g := p.pages[key.Ref()]
	if g == nil {
		g = &clinicPage{values: map[string]bool{}}
		p.pages[key.Ref()] = g
	}
	set := func(item, value string) record.Value {
		if delete(g.values, item); value != "" {
			g.values[item] = c.needs(p, item)
		}
		return record.Value{Group: "G.VS", Repeat: "1", Item: item, Value: value}
	}
	day := p.enrolled.AddDate(0, 0, r.IntN(9)-2).Truncate(24 * time.Hour)
	if key.Event == "V2" {
		day = day.AddDate(0, 0, 12)
	}
	if p.days[key.Event] == nil {
		p.days[key.Event] = map[string]time.Time{}
	}
	p.days[key.Event][key.FormRepeat] = day
	said := day.Format(time.DateOnly)
	if r.IntN(5) == 0 {
		delete(p.days[key.Event], key.FormRepeat)
		said = ""
	}
	values := []record.Value{set("IT.VSDAT", said), set("IT.SYS", []string{"", "120", "131"}[r.IntN(3)])}
	g.settle(now)
	return rec.saved(now, p.site, key, values...)
}

// mark verifies values, or takes marks back.
func (c *clinic) mark(r *rand.Rand, now time.Time, p *clinicSubject, key record.Key) ledger.Entry {
	g := p.pages[key.Ref()]
	if g == nil || len(g.values) == 0 {
		return ledger.Entry{At: now, What: "edc.list.exported", Site: p.site}
	}
	var marks, taken []record.Mark
	undo := r.IntN(4) == 0
	for _, item := range slices.Sorted(maps.Keys(g.values)) {
		m := record.Mark{Group: "G.VS", Repeat: "1", Item: item, Version: 1}
		switch {
		case undo && !g.values[item]:
			taken, g.values[item], g.done = append(taken, m), c.needs(p, item), false
		case !undo && r.IntN(3) > 0:
			marks, g.values[item] = append(marks, m), false
		}
	}
	if len(marks)+len(taken) == 0 {
		return ledger.Entry{At: now, What: "edc.list.exported", Site: p.site}
	}
	done := !slices.Contains(slices.Collect(maps.Values(g.values)), true)
	g.done = g.done || done
	g.settle(now)
	return reviewed(now, p.site, p.id, key.Ref(), done, marks, taken)
}

// agrees compares a state with the batch.
func (c *clinic) agrees(t *testing.T, st *state) {
	t.Helper()
	for kri, want := range c.batch(st.at) {
		k, _ := st.find(kri)
		for _, s := range st.order {
			if got := st.of(s, k); got != want[s.id] {
				t.Errorf("%s at %s: %+v, in a batch %+v", kri, s.id, got, want[s.id])
			}
		}
	}
}

func TestVisitsMarksAndPhonesGiveWhatABatchGives(t *testing.T) {
	t.Parallel()
	def := everything()
	s := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	seen := map[string]stat.Counts{}
	for seed := range rounds() {
		r := rand.New(rand.NewPCG(seed, 11))
		entries, c := histories(r, 40+r.IntN(260))
		st := newState(s.base)
		for rest := indexed(entries); len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			if err := s.take(t.Context(), demo.ID, st, rest[:n]); err != nil {
				t.Fatal(err)
			}
			if rest = rest[n:]; r.IntN(2) == 0 {
				st.advance(st.newest)
				st.figures(1)
			}
		}
		st.advance(until.Add(time.Duration(r.Int64N(int64(60 * 24 * time.Hour)))))
		c.agrees(t, st)
		if comparedAnew(t, st); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		for kri, sites := range c.batch(st.at) {
			for _, n := range sites {
				seen[kri] = stat.Counts{Num: seen[kri].Num + n.Num, Den: seen[kri].Den + n.Den}
			}
		}
	}
	for kri, n := range seen { // the control: histories in which nothing happens would agree, too
		if n.Num == 0 || n.Num >= n.Den {
			t.Errorf("%s was never put to the test: %+v", kri, n)
		}
	}
}

// The follower is stopped, loses a transaction, and another service goes on from the tables.
func TestTheTablesHoldVisitsMarksAndPhones(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		w.def = everything()
		entries, c := histories(rand.New(rand.NewPCG(5, 11)), 700)
		s := w.service()
		for part := range slices.Chunk(entries, 350) {
			w.enter(part...)
			w.followWithAnAccident(s)
			s = w.service() // a new process
		}
		w.eventually("everything taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) })
		stored, refolded := w.stored(s), w.refolded(s)
		c.agrees(w.T, stored)
		c.agrees(w.T, refolded)
		w.sameState(stored, refolded)
	})
}
