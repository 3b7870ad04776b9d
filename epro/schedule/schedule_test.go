package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/epro/schedule"

	"github.com/go-json-experiment/json"
)

func read(t *testing.T, text string) *schedule.Schedule {
	t.Helper()
	s, err := schedule.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func one(form string) string {
	return `{"format":"casebook-schedule/1","name":"test","holidays":["2026-02-17","2026-02-18"],"forms":[` + form + `]}`
}

// openings are the times at which the windows of a simulation open, as the subject's clock shows them.
func openings(t *testing.T, text, anchor, zone string, days int) string {
	t.Helper()
	windows, err := read(t, text).Simulate(anchor, zone, days)
	if err != nil {
		t.Fatal(err)
	}
	return opened(windows)
}

func opened(windows []schedule.Window) string {
	var all []string
	for _, w := range windows {
		all = append(all, w.Opens.Format("Jan 2 15:04 MST"))
	}
	return strings.Join(all, ", ")
}

func TestWhenAFormIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form, anchor, zone string
		days               int
		want               string
	}{
		"twice a day": {`{"form":"F","at":["07:00","19:00"],"every":"P1D","window":"PT3H"}`, "2026-01-10T09:00:00", "Asia/Shanghai", 2,
			"Jan 10 07:00 CST, Jan 10 19:00 CST, Jan 11 07:00 CST, Jan 11 19:00 CST"},
		"a window that closed before the enrolment is nobody's": {`{"form":"F","at":["07:00"],"every":"P1D","window":"PT2H"}`, "2026-01-10T09:00:00", "Asia/Shanghai", 2,
			"Jan 11 07:00 CST"},
		"a time that the clock change leaves out": {`{"form":"F","at":["02:30"],"every":"P1D","window":"PT1H"}`, "2026-03-07T00:00:00", "America/New_York", 3,
			"Mar 7 02:30 EST, Mar 8 03:30 EDT, Mar 9 02:30 EDT"},
		"a time that comes twice": {`{"form":"F","at":["01:30"],"every":"P1D","window":"PT1H"}`, "2026-10-31T00:00:00", "America/New_York", 3,
			"Oct 31 01:30 EDT, Nov 1 01:30 EDT, Nov 2 01:30 EST"},
		"a midnight that is left out": {`{"form":"F","at":["00:00"],"every":"P1D","window":"PT1H"}`, "2026-04-23T12:00:00", "Africa/Cairo", 3,
			"Apr 24 01:00 EEST, Apr 25 00:00 EEST"},
		"the last of the month": {`{"form":"F","at":["08:00"],"every":"P1M","window":"P1D"}`, "2026-01-31T00:00:00", "Asia/Shanghai", 100,
			"Jan 31 08:00 CST, Feb 28 08:00 CST, Mar 31 08:00 CST, Apr 30 08:00 CST"},
		"only so often":       {`{"form":"F","at":["08:00"],"every":"P1W","times":2,"start":"P3D","window":"P1D"}`, "2026-01-10T00:00:00", "Asia/Shanghai", 90, "Jan 13 08:00 CST, Jan 20 08:00 CST"},
		"not after its end":   {`{"form":"F","at":["08:00"],"every":"P1D","until":"P2D","window":"P1D"}`, "2026-01-10T00:00:00", "Asia/Shanghai", 90, "Jan 10 08:00 CST, Jan 11 08:00 CST"},
		"on some days":        {`{"form":"F","at":["08:00"],"every":"P1D","weekdays":["mon","thu"],"window":"P1D"}`, "2026-01-10T00:00:00", "Asia/Shanghai", 8, "Jan 12 08:00 CST, Jan 15 08:00 CST"},
		"holidays are kept":   {`{"form":"F","at":["08:00"],"every":"P1D","window":"P1D"}`, "2026-02-16T00:00:00", "Asia/Shanghai", 3, "Feb 16 08:00 CST, Feb 17 08:00 CST, Feb 18 08:00 CST"},
		"holidays are free":   {`{"form":"F","at":["08:00"],"every":"P1D","holiday":"skip","window":"P1D"}`, "2026-02-16T00:00:00", "Asia/Shanghai", 4, "Feb 16 08:00 CST, Feb 19 08:00 CST"},
		"after the holidays":  {`{"form":"F","at":["08:00"],"every":"P1W","holiday":"next","window":"P1D"}`, "2026-02-10T00:00:00", "Asia/Shanghai", 10, "Feb 10 08:00 CST, Feb 19 08:00 CST"},
		"from a date":         {`{"form":"F","anchor":{"kind":"calendar","date":"2026-03-01"},"at":["08:00"],"window":"P1D"}`, "2026-01-10T00:00:00", "Asia/Shanghai", 90, "Mar 1 08:00 CST"},
		"once, at the anchor": {`{"form":"F","window":"PT2H"}`, "2026-01-10T09:00:00", "Asia/Shanghai", 90, "Jan 10 09:00 CST"},
		"a while after it":    {`{"form":"F","start":"PT90M","window":"PT2H"}`, "2026-03-08T01:00:00", "America/New_York", 2, "Mar 8 03:30 EDT"},
		"later in its cycle":  {`{"form":"F","at":["+2 08:00"],"every":"P1W","window":"P1D"}`, "2026-01-10T09:00:00", "Asia/Shanghai", 10, "Jan 12 08:00 CST, Jan 19 08:00 CST"},
		"no visit, no form":   {`{"form":"F","anchor":{"kind":"visit"},"at":["08:00"],"window":"P1D"}`, "2026-01-10T09:00:00", "Asia/Shanghai", 10, ""},
	} {
		if got := openings(t, one(c.form), c.anchor, c.zone, c.days); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestRemindersFallWithinTheirWindow(t *testing.T) {
	t.Parallel()
	s := read(t, one(`{"form":"F","at":["07:00"],"window":"P3D","reminders":["PT2H","P1D","-PT1H","P4D"]}`))
	windows, err := s.Simulate("2026-03-07T00:00:00", "America/New_York", 1)
	if err != nil || len(windows) != 1 {
		t.Fatal(windows, err)
	}
	var got []string
	for _, r := range windows[0].Reminders {
		got = append(got, r.Format(time.RFC3339))
	}
	want := []string{"2026-03-07T09:00:00-05:00", "2026-03-08T07:00:00-04:00", "2026-03-10T06:00:00-04:00"}
	if !slices.Equal(got, want) {
		t.Errorf("reminders %v, want %v", got, want)
	}
	if c := windows[0].Closes.Format(time.RFC3339); c != "2026-03-10T07:00:00-04:00" {
		t.Errorf("three days later is %s", c)
	}
}

func TestEachDoseBeginsPromptsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := read(t, one(`{"form":"F","anchor":{"kind":"dose"},"start":"PT2H","window":"PT1H"},{"form":"G","anchor":{"kind":"event","name":"FALL"},"window":"P1D"}`))
	zone, _ := schedule.Zone("Asia/Shanghai")
	at := func(clock string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", clock, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	windows, err := s.Windows([]schedule.Happened{{Kind: "enrolment", At: at("2026-01-01 08:00")}, {Kind: "dose", At: at("2026-01-02 08:00")},
		{Kind: "dose", At: at("2026-01-09 20:15")}, {Kind: "event", Name: "OTHER", At: at("2026-01-03 08:00")}, {Kind: "event", Name: "FALL", At: at("2026-01-04 23:50")}},
		schedule.Stays{{Zone: zone}}, time.Time{}, at("2026-02-01 00:00"))
	if got := opened(windows); err != nil || got != "Jan 2 10:00 CST, Jan 4 23:50 CST, Jan 9 22:15 CST" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPromptsTravelWithThePatient(t *testing.T) {
	t.Parallel()
	s := read(t, one(`{"form":"F","at":["07:00","12:00","21:00"],"every":"P1D","window":"PT2H"}`))
	home, _ := schedule.Zone("Asia/Shanghai")
	away, _ := schedule.Zone("America/New_York")
	windows := func(stays ...schedule.Stay) string {
		enrolled := time.Date(2026, 6, 1, 0, 0, 0, 0, stays[0].Zone)
		w, err := s.Windows([]schedule.Happened{{Kind: "enrolment", At: enrolled}}, stays, time.Time{}, enrolled.AddDate(0, 0, 3))
		if err != nil {
			t.Fatal(err)
		}
		for i := range w { // a prompt is asked once, wherever the patient is
			for j := range i {
				if w[i].Key == w[j].Key {
					t.Errorf("%s is asked twice", w[i].Key)
				}
			}
		}
		return opened(w)
	}
	west := windows(schedule.Stay{Zone: home}, schedule.Stay{Since: time.Date(2026, 6, 2, 15, 0, 0, 0, home), Zone: away}) // there it is 03:00
	if west != "Jun 1 07:00 CST, Jun 1 12:00 CST, Jun 1 21:00 CST, Jun 2 07:00 CST, Jun 2 12:00 CST, Jun 2 21:00 EDT, Jun 3 07:00 EDT" {
		t.Errorf("to the west: %s", west)
	}
	east := windows(schedule.Stay{Zone: away}, schedule.Stay{Since: time.Date(2026, 6, 1, 6, 0, 0, 0, away), Zone: home}) // there it is 18:00
	if !strings.HasPrefix(east, "Jun 1 18:00 CST, Jun 1 18:00 CST, Jun 1 21:00 CST, Jun 2 07:00 CST") {
		t.Errorf("to the east: %s", east)
	}
}

