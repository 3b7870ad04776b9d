package edc_test

import (
	"net/http"
	"strings"
	"testing"

	"casebook"
)

// Somebody moves house: the data manager transfers the subject, and from then on the other hospital enters. The old one's
// people see the subject no more, both trails say what happened, and the ledger explains every row.
func TestATransferredSubjectIsTheOtherSites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		f := h.mustSave("linyue", vitals, "", "", "IT.SYS 286")
		if len(f.Queries) != 1 {
			t.Fatalf("286 was not asked about: %+v", f.Queries)
		}
		const transfer = studyPath + "/subjects/03-001/transfer"
		to := func(site, reason string) string { return `{"site":"` + site + `","reason":"` + reason + `"}` }
		h.ask("linyue", "POST", transfer, to("07", "moved house")).refused(t, http.StatusForbidden, "auth.forbidden")
		h.ask("hexiao", "POST", transfer, to("99", "moved house")).refused(t, http.StatusNotFound, "trial.site_unknown")
		h.ask("hexiao", "POST", transfer, to("03", "moved house")).refused(t, http.StatusConflict, "patient.same_site")
		h.ask("hexiao", "POST", transfer, to("07", " ")).refused(t, http.StatusUnprocessableEntity, "patient.reason_required")
		h.ask("hexiao", "POST", transfer, to("07", "moved house")).ok(t)

		h.get("linyue", vitals).refused(t, http.StatusNotFound, "patient.unknown")
		h.save("linyue", vitals, `"1"`, "x", "IT.SYS 131").refused(t, http.StatusNotFound, "patient.unknown")
		var queries struct{ Queries []query }
		h.get("xucheng", studyPath+"/queries").into(t, &queries)
		if len(queries.Queries) != 1 || queries.Queries[0].Site != "07" {
			t.Errorf("the new site's queries are %+v", queries.Queries)
		}
		h.get("linyue", studyPath+"/queries").into(t, &queries)
		if len(queries.Queries) != 0 {
			t.Errorf("the old site still sees %+v", queries.Queries)
		}
		if f := h.mustSave("xucheng", vitals, `"1"`, "the source says so", "IT.SYS 131"); f.Site != "07" || f.Queries[0].State != "Closed" {
			t.Errorf("the new site saved %+v", f)
		}
		h.seal()
		for user, verb := range map[string]string{"linyue": "patient.transferred", "xucheng": "patient.received"} {
			if a := h.get(casebook.UserID(user), studyPath+"/trail?what=patient.&subject=03-001"); !strings.Contains(a.text, verb) || !strings.Contains(a.text, "moved house") {
				t.Errorf("%s reads %s", user, a.text)
			}
		}
		h.intact()
	})
}

// Who failed screening may be screened again: a new number that names the old one, once.
func TestScreenedAgainUnderANewNumber(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		again := `{"site":"03","status":"screening","rescreens":"03-002"}`
		h.ask("linyue", "POST", studyPath+"/subjects", again).refused(t, http.StatusConflict, "patient.rescreen_status")
		var failed struct{ Subject, Rescreens string }
		h.ask("linyue", "POST", studyPath+"/subjects", `{"site":"03","status":"screening"}`).ok(t).into(t, &failed)
		again = strings.Replace(again, "03-002", failed.Subject, 1)
		h.ask("linyue", "PUT", studyPath+"/subjects/"+failed.Subject+"/status", `{"status":"screen_failed","reason":"a low count"}`).ok(t)
		h.ask("xucheng", "POST", studyPath+"/subjects", strings.Replace(again, `"03"`, `"07"`, 1)).refused(t, http.StatusNotFound, "patient.unknown")
		var next struct{ Subject, Rescreens string }
		h.ask("linyue", "POST", studyPath+"/subjects", again).ok(t).into(t, &next)
		if next.Rescreens != failed.Subject || next.Subject == failed.Subject {
			t.Errorf("screened again: %+v", next)
		}
		h.ask("linyue", "POST", studyPath+"/subjects", again).refused(t, http.StatusConflict, "patient.rescreened")
		var old struct{ RescreenedAs string }
		h.get("linyue", studyPath+"/subjects/"+failed.Subject).into(t, &old)
		if old.RescreenedAs != next.Subject {
			t.Errorf("the old casebook names %q", old.RescreenedAs)
		}
		h.intact()
	})
}

// A subject that should not be there is inactive: out of the matrix unless asked for, closed to entry, and back where it was.
func TestAnInactiveSubject(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const status = studyPath + "/subjects/03-001/status"
		h.ask("linyue", "PUT", status, `{"status":"inactive","reason":"entered twice"}`).ok(t)
		var m struct {
			Rows  []struct{ Subject string }
			Total int
		}
		h.get("linyue", studyPath+"/matrix").into(t, &m)
		if m.Total != 2 {
			t.Errorf("the matrix counts %d", m.Total)
		}
		h.get("linyue", studyPath+"/matrix?status=inactive").into(t, &m)
		if m.Total != 1 || m.Rows[0].Subject != "03-001" {
			t.Errorf("asked for, it is %+v", m)
		}
		h.save("linyue", vitals, "", "", "IT.SYS 120").refused(t, http.StatusConflict, "patient.inactive")
		h.ask("linyue", "PUT", status, `{"status":"completed","reason":"a mistake"}`).refused(t, http.StatusConflict, "patient.status_back")
		h.ask("linyue", "PUT", status, `{"status":"enrolled","reason":"it was right"}`).ok(t)
		h.mustSave("linyue", vitals, "", "", "IT.SYS 120")
		h.intact()
	})
}
