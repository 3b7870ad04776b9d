package safety_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/site/keep"
	"casebook/site/safety"
	"casebook/store"
)

type seen struct {
	ID, Subject, Site string
	Version           int64
	Versions          int
	SUSAR, Judged     bool
	Draft             *struct{ Term string }
	Nullified         *struct{ Reason string }
	Clocks            []struct {
		Name, State string
		Due         time.Time
		Presumed    bool
	}
	Told    []struct{ To, Name string }
	Reports []struct {
		Number int
		Report struct{ Outcome string }
		Signed struct{ Signer, Meaning, Content string }
		Clock  struct{ State string }
	}
	Blind struct {
		Broken    bool
		Treatment string
	}
}

// clock says how one of a case's clocks stands, and when it is due.
func (s *seen) clock(name string) string {
	for _, k := range s.Clocks {
		if k.Name == name {
			return strings.TrimSpace(k.State + " " + k.Due.Format("01-02 15:04") + map[bool]string{true: " presumed"}[k.Presumed])
		}
	}
	return ""
}

const (
	sign = `,"user":"x","password":"` + password + `"}`
	one  = "/safety/cases/SAE-0001"
)

// whole is a report of a stroke that can be submitted.
func whole(more string) string {
	return `{"aware":"2026-03-02T02:00:00Z","term":"Stroke","onset":"2026-03-01","serious":["hospitalisation"],"outcome":"recovering","causality":"possible","action":"withdrawn","narrative":"Found on the floor at home."` + more + `}`
}

// adverse enrols somebody at site 01 and fills in an adverse event; the case of it would be opened at the answer's address.
func (h *house) adverse(repeat, term, serious string) string {
	h.t.Helper()
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "lin", Role: "coordinator", Location: "01"})
	var id casebook.SubjectID
	h.must(h.db.View(ctx, func(tx *store.Tx) error {
		all, err := patient.All(ctx, tx, study)
		if len(all) > 0 {
			id = all[0].ID
		}
		return err
	}))
	if id == "" {
		p, err := h.trials.Enrol(ctx, study, patient.Enrolment{Site: "01", Status: patient.Enrolled})
		h.must(err)
		id = p.ID
	}
	v := func(item, value string) record.Value {
		return record.Value{Group: "IG.AE", Repeat: "1", Item: item, Value: value}
	}
	_, err := h.forms.Save(ctx, record.Save{Key: record.Key{Study: study, Subject: id, Event: "E.AE", EventRepeat: "1", Form: "F.AE", FormRepeat: repeat}, Expect: -1,
		Items: []record.Value{v("IT.AETERM", term), v("IT.AESTDAT", "2026-03-01"), v("IT.AEOUT", "RECOVERING"), v("IT.AESER", serious)}})
	h.must(err)
	return "/subjects/" + string(id) + "/safety-cases"
}

