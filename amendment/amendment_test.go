package amendment_test

import (
	"context"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/amendment"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const study = casebook.StudyID("AMD-1")

func rule(code string) []odm.Expression { return []odm.Expression{{Context: "casebook", Code: code}} }

// first is a study with one visit; second is what an amendment makes of it: a narrower limit, a check less, a question
// less and a mandatory one more, another question's words, another rounding, skip logic the other way round, one more visit.
func first() *odm.Version {
	return &odm.Version{OID: "V", Name: "First",
		EventRefs: []odm.Ref{{OID: "E1"}},
		Events:    []odm.Event{{OID: "E1", Name: "Visit", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F1"}}}},
		Forms:     []odm.Form{{OID: "F1", Name: "Form", Groups: []odm.Ref{{OID: "G1"}}}},
		Groups: []odm.ItemGroup{{OID: "G1", Name: "Group", Items: []odm.Ref{{OID: "SYS", Mandatory: true}, {OID: "DIA"}, {OID: "OLD"}, {OID: "W"}, {OID: "H"},
			{OID: "BMI", Method: "M1"}, {OID: "SMOKE"}, {OID: "PACKS", Hidden: "C1"}}}},
		Items: []odm.Item{
			{OID: "SYS", Name: "SYS", DataType: "integer", Question: odm.Text{"en": "Systolic"}, Checks: []odm.RangeCheck{{Expressions: rule("SYS < 200")}}},
			{OID: "DIA", Name: "DIA", DataType: "integer", Question: odm.Text{"en": "Diastolic"}, Checks: []odm.RangeCheck{{Expressions: rule("DIA < 60")}}},
			{OID: "OLD", Name: "OLD", DataType: "text", Question: odm.Text{"en": "Old"}},
			{OID: "W", Name: "W", DataType: "integer", Question: odm.Text{"en": "Weight"}}, {OID: "H", Name: "H", DataType: "integer", Question: odm.Text{"en": "Height"}},
			{OID: "BMI", Name: "BMI", DataType: "float", Question: odm.Text{"en": "BMI"}}, {OID: "SMOKE", Name: "SMOKE", DataType: "text", Question: odm.Text{"en": "Smokes"}},
			{OID: "PACKS", Name: "PACKS", DataType: "integer", Question: odm.Text{"en": "Packs"}}, {OID: "NEW", Name: "NEW", DataType: "text", Question: odm.Text{"en": "New"}}},
		Conditions: []odm.Condition{{OID: "C1", Name: "C1", Expressions: rule("SMOKE == 'N'")}},
		Methods:    []odm.Method{{OID: "M1", Name: "M1", Type: "Computation", Expressions: rule("round(W / ((H / 100) * (H / 100)), 1)")}},
	}
}

func second() *odm.Version {
	v := first()
	v.OID = "V2"
	v.EventRefs = append(v.EventRefs, odm.Ref{OID: "E2"})
	v.Events = append(v.Events, odm.Event{OID: "E2", Name: "Another", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F1"}}})
	items := slices.DeleteFunc(v.Groups[0].Items, func(r odm.Ref) bool { return r.OID == "OLD" })
	v.Groups[0].Items = append(items, odm.Ref{OID: "NEW", Mandatory: true})
	v.Items[0].Checks[0].Expressions = rule("SYS < 140")
	v.Items[1].Checks, v.Items[1].Question = nil, odm.Text{"en": "Diastolic, lying"}
	v.Conditions[0].Expressions = rule("SMOKE == 'Y'")
	v.Methods[0].Expressions = rule("round(W / ((H / 100) * (H / 100)), 0)")
	return v
}

// ward is a site with filled casebooks, some signed, some verified, some frozen.
type ward struct {
	t      *testing.T
	ctx    context.Context
	clock  *casebook.Clock
	ledger *ledger.Ledger
	trials *trial.Service
	forms  *record.Service
	amend  *amendment.Service
	ids    []casebook.SubjectID
}

func key(id casebook.SubjectID) record.Key {
	return record.Key{Study: study, Subject: id, Event: "E1", EventRepeat: "1", Form: "F1", FormRepeat: "1"}
}

func build(t *testing.T, engine string, n int) *ward {
	t.Helper()
	w := &ward{t: t, clock: casebook.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	w.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "hexiao", Role: "datamanager", Location: "sponsor"})
	tick := func() time.Time { w.clock.Add(time.Microsecond); return w.clock.Now() }
	db := storetest.Open(t, storetest.DSN(t, engine), casebook.World{Now: tick, Rand: casebook.Outside().Rand},
		[]fs.FS{ledger.Migrations, auth.Migrations, patient.Migrations, trial.Migrations, record.Migrations})
	w.ledger = ledger.New(db, ledger.Options{})
	w.trials = trial.New(w.ledger, patient.New(w.ledger))
	w.forms = record.New(w.ledger, w.trials)
	w.amend = amendment.New(w.ledger, w.trials, w.forms)
	_, err := w.trials.Create(w.ctx, trial.Trial{ID: study, Name: "Amended", Environment: trial.Training})
	w.must(err)
	_, err = w.trials.AddSite(w.ctx, study, trial.Site{ID: "01", Name: odm.Text{"en": "Site"}, Zone: "UTC"})
	w.must(err)
	_, err = w.trials.Publish(w.ctx, study, first())
	w.must(err)
	w.fill(n)
	_, err = w.trials.Publish(w.ctx, study, second())
	w.must(err)
	return w
}

func (w *ward) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) fill(n int) {
	var rows []record.Row
	err := w.ledger.Write(w.ctx, study, func(lw *ledger.Writer) error {
		for i := range n {
			s, err := patient.Enrol(w.ctx, lw, patient.Enrolment{Site: "01"})
			if err != nil {
				return err
			}
			w.ids = append(w.ids, s.ID)
			smokes := []string{"Y", "N"}[i%2]
			for item, value := range map[string]string{"SYS": strconv.Itoa(120 + i%100), "DIA": strconv.Itoa(45 + i%40), "OLD": "x", "W": strconv.Itoa(60 + i%30), "H": "171", "SMOKE": smokes, "PACKS": strconv.Itoa(i % 9)} {
				rows = append(rows, record.Row{Line: i, Key: key(s.ID), Value: record.Value{Group: "G1", Repeat: "1", Item: item, Value: value}})
			}
		}
		return nil
	})
	w.must(err)
	done, err := w.forms.Import(w.ctx, study, rows, "", false)
	w.must(err)
	if !done.Applied {
		w.t.Fatalf("not filled: %+v", done.Errors[0])
	}
	st, err := w.forms.Study(w.ctx, study)
	w.must(err)
	w.must(w.ledger.Write(w.ctx, study, func(lw *ledger.Writer) (err error) {
		for i, id := range w.ids {
			if i%5 == 0 && err == nil {
				_, err = w.forms.Sign(w.ctx, lw, st, record.Signing{Scope: record.Scope{Study: study, Subject: id}, Name: "Zhou Ning", Meaning: "approval", Zone: "UTC"})
			}
			if i%7 == 0 && err == nil {
				_, err = w.forms.Review(w.ctx, lw, record.Look{Key: key(id), Kind: record.SDV, Seen: 1})
			}
			if i%11 == 0 && err == nil {
				_, err = w.forms.Move(w.ctx, lw, st, record.Scope{Study: study, Subject: id, Path: key(id).Ref()}, record.Freeze, "")
			}
		}
		return err
	}))
}

// seen is a casebook as anybody sees it: what is in view, what is asked, what is signed, verified and closed.
type seen struct {
	Definition int64
	InView     map[string]string
	All        map[string]string // out of view, too
	Asked      map[string]bool
	Signed     map[string]bool
	Verified   map[string]bool
	Closed     []string
	State      string
}

// look reads a casebook by the pages' own ways: it knows nothing of how casebooks go over.
func (w *ward) look(id casebook.SubjectID, at time.Time) seen {
	w.t.Helper()
	v, err := w.forms.Read(w.ctx, key(id), at)
	w.must(err)
	s := seen{Definition: v.Definition, InView: map[string]string{}, All: map[string]string{}, Asked: map[string]bool{}, Signed: map[string]bool{}, Verified: map[string]bool{}, State: v.Form.State}
	def, err := w.trials.Version(w.ctx, study, int(v.Definition))
	w.must(err)
	for _, k := range v.Form.Items {
		s.All[k.Item] = k.Value.Value
		asked := slices.ContainsFunc(def.Index.FormItems("F1"), func(f odm.FormItem) bool { return f.Item.OID == k.Item })
		if asked && !slices.Contains(v.Hidden, "G1/1/"+k.Item) {
			s.InView[k.Item] = k.Value.Value
		}
	}
	for _, q := range v.Queries {
		if q.State == record.Open {
			s.Asked[q.Rule+" "+q.Value] = true
		}
	}
	if !at.IsZero() {
		return s
	}
	w.must(w.ledger.DB().View(w.ctx, func(tx *store.Tx) error {
		all, err := record.StandingsOf(w.ctx, tx, study, id)
		for _, sig := range all.Signatures {
			s.Signed[sig.ID] = sig.VoidAt.IsZero()
		}
		for _, st := range all.Stages {
			if st.Stage != record.Editable {
				s.Closed = append(s.Closed, st.Path)
			}
		}
		if err != nil {
			return err
		}
		review, err := record.ReviewOf(w.ctx, tx, key(id), record.SDV)
		for _, m := range review.Standing(v.Form, &record.Plan{Sample: 100}) {
			if m.Mark != nil && !m.Changed {
				s.Verified[m.Item] = true
			}
		}
		return err
	}))
	return s
}

// differences say what became of a casebook, from what was seen before and after.
func differences(was, is seen) []string {
	var d []string
	for item, value := range was.InView {
		if _, still := is.InView[item]; !still {
			d = append(d, "lost "+item+"="+value)
		}
	}
	for item, value := range is.InView {
		if _, before := was.InView[item]; !before && was.All[item] == value {
			d = append(d, "shown "+item+"="+value)
		}
		if was.All[item] != value {
			d = append(d, "computed "+item+" "+was.All[item]+"→"+value)
		}
	}
	for q := range is.Asked {
		if !was.Asked[q] {
			d = append(d, "asked "+q)
		}
	}
	for q := range was.Asked {
		if !is.Asked[q] {
			d = append(d, "settled "+q)
		}
	}
	for id, held := range was.Signed {
		if held && !is.Signed[id] {
			d = append(d, "void "+id)
		}
	}
	for item := range was.Verified {
		if !is.Verified[item] {
			d = append(d, "verify "+item)
		}
	}
	for _, path := range was.Closed {
		if !slices.Contains(is.Closed, path) {
			d = append(d, "reopened "+path)
		}
	}
	if was.State == record.Complete && is.State != record.Complete {
		d = append(d, "unfinished")
	}
	slices.Sort(d)
	return d
}

// foretold is the same, as a report says it.
func foretold(m *record.Moved) []string {
	var d []string
	for _, s := range m.Lost {
		d = append(d, "lost "+s.Item+"="+s.Value.Value)
	}
	for _, s := range m.Shown {
		d = append(d, "shown "+s.Item+"="+s.Value.Value)
	}
	for _, c := range m.Computed {
		d = append(d, "computed "+c.New.Item+" "+c.Old.Value+"→"+c.New.Value)
	}
	for _, q := range m.Opened {
		d = append(d, "asked "+q.Rule+" "+q.Spot.Value)
	}
	for _, q := range m.Closed {
		d = append(d, "settled "+q.Rule+" "+q.Spot.Value)
	}
	for _, id := range m.Signatures {
		d = append(d, "void "+id)
	}
	for _, s := range m.Marks {
		d = append(d, "verify "+s.Item)
	}
	for _, path := range m.Reopened {
		d = append(d, "reopened "+path)
	}
	for range m.Unfinished {
		d = append(d, "unfinished")
	}
	slices.Sort(d)
	return d
}

// size is how many casebooks are filled: the full number where there is time.
func size() int {
	if testing.Short() {
		return 60
	}
	return 500
}

func TestTheDryRunSaysWhatTheAmendmentDoesAndRollingBackUndoesIt(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := build(t, engine, size())
			before := w.lookAll()
			w.seal()
			then := w.clock.Now()
			dry, err := w.amend.DryRun(w.ctx, study, "01", 2)
			w.must(err)
			if again := w.lookAll(); !reflect.DeepEqual(again, before) {
				t.Fatal("a dry run changed something")
			}
			w.clock.Add(time.Minute)
			done := w.interrupted(2)
			after := w.lookAll()
			kinds := map[string]int{}
			if wrong := w.compare(dry.Casebooks, before, after, kinds); wrong != "" {
				t.Error(wrong)
			}
			for _, kind := range []string{"lost", "shown", "computed", "asked", "settled", "void", "verify", "reopened", "unfinished"} {
				if kinds[kind] == 0 {
					t.Errorf("nothing was %s, so nothing is shown about it", kind)
				}
			}
			if !reflect.DeepEqual(done, dry.Casebooks) && w.compare(done, before, after, map[string]int{}) != "" {
				t.Error("what was done is not what was foretold")
			}
			// The control: one thing more, or one thing less, is noticed.
			one := *dry.Casebooks[3]
			one.Lost = one.Lost[1:]
			planted := slices.Clone(dry.Casebooks)
			planted[3] = &one
			if w.compare(planted, before, after, map[string]int{}) == "" {
				t.Error("a loss that was not foretold went unnoticed")
			}
			w.asOf(then, before)
			w.seal()
			w.asOf(w.clock.Now(), after)
			w.rollBack(before)
			w.asOf(then, before)
			w.verify()
			t.Logf("%d casebooks: %v", len(w.ids), kinds)
		})
	}
}

