package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var migrations = []fs.FS{ledger.Migrations, patient.Migrations, record.Migrations}

func definition(t testing.TB) *odm.Version {
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		t.Fatal(err)
	}
	return study.Versions[0]
}

// clinic is one site with one subject, and a clock that stands until it is turned.
type clinic struct {
	t      *testing.T
	ctx    context.Context
	clock  *casebook.Clock
	ledger *ledger.Ledger
	forms  *record.Service
}

const (
	study   = casebook.StudyID("HTN-24")
	subject = casebook.SubjectID("03-001")
)

// published are the versions of a study, all of whose sites work by the newest.
type published []*odm.Version

func (p published) InUse(context.Context, casebook.StudyID) (*odm.InUse, error) {
	return &odm.InUse{Newest: len(p)}, nil
}

func (p published) Definition(_ context.Context, _ casebook.StudyID, number int64) (*odm.Version, error) {
	return p[number-1], nil
}

func open(t *testing.T, dsn string) *clinic {
	c := &clinic{t: t, clock: casebook.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	c.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "03"})
	db := storetest.Open(t, dsn, casebook.World{Now: c.clock.Now, Rand: casebook.Outside().Rand}, migrations)
	c.ledger = ledger.New(db, ledger.Options{})
	v := definition(t)
	c.forms = record.New(c.ledger, published{v})
	if _, err := patient.New(c.ledger).Enrol(c.ctx, study, patient.Enrolment{Site: "03", Subject: subject}); err != nil {
		t.Fatal(err)
	}
	return c
}

func both(t *testing.T, fn func(t *testing.T, c *clinic)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, open(t, storetest.DSN(t, engine)))
		})
	}
}

var vitals = record.Key{Study: study, Subject: subject, Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}

func vs(item, value string) record.Value {
	return record.Value{Group: "IG.VS", Repeat: "1", Item: item, Value: value}
}

func (c *clinic) save(expect int64, reason string, items ...record.Value) (*record.View, error) {
	c.clock.Add(time.Minute)
	return c.forms.Save(c.ctx, record.Save{Key: vitals, Expect: expect, Items: items, Reason: reason})
}

func (c *clinic) mustSave(expect int64, reason string, items ...record.Value) *record.View {
	c.t.Helper()
	v, err := c.save(expect, reason, items...)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func (c *clinic) seal() {
	c.t.Helper()
	if err := c.ledger.Seal(c.ctx, study); err != nil {
		c.t.Fatal(err)
	}
}

func code(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func valueOf(v *record.View, item string) string {
	for _, k := range v.Form.Items {
		if k.Item == item {
			return k.Value.Value
		}
	}
	return ""
}

func openQueries(v *record.View) (rules []string) {
	for _, q := range v.Queries {
		if q.State == record.Open {
			rules = append(rules, q.Rule)
		}
	}
	return rules
}

func TestAFailingCheckKeepsTheValueAndAsks(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		v := c.mustSave(0, "", vs("IT.SYS", "286"), vs("IT.DIA", "90"))
		if valueOf(v, "IT.SYS") != "286" {
			t.Errorf("the value was not kept: %+v", v.Form.Items)
		}
		asked := openQueries(v)
		if len(asked) == 0 {
			t.Fatal("nobody asked about a systolic pressure of 286")
		}
		if text := v.Queries[0].Text; text.In("en") == "" || text.In("zh-CN") == "" || text.In("en") == text.In("zh-CN") {
			t.Errorf("the question is not in both languages: %v", text)
		}
		v = c.mustSave(v.Form.Version, "typing error", vs("IT.SYS", "136"))
		if left := openQueries(v); len(left) != 0 {
			t.Errorf("corrected, and still asked: %v", left)
		}
		read, err := c.forms.Read(c.ctx, vitals, time.Time{})
		if err != nil || valueOf(read, "IT.SYS") != "136" || len(openQueries(read)) != 0 || len(read.Queries) != len(asked) {
			t.Errorf("read back %+v %v", read, err)
		}
	})
}

