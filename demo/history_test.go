package demo

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"casebook"
	"casebook/check"
	"casebook/odm"
	"casebook/stat"
)

var until = time.Date(2026, 11, 23, 2, 40, 0, 0, time.UTC)

// key names a value of the study, or with only the first five parts a form.
type key struct {
	subject                              casebook.SubjectID
	event, eventRepeat, form, formRepeat string
	group, repeat, item                  string
}

func (e Event) key(i Item) key {
	return key{e.Subject, e.Event, e.EventRepeat, e.Form, e.FormRepeat, i.Group, i.Repeat, i.Item}
}

func TestTheHistoryIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	one, again, other := happened(1, until), happened(1, until), happened(2, until)
	if !reflect.DeepEqual(one, again) {
		t.Error("the same seed told two stories")
	}
	if reflect.DeepEqual(one[:100], other[:100]) {
		t.Error("two seeds told the same story")
	}
	for e := range History(1, until) {
		if e.Kind != Enrol {
			t.Errorf("it starts with %s", e.Kind)
		}
		break
	}
}

func TestTimeRunsForward(t *testing.T) {
	t.Parallel()
	events := happened(1, until)
	enrolled := map[casebook.SubjectID]bool{}
	for i, e := range events {
		if i > 0 && (e.At.Before(events[i-1].At) || e.ID <= events[i-1].ID && e.At.Sub(events[i-1].At) >= time.Millisecond) {
			t.Fatalf("%v %s follows %v %s", e.At, e.ID, events[i-1].At, events[i-1].ID)
		}
		if e.Kind == Enrol {
			enrolled[e.Subject] = true
		} else if !enrolled[e.Subject] {
			t.Fatalf("%s has a %s before enrolment", e.Subject, e.Form)
		}
	}
	first, last := events[0].At, events[len(events)-1].At
	if until.Sub(first) < 24*week || until.Sub(first) > span+day || last.After(until) || until.Sub(last) > 3*day {
		t.Errorf("from %v to %v", first, last)
	}
}

func TestTheHistoryIsAsLargeAsItShouldBe(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		kinds := map[Kind]int{}
		sites := map[casebook.SiteID]int{}
		corrections, ids := 0, map[string]bool{}
		for e := range History(seed, until) {
			kinds[e.Kind]++
			if e.Kind == Enrol {
				sites[e.Site]++
			}
			if e.Kind == Save && e.Reason != "" {
				corrections++
			}
			ids[e.ID] = true
		}
		total := kinds[Enrol] + kinds[Stand] + kinds[Save] + kinds[Report]
		if kinds[Enrol] != 160 || len(sites) != 8 || len(ids) != total {
			t.Errorf("seed %d: %v at %d sites, %d ids", seed, kinds, len(sites), len(ids))
		}
		if total > 14_000 || kinds[Report] < 5_000 || kinds[Save] < 3_000 || corrections < 100 {
			t.Errorf("seed %d: %v, %d corrections", seed, kinds, corrections)
		}
	}
}

func TestEveryValueFitsItsItem(t *testing.T) {
	t.Parallel()
	v := version(t)
	x := v.Index()
	places := map[[3]string]odm.FormItem{}
	for _, f := range v.Forms {
		for _, it := range x.FormItems(f.OID) {
			places[[3]string{f.OID, it.Group.OID, it.Item.OID}] = it
		}
	}
	for e := range History(1, until) {
		if e.Kind == Enrol || e.Kind == Stand {
			continue
		}
		event := x.Event(e.Event)
		if event == nil || !slices.ContainsFunc(event.Forms, func(r odm.Ref) bool { return r.OID == e.Form }) {
			t.Fatalf("event %q has no form %q", e.Event, e.Form)
		}
		if (!event.Repeating && e.EventRepeat != "1") || (!x.Form(e.Form).Repeating && e.FormRepeat != "1") {
			t.Errorf("%s %s/%s does not repeat", e.Event, e.EventRepeat, e.Form)
		}
		for _, i := range e.Items {
			place, ok := places[[3]string{e.Form, i.Group, i.Item}]
			if !ok || place.Ref.Method != "" || (!place.Group.Repeating && i.Repeat != "1") {
				t.Fatalf("%s does not ask for %+v", e.Form, i)
			}
			if err := place.Item.Accept(i.Value, x.CodeList(place.Item.CodeList)); err != nil || i.Value == "" {
				t.Errorf("%s %+v: %v", e.Subject, i, err)
			}
		}
	}
}