func TestWhatIsAskedFromAMomentOnIsTheEndOfWhatIsAskedAtAll(t *testing.T) {
	t.Parallel()
	zone, _ := schedule.Zone("America/New_York")
	enrolled := time.Date(2026, 1, 10, 9, 0, 0, 0, zone)
	stays, happened := schedule.Stays{{Zone: zone}}, []schedule.Happened{{Kind: "enrolment", At: enrolled}}
	s := read(t, one(`{"form":"A","at":["07:00","+3 19:00"],"every":"P5D","window":"P3D","holiday":"next"},{"form":"B","at":["02:30"],"every":"P1M","window":"PT3H"},
		{"form":"C","at":["08:00"],"every":"P1D","times":200,"window":"P2M"}`))
	all, err := s.Windows(happened, stays, time.Time{}, enrolled.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for day := range 365 {
		since := enrolled.AddDate(0, 0, day)
		some, err := s.Windows(happened, stays, since, enrolled.AddDate(1, 0, 0))
		want := slices.DeleteFunc(slices.Clone(all), func(w schedule.Window) bool { return !w.Closes.After(since) })
		if err != nil || !slices.EqualFunc(some, want, func(a, b schedule.Window) bool { return a.Form == b.Form && a.Key == b.Key }) {
			t.Fatalf("from day %d on %d windows, not %d: %v", day, len(some), len(want), err)
		}
	}
}

func TestAScheduleThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                 "epro.schedule.json",
		`[]`:                               "epro.schedule.json",
		`{}`:                               "epro.schedule.format at /format",
		`{"format":"casebook-schedule/9"}`: "epro.schedule.format at /format",
		one(``):                            "epro.schedule.forms at /forms",
		one(`{"form":"F","at":["7:00"],"window":"P1D"}`):                                                       "epro.schedule.at at /forms/0/at/0",
		one(`{"form":"F","at":["+-1 07:00"],"window":"P1D"}`):                                                  "epro.schedule.at at /forms/0/at/0",
		one(`{"form":"F","window":"3 days"}`):                                                                  "epro.schedule.duration at /forms/0/window",
		one(`{"form":"F","window":"PT99999999H"}`):                                                             "epro.schedule.duration at /forms/0/window",
		one(`{"form":"F"}`):                                                                                    "epro.schedule.window at /forms/0/window",
		one(`{"form":"F","window":"-P1D"}`):                                                                    "epro.schedule.window at /forms/0/window",
		one(`{"form":"F","window":"P1D","at":["07:00"],"every":"PT8H"}`):                                       "epro.schedule.whole_days at /forms/0/every",
		one(`{"form":"F","window":"P1D","every":"P1D"}`):                                                       "epro.schedule.at_needed at /forms/0/at",
		one(`{"form":"F","window":"P1D","weekdays":["Monday"]}`):                                               "epro.schedule.weekday at /forms/0/weekdays/0",
		one(`{"form":"F","window":"P1D","anchor":{"kind":"birth"}}`):                                           "epro.schedule.anchor_kind at /forms/0/anchor",
		one(`{"form":"F","window":"P1D","anchor":{"kind":"calendar"}}`):                                        "epro.schedule.anchor_kind at /forms/0/anchor",
		one(`{"form":"F","window":"P1D","holiday":"never"}`):                                                   "epro.schedule.holiday at /forms/0/holiday",
		one(`{"form":"F","window":"P1D","color":"red"}`):                                                       "epro.schedule.json at /forms/0/color",
		one(`{"window":"P1D"}`):                                                                                "epro.schedule.no_form at /forms/0/form",
		`{"protocols":[{"name":"A","protocol":{}}]}`:                                                           "epro.schedule.radar at /protocols/0/protocol",
		`{"protocols":[{"name":"A","protocol":{"repeatQuestionnaire":{"unit":"blink","unitsFromZero":[1]}}}]}`: "epro.schedule.radar at /protocols/0/protocol",
	} {
		_, err := schedule.Read([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || casebook.KindOf(err) != casebook.Invalid {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	s := read(t, one(`{"form":"F","at":["07:00"],"window":"P1D"}`))
	for _, c := range [][2]string{{"yesterday", "Asia/Shanghai"}, {"2026-01-10T09:00:00", "Local"}, {"2026-01-10T09:00:00", "Mars/Olympus"}, {"2026-01-10T09:00:00", "../etc/passwd"}} {
		if _, err := s.Simulate(c[0], c[1], 10); casebook.KindOf(err) != casebook.Invalid {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestASchedulesTextSurvivesTheWayThereAndBack(t *testing.T) {
	t.Parallel()
	s := read(t, one(`{"form":"F","anchor":{"kind":"dose"},"start":"P1Y2M3D","at":["+2 07:30"],"every":"P1W","window":"P1DT2H3M4S","reminders":["-PT1H"]}`))
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read(t, string(text)))
	if err != nil || string(again) != string(text) {
		t.Errorf("%s\n%s %v", text, again, err)
	}
}

// Whatever is given, reading and simulating end, with windows that open before they close.
func FuzzSchedule(f *testing.F) {
	f.Add(one(`{"form":"F","at":["02:30"],"every":"P1D","window":"PT1H","reminders":["-PT5M"]}`), "America/New_York")
	f.Add(`{"protocols":[{"name":"A","protocol":{"repeatProtocol":{"unit":"year","amount":9999},"repeatQuestionnaire":{"unit":"min","unitsFromZero":[540]}}}]}`, "Asia/Shanghai")
	f.Fuzz(func(t *testing.T, text, zone string) {
		s, err := schedule.Read([]byte(text))
		if err != nil {
			return
		}
		windows, err := s.Simulate("2026-03-01T09:00:00", zone, 60)
		if err != nil {
			return
		}
		for _, w := range windows {
			if !w.Opens.Before(w.Closes) {
				t.Errorf("it closes when it opens: %+v", w)
			}
		}
	})
}
