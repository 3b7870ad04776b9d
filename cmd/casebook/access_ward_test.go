package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

// A ward is the product with the study HTN-24, in which sites 03 and 07 have one thing of every kind each, another study
// ONC-7 that everybody here has nothing to do with, and everybody who may ask: each role at site 03 and at all sites, the
// administrator, a device, two programs, somebody of the other study, and nobody.
type ward struct {
	a                    *app
	visitors             []asker
	here, there, missing things         // at site 03, at site 07, and what is not there
	foreign, nowhere     things         // of the other study, and of none
	described            map[string]int // answers of each address and status that were held against the API's document
	every                int            // everybody asks every so many of the questions that they could
	turn                 int
	plain                map[string]bool // addresses that told a value that is not blinded
}

// emptyWard is the product before anybody has come.
func emptyWard(t *testing.T) *ward {
	t.Helper()
	dir := t.TempDir()
	d := Database{DB: dir, Keys: dir, Unsafe: true}
	a, err := d.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	working, stop := context.WithCancel(t.Context())
	var door errgroup.Group
	door.Go(func() error { return a.reports.Run(working) })
	door.Go(func() error { return a.monitor.Run(working) })
	t.Cleanup(func() { stop(); door.Wait() }) // it only says that it was told to stop
	a.people.Carry = nil                      // what a client may ask in a minute is bounded elsewhere
	a.people.Cost = auth.Cost{Memory: 64, Passes: 1}
	return &ward{a: a, described: map[string]int{}, plain: map[string]bool{}, every: 1}
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := emptyWard(t)
	w.furnish(t)
	w.invite(t)
	w.unblind(t)
	w.settle(t)
	return w
}

func (w *ward) routes() []auth.Route { return addresses(w.a, roles) }

// furnish makes both studies and their things.
func (w *ward) furnish(t *testing.T) {
	t.Helper()
	ctx := operator(t.Context())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	must(err)
	blind(study)
	_, err = w.a.trials.Import(ctx, study, trial.Training)
	must(err)
	_, err = w.a.trials.Create(ctx, trial.Trial{ID: "ONC-7", Name: "Another", Environment: trial.Training})
	must(err)
	_, err = w.a.epro.Publish(ctx, demo.ID, demo.Schedule())
	must(err)
	_, err = w.a.epro.PublishConsent(ctx, demo.ID, demo.Consent())
	must(err)
	made := map[casebook.SiteID]things{}
	for _, site := range []casebook.SiteID{"03", "07"} {
		_, err := w.a.trials.AddSite(ctx, demo.ID, trial.Site{ID: site, Name: odm.Text{"en": "Hospital"}, Zone: "UTC"})
		must(err)
		made[site] = w.things(t, site)
	}
	w.here, w.there = made["03"], made["07"]
	w.allocate(t)
	w.seal(t)
	w.missing = things{}
	for name, value := range w.there {
		w.missing[name] = value
	}
	for name, value := range map[string]string{"subject": "99-999", "site": "99", "signal": "no-such-signal", "record": "no-such-record", "device": "no-such-device",
		"alert": "no-such-alert", "consent": "no-such-consent", "change": "no-such-change", "document": "no-such-document", "item": "no-such-item", "visit": "no-such-visit", "statement": "no-such-statement", "issue": "no-such-issue", "request": "no-such-request", "person": "no-such-person", "delegation": "no-such-line", "query": "no-such-query", "fhirSubject": "99-999", "result": "no-such-result", "kit": "no-such-kit", "shipment": "no-such-shipment", "case": "no-such-case", "response": "99-999.r0123456789abcdef", "hash": strings.Repeat("9", 64)} {
		w.missing[name] = value
	}
	w.foreign, w.nowhere = elsewhere(w.here, "ONC-7"), elsewhere(w.here, "NONE-0")
}

// settle waits until the indicators have taken in both sites.
func (w *ward) settle(t *testing.T) {
	t.Helper()
	if err := w.a.ledger.Seal(t.Context(), demo.ID); err != nil {
		t.Fatal(err)
	}
	_, counted := eventually(patience, func() bool {
		var n int
		err := w.a.db.View(t.Context(), func(tx *store.Tx) error {
			return tx.Row(t.Context(), `SELECT count(*) FROM monitor_subject WHERE study_id = $1`, demo.ID).Scan(&n)
		})
		return err == nil && n == 2
	})
	if !counted {
		t.Fatal("the indicators know of no subjects")
	}
}

// elsewhere is at with another study.
func elsewhere(at things, study string) things {
	out := things{}
	for name, value := range at {
		out[name] = value
	}
	out["study"], out["trialId"] = study, study
	return out
}

