package r4

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/outbox"
	"casebook/patient"
	"casebook/platform"
	"casebook/platform/lab"
	"casebook/record"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
	"casebook/web"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// clinic is a study with two sites and the face that speaks FHIR.
type clinic struct {
	*testing.T
	l      *ledger.Ledger
	trials *trial.Service
	forms  *record.Service
	mux    http.Handler
	judge  bool // hold answers against FHIR's schema: on one engine, since the other answers the same
}

const study = demo.ID

// here works at site 01, the manager for the whole study.
var visitors = map[string]*auth.Principal{
	"here":    {Kind: auth.Person, User: "linyue", Grants: []auth.Grant{{Study: study, Site: "01", Role: auth.Coordinator}}},
	"all":     {Kind: auth.Person, User: "zhaolei", Grants: []auth.Grant{{Study: study, Role: auth.Coordinator}}},
	"manager": {Kind: auth.Person, User: "chenrui", Grants: []auth.Grant{{Study: study, Role: auth.DataManager}}},
}

// onClinics runs fn on both engines, or on those that are named: what is refused does not depend on the engine.
func onClinics(t *testing.T, fn func(c *clinic), engines ...string) {
	if engines == nil {
		engines = storetest.Engines
	}
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t, storetest.DSN(t, engine), casebook.Outside(), []fs.FS{ledger.Migrations, outbox.Migrations, settings.Migrations, patient.Migrations, trial.Migrations, record.Migrations, platform.Migrations, lab.Migrations})
			c := &clinic{T: t, l: ledger.New(db, ledger.Options{}), judge: !db.Postgres()}
			live := settings.New(c.l, settings.Options{Keys: platform.Keys, Process: "one"})
			trials := trial.New(c.l, patient.New(c.l))
			c.trials = trials
			c.forms = record.New(c.l, trials)
			face := New(c.l, trials, c.forms, platform.New(c.l, platform.Options{Settings: live, Box: outbox.New(db, outbox.Options{})}))
			mux := http.NewServeMux()
			for _, r := range face.Routes() {
				mux.Handle(r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error {
					p := visitors[q.Header.Get("X-Test-Who")]
					return r.Handle(w, q.WithContext(casebook.WithActor(auth.With(q.Context(), p), casebook.Actor{User: p.User, Role: "coordinator", Location: "01"})))
				}))
			}
			c.mux = (&web.Door{World: casebook.Outside()}).Wrap(mux)
			ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "chenrui", Role: "datamanager", Location: "sponsor"})
			s, _, err := odm132.Read(bytes.NewReader(demo.Study()))
			c.must(err)
			_, err = trials.Import(ctx, s, trial.Training)
			c.must(err)
			for _, site := range []casebook.SiteID{"01", "02"} {
				_, err := trials.AddSite(ctx, study, trial.Site{ID: site, Name: odm.Text{"en": "Hospital " + string(site), "zh-CN": "医院 " + string(site)}, Zone: "UTC"})
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

// ask asks an address below the study's.
func (c *clinic) ask(who, method, path, body string, header ...string) (int, map[string]any) {
	c.Helper()
	r := httptest.NewRequestWithContext(c.Context(), method, "/fhir/R4/HTN-24"+path, strings.NewReader(body))
	r.Header.Set("X-Test-Who", who)
	r.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	if w.Body.Len() == 0 {
		return w.Code, nil
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/fhir+json" {
		c.Errorf("%s %s: answered as %s", method, path, kind)
	}
	return w.Code, resource(c.T, w.Body.String(), c.judge)
}

// written is how many entries of the study tell of what.
func (c *clinic) written(what string) (n int) {
	c.Helper()
	c.must(c.l.Seal(c.Context(), study))
	var all []ledger.Entry
	c.must(c.l.DB().View(c.Context(), func(tx *store.Tx) (err error) {
		all, err = ledger.Read(c.Context(), tx, study, 0, 10_000)
		return err
	}))
	for _, e := range all {
		if e.What == what {
			n++
		}
	}
	return n
}

// code is the stable code of an OperationOutcome.
func code(r map[string]any) string {
	issues, _ := r["issue"].([]any)
	if len(issues) == 0 {
		return ""
	}
	details := issues[0].(map[string]any)["details"].(map[string]any)
	coding, _ := details["coding"].([]any)
	if len(coding) == 0 {
		return ""
	}
	return coding[0].(map[string]any)["code"].(string)
}

// entries are the ids of a Bundle's resources.
func entries(r map[string]any) (ids []string) {
	all, _ := r["entry"].([]any)
	for _, e := range all {
		one := e.(map[string]any)["resource"].(map[string]any)
		ids = append(ids, one["id"].(string))
	}
	return ids
}

func (c *clinic) enrol(site string) string {
	c.Helper()
	status, p := c.ask("all", "POST", "/Patient", `{"resourceType":"Patient","managingOrganization":{"reference":"Organization/`+site+`"}}`)
	if status != http.StatusCreated {
		c.Fatalf("%d %v", status, p)
	}
	return p["id"].(string)
}

// vitals is a response of the form of vital signs at the baseline visit.
func vitals(patient, systolic string) string {
	return `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"urn:casebook:HTN-24:F.VS","subject":{"reference":"` + patient + `"},` +
		`"identifier":{"system":"urn:casebook:HTN-24:form","value":"` + strings.TrimPrefix(patient, "Patient/") + `/E.BL/1/F.VS/1"},` +
		`"item":[{"linkId":"IG.VS","item":[{"linkId":"IT.SYS","answer":[{"valueInteger":` + systolic + `}]}]}]}`
}

func TestTheStudyIsReadInTheWordsOfFHIR(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		one, two := c.enrol("01"), c.enrol("02")
		if status, r := c.ask("here", "POST", "/QuestionnaireResponse", vitals("Patient/"+one, "132")); status != http.StatusCreated {
			c.Fatalf("%d %v", status, r)
		}
		for _, q := range []struct {
			who, path string
			want      int // entries of a Bundle, or -1 for a resource
		}{
			{"here", "/metadata", -1}, {"here", "/ResearchStudy", 1}, {"here", "/ResearchStudy/HTN-24", -1}, {"here", "/Organization", 2}, {"here", "/Organization/02", -1},
			{"here", "/Organization?identifier=01", 1}, {"here", "/Questionnaire?status=active&_count=500", len(c.definition().Forms)}, {"here", "/Questionnaire?url=urn:casebook:HTN-24:F.VS", 1},
			{"here", "/Patient", 1}, {"all", "/Patient", 2}, {"all", "/Patient?_count=1", 1}, {"here", "/Patient/" + one, -1}, {"here", "/Patient?identifier=" + two, 0}, {"all", "/Patient?identifier=" + two, 1},
			{"all", "/Patient?identifier=urn:another|" + two, 0}, {"here", "/ResearchSubject", 1}, {"here", "/ResearchSubject?individual=Patient/" + one, 1}, {"here", "/ResearchSubject/" + one, -1},
			{"here", "/QuestionnaireResponse", 1}, {"here", "/QuestionnaireResponse?subject=Patient/" + one, 1}, {"here", "/QuestionnaireResponse?subject=Patient/" + two, 0},
			{"here", "/QuestionnaireResponse?questionnaire=urn:casebook:HTN-24:F.AE", 0}, {"here", "/QuestionnaireResponse?_lastUpdated=ge2020-01-01T00:00:00Z", 1},
			{"here", "/QuestionnaireResponse?_lastUpdated=gt2120-01-01T00:00:00Z", 0}, {"here", "/QuestionnaireResponse?identifier=" + one + "/E.BL/1/F.VS/1", 1}, {"manager", "/Subscription", 0},
		} {
			status, r := c.ask(q.who, "GET", q.path, "")
			if status != http.StatusOK || q.want >= 0 && len(entries(r)) != q.want {
				c.Errorf("%s, %s: %d with %d: %v", q.path, q.who, status, len(entries(r)), r)
			}
		}
		_, found := c.ask("here", "GET", "/QuestionnaireResponse", "")
		id := entries(found)[0]
		if status, r := c.ask("here", "GET", "/QuestionnaireResponse/"+id, ""); status != http.StatusOK || r["meta"].(map[string]any)["versionId"] != "1" {
			c.Errorf("%d %v", status, r)
		}
		_, forms := c.ask("here", "GET", "/Questionnaire", "")
		if status, _ := c.ask("here", "GET", "/Questionnaire/"+entries(forms)[0], ""); status != http.StatusOK {
			c.Errorf("a form that is listed is not there: %d", status)
		}
	})
}

