package monitor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
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
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// vitals is a study with one log of vital signs, as files of SDTM bring it.
func vitals() *odm.Version {
	v := &odm.Version{OID: "MDV.1", Events: []odm.Event{{OID: "SE.VISIT", Repeating: true, Forms: []odm.Ref{{OID: "F.VS"}}}},
		Forms:  []odm.Form{{OID: "F.VS", Groups: []odm.Ref{{OID: "IG.VS"}}}},
		Groups: []odm.ItemGroup{{OID: "IG.VS", Domain: "VS", Repeating: true, Items: []odm.Ref{{OID: "IT.VSORRES"}, {OID: "IT.VSDAT"}}}},
		Items:  []odm.Item{{OID: "IT.VSORRES", Name: "VSORRES", SASName: "VSORRES", DataType: "text"}, {OID: "IT.VSDAT", Name: "VSDAT", SASName: "VSDAT", DataType: "date"}}}
	return v
}

var tests = []struct {
	name       string
	mean, with float64 // between subjects and within
}{{"SYSBP", 140, 12}, {"DIABP", 85, 8}, {"PULSE", 72, 9}, {"TEMP", 366, 3}}

// habit is how a site writes down what it measures.
type habit func(r *rand.Rand, subject, visit int, test int, x float64) float64

// everywhere has all sites keep a habit.
const everywhere casebook.SiteID = "*"

// clinics is the history of ten sites with six subjects each and eight visits; the site odd has a habit of its own.
func clinics(seed uint64, odd casebook.SiteID, how habit) (entries []ledger.Entry) {
	r, rec := rand.New(rand.NewPCG(seed, 11)), newRecorder()
	for s := range 10 {
		habit := how
		if site := clinicID(s); site != odd && odd != everywhere {
			habit = nil
		}
		entries = append(entries, historyOf(r, rec, s, 6, 8, habit)...)
	}
	return indexed(entries)
}

func clinicID(s int) casebook.SiteID { return casebook.SiteID(fmt.Sprintf("%02d", s+1)) }

// historyOf is that of one site with so many subjects, each with so many visits; how, if not nil, is its habit.
func historyOf(r *rand.Rand, rec *recorder, s, subjects, visits int, how habit) (entries []ledger.Entry) {
	site, at := clinicID(s), until.AddDate(0, -8, 0)
	entries = append(entries, siteAdded(at, trial.Site{ID: site, Zone: "UTC", Name: odm.Text{"en": "Hospital"}}))
	for n := range subjects {
		id := casebook.SubjectID(fmt.Sprintf("%s-%03d", site, n+1))
		entries = append(entries, enrolled(at, site, id))
		for visit := range visits {
			key := record.Key{Study: demo.ID, Subject: id, Event: "SE.VISIT", EventRepeat: strconv.Itoa(visit + 1), Form: "F.VS", FormRepeat: "1"}
			day := at.AddDate(0, 0, 14*visit+r.IntN(5))
			var items []record.Value
			for t, of := range tests {
				x := of.mean + of.with*r.NormFloat64()
				if how != nil {
					x = how(r, subjects*s+n, visit, t, x)
				}
				repeat := fmt.Sprintf("%s.%d", of.name, len(tests)*visit+t)
				items = append(items, record.Value{Group: "IG.VS", Repeat: repeat, Item: "IT.VSORRES", Value: strconv.FormatFloat(x, 'f', 0, 64)})
			}
			items = append(items, record.Value{Group: "IG.VS", Repeat: "SYSBP.0", Item: "IT.VSDAT", Value: day.Format(time.DateOnly)})
			entries = append(entries, rec.saved(day, site, key, items...))
		}
	}
	return entries
}

