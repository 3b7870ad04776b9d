package site_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/site"
	"casebook/store"
)

// tellings are the alerts of which people were told, as the ledger holds them.
func (h *house) tellings() (n int) {
	h.t.Helper()
	h.must(h.ledger.Seal(h.t.Context(), study))
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		entries, err := ledger.Read(h.t.Context(), tx, study, 0, 500)
		for i := range entries {
			if entries[i].What == site.IssueTold {
				n++
			}
		}
		return err
	}))
	return n
}

func TestAnIssueIsToldToItsOwnerBeforeItIsDueAndToTheNextAfterEachOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		system := casebook.WithActor(t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
		var mu sync.Mutex
		var asked []string
		h.sites.Tell = func(_ context.Context, _ casebook.StudyID, a site.Alert) (*site.Posting, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, a.Issue+" "+string(a.Level)+" "+string(a.Owner))
			if a.Issue == "I-0002" { // where nobody has the role
				return nil, nil
			}
			return &site.Posting{Notice: "N", Send: func(context.Context, *ledger.Writer) error { return nil }}, nil
		}
		total := 0
		// on a day two processes look, and look again
		on := func(day string, want ...string) {
			t.Helper()
			at, err := time.Parse(time.DateOnly, day)
			h.must(err)
			h.clock.Set(at.Add(4 * time.Hour))
			asked = nil
			for range 2 {
				var both sync.WaitGroup
				for range 2 {
					both.Go(func() {
						if err := h.sites.AlertAll(system); err != nil && casebook.KindOf(err) != casebook.Stale {
							t.Errorf("on %s: %v", day, err)
						}
					})
				}
				both.Wait()
			}
			total += len(want)
			slices.Sort(asked)
			if asked = slices.Compact(asked); !slices.Equal(asked, want) || h.tellings() != total {
				t.Errorf("on %s people were told %v, %d in all; want %v, %d", day, asked, h.tellings(), want, total)
			}
		}
		const path = at01 + "/issues"
		h.good("chen", "POST", path, `{"kind":"finding","severity":"major","title":"Log missing","owner":"lin","due":"2026-03-20"}`, nil)
		h.good("chen", "POST", path, `{"kind":"finding","severity":"critical","title":"Consent missing","owner":"zhou","due":"2026-04-30"}`, nil)
		on("2026-03-16")
		on("2026-03-17", "I-0001 soon lin")
		on("2026-03-20")
		on("2026-03-21", "I-0001 overdue lin")
		on("2026-04-03")
		on("2026-04-04", "I-0001 escalated lin")
		h.good("chen", "POST", steps, `{"version":1,"step":"edit","owner":"zhou","due":"2026-04-20","reason":"another has it now"}`, nil)
		on("2026-04-17", "I-0001 soon zhou") // another day is told of anew
		h.good("lin", "POST", steps, `{"version":2,"step":"cancel","reason":"it was there"}`, nil)
		on("2026-05-30", "I-0002 escalated zhou", "I-0002 overdue zhou") // whoever stood still goes on with what was missed, and nobody hears of what is over
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}

		// The control: whoever forgets what was told tells it again, and this test sees it.
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM site_record WHERE kind = 'told'`)
			return err
		}))
		if h.must(h.sites.AlertAll(system)); h.tellings() != total+2 {
			t.Errorf("without a memory %d are told, want %d", h.tellings(), total+2)
		}
	})
}
