package monitor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/stat"
	"casebook/store"
	"casebook/trial"
)

func nearly(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-12*max(1, math.Abs(a), math.Abs(b))
}

// model keeps what a study says in the plainest way, and counts it all from the beginning when asked.
type model struct {
	zones    map[casebook.SiteID]string
	subjects map[casebook.SubjectID]*modelSubject
}

type modelSubject struct {
	site           casebook.SiteID
	enrolled, left time.Time
	contact        string
	events         map[string]string // form repeat to term
	inactive       bool
}

// batch counts every site over every subject.
func (m *model) batch(at time.Time) map[casebook.SiteID]stat.Counts {
	counts := map[casebook.SiteID]stat.Counts{}
	for _, p := range m.subjects {
		if p.inactive {
			continue
		}
		zone, err := time.LoadLocation(m.zones[p.site])
		if err != nil {
			panic(err)
		}
		day := func(t time.Time) time.Time {
			y, mo, d := t.In(zone).Date()
			return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
		}
		last := day(at)
		if known, err := time.Parse(time.DateOnly, p.contact); err == nil {
			if known.Before(last) {
				last = known
			}
		} else if !p.left.IsZero() && day(p.left).Before(last) {
			last = day(p.left)
		}
		c := counts[p.site]
		c.Den += max(1, int64(last.Sub(day(p.enrolled)).Hours()/24)+1)
		for _, term := range p.events {
			if term != "" {
				c.Num++
			}
		}
		counts[p.site] = c
	}
	return counts
}

// chances makes a random history of n entries and the model of what it says.
func chances(r *rand.Rand, n int) ([]ledger.Entry, *model) {
	m := &model{zones: map[casebook.SiteID]string{}, subjects: map[casebook.SubjectID]*modelSubject{}}
	rec, at := newRecorder(), until.Add(-time.Duration(n)*3*time.Hour)
	zones := []string{"Asia/Shanghai", "America/Los_Angeles", "UTC", "Pacific/Apia"}
	var entries []ledger.Entry
	for i := range 9 {
		id := casebook.SiteID(fmt.Sprintf("%02d", i+1))
		m.zones[id] = zones[r.IntN(len(zones))]
		entries = append(entries, siteAdded(at, trial.Site{ID: id, Zone: m.zones[id], Name: odm.Text{"en": "Site " + string(id), "zh-CN": "中心"}}))
	}
	sites := slices.Sorted(maps.Keys(m.zones))
	var ids []casebook.SubjectID
	for len(entries) < n {
		at = at.Add(time.Duration(r.Int64N(int64(6 * time.Hour))))
		if len(ids) == 0 || r.IntN(8) == 0 {
			id := casebook.SubjectID(fmt.Sprintf("P-%04d", len(ids)))
			ids = append(ids, id)
			p := &modelSubject{site: sites[r.IntN(len(sites))], enrolled: at, events: map[string]string{}}
			m.subjects[id] = p
			entries = append(entries, enrolled(at, p.site, id))
			continue
		}
		id := ids[r.IntN(len(ids))]
		if p := m.subjects[id]; r.IntN(25) == 0 { // to another site, with all that it has contributed
			p.site, p.left, p.inactive = sites[r.IntN(len(sites))], time.Time{}, false
			entries = append(entries, statusChanged(at, p.site, id, patient.Enrolled))
			continue
		}
		if p := m.subjects[id]; r.IntN(25) == 0 { // transferred, wherever it stands
			from := p.site
			p.site = sites[r.IntN(len(sites))]
			entries = append(entries, ledger.Entry{ID: fmt.Sprint("move ", len(entries)), Study: demo.ID, Subject: id, Site: from, At: at, What: patient.VerbTransferred, Ref: string(id),
				Old: `{"site":"` + string(from) + `"}`, New: `{"site":"` + string(p.site) + `"}`})
			continue
		}
		entries = append(entries, m.subjects[id].act(r, rec, at, id))
	}
	return entries, m
}