// Sites have patients of their own kind: some lie nearer to the middle than others, and are not told for it. The control is the same site among
// sites that do not differ.
func TestASiteWhosePatientsAreOfAKindIsNotToldForIt(t *testing.T) {
	t.Parallel()
	kinds := [...]float64{1.2, 0.9, 1.4, 1.1, 0.7, 1.3, 0.55, 0.8, 1, 1.25}
	kind := func(_ *rand.Rand, subject, _, t int, x float64) float64 {
		return tests[t].mean + (x-tests[t].mean)*kinds[subject/6]
	}
	for seed := range uint64(3) {
		for odd, told := range map[casebook.SiteID]bool{everywhere: false, "07": true} {
			row, _ := counted(t, clinics(seed, odd, kind)).figures(everyDetector).table("detect-inliers").row("07")
			if (row.Flag < 0) != told {
				t.Errorf("seed %d, of its own kind is %s: %.2f, %+v", seed, odd, row.Score, row.Detected)
			}
		}
	}
}

// carried has half of the visits written from the one before.
func carried() habit {
	last := map[[2]int]float64{}
	return func(r *rand.Rand, n, visit, t int, x float64) float64 {
		if at := [2]int{n, t}; visit == 0 || visit%2 == 0 {
			last[at] = x
		}
		return last[[2]int{n, t}]
	}
}

// altered has subject 5 written from subject 2, each value one or two higher or lower.
func altered() habit {
	first := map[[2]int]float64{}
	return func(r *rand.Rand, n, visit, t int, x float64) float64 {
		if n%6 == 2 {
			first[[2]int{visit, t}] = x
		}
		if n%6 == 5 {
			return first[[2]int{visit, t}] + float64(r.IntN(3)-1)
		}
		return x
	}
}

// counted is the state that entries come to.
func counted(t *testing.T, entries []ledger.Entry) *state {
	t.Helper()
	def := vitals()
	s := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	st := newState(s.base)
	if err := s.take(t.Context(), demo.ID, st, entries); err != nil {
		t.Fatal(err)
	}
	st.advance(until)
	return st
}

// A habit is found by the detector that looks for it, at the site that has it, and at no other; the control has none.
func TestADetectorFindsTheHabitThatItLooksFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kri  string
		flag int
		how  habit
	}{
		{"detect-digits", 2, func(_ *rand.Rand, _, _, _ int, x float64) float64 { return 5 * float64(int(x/5+0.5)) }},
		{"detect-spread", -2, func(_ *rand.Rand, _, _, t int, x float64) float64 { return tests[t].mean + (x-tests[t].mean)/4 }},
		{"detect-spread", 2, func(_ *rand.Rand, _, _, t int, x float64) float64 { return tests[t].mean + (x-tests[t].mean)*3 }},
		{"detect-shift", 2, func(_ *rand.Rand, _, _, t int, x float64) float64 { return x + 1.5*tests[t].with }},
		{"copied-readings", 2, func(_ *rand.Rand, n, visit, t int, x float64) float64 {
			return tests[t].mean + float64((n%2*8+visit)*(t+3)%17) // three subjects have the same numbers
		}},
		{"carried-readings", 2, carried()},
		{"detect-twins", 2, altered()},
		{"detect-inliers", -2, func(_ *rand.Rand, _, _, t int, x float64) float64 { return tests[t].mean + (x-tests[t].mean)/3 }},
	} {
		for seed := range uint64(3) {
			f := counted(t, clinics(seed, "07", c.how)).figures(everyDetector)
			for _, r := range f.table(c.kri).Sites {
				if want := map[bool]int{true: c.flag}[r.Site == "07"]; r.Flag != want {
					t.Errorf("%s, seed %d: site %s has the flag %d and the score %.2f: %+v", c.kri, seed, r.Site, r.Flag, r.Score, r.Detected)
				}
			}
			table := f.table(c.kri)
			row, _ := table.row("07")
			for lang, words := range table.explain(row) {
				if words == "" || strings.Contains(words, "{") || !strings.Contains(words, "07") {
					t.Errorf("%s in %s: %s", c.kri, lang, words)
				}
			}
			if table.formula(row) == "" {
				t.Error("no formula")
			}
		}
	}
	for seed := range uint64(3) {
		for _, table := range counted(t, clinics(seed, "", nil)).figures(everyDetector).Tables {
			for _, r := range table.Sites {
				if r.Detected != nil && r.Flag != 0 {
					t.Errorf("without any habit, seed %d: %s flags site %s with %.2f: %+v", seed, table.Indicator.ID, r.Site, r.Score, r.Detected)
				}
			}
		}
	}
}

