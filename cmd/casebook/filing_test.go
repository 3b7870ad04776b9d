package main

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/gateway"
	"casebook/odm"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

// A bureau is the whole product behind its gateway, with all its loops, on a clock of the test's: the demo's study with
// the sites 03, where zhou and lin work, and 07, where nobody does yet.
type bureau struct {
	*testing.T
	a       *app
	clock   *casebook.Clock
	address string
}

var bureauStaff = map[casebook.UserID]auth.Grant{
	"zhou": {Study: demo.ID, Site: "03", Role: auth.Investigator}, "lin": {Study: demo.ID, Site: "03", Role: auth.Coordinator},
	"chen": {Study: demo.ID, Role: auth.Monitor}, "jiang": {Study: demo.ID, Role: auth.ProjectManager},
}

func (h *house) bureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{T: t, clock: casebook.NewClock(time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC))}
	a, err := h.database().openIn(t.Context(), casebook.World{Now: b.clock.Now, Rand: casebook.Outside().Rand})
	b.must(err)
	b.a, a.people.Cost = a, auth.Cost{Memory: 64, Passes: 1}
	work(t, a, "03")
	ctx := operator(t.Context())
	_, err = a.trials.AddSite(ctx, demo.ID, trial.Site{ID: "07", Name: odm.Text{"en": "Another hospital"}, Zone: "UTC", State: trial.Planned})
	b.must(err)
	for user, grant := range bureauStaff {
		b.must(a.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: "Dr " + string(user), Locale: "en", Password: password}))
		b.must(a.people.GrantRole(ctx, user, grant))
	}
	gate, err := gateway.New(gateway.Options{World: a.db.World(), Auth: a.people, Trials: a.trials, Routes: addresses(a, roles)})
	b.must(err)
	server := httptest.NewServer(gate)
	working, stop := context.WithCancel(t.Context())
	var loops errgroup.Group
	loops.Go(func() error { return a.ledger.Run(working) })
	for _, r := range roles {
		if r.run != nil {
			loops.Go(func() error { return r.run(a, working) })
		}
	}
	b.address = server.URL
	t.Cleanup(func() {
		server.Close()
		stop()
		loops.Wait() // it only says that it was told to stop
		b.must(a.close())
	})
	return b
}

func (b *bureau) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// does asks as somebody, who has just signed in, within the study.
func does[T any](b *bureau, user string, status int, method, path, body string, headers ...string) T {
	b.Helper()
	return get[T](b.T, stranger(b.T, b.address).signIn(b.T, user, password), status, method, "/api/v1/studies/HTN-24"+path, body, headers...)
}

// sheet is one file of a site's documents.
type sheet struct{ Type, Title, Name, Text string }

// sheets are the files at a site, as the monitor reads them: the last version of each.
func (b *bureau) sheets(chen *visitor, site string) (all []sheet) {
	b.Helper()
	const study = "/api/v1/studies/HTN-24"
	for _, d := range get[struct {
		Documents []struct {
			ID, Site, Type, Title string
			Versions              []struct{ Name string }
		}
	}](b.T, chen, http.StatusOK, "GET", study+"/documents", "").Documents {
		if d.Site == site {
			last := len(d.Versions)
			_, text := chen.ask(b.T, "GET", study+"/documents/"+d.ID+"/versions/"+string(rune('0'+last)), "")
			all = append(all, sheet{d.Type, d.Title, d.Versions[last-1].Name, text})
		}
	}
	return all
}

// filed waits until a site has so many files, and returns those of a type.
func (b *bureau) filed(site string, n int, of string) []sheet {
	b.Helper()
	var all []sheet
	chen := stranger(b.T, b.address).signIn(b.T, "chen", password)
	look := time.NewTicker(50 * time.Millisecond) // one person may ask 100 times a second
	defer look.Stop()
	if _, ok := eventually(patience, func() bool { <-look.C; all = b.sheets(chen, site); return len(all) >= n }); !ok || len(all) != n {
		b.Fatalf("site %s has %d files, want %d: %+v", site, len(all), n, all)
	}
	return slices.DeleteFunc(all, func(s sheet) bool { return s.Type != of })
}

// says fails the test unless a file has all these words.
func (b *bureau) says(s sheet, words ...string) {
	b.Helper()
	for _, w := range words {
		if !strings.Contains(s.Text, w) {
			b.Errorf("%s (%s) lacks %q:\n%s", s.Title, s.Type, w, s.Text)
		}
	}
}

type inboxLetter struct {
	ID, Title, Body string
	Attachments     []struct{ Name, Hash string }
}

// confirms lets somebody at site 03 open a letter and confirm it, with more said in the confirmation.
func (b *bureau) confirms(user, notice, more string) (l inboxLetter) {
	b.Helper()
	does[struct{}](b, user, 200, "POST", "/inbox", `{}`)
	l = does[inboxLetter](b, user, 200, "POST", "/inbox/"+notice, `{"site":"03"}`)
	does[inboxLetter](b, user, 200, "POST", "/inbox/"+notice+"/acknowledgement", `{"site":"03"`+more+`}`)
	return l
}

