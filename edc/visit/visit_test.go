package visit_test

import (
	"fmt"
	"testing"
	"time"

	"casebook/edc/visit"
	"casebook/odm"
)

func on(s string) time.Time {
	d, _ := visit.ParseDay(s)
	return d
}

// A study with a screening 14 days after enrolment at the latest, a baseline counted from it, two visits counted from the
// baseline, a monthly one and a log.
func design() *odm.Index {
	event := func(oid string, w *odm.Window) odm.Event { return odm.Event{OID: oid, Type: odm.Scheduled, Window: w} }
	v := &odm.Version{Events: []odm.Event{
		event("SCR", &odm.Window{Target: "P0D", After: "P14D"}),
		event("BL", &odm.Window{Anchor: "SCR", Target: "P7D", Before: "P3D", After: "P3D"}),
		event("W4", &odm.Window{Anchor: "BL", Target: "P4W", Before: "P2D", After: "P2D"}),
		{OID: "M", Repeating: true, Every: "P1M", Occurs: odm.Occurs{Max: 3}, Window: &odm.Window{Anchor: "BL", Target: "P1M", After: "P5D"}},
		{OID: "AE", Type: odm.Common},
		event("SELF", &odm.Window{Anchor: "SELF", Target: "P1D"}),
		{OID: "END", Aliases: []odm.Alias{{Context: "casebook", Name: "event.last"}}},
	}}
	for _, e := range v.Events {
		v.EventRefs = append(v.EventRefs, odm.Ref{OID: e.OID})
	}
	return v.Index()
}

func plan(s visit.Subject) map[string]string {
	got := map[string]string{}
	for _, v := range visit.Plan(design(), s) {
		text := string(v.State)
		if !v.Target.IsZero() {
			text += v.Target.Format(" 01-02")
		}
		if v.Provisional {
			text += "?"
		}
		if v.Days != 0 {
			text += fmt.Sprintf(" %+d", v.Days)
		}
		got[v.Event+"/"+v.Repeat] = text
	}
	return got
}

func TestVisitsAreCountedFromWhatHasHappened(t *testing.T) {
	t.Parallel()
	held := func(day string) visit.Seen { return visit.Seen{Begun: true, Day: on(day)} }
	for name, c := range map[string]struct {
		s    visit.Subject
		want map[string]string
	}{
		"nobody has come yet": {visit.Subject{Enrolled: on("2026-03-01"), Today: on("2026-03-20")},
			map[string]string{"SCR/1": "overdue 03-01 +5", "BL/1": "planned 03-08?", "W4/1": "planned 04-05?", "M/1": "planned 04-08?", "AE/1": "open", "SELF/1": "open", "END/1": "open"}},
		"screened, and the baseline is due": {visit.Subject{Enrolled: on("2026-03-01"), Today: on("2026-03-10"), Visits: map[visit.Key]visit.Seen{{"SCR", "1"}: held("2026-03-02")}},
			map[string]string{"SCR/1": "held 03-01", "BL/1": "due 03-09", "W4/1": "planned 04-06?", "M/1": "planned 04-09?", "AE/1": "open", "SELF/1": "open", "END/1": "open"}},
		"early, late and again": {visit.Subject{Enrolled: on("2026-03-01"), Today: on("2026-05-20"), Visits: map[visit.Key]visit.Seen{
			{"SCR", "1"}: held("2026-03-02"), {"BL", "1"}: held("2026-03-04"), {"W4", "1"}: held("2026-04-05"), {"M", "1"}: held("2026-04-04"), {"M", "report-7"}: {Begun: true}}},
			map[string]string{"SCR/1": "held 03-01", "BL/1": "early 03-09 -2", "W4/1": "late 04-01 +2", "M/1": "held 04-04", "M/2": "overdue 05-04 +11", "AE/1": "open", "SELF/1": "open", "END/1": "open"}},
		"skipped; without a day nothing is late": {visit.Subject{Enrolled: on("2026-03-01"), Today: on("2026-09-20"), Visits: map[visit.Key]visit.Seen{
			{"SCR", "1"}: held("2026-03-02"), {"BL", "1"}: {Begun: true}, {"W4", "1"}: {Skipped: true}, {"M", "3"}: {Skipped: true}}},
			map[string]string{"SCR/1": "held 03-01", "BL/1": "held 03-09", "W4/1": "skipped 04-06?", "M/3": "skipped 06-09?", "AE/1": "open", "SELF/1": "open", "END/1": "open"}},
		"who has left is not waited for": {visit.Subject{Enrolled: on("2026-03-01"), Left: on("2026-04-01"), Today: on("2026-09-20"), Visits: map[visit.Key]visit.Seen{
			{"SCR", "1"}: held("2026-03-02"), {"BL", "1"}: held("2026-03-09"), {"AE", "1"}: {Begun: true}}},
			map[string]string{"SCR/1": "held 03-01", "BL/1": "held 03-09", "W4/1": "not_expected 04-06", "M/1": "not_expected 04-09", "AE/1": "held", "SELF/1": "open", "END/1": "open"}},
		"the last visit ends the waiting": {visit.Subject{Enrolled: on("2026-03-01"), Today: on("2026-09-20"), Visits: map[visit.Key]visit.Seen{
			{"SCR", "1"}: held("2026-03-02"), {"END", "1"}: held("2026-03-05")}},
			map[string]string{"SCR/1": "held 03-01", "BL/1": "not_expected 03-09", "W4/1": "not_expected 04-06?", "M/1": "not_expected 04-09?", "AE/1": "open", "SELF/1": "open", "END/1": "held"}},
	} {
		if got := plan(c.s); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, got, c.want)
		}
	}
}

func TestADayIsThatOfTheSite(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	if got := visit.DayIn(late, time.FixedZone("", 8*3600)); !got.Equal(on("2026-03-02")) {
		t.Errorf("the evening of 1 March in UTC is %s in China", got)
	}
	for _, s := range []string{"", "2026", "2026-03", "2026-13-01", "yesterday.."} {
		if d, ok := visit.ParseDay(s); ok {
			t.Errorf("%q is the day %s", s, d)
		}
	}
	v := &odm.Version{Items: []odm.Item{{OID: "EventDate"}, {OID: "X", Aliases: []odm.Alias{{Context: "casebook", Name: "event.date"}}}, {OID: "Y"}}}
	if got := fmt.Sprint(visit.DayItems(v)); got != "[EventDate X]" {
		t.Errorf("days are said in %s", got)
	}
}