func TestAChangeNeedsAReasonAndAFirstValueDoesNot(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		v := c.mustSave(0, "", vs("IT.SYS", "136"))
		if _, err := c.save(v.Form.Version, "", vs("IT.SYS", "138")); code(err) != "record.reason_required" {
			t.Errorf("changed without a reason: %v", err)
		}
		if _, err := c.save(v.Form.Version, "", vs("IT.SYS", "")); code(err) != "record.reason_required" {
			t.Errorf("cleared without a reason: %v", err)
		}
		same := c.mustSave(v.Form.Version, "", vs("IT.SYS", "136"))
		if same.Form.Version != v.Form.Version {
			t.Error("saving the same value made a new version")
		}
		c.mustSave(v.Form.Version, "not taken", record.Value{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Blank: "not_done"})
		history, err := c.forms.History(c.ctx, vitals, "IG.VS", "1", "IT.SYS")
		if err != nil || len(history) != 2 {
			t.Fatalf("history %+v %v", history, err)
		}
		if h := history[0]; h.Old.Value != "136" || h.New.Blank != "not_done" || h.Entry.Reason != "not taken" || h.Entry.Actor != "linyue" || !h.Had {
			t.Errorf("newest: %+v", h)
		}
		if history[1].Had {
			t.Error("the first value is an insert, not an update")
		}
	})
}

func TestRefusedValuesSayWhere(t *testing.T) {
	t.Parallel()
	c := open(t, storetest.DSN(t, "sqlite"))
	for _, bad := range []struct {
		value record.Value
		code  string
	}{
		{vs("IT.SYS", "high"), "odm.value.integer"},
		{vs("IT.NOSUCH", "1"), "record.item_unknown"},
		{record.Value{Group: "IG.VS", Repeat: "2", Item: "IT.SYS", Value: "120"}, "record.repeat_unknown"},
		{record.Value{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Blank: "lost"}, "record.blank_reason"},
		{record.Value{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: "120", Blank: "unknown"}, "record.blank_reason"},
	} {
		_, err := c.save(0, "", vs("IT.DIA", "80"), bad.value)
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Code != bad.code || e.Place != bad.value.Group+"/"+bad.value.Repeat+"/"+bad.value.Item || e.Kind != casebook.Unprocessable {
			t.Errorf("%+v: got %v, want %s", bad.value, err, bad.code)
		}
	}
	v, err := c.forms.Read(c.ctx, vitals, time.Time{})
	if err != nil || v.Form.Version != 0 {
		t.Errorf("a refused save left something: %+v %v", v, err)
	}
	for _, k := range []record.Key{{study, subject, "E.BL", "1", "F.NONE", "1"}, {study, subject, "E.BL", "2", "F.VS", "1"}, {study, "99-999", "E.BL", "1", "F.VS", "1"}} {
		if _, err := c.forms.Save(c.ctx, record.Save{Key: k, Items: []record.Value{vs("IT.SYS", "120")}}); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("%v: %v", k, err)
		}
	}
}

func TestTwoPeopleMergeOnDifferentItemsAndMeetOnTheSame(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		seen := c.mustSave(0, "", vs("IT.SYS", "136"), vs("IT.DIA", "80")).Form.Version
		c.mustSave(seen, "re-read", vs("IT.SYS", "138"))
		v := c.mustSave(seen, "re-read", vs("IT.DIA", "82"))
		if valueOf(v, "IT.SYS") != "138" || valueOf(v, "IT.DIA") != "82" {
			t.Errorf("not merged: %+v", v.Form.Items)
		}
		_, err := c.save(seen, "re-read", vs("IT.SYS", "140"))
		theirs, ok := errors.AsType[record.Conflicts](err)
		if !ok || len(theirs) != 1 || theirs[0].Value.Value != "138" || theirs[0].By != "linyue" || casebook.KindOf(err) != casebook.Stale {
			t.Errorf("the same item: %v %+v", err, theirs)
		}
	})
}