// Visits on other days of the week are seen.
func TestVisitsOnOtherDaysAreSeen(t *testing.T) {
	t.Parallel()
	st := newState(newCatalogue(Indicators()))
	for s := range 6 {
		site := st.site(casebook.SiteID(fmt.Sprint("0", s)))
		for n := range 60 {
			day := time.Date(2026, 3, 2+7*(n/5)+n%5, 0, 0, 0, 0, time.UTC) // Monday to Friday
			if s == 3 && n%2 == 0 {
				day = day.AddDate(0, 0, 5-n%5) // on Saturday
			}
			site.Weekdays[day.Weekday()]++
		}
	}
	for id, w := range st.detect(methodWeekdays) {
		if (id == "03") != w.tells || w.tells && w.d.P > 1e-6 {
			t.Errorf("site %s: %+v", id, w)
		}
	}
}

// What was measured is the same whatever was corrected, cleared, entered again, or entered in another order.
func TestDetectorsForgetWhatWasCorrected(t *testing.T) {
	t.Parallel()
	entries := clinics(1, "", nil)
	want := counted(t, entries)
	r := rand.New(rand.NewPCG(3, 3))
	var people, saves []ledger.Entry
	for _, e := range entries {
		if e.What == record.Saved {
			saves = append(saves, e)
		} else {
			people = append(people, e)
		}
	}
	for range 5 {
		r.Shuffle(len(saves), func(i, j int) { saves[i], saves[j] = saves[j], saves[i] })
		all := append([]ledger.Entry{}, people...)
		for _, e := range saves {
			wrong, back := e, e
			wrong.New = strings.ReplaceAll(e.New, `"value":"1`, `"value":"9`)
			back.Old = wrong.New
			if r.IntN(3) == 0 && wrong.New != e.New {
				all = append(all, wrong, back) // first something else, then what it is
			} else {
				all = append(all, e)
			}
		}
		got := counted(t, indexed(all))
		for id, a := range want.sites {
			b := got.sites[id]
			if text(a.readings) != text(b.readings) {
				t.Fatalf("site %s remembers something else", id)
			}
		}
		for id, a := range want.subjects {
			for _, kri := range []string{"copied-readings", "carried-readings"} {
				k, _ := want.find(kri)
				if b := got.subjects[id]; a.counts[want.num[k]] != b.counts[want.num[k]] || a.counts[want.den[k]] != b.counts[want.den[k]] {
					t.Fatalf("subject %s has %v and %v", id, a.counts, b.counts)
				}
			}
		}
	}
}

// What a subject contributed leaves the indicators when it becomes inactive, and is back when it is active again.
func TestAnInactiveSubjectLeavesTheIndicatorsAndComesBack(t *testing.T) {
	t.Parallel()
	entries := clinics(1, "", nil)
	whole := counted(t, entries)
	k, _ := whole.find("copied-readings")
	gone := append(entries[:len(entries):len(entries)], statusChanged(until, "07", "07-001", patient.Inactive))
	without := counted(t, indexed(gone))
	if a, b := whole.of(whole.sites["07"], k).Den, without.of(without.sites["07"], k).Den; a != 48 || b != 40 {
		t.Errorf("%d forms, and %d without the subject", a, b)
	}
	for _, c := range without.contributors(k, without.sites["07"]) {
		if c.Subject == "07-001" {
			t.Error("it is named among those who contribute")
		}
	}
	back := counted(t, indexed(append(gone, statusChanged(until, "07", "07-001", patient.Enrolled))))
	if a, b := whole.sites["07"].counts, back.sites["07"].counts; fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%v, and %v when it is back", a, b)
	}
}

