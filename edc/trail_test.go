package edc_test

import (
	"net/http"
	"strings"
	"testing"
)

type trail struct {
	Entries []struct {
		What, Subject, Site, Where, By, Role, Reason, Old, New string
		Changes                                                []struct{ Item, Old, New, NewBlank string }
	}
	Next string
}

func (h *house) trail(user, query string) (out trail) {
	h.t.Helper()
	a := h.get(userID(user), studyPath+"/trail"+query)
	if a.status != 200 {
		h.t.Fatalf("trail%s: %d %s", query, a.status, a.text)
	}
	a.into(h.t, &out)
	return out
}

func TestTheTrailIsSearchedWithinTheSitesOfAPerson(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 246")
		h.mustSave("linyue", vitals, `"1"`, "typing error: the source says 146", "IT.SYS 146")
		h.mustSave("xucheng", strings.Replace(vitals, "03-001", "07-001", 1), "", "", "IT.SYS 141")
		got := h.trail("linyue", "?what=record.item.saved&value=the+source")
		if len(got.Entries) != 1 || got.Next != "" || got.Entries[0].By != "linyue" || got.Entries[0].Role != "coordinator" || len(got.Entries[0].Changes) != 1 ||
			got.Entries[0].Changes[0].Old != "246" || got.Entries[0].Changes[0].New != "146" || got.Entries[0].Changes[0].Item != "IT.SYS" {
			t.Errorf("by value: %+v", got)
		}
		for query, want := range map[string]int{"?subject=03-001&what=record.item.saved": 2, "?subject=07-001": 0, "?where=E.BL%2F1&what=record.": 2, "?who=xucheng": 0, "?from=2026-03-03": 0} {
			if got := h.trail("linyue", query); len(got.Entries) != want {
				t.Errorf("site 03 %s: %+v", query, got)
			}
		}
		if got := h.trail("chenrui", "?who=xucheng&what=record.item.saved"); len(got.Entries) != 1 || got.Entries[0].Subject != "07-001" {
			t.Errorf("all sites: %+v", got)
		}
		h.get("linyue", studyPath+"/trail?site=07").refused(t, 404, "trial.site_unknown")
		h.get("chenrui", studyPath+"/trail?after=x").refused(t, 400, "edc.trail_after")
		h.get("chenrui", studyPath+"/trail?from=yesterday").refused(t, 400, "edc.trail_time")
		h.get("chenrui", studyPath+"/trail/export").refused(t, 403, "auth.forbidden")
		if a := h.get("zhouning", studyPath+"/trail/export?what=record.item.saved"); a.status != 200 || strings.Count(a.text, "IT.SYS") != 2 || strings.Contains(a.text, "07-001") || !strings.Contains(a.text, ",246,146,") {
			t.Errorf("exported: %d %s", a.status, a.text)
		}
		review := studyPath + "/trail/reviews"
		h.ask("linyue", http.MethodPost, review, `{"note":"fine"}`).refused(t, 403, "auth.forbidden")
		h.ask("chenrui", http.MethodPost, review, `{"note":" "}`).refused(t, 422, "edc.trail_note")
		h.ask("chenrui", http.MethodPost, review, `{"filter":{"site":"99"},"note":"fine"}`).refused(t, 404, "trial.site_unknown")
		if a := h.ask("chenrui", http.MethodPost, review, `{"filter":{"site":"03"},"found":2,"note":"one correction, with its reason"}`); a.status != 204 {
			t.Fatalf("reviewed: %d %s", a.status, a.text)
		}
		if got := h.trail("linyue", "?what=edc.trail.reviewed"); len(got.Entries) != 1 || got.Entries[0].Reason == "" || !strings.Contains(got.Entries[0].New, `"found":2`) {
			t.Errorf("the review: %+v", got)
		}
	})
}
