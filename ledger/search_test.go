package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// find walks a search to its end by small pages and steps, and returns the references found.
func (h *house) find(f ledger.Filter, limit, step int) []string {
	h.t.Helper()
	return h.findIn([]casebook.StudyID{"S1"}, f, limit, step)
}

func (h *house) findIn(studies []casebook.StudyID, f ledger.Filter, limit, step int) (refs []string) {
	h.t.Helper()
	from := ledger.Place{}
	for range 1000 {
		var found ledger.Found
		err := h.db.View(h.ctx, func(tx *store.Tx) (err error) {
			found, err = ledger.SearchInSteps(h.ctx, tx, studies, f, from, limit, step)
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range found.Entries {
			refs = append(refs, e.Ref)
		}
		if found.Next.ID == "" {
			return refs
		}
		again, ok := ledger.ParsePlace(found.Next.String())
		if !ok || again != found.Next {
			h.t.Fatalf("a place reads back as %v %v", again, ok)
		}
		from = again
	}
	h.t.Fatal("a search does not end")
	return nil
}

func TestTheTrailIsSearched(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		for i := range 12 {
			h.clock.Add(time.Minute)
			err := h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
				w.Record(h.ctx, ledger.Entry{What: []string{"bed.made", "bed.moved", "ward.closed"}[i%3], Ref: fmt.Sprint("R", i), Site: casebook.SiteID([]string{"03", "07", ""}[i%3]),
					Subject: casebook.SubjectID([]string{"P1", "P2", ""}[i%3]), Old: `"10_0%"`, New: fmt.Sprintf(`"value %d"`, i), Reason: "so", Actor: casebook.UserID([]string{"lin", "xu"}[i%2]), Role: "r"})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		h.clock.Add(time.Minute)
		if err := h.l.Write(h.ctx, "S2", func(w *ledger.Writer) error {
			w.Record(h.ctx, ledger.Entry{What: "bed.made", Ref: "other"})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		all := ledger.Filter{AllSites: true}
		with := func(set func(*ledger.Filter)) ledger.Filter { f := all; set(&f); return f }
		for name, c := range map[string]struct {
			f    ledger.Filter
			want string
		}{
			"everything, newest first":    {all, "R11 R10 R9 R8 R7 R6 R5 R4 R3 R2 R1 R0"},
			"a person":                    {with(func(f *ledger.Filter) { f.Actor = "xu" }), "R11 R9 R7 R5 R3 R1"},
			"a verb":                      {with(func(f *ledger.Filter) { f.What = "bed.moved" }), "R10 R7 R4 R1"},
			"the verbs of a package":      {with(func(f *ledger.Filter) { f.What = "bed." }), "R10 R9 R7 R6 R4 R3 R1 R0"},
			"a subject":                   {with(func(f *ledger.Filter) { f.Subject = "P1" }), "R9 R6 R3 R0"},
			"a place":                     {with(func(f *ledger.Filter) { f.Ref = "r1" }), "R11 R10 R1"},
			"a value":                     {with(func(f *ledger.Filter) { f.Text = "VALUE 7" }), "R7"},
			"a value that is closed":      {with(func(f *ledger.Filter) { f.Text, f.Closed = "value", []string{"bed."} }), "R11 R8 R5 R2"},
			"a reason is never closed":    {with(func(f *ledger.Filter) { f.Text, f.Closed = "so", []string{"bed.", "ward."} }), "R11 R10 R9 R8 R7 R6 R5 R4 R3 R2 R1 R0"},
			"signs are themselves":        {with(func(f *ledger.Filter) { f.Text = "0_0%" }), "R11 R10 R9 R8 R7 R6 R5 R4 R3 R2 R1 R0"},
			"signs do not stand for any":  {with(func(f *ledger.Filter) { f.Text = "va_ue" }), ""},
			"a time":                      {with(func(f *ledger.Filter) { f.From, f.Until = start.Add(3*time.Minute), start.Add(5*time.Minute) }), "R3 R2"},
			"one of some verbs":           {with(func(f *ledger.Filter) { f.Among = []string{"ward.", "bed.mo"} }), "R11 R10 R8 R7 R5 R4 R2 R1"},
			"the sites of a person":       {ledger.Filter{Sites: []casebook.SiteID{"07"}}, "R10 R7 R4 R1"},
			"who sees no site sees none":  {ledger.Filter{}, ""},
			"quotation marks are nothing": {with(func(f *ledger.Filter) { f.Ref = "' OR 1=1 --" }), ""},
		} {
			for _, by := range [][2]int{{100, 100}, {2, 5}, {1, 1}, {5, 2}} {
				if got := strings.Join(h.find(c.f, by[0], by[1]), " "); got != c.want {
					t.Errorf("%s, %d at a time of %d looked at: got %s, want %s", name, by[0], by[1], got, c.want)
				}
			}
		}
		beds := ledger.Filter{AllSites: true, What: "bed.made"}
		for _, by := range [][2]int{{100, 100}, {2, 5}, {1, 1}, {5, 2}} {
			if got := strings.Join(h.findIn([]casebook.StudyID{"S1", "S2", "S3"}, beds, by[0], by[1]), " "); got != "other R9 R6 R3 R0" {
				t.Errorf("of all studies, %d at a time of %d looked at: %s", by[0], by[1], got)
			}
		}
	})
}

func TestAPlaceThatIsNone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"x", "12", "12.", ".a", "a.b"} {
		if p, ok := ledger.ParsePlace(s); ok {
			t.Errorf("%q is %v", s, p)
		}
	}
}
