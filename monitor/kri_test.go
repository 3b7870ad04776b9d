package monitor

import (
	"context"
	"fmt"
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
	"casebook/trial"
)

// variables are those that the catalogue counts, by domain.
var variables = map[string][]string{"DA": {"DACOMP"}, "AE": {"AETERM", "AESTDAT", "AESER", "SAEAWARE"}, "VS": {"SYS", "DIA", "PULSE", "WEIGHT", "VSDAT"}, "DV": {"DVIMP"},
	"LB": {"LBTOXGR"}, "DS": {"DSDAT", "SDRGYN"}, "PC": {"PCPERF"}, "IE": {"IEYN"}, "DD": {"DTHDAT"}}

// everything is a definition that asks for all of them. Two visits have windows: V1 within three days of enrolment, V2 two weeks
// after it, give or take two days.
func everything() *odm.Version {
	v := &odm.Version{OID: "MDV.1", EventRefs: []odm.Ref{{OID: "V1"}, {OID: "V2"}}, Events: []odm.Event{
		{OID: "V1", Type: odm.Scheduled, Window: &odm.Window{Target: "P0D", After: "P3D"}},
		{OID: "V2", Type: odm.Scheduled, Window: &odm.Window{Anchor: "V1", Target: "P14D", Before: "P2D", After: "P2D"}}}}
	for domain, names := range variables {
		g := odm.ItemGroup{OID: "G." + domain, Domain: domain}
		for _, name := range names {
			v.Items = append(v.Items, odm.Item{OID: "IT." + name, Name: name, SASName: name, DataType: map[bool]odm.DataType{true: "integer", false: "text"}[domain == "VS" && name != "VSDAT"]})
			g.Items = append(g.Items, odm.Ref{OID: "IT." + name})
		}
		v.Groups = append(v.Groups, g)
	}
	day := &v.Items[slices.IndexFunc(v.Items, func(i odm.Item) bool { return i.Name == "VSDAT" })]
	day.Aliases = append(day.Aliases, odm.Alias{Context: "casebook", Name: "event.date"})
	return v
}

// scribe writes down what happens to the subjects of site 01. Day 0 is a Monday, at nine in the morning.
type scribe struct {
	rec     *recorder
	entries []ledger.Entry
}

func at(day, hour, second int) time.Time {
	return time.Date(2026, 3, 2+day, hour, 0, second, 0, time.UTC)
}

func (s *scribe) joins(id casebook.SubjectID) {
	s.entries = append(s.entries, enrolled(at(0, 9, 0), "01", id))
}
func (s *scribe) stands(id casebook.SubjectID, st patient.Status) {
	s.entries = append(s.entries, statusChanged(at(20, 9, 0), "01", id, st))
}

// enters saves a form of a domain; each pair of texts is a variable and its value.
func (s *scribe) enters(when time.Time, id casebook.SubjectID, domain, repeat string, pairs ...string) {
	e := s.rec.saved(when, "01", record.Key{Study: demo.ID, Subject: id, Event: "E", EventRepeat: "1", Form: "F." + domain, FormRepeat: repeat}, valuesOf(domain, pairs)...)
	e.Actor = "linyue"
	s.entries = append(s.entries, e)
}

// comes is a visit, and the day that its form says.
func (s *scribe) comes(when time.Time, id casebook.SubjectID, event, day string) {
	s.entries = append(s.entries, s.rec.saved(when, "01", record.Key{Study: demo.ID, Subject: id, Event: event, EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}, valuesOf("VS", []string{"VSDAT", day})...))
}

// verifies marks values of a form as compared with the source.
func (s *scribe) verifies(when time.Time, id casebook.SubjectID, domain, repeat string, done bool, items ...string) {
	s.entries = append(s.entries, reviewed(when, "01", id, "E/1/F."+domain+"/"+repeat, done, marksOf(domain, items), nil))
}

func marksOf(domain string, items []string) (all []record.Mark) {
	for _, item := range items {
		all = append(all, record.Mark{Group: "G." + domain, Repeat: "1", Item: "IT." + item, Version: 1})
	}
	return all
}

func reviewed(when time.Time, site casebook.SiteID, id casebook.SubjectID, ref string, done bool, marks, taken []record.Mark) ledger.Entry {
	return ledger.Entry{At: when, What: record.Reviewed, Site: site, Subject: id, Ref: ref,
		New: text(map[string]any{"kind": record.SDV, "version": 1, "plan": 0, "done": done, "marks": marks, "taken": taken})}
}

