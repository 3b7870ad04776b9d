package record

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/odm/odm132"

	"pgregory.net/rapid"
)

// repeated is the demo's study with vital signs that are taken many times in one form.
func repeated(t *testing.T) *Study {
	t.Helper()
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		t.Fatal(err)
	}
	v := study.Versions[0]
	for i := range v.Groups {
		if v.Groups[i].OID == "IG.VS" {
			v.Groups[i].Repeating = true
		}
	}
	return Compile(v, 1)
}

// When the last value of a repeat is cleared, nothing is left to ask about.
func TestAClearedRepeatClosesItsQueries(t *testing.T) {
	t.Parallel()
	st := repeated(t)
	form := &Form{Key: Key{"HTN-24", "03-001", "E.BL", "1", "F.VS", "1"}}
	var open []Query
	save := func(repeat, item, value string) *Outcome {
		t.Helper()
		out, err := st.Apply(form, -1, []Value{{"IG.VS", repeat, item, value, ""}},
			Context{Now: time.Unix(1e9, 0), Reason: "x", Zone: "UTC", Open: open, NewID: casebook.Outside().NewID})
		if err != nil {
			t.Fatal(err)
		}
		form = out.Form
		return out
	}
	save("1", "IT.SYS", "120")
	open = save("2", "IT.SYS", "286").After.Opened
	if len(open) == 0 {
		t.Fatal("nobody asked about 286")
	}
	if closed := save("1", "IT.SYS", "122").After.Closed; len(closed) != 0 {
		t.Errorf("another repeat closed %v", closed)
	}
	if out := save("2", "IT.SYS", ""); len(out.After.Closed) != len(open) {
		t.Errorf("cleared, and still asked: %v of %v closed", out.After.Closed, open)
	}
}

// Two values for one place in one save: nobody can tell which is meant.
func TestOnePlaceTwiceIsRefused(t *testing.T) {
	t.Parallel()
	st := repeated(t)
	form := &Form{Key: Key{"HTN-24", "03-001", "E.BL", "1", "F.VS", "1"}}
	for _, second := range []string{"121", "120", ""} {
		_, err := st.Apply(form, -1, []Value{{"IG.VS", "1", "IT.SYS", "120", ""}, {"IG.VS", "2", "IT.SYS", "120", ""}, {"IG.VS", "1", "IT.SYS", second, ""}},
			Context{Now: time.Unix(1e9, 0), Zone: "UTC", NewID: casebook.Outside().NewID})
		if err == nil || casebook.KindOf(err) != casebook.Unprocessable {
			t.Errorf("120, and %q: %v", second, err)
		}
	}
}

// Repeat keys are searched by halving, so their order must be one: total, and equal only for the same text.
func TestRepeatKeysHaveOneOrder(t *testing.T) {
	t.Parallel()
	key := rapid.OneOf(rapid.SampledFrom([]string{"1", "01", "+1", "-1", "2", "10", "1a", "9a", "a", "", "99999999999999999999"}), rapid.StringMatching(`[0-9a-c+-]{0,4}`))
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := key.Draw(t, "a"), key.Draw(t, "b"), key.Draw(t, "c")
		ab, ba, bc, ac := compareRepeats(a, b), compareRepeats(b, a), compareRepeats(b, c), compareRepeats(a, c)
		if ab != -ba || (ab == 0) != (a == b) {
			t.Fatalf("%q and %q: %d and %d", a, b, ab, ba)
		}
		if ab < 0 && bc < 0 && ac >= 0 {
			t.Fatalf("%q < %q < %q, and yet not %q < %q", a, b, c, a, c)
		}
	})
	if compareRepeats("9", "10") >= 0 || compareRepeats("10", "a") >= 0 {
		t.Error("numbers come first, by their value")
	}
}

func TestARepeatKeyIsTextThatCanBeKept(t *testing.T) {
	t.Parallel()
	st := repeated(t)
	for _, key := range []string{"", "\xff", "a\x00", "a\n", "a\x7f"} {
		_, err := st.Apply(&Form{Key: Key{"HTN-24", "03-001", "E.DIARY", key, "F.HBP", "1"}}, -1, nil, Context{})
		if casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestALargeSheetIsNotKept(t *testing.T) {
	t.Parallel()
	f := repeated(t).forms["F.VS"]
	var many []Kept
	for n := range 1000 {
		many = append(many, Kept{Value: Value{"IG.VS", strconv.Itoa(n), "IT.SYS", "120", ""}})
	}
	for range 10 {
		f.lay(many, Context{}, false).done()
		s := f.lay(many[:10], Context{}, false)
		for g := range s.repeats {
			if room := cap(s.repeats[g]); room > keptRepeats {
				t.Fatalf("a sheet from the pool has room for %d repeats", room)
			}
		}
		s.done()
		for i := range s.cells {
			for _, v := range s.cells[i][:cap(s.cells[i])] {
				if !v.IsBlank() {
					t.Fatalf("a value is left in a sheet that was given back: %v", v)
				}
			}
		}
	}
}
