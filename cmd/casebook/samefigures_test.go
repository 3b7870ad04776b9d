package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/trial"
)

// figures are what the study office says of a site, from its own pages.
type figures struct {
	Screened, Enrolled, Failed, Active int
	FirstIn, LastIn, LastOut           string
	Paid                               []string // what for, by subject
}

// casebooksSay counts the same from the pages of the EDC: who is in the matrix, in which state, with which forms complete. Of
// days it takes what the test knows, since they are those of the clock when somebody was taken in or left.
func (b *bureau) casebooksSay(site string, days figures) figures {
	b.Helper()
	out := figures{FirstIn: days.FirstIn, LastIn: days.LastIn, LastOut: days.LastOut, Paid: []string{}}
	type row struct {
		Subject, Site, Status string
		Cells                 map[string]struct{ State string }
	}
	for _, r := range does[struct{ Rows []row }](b, "tang", 200, "GET", "/matrix?limit=200", "").Rows {
		if r.Site != site {
			continue
		}
		out.Screened++
		switch r.Status {
		case "screening":
		case "screen_failed":
			out.Failed++
			out.Paid = append(out.Paid, r.Subject+" failure")
		case "enrolled":
			out.Active++
			fallthrough
		default:
			out.Enrolled++
		}
		vitals, drug := r.Cells["E.W4/F.VS"].State, r.Cells["E.W4/F.DA"].State
		if vitals == "complete" {
			out.Paid = append(out.Paid, r.Subject+" procedure")
			if drug == "" || drug == "empty" {
				out.Paid = append(out.Paid, r.Subject+" visit")
			}
		}
	}
	slices.Sort(out.Paid)
	return out
}

// officeSays reads enrolment, milestones and payments.
func (b *bureau) officeSays(site string) (out figures) {
	b.Helper()
	for _, c := range does[struct {
		Sites []struct {
			Site   string
			Now    struct{ Screened, Enrolled, Failed int }
			Active int
		}
	}](b, "jiang", 200, "GET", "/enrolment", "").Sites {
		if c.Site == site {
			out.Screened, out.Enrolled, out.Failed, out.Active = c.Now.Screened, c.Now.Enrolled, c.Now.Failed, c.Active
		}
	}
	for _, m := range does[struct {
		Milestones []struct{ From, Actual string }
	}](b, "jiang", 200, "GET", "/sites/"+site+"/plans/sponsor-startup", "").Milestones {
		switch m.From {
		case "first-in":
			out.FirstIn = m.Actual
		case "last-in":
			out.LastIn = m.Actual
		case "last-out":
			out.LastOut = m.Actual
		}
	}
	out.Paid = []string{}
	for _, l := range does[struct {
		Lines []struct{ Kind, Subject string }
	}](b, "jiang", 200, "GET", "/sites/"+site+"/payments", "").Lines {
		if l.Subject != "" {
			out.Paid = append(out.Paid, l.Subject+" "+l.Kind)
		}
	}
	slices.Sort(out.Paid)
	return out
}

