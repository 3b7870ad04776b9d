package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook/record"

	"pgregory.net/rapid"
)

// standing are a view's queries without what no two saves have in common: their ids and moments.
func standing(v *record.View) []string {
	all := []string{}
	for _, q := range v.Queries {
		all = append(all, fmt.Sprint(q.Rule, " ", q.Group, "/", q.Repeat, "/", q.Item, " ", q.Value, " ", q.State, " ", q.Source, " ", q.Text))
	}
	slices.Sort(all)
	return all
}

// What a save that is only tried would ask is what the save then asks, whatever came before; and it keeps nothing.
func TestPropertyATriedSaveTellsWhatTheSaveWillAsk(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		items := []string{"IT.SYS", "IT.DIA", "IT.PULSE"}
		n, version, asked := 0, int64(0), 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			in := record.Save{Key: vitals, Expect: version, Reason: fmt.Sprint("correction ", n)}
			in.EventRepeat = "1"
			for _, item := range rapid.SliceOfNDistinct(rapid.SampledFrom(items), 1, 3, rapid.ID[string]).Draw(t, "items") {
				value := fmt.Sprint(rapid.IntRange(20, 300).Draw(t, "value"))
				if rapid.IntRange(0, 9).Draw(t, "cleared") == 0 {
					value = ""
				}
				in.Items = append(in.Items, vs(item, value))
			}
			dry := in
			dry.Dry = true
			tried, err := c.forms.Save(c.ctx, dry)
			if err != nil {
				t.Fatal(err)
			}
			before, err := c.forms.Read(c.ctx, vitals, time.Time{})
			if err != nil || before.Form.Version != version {
				t.Fatalf("the trial was kept: version %d, was %d (%v)", before.Form.Version, version, err)
			}
			saved, err := c.forms.Save(c.ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			version = saved.Form.Version
			asked += len(saved.Queries)
			if a, b := standing(tried), standing(saved); !slices.Equal(a, b) || tried.Form.State != saved.Form.State || !slices.Equal(tried.Hidden, saved.Hidden) {
				t.Fatalf("tried:\n%s\nsaved:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
			}
		})
		if asked == 0 {
			t.Error("no save asked anything: nothing was compared")
		}
	})
}