// A value that the form hides is never entered, and nothing is hidden that was entered earlier.
func TestNothingHiddenIsEntered(t *testing.T) {
	t.Parallel()
	v := version(t)
	x := v.Index()
	hidden := map[string]*check.Program{}
	for _, c := range v.Conditions {
		hidden[c.OID], _ = check.Compile(c.Expressions[0].Code, scope(x))
	}
	kept, shown := map[key]string{}, 0
	for e := range History(1, until) {
		for _, i := range e.Items {
			kept[e.key(i)] = i.Value
		}
		if e.Kind == Enrol || e.Kind == Stand {
			continue
		}
		for _, it := range x.FormItems(e.Form) {
			_, entered := kept[e.key(Item{it.Group.OID, "1", it.Item.OID, ""})]
			for _, condition := range []string{it.GroupRef.Hidden, it.Ref.Hidden} {
				if !entered || condition == "" {
					continue
				}
				if shown++; truth(x, hidden[condition], e, kept) != "false" {
					t.Errorf("%s %s: %s was entered although %s", e.Subject, e.Form, it.Item.OID, condition)
				}
			}
		}
	}
	if shown < 10_000 {
		t.Errorf("only %d values stood under a condition", shown)
	}
}

// truth evaluates a rule of a form on what was kept of that form.
func truth(x *odm.Index, program *check.Program, e Event, kept map[key]string) string {
	var in check.Input
	for _, r := range program.Refs() {
		value := check.Value{}
		for _, it := range x.FormItems(e.Form) {
			if it.Item.OID == r.Name {
				value, _ = check.ParseValue(r.Type, kept[e.key(Item{it.Group.OID, "1", r.Name, ""})])
			}
		}
		in.Values = append(in.Values, value)
	}
	outcome, _ := program.Eval(in)
	return outcome.String()
}

func TestAKeptValueChangesOnlyWithAReason(t *testing.T) {
	t.Parallel()
	kept := map[key]string{}
	for e := range History(1, until) {
		changed := 0
		for _, i := range e.Items {
			if old, ok := kept[e.key(i)]; ok && old != i.Value {
				changed++
			}
			kept[e.key(i)] = i.Value
		}
		if (changed > 0) != (e.Kind == Save && e.Reason != "") {
			t.Errorf("%s %s %v: %d values changed, reason %q", e.Subject, e.Form, e.At, changed, e.Reason)
		}
	}
}

func TestSomeValuesRaiseQueriesAndSomeAreCorrected(t *testing.T) {
	t.Parallel()
	x := version(t).Index()
	queries := map[key]bool{}
	raised := 0
	for e := range History(1, until) {
		for _, i := range e.Items {
			outside := slices.ContainsFunc(x.Item(i.Item).Checks, func(c odm.RangeCheck) bool { return outside(c, i.Value) })
			if outside && !queries[e.key(i)] {
				raised++
			}
			queries[e.key(i)] = outside
		}
	}
	open := 0
	for _, q := range queries {
		if q {
			open++
		}
	}
	if raised < 50 || raised > 600 || open == raised || open == 0 {
		t.Errorf("%d values out of range, %d still are", raised, open)
	}
}

func outside(c odm.RangeCheck, value string) bool {
	if len(c.Values) == 0 {
		return false
	}
	x, _ := strconv.ParseFloat(value, 64)
	limit, _ := strconv.ParseFloat(c.Values[0], 64)
	return c.Comparator == "GE" && x < limit || c.Comparator == "LE" && x > limit
}

// adverseEvents returns each site's adverse events over its subjects' days on study.
func adverseEvents(seed uint64) map[casebook.SiteID]stat.Counts {
	from, to := map[casebook.SubjectID]time.Time{}, map[casebook.SubjectID]time.Time{}
	site := map[casebook.SubjectID]casebook.SiteID{}
	counts := map[casebook.SiteID]stat.Counts{}
	for e := range History(seed, until) {
		c := counts[e.Site]
		switch {
		case e.Kind == Enrol:
			from[e.Subject], to[e.Subject], site[e.Subject] = e.At, until, e.Site
		case e.Form == "F.AE" && e.Reason == "":
			c.Num++
		case e.Form == "F.DS":
			to[e.Subject], _ = time.ParseInLocation(time.DateOnly, e.Items[0].Value, china)
		}
		counts[e.Site] = c
	}
	for subject, start := range from {
		c := counts[site[subject]]
		c.Den += max(1, int64(to[subject].Sub(start)/day)+1)
		counts[site[subject]] = c
	}
	return counts
}

