package schedule_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook/epro/schedule"
)

// expected is one window as it was worked out by hand, with a calendar and the dates of the clock changes (in New York
// on 8 March and 1 November 2026), never by this program.
type expected struct{ form, opens, closes string }

var byHand = map[string]struct {
	file, zone string
	total      int
	windows    []expected
}{
	"mdd, New York": {"schedule-radar-mdd-kcl.json", "America/New_York", 303, []expected{
		{"DEMO", "2026-01-10T14:00:00Z", "2026-01-11T14:00:00Z"},
		{"PHQ8", "2026-01-10T14:30:00Z", "2026-01-13T14:30:00Z"},
		{"ESM28Q", "2026-01-11T14:26:00Z", "2026-01-11T14:41:00Z"},
		{"AUDIO_2", "2026-01-24T16:30:00Z", "2026-01-27T16:30:00Z"},
		{"THINC-IT", "2026-02-21T16:00:00Z", "2026-02-22T16:00:00Z"},
		{"PHQ8", "2026-03-07T14:30:00Z", "2026-03-10T13:30:00Z"}, // over the change to summer time: three days by the clock on the wall
		{"PHQ8", "2026-03-21T13:30:00Z", "2026-03-24T13:30:00Z"},
		{"THINC-IT", "2026-04-04T15:00:00Z", "2026-04-05T15:00:00Z"},
		{"ESM28Q", "2026-04-05T13:26:00Z", "2026-04-05T13:41:00Z"},
		{"PHQ8", "2026-10-31T13:30:00Z", "2026-11-03T14:30:00Z"}, // and back
		{"PHQ8", "2026-11-14T14:30:00Z", "2026-11-17T14:30:00Z"},
	}},
	"mdd, Shanghai": {"schedule-radar-mdd-kcl.json", "Asia/Shanghai", 303, []expected{
		{"DEMO", "2026-01-10T01:00:00Z", "2026-01-11T01:00:00Z"},
		{"PHQ8", "2026-01-10T01:30:00Z", "2026-01-13T01:30:00Z"},
		{"ESM28Q", "2026-01-11T01:26:00Z", "2026-01-11T01:41:00Z"},
		{"AUDIO_2", "2026-01-24T03:30:00Z", "2026-01-27T03:30:00Z"},
		{"THINC-IT", "2026-02-21T03:00:00Z", "2026-02-22T03:00:00Z"},
		{"PHQ8", "2026-03-07T01:30:00Z", "2026-03-10T01:30:00Z"},
		{"PHQ8", "2026-03-21T01:30:00Z", "2026-03-24T01:30:00Z"},
		{"THINC-IT", "2026-04-04T03:00:00Z", "2026-04-05T03:00:00Z"},
		{"PHQ8", "2026-10-31T01:30:00Z", "2026-11-03T01:30:00Z"},
		{"PHQ8", "2026-11-14T01:30:00Z", "2026-11-17T01:30:00Z"},
	}},
	"epilepsy, New York": {"schedule-esm-bruno.json", "America/New_York", 4849, []expected{
		{"esm_epi_mod_1", "2026-01-10T14:30:00Z", "2026-01-10T14:45:00Z"},
		{"esm_epi_mod_1", "2026-01-11T15:00:00Z", "2026-01-11T15:15:00Z"},
		{"bipq", "2026-01-11T16:00:00Z", "2026-01-18T16:00:00Z"},
		{"bipq", "2026-03-01T16:00:00Z", "2026-03-08T15:00:00Z"}, // a week that has an hour less
		{"morning_assessment", "2026-03-07T14:00:00Z", "2026-03-07T19:00:00Z"},
		{"morning_assessment", "2026-03-08T13:00:00Z", "2026-03-08T18:00:00Z"},
		{"esm_epi_mod_1", "2026-03-08T14:00:00Z", "2026-03-08T14:15:00Z"},
		{"bipq", "2026-03-08T15:00:00Z", "2026-03-15T15:00:00Z"},
		{"evening_assessment", "2026-11-01T00:00:00Z", "2026-11-01T05:00:00Z"}, // five hours that pass, up to the first one o'clock
		{"evening_assessment", "2026-11-02T01:00:00Z", "2026-11-02T06:00:00Z"},
	}},
	"epilepsy, Shanghai": {"schedule-esm-bruno.json", "Asia/Shanghai", 4849, []expected{
		{"esm_epi_mod_1", "2026-01-10T01:30:00Z", "2026-01-10T01:45:00Z"},
		{"esm_epi_mod_1", "2026-01-11T02:00:00Z", "2026-01-11T02:15:00Z"},
		{"bipq", "2026-01-11T03:00:00Z", "2026-01-18T03:00:00Z"},
		{"bipq", "2026-03-01T03:00:00Z", "2026-03-08T03:00:00Z"},
		{"morning_assessment", "2026-03-07T01:00:00Z", "2026-03-07T06:00:00Z"},
		{"morning_assessment", "2026-03-08T01:00:00Z", "2026-03-08T06:00:00Z"},
		{"esm_epi_mod_1", "2026-03-08T02:00:00Z", "2026-03-08T02:15:00Z"},
		{"bipq", "2026-03-08T03:00:00Z", "2026-03-15T03:00:00Z"},
		{"evening_assessment", "2026-10-31T12:00:00Z", "2026-10-31T17:00:00Z"},
		{"evening_assessment", "2026-11-01T12:00:00Z", "2026-11-01T17:00:00Z"},
	}},
}