func (c *clinic) definition() *odm.Version {
	s, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	c.must(err)
	return s.Versions[0]
}

func TestPagesOfASearchLeadToOneAnother(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		c.judge = false // they are the resources of the test before
		var want []string
		for range 5 {
			one := c.enrol("01")
			want = append(want, one)
			c.ask("here", "POST", "/QuestionnaireResponse", vitals("Patient/"+one, "120"))
		}
		for _, kind := range []string{"Patient", "QuestionnaireResponse", "Questionnaire"} {
			seen, path := 0, "/"+kind+"?_count=2"
			var subjects []string
			for path != "" {
				_, r := c.ask("here", "GET", path, "")
				seen += len(entries(r))
				subjects = append(subjects, entries(r)...)
				path = ""
				for _, l := range r["link"].([]any) {
					if l := l.(map[string]any); l["relation"] == "next" {
						_, path, _ = strings.Cut(l["url"].(string), "/fhir/R4/HTN-24")
					}
				}
			}
			switch {
			case kind == "Patient" && !slices.Equal(subjects, want):
				c.Errorf("%v, want %v", subjects, want)
			case kind == "QuestionnaireResponse" && seen != 5, kind == "Questionnaire" && seen != len(c.definition().Forms):
				c.Errorf("%s: %d came", kind, seen)
			}
		}
	})
}

