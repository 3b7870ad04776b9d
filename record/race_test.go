package record_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/record"
)

// Many people save one form at one moment, its first save included: each save is in the row and in the ledger, in the
// same order.
func TestSavesOfOneFormAtOneMoment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		items := []string{"IT.SYS", "IT.DIA", "IT.PULSE"}
		var people sync.WaitGroup
		for person := range 8 {
			people.Go(func() {
				for n := range 6 {
					_, err := c.forms.Save(c.ctx, record.Save{Key: vitals, Expect: -1, Reason: "re-read",
						Items: []record.Value{vs(items[(person+n)%3], fmt.Sprint(80+person*6+n))}})
					if err != nil && casebook.KindOf(err) != casebook.Stale {
						t.Error(err)
					}
				}
			})
		}
		people.Wait()
		c.seal()
		v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
		if err != nil || len(v.Findings) > 0 {
			t.Errorf("%+v %v", v, err)
		}
	})
}

// Two who begin a form at one moment, with different items, both have their values in it.
func TestTwoFirstSavesMerge(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		for n := range 30 {
			k := vitals
			k.Event, k.EventRepeat, k.Form = "E.DIARY", fmt.Sprint(n), "F.HBP"
			var people sync.WaitGroup
			for _, item := range []string{"IT.AMSYS1", "IT.AMDIA1"} {
				people.Go(func() {
					_, err := c.forms.Save(c.ctx, record.Save{Key: k, Expect: 0, Items: []record.Value{{Group: "IG.HBAM", Repeat: "1", Item: item, Value: "100"}}})
					if err != nil {
						t.Error(err)
					}
				})
			}
			people.Wait()
			v, err := c.forms.Read(c.ctx, k, c.clock.Now().Add(-time.Second)) // as of before: nothing
			if err != nil || v.Form.Version != 0 {
				t.Errorf("before: %+v %v", v, err)
			}
			if v, err = c.forms.Read(c.ctx, k, time.Time{}); err != nil || valueOf(v, "IT.AMSYS1") != "100" || valueOf(v, "IT.AMDIA1") != "100" {
				t.Errorf("not merged: %+v %v", v, err)
			}
		}
	})
}