func TestComputedAndHidden(t *testing.T) {
	t.Parallel()
	c := open(t, storetest.DSN(t, "sqlite"))
	body := func(item, value string) record.Value {
		return record.Value{Group: "IG.BODY", Repeat: "1", Item: item, Value: value}
	}
	v := c.mustSave(0, "", body("IT.HEIGHT", "170"), body("IT.WEIGHT", "72.5"))
	if got := valueOf(v, "IT.BMI"); got != "25.1" {
		t.Errorf("BMI %q, want 25.1 (72.5 / 1.7²)", got)
	}
	if _, err := c.save(v.Form.Version, "x", body("IT.BMI", "20")); code(err) != "record.item_computed" {
		t.Errorf("a computed value was typed: %v", err)
	}
	ecg := record.Key{Study: study, Subject: subject, Event: "E.SCR", EventRepeat: "1", Form: "F.EG", FormRepeat: "1"}
	read, err := c.forms.Read(c.ctx, ecg, time.Time{})
	if err != nil || !slices.ContainsFunc(read.Hidden, func(s string) bool { return s == "IG.EG/1" }) {
		t.Errorf("without a recording its result is not asked: %v %v", read, err)
	}
	past := record.Key{Study: study, Subject: subject, Event: "E.SCR", EventRepeat: "1", Form: "F.MH", FormRepeat: "1"}
	if none, err := c.forms.Save(c.ctx, record.Save{Key: past, Items: []record.Value{{Group: "IG.MHYN", Repeat: "1", Item: "IT.MHYN", Value: "N"}}}); err != nil || !slices.Contains(none.Hidden, "IG.MH/1") {
		t.Errorf("without a history its rows are not asked: %+v %v", none, err)
	}
	saved, err := c.forms.Save(c.ctx, record.Save{Key: ecg, Items: []record.Value{{Group: "IG.EGYN", Repeat: "1", Item: "IT.ECGYN", Value: "Y"}}})
	if err != nil || slices.Contains(saved.Hidden, "IG.EG/1") {
		t.Errorf("with a recording it is: %+v %v", saved, err)
	}
}

func TestTheCasebookAsOfAMoment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		before := c.clock.Now()
		c.mustSave(0, "", vs("IT.SYS", "286"))
		c.seal()
		first := c.clock.Now()
		c.mustSave(1, "typing error", vs("IT.SYS", "136"))
		c.seal()
		for _, want := range []struct {
			at      time.Time
			value   string
			version int64
			open    bool
		}{{before, "", 0, false}, {first, "286", 1, true}, {c.clock.Now(), "136", 2, false}} {
			v, err := c.forms.Read(c.ctx, vitals, want.at)
			if err != nil || valueOf(v, "IT.SYS") != want.value || v.Form.Version != want.version || len(openQueries(v)) > 0 != want.open {
				t.Errorf("as of %v: %+v %v", want.at, v, err)
			}
		}
	})
}

// Folding the ledger gives the current rows, whatever was saved in whatever order.
func TestTheLedgerExplainsEveryRow(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		items := []string{"IT.SYS", "IT.DIA", "IT.PULSE"}
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 5).Draw(rt, "saves") {
				item := rapid.SampledFrom(items).Draw(rt, "item")
				value := fmt.Sprint(rapid.IntRange(30, 320).Draw(rt, "value"))
				if rapid.IntRange(0, 9).Draw(rt, "clear") == 0 {
					value = ""
				}
				if _, err := c.save(-1, "drawn", vs(item, value)); err != nil {
					rt.Fatalf("%s = %q: %v", item, value, err)
				}
			}
		})
		c.seal()
		v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold {
			return []ledger.Fold{record.NewFold(id), patient.NewFold(id)}
		})
		if err != nil || len(v.Findings) > 0 {
			t.Errorf("%+v %v", v, err)
		}
		// The control: a value that was changed past the ledger is found.
		err = c.ledger.DB().Update(c.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(c.ctx, `UPDATE record_form SET doc = replace(doc, 'linyue', 'linyuE') WHERE study_id = $1`, study)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		v, err = ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
		if err != nil || len(v.Findings) != 1 || v.Findings[0].Table != "record_form" {
			t.Errorf("a change past the ledger: %+v %v", v, err)
		}
	})
}

// Methods run in the order in which they need each other, whatever the file's; two that need each other run never, and
// people answer.
func TestMethodsRunInOrderOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, first, second, want string
		kept                      int
	}{
		{"a chain", "B * 2", "A + 1", "8", 0}, // C = B*2 stands before B = A+1
		{"a circle", "B * 2", "C + 1", "", 2},
	} {
		version := &odm.Version{
			EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F"}}}},
			Forms:  []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}}}},
			Groups: []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "C", Method: "M1"}, {OID: "B", Method: "M2"}, {OID: "A"}}}},
			Items:  []odm.Item{{OID: "A", DataType: "integer"}, {OID: "B", DataType: "integer"}, {OID: "C", DataType: "integer"}},
			Methods: []odm.Method{{OID: "M1", Expressions: []odm.Expression{{Context: "casebook", Code: c.first}}},
				{OID: "M2", Expressions: []odm.Expression{{Context: "casebook", Code: c.second}}}},
		}
		st := record.Compile(version, 1)
		form := &record.Form{Key: record.Key{Event: "E", EventRepeat: "1", Form: "F", FormRepeat: "1"}}
		out, err := st.Apply(form, -1, []record.Value{{Group: "G", Repeat: "1", Item: "A", Value: "3"}}, record.Context{Now: time.Unix(1, 0)})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := valueOf(&record.View{Form: out.Form}, "C"); got != c.want || len(st.Kept) != c.kept {
			t.Errorf("%s: C is %q, want %q; kept %v", c.name, got, c.want, st.Kept)
		}
		if c.kept == 0 {
			continue
		}
		if _, err := st.Apply(form, -1, []record.Value{{Group: "G", Repeat: "1", Item: "B", Value: "4"}}, record.Context{Now: time.Unix(1, 0)}); err != nil {
			t.Errorf("%s: nobody may enter B: %v", c.name, err)
		}
	}
}