// What is created goes the way of a person's entry: the value stands, the check asks, the entry says who.
func TestAResponseIsEnteredAsAPersonWouldEnterIt(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		one := c.enrol("01")
		status, asked := c.ask("here", "POST", "/QuestionnaireResponse?validate_only=true", vitals("Patient/"+one, "286"))
		if status != http.StatusOK || len(asked["issue"].([]any)) != 1 || asked["issue"].([]any)[0].(map[string]any)["severity"] != "warning" {
			c.Fatalf("%d %v", status, asked)
		}
		if _, none := c.ask("here", "GET", "/QuestionnaireResponse", ""); len(entries(none)) != 0 {
			c.Error("what was only to be tried was kept")
		}
		status, made := c.ask("here", "POST", "/QuestionnaireResponse", vitals("Patient/"+one, "286"), "Idempotency-Key", "first")
		if status != http.StatusCreated {
			c.Fatalf("%d %v", status, made)
		}
		status, again := c.ask("here", "POST", "/QuestionnaireResponse", vitals("Patient/"+one, "286"), "Idempotency-Key", "first")
		if status != http.StatusCreated || again["id"] != made["id"] {
			c.Errorf("sent again: %d %v", status, again)
		}
		key := record.Key{Study: study, Subject: casebook.SubjectID(one), Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}
		history, err := c.forms.History(c.Context(), key, "IG.VS", "1", "IT.SYS")
		c.must(err)
		if len(history) != 1 || history[0].Entry.Actor != "linyue" || history[0].Entry.Role != "coordinator" || history[0].New.Value != "286" {
			c.Errorf("the entry: %+v", history)
		}
		if status, r := c.ask("here", "POST", "/QuestionnaireResponse", vitals("Patient/"+one, "140")); status != http.StatusPreconditionFailed || code(r) != "record.conflict" {
			c.Errorf("a form that has values: %d %v", status, r)
		}
	})
}

func TestATransactionIsDoneWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		bundle := func(systolic string) string {
			return `{"resourceType":"Bundle","type":"transaction","entry":[` +
				`{"fullUrl":"urn:uuid:2","resource":{"resourceType":"ResearchSubject","status":"on-study","study":{"reference":"ResearchStudy/HTN-24"},"individual":{"reference":"urn:uuid:1"}},"request":{"method":"POST","url":"ResearchSubject"}},` +
				`{"resource":` + strings.Replace(vitals("urn:uuid:1", systolic), `"identifier":{"system":"urn:casebook:HTN-24:form","value":"urn:uuid:1/E.BL/1/F.VS/1"},`, `"identifier":{"system":"urn:casebook:HTN-24:form","value":"01-001/E.BL/1/F.VS/1"},`, 1) + `,"request":{"method":"POST","url":"QuestionnaireResponse"}},` +
				`{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","managingOrganization":{"reference":"Organization/01"}},"request":{"method":"POST","url":"Patient"}}]}`
		}
		status, r := c.ask("here", "POST", "", bundle(`"high"`))
		if status != http.StatusUnprocessableEntity {
			c.Errorf("%d %v", status, r)
		}
		if _, none := c.ask("here", "GET", "/Patient", ""); len(entries(none)) != 0 {
			c.Error("half of a transaction was kept")
		}
		for range 2 { // the second time it was done before
			status, r = c.ask("here", "POST", "", bundle("150"), "Idempotency-Key", "visit 1")
			if status != http.StatusOK || len(r["entry"].([]any)) != 3 {
				c.Fatalf("%d %v", status, r)
			}
		}
		_, subjects := c.ask("here", "GET", "/ResearchSubject", "")
		if len(entries(subjects)) != 1 || subjects["entry"].([]any)[0].(map[string]any)["resource"].(map[string]any)["status"] != "on-study" {
			c.Errorf("%v", subjects)
		}
		if _, forms := c.ask("here", "GET", "/QuestionnaireResponse", ""); len(entries(forms)) != 1 {
			c.Errorf("%v", forms)
		}
	})
}

func TestWhatCannotBeTakenInIsRefusedWithAnOutcome(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		one, two := c.enrol("01"), c.enrol("02")
		good := vitals("Patient/"+one, "120")
		for _, q := range []struct {
			method, path, body string
			status             int
			code               string
		}{
			{"POST", "/Patient", `{"resourceType":"Patient","name":[{"family":"Li"}],"managingOrganization":{"reference":"Organization/01"}}`, 422, "r4.pseudonymous"},
			{"POST", "/Patient", `{"resourceType":"Patient","identifier":[{"system":"urn:hospital","value":"4711"}],"managingOrganization":{"reference":"Organization/01"}}`, 422, "r4.pseudonymous"},
			{"POST", "/Patient", `{"resourceType":"Patient","managingOrganization":{"reference":"Organization/02"}}`, 404, "trial.site_unknown"},
			{"POST", "/Patient", `{"resourceType":"Patient"}`, 404, "trial.site_unknown"},
			{"POST", "/Patient", `{"resourceType":"Practitioner"}`, 400, "r4.kind"},
			{"POST", "/Patient", `{"resourceType":"Patient","active":true,"active":false}`, 400, "request.json.duplicate_name"},
			{"POST", "/QuestionnaireResponse", vitals("Patient/"+two, "120"), 404, "patient.unknown"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, "F.VS\"", "F.VS|9\"", 1), 422, "r4.version"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, "IT.SYS", "IT.NONE", 1), 422, "r4.no_place"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, `"status"`, `"author":{"display":"Li"},"status"`, 1), 422, "r4.no_place"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, "completed", "entered-in-error", 1), 422, "r4.status"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, "E.BL/1", "E.NO/1", 1), 404, "record.event_form_unknown"},
			{"POST", "/QuestionnaireResponse", strings.Replace(good, one+"/E.BL", two+"/E.BL", 1), 422, "r4.place"},
			{"POST", "/ResearchSubject", `{"resourceType":"ResearchSubject","status":"withdrawn","study":{"reference":"ResearchStudy/HTN-24"},"individual":{"reference":"Patient/` + one + `"}}`, 422, "patient.reason_required"},
			{"POST", "/ResearchSubject", `{"resourceType":"ResearchSubject","status":"on-study","study":{"reference":"ResearchStudy/OTHER"},"individual":{"reference":"Patient/` + one + `"}}`, 422, "r4.other_study"},
			{"POST", "", `{"resourceType":"Bundle","type":"batch","entry":[]}`, 422, "r4.transaction"},
			{"POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + good + `,"request":{"method":"PUT","url":"QuestionnaireResponse"}}]}`, 422, "r4.entry"},
			{"POST", "/Questionnaire", `{"resourceType":"Patient"}`, 400, "fhir.not_questionnaire"},
			{"POST", "/Questionnaire", `{"resourceType":"Questionnaire","status":"draft","status":"active"}`, 400, "request.json.duplicate_name"},
			{"POST", "/Questionnaire", strings.Replace(sleep, `"status"`, `"modifierExtension":[{"url":"urn:x","valueBoolean":true}],"status"`, 1), 400, "fhir.modifier"},
			{"POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + sleep + `,"request":{"method":"POST","url":"Questionnaire"}}]}`, 422, "r4.entry"},
			{"GET", "/Patient?gender=male", "", 400, "r4.parameter"},
			{"GET", "/Patient?_count=0", "", 400, "r4.count"},
			{"GET", "/Patient/" + two, "", 404, "r4.unknown"},
			{"GET", "/Patient/99-999", "", 404, "r4.unknown"},
			{"GET", "/QuestionnaireResponse/x", "", 404, "r4.unknown"},
			{"GET", "/QuestionnaireResponse?_lastUpdated=lt2020-01-01T00:00:00Z", "", 400, "r4.last_updated"},
			{"GET", "/Questionnaire/none", "", 404, "r4.missing"},
		} {
			if status, r := c.ask("here", q.method, q.path, q.body); status != q.status || code(r) != q.code || r["resourceType"] != "OperationOutcome" {
				c.Errorf("%s %s %.120s: %d %s, want %d %s", q.method, q.path, q.body, status, code(r), q.status, q.code)
			}
		}
		if status, r := c.ask("here", "POST", "/Patient", `{}`, "If-None-Exist", "identifier=1"); status != http.StatusUnsupportedMediaType || code(r) != "r4.conditional" {
			c.Errorf("a conditional creation: %d %v", status, r)
		}
	}, storetest.Engines[0])
}

