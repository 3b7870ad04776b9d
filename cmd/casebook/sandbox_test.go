package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// A client practises in a study of its own: its key there opens nothing here, its key here nothing there, and what it does there
// stays there.
func TestAClientPractisesInAStudyOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	gate := w.door(t, w.routes())
	for range 2 { // a webhook fails for good: whoever manages the study learns of it once
		if err := w.a.tellDisabled(operator(t.Context()), demo.ID, "webhook-1", "warehouse"); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.a.notices.Get(t.Context(), demo.ID, "webhook-1"); err != nil || n.Targets == 0 {
		t.Errorf("%+v, %v", n, err)
	}
	key, id, err := w.a.people.IssueToken(operator(t.Context()), auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "laboratory", Sites: []casebook.SiteID{"03"}, Scopes: []auth.Action{auth.StudyRead, auth.SubjectRead, auth.SubjectEnrol}})
	if err != nil {
		t.Fatal(err)
	}
	admin := ""
	for _, v := range w.visitors {
		if v.role == string(auth.Admin) {
			admin = v.session
		}
	}
	ask := func(method, path, token, body string) (int, string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Casebook", "1")
		if token == "" {
			r.AddCookie(&http.Cookie{Name: "casebook_session", Value: admin})
		} else {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		rec := httptest.NewRecorder()
		gate.ServeHTTP(rec, r)
		return rec.Code, rec.Body.String()
	}
	type sandbox struct {
		Study  casebook.StudyID `json:"study"`
		Client string           `json:"client"`
		Key    string           `json:"key"`
	}
	var made, again sandbox
	for _, into := range []*sandbox{&made, &again} { // asked again, it is another key to the same study
		status, text := ask("POST", "/api/v1/clients/HTN-24."+id+"/sandbox", "", `{}`)
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, text)
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if made.Study == demo.ID || made.Study != again.Study || made.Key == again.Key {
		t.Errorf("%+v, then %+v", made, again)
	}
	for _, c := range []struct {
		token, path string
		want        int
	}{{made.Key, "/trials/" + string(made.Study) + "/patients", 200}, {made.Key, "/trials/HTN-24/patients", 404}, {key, "/trials/" + string(made.Study) + "/patients", 404}, {key, "/trials/HTN-24/patients", 200}} {
		if status, text := ask("GET", c.path, c.token, ""); status != c.want {
			t.Errorf("%s: %d %s", c.path, status, text)
		}
	}
	count := func(study casebook.StudyID) (n int) {
		t.Helper()
		err := w.a.db.View(t.Context(), func(tx *store.Tx) (err error) {
			n, err = patient.CountAt(t.Context(), tx, study, patient.Query{AllSites: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	here, there := count(demo.ID), count(made.Study)
	if status, text := ask("POST", "/api/v1/studies/"+string(made.Study)+"/subjects", made.Key, `{"site":"03"}`); status != http.StatusCreated {
		t.Errorf("%d %s", status, text)
	}
	if there == 0 || count(made.Study) != there+1 || count(demo.ID) != here {
		t.Errorf("the sandbox had %d and has %d subjects, the study had %d and has %d", there, count(made.Study), here, count(demo.ID))
	}
	if one, err := w.a.trials.Get(t.Context(), made.Study); err != nil || one.Environment != "TRAINING" || one.Version == 0 {
		t.Errorf("%+v %v", one, err)
	}
}