// phoned gives a subject a device on a phone, or ends it.
func phoned(when time.Time, what string, site casebook.SiteID, id casebook.SubjectID, device, phone string) ledger.Entry {
	return ledger.Entry{At: when, What: what, Site: site, Subject: id, Ref: device, New: text(map[string]string{"device": device, "phone": phone})}
}

func valuesOf(domain string, pairs []string) (all []record.Value) {
	for pair := range slices.Chunk(pairs, 2) {
		v := record.Value{Group: "G." + domain, Repeat: "1", Item: "IT." + pair[0], Value: pair[1]}
		if pair[1] == "?" {
			v.Value, v.Blank = "", "unknown"
		}
		all = append(all, v)
	}
	return all
}

// reports is a patient's report with five answers.
func (s *scribe) reports(when time.Time, id casebook.SubjectID, answers ...string) {
	c := record.Change{Definition: 1, Source: "r"}
	for i, a := range answers {
		c.Items = append(c.Items, record.Value{Group: "G.QS", Repeat: "1", Item: fmt.Sprint("IT.Q", i), Value: a})
	}
	s.entries = append(s.entries, ledger.Entry{At: when, What: record.Saved, Site: "01", Subject: id, Ref: fmt.Sprint("E/1/F.QS/", len(s.entries)), New: text(c)})
}

func (s *scribe) asks(when time.Time, query string) {
	s.entries = append(s.entries, ledger.Entry{At: when, What: record.QueryRaised, Site: "01", Subject: "A", Ref: query, New: `{"id":"` + query + `","state":"Open"}`})
}

func (s *scribe) moves(when time.Time, query string, from, to record.QueryState) {
	s.entries = append(s.entries, ledger.Entry{At: when, What: record.QueryChanged, Site: "01", Subject: "A", Ref: query,
		Old: `{"id":"` + query + `","state":"` + string(from) + `"}`, New: `{"id":"` + query + `","state":"` + string(to) + `"}`})
}