// sleep is a form of somebody else's, with an element that our forms have no place for.
const sleep = `{"resourceType":"Questionnaire","url":"https://example.org/sleep","version":"2.1","name":"sleep","title":"Sleep","status":"active","purpose":"to sleep better","item":[` +
	`{"linkId":"1","text":"Hours asleep","type":"integer","required":true},{"linkId":"2","text":"Picture","type":"attachment"}]}`

func TestAQuestionnaireBecomesADraftAndTellsWhatItLost(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		issues := func(r map[string]any) (all []string) {
			for _, one := range r["issue"].([]any) {
				all = append(all, one.(map[string]any)["severity"].(string)+" "+fmt.Sprint(one.(map[string]any)["location"]))
			}
			return all
		}
		status, dry := c.ask("manager", "POST", "/Questionnaire?validate_only=true", sleep)
		if drafts, _ := c.trials.Drafts(c.Context(), study); status != http.StatusOK || len(drafts) != 0 {
			c.Fatalf("%d, a draft is kept: %v", status, drafts)
		}
		status, said := c.ask("manager", "POST", "/Questionnaire", sleep, "Idempotency-Key", "form-0001")
		if status != http.StatusCreated || code(said) != "r4.drafted" || !slices.Equal(issues(said), issues(dry)) || !strings.Contains(fmt.Sprint(issues(said)), "purpose") {
			c.Fatalf("%d %v", status, said)
		}
		drafts, err := c.trials.Drafts(c.Context(), study)
		c.must(err)
		if len(drafts) != 1 || drafts[0].OID != "2.1" || drafts[0].ChangedBy != "chenrui" || len(drafts[0].Definition.Items) == 0 {
			c.Fatalf("%+v", drafts)
		}
		for range 2 { // under the same name, and as another request with the same content
			if status, again := c.ask("manager", "POST", "/Questionnaire", sleep, "Idempotency-Key", "form-0001"); status != http.StatusCreated || !slices.Equal(issues(again), issues(said)) {
				c.Errorf("%d %v", status, again)
			}
		}
		if status, r := c.ask("manager", "POST", "/Questionnaire", strings.Replace(sleep, "Hours asleep", "Hours awake", 1)); status != http.StatusConflict || code(r) != "trial.draft_exists" {
			c.Errorf("another form under the same version: %d %v", status, r)
		}
		if _, page := c.ask("manager", "GET", "/Questionnaire?status=draft", ""); len(entries(page)) != 1 {
			c.Errorf("its manager does not find it: %v", page)
		} else if status, one := c.ask("manager", "GET", "/Questionnaire/"+entries(page)[0], ""); status != http.StatusOK || one["status"] != "draft" || one["version"] != "2.1" {
			c.Errorf("%d %v", status, one)
		} else if status, _ := c.ask("here", "GET", "/Questionnaire/"+entries(page)[0], ""); status != http.StatusNotFound {
			c.Errorf("a coordinator reads a draft: %d", status)
		}
		if n := c.written(trial.VerbDraftSaved); n != 1 {
			c.Errorf("%d entries tell of the draft", n)
		}
	})
}