// things makes one of each kind at a site. What only phones and indicators make is put in by hand.
func (w *ward) things(t *testing.T, site casebook.SiteID) things {
	t.Helper()
	ctx := operator(t.Context())
	p, err := w.a.trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	key := record.Key{Study: demo.ID, Subject: p.ID, Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}
	saved, err := w.a.forms.Save(ctx, record.Save{Key: key, Expect: -1, Items: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: "286"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Queries) == 0 {
		t.Fatal("the value opened no query")
	}
	at := things{"study": string(demo.ID), "trialId": string(demo.ID), "site": string(site), "subject": string(p.ID), "event": "E.BL", "eventRepeat": "1", "form": "F.VS", "formRepeat": "1",
		"kri": "kri0001", "query": saved.Queries[0].ID, "webhook": "w1", "view": "no-such-view", "client": "HTN-24.none", "token": "none", "hold": "no-such-hold", "notice": "no-such-notice", "delivery": "d1", "draft": "1", "session": "no-such-session", "passkey": "no-such-passkey", "export": "no-such-export", "upload": "no-such-upload", "piece": "0", "user": "no-such-person", "number": "1", "list": "L-1",
		"signal": "signal-of-" + string(site), "record": "record-of-" + string(site), "device": "device-of-" + string(site), "alert": "alert-of-" + string(site), "consent": "consent-of-" + string(site), "change": "change-of-" + string(site), "hash": strings.Repeat("07", 32),
		"document": "document-of-" + string(site), "visit": "visit-of-" + string(site), "statement": "statement-of-" + string(site), "issue": "issue-of-" + string(site), "request": "request-of-" + string(site), "person": "person-of-" + string(site), "delegation": "line-of-" + string(site), "template": "hospital-office", "milestone": "review", "kind": "routine", "item": "goods-of-" + string(site), "line": "1"}
	at["kit"], at["shipment"] = "kit-2-of-"+string(site), map[casebook.SiteID]string{"03": "S-1", "07": "S-2"}[site]
	at["result"], at["case"] = "result-of-"+string(site), "case-of-"+string(site)
	at["id"], at["fhirSubject"], at["response"] = "none", fhir.ID(string(p.ID)), fhir.ResponseID(string(p.ID), key.Ref())
	w.put(t, at)
	return at
}

// put puts in what phones and indicators would have made.
func (w *ward) put(t *testing.T, at things) {
	t.Helper()
	hash := bytes.Repeat([]byte{7}, 32)
	err := w.a.db.Update(t.Context(), func(tx *store.Tx) error {
		signature, err := w.a.vault.Keep(t.Context(), tx, demo.ID, "", "{}")
		if err != nil {
			return err
		}
		for _, row := range []struct {
			sql  string
			args []any
		}{
			{`INSERT INTO epro_device VALUES($1,$2,$3,$4,'','phone','self',1,0,'',1,1,1,'')`, []any{demo.ID, at["device"], at["subject"], at["site"]}},
			{`INSERT INTO epro_record VALUES($1,$2,$3,$4,$5,1,'F.HBP','w',1,$6,'r','self','en',1,1,1,1,'{}',0)`, []any{demo.ID, at["record"], at["subject"], at["site"], at["device"], hash}},
			{`INSERT INTO epro_quarantine VALUES($1,$2,$3,$4,$5,$6,'invalid','r',1,'{}',0,0,'','','')`, []any{demo.ID, at["record"], hash, at["subject"], at["site"], at["device"]}},
			{`INSERT INTO epro_alert VALUES($1,$2,$3,$4,$5,'rule','{}','investigator','','',1,1,0,0,'','')`, []any{demo.ID, at["alert"], at["subject"], at["site"], at["record"]}},
			{`INSERT INTO epro_consent VALUES($1,$2,$3,$4,$5,1,'en','self',$6,'r',1,'{}',0,'','',0,'','',$7)`, []any{demo.ID, at["consent"], at["subject"], at["site"], at["device"], hash, signature}},
			{`INSERT INTO epro_change VALUES($1,$2,$3,$4,$5,'F.HBP','[]','[]','why',1,'nobody',0,'','',0,'')`, []any{demo.ID, at["change"], at["record"], at["subject"], at["site"]}},
			{`INSERT INTO monitor_signal(study_id, signal_id, number, kri, site_id, state, evidence, raised_at, seq) VALUES($1,$2,$3,'kri0001',$4,'open',$5,1,$3)`,
				[]any{demo.ID, at["signal"], int64(len(at["site"])) + int64(at["site"][1]), at["site"], `{"kri":"kri0001","site":"` + at["site"] + `"}`}},
			{`INSERT INTO lab_result VALUES($1,$2,$3,$4,'client:x',$2,'x',$5,1,'waiting','{}')`, []any{demo.ID, at["result"], at["subject"], at["site"],
				`{"id":"1","subject":"` + at["subject"] + `","code":"IT.POTAS","value":"4.1","unit":"mmol/L","original":"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"K\"}}"}`}},
			{`INSERT INTO site_record VALUES($1,'request',$2,$3,1,'{"kind":"copy","received":"2026-03-02","deadline":"2026-04-02","state":"open"}')`, []any{demo.ID, at["request"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'issue',$2,$3,1,'{"kind":"issue","severity":"minor","owner":"x","due":"2026-03-02","state":"open"}')`, []any{demo.ID, at["issue"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'document',$2,$3,1,'{"type":"05-01","versions":[{"name":"a.pdf","media":"application/pdf","filedBy":"x"}]}')`, []any{demo.ID, at["document"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'attachment',$2,$3,1,'{"files":[{"name":"a.pdf","by":"x"}]}')`, []any{demo.ID, at["subject"] + "/E.BL/1/F.VS/1", at["site"]}},
			{`INSERT INTO site_record VALUES($1,'visit',$2,$3,1,'{"kind":"routine","on":"2026-03-02","state":"planned"}')`, []any{demo.ID, at["visit"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'goods',$2,$3,1,'{"kind":"device","name":"x","unit":"x","lines":[{"n":1,"what":"received","quantity":1,"on":"2026-03-02","signed":{"signer":"x"}}]}')`, []any{demo.ID, at["item"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'safetycase',$2,$3,1,'{"subject":"'||$4||'","aware":"2026-03-02T02:00:00Z","versions":1,"last":{"aware":"2026-03-02T02:00:00Z","serious":["death"]}}')`, []any{demo.ID, at["case"], at["site"], at["subject"]}},
			{`INSERT INTO site_record VALUES($1,'statement',$2,$3,1,'{"currency":"CNY","until":"2026-03-02"}')`, []any{demo.ID, at["statement"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'person',$2,$3,1,'{"name":{"en":"Somebody"}}')`, []any{demo.ID, at["person"], at["site"]}},
			{`INSERT INTO site_record VALUES($1,'delegation',$2,$3,1,'{"person":"x","role":"coordinator"}')`, []any{demo.ID, at["delegation"], at["site"]}},
		} {
			if _, err := tx.Exec(t.Context(), row.sql, row.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// invite gives everybody an account or a token.
func (w *ward) invite(t *testing.T) {
	t.Helper()
	ctx := operator(t.Context())
	w.visitors = []asker{{name: "nobody"}}
	person := func(name string, g auth.Grant) {
		t.Helper()
		user := casebook.UserID(strings.ReplaceAll(name, " ", "-"))
		if err := w.a.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: name, Locale: "en", Password: password}); err != nil {
			t.Fatal(err)
		}
		give := func() error { return w.a.people.GrantRole(ctx, user, g) }
		if g.Role == auth.SupportRole {
			give = func() error {
				_, err := w.a.people.GrantSupport(ctx, user, g.Study, 24, "asked to help")
				return err
			}
		}
		if err := give(); err != nil {
			t.Fatal(err)
		}
		secret, _, err := w.a.people.SignIn(ctx, string(user), password, "here", "")
		if err != nil {
			t.Fatal(err)
		}
		w.visitors = append(w.visitors, asker{name: name, role: string(g.Role), session: secret, study: g.Study, site: g.Site})
	}
	for _, role := range []auth.Role{auth.Coordinator, auth.Investigator, auth.Monitor, auth.DataManager, auth.ProjectManager, auth.Office} {
		person(string(role)+" of 03", auth.Grant{Study: demo.ID, Site: "03", Role: role})
		person(string(role), auth.Grant{Study: demo.ID, Role: role})
	}
	person("unblinded", auth.Grant{Study: demo.ID, Role: auth.Unblinded})
	person("pharmacist of 03", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Pharmacist})
	person("pharmacist", auth.Grant{Study: demo.ID, Role: auth.Pharmacist})
	person("coder of 03", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Coder})
	person("coder", auth.Grant{Study: demo.ID, Role: auth.Coder})
	person("support", auth.Grant{Study: demo.ID, Role: auth.SupportRole})
	person("of another study", auth.Grant{Study: "ONC-7", Site: "03", Role: auth.Investigator})
	for _, role := range []auth.Role{auth.Admin, auth.Operator, auth.Security, auth.Auditor} {
		person(string(role), auth.Grant{Study: casebook.Platform, Role: role})
	}
	token := func(name string, n auth.NewToken) {
		t.Helper()
		n.Study, n.Name = demo.ID, name
		text, _, err := w.a.people.IssueToken(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		v := asker{name: name, role: string(n.Kind), token: text, study: demo.ID, subject: n.Subject}
		for _, s := range n.Scopes {
			v.scopes = append(v.scopes, string(s))
		}
		w.visitors = append(w.visitors, v)
	}
	token("device", auth.NewToken{Kind: auth.Device, Subject: casebook.SubjectID(w.here["subject"])})
	token("program", auth.NewToken{Kind: auth.Client, Scopes: []auth.Action{auth.StudyRead, auth.SubjectRead, auth.SubjectEnrol, auth.FormRead, auth.FormWrite, auth.QueryRead,
		auth.AuditRead, auth.SignalRead, auth.ExportMake, auth.PersonalRead, auth.ReportSubmit}})
	token("program that reports", auth.NewToken{Kind: auth.Client, Scopes: []auth.Action{auth.ReportSubmit}})
}

// siteParts are the parts of an address or a body that belong to a site.
var siteParts = []string{"{subject}", "{site}", "{signal}", "{record}", "{device}", "{alert}", "{consent}", "{change}", "{issue}", "{document}", "{visit}", "{item}", "{statement}", "{fhirSubject}", "{response}", "{result}", "{kit}", "{shipment}", "{case}", "{request}"}

// a request's body, as a text with the parts of things in it.
func body(text string) func(things) string {
	return func(at things) string {
		return placeholder.ReplaceAllStringFunc(text, func(name string) string { return at[strings.Trim(name, "{}")] })
	}
}

// asked are the requests that bring a body, by address. Where the body decides which action is asked for, there is one
// for each action, with the rows of the grid that it needs beside the address's own.
var asked = map[string][]struct {
	note, action, body string
}{
	"POST /api/v1/reports":       {{body: `{"patientId":"{subject}","id":"of-{subject}","instrument":"F.HBP","data":{}}`}},
	"POST /api/v1/reports/batch": {{body: `{"reports":[{"patientId":"{subject}","id":"of-{subject}-3","instrument":"F.HBP","data":{}}]}`}},
	"POST /report":               {{body: `{"patientId":"{subject}","id":"of-{subject}-2","instrument":"F.HBP","data":{}}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/allocation":                   {{body: `{}`}},
	"POST /api/v1/studies/{study}/kit-shipments":                                   {{body: `{"site":"{site}","units":0,"csv":""}`}},
	"POST /api/v1/studies/{study}/kit-transfers":                                   {{body: `{"from":"{site}","to":"{site}","kits":["none"],"reason":"x"}`}},
	"POST /api/v1/studies/{study}/kit-shipments/{shipment}/receipt":                {{body: `{"spoiled":["none"],"reason":"broken"}`}},
	"PATCH /api/v1/studies/{study}/subjects/{subject}/blinded-values":              {{body: `{"values":[{"event":"E.BL","eventRepeat":"1","form":"F.VS","formRepeat":"1","group":"IG.VS","repeat":"1","item":"IT.SYS","value":"1"}]}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/kits":                         {{body: `{}`}},
	"POST /api/v1/studies/{study}/kits/{kit}/return":                               {{body: `{"units":99}`}},
	"POST /api/v1/studies/{study}/kits/{kit}/spoiling":                             {{body: `{"reason":""}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/unblinding":                   {{body: `{"reason":"emergency","text":"shock","user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/coding/decisions":                                {{body: `{"spots":[{"subject":"{subject}","place":"E.AE/1/F.AE/1/IG.AE/1/IT.AETERM","changes":9,"verbatim":"x"}],"code":"1"}`}},
	"POST /api/v1/studies/{study}/coding/automatic":                                {{body: `{}`}},
	"POST /api/v1/studies/{study}/coding/queries":                                  {{body: `{"subject":"{subject}","place":"E.AE/1/F.AE/1/IG.AE/1/IT.AETERM","changes":9,"verbatim":"x","text":{"en":"x"}}`}},
	"PUT /api/v1/studies/{study}/coding/setup":                                     {{body: `{"items":[],"versions":{},"reason":"x"}`}},
	"POST /api/v1/studies/{study}/coding/synonyms":                                 {{body: `{"kind":"meddra","text":"x","state":"approved"}`}},
	"POST /api/v1/studies/{study}/randomisation-lists":                             {{body: `{}`}},
	"POST /api/v1/studies/{study}/randomisation-lists/{list}/release":              {{body: `{"user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/randomisation-lists/{list}/closing":              {{body: `{"reason":""}`}},
	"POST /api/v1/studies/{study}/subjects":                                        {{body: `{"site":"{site}"}`}},
	"POST /api/v1/studies/{study}/queries":                                         {{body: `{"subject":"{subject}","event":"E.BL","eventRepeat":"1","form":"F.VS","formRepeat":"1","group":"IG.VS","repeat":"1","item":"IT.DIA","text":"Please check"}`}},
	"POST /api/v1/studies/{study}/queries/steps":                                   {{" answer", "query.answer", `{"action":"answer","text":"It is so","queries":[{"subject":"{subject}","id":"{query}"}]}`}, {" requery", "query.open", `{"action":"requery","text":"Why?","queries":[{"subject":"{subject}","id":"{query}"}]}`}, {" close", "query.close", `{"action":"close","queries":[{"subject":"{subject}","id":"{query}"}]}`}},
	"POST /api/v1/studies/{study}/stages":                                          {{" freeze", "form.freeze", `{"step":"freeze","reason":"checked","parts":[{"subject":"{subject}","scope":""}]}`}, {" unfreeze", "form.freeze", `{"step":"unfreeze","reason":"checked","parts":[{"subject":"{subject}","scope":""}]}`}, {" lock", "form.lock", `{"step":"lock","reason":"checked","parts":[{"subject":"{subject}","scope":""}]}`}, {" unlock", "form.lock", `{"step":"unlock","reason":"checked","parts":[{"subject":"{subject}","scope":""}]}`}},
	"POST /api/v1/studies/{study}/signatures":                                      {{body: `{"meaning":"approval","zone":"UTC","parts":[{"subject":"{subject}","scope":"","expect":"x"}]}`}},
	formAddress + "/entries":                                                       {{body: `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"120"}]}`}},
	strings.Replace(formAddress, "POST", "PUT", 1) + "/entries/draft":              {{body: `{"items":[]}`}},
	formAddress + "/entries/settlement":                                            {{body: `{"choices":[],"reason":"x"}`}},
	formAddress + "/entries/discard":                                               {{body: `{"reason":"x"}`}},
	formAddress + "/reviews":                                                       {{" medical", "form.review", `{"kind":"medical","version":1}`}, {" sdv", "form.verify", `{"kind":"sdv","version":1}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/epro/phones":                  {{body: `{}`}},
	"PUT /api/v1/studies/{study}/subjects/{subject}/epro/reach":                    {{body: `{"channel":"sms","address":"+8613800000000"}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/epro/anchors":                 {{body: `{"kind":"dose","name":"first","at":"2026-03-02T08:00:00Z"}`}},
	"POST /api/v1/studies/{study}/epro/records/{record}/changes":                   {{body: `{"items":[],"reason":"typing error"}`}},
	"POST /api/v1/studies/{study}/epro/quarantine/{record}/{hash}":                 {{body: `{"decision":"dismissed","reason":"a test"}`}},
	"POST /api/v1/studies/{study}/epro/alerts/{alert}":                             {{body: `{"note":"called"}`}},
	"DELETE /api/v1/studies/{study}/epro/phones/{device}":                          {{body: `{"reason":"lost"}`}},
	"PUT /api/v1/studies/{study}/subjects/{subject}/status":                        {{body: `{"status":"enrolled","reason":"consented"}`}},
	"POST /api/v1/studies/{study}/signals/{signal}/steps":                          {{body: `{"action":"assign","assignee":"monitor","text":"look"}`}},
	strings.Replace(formAddress, "POST", "PATCH", 1):                               {{body: `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"84"}]}`}},
	formAddress + "/activity":                                                      {{body: `{"group":"","repeat":"","active":false,"reason":"entered for the wrong visit"}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/transfer":                     {{body: `{"site":"{site}","reason":"moved house"}`}},
	formAddress + "/disagreements":                                                 {{body: `{"version":1,"outcomes":[]}`}},
	"POST /api/v1/studies/{study}/epro/changes/{change}":                           {{body: `{"agreed":false,"note":"asked the patient"}`}},
	"PUT /api/v1/studies/{study}/epro/consent":                                     {{body: string(demo.Consent())}},
	"PUT /api/v1/studies/{study}/epro/consent/draft":                               {{body: `{"revision":0,"document":{"format":"casebook-consent/1"}}`}},
	"DELETE /api/v1/studies/{study}/epro/consent/draft":                            {{}},
	"POST /api/v1/studies/{study}/subjects/{subject}/epro/consent":                 {{body: `{"number":1,"language":"en","signedOn":"2026-03-02","reporter":"self","name":"A","informed":"B"}`}},
	"DELETE /api/v1/studies/{study}/subjects/{subject}/epro/consent":               {{body: `{"reason":"the patient said so"}`}},
	"PUT /api/v1/studies/{study}/epro/schedule":                                    {{body: string(demo.Schedule())}},
	"POST /api/v1/studies/{study}/epro/simulate":                                   {{body: `{"anchor":"2026-03-02","zone":"UTC","days":3}`}},
	"PUT /api/v1/studies/{study}/plan":                                             {{body: `{"plan":{},"reason":"risk"}`}},
	"POST /api/v1/studies/{study}/indicators":                                      {{body: `{}`}},
	"POST /api/v1/studies/{study}/monitoring/rehearsal":                            {{body: `{}`}},
	"DELETE /api/v1/studies/{study}/monitoring/rehearsal":                          {{}},
	"POST /api/v1/studies/{study}/indicators/simulation":                           {{body: `{}`}},
	"POST /api/v1/studies/{study}/webhooks":                                        {{body: `{}`}},
	"DELETE /api/v1/studies/{study}/webhooks/{webhook}":                            {{body: `{"reason":"gone"}`}},
	"POST /api/v1/studies/{study}/webhooks/{webhook}/enable":                       {{body: `{"reason":"again"}`}},
	"POST /api/v1/studies/{study}/webhooks/{webhook}/rotate":                       {{body: `{"reason":"yearly"}`}},
	"POST /api/v1/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/replay": {{body: `{}`}},
	"POST /api/v1/studies/{study}/notices/preview":                                 {{body: `{}`}},
	"POST /api/v1/studies/{study}/notices":                                         {{body: `{}`}},
	"POST /api/v1/studies/{study}/notices/{notice}/cancel":                         {{body: `{"reason":"wrong"}`}},
	"POST /api/v1/studies/{study}/notices/{notice}/filing":                         {{body: `{}`}},
	"POST /api/v1/studies/{study}/files":                                           {{body: `{}`}},
	"POST /api/v1/studies/{study}/notices/{notice}/remind":                         {{body: `{}`}},
	"PUT /api/v1/studies/{study}/reach":                                            {{body: `{}`}},
	"POST /api/v1/studies/{study}/inbox":                                           {{body: `{}`}},
	"POST /api/v1/studies/{study}/inbox/{notice}":                                  {{body: `{}`}},
	"POST /api/v1/studies/{study}/inbox/{notice}/acknowledgement":                  {{body: `{}`}},
	"POST /api/v1/studies/{study}/inbox/{notice}/answer":                           {{body: `{}`}},
	"PUT /api/v1/studies/{study}/inbox/reach":                                      {{body: `{}`}},
	"POST /api/v1/studies/{study}/approvals":                                       {{body: `{}`}},
	"PUT /api/v1/studies/{study}/organisation":                                     {{body: `{}`}},
	"POST /api/v1/studies/{study}/promotions":                                      {{body: `{"from":"HTN-24","version":1,"cases":[]}`}},
	"POST /api/v1/studies/{study}/definition/check":                                {{body: `{}`}},
	"POST /api/v1/studies/{study}/drafts":                                          {{body: `{}`}},
	"POST /api/v1/studies":                                                         {{body: `{"id":"NEW-1"}`}},
	"POST /api/v1/studies/{study}/sites/{site}/state":                              {{body: `{"state":"elsewhere","reason":"no"}`}},
	"POST /api/v1/studies/{study}/sites":                                           {{body: `{"id":"0 1"}`}},
	"PUT /api/v1/studies/{study}/drafts/{draft}":                                   {{body: `{}`}},
	"DELETE /api/v1/studies/{study}/drafts/{draft}":                                {{body: `{}`}},
	"POST /api/v1/studies/{study}/drafts/{draft}/validate":                         {{body: `{"waivers":[]}`}},
	"POST /api/v1/studies/{study}/drafts/{draft}/publish":                          {{body: `{}`}},
	"POST /api/v1/settings/drafts":                                                 {{body: `{}`}},
	"POST /api/v1/settings/drafts/{draft}/approve":                                 {{body: `{}`}},
	"POST /api/v1/settings/drafts/{draft}/withdraw":                                {{body: `{}`}},
	"POST /api/v1/settings/bundle":                                                 {{body: `{}`}},
	"POST /api/v1/account/factor/offer":                                            {{body: `{}`}},
	"POST /api/v1/account/factor":                                                  {{body: `{}`}},
	"DELETE /api/v1/account/factor":                                                {{body: `{}`}},
	"POST /api/v1/account/passkeys/offer":                                          {{body: `{}`}},
	"POST /api/v1/account/passkeys":                                                {{body: `{}`}},
	"PUT /api/v1/account/passkeys/{passkey}":                                       {{body: `{"name":"phone"}`}},
	"DELETE /api/v1/account/passkeys/{passkey}":                                    {{body: `{}`}},
	"POST /api/v1/account/proof/offer":                                             {{body: `{}`}},
	"POST /api/v1/account/proof":                                                   {{body: `{}`}},
	"PUT /api/v1/account/password":                                                 {{body: `{}`}},
	"DELETE /api/v1/account/sessions":                                              {{body: `{}`}},
	"DELETE /api/v1/account/sessions/{session}":                                    {{body: `{}`}},
	"POST /api/v1/people":                                                          {{body: `{}`}},
	"POST /api/v1/people/reviews":                                                  {{body: `{"content":"","revoke":[],"note":"","user":"x","password":"y"}`}},
	"POST /api/v1/people/{user}/invitation":                                        {{body: `{"factor":false,"reason":"lost"}`}},
	"POST /api/v1/people/{user}/deactivation":                                      {{body: `{"reason":"left"}`}},
	"POST /api/v1/people/{user}/roles":                                             {{body: `{"study":"HTN-24","site":"03","role":"monitor"}`}},
	"POST /api/v1/people/{user}/support":                                           {{body: `{"study":"HTN-24","hours":0,"reason":"x"}`}},
	"DELETE /api/v1/people/{user}/support":                                         {{body: `{"study":"HTN-24","reason":"x"}`}},
	"DELETE /api/v1/people/{user}/roles":                                           {{body: `{"study":"HTN-24","site":"03","role":"monitor","reason":"left"}`}},
	"PUT /api/v1/studies/{study}/target":                                           {{body: `{"version":9,"subjects":10,"reason":"more"}`}},
	"PUT /api/v1/studies/{study}/trainings":                                        {{body: `{"version":9,"roles":{},"reason":"none"}`}},
	siteAddress("POST", "/amendment/trial"):                                        {{body: `{"to":1}`}},
	siteAddress("POST", "/amendment/steps"):                                        {{body: `{"to":1,"expect":1,"reason":"approved"}`}},
	siteAddress("PUT", "/target"):                                                  {{body: `{"version":9,"subjects":10,"reason":"more"}`}},
	siteAddress("PUT", "/profile"):                                                 {{body: `{"version":9,"institution":{"en":"Hospital"}}`}},
	siteAddress("POST", "/people"):                                                 {{body: `{"name":{"en":""}}`}},
	siteAddress("PUT", "/people/{person}"):                                         {{body: `{"version":9,"name":{"en":"Somebody"}}`}},
	siteAddress("POST", "/delegations"):                                            {{body: `{"person":"{person}","role":"coordinator","tasks":["entry"],"from":"2026-03-02"}`}},
	siteAddress("POST", "/delegations/{delegation}/signature"):                     {{body: `{"user":"x","password":"y"}`}},
	siteAddress("POST", "/delegations/{delegation}/end"):                           {{body: `{"reason":"left"}`}},
	siteAddress("POST", "/data-requests"):                                          {{body: `{"kind":"copy","subject":"{subject}","from":"nobody","text":"x","received":"2026-03-02"}`}},
	"POST /api/v1/studies/{study}/data-requests/{request}/steps":                   {{body: `{"version":9,"step":"reopen","reason":"x"}`}},
	siteAddress("POST", "/issues"):                                                 {{body: `{"kind":"issue","severity":"minor","title":"","owner":"x","due":"2026-03-02"}`}},
	siteAddress("PUT", "/plans/{template}"):                                        {{body: `{"version":9,"start":"2026-03-02"}`}},
	siteAddress("PATCH", "/plans/{template}/milestones/{milestone}"):               {{body: `{"version":9,"note":"x"}`}},
	"POST /api/v1/studies/{study}/issues/{issue}/steps":                            {{body: `{"version":9,"step":"edit","reason":"x"}`}},
	"POST /api/v1/studies/{study}/documents":                                       {{body: `{}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments":                   {{body: `{}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}/inactive": {{body: `{"reason":"x"}`}},
	siteAddress("POST", "/documents"):                                     {{body: `{}`}},
	"POST /api/v1/studies/{study}/documents/{document}/versions":          {{body: `{}`}},
	"POST /api/v1/studies/{study}/documents/{document}/acceptance":        {{body: `{"version":9,"user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/documents/{document}/refusal":           {{body: `{"version":9,"reason":"x"}`}},
	"PUT /api/v1/studies/{study}/expected-documents":                      {{body: `{"version":9,"types":[],"reason":"x"}`}},
	siteAddress("POST", "/monitoring-visits"):                             {{body: `{"kind":"","on":"2026-03-02","monitor":"x"}`}},
	"PUT /api/v1/studies/{study}/visit-checklists/{kind}":                 {{body: `{"version":9,"reason":"x"}`}},
	siteAddress("POST", "/goods"):                                         {{body: `{"kind":"","name":"x","unit":"x"}`}},
	"POST /api/v1/studies/{study}/goods/{item}/lines":                     {{body: `{"version":9,"what":"received","quantity":1,"on":"2026-03-02","user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/goods/{item}/lines/{line}/confirmation": {{body: `{"version":9,"user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/monitoring-visits/{visit}/steps":        {{body: `{"version":9,"step":"move","on":"2026-03-02","reason":"x"}`}},
	"POST /api/v1/studies/{study}/subjects/{subject}/safety-cases":        {{body: `{"report":{"aware":"2026-03-02T02:00:00Z","serious":["sad"]}}`}},
	"PUT /api/v1/studies/{study}/safety/cases/{case}/draft":               {{body: `{"version":9}`}},
	"POST /api/v1/studies/{study}/safety/cases/{case}/versions":           {{body: `{"version":9,"user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/safety/cases/{case}/nullification":      {{body: `{"version":9,"reason":"x","user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/safety/cases/{case}/assessments":        {{body: `{"version":9,"causality":"sad","expected":true}`}},
	"POST /api/v1/studies/{study}/safety/cases/{case}/told":               {{body: `{"version":9,"to":"press","name":"x","report":0,"on":"2026-03-02T02:00:00Z"}`}},
	"PUT /api/v1/studies/{study}/safety/rules":                            {{body: `{"version":9,"rules":{"hours":{"ethics":999}}}`}},
	siteAddress("PUT", "/rates"):                                          {{body: `{"version":9,"currency":"CNY","reason":"x"}`}},
	siteAddress("POST", "/payments"):                                      {{body: `{}`}},
	"POST /api/v1/studies/{study}/payments/{statement}/approval":          {{body: `{"version":9,"user":"x","password":"y"}`}},
	"POST /api/v1/studies/{study}/payments/{statement}/refusal":           {{body: `{"version":9,"reason":"x"}`}},
	"POST /fhir/R4/{study}":                                               {{body: `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + fhirResponse + `,"request":{"method":"POST","url":"QuestionnaireResponse"}}]}`}},
	"POST /fhir/R4/ResearchStudy":                                         {{body: `{"resourceType":"ResearchStudy","status":"draft"}`}},
	"POST /fhir/R4/{study}/Questionnaire":                                 {{body: `{"resourceType":"Questionnaire","status":"draft","version":"of-{study}","item":[{"linkId":"1","type":"string"}]}`}},
	"POST /fhir/R4/{study}/Patient":                                       {{body: `{"resourceType":"Patient","managingOrganization":{"reference":"Organization/{site}"}}`}},
	"POST /fhir/R4/{study}/ResearchSubject":                               {{body: `{"resourceType":"ResearchSubject","status":"on-study","study":{"reference":"ResearchStudy/{study}"},"individual":{"reference":"Patient/{fhirSubject}"}}`}},
	"POST /fhir/R4/{study}/QuestionnaireResponse":                         {{body: fhirResponse}},
	"POST /fhir/R4/{study}/Observation":                                   {{body: `{"resourceType":"Observation","id":"of-{subject}","status":"final","code":{"text":"K"},"subject":{"reference":"Patient/{fhirSubject}"},"valueString":"x"}`}},
	"POST /api/v1/studies/{study}/views":                                  {{body: `{"page":"queries","name":"x","query":""}`}},
	"DELETE /api/v1/studies/{study}/views/{view}":                         {{}},
	siteAddress("POST", "/normal-ranges"):                                 {{body: `{"set":[{"site":"{site}","item":"IT.POTAS","from":"2026-01-01","low":"3.5"}]}`}},
	"POST /api/v1/studies/{study}/lab-results":                            {{body: `{"results":[{"id":"1","subject":"{subject}","code":"IT.POTAS","value":"4.1"}]}`}},
	"POST /api/v1/studies/{study}/lab-results/{result}/decision":          {{body: `{"accept":false,"reason":"twice"}`}},
	"POST /fhir/R4/{study}/Subscription":                                  {{body: `{}`}},
	"DELETE /fhir/R4/{study}/Subscription/{webhook}":                      {{body: `{}`}},
	"POST /api/v1/clients":                                                {{body: `{}`}},
	"POST /api/v1/clients/{client}/sandbox":                               {{body: `{}`}},
	"DELETE /api/v1/clients/{client}":                                     {{body: `{"reason":"over"}`}},
	"POST /api/v1/clients/{client}/keys":                                  {{body: `{"overlap":1}`}},
	"DELETE /api/v1/clients/{client}/keys/{token}":                        {{body: `{"reason":"over"}`}},
	"POST /api/v1/settings/rollback":                                      {{body: `{}`}},
	"POST /api/v1/holds":                                                  {{body: `{"by":"","reason":"x"}`}},
	"POST /api/v1/holds/{hold}/release":                                   {{body: `{"by":"Counsel","reason":"x","user":"x","password":"y"}`}},

	"POST /api/v1/studies/{study}/subjects/{subject}/visits/{event}/{eventRepeat}/skip": {{body: `{"skip":true,"reason":"away"}`}},
	"POST /api/v1/studies/{study}/exports":                                              {{body: `{"format":"csv","site":"{site}"}`}},
	"DELETE /api/v1/studies/{study}/exports/{export}":                                   {{body: `{}`}},
	"POST /api/v1/studies/{study}/uploads":                                              {{body: `{"id":"x","name":"a.csv","size":1}`}},
	"PUT /api/v1/studies/{study}/uploads/{upload}/pieces/{piece}":                       {{body: `{}`}},
	"POST /api/v1/studies/{study}/uploads/{upload}/again":                               {{body: `{}`}},
	"POST /api/v1/studies/{study}/uploads/{upload}/decision":                            {{body: `{"take":true}`}},
	"POST /api/v1/studies/{study}/trail/reviews":                                        {{body: `{"filter":{"site":"{site}"},"note":"nothing odd","found":0}`}},
}

const fhirResponse = `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"urn:casebook:{study}:F.VS","subject":{"reference":"Patient/{fhirSubject}"},"identifier":{"system":"urn:casebook:{study}:form","value":"{subject}/E.BL/1/F.VS/1"},"item":[{"linkId":"IG.VS","item":[{"linkId":"IT.DIA","answer":[{"valueInteger":84}]}]}]}`

func siteAddress(method, rest string) string {
	return method + " /api/v1/studies/{study}/sites/{site}" + rest
}

const formAddress = "POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}"

// questions are what is asked at an address, nil when nobody has written it down.
func (w *ward) questions(pattern string, columns []string) (all []question) {
	atSites := func(text string) bool {
		for _, part := range siteParts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	if strings.HasPrefix(pattern, "GET ") {
		return []question{{pattern: pattern, roles: columns, atSites: atSites(pattern)}}
	}
	for _, r := range asked[pattern] {
		q := question{pattern: pattern, note: r.note, roles: columns, body: body(r.body), atSites: atSites(pattern) || atSites(r.body), own: columns[0] == "report.submit"}
		if r.action != "" {
			q.roles = append([]string{r.action}, w.holders(columns, r.action)...)
		}
		all = append(all, q)
	}
	return all
}

// holders are those of columns that the grid lets do action, too.
func (w *ward) holders(columns []string, action string) (who []string) {
	for _, role := range columns[1:] {
		for _, may := range auth.InStudy(auth.Action(action)).Roles() {
			if string(may) == role {
				who = append(who, role)
			}
		}
	}
	return who
}
