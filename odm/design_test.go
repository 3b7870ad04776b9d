package odm_test

import (
	"testing"
	"time"

	"casebook/odm"
)

func TestADurationInDays(t *testing.T) {
	t.Parallel()
	for d, want := range map[odm.Duration]int{"": 0, "P14D": 14, "P2W": 14, "-P7D": -7, "P0D": 0} {
		if got, ok := d.Days(); !ok || got != want {
			t.Errorf("%q is %d days, %v; want %d", d, got, ok, want)
		}
	}
	for _, d := range []odm.Duration{"P", "P1M", "PT6H", "14", "P1Y2D", "PD"} {
		if got, ok := d.Days(); ok {
			t.Errorf("%q is %d days", d, got)
		}
	}
	if odm.DurationOf(14) != "P14D" || odm.DurationOf(-7) != "-P7D" || !odm.DurationOf(-7).Valid() {
		t.Error("days are written otherwise than they are read")
	}
}

func TestADayAfterAnother(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for d, want := range map[odm.Duration]string{"": "2026-01-31", "P14D": "2026-02-14", "P2W": "2026-02-14", "-P1W": "2026-01-24", "P1M": "2026-03-03",
		"P1Y2M3D": "2027-04-03", "PT6H": "2026-01-31", "P1DT6H": "2026-02-01"} {
		if got, ok := d.From(from); !ok || got.Format(time.DateOnly) != want {
			t.Errorf("%q after 31 January is %s, %v; want %s", d, got.Format(time.DateOnly), ok, want)
		}
	}
	for _, d := range []odm.Duration{"P", "14", "P1.5M", "P9999999D", "soon"} {
		if got, ok := d.From(from); ok {
			t.Errorf("%q leads to %s", d, got)
		}
	}
}

func TestAnOpenItemTakesOtherAnswers(t *testing.T) {
	t.Parallel()
	list := &odm.CodeList{Name: "l", Items: []odm.CodeItem{{Code: "1"}}}
	if err := (&odm.Item{DataType: "text"}).Accept("else", list); err == nil {
		t.Error("a closed item takes what is not on its list")
	}
	if err := (&odm.Item{DataType: "text", Open: true}).Accept("else", list); err != nil {
		t.Errorf("an open item refuses an answer of its own: %v", err)
	}
}

func TestNestingThatCannotBeIsDangling(t *testing.T) {
	t.Parallel()
	groups := func(refs ...odm.Ref) *odm.Version {
		v := &odm.Version{Forms: []odm.Form{{OID: "F", Groups: refs}}}
		for _, oid := range []string{"A", "B", "C"} {
			v.Groups = append(v.Groups, odm.ItemGroup{OID: oid})
		}
		return v
	}
	for name, c := range map[string]struct {
		v    *odm.Version
		want int
	}{
		"a group in a group in a group":  {groups(odm.Ref{OID: "A"}, odm.Ref{OID: "B", Within: "A"}, odm.Ref{OID: "C", Within: "B"}), 0},
		"two groups within each other":   {groups(odm.Ref{OID: "A", Within: "B"}, odm.Ref{OID: "B", Within: "A"}), 2},
		"a group within itself":          {groups(odm.Ref{OID: "A", Within: "A"}), 1},
		"within a group of another form": {groups(odm.Ref{OID: "A", Within: "B"}), 1},
	} {
		if got := c.v.Dangling(); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	v := groups(odm.Ref{OID: "A", MandatoryWhen: "no condition"})
	v.Events = []odm.Event{{OID: "E", Window: &odm.Window{Anchor: "no event"}}}
	v.Groups[0].Count = "no method"
	if got := v.Dangling(); len(got) != 3 {
		t.Errorf("references of a design: %v", got)
	}
}