func TestACaseGoesFromItsDraftToASUSARWithItsFollowUps(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		at := h.adverse("1", "Stroke", "Y")
		var c seen
		open := `{"form":"E.AE/1/F.AE/1","report":` + whole("") + `}`
		h.ask("tang", "POST", at, open, 404, "patient.unknown subject", nil)
		h.ask("chen", "POST", at, open, 403, "auth.forbidden", nil)
		h.ask("lin", "POST", at, strings.Replace(open, "F.AE/1", "F.AE/7", 1), 422, "safety.form form", nil)
		h.ask("lin", "POST", at, open, 201, "", &c)
		if c.ID != "SAE-0001" || c.Site != "01" || c.clock("site") != "running 03-03 02:00" || c.clock("sponsor") != "" {
			t.Fatalf("opened as %+v", c)
		}
		h.ask("jiang", "GET", one, "", 404, "safety.unknown case", nil) // a draft is the site's
		h.ask("tang", "GET", one, "", 404, "safety.unknown case", nil)
		h.ask("lin", "POST", one+"/versions", `{"version":1`+sign, 403, "auth.forbidden", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":1,"user":"x","password":"no"}`, 403, "auth.sign.failed", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":7`+sign, 412, "site.changed version", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":1`+sign, 200, "", &c)
		if len(c.Reports) != 1 || c.Reports[0].Signed.Signer != "zhou" || c.Reports[0].Signed.Content == "" || c.clock("site") != "met 03-03 02:00" || c.clock("sponsor") != "running 03-17 04:00 presumed" {
			t.Fatalf("submitted as %+v", c)
		}
		h.ask("zhou", "POST", one+"/versions", `{"version":2`+sign, 409, "safety.undrafted report", nil)
		h.ask("lin", "POST", one+"/assessments", `{"version":2,"causality":"related","expected":false}`, 403, "auth.forbidden", nil)
		h.ask("jiang", "POST", one+"/assessments", `{"version":2,"causality":"related","expected":false}`, 200, "", &c)
		if !c.SUSAR || !c.Judged || c.clock("sponsor") != "running 03-17 04:00" {
			t.Errorf("judged as %+v", c)
		}
		h.clock.Set(h.clock.Now().Add(10 * time.Minute))
		h.ask("lin", "PUT", one+"/draft", `{"version":3,"report":`+whole(`,"news":"Died"`)+`}`, 200, "", &c)
		h.ask("zhou", "POST", one+"/versions", `{"version":4`+sign, 200, "", &c)
		h.ask("lin", "PUT", one+"/draft", `{"version":5,"report":`+strings.Replace(strings.Replace(whole(`,"news":"Died"`), "recovering", "fatal", 1), `"hospitalisation"`, `"death"`, 1)+`}`, 200, "", &c)
		h.ask("zhou", "POST", one+"/versions", `{"version":6`+sign, 200, "", &c)
		if len(c.Reports) != 3 || c.Reports[0].Report.Outcome != "recovering" || c.Reports[2].Report.Outcome != "fatal" || c.clock("sponsor") != "running 03-09 04:10" {
			t.Errorf("followed up as %+v", c)
		}
		for range 2 { // asked twice, told once
			h.must(h.safety.AlertAll(casebook.WithActor(t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})))
		}
		if got := strings.Join(h.told, " "); got != "SAE-0001-reported-0 SAE-0001-reported-1 SAE-0001-reported-2" {
			t.Errorf("told %s", got)
		}
		h.ask("jiang", "POST", one+"/told", `{"version":7,"to":"authority","name":"NMPA CDE","report":2,"on":"2026-03-02T04:10:00Z"}`, 200, "", &c)
		h.ask("lin", "POST", one+"/told", `{"version":8,"to":"ethics","name":"Ethics committee","report":0,"on":"2026-03-02T04:05:00Z"}`, 200, "", &c)
		if c.clock("sponsor") != "met 03-09 04:10" || c.clock("ethics") != "met 03-03 02:00" || c.clock("office") != "running 03-03 02:00" || len(c.Told) != 5 || c.Told[0].Name != "N-SAE-0001-reported-0" {
			t.Errorf("told as %+v", c)
		}
		h.ask("zhou", "POST", one+"/nullification", `{"version":9,"reason":"another subject"`+sign, 200, "", &c)
		h.ask("lin", "PUT", one+"/draft", `{"version":10,"report":`+whole("")+`}`, 409, "safety.nullified case", nil)
		if c.Nullified == nil || c.Nullified.Reason != "another subject" || c.SUSAR || c.clock("office") != "" {
			t.Errorf("nullified as %+v", c)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { // behind the ledger
			_, err := tx.Exec(t.Context(), `UPDATE site_record SET doc = REPLACE(doc, 'recovering', 'recovered') WHERE study_id = $1 AND record_id = 'SAE-0001/0'`, study)
			return err
		}))
		if found := h.findings(); len(found) != 1 || found[0].Row != "safetyreport SAE-0001/0" {
			t.Errorf("verification finds %v of a version changed", found)
		}
	})
}