func (w *ward) lookAll() map[casebook.SubjectID]seen {
	all := map[casebook.SubjectID]seen{}
	for _, id := range w.ids {
		all[id] = w.look(id, time.Time{})
	}
	return all
}

// interrupted lets the site go over, stops it after each batch, and begins again until all is done.
func (w *ward) interrupted(to int) (all []*record.Moved) {
	w.t.Helper()
	for range 100 {
		ctx, stop := context.WithCancel(w.ctx)
		n := 0
		_, err := w.amend.Apply(ctx, study, "01", to, "approved on 1 March", func(moved []*record.Moved) { all, n = append(all, moved...), len(moved); stop() })
		stop()
		if err == nil {
			return all
		}
		if casebook.KindOf(err) != casebook.Gone || n == 0 {
			w.t.Fatalf("after %d: %v", len(all), err)
		}
	}
	w.t.Fatal("it never ends")
	return nil
}

func (w *ward) compare(told []*record.Moved, before, after map[casebook.SubjectID]seen, kinds map[string]int) string {
	if len(told) != len(w.ids) {
		return fmt.Sprintf("%d casebooks are told of, there are %d", len(told), len(w.ids))
	}
	for _, m := range told {
		want, got := differences(before[m.Subject], after[m.Subject]), foretold(m)
		if !slices.Equal(want, got) {
			return fmt.Sprintf("%s:\nforetold %q\nhappened %q", m.Subject, got, want)
		}
		for _, d := range want {
			kinds[strings.Fields(d)[0]]++
		}
		if !slices.Equal(m.Visits, []string{"E2"}) {
			return fmt.Sprintf("%s: visits %q", m.Subject, m.Visits)
		}
		for item := range before[m.Subject].All {
			if _, kept := after[m.Subject].All[item]; !kept {
				return fmt.Sprintf("%s: the value of %s is gone", m.Subject, item)
			}
		}
	}
	return ""
}