func TestTwoRealSchedulesOverAYear(t *testing.T) {
	t.Parallel()
	corpus := cmp.Or(os.Getenv("CASEBOOK_CORPUS"), "../../../shared/data")
	for name, c := range byHand {
		text, err := os.ReadFile(filepath.Join(corpus, "epro", c.file))
		if os.IsNotExist(err) {
			t.Skip("CASEBOOK_CORPUS is not set")
		}
		if err != nil {
			t.Fatal(err)
		}
		s := read(t, string(text))
		windows, err := s.Simulate("2026-01-10T09:00:00", c.zone, 365)
		if err != nil || len(windows) != c.total {
			t.Errorf("%s: %d windows, want %d: %v", name, len(windows), c.total, err)
		}
		if missed := missing(windows, c.windows); len(missed) > 0 {
			t.Errorf("%s: not there: %v", name, missed)
		}
		// Control: the same subject an hour's flight away must not pass.
		elsewhere, err := s.Simulate("2026-01-10T09:00:00", "America/Chicago", 365)
		if missed := missing(elsewhere, c.windows); err != nil || len(missed) == 0 {
			t.Errorf("%s: Chicago keeps the same hours: %v", name, err)
		}
	}
}

// missing are the expected windows that are not among those given.
func missing(windows []schedule.Window, want []expected) (missed []expected) {
	have := map[expected]bool{}
	for _, w := range windows {
		have[expected{w.Form, w.Opens.UTC().Format(time.RFC3339), w.Closes.UTC().Format(time.RFC3339)}] = true
	}
	for _, e := range want {
		if !have[e] {
			missed = append(missed, e)
		}
	}
	return missed
}

func TestRADARsRemindersAndClinicVisits(t *testing.T) {
	t.Parallel()
	s := read(t, `{"protocols":[{"name":"A","protocol":{"repeatProtocol":{"unit":"week","amount":1},"repeatQuestionnaire":{"unit":"hour","unitsFromZero":[9]},
		"reminders":{"unit":"hour","amount":2,"repeat":3},"completionWindow":{"unit":"hour","amount":5}}},
		{"name":"B","protocol":{"clinicalProtocol":{"repeatAfterClinicVisit":{"unit":"day","unitsFromZero":[1]}}}}]}`)
	windows, err := s.Simulate("2026-01-10T08:00:00", "Asia/Shanghai", 8)
	if err != nil || opened(windows) != "Jan 10 09:00 CST, Jan 17 09:00 CST" || len(windows[0].Reminders) != 2 {
		t.Errorf("%v %v", windows, err)
	}
	if f := s.Forms[1]; f.Anchor.Kind != schedule.Visit || !strings.HasPrefix(f.At[0], "+1 ") {
		t.Errorf("the clinic's form: %+v", f)
	}
}