func TestTheCasebooksAreHeldAgainstTheCases(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		at := h.adverse("1", "Stroke", "Y")
		h.adverse("2", "Fall", "Y")
		h.adverse("3", "Cough", "N")
		h.ask("lin", "GET", "/safety/reconciliation", "", 409, "safety.no_log log", nil)
		var r struct {
			Version int64
			Guess   *struct {
				Form, Serious, Value, Term, Onset, Outcome string
				Outcomes                                   map[string]string
			}
			Rules struct{ Log *struct{ Form string } }
		}
		h.ask("jiang", "GET", "/safety/rules", "", 200, "", &r)
		if r.Version != 0 || r.Rules.Log != nil || r.Guess == nil || r.Guess.Form != "F.AE" || r.Guess.Value != "Y" || r.Guess.Outcomes["NOTRECOVERED"] != "notrecovered" {
			t.Fatalf("the rules are %+v", r)
		}
		log := `{"form":"F.AE","serious":"IT.AESER","value":"Y","term":"IT.AETERM","onset":"IT.AESTDAT","outcome":"IT.AEOUT","outcomes":{"RECOVERING":"recovering"}}`
		h.ask("lin", "PUT", "/safety/rules", `{"version":0,"rules":{"log":`+log+`}}`, 403, "auth.forbidden", nil)
		h.ask("jiang", "PUT", "/safety/rules", `{"version":0,"rules":{"log":`+strings.Replace(log, "IT.AETERM", "IT.SYS", 1)+`}}`, 422, "safety.item log/term", nil)
		h.ask("jiang", "PUT", "/safety/rules", `{"version":0,"rules":{"log":`+strings.Replace(log, `"Y"`, `"maybe"`, 1)+`}}`, 422, "safety.value log/value", nil)
		h.ask("jiang", "PUT", "/safety/rules", `{"version":0,"rules":{"log":`+log+`,"hours":{"ethics":900}}}`, 422, "safety.hours hours/ethics", nil)
		h.ask("jiang", "PUT", "/safety/rules", `{"version":0,"rules":{"log":`+log+`,"hours":{"ethics":72}}}`, 200, "", nil)
		h.ask("lin", "POST", at, `{"form":"E.AE/1/F.AE/1","report":`+strings.Replace(strings.Replace(whole(""), "2026-03-01", "2026-02-28", 1), "recovering", "recovered", 1)+`}`, 201, "", nil)
		h.ask("lin", "POST", at, `{"form":"E.AE/1/F.AE/3","report":`+whole("")+`}`, 201, "", nil)
		var found struct {
			Serious, Cases int
			Differences    []struct{ Kind, Case, Form, Log, Said string }
		}
		h.ask("chen", "GET", "/safety/reconciliation", "", 200, "", &found)
		var said []string
		for _, d := range found.Differences {
			said = append(said, strings.Join([]string{d.Kind, d.Case, d.Form, d.Log, d.Said}, "|"))
		}
		want := "uncased||E.AE/1/F.AE/2|Fall|\nunlogged|SAE-0002|E.AE/1/F.AE/3||Stroke\nonset|SAE-0001|E.AE/1/F.AE/1|2026-03-01|2026-02-28\noutcome|SAE-0001|E.AE/1/F.AE/1|recovering|recovered"
		if got := strings.Join(said, "\n"); got != want || found.Serious != 2 || found.Cases != 2 {
			t.Errorf("%d events, %d cases differ in\n%s\nwant\n%s", found.Serious, found.Cases, got, want)
		}
		if _, text, _ := h.send("chen", "GET", "/safety/reconciliation/export", "", nil); strings.Count(string(text), "\n") != 5 || !strings.Contains(string(text), "HTN-24,uncased,01,") {
			t.Errorf("as CSV it is %s", text)
		}
		h.ask("tang", "GET", "/safety/reconciliation", "", 200, "", &found)
		if len(found.Differences) != 0 || found.Serious != 0 {
			t.Errorf("site 02 sees %+v", found)
		}
	})
}

