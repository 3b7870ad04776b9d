package plan

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"casebook"
	"casebook/odm"

	"pgregory.net/rapid"
)

func day(text string) Date {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return DateOf(t)
}

func milestone(id string, days int, after ...string) Milestone {
	return Milestone{ID: id, Title: odm.Text{"en": id}, Days: days, After: after}
}

// ethics and contract run beside one another; the initiation waits for both.
func startUp(t *testing.T) []Milestone {
	t.Helper()
	all := []Milestone{milestone("feasibility", 10), milestone("ethics", 40, "feasibility"), milestone("contract", 60, "feasibility"),
		milestone("initiation", 7, "ethics", "contract"), milestone("first-in", 14, "initiation")}
	if err := Schedule(all, day("2026-01-01")); err != nil {
		t.Fatal(err)
	}
	return all
}

func byID(all []Standing) map[string]Standing {
	found := map[string]Standing{}
	for _, s := range all {
		found[s.ID] = s
	}
	return found
}

func TestTheSlowestWayIsTheCriticalOne(t *testing.T) {
	t.Parallel()
	all, err := Compute(startUp(t), day("2026-01-01"), day("2026-01-02"))
	if err != nil {
		t.Fatal(err)
	}
	m := byID(all)
	if got := m["first-in"].Forecast.String(); got != "2026-04-02" { // 10 + 60 + 7 + 14 days
		t.Errorf("the first patient is expected on %s", got)
	}
	for id, slack := range map[string]int{"feasibility": 0, "ethics": 20, "contract": 0, "initiation": 0, "first-in": 0} {
		if m[id].Slack != slack || m[id].Critical != (slack == 0) {
			t.Errorf("%s has %d days of slack, critical %v; want %d", id, m[id].Slack, m[id].Critical, slack)
		}
	}
}

func TestADelayPassesOnAndOnlyBeyondTheSlack(t *testing.T) {
	t.Parallel()
	plan := startUp(t)
	plan[0].Actual = plan[0].Planned
	plan[1].Expected = plan[1].Planned + 15 // within the slack of 20
	m := byID(must(Compute(plan, day("2026-01-01"), day("2026-02-01"))))
	if m["initiation"].Late != 0 || m["ethics"].State != Late || m["ethics"].Late != 15 {
		t.Errorf("a delay within the slack: ethics %+v, initiation late %d", m["ethics"].State, m["initiation"].Late)
	}
	plan[1].Expected = plan[1].Planned + 25
	m = byID(must(Compute(plan, day("2026-01-01"), day("2026-02-01"))))
	if m["initiation"].Late != 5 || m["first-in"].Late != 5 || !m["ethics"].Critical || m["contract"].Critical {
		t.Errorf("five days beyond it: initiation %d, first patient %d, critical %v %v", m["initiation"].Late, m["first-in"].Late, m["ethics"].Critical, m["contract"].Critical)
	}
}