// TestEnrolmentMilestonesAndPaymentsAreWhatTheCasebooksSay enters, changes and withdraws through the EDC, and holds what the study
// office shows after each step against the EDC's own pages.
func TestEnrolmentMilestonesAndPaymentsAreWhatTheCasebooksSay(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		b := h.bureau(t)
		ctx := operator(t.Context())
		_, err := b.a.trials.SetSiteState(ctx, demo.ID, "07", trial.Active, "ready")
		b.must(err)
		b.must(b.a.people.CreatePerson(ctx, auth.NewPerson{User: "tang", Name: "Dr tang", Locale: "en", Password: password}))
		b.must(b.a.people.GrantRole(ctx, "tang", auth.Grant{Study: demo.ID, Site: "07", Role: auth.Coordinator}))
		does[struct{}](b, "jiang", 200, "PUT", "/sites/07/rates", `{"version":0,"currency":"CNY","visits":{"E.W4":"300"},"procedures":{"F.VS":"33.33"},"failure":"200","failures":5,"holdBack":0}`)
		does[struct{}](b, "jiang", 200, "PUT", "/sites/07/plans/sponsor-startup", `{"version":0,"start":"2025-06-01"}`)
		does[struct{}](b, "jiang", 200, "PUT", "/sites/07/target", `{"version":0,"subjects":2}`)

		days, seen := figures{}, []string{}
		agree := func(after string) {
			t.Helper()
			edc, office := b.casebooksSay("07", days), b.officeSays("07")
			if fmt.Sprint(edc) != fmt.Sprint(office) {
				t.Errorf("%s:\nthe casebooks say    %+v\nthe study office says %+v", after, edc, office)
			}
			seen = append(seen, fmt.Sprint(office))
		}
		on := func(day int) string {
			b.clock.Set(time.Date(2026, 3, day, 4, 0, 0, 0, time.UTC))
			return fmt.Sprintf("2026-03-%02d", day)
		}
		enrol := func() casebook.SubjectID {
			t.Helper()
			return does[struct{ Subject casebook.SubjectID }](b, "tang", 201, "POST", "/subjects", `{"site":"07","status":"screening"}`).Subject
		}
		becomes := func(id casebook.SubjectID, status string) {
			t.Helper()
			does[struct{}](b, "tang", 200, "PUT", "/subjects/"+string(id)+"/status", `{"status":"`+status+`","reason":"as the source says"}`)
		}
		versions := map[casebook.SubjectID]int{}
		vitals := func(id casebook.SubjectID, reason string, items ...string) {
			t.Helper()
			all := make([]string, len(items))
			for i, x := range items {
				place, value, _ := strings.Cut(x, "=")
				group, item, _ := strings.Cut(place, "/")
				all[i] = `{"group":"` + group + `","repeat":"1","item":"` + item + `","value":"` + value + `"}`
			}
			saved := does[struct{ Version int }](b, "tang", 200, "PATCH", "/subjects/"+string(id)+"/forms/E.W4/1/F.VS/1", `{"reason":"`+reason+`","items":[`+strings.Join(all, ",")+`]}`, "If-Match", fmt.Sprintf("%q", fmt.Sprint(versions[id])))
			versions[id] = saved.Version
		}
		whole := []string{"IG.VS/IT.SYS=142", "IG.VS/IT.VSDAT=2026-03-06", "IG.VS/IT.VSARM=RIGHT", "IG.VS/IT.DIA=91", "IG.VS/IT.PULSE=72", "IG.BODY/IT.HEIGHT=170", "IG.BODY/IT.WEIGHT=70.5"}

		agree("nobody is there")
		on(5)
		first, failed, second := enrol(), enrol(), enrol()
		agree("three are in screening")
		days.FirstIn = on(6)
		becomes(first, "enrolled")
		becomes(failed, "screen_failed")
		agree("one is in and one failed")
		vitals(first, "", whole...)
		agree("a visit is entered")
		vitals(first, "not measured after all", "IG.VS/IT.PULSE=")
		agree("a value is taken back")
		vitals(first, "found in the source", "IG.VS/IT.PULSE=70")
		agree("it is entered again")
		days.LastIn = on(9)
		becomes(second, "enrolled")
		vitals(second, "", whole...)
		agree("the target is reached")
		on(12)
		becomes(first, "withdrawn")
		agree("one has withdrawn")
		days.LastOut = on(13)
		becomes(second, "completed")
		agree("the last one is out")
		if slices.Sort(seen); len(slices.Compact(seen)) != 7 { // what is taken back is as it was
			t.Errorf("the steps change nothing that is shown: %q", seen)
		}
		b.must(b.a.ledger.Seal(t.Context(), demo.ID))
		h.verify(t).clean(t)
	})
}