func TestOnlySite07ReportsTooFewAdverseEvents(t *testing.T) {
	t.Parallel()
	cuts := stat.Cuts{Thresholds: []float64{-2, -1, 2, 3}, Flags: []int{-2, -1, 0, 1, 2}} // kri0001
	for seed := range uint64(10) {
		counts := adverseEvents(seed)
		var all []stat.Counts
		for _, c := range counts {
			all = append(all, c)
		}
		funnel := stat.Of(stat.Rate, slices.Values(all)).Funnel()
		for site, c := range counts {
			want := 0
			if site == "07" {
				want = -2
			}
			score := funnel.Score(c)
			if flag, _ := cuts.Flag(score); flag != want {
				t.Errorf("seed %d, site %s: %v, score %.2f, flag %d", seed, site, c, score, flag)
			}
			if seed == 1 {
				t.Logf("site %s: %d events in %d days, score %.2f, limit %.2f", site, c.Num, c.Den, score, funnel.Limit(c))
			}
		}
	}
}

func TestSite07WritesBloodPressuresThatLookInvented(t *testing.T) {
	t.Parallel()
	round, all := map[bool]float64{}, map[bool]float64{}
	gap := map[bool]float64{}
	last := map[casebook.SubjectID]float64{}
	for e := range History(1, until) {
		for _, i := range e.Items {
			if i.Item != "IT.SYS" || e.Reason != "" || e.Event == "E.SCR" {
				continue
			}
			at07 := e.Site == "07"
			sys, _ := strconv.ParseFloat(i.Value, 64)
			all[at07]++
			if math.Mod(sys, 5) == 0 {
				round[at07]++
			}
			if before, ok := last[e.Subject]; ok {
				gap[at07] += math.Abs(sys - before)
			}
			last[e.Subject] = sys
		}
	}
	if round[true] != all[true] || round[false]/all[false] > 0.3 {
		t.Errorf("multiples of 5: %v of %v at site 07, %v of %v elsewhere", round[true], all[true], round[false], all[false])
	}
	if gap[true]/all[true] > 0.7*gap[false]/all[false] {
		t.Errorf("from visit to visit: %.1f mmHg at site 07, %.1f elsewhere", gap[true]/all[true], gap[false]/all[false])
	}
}

// Everybody is screened; some fail, more at site 06; some leave, more at site 02; and each step follows the one before.
func TestSubjectsAreScreenedEnrolledAndEndAsTheyDo(t *testing.T) {
	t.Parallel()
	follows := map[string][]string{"": {"screening"}, "screening": {"enrolled", "screen_failed"}, "enrolled": {"withdrawn", "completed"}}
	stands, site := map[casebook.SubjectID]string{}, map[casebook.SubjectID]casebook.SiteID{}
	for e := range History(1, until) {
		now := e.Status
		switch e.Kind {
		case Enrol:
			now, site[e.Subject] = "screening", e.Site
		case Stand:
			if e.Reason == "" {
				t.Errorf("%s is %s without a reason", e.Subject, now)
			}
		default:
			continue
		}
		if !slices.Contains(follows[stands[e.Subject]], now) {
			t.Errorf("%s is %s after %q", e.Subject, now, stands[e.Subject])
		}
		stands[e.Subject] = now
	}
	all, at := map[string]int{}, map[string]map[casebook.SiteID]int{"screen_failed": {}, "withdrawn": {}}
	for subject, status := range stands {
		all[status]++
		if at[status] != nil {
			at[status][site[subject]]++
		}
	}
	t.Log(all, at)
	for status, want := range map[string]casebook.SiteID{"screen_failed": "06", "withdrawn": "02"} {
		for s, n := range at[status] {
			if s != want && n >= at[status][want] {
				t.Errorf("%s: %d at site %s, %d at site %s", status, n, s, at[status][want], want)
			}
		}
	}
	if all["screening"] == 0 || all["enrolled"] < 20 || all["completed"] < 40 || all["screen_failed"] < 12 || all["screen_failed"] > 35 || all["withdrawn"] < 8 || all["withdrawn"] > 30 {
		t.Errorf("they stand as %v", all)
	}
}