func TestAResearchStudyBecomesAStudy(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		post := func(body string) (int, map[string]any, string) {
			r := httptest.NewRequestWithContext(c.Context(), "POST", "/fhir/R4/ResearchStudy", strings.NewReader(body))
			r.Header.Set("X-Test-Who", "manager")
			r.Header.Set("Content-Type", "application/fhir+json")
			w := httptest.NewRecorder()
			c.mux.ServeHTTP(w, r)
			return w.Code, resource(c.T, w.Body.String(), c.judge), w.Header().Get("Location")
		}
		body := `{"resourceType":"ResearchStudy","status":"draft","title":"Sleep","description":"How long","identifier":[{"system":"urn:casebook:study","value":"SLEEP-1"}],` +
			`"extension":[{"url":"urn:casebook:environment","valueCode":"UAT"},{"url":"urn:casebook:manager","valueString":"chenrui"}]}`
		var appointed casebook.UserID
		c.trials.Appoint = func(_ context.Context, of casebook.StudyID, user casebook.UserID) error { appointed = user; return nil }
		status, made, at := post(body)
		if status != http.StatusCreated || made["title"] != "Sleep" || made["status"] != "in-review" || !strings.HasSuffix(at, "/fhir/R4/SLEEP-1/ResearchStudy/SLEEP-1") || appointed != "chenrui" {
			c.Fatalf("%d %v at %s, for %s", status, made, at, appointed)
		}
		if t, err := c.trials.Get(c.Context(), "SLEEP-1"); err != nil || t.Environment != trial.Acceptance || t.Description != "How long" {
			c.Errorf("%+v %v", t, err)
		}
		for _, q := range []struct {
			old, new string
			status   int
			code     string
		}{
			{"", "", 409, "trial.exists"},
			{"SLEEP-1", "SLEEP 1", 400, "trial.id_format"},
			{`"value":"SLEEP-1"`, `"value":""`, 400, "trial.id_format"},
			{"UAT", "LIVE", 400, "trial.environment"},
			{`"title":"Sleep"`, `"title":""`, 400, "trial.name_missing"},
			{`"draft"`, `"completed"`, 422, "r4.status"},
			{"urn:casebook:study", "https://clinicaltrials.gov", 422, "r4.no_place"},
			{"urn:casebook:manager", "urn:other", 422, "r4.no_place"},
			{`"title"`, `"phase":{"text":"3"},"title"`, 422, "r4.no_place"},
			{"ResearchStudy", "Questionnaire", 400, "r4.kind"},
			{`"title":"Sleep"`, `"title":7`, 400, "r4.kind"},
		} {
			if status, r, _ := post(strings.Replace(body, q.old, q.new, 1)); status != q.status || code(r) != q.code {
				c.Errorf("%s as %s: %d %s, want %d %s", q.old, q.new, status, code(r), q.status, q.code)
			}
		}
	}, storetest.Engines[0])
}