// What was measured of a subject goes with it to another site, and is corrected there.
func TestWhatWasMeasuredGoesWithTheSubject(t *testing.T) {
	t.Parallel()
	entries := clinics(1, "", nil)
	moved := ledger.Entry{ID: "move", Study: demo.ID, Subject: "07-001", Site: "07", At: until, What: patient.VerbTransferred, Ref: "07-001", Old: `{"site":"07"}`, New: `{"site":"03"}`}
	before := counted(t, indexed(append(entries[:len(entries):len(entries)], siteAdded(until, trial.Site{ID: "01", Zone: "UTC"})))) // so that the weeks go by
	after := counted(t, indexed(append(entries[:len(entries):len(entries)], moved)))
	p := after.subjects["07-001"]
	if p.site.id != "03" || len(p.chart.Of) != len(tests) || p.chart.Of.of("SYSBP").N != 8 {
		t.Fatalf("the subject is at %s with %+v", p.site.id, p.chart)
	}
	for _, m := range before.sites["07"].Of {
		from, to := after.sites["07"].Of.of(m.name), after.sites["03"].Of.of(m.name)
		if from.N != m.N-8 || to.N != before.sites["03"].Of.of(m.name).N+8 || from.S+to.S != m.S+before.sites["03"].Of.of(m.name).S {
			t.Errorf("%s: %+v there and %+v here", m.name, from, to)
		}
	}
	back := moved
	back.ID, back.Site, back.Old, back.New = "back", "03", moved.New, moved.Old
	again := counted(t, indexed(append(entries[:len(entries):len(entries)], moved, back)))
	for id, s := range before.sites {
		if text(s.readings) != text(again.sites[id].readings) || text(s.vigils) != text(again.sites[id].vigils) {
			t.Errorf("site %s after there and back: %s, before %s", id, text(again.sites[id].vigils), text(s.vigils))
		}
	}
}