// What each indicator of the catalogue counts, in a story of its own.
func TestEachIndicatorCountsWhatItSays(t *testing.T) {
	t.Parallel()
	day := func(n int) string { return at(n, 0, 0).Format(time.DateOnly) }
	ae := func(s *scribe) {
		s.enters(at(30, 9, 0), "A", "AE", "1", "AETERM", "cough", "AESTDAT", day(2), "AESER", "Y", "SAEAWARE", day(28))
		s.enters(at(30, 10, 0), "A", "AE", "2", "AETERM", "rash", "AESTDAT", day(29), "AESER", "N")
		s.enters(at(31, 10, 0), "A", "AE", "2", "AESTDAT", day(1)) // a correction is not entered late
	}
	vs := func(s *scribe) {
		s.enters(at(5, 9, 0), "A", "VS", "1", "SYS", "120", "DIA", "83", "PULSE", "75", "WEIGHT", "70", "VSDAT", day(5)) // a Saturday
		s.enters(at(16, 9, 0), "A", "VS", "2", "SYS", "121", "DIA", "85", "PULSE", "77", "WEIGHT", "71", "VSDAT", day(4))
		s.enters(at(16, 9, 9), "B", "VS", "2", "SYS", "121", "DIA", "85", "PULSE", "77", "WEIGHT", "71", "VSDAT", day(15))
		s.enters(at(17, 9, 0), "A", "VS", "1", "SYS", "122")
		s.enters(at(17, 23, 0), "B", "VS", "3", "SYS", "?")
	}
	diary := func(s *scribe) {
		s.reports(at(1, 20, 0), "A", "1", "2", "3", "4", "5")
		s.reports(at(1, 20, 200), "A", "3", "3", "3", "3", "3")
		s.reports(at(2, 23, 0), "A", "1", "2", "1", "2", "1")
	}
	queries := func(s *scribe) {
		s.asks(at(1, 9, 0), "Q1")
		s.asks(at(1, 9, 0), "Q2")
		s.asks(at(50, 9, 0), "Q3")
		s.moves(at(3, 9, 0), "Q1", record.Open, record.Answered)
		s.moves(at(4, 9, 0), "Q1", record.Answered, record.Open) // the answer did not do
		s.moves(at(5, 9, 0), "Q1", record.Open, record.Closed)
	}
	clears := func(s *scribe) {
		k := record.Key{Study: demo.ID, Subject: "A", Event: "E", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}
		for _, c := range []record.Change{{Definition: 1, Opened: []record.Query{{ID: "X"}, {ID: "Y"}}}, {Definition: 1, Closed: []record.Query{{ID: "X"}}}} {
			s.entries = append(s.entries, ledger.Entry{At: at(1, 9, 0), Actor: "linyue", What: record.Saved, Site: "01", Subject: "A", Ref: k.Ref(), New: text(c)})
		}
	}
	visits := func(s *scribe) {
		s.comes(at(3, 9, 0), "A", "V1", day(2))
		s.comes(at(21, 9, 0), "A", "V2", day(20)) // two days after its window
		s.comes(at(10, 9, 0), "B", "V1", day(9))
		s.comes(at(17, 9, 0), "B", "V2", day(16))
		s.comes(at(18, 9, 0), "B", "V1", day(1)) // a correction, by which both are in time
	}
	marks := func(s *scribe) {
		s.enters(at(5, 9, 0), "A", "VS", "1", "SYS", "120", "DIA", "83")
		s.enters(at(5, 9, 0), "A", "VS", "2", "SYS", "121")
		s.enters(at(5, 9, 0), "B", "VS", "1", "SYS", "118", "DIA", "80")
		s.verifies(at(6, 9, 0), "A", "VS", "1", true, "SYS", "DIA")
		s.verifies(at(6, 9, 0), "A", "VS", "2", true, "SYS")
		s.verifies(at(6, 9, 0), "B", "VS", "1", false, "SYS")
		s.enters(at(8, 9, 0), "A", "VS", "1", "SYS", "122") // must be looked at again
		s.enters(at(50, 9, 0), "B", "VS", "2", "SYS", "119")
	}
	phones := func(s *scribe) {
		for _, d := range [][3]string{{"A", "1", "x"}, {"B", "2", "y"}, {"B", "3", "x"}} {
			s.entries = append(s.entries, phoned(at(1, 9, 0), epro.DeviceEnrolled, "01", casebook.SubjectID(d[0]), d[1], d[2]))
		}
	}
	told := map[string]bool{}
	ends := func(s *scribe) {
		s.stands("A", patient.Withdrawn)
		s.stands("B", patient.ScreenFailed)
	}
	for _, c := range []struct {
		kri   string
		story func(*scribe)
		want  stat.Counts
	}{
		{"kri0001", ae, stat.Counts{Num: 2, Den: 122}}, // two subjects, 61 days each
		{"kri0002", ae, stat.Counts{Num: 1, Den: 122}},
		{"kri0003", func(s *scribe) { s.enters(at(1, 9, 0), "A", "DV", "1", "DVIMP", "N") }, stat.Counts{Num: 1, Den: 122}},
		{"kri0004", func(s *scribe) {
			s.enters(at(1, 9, 0), "A", "DV", "1", "DVIMP", "Y")
			s.enters(at(9, 9, 0), "A", "DS", "1", "DSDAT", day(9)) // the last contact
		}, stat.Counts{Num: 1, Den: 71}},
		{"kri0005", func(s *scribe) {
			s.enters(at(1, 9, 0), "A", "LB", "1", "LBTOXGR", "3")
			s.enters(at(1, 9, 0), "A", "LB", "2", "LBTOXGR", "0")
		}, stat.Counts{Num: 1, Den: 2}},
		{"kri0006", ends, stat.Counts{Num: 1, Den: 1}},
		{"kri0007", func(s *scribe) { s.enters(at(9, 9, 0), "A", "DS", "1", "SDRGYN", "N") }, stat.Counts{Num: 1, Den: 2}},
		{"kri0008", func(s *scribe) { queries(s); vs(s) }, stat.Counts{Num: 3, Den: 15}},
		{"kri0009", queries, stat.Counts{Num: 1, Den: 3}}, // Q2 is open for 59 days, Q3 for ten
		{"kri0010", vs, stat.Counts{Num: 1, Den: 3}},
		{"kri0011", vs, stat.Counts{Num: 1, Den: 15}},
		{"kri0012", ends, stat.Counts{Num: 1, Den: 2}},
		{"kri0013", func(s *scribe) {
			s.enters(at(1, 9, 0), "A", "PC", "1", "PCPERF", "Y")
			s.enters(at(1, 9, 0), "A", "PC", "2", "PCPERF", "N")
		}, stat.Counts{Num: 1, Den: 2}},
		{"kri0014", func(s *scribe) { s.enters(at(1, 9, 0), "A", "IE", "1", "IEYN", "N") }, stat.Counts{Num: 1, Den: 2}},
		{"kri0015", func(s *scribe) { s.enters(at(50, 9, 0), "A", "DD", "1", "DTHDAT", day(50)) }, stat.Counts{Num: 1, Den: 2}},
		{"qtl-discontinued", ends, stat.Counts{Num: 1, Den: 1}},
		{"qtl-ineligible", func(s *scribe) { s.enters(at(1, 9, 0), "A", "IE", "1", "IEYN", "N") }, stat.Counts{Num: 1, Den: 2}},
		{"accountability", func(s *scribe) {
			s.enters(at(1, 9, 0), "A", "DA", "1", "DACOMP", "79")
			s.enters(at(1, 9, 0), "A", "DA", "2", "DACOMP", "120")
		}, stat.Counts{Num: 1, Den: 2}},
		{"ae-lag", ae, stat.Counts{Num: 1, Den: 2}},
		{"sae-lag", ae, stat.Counts{Num: 1, Den: 1}},
		{"blanks", vs, stat.Counts{Num: 1, Den: 15}},
		{"diary-bursts", diary, stat.Counts{Num: 1, Den: 3}},
		{"diary-night", diary, stat.Counts{Num: 1, Den: 3}},
		{"diary-rate", diary, stat.Counts{Num: 3, Den: 122}},
		{"diary-straight", diary, stat.Counts{Num: 1, Den: 3}},
		{"entry-night", vs, stat.Counts{Num: 1, Den: 5}},
		{"entry-speed", vs, stat.Counts{Num: 1, Den: 5}}, // for B nine seconds after A
		{"even-digits", vs, stat.Counts{Num: 1, Den: 9}},
		{"round-digits", vs, stat.Counts{Num: 3, Den: 9}},
		{"cleared-queries", clears, stat.Counts{Num: 1, Den: 2}},
		{"reopened-queries", queries, stat.Counts{Num: 1, Den: 3}},
		{"weekend-visits", vs, stat.Counts{Num: 1, Den: 3}},
		{"copied-readings", vs, stat.Counts{Num: 2, Den: 3}},
		{"detect-digits", vs, stat.Counts{Num: 3, Den: 9}},
		{"detect-weekdays", vs, stat.Counts{Num: 1, Den: 3}},
		{"detect-spread", vs, stat.Counts{Num: 9, Den: 9}},
		{"detect-shift", vs, stat.Counts{Num: 9, Den: 9}},
		{"carried-readings", func(s *scribe) {
			vs(s)
			s.enters(at(20, 9, 0), "A", "VS", "4", "SYS", "121", "PULSE", "77", "WEIGHT", "71")
		}, stat.Counts{Num: 2, Den: 5}}, // WEIGHT hardly changes, and says nothing
		{"detect-twins", vs, stat.Counts{Num: 2, Den: 3}},
		{"detect-inliers", vs, stat.Counts{Num: 3, Den: 3}},
		{"watch-events", ae, stat.Counts{Num: 2, Den: 122}},
		{"visit-window", visits, stat.Counts{Num: 1, Den: 4}},
		{"sdv-backlog", marks, stat.Counts{Num: 2, Den: 3}},
		{"shared-phones", phones, stat.Counts{Num: 2, Den: 2}},
	} {
		told[c.kri] = true
		s := &scribe{rec: newRecorder(), entries: []ledger.Entry{siteAdded(at(-1, 9, 0), trial.Site{ID: "01", Zone: "UTC"})}}
		s.joins("A")
		s.joins("B")
		c.story(s)
		def := everything()
		service := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
		st := newState(service.base)
		if err := service.take(t.Context(), demo.ID, st, indexed(s.entries)); err != nil {
			t.Fatal(err)
		}
		st.advance(at(60, 9, 0))
		k, in := st.find(c.kri)
		if in == nil {
			t.Fatalf("there is no %s", c.kri)
		}
		if got := st.of(st.sites["01"], k); got != c.want {
			t.Errorf("%s (%s): %+v, not %+v", c.kri, in.Name.In("en"), got, c.want)
		}
	}
	for _, k := range Indicators() {
		if !told[k.ID] {
			t.Errorf("nobody tells what %s counts", k.ID)
		}
	}
}
