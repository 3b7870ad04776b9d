package lab_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/platform/lab"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// clinic is a study with two sites, a subject at each, and the laboratory's desk.
type clinic struct {
	*testing.T
	l     *ledger.Ledger
	forms *record.Service
	mux   http.Handler
	ctx   context.Context
}

var visitors = map[string]*auth.Principal{
	"coordinator": {Kind: auth.Person, User: "linyue", Grants: []auth.Grant{{Study: demo.ID, Site: "01", Role: auth.Coordinator}}},
	"laboratory":  {Kind: auth.Device, User: "client:lis", Grants: []auth.Grant{{Study: demo.ID, Role: auth.Coordinator}}}, // what a client with the scopes may
}

func onClinics(t *testing.T, fn func(c *clinic)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), []fs.FS{ledger.Migrations, patient.Migrations, trial.Migrations, record.Migrations, lab.Migrations})
			c := &clinic{T: t, l: ledger.New(db, ledger.Options{})}
			trials := trial.New(c.l, patient.New(c.l))
			c.forms = record.New(c.l, trials)
			mux := http.NewServeMux()
			for _, r := range lab.New(c.l, trials, c.forms).Routes() {
				mux.Handle(r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error {
					p := visitors[q.Header.Get("X-Test-Who")]
					return r.Handle(w, q.WithContext(casebook.WithActor(auth.With(q.Context(), p), casebook.Actor{User: p.User, Role: "coordinator", Location: "01"})))
				}))
			}
			c.mux = (&web.Door{World: casebook.Outside()}).Wrap(mux)
			c.ctx = casebook.WithActor(t.Context(), casebook.Actor{User: "chenrui", Role: "datamanager", Location: "sponsor"})
			s, _, err := odm132.Read(bytes.NewReader(demo.Study()))
			c.must(err)
			for i := range s.Versions[0].Items {
				if it := &s.Versions[0].Items[i]; it.OID == "IT.POTAS" {
					it.Codings = append(it.Codings, odm.Coding{System: "http://loinc.org", Code: "2823-3"})
				}
			}
			_, err = trials.Import(c.ctx, s, trial.Training)
			c.must(err)
			for _, site := range []casebook.SiteID{"01", "02"} {
				_, err := trials.AddSite(c.ctx, demo.ID, trial.Site{ID: site, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
				c.must(err)
				_, err = trials.Enrol(c.ctx, demo.ID, patient.Enrolment{Site: site})
				c.must(err)
			}
			fn(c)
		})
	}
}

func (c *clinic) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

type result struct {
	ID, Site, State, Problem string
	Sent                     struct{ ID, Subject, Code, Value, Unit, Format string }
	Places                   []struct{ Event, Form, Group, Item string }
	Decision                 struct{ By, Place, Reason string }
}

// ask asks an address; code is that of a refusal.
func (c *clinic) ask(who, method, path, kind, body string) (status int, code string, results []result) {
	c.Helper()
	r := httptest.NewRequestWithContext(c.Context(), method, "/api/v1/studies/HTN-24/lab-results"+path, strings.NewReader(body))
	r.Header.Set("X-Test-Who", who)
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	var out struct {
		Code, Place string
		Results     []result
	}
	_ = json.Unmarshal(w.Body.Bytes(), &out, json.MatchCaseInsensitiveNames(true))
	return w.Code, strings.TrimSpace(out.Code + " " + out.Place), out.Results
}

const potassium = "id,subject,system,code,name,value,unit,taken,event\nLAB-1,01-001,LOINC,2823-3,Potassium,4.1,mmol/L,2026-03-02T08:10:00Z,E.SCR\n"

func TestAResultWaitsUntilAPersonConfirmsIt(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		for range 2 { // sent again, it is the same result
			if status, code, got := c.ask("laboratory", "POST", "", "text/csv", potassium); status != 201 || len(got) != 1 || got[0].State != "waiting" {
				c.Fatalf("%d %s %+v", status, code, got)
			}
		}
		_, _, waiting := c.ask("coordinator", "GET", "", "", "")
		if len(waiting) != 1 || waiting[0].Problem != "" || len(waiting[0].Places) != 3 || waiting[0].Places[0].Item != "IT.POTAS" || waiting[0].Sent.Format != "csv" {
			c.Fatalf("%+v", waiting)
		}
		key := record.Key{Study: demo.ID, Subject: "01-001", Event: "E.SCR", EventRepeat: "1", Form: "F.LB", FormRepeat: "1"}
		if history, err := c.forms.History(c.ctx, key, "", "", ""); err != nil || len(history) != 0 {
			c.Errorf("before anybody confirmed: %+v %v", history, err)
		}
		decide := "/" + waiting[0].ID + "/decision"
		if status, code, _ := c.ask("laboratory", "POST", decide, "application/json", `{"accept":true,"event":"E.SCR"}`); status != 422 || code != "lab.person" {
			c.Errorf("a program confirms: %d %s", status, code)
		}
		if status, code, _ := c.ask("coordinator", "POST", decide, "application/json", `{"accept":true,"event":"E.BL"}`); status != 422 || code != "lab.place /event" {
			c.Errorf("a visit without the form: %d %s", status, code)
		}
		if status, code, _ := c.ask("coordinator", "POST", decide, "application/json", `{"accept":true,"event":"E.SCR"}`); status != 200 {
			c.Fatalf("%d %s", status, code)
		}
		history, err := c.forms.History(c.ctx, key, "IG.LB", "1", "IT.POTAS")
		c.must(err)
		if len(history) != 1 || history[0].New.Value != "4.1" || history[0].Entry.Actor != "linyue" {
			c.Errorf("%+v", history)
		}
		if status, code, _ := c.ask("coordinator", "POST", decide, "application/json", `{"accept":false,"reason":"twice"}`); status != 409 || code != "lab.decided result" {
			c.Errorf("decided twice: %d %s", status, code)
		}
		_, _, accepted := c.ask("coordinator", "GET", "?state=accepted", "", "")
		if len(accepted) != 1 || accepted[0].Decision.By != "linyue" || accepted[0].Decision.Place != "E.SCR/1/F.LB/1" {
			c.Errorf("%+v", accepted)
		}
		c.verified(0)
		c.must(c.l.DB().Update(c.ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(c.ctx, `UPDATE lab_result SET state = 'refused' WHERE study_id = $1`, demo.ID)
			return err
		}))
		c.verified(1)
	})
}