// A site that stops reporting is told after some weeks, one that always reported little is not, and neither are the others.
func TestASiteThatStopsReportingIsToldAndOneThatDiffersIsNot(t *testing.T) {
	t.Parallel()
	def := htn(t)
	s := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	st, rec, r, began := newState(s.base), newRecorder(), rand.New(rand.NewPCG(4, 4)), until.AddDate(-1, 0, 0)
	k, _ := st.find("watch-events")
	var entries []ledger.Entry
	for i := range 8 {
		site := casebook.SiteID(fmt.Sprintf("%02d", i+1))
		entries = append(entries, siteAdded(began, trial.Site{ID: site, Zone: "UTC"}))
		for n := range 10 {
			entries = append(entries, enrolled(began, site, casebook.SubjectID(fmt.Sprintf("%s-%02d", site, n))))
		}
	}
	told := map[casebook.SiteID]int{}
	for day := range 360 {
		at := began.AddDate(0, 0, day+1)
		for i := range 8 {
			site, chance := casebook.SiteID(fmt.Sprintf("%02d", i+1)), 0.03
			if site == "05" && day > 200 {
				chance = 0
			}
			if site == "02" {
				chance *= 0.6
			}
			for n := range 10 {
				if r.Float64() >= chance {
					continue
				}
				key := record.Key{Study: demo.ID, Subject: casebook.SubjectID(fmt.Sprintf("%s-%02d", site, n)), Event: "E.AE", EventRepeat: "1", Form: "F.AE", FormRepeat: fmt.Sprint(day)}
				entries = append(entries, rec.saved(at, site, key, record.Value{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM", Value: "Cough"}))
			}
		}
		if err := s.take(t.Context(), demo.ID, st, indexed(entries)[st.next:]); err != nil {
			t.Fatal(err)
		}
		st.advance(at)
		for _, row := range st.table(k, st.indicators[k]).Sites {
			if row.Flag != 0 && told[row.Site] == 0 {
				told[row.Site] = day
			}
		}
	}
	if len(told) != 1 || told["05"] < 201 || told["05"] > 260 {
		t.Errorf("told on day %v", told)
	}
	table := st.table(k, st.indicators[k])
	row, _ := table.row("05")
	for lang, words := range table.explain(row) {
		if !strings.Contains(words, "05") || strings.Contains(words, "{") {
			t.Errorf("in %s: %s", lang, words)
		}
	}
	whole, err := s.refoldOf(t, entries)
	if err != nil || text(whole.sites["05"].vigils) != text(st.sites["05"].vigils) {
		t.Errorf("in one go: %s, day by day %s (%v)", text(whole.sites["05"].vigils), text(st.sites["05"].vigils), err)
	}
}

// Subjects leave in the week in which they contributed most of what a site has: it has no past then, like a new site, and its vigil goes on
// from what is known of the others. The control is a site with a past.
func TestAVigilGoesOnWhereThePastLeft(t *testing.T) {
	t.Parallel()
	afterAWeek := func(past stat.Counts) string {
		v := vigil{Num: past.Num, Den: past.Den}
		v.see(stat.Counts{Num: past.Num + 1, Den: past.Den + 70}, stat.Counts{Num: past.Num + 80, Den: past.Den + 4000}, 1)
		b, err := json.Marshal([]any{v.Under, v.Over, v.Squares, v.Weeks})
		if err != nil {
			t.Errorf("a past of %+v: %v", past, err)
		}
		return string(b)
	}
	left, none, some := afterAWeek(stat.Counts{Num: -9, Den: -600}), afterAWeek(stat.Counts{}), afterAWeek(stat.Counts{Num: 90, Den: 600})
	if left != none || some == none {
		t.Errorf("where the past left %s, where there was none %s, and where there was one %s", left, none, some)
	}
}

// refoldOf counts entries in one go.
func (s *Service) refoldOf(t *testing.T, entries []ledger.Entry) (*state, error) {
	st := newState(s.base)
	return st, s.take(t.Context(), demo.ID, st, entries)
}

// A few values in another unit do not bring all others together; a measurement that hardly varies still has a scale.
func TestAScaleIsNotThatOfAnotherUnit(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	values := make([]float64, 500)
	for i := range values {
		values[i] = 98 + 0.7*r.NormFloat64()
	}
	for i := range 3 {
		values[i] = 36.6 // °C
	}
	if got := usual(values); got < 0.6 || got > 0.8 || stat.MomentsOf(values).SD() < 3 {
		t.Errorf("a scale of %v; the standard deviation, the control, is %v", got, stat.MomentsOf(values).SD())
	}
	if got := usual([]float64{1, 1, 1, 1, 2}); got <= 0 {
		t.Errorf("a scale of %v", got)
	}
}

// Where subjects are many, comparing all of them takes seconds: whoever waits for figures gets those of the last look, and the look of its own finds the copy.
func TestNobodyWaitsForALookOverManySubjects(t *testing.T) {
	t.Parallel()
	var entries []ledger.Entry
	r, rec := rand.New(rand.NewPCG(3, 11)), newRecorder()
	copied := map[[2]int]float64{} // what the first subject of the site had
	for s := range 51 {
		var how habit
		if s == 6 {
			how = func(r *rand.Rand, subject, visit, test int, x float64) float64 {
				if at := [2]int{visit, test}; subject%20 == 0 {
					copied[at] = x
				} else if subject%20 == 7 {
					x = copied[at] + r.NormFloat64()/4
				}
				return x
			}
		}
		entries = append(entries, historyOf(r, rec, s, 20, 4, how)...)
	}
	st := counted(t, indexed(entries))
	st.awaited = true
	twins := func() (*Table, Row) {
		table := st.figures(everyDetector).table("detect-twins")
		row, _ := table.row("07")
		return table, row
	}
	if table, row := twins(); !table.Late || row.Detected != nil || !st.dueBroadly() {
		t.Fatalf("somebody waited: %+v, %+v", table.Late, row)
	}
	for _, method := range broad {
		st.look(method)
	}
	if table, row := twins(); table.Late || row.Detected == nil || row.Score < 3 || st.dueBroadly() {
		t.Errorf("the copy is not found: %+v, %+v", table.Late, row)
	}
	st.next++ // another entry
	if table, row := twins(); !table.Late || row.Detected == nil {
		t.Errorf("the last look is forgotten: %+v, %+v", table.Late, row)
	}
	st.at = st.at.Add(compareAgain)
	if !st.dueBroadly() {
		t.Error("nobody looks again")
	}
}