// What is hidden hides what stands within it, however deep, up to what repeats.
func TestWhatIsHiddenHidesWhatStandsWithin(t *testing.T) {
	t.Parallel()
	version := &odm.Version{
		EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Type: odm.Scheduled, Forms: []odm.Ref{{OID: "F"}}}},
		Forms: []odm.Form{{OID: "F", Groups: []odm.Ref{{OID: "G"}, {OID: "OUT", Hidden: "C1"}, {OID: "IN", Within: "OUT", Hidden: "C2"},
			{OID: "DEEP", Within: "IN"}}}},
		Groups: []odm.ItemGroup{{OID: "G", Items: []odm.Ref{{OID: "A"}, {OID: "B"}, {OID: "Q", Hidden: "C2"}, {OID: "Q.why", Within: "Q"}}},
			{OID: "OUT", Items: []odm.Ref{{OID: "O"}}}, {OID: "IN", Items: []odm.Ref{{OID: "I"}}}, {OID: "DEEP", Items: []odm.Ref{{OID: "D"}}}},
		Items: []odm.Item{{OID: "A", DataType: "integer"}, {OID: "B", DataType: "integer"}, {OID: "Q", DataType: "text"}, {OID: "Q.why", DataType: "text"},
			{OID: "O", DataType: "text"}, {OID: "I", DataType: "text"}, {OID: "D", DataType: "text"}},
		Conditions: []odm.Condition{{OID: "C1", Expressions: []odm.Expression{{Context: "casebook", Code: "A == 1 // once"}}},
			{OID: "C2", Expressions: []odm.Expression{{Context: "casebook", Code: "let b = B; b == 1"}}}},
	}
	st := record.Compile(version, 1)
	if len(st.Kept) > 0 {
		t.Fatalf("kept %v", st.Kept)
	}
	for _, c := range []struct{ a, b, want string }{
		{"0", "0", ""}, {"1", "0", "OUT/1 IN/1 DEEP/1"}, {"0", "1", "G/1/Q G/1/Q.why IN/1 DEEP/1"},
	} {
		form := &record.Form{Key: record.Key{Event: "E", EventRepeat: "1", Form: "F", FormRepeat: "1"}}
		out, err := st.Apply(form, -1, []record.Value{{Group: "G", Repeat: "1", Item: "A", Value: c.a}, {Group: "G", Repeat: "1", Item: "B", Value: c.b}},
			record.Context{Now: time.Unix(1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(st.Hidden(out.Form, record.Context{}), " "); got != c.want {
			t.Errorf("A is %s, B is %s: hidden are %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkApplyDiary(b *testing.B) {
	st := record.Compile(definition(b), 1)
	var values []record.Value
	for _, n := range []string{"1", "2", "3"} {
		for _, half := range []string{"AM", "PM"} {
			for item, v := range map[string]string{"SYS": "132", "DIA": "84", "PUL": "71"} {
				oid := "IT." + half + item + n
				if group, _, ok := st.Place("F.HBP", oid); ok {
					values = append(values, record.Value{Group: group, Repeat: "1", Item: oid, Value: v})
				}
			}
		}
	}
	if len(values) < 12 {
		b.Fatalf("only %d of the diary's items were found", len(values))
	}
	key := record.Key{Study: study, Subject: subject, Event: "E.DIARY", EventRepeat: "7", Form: "F.HBP", FormRepeat: "1"}
	in := record.Context{Actor: "device:1", Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Zone: "UTC", NewID: func() string { return "q" }}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := st.Apply(&record.Form{Key: key, Site: "03"}, -1, values, in); err != nil {
			b.Fatal(err)
		}
	}
}