func TestAnObservationWaitsForAPerson(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		one := c.enrol("01")
		body := `{"resourceType":"Observation","id":"lis-1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2823-3","display":"Potassium"}]},"subject":{"reference":"Patient/` + one +
			`"},"effectiveDateTime":"2026-03-02T08:10:00Z","valueQuantity":{"value":4.1,"unit":"mmol/L"}}`
		status, made := c.ask("here", "POST", "/Observation", body)
		if status != http.StatusCreated || !strings.Contains(fmt.Sprint(made["meta"]), "waiting") {
			c.Fatalf("%d %v", status, made)
		}
		if status, read := c.ask("here", "GET", "/Observation/"+made["id"].(string), ""); status != http.StatusOK || read["status"] != "final" {
			c.Errorf("%d %v", status, read)
		}
		if status, forms := c.ask("here", "GET", "/QuestionnaireResponse", ""); status != http.StatusOK || len(entries(forms)) != 0 {
			c.Errorf("it was entered by itself: %v", forms)
		}
		if status, r := c.ask("here", "POST", "/Observation", strings.Replace(body, "final", "preliminary", 1)); status != 422 || code(r) != "r4.status" {
			c.Errorf("a preliminary result: %d %v", status, r)
		}
	}, storetest.Engines[0])
}

func TestASubscriptionIsAWebhook(t *testing.T) {
	t.Parallel()
	onClinics(t, func(c *clinic) {
		body := `{"resourceType":"Subscription","status":"requested","reason":"the warehouse","criteria":"QuestionnaireResponse","channel":{"type":"rest-hook","endpoint":"https://example.org/fhir"}}`
		status, made := c.ask("manager", "POST", "/Subscription", body)
		if status != http.StatusCreated || !strings.Contains(fmt.Sprint(made["channel"]), "whsec_") {
			c.Fatalf("%d %v", status, made)
		}
		id := made["id"].(string)
		status, read := c.ask("manager", "GET", "/Subscription/"+id, "")
		if status != http.StatusOK || strings.Contains(fmt.Sprint(read), "whsec_") {
			c.Errorf("%d %v: the key is told once", status, read)
		}
		if status, _ = c.ask("manager", "DELETE", "/Subscription/"+id, ""); status != http.StatusNoContent {
			c.Errorf("%d", status)
		}
		if status, _ = c.ask("manager", "GET", "/Subscription/"+id, ""); status != http.StatusNotFound {
			c.Errorf("%d", status)
		}
		for wrong, want := range map[string]string{strings.Replace(body, "rest-hook", "email", 1): "r4.channel", strings.Replace(body, `"QuestionnaireResponse"`, `"Observation?code=1"`, 1): "r4.criteria",
			strings.Replace(body, "https://example.org", "ftp://example.org", 1): "platform.webhook_url"} {
			if _, r := c.ask("manager", "POST", "/Subscription", wrong); code(r) != want {
				c.Errorf("%s: %v", wrong, r)
			}
		}
	}, storetest.Engines[0])
}

// The statement says what the routes do, and nothing else.
func TestTheStatementSaysWhatIsServed(t *testing.T) {
	t.Parallel()
	served, said := map[string]bool{}, map[string]bool{}
	for _, r := range (&Service{}).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if !strings.HasPrefix(path, base) {
			path = strings.Replace(path, root, base, 1)
		}
		kind, id, one := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, base), "/"), "/")
		if kind == "" || kind == "metadata" {
			continue
		}
		does := map[string]string{"GET": "search-type", "POST": "create", "DELETE": "delete", "PUT": "update", "PATCH": "patch"}[method]
		if method == "GET" && one && id != "" {
			does = "read"
		}
		served[kind+" "+does] = true
	}
	for _, r := range slices.Concat(resources, atRoot) {
		for _, does := range r.Interaction {
			said[r.Type+" "+does.Code] = true
		}
		if searched := strings.Contains(fmt.Sprint(r.Interaction), "search-type"); searched != (len(r.SearchParam) > 0) {
			t.Errorf("%s: searched %v, by %v", r.Type, searched, r.SearchParam)
		}
	}
	if !maps.Equal(served, said) {
		t.Errorf("served %v\nsaid %v", served, said)
	}
}