// verified checks that so many rows do not agree with the ledger.
func (c *clinic) verified(want int) {
	c.Helper()
	c.must(c.l.Seal(c.ctx, demo.ID))
	v, err := ledger.Verify(c.ctx, c.l.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold {
		return []ledger.Fold{patient.NewFold(id), record.NewFold(id), lab.NewFold(id)}
	})
	if err != nil || len(v.Findings) != want {
		c.Errorf("verified: %+v %v", v, err)
	}
}

func TestAUnitIsNotGuessedAndAnotherSitesResultIsNotThere(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		send := func(line string) (int, string) {
			c.Helper()
			status, code, _ := c.ask("laboratory", "POST", "", "text/csv", strings.Split(potassium, "\n")[0]+"\n"+line+"\n")
			return status, code
		}
		for _, line := range []string{"A,01-001,LOINC,2823-3,,16,mg/dL,,", "B,01-001,LOINC,1-1,,4.1,mmol/L,,", "C,01-001,LOINC,2823-3,,high,mmol/L,,", "D,02-001,LOINC,2823-3,,4.0,mmol/L,,", "E,01-001,,IT.SODIUM,,140,mmol/L,,"} {
			if status, code := send(line); status != 201 {
				c.Fatalf("%s: %d %s", line, status, code)
			}
		}
		_, _, waiting := c.ask("coordinator", "GET", "", "", "")
		problems := map[string]string{}
		for _, r := range waiting {
			problems[r.Sent.ID] = r.Problem
			if r.Problem != "" {
				if status, code, _ := c.ask("coordinator", "POST", "/"+r.ID+"/decision", "application/json", `{"accept":true,"event":"E.SCR"}`); status != 422 {
					c.Errorf("%s was accepted: %d %s", r.Sent.ID, status, code)
				}
				if status, code, _ := c.ask("coordinator", "POST", "/"+r.ID+"/decision", "application/json", `{"accept":false}`); status != 422 || code != "lab.reason /reason" {
					c.Errorf("refused without a reason: %d %s", status, code)
				}
				if status, code, _ := c.ask("coordinator", "POST", "/"+r.ID+"/decision", "application/json", `{"accept":false,"reason":"cannot be entered"}`); status != 200 {
					c.Errorf("refused: %d %s", status, code)
				}
			}
		}
		if len(problems) != 4 || problems["A"] != "unit" || problems["B"] != "item" || problems["C"] != "value" || problems["E"] != "" {
			c.Errorf("%v", problems)
		}
		_, _, all := c.ask("laboratory", "GET", "", "", "")
		for _, r := range all {
			if r.Site == "02" {
				if status, code, _ := c.ask("coordinator", "POST", "/"+r.ID+"/decision", "application/json", `{"accept":true,"event":"E.SCR"}`); status != 404 || code != "lab.unknown result" {
					c.Errorf("another site's: %d %s", status, code)
				}
			}
		}
		c.verified(0)
		for _, wrong := range []struct{ kind, body, code string }{
			{"text/csv", "id,weight\n1,2\n", "lab.column line 1"}, {"text/csv", "id,subject\n", "lab.count results"}, {"text/csv", "id,subject\n1\n", "lab.csv line 2"},
			{"text/csv", "id,subject,code,value\n1,01-001,,4\n", "lab.missing line 2, code"}, {"text/csv", "id,subject,code,value\n1,99-999,K,4\n", "patient.unknown line 2, subject"},
			{"application/json", `{"results":[{"id":"1","subject":"01-001","code":"K"}]}`, "lab.missing /results/0/value"}, {"application/json", `{"resluts":[]}`, "request.json.unknown_name /resluts"},
			{"application/pdf", "x", "request.media_type"}, {"application/json", `{"results":[{"id":"` + strings.Repeat("x", 501) + `"}]}`, "lab.text /results/0/id"},
		} {
			if _, code, _ := c.ask("laboratory", "POST", "", wrong.kind, wrong.body); code != wrong.code {
				c.Errorf("%.80s: %q, want %q", wrong.body, code, wrong.code)
			}
		}
	})
}