func (w *ward) seal() { w.must(w.ledger.Seal(w.ctx, study)) }

// asOf looks at some casebooks as they were at a moment.
func (w *ward) asOf(at time.Time, want map[casebook.SubjectID]seen) {
	w.t.Helper()
	for _, id := range []casebook.SubjectID{w.ids[0], w.ids[1], w.ids[len(w.ids)/2], w.ids[len(w.ids)-1]} {
		was, is := want[id], w.look(id, at)
		if is.Definition != was.Definition || !reflect.DeepEqual(is.InView, was.InView) || !reflect.DeepEqual(is.Asked, was.Asked) {
			w.t.Errorf("%s as of %s:\n%+v\nit was\n%+v", id, at, is, was)
		}
	}
}

// rollBack lets the site go back: every value, computed ones too, and every question is again what it was. Signatures
// that are void stay void, and what was to be verified again still is: somebody has to look.
func (w *ward) rollBack(before map[casebook.SubjectID]seen) {
	w.t.Helper()
	w.clock.Add(time.Minute)
	_, err := w.amend.Rollback(w.ctx, study, "01", "the approval was for another", nil)
	w.must(err)
	for id, is := range w.lookAll() {
		was := before[id]
		if is.Definition != 1 || is.State != was.State || !reflect.DeepEqual(is.All, was.All) || !reflect.DeepEqual(is.InView, was.InView) || !reflect.DeepEqual(is.Asked, was.Asked) {
			w.t.Fatalf("%s is\n%+v\nit was\n%+v", id, is, was)
		}
	}
	use, err := w.trials.InUse(w.ctx, study)
	if w.must(err); use.Of("01") != 1 {
		w.t.Errorf("the site works by version %d", use.Of("01"))
	}
}

// verify folds the whole ledger.
func (w *ward) verify() {
	w.t.Helper()
	w.seal()
	v, err := ledger.Verify(w.ctx, w.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{trial.NewFold(id), record.NewFold(id), patient.NewFold(id)}
	})
	w.must(err)
	if len(v.Findings) > 0 {
		w.t.Errorf("%d findings, the first: %+v", len(v.Findings), v.Findings[0])
	}
}