func TestWhatIsWrongWithAReportIsSaidAtItsPlace(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		at := h.adverse("1", "Stroke", "Y")
		swap := func(old, now string) string { return `{"report":` + strings.Replace(whole(""), old, now, 1) + `}` }
		for _, bad := range []struct{ old, now, want string }{
			{"2026-03-02T02", "2026-03-02T07", "safety.time report/aware"}, {`"Stroke"`, `"` + strings.Repeat("x", 751) + `"`, "site.text_long report/term"},
			{`["hospitalisation"]`, `["hospitalisation","sad"]`, "safety.choice report/serious/1"}, {`["hospitalisation"]`, `["death","death"]`, "safety.choice report/serious/1"},
			{`"recovering"`, `"better"`, "safety.choice report/outcome"}, {`"possible"`, `"maybe"`, "safety.choice report/causality"}, {`"withdrawn"`, `"eaten"`, "safety.choice report/action"},
			{`"2026-03-01"`, `"2026-03-09"`, "safety.day report/onset"}, {`"outcome"`, `"ended":"2026-02-28","outcome"`, "safety.day report/ended"},
		} {
			h.ask("lin", "POST", at, swap(bad.old, bad.now), 400, bad.want, nil)
		}
		h.ask("lin", "POST", at, `{}`, 400, "site.text_missing report", nil)
		h.ask("lin", "POST", at, swap(`"Stroke"`, `""`), 201, "", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":1`+sign, 422, "safety.incomplete report/term", nil)
		h.ask("lin", "PUT", one+"/draft", `{"version":1,"report":`+strings.Replace(whole(""), "hospitalisation", "death", 1)+`}`, 200, "", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":2`+sign, 422, "safety.fatal report/outcome", nil)
		h.ask("lin", "PUT", one+"/draft", `{"version":2}`, 400, "site.text_missing report", nil)
		h.ask("lin", "POST", one+"/told", `{"version":2,"to":"ethics","name":"x","report":0,"on":"2026-03-02T03:00:00Z"}`, 409, "safety.unreported case", nil)
		h.ask("lin", "PUT", one+"/draft", `{"version":2,"report":`+whole("")+`}`, 200, "", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":3`+sign, 200, "", nil)
		h.ask("lin", "POST", one+"/told", `{"version":4,"to":"press","name":"x","report":0,"on":"2026-03-02T03:00:00Z"}`, 400, "safety.choice to", nil)
		h.ask("lin", "POST", one+"/told", `{"version":4,"to":"ethics","name":"x","report":1,"on":"2026-03-02T03:00:00Z"}`, 400, "safety.version version", nil)
		h.ask("lin", "POST", one+"/told", `{"version":4,"to":"ethics","name":"x","report":0,"on":"2026-03-09T03:00:00Z"}`, 400, "safety.time on", nil)
		h.ask("lin", "POST", one+"/told", `{"version":4,"to":"ethics","name":"","report":0,"on":"2026-03-02T03:00:00Z"}`, 400, "site.text_missing name", nil)
		h.ask("jiang", "POST", one+"/assessments", `{"version":4,"causality":"x","expected":false}`, 400, "safety.choice causality", nil)
		h.ask("jiang", "POST", one+"/assessments", `{"version":4,"causality":"related","expected":true}`, 200, "", nil)
		h.ask("jiang", "POST", one+"/assessments", `{"version":5,"causality":"related","expected":false}`, 400, "site.text_missing reason", nil)
		h.ask("lin", "PUT", one+"/draft", `{"version":5,"report":`+strings.Replace(whole(""), "02T02", "02T01", 1)+`}`, 400, "safety.time report/aware", nil)
		h.ask("lin", "PUT", one+"/draft", `{"version":5,"report":`+whole("")+`}`, 200, "", nil)
		h.ask("zhou", "POST", one+"/versions", `{"version":6`+sign, 422, "safety.incomplete report/news", nil)
		var of, wei seen
		h.ask("jiang", "GET", one, "", 200, "", &of)
		h.ask("wei", "GET", one, "", 200, "", &wei)
		if of.Draft != nil || !of.Blind.Broken || of.Blind.Treatment != "" || wei.Blind.Treatment != "verum" {
			t.Errorf("the blinded see %+v, the unblinded %+v", of, wei.Blind)
		}
	})
}

// Somebody moves house with a case that is not ended: the new site's people go on with it, the old one's see it no more.
func TestACaseFollowsItsSubject(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		at := h.adverse("1", "Stroke", "Y")
		h.ask("lin", "POST", at, `{"form":"E.AE/1/F.AE/1","report":`+whole("")+`}`, 201, "", nil)
		h.ask("tang", "GET", one, "", 404, "safety.unknown case", nil)
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "jiang", Role: "projectmanager", Location: "sponsor"})
		subject := casebook.SubjectID(strings.Split(at, "/")[2])
		h.must(h.ledger.Write(ctx, study, func(w *ledger.Writer) error {
			if _, _, err := patient.Transfer(ctx, w, subject, "02", "moved house"); err != nil {
				return err
			}
			return safety.Transfer(ctx, w, subject, "02")
		}))
		var c seen
		h.ask("lin", "GET", one, "", 404, "safety.unknown case", nil)
		h.ask("tang", "GET", one, "", 200, "", &c)
		if c.Site != "02" || c.clock("site") != "running 03-03 02:00" {
			t.Errorf("at the new site it is %+v", c)
		}
		h.ask("tang", "PUT", one+"/draft", `{"version":2,"report":`+whole("")+`}`, 200, "", nil)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification: %v", found)
		}
	})
}

// A case is opened while its subject goes to another site: whoever comes first, no case stays behind, and who works at the old site
// opens none afterwards.
func TestACaseIsOpenedWhileItsSubjectLeaves(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		at := h.adverse("1", "Stroke", "Y")
		subject := casebook.SubjectID(strings.Split(at, "/")[2])
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "jiang", Role: "projectmanager", Location: "sponsor"})
		sites, opener := []casebook.SiteID{"02", "01"}, []casebook.UserID{"lin", "tang"}
		for round := range 6 {
			to, who := sites[round%2], opener[round%2]
			var both sync.WaitGroup
			for range 3 {
				both.Go(func() {
					_, _, _ = h.send(who, "POST", at, "application/json", strings.NewReader(`{"form":"E.AE/1/F.AE/1","report":`+whole("")+`}`))
				})
			}
			both.Go(func() {
				if err := h.ledger.Write(ctx, study, func(w *ledger.Writer) error {
					if _, _, err := patient.Transfer(ctx, w, subject, to, "moved house"); err != nil {
						return err
					}
					return safety.Transfer(ctx, w, subject, to)
				}); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
				left, err := keep.List[safety.Case](t.Context(), tx, study, "safetycase")
				for _, k := range left {
					if k.Site != to || k.Version == 1 {
						t.Errorf("round %d: %s, opened by %s, stands at %s in its version %d, its subject at %s", round, k.ID, k.Doc.OpenedBy, k.Site, k.Version, to)
					}
				}
				return err
			}))
			h.ask(who, "POST", at, `{"report":`+whole("")+`}`, 404, "patient.unknown subject", nil)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification: %v", found)
		}
	})
}