// act lets one thing happen to a subject.
func (p *modelSubject) act(r *rand.Rand, rec *recorder, at time.Time, id casebook.SubjectID) ledger.Entry {
	key := record.Key{Study: demo.ID, Subject: id, Event: "E.AE", EventRepeat: "1", Form: "F.AE", FormRepeat: fmt.Sprint(1 + r.IntN(6))}
	switch r.IntN(10) {
	case 0:
		if p.left, p.inactive = at, r.IntN(3) == 0; p.inactive {
			return statusChanged(at, p.site, id, patient.Inactive)
		}
		return statusChanged(at, p.site, id, patient.Withdrawn)
	case 1:
		p.left, p.inactive = time.Time{}, false
		return statusChanged(at, p.site, id, patient.Enrolled)
	case 2:
		p.contact = []string{"", "2026-11", at.AddDate(0, 0, r.IntN(40)-30).Format(time.DateOnly)}[r.IntN(3)]
		key.Event, key.Form, key.FormRepeat = "E.END", "F.DS", "1"
		return rec.saved(at, p.site, key, record.Value{Group: "IG.DS", Repeat: "1", Item: "IT.DSDAT", Value: p.contact})
	case 3: // another item of the form counts nothing
		return rec.saved(at, p.site, key, record.Value{Group: "IG.AE", Repeat: "1", Item: "IT.AESEV", Value: "MILD"})
	case 4: // cleared, or with the reason for a blank
		p.events[key.FormRepeat] = ""
		return rec.saved(at, p.site, key, record.Value{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM", Blank: []string{"", "unknown"}[r.IntN(2)]})
	}
	p.events[key.FormRepeat] = []string{"Dizziness", "Headache", "Cough"}[r.IntN(3)]
	return rec.saved(at, p.site, key, record.Value{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM", Value: p.events[key.FormRepeat]})
}

// agrees compares a state with a batch calculation.
func agrees(t *testing.T, st *state, m *model) {
	t.Helper()
	want := m.batch(st.at)
	funnel := stat.Of(stat.Rate, maps.Values(want)).Funnel()
	table := st.figures(everyDetector).table("kri0001")
	if got := table.Funnel; !nearly(got.Mean, funnel.Mean) || !nearly(got.Factor, funnel.Factor) || got.Sites != funnel.Sites {
		t.Errorf("funnel %+v, in a batch %+v", got, funnel)
	}
	for _, r := range table.Sites {
		if r.Counts != want[r.Site] || !nearly(r.Score, funnel.Score(want[r.Site])) {
			t.Errorf("site %s: %+v, in a batch %+v with score %v", r.Site, r, want[r.Site], funnel.Score(want[r.Site]))
		}
	}
}

// comparedAnew compares the tables of a state that read them before with those of one that never did.
func comparedAnew(t *testing.T, st *state) {
	t.Helper()
	text := func(v any) string { return fmt.Sprintf("%+v", v) } // where NaN is NaN
	known := st.figures(everyDetector)
	clear(st.tables)
	clear(st.found)
	for i, want := range st.figures(everyDetector).Tables {
		got := known.Tables[i]
		alike := text(got.Funnel) == text(want.Funnel) && got.Late == want.Late && text(got.Study) == text(want.Study) && len(got.Sites) == len(want.Sites)
		for n := 0; alike && n < len(want.Sites); n++ {
			a, b := got.Sites[n], want.Sites[n]
			if a.Detected != nil && b.Detected != nil {
				alike = text(*a.Detected) == text(*b.Detected)
				a.Detected, b.Detected = nil, nil
			}
			alike = alike && text(a) == text(b)
		}
		if !alike {
			t.Errorf("%s is not as it is when made anew", want.Indicator.ID)
		}
	}
}

// rounds are the seeds that are tried.
func rounds() uint64 {
	if testing.Short() {
		return 20
	}
	return 1000
}

func indexed(entries []ledger.Entry) []ledger.Entry {
	for i := range entries {
		entries[i].Index = int64(i)
	}
	return entries
}

func TestAStreamOfEntriesGivesWhatABatchGives(t *testing.T) {
	t.Parallel()
	def := htn(t)
	s := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	for seed := range rounds() {
		r := rand.New(rand.NewPCG(seed, 7))
		entries, m := chances(r, 40+r.IntN(160))
		st := newState(s.base)
		for rest := indexed(entries); len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			if err := s.take(t.Context(), demo.ID, st, rest[:n]); err != nil {
				t.Fatal(err)
			}
			if rest = rest[n:]; r.IntN(2) == 0 {
				st.advance(st.newest)
				st.figures(1) // as the follower does
			}
		}
		st.advance(until.Add(time.Duration(r.Int64N(int64(400 * 24 * time.Hour)))))
		agrees(t, st, m)
		comparedAnew(t, st)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// The follower is stopped again and again, loses a transaction on the way, and each time another service goes on.
func TestTheTablesHoldWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		entries, m := chances(rand.New(rand.NewPCG(5, 5)), 4*ledger.Batch)
		s := w.service()
		few := keepSmall - 1 // whose rows are written at once
		for _, part := range [...][]ledger.Entry{entries[:few], entries[few : 2*ledger.Batch], entries[2*ledger.Batch:]} {
			w.enter(part...)
			w.followWithAnAccident(s)
			s = w.service() // a new process
		}
		w.eventually("everything taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) })
		if (w.ahead > 0) == w.db.Postgres() {
			w.Errorf("%d steps were taken in ahead of their transaction", w.ahead)
		}
		stored, refolded := w.stored(s), w.refolded(s)
		agrees(w.T, stored, m)
		agrees(w.T, refolded, m)
		w.sameState(stored, refolded)

		w.must(w.db.Update(w.Context(), func(tx *store.Tx) error { // the tables are lost
			if err := replace(w.Context(), tx, demo.ID); err != nil {
				return err
			}
			_, err := tx.Exec(w.Context(), `UPDATE monitor_study SET indicators = 'others' WHERE study_id = $1`, demo.ID)
			return err
		}))
		w.must(s.catchUpWithIndicators(w.Context()))
		w.sameState(w.stored(s), refolded)
	})
}

// followWithAnAccident lets s follow until it has everything; the first transaction is undone at its very end, and so is one whose entries were
// taken in ahead of it, on SQLite.
func (w *ward) followWithAnAccident(s *Service) {
	w.Helper()
	accident := true
	stop := w.run(func(ctx context.Context) error {
		return w.l.FollowAhead(ctx, follower, s.ahead, func(ctx context.Context, lw *ledger.Writer, entries []ledger.Entry) error {
			if st := s.watch(demo.ID).state; st != nil && st.begun == entries[0].Index && st.next > st.begun {
				w.ahead++
				accident = accident || w.ahead%2 == 1
			}
			if err := s.follow(ctx, lw, entries); err != nil || !accident {
				return err
			}
			accident = false
			return fmt.Errorf("the lights went out")
		})
	})
	defer stop()
	w.eventually("everything taken in", func(tx *store.Tx) (bool, error) {
		size, err := ledger.Size(w.Context(), tx, demo.ID)
		if err != nil {
			return false, err
		}
		m, err := readMark(w.Context(), tx, demo.ID)
		return size > 0 && m.next == size, err
	})
}

// Steps that come close together share one writing of the tables. Of two processes that take them in turn one loses a step in which it would
// have written; it does not go on from what it believes to be written. The control goes on.
func TestWhatWasNotKeptIsNotForgotten(t *testing.T) {
	t.Parallel()
	for _, believes := range [...]bool{false, true} {
		onWards(t, func(w *ward) {
			entries, _ := chances(rand.New(rand.NewPCG(8, 8)), 700)
			w.enter(entries...)
			w.must(w.l.Seal(w.Context(), demo.ID))
			a, b, next := w.service(), w.service(), int64(0)
			mark := func() (m mark) {
				w.must(w.db.View(w.Context(), func(tx *store.Tx) (err error) { m, err = readMark(w.Context(), tx, demo.ID); return err }))
				return m
			}
			step := func(s *Service, end error) error {
				ctx := casebook.WithActor(w.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
				err := w.l.WriteNew(ctx, demo.ID, func(lw *ledger.Writer) error {
					read, err := ledger.Read(ctx, lw.Tx, demo.ID, next, 100)
					if err == nil {
						err = s.follow(ctx, lw, read)
					}
					return errors.Join(err, end)
				})
				if err == nil {
					next += 100
				}
				return err
			}
			w.must(step(b, nil))
			w.must(step(b, nil))
			if m := mark(); m.kept != 100 || m.next != 200 {
				w.Fatalf("kept are %d of %d", m.kept, m.next)
			}
			if step(a, errors.New("the lights went out")) == nil {
				w.Fatal("they did not")
			}
			w.must(step(b, nil))
			if believes {
				a.watch(demo.ID).state.kept = mark().kept
			} else if err := step(a, nil); !errors.Is(err, ledger.ErrNotNow) {
				w.Fatalf("it went on: %v", err)
			}
			w.must(step(a, nil))
			w.clock.Add(time.Minute)
			w.must(step(a, nil))
			w.must(step(b, nil))
			m := mark()
			refolded, err := a.refold(w.Context(), demo.ID, a.base, m.next)
			w.must(err)
			refolded.advance(until)
			if found := differences(w.stored(a), refolded); (len(found) > 0) != believes {
				w.Errorf("believing %v: %d differences", believes, len(found))
			}
		})
	}
}

func (w *ward) stored(s *Service) (st *state) {
	w.Helper()
	w.must(w.db.View(w.Context(), func(tx *store.Tx) error {
		m, err := readMark(w.Context(), tx, demo.ID)
		if err == nil {
			st, err = s.load(w.Context(), tx, demo.ID, s.base, m, until)
		}
		return err
	}))
	if st == nil {
		w.Fatal("the tables do not hold this study")
	}
	return st
}

func (w *ward) refolded(s *Service) *state {
	w.Helper()
	var size int64
	w.must(w.db.View(w.Context(), func(tx *store.Tx) (err error) { size, err = ledger.Size(w.Context(), tx, demo.ID); return err }))
	st, err := s.refold(w.Context(), demo.ID, s.base, size)
	w.must(err)
	st.advance(later(until, st.newest))
	return st
}

// pagesOf are the pages of a subject, as text.
func pagesOf(p *subject) (all string) {
	for _, ref := range slices.Sorted(maps.Keys(p.pages)) {
		g := p.pages[ref]
		all += fmt.Sprintln(ref, g.since, g.done, g.waits)
	}
	return all
}

func (w *ward) sameState(a, b *state) {
	w.Helper()
	for _, what := range differences(a, b) {
		w.Error(what)
	}
}

// differences between two states, each in words.
func differences(a, b *state) (all []string) {
	found := func(what string, of ...any) { all = append(all, fmt.Sprintf(what, of...)) }
	if a.week != b.week || a.next != b.next || !a.newest.Equal(b.newest) || len(a.subjects) != len(b.subjects) || len(a.sites) != len(b.sites) {
		found("at %d with %d subjects, at %d with %d", a.next, len(a.subjects), b.next, len(b.subjects))
	}
	if a.verification() != b.verification() {
		found("plans %s and %s", a.verification(), b.verification())
	}
	for id, p := range a.subjects {
		q := b.subjects[id]
		if q == nil || p.site.id != q.site.id || p.enrolled != q.enrolled || p.left != q.left || p.contact != q.contact ||
			!slices.Equal(p.counts, q.counts) || text(p.chart) != text(q.chart) || pagesOf(p) != pagesOf(q) {
			found("subject %s: %+v and %+v", id, p, q)
		}
	}
	for id, p := range a.sites {
		if q := b.sites[id]; q == nil || p.zone != q.zone || p.name.In("en") != q.name.In("en") || !slices.Equal(p.counts, q.counts) ||
			text(siteMemory{p.hands, p.vigils}) != text(siteMemory{q.hands, q.vigils}) || text(p.readings) != text(q.readings) {
			found("site %s: %+v and %+v", id, p, q)
		}
	}
	return all
}

func TestWhatTheIndicatorsFindInADefinition(t *testing.T) {
	t.Parallel()
	all := Indicators()
	only := newCatalogue(slices.DeleteFunc(all, func(k *Indicator) bool { return k.ID != "kri0001" }))
	if len(only.hash) != 64 {
		t.Fatalf("hash %q", only.hash)
	}
	p := newPlan(only, htn(t))
	if len(p.values) != 1 || len(p.values[[2]string{"IG.AE", "IT.AETERM"}]) != 1 {
		t.Errorf("counted are %v", p.values)
	}
	if len(p.contact) != 1 || !p.contact[[2]string{"IG.DS", "IT.DSDAT"}] {
		t.Errorf("the last contact is %v", p.contact)
	}
	other := &odm.Version{
		Groups: []odm.ItemGroup{
			{OID: "G.LOG", Domain: "AE", Items: []odm.Ref{{OID: "ANY"}, {OID: "TERM"}}},
			{OID: "G.MH", Domain: "MH", Items: []odm.Ref{{OID: "TERM"}}},
			{OID: "G.NONE", Items: []odm.Ref{{OID: "TERM"}, {OID: "GONE"}}},
		},
		Items: []odm.Item{{OID: "ANY", Name: "AEYN"}, {OID: "TERM", Name: "term", Aliases: []odm.Alias{{Context: "SDTM", Name: "AE.AETERM"}}}},
	}
	p = newPlan(only, other)
	if len(p.values) != 2 || p.values[[2]string{"G.LOG", "TERM"}] == nil || p.values[[2]string{"G.NONE", "TERM"}] == nil {
		t.Errorf("counted are %v", p.values)
	}
}

func TestTheCatalogueHasGsmsAndOurs(t *testing.T) {
	t.Parallel()
	theirs, ours := 0, 0
	for _, k := range Indicators() {
		if strings.HasPrefix(k.Source, "gsm.kri") {
			theirs++
		} else if k.Source == "casebook" {
			ours++
		}
	}
	if theirs != 15 || ours < 12 {
		t.Errorf("%d of gsm and %d of our own", theirs, ours)
	}
}

func TestAnIndicatorThatCannotBeComputedIsRefused(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(*Indicator){
		"no name":                   func(k *Indicator) { k.Name = nil },
		"another method":            func(k *Indicator) { k.Method = "mean" },
		"nothing counted":           func(k *Indicator) { k.Numerator.Of = "" },
		"thresholds fall":           func(k *Indicator) { k.Thresholds = []float64{3, 2, -1, -2} },
		"no threshold":              func(k *Indicator) { k.Thresholds, k.Flags = nil, []int{0} },
		"a flag is missing":         func(k *Indicator) { k.Flags = k.Flags[1:] },
		"a weight is missing":       func(k *Indicator) { k.Weights = k.Weights[1:] },
		"unknown accrual":           func(k *Indicator) { k.Accrual.Of = "weight" },
		"signals below 0":           func(k *Indicator) { k.Signal = -1 },
		"days without an end":       func(k *Indicator) { k.Denominator.Items = nil },
		"no version":                func(k *Indicator) { k.Version = 0 },
		"an id of another alphabet": func(k *Indicator) { k.ID = "Kri 1" },
		"a country":                 func(k *Indicator) { k.Group = "country" },
		"late but not first":        func(k *Indicator) { k.Numerator.Later = 3 },
		"a digit of 12":             func(k *Indicator) { k.Numerator.Digits = []int{12} },
		"a range that falls":        func(k *Indicator) { k.Numerator.Outside = []float64{3, 1} },
	} {
		k, err := ReadIndicator([]byte(Indicators()[slices.IndexFunc(Indicators(), func(k *Indicator) bool { return k.ID == "kri0001" })].file()))
		if err != nil {
			t.Fatal(err)
		}
		if spoil(k); k.check() == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	if _, err := ReadIndicator([]byte(`{"id": "x", "colour": "red"}`)); err == nil {
		t.Error("a member that is not known was accepted")
	}
}

func benchmarkState(b *testing.B, sites int) (*state, *subject, int) {
	c := newCatalogue(Indicators())
	k, _ := c.find("kri0001")
	st := newState(c)
	st.at = until
	for i := range sites {
		id := casebook.SiteID(fmt.Sprintf("%04d", i))
		for n := range 20 {
			p := st.subject(casebook.SubjectID(fmt.Sprintf("%s-%02d", id, n)), id)
			p.enrolled, p.memory.Status = store.Micros(until.AddDate(0, 0, -i%300-n)), patient.Enrolled
			st.recount(p)
			for slot, m := range c.slots {
				if !m.derived() {
					st.count(p, slot, int64((i*7+n*3+slot)%11))
				}
			}
		}
	}
	return st, st.subjects["0100-10"], c.num[k]
}

func BenchmarkAnEventIsCounted(b *testing.B) {
	st, p, slot := benchmarkState(b, 300)
	b.ReportAllocs()
	for b.Loop() {
		st.count(st.subject(p.id, p.site.id), slot, 1)
	}
}

func BenchmarkADateIsCorrected(b *testing.B) {
	st, p, _ := benchmarkState(b, 300)
	day := dayAt(until, time.UTC)
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		p.contact = day - i%50
		st.recount(p)
	}
}

// BenchmarkSitesAreCompared makes the tables for readers: all, as at first, and those that an event has changed.
func BenchmarkSitesAreCompared(b *testing.B) {
	for _, sites := range []int{300, 1000} {
		st, p, slot := benchmarkState(b, sites)
		b.Run(fmt.Sprint(sites, "/atFirst"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				clear(st.tables)
				st.figures(everyDetector)
			}
		})
		b.Run(fmt.Sprint(sites, "/afterAnEvent"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				st.count(p, slot, 1)
				st.figures(everyDetector)
			}
		})
	}
}

func BenchmarkADayOf6000SubjectsBegins(b *testing.B) {
	st, _, _ := benchmarkState(b, 300)
	b.ReportAllocs()
	for b.Loop() {
		st.advance(st.at.Add(24 * time.Hour))
	}
}
