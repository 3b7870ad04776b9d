package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/outbox"
	"casebook/store"
)

// TestAnIssueThatIsNotDoneReachesItsOwnerThenTheNextByInboxAndMail goes the way of an overdue issue over the whole product.
func TestAnIssueThatIsNotDoneReachesItsOwnerThenTheNextByInboxAndMail(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		b := h.bureau(t)
		for _, user := range []string{"lin", "jiang"} {
			does[struct{}](b, user, 200, "PUT", "/inbox/reach", `{"channel":"mail","address":"`+user+`@example.org"}`)
		}
		does[struct{}](b, "chen", 201, "POST", "/sites/03/issues", `{"kind":"finding","severity":"critical","title":"Log {{missing}}","owner":"lin","due":"2026-03-20"}`)
		reads := func(user string) (titles []string) {
			t.Helper()
			for _, l := range does[struct{ Letters []inboxLetter }](b, user, 200, "POST", "/inbox", `{}`).Letters {
				sent := int64(0)
				b.must(b.a.db.View(t.Context(), func(tx *store.Tx) error {
					counts, err := outbox.Counts(t.Context(), tx, demo.ID, "notice "+l.ID)
					for _, n := range counts {
						sent += n
					}
					return err
				}))
				titles = append(titles, l.Title)
				if sent == 0 {
					t.Errorf("%s is not told of %q by mail", user, l.Title)
				}
			}
			return titles
		}
		on := func(day int, lin, jiang int) {
			t.Helper()
			b.clock.Set(time.Date(2026, 3, day, 4, 0, 0, 0, time.UTC))
			for range 2 {
				if err := b.a.sites.AlertAll(operator(t.Context())); err != nil && casebook.KindOf(err) != casebook.Stale { // the loop may be faster
					t.Fatal(err)
				}
			}
			if a, c := reads("lin"), reads("jiang"); len(a) != lin || len(c) != jiang {
				t.Errorf("on %d March lin reads %q and jiang %q", day, a, c)
			}
		}
		on(10, 0, 0)
		on(18, 1, 0)
		on(21, 1, 1)
		on(22, 1, 1)
		on(24, 1, 2)
		if titles := reads("jiang"); !slices.ContainsFunc(titles, func(s string) bool { return strings.Contains(s, "long overdue") }) {
			t.Errorf("jiang reads %q", titles)
		}
		b.must(b.a.ledger.Seal(t.Context(), demo.ID))
		h.verify(t).clean(t)
	})
}