// TestANoticeIsFiledWithItsAttachmentAndSignaturesFromComposingItToTheSitesDocuments goes the way of a notice over the whole
// product: brought file, draft, inbox, signature, and at the end two documents at the site.
func TestANoticeIsFiledWithItsAttachmentAndSignaturesFromComposingItToTheSitesDocuments(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		b := h.bureau(t)
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		part, err := parts.CreateFormFile("file", "narrative.txt")
		b.must(err)
		const narrative = "Day 9: angioedema"
		_, err = part.Write([]byte(narrative))
		b.must(err)
		b.must(parts.Close())
		brought := does[struct{ Name, Hash string }](b, "jiang", 201, "POST", "/files", form.String(), "Content-Type", parts.FormDataContentType())
		does[struct{}](b, "jiang", 201, "POST", "/notices", `{"id":"N1","kind":"safety","ack":"signed","closes":"2026-03-06T04:00:00Z","audience":{"roles":["coordinator","investigator"]},
			"title":{"zh-CN":"请阅读","en":"SUSAR, please read"},"body":{"zh-CN":"请核对受试者。","en":"Please look at your subjects."},"attachments":[{"name":"`+brought.Name+`","hash":"`+brought.Hash+`"}]}`)
		l := b.confirms("lin", "N1", `,"user":"lin","password":"`+password+`","zone":"UTC"`)
		if l.Body != "Please look at your subjects." || len(l.Attachments) != 1 {
			t.Errorf("lin reads %+v", l)
		}
		if _, text := stranger(t, b.address).signIn(t, "lin", password).ask(t, "GET", "/api/v1/studies/HTN-24/inbox/N1/attachments/1?site=03", ""); text != narrative {
			t.Errorf("lin opens %q", text)
		}
		b.filed("03", 0, "") // nothing before its end
		b.clock.Set(time.Date(2026, 3, 6, 4, 0, 0, 0, time.UTC))
		all := b.filed("03", 2, "07-01")
		paper := slices.IndexFunc(all, func(s sheet) bool { return s.Name == "notice.txt" })
		if len(all) != 2 || paper < 0 || all[1-paper].Text != narrative {
			t.Fatalf("filed is %+v", all)
		}
		b.says(all[paper], "SUSAR, please read", "Please look at your subjects.", brought.Hash, "Dr lin", "signed", "Dr zhou", "not everything that was asked")
		b.must(b.a.ledger.Seal(t.Context(), demo.ID))
		h.verify(t).clean(t)
	})
}

// TestTheLettersOfAVisitAreFiledByThemselvesWithTheirReceipts goes the way of a monitoring visit's letters over the whole product.
func TestTheLettersOfAVisitAreFiledByThemselvesWithTheirReceipts(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		b := h.bureau(t)
		type visited struct {
			ID                     string
			Version                int
			Confirmation, FollowUp *struct{ Notice string }
		}
		const visits = "/monitoring-visits/"
		step := func(user, id, body string) visited {
			t.Helper()
			return does[visited](b, user, 200, "POST", visits+id+"/steps", body)
		}
		v := does[visited](b, "chen", 201, "POST", "/sites/03/monitoring-visits", `{"kind":"routine","on":"2026-03-05","monitor":"chen"}`)
		v = step("chen", v.ID, `{"version":1,"step":"confirm","text":"We come on 5 March."}`)
		b.confirms("lin", v.Confirmation.Notice, "")
		b.confirms("zhou", v.Confirmation.Notice, "")
		b.filed("03", 0, "") // nothing at once
		day := func(n int) { b.clock.Set(time.Date(2026, 3, 4+n, 4, 0, 0, 0, time.UTC)) }
		day(1)
		confirmed := b.filed("03", 1, "05-07")
		b.says(confirmed[0], "We come on 5 March.", "confirmation", "Dr lin", "Dr zhou", "acknowledged 2026-03-04T04:00:00Z")
		if strings.Contains(confirmed[0].Text, "not everything that was asked") {
			t.Errorf("somebody is missing:\n%s", confirmed[0].Text)
		}

		var answers []string
		for _, item := range []string{"CONSENT", "ELIGIBILITY", "SOURCE", "SAFETY", "PRODUCT", "SAMPLES", "DOCUMENTS", "DELEGATION", "FACILITIES"} {
			answers = append(answers, `{"group":"G","repeat":"1","item":"`+item+`","value":"yes"}`)
		}
		step("chen", v.ID, `{"version":2,"step":"report","report":{"held":"2026-03-05","present":"Dr lin","summary":"All is well","figures":{},"values":[`+strings.Join(answers, ",")+`]}}`)
		step("chen", v.ID, `{"version":3,"step":"sign","user":"chen","password":"`+password+`"}`)
		step("jiang", v.ID, `{"version":4,"step":"review","user":"jiang","password":"`+password+`"}`)
		v = step("chen", v.ID, `{"version":5,"step":"follow","text":"Thank you; nothing is open."}`)
		b.confirms("lin", v.FollowUp.Notice, "") // zhou never does

		w := does[visited](b, "chen", 201, "POST", "/sites/07/monitoring-visits", `{"kind":"qualification","on":"2026-03-10","monitor":"chen"}`)
		if w = step("chen", w.ID, `{"version":1,"step":"confirm","text":"May we see your hospital?"}`); w.Confirmation.Notice != "" {
			t.Errorf("somebody is told at a site without people: %+v", w)
		}
		b.says(b.filed("07", 1, "05-07")[0], "May we see your hospital?", w.ID, "2026-03-10")

		day(31)
		all := b.filed("03", 2, "05-07")
		i := slices.IndexFunc(all, func(s sheet) bool { return strings.Contains(s.Text, "Thank you; nothing is open.") })
		if len(all) != 2 || i < 0 {
			t.Fatalf("filed is %+v", all)
		}
		b.says(all[i], "Dr lin", "acknowledged 2026-03-05T04:00:00Z", "Dr zhou", "not everything that was asked")
		b.must(b.a.ledger.Seal(t.Context(), demo.ID))
		h.verify(t).clean(t)
	})
}