func TestWhatIsOverdueIsExpectedTodayAndComesFirst(t *testing.T) {
	t.Parallel()
	plan := startUp(t)
	today := plan[1].Planned + 30
	plan[0].Actual = plan[0].Planned
	all := must(Compute(plan, day("2026-01-01"), today))
	m := byID(all)
	if m["ethics"].State != Overdue || m["ethics"].Forecast != today || m["ethics"].Late != 30 || m["feasibility"].State != Done {
		t.Errorf("ethics is %+v", m["ethics"])
	}
	Urgent(all)
	if all[0].ID != "ethics" || all[1].ID != "contract" || all[len(all)-1].ID != "feasibility" {
		t.Errorf("the order is %s, %s … %s", all[0].ID, all[1].ID, all[len(all)-1].ID)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAPlanThatCannotBeComputedIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	long := make([]Milestone, bound+1)
	for i := range long {
		long[i] = milestone(fmt.Sprint("m", i), 1)
	}
	for _, c := range []struct {
		code, place string
		plan        []Milestone
	}{
		{"site.plan.size", "/milestones", nil},
		{"site.plan.size", "/milestones", long},
		{"site.plan.id", "/milestones/0/id", []Milestone{milestone("Ethics!", 1)}},
		{"site.plan.twice", "/milestones/1/id", []Milestone{milestone("a", 1), milestone("a", 1)}},
		{"site.plan.title", "/milestones/0/title", []Milestone{{ID: "a"}}},
		{"site.plan.days", "/milestones/0/days", []Milestone{milestone("a", -1)}},
		{"site.plan.source", "/milestones/0/from", []Milestone{{ID: "a", Title: odm.Text{"en": "a"}, From: "guess"}}},
		{"site.plan.unknown", "/milestones/1/after/1", []Milestone{milestone("a", 1), milestone("b", 1, "a", "ethic")}},
		{"site.plan.cycle", "/milestones/2/after/0", []Milestone{milestone("a", 1, "b"), milestone("b", 1, "c"), milestone("c", 1, "a")}},
		{"site.plan.cycle", "/milestones/0/after/0", []Milestone{milestone("a", 1, "a")}},
	} {
		e, ok := errors.AsType[*casebook.Error](Check(c.plan))
		if !ok || e.Code != c.code || e.Place != c.place {
			t.Errorf("want %s at %s, got %v", c.code, c.place, e)
		}
	}
	e, _ := errors.AsType[*casebook.Error](Check([]Milestone{milestone("a", 1, "b"), milestone("b", 1, "a")}))
	if e == nil || len(e.Args) != 1 || e.Args[0] != "a → b → a" {
		t.Errorf("the circle is told as %v", e)
	}
}

// On plans at random, the forecast is the longest of all ways through the dependencies, counted one by one, and delaying
// what has slack by as much moves nothing, while one day more moves the end.
func TestComputeAgreesWithEveryWayCountedOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const today, start = Date(20000), Date(20000)
		var all []Milestone
		for i := range rapid.IntRange(1, 9).Draw(t, "size") {
			m := milestone(fmt.Sprint("m", i), rapid.IntRange(1, 30).Draw(t, "days"))
			for k := range i {
				if rapid.IntRange(0, 2).Draw(t, "after") == 0 {
					m.After = append(m.After, all[k].ID)
				}
			}
			all = append(all, m)
		}
		if err := Schedule(all, start); err != nil {
			t.Fatal(err)
		}
		standings := must(Compute(all, start, today))
		end := last(standings)
		for i, s := range standings {
			if want := start + longestWay(all, i); s.Forecast != want {
				t.Fatalf("%s is expected on %d, the longest way says %d", s.ID, s.Forecast, want)
			}
			if got := last(delayed(all, i, s.Slack, start, today)); got != end {
				t.Fatalf("a delay of %s by its slack of %d moves the end from %d to %d", s.ID, s.Slack, end, got)
			}
			if got := last(delayed(all, i, s.Slack+1, start, today)); got != end+1 {
				t.Fatalf("one day more than the slack of %s leaves the end at %d, before %d", s.ID, got, end)
			}
		}
	})
}

func longestWay(all []Milestone, i int) Date {
	var best Date
	for _, id := range all[i].After {
		for k := range i {
			if all[k].ID == id {
				best = max(best, longestWay(all, k))
			}
		}
	}
	return best + Date(all[i].Days)
}

func delayed(all []Milestone, i, days int, start, today Date) []Standing {
	other := append([]Milestone(nil), all...)
	other[i].Days += days
	return must(Compute(other, start, today))
}

func last(all []Standing) (end Date) {
	for _, s := range all {
		end = max(end, s.Forecast)
	}
	return end
}

func TestTheTemplatesNameBothLanguagesAndTheirPath(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"sponsor-startup": {"feasibility", "ethics-submission", "ethics-approval", "contract", "hgrac", "initiation", "first-in", "last-in", "last-out", "close-out"},
		"hospital-office": {"application", "review", "ethics-received", "ethics-review", "ethics-meeting", "ethics-decision", "genetics", "contract", "funds", "coordinator",
			"initiation", "quality-start", "quality-middle", "quality-end", "drugs", "report", "archive"},
	}
	for _, template := range Templates() {
		have := map[string]bool{}
		for _, m := range template.Milestones {
			have[m.ID] = true
			if m.Title["zh-CN"] == "" || m.Title["en"] == "" || m.Owner == "" {
				t.Errorf("%s %s lacks a name or an owner", template.ID, m.ID)
			}
		}
		for _, id := range want[template.ID] {
			if !have[id] {
				t.Errorf("%s has no %s", template.ID, id)
			}
		}
		delete(want, template.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if _, err := Make("nothing", 1); casebook.KindOf(err) != casebook.NotFound {
		t.Errorf("an unknown template: %v", err)
	}
	if all := must(Make("hospital-office", day("2026-01-05"))); all[0].Planned != day("2026-01-12") || Templates()[0].Milestones[0].Planned != 0 {
		t.Error("a plan is made from its start, and the template stays as it is")
	}
}

func TestDatesAreCalendarDays(t *testing.T) {
	t.Parallel()
	var d Date
	for _, bad := range []string{"2026-02-30", "23/11/2026", "0001-01-01", "2026-1-1", "tomorrow"} {
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%s was read as %v", bad, d)
		}
	}
	if err := d.UnmarshalText([]byte("2024-02-29")); err != nil || d.String() != "2024-02-29" || (d+1).String() != "2024-03-01" {
		t.Errorf("%v %v", d, err)
	}
	shanghai := time.FixedZone("CST", 8*3600)
	if got := DateOf(time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC).In(shanghai)); got.String() != "2026-03-02" {
		t.Errorf("the day in Shanghai is %s", got)
	}
}
